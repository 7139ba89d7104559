"""The chain rule on a recorded pass: a graph of scalars, with the local derivative on each edge.

A pass (`nnwidgets.training.tape`) is a list of operations on tensors. Taken apart into single numbers it is the graph
of a first lesson on backpropagation: numbers are nodes, an edge says which number depends on which and how strongly,
and the derivative of the loss with respect to any of them is the sum, over all paths to the loss, of the products of
the local derivatives on the way (Rumelhart, Hinton and Williams, 1986, doi.org/10.1038/323533a0). All numbers are the
pass's own; here they are only put in order, named and found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nnwidgets.concepts.chain_graph import MOST_PATHS, Graph, Group, Kind, Path, Tensor, of_samples
from nnwidgets.concepts.chain_names import ACTIVATIONS, LOSS_NAMES, Draft, Names, Role, function_name, label_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.training.tape import Operation, Tape

    Array = NDArray[np.float64]

__all__ = ["MOST_PATHS", "Graph", "Group", "Path", "Tensor", "graph_of"]

_MOVES = frozenset(
    name
    for names in (
        "adjoint broadcast_to cat chunk clone column_stack concat concatenate contiguous cpu diagonal double expand",
        "expand_as flatten flip float gather getitem hstack index_select masked_select moveaxis movedim narrow",
        "pad permute positive ravel repeat reshape reshape_as requires_grad roll select split squeeze stack swapaxes",
        "swapdims t take take_along_dim tensor_split tile to transpose type type_as unbind unflatten unsqueeze view",
        "view_as vstack T mT H mH alpha_dropout dropout dropout1d dropout2d",
    )
    for name in names.split()
)
"""Functions that only move numbers, or may leave them alone."""

_MATRIX = 2  # axes


def graph_of(tape: Tape, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Graph:
    """The graph of a recorded pass.

    Args:
        tape: the pass.
        shapes: of all of the module's parameters, in the order of `named_parameters()`; by default of those that the
            pass met.

    Example:
        >>> import torch
        >>> from nnwidgets.training.tape import record
        >>> layer = torch.nn.Linear(1, 1)
        >>> with torch.no_grad():
        ...     _ = layer.weight.fill_(2.0), layer.bias.fill_(1.0)
        >>> tape = record(layer, torch.tensor([[3.0]]), torch.tensor([[5.0]]), torch.nn.MSELoss())
        >>> graph = graph_of(tape)
        >>> [symbol.text for symbol in graph.symbols], graph.value("z"), graph.value("L")
        (['x1', 'z', 'L'], 7.0, 4.0)
        >>> graph.local("L", "z"), graph.local("z", "w1"), graph.gradient("w1")
        (4.0, 3.0, 12.0)
    """
    return _Builder(tape, shapes).graph()


@dataclass(eq=False)
class _Sum:
    """A weighted sum with parameters as weights: which of an operation's inputs is what."""

    operation: Operation
    turned: bool  # weights are (inputs, outputs), as in x @ W
    n_in: int
    n_out: int
    bias: bool

    def source(self, weight: int, target: int) -> int:
        """What a weight is multiplied by in a unit."""
        place = weight // self.n_out if self.turned else weight % self.n_in
        return target // self.n_out * self.n_in + place

    def weight(self, source: int, target: int) -> int:
        unit, place = target % self.n_out, source % self.n_in
        return place * self.n_out + unit if self.turned else unit * self.n_in + place


@dataclass(eq=False)
class _Lines:
    """Edges or uses, while they are found."""

    ends: dict[tuple[int, int, int], int] = field(default_factory=dict)
    locals: list[Array] = field(default_factory=list)

    def add(self, ends: tuple[int, int, int], local: Array) -> None:
        """One more; what links the same two in two ways is one line."""
        if ends in self.ends:
            self.locals[self.ends[ends]] = self.locals[self.ends[ends]] + local
        else:
            self.ends[ends] = len(self.locals)
            self.locals.append(local)

    def arrays(self, samples: int) -> tuple[NDArray[np.int32], Array]:
        ends = np.array(list(self.ends), dtype=np.int32).reshape(-1, 3)
        return ends, np.array(self.locals, dtype=np.float64).reshape(-1, samples).T.copy()


class _Builder:
    def __init__(self, tape: Tape, shapes: Mapping[str, tuple[int, ...]] | None) -> None:
        self._tape = tape
        met = {each.name: tuple(each.shape) for each in tape.values if each.kind == "parameter"}
        self._shapes = met if shapes is None else {name: tuple(shape) for name, shape in shapes.items()}
        sizes = [int(np.prod(shape, dtype=int)) for shape in self._shapes.values()]
        self._starts: dict[str, int] = dict(zip(self._shapes, np.cumsum([0, *sizes]).tolist(), strict=False))
        self._samples = tape.shown
        self._alive = self._leading_to_the_loss()
        self._roots: dict[tuple[int, int], tuple[int, int]] = {}
        self._drafts: list[Draft] = []
        self._nodes: dict[tuple[int, int], int] = {}
        self._owner: list[int] = []  # of each node, its draft
        self._sources: dict[int, list[int]] = {}
        self._edges, self._uses = _Lines(), _Lines()
        self._roles: dict[int, Role] = {}

    def graph(self) -> Graph:
        self._add_operations()
        outputs = {self._owner[self._nodes[root]] for root in self._roots_of(self._tape.outputs) if root in self._nodes}
        names = Names(self._drafts, outputs, self._shapes, self._roles, self._starts)
        edges, local = self._edges.arrays(self._samples)
        uses, use_locals = self._uses.arrays(self._samples)
        return Graph(
            self._tape,
            self._groups(names),
            names.nodes,
            tuple(
                Tensor(name, names.tensors[name], shape, self._starts[name], name in self._tape.gradients)
                for name, shape in self._shapes.items()
            ),
            names.parameters,
            np.array(list(self._nodes), dtype=np.int32).reshape(-1, 2),
            self._values(),
            self._gradients(edges, local),
            edges,
            local,
            uses,
            use_locals,
            tuple(tuple(self._sources.get(node, ())) for node in range(len(self._nodes))),
        )

    def _add_operations(self) -> None:
        values, operations = self._tape.values, self._tape.operations
        out = next((at for at, each in enumerate(operations) if each.output == self._tape.outputs), -1)
        of_loss = [at for at in self._alive if at > out]
        moves = [at for at in self._alive if function_name(operations[at].function) in _MOVES]
        for position in moves[:-1] if set(of_loss) <= set(moves) else moves:  # the loss is always a node of its own
            self._see_through(operations[position])
        self._draft("input", "", "", next(at for at, each in enumerate(values) if each.kind == "input"))
        for position in self._alive:
            self._add_operation(position, is_loss=position > out)
        end = self._drafts[-1]
        end.is_loss = True
        if end.kind in ("function", "activation"):
            end.kind = "loss"

    def _groups(self, names: Names) -> tuple[Group, ...]:
        columns = self._columns()
        rows = [0] * len(columns)
        filled: Counter[int] = Counter()
        for at in sorted(range(len(columns)), key=lambda at: (self._drafts[at].kind == "parameter", at)):
            rows[at] = filled[columns[at]]
            filled[columns[at]] += 1
        starts = np.cumsum([0, *(len(draft.units) for draft in self._drafts)]).tolist()
        return tuple(
            Group(
                names.groups[at],
                draft.kind,
                draft.function,
                label_of(draft),
                draft.module,
                starts[at],
                len(draft.units),
                columns[at],
                rows[at],
                tuple(draft.inputs),
                draft.is_loss,
                draft.flows,
                draft.operation,
            )
            for at, draft in enumerate(self._drafts)
        )

    # -- operations ---------------------------------------------------------------------------------

    def _leading_to_the_loss(self) -> list[int]:
        needed = {self._tape.loss_value}
        found = []
        for position in reversed(range(len(self._tape.operations))):
            operation = self._tape.operations[position]
            if operation.output in needed:
                needed.update(operation.inputs)
                found.append(position)
        return found[::-1]

    def _array(self, value: int) -> Array:
        array = self._tape.values[value].array
        return np.broadcast_to(array, (self._samples, array.shape[1]))

    def _root(self, value: int, unit: int) -> tuple[int, int]:
        return self._roots.get((value, unit), (value, unit))

    def _roots_of(self, value: int) -> list[tuple[int, int]]:
        return [self._root(value, unit) for unit in range(self._tape.values[value].array.shape[1])]

    def _is_parameter(self, root: tuple[int, int]) -> bool:
        return self._tape.values[root[0]].kind == "parameter"

    def _see_through(self, operation: Operation) -> None:
        """What only moves numbers makes no new ones: each that it puts out is the one that went in."""
        for unit in range(self._tape.values[operation.output].array.shape[1]):
            links = [
                (place, int(source))
                for place, linked in enumerate(operation.linked)
                for source in np.flatnonzero(linked[unit])
            ]
            if len(links) == 1:
                place, source = links[0]
                if (operation.local[place][:, unit, source] == 1).all():
                    self._roots[operation.output, unit] = self._root(operation.inputs[place], source)

    def _draft(self, kind: Kind, function: str, module: str, value: int, *, is_loss: bool = False) -> Draft:
        units = [unit for unit in range(self._tape.values[value].array.shape[1]) if (value, unit) not in self._roots]
        recorded = self._tape.values[value]
        draft = Draft(kind, function, module, tuple(recorded.shape), units, is_loss=is_loss, name=recorded.name)
        draft.moves, draft.flows = recorded.from_input, recorded.gradient is not None
        for unit in units:
            self._nodes[value, unit] = len(self._owner)
            self._owner.append(len(self._drafts))
        self._drafts.append(draft)
        return draft

    def _add_operation(self, position: int, *, is_loss: bool) -> None:
        operation = self._tape.operations[position]
        units = range(self._tape.values[operation.output].array.shape[1])
        if all((operation.output, unit) in self._roots for unit in units):
            return
        total = self._sum(operation)
        plain = [0] if total else list(range(len(operation.inputs)))  # inputs that need nodes
        if total and len(operation.inputs) > _MATRIX and not total.bias:
            plain.append(2)
        for place in plain:
            self._parameters_as_nodes(operation, place)
        function = function_name(operation.function)
        kind: Kind = "linear" if total else "activation" if function in ACTIVATIONS else "function"
        function = LOSS_NAMES.get(function, function) if is_loss else function
        draft = self._draft(kind, "linear" if total else function, operation.module, operation.output, is_loss=is_loss)
        draft.operation = position
        for place in plain:
            owners = [self._owner[self._nodes[r]] for r in self._roots_of(operation.inputs[place]) if r in self._nodes]
            draft.inputs += [each for each in dict.fromkeys(owners) if each not in draft.inputs]
        for unit in draft.units:
            for place in plain:
                self._link(operation, place, unit, total)
            if total:
                self._use(operation, unit, total)

    def _parameters_as_nodes(self, operation: Operation, place: int) -> None:
        value = operation.inputs[place]
        linked = np.flatnonzero(operation.linked[place].any(axis=0)).tolist()
        for unit, root in enumerate(self._roots_of(value)):
            if unit in linked and self._is_parameter(root) and root not in self._nodes:
                name = self._tape.values[root[0]].name
                draft = self._draft("parameter", "", operation.module, root[0])
                draft.role = (function_name(operation.function), place)
                for entry in draft.units:
                    ends = (self._starts[name] + entry, self._nodes[root[0], entry], -1)
                    self._uses.add(ends, np.ones(self._samples))

    def _link(self, operation: Operation, place: int, unit: int, total: _Sum | None) -> None:
        target = self._nodes[operation.output, unit]
        value = operation.inputs[place]
        for source in np.flatnonzero(operation.linked[place][unit]).tolist():
            root = self._root(value, source)
            if root not in self._nodes:
                continue  # a target: no quantity of the network
            weight = -1
            if total and place == 0:
                weight = self._entry(self._root(operation.inputs[1], total.weight(source, unit)))
            self._sources.setdefault(target, []).append(self._nodes[root])
            self._edges.add((self._nodes[root], target, weight), operation.local[place][:, unit, source])

    # -- weighted sums ------------------------------------------------------------------------------

    def _sum(self, operation: Operation) -> _Sum | None:
        """Whether it is a weighted sum whose weights are all parameters."""
        function = function_name(operation.function)
        turned = function in ("matmul", "mm")
        if (function != "linear" and not turned) or len(operation.inputs) < _MATRIX:
            return None
        x, weight = (self._tape.values[place] for place in operation.inputs[:2])
        n_out, n_in = weight.shape[::-1] if turned and len(weight.shape) == _MATRIX else (*weight.shape, 0, 0)[:2]
        out = self._tape.values[operation.output]
        fits = len(weight.shape) == _MATRIX and x.shape[-1:] == (n_in,) and out.shape[-1:] == (n_out,)
        if not fits or not all(map(self._is_parameter, self._roots_of(operation.inputs[1]))):
            return None
        bias = len(operation.inputs) > _MATRIX and all(map(self._is_parameter, self._roots_of(operation.inputs[2])))
        return _Sum(operation, turned, n_in, n_out, bias)

    def _entry(self, root: tuple[int, int]) -> int:
        return self._starts[self._tape.values[root[0]].name] + root[1]

    def _use(self, operation: Operation, unit: int, total: _Sum) -> None:
        target = self._nodes[operation.output, unit]
        draft = len(self._drafts) - 1
        for place in (1, 2)[: 1 + total.bias]:
            for entry in np.flatnonzero(operation.linked[place][unit]).tolist():
                parameter = self._entry(self._root(operation.inputs[place], entry))
                if place == 1:
                    source = total.source(entry, unit)
                    factor = self._nodes.get(self._root(operation.inputs[0], source), -1)
                    role = Role(draft, "weight", (unit % total.n_out, source % total.n_in))
                else:
                    factor, role = -1, Role(draft, "bias", (unit % total.n_out,))
                self._uses.add((parameter, target, factor), operation.local[place][:, unit, entry])
                self._roles.setdefault(parameter, role)

    # -- the whole ----------------------------------------------------------------------------------

    def _columns(self) -> list[int]:
        """By the longest way from the input; what does not depend on it stands as near as it can to its use."""
        columns = [0] * len(self._drafts)
        for at, draft in enumerate(self._drafts):
            if draft.kind not in ("input", "parameter"):
                columns[at] = 1 + max((columns[each] for each in draft.inputs), default=0)
        for at in reversed(range(1, len(self._drafts))):
            if not self._drafts[at].moves:
                followers = [columns[to] for to, other in enumerate(self._drafts) if at in other.inputs]
                columns[at] = min(followers, default=columns[at] + 1) - 1
        return columns

    def _values(self) -> Array:
        columns = [self._array(value)[:, unit] for value, unit in self._nodes]
        return of_samples(self._tape, [value for value, _ in self._nodes], columns, self._tape.losses)

    def _gradients(self, edges: NDArray[np.int32], local: Array) -> Array:
        """What the hooks heard, of a sample's own loss; where all samples share a number, what reaches it from them."""
        factor = self._tape.samples if self._tape.averaged else 1
        gradients = np.full((self._samples, len(self._nodes)), np.nan)
        out: dict[int, list[int]] = {}
        for edge, source in enumerate(edges[:, 0].tolist()):
            out.setdefault(source, []).append(edge)
        for node, (value, unit) in reversed(list(enumerate(self._nodes))):
            recorded = self._tape.values[value]
            if node == len(self._nodes) - 1:
                gradients[:, node] = 1.0
            elif recorded.gradient is None:
                continue
            elif recorded.per_sample:
                gradients[:, node] = recorded.gradient[:, unit] * factor
            else:
                reached = [each for each in out.get(node, []) if local[:, each].any()]
                gradients[:, node] = (local[:, reached] * gradients[:, edges[reached, 1]]).sum(axis=1)
        return gradients
