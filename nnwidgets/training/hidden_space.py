"""How a layer bends the plane: samples and a grid of lines, in the coordinates of the layer's neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.networks import NetworkGraph, dense_activations

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Floats = NDArray[np.float32]

MOST_COORDINATES = 3
MOST_TRAIN, MOST_TEST = 700, 300
Range = tuple[float, float]
Plane = tuple[tuple[int, int], Range, Range]  # two columns of the data, and the part of each that is shown
LINES, STOPS = 13, 33  # lines of the grid in each direction, and the points that each is drawn through


@dataclass(frozen=True)
class HiddenSpace:
    """A layer's activations in up to three coordinates: its neurons, or the principal components of more of them.

    Attributes:
        train, test: the first training and test samples, ``(n, coordinates)`` float32.
        grid: lines of constant x from left to right, then of constant y from top to bottom,
            ``(2 · LINES, STOPS, coordinates)`` float32.
        planes: for each neuron of the next layer the coefficients of its weighted sum, ``(units, coordinates + 1)``
            float32, the constant last: where it is 0, the neuron separates. Of an output that predicts a value it is 0
            in the middle of the data's range. In principal components this holds within the plane (or space) through
            the mean of the training samples.
        shares: the share of the variance in each coordinate, ``(coordinates,)`` float32; empty for neurons.
    """

    train: Floats
    test: Floats
    grid: Floats
    planes: Floats
    shares: Floats


def hidden_space(
    experiment: Experiment, graph: NetworkGraph, layer: int, plane: Plane, shown: tuple[int, int]
) -> HiddenSpace | None:
    """The activations of hidden layer `layer` (0 is the first), in evaluation mode; None where there is no such layer.

    Args:
        experiment: what to look at; only its evaluation replica is run.
        graph: its model as layers.
        layer: which hidden layer.
        plane: what the grid lies on.
        shown: how many training and test samples are on screen.
    """
    if graph.kind != "dense" or not 0 <= layer < len(graph.layers) - 1:
        return None
    n_train, n_test = min(MOST_TRAIN, shown[0]), min(MOST_TEST, shown[1])
    inputs = torch.cat([experiment.x[:n_train], experiment.x_test[:n_test], _grid(experiment, plane)])
    with torch.no_grad():
        values = dense_activations(experiment.eval_model, inputs)[layer].detach().cpu().double().numpy()
    origin, basis, shares = _coordinates(values[:n_train])
    with np.errstate(all="ignore"):
        places = ((values - origin) @ basis).astype(np.float32)
    train, test, grid = np.split(places, [n_train, n_train + n_test])
    return HiddenSpace(
        train=train,
        test=test,
        grid=grid.reshape(2 * LINES, STOPS, -1),
        planes=_planes(experiment, graph, layer + 1, origin, basis),
        shares=shares,
    )


def _coordinates(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], Floats]:
    """Origin ``(units,)``, basis ``(units, coordinates)`` and, of principal components, shares of the variance."""
    units = values.shape[1]
    if units <= MOST_COORDINATES:
        return np.zeros(units), np.eye(units), np.zeros(0, np.float32)
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        known = np.zeros((1, units))
    origin = known.mean(axis=0)
    centred = known - origin
    variances, vectors = np.linalg.eigh(centred.T @ centred)
    basis = vectors[:, ::-1][:, :MOST_COORDINATES]
    # An eigenvector has no sign of its own: the largest loading is taken to be positive.
    basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), range(MOST_COORDINATES)])
    total = max(variances.sum(), np.finfo(float).tiny)
    return origin, basis, (np.maximum(variances[::-1][:MOST_COORDINATES], 0) / total).astype(np.float32)


def _planes(
    experiment: Experiment, graph: NetworkGraph, layer: int, origin: NDArray[np.float64], basis: NDArray[np.float64]
) -> Floats:
    parameters = dict(experiment.eval_model.named_parameters())
    node = graph.layers[layer]
    weight = _array(parameters[node.weight])
    constant = weight @ origin
    if node.bias is not None:
        constant += _array(parameters[node.bias])
    if layer == len(graph.layers) - 1 and experiment.objective.output == "value":
        constant -= sum(experiment.settings.dataset.value_range) / 2
    return np.column_stack([weight @ basis, constant]).astype(np.float32)


def _array(parameter: torch.Tensor) -> NDArray[np.float64]:
    array: NDArray[Any] = parameter.detach().cpu().double().numpy()
    return array


def _grid(experiment: Experiment, plane: Plane) -> torch.Tensor:
    """The inputs for all points of the lines, ``(2 · LINES · STOPS, inputs)``; kept as long as the data."""
    axes, x_range, y_range = plane
    what = ("grid", *plane)
    if what not in experiment.planes:
        x, y = (np.linspace(*side, LINES) for side in (x_range, y_range[::-1]))
        along_x, along_y = (np.linspace(*side, STOPS) for side in (x_range, y_range))
        upright = np.stack([np.repeat(x, STOPS), np.tile(along_y, LINES)], axis=1)
        level = np.stack([np.tile(along_x, LINES), np.repeat(y, STOPS)], axis=1)
        points = np.concatenate([upright, level])
        experiment.planes[what] = torch.tensor(experiment.inputs.on_plane(axes, points), device=experiment.device)
    return experiment.planes[what]
