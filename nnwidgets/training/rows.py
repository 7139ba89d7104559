"""Rows of numbers that grow at the end, and become fewer where they are too many."""

from __future__ import annotations

import numpy as np

from nnwidgets.training.memory import LARGE, give_back, place_for
from nnwidgets.training.tables import Array

_LOSS, _LOSS_MIN, _LOSS_MAX, _ACCURACY, _ACCURACY_MIN, _ACCURACY_MAX, COUNT = range(1, 8)


class Table:
    """Rows of float64 that grow at the end, in one array that grows by a quarter."""

    def __init__(self, columns: int) -> None:
        self._space: Array = place_for((256, columns))
        self.rows: Array = self._space[:0]
        """A view of the rows, `(len, columns)`. Whoever reads it in another thread sees whole rows."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._space.nbytes

    def extend(self, rows: Array) -> None:
        """Append `(k, columns)` rows."""
        length = len(self.rows)
        needed = length + len(rows)
        if needed > len(self._space):
            self._hold(self.rows, max(needed, len(self._space) * 5 // 4))
        self._space[length:needed] = rows
        self.rows = self._space[:needed]

    def replace(self, rows: Array, room: int = 0) -> None:
        """Hold these rows instead, with room for so many."""
        was_large = self._space.nbytes >= LARGE
        self._hold(rows, max(room, len(rows)))
        if was_large:
            give_back()  # and with it the holes that messages and pictures have left since the last time

    def thin(self, rows: Array) -> None:
        """Hold these rows instead, and the room of those that were there: there will be as many again.

        All of it is written to, so that the system has it ready: memory stays level, and does not go down and up.
        """
        self.replace(rows, len(self.rows))
        self._space[len(rows) :] = 0.0

    def cut(self, length: int) -> None:
        """Forget the rows from `length` on."""
        self.replace(self.rows[:length])

    def _hold(self, rows: Array, room: int) -> None:
        space = place_for((room, self._space.shape[1]))
        space[: len(rows)] = rows
        self._space, self.rows = space, space[: len(rows)]


def thinned_to(rows: Array, bins: int) -> Array:
    """At most `bins` of the rows, spread evenly, the first and the last included."""
    every = -(-len(rows) // bins) if len(rows) else 1
    kept: Array = rows[::-1][::every][::-1].copy()
    if len(kept) > 1:
        kept[0] = rows[0]
    return kept


def thinned(rows: Array) -> Array:
    """About every other row an epoch, so that the steps of those left out follow from their neighbours."""
    ends = np.vstack([[0.0, 0.0], rows[:, :2]])
    pace = np.diff(ends[:, 1]) / np.diff(ends[:, 0])
    needed = np.append(pace[1:] != pace[:-1], True)
    needed[0] = needed[1::2] = True
    kept: Array = rows[needed]
    return kept


def joined(rows: Array, bins: int) -> Array:
    """Neighbours joined until at most `bins` rows are left: by two, by four, by eight and so on."""
    width = 1
    while -(-len(rows) // width) > bins:
        width *= 2
    return rows.copy() if width == 1 else _in_groups(rows, width)


def joined_steps(steps: Array, bins: int) -> Array:
    """Rows of a run as it is read, `(k, 7)` without the column `COUNT`, joined as by `joined`."""
    counts = np.diff(steps[:, 0], prepend=0.0)
    return joined(np.column_stack([steps, counts]), bins)[:, :COUNT]


def joined_pairs(rows: Array) -> Array:
    """Every two neighbouring rows as one; an odd last one stays alone."""
    return _in_groups(rows, 2) if len(rows) else rows


def _in_groups(rows: Array, width: int) -> Array:
    starts = np.arange(0, len(rows), width)
    result: Array = rows[np.append(starts[1:] - 1, len(rows) - 1)]
    weights = rows[:, COUNT]
    result[:, COUNT] = np.add.reduceat(weights, starts)
    for column in (_LOSS, _ACCURACY):
        result[:, column] = np.add.reduceat(rows[:, column] * weights, starts) / result[:, COUNT]
    for column in (_LOSS_MIN, _ACCURACY_MIN):
        result[:, column] = np.minimum.reduceat(rows[:, column], starts)
    for column in (_LOSS_MAX, _ACCURACY_MAX):
        result[:, column] = np.maximum.reduceat(rows[:, column], starts)
    return result
