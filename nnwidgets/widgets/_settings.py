"""The settings of a trainer: traits that are checked, take effect as commands, and show what is really used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets._checks import meant, positive, real, whole
from nnwidgets._errors import shorten_traceback
from nnwidgets.functions import LOSSES
from nnwidgets.training import commands as c
from nnwidgets.training.optimizers import OPTIMIZERS, checked_options
from nnwidgets.training.schedules import checked_schedule, rates
from nnwidgets.training.stopping import checked_conditions
from nnwidgets.widgets._listening import shortened
from nnwidgets.widgets._named import NamedSettings, checked

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._publisher import Publisher

MAX_SEED = 2**31 - 1
_LASTING = ("_esm", "_css", "_recorded", "_snapshot")  # what does not change, and what a picture stands for
LARGEST_RATE = 1e30  # well within what a float32 can be

_METRICS = ("loss", "accuracy", "running_loss", "running_accuracy", "test_loss", "test_accuracy")
LIVE = frozenset(("epoch", "step_count", *_METRICS))


class TrainerSettings(NamedSettings):
    """The traits that all trainers have."""

    # -- settings ---------------------------------------------------------------------------------

    learning_rate = traitlets.Float(0.1).tag(sync=True)
    """Step size η of the updates, above 0. A change keeps the optimizer's state."""

    schedule = traitlets.Any({}).tag(
        sync=True, to_json=lambda value, _: {name: each for name, each in value.items() if not callable(each)}
    )
    schedule.allow_none = False
    """How the learning rate follows the epochs: a name in `nnwidgets.training.schedules.SCHEDULES`, a dict of the name
    and options, `{"name": "step", "step_size": 30, "gamma": 0.5}`, or a callable that makes a scheduler of PyTorch's,
    `lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10)`. `{}` keeps it constant."""

    batch_size = traitlets.Int(5).tag(sync=True)
    """Samples per step, 1 to the number of training samples; the last batch of an epoch may be smaller."""

    optimizer = traitlets.Any("sgd").tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else "custom"
    )
    optimizer.allow_none = False  # without this, None would not even be asked about
    """Name of an optimizer ("sgd", "rmsprop", "adam", "adamw", "adagrad"), or a callable that makes one:
    `lambda params: torch.optim.SGD(params, lr=0.1)`."""

    optimizer_options = traitlets.Dict().tag(sync=True)
    """Options of an optimizer by name where they are not PyTorch's defaults: `{"momentum": 0.9, "nesterov": True}`.

    A change keeps the optimizer's state; another optimizer begins with its defaults.
    """

    loss_fn = traitlets.Any(None).tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str | None) else "custom"
    )
    """The loss: a name in `nnwidgets.functions.LOSSES`, or a callable `(outputs, targets) -> scalar tensor`.

    None chooses the usual one: binary cross-entropy for two classes, cross-entropy for more, the mean squared error
    for values; reading tells which. Data that it does not fit bring their usual one with them.
    """

    l1 = traitlets.Float(0.0).tag(sync=True)
    """Weight of the penalty Σ|w| over all weights, biases left out, that training lessens too; 0 or more."""

    l2 = traitlets.Float(0.0).tag(sync=True)
    """Weight of the penalty Σw²/2, likewise. The losses that are shown are without penalties."""

    seed = traitlets.Int(0).tag(sync=True)
    """Seed of initial weights and batch order, from the next `reset()` on: 0 to 2,147,483,647."""

    speed = traitlets.Float(30.0, allow_none=True).tag(sync=True)
    """Epochs per second of a played run, above 0; None for as fast as possible."""

    stop_when = traitlets.Dict().tag(sync=True)
    """When a run ends by itself, after an epoch: `{"epoch": 100}`, `{"loss": 0.1}`, `{"accuracy": 0.95}`,
    `{"patience": 20}` (so many epochs without a smaller loss), or several of them, of which one suffices.

    Loss and accuracy are the test set's; without one, their means over the epoch's batches.
    """

    # -- read-only --------------------------------------------------------------------------------

    status = traitlets.Unicode("idle", read_only=True).tag(sync=True)
    """"idle", "running", "paused", "diverged", "error" or "closed"."""

    epoch = traitlets.Int(0, read_only=True).tag(sync=True)
    """Completed epochs."""

    step_count = traitlets.Int(0, read_only=True).tag(sync=True)
    """Steps made since the beginning of the run."""

    loss = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Loss on the whole training set at the weights shown; None above 10,000 samples."""

    accuracy = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Accuracy on the whole training set at the weights shown, a fraction."""

    running_loss = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Mean loss of the current epoch's batches."""

    running_accuracy = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Mean accuracy of the current epoch's batches."""

    test_loss = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Loss on the test set at the last epoch's end or pause; None without a test set."""

    test_accuracy = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    """Accuracy on the test set at the last epoch's end or pause."""

    engine_name = traitlets.Unicode("eager", read_only=True).tag(sync=True)
    """Which engine makes the steps: "fused", or "eager", with the reason why where that was not asked for."""

    _message = traitlets.Dict(None, allow_none=True).tag(sync=True)
    _diagnosis: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _snapshot = traitlets.Dict(None, allow_none=True).tag(sync=True)

    _browser_settings: ClassVar[frozenset[str]] = frozenset(
        (
            "learning_rate",
            "batch_size",
            "l1",
            "l2",
            "loss_fn",
            "optimizer",
            "optimizer_options",
            "schedule",
            "seed",
            "speed",
            "stop_when",
        )
    )

    _laborious_settings: ClassVar[frozenset[str]] = frozenset()  # of them: those that the training thread has to set

    _publisher: Publisher
    _loop: TrainingLoop | None = None

    def __init__(self, **settings: Any) -> None:
        self._loop: TrainingLoop | None = None
        self._from_browser = threading.local()
        self._following = threading.local()
        self._unsent: set[str] = set()
        self._asked: dict[str, object] = {}  # the newest message of a view for each laborious setting
        self._explicit = frozenset(settings)
        super().__init__(**settings)

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("learning_rate")
    def _valid_learning_rate(self, proposal: Any) -> float:
        value: float = checked(positive, "learning_rate", proposal.value)
        if value > LARGEST_RATE:
            raise traitlets.TraitError(f"learning_rate must be at most {LARGEST_RATE:g}, not {value:g}")
        if self._is_set:
            checked(rates, tuple(self.schedule.items()), value, 0, 1)  # a schedule of one's own may not take it
        return value

    @traitlets.validate("batch_size")
    def _valid_batch_size(self, proposal: Any) -> int:
        n = None if self._loop is None else len(self._loop.experiment.x)
        value: int = checked(whole, "batch_size", proposal.value, 1, n)
        return value

    @traitlets.validate("l1", "l2")
    def _valid_penalty(self, proposal: Any) -> float:
        value: float = checked(real, proposal.trait.name, proposal.value, 0.0, None)
        return value

    @traitlets.validate("optimizer")
    def _valid_optimizer(self, proposal: Any) -> Any:
        value = proposal.value
        if callable(value) or (isinstance(value, str) and value in OPTIMIZERS):
            return value
        raise traitlets.TraitError(
            f"optimizer must be one of {', '.join(map(repr, OPTIMIZERS))}, or a callable that makes one from "
            f"the parameters; got {value!r}{meant(value, OPTIMIZERS)}"
        )

    @traitlets.validate("loss_fn")
    def _valid_loss_fn(self, proposal: Any) -> Any:
        value = proposal.value
        if isinstance(value, type):
            raise traitlets.TraitError(
                f"loss_fn got the class {value.__name__} itself: make one with {value.__name__}()"
            )
        if value is None or callable(value) or (isinstance(value, str) and value in LOSSES):
            return value
        raise traitlets.TraitError(
            f"loss_fn must be one of {', '.join(map(repr, LOSSES))}, a callable, or None; got {value!r}"
            f"{meant(value, LOSSES)}"
        )

    @traitlets.validate("optimizer_options")
    def _valid_optimizer_options(self, proposal: Any) -> dict[str, Any]:
        value: dict[str, Any] = proposal.value
        if not value or getattr(self._following, "active", False):
            return value
        if isinstance(self.optimizer, str):
            try:
                return dict(checked_options(self.optimizer, value))
            except (TypeError, ValueError) as error:
                raise traitlets.TraitError(f"optimizer_options: {error}") from None
        raise traitlets.TraitError("optimizer_options are for an optimizer by name; yours was made with its own")

    @traitlets.validate("schedule")
    def _valid_schedule(self, proposal: Any) -> dict[str, Any]:
        return dict(checked(checked_schedule, proposal.value))

    @traitlets.validate("stop_when")
    def _valid_stop_when(self, proposal: Any) -> dict[str, float]:
        value: dict[str, float] = checked(checked_conditions, proposal.value)
        return value

    @traitlets.validate("seed")
    def _valid_seed(self, proposal: Any) -> int:
        value: int = checked(whole, "seed", proposal.value, 0, MAX_SEED)
        return value

    @traitlets.validate("speed")
    def _valid_speed(self, proposal: Any) -> float | None:
        if proposal.value is None:
            return None
        value: float = checked(positive, "speed", proposal.value)
        return value

    # -- settings become commands -----------------------------------------------------------------

    @property
    def _is_set(self) -> bool:
        """Whether a trait that changes now was set by somebody, and does not just follow the loop."""
        return self._loop is not None and not getattr(self._following, "active", False)

    def _change(self, change: c.Command) -> None:
        """Have a changed trait take effect; if that fails, the trait goes back."""
        assert self._loop is not None
        try:
            self._tell(change)
        except Exception:
            self._follow(self._loop)
            raise

    @contextmanager
    def _heeding(self) -> Iterator[None]:
        """What this thread does in the meantime is what a view asks for: nothing is raised, a view is told."""
        self._from_browser.active = True
        try:
            yield
        finally:
            self._from_browser.active = False

    def _tell(self, command: c.Command) -> Any:
        """Give a command: wait for it in a cell, only queue it in a message handler."""
        assert self._loop is not None
        if not getattr(self._from_browser, "active", False):
            try:
                return self._loop.call(command)
            except Exception as error:
                shorten_traceback(error)
                raise
        if self._loop.is_own_thread():  # the message has had its turn
            try:
                self._loop.call(command)
            except Exception as error:  # noqa: BLE001 (whatever it is, the reader is told)
                self._report(command, error)
            return None
        future = self._loop.submit(command)
        future.add_done_callback(lambda done: self._report(command, done.exception()))
        return None

    def _report(self, command: c.Command, error: BaseException | None) -> None:
        if error is not None:
            assert self._loop is not None
            self._follow(self._loop)
            name = command.name if isinstance(command, c.Do) else type(command).__name__
            self.send({"type": "failed", "command": name, "message": shortened(error)})

    @traitlets.observe("learning_rate")
    def _learning_rate_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetLearningRate(change.new))

    @traitlets.observe("schedule")
    def _schedule_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetSchedule(tuple(change.new.items())))

    @traitlets.observe("batch_size")
    def _batch_size_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetBatchSize(change.new))

    @traitlets.observe("l1", "l2")
    def _penalty_changed(self, change: Any) -> None:
        if not self._is_set:
            return
        assert self._loop is not None
        loop = self._loop

        def set_penalty() -> None:
            # The other one is what it will be when this command's turn comes; its trait may be behind.
            present = loop.experiment.settings
            loop.call(c.SetPenalty(**{"l1": present.l1, "l2": present.l2, change.name: change.new}))

        self._change(c.Do(set_penalty, f"Setting {change.name}"))

    @traitlets.observe("loss_fn")
    def _loss_fn_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetLoss(change.new))

    @traitlets.observe("optimizer")
    def _optimizer_changed(self, change: Any) -> None:
        if self._is_set:
            rate = self.learning_rate if isinstance(change.new, str) else None
            self._change(c.SetOptimizer(change.new, rate))

    @traitlets.observe("optimizer_options")
    def _optimizer_options_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetOptions([OPTIMIZERS[self.optimizer].options | change.new]))

    @traitlets.observe("stop_when")
    def _stop_when_changed(self, change: Any) -> None:
        if self._loop is not None:
            self._loop.stop_when = change.new

    @traitlets.observe("speed")
    def _speed_changed(self, change: Any) -> None:
        if self._loop is not None:
            self._loop.speed = change.new

    # -- from the loop to the traits ---------------------------------------------------------------

    def _follow(self, loop: TrainingLoop) -> None:
        """Let the settings show what the loop really uses."""
        self._following.active = True
        try:
            self._set_settings(loop)
        finally:
            self._following.active = False

    def _set_settings(self, loop: TrainingLoop) -> None:
        settings = loop.experiment.settings
        assert settings.learning_rate is not None
        self.loss_fn = loop.experiment.objective.name if settings.loss_fn is None else settings.loss_fn
        self.learning_rate = settings.learning_rate
        self.schedule = dict(settings.schedule)
        self.optimizer = settings.optimizer
        self.optimizer_options = dict(settings.optimizer_options)
        self.batch_size = settings.batch_size
        self.l1, self.l2 = settings.l1, settings.l2

    def notify_change(self, change: Any) -> None:
        """Tell observers; an exception that no cell would see is shown in the widget."""
        try:
            super().notify_change(change)
        except Exception as error:
            loop = self._loop
            if loop is None or not (loop.is_own_thread() or getattr(self._from_browser, "active", False)):
                raise
            self._publisher.observer_failed(self, error)

    def _should_send_property(self, key: str, value: Any) -> bool:
        # Frames carry these numbers; as traits they go to the browser twice a second and at pauses.
        if key in LIVE and self._loop is not None:
            self._unsent.add(key)
            return False
        return bool(super()._should_send_property(key, value))

    def _say_again(self) -> None:
        """Tell the views all that can have changed: they missed something."""
        if self.comm is not None:
            self.send_state([name for name in self.keys if name not in _LASTING])

    def _send_live(self) -> None:
        """Let the traits in the browser have the numbers that frames carry."""
        names, self._unsent = self._unsent, set()
        if names and self.comm is not None:
            self.send_state(names)
