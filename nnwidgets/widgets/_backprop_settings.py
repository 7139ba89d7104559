"""The settings of a `BackpropExplorer`: what each may be, how they fit together, and which are worth seeing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from operator import ne
from typing import Any, ClassVar, Literal

import numpy as np
import traitlets

from nnwidgets._checks import one_of, plain, positive, real, whole
from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.widgets._backprop_presets import PRESETS
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

LOSS_NAMES = ("bce", "bce_with_logits", "mse", "cross_entropy")
OWN = "own"  # a loss that has no name
MOST_LAYERS, MOST_UNITS, MOST_SAMPLES = 7, 8, 8
_LARGEST, LARGEST_WEIGHT, _LARGEST_RATE = 1e6, 1e30, 1e6
_RANGES = {
    "n_outputs": (1, MOST_UNITS),
    "sample": (1, 1000),
    "seed": (0, 2**32 - 1),
    "step": (1, 100_000),
}
_FEWEST_CLASSES = 2
MEASURED = ("hidden_layers", "activation", "loss_fn", "n_outputs", "inputs", "targets", "learning_rate", "weights",
            "seed", "beside")  # fmt: skip
OF_NETWORK = ("hidden_layers", "activation", "n_outputs", "seed")  # what says which module it is

Rows = tuple[tuple[float, ...], ...]
Owner = Literal["settings", "module", "trainer"]


_OF_OTHERS = (4096, 64, LARGEST_WEIGHT)  # rows, numbers in each, and how large these may be, of a module or a trainer


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
        rows, width, largest = (MOST_SAMPLES, MOST_UNITS, _LARGEST) if obj._owner == "settings" else _OF_OTHERS
        if given.ndim != 2 or not (0 < len(given) <= rows and 0 < given.shape[1] <= width):
            raise traitlets.TraitError(
                f"{name} must be 1 to {rows} rows, one for each sample, of 1 to {width} numbers each, "
                f"such as ((0.8, -0.5),), not {value!r}"
            )
        return tuple(
            tuple(checked(real, f"each of {name}", each, -largest, largest) for each in row) for row in given.tolist()
        )


class BackpropSettings(Explorer):
    """The settings; not shown by itself."""

    _owner: Owner = "settings"  # whose network it is
    _is_following = False  # while settings are given what was recorded
    _is_single = True  # whether the weights are float32

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

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS

    def __init__(self, **settings: Any) -> None:
        # What the weights belong to; those that are given belong to what is given with them.
        self._fitted: tuple[tuple[Any, ...], tuple[float, ...]] | None = None
        if "weights" not in settings:
            self._fitted = self._network_key(), self.class_traits()["weights"].default()
        super().__init__(**settings)

    # -- how they fit together ----------------------------------------------------------------------

    @property
    def _sizes(self) -> tuple[int, ...]:
        """Of the layers, the inputs first."""
        return len(self.inputs[0]), *self.hidden_layers, self.n_outputs

    def _network_key(self) -> tuple[Any, ...]:
        return self._sizes, self.seed, self.activation, self.loss_fn

    def _parameter_count(self) -> int:
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self._sizes))

    def _settle(self) -> bool:
        """Replace what no longer fits the other settings; whether it is the network that it was, or one edit away."""
        if self._owner == "settings":
            if self.loss_fn == "cross_entropy" and self.n_outputs < _FEWEST_CLASSES:
                self.n_outputs = _FEWEST_CLASSES
            if self._misfit(self.targets):
                self.targets = self._fitting()
        key, before = self._network_key(), self._fitted
        is_kept = before is None or before[0][:2] == key[:2] or before[1] != self.weights
        if not is_kept and self._owner == "settings":
            self.weights = ()
        self._fitted = key, self.weights
        if before is None or before[0] != key or len(before[1]) != len(self.weights):
            return False
        return list(map(ne, before[1], self.weights)).count(True) <= 1

    def _fitting(self) -> Rows:
        """Targets that fit: those that there are, as far as they do."""
        if self.loss_fn == "cross_entropy":
            rows: Rows = tuple((float(row % self.n_outputs),) for row in range(len(self.inputs)))
        else:
            units = range(self.n_outputs)
            rows = tuple(tuple((row + unit + 1) % 2.0 for unit in units) for row in range(len(self.inputs)))
        kept = self.targets[: len(rows)] + rows[len(self.targets) :]
        return rows if self._misfit(kept) else kept

    def _misfit(self, targets: Rows) -> str:
        """Why these targets do not fit inputs, outputs and loss; empty where they do."""
        if len(targets) != len(self.inputs):
            return f"targets must be one row for each of the {len(self.inputs)} of inputs, not {len(targets)}"
        if self._owner != "settings":
            return ""
        numbers = [number for row in targets for number in row]
        if self.loss_fn == "cross_entropy":
            fits = all(number.is_integer() and 0 <= number < self.n_outputs for number in numbers)
            if not fits or len(targets[0]) != 1:
                return f"each of targets must be the number of a class, such as (0,), from 0 to {self.n_outputs - 1}"
            return ""
        if len(targets[0]) != self.n_outputs:
            return f"each of targets must be {self.n_outputs} numbers, one for each output, not {len(targets[0])}"
        if self.loss_fn != "mse" and not all(0 <= number <= 1 for number in numbers):
            return "each of targets must be from 0 to 1, for the loss takes it for a probability"
        return ""

    def _refuse_fixed(self, name: str, value: Any) -> None:
        """Some settings are not the reader's to change where the network is not the settings' own."""
        if self._is_following or self._owner == "settings" or self._known.get(name, value) == value:
            return
        why = ""
        if name in OF_NETWORK:
            whose = "a module of your own" if self._owner == "module" else "the trainer's"
            why = f"this network is {whose}; {name} cannot be changed here"
        elif self._owner == "trainer" and name in ("inputs", "targets"):
            why = f"{name} are the trainer's next mini-batch; they cannot be changed here"
        elif name == "loss_fn" and (self._owner == "trainer" or self._known[name] == OWN):
            why = "this loss is the trainer's" if self._owner == "trainer" else "this loss is a function of your own"
            why += "; loss_fn cannot be changed here"
        if why:
            raise traitlets.TraitError(why)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("hidden_layers", "inputs")
    def _valid_free(self, proposal: Any) -> Any:
        self._refuse_fixed(proposal.trait.name, proposal.value)
        return proposal.value

    @traitlets.validate("targets")
    def _valid_targets(self, proposal: Any) -> Any:
        self._refuse_fixed("targets", proposal.value)
        misfit = self._misfit(proposal.value)
        if misfit:
            raise traitlets.TraitError(f"{misfit}; got {proposal.value!r}")
        return proposal.value

    @traitlets.validate("weights")
    def _valid_weights(self, proposal: Any) -> Any:
        count, given = self._parameter_count(), len(proposal.value)
        if given != count and (given or self._owner != "settings"):
            sizes = "" if self._owner != "settings" else f" {'-'.join(map(str, self._sizes))}"
            raise traitlets.TraitError(
                f"weights must be the {count} weights and biases of the network{sizes}, in the order of "
                f"named_parameters(), not {given}"
            )
        return tuple(float(str(np.float32(each))) for each in proposal.value) if self._is_single else proposal.value

    @traitlets.validate("activation", "loss_fn", "detail", "precision", "beside")
    def _valid_name(self, proposal: Any) -> str:
        choices = {
            "activation": tuple(ACTIVATIONS),
            "loss_fn": LOSS_NAMES if self._owner == "settings" else (*LOSSES, OWN),
            "detail": ("layer", "node", "operation"),
            "precision": ("double", "model"),
            "beside": ("", *ACTIVATIONS),
        }
        name = proposal.trait.name
        value = str(checked(one_of, name, proposal.value, choices[name]))
        self._refuse_fixed(name, value)
        return value

    @traitlets.validate(*_RANGES)
    def _valid_whole(self, proposal: Any) -> int:
        name = proposal.trait.name
        value = int(checked(whole, name, proposal.value, *_RANGES[name]))
        if name == "n_outputs" and self.loss_fn == "cross_entropy":
            checked(whole, "n_outputs of cross-entropy, one for each class,", value, _FEWEST_CLASSES, MOST_UNITS)
        self._refuse_fixed(name, value)
        return value

    @traitlets.validate("learning_rate", "epsilon")
    def _valid_scale(self, proposal: Any) -> float:
        name = proposal.trait.name
        value = checked(positive, name, proposal.value)
        low, high = (1e-8, 1.0) if name == "epsilon" else (0.0, _LARGEST_RATE)
        return float(checked(real, name, value, low, high))
