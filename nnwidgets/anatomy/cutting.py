"""Graphs that are too large to be shown: the deepest nodes are left out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from nnwidgets.anatomy.graph import Node


def nearest_above(nodes: list[Node], key: str) -> str:
    """The key of the inmost module that is shown, of one that is not; ``""`` for the model."""
    known = {node.key for node in nodes}
    while key and key not in known:
        key = key.rpartition(".")[0]
    return key


def cut(nodes: list[Node], edges: set[tuple[int, int]], most: int) -> tuple[list[Node], set[tuple[int, int]], int]:
    """Leave out the deepest nodes until there are no more than so many."""
    kept = set(range(len(nodes)))
    depth = [0] * len(nodes)
    for number, node in enumerate(nodes):
        depth[number] = depth[node.parent] + 1 if node.parent >= 0 else 0
    while len(kept) > most:
        deepest = max(depth[number] for number in kept)
        if deepest == 0:
            middle = [number for number in kept if nodes[number].kind not in ("input", "output")]
            kept -= set(sorted(middle)[most - (len(kept) - len(middle)) :])
            break
        kept -= {number for number in kept if depth[number] == deepest}
    if len(kept) == len(nodes):
        return nodes, edges, 0
    stands = list(range(len(nodes)))
    for number, node in enumerate(nodes):
        if number not in kept:
            stands[number] = stands[node.parent] if node.parent >= 0 else -1
    order = {number: place for place, number in enumerate(sorted(kept))}
    parameters: dict[int, dict[int, None]] = defaultdict(dict)
    for number, node in enumerate(nodes):
        if stands[number] >= 0:  # what is left out is told by what it lies in
            parameters[stands[number]].update(dict.fromkeys(node.parameters))
    parents = {nodes[number].parent for number in kept}
    shown = []
    for number in sorted(kept):
        node = nodes[number]
        kind = "module" if node.kind in ("container", "loop") and number not in parents else node.kind
        shown.append(
            replace(
                node,
                kind=kind,
                parent=order[node.parent] if node.parent >= 0 else -1,
                parameters=tuple(parameters[number]),
            )
        )
    pairs = {(stands[one], stands[other]) for one, other in edges}
    pairs = {(order[one], order[other]) for one, other in pairs if one != other and one in order and other in order}
    return shown, pairs, len(nodes) - len(kept)
