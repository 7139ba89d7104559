"""The part of a training loop that changes what is trained, goes back in the run, and looks back."""

from __future__ import annotations

import time
from abc import abstractmethod
from concurrent.futures import Future
from math import inf
from typing import TYPE_CHECKING, cast

from nnwidgets._limits import allowed_threads
from nnwidgets.training import commands as c
from nnwidgets.training.engines import ChosenEngine, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.goal import Goal, Status
from nnwidgets.training.observer import Observer
from nnwidgets.training.past import Past
from nnwidgets.training.preview import Preview
from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.training.threads import use_threads
from nnwidgets.training.worker import Worker

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

ENGINE_INTERVAL = 0.05  # seconds between questions whether the engine is ready
LONGEST_REST = 60.0  # seconds; a wait for ever is none that Python knows
SILENT_WAIT = 1.0  # seconds for which nothing is said of one that is not


class Changing(Worker):
    """What a loop does about changes and about its past. All methods run in the training thread."""

    experiment: Experiment
    engine: ChosenEngine
    past: Past
    observer: Observer
    error: BaseException | None
    error_is_of_callback: bool
    paused_unseen: bool
    stopped_by: str | None
    _goal: Goal | None
    _handed_over: bool
    _fresh: bool
    _holds: int

    def __init__(self, experiment: Experiment, engine: ChosenEngine, past: Past) -> None:
        super().__init__()
        self.experiment, self.engine, self.past = experiment, engine, past
        self.preview = Preview(experiment, past, engine)
        self._preview_stop = Stop()
        self._preview_stop.flag = self.stop.flag
        self.waits_for_engine = False
        self._waiting_since: float | None = None
        self.asked_threads = experiment.settings.threads

    @property
    def threads(self) -> int:
        """PyTorch's intra-op threads: as many as the run has, as far as they are allowed."""
        return allowed_threads(self.experiment.settings.threads)

    @property
    def _whole(self) -> TrainingLoop:
        return cast("TrainingLoop", self)

    @abstractmethod
    def _end(self, status: Status) -> None:
        """End the run under way."""

    @abstractmethod
    def _watch_anew(self) -> None:
        """Forget what the conditions to stop have seen."""

    # -- the engine -------------------------------------------------------------------------------

    def _engine_is_ready(self) -> bool:
        """Whether the engine can go on at once."""
        try:
            ready = self.engine.settle(self.experiment)
        except BaseException:
            self._say_waiting(since=None)
            raise
        self._say_waiting(since=None if ready else self._waiting_since or time.monotonic())
        return ready

    def _say_waiting(self, since: float | None) -> None:
        self._waiting_since = since
        waits = since is not None and time.monotonic() >= since + SILENT_WAIT
        if waits != self.waits_for_engine:
            self.waits_for_engine = waits
            self.observer.changed(self._whole)

    def _has_waited_for_engine(self) -> bool:
        """Whether it cannot go on yet; then some time has passed, unless a command has come."""
        if self._engine_is_ready():
            return False
        with self._wakeup:
            if not self._queue:
                self._wakeup.wait(ENGINE_INTERVAL)
        return True

    # -- changes and the journal ------------------------------------------------------------------

    def _adopt(self) -> bool:
        changes = self.experiment.cell_changes()
        for change in changes:
            self.past.change(change)
        if changes:
            self._look_away()
            self.observer.changed(self._whole)
        return bool(changes)

    def _change(self, change: c.Change) -> None:
        self.past.change(change)
        self._look_away()
        if isinstance(change, c.SetData | c.SetLoss):  # other losses are not to be compared with those before
            self._watch_anew()
        self._fresh = True  # another engine may go on, which has to be ready
        if self._handed_over:
            self.experiment.hand_over()
        self.observer.changed(self._whole)

    # -- limits -----------------------------------------------------------------------------------

    def limits_changed(self) -> None:
        """See `Holder.limits_changed`."""
        if self.status == "closed":  # it is nobody's but the caller's
            self.past.keep_within()
        else:
            self.submit(c.Do(self._keep_within, "Keeping to the limits"))

    def _keep_within(self) -> None:
        use_threads(self.threads)
        self.past.keep_within()
        self.observer.changed(self._whole)

    def _take_threads(self) -> None:
        """Before steps are made: write down that they are made in fewer threads than those before."""
        if self.experiment.settings.threads > self.threads:
            self._change(c.SetThreads(self.threads))

    # -- going back -------------------------------------------------------------------------------

    def _reset(self, order: c.Reset) -> None:
        if self._goal is not None:
            self._end("paused")
        self.experiment.reset(order.seed)
        self.experiment.set_threads(allowed_threads(self.asked_threads))  # there may be more by now
        use_threads(self.threads)
        self.past.start_over()
        self.settle("idle")

    def begin_anew(self, other: Changing) -> None:
        """Leave the run for the beginning of that of another loop, made elsewhere and so checked as a whole.

        If that fails, the run stands still as it was. Otherwise data, settings, engine and threads are the other's.
        """
        if self._goal is not None:
            self._end("paused")
        self.experiment.become(other.experiment)
        self.engine.choose(other.engine.choice)
        self.asked_threads = other.asked_threads
        use_threads(self.threads)
        self.past.start_over()
        self.settle("idle")

    def _rewind(self, order: c.Rewind) -> None:
        self._check_epoch(order.epoch)
        if self._goal is not None:
            self._end("paused")
        while not self._engine_is_ready():
            time.sleep(ENGINE_INTERVAL)
        self.past.go_to(self.past.history.epoch_step(order.epoch))
        self.settle("paused")

    def settle(self, status: Status) -> None:
        """Stand still in a new state, reached otherwise than by training."""
        self._look_away()
        self.error = self.stopped_by = None
        self.error_is_of_callback = self.paused_unseen = False
        self.status = status
        self.experiment.hand_over()
        self._handed_over = True
        self.observer.changed(self._whole)

    def _check_epoch(self, epoch: int) -> None:
        last = self.past.history.last_epoch
        if not 0 <= epoch <= last:
            raise ValueError(f"epoch must be between 0 and {last}, the last one completed; got {epoch}")

    # -- looking back -----------------------------------------------------------------------------

    def _preview(self, order: c.Preview) -> Future[None] | None:
        if order.epoch is None:
            if self._look_away():
                self.observer.changed(self._whole)
            return None
        self._check_epoch(order.epoch)
        if self._goal is not None:
            self._end("paused")
        try:
            return self.preview.want(order.epoch)
        except BaseException:
            self.observer.changed(self._whole)  # another epoch may have been on screen, and is not looked at any more
            raise

    def _look_away(self) -> bool:
        """Look at the present again, for which no engine is waited; says whether something else was looked at."""
        if self._goal is None:
            self.waits_for_engine, self._waiting_since = False, None
        return self.preview.leave()

    def _look_back(self) -> None:
        """Bring the preview nearer to what is wanted, and show it once it is there; a command that waits goes first."""
        try:
            if self._has_waited_for_engine():
                return
            with PROMPTNESS:
                if self.preview.work(self._preview_stop):
                    self.observer.previewed(self._whole)
                    self.preview.shown()
        except BaseException as error:  # noqa: BLE001 - the user's model may raise anything
            self.preview.fail(error)
            self.observer.preview_failed(self._whole, error)

    # -- recording --------------------------------------------------------------------------------

    @property
    def _recording_due(self) -> float:
        """When the run is to be recorded: not while it goes on, is held for a cell, or its past is looked at."""
        stands = self._goal is None and not self._holds and self.preview.epoch is None
        return self.observer.recording_due() if stands and self.status != "closed" else inf

    def _record_run(self) -> None:
        """Record some of the run, or wait until that is due; a command that waits goes first."""
        with self._wakeup:
            rest = self._recording_due - time.monotonic()
            if rest > 0:
                if not self._queue:
                    self._wakeup.wait(min(rest, LONGEST_REST))
                return
        self.observer.record(self._whole, self._preview_stop)
