"""What the widgets must know of marimo, in a notebook of marimo's; elsewhere, nothing here does anything.

Nothing of marimo is imported: where it is not loaded, there is no notebook of it.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
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
    kind = type(context)
    known: H | None = getattr(kind, "nnwidgets_told", None)
    running = getattr(kind, "execution_context", None)
    if known is not None or not isinstance(running, property) or running.fget is None or running.fset is None:
        return known
    told, read, write = make(), running.fget, running.fset

    def change(self: Any, cell: Any) -> None:
        before = read(self)
        if before is None and cell is not None:
            told.begin()
        write(self, cell)
        if before is not None and cell is None:
            told.end()

    watched = {"execution_context": property(read, change), "nnwidgets_told": told}
    context.__class__ = type(kind.__name__, (kind,), watched)
    if read(context) is not None:
        told.begin()
    return told


def end_with(comm: Any, widget: Any) -> None:
    """Have a widget end when marimo closes its comm, as it does before it runs again the cell that made the widget.

    Nobody can see it any more, and ipywidgets would keep it, and what it trains.
    """
    if getattr(comm, "kernel", None) != "marimo":
        return
    of_comm, of_widget = weakref.ref(comm), weakref.ref(widget)

    def close(*arguments: Any, **more: Any) -> None:
        comm, widget = of_comm(), of_widget()
        if comm is None:
            return
        del comm.close
        if widget is not None and widget.comm is comm:
            widget.close()
        comm.close(*arguments, **more)

    comm.close = close


def _context() -> Any:
    """What marimo knows of the notebook that this thread is for."""
    find = getattr(sys.modules.get("marimo._runtime.context"), "safe_get_context", None)
    return None if find is None else find()
