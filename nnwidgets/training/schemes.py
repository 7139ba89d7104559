"""Six networks that differ in their initial weights alone: measured, and trained side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nnwidgets.concepts.initialization import OF_TRAINING, SCHEMES, Layer, layer_sizes, predict, predict_alike
from nnwidgets.datasets import PLANAR, Dataset, make_planar, plane_range
from nnwidgets.training.ensemble import Ensemble
from nnwidgets.training.propagation import Signals, measure
from nnwidgets.training.settings import NetworkSpec, Settings

__all__ = ["MAP_SIZE", "Measured", "SchemeRuns", "SupersededError", "data_of"]

MAP_SIZE = 32
_LOSS = "bce_with_logits"
Floats = NDArray[np.float64]


class SupersededError(Exception):
    """What is being measured is not wanted any more."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What went through networks with each of the schemes, before their training or at an epoch of it.

    Attributes:
        settings: that were measured, by name.
        epoch: of the training; 0 is before it.
        schemes: names of the schemes, in the order of the arrays.
        signals: of each scheme by its name; see `nnwidgets.training.propagation.Signals`.
        predicted: variances by theory, `(6, 4, n_layers + 1)` float64; NaN once weights have been trained.
        input_square: mean square of the inputs, standardised.
        points: the samples as they come and their classes, `(n_samples, 3)` float32.
    """

    settings: Mapping[str, Any]
    epoch: int
    schemes: tuple[str, ...]
    signals: Mapping[str, Signals]
    predicted: Floats
    input_square: float
    points: NDArray[np.float32]

    def __repr__(self) -> str:
        layers = self.settings["n_layers"]
        return f"<Measured: {len(self.schemes)} schemes, {layers} hidden layers, epoch {self.epoch}>"

    def stack(self, name: str) -> NDArray[Any]:
        """A part of the `signals` for all schemes, `(6, …)`."""
        return np.stack([np.asarray(getattr(self.signals[scheme], name)) for scheme in self.schemes])

    @property
    def variances(self) -> Floats:
        """Measured variances, `(6, 4, n_layers + 1)` float64."""
        return self.stack("variances")


def data_of(settings: Mapping[str, Any]) -> Dataset:
    """The samples, in two classes.

    Example:
        >>> data_of({"dataset": "spiral", "n_samples": 50, "seed": 0})
        Dataset('spiral', 50 train, 0 test)
    """
    name = settings["dataset"]
    classes = 2 if PLANAR[name].takes_classes else None
    return make_planar(name, settings["n_samples"], seed=settings["seed"], n_classes=classes)


class SchemeRuns:
    """The six networks of some settings. Used by one thread at a time, but for `stop` and `model`.

    Args:
        settings: those of an `InitializationExplorer`, by name.

    Attributes:
        epoch: completed by all that did not diverge.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self.data = data_of(settings)
        hidden = (settings["width"],) * settings["n_layers"]
        network = NetworkSpec(hidden, settings["activation"], output_activation=None)
        common = Settings(self.data, network, seed=settings["seed"], loss_fn=_LOSS, standardise=True)
        inputs = common.fit_inputs()
        self.x, self.y = torch.tensor(inputs(self.data.x_train)), torch.tensor(self.data.y_train)
        self.ranges = plane_range(self.data)
        (x_low, x_high), (y_low, y_high) = self.ranges
        middles = (np.arange(MAP_SIZE) + 0.5) / MAP_SIZE
        x1, x2 = np.meshgrid(x_low + middles * (x_high - x_low), y_high - middles * (y_high - y_low))
        self._map_inputs = torch.tensor(inputs(np.column_stack([x1.ravel(), x2.ravel()])))
        self._common = common
        self._ensemble: Ensemble | None = None
        self._untrained: list[tuple[float, float]] = []
        self._lock = threading.Lock()

    def _runs(self) -> list[Settings]:
        """Of each network, with the present options of training."""
        known, runs = self.settings, []
        for scheme in SCHEMES.values():
            initialiser, scale = scheme.recipe(known)
            assert self._common.network is not None
            network = replace(self._common.network, initialiser=initialiser, initial_scale=scale)
            batch_size = min(known["batch_size"], len(self.x))
            options = {"optimizer": known["optimizer"], "learning_rate": known["learning_rate"]}
            runs.append(replace(self._common, network=network, batch_size=batch_size, **options))
        return runs

    # -- signals ----------------------------------------------------------------------------------

    @property
    def measured_settings(self) -> dict[str, Any]:
        """Those of the settings that decide about signals before training."""
        return {name: value for name, value in self.settings.items() if name not in OF_TRAINING}

    def measure(self, is_wanted: Callable[[], bool] = lambda: True, *, initial: bool = False) -> Measured:
        """What goes through the networks as they are, or with their initial weights.

        Raises:
            SupersededError: `is_wanted` says no, which it is asked between two networks.
        """
        epoch, signals = 0 if initial else self.epoch, {}
        for index, name in enumerate(SCHEMES):
            if not is_wanted():
                raise SupersededError
            signals[name] = measure(self.model(index, initial=not epoch), self.x, self.y)
        if not epoch:
            self._untrained = [(each.loss, each.accuracy) for each in signals.values()]
        sizes = layer_sizes(self.settings["n_layers"], self.settings["width"])
        return Measured(
            self.measured_settings,
            epoch,
            tuple(SCHEMES),
            signals,
            np.full((len(SCHEMES), 4, len(sizes)), np.nan) if epoch else self._predicted(sizes, is_wanted),
            float(self.x.double().square().mean()),
            np.column_stack([self.data.x_train, self.data.y_train]).astype(np.float32),
        )

    def _predicted(self, sizes: list[tuple[int, int]], is_wanted: Callable[[], bool]) -> Floats:
        known = self.settings
        x, y, activation = self.x.numpy(), self.y.numpy(), known["activation"]
        rows = []
        for scheme in SCHEMES.values():
            if not is_wanted():
                raise SupersededError
            if scheme.is_random:
                rows.append(predict([Layer(*each, scheme.std(*each, known), activation) for each in sizes], x, y))
            else:
                value = known[scheme.scale] if scheme.scale else 0.0
                rows.append(predict_alike(value, sizes, activation, x, y))
        return np.stack(rows)

    def model(self, index: int, *, initial: bool = False) -> nn.Sequential:
        """A network as it is, or with its initial weights, as a module of its own."""
        with self._lock:
            if self._ensemble is not None and not initial:
                return self._ensemble.model(index)
            run = self._runs()[index]
            assert run.network is not None
            return run.network.build(run.seed)

    def maps(self) -> NDArray[np.uint8]:
        """Probability of class 1 over the plane, `(6, MAP_SIZE, MAP_SIZE)`, top row first; 128 where there is none."""
        shown = np.empty((len(SCHEMES), MAP_SIZE, MAP_SIZE), np.uint8)
        for index in range(len(SCHEMES)):
            with torch.no_grad():
                p = self.model(index)(self._map_inputs).sigmoid().numpy().reshape(MAP_SIZE, MAP_SIZE)
            shown[index] = np.where(np.isnan(p), 128, np.round(255 * np.nan_to_num(p)))
        return shown

    # -- training ---------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """Epochs that the run that is ahead has completed."""
        return 0 if self._ensemble is None else int(self._ensemble.epochs.max())

    def train(self, epochs: int) -> None:
        """Train all of them for so many more epochs, or until `stop`; the first time of a process, code is loaded."""
        if not self._untrained:
            self.measure()
        if self._ensemble is None:
            made = Ensemble(self._runs())
            with self._lock:
                self._ensemble = made
        with self._lock:
            self._ensemble.train(epochs)

    def stop(self) -> None:
        """End a `train` in another thread after the steps under way."""
        if self._ensemble is not None:
            self._ensemble.stop()

    def restart(self, options: Mapping[str, Any]) -> None:
        """Back to the initial weights, with other options of training."""
        self.settings |= options
        with self._lock:
            self._ensemble = None

    @property
    def curves(self) -> tuple[Floats, Floats]:
        """Losses and accuracies, `(6, epoch + 1)` each: of epoch 0 over all samples, else means over the batches."""
        columns = np.array(self._untrained).T.reshape(2, -1, 1)
        if self._ensemble is None:
            return columns[0], columns[1]
        end = self.epoch
        found = (self._ensemble.loss[:, :end], self._ensemble.accuracy[:, :end])
        losses, accuracies = (np.concatenate([first, each], axis=1) for first, each in zip(columns, found, strict=True))
        return losses, accuracies

    @property
    def diverged(self) -> list[bool]:
        """Which of them ended because their loss was no finite number."""
        return [False] * len(SCHEMES) if self._ensemble is None else self._ensemble.diverged.tolist()

    @property
    def chance(self) -> float:
        """The accuracy of always the larger class."""
        share = float(self.y.mean())
        return max(share, 1 - share)
