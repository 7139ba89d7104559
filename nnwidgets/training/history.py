"""What a run leaves behind: metrics per step and per epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nnwidgets._limits import STATE
from nnwidgets._writing import write_text
from nnwidgets.training.engines.protocol import step_rows
from nnwidgets.training.pinning import (
    MOST_PINNED,
    PRESENT,
    PinnedRun,
    checked_name,
    is_kept,
    next_name,
    with_abandoned,
    with_pinned,
    without,
)
from nnwidgets.training.rows import COUNT, Table, joined, joined_pairs, thinned, thinned_to
from nnwidgets.training.tables import Array, as_csv, as_frame, columns_of

if TYPE_CHECKING:
    import os

    import pandas as pd

SHARE = 3 / 16  # of the memory of a trainer
# Of a row per step and one per epoch, in tables that have room for as many again, of this run and of those pinned.
ROW_BYTES = 2 * 8 * (8 + 6) * (1 + MOST_PINNED)
ROOM = 2**40  # bytes; without a limit it is the numbers of rows that count
FEWEST_ROWS = 1_000


class History:
    """Metrics of a run, step by step and epoch by epoch.

    Example:
        >>> import numpy as np
        >>> history = History()
        >>> history.add_steps(0, [0.7, 0.6], [0.5, 1.0])
        >>> history.add_epoch(1, 2, 0.65, 0.75, None, None)
        >>> history.loss.tolist(), history.accuracy.tolist()
        ([0.65], [0.75])

    Args:
        max_steps: above that many rows per step, or what the limits of memory leave of them, neighbours are joined in
            pairs; their mean, least and greatest values are kept.
        max_epochs: likewise per epoch; then every other one is left out.
    """

    def __init__(self, max_steps: int = 100_000, max_epochs: int = 100_000) -> None:
        self._max_steps, self._max_epochs = max_steps, max_epochs
        self._steps = Table(8)
        self._epochs = Table(6)
        self.pinned: list[PinnedRun] = []
        """Runs to compare with, the oldest first. A new list for each change."""
        self.settings: dict[str, Any] = {}
        """What the last step was made with, as plain values."""
        self.revision = 0  # counts the times when rows were taken away

    def __repr__(self) -> str:
        return f"<History: {len(self._epochs)} epochs, {self.last_step} steps, {len(self.pinned)} pinned>"

    def keep_within(self) -> None:
        """Give up rows that there is no room for."""
        most = self._most(self._max_steps)
        while len(self._steps) > most:
            self._steps.replace(joined_pairs(self._steps.rows))
        self._thin_epochs(self._epochs.replace)
        if any(max(len(run.steps), len(run.epochs)) > most for run in self.pinned):
            self.pinned = [run.within(most) for run in self.pinned]
            self.revision += 1

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        pinned = sum(run.steps.nbytes + run.epochs.nbytes for run in self.pinned)
        return self._steps.nbytes + self._epochs.nbytes + pinned

    @staticmethod
    def _most(usual: int) -> int:
        """How many rows there is room for; of few a curve would be no curve."""
        return min(usual, max(FEWEST_ROWS, STATE.share(SHARE, ROOM) // ROW_BYTES))

    def _thin_epochs(self, hold: Callable[[Array], None]) -> None:
        while len(self._epochs) > self._most(self._max_epochs):
            kept = thinned(self._epochs.rows)
            if len(kept) == len(self._epochs):
                break
            hold(kept)

    @property
    def last_step(self) -> int:
        """The last step recorded, 0 before the first."""
        return int(self._steps.rows[-1, 0]) if len(self._steps) else 0

    @property
    def last_epoch(self) -> int:
        """The last epoch completed, 0 before the first."""
        return int(self._epochs.rows[-1, 0]) if len(self._epochs) else 0

    @property
    def steps(self) -> Array:
        """Batch loss and accuracy, `(n_rows, 7)`, columns `STEP_COLUMNS`.

        A row is one step, or several joined ones: then `step` is the last of them.
        """
        return self._steps.rows[:, :7].copy()

    @property
    def epochs(self) -> Array:
        """Metrics at the end of each epoch, `(n_epochs, 6)`, columns `EPOCH_COLUMNS`; NaN where none.

        Of a very long run the rows are fewer: those of every second epoch, every fourth and so on.
        """
        return self._epochs.rows.copy()

    @property
    def loss(self) -> Array:
        """Mean batch loss of each epoch, `(n_epochs,)`."""
        return self._epochs.rows[:, 2].copy()

    @property
    def accuracy(self) -> Array:
        """Mean batch accuracy of each epoch as a fraction, `(n_epochs,)`."""
        return self._epochs.rows[:, 3].copy()

    @property
    def test_loss(self) -> Array:
        """Loss on the test set at each epoch's end, `(n_epochs,)`, NaN without a test set."""
        return self._epochs.rows[:, 4].copy()

    @property
    def test_accuracy(self) -> Array:
        """Accuracy on the test set at each epoch's end, `(n_epochs,)`, NaN without a test set."""
        return self._epochs.rows[:, 5].copy()

    def to_pandas(self, per: str = "epoch") -> pd.DataFrame:
        """The metrics as a `pandas.DataFrame`.

        Args:
            per: "epoch" (columns `EPOCH_COLUMNS`) or "step" (columns `STEP_COLUMNS`).

        Raises:
            ImportError: pandas is not installed.
            ValueError: `per` is something else.
        """
        columns_of(per)
        return as_frame(self._rows(per), per)

    def to_csv(self, path: str | os.PathLike[str] | None = None, *, per: str = "epoch") -> str:
        """The metrics of this run and of the pinned ones as CSV, with a column `run` first.

        This run is called "present" there, the others by their names. Every row that is kept is written, to its last
        digit; what was not measured is left empty.

        Args:
            path: a file to write it to as well.
            per: "epoch" (columns `EPOCH_COLUMNS`) or "step" (columns `STEP_COLUMNS`).

        Returns:
            The text.

        Raises:
            OSError: the file cannot be written.
            ValueError: `per` is something else.

        Example:
            >>> history = History()
            >>> history.add_epoch(1, 2, 0.65, 0.75, None, None)
            >>> print(history.to_csv(), end="")
            run,epoch,step,running_loss,running_accuracy,test_loss,test_accuracy
            present,1,2,0.65,0.75,,
        """
        text = as_csv(self.tables(per), per)
        if path is not None:
            write_text(path, text)
        return text

    def tables(self, per: str) -> list[tuple[str, Array]]:
        """The rows of this run and of the pinned ones as they are now, by the names of the runs, for `as_csv`."""
        columns_of(per)
        pinned = [(run.name, run.epochs if per == "epoch" else run.steps) for run in self.pinned]
        return [(PRESENT, self._rows(per)), *pinned]

    def _rows(self, per: str) -> Array:
        return self.epochs if per == "epoch" else self.steps

    # -- pinned runs ------------------------------------------------------------------------------

    def pin(self, name: str | None = None) -> None:
        """Keep this run, as it is now, to compare with later ones.

        Raises:
            ValueError: there is nothing to keep, it is pinned already or the name is, or too many runs are.
        """
        if not self.last_step:
            raise ValueError("nothing has been trained yet that could be pinned")
        name = next_name(self.pinned) if name is None else checked_name(name, self.pinned)
        self.pinned = with_pinned(self.pinned, PinnedRun(name, self.steps, self.epochs, self.settings))

    def unpin(self, name: str) -> None:
        """Forget a pinned run; raises `ValueError` if there is none of this name."""
        self.pinned = without(self.pinned, name)

    # -- written by the loop ----------------------------------------------------------------------

    def add_steps(self, before: int, losses: ArrayLike, accuracies: ArrayLike) -> None:
        """Record the steps after step `before`."""
        self.add_rows(step_rows(before, losses, accuracies))

    @property
    def width(self) -> int:
        """How many steps a row holds; later ones need no finer rows, which would soon be joined, too."""
        return int(self._steps.rows[0, COUNT]) if len(self._steps) else 1

    def add_rows(self, rows: Array) -> None:
        """Record the steps of a `StepLog`, `(k, 8)`."""
        most = self._most(self._max_steps)
        while len(self._steps) + len(rows) > most:
            if len(rows) > len(self._steps):
                rows = joined_pairs(rows)
            else:
                self._steps.thin(joined_pairs(self._steps.rows))
        self._steps.extend(rows)

    def add_epoch(
        self,
        epoch: int,
        step: int,
        running_loss: float | None,
        running_accuracy: float | None,
        test_loss: float | None,
        test_accuracy: float | None,
    ) -> None:
        """Record the end of an epoch."""
        values = (epoch, step, running_loss, running_accuracy, test_loss, test_accuracy)
        self.add_epochs(np.array([[np.nan if v is None else v for v in values]]))

    def add_epochs(self, rows: Array) -> None:
        """Record the ends of several epochs, `(k, 6)`, columns `EPOCH_COLUMNS`."""
        self._epochs.extend(rows)
        self._thin_epochs(self._epochs.thin)

    def epoch_step(self, epoch: int) -> int:
        """The number of steps made when `epoch` was complete."""
        ends = np.vstack([[0.0, 0.0], self._epochs.rows[:, :2]])
        return round(float(np.interp(epoch, ends[:, 0], ends[:, 1])))

    def epoch_at(self, step: int) -> int:
        """The last epoch complete at `step`."""
        ends = np.vstack([[0.0, 0.0], self._epochs.rows[:, :2]])
        return int(np.interp(step, ends[:, 1], ends[:, 0]) + 1e-6)

    def branch(self, step: int) -> bool:
        """Drop what came after `step`; the run as it was becomes a pinned one.

        Says whether it is kept so: where as many runs are pinned by hand as there may be, it is not.
        """
        if self.last_step <= step:
            return True
        run = PinnedRun(next_name(self.pinned), self.steps, self.epochs, self.settings, abandoned=True)
        self.pinned = with_abandoned(self.pinned, run)
        self.revision += 1
        self._steps.cut(int(np.searchsorted(self._steps.rows[:, 0], step, side="right")))
        epoch = self.epoch_at(step)
        is_end = self.epoch_step(epoch) == step
        self._epochs.cut(int(np.searchsorted(self._epochs.rows[:, 1], step, side="right")))
        if is_end and self.last_epoch < epoch:  # its row was left out
            self.add_epoch(epoch, step, None, None, None, None)
        return is_kept(self.pinned, run)

    def clear(self) -> None:
        """Forget the run; pinned ones stay."""
        self.revision += 1
        self._steps.cut(0)
        self._epochs.cut(0)

    def as_dict(self) -> dict[str, Any]:
        """Everything as arrays, for a file."""
        return {
            "steps": self._steps.rows.copy(),
            "epochs": self._epochs.rows.copy(),
            "settings": self.settings,
            "pinned": [(run.name, run.steps, run.epochs, run.settings, run.abandoned) for run in self.pinned],
        }

    def load_dict(self, fields: dict[str, Any]) -> None:
        """The inverse of `as_dict`."""
        self.revision += 1
        self._steps.replace(fields["steps"])
        self._epochs.replace(fields["epochs"])
        self.settings = fields.get("settings", {})
        self.pinned = [PinnedRun(*run) for run in fields["pinned"]]

    def steps_since(self, step: int, bins: int) -> Array:
        """The rows after `step`, joined into at most `bins`, `(k, 7)`."""
        first = int(np.searchsorted(self._steps.rows[:, 0], step, side="right"))
        return joined(self._steps.rows[first:], bins)[:, :7]

    def epochs_since(self, epoch: int, bins: int) -> Array:
        """The rows after `epoch`, of which at most `bins` spread evenly, the first and the last included, `(k, 6)`."""
        first = int(np.searchsorted(self._epochs.rows[:, 0], epoch, side="right"))
        return thinned_to(self._epochs.rows[first:], bins)
