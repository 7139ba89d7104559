"""Engines make the steps: one protocol, `Engine`, so that a loop does not care which one runs."""

from nnwidgets.training.engines.choice import ChosenEngine
from nnwidgets.training.engines.eager import EagerEngine
from nnwidgets.training.engines.fused import FusedEngine
from nnwidgets.training.engines.protocol import Diverged, Engine, StepLog, Stop

__all__ = ["ChosenEngine", "Diverged", "EagerEngine", "Engine", "FusedEngine", "StepLog", "Stop"]
