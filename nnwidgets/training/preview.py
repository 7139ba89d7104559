"""An epoch of the past that somebody looks at while the run itself stays where it is."""

from __future__ import annotations

from concurrent.futures import Future

from nnwidgets.training.engines import ChosenEngine, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.past import Past
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.replay import Replay


class Preview:
    """Computes the state at the end of an epoch in an experiment of its own, a ghost of the run's.

    Only the newest epoch wanted is gone to. The ghost stays for as long as something is looked at, so that going
    forward repeats only the steps in between.

    Args:
        experiment: of the run; it is never touched.
        past: of the run; it is only read.
        engine: of the run, for the choice of the ghost's own.

    Attributes:
        epoch: which one is wanted, None for the present.
        is_ready: whether the ghost stands there.
    """

    def __init__(self, experiment: Experiment, past: Past, engine: ChosenEngine) -> None:
        self._experiment, self._past, self._engine = experiment, past, engine
        self._replay: Replay | None = None
        self._shown: Future[None] = Future()
        self.epoch: int | None = None
        self.is_ready = False

    @property
    def is_under_way(self) -> bool:
        """Whether an epoch is wanted that is not there yet."""
        return self.epoch is not None and not self.is_ready

    @property
    def ghost(self) -> Experiment | None:
        """The experiment that stands at the end of the epoch that is wanted; None while there is none."""
        return self._replay.experiment if self._replay is not None and self.is_ready else None

    def want(self, epoch: int) -> Future[None]:
        """Look at the end of `epoch` instead of what was wanted before; the future is done once that, or newer, is."""
        if self._shown.done():
            self._shown = Future()
        if epoch != self.epoch:
            self.epoch, self.is_ready = epoch, False
            if self._replay is not None:
                try:
                    self._aim(self._replay)
                except BaseException:
                    self.leave()  # the ghost stands nowhere
                    raise
        if self.is_ready:
            self._shown.set_result(None)
        return self._shown

    def leave(self) -> bool:
        """Look at the present again, and forget the ghost; says whether something else was looked at."""
        was_left = self.epoch is None
        self.epoch, self.is_ready, self._replay = None, False, None
        if not self._shown.done():
            self._shown.set_result(None)
        return not was_left

    def fail(self, error: BaseException) -> None:
        """It cannot be shown."""
        shown, self._shown = self._shown, Future()
        self.leave()
        shown.set_exception(error)

    def work(self, stop: Stop) -> bool:
        """Bring the ghost nearer to what is wanted, until `stop`; says whether it has arrived.

        Raises:
            TypeError: the user's module cannot be copied.
            Exception: whatever it raises when it runs again.
        """
        experiment = self._experiment
        with random_numbers_kept(experiment, *([] if self._replay is None else [self._replay.experiment])):
            if self._replay is None:
                self._replay = ghost_replay(experiment, self._past, self._engine)
                self._aim(self._replay)
            self.is_ready = self._replay.advance(stop)
        return self.is_ready

    def shown(self) -> None:
        """A picture of it was taken."""
        if not self._shown.done():
            self._shown.set_result(None)

    def _aim(self, replay: Replay) -> None:
        assert self.epoch is not None
        with random_numbers_kept(self._experiment, replay.experiment):  # other data, or another loss, are tried
            replay.aim(self._past.history.epoch_step(self.epoch))


def ghost_replay(experiment: Experiment, past: Past, engine: ChosenEngine) -> Replay:
    """What takes another experiment to the past of one; raises `TypeError` where a module cannot be copied."""
    try:
        ghost = experiment.twin()
    except Exception as error:
        raise TypeError(
            f"a {type(experiment.model).__name__} cannot be copied to look at its past ({error}); "
            "rewind() takes the module itself there"
        ) from error
    return Replay(ghost, ChosenEngine(engine.choice), past.journal, past.checkpoints)
