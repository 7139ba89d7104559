"""What is wrong with a run, kept up to date as a trait for whoever looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nnwidgets._limits import pace
from nnwidgets.training.diagnosis import Finding, diagnose_run

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._base import Trainer

INTERVAL = 1.0  # seconds between diagnoses of a run under way
SHARE = 50  # so many times as long as a diagnosis takes, until the next: a slow model is not made slower


class Diagnoses:
    """Decides when a trainer's run is diagnosed. In the training thread, but for the first time."""

    def __init__(self) -> None:
        self._due = 0.0

    def of_run(self, trainer: Trainer, loop: TrainingLoop) -> None:
        """A run under way, that somebody sees: once a second."""
        now = time.monotonic()
        if now >= self._due:
            show_findings(trainer, loop)
            done = time.monotonic()
            self._due = max(now + pace(INTERVAL), done + SHARE * (done - now))

    def began(self, trainer: Trainer) -> None:
        """A run that goes on has not ended: what was said of its end is no longer so."""
        trainer.set_trait("_diagnosis", [each for each in trainer._diagnosis if each["kind"] != "diverged"])


def show_findings(trainer: Trainer, loop: TrainingLoop) -> None:
    """Measure, and tell the browser; of a model that raises there is nothing to tell, that is said elsewhere."""
    try:
        findings = diagnose_run(loop)
    except Exception:  # noqa: BLE001
        findings = ()
    trainer.set_trait("_diagnosis", [finding_trait(finding) for finding in findings])


def finding_trait(finding: Finding) -> dict[str, Any]:
    """A `FindingTrait`."""
    return {
        "kind": finding.kind,
        "title": finding.title,
        "text": finding.text,
        "advice": finding.advice,
        "neurons": [list(neuron) for neuron in finding.neurons],
        "epoch": finding.epoch,
        "class_": finding.class_,
    }
