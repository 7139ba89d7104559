"""What the widgets must know of marimo, in a notebook of marimo's; elsewhere, nothing here does anything.

Nothing of marimo is imported: where it is not loaded, there is no notebook of it.
"""

from __future__ import annotations

import logging
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar


class Heard(Protocol):
    """Who is told of the cells of a notebook."""

    def begin(self) -> None: ...
    def end(self) -> None: ...


H = TypeVar("H", bound=Heard)


def of_notebook(make: Callable[[], H]) -> H | None:
    """Who is told of the cells of the notebook that this thread runs one of, made the first time; None outside.

    Each notebook has its own: a server shows one notebook to many, in a thread each. marimo has no way to hear of
    cells, but its context holds one as long as it runs, and is told so by an attribute: that is watched.
    """
    context = _context()
    if not hasattr(type(context), "nnwidgets_told"):
        _watch(context)
    told: dict[Any, Any] | None = getattr(type(context), "nnwidgets_told", None)
    if told is None:
        return None
    if make not in told:
        made = told[make] = make()
        if context.execution_context is not None:
            made.begin()
    found: H = told[make]
    return found


def _watch(context: Any) -> None:
    """Have all that are `nnwidgets_told` hear when a cell begins and when it has ended."""
    kind = type(context)
    running = getattr(kind, "execution_context", None)
    if not isinstance(running, property) or running.fget is None or running.fset is None:
        return
    told: dict[Any, Heard] = {}
    read, write = running.fget, running.fset

    def change(self: Any, cell: Any) -> None:
        was_running = read(self) is not None
        if cell is not None and not was_running:
            for each in told.values():
                _quietly(each.begin)
        write(self, cell)
        if cell is None and was_running:
            for each in told.values():
                _quietly(each.end)

    watched = {"execution_context": property(read, change), "nnwidgets_told": told}
    with suppress(TypeError):  # of a marimo whose context cannot be watched: then nobody hears of cells
        context.__class__ = type(kind.__name__, (kind,), watched)


def _quietly(tell: Callable[[], None]) -> None:
    """What goes wrong is logged: it must not harm the cell, of which marimo still has to hear."""
    try:
        tell()
    except Exception:
        logging.getLogger("nnwidgets").exception("a widget could not follow a cell")


def end_with(comm: Any, widget: Any) -> None:
    """Have a widget end when marimo closes its comm, as it does before it runs again the cell that made the widget.

    Nobody can see it any more, and ipywidgets would keep it, and what it trains. Of readers who have left an app it
    ends when the next widget is made.
    """
    if getattr(comm, "kernel", None) != "marimo":
        return
    _close_those_left()
    session = threading.current_thread()
    # An app has a thread for each of its readers, which ends when they have left; threads of theirs may end before.
    if type(session) is threading.Thread and _context() is not None:
        _WIDGETS_OF.setdefault(session, weakref.WeakSet()).add(widget)
    of_comm, of_widget = weakref.ref(comm), weakref.ref(widget)

    def close(*arguments: Any, **more: Any) -> None:
        comm, widget = of_comm(), of_widget()
        if comm is None:
            return
        del comm.close
        if widget is not None and widget.comm is comm:
            _end(widget)
        comm.close(*arguments, **more)

    comm.close = close


_WIDGETS_OF: dict[threading.Thread, weakref.WeakSet[Any]] = {}


def _close_those_left() -> None:
    """Close the widgets of readers who have left an app: marimo does not, and ipywidgets would keep them for good."""
    for session in [each for each in list(_WIDGETS_OF) if not each.is_alive()]:
        for widget in list(_WIDGETS_OF.pop(session, ())):
            with suppress(Exception):  # nobody is there to hear of it
                _end(widget)


def _end(widget: Any) -> None:
    """Close a widget that nobody can see any more, and have marimo let go of it.

    It keeps what shows a widget until the widget is gone, which that keeps: one of them would be there for good.
    """
    widget.close()
    kept = getattr(sys.modules.get("marimo._plugins.ui._impl.from_anywidget"), "_cache", None)
    with suppress(AttributeError, TypeError):
        kept._cleanup(id(widget))  # type: ignore[union-attr]


def _context() -> Any:
    """What marimo knows of the notebook that this thread is for."""
    find = getattr(sys.modules.get("marimo._runtime.context"), "safe_get_context", None)
    return None if find is None else find()
