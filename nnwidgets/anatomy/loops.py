"""Rounds of the same calls, one after the other, as one loop."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from nnwidgets.anatomy.calls import Call

FEWEST_ROUNDS = 4
_FEWEST_BARE_ROUNDS = 8  # of operations alone: a sum of five is no loop
_LONGEST_ROUND = 512
_MOST_TRIED = 24  # lengths of a round, at each place


@dataclass(eq=False)
class Loop:
    """Rounds of the same calls.

    Attributes:
        rounds: the items of each.
        signature: what is the same in all of them.
    """

    rounds: list[list[Item]]
    signature: Hashable = None
    number: int = field(default=1)


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
    codes = [signatures[item] for item in items]
    places: dict[int, list[int]] = {}
    for place, code in enumerate(codes):
        places.setdefault(code, []).append(place)
    result: list[Item] = []
    place = 0
    while place < len(items):
        length, rounds = _best(items, codes, places[codes[place]], place)
        if rounds:
            cut = [items[start : start + length] for start in range(place, place + length * rounds, length)]
            loop = Loop(cut)
            signatures[loop] = numbers.of(("loop", rounds, *codes[place : place + length]))
            result.append(loop)
            place += length * rounds
        else:
            result.append(items[place])
            place += 1
    return result


def _best(items: list[Item], codes: list[int], same: list[int], place: int) -> tuple[int, int]:
    """The length of a round that begins here, and how many there are; (0, 0) for none."""
    later = [other for other in same if other > place][:_MOST_TRIED]
    for other in later:
        length = other - place
        if length > _LONGEST_ROUND or place + length * FEWEST_ROUNDS > len(codes):
            break
        rounds = 1
        first = codes[place:other]
        while codes[place + rounds * length : place + (rounds + 1) * length] == first:
            rounds += 1
        if rounds >= (_FEWEST_BARE_ROUNDS if _is_bare(items[place:other]) else FEWEST_ROUNDS):
            return length, rounds
    return 0, 0


def _is_bare(items: Sequence[Item]) -> bool:
    """Whether they are operations without weights only."""
    return all(isinstance(item, Call) and item.module is None and not item.parameters for item in items)
