"""From the loop to the browser: pictures, numbers and sentences, as often as somebody can use them."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nnwidgets._errors import describe
from nnwidgets._limits import pace
from nnwidgets.training.engines import Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.probes import Evaluation, Picture
from nnwidgets.training.tested import evaluate_test, evaluate_training
from nnwidgets.widgets._channel import Channel
from nnwidgets.widgets._diagnosing import Diagnoses, show_findings
from nnwidgets.widgets._frames import CurveFeed, StepRate, header, numbers, pack
from nnwidgets.widgets._kernel import call_quietly, is_connected
from nnwidgets.widgets._recorder import RunRecorder
from nnwidgets.widgets._sentences import A_CELL_IS_RUNNING, fewer_threads, sentence

if TYPE_CHECKING:
    from nnwidgets.widgets._base import Trainer

SUMMARY_INTERVAL = 0.5  # seconds between updates of the numbers of a run that nobody sees
SUMMARY_SHARE = 0.05  # of such a run's time that may go into them


class Publisher:
    """Looks at a loop on behalf of a trainer, which it does not keep alive.

    All methods are called in the training thread, except `announce` when the trainer is made.
    """

    def __init__(self, trainer: Trainer, channel: Channel) -> None:
        self._trainer = weakref.ref(trainer)
        self._channel = channel
        self._feed = CurveFeed()
        self._rate = StepRate()
        self._test = Evaluation()
        self._tested_data = 0
        self._published_at = 0.0
        self._sent_live_at = 0.0
        self._was_running = False
        self._shown: tuple[object, ...] | None = None
        self._observer_sentence: dict[str, Any] | None = None
        self._picture_sentence: dict[str, Any] | None = None
        self._waits_for_cell = False
        self._saying = threading.RLock()  # what is chosen to be said is said before another thread chooses
        self._is_previewing = self._owes = self._owes_full = False
        self._diagnoses = Diagnoses()
        self._recorder = RunRecorder()

    # -- what a loop tells its observer -----------------------------------------------------------

    def next_frame(self) -> float:
        """When the next picture, or at least the next numbers, are wanted."""
        return min(self._channel.next_frame(), self._published_at + pace(SUMMARY_INTERVAL))

    def next_look(self) -> float:
        """When to ask that again."""
        return min(self._channel.next_look(), self._published_at + SUMMARY_INTERVAL)

    def worked(self, waited: float, *, hurried: bool) -> None:
        """Note what the training loses to whoever shares its processors, the browser first of all."""
        self._channel.worked(waited, hurried=hurried)

    def is_seen(self) -> bool:
        """Whether somebody may be looking."""
        return self._channel.is_seen()

    def follows_steps(self) -> bool:
        """Whether a view shows what the last step changed."""
        return self._channel.follows("parameters")

    def is_abandoned(self) -> bool:
        """Whether there were views and all of them are gone."""
        return self._channel.is_abandoned()

    def frame(self, loop: TrainingLoop) -> None:
        """A picture of a run under way, if one is due; else only its numbers."""
        started = time.monotonic()
        trainer = self._trainer()
        if trainer is not None:
            self._quietly(trainer, loop, self._show)
        done = time.monotonic()
        # Numbers of a large model take longer than there is from one of them to the next.
        self._published_at = max(started, done + (done - started) / SUMMARY_SHARE - pace(SUMMARY_INTERVAL))

    def changed(self, loop: TrainingLoop) -> None:
        """Show a new state."""
        if (loop.status == "running") != self._was_running:
            self._was_running = loop.status == "running"
            if self._was_running:
                self._observer_sentence = None
            self._rate.reset()
        trainer = self._trainer()
        if trainer is not None:
            self._quietly(trainer, loop, self.announce)

    def previewed(self, loop: TrainingLoop) -> None:
        """Show the epoch that is looked at."""
        self._is_previewing = True
        trainer = self._trainer()
        if trainer is not None:
            self._quietly(trainer, loop, lambda *both: self._send(*both, full=False))

    def _quietly(self, trainer: Trainer, loop: TrainingLoop, show: Callable[[Trainer, TrainingLoop], None]) -> None:
        """Showing must not harm training: what a model raises that is looked at is said in place of its picture."""
        error = call_quietly(show, trainer, loop)
        if error is not None:
            self._picture_sentence = {
                "kind": "error",
                "title": f"{type(error).__name__} in the picture:",
                "text": f"{str(error).rstrip('.') or 'it says no more'}. What is on screen is older; weights are kept.",
                "detail": describe(error),
                "action": None,
            }
            self._say(trainer, loop)

    def _say(self, trainer: Trainer, loop: TrainingLoop) -> None:
        """The most urgent of what there is to say, under the picture."""
        with self._saying:
            said = sentence(loop) or self._observer_sentence or self._picture_sentence
            if said is None and self._waits_for_cell:
                said = A_CELL_IS_RUNNING
            if said is None and not trainer._diagnosis:  # in whose place it would stand
                said = fewer_threads(loop)
            trainer.set_trait("_message", said)

    def waits_for_cell(self, trainer: Trainer, *, waits: bool) -> None:
        """See `Listening._waits_for_cell`."""
        if self._waits_for_cell is not waits and trainer._loop is not None:
            self._waits_for_cell = waits
            self._say(trainer, trainer._loop)

    def preview_failed(self, loop: TrainingLoop, error: BaseException) -> None:
        """Say why it cannot be looked at, beside the present."""
        trainer = self._trainer()
        if trainer is not None:
            message = str(error) or type(error).__name__
            trainer.send({"type": "failed", "command": "Preview", "message": message})
        self.changed(loop)

    def began(self) -> None:
        """Whoever started the run has a moment to bring a view up."""
        self._channel.begin()

    def epoch_ended(self, loop: TrainingLoop) -> None:
        """Keep the test set's numbers; let callbacks see all of them as traits."""
        loss, accuracy = loop.history.epochs_since(loop.experiment.position.epoch - 1, 1)[-1, 4:].tolist()
        self._test = Evaluation(_number(loss), _number(accuracy))
        self._tested_data = loop.experiment.data_version
        trainer = self._trainer()
        if trainer is not None and loop.callbacks:
            call_quietly(self._set_numbers, trainer, loop, _evaluate(loop))

    # -- the recording ----------------------------------------------------------------------------

    def recording_due(self) -> float:
        """When the run is to be recorded as it stands."""
        return self._recorder.due if self._trainer() is not None else math.inf

    def record(self, loop: TrainingLoop, stop: Stop) -> None:
        """Record some of the run."""
        trainer = self._trainer()
        if trainer is not None:
            self._recorder.work(trainer, loop, stop)

    def recording(self) -> tuple[bytes | None, object]:
        """All of it at once, and what `publish` wants to know."""
        trainer = self._trainer()
        assert trainer is not None
        assert trainer._loop is not None
        return self._recorder.whole(trainer, trainer._loop)

    def publish(self, data: bytes, key: object) -> None:
        """Show a recording; called in any thread."""
        trainer = self._trainer()
        if trainer is not None:
            self._recorder.publish(trainer, data, key)

    def give_way(self) -> None:
        """Nothing is to wait for a recording; called in any thread."""
        self._recorder.give_way()

    def is_unseen(self) -> bool:
        """Whether what is sent arrives somewhere, where no view has ever been; any thread may ask."""
        trainer = self._trainer()
        return trainer is not None and is_connected(trainer.comm) and not self._channel.had_views

    def sight_changed(self) -> None:
        """Something else of the data is on screen."""
        trainer = self._trainer()
        if trainer is not None and trainer._loop is not None:
            self._recorder.changed(trainer, trainer._loop, wanted=is_connected(trainer.comm))

    # -- what is shown ----------------------------------------------------------------------------

    def announce(self, trainer: Trainer, loop: TrainingLoop) -> None:
        """Bring all traits up to date; a new state that stands still also gets a full picture.

        That picture is a trait, so that a page that is opened again, and a saved notebook, have it.
        """
        experiment = loop.experiment
        trainer._follow(loop)
        state = (
            loop.status,
            loop.past.rewound,
            loop.history.revision,
            experiment.position.step,
            experiment.edit_count,
            experiment.data_version,
            experiment.network_version,
            experiment.objective,
        )
        stands = loop.status != "running" and state != self._shown
        # First what happened, in figures and words: the picture takes longer, and a model that raises has none.
        with trainer.hold_sync():
            trainer._show_pins(loop)
            try:
                trainer._describe(loop)
            finally:
                self._recorder.changed(trainer, loop, wanted=is_connected(trainer.comm))
            if loop.preview.epoch is None:
                trainer._show_edits(loop)
            try:
                if stands or self._tested_data != experiment.data_version:
                    self._tested_data = experiment.data_version
                    self._test = evaluate_test(experiment)
                if stands or loop.status == "running":
                    self._set_numbers(trainer, loop, _evaluate(loop))
            finally:
                trainer.set_trait("epoch", experiment.position.epoch)
                trainer.set_trait("step_count", experiment.position.step)
                trainer.set_trait("status", loop.status)
                trainer.set_trait("engine_name", loop.engine.name_for(experiment))
                self._say(trainer, loop)
                if stands:
                    show_findings(trainer, loop)
                    self._say(trainer, loop)
                elif loop.status == "running":
                    self._diagnoses.began(trainer)
        if stands:
            self._shown = state
            frame, buffer = self._take(trainer, loop, experiment, full=True)
            trainer.set_trait("_snapshot", frame | {"buffer": buffer})
            self._channel.told = frame["number"]
        self._follow_preview(trainer, loop, is_shown=stands)
        trainer._send_live()

    def _follow_preview(self, trainer: Trainer, loop: TrainingLoop, *, is_shown: bool) -> None:
        """After a picture of the present, if `is_shown`, the one that is looked at; or the present, if no longer."""
        if loop.preview.epoch is None:
            trainer._describe_past(None)
        was_previewing, self._is_previewing = self._is_previewing, loop.preview.epoch is not None
        if self._is_previewing or ((was_previewing or self._owes) and not is_shown):
            self._send(trainer, loop, full=False)
        elif is_shown:
            self._owes = self._owes_full = False

    def send_picture(self, *, full: bool) -> None:
        """Send a picture now, because a view asks for one."""
        trainer = self._trainer()
        if trainer is not None and trainer._loop is not None:
            self._quietly(trainer, trainer._loop, lambda *both: self._send(*both, full=full))

    def _send(self, trainer: Trainer, loop: TrainingLoop, *, full: bool) -> None:
        self._owes, self._owes_full = True, full or self._owes_full
        if loop.preview.is_under_way:
            return  # that is shown as soon as it is there, or the present as soon as that is looked at
        full, self._owes, self._owes_full = self._owes_full, False, False
        ghost = loop.preview.ghost
        if ghost is not None:
            trainer._describe_past(ghost)
            trainer._show_edits(loop, trainer._told(ghost))
        frame, buffer = self._take(trainer, loop, ghost or loop.experiment, full=full)
        trainer.send(frame, [buffer])
        self._channel.told = frame["number"]

    def observer_failed(self, trainer: Trainer, error: BaseException) -> None:
        """Say under the picture what a function that observes a trait raised."""
        self._observer_sentence = {
            "kind": "error",
            "title": f"{type(error).__name__} in a function that observes this trainer:",
            "text": f"{str(error).rstrip('.') or 'it says no more'}. Training is not affected.",
            "detail": describe(error),
            "action": None,
        }
        with self._saying:
            trainer.set_trait("_message", self._observer_sentence)

    def _show(self, trainer: Trainer, loop: TrainingLoop) -> None:
        now = time.monotonic()
        if now >= self._channel.next_frame():
            frame, buffer = self._take(trainer, loop, loop.experiment, full=False)
            trainer.send(frame, [buffer])
            self._channel.told = frame["number"]
        else:
            self._set_numbers(trainer, loop, _evaluate(loop))
        if now - self._sent_live_at >= pace(SUMMARY_INTERVAL):
            self._sent_live_at = now
            trainer._send_live()
        if self._channel.is_seen():
            self._diagnoses.of_run(trainer, loop)
            self._say(trainer, loop)

    def _take(
        self, trainer: Trainer, loop: TrainingLoop, experiment: Experiment, *, full: bool
    ) -> tuple[dict[str, Any], bytes]:
        started = time.monotonic()
        lasting = full or loop.status != "running"
        try:
            told = trainer._told(experiment)
            picture: Picture = trainer._picture(told, self._channel.wish(lasting=lasting))
        except Exception:
            self._channel.count(time.monotonic() - started)  # as good as sent: the next one is not due at once
            raise
        if self._picture_sentence is not None:
            self._picture_sentence = None
            self._say(trainer, loop)
        test = self._test if picture.test is None else picture.test
        if experiment is loop.experiment:
            self._test = test
            self._set_numbers(trainer, loop, picture.train)
            self._rate.update(experiment.position.step)
        elif picture.test is None:
            test = evaluate_test(experiment)
        full, rows = self._feed.take(loop, full=full)
        parts, buffer = pack(trainer._parts(picture) | rows)
        frame = header(loop, experiment, self._rate) | numbers(experiment.position, picture.train, test)
        number = self._channel.count(time.monotonic() - started)
        frame |= {"number": number, "full": full, "interval": self._channel.interval} | told.versions
        return frame | {"focus": picture.focus, "parts": parts}, buffer

    def _set_numbers(self, trainer: Trainer, loop: TrainingLoop, train: Evaluation) -> None:
        position = loop.experiment.position
        shown = numbers(position, train, self._test) | {"epoch": position.epoch, "step_count": position.step}
        for name, value in shown.items():
            trainer.set_trait(name, value)


def _evaluate(loop: TrainingLoop) -> Evaluation:
    return evaluate_training(loop.experiment)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
