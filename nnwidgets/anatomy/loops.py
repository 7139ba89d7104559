"""Rounds of the same calls, one after the other, as one loop."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnwidgets.anatomy.calls import Call

FEWEST_ROUNDS = 4
_FEWEST_BARE_ROUNDS = 8  # of operations alone: a sum of five is no loop
_LONGEST_ROUND = 512


@dataclass(eq=False)
class Loop:
    """Rounds of the same calls.

    Attributes:
        rounds: the items of each.
    """

    rounds: list[list[Item]]


Item = Call | Loop


class Signatures:
    """A number for each way that a call can go: what it calls, and what these call."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def of_call(self, call: Call, inner: Sequence[int]) -> int:
        """Of a call with those in it."""
        what = id(call.module) if call.module is not None else call.name
        return self.of((what, *call.parameters, -1, *inner))

    def of(self, what: Hashable) -> int:
        """The same number for the same."""
        return self._numbers.setdefault(what, len(self._numbers))


def folded(items: list[Item], signatures: dict[Item, int], numbers: Signatures) -> list[Item]:
    """The items with loops in place of their rounds; loops may lie in loops."""
    while True:
        shorter = _folded_once(items, signatures, numbers)
        if len(shorter) == len(items):
            return items
        items = shorter


def _folded_once(items: list[Item], signatures: dict[Item, int], numbers: Signatures) -> list[Item]:
    codes = np.array([signatures[item] for item in items])
    for length in _lengths(codes):
        runs = _runs(items, codes, length)
        if not runs:
            continue
        result: list[Item] = []
        place = 0
        for start, rounds in runs:
            result += items[place:start]
            place = start + rounds * length
            loop = Loop([items[begin : begin + length] for begin in range(start, place, length)])
            signatures[loop] = numbers.of(("loop", rounds, *codes[start : start + length].tolist()))
            result.append(loop)
        return result + items[place:]
    return items


def _lengths(codes: NDArray[np.int_]) -> list[int]:
    """How far the same calls are apart, shortest first: that is how long a round may be."""
    order = np.argsort(codes, kind="stable")
    gaps = np.diff(order)[codes[order][1:] == codes[order][:-1]]
    longest = min(_LONGEST_ROUND, len(codes) // FEWEST_ROUNDS)
    return sorted({int(gap) for gap in gaps if gap <= longest})


def _runs(items: list[Item], codes: NDArray[np.int_], length: int) -> list[tuple[int, int]]:
    """Where enough rounds of that length begin, and how many there are."""
    same = np.concatenate(([0], codes[length:] == codes[:-length], [0]))
    starts, ends = np.flatnonzero(np.diff(same) == 1), np.flatnonzero(np.diff(same) == -1)
    runs, free = [], 0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        begin = max(start, free)
        rounds = (end - begin) // length + 1
        fewest = _FEWEST_BARE_ROUNDS if _is_bare(items[begin : begin + length]) else FEWEST_ROUNDS
        if rounds >= fewest:
            runs.append((begin, rounds))
            free = begin + rounds * length
    return runs


def _is_bare(items: Sequence[Item]) -> bool:
    """Whether they are operations without weights only."""
    return all(isinstance(item, Call) and item.module is None and not item.parameters for item in items)
