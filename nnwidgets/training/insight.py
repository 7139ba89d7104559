"""What the panels under the picture show of an experiment: errors, gradients, activations, the last change.

Each is worked out only while a view wants it, between two steps, on the evaluation replica; the live module is left
alone. The arrays travel as parts of the picture's frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.networks import NetworkGraph, dense_activations
from nnwidgets.training.batches import pieces
from nnwidgets.training.hidden_space import Plane, hidden_space

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Want = Literal[
    "errors", "gradients", "activations", "parameters",
    "space0", "space1", "space2", "space3", "space4", "space5", "space6", "space7",
]  # fmt: skip
WANTS: tuple[str, ...] = get_args(Want)

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float32]
Counts = NDArray[np.int64]

MOST_PARAMETERS = 20_000  # a network with more has no gradients and changes on screen: a cell can read them
BINNED_SAMPLES = 2_000
BINS = 64  # even, so that each holds values of one sign
SMALLEST, LARGEST = 2.0**-20, 2.0**60  # bounds of histograms


@dataclass(frozen=True)
class Sight:
    """What is looked at.

    `shown` are how many training and how many test samples are on screen, `most` up to how many are evaluated, and
    `plane` are the axes and the ranges of what is shown of the data.
    """

    experiment: Experiment
    graph: NetworkGraph
    shown: tuple[int, int]
    most: int
    plane: Plane


def look_inside(sight: Sight, wants: frozenset[str]) -> Arrays:
    """The parts of a frame that are wanted beside the usual picture, by name.

    "errors": `confusion_train` and `confusion_test`, float32 `(classes, classes)`, rows being true classes; of values
    to predict `fitted`, float32, the predictions for the samples on screen, and `residuals`, float64 `(2, 3)`, for
    both sets the root of the mean square, the largest residual (true − predicted) and the index of its sample.
    "gradients": `gradients`, float32, of the loss over the training set with respect to each parameter, flat as the
    parameters are. "activations": `activations`, float32 `(layers, 3 + BINS)`, the bound b of the bins from −b to b,
    mean, standard deviation, and the counts. "parameters": `changes`, float32, what the last step changed. "space0" and
    so on, a `HiddenSpace` of that hidden layer: `space0_train`, `space0_test` and `space0_grid`, int16, 32767 being the
    number in `space0_scale`, and -32768 no number; `space0_planes` and `space0_shares`, float32.
    What is not known is NaN, or its part is missing.
    """
    arrays: Arrays = {}
    for want, look in _LOOKS.items():
        if want in wants:
            arrays |= look(sight)
    return arrays


# -- errors ---------------------------------------------------------------------------------------


def confusion(experiment: Experiment, x: torch.Tensor, y: torch.Tensor) -> Counts:
    """How many samples of each class (row) are taken for which (column), at the present weights.

    Returns:
        int64, `(n_classes, n_classes)`.
    """
    with torch.no_grad():
        return counted(experiment, experiment.answers(x), y)


def counted(experiment: Experiment, outputs: torch.Tensor, y: torch.Tensor) -> Counts:
    """The same of outputs that are there."""
    n_classes = experiment.settings.dataset.n_classes
    predicted = experiment.objective.predicted(outputs)
    pairs = y[:, 0].round().long() * n_classes + predicted
    counts: Counts = torch.bincount(pairs, minlength=n_classes**2).cpu().numpy().reshape(n_classes, n_classes)
    return counts


def _errors(sight: Sight) -> Arrays:
    experiment = sight.experiment
    if experiment.objective.output == "value":
        return _residuals(sight)
    sets = {"train": (experiment.x, experiment.y), "test": (experiment.x_test, experiment.y_test)}
    return {
        f"confusion_{name}": confusion(experiment, x, y).astype(np.float32)
        for name, (x, y) in sets.items()
        if 0 < len(x) <= sight.most
    }


def _residuals(sight: Sight) -> Arrays:
    experiment = sight.experiment
    fitted, summary = [], np.full((2, 3), np.nan)
    sets = ((experiment.x, experiment.y), (experiment.x_test, experiment.y_test))
    for row, ((x, y), shown) in enumerate(zip(sets, sight.shown, strict=True)):
        whole = 0 < len(x) <= sight.most
        with torch.no_grad():
            outputs = experiment.eval_model(x if whole else x[:shown])[:, 0].double().cpu().numpy()
        fitted.append(outputs[:shown])
        if whole:
            summary[row] = _summary(y[:, 0].double().cpu().numpy() - outputs)
    return {"fitted": np.concatenate(fitted).astype(np.float32), "residuals": summary}


def _summary(residuals: NDArray[np.float64]) -> tuple[float, float, float]:
    sizes = np.nan_to_num(np.abs(residuals), nan=np.inf)
    worst = int(sizes.argmax())
    with np.errstate(over="ignore", invalid="ignore"):
        return math.sqrt(np.mean(residuals**2)), residuals[worst], worst


# -- gradients and changes ------------------------------------------------------------------------


def loss_gradients(experiment: Experiment) -> list[torch.Tensor | None]:
    """The gradient of the loss over the whole training set with respect to each parameter, in the model's order.

    In evaluation mode and without penalties: what `loss_fn(model(x), y).backward()` leaves there, frozen parameters
    included. None where the loss does not depend on a parameter.

    Raises:
        RuntimeError: the model or the loss has no gradient here.
    """
    model = experiment.eval_model
    parameters = list(model.parameters())
    if model is not experiment.model:  # a replica of ours, in which nobody freezes anything
        for parameter in parameters:
            parameter.requires_grad_(parameter.is_floating_point())
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    found = _summed_gradients(experiment, trainable)
    by_id = {id(parameter): gradient for parameter, gradient in zip(trainable, found, strict=True)}
    return [by_id.get(id(parameter)) for parameter in parameters]


def _summed_gradients(experiment: Experiment, parameters: list[torch.nn.Parameter]) -> list[torch.Tensor | None]:
    """The gradients by these parameters; images go in pieces, whose means are weighed by how many they are."""
    size = len(pieces(experiment.x)[0]) if experiment.settings.sees_images else len(experiment.x)
    total: list[torch.Tensor | None] = [None] * len(parameters)
    for x, y in zip(torch.split(experiment.x, size), torch.split(experiment.y, size), strict=True):
        with torch.enable_grad():
            loss = experiment.objective.function(experiment.eval_model(experiment.feed(x)), y)
            share = loss if size >= len(experiment.x) else loss * (len(x) / len(experiment.x))
            found = torch.autograd.grad(share, parameters, allow_unused=True)
        total = [
            gradient if sum_ is None else sum_ if gradient is None else sum_ + gradient
            for sum_, gradient in zip(total, found, strict=True)
        ]
    return total


def _gradients(sight: Sight) -> Arrays:
    experiment = sight.experiment
    if sight.graph.parameter_count > MOST_PARAMETERS or len(experiment.x) > sight.most:
        return {}
    parameters = list(experiment.model.parameters())
    try:
        gradients = loss_gradients(experiment)
    except Exception:  # noqa: BLE001 - outputs that are not finite, or a module that cannot be derived so
        gradients = [None] * len(parameters)
    pieces = [
        np.full(parameter.numel(), np.nan, np.float32) if gradient is None else flat_of(gradient)
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]
    return {"gradients": np.concatenate(pieces)}


@dataclass(frozen=True)
class StepChange:
    """What a step changed in the parameters, flat, and in which state that was the last that happened to them."""

    state: tuple[int, int, int]
    values: Floats


def state_of_parameters(experiment: Experiment) -> tuple[int, int, int]:
    """Another one after each step, edit or change of the network."""
    return experiment.position.step, experiment.edit_count, experiment.network_version


def flat_parameters(experiment: Experiment) -> Floats:
    """A copy of all parameters, in the model's order; none of them where they are too many to be shown."""
    parameters = list(experiment.model.parameters())
    if sum(parameter.numel() for parameter in parameters) > MOST_PARAMETERS:
        return np.zeros(0, np.float32)
    return np.concatenate([flat_of(parameter) for parameter in parameters])


def _changes(sight: Sight) -> Arrays:
    known = sight.experiment.last_change
    if known is None or known.state != state_of_parameters(sight.experiment) or not len(known.values):
        return {}
    return {"changes": known.values}


def flat_of(tensor: torch.Tensor) -> Floats:
    """Its numbers one after the other, for NumPy."""
    array: Floats = tensor.detach().reshape(-1).float().cpu().numpy()
    return array


# -- activations ----------------------------------------------------------------------------------


def _activations(sight: Sight) -> Arrays:
    if sight.graph.kind != "dense":
        return {}
    with torch.no_grad():
        layers = dense_activations(sight.experiment.eval_model, sight.experiment.x[:BINNED_SAMPLES])
    rows = [
        binned(values.double().cpu().numpy().ravel(), max(map(abs, layer.output_range)))
        for values, layer in zip(layers, sight.graph.layers, strict=True)
    ]
    return {"activations": np.stack(rows)}


def binned(values: NDArray[np.float64], bound: float = math.inf) -> Floats:
    """A histogram of the values that are not out of all bounds: bound, mean, standard deviation, and `BINS` counts.

    The bound is a power of two that holds all of them, and `bound` where that is finite: so bins of one picture can
    be added up to those of another with a larger bound.
    """
    values = values[np.abs(values) <= LARGEST]
    largest = max(float(np.abs(values).max(initial=0.0)), bound if math.isfinite(bound) else 0.0, SMALLEST)
    largest = 2.0 ** math.ceil(math.log2(largest))
    counts, _ = np.histogram(values, BINS, (-largest, largest))
    mean, deviation = (values.mean(), values.std()) if len(values) else (math.nan, math.nan)
    return np.array([largest, mean, deviation, *counts], np.float32)


# -- hidden space ---------------------------------------------------------------------------------

FINEST = 2**15 - 1
NO_NUMBER = -(2**15)


def _space(name: str, layer: int) -> Callable[[Sight], Arrays]:
    def look(sight: Sight) -> Arrays:
        space = hidden_space(sight.experiment, sight.graph, layer, sight.plane, sight.shown)
        if space is None:
            return {}
        places = {"train": space.train, "test": space.test, "grid": space.grid}
        known = [np.abs(array[np.isfinite(array)]).max(initial=0.0) for array in places.values()]
        scale = np.float32(max(known)) or np.float32(1.0)
        arrays: Arrays = {f"{name}_{part}": _fine(array, scale) for part, array in places.items()}
        others = {"planes": space.planes, "shares": space.shares, "scale": np.array([scale])}
        return arrays | {f"{name}_{part}": array for part, array in others.items()}

    return look


def _fine(values: Floats, scale: np.float32) -> NDArray[np.int16]:
    known = np.isfinite(values)
    shares = np.divide(values, scale, where=known, out=np.zeros_like(values))
    array: NDArray[np.int16] = np.where(known, np.rint(shares * FINEST), NO_NUMBER).astype(np.int16)
    return array


_LOOKS: dict[str, Callable[[Sight], Arrays]] = {
    "errors": _errors,
    "gradients": _gradients,
    "activations": _activations,
    "parameters": _changes,
} | {name: _space(name, layer) for layer, name in enumerate(name for name in WANTS if name.startswith("space"))}
