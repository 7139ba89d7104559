"""Which class of images a network finds the hardest, as the test set says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnwidgets._percent import percent
from nnwidgets.images import spoken_class
from nnwidgets.training.findings import Finding
from nnwidgets.training.tested import confusion_of_test

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

LEAST_TESTED = 10
"""Test images of a class below which its share says little."""

LEAST_MISSED = 0.05
"""Of a class; below that no class is hard."""

MOST_NAMED = 3
LEAST_TAKEN = 0.03
"""Of a class; classes that fewer are taken for are not named."""


def hardest_class(experiment: Experiment, *, recent: bool = False) -> Finding | None:
    """The class of which the fewest test images are right, once there has been an epoch; None where all go well.

    With `recent` a look at the test set of some steps ago will do.
    """
    if not experiment.position.epoch:
        return None
    names = [spoken_class(name) for name in experiment.settings.dataset.class_names]
    counts = confusion_of_test(experiment, recent=recent)
    totals = counts.sum(axis=1)
    right = np.where(totals >= LEAST_TESTED, counts.diagonal() / np.maximum(totals, 1), 1.0)
    hardest = int(right.argmin())
    if right[hardest] > 1 - LEAST_MISSED:
        return None
    taken, total = counts[hardest].copy(), int(totals[hardest])
    taken[hardest] = 0
    others = [
        int(other) for other in np.argsort(-taken, kind="stable")[:MOST_NAMED] if taken[other] > LEAST_TAKEN * total
    ]
    told = [f"{names[other]} ({taken[other]:,}{f' of {total:,}' if other == others[0] else ''})" for other in others]
    mostly = f"; most often taken for {_joined(told)}" if told else ""
    return Finding(
        "hardest",
        "Hardest class:",
        f"{names[hardest]}, {percent(float(right[hardest]))} right{mostly}.",
        "",
        class_=hardest,
    )


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
