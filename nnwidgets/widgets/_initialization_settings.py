"""The settings of an `InitializationExplorer`: what each may be, and which of them are worth seeing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from nnwidgets._checks import one_of, positive, real, whole
from nnwidgets.concepts.initialization import SCHEMES
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

DATASETS = ("circles", "moons", "gaussians", "xor", "spiral", "rings")
_OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw", "adagrad")
_RANGES = {
    "n_layers": (2, 50),
    "width": (2, 256),
    "layer": (1, 51),
    "n_samples": (20, 200),
    "seed": (0, 2**32 - 1),
    "batch_size": (1, 200),
    "epochs": (1, 1000),
}
_LARGEST, _LARGEST_RATE = 100.0, 1e6
MOST_EPOCHS = 2000  # whose losses travel with every picture
MEASURED = ("activation", "n_layers", "width", "distribution", "constant", "small", "large", "dataset", "n_samples",
             "seed")  # fmt: skip


class InitializationSettings(Explorer):
    """The settings; not shown by itself."""

    initialiser = traitlets.Unicode("xavier").tag(sync=True)
    """The scheme that is looked at: "zeros", "constant", "small", "large", "xavier" or "he"."""

    activation = traitlets.Unicode("relu").tag(sync=True)
    """Of the hidden layers: a name in `nnwidgets.functions.ACTIVATIONS`."""

    n_layers = Whole(10).tag(sync=True)
    """Hidden layers, 2 to 50."""

    width = Whole(64).tag(sync=True)
    """Neurons in each of them, 2 to 256."""

    distribution = traitlets.Unicode("normal").tag(sync=True)
    """Of Xavier's and He's weights: "normal" or "uniform", of the same variance."""

    constant = traitlets.Float(0.1).tag(sync=True)
    """The value of all weights of "constant", above 0, at most 100."""

    small = traitlets.Float(0.01).tag(sync=True)
    """Standard deviation of the weights of "small", above 0, at most 100."""

    large = traitlets.Float(1.0).tag(sync=True)
    """Standard deviation of the weights of "large", above 0, at most 100."""

    layer = Whole(5).tag(sync=True)
    """The layer that is looked at closely, from 1; the output where it is more than `n_layers`."""

    moment = traitlets.Unicode("start").tag(sync=True)
    """Whose signals are shown: "start" for those of the initial weights, "now" for those of the weights as trained."""

    dataset = traitlets.Unicode("circles").tag(sync=True)
    """The samples, in two classes: "circles", "moons", "gaussians", "xor", "spiral" or "rings"; standardised."""

    n_samples = Whole(200).tag(sync=True)
    """How many, 20 to 200."""

    seed = Whole(0).tag(sync=True)
    """Of samples, weights and batches, from 0 to 4294967295."""

    learning_rate = traitlets.Float(0.05).tag(sync=True)
    """Of the training, above 0."""

    optimizer = traitlets.Unicode("sgd").tag(sync=True)
    """Of the training: "sgd", "rmsprop", "adam", "adamw" or "adagrad"."""

    batch_size = Whole(10).tag(sync=True)
    """Samples in a step of the training, 1 to 200."""

    epochs = Whole(50).tag(sync=True)
    """How many `train()` and the button add, 1 to 1000."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ReLU: Xavier fades": {"activation": "relu", "initialiser": "xavier", "n_layers": 20, "width": 64},
        "ReLU: He holds": {"activation": "relu", "initialiser": "he", "n_layers": 20, "width": 64},
        "tanh, small: signals die": {"activation": "tanh", "initialiser": "small", "n_layers": 10, "width": 64},
        "tanh, large: saturated": {"activation": "tanh", "initialiser": "large", "n_layers": 10, "width": 64},
        "sigmoid: no gradient": {"activation": "sigmoid", "initialiser": "xavier", "n_layers": 10, "width": 64},
        "all neurons alike": {"activation": "tanh", "initialiser": "constant", "n_layers": 5, "width": 16},
    }

    @traitlets.validate("initialiser", "activation", "distribution", "moment", "dataset", "optimizer")
    def _valid_name(self, proposal: Any) -> str:
        choices = {
            "initialiser": tuple(SCHEMES),
            "activation": tuple(ACTIVATIONS),
            "distribution": ("normal", "uniform"),
            "moment": ("start", "now"),
            "dataset": DATASETS,
            "optimizer": _OPTIMIZERS,
        }
        name = proposal.trait.name
        return str(checked(one_of, name, proposal.value, choices[name]))

    @traitlets.validate(*_RANGES)
    def _valid_whole(self, proposal: Any) -> int:
        name = proposal.trait.name
        return int(checked(whole, name, proposal.value, *_RANGES[name]))

    @traitlets.validate("constant", "small", "large", "learning_rate")
    def _valid_scale(self, proposal: Any) -> float:
        name = proposal.trait.name
        value = checked(positive, name, proposal.value)
        return float(checked(real, name, value, 0, _LARGEST_RATE if name == "learning_rate" else _LARGEST))
