"""What all trainers share: traits, verbs, and the way between a loop and its views."""

from __future__ import annotations

import difflib
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anywidget
import traitlets

from nnwidgets._checks import real, whole
from nnwidgets.training import commands as c
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.probes import Snapshot
from nnwidgets.widgets._channel import Channel, ViewState
from nnwidgets.widgets._frames import Parts
from nnwidgets.widgets._inbox import handle
from nnwidgets.widgets._kernel import CELLS, answer_on_any_shell
from nnwidgets.widgets._publisher import Publisher

if TYPE_CHECKING:
    import torch

    from nnwidgets.training.history import History

STATIC = Path(__file__).parent.parent / "static"
MAX_SEED = 2**31 - 1

_METRICS = ("loss", "accuracy", "running_loss", "running_accuracy", "test_loss", "test_accuracy")
LIVE = frozenset(("epoch", "step_count", *_METRICS))


T = TypeVar("T", bound="Trainer")


def front_end(name: str) -> Path:
    """The built front end; says how to build it where it is missing."""
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"the front end of nnwidgets is not built ({path.name} is missing); in a checkout, run `make lab` "
            "once, or `pip install .`"
        )
    return path


def checked(validator: Callable[..., Any], *arguments: Any) -> Any:
    """A validator of `_checks`, with every refusal as a `TraitError`."""
    try:
        return validator(*arguments)
    except (TypeError, ValueError) as error:
        raise traitlets.TraitError(str(error)) from None


def show_settings(cls: type[T]) -> type[T]:
    """Let `help()` and completion see a trainer's settings as arguments (a class decorator)."""
    own = inspect.signature(cls.__init__).parameters.values()
    shown = [p for p in own if p.name != "self" and p.kind is not p.VAR_KEYWORD]
    names = [name for name in cls._setting_names() if name not in {p.name for p in shown}]
    traits = cls.class_traits()
    shown += [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=traits[n].default_value) for n in names]
    cls.__signature__ = inspect.Signature(shown)
    return cls


class Trainer(anywidget.AnyWidget):
    """The common ground of the trainers; not shown by itself.

    Changing a setting in a cell takes effect before the next line; `train` returns at once.
    """

    # -- settings ---------------------------------------------------------------------------------

    learning_rate = traitlets.Float(0.1).tag(sync=True)
    """Step size η of the updates, above 0. A change keeps the optimizer's state."""

    batch_size = traitlets.Int(5).tag(sync=True)
    """Samples per step, 1 to the number of training samples; the last batch of an epoch may be smaller."""

    optimizer = traitlets.Any("sgd").tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else "custom"
    )
    """Name of an optimizer, or a callable that makes one: `lambda params: torch.optim.SGD(params, lr=0.1)`."""

    seed = traitlets.Int(0).tag(sync=True)
    """Seed of initial weights and batch order, from the next `reset()` on."""

    speed = traitlets.Float(30.0, allow_none=True).tag(sync=True)
    """Epochs per second of a played run; None for as fast as possible."""

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
    """Which engine makes the steps."""

    _message = traitlets.Dict(None, allow_none=True).tag(sync=True)
    _snapshot = traitlets.Dict(None, allow_none=True).tag(sync=True)

    _browser_settings: ClassVar[frozenset[str]] = frozenset(
        ("learning_rate", "batch_size", "optimizer", "seed", "speed")
    )

    def __init__(self, **settings: Any) -> None:
        self._loop: TrainingLoop | None = None
        self._from_browser = threading.local()
        self._following = threading.local()
        self._holding = threading.local()
        self._unsent: set[str] = set()
        self._explicit = frozenset(settings)
        self._channel = Channel(time.monotonic, lambda: CELLS.is_running)
        self._publisher = Publisher(self, self._channel)
        unknown = [name for name in settings if not self._accepts(name)]
        if unknown:
            raise TypeError(self._unknown(unknown[0]))
        super().__init__(**settings)
        CELLS.register(self)

    @classmethod
    def _setting_names(cls) -> list[str]:
        hidden = {"comm", "keys", "log", "layout", "tooltip", "tabbable"}
        return [
            name
            for name, trait in cls.class_traits().items()
            if not name.startswith("_") and name not in hidden and not trait.read_only
        ]

    @classmethod
    def _accepts(cls, name: str) -> bool:
        return name in cls._setting_names() or name in ("layout", "tooltip", "tabbable")

    @classmethod
    def _unknown(cls, name: str) -> str:
        names = [*cls._setting_names(), *cls._constructor_only]
        near = difflib.get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(names))}"
        return f"{cls.__name__}() has no argument {name!r}{hint}"

    _constructor_only: ClassVar[tuple[str, ...]] = ()
    __signature__: ClassVar[inspect.Signature]

    def __setattr__(self, name: str, value: Any) -> None:
        # A misspelt setting would otherwise become an attribute that nobody reads.
        known = name.startswith("_") or hasattr(type(self), name) or self.has_trait(name)
        if not known and difflib.get_close_matches(name, self._setting_names(), 1):
            raise AttributeError(self._unknown(name).replace("argument", "setting"))
        super().__setattr__(name, value)

    def open(self) -> None:
        """Make the training loop from the settings, then connect to the browser (called by ipywidgets)."""
        if self._loop is None:
            loop = self._make_loop()
            loop.observer = self._publisher
            self._loop = loop
            self._publisher.announce(self, loop)
        super().open()
        answer_on_any_shell(self.comm)

    def _make_loop(self) -> TrainingLoop:
        raise NotImplementedError

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("learning_rate")
    def _valid_learning_rate(self, proposal: Any) -> float:
        value: float = checked(real, "learning_rate", proposal.value, 0.0, None)
        if value == 0.0:
            raise traitlets.TraitError("learning_rate must be above 0")
        return value

    @traitlets.validate("batch_size")
    def _valid_batch_size(self, proposal: Any) -> int:
        n = None if self._loop is None else len(self._loop.experiment.x)
        value: int = checked(whole, "batch_size", proposal.value, 1, n)
        return value

    @traitlets.validate("optimizer")
    def _valid_optimizer(self, proposal: Any) -> Any:
        value = proposal.value
        if callable(value) or (isinstance(value, str) and value in OPTIMIZERS):
            return value
        raise traitlets.TraitError(
            f"optimizer must be one of {', '.join(map(repr, OPTIMIZERS))}, or a callable that makes one from "
            f"the parameters; got {value!r}"
        )

    @traitlets.validate("seed")
    def _valid_seed(self, proposal: Any) -> int:
        value: int = checked(whole, "seed", proposal.value, 0, MAX_SEED)
        return value

    @traitlets.validate("speed")
    def _valid_speed(self, proposal: Any) -> float | None:
        if proposal.value is None:
            return None
        value: float = checked(real, "speed", proposal.value, 0.0, None)
        if value == 0.0:
            raise traitlets.TraitError("speed must be above 0, or None for as fast as possible")
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

    def _tell(self, command: c.Command) -> Any:
        """Give a command: wait for it in a cell, only queue it in a message handler."""
        assert self._loop is not None
        if not getattr(self._from_browser, "active", False):
            return self._loop.call(command)
        future = self._loop.submit(command)
        future.add_done_callback(lambda done: self._report(command, done.exception()))
        return None

    def _report(self, command: c.Command, error: BaseException | None) -> None:
        if error is not None:
            assert self._loop is not None
            self._follow(self._loop)
            self.send({"type": "failed", "command": type(command).__name__, "message": str(error)})

    @traitlets.observe("learning_rate")
    def _learning_rate_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetLearningRate(change.new))

    @traitlets.observe("batch_size")
    def _batch_size_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetBatchSize(change.new))

    @traitlets.observe("optimizer")
    def _optimizer_changed(self, change: Any) -> None:
        if self._is_set:
            rate = self.learning_rate if isinstance(change.new, str) else None
            self._change(c.SetOptimizer(change.new, rate))

    @traitlets.observe("speed")
    def _speed_changed(self, change: Any) -> None:
        if self._loop is not None:
            self._loop.speed = change.new

    # -- verbs ------------------------------------------------------------------------------------

    def train(self, epochs: int | None = None, steps: int | None = None) -> None:
        """Train that many more epochs or steps, at full speed, in the background; returns at once.

        Without an argument it trains until paused. While training is under way, it adds to the
        target. `wait()` blocks until it is done.

        Raises:
            ValueError: a number below 1, or both given.
        """
        if epochs is not None and steps is not None:
            raise ValueError("train() takes epochs or steps, not both")
        epochs = None if epochs is None else whole("epochs", epochs, 1, None)
        steps = None if steps is None else whole("steps", steps, 1, None)
        self._tell(c.Train(epochs, steps))

    def play(self) -> None:
        """Train until paused, at `speed` epochs per second: what the Play button does."""
        self._tell(c.Play())

    def pause(self) -> None:
        """Stop between two steps."""
        self._tell(c.Pause())

    def step(self, n: int = 1, unit: c.Unit = "batch") -> None:
        """Make `n` steps, or finish `n` epochs, the one begun included; returns when done.

        Raises:
            ValueError: `n` below 1, or a unit other than "batch" and "epoch".
        """
        if unit not in ("batch", "epoch"):
            raise ValueError(f'unit must be "batch" or "epoch"; got {unit!r}')
        done = self._tell(c.Step(whole("n", n, 1, None), unit))
        if done is not None:
            done.result()

    def reset(self, seed: int | None = None) -> None:
        """Begin again at epoch 0 with the initial weights: of the same seed, unless another is given."""
        if seed is not None:
            self.seed = whole("seed", seed, 0, MAX_SEED)
        self._tell(c.Reset(self.seed))

    def rewind(self, epoch: int) -> None:
        """Go back (or forth again) to the state at the end of `epoch`; 0 is before the first step.

        Settings, edits and data are those of that moment. What came after stays until training goes
        on from here; then it becomes a pinned run of `history`.

        Raises:
            ValueError: no such epoch was completed.
        """
        self._tell(c.Rewind(whole("epoch", epoch, 0, None)))

    def edit(self, name: str, value: Any, index: tuple[int, ...] | int | None = None) -> None:
        """Set a parameter, or one entry of it, as a step of the run's journal.

        Args:
            name: as in `model.state_dict()`, for instance "0.weight".
            value: a number, or an array of the parameter's shape.
            index: which entry; None for the whole parameter (a number then fills it).

        Raises:
            ValueError: no such parameter or entry, or a value of another shape.
        """
        import torch

        def change() -> None:
            assert self._loop is not None
            state = self._loop.experiment.copy_state()
            if name not in state:
                raise ValueError(f"no parameter {name!r}; there are {', '.join(state)}")
            tensor = state[name]
            new = torch.as_tensor(value, dtype=tensor.dtype, device=tensor.device)
            try:
                tensor[... if index is None else index] = new
            except (IndexError, RuntimeError) as error:
                raise ValueError(f"{name} has the shape {tuple(tensor.shape)}: {error}") from None
            self._loop.call(c.Edit({name: tensor}))

        self._tell(c.Do(change))

    @contextmanager
    def paused(self) -> Iterator[Any]:
        """Stand still for the block, to read or change the model; a run goes on after it.

        Example:
            >>> with trainer.paused():  # doctest: +SKIP
            ...     trainer.model[0].weight.data.zero_()
        """
        assert self._loop is not None
        try:
            self._tell(c.Hold())
        except KeyboardInterrupt:  # the run stands still, or soon will, with nobody to let it go on
            self._loop.submit(c.Release())
            raise
        self._holding.depth = getattr(self._holding, "depth", 0) + 1
        try:
            yield self
        finally:
            self._holding.depth -= 1
            if self._loop.status != "closed":
                self._tell(c.Release())

    def wait(self, timeout: float | None = None) -> None:
        """Block until the run ends or pauses.

        Raises:
            TimeoutError: it did not within `timeout` seconds; the run goes on.
            Exception: what the model, the loss, the optimizer or a callback raised.
            RuntimeError: it is called in a callback or under `paused()`, where it would never end.
        """
        assert self._loop is not None
        if getattr(self._holding, "depth", 0):
            raise RuntimeError("wait() under `with trainer.paused():` would never end: call it after that block")
        self._loop.wait(timeout)

    def on_epoch_end(self, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call `callback(trainer)` after each epoch, in the training thread.

        An exception in it stops the run as one in the model would. Returns a function that takes the
        callback off again.
        """
        assert self._loop is not None
        loop = self._loop

        def call() -> None:
            callback(self)

        loop.callbacks.append(call)
        return lambda: loop.callbacks.remove(call) if call in loop.callbacks else None

    def close(self) -> None:
        """End training and take the widget off the page; model and history stay readable."""
        if self._loop is not None and self._loop.status != "closed":
            self._loop.close()
            self.set_trait("status", "closed")
        super().close()

    # -- what can be read -------------------------------------------------------------------------

    @property
    def model(self) -> torch.nn.Module:
        """The module being trained. Read it at any time; change it under `with trainer.paused():`."""
        assert self._loop is not None
        return self._loop.experiment.model

    @property
    def optimizer_(self) -> torch.optim.Optimizer:
        """The live PyTorch optimizer. Its parameters share their memory with those of `model`."""
        assert self._loop is not None
        loop = self._loop
        # Between two steps: if it has yet to be made, then by the training thread alone.
        found: torch.optim.Optimizer = loop.call(c.Do(lambda: loop.experiment.optimizer))
        return found

    @property
    def history(self) -> History:
        """Metrics per step and per epoch."""
        assert self._loop is not None
        return self._loop.history

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
        self.learning_rate = settings.learning_rate
        self.optimizer = settings.optimizer
        self.batch_size = settings.batch_size

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

    def _send_live(self) -> None:
        """Let the traits in the browser have the numbers that frames carry."""
        names, self._unsent = self._unsent, set()
        if names and self.comm is not None:
            self.send_state(names)

    # -- for each kind of trainer -----------------------------------------------------------------

    def _describe(self, loop: TrainingLoop) -> None:
        """Bring the traits that describe data and network up to date."""
        raise NotImplementedError

    def _picture(self, loop: TrainingLoop, wish: ViewState) -> Snapshot:
        """Take the picture that the views want."""
        raise NotImplementedError

    def _parts(self, picture: Snapshot) -> Parts:
        """The arrays of a picture, by their names in a frame."""
        raise NotImplementedError

    # -- from the browser and the notebook --------------------------------------------------------

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        """A message from a view; may come in any thread, and only validates and enqueues."""
        self._from_browser.active = True
        try:
            handle(self, content)
        finally:
            self._from_browser.active = False
        super()._handle_custom_msg(content, buffers)

    def _cell_ended(self) -> None:
        loop = self._loop
        if loop is not None and loop.status not in ("running", "closed"):
            loop.submit(c.Adopt())
