"""From a tree of calls to a graph of nodes with their numbers."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch

from nnwidgets._layer_details import detail_of
from nnwidgets._network_graph import join_names
from nnwidgets.anatomy.calls import Call, shape_of
from nnwidgets.anatomy.cutting import cut, nearest_above
from nnwidgets.anatomy.graph import Graph, Node, Term
from nnwidgets.anatomy.loops import Item, Loop
from nnwidgets.anatomy.running import Run, type_of
from nnwidgets.anatomy.table import Table, bytes_of
from nnwidgets.anatomy.terms import factors_of
from nnwidgets.anatomy.tree import Tree

MOST_NODES = 3_000


def build(run: Run, *, mode: Any, samples: int, name: str, most: int = MOST_NODES) -> Graph:
    """The graph of a model that ran."""
    return _Builder(run, mode, samples, name).graph(most)


class _Builder:
    def __init__(self, run: Run, mode: Any, samples: int, name: str) -> None:
        self._run, self._mode, self._samples, self._name = run, mode, samples, name
        self._table: Table = run.watcher.table
        model = run.watcher.root.calls[0] if run.watcher.root.calls else run.watcher.root
        model.module = self._table.model
        self._tree = Tree(model, run.watcher.inputs, run.outputs)
        self._parameters = self._table.described()
        self._calls: Counter[int] = Counter()
        self._nodes: list[Node] = []
        self._modules: dict[int, torch.nn.Module] = {}  # of nodes
        self._numbers: dict[Any, int] = {}  # of calls
        self._extra: list[tuple[int, Call]] = []  # a parameter's node, and who reads it
        self._met: Counter[str] = Counter()  # parameters' nodes
        self._buffers = dict(self._table.model.named_buffers())

    def graph(self, most: int) -> Graph:
        """All of it."""
        tree = self._tree
        self._count_calls()
        for call in tree.inputs:
            self._ended(call)
        self._all_of(tree.model)
        for call in tree.outputs:
            self._ended(call)
        edges = {
            (self._numbers[source], self._numbers[leaf])
            for leaf, sources in tree.sources.items()
            for source in sources
            if source in self._numbers and leaf in self._numbers
        }
        edges |= {(number, self._numbers[reader]) for number, reader in self._extra}
        failed = self._failed()
        top = [node for node in self._nodes if node.parent < 0]
        nodes, pairs, without = cut(self._nodes, edges, most)
        nodes = self._with_sums(nodes)
        watcher = self._run.watcher
        count = [sum(p.count for p in self._parameters if p.trainable is trains) for trains in (True, False)]
        return Graph(
            name=self._name,
            mode=self._mode,
            samples=self._samples,
            nodes=tuple(nodes),
            edges=tuple(number for pair in sorted(pairs) for number in pair),
            parameters=self._parameters,
            parameter_count=count[0],
            frozen=count[1],
            multiply_adds=sum(node.multiply_adds for node in top),
            parameter_bytes=sum(bytes_of(each) for each in self._table.parameters),
            buffer_bytes=sum(bytes_of(each) for each in self._table.model.buffers()),
            output_bytes=sum(node.output_bytes for node in top),
            operations=watcher.operations,
            without=without,
            failed=failed
            if failed is None or any(node.key == failed for node in nodes)
            else nearest_above(nodes, failed),
            failure=self._run.failure,
            notes=(*self._run.notes, *([_left_out(without, nodes)] if without else [])),
        )

    def _count_calls(self) -> None:
        waiting = [self._run.watcher.root]
        while waiting:
            call = waiting.pop()
            self._calls[id(call.module)] += 1
            waiting += [each for each in call.calls if each.kind == "module"]

    def _failed(self) -> str | None:
        call = self._run.failed
        if call is None:
            return None
        if call is self._tree.model and call in self._tree.leaves:
            return ":model"
        while call.parent is not None and (call.owner not in (None, call) or call not in self._numbers):
            call = call.parent
        return call.key

    # -- nodes ----------------------------------------------------------------------------------------

    def _add(self, node: Node, what: Any) -> int:
        number = len(self._nodes)
        self._nodes.append(node)
        self._numbers[what] = number
        return number

    def _ended(self, call: Call) -> None:
        """A tensor that comes in, or goes out."""
        kind: Any = call.kind
        self._add(Node(call.key, kind, call.key[1:], kind, outputs=call.outputs, inputs=call.inputs), call)

    def _all_of(self, model: Call) -> None:
        if model in self._tree.leaves:
            self._node(model, -1)
            return
        waiting: list[tuple[Any, int]] = [(model, -1)]
        while waiting:
            item, parent = waiting.pop()
            if isinstance(item, _Rest):
                self._idle(item.module, parent)
                continue
            number = parent if item is model else self._node(item, parent)
            inner: list[Any] = list(self._tree.children(item)) if item not in self._tree.leaves else []
            if isinstance(item, Call) and item.kind == "module" and item.number == 1 and item not in self._tree.leaves:
                assert item.module is not None
                inner.append(_Rest(item.module))
            waiting += [(each, number) for each in reversed(inner)]

    def _node(self, item: Item, parent: int) -> int:
        if isinstance(item, Loop):
            return self._loop(item, parent)
        if item.kind == "module":
            if item in self._tree.leaves:
                self._given(item, parent)
            return self._module(item, parent)
        for index in item.parameters:
            self._parameter(self._parameters[index].names[0], parent, item, (index,))
        for name in item.buffers:
            self._parameter(name, parent, item, ())
        begin = self._tree.begins.get(item, item)
        name = self._tree.name(item)
        return self._add(
            Node(
                item.key,
                "operation",
                name,
                name,
                parent=parent,
                inputs=begin.inputs,
                outputs=item.outputs,
                multiply_adds=self._tree.multiply_adds(item),
                output_bytes=self._tree.taken(item),
            ),
            item,
        )

    def _loop(self, loop: Loop, parent: int) -> int:
        above = "" if parent < 0 else self._nodes[parent].key
        self._met[f"{above}:loop"] += 1
        number = self._met[f"{above}:loop"]
        return self._add(
            Node(
                f"{above}:loop" + (f"#{number}" if number > 1 else ""),
                "loop",
                "loop",
                "loop",
                detail=f"{len(loop.rounds)} rounds",
                parent=parent,
                repeats=len(loop.rounds),
                multiply_adds=self._tree.multiply_adds(loop),
                output_bytes=self._tree.taken(loop),
            ),
            loop,
        )

    def _module(self, call: Call, parent: int) -> int:
        module = call.module
        assert module is not None
        is_leaf = call in self._tree.leaves
        used = self._own(call) if is_leaf else {}
        number = self._add(
            Node(
                call.key or ":model",
                "module" if is_leaf else "container",
                call.name,
                type_of(module),
                detail=detail_of(module),
                parent=parent,
                call=call.number,
                calls=max(self._calls[id(module)], 1),
                inputs=call.inputs,
                outputs=call.outputs,
                parameters=tuple(used),
                multiply_adds=self._tree.multiply_adds(call),
                output_bytes=self._tree.taken(call),
            ),
            call,
        )
        self._modules[number] = module
        return number

    def _own(self, call: Call) -> dict[int, None]:
        """The parameters of a layer."""
        assert call.module is not None
        numbers = self._table.numbers
        return {numbers[id(each)]: None for each in call.module.parameters() if id(each) in numbers}

    def _given(self, call: Call, parent: int) -> None:
        """Add parameters and buffers that a layer uses and that are not its own."""
        assert call.module is not None
        own, buffers = self._own(call), {id(buffer) for buffer in call.module.buffers()}
        for each in (call, *call.calls):
            for index in each.parameters:
                if index not in own:
                    self._parameter(self._parameters[index].names[0], parent, call, (index,))
            for name in each.buffers:
                if id(self._buffers[name]) not in buffers:
                    self._parameter(name, parent, call, ())

    def _parameter(self, name: str, parent: int, reader: Call, used: tuple[int, ...]) -> None:
        """A parameter or a buffer that an operation uses: one node in each container."""
        where = (parent, name)
        if where not in self._numbers:
            self._met[name] += 1
            tensor = self._table.parameters[used[0]] if used else self._buffers[name]
            key = name + (f"#{self._met[name]}" if self._met[name] > 1 else "")
            self._add(_of_tensor(key, "parameter", name, tensor, parent, used), where)
        self._extra.append((self._numbers[where], reader))

    # -- what did not run -------------------------------------------------------------------------------

    def _idle(self, module: torch.nn.Module, parent: int) -> None:
        """Add what has weights and did not run."""
        used = self._used
        for own in module.parameters(recurse=False):
            number = self._table.numbers.get(id(own))
            if number is not None and number not in used:
                full = self._table.names[number][0]
                key = full if full not in self._met else f"{full}#{self._met[full] + 1}"
                self._add(_of_tensor(key, "idle", full, own, parent, (number,)), ("idle", number))
                used.add(number)
        for child in module.children():
            self._idle_child(child, parent)

    def _idle_child(self, child: torch.nn.Module, parent: int) -> None:
        if self._calls[id(child)]:
            return
        numbers = self._table.numbers
        mine = dict.fromkeys(numbers[id(each)] for each in child.parameters() if id(each) in numbers)
        missing = [number for number in mine if number not in self._used]
        if not missing:
            return
        if any(self._calls[id(each)] for each in child.modules()):
            self._idle(child, parent)
            return
        name = self._table.name_of(child)
        node = Node(name, "idle", name, type_of(child), detail=detail_of(child), parent=parent, parameters=tuple(mine))
        self._modules[self._add(node, ("idle", name))] = child
        self._used.update(mine)

    @property
    def _used(self) -> set[int]:
        if not hasattr(self, "_used_ones"):
            tree = self._tree
            self._used_ones: set[int] = set()
            waiting: list[Item] = [tree.model]
            while waiting:
                item = waiting.pop()
                if isinstance(item, Call):
                    self._used_ones.update(item.parameters)
                    if item in tree.leaves:
                        self._used_ones.update(self._own(item), *(each.parameters for each in item.calls))
                        continue
                waiting += tree.children(item)
        return self._used_ones

    # -- sums -------------------------------------------------------------------------------------------

    def _with_sums(self, nodes: list[Node]) -> list[Node]:
        """Let nodes know of the parameters in them, and of who else uses these."""
        used: list[dict[int, None]] = [dict.fromkeys(node.parameters) for node in nodes]
        parents = {node.parent for node in nodes}
        for number in reversed(range(len(nodes))):
            if nodes[number].parent >= 0:
                above = used[nodes[number].parent]
                used[nodes[number].parent] = used[number] | above
        first: dict[int, int] = {}
        users: dict[int, list[int]] = defaultdict(list)
        for number in range(len(nodes)):
            if number in parents:
                continue
            for index in used[number]:
                first.setdefault(index, number)
                users[index].append(number)
        last = _last_within(nodes)
        return [
            replace(
                node,
                parameters=tuple(used[number]),
                count=self._sum(used[number]),
                trainable=self._sum(index for index in used[number] if self._parameters[index].trainable),
                fresh=self._sum(index for index in used[number] if number <= first[index] <= last[number]),
                terms=() if number in parents else self._terms(node, used[number]),
                shares=()
                if number in parents
                else tuple(sorted({other for index in used[number] for other in users[index]} - {number})),
                parameter_bytes=sum(bytes_of(self._table.parameters[index]) for index in used[number]),
            )
            for number, node in enumerate(nodes)
        ]

    def _sum(self, indices: Iterable[int]) -> int:
        return sum(self._parameters[index].count for index in indices)

    def _terms(self, node: Node, used: Iterable[int]) -> tuple[Term, ...]:
        terms = []
        for index in used:
            parameter = self._parameters[index]
            module, name = self._home(parameter.names, node)
            shape = parameter.shape
            factors, meanings = factors_of(module, name, shape)
            if math.prod(factors) == parameter.count:
                terms.append(Term(index, tuple(factors), tuple(meanings)))
        return tuple(terms)

    def _home(self, names: tuple[str, ...], node: Node) -> tuple[torch.nn.Module | None, str]:
        """The layer that a parameter belongs to, best the node's, and its name within."""
        modules = self._by_name
        mine = [name for name in names if name.startswith(join_names(node.name, "")) or node.name == ""]
        full = (mine or names)[0]
        if mine and node.name in modules and node.kind == "module":
            module = modules[node.name]
            if type(module).__module__.startswith("torch.nn") and not isinstance(module, torch.nn.Sequential):
                return module, full.removeprefix(f"{node.name}.") if node.name else full
        path, _, name = full.rpartition(".")
        while path not in modules or type(modules[path]).__module__.startswith("torch.nn.utils"):
            path, _, part = path.rpartition(".")
            name = f"{part}.{name}"
            if path == "" and path not in modules:
                return None, full
        return modules[path], name

    @property
    def _by_name(self) -> dict[str, torch.nn.Module]:
        if not hasattr(self, "_names"):
            self._names = dict(self._table.model.named_modules())
        return self._names


def _left_out(without: int, nodes: list[Node]) -> str:
    """That there is more than is shown."""
    shown = len(nodes)
    return (
        f"{without:,} of {without + shown:,} layers and operations are left out, for there are too many: "
        "the totals count them."
    )


@dataclass(frozen=True)
class _Rest:
    """What did not run of a module."""

    module: torch.nn.Module


def _of_tensor(key: str, kind: Any, name: str, tensor: torch.Tensor, parent: int, used: tuple[int, ...]) -> Node:
    what = "Parameter" if used else "Buffer"
    shape = () if torch.nn.parameter.is_lazy(tensor) else (shape_of(tensor, ""),)
    detail = " × ".join(str(size) for each in shape for size in each.shape) or "a number"
    return Node(key, kind, name, what, detail=detail, parent=parent, outputs=shape, parameters=used)


def _last_within(nodes: list[Node]) -> list[int]:
    last = list(range(len(nodes)))
    for number in reversed(range(len(nodes))):
        if nodes[number].parent >= 0:
            last[nodes[number].parent] = max(last[nodes[number].parent], last[number])
    return last
