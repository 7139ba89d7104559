"""The walk through a graph: forwards number by number, the loss, backwards, and the update of the weights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from nnwidgets.concepts.chain_graph import Graph, Group

__all__ = ["LEVELS", "Step", "steps"]

Level = Literal["layer", "node", "operation"]
LEVELS: tuple[Level, ...] = ("layer", "node", "operation")


@dataclass(frozen=True)
class Step:
    """A stop.

    Attributes:
        phase: "forward", "loss", "backward" or "update".
        kind: "value" or "parameter", "part" of a node, "all" parameters, or "again" the samples.
        index: of a node, a parameter or a part; where whole layers are steps, of a group or a tensor.
        group: where the picture looks.
    """

    phase: Literal["forward", "loss", "backward", "update"]
    kind: Literal["value", "parameter", "part", "all", "again"]
    index: int
    group: int


def steps(
    graph: Graph, level: Level, parts: Sequence[Sequence[int]] = (), constant: Collection[int] = ()
) -> list[Step]:
    """All stops, in order.

    Backwards, the numbers of a layer come first and then the parameters that work in it; a parameter that works at
    several places comes when all of them have been passed. Nothing is said of the inputs' derivatives, and of
    parameters that are frozen.

    Args:
        graph: of the pass.
        level: how much is one stop.
        parts: of each node, which parts are its own; needed for the level "operation".
        constant: the parts that no derivative is worth a stop of.
    """
    walk = _Walk(graph, level, parts, constant)
    return [*walk.forward(), *walk.backward(), *walk.update()]


class _Walk:
    def __init__(self, graph: Graph, level: Level, parts: Sequence[Sequence[int]], constant: Collection[int]) -> None:
        self._graph = graph
        self._level = level
        self._parts = parts
        self._constant = constant
        self._computed = [at for at, each in enumerate(graph.groups) if each.kind not in ("input", "parameter")]
        groups = np.array([at for at, group in enumerate(graph.groups) for _ in group.nodes])
        self._working: dict[int, int] = {}  # parameter → the first group that it works in
        for parameter, node, _ in graph.uses.tolist():
            self._working[parameter] = min(int(groups[node]), self._working.get(parameter, len(groups)))

    def forward(self) -> list[Step]:
        found = []
        for at in self._computed:
            group = self._graph.groups[at]
            phase: Literal["forward", "loss"] = "loss" if group.is_loss else "forward"
            if self._level == "layer":
                found.append(Step(phase, "value", at, at))
                continue
            for node in group.nodes:
                inside = self._inside(node)
                found += [Step(phase, "part", each, at) for each in inside] or [Step(phase, "value", node, at)]
        return found

    def backward(self) -> list[Step]:
        found = []
        end = len(self._graph.symbols) - 1
        for at in reversed(range(1, len(self._graph.groups))):
            group = self._graph.groups[at]
            if group.kind != "parameter" and group.flows:
                found += self._gradients(at, group, end)
            found += self._parameters(at)
        return found

    def _gradients(self, at: int, group: Group, end: int) -> list[Step]:
        if self._level == "layer":
            return [] if end in group.nodes else [Step("backward", "value", at, at)]
        found = []
        for node in group.nodes:
            inside = self._inside(node)[::-1]
            if not inside and node != end:
                found.append(Step("backward", "value", node, at))
            if node == end:
                inside = inside[1:]  # the loss itself: its derivative is 1
            found += [Step("backward", "part", each, at) for each in inside if each not in self._constant]
        return found

    def _parameters(self, at: int) -> list[Step]:
        trainable = [tensor for tensor in self._graph.tensors if tensor.trainable]
        if self._level == "layer":
            return [
                Step("backward", "parameter", index, at)
                for index, tensor in enumerate(self._graph.tensors)
                if tensor.trainable and self._first(tensor.entries) == at
            ]
        mine = {each for tensor in trainable for each in tensor.entries if self._working.get(each) == at}
        places = dict.fromkeys(p for p, _, _ in self._graph.uses[self._by_target()].tolist() if p in mine)
        return [Step("backward", "parameter", each, at) for each in places]

    def _first(self, entries: range) -> int | None:
        return min((self._working[each] for each in entries if each in self._working), default=None)

    def _by_target(self) -> list[int]:
        """The uses by the node that they are in: its weights first, its bias last."""
        return sorted(range(len(self._graph.uses)), key=lambda use: int(self._graph.uses[use, 1]))

    def update(self) -> list[Step]:
        end = len(self._graph.groups) - 1
        return [Step("update", "all", 0, end), Step("update", "again", 0, end)]

    def _inside(self, node: int) -> list[int]:
        return list(self._parts[node]) if self._level == "operation" and self._parts else []
