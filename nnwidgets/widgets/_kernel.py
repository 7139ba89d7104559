"""What the widgets must know of the notebook's kernel; without one, nothing here does anything."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any, Protocol


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
        self._attach()

    def _attach(self) -> None:
        try:
            from IPython import get_ipython
        except ImportError:
            return
        shell = get_ipython()
        if shell is None or shell is self._shell:
            return
        self._shell = shell
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)
        # We are first imported by a cell that is running already.
        self._depth = 1 if getattr(shell, "kernel", None) is not None else 0

    def _begin(self, _: object = None) -> None:
        self._depth += 1

    def _end(self, _: object = None) -> None:
        self._depth = max(0, self._depth - 1)
        if not self._depth:
            for listener in list(self._listeners):
                listener._cell_ended()


CELLS = CellWatch()


def answer_on_any_shell(comm: Any) -> None:
    """Let messages from the browser be handled while the main thread is busy.

    JupyterLab sends them to a subshell. ipykernel 7.4 sends them back to the shell that published
    last, which for us is the main one: then a click waits for the cell. Without this attribute it
    leaves them where they came in.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None


def call_quietly(function: Callable[..., None], *arguments: Any) -> None:
    """Call it; an exception is logged instead of ending the caller: showing must not harm training."""
    try:
        function(*arguments)
    except Exception:
        logging.getLogger("nnwidgets").exception("a widget could not be brought up to date")
