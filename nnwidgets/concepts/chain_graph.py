"""What a graph of scalars is, and how its quantities are found by name; `nnwidgets.concepts.chain` makes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnwidgets.concepts.chain_names import Symbol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.training.tape import Tape

    Array = NDArray[np.float64]
    Index = NDArray[np.int32]

__all__ = ["MOST_PATHS", "Graph", "Group", "Path", "Tensor"]

MOST_PATHS = 10_000

Kind = Literal["input", "parameter", "linear", "activation", "function", "loss"]


@dataclass(frozen=True)
class Group:
    """The nodes of one tensor.

    Attributes:
        symbol: of all of them.
        kind: "input"; "parameter", where it is no weight or bias of a weighted sum; else what makes them: "linear",
            "activation" (each unit of one), "loss" (the last) or any other "function".
        function: in the tables of `nnwidgets.functions`, or PyTorch's.
        label: heads its column.
        module: as in `named_modules()`.
        start, units: its nodes.
        column, row: where it stands; each edge leads to a larger column.
        inputs: the groups that go in.
        is_loss: whether it comes after what the network puts out.
        flows: whether derivatives flow back to it.
        operation: which of the tape's makes it; −1 for none.
    """

    symbol: Symbol
    kind: Kind
    function: str
    label: str
    module: str
    start: int
    units: int
    column: int
    row: int
    inputs: tuple[int, ...]
    is_loss: bool
    flows: bool
    operation: int

    @property
    def nodes(self) -> range:
        """Its nodes."""
        return range(self.start, self.start + self.units)


@dataclass(frozen=True)
class Tensor:
    """A parameter as PyTorch has it.

    Attributes:
        name: as in `named_parameters()`.
        symbol: of the whole of it.
        shape: of it.
        start: where its entries begin among all parameters one by one.
        trainable: whether it gets a gradient.
    """

    name: str
    symbol: Symbol
    shape: tuple[int, ...]
    start: int
    trainable: bool

    @property
    def entries(self) -> range:
        """Its entries, among all parameters one by one."""
        return range(self.start, self.start + int(np.prod(self.shape, dtype=int)))


@dataclass(frozen=True)
class Path:
    """A way from a parameter or a node to the loss.

    Attributes:
        use: where it begins, among the graph's uses; None for a node.
        nodes: on the way, the loss last.
        edges: between them.
        factors: the local derivatives, in the order of the way.
    """

    use: int | None
    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        """Of the factors: what the path adds to the derivative of the loss."""
        return float(np.prod(self.factors))


def of_samples(tape: Tape, values: Sequence[int], columns: Sequence[Array], losses: Array) -> Array:
    """Numbers of nodes, each of a value on the tape, as those of samples alone; NaN where nothing says what these are.

    What brings several samples together in their mean has the batch's number on the tape.
    """
    found = np.stack(columns, axis=1)
    if tape.averaged:
        found[:, -1] = losses
        joined = [tape.values[each].from_input and not tape.values[each].per_sample for each in values[:-1]]
        if tape.samples > 1:
            found[:, np.flatnonzero(joined)] = np.nan
    return found


@dataclass(frozen=True, eq=False)
class Graph:
    """The scalars of a pass. S are its samples, N the nodes, E the edges, P the parameters one by one, U their uses.

    Attributes:
        groups: in the order of execution; the nodes of the loss are last.
        symbols: of the nodes.
        tensors, parameter_symbols: all of the module's parameters, and their entries.
        places: `(N, 2)`, the value on the tape and the place in it that a node is.
        values, gradients: `(S, N)`; gradients are of a sample's own loss where the batch's is their mean, NaN where
            nothing flows.
        edges: `(E, 3)`, from node, to node, and the parameter that is the edge's weight, or −1.
        locals: `(S, E)`, derivatives of the edges' ends with respect to their beginnings.
        uses: `(U, 3)`, a parameter, the node that it works in, and the node that it is multiplied by, or −1. A
            parameter with nodes of its own works in these.
        use_locals: `(S, U)`.
        sources: for each node the nodes that go into it, in the order of its operation's inputs; one that goes in
            twice is there twice.
    """

    tape: Tape
    groups: tuple[Group, ...]
    symbols: tuple[Symbol, ...]
    tensors: tuple[Tensor, ...]
    parameter_symbols: tuple[Symbol, ...]
    places: Index
    values: Array
    gradients: Array
    edges: Index
    locals: Array
    uses: Index
    use_locals: Array
    sources: tuple[tuple[int, ...], ...]

    # -- by name ------------------------------------------------------------------------------------

    def find(self, text: str) -> tuple[Literal["node", "parameter"], int]:
        """What is called so: a node or a parameter, by its symbol in plain letters or as in "0.weight[0, 0]".

        Raises:
            KeyError: nothing is; the message names what comes near.
        """
        if text in self._nodes:
            return "node", self._nodes[text]
        if text in self._parameters:
            return "parameter", self._parameters[text]
        entry = self._entry(text)
        if entry is None:
            raise self._unknown(text)
        return "parameter", entry

    def value(self, text: str, sample: int = 0) -> float:
        """The value of a node, in a sample's pass, or of a parameter."""
        kind, index = self.find(text)
        return float(self.values[sample, index] if kind == "node" else self.parameters[index])

    def gradient(self, text: str, sample: int | None = None) -> float:
        """The derivative of the loss with respect to a node or a parameter.

        Args:
            text: its name.
            sample: whose loss; None: the batch's for a parameter, the first sample's for a node.
        """
        kind, index = self.find(text)
        if kind == "node":
            return float(self.gradients[sample or 0, index])
        if sample is None:
            return float(self.parameter_gradients[index])
        mine = np.flatnonzero(self.uses[:, 0] == index)
        return float((self.use_locals[sample, mine] * self.gradients[sample, self.uses[mine, 1]]).sum())

    def local(self, of: str, to: str, sample: int = 0) -> float:
        """The derivative of a node with respect to a node or a parameter that goes straight into it.

        Raises:
            KeyError: it does not; the message says what does.
        """
        kind, target = self.find(of)
        if kind != "node":
            raise KeyError(f"{of!r} is a parameter: it depends on nothing")
        other, source = self.find(to)
        if other == "node":
            found = self.locals[sample, (self.edges[:, 0] == source) & (self.edges[:, 1] == target)]
        else:
            found = self.use_locals[sample, (self.uses[:, 0] == source) & (self.uses[:, 1] == target)]
        if not found.size:
            into = [self.symbols[i].text for i in self.edges[self.edges[:, 1] == target, 0]]
            into += [self.parameter_symbols[i].text for i in self.uses[self.uses[:, 1] == target, 0]]
            raise KeyError(f"{to!r} does not go straight into {of!r}; what does: {', '.join(dict.fromkeys(into))}")
        return float(found.sum())

    def paths(self, text: str, sample: int = 0) -> Iterator[Path]:
        """All ways from a node or a parameter to the loss; their products add up to its derivative.

        Raises:
            KeyError: nothing is called so.
            ValueError: there are more than `MOST_PATHS`.
        """
        kind, index = self.find(text)
        starts: list[tuple[int | None, int]] = [(None, index)]
        if kind == "parameter":
            starts = [(int(use), int(self.uses[use, 1])) for use in np.flatnonzero(self.uses[:, 0] == index)]
        count = sum(self._ways[node] for _, node in starts)
        if count > MOST_PATHS:
            raise ValueError(
                f"{count:,} paths lead from {text!r} to the loss, and at most {MOST_PATHS:,} can be listed; "
                "its derivative does not need them: each node adds up once what reaches it"
            )
        return self._walk(starts, sample)

    # -- parameters ---------------------------------------------------------------------------------

    @cached_property
    def parameters(self) -> Array:
        """`(P,)` values; NaN for those that are not used."""
        found = np.full(len(self.parameter_symbols), np.nan)
        arrays = {each.name: each.array for each in self.tape.values if each.kind == "parameter"}
        for tensor in self.tensors:
            if tensor.name in arrays:
                found[tensor.entries] = arrays[tensor.name].reshape(-1)
        return found

    @cached_property
    def parameter_gradients(self) -> Array:
        """`(P,)`, of the batch's loss; NaN for those that are frozen."""
        found = np.full(len(self.parameter_symbols), np.nan)
        for tensor in self.tensors:
            if tensor.trainable and tensor.name in self.tape.gradients:
                found[tensor.entries] = self.tape.gradients[tensor.name].reshape(-1)
        return found

    def per_sample(self, columns: Sequence[Array], losses: Array) -> Array:
        """Other values of the nodes, `(S,)` each, and other losses, put as `values` are: `(S, N)`."""
        return of_samples(self.tape, self.places[:, 0].tolist(), columns, losses)

    # -- inside -------------------------------------------------------------------------------------

    @cached_property
    def _nodes(self) -> dict[str, int]:
        return {symbol.text: node for node, symbol in enumerate(self.symbols)}

    @cached_property
    def _parameters(self) -> dict[str, int]:
        return {symbol.text: index for index, symbol in enumerate(self.parameter_symbols)}

    def _entry(self, text: str) -> int | None:
        """The parameter that PyTorch calls so."""
        parts = re.fullmatch(r"\s*([\w.]+)\s*(?:\[([\d\s,-]*)\])?\s*", text)
        tensor = next((each for each in self.tensors if parts and each.name == parts[1]), None)
        if tensor is None or parts is None:
            return None
        place = [int(each) for each in re.findall(r"-?\d+", parts[2] or "")]
        sizes = " × ".join(map(str, tensor.shape)) or "one number"
        if len(place) != len(tensor.shape):
            example = f"{tensor.name}[{', '.join('0' * len(tensor.shape))}]"
            raise KeyError(f"{tensor.name!r} is {sizes}; name one of its entries, such as {example!r}")
        if any(not -size <= at < size for at, size in zip(place, tensor.shape, strict=True)):
            raise KeyError(f"{text!r} is not there: {tensor.name!r} is {sizes}")
        inside = tuple(at % size for at, size in zip(place, tensor.shape, strict=True))
        return tensor.start + (int(np.ravel_multi_index(inside, tensor.shape)) if inside else 0)

    def _unknown(self, text: str) -> KeyError:
        names = [*self._nodes, *self._parameters]
        entries = [f"{each.name}[{', '.join('0' * len(each.shape))}]" for each in self.tensors if each.shape]
        near = difflib.get_close_matches(str(text).lower(), {each.lower(): each for each in names + entries}, 1)
        found = next((each for each in names + entries if near and each.lower() == near[0]), None)
        hint = f"; did you mean {found!r}?" if found else "."
        few = [*(group.symbol.text for group in self.groups), *(tensor.symbol.text for tensor in self.tensors)]
        return KeyError(f"nothing is called {text!r}{hint} There are {', '.join(few)}, and what they are made of")

    @cached_property
    def _out(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for edge, source in enumerate(self.edges[:, 0].tolist()):
            found.setdefault(source, []).append(edge)
        return found

    @cached_property
    def _ways(self) -> list[int]:
        """How many paths lead from each node to the loss."""
        ways = [0] * len(self.symbols)
        ways[-1] = 1
        for node in sorted(range(len(ways) - 1), key=lambda node: -self._columns[node]):
            ways[node] = sum(ways[self.edges[edge, 1]] for edge in self._out.get(node, ()))
        return ways

    @cached_property
    def _columns(self) -> list[int]:
        return [group.column for group in self.groups for _ in group.nodes]

    def _walk(self, starts: Sequence[tuple[int | None, int]], sample: int) -> Iterator[Path]:
        end = len(self.symbols) - 1
        for use, node in starts:
            first = () if use is None else (float(self.use_locals[sample, use]),)
            stack: list[tuple[int, tuple[int, ...]]] = [(node, ())]
            while stack:
                at, edges = stack.pop()
                if at == end:
                    nodes = (node, *(int(self.edges[edge, 1]) for edge in edges))
                    factors = first + tuple(float(self.locals[sample, edge]) for edge in edges)
                    yield Path(use, nodes, edges, factors)
                    continue
                ways = [(int(self.edges[edge, 1]), (*edges, edge)) for edge in reversed(self._out.get(at, []))]
                stack += [each for each in ways if self._ways[each[0]]]
