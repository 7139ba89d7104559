"""What a picture shows of an experiment, as plain arrays taken between two steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.networks import LayerNode, NetworkGraph, dense_activations
from nnwidgets.training.batches import EVALUATED_SAMPLES
from nnwidgets.training.insight import Arrays, Sight, look_inside
from nnwidgets.training.randomness import random_numbers_kept

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Range = tuple[float, float]

MOST_PLANES = 8  # a map gets coarser and finer as the link allows


@dataclass(frozen=True)
class Evaluation:
    """Loss and accuracy over a set of samples; None where there are none, or too many."""

    loss: float | None = None
    accuracy: float | None = None


class Picture(Protocol):
    """What every trainer's picture tells, whatever else is in it: the numbers of both sets, if they were taken."""

    @property
    def train(self) -> Evaluation: ...  # noqa: D102

    @property
    def test(self) -> Evaluation | None: ...  # noqa: D102

    @property
    def focus(self) -> tuple[int, int] | None: ...  # noqa: D102


@dataclass(frozen=True)
class View:
    """What somebody wants to see.

    `map_size` and `tile_size` are cells per side, `focus` is a neuron as (layer, unit), layer 0
    being the first hidden one. `x_range` and `y_range` bound the plane of all maps, on which `axes` are the columns of
    the data that vary. `wants` are what panels show beside the picture, of `insight.WANTS`.
    """

    x_range: Range
    y_range: Range
    map_size: int = 80
    tile_size: int = 24
    focus: tuple[int, int] | None = None
    axes: tuple[int, int] = (0, 1)
    wants: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Snapshot:
    """One picture.

    All maps are uint8 with row 0 at the top; a cell q means the value (q - 128) / 127 · scale. `map`
    is 2 P(class 1) - 1 with scale 1, `(map_size, map_size)`, or the predicted value, -1 and 1 being the ends of
    the data's `value_range`. Of more than two classes it is the gap between the two largest probabilities,
    (q / 255)², and `classes` says which is the largest. `tiles` are the activations of the
    hidden neurons in order, `(units, tile_size, tile_size)`, each with its own scale, and where there are several
    outputs the probability q / 255 of each class; `focus_map`
    is one of them at the size of the map. `parameters` are all parameters in the model's order,
    flat float32; `wrong` has one bit a training sample, then a test sample, least significant first. `inside` has
    what panels want, as `insight.look_inside` says.
    """

    map: Bytes
    classes: Bytes | None
    tiles: Bytes
    tile_scales: Floats
    parameters: Floats
    wrong: Bytes
    train: Evaluation
    test: None = None
    focus: tuple[int, int] | None = None
    focus_map: Bytes | None = None
    focus_scale: float = 1.0
    inside: Arrays = field(default_factory=dict)


def evaluate(experiment: Experiment, x: torch.Tensor, y: torch.Tensor) -> Evaluation:
    """Loss and accuracy at the present weights, on up to 10,000 samples in evaluation mode."""
    if not 0 < len(x) <= EVALUATED_SAMPLES:
        return Evaluation()
    with torch.no_grad():
        return judged(experiment, experiment.answers(x), y)[0]


def take_snapshot(experiment: Experiment, graph: NetworkGraph, view: View, shown: tuple[int, int]) -> Snapshot:
    """Evaluate the model over the plane and on the samples.

    A run is the same whether it is looked at or not: random numbers that a module of the user's draws here are not
    missing from the training.

    Args:
        experiment: what to look at; only its evaluation replica is run.
        graph: its model as layers.
        view: what is wanted.
        shown: how many training and how many test samples `wrong` is about.
    """
    with random_numbers_kept(experiment):
        return _snapshot(experiment, graph, view, shown)


def _snapshot(experiment: Experiment, graph: NetworkGraph, view: View, shown: tuple[int, int]) -> Snapshot:
    evaluated = len(experiment.x) <= EVALUATED_SAMPLES
    train = experiment.x if evaluated else experiment.x[: shown[0]]
    plane = _plane(experiment, view)
    inputs = torch.cat([plane, experiment.x_test[: shown[1]]])
    n_map, n_plane = view.map_size**2, len(plane)
    objective = experiment.objective
    with torch.no_grad():
        if graph.kind == "dense":
            *layers, outputs = dense_activations(experiment.eval_model, inputs)
        else:
            layers, outputs = [], experiment.eval_model(inputs)
        # By itself: the numbers are to be those of `loss_fn(model(x), y)` to the last bit.
        evaluation, right = judged(experiment, experiment.eval_model(train), experiment.y[: len(train)])
        right_test = objective.correct(outputs[n_plane:], experiment.y_test[: shown[1]])
        shares = _array(objective.probabilities(outputs[:n_plane]))
    hidden = [_array(values) for values in layers]
    tiles = [values[n_map:n_plane].T for values in hidden]
    scales = _scales(tiles, graph.layers[:-1])
    cells = quantised(_joined(tiles, (0, n_plane - n_map)), scales[:, None])
    per_class = np.zeros((0, n_map), np.uint8)
    if shares.shape[1] > 1:
        per_class = _bytes(shares.T)
        cells = np.concatenate([cells, per_class[:, n_map:]])
        scales = np.concatenate([scales, np.ones(len(per_class), np.float32)])
    focus_map, focus_scale = _focused(view.focus, hidden, per_class, scales, n_map)
    size = (view.map_size, view.map_size)
    map_, classes = _map(shares[:n_map], experiment)
    return Snapshot(
        map=map_.reshape(size),
        classes=None if classes is None else classes.reshape(size),
        tiles=cells.reshape(-1, view.tile_size, view.tile_size),
        tile_scales=scales,
        parameters=_joined([_array(parameter).reshape(-1) for parameter in experiment.model.parameters()], 0),
        wrong=np.packbits(np.concatenate([~_array(right[: shown[0]]), ~_array(right_test)]), bitorder="little"),
        train=evaluation if evaluated else Evaluation(),
        focus=None if focus_map is None else view.focus,
        focus_map=None if focus_map is None else focus_map.reshape(size),
        focus_scale=focus_scale,
        inside=look_inside(
            Sight(experiment, graph, shown, EVALUATED_SAMPLES, (view.axes, view.x_range, view.y_range)), view.wants
        ),
    )


def _map(shares: NDArray[Any], experiment: Experiment) -> tuple[Bytes, Bytes | None]:
    """What the large map shows, `(n,)`, for probabilities or values, `(n, outputs)`; and whose class's, of several."""
    if shares.shape[1] > 2:
        two = np.partition(shares, -2, axis=1)[:, -2:]
        return _bytes(np.sqrt(two[:, 1] - two[:, 0])), shares.argmax(axis=1).astype(np.uint8)
    ranges = {"value": experiment.settings.dataset.value_range, "score": (-1.0, 1.0)}
    low, high = ranges.get(experiment.objective.output, (0.0, 1.0))
    return quantised(shares[:, -1] - (low + high) / 2, (high - low) / 2), None


def _focused(
    focus: tuple[int, int] | None, hidden: list[NDArray[Any]], per_class: Bytes, scales: Floats, n_map: int
) -> tuple[Bytes | None, float]:
    """The large map of one neuron, if there is such a one, and its scale."""
    if focus is None:
        return None, 1.0
    layer, unit = focus
    if layer < len(hidden) and unit < hidden[layer].shape[1]:
        scale = float(scales[sum(values.shape[1] for values in hidden[:layer]) + unit])
        return quantised(hidden[layer][:n_map, unit], scale), scale
    if layer == len(hidden) and unit < len(per_class):
        return per_class[unit, :n_map], 1.0
    return None, 1.0


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    """The same numbers where NumPy takes them: for small arrays it is several times as quick as PyTorch."""
    tensor = tensor.detach().cpu()
    is_half = tensor.is_floating_point() and tensor.element_size() < 4
    array: NDArray[Any] = (tensor.float() if is_half else tensor).numpy()
    return array


def _joined(arrays: list[NDArray[Any]], empty: tuple[int, int] | int) -> Floats:
    """Arrays one after the other as float32, of the shape `empty` where there are none."""
    return np.concatenate([np.zeros(empty, np.float32), *arrays], dtype=np.float32, casting="same_kind")


def quantised(values: NDArray[Any], scale: NDArray[Any] | float) -> Bytes:
    """Values in [-scale, scale] as bytes 1 to 255, zero as 128; NaN as zero."""
    with np.errstate(over="ignore"):
        cells = values / np.asarray(scale, values.dtype)
        cells *= 127.0
    cells += 128.5
    np.clip(cells, 1.0, 255.0, out=cells)
    np.copyto(cells, 128.5, where=np.isnan(cells))
    array: Bytes = cells.astype(np.uint8)
    return array


def _bytes(values: NDArray[Any]) -> Bytes:
    """Values in [0, 1] as bytes; NaN as zero."""
    array: Bytes = (np.nan_to_num(values, nan=0.0) * 255.0 + 0.5).astype(np.uint8)
    return array


def judged(experiment: Experiment, outputs: torch.Tensor, targets: torch.Tensor) -> tuple[Evaluation, torch.Tensor]:
    """Loss and accuracy of outputs, and which of them are right."""
    right = experiment.objective.correct(outputs, targets)
    hits = experiment.objective.hits(outputs, targets).mean().item()
    accuracy = None if math.isnan(hits) else hits
    if not bool(outputs.isfinite().all()):  # PyTorch's binary cross-entropy would refuse them
        return Evaluation(None, accuracy), right
    loss = experiment.objective.function(outputs, targets).item()
    return Evaluation(loss if math.isfinite(loss) else None, accuracy), right


def _scales(tiles: list[NDArray[Any]], layers: tuple[LayerNode, ...]) -> Floats:
    """The value of each neuron that gets the fullest colour: the bound of its activation, else its largest."""
    scales = [np.zeros(0)]
    for values, layer in zip(tiles, layers, strict=False):
        if layer.scale_fixed:
            scales.append(np.full(len(values), max(map(abs, layer.output_range))))
        else:
            largest = np.nan_to_num(np.abs(values), nan=0.0, posinf=1e30).max(axis=1)
            scales.append(np.where(largest > 0, largest, 1.0))
    return np.concatenate(scales).astype(np.float32)


def _plane(experiment: Experiment, view: View) -> torch.Tensor:
    """The inputs for the cells of the map, then of the tiles, `(n, inputs)` float32; kept as long as the data."""
    what = (view.axes, view.x_range, view.y_range, view.map_size, view.tile_size)
    if what not in experiment.planes:
        if len(experiment.planes) >= MOST_PLANES:
            experiment.planes.clear()
        points = plane_points(*what[1:])
        experiment.planes[what] = torch.tensor(experiment.inputs.on_plane(view.axes, points), device=experiment.device)
    return experiment.planes[what]


def plane_points(x_range: Range, y_range: Range, *sizes: int) -> NDArray[np.float64]:
    """The centres of `size` × `size` cells from the top left, for one size after the other, `(n, 2)`."""
    grids = []
    for size in sizes:
        step = (np.arange(size) + 0.5) / size
        x = x_range[0] + step * (x_range[1] - x_range[0])
        y = y_range[1] - step * (y_range[1] - y_range[0])
        grids.append(np.stack([np.tile(x, size), np.repeat(y, size)], axis=1))
    return np.concatenate(grids)
