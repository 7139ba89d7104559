"""Pinned runs as the browser is told of them, and the verbs that pin."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from nnwidgets.training import commands as c
from nnwidgets.training.differences import described, legend
from nnwidgets.training.pinning import PinnedRun
from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.training.rows import thinned_to
from nnwidgets.training.tables import Array, as_csv, columns_of
from nnwidgets.widgets._settings import TrainerSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

ROWS = 512  # of a pinned run in the browser
_SHOWN = [0, 2, 3, 4, 5]  # epoch, running loss and accuracy, test loss and accuracy


class Pinning(TrainerSettings):
    """The part of a trainer that keeps runs to compare with."""

    _pins = traitlets.List(traitlets.Dict()).tag(sync=True)
    _legend = traitlets.List(traitlets.Unicode()).tag(sync=True)

    _shown_pins: list[PinnedRun] | None = None

    def pin(self, name: str | None = None) -> None:
        """Keep the run as it is now: its curves stay beside those of later ones, up to 6 of them.

        `history.pinned` has the runs, with the settings that they were trained with. The legend names those that
        differ from the present ones. A reset keeps pinned runs; so do files and saved notebooks.

        Args:
            name: what to call it, up to 40 characters; "run 1" and so on unless given.

        Raises:
            ValueError: there is nothing to keep yet, the run or the name is there already, or 6 runs are.

        Example:
            >>> trainer.step(20, "epoch")  # doctest: +SKIP
            >>> trainer.pin()  # doctest: +SKIP
            >>> trainer.learning_rate = 0.5  # doctest: +SKIP
            >>> trainer.reset()  # doctest: +SKIP
            >>> trainer.train(epochs=20)  # doctest: +SKIP
        """
        self._change_pins(lambda loop: loop.history.pin(name), "Pin")

    def unpin(self, name: str) -> None:
        """Forget a pinned run.

        Raises:
            ValueError: no pinned run has this name.
        """
        self._change_pins(lambda loop: loop.history.unpin(name), "Unpin")

    def _change_pins(self, change: Any, name: str) -> None:
        assert self._loop is not None
        loop = self._loop

        def do() -> None:
            change(loop)
            loop.observer.changed(loop)

        self._tell(c.Do(do, name))

    def _export(self, per: object, ask: object) -> None:
        """Send the curves as text to whoever asked, by a word of its own.

        The training only hands out the rows: to write down those of a long run takes seconds.
        """
        columns_of(str(per))
        assert self._loop is not None
        loop = self._loop

        def do() -> None:
            arguments = str(ask)[:64], loop.history.tables(str(per)), str(per)
            threading.Thread(target=self._send_csv, args=arguments, name="nnwidgets-export", daemon=True).start()

        self._tell(c.Do(do, "Export"))

    def _send_csv(self, ask: str, tables: list[tuple[str, Array]], per: str) -> None:
        try:
            with PROMPTNESS:  # a step asks for the interpreter many times, and is not to wait each time
                text = as_csv(tables, per)
        except MemoryError:
            self.send({"type": "failed", "command": "Export", "message": "the curves do not fit into memory as text"})
        else:
            self.send({"type": "csv", "ask": ask, "text": text})

    def _show_pins(self, loop: TrainingLoop) -> None:
        """Bring the traits up to date; the rows travel only when another run is pinned."""
        pinned = loop.history.pinned
        if pinned is not self._shown_pins:
            self._shown_pins = pinned
            self._pins = [_pin_trait(run) for run in pinned]
        self._legend = legend(pinned, described(loop.experiment.settings))


def _pin_trait(run: PinnedRun) -> dict[str, Any]:
    """A `PinTrait`: at most 512 rows of five float32 numbers."""
    rows = thinned_to(run.epochs, ROWS)[:, _SHOWN]
    return {"name": run.name, "rows": rows.astype(np.float32).tobytes()}
