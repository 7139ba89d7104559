"""Runs that are kept to compare the present one with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets.training.rows import joined_steps, thinned_to
from nnwidgets.training.tables import Array, as_frame

if TYPE_CHECKING:
    import pandas as pd

MOST_PINNED = 6
PRESENT = "present"
"""What the run that is not pinned is called in a table with others."""

_LONGEST_NAME = 40
_AUTOMATIC = re.compile(r"run (\d+)")


@dataclass(frozen=True, eq=False)
class PinnedRun:
    """A run that is kept to compare with: pinned by hand, or abandoned when training went on from its past.

    Attributes:
        name: what it was given, else "run 1" and so on.
        steps: `(n_rows, 7)`, columns `STEP_COLUMNS`.
        epochs: `(n_epochs, 6)`, columns `EPOCH_COLUMNS`.
        settings: what its last steps were made with, as plain values: `learning_rate`, `hidden_layers` and so on.
        abandoned: whether nobody asked for it; such runs make room for newer ones.

    Example:
        >>> from nnwidgets import PlanarTrainer
        >>> trainer = PlanarTrainer(learning_rate=0.3)
        >>> trainer.step(2, "epoch")
        >>> trainer.pin()
        >>> trainer.history.pinned[0].settings["learning_rate"]
        0.3
        >>> trainer.close()
    """

    name: str
    steps: Array
    epochs: Array
    settings: Mapping[str, Any] = field(default_factory=dict)
    abandoned: bool = False

    @property
    def is_named(self) -> bool:
        """Whether somebody gave it its name."""
        return not _AUTOMATIC.fullmatch(self.name)

    def within(self, rows: int) -> PinnedRun:
        """The same run with no more than so many rows of either kind."""
        steps = joined_steps(self.steps, rows) if len(self.steps) > rows else self.steps
        epochs = thinned_to(self.epochs, rows) if len(self.epochs) > rows else self.epochs
        return replace(self, steps=steps, epochs=epochs)

    def to_pandas(self, per: str = "epoch") -> pd.DataFrame:
        """The metrics as a `pandas.DataFrame`, as those of `history.to_pandas`."""
        return as_frame(self.epochs if per == "epoch" else self.steps, per)


def next_name(pinned: Sequence[PinnedRun]) -> str:
    """The name of a run that was given none."""
    taken = [int(found[1]) for run in pinned if (found := _AUTOMATIC.fullmatch(run.name))]
    return f"run {max(taken, default=0) + 1}"


def checked_name(name: object, pinned: Sequence[PinnedRun]) -> str:
    """A name that no other run has; raises where it is none."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a run must be a text; got {type(name).__name__}")
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise ValueError(f"the name of a run must have 1 to {_LONGEST_NAME} characters; got {len(name)}")
    if name == PRESENT or any(run.name == name for run in pinned):
        raise ValueError(f"there is a run {name!r} already: give this one another name")
    return name


def with_pinned(pinned: Sequence[PinnedRun], run: PinnedRun) -> list[PinnedRun]:
    """The runs with one more at the end.

    Raises:
        ValueError: there are as many as there may be, or this one is among them.
    """
    same = _same(pinned, run)
    if same is not None:
        raise ValueError(f"this run is pinned already, as {same.name!r}")
    if len(pinned) >= MOST_PINNED:
        raise ValueError(
            f"{MOST_PINNED} runs are pinned, and there may be no more: take one off first, "
            f"for instance with trainer.unpin({pinned[0].name!r})"
        )
    return [*pinned, run]


def with_abandoned(pinned: Sequence[PinnedRun], run: PinnedRun) -> list[PinnedRun]:
    """The runs with one that nobody asked for: in place of the oldest such one, where there is no more room.

    Runs that were pinned by hand stay: of six of them, none makes room.
    """
    if _same(pinned, run) is not None:
        return list(pinned)
    if len(pinned) < MOST_PINNED:
        return [*pinned, run]
    oldest = next((other for other in pinned if other.abandoned), None)
    return list(pinned) if oldest is None else [*(other for other in pinned if other is not oldest), run]


def is_kept(pinned: Sequence[PinnedRun], run: PinnedRun) -> bool:
    """Whether the run, under whatever name, is one of these."""
    return _same(pinned, run) is not None


def without(pinned: Sequence[PinnedRun], name: object) -> list[PinnedRun]:
    """The runs but for one; raises `ValueError` if it is not there."""
    left = [run for run in pinned if run.name != name]
    if len(left) == len(pinned):
        there = ", ".join(repr(run.name) for run in pinned) or "none"
        raise ValueError(f"no pinned run is called {name!r}; there are: {there}")
    return left


def _same(pinned: Sequence[PinnedRun], run: PinnedRun) -> PinnedRun | None:
    return next((other for other in pinned if np.array_equal(other.steps, run.steps, equal_nan=True)), None)
