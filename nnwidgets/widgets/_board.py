"""The drawing board: what is painted in a view becomes the data of the run, and can be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nnwidgets._limits import STATE
from nnwidgets.datasets import Dataset
from nnwidgets.training import commands as c
from nnwidgets.widgets._undoing import newest

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

MOST_UNDO_BYTES = 64 * 2**20
SHARE = 3 / 32  # of the memory of a trainer


def _kept(before: list[Dataset]) -> list[Dataset]:
    return newest(before, STATE.share(SHARE, MOST_UNDO_BYTES), lambda data: data.nbytes)


class Board:
    """Strokes on the data of a loop. All methods are called in the training thread, one message after the other.

    Strokes change the data that there are then, not those that a view has seen: none gets lost if they come quickly.
    """

    def __init__(self) -> None:
        self._before: list[Dataset] = []
        self._stroke: object = None
        self._shown: Dataset | None = None
        self._drawn: Dataset | None = None
        self._wanted_batch: int | None = None
        self._left_batch = 0

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._before)

    def draw(self, loop: TrainingLoop, stroke: object, change: Callable[[Dataset], Dataset]) -> None:
        """Change the data; all changes with the same `stroke` are undone at once."""
        present = loop.experiment.settings.planar
        changed = change(present)
        if changed is present:
            return
        begins = stroke is None or stroke != self._stroke
        self._set(loop, changed, _kept([*self._before, present]) if begins else self._before)
        self._stroke = stroke

    def undo(self, loop: TrainingLoop) -> None:
        """Go back to the data before the last stroke."""
        if self._before:
            self._set(loop, self._before[-1], self._before[:-1])
            self._stroke = None

    def saw(self, dataset: Dataset) -> None:
        """Data are shown. A drawing that gave way to others can be had back."""
        last, self._shown = self._shown, dataset
        if last is not None and last is not dataset and last is self._drawn:
            self._before = _kept([*self._before, last])
            self._stroke = None

    def _set(self, loop: TrainingLoop, dataset: Dataset, before: list[Dataset]) -> None:
        shown, kept = self._shown, self._before
        batch = loop.experiment.settings.batch_size
        if batch != self._left_batch:  # somebody has chosen it
            self._wanted_batch = None
        self._shown, self._before = dataset, before  # known when the change is announced
        try:
            loop.call(c.SetData(dataset))
        except BaseException:
            self._shown, self._before = shown, kept
            raise
        self._drawn = dataset
        if loop.experiment.settings.batch_size < batch and self._wanted_batch is None:
            self._wanted_batch = batch
        self._grow_batch(loop)

    def _grow_batch(self, loop: TrainingLoop) -> None:
        """A batch that a few points made small grows again with them."""
        now = loop.experiment.settings.batch_size
        size = min(self._wanted_batch or now, len(loop.experiment.x))
        if size > now:
            loop.call(c.SetBatchSize(size))
        self._left_batch = size
