"""Which engine makes the steps, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets.training.engines.coverage import NotCoveredError, obstacle
from nnwidgets.training.engines.eager import EagerEngine
from nnwidgets.training.engines.fused import FusedEngine
from nnwidgets.training.engines.protocol import StepLog, Stop

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

CHOICES = ("auto", "eager", "fused")


class ChosenEngine:
    """The engine that was asked for, or PyTorch's own where that one does not cover what is to be trained.

    Args:
        choice: one of `CHOICES`. "auto" is PyTorch's own, as "eager" is.

    Example:
        >>> ChosenEngine("auto").choice
        'auto'
    """

    def __init__(self, choice: str = "auto") -> None:
        if choice not in CHOICES:
            raise ValueError(f"engine must be one of {', '.join(map(repr, CHOICES))}; got {choice!r}")
        self.choice = choice
        self._eager, self._fused = EagerEngine(), FusedEngine()

    def name_for(self, experiment: Experiment) -> str:
        """The engine: "fused", "eager", or "eager: " with the reason why it is not the one that was asked for."""
        if self.choice != "fused":
            return "eager"
        reason = obstacle(experiment)
        return "fused" if reason is None else f"eager: {reason}"

    def is_ready(self, experiment: Experiment) -> bool:
        """Whether steps can be made at once; code is being compiled otherwise, in the background.

        Raises:
            Exception: whatever the compilation raised.
        """
        return self.name_for(experiment) != "fused" or self._fused.is_ready(experiment)

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:
        """See `Engine.run`."""
        if self.choice == "fused":
            try:
                self._fused.run(experiment, limit, stop, log, epochs=epochs)
            except NotCoveredError:
                pass
            else:
                return
        if len(log) < limit:
            self._eager.run(experiment, limit - len(log), stop, log, epochs=epochs)
