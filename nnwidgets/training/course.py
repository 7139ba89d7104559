"""What can be seen of a run's health in how its losses went, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets._percent import percent
from nnwidgets.training.findings import Finding, amount
from nnwidgets.training.reference import constant_loss, neighbours_know

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.history import History

Array = NDArray[np.float64]

# A learning rate that is too large
JUDGED = 20
"""Epochs that are judged: so few that one is told soon, so many that ups and downs can be counted."""
LEAST_JUDGED = 8
"""Epochs before which a loss that goes up and down may be its beginning."""
BOUNCE = 0.12
"""Mean change from one epoch to the next, in parts of the loss of the best constant answer. Batches of 5, drawn anew
each epoch, change it by 0.01; with dropout, momentum or few points by up to 0.08."""
TURNS = 1 / 3
"""Of the epochs, at least so many change direction; of noise it is two thirds, of a curve that falls hardly any."""
WORSE = 1.1
"""The loss by that of the first step, and by that of the best constant answer. Steps that are short enough make it
smaller: where a run learns, the best of its 20 worst epochs has 1.02 times as much at most."""
# Overfitting
LEAST_TESTED = 10
"""Test points below which a test loss says little."""
OVERFITTING_SEEN = 20
"""Epochs before which a test loss may still be at its beginning."""
RISE = 1.25
"""The test loss by its least one. On test sets of some hundred points it goes up and down by 1.1."""
LEAST_RISE = 0.15
"""The rise in parts of the loss of the best constant answer, for a multiple of nearly nothing is nothing. Where all is
well it is up to 0.09."""
FALL = 0.95
"""The training loss by that of the epoch at which the test loss was least: it must have gone on falling."""

MOST_TESTED = 400
"""Epochs that are looked at, spread evenly over a longer run."""

# Underfitting
PLATEAU = 50
"""Epochs of a loss that has levelled off. Networks that learn may stay near their beginning for that long."""
PLATEAU_STEPS = 1_000
"""Steps of the same: epochs of one batch each are no more than a step."""
UNDERFITTING_SEEN = 100
"""Epochs before which nothing is said of it."""
LEVEL = 0.03
"""How far the loss may fall from the first half of the plateau to the second, in parts of itself. With that it would
take hundreds of epochs to where it could be."""
UNLEARNED = 0.7
"""With more than this part of the loss of the best constant answer a network has hardly learned."""
MISSED = 0.15
"""How many more of the points their neighbours tell: without that, what is left may be noise in the data."""
MISSED_VALUES = 0.5
"""The same for values to predict: the neighbours' squared error by the network's."""


@dataclass(frozen=True)
class Course:
    """The epochs of a run since the last change, up to where it stands.

    `unit` is what losses are measured by: that of the best constant answer, or, of a loss of the user's own, the
    first epoch's.
    """

    epochs: Array
    steps: Array
    loss: Array
    test: Array
    unit: float
    constant: float | None


def course_of(experiment: Experiment, history: History, since: int) -> Course | None:
    """The epochs that can be compared with each other, None where there is none."""
    rows = history.epochs
    position = experiment.position
    first = int(np.searchsorted(rows[:, 1], since, side="right"))
    if since and first < len(rows):
        first += 1  # the change came in that epoch, or at its beginning
    rows = rows[first : int(np.searchsorted(rows[:, 0], position.epoch, side="right"))]
    if not len(rows) or not np.isfinite(rows[:, 2]).all():
        return None
    constant = constant_loss(experiment)
    unit = constant or abs(float(rows[0, 2]))
    return Course(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 4], unit, constant) if unit else None


def course_findings(experiment: Experiment, history: History, since: int = 0) -> list[Finding]:
    """What is wrong with the course of the losses; `since` is the step of the last change."""
    course = course_of(experiment, history, since)
    if course is None:
        return []
    overfits, too_fast = overfitting(course, len(experiment.x_test)), too_large_a_rate(experiment, history, course)
    found = [finding for finding in (overfits, too_fast) if finding]
    underfits = None if found else underfitting(course, experiment)
    return [underfits] if underfits else found


def too_large_a_rate(experiment: Experiment, history: History, course: Course) -> Finding | None:
    """A learning rate with which the training loss bounces, or with which it has become worse than it was."""
    loss = course.loss[-JUDGED:]
    if len(loss) < LEAST_JUDGED:
        return None
    rate, now, epoch = amount(experiment.learning_rate_now), amount(float(loss[-1])), best_epoch(course)
    changes = np.diff(loss)
    size, fall = float(np.abs(changes).mean()), float(loss[: len(loss) // 2].mean() - loss[-(len(loss) // 2) :].mean())
    turns = int((changes[1:] * changes[:-1] < 0).sum())
    if size >= BOUNCE * course.unit and turns >= TURNS * len(loss) and fall <= size:
        return Finding(
            "learning_rate",
            f"The loss bounces with the learning rate {rate}:",
            f"it rose in {int((changes > 0).sum())} of the last {len(changes)} epochs, and changed by {amount(size)} "
            f"in each on average; it is {now} now.",
            "Try a smaller rate.",
            epoch=epoch,
        )
    if course.constant is None or loss.min() < WORSE * course.constant:
        return None
    begin = first_loss(history, int(course.steps[0]))
    if loss.min() < WORSE * begin:
        return None
    return Finding(
        "learning_rate",
        f"The loss rose with the learning rate {rate}:",
        f"it was {amount(begin)} in the first step and is {now} now; the best constant answer has "
        f"{amount(course.constant)}.",
        "Try a smaller rate, from the beginning.",
        epoch=epoch,
    )


def first_loss(history: History, step: int) -> float:
    """The batch loss of the first step of a course whose first epoch ended with `step`."""
    steps = history.steps
    ends = history.epochs[:, 1]
    before = ends[ends < step].max(initial=0)
    first = int(np.searchsorted(steps[:, 0], before, side="right"))
    return float(steps[first, 1])


def best_epoch(course: Course) -> int | None:
    """The one with the least training loss, if that is not where the run stands."""
    best = int(course.epochs[int(course.loss.argmin())])
    return best if best != int(course.epochs[-1]) else None


def overfitting(course: Course, n_test: int) -> Finding | None:
    """A test loss that rises while the training loss falls."""
    if len(course.test) < OVERFITTING_SEEN or n_test < LEAST_TESTED or not np.isfinite(course.test).all():
        return None
    every = np.arange(len(course.test))[:: -max(1, len(course.test) // MOST_TESTED)][::-1]
    width = max(5, len(every) // 20)
    test, train = smoothed(course.test[every], width), smoothed(course.loss[every], width)
    best = int(test.argmin())
    now, least, fitted = float(test[-1]), float(test[best]), float(train[-1])
    if now < RISE * least or now - least < LEAST_RISE * course.unit or fitted > FALL * train[best]:
        return None
    epoch = int(course.epochs[every][best + width // 2])
    return Finding(
        "overfitting",
        f"Overfitting since epoch {epoch:,}:",
        f"the test loss has risen from {amount(least)} to {amount(now)}, while the training loss fell from "
        f"{amount(float(train[best]))} to {amount(fitted)}.",
        "More data, L2, dropout or a smaller network may help.",
        epoch=epoch,
    )


def underfitting(course: Course, experiment: Experiment) -> Finding | None:
    """A training loss that has levelled off far above what the data would allow."""
    seen = len(course.loss)
    n = max(PLATEAU, seen // 2)
    if course.constant is None or seen < UNDERFITTING_SEEN:
        return None
    if course.steps[-1] - course.steps[-n - 1] < PLATEAU_STEPS:
        return None
    loss = course.loss[-n:]
    before, now = float(loss[: n // 2].mean()), float(loss[-(n // 2) :].mean())
    if now < UNLEARNED * course.constant or abs(before - now) > LEVEL * now:
        return None
    missed = what_neighbours_know(experiment, now)
    if missed is None:
        return None
    tested = f"test {amount(float(course.test[-1]))}; " if math.isfinite(course.test[-1]) else ""
    return Finding(
        "underfitting",
        f"Underfitting for {n:,} epochs:",
        f"the training loss has levelled off at {amount(now)} ({tested}best constant answer "
        f"{amount(course.constant)}). {missed}.",
        "More neurons or features, less regularization or another learning rate may help.",
    )


def what_neighbours_know(experiment: Experiment, loss: float) -> str | None:
    """How much better the neighbours of a point tell its target than the network does, None if they do not."""
    known = neighbours_know(experiment)
    if known is None:
        return None
    if not experiment.settings.dataset.n_classes:
        told = f"The mean of 10 neighbours has {amount(known)}"
        return told if known < MISSED_VALUES * loss else None
    accuracy = training_accuracy(experiment)
    if accuracy is None or known - accuracy < MISSED:
        return None
    return f"{percent(accuracy)} of the points are right; by 10 neighbours {percent(known)} would be"


def training_accuracy(experiment: Experiment) -> float | None:
    """The share of training points that are right at the present weights."""
    from nnwidgets.training.probes import evaluate

    return evaluate(experiment, experiment.x, experiment.y).accuracy


def smoothed(values: Array, width: int) -> Array:
    """Medians of `width` neighbours, `(n - width + 1,)`."""
    windows: NDArray[Any] = np.lib.stride_tricks.sliding_window_view(values, width)
    medians: Array = np.median(windows, axis=1)
    return medians
