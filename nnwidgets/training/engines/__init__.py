"""Engines make the steps: one protocol, `Engine`, so that a loop does not care which one runs."""

from nnwidgets.training.engines.eager import EagerEngine
from nnwidgets.training.engines.protocol import Diverged, Engine, StepLog

__all__ = ["Diverged", "EagerEngine", "Engine", "StepLog"]
