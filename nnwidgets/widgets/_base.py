"""What all trainers share: traits, verbs, and the way between a loop and its views."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from nnwidgets._checks import whole
from nnwidgets._errors import shorten_traceback
from nnwidgets._limits import STATE
from nnwidgets.training import commands as c
from nnwidgets.training.diagnosis import Finding, diagnose_run
from nnwidgets.training.insight import WANTS
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.probes import Picture
from nnwidgets.widgets._channel import FRAME_INTERVAL, RAREST, Channel, ViewState
from nnwidgets.widgets._editing import Editing, Hand
from nnwidgets.widgets._frames import Parts
from nnwidgets.widgets._inbox import handle
from nnwidgets.widgets._kernel import cells_here, connect
from nnwidgets.widgets._listening import shortened
from nnwidgets.widgets._page import Pages
from nnwidgets.widgets._pins import Pinning
from nnwidgets.widgets._previewing import Described, PastDescription, Previewing
from nnwidgets.widgets._publisher import Publisher
from nnwidgets.widgets._recording import Recording
from nnwidgets.widgets._settings import MAX_SEED

if TYPE_CHECKING:
    import torch

    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.history import History


class Trainer(Previewing, Pinning, Recording, Editing, Pages):
    """The common ground of the trainers; not shown by itself.

    Changing a setting in a cell takes effect before the next line; `train` returns at once.
    """

    _WANTS: ClassVar[tuple[str, ...]] = WANTS  # what panels of its views may ask for
    # What else its views may say, in `_inbox`.
    _SPEAKS: ClassVar[Literal["planes", "images", "perceptrons", "functions"]] = "planes"
    _RHYTHM: ClassVar[tuple[float, float]] = FRAME_INTERVAL, RAREST  # seconds between frames; in a hurry at most

    def __init__(self, **settings: Any) -> None:
        self._holding = threading.local()
        cells = cells_here()
        self._channel = Channel(time.monotonic, lambda: cells.is_running, *self._RHYTHM)
        self._publisher = Publisher(self, self._channel)
        self._hand = Hand()
        super().__init__(**settings)
        cells.register(self)

    def open(self) -> None:
        """Make the training loop from the settings, then connect to the browser (called by ipywidgets)."""
        if self._loop is None:
            loop = self._make_loop()
            loop.observer = self._publisher
            self._loop = loop
            self._publisher.announce(self, loop)
        super().open()
        connect(self)
        if self._loop is not None:
            STATE.join(self._loop)

    @abstractmethod
    def _make_loop(self) -> TrainingLoop:
        """The loop of the trainer's settings."""

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

        Settings, edits and data are those with which the run came there: what was changed at that
        very place is undone too. (What was changed before the first step belongs to the beginning.)
        What came after stays until training goes on from here; then it becomes a pinned run of `history`, for which
        runs pinned by hand make no room: the widget says so where 6 of them leave none.

        Raises:
            ValueError: no such epoch was completed.
        """
        self._tell(c.Rewind(whole("epoch", epoch, 0, None)))

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
        try:
            self._loop.wait(timeout)
        except Exception as error:
            shorten_traceback(error)
            raise

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
        loop.stop.flag[0] = 1  # compiled code passes the ends of epochs without asking anybody
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

    @property
    def diagnosis(self) -> tuple[Finding, ...]:
        """What is wrong with the run where it stands, the most important first; empty where nothing is.

        Measured when it is read, between two steps. Each `Finding` has a `kind`, a `title`, a `text` with the numbers,
        an `advice`, the `neurons` it is about as (layer, unit), and an `epoch` worth going back to, if any.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer("xor", hidden_layers=(3,), initialiser="zeros")
            >>> trainer.diagnosis[0].title
            'All 3 neurons of hidden layer 1 are alike:'
            >>> trainer.diagnosis[0].neurons
            ((0, 0), (0, 1), (0, 2))
            >>> trainer.initialiser = "default"
            >>> trainer.diagnosis
            ()
            >>> trainer.close()

        Raises:
            Exception: what a model of your own raises when it is run.
        """
        assert self._loop is not None
        loop = self._loop
        if loop.status == "closed":
            return diagnose_run(loop)
        found: tuple[Finding, ...] = loop.call(c.Do(lambda: diagnose_run(loop), "Diagnosing"))
        return found

    # -- for each kind of trainer -----------------------------------------------------------------

    @abstractmethod
    def _describe(self, loop: TrainingLoop) -> None:
        """Bring the traits that describe data and network up to date."""

    @abstractmethod
    def _describe_past(self, ghost: Experiment | None) -> None:
        """Bring the trait up to date that describes data and network of the ghost that is looked at, if any is."""

    @abstractmethod
    def _told(self, experiment: Experiment) -> Described:
        """The run, or the ghost that is looked at, as it is described on screen."""

    @abstractmethod
    def _told_aside(self, experiment: Experiment, known: PastDescription) -> Described:
        """The run, or a ghost of it, as it would be described on screen, where nothing is changed.

        Args:
            experiment: the run's own, or a ghost.
            known: what has been described so far beside what is on screen.
        """

    def _new_past(self) -> PastDescription:
        """For what is described beside what is on screen."""
        return PastDescription()

    @abstractmethod
    def _look_at(self, told: Described, wish: ViewState) -> Picture:
        """Take a picture."""

    def _picture(self, told: Described, wish: ViewState) -> Picture:
        """Take the picture that the views want of what is on screen, or what of it has its turn."""
        return self._look_at(told, wish)

    @abstractmethod
    def _parts(self, picture: Any) -> Parts:
        """The arrays of a picture, by their names in a frame."""

    # -- from the browser and the notebook --------------------------------------------------------

    def _waits_for_cell(self, *, waits: bool) -> None:
        """See `Listening._waits_for_cell`."""
        self._publisher.waits_for_cell(self, waits=waits)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        """A message from a view; may come in any thread, and only validates and enqueues."""
        with self._heeding():
            handle(self, content)
        super()._handle_custom_msg(content, buffers)

    def _refuse(self, what: str, error: object) -> None:
        self.send({"type": "failed", "command": what, "message": shortened(error)})

    def _page_traits(self) -> dict[str, Any]:
        return {"_recorded": self._record()}

    def _cell_ended(self) -> None:
        loop = self._loop
        if loop is not None and loop.status not in ("running", "closed"):
            self._record_unseen(loop.submit(c.Adopt()))
