"""The training loop: one thread, one queue of commands, the only owner of model and optimizer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from typing import Any, ClassVar

from nnwidgets._limits import allowed_threads
from nnwidgets.training import commands as c
from nnwidgets.training.changing import Changing
from nnwidgets.training.engines import ChosenEngine, StepLog
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.goal import Goal, Pace, Status
from nnwidgets.training.memory import give_back
from nnwidgets.training.observer import Observer, Unobserved
from nnwidgets.training.past import Past
from nnwidgets.training.stepping import Stepping
from nnwidgets.training.stopping import CONDITIONS, new_watch, reason
from nnwidgets.training.worker import ClosedError

SLICE = 0.01  # seconds of a paced run whose steps are made together
# The same of steps that take next to no time: between two pictures it is a call that costs, not its steps.
COMPILED_SLICE = 0.1
FASTEST = 1e9  # steps per second that nobody makes: beyond it, speeds are the same, and their products stay finite


class TrainingLoop(Stepping):
    """Trains an experiment in a background thread and does what commands say between two steps.

    The thread lives only while there is something to do. Everything public may be called from any
    thread; attributes may be read at any time.

    Example:
        >>> from nnwidgets.datasets import make_planar
        >>> from nnwidgets.training.settings import NetworkSpec, Settings
        >>> loop = TrainingLoop(Experiment(Settings(make_planar("circles"), NetworkSpec())))
        >>> loop.call(c.Train(epochs=2))
        >>> loop.wait()
        >>> loop.experiment.position.step
        200

    Args:
        experiment: what to train; from now on only this loop touches it.
        threads: PyTorch's intra-op threads in the training thread, as far as they are allowed; part of what makes a
            run repeatable.
        engine: which makes the steps, one of `engines.choice.CHOICES`.
        speed: epochs per second of a played run, None for as fast as possible.
        checkpoint_bytes: memory for checkpoints.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        threads: int = 1,
        engine: str = "auto",
        speed: float | None = None,
        checkpoint_bytes: int = 64 * 2**20,
    ) -> None:
        chosen = ChosenEngine(engine)
        experiment.set_threads(allowed_threads(threads))
        super().__init__(experiment, chosen, Past(experiment, chosen, checkpoint_bytes))
        self.asked_threads = threads
        self.observer: Observer = Unobserved()
        self.error = None
        self.error_is_of_callback = False
        self.paused_unseen = False
        self.stopped_by: str | None = None
        self.settles = False  # whether an epoch without a mistake is the last that can change anything
        self._stop_when: dict[str, float] = {}
        self._speed = speed
        self._goal: Goal | None = None
        self._holds = 0
        self._handed_over = True
        self._fresh = False  # the run under way has yet to make a step

    # -- from any thread --------------------------------------------------------------------------

    @property
    def speed(self) -> float | None:
        """Epochs per second of a played run; None for as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, value: float | None) -> None:
        with self._wakeup:
            self._speed = value
            self._pace = Pace()
            self._wakeup.notify_all()

    @property
    def stop_when(self) -> dict[str, float]:
        """With which epoch a run ends by itself, as `stopping.checked_conditions` has it."""
        return self._stop_when

    @stop_when.setter
    def stop_when(self, conditions: dict[str, float]) -> None:
        with self._wakeup:
            self._stop_when = conditions
            self.stop.watch[: len(CONDITIONS)] = new_watch(conditions)[: len(CONDITIONS)]

    @property
    def goal(self) -> Goal | None:
        """The run under way, if any."""
        return self._goal

    def look_again(self) -> None:
        """When the next frame is wanted has changed, perhaps to sooner: the steps under way take notice."""
        before, self.stop.deadline = self.stop.deadline, self.observer.next_look()
        if self.stop.deadline < before:
            self.stop.flag[0] = 1  # compiled code knows no time

    def close(self) -> None:
        """End the run and refuse further commands. An idle loop needs no thread for that."""
        with self._wakeup:
            if self._thread is None:
                self.status = "closed"
                self.preview.leave()
                if self._goal is not None:  # it was held, and whoever waits for it need wait no longer
                    self._goal.done.set_result(None)
                    self._goal = None
        if self.status != "closed" and not sys.is_finalizing():
            with suppress(ClosedError):  # by another thread, meanwhile
                self.call(c.Close())

    def wait(self, timeout: float | None = None) -> None:
        """Block until the run ends or pauses.

        Raises:
            TimeoutError: it did not within `timeout` seconds; the run goes on.
            BaseException: whatever the training raised.
        """
        if self.is_own_thread():
            raise RuntimeError("wait() in a callback of the training would wait for itself")
        deadline = None if timeout is None else time.monotonic() + timeout
        goal: Goal | None = self.submit(c.Do(lambda: self._goal)).result(timeout)
        if goal is not None:
            error = goal.done.exception(None if deadline is None else max(0.0, deadline - time.monotonic()))
        else:
            error = self.error if self.status == "error" else None
        if error is not None:  # with its own calls only, however often it is asked for
            raise error.with_traceback(self.error_calls if error is self.error else error.__traceback__)

    # -- in the thread ----------------------------------------------------------------------------

    def _is_busy(self) -> bool:
        is_running = self._goal is not None and not self._holds
        return is_running or self.preview.is_under_way or self._recording_due < inf

    def _work_on(self) -> None:
        if self._goal is None:
            if self.preview.is_under_way:
                self._look_back()
            else:
                self._record_run()
            return
        try:
            self._advance(self._goal)
        except BaseException as error:  # noqa: BLE001 - the thread must outlive any mistake
            self._fail("error", error, StepLog())

    def _give_up(self, error: BaseException) -> None:
        goal, self._goal, self.error = self._goal, None, error
        self.status = "error"
        self.preview.leave()
        if goal is not None and not goal.done.done():
            goal.done.set_exception(error)
        with suppress(BaseException):  # what is on screen may be what was wrong
            self.observer.changed(self._whole)

    def _leave(self) -> None:
        self.observer = Unobserved()  # whoever looked may be gone already

    def _do(self, command: c.Command) -> Any:
        if self.status == "closed":
            raise ClosedError("this trainer is closed")
        if self._handed_over and not isinstance(command, c.Close | c.Pause):
            try:
                self._adopt()
            except BaseException:
                if isinstance(command, c.Release):  # a block that ends must not hold the run for ever
                    self._release(command)
                raise
        return self._handlers[type(command)](self, command)

    def _advance(self, goal: Goal) -> None:
        """Make some steps towards the goal, or wait until the next one is due."""
        experiment = self.experiment
        if goal.reached(experiment.position):
            self._end(goal.end)
            return
        if self._fresh and not self._is_set_up():
            return
        if (goal.paced and not self.observer.is_seen()) or (goal.endless and self.observer.is_abandoned()):
            self.paused_unseen = True
            self._end("paused")
            return
        limit = goal.step_limit(experiment.position)
        if goal.paced and self._speed is not None:
            limit = min(limit, self._due_steps(min(FASTEST, self._speed * experiment.steps_per_epoch)))
        if limit == 0:
            self._show_frame()
            return
        self._leave_the_past()
        self._take_threads()
        self._handed_over = False
        self.stop.deadline = self.observer.next_look()
        if self._make_steps(goal, limit, 0 if self.callbacks else goal.epochs_to_pass(experiment.position)):
            if experiment.position.samples >= len(experiment.x):
                self._end_epoch()
            self._show_steps()
            if self._goal is goal and self.stop.is_met and not goal.stepping:
                self.stopped_by = reason(
                    self.history.epochs_since(experiment.position.epoch - 1, 1)[-1], self.stop.watch
                )
                self._end("idle")
            elif self._goal is goal and goal.reached(experiment.position):
                self._end(goal.end)

    def _leave_the_past(self) -> None:
        if self.past.branch():
            self.observer.changed(self)  # another run is pinned

    def _is_set_up(self) -> bool:
        """Whether a run can begin, or go on after a change; if not, some time has been waited."""
        if self._has_waited_for_engine():
            return False
        self._fresh = False
        _ = self.experiment.optimizer  # made now: PyTorch may take seconds, in which nobody can say that they look
        self.observer.began()
        return True

    def _due_steps(self, rate: float) -> int:
        """Steps to make now: those of a slice together, which wakes the thread less often, or what a frame lacks."""
        now = time.monotonic()
        due, frame_in = self._pace.due(now, rate), self.observer.next_frame() - now
        whole_slice = max(1, int((COMPILED_SLICE if self.engine.passes_epochs else SLICE) * rate))
        if due >= whole_slice or (due and frame_in <= 0):
            return due
        with self._wakeup:
            if not self._queue:
                self._wakeup.wait(max(0.001, min(self._pace.wait(whole_slice, rate), frame_in, 0.5)))
        return 0

    def _end(self, status: Status) -> None:
        goal, self._goal = self._goal, None
        self.status = status
        self.waits_for_engine, self._waiting_since = False, None
        self._stand_still()
        self.observer.changed(self)
        if self.experiment.settings.sees_images:
            give_back()
        if goal is not None and status != "error":
            goal.done.set_result(None)

    def _stand_still(self) -> None:
        if not self._handed_over:
            self.experiment.hand_over()
            self._handed_over = True

    def _begin(self, goal: Goal) -> None:
        self.preview.leave()
        self._goal, self.error = goal, None
        self.error_is_of_callback = self.paused_unseen = False
        self.stopped_by = self.past.unkept = None
        self._watch_anew()
        self.status = "paused" if self._holds else "running"
        self._pace = Pace()
        self._fresh = True
        self.observer.changed(self)

    def _watch_anew(self) -> None:
        with self._wakeup:
            self.stop.watch = new_watch(self._stop_when, settles=self.settles)

    # -- orders -----------------------------------------------------------------------------------

    def _train(self, order: c.Train) -> None:
        goal = self._goal or Goal()
        goal.add(order.epochs, order.steps)
        goal.paced, goal.stepping, goal.end = False, False, "idle"
        if self._goal is None:
            self._begin(goal)
        else:
            self.observer.changed(self)

    def _play(self, order: c.Play) -> None:
        left = None if order.epochs is None else order.epochs - self.experiment.position.epoch % order.epochs
        if self._goal is None:
            goal = Goal(paced=True)
            goal.add(left, None)
            self._begin(goal)
        else:
            if self._goal.stepping:
                self._goal.stretches.clear()
                self._goal.add(left, None)
                self._goal.end = "idle"
            self._goal.paced, self._goal.stepping = True, False
            self.observer.changed(self)

    def _pause(self, _: c.Pause) -> None:
        if self._goal is not None:
            self._end("paused")

    def _step(self, order: c.Step) -> Future[None]:
        if self._holds:
            raise RuntimeError("the run is held by `with trainer.paused():`; make steps after that block")
        epochs, steps = (order.n, None) if order.unit == "epoch" else (None, order.n)
        if self._goal is not None and self._goal.stepping:
            self._goal.add(epochs, steps)
            return self._goal.done
        end: Status = "paused" if self._goal is not None or self.status == "paused" else "idle"
        if self._goal is not None:
            self._end("paused")
        goal = Goal(stepping=True, end=end)
        goal.add(epochs, steps)
        self._begin(goal)
        return goal.done

    def _step_by(self, order: c.StepBy) -> Future[None] | None:
        if self._goal is not None and not self._holds:
            self._end("paused")
        steps = order.count(self.experiment)
        return self._step(c.Step(steps)) if steps else None

    def _hold(self, _: c.Hold) -> None:
        self._holds += 1
        self._stand_still()
        if self._goal is not None and self._holds == 1:
            self.status = "paused"
            self.observer.changed(self)

    def _release(self, _: c.Release) -> None:
        self._holds = max(0, self._holds - 1)
        if self._goal is not None and not self._holds:
            self.status = "running"
            self._pace = Pace()
            self._fresh = True
            self.observer.changed(self)

    def _close(self, _: c.Close) -> None:
        self.preview.leave()
        if self._goal is not None:
            self._end("paused")
        with self._wakeup:
            self.status = "closed"

    _handlers: ClassVar[dict[type[c.Command], Callable[..., Any]]] = {
        c.Train: _train,
        c.Play: _play,
        c.Pause: _pause,
        c.Step: _step,
        c.StepBy: _step_by,
        c.Reset: Changing._reset,
        c.Rewind: Changing._rewind,
        c.Preview: Changing._preview,
        c.Hold: _hold,
        c.Release: _release,
        c.Close: _close,
        c.Adopt: lambda *_: None,  # carrying out any command begins with it
        c.Refresh: lambda self, _: self.observer.changed(self),
        c.Do: lambda _, order: order.function(),
        **dict.fromkeys(c.CHANGES.values(), Changing._change),
    }
