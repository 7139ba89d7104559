"""Explorers from their saved state: made anew from their settings and drawn by their own `figure()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets.export.remade import is_all_saved, remade
from nnwidgets.export.states import array_of
from nnwidgets.figures.initialization import initialization_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nnwidgets.training.schemes import Measured

Traits = Mapping[str, Any]


def explorer_figure(kind: str, traits: Traits) -> Figure:
    """The figure of an explorer.

    Raises:
        LookupError: it was made with something of the user's that a notebook does not save.
        Exception: of any kind, for settings that are not as they ought to be.
    """
    return _FIGURES[kind](traits)


def _made_anew(kind: str, traits: Traits) -> Figure:
    if not is_all_saved(traits):
        raise LookupError("it was made with something of your own that a notebook does not save")
    with remade(kind, traits) as explorer:
        figure: Figure = explorer.figure()
        return figure


def _activation(traits: Traits) -> Figure:
    """With functions of the user's as they were sampled."""
    own = {sampled["name"]: _sampled(sampled) for sampled in traits["_samples"]}
    with remade("ActivationExplorer", traits, functions=own) as explorer:
        figure: Figure = explorer.figure()
        return figure


def _sampled(sampled: Traits) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function and its derivative from a `SampledTrait`."""
    count = len(sampled["values"]) // 8
    values, slopes = (array_of(sampled[name], "float64", (count,)) for name in ("values", "slopes"))
    points = np.linspace(sampled["first"], sampled["last"], count) * sampled["mantissa"] * 10.0 ** sampled["exponent"]
    return partial(_between, points, values), partial(_between, points, slopes)


def _between(points: Any, values: Any, x: Any) -> Any:
    return np.interp(np.asarray(x, dtype=np.float64), points, values)


def _initialization(traits: Traits) -> Figure:
    """As it was measured, which after a training could not be had again from settings alone."""
    if traits["_measured"] is None:  # where nobody has looked, nothing was
        return _made_anew("InitializationExplorer", traits)
    return initialization_figure(_measured(traits["_measured"]), str(traits["initialiser"]))


def _measured(told: Traits) -> Measured:
    from nnwidgets.training.propagation import Signals
    from nnwidgets.training.schemes import Measured

    schemes, layers, bins = tuple(str(each["name"]) for each in told["schemes"]), told["layers"], told["bins"]
    by_kind, by_layer = (len(schemes), 4, layers), (len(schemes), layers)
    found = {
        name: array_of(told[name], "float64", by_kind)
        for name in ("variances", "predicted", "means", "zeros", "broken", "bounds")
    }
    predicted = found.pop("predicted")
    found |= {name: array_of(told[name], "float64", by_layer) for name in ("saturated", "stds")}
    found |= {"counts": array_of(told["counts"], "uint32", (*by_kind, bins))}
    losses, accuracies = (array_of(told[name], "float64", (len(schemes),)) for name in ("losses", "accuracies"))
    signals = {
        name: Signals(
            **{part: values[place] for part, values in found.items()},
            loss=float(losses[place]),
            accuracy=float(accuracies[place]),
        )
        for place, name in enumerate(schemes)
    }
    points = array_of(told["points"], "float32", (len(told["points"]) // 12, 3))
    settings, epoch = told["settings"], int(told["epoch"])
    if epoch:  # what is predicted is of the initial weights
        predicted = np.full_like(predicted, np.nan)
    return Measured(settings, epoch, schemes, signals, predicted, float(told["input_square"]), points)


_FIGURES: Mapping[str, Callable[[Traits], Figure]] = {
    "ActivationExplorer": _activation,
    "BackpropExplorer": partial(_made_anew, "BackpropExplorer"),
    "DescentExplorer": partial(_made_anew, "DescentExplorer"),
    "HebbExplorer": partial(_made_anew, "HebbExplorer"),
    "InitializationExplorer": _initialization,
    "LossExplorer": partial(_made_anew, "LossExplorer"),
    "NeuronExplorer": partial(_made_anew, "NeuronExplorer"),
    "SoftmaxExplorer": partial(_made_anew, "SoftmaxExplorer"),
}
EXPLORERS = tuple(_FIGURES)
"""The classes of explorers that can be drawn so."""
