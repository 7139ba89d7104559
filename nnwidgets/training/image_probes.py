"""What a picture shows of an experiment with images, as plain arrays taken between two steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nnwidgets.training.insight import BINS, Arrays, binned, counted
from nnwidgets.training.probes import Evaluation, judged, quantised
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.tested import LookAtTest, evaluate_training, look_at_test
from nnwidgets.training.way import Listener, Stage, Way, listening

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

IMAGE_WANTS = ("grid", "matrix", "way", "saliency", "weights", "change", "histograms")
"""What views may have on screen or open."""

STRONGEST = 60  # connections between two hidden stages that are drawn
LIKELY, PER_ANSWER, PER_OTHER = 0.01, 6, 2  # connections to an answer above 1 %, and to one below
MOST_CONNECTIONS = 1_000_000  # of two stages, among which the strongest are looked for
MOST_MAPS = 64  # feature maps of a stage
MOST_UNITS = 512  # of the first layer
WITHIN_SCALE = 0.995  # of their weights; beyond the scale there are no deeper colours
BINNED = 1_000  # test images whose activations are counted
MOST_ACTIVATIONS = 2**25  # of all stages, that are held for that: of large maps, those of fewer images


@dataclass(frozen=True)
class ImageView:
    """What somebody wants to see.

    Attributes:
        gallery: numbers of test images, `(m,)` int64.
        chosen: the image whose way is shown, `(1, channels, height, width)` as samples lie.
        wants: of `IMAGE_WANTS`.
        start: parameters at the beginning of the run, by name, that change is measured from.
    """

    gallery: NDArray[np.int64]
    chosen: torch.Tensor
    wants: frozenset[str]
    start: Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class ImagePicture:
    """One picture: parts of a frame, as `ImageFrameHeader` has them, and the test set's numbers if they were taken."""

    parts: Arrays
    train: Evaluation
    test: Evaluation | None = None
    focus: None = None


def take_images(experiment: Experiment, way: Way, view: ImageView) -> ImagePicture:
    """Run the test set and the chosen image through the network at its present weights.

    A run is the same whether it is looked at or not: random numbers that a module of the user's draws here are not
    missing from the training.

    Args:
        experiment: what to look at; only its evaluation replica is run.
        way: its model as stages.
        view: what is wanted.
    """
    with random_numbers_kept(experiment):
        look = look_at_test(experiment, way)
        parts = _test_parts(experiment, look, view)
        if view.wants & {"way", "saliency"}:
            parts |= _way_parts(experiment, way, view)
        if way.first and view.wants & {"weights", "change"}:
            parts |= _first_parts(experiment, way, view) | {"first_on": look.on, "first_class": look.largest}
        if "histograms" in view.wants:
            parts |= {"histograms": _histograms(experiment, way)}
        test, _ = judged(experiment, look.outputs, experiment.y_test)
        train = evaluate_training(experiment)
    return ImagePicture(parts, train, test)


def predictions(experiment: Experiment) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The class that each test image is taken for, `(n,)`, and its probability, `(n,)`."""
    with random_numbers_kept(experiment), torch.no_grad():
        shares = experiment.objective.probabilities(experiment.answers(experiment.x_test))
    confidence, answers = shares.max(dim=1)
    return answers.cpu().numpy(), confidence.float().cpu().numpy()


# -- the test set -----------------------------------------------------------------------------------


def _test_parts(experiment: Experiment, look: LookAtTest, view: ImageView) -> Arrays:
    shares = experiment.objective.probabilities(look.outputs[view.gallery])
    confidence, answers = shares.max(dim=1)
    return {
        "confusion": counted(experiment, look.outputs, experiment.y_test).astype(np.float32),
        "answers": answers.to(torch.uint8).cpu().numpy(),
        "confidence": confidence.float().cpu().numpy(),
    }


# -- one image's way ----------------------------------------------------------------------------------


def _way_parts(experiment: Experiment, way: Way, view: ImageView) -> Arrays:
    model, parts = experiment.eval_model, Arrays()
    wants_saliency = "saliency" in view.wants
    names = frozenset(name for stage in way.stages for name in (stage.module, stage.layer))
    pixels = experiment.feed(view.chosen.to(experiment.device)).detach()
    with listening(model, names) as listener, torch.set_grad_enabled(wants_saliency):
        pixels.requires_grad_(wants_saliency)
        outputs = model(pixels.clone())  # a module may write into its input
        logits, shares = outputs.detach(), experiment.objective.probabilities(outputs.detach())
        if wants_saliency:
            parts["saliency"] = _saliency(outputs, pixels)
    parts |= {"logits": _array(logits[0]), "probabilities": _array(shares[0])}
    for index, stage in enumerate(way.stages[:-1]):
        values = listener.outputs.get((stage.module, stage.call))
        if values is not None:
            parts |= _stage_parts(f"stage{index}", stage, values[0].detach())
    for index in range(1, len(way.stages)):
        found = _contributions(model, way.stages[index - 1], way.stages[index], listener)
        if found is not None:
            likely = _array(shares[0]) > LIKELY if index == len(way.stages) - 1 else None
            parts[f"edges{index}"] = _strongest(found, likely)
    return parts


def _saliency(outputs: torch.Tensor, pixels: torch.Tensor) -> NDArray[np.float32]:
    """What each pixel, `(height, width)`, gives to the largest output: its gradient times the pixel."""
    largest = outputs[0].max()
    if not largest.requires_grad:
        return np.zeros(pixels.shape[2:], np.float32)
    (gradient,) = torch.autograd.grad(largest, pixels, allow_unused=True)
    given = torch.zeros_like(pixels) if gradient is None else gradient * pixels.detach()
    return _array(given[0].sum(dim=0))


def _stage_parts(name: str, stage: Stage, values: torch.Tensor) -> Arrays:
    if values.ndim == 1:
        return {name: _array(values)}
    values = values[:MOST_MAPS].float()
    if tuple(values.shape[1:]) != stage.shown:
        values = nn.functional.adaptive_avg_pool2d(values, stage.shown)
    maps = _array(values)
    known = np.nan_to_num(maps, nan=0.0, posinf=1e30, neginf=-1e30)
    low, high = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    shares = (known - low) / max(high - low, 1e-30)
    return {name: (shares * 255 + 0.5).astype(np.uint8), f"{name}_range": np.array([low, high], np.float32)}


def _contributions(model: nn.Module, before: Stage, after: Stage, listener: Listener) -> NDArray[np.float32] | None:
    """Weight × activation of each connection of two stages, `(after, before)`, where a layer joins them."""
    layer = dict(model.named_modules()).get(after.layer)
    values = listener.outputs.get((before.module, before.call))
    if type(layer) is not nn.Linear or before.kind != "units" or values is None:
        return None
    given = listener.inputs.get((after.layer, after.layer_call))
    if given is None or layer.weight.numel() > MOST_CONNECTIONS or not torch.equal(given, values):
        return None
    return _array(layer.weight.detach() * given.detach()[0])


def _strongest(contributions: NDArray[np.float32], likely: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Rows of from, to, contribution, the strongest last; those of each answer where it is said which are likely."""
    sizes = np.nan_to_num(np.abs(contributions), nan=0.0)
    units, inputs = sizes.shape
    if likely is None:
        places = np.argsort(sizes, axis=None)[-STRONGEST:]
    else:
        order = np.argsort(sizes, axis=1)
        rows = [order[unit, -(PER_ANSWER if likely[unit] else PER_OTHER) :] + unit * inputs for unit in range(units)]
        places = np.concatenate(rows)
        places = places[np.argsort(sizes.ravel()[places])]
    places = places[sizes.ravel()[places] > 0]
    return np.stack([places % inputs, places // inputs, contributions.ravel()[places]], axis=1).astype(np.float32)


# -- the first layer ------------------------------------------------------------------------------------


def _first_parts(experiment: Experiment, way: Way, view: ImageView) -> Arrays:
    layer = dict(experiment.eval_model.named_modules())[str(way.first)]
    if "weight" not in layer._parameters:  # pruned or normalised: made of others each time that the layer is called
        with torch.no_grad():
            experiment.eval_model(experiment.feed(view.chosen.to(experiment.device)))
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, torch.Tensor)
    values, kind = weight.detach().float(), 0
    start = view.start.get(f"{way.first}.weight")
    if "change" in view.wants and start is not None and start.shape == weight.shape:
        values, kind = values - start.to(values.device), 1
    images = values[:MOST_UNITS].reshape(-1, way.channels, way.rows, way.columns).mean(dim=1)
    cells = _array(images)
    scale = _scale_of(cells)
    return {
        "first": quantised(cells, scale),
        "first_scale": np.array([scale], np.float32),
        "first_kind": np.array([kind], np.uint8),
        "first_bias": _array(bias) if isinstance(bias, torch.Tensor) else np.zeros(0, np.float32),
    }


def _scale_of(cells: NDArray[np.float32]) -> float:
    """What all but the largest few weights are within; by the largest one of thousands the others would be pale."""
    sizes = np.nan_to_num(np.abs(cells).ravel(), nan=0.0, posinf=1e30)
    rank = int(WITHIN_SCALE * (sizes.size - 1))
    return float(np.partition(sizes, rank)[rank]) or float(sizes.max()) or 1.0


# -- distributions ----------------------------------------------------------------------------------------


def _histograms(experiment: Experiment, way: Way) -> NDArray[np.float32]:
    """Of each stage's layer its weights, the last step's gradients of them, and what the stage put out."""
    weights = dict(experiment.train_model.named_parameters())
    names = frozenset(stage.module for stage in way.stages)
    count = min(BINNED, max(1, MOST_ACTIVATIONS // max(1, sum(math.prod(stage.shape) for stage in way.stages))))
    with torch.no_grad(), listening(experiment.eval_model, names) as listener:
        experiment.eval_model(experiment.feed(experiment.x_test[:count]))
    rows: list[list[NDArray[np.float32]]] = [[], [], []]
    for stage in way.stages:
        weight = weights.get(f"{stage.layer}.weight")
        gradient = None if weight is None else weight.grad
        heard = listener.outputs.get((stage.module, stage.call))
        for row, values in zip(rows, (weight, gradient, heard), strict=True):
            row.append(_binned(values))
    return np.stack([np.stack(row) for row in rows])


def _binned(values: torch.Tensor | None) -> NDArray[np.float32]:
    if values is None:
        return np.full(3 + BINS, np.nan, np.float32)
    return binned(values.detach().double().flatten().cpu().numpy())


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array
