"""What a run is made of, as plain immutable data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets.datasets import Dataset
from nnwidgets.features import Feature, Inputs, column_features, fit_inputs
from nnwidgets.networks import build_mlp
from nnwidgets.training.objective import LossFunction, fits, output_for
from nnwidgets.training.schedules import Schedule

if TYPE_CHECKING:
    from nnwidgets.images import ImageDataset

    AnyDataset = Dataset | ImageDataset

MOST_THREADS = 1024
"""That PyTorch may be asked to compute in."""

OptimizerFactory = Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]


# The fields of a `NetworkSpec` that a reader sets; the others follow from the data and the loss.
NETWORK_SETTINGS = ("hidden_layers", "activation", "dropout", "initialiser", "initial_scale")


@dataclass(frozen=True)
class NetworkSpec:
    """A multilayer perceptron as we build it: enough to build it again, bit by bit.

    `activation` and `dropout` are one for all hidden layers, or one each where they differ; layers that are added
    get what the last one has. With `flatten` samples may have any shape, and are laid flat first.
    """

    hidden_layers: tuple[int, ...] = (2,)
    activation: str | tuple[str, ...] = "tanh"
    dropout: float | tuple[float, ...] = 0.0
    output_activation: str | None = "sigmoid"
    in_features: int = 2
    out_features: int = 1
    initialiser: str = "default"
    initial_scale: float = 0.5
    flatten: bool = False

    def __post_init__(self) -> None:
        for name in ("activation", "dropout"):
            value, layers = getattr(self, name), len(self.hidden_layers)
            if isinstance(value, tuple):
                each = (value + value[-1:] * layers)[:layers] or value[:1]
                object.__setattr__(self, name, each[0] if len(set(each)) == 1 else each)

    def build(self, seed: int = 0) -> torch.nn.Sequential:
        """A new network with the initial weights of `seed`."""
        return build_mlp(
            self.in_features,
            self.hidden_layers,
            self.out_features,
            activation=self.activation,
            output_activation=self.output_activation,
            dropout=self.dropout,
            initialiser=self.initialiser,
            initial_scale=self.initial_scale,
            flatten=self.flatten,
            seed=seed,
        )

    def with_output_for(self, loss_fn: str | LossFunction | None, dataset: AnyDataset) -> NetworkSpec:
        """The same hidden layers, with the outputs that this loss (None: the usual one) wants for the data."""
        of_images = not isinstance(dataset, Dataset)
        out_features, output_activation = output_for(loss_fn, dataset.n_classes, of_images=of_images)
        return replace(self, out_features=out_features, output_activation=output_activation)

    def begins_as(self, other: NetworkSpec) -> bool:
        """Whether both draw their initial weights in the same way."""
        return (self.initialiser, self.initial_scale) == (other.initialiser, other.initial_scale)

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values, for files and `config()`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> NetworkSpec:
        """The inverse of `as_dict`."""
        values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in fields.items()}
        return cls(**values)


@dataclass(frozen=True)
class Settings:
    """Everything that decides how the next step goes, the weights and their optimizer's state apart.

    `network` is None when the model is the user's own module. `learning_rate` is None until an
    optimizer that the user made has said its own. `l1` and `l2` weigh the penalties on weights (parameters
    with several axes, so no biases) whose derivatives each step adds: `l1·Σ|w| + l2/2·Σw²`. `optimizer_options` are
    those of an optimizer by name that are not PyTorch's defaults. `loss_fn` None is the usual one for data and model.
    `frozen` are whole parameters, `frozen_entries` single ones of others by their number, which no step changes.
    `schedule` says how the rate of an epoch follows from `learning_rate`. `features` are what the network gets of each
    sample, none being all columns of the data, and `standardise` None does it for data of the user's own, but for a
    network of ours: what a module of the user's expects only its owner knows. `shuffle` draws the batches of each epoch
    anew; without it they are the samples in their order. `threads` are PyTorch's, which rounds sums differently with
    another number of them.
    """

    dataset: AnyDataset
    network: NetworkSpec | None = None
    optimizer: str | OptimizerFactory = "sgd"
    learning_rate: float | None = 0.1
    batch_size: int = 5
    seed: int = 0
    frozen: frozenset[str] = frozenset()
    frozen_entries: frozenset[tuple[str, int]] = frozenset()
    l1: float = 0.0
    l2: float = 0.0
    optimizer_options: tuple[tuple[str, Any], ...] = ()
    loss_fn: str | LossFunction | None = None
    schedule: Schedule = ()
    features: tuple[Feature, ...] = ()
    standardise: bool | None = None
    shuffle: bool = True
    threads: int = 1

    @property
    def sees_images(self) -> bool:
        """Whether samples are images, which a network gets as they are, and not features of columns."""
        return not isinstance(self.dataset, Dataset)

    @property
    def planar(self) -> Dataset:
        """The data of a planar trainer."""
        assert isinstance(self.dataset, Dataset)
        return self.dataset

    @property
    def images(self) -> ImageDataset:
        """The data of an image trainer."""
        assert not isinstance(self.dataset, Dataset)
        return self.dataset

    @property
    def input_features(self) -> tuple[Feature, ...]:
        """What the network gets of each sample, in this order; of images none, but their pixels."""
        return self.features or column_features(len(self.dataset.feature_names))

    @property
    def standardises(self) -> bool:
        """Whether columns are standardised."""
        if self.standardise is None:
            return isinstance(self.dataset, Dataset) and self.dataset.is_own and self.network is not None
        return self.standardise

    def fit_inputs(self) -> Inputs:
        """The way from the columns of the data to the network. Raises `ValueError` where a feature does not fit."""
        return fit_inputs(self.planar, self.input_features, standardise=self.standardises)

    def with_data(self, dataset: AnyDataset) -> Settings:
        """The same with other data, and what follows from them: the loss where it does not fit, and the outputs."""
        batch_size = min(self.batch_size, len(dataset.x_train))
        changed = replace(self, dataset=dataset, batch_size=batch_size)
        columns = len(dataset.feature_names)
        fitting = all(column < columns for feature in self.features for column in feature.columns)
        changed = changed.with_inputs(self.features if fitting else (), standardise=self.standardise)
        if dataset.n_classes == self.dataset.n_classes:
            return changed
        return changed.with_loss(self.loss_fn if fits(self.loss_fn, dataset.n_classes) else None)

    def with_inputs(self, features: tuple[Feature, ...], *, standardise: bool | None) -> Settings:
        """The same with other features, `()` or all columns being the same, and as many inputs of a network of ours."""
        if features == column_features(len(self.dataset.feature_names)):
            features = ()
        changed = replace(self, features=features, standardise=standardise)
        if self.network is None:
            return changed
        return replace(changed, network=replace(self.network, in_features=changed.n_inputs))

    @property
    def n_inputs(self) -> int:
        """How many numbers a network gets of each sample."""
        return math.prod(self.dataset.x_train.shape[1:]) if self.sees_images else len(self.input_features)

    def with_loss(self, loss_fn: str | LossFunction | None) -> Settings:
        """The same with another loss, and the outputs that it wants of a network of ours."""
        network = None if self.network is None else self.network.with_output_for(loss_fn, self.dataset)
        return replace(self, loss_fn=loss_fn, network=network)


def shared_inputs(new: Settings, old: Settings) -> tuple[list[int], list[int]]:
    """The numbers of the inputs that both have, among those of the new settings and of the old."""
    if new.sees_images:
        pixels = list(range(new.n_inputs))
        return pixels, pixels
    places = {feature.name: place for place, feature in enumerate(old.input_features)}
    both = [(i, places[f.name]) for i, f in enumerate(new.input_features) if f.name in places]
    return [i for i, _ in both], [j for _, j in both]


@dataclass(frozen=True)
class Position:
    """Where in its run a training stands.

    `samples` are those used in the current epoch, `batches` the steps made in it. The sums are over
    these batches; at an epoch's end they stay until the next epoch's first step. `accuracy_total` is the sum over all
    batches since the beginning.
    """

    epoch: int = 0
    samples: int = 0
    step: int = 0
    batches: int = 0
    loss_sum: float = 0.0
    accuracy_sum: float = 0.0
    accuracy_total: float = 0.0

    @property
    def running_loss(self) -> float | None:
        """Mean of the batch losses of the current (at its end: the finished) epoch."""
        return self.loss_sum / self.batches if self.batches else None

    @property
    def running_accuracy(self) -> float | None:
        """Mean of the batch accuracies of the current (at its end: the finished) epoch; of values there is none."""
        mean = self.accuracy_sum / self.batches if self.batches else math.nan
        return None if math.isnan(mean) else mean
