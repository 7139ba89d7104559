"""What a picture shows of an experiment, as plain arrays taken between two steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.networks import LayerNode, NetworkGraph, dense_activations

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Range = tuple[float, float]

EVALUATED_SAMPLES = 10_000


@dataclass(frozen=True)
class Evaluation:
    """Loss and accuracy over a set of samples; None where there are none, or too many."""

    loss: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class View:
    """What somebody wants to see.

    `map_size` and `tile_size` are cells per side, `focus` is a neuron as (layer, unit), layer 0
    being the first hidden one. `x_range` and `y_range` bound the plane of all maps.
    """

    x_range: Range
    y_range: Range
    map_size: int = 80
    tile_size: int = 24
    focus: tuple[int, int] | None = None


@dataclass(frozen=True)
class Snapshot:
    """One picture.

    All maps are uint8 with row 0 at the top; a cell q means the value (q - 128) / 127 · scale. `map`
    is 2 P(class 1) - 1 with scale 1, `(map_size, map_size)`; `tiles` are the activations of the
    hidden neurons in order, `(units, tile_size, tile_size)`, each with its own scale; `focus_map`
    is one of them at the size of the map. `parameters` are all parameters in the model's order,
    flat float32; `wrong` has one bit a training sample, then a test sample, least significant first.
    """

    map: Bytes
    tiles: Bytes
    tile_scales: Floats
    parameters: Floats
    wrong: Bytes
    train: Evaluation
    focus: tuple[int, int] | None = None
    focus_map: Bytes | None = None
    focus_scale: float = 1.0


def evaluate(experiment: Experiment, x: torch.Tensor, y: torch.Tensor) -> Evaluation:
    """Loss and accuracy at the present weights, on up to 10,000 samples in evaluation mode."""
    if not 0 < len(x) <= EVALUATED_SAMPLES:
        return Evaluation()
    with torch.no_grad():
        return _judged(experiment, experiment.eval_model(x), y)[0]


def take_snapshot(experiment: Experiment, graph: NetworkGraph, view: View, shown: tuple[int, int]) -> Snapshot:
    """Evaluate the model over the plane and on the samples.

    Args:
        experiment: what to look at; only its evaluation replica is run.
        graph: its model as layers.
        view: what is wanted.
        shown: how many training and how many test samples `wrong` is about.
    """
    device = experiment.device
    whole = _plane(view.x_range, view.y_range, view.map_size).to(device)
    small = _plane(view.x_range, view.y_range, view.tile_size).to(device)
    evaluated = len(experiment.x) <= EVALUATED_SAMPLES
    train = experiment.x if evaluated else experiment.x[: shown[0]]
    inputs = torch.cat([whole, small, experiment.x_test[: shown[1]]])
    n_map, n_tile = len(whole), len(small)
    with torch.no_grad():
        if graph.kind == "dense":
            *layers, outputs = dense_activations(experiment.eval_model, inputs)
        else:
            layers, outputs = [], experiment.eval_model(inputs)
        test_outputs = outputs[n_map + n_tile :]
        # By itself: the numbers are to be those of `loss_fn(model(x), y)` to the last bit.
        judged, right = _judged(experiment, experiment.eval_model(train), experiment.y[: len(train)])
        right_test = experiment.objective.correct(test_outputs, experiment.y_test[: shown[1]])
        output_map = 2.0 * experiment.objective.probabilities(outputs[:n_map]) - 1.0
        parameters = torch.cat(
            [torch.zeros(0, device=device)]
            + [parameter.detach().reshape(-1).float() for parameter in experiment.model.parameters()]
        )
        nothing = torch.zeros((n_tile, 0), device=device)
        tiles = torch.cat([nothing] + [values[n_map : n_map + n_tile] for values in layers], dim=1).T
        tile_scales = _scales(tiles, graph.layers[:-1])
        focused = _focused(view.focus, layers, n_map)
        wrong = torch.cat([~right[: shown[0]], ~right_test]).flatten()
    size = (view.map_size, view.map_size)
    focus_scale = 1.0
    if focused is not None and view.focus is not None:
        first = sum(layer.units for layer in graph.layers[: view.focus[0]])
        focus_scale = tile_scales[first + view.focus[1]].item()
    return Snapshot(
        map=quantised(output_map, 1.0).reshape(size),
        tiles=quantised(tiles, tile_scales[:, None]).reshape(-1, view.tile_size, view.tile_size),
        tile_scales=tile_scales.cpu().numpy(),
        parameters=parameters.cpu().numpy(),
        wrong=np.packbits(wrong.cpu().numpy(), bitorder="little"),
        train=judged if evaluated else Evaluation(),
        focus=None if focused is None else view.focus,
        focus_map=None if focused is None else quantised(focused, focus_scale).reshape(size),
        focus_scale=focus_scale,
    )


def _focused(focus: tuple[int, int] | None, layers: list[torch.Tensor], n_map: int) -> torch.Tensor | None:
    if focus is None or focus[0] >= len(layers) or focus[1] >= layers[focus[0]].shape[1]:
        return None
    return layers[focus[0]][:n_map, focus[1]]


def quantised(values: torch.Tensor, scale: torch.Tensor | float) -> Bytes:
    """Values in [-scale, scale] as bytes 1 to 255, zero as 128; NaN as zero."""
    cells = torch.nan_to_num(values / scale, nan=0.0).mul_(127.0).add_(128.5).clamp_(1.0, 255.0)
    array: Bytes = cells.to(torch.uint8).cpu().numpy()
    return array


def _judged(experiment: Experiment, outputs: torch.Tensor, targets: torch.Tensor) -> tuple[Evaluation, torch.Tensor]:
    right = experiment.objective.correct(outputs, targets)
    accuracy = right.float().mean().item()
    if not bool(outputs.isfinite().all()):  # PyTorch's binary cross-entropy would refuse them
        return Evaluation(None, accuracy), right
    loss = experiment.objective.function(outputs, targets).item()
    return Evaluation(loss if math.isfinite(loss) else None, accuracy), right


def _scales(tiles: torch.Tensor, layers: tuple[LayerNode, ...]) -> torch.Tensor:
    """The value that gets the fullest colour: the bound of the activation, else the largest value."""
    largest = torch.nan_to_num(tiles.abs(), nan=0.0, posinf=1e30).amax(dim=1) if len(tiles) else tiles.flatten()
    bounds = [
        max(map(abs, layer.output_range)) if layer.scale_fixed else 0.0 for layer in layers for _ in range(layer.units)
    ]
    fixed = torch.tensor(bounds, device=tiles.device)
    return torch.where(fixed > 0, fixed, torch.where(largest > 0, largest, 1.0))


@lru_cache(maxsize=16)
def _plane(x_range: Range, y_range: Range, size: int) -> torch.Tensor:
    """The centres of `size` × `size` cells from the top left, `(size², 2)` float32."""
    step = (np.arange(size) + 0.5) / size
    x = x_range[0] + step * (x_range[1] - x_range[0])
    y = y_range[1] - step * (y_range[1] - y_range[0])
    cells = np.stack([np.tile(x, size), np.repeat(y, size)], axis=1)
    return torch.tensor(cells, dtype=torch.float32)
