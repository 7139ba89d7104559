"""What the widgets must know of the notebook's kernel; without one, nothing here does anything."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.widgets._marimo import end_with, of_notebook


class CellEnd(Protocol):
    """Anything that wants to know that a cell has ended."""

    def _cell_ended(self) -> None: ...


class CellWatch:
    """Knows whether a cell is running, and tells those registered when one has ended."""

    def __init__(self) -> None:
        self._depth = 0
        self._listeners: weakref.WeakSet[Any] = weakref.WeakSet()
        self._shell: Any = None

    @property
    def is_running(self) -> bool:
        """Whether the main thread is busy with a cell."""
        return self._depth > 0

    def register(self, listener: CellEnd) -> None:
        """Tell `listener` of each cell that ends, as long as it lives."""
        self._listeners.add(listener)
        self.attach()

    def attach(self) -> None:
        """Hear of cells, where there are any."""
        try:
            from IPython import get_ipython
        except ImportError:
            return
        shell = get_ipython()
        if shell is None or shell is self._shell:
            return
        self._shell = shell
        shell.events.register("pre_run_cell", self.begin)
        shell.events.register("post_run_cell", self.end)
        # We are first imported by a cell that is running already.
        self._depth = 1 if getattr(shell, "kernel", None) is not None else 0

    def begin(self, _: object = None) -> None:
        """A cell begins."""
        self._depth += 1

    def end(self, _: object = None) -> None:
        """It has ended."""
        self._depth = max(0, self._depth - 1)
        if not self._depth:
            for listener in list(self._listeners):
                listener._cell_ended()


CELLS = CellWatch()


def cells_here() -> CellWatch:
    """Those of the notebook that this is called in."""
    return of_notebook(CellWatch) or CELLS


_FREQUENT = ("ack", "look")  # what a view says by itself
_PROMPT_FOR = 0.25  # seconds after what the reader does: until its effect is on screen


def connect(widget: Any) -> None:
    """Settle how the kernel handles what a view says: at once, also beside a cell, and without a flash of "busy"."""
    comm = widget.comm
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _shell_for
    if comm is not None:
        handle_quietly(comm)
        handle_beside_cells(comm)
        end_with(comm, widget)


def _shell_for(data: Any, arrived_at: str | None) -> str | None:
    """Which shell of the kernel gets a message for a widget: the one that it is addressed to.

    JupyterLab addresses a subshell. ipykernel 7.4 would rather have the shell that published last, which
    for us is the main one: then a click waits for the cell. It asks in the thread where messages come in,
    so here a click is first heard of; there are some five changes of threads from here to its effect.
    """
    said = data.get("content") if isinstance(data, dict) else None
    if isinstance(said, dict) and said.get("type") not in _FREQUENT:
        with suppress(RuntimeError):  # there is no event loop to end it
            asyncio.get_running_loop().call_later(_PROMPT_FOR, PROMPTNESS.end)
            PROMPTNESS.begin()
    return arrived_at


def is_connected(comm: Any) -> bool:
    """Whether what is sent arrives anywhere: outside a notebook there is nobody who would ever see or save it."""
    from comm import DummyComm

    return comm is not None and not isinstance(comm, DummyComm)


class QuietStatus:
    """A kernel's way to publish its status, without the "busy" of messages for our widgets.

    A kernel says "busy" and then "idle" around each message. A view acknowledges 30 pictures a second:
    JupyterLab's indicators would flicker as often, which takes it longer than drawing the pictures. Our
    handlers only queue what they are told, so "busy" is left out; "idle" ends the exchange, as usual.
    """

    def __init__(self, kernel: Any) -> None:
        self._publish, self._parent = kernel._publish_status, kernel.get_parent
        self.comms: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()

    def __call__(self, status: str, channel: str, *others: Any, **more: Any) -> None:
        if status != "busy" or channel != "shell" or others or more or not self._is_for_us(self._parent(channel)):
            self._publish(status, channel, *others, **more)

    def _is_for_us(self, message: Any) -> bool:
        try:
            return message["header"]["msg_type"] == "comm_msg" and message["content"]["comm_id"] in self.comms
        except (KeyError, TypeError):
            return False


def handle_quietly(comm: Any) -> None:
    """Let messages to a widget leave the kernel's status as it is, where the kernel can be told so."""
    from IPython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel", None)
    if not hasattr(kernel, "_publish_status") or not hasattr(kernel, "get_parent"):
        return
    if not isinstance(kernel._publish_status, QuietStatus):
        kernel._publish_status = QuietStatus(kernel)
    kernel._publish_status.comms[comm.comm_id] = comm


def handle_beside_cells(comm: Any) -> None:
    """Have a message that a subshell handles while a cell runs be no cell of its own.

    A comm tells IPython that something begins and ends around each message, in whichever thread that is. At such an
    end matplotlib shows and closes the figures there are, which are those of the cell that is running: drawn by two
    threads at once, or shown where nobody sees them.
    """
    if not hasattr(comm, "handle_msg"):
        return
    CELLS.attach()
    reference = weakref.ref(comm)

    def handle(message: Any) -> None:
        comm = reference()
        if comm is None:
            return
        if CELLS.is_running and threading.current_thread() is not threading.main_thread():
            if comm._msg_callback:
                comm._msg_callback(message)
        else:
            type(comm).handle_msg(comm, message)

    comm.handle_msg = handle


def call_quietly(function: Callable[..., None], *arguments: Any) -> Exception | None:
    """Call it; an exception is logged and returned instead of ending the caller: showing must not harm training."""
    try:
        function(*arguments)
    except Exception as error:
        logging.getLogger("nnwidgets").exception("a widget could not be brought up to date")
        return error
    return None
