"""How a run came to where it stands, and how to stand there again."""

from __future__ import annotations

from nnwidgets.training import commands as c
from nnwidgets.training.checkpoints import CheckpointStore
from nnwidgets.training.differences import described
from nnwidgets.training.engines import ChosenEngine, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.history import History
from nnwidgets.training.replay import Replay
from nnwidgets.training.settings import Settings

_OF_ONE_VALUE = (c.SetLearningRate, c.SetSchedule, c.SetBatchSize, c.SetPenalty, c.SetShuffle, c.SetThreads, c.Freeze)


def _outdates(change: c.Change, last: c.Change, batch_size: int) -> bool:
    """Whether nothing is left of the change before, at the same step: a slider that is dragged leaves one entry."""
    if isinstance(change, c.SetData) and isinstance(last, c.SetData):
        # Fewer samples would have made the batches smaller, other classes or columns would have changed the network.
        alike = (change.dataset.n_classes, change.dataset.x_train.shape[1:]) == (
            last.dataset.n_classes, last.dataset.x_train.shape[1:],
        )  # fmt: skip
        return alike and batch_size < len(last.dataset.x_train)
    if isinstance(change, c.Edit) and isinstance(last, c.Edit):
        return change.values.keys() >= last.values.keys()  # whole parameters: a weight that is dragged leaves one entry
    return isinstance(change, _OF_ONE_VALUE) and type(last) is type(change)


class Past:
    """Metrics, checkpoints and journal of one run, kept in step with each other.

    The journal and the stores are always the same objects, so others may hold on to them.

    Attributes:
        applied: how many entries of the journal have been applied where the experiment stands.
        rewound: whether it stands before the end of what is recorded.
        unkept: the last epoch of the run that was left last, if there was no room to keep it beside those pinned by
            hand.
        origin: another object for each beginning.
    """

    def __init__(self, experiment: Experiment, engine: ChosenEngine, checkpoint_bytes: int) -> None:
        self._experiment = experiment
        self._engine = engine
        self.history = History()
        self.checkpoints = CheckpointStore(checkpoint_bytes)
        self.journal: c.Journal = []
        self.applied = 0
        self.rewound = False
        self.unkept: int | None = None
        self.origin: object = None
        self._described: Settings | None = None
        self._arrived: Settings | None = None  # where the experiment was gone to, as the run came there
        self.start_over()

    def start_over(self) -> None:
        """Take the experiment as it stands for the beginning of a run."""
        self.journal.clear()
        self.history.clear()
        self.applied = 0
        self.checkpoints.replace([self._experiment.capture(0)])
        self.rewound, self.unkept = False, None
        self.origin = object()

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

    def keep_within(self) -> None:
        """Give back memory that is more than the share which others leave."""
        self.checkpoints.keep_within()
        self.history.keep_within()

    def trained(self) -> None:
        """Steps were recorded: keep what they were made with."""
        settings = self._experiment.settings
        if settings is not self._described:
            self._described = settings
            self.history.settings = described(settings)

    def branch(self) -> bool:
        """The run goes on from here: what was recorded after it becomes a pinned run. Says whether it was rewound."""
        if not self.rewound:
            return False
        self.rewound = False
        step, end = self._experiment.position.step, self.history.last_epoch
        self.unkept = None if self.history.branch(step) else end
        self.checkpoints.cut(step, self.applied)
        del self.journal[self.applied :]
        # Those of the steps that are left: a change made here is for the next one.
        self.history.settings = described(self._arrived or self._experiment.settings)
        self._described = None
        return True

    def go_to(self, step: int) -> None:
        """Stand at `step` of the recorded run, by the nearest checkpoint and a re-run from it.

        That is where the run came to when it made the step, before anything was changed there; at
        step 0 it is where the run set out.

        Whatever the user's model raises when it runs again is passed on, with the experiment as it was.
        """
        present = self._experiment.capture(self.applied)
        replay = Replay(self._experiment, self._engine, self.journal, self.checkpoints)
        try:
            replay.aim(step)
            replay.advance(Stop())
        except BaseException:
            self._experiment.restore(present)
            self._experiment.hand_over()
            raise
        self.stand(replay.applied, rewound=self.history.last_step > step or replay.applied < len(self.journal))

    def stand(self, applied: int, *, rewound: bool) -> None:
        """Take the experiment as it stands for a place of what is recorded, after so many changes of the journal."""
        self.applied, self.rewound, self.unkept = applied, rewound, None
        self._arrived = self._experiment.settings
