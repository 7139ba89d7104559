"""The settings of a `BackpropExplorer`: what each may be, how they fit together, and which are worth seeing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from nnwidgets._checks import one_of, plain, positive, real, whole
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

LOSS_NAMES = ("bce", "bce_with_logits", "mse", "cross_entropy")
MOST_LAYERS, MOST_UNITS, MOST_SAMPLES = 7, 8, 8
LARGEST, LARGEST_WEIGHT, _LARGEST_RATE = 1e6, 1e30, 1e6
_RANGES = {
    "n_outputs": (1, MOST_UNITS),
    "sample": (1, 1000),
    "seed": (0, 2**32 - 1),
    "step": (1, 100_000),
}
_FEWEST_CLASSES = 2

Rows = tuple[tuple[float, ...], ...]


class _Layers(traitlets.TraitType[Any, Any]):
    """Neurons of each hidden layer."""

    def validate(self, _: Any, value: Any) -> tuple[int, ...]:
        """A tuple of whole numbers."""
        name = str(self.name)
        if not isinstance(value, list | tuple) or len(value) > MOST_LAYERS:
            raise traitlets.TraitError(
                f"{name} must be the neurons of each of at most {MOST_LAYERS} layers, such as (2,), not {value!r}"
            )
        return tuple(checked(whole, f"each of {name}", units, 1, MOST_UNITS) for units in value)


class _Numbers(traitlets.TraitType[Any, Any]):
    """Finite numbers in a row."""

    def validate(self, _: Any, value: Any) -> tuple[float, ...]:
        """A tuple of floats."""
        name = str(self.name)
        given = checked(plain, name, value)
        if given.ndim != 1:
            raise traitlets.TraitError(f"{name} must be numbers in a row, such as (0.5, -1.0), not {value!r}")
        return tuple(checked(real, f"each of {name}", each, -LARGEST_WEIGHT, LARGEST_WEIGHT) for each in given.tolist())


class _Rows(traitlets.TraitType[Any, Any]):
    """Finite numbers, a row for each sample."""

    def validate(self, obj: Any, value: Any) -> Rows:
        """A tuple of tuples of floats."""
        name = str(self.name)
        given = checked(plain, name, value)
        rows, width = obj._most_samples, obj._most_numbers
        if given.ndim != 2 or not (0 < len(given) <= rows and 0 < given.shape[1] <= width):
            raise traitlets.TraitError(
                f"{name} must be 1 to {rows} rows, one for each sample, of 1 to {width} numbers each, "
                f"such as ((0.8, -0.5),), not {value!r}"
            )
        return tuple(
            tuple(checked(real, f"each of {name}", each, -LARGEST, LARGEST) for each in row) for row in given.tolist()
        )


class BackpropSettings(Explorer):
    """The settings; not shown by itself."""

    _most_samples: ClassVar[int] = MOST_SAMPLES
    _most_numbers: int = MOST_UNITS

    hidden_layers = _Layers((2,)).tag(sync=True)
    """Neurons of each hidden layer, input side first: up to 7 layers of 1 to 8; `()` for none. Where the network gets
    another shape, its weights are drawn anew, unless they are set together with it."""

    activation = traitlets.Unicode("tanh").tag(sync=True)
    """Of the hidden layers: a name in `nnwidgets.functions.ACTIVATIONS`."""

    loss_fn = traitlets.Unicode("bce").tag(sync=True)
    """The loss: "bce", for which the network ends in a sigmoid, "bce_with_logits", "mse" or "cross_entropy"."""

    n_outputs = Whole(1).tag(sync=True)
    """Outputs, 1 to 8; of cross-entropy one for each class, at least 2."""

    inputs = _Rows(((0.8, -0.5),)).tag(sync=True)
    """The samples of the batch: 1 to 8 rows of 1 to 8 numbers each."""

    targets = _Rows(((1.0,),)).tag(sync=True)
    """What they should give: as many rows, of `n_outputs` numbers each; for "cross_entropy" of one class, from 0.
    Where they fit the loss or the outputs no longer, others that do take their place."""

    sample = Whole(1).tag(sync=True)
    """The sample that is looked at, from 1; the last one where there are not so many."""

    learning_rate = traitlets.Float(0.5).tag(sync=True)
    """η of the step w ← w − η ∂L/∂w at the end of the pass; above 0, at most 1000000."""

    weights = _Numbers((0.6, -0.9, -0.7, 0.4, 0.1, -0.2, -1.1, 0.8, 0.2)).tag(sync=True)
    """All weights and biases, laid flat in the order of the module's `named_parameters()`; `()` for those that are
    drawn from `seed`, as PyTorch does it. A step puts those in that it leads to."""

    seed = Whole(0).tag(sync=True)
    """Of weights that are drawn, from 0 to 4294967295."""

    detail = traitlets.Unicode("node").tag(sync=True)
    """How closely the pass is looked at: "layer", "node" or "operation"."""

    step = Whole(1).tag(sync=True)
    """The stop of the pass that is looked at, from 1; the last one where there are not so many."""

    epsilon = traitlets.Float(1e-3).tag(sync=True)
    """ε of the finite difference beside a gradient, 1e-8 to 1."""

    precision = traitlets.Unicode("double").tag(sync=True)
    """In which floating-point numbers the difference is computed: "double", or "model" for those of the module."""

    beside = traitlets.Unicode("").tag(sync=True)
    """The activation of a twin with the same weights, whose gradients are shown beside; "" for none."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    @traitlets.validate("activation", "loss_fn", "detail", "precision", "beside")
    def _valid_name(self, proposal: Any) -> str:
        choices = {
            "activation": tuple(ACTIVATIONS),
            "loss_fn": LOSS_NAMES,
            "detail": ("layer", "node", "operation"),
            "precision": ("double", "model"),
            "beside": ("", *ACTIVATIONS),
        }
        name = proposal.trait.name
        return str(checked(one_of, name, proposal.value, choices[name]))

    @traitlets.validate(*_RANGES)
    def _valid_whole(self, proposal: Any) -> int:
        name = proposal.trait.name
        return int(checked(whole, name, proposal.value, *_RANGES[name]))

    @traitlets.validate("learning_rate", "epsilon")
    def _valid_scale(self, proposal: Any) -> float:
        name = proposal.trait.name
        value = checked(positive, name, proposal.value)
        low, high = (1e-8, 1.0) if name == "epsilon" else (0.0, _LARGEST_RATE)
        return float(checked(real, name, value, low, high))
