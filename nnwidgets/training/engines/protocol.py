"""What every engine offers to the loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Numbers = NDArray[np.float64]


class Diverged(ArithmeticError):
    """The loss of a batch is NaN or infinite; the step was not made."""

    def __init__(self, loss: float) -> None:
        super().__init__(f"the loss is {loss}")
        self.loss = loss


class Stop:
    """Asks the engine at work to return after the step under way: at once, or at a time.

    Attributes:
        flag: `(1,)` uint8, not 0 once it shall return; compiled code looks at it.
        deadline: when it shall, on `time.monotonic`'s clock.
    """

    def __init__(self) -> None:
        self.flag = np.zeros(1, np.uint8)
        self.deadline = inf

    def __call__(self) -> bool:
        """Whether it shall return now."""
        return bool(self.flag[0]) or time.monotonic() >= self.deadline


@dataclass
class StepLog:
    """What an engine did: batch loss and accuracy of successive steps, and the epochs that it passed.

    `epochs` is `(k, 6)`, with the columns `EPOCH_COLUMNS` of the history.
    """

    losses: Numbers = field(default_factory=lambda: np.empty(0))
    accuracies: Numbers = field(default_factory=lambda: np.empty(0))
    epochs: Numbers = field(default_factory=lambda: np.empty((0, 6)))

    def __len__(self) -> int:
        return len(self.losses)

    def add(self, losses: list[float] | Numbers, accuracies: list[float] | Numbers) -> None:
        """Note further steps."""
        self.losses = np.concatenate([self.losses, losses])
        self.accuracies = np.concatenate([self.accuracies, accuracies])


class Engine(Protocol):
    """Runs steps on an experiment."""

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:
        """Make up to `limit` steps.

        Between two steps it looks at `stop`. Every step made is in `log`, and `experiment.position`
        counts it, also when this ends with an exception of the model, the loss or the optimizer.

        It may, and need not, pass up to `epochs` ends of epochs, which are then in `log` too. At the
        next one it returns: the step after an epoch's last one belongs to the caller.

        Raises:
            Diverged: a batch's loss is not finite; the weights are those before that step.
        """
