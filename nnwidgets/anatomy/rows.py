"""What the rows of a drawn model show of its parameters as they are now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from nnwidgets.anatomy.graph import Graph
from nnwidgets.anatomy.spreads import known, readable, root_mean_square, spread_of
from nnwidgets.anatomy.trace import live_module

BINS = 24
SAMPLED = 2**14  # numbers of one tensor that a coarse spread is made of


@dataclass(frozen=True)
class Row:
    """What a `RowTrait` has, under the same names."""

    node: int
    weights: float | None
    gradients: float | None
    update: float | None
    low: float | None
    high: float | None
    counts: tuple[int, ...]


def rows_of(
    model: torch.nn.Module,
    graph: Graph,
    nodes: Iterable[int],
    *,
    before: Mapping[str, float] | None = None,
    gradients: Mapping[str, torch.Tensor] | None = None,
) -> tuple[Row, ...]:
    """Root mean squares and a coarse spread of the weights of some leaves; those without parameters are left out.

    The weights of a leaf are its parameters with two axes or more; all of them where there are none. Root mean squares,
    `low` and `high` are of all entries; of a tensor with more than 16,384 so many go into `counts`, evenly apart.

    Args:
        model: the one that the graph is of.
        graph: its structure.
        nodes: numbers of leaves.
        before: by names of parameters the root mean square of what the last step changed; None where that is not known.
        gradients: by names of parameters; None for those that the parameters have.

    Example:
        >>> from nnwidgets.anatomy.arguments import Arguments
        >>> from nnwidgets.anatomy.trace import trace
        >>> model = torch.nn.Sequential(torch.nn.Linear(2, 3))
        >>> _ = torch.nn.init.constant_(model[0].weight, -0.5)
        >>> row, = rows_of(model, trace(model, Arguments.of(torch.zeros(1, 2))), [1, 2])
        >>> round(row.weights, 6), row.gradients, row.low, sum(row.counts)
        (0.5, None, -0.5, 6)
    """
    named = dict(live_module(model).named_parameters(remove_duplicate=False))
    rows = []
    with torch.no_grad():
        for node in nodes:
            names = [graph.parameters[number].names for number in graph.nodes[node].parameters]
            found = {each[0]: named[each[0]] for each in names if each[0] in named and _has_numbers(named[each[0]])}
            weights = {name: tensor for name, tensor in found.items() if tensor.ndim > 1} or found
            if weights:
                given = [_gradient(name, tensor, names, gradients) for name, tensor in weights.items()]
                rows.append(_row(node, weights, [each for each in given if each is not None], before))
    return tuple(rows)


def _has_numbers(tensor: torch.Tensor) -> bool:
    return not torch.nn.parameter.is_lazy(tensor) and not tensor.is_meta and tensor.numel() > 0


def _gradient(
    name: str,
    tensor: torch.Tensor,
    names: list[tuple[str, ...]],
    gradients: Mapping[str, torch.Tensor] | None,
) -> torch.Tensor | None:
    if gradients is None:
        return tensor.grad
    shared = next(each for each in names if each[0] == name)
    return next((gradients[each] for each in shared if each in gradients), None)


def _row(
    node: int, weights: Mapping[str, torch.Tensor], gradients: list[torch.Tensor], before: Mapping[str, float] | None
) -> Row:
    tensors = [readable(tensor) for tensor in weights.values()]
    size = root_mean_square(tensors)
    ends = [end for tensor in tensors for end in map(float, torch.aminmax(tensor))]
    is_finite = all(map(math.isfinite, ends))
    sample = torch.cat([_sampled(tensor) for tensor in tensors])
    spread = spread_of(sample, "weight", "", BINS, ends=(min(ends), max(ends)) if is_finite else None)
    low, high = spread.low, spread.high
    return Row(node, size, root_mean_square(gradients), _update(weights, size, before), low, high, spread.counts)


def _update(
    weights: Mapping[str, torch.Tensor], size: float | None, before: Mapping[str, float] | None
) -> float | None:
    known_changes = {name: before[name] for name in weights if before and name in before}
    count = sum(weights[name].numel() for name in known_changes)
    if not count or not size:
        return None
    squares = sum(weights[name].numel() * change**2 for name, change in known_changes.items())
    return known(math.sqrt(squares / count) / size)


def _sampled(tensor: torch.Tensor) -> torch.Tensor:
    """At most so many of its numbers, evenly apart, by steps that fall into no step with its axes."""
    flat = tensor.reshape(-1)
    if len(flat) > SAMPLED:
        step = math.ceil(len(flat) / SAMPLED)
        while math.gcd(step, len(flat)) > 1:
            step += 1
        flat = flat[::step]
    return flat.double() if flat.device.type in ("cpu", "cuda") else flat.cpu().double()
