"""Error against the number of neurons: networks of many sizes, trained side by side beside the run."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from nnwidgets.training import commands as c
from nnwidgets.training.sweep import NEURONS, SEEDS, Sweep, SweepResult
from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings

PATIENCE = 2.0  # seconds that closing waits for a sweep to end

_OF_RUN = attrgetter("optimizer", "learning_rate", "batch_size", "l1", "l2", "optimizer_options", "standardises")
_OF_NETWORK = attrgetter("initialiser", "initial_scale")


class Sweeping(NetworkSettings):
    """The part of a trainer that trains networks of many sizes."""

    _sweep = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        self._swept: Sweep | None = None
        self._sweeps = 0
        self._sweep_shown: Future[Any] | None = None
        super().__init__(**settings)

    def sweep(self, neurons: Iterable[int] = NEURONS, seeds: int = SEEDS, epochs: int | None = None) -> None:
        """Train networks of one hidden layer with these numbers of neurons side by side; returns at once.

        They have the data, activation, optimizer, learning rate and batch size of this trainer, and its seed and those
        after it. They train in the background, beside the run, which may train too, and while cells run; the view shows
        their errors as they go. A sweep under way gives place to the new one.

        Args:
            neurons: of the hidden layer, each 1 to 512.
            seeds: runs of each size, so that there are at most 500 in all.
            epochs: of each run; None for 16,000 steps, which are 20 to 2,000 epochs.

        Raises:
            TypeError, ValueError: a number out of its range, or a setting that compiled code does not cover, such as
                a loss of your own; the message says which.

        Example:
            >>> from nnwidgets import FunctionTrainer
            >>> trainer = FunctionTrainer("bump")
            >>> trainer.sweep(neurons=(1, 2, 8), seeds=2, epochs=200)
            >>> trainer.wait_for_sweep()
            >>> few, _, many = trainer.sweep_result.medians
            >>> bool(many < few)
            True
            >>> trainer.close()
        """
        self._tell(c.Do(lambda: self._begin_sweep(neurons, seeds, epochs), "The sweep"))

    def stop_sweep(self) -> None:
        """End a sweep after the steps under way; what it has found by then stays."""
        if self._swept is not None:
            self._swept.stop()

    def wait_for_sweep(self, timeout: float | None = None) -> None:
        """Block until the sweep has ended.

        Raises:
            TimeoutError: it did not within `timeout` seconds; it goes on.
            RuntimeError: none was begun, or it failed; the message says why.
        """
        swept = self._swept
        if swept is None:
            raise RuntimeError("there is no sweep to wait for: sweep() begins one")
        swept.wait(timeout)
        assert self._loop is not None
        self._loop.call(c.Do(lambda: self._show_sweep(swept)))
        result = swept.result()
        if result.status == "error":
            raise RuntimeError(f"the sweep failed: {result.message}")

    @property
    def sweep_result(self) -> SweepResult | None:
        """What the last sweep has found by now, as arrays with a method `to_pandas()`; None where none was begun."""
        return None if self._swept is None else self._swept.result()

    def close(self) -> None:
        """End training and sweep, and take the widget off the page; model, history and result stay readable."""
        swept = self._swept
        if swept is not None and swept.is_running and self._loop is not None and self._loop.status != "closed":
            swept.stop()
            with suppress(TimeoutError):
                swept.wait(PATIENCE)
            self._loop.call(c.Do(lambda: self._show_sweep(swept)))
        super().close()

    # -- in the training thread -------------------------------------------------------------------

    def _begin_sweep(self, neurons: object, seeds: int, epochs: int | None) -> None:
        assert self._loop is not None
        swept = Sweep(self._loop.experiment.settings, neurons, seeds, epochs, report=_reporter(self))
        if self._swept is not None:
            self._swept.stop()
        self._swept = swept
        self._sweeps += 1
        self._show_sweep(swept)
        swept.start()

    def _show_sweep(self, swept: Sweep) -> None:
        """Let the browser have what was found, unless another sweep has taken its place."""
        if self._swept is not swept:
            return
        assert self._loop is not None
        result = swept.result()
        trait = {
            "version": self._sweeps,
            "status": result.status,
            "message": result.message,
            "neurons": list(result.neurons),
            "seeds": len(result.seeds),
            "done": result.epochs,
            "epochs": swept.epochs,
            "errors": result.errors.astype(np.float64).tobytes(),
            "stale": _key(swept.settings) != _key(self._loop.experiment.settings),
        }
        if trait != self._sweep:
            self.set_trait("_sweep", trait)

    def _note_sweep(self, loop: TrainingLoop) -> None:
        """Say whether data or settings have changed since."""
        if self._swept is not None and self._sweep is not None:
            stale = _key(self._swept.settings) != _key(loop.experiment.settings)
            if stale != self._sweep["stale"]:
                self.set_trait("_sweep", self._sweep | {"stale": stale})


def _key(settings: Settings) -> object:
    """What the errors of a sweep depend on, but for its seeds."""
    network = settings.network
    if network is None:
        return None
    activation = network.activation
    of_network = (activation[0] if isinstance(activation, tuple) else activation, *_OF_NETWORK(network))
    return id(settings.dataset), of_network, _OF_RUN(settings)


def _reporter(trainer: Sweeping) -> Callable[[], bool]:
    """What a sweep calls in its thread; it does not keep the trainer alive."""
    known = weakref.ref(trainer)

    def report() -> bool:
        alive = known()
        if alive is None or alive._loop is None or alive._loop.status == "closed":
            return False
        swept, last = alive._swept, alive._sweep_shown
        if swept is None or (swept.result().status == "running" and last is not None and not last.done()):
            return True  # what is about to be shown is what there is then
        alive._sweep_shown = alive._loop.submit(c.Do(lambda: alive._show_sweep(swept), "The sweep"))
        return True

    return report
