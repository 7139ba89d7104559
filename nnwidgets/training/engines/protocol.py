"""What every engine offers to the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment


class Diverged(ArithmeticError):
    """The loss of a batch is NaN or infinite; the step was not made."""

    def __init__(self, loss: float) -> None:
        super().__init__(f"the loss is {loss}")
        self.loss = loss


@dataclass
class StepLog:
    """Batch loss and batch accuracy of successive steps, as an engine makes them."""

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.losses)


class Engine(Protocol):
    """Runs steps on an experiment."""

    name: str

    def run(self, experiment: Experiment, limit: int, stop: Callable[[], bool], log: StepLog) -> None:
        """Make up to `limit` steps, none beyond the end of the current epoch.

        Between two steps it asks `stop`. Every step made is in `log`, and `experiment.position`
        counts it, also when this ends with an exception of the model, the loss or the optimizer.
        The step after an epoch's last one belongs to the caller.

        Raises:
            Diverged: a batch's loss is not finite; the weights are those before that step.
        """
