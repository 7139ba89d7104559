"""Answers for a kernel that is busy with a cell and hears nobody: else views would take it for gone.

A view says every second that it is there, and takes four seconds of silence for the end of the kernel. With ipykernel
7.1 and JupyterLab 4.4 it is heard beside a cell. Elsewhere what it says waits until the cell has ended.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nnwidgets.widgets._marimo import of_notebook

EVERY = 1.5  # seconds of a cell after which views hear of it, and again
SURE = 2.5  # seconds without a word after which it is said; a view in haste may be late
LISTENING = 5.0  # seconds before a cell in which a view has spoken that is still there


class LongCells:
    """Speaks to the views of widgets while a cell keeps the kernel from hearing them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()
        self._began = 0.0
        self._timer: threading.Timer | None = None
        self._shell: Any = None

    def heard(self, widget: Any) -> None:
        """A view of this widget has spoken, and the kernel has heard it."""
        with self._lock:
            self._heard[widget] = self._clock()
        widget._waits_for_cell(waits=False)
        if self._shell is None:
            self._attach()

    def _attach(self) -> None:
        """Hear of cells, where there are any."""
        from IPython import get_ipython

        self._shell = get_ipython()
        if self._shell is not None:
            self._shell.events.register("pre_run_cell", self.begin)
            self._shell.events.register("post_run_cell", self.end)

    def begin(self, _: object = None) -> None:
        """A cell begins."""
        if self._timer is None and len(self._heard):
            self._began = self._clock()
            self._wait()

    def end(self, _: object = None) -> None:
        """It has ended: what was said meanwhile is heard now."""
        timer, self._timer = self._timer, None
        if timer is None:
            return
        timer.cancel()
        for widget, _ in self._all():
            widget._waits_for_cell(waits=False)

    def speak(self) -> None:
        """Tell every view that is there, and was not heard since the cell began, that the kernel is busy."""
        now = self._clock()
        for widget, at in self._all():
            if self._began - at < LISTENING and now - at > EVERY and widget.comm is not None:
                with suppress(Exception):  # one that is being closed
                    if now - at > SURE:
                        widget._waits_for_cell(waits=True)
                    widget.send({"type": "here"})

    def _all(self) -> list[tuple[Any, float]]:
        """The widgets that were heard, each with when it was last."""
        with self._lock:
            return list(self._heard.items())

    def _wait(self) -> None:
        self._timer = timer = threading.Timer(EVERY, lambda: self._go_on(timer))
        timer.name = "nnwidgets-long-cell"
        timer.daemon = True
        timer.start()

    def _go_on(self, timer: threading.Timer) -> None:
        if self._timer is not timer:
            return
        self.speak()
        if self._timer is timer:
            self._wait()


LONG_CELLS = LongCells()


def long_cells_here() -> LongCells:
    """Those of the notebook that this is called in."""
    return of_notebook(LongCells) or LONG_CELLS
