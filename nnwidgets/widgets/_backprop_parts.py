"""The single operations inside of a graph's nodes, as a view reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets.concepts.chain_names import LOSS_NAMES, function_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.concepts.chain import Graph, Group
    from nnwidgets.training.take_apart import Part
    from nnwidgets.widgets._backprop_types import PartTrait

    Array = NDArray[np.float64]

_MOST_PARTS = 3000  # of a whole graph: so many can be stepped through, and travel quickly


@dataclass(eq=False)
class Inside:
    """Parts of all nodes.

    Attributes:
        parts: one after the other.
        of_nodes: which are a node's; none where no single operations are known.
        constant: which depend on no node or parameter.
        values, gradients: `(S, M)`; gradients are of the loss.
        locals: `(S, the sum of their operands)`.
    """

    samples: int
    parts: list[PartTrait] = field(default_factory=list)
    of_nodes: list[range] = field(default_factory=list)
    constant: set[int] = field(default_factory=set)
    _values: list[Array] = field(default_factory=list)
    _gradients: list[Array] = field(default_factory=list)
    _locals: list[Array] = field(default_factory=list)

    @property
    def values(self) -> Array:
        """Of each sample's pass."""
        return self._rows(self._values)

    @property
    def gradients(self) -> Array:
        """Of a sample's loss."""
        return self._rows(self._gradients)

    @property
    def locals(self) -> Array:
        """Of the parts, with respect to their operands."""
        return self._rows(self._locals)

    def add(self, node: int, found: Sequence[Part], places: dict[tuple[str, int], int], graph: Graph) -> None:
        """The parts of one more node; the last is the node, to the last bit."""
        start = len(self.parts)
        for part in found:
            kinds, inputs, numbers = [], [], []
            for kind, index, number in part.operands:
                kinds.append({"source": "node", "weight": "parameter", "bias": "parameter"}.get(kind, kind))
                inputs.append(start + index if kind == "part" else places.get((kind, index), index))
                numbers.append(number if kind == "number" else 0.0)
            trait: Any = {"node": node, "sign": part.sign, "kinds": kinds, "inputs": inputs, "numbers": numbers}
            self.parts.append(trait)
            if all(
                k in ("number", "target") or (k == "part" and i in self.constant)
                for k, i in zip(kinds, inputs, strict=True)
            ):
                self.constant.add(len(self.parts) - 1)
            last = part is found[-1]
            self._values.append(graph.values[:, node] if last else part.values)
            self._gradients.append(graph.gradients[:, node] * (1.0 if last else part.gradients))
            self._locals += list(part.locals.T)
        self.of_nodes[node] = range(start, len(self.parts))

    def _rows(self, columns: list[Array]) -> Array:
        return np.stack(columns, axis=1) if columns else np.empty((self.samples, 0))


def inside_of(graph: Graph, targets: Array) -> Inside:
    """Take the nodes of a graph apart.

    Args:
        graph: of a pass.
        targets: `(S, T)`, of its samples.
    """
    found = Inside(len(graph.values), of_nodes=[range(0)] * len(graph.symbols))
    weights = {(int(to), int(source)): int(weight) for source, to, weight in graph.edges if weight >= 0}
    biases = {int(to): int(parameter) for parameter, to, factor in graph.uses if factor < 0}
    too_many = sum(len(sources) + 1 for sources in graph.sources) > _MOST_PARTS
    for group in graph.groups:
        if group.operation >= 0 and not (too_many and group.kind == "linear"):
            for node in group.nodes:
                _take_apart(found, graph, group, node, targets, weights, biases)
    return found


def _take_apart(
    found: Inside,
    graph: Graph,
    group: Group,
    node: int,
    targets: Array,
    weights: dict[tuple[int, int], int],
    biases: dict[int, int],
) -> None:
    from nnwidgets.training.take_apart import take_apart  # here, for it imports PyTorch

    operation = graph.tape.operations[group.operation]
    function, sources = function_name(operation.function), graph.sources[node]
    places = {("source", at): source for at, source in enumerate(sources)}
    more: dict[str, Any] = {}
    if group.kind == "linear":
        entries = [weights.get((node, source), -1) for source in sources]
        if -1 in entries or len(set(sources)) < len(sources):
            return
        function = "linear"
        places.update({("weight", at): entry for at, entry in enumerate(entries)})
        more["weights"] = graph.parameters[entries]
        if node in biases:
            places["bias", 0] = biases[node]
            more["bias"] = float(graph.parameters[biases[node]])
    elif function in LOSS_NAMES:
        more["target"] = targets
    options = dict(operation.options)
    if function in ("softmax", "log_softmax"):
        options["unit"] = node - group.start
    parts = take_apart(function, values=graph.values[:, sources], options=options, output=graph.values[:, node], **more)
    if parts:
        found.add(node, parts, places, graph)
