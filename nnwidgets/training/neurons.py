"""What can be seen of a run's health in its neurons: in their outputs, their weights, and their gradients."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from nnwidgets._percent import percent
from nnwidgets.networks import Dropout, LayerNode, NetworkGraph, dense_activations
from nnwidgets.training.batches import pieces
from nnwidgets.training.findings import Finding, amount, plural
from nnwidgets.training.reference import constant_loss

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

SAMPLES = 2_000
"""Points looked at, spread evenly over larger training sets: shares are then right to about 1 %."""

STEEPNESS = 0.05
"""A tanh or sigmoid is at its bound where its slope is below this part of the steepest."""

SATURATED_SHARE = 0.9
"""Of the points for which a saturated neuron is at its bound. Neurons that separate classes well are there for 60 to
75 % of them: where the slope is needed, at the boundary, they have it."""

FITTED = 0.5
"""With this part of the loss of the best constant answer a network has learned: whatever its neurons do, works."""

DEAD_SHARE = 1 / 8
"""Of a layer; one dead neuron in 16 is usual from the beginning, with all points on its other side, and harmless."""

VANISHED = 3e-3
"""The gradient at the first hidden layer by that at the last one. Networks that learn have 0.08 and more."""

MOST_COMPARED = 64  # neurons of a layer: each is compared with each
ALIKE = 1e-5
"""Relative difference up to which weights are the same: rounding, after some thousand steps."""


def neuron_findings(experiment: Experiment, graph: NetworkGraph) -> list[Finding]:
    """What is wrong with the hidden neurons of a network of layers at its present weights."""
    n = len(experiment.x)
    chosen = slice(None) if n <= SAMPLES else torch.linspace(0, n - 1, SAMPLES).long()
    x, y = experiment.x[chosen], experiment.y[chosen]
    layers = graph.layers[:-1]
    with torch.enable_grad():
        inputs = experiment.feed(x).detach().requires_grad_()
        *hidden, outputs = dense_activations(experiment.eval_model, inputs)
        if not layers or not bool(outputs.isfinite().all()):
            return []
        loss = experiment.objective.function(outputs, y)
    values = [tensor.detach() for tensor in hidden]
    found = [finding for finding in (symmetric(experiment, graph), dead(experiment, layers, values)) if finding]
    if not is_far(experiment, loss.item()):
        return found
    found += filter(None, [saturated(layers, values)])
    if not found and len(layers) > 1 and hidden[0].requires_grad:
        first, last = torch.autograd.grad(loss, [hidden[0], hidden[-1]])
        found += filter(None, [vanishing(layers, first, last)])
    return found


def is_far(experiment: Experiment, loss: float) -> bool:
    """Whether a training loss is still nearer to that of a constant answer than to nothing."""
    constant = constant_loss(experiment)
    return constant is None or loss > FITTED * constant


# -- neurons that are all the same -----------------------------------------------------------------


def symmetric(experiment: Experiment, graph: NetworkGraph) -> Finding | None:
    """Neurons of one layer with the same weights, in and out: they get the same gradient, and stay alike."""
    model = experiment.eval_model
    if any(isinstance(module, Dropout | torch.nn.Dropout) and module.p > 0 for module in model.modules()):
        return None  # it treats them differently from the first step on
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
    groups: dict[int, list[int]] = {}
    for index, (layer, following) in enumerate(pairwise(graph.layers)):
        if layer.units > MOST_COMPARED:
            continue
        columns = [parameters[layer.weight], parameters[following.weight].T]
        if layer.bias is not None:
            columns.append(parameters[layer.bias][:, None])
        group = largest_group(torch.cat(columns, dim=1))
        if len(group) > 1:
            groups[index] = group
    if not groups:
        return None
    index = min(groups)
    layer, group = graph.layers[index], groups[index]
    which = "All" if len(group) == layer.units else f"{len(group)} of"
    return Finding(
        "symmetric",
        f"{which} {plural(layer.units, 'neuron')} of {place(layer)} are alike:",
        "their weights are the same, so they get the same gradient and act as one.",
        "Random initial weights make them different.",
        tuple((index, unit) for index, group in groups.items() for unit in group),
    )


def largest_group(rows: torch.Tensor) -> list[int]:
    """The most rows that are the same up to rounding."""
    sizes = rows.abs()
    # One by one: all pairs at once would take as much memory as many networks.
    same = torch.stack(
        [((rows - row).abs() <= ALIKE * torch.maximum(sizes, row.abs())).all(dim=1) for row in rows.unbind()]
    )
    row = int(same.sum(dim=1).argmax())
    return [int(unit) for unit in same[row].nonzero()[:, 0]]


# -- neurons that put out one value ------------------------------------------------------------------


def dead(experiment: Experiment, layers: tuple[LayerNode, ...], values: list[torch.Tensor]) -> Finding | None:
    """ReLU neurons that are 0 for every training point."""
    rectified = [index for index, layer in enumerate(layers) if layer.activation == "relu"]
    silent = {index: (values[index] == 0).all(dim=0) for index in rectified}
    n = len(experiment.x)
    if not _are_many(silent):  # of all samples they are no more than of some
        return None
    if n > SAMPLES:  # "every" is to be true
        silent = _always_zero(experiment, rectified)
        if not _are_many(silent):
            return None
    units = [(index, int(unit)) for index in rectified for unit in silent[index].nonzero()[:, 0]]
    one, points = len(units) == 1, plural(n, "training point")
    said = "it outputs 0 for all {}, so it gets" if one else "they output 0 for all {}, so they get"
    return Finding(
        "dead",
        f"{neuron(layers, *units[0])} is dead:"
        if one
        else f"{len(units)} dead ReLU neurons in {places(layers, units)}:",
        f"{said.format(points)} no gradient.",
        "A smaller learning rate, He initial weights or leaky ReLU may help.",
        tuple(units),
    )


def _are_many(silent: dict[int, torch.Tensor]) -> bool:
    """Whether neurons that are always 0 are so many of a layer that it is worth a word."""
    return any(float(units.float().mean()) >= DEAD_SHARE for units in silent.values())


def _always_zero(experiment: Experiment, layers: list[int]) -> dict[int, torch.Tensor]:
    """Of some layers the neurons, `(units,)` bool, that are 0 for every training sample."""
    silent: dict[int, torch.Tensor] = {}
    with torch.no_grad():
        for piece in pieces(experiment.x):
            values = dense_activations(experiment.eval_model, experiment.feed(piece))
            for layer in layers:
                quiet = (values[layer] == 0).all(dim=0)
                silent[layer] = silent[layer] & quiet if layer in silent else quiet
            if not any(bool(units.any()) for units in silent.values()):
                break
    return silent


def saturated(layers: tuple[LayerNode, ...], values: list[torch.Tensor]) -> Finding | None:
    """Tanh and sigmoid neurons at their bounds for nearly all points."""
    shares: list[tuple[float, int, int]] = []
    for index, (layer, outputs) in enumerate(zip(layers, values, strict=True)):
        if layer.activation in ("tanh", "sigmoid"):
            found = flat_shares(layer.activation, outputs)
            shares += [(share, index, unit) for unit, share in enumerate(found.tolist()) if share >= SATURATED_SHARE]
    if not shares:
        return None
    units = [(index, unit) for _, index, unit in shares]
    one, near = len(units) == 1, math.sqrt(1 - STEEPNESS)
    kinds = {layers[index].activation for index, _ in units}
    if kinds == {"tanh"}:
        measured = f"|tanh| is above {near:.3f}"
    elif kinds == {"sigmoid"}:
        measured = f"the sigmoid is within {(1 - near) / 2:.3f} of 0 or 1"
    else:
        measured = f"the slope is below {percent(STEEPNESS)} of the steepest"
    least = percent(min(share for share, *_ in shares))
    return Finding(
        "saturated",
        f"{neuron(layers, *units[0])} is saturated:"
        if one
        else f"{len(units)} saturated neurons in {places(layers, units)}:",
        f"{measured} for {'' if one else 'at least '}{least} of the training points, "
        f"so {'it hardly learns' if one else 'they hardly learn'}.",
        "Smaller initial weights, standardised inputs or a smaller learning rate may help.",
        tuple(units),
    )


def flat_shares(activation: str, outputs: torch.Tensor) -> torch.Tensor:
    """Of each neuron, `(units,)`, the share of points for which its activation hardly has a slope."""
    slopes = 1 - outputs**2 if activation == "tanh" else 4 * outputs * (1 - outputs)
    return (slopes < STEEPNESS).float().mean(dim=0)


# -- gradients ------------------------------------------------------------------------------------------


def vanishing(layers: tuple[LayerNode, ...], first: torch.Tensor, last: torch.Tensor) -> Finding | None:
    """Gradients of the loss by the outputs of the first and of the last hidden layer, `(n, units)`."""
    near, far = float(last.square().mean().sqrt()), float(first.square().mean().sqrt())
    if not near or not math.isfinite(near) or far >= VANISHED * near:
        return None
    return Finding(
        "vanishing",
        f"Vanishing gradient in {place(layers[0])}:",
        f"it is {amount(far / near)} times that in {place(layers[-1])}, so the first layers hardly learn.",
        "Fewer layers, tanh or ReLU, or Xavier initial weights may help.",
    )


# -- words ----------------------------------------------------------------------------------------------


def place(layer: LayerNode) -> str:
    """A layer in the middle of a sentence."""
    return layer.name.replace("Hidden", "hidden layer")


def places(layers: tuple[LayerNode, ...], units: list[tuple[int, int]]) -> str:
    """The layer of some neurons, or how many they are."""
    where = {layer for layer, _ in units}
    return place(layers[where.pop()]) if len(where) == 1 else f"{len(where)} layers"


def neuron(layers: tuple[LayerNode, ...], layer: int, unit: int) -> str:
    """A neuron at the beginning of a sentence."""
    return f"Neuron {unit + 1} of {place(layers[layer])}"
