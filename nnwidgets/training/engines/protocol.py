"""What every engine offers to the loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets.training.stopping import new_watch

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Numbers = NDArray[np.float64]


class Diverged(ArithmeticError):
    """The loss of a batch is NaN or infinite; the step was not made."""

    def __init__(self, loss: float) -> None:
        super().__init__(f"the loss is {loss}")
        self.loss = loss


class Stop:
    """Asks the engine at work to return after the step under way: at once, or at a time, or with an epoch.

    Attributes:
        flag: `(1,)` uint8, not 0 once it shall return; compiled code looks at it.
        deadline: when it shall, on `time.monotonic`'s clock.
        watch: with which epoch that it passes it shall, see `stopping.new_watch`; compiled code looks at it, too.
        is_met: whether it did so.
    """

    def __init__(self) -> None:
        self.flag = np.zeros(1, np.uint8)
        self.deadline = inf
        self.watch = new_watch({})
        self.is_met = False

    def __call__(self) -> bool:
        """Whether it shall return now."""
        return bool(self.flag[0]) or time.monotonic() >= self.deadline


@dataclass
class StepLog:
    """What an engine did: steps, and the epochs that it passed.

    Attributes:
        width: how many steps a row may hold together; an engine may leave them apart.
        rows: `(k, 8)`, the last of a row's steps, mean, least and greatest batch loss, likewise the accuracy,
            and how many steps they are.
        epochs: `(k, 6)`, with the columns `EPOCH_COLUMNS` of the history.
        steps: how many were made.
    """

    width: int = 1
    rows: Numbers = field(default_factory=lambda: np.empty((0, 8)))
    epochs: Numbers = field(default_factory=lambda: np.empty((0, 6)))
    steps: int = 0

    def __len__(self) -> int:
        return self.steps

    @property
    def losses(self) -> Numbers:
        """Mean batch loss of each row."""
        return self.rows[:, 1]

    @property
    def accuracies(self) -> Numbers:
        """Mean batch accuracy of each row."""
        return self.rows[:, 4]

    def add(self, rows: Numbers, steps: int) -> None:
        """Note further steps."""
        self.rows = np.concatenate([self.rows, rows]) if len(self.rows) else rows
        self.steps += steps


def step_rows(before: int, losses: ArrayLike, accuracies: ArrayLike) -> Numbers:
    """Rows of a `StepLog` for the steps after step `before`, one each."""
    loss, accuracy = np.asarray(losses), np.asarray(accuracies)
    steps = before + np.arange(1, len(loss) + 1)
    return np.stack([steps, loss, loss, loss, accuracy, accuracy, accuracy, np.ones(len(loss))], axis=1)


class Engine(Protocol):
    """Runs steps on an experiment."""

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:
        """Make up to `limit` steps.

        Between two steps it looks at `stop`. Every step made is in `log`, and `experiment.position`
        counts it, also when this ends with an exception of the model, the loss or the optimizer.

        It may, and need not, pass up to `epochs` ends of epochs, which are then in `log` too. At the
        next one it returns: the step after an epoch's last one belongs to the caller. It returns as well after
        passing one that `stop` has been waiting for.

        Raises:
            Diverged: a batch's loss is not finite; the weights are those before that step.
        """
