"""The part of a training loop that makes steps, and takes note of what they and the ends of epochs bring."""

from __future__ import annotations

import time
from collections.abc import Callable

from nnwidgets._errors import describe, shorten_traceback
from nnwidgets.training.changing import Changing
from nnwidgets.training.engines import ChosenEngine, Diverged, StepLog
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.goal import Goal, Pace, Status
from nnwidgets.training.last_step import first_steps, is_recorded, recorded_step
from nnwidgets.training.past import Past
from nnwidgets.training.probes import Evaluation
from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.training.stopping import is_met
from nnwidgets.training.tested import evaluate_test

# From a checkpoint to the next where an engine passes ends of epochs. A rewind may have to repeat what lies between,
# and what a call makes beyond; slow motion leaves fewer, because there is less to repeat.
APART = 0.25  # seconds
WORTH = 0.1  # seconds of which the engine was at work


class Stepping(Changing):
    """What a loop does to train. All methods run in the training thread."""

    _speed: float | None

    def __init__(self, experiment: Experiment, engine: ChosenEngine, past: Past) -> None:
        super().__init__(experiment, engine, past)
        self.history, self.journal, self.checkpoints = past.history, past.journal, past.checkpoints
        self.callbacks: list[Callable[[], None]] = []
        self._pace = Pace()
        self._checkpoint_due, self._worked = 0.0, WORTH  # the first one is due
        self._timed = 0.0, 0.0  # seconds and steps, of which the earlier ones count less and less

    @property
    def step_seconds(self) -> float:
        """Seconds that a step took lately, 0 before the first."""
        seconds, steps = self._timed
        return seconds / steps if steps else 0.0

    def _make_steps(self, goal: Goal, limit: int, epochs: int) -> bool:
        """Make up to so many steps, and pass up to so many ends of epochs; says whether all went well."""
        self.stop.is_met = False
        if not self.observer.follows_steps():
            return self._run_engine(limit, epochs)
        before = first_steps(self.experiment, limit, epochs if self.engine.passes_epochs else 0)
        if before and not self._run_engine(before, epochs):
            return False
        if self.experiment.position.samples >= len(self.experiment.x):
            if self.experiment.steps_per_epoch > 1:
                return True
            self._end_epoch()
        if self.stop.is_met or self._goal is not goal:
            return True
        with recorded_step(self.experiment):
            return self._run_engine(1, 0)

    def _run_engine(self, limit: int, epochs: int) -> bool:
        log = StepLog(self.history.width)
        started, worked = time.monotonic(), time.thread_time()
        try:
            self.engine.run(self.experiment, limit, self.stop, log, epochs=epochs)
        except Diverged as error:
            self._fail("diverged", error, log)
        except BaseException as error:  # noqa: BLE001 - the user's model may raise anything
            self._fail("error", error, log)
        else:
            with PROMPTNESS:
                self._record(log)
            passed = time.monotonic() - started
            self._worked += passed
            self._timed = 0.5 * self._timed[0] + passed, 0.5 * self._timed[1] + len(log)
            waited = passed - (time.thread_time() - worked)
            self.observer.worked(waited, hurried=not (self._goal and self._goal.paced and self._speed))
            return True
        return False

    def _record(self, log: StepLog) -> None:
        if len(log):
            self.history.add_rows(log.rows)
            self.past.trained()
            self._pace.made(len(log))
        if len(log.epochs):
            self.history.add_epochs(log.epochs)
            now, in_epoch = time.monotonic(), self.experiment.position.samples < len(self.experiment.x)
            is_due = now >= self._checkpoint_due and self._worked >= WORTH
            if in_epoch and is_due:  # at an epoch's end it is taken once that is counted
                self.past.checkpoint()
                self._checkpoint_due, self._worked = now + APART, 0.0
            self.observer.epoch_ended(self._whole)

    def _end_epoch(self) -> None:
        experiment = self.experiment
        experiment.finish_epoch()
        position = experiment.position
        test, failure = Evaluation(), None
        try:
            test = evaluate_test(experiment)
        except BaseException as error:  # noqa: BLE001 - the user's model may raise anything
            failure = error
        self.history.add_epoch(
            position.epoch,
            position.step,
            position.running_loss,
            position.running_accuracy,
            test.loss,
            test.accuracy,
        )
        self.stop.is_met = is_met(self.history.epochs_since(position.epoch - 1, 1)[-1], self.stop.watch)
        self.past.checkpoint()
        self.observer.epoch_ended(self._whole)
        if failure is not None:
            self._fail("error", failure, StepLog())
        elif self.callbacks:
            self._call_back()

    def _call_back(self) -> None:
        self.experiment.option_changes()  # those that are the callbacks' own are the ones that come after
        try:
            for callback in list(self.callbacks):
                callback()
        except BaseException as error:  # noqa: BLE001 - the user's callback may raise anything
            self.error_is_of_callback = True
            self._fail("error", error, StepLog())
        for change in self.experiment.option_changes():
            self._change(change)

    def _show_steps(self) -> None:
        if not self.observer.follows_steps() or is_recorded(self.experiment):  # otherwise the next one will be
            self._show_frame()

    def _show_frame(self) -> None:
        if not self._attention and time.monotonic() >= self.observer.next_frame():
            with PROMPTNESS:
                self.observer.frame(self._whole)

    @property
    def error(self) -> BaseException | None:
        """What ended the last run, if an error did."""
        return self._error

    @error.setter
    def error(self, error: BaseException | None) -> None:
        # Whoever raises it again adds calls of his own.
        self._error, self.error_calls = error, None if error is None else error.__traceback__
        self.error_detail = "" if error is None else describe(error)

    def _fail(self, status: Status, error: BaseException, log: StepLog) -> None:
        self._record(log)
        shorten_traceback(error)
        self.error = error
        goal = self._goal
        self._end(status)
        if goal is not None and status == "error" and not goal.done.done():
            goal.done.set_exception(error)
