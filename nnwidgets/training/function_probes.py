"""What a picture of a function that is fitted shows: the fit, and what each neuron adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import torch

from nnwidgets.networks import LayerNode, NetworkGraph, dense_activations
from nnwidgets.targets import places
from nnwidgets.training.batches import EVALUATED_SAMPLES
from nnwidgets.training.insight import Arrays, Sight, flat_of, look_inside
from nnwidgets.training.probes import Evaluation, judged
from nnwidgets.training.randomness import random_numbers_kept

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

FunctionWant = Literal["contributions", "residuals", "gradients", "activations", "parameters"]
FUNCTION_WANTS: tuple[str, ...] = get_args(FunctionWant)

_PLANE = ((0, 1), (0.0, 1.0), (0.0, 1.0))  # which nothing that is wanted here is about


@dataclass(frozen=True)
class FunctionPicture:
    """One picture.

    `parts` are `fit`, float32 `(GRID,)`, the output over the domain, `parameters`, flat, and what panels want:
    "contributions" the parts that `contributions` gives; "residuals" `residuals`, float32, prediction − y of the
    training samples shown; the others as `insight.look_inside` says.
    """

    parts: Arrays
    train: Evaluation
    test: None = None
    focus: None = None


def take_fit(
    experiment: Experiment, graph: NetworkGraph, domain: tuple[float, float], wants: frozenset[str], shown: int
) -> FunctionPicture:
    """Evaluate the model over the domain and on the training samples, of which `shown` are on screen.

    A run is the same whether it is looked at or not, whatever random numbers a module of the user's draws.
    """
    with random_numbers_kept(experiment), torch.no_grad():
        whole = len(experiment.x) <= EVALUATED_SAMPLES
        train = experiment.x if whole else experiment.x[:shown]
        grid = _grid(experiment, domain)
        outputs = experiment.eval_model(train)
        evaluation, _ = judged(experiment, outputs, experiment.y[: len(train)])
        parts: Arrays = {
            "parameters": np.concatenate([flat_of(parameter) for parameter in experiment.model.parameters()]),
            "fit": flat_of(experiment.eval_model(grid)),
        }
        if "contributions" in wants:
            parts |= contributions(experiment, graph, grid)
        if "residuals" in wants:
            parts["residuals"] = flat_of(outputs[:shown] - experiment.y[:shown])
    with random_numbers_kept(experiment):
        parts |= look_inside(Sight(experiment, graph, (shown, 0), EVALUATED_SAMPLES, _PLANE), wants)
    return FunctionPicture(parts, evaluation if whole else Evaluation())


def contributions(experiment: Experiment, graph: NetworkGraph, x: torch.Tensor) -> Arrays:
    """What each neuron of the last hidden layer adds to the output, of inputs `(n, 1)`.

    Returns:
        `contributions`, float32 `(units, n)`, output weight × activation; `bias`, float32 `(1,)`, which with them sums
        up to the output; `places`, float32 `(units,)`, the x, in its own unit, where the sum of a neuron of the only
        hidden layer is 0, else NaN. Nothing for a network that does not end in a linear layer after a hidden one.
    """
    if graph.kind != "dense" or len(graph.layers) < 2 or graph.layers[-1].output_module != graph.layers[-1].module:
        return {}
    parameters = dict(experiment.eval_model.named_parameters())
    output = graph.layers[-1]
    hidden = dense_activations(experiment.eval_model, x)[-2]
    bias = np.zeros(1, np.float32) if output.bias is None else flat_of(parameters[output.bias])
    added = (hidden * parameters[output.weight]).T
    return {
        "contributions": flat_of(added).reshape(tuple(added.shape)),
        "bias": bias,
        "places": _zeros(experiment, graph.layers[:-1], parameters),
    }


def _zeros(
    experiment: Experiment, layers: tuple[LayerNode, ...], parameters: dict[str, torch.nn.Parameter]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    first, units = layers[0], layers[-1].units
    if len(layers) > 1:
        return np.full(units, np.nan, np.float32)
    weights = flat_of(parameters[first.weight]).astype(np.float64)
    biases = 0.0 if first.bias is None else flat_of(parameters[first.bias])
    with np.errstate(all="ignore"):
        zeros = np.where(weights != 0, -biases / weights, np.nan)
        inputs = experiment.inputs
        if inputs.mean is not None and inputs.std is not None:
            zeros = inputs.mean + inputs.std * zeros
        return np.where(np.isfinite(zeros), zeros, np.nan).astype(np.float32)


def _grid(experiment: Experiment, domain: tuple[float, float]) -> torch.Tensor:
    """The inputs for the places that are shown; kept as long as the data."""
    if domain not in experiment.planes:
        experiment.planes[domain] = torch.tensor(experiment.inputs(places(domain)), device=experiment.device)
    return experiment.planes[domain]
