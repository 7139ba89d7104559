"""When a run ends by itself, looked at after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import real, whole
from nnwidgets._percent import percent

# The numbers of a watch: what is to be reached, the least loss so far, for how many epochs it has not been less, and
# the accuracy over an epoch's batches with which a run has settled.
EPOCH, LOSS, ACCURACY, PATIENCE, LEAST, WAITED, SETTLED = range(7)
CONDITIONS = ("epoch", "loss", "accuracy", "patience")

Watch = NDArray[np.float64]


def checked_conditions(given: Mapping[str, Any]) -> dict[str, float]:
    """The conditions under which a run ends, by name; those that are None do not count.

    Raises:
        TypeError, ValueError: an unknown name, or a number out of its range.

    Example:
        >>> checked_conditions({"epoch": 50, "accuracy": 0.95})
        {'epoch': 50, 'accuracy': 0.95}
    """
    unknown = given.keys() - set(CONDITIONS)
    if unknown:
        raise ValueError(f"stop_when has no {min(unknown)!r}; there are {', '.join(map(repr, CONDITIONS))}")
    checks: dict[str, Callable[[Any], float]] = {
        "epoch": lambda value: whole("epoch", value, 1, None),
        "loss": lambda value: real("loss", value, -math.inf, None),
        "accuracy": lambda value: real("accuracy", value, 0.0, 1.0),
        "patience": lambda value: whole("patience", value, 1, None),
    }
    return {name: checks[name](given[name]) for name in CONDITIONS if given.get(name) is not None}


def new_watch(conditions: Mapping[str, float], *, settles: bool = False) -> Watch:
    """The numbers of a run that begins now, `(7,)` float64; it `settles` where right samples change nothing."""
    watch = np.array([math.inf, -math.inf, math.inf, math.inf, math.inf, 0.0, 1.0 if settles else math.inf])
    for place, name in enumerate(CONDITIONS):
        watch[place] = conditions.get(name, watch[place])
    return watch


def is_met(row: Any, watch: Watch) -> bool:
    """Whether a run ends with this epoch, which the watch takes note of. Compiled code has the same.

    Args:
        row: `(6,)` float64, the epoch with the columns `history.EPOCH_COLUMNS`. Of a test set, its numbers count;
            without one, the means over the epoch's batches.
        watch: see `new_watch`; changed in place.
    """
    loss, accuracy = (row[2], row[3]) if math.isnan(row[4]) else (row[4], row[5])
    watch[WAITED] += 1
    if loss < watch[LEAST]:
        watch[LEAST], watch[WAITED] = loss, 0
    reached = row[0] == watch[EPOCH] or loss <= watch[LOSS] or accuracy >= watch[ACCURACY]
    return bool(reached or watch[WAITED] >= watch[PATIENCE] or row[3] >= watch[SETTLED])


def reason(row: Any, watch: Watch) -> str:
    """Why a run ended with this epoch, as a sentence."""
    if row[3] >= watch[SETTLED]:
        return "it had no mistake"
    tested = not math.isnan(row[4])
    which, loss, accuracy = ("test", row[4], row[5]) if tested else ("train", row[2], row[3])
    if loss <= watch[LOSS]:
        return f"the {which} loss is {loss:.4g}, which is no more than {watch[LOSS]:g}"
    if accuracy >= watch[ACCURACY]:
        return f"the {which} accuracy is {percent(accuracy, 1)}, and {percent(watch[ACCURACY], None)} was wanted"
    if watch[WAITED] >= watch[PATIENCE]:
        epochs = "epoch" if watch[PATIENCE] == 1 else f"{watch[PATIENCE]:g} epochs"
        return f"for {epochs} the {which} loss has not been less than {watch[LEAST]:.4g}"
    return f"{watch[EPOCH]:g} epochs were wanted"
