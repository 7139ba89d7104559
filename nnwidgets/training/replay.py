"""How an experiment is put to a place of a recorded run: the run itself that goes back, or another to look at."""

from __future__ import annotations

import time

from nnwidgets._limits import allowed_threads
from nnwidgets.training import commands as c
from nnwidgets.training.checkpoints import CheckpointStore
from nnwidgets.training.engines import ChosenEngine, StepLog, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.randomness import may_draw

UNBOUNDED = 2**40  # ends of epochs that an engine may pass in one call
PIECE = 0.03  # seconds of a re-run after which a checkpoint is left: whoever comes by again need not repeat them


def changes_until(journal: c.Journal, step: int) -> int:
    """How many changes the run had seen when it came to `step`, before anything was changed there.

    What was changed before the first step belongs to the beginning.
    """
    return sum(entry.step < max(step, 1) for entry in journal)


class Replay:
    """Takes an experiment to steps of a recorded run, by the nearest checkpoint and a re-run from it.

    A long re-run leaves checkpoints along its way, if it is sure to repeat what the run did.

    Args:
        experiment: what is taken there; it may be another than the one whose run was recorded.
        engine: which makes its steps.
        journal: of the run.
        checkpoints: of the run.

    Attributes:
        applied: how many entries of the journal have been applied where it stands, -1 before it stands anywhere.
    """

    def __init__(
        self, experiment: Experiment, engine: ChosenEngine, journal: c.Journal, checkpoints: CheckpointStore
    ) -> None:
        self.experiment = experiment
        self.engine = engine
        self.applied = -1
        self._journal, self._checkpoints = journal, checkpoints
        self._step = self._changes = 0

    def aim(self, step: int) -> None:
        """Set out for where the run came to when it made `step`; from where this stands, if that is nearest."""
        self._step, self._changes = step, changes_until(self._journal, step)
        checkpoint = self._checkpoints.before(step, self._changes)
        at, applied = self.experiment.position.step, self.applied
        if not (checkpoint.position.step <= at <= step and checkpoint.journal_length <= applied <= self._changes):
            self.applied = -1  # nowhere, should that fail
            self.experiment.restore(checkpoint)
            self.applied = checkpoint.journal_length

    def advance(self, stop: Stop) -> bool:
        """Go there, or as far as `stop` allows; says whether it has arrived.

        Raises:
            Exception: whatever the user's model raises when it runs again.
        """
        while self.applied < self._changes:
            entry = self._journal[self.applied]
            if not self._run(entry.step, stop):
                return False
            entry.change.apply(self.experiment)
            self.applied += 1
        return self._run(self._step, stop)

    def _run(self, step: int, stop: Stop) -> bool:
        experiment = self.experiment
        self.engine.settle(experiment)
        threads = experiment.settings.threads
        repeats = not may_draw(experiment) and allowed_threads(threads) == threads
        while experiment.position.step < step:
            if stop():
                return False
            left, piece = step - experiment.position.step, Stop()
            piece.flag, piece.deadline = stop.flag, min(stop.deadline, time.monotonic() + PIECE)
            self.engine.run(experiment, left, piece, StepLog(), epochs=UNBOUNDED)
            if experiment.position.samples >= len(experiment.x):
                experiment.finish_epoch()
            if repeats and time.monotonic() >= piece.deadline:
                self._checkpoints.insert(experiment.capture(self.applied))
        return True
