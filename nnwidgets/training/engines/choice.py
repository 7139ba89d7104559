"""Which engine makes the steps, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets._checks import one_of
from nnwidgets.training.engines.coverage import NotCoveredError, obstacle
from nnwidgets.training.engines.eager import EagerEngine
from nnwidgets.training.engines.fused import FusedEngine
from nnwidgets.training.engines.protocol import StepLog, Stop

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

CHOICES = ("auto", "eager", "fused")
# Multiply-adds of a step, in layers that are wide on both sides, from which PyTorch's matrix products win: measured
# with two hidden layers of 16 to 512 neurons and batches of 8 to 500, they do so between 1 and 2 million.
WIDE, MANY = 16, 1_500_000


class ChosenEngine:
    """The fastest engine that covers what is to be trained, or the one asked for if it does.

    Args:
        choice: one of `CHOICES`.

    Example:
        >>> ChosenEngine("eager").choice
        'eager'
    """

    def __init__(self, choice: str = "auto") -> None:
        self._eager, self._fused = EagerEngine(), FusedEngine()
        self._failure = ""
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Another engine goes on from here. Raises `ValueError` if there is none of that name."""
        self.choice = one_of("engine", choice, CHOICES)
        self._is_left_to_eager = choice == "eager"

    def name_for(self, experiment: Experiment) -> str:
        """The engine: "fused", or "eager", with the reason why where that was not asked for."""
        if self.choice == "eager":
            return "eager"
        reason = self._failure or obstacle(experiment)
        if reason is None and self.choice == "auto" and _is_large(experiment):
            reason = "PyTorch is faster where layers are as wide as here"
        return "fused" if reason is None else f"eager: {reason}"

    @property
    def passes_epochs(self) -> bool:
        """Whether a call of `run` may go on beyond the end of an epoch."""
        return not self._is_left_to_eager

    def settle(self, experiment: Experiment) -> bool:
        """Decide which engine goes on; whether it can at once, for code may have to be compiled, in the background.

        Raises:
            Exception: whatever the compilation raised, if the compiled engine was asked for.
        """
        self._is_left_to_eager = self.name_for(experiment) != "fused"
        if self._is_left_to_eager:
            return True
        try:
            return self._fused.is_ready(experiment)
        except Exception as error:
            if self.choice == "fused":
                raise
            self._failure = f"it could not be compiled ({type(error).__name__}: {error})"
            self._is_left_to_eager = True
            return True

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:
        """See `Engine.run`. What PyTorch was left to do it goes on doing until `settle` is called again."""
        if not self._is_left_to_eager:
            try:
                self._fused.run(experiment, limit, stop, log, epochs=epochs)
            except NotCoveredError:
                pass
            else:
                return
        if len(log) < limit:
            self._eager.run(experiment, limit - len(log), stop, log, epochs=epochs)


def _is_large(experiment: Experiment) -> bool:
    sizes = [p.shape for p in experiment.train_model.parameters() if p.ndim > 1 and min(p.shape) >= WIDE]
    return experiment.settings.batch_size * sum(rows * columns for rows, columns in sizes) > MANY
