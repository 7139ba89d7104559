"""What was noted, as a tree of calls that matter: what leads nowhere is dropped, rounds are loops, moves are one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nnwidgets.anatomy.calls import Call
from nnwidgets.anatomy.kinds import MOVES, is_layer
from nnwidgets.anatomy.loops import Item, Loop, Signatures, folded

_MOST_NAMES = 4  # of a row of moves


class Tree:
    """The calls of a model that are shown.

    Attributes:
        inputs: what goes in.
        outputs: what comes out.
        model: the model's own call.
        leaves: module calls in which nothing is shown.
        names: of rows of moves, by their last call: those of all of them.
        begins: of rows of moves, by their last call: the first.
    """

    def __init__(self, model: Call, inputs: list[Call], outputs: list[Call]) -> None:
        self.model, self.inputs, self.outputs = model, inputs, outputs
        self.leaves: set[Call] = set()
        self.names: dict[Call, list[str]] = {}
        self.begins: dict[Call, Call] = {}
        self._children: dict[Item, list[Item]] = {}
        self._first: dict[Call, Call] = {}  # of later rounds: the same call in the first
        self._calls = _flat(model)
        self._drop()
        self._find_leaves()
        self._costs = self._add_up("cost")
        self._taken = self._add_up("taken")
        self._fold()
        self.sources = self._linked()
        self._merge()

    def children(self, item: Item) -> list[Item]:
        """What is shown in a call or a loop, in order."""
        return self._children.get(item, [])

    def multiply_adds(self, item: Item) -> int:
        """Of a call with all in it; of a loop those of all rounds."""
        return self._total(item, self._costs)

    def taken(self, item: Item) -> int:
        """Bytes for what is put out, likewise."""
        return self._total(item, self._taken)

    def _total(self, item: Item, known: dict[Call, int]) -> int:
        if isinstance(item, Loop):
            return sum(self._total(each, known) for items in item.rounds for each in items)
        return known.get(item, 0)

    # -- what is shown --------------------------------------------------------------------------------

    def _drop(self) -> None:
        """Leave out operations whose result leads nowhere."""
        live: set[Call] = set()
        for output in self.outputs:
            live.update(output.sources)
        for call in reversed(self._calls):
            is_module = call.kind == "module"
            broken = call.raised or (call.parent is not None and call.parent.raised and not call.constant)
            if not (is_module or broken or call in live):
                continue
            live.add(call)
            live.update(call.sources)
            if is_module and (call.opened or not call.calls):
                live.update(call.passed)
        self._children = {call: [each for each in call.calls if each in live] for call in self._calls if call in live}
        self._calls = [call for call in self._calls if call in live]

    def _find_leaves(self) -> None:
        for call in reversed(self._calls):
            if call.kind != "module":
                continue
            inner = self._children[call]
            is_one = call.owner is call or not inner
            if not is_one and all(isinstance(each, Call) and each.kind == "operation" for each in inner):
                assert call.module is not None
                is_one = len(inner) == 1 or is_layer(call.module)
            if is_one and (call.owner is call or not self._has_unused(call)):
                self.leaves.add(call)

    def _has_unused(self, call: Call) -> bool:
        """Whether modules in it have weights that it does not use."""
        assert call.module is not None
        used = len({number for each in call.calls for number in each.parameters})
        return any(True for child in call.module.children() for _ in child.parameters()) and used == 0

    def _add_up(self, what: str) -> dict[Call, int]:
        totals = {call: int(getattr(call, what)) for call in self._calls}
        for call in reversed(self._calls):
            if call.parent in totals:
                totals[call.parent] += totals[call]
        return totals

    # -- loops ----------------------------------------------------------------------------------------

    def _fold(self) -> None:
        numbers = Signatures()
        signatures: dict[Item, int] = {}
        for call in reversed(self._calls):
            signatures[call] = numbers.of_call(call, [signatures[each] for each in self._children[call]])
        waiting: list[Item] = [self.model]
        while waiting:
            item = waiting.pop()
            if item in self.leaves:
                continue
            if isinstance(item, Loop):
                first, *others = item.rounds
                for items in others:
                    for ours, theirs in zip(first, items, strict=True):
                        self._map(ours, theirs)
                self._children[item] = first
            else:
                self._children[item] = folded(self._children[item], signatures, numbers)
            waiting += self._children[item]

    def _map(self, ours: Item, theirs: Item) -> None:
        """Let a call of a later round stand for the same one in the first."""
        waiting = [(ours, theirs)]
        while waiting:
            one, other = waiting.pop()
            if isinstance(one, Call) and isinstance(other, Call):
                self._first[other] = one
                waiting += zip(self._children.get(one, []), self._children.get(other, []), strict=True)
            elif isinstance(one, Loop) and isinstance(other, Loop):
                for items, others in zip(one.rounds, other.rounds, strict=True):
                    waiting += zip(items, others, strict=True)

    # -- edges ----------------------------------------------------------------------------------------

    def leaf(self, call: Call) -> Call:
        """The leaf that tells of a call."""
        if call.kind == "operation" and call.parent in self.leaves:
            call = call.parent
        while call in self._first:
            call = self._first[call]
        return call

    def _linked(self) -> dict[Call, dict[Call, None]]:
        """The leaves that each leaf reads."""
        sources: dict[Call, dict[Call, None]] = defaultdict(dict)
        for call in (*self._calls, *self.outputs):
            if call.kind == "module" and call not in self.leaves:
                continue
            reads = dict(call.sources)
            if call.kind == "module" and (call.opened or not (self._children[call] or reads)):
                reads.update(call.passed)
            leaf = self.leaf(call)
            inside = leaf if call.kind == "operation" and call.parent in self.leaves else None
            for source in self._resolved(reads):
                if not (source is leaf and (inside is not None or call is leaf)):
                    sources[leaf][source] = None
        return sources

    def _resolved(self, calls: Iterable[Call]) -> list[Call]:
        """The leaves that those calls are told by; through modules that only pass on what they are given."""
        found: dict[Call, None] = {}
        waiting, seen = list(calls), set()
        while waiting:
            call = waiting.pop()
            if call in seen:
                continue
            seen.add(call)
            if call.kind == "module" and call not in self.leaves:
                waiting += call.passed
            else:
                found[self.leaf(call)] = None
        return list(found)

    # -- moves ----------------------------------------------------------------------------------------

    def _merge(self) -> None:
        """Make one leaf of moves, or of constants, that feed only each other."""
        readers: dict[Call, dict[Call, None]] = defaultdict(dict)
        for reader, sources in self.sources.items():
            for source in sources:
                readers[source][reader] = None
        for items in list(self._children.values()):
            here = {item for item in items if isinstance(item, Call) and item.kind == "operation"}
            gone: set[Item] = set()
            for item in items:
                if isinstance(item, Call) and item in here:
                    for source in list(self.sources.get(item, ())):
                        if source in here and list(readers[source]) == [item] and self._goes_on(source, item):
                            self._join(source, item)
                            gone.add(source)
            items[:] = [item for item in items if item not in gone]

    def _goes_on(self, source: Call, call: Call) -> bool:
        if source is call or source.parameters or call.parameters or source.buffers or call.buffers:
            return False
        if source.constant and call.constant:
            return True
        return source.name in MOVES and call.name in MOVES and len(self.sources[call]) == 1 and not source.constant

    def _join(self, source: Call, call: Call) -> None:
        self.names[call] = self.names.pop(source, [source.name]) + self.names.get(call, [call.name])
        self.begins[call] = self.begins.pop(source, source)
        del self.sources[call][source]
        self.sources[call].update(self.sources.pop(source, {}))
        self._costs[call] = self._costs.get(call, 0) + self._costs.get(source, 0)
        self._taken[call] = self._taken.get(call, 0) + self._taken.get(source, 0)

    def name(self, call: Call) -> str:
        """A call's name, of a row of moves all their names."""
        names = self.names.get(call, [call.name])
        if len(names) > _MOST_NAMES:
            names = [*names[: _MOST_NAMES - 1], "…", names[-1]]
        return " → ".join(names)


def _flat(model: Call) -> list[Call]:
    """A call and all in it, each before those that it makes."""
    found, waiting = [], [model]
    while waiting:
        call = waiting.pop()
        found.append(call)
        waiting += reversed(call.calls)
    return found
