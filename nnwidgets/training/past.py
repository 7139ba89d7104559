"""How a run came to where it stands, and how to stand there again."""

from __future__ import annotations

from nnwidgets.training import commands as c
from nnwidgets.training.engines import ChosenEngine, StepLog, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.history import CheckpointStore, History


def _outdates(change: c.Change, last: c.Change, batch_size: int) -> bool:
    """Whether nothing is left of the change before, at the same step: a slider that is dragged leaves one entry."""
    if isinstance(change, c.SetData) and isinstance(last, c.SetData):
        # Fewer samples would have made the batches smaller, other classes or columns would have changed the network.
        alike = (change.dataset.n_classes, change.dataset.x_train.shape[1]) == (
            last.dataset.n_classes, last.dataset.x_train.shape[1],
        )  # fmt: skip
        return alike and batch_size < len(last.dataset.x_train)
    is_one_value = isinstance(change, c.SetLearningRate | c.SetSchedule | c.SetBatchSize | c.SetPenalty | c.Freeze)
    return is_one_value and type(last) is type(change)


class Past:
    """Metrics, checkpoints and journal of one run, kept in step with each other.

    The journal and the stores are always the same objects, so others may hold on to them.

    Attributes:
        applied: how many entries of the journal have been applied where the experiment stands.
        rewound: whether it stands before the end of what is recorded.
    """

    def __init__(self, experiment: Experiment, engine: ChosenEngine, checkpoint_bytes: int) -> None:
        self._experiment = experiment
        self._engine = engine
        self.history = History()
        self.checkpoints = CheckpointStore(checkpoint_bytes)
        self.journal: c.Journal = []
        self.applied = 0
        self.rewound = False
        self.start_over()

    def start_over(self) -> None:
        """Take the experiment as it stands for the beginning of a run."""
        self.journal.clear()
        self.history.clear()
        self.applied = 0
        self.checkpoints.replace([self._experiment.capture(0)])
        self.rewound = False

    def change(self, change: c.Change) -> None:
        """Apply a change to the experiment and write it down."""
        batch_size = self._experiment.settings.batch_size
        change.apply(self._experiment)
        self.branch()
        step = self._experiment.position.step
        if self.journal and self.journal[-1].step == step and _outdates(change, self.journal[-1].change, batch_size):
            self.journal.pop()
        self.journal.append(c.JournalEntry(step, change))
        self.applied = len(self.journal)
        self.checkpoint()

    def checkpoint(self) -> None:
        """Remember where the experiment stands."""
        self.checkpoints.add(self._experiment.capture(self.applied))

    def branch(self) -> None:
        """The run goes on from here: what was recorded after it becomes a pinned run."""
        if not self.rewound:
            return
        self.rewound = False
        step = self._experiment.position.step
        self.history.branch(step)
        self.checkpoints.cut(step, self.applied)
        del self.journal[self.applied :]

    def go_to(self, step: int) -> None:
        """Stand at `step` of the recorded run, by the nearest checkpoint and a re-run from it.

        That is where the run came to when it made the step, before anything was changed there; at
        step 0 it is where the run set out.

        Whatever the user's model raises when it runs again is passed on, with the experiment as it was.
        """
        present = self._experiment.capture(self.applied)
        applied = sum(entry.step < max(step, 1) for entry in self.journal)
        try:
            self._repeat(step, applied)
        except BaseException:
            self._experiment.restore(present)
            self._experiment.hand_over()
            raise
        self.applied = applied
        self.rewound = self.history.last_step > step or applied < len(self.journal)

    def _repeat(self, step: int, applied: int) -> None:
        checkpoint = self.checkpoints.before(step, applied)
        self._experiment.restore(checkpoint)
        for entry in self.journal[checkpoint.journal_length : applied]:
            self._run(entry.step)
            entry.change.apply(self._experiment)
        self._run(step)

    def _run(self, step: int) -> None:
        experiment = self._experiment
        self._engine.settle(experiment)
        while experiment.position.step < step:
            self._engine.run(experiment, step - experiment.position.step, Stop(), StepLog(), epochs=2**40)
            if experiment.position.samples >= len(experiment.x):
                experiment.finish_epoch()
