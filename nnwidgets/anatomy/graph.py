"""A model as it ran: calls of modules and operations in order of execution, and what each gave to which."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

NodeKind = Literal["input", "module", "container", "operation", "parameter", "loop", "idle", "output"]


@dataclass(frozen=True)
class TensorShape:
    """A tensor that goes in or comes out.

    Attributes:
        path: where it is in a tuple, dict or object, such as ``"['logits']"``; ``""`` for one by itself.
        shape: its sizes.
        dtype: as PyTorch writes it, without "torch.".
    """

    path: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Parameter:
    """A parameter of the model.

    Attributes:
        names: all that it has, as in ``named_parameters(remove_duplicate=False)``.
        shape: its sizes, ``()`` where they are not known.
        dtype: as PyTorch writes it, without "torch.".
        trainable: whether it requires a gradient.
        count: number of its entries, 0 where it is not known.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    count: int


@dataclass(frozen=True)
class Term:
    """A summand of a node's parameter count.

    Attributes:
        parameter: its number in `Graph.parameters`.
        factors: whole numbers whose product is the parameter's count.
        meanings: what each of them counts.
    """

    parameter: int
    factors: tuple[int, ...]
    meanings: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A call of a module, an operation between modules, or where data begin and end.

    Attributes:
        key: name of the module, with ``"#2"`` for its second call; of an operation the module that calls it and
            PyTorch's name, such as ``"layer1.0:add_"``. The model itself, where it is one layer, is ``":model"``.
        kind: a "container" or a "loop" has nodes in it; all others are leaves.
        name: as in ``named_modules()``; of an operation PyTorch's.
        type: the class, or of an operation its name once more.
        detail: the rest in a few letters.
        parent: number of the node that it lies in, −1 for the model itself.
        call: which call of its module, from 1.
        calls: how many there are.
        repeats: rounds that a loop stands for, else 1.
        inputs: tensors that go in.
        outputs: tensors that come out.
        parameters: numbers of those used in here, in the order of their first use.
        count: number of their entries.
        trainable: of how many of these training changes.
        fresh: of how many of these no node before makes use.
        terms: a leaf's parameter count as a sum.
        shares: numbers of other leaves that use one of the same parameters.
        multiply_adds: products of its inputs and weights that are added up; additions, biases and element-wise
            operations are none. All rounds of a loop.
        parameter_bytes: of its parameters.
        output_bytes: memory that is taken for what it puts out: what is changed in place, or only seen in another
            shape, takes none. Of a container those of all leaves in it, all rounds of a loop.
    """

    key: str
    kind: NodeKind
    name: str
    type: str
    detail: str = ""
    parent: int = -1
    call: int = 1
    calls: int = 1
    repeats: int = 1
    inputs: tuple[TensorShape, ...] = ()
    outputs: tuple[TensorShape, ...] = ()
    parameters: tuple[int, ...] = ()
    count: int = 0
    trainable: int = 0
    fresh: int = 0
    terms: tuple[Term, ...] = ()
    shares: tuple[int, ...] = ()
    multiply_adds: int = 0
    parameter_bytes: int = 0
    output_bytes: int = 0


@dataclass(frozen=True)
class Graph:
    """A model as it ran with its input.

    Attributes:
        name: its class.
        mode: that in which it ran.
        samples: length of the input's first axis.
        nodes: in order of execution, each before those that lie in it.
        edges: pairs of numbers of leaves, in a row: what the first puts out goes into the second.
        parameters: the model's, in the order of ``named_parameters()``.
        parameter_count: entries that are trained, each once; as `nnwidgets.networks.count_parameters` has it.
        frozen: entries that are not.
        multiply_adds: of all nodes.
        parameter_bytes: of all parameters.
        buffer_bytes: of all buffers.
        output_bytes: of all nodes.
        operations: calls of PyTorch's functions that were noted.
        without: nodes that are left out, for there are too many.
        failed: key of the inmost node that raised, ``""`` for the model itself; None where all went well.
        failure: what was raised and where, ``""`` where all went well.
        notes: sentences about what is not shown, and why.
    """

    name: str
    mode: Literal["evaluation", "training"]
    samples: int
    nodes: tuple[Node, ...]
    edges: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    parameter_count: int
    frozen: int
    multiply_adds: int
    parameter_bytes: int
    buffer_bytes: int
    output_bytes: int
    operations: int
    without: int = 0
    failed: str | None = None
    failure: str = ""
    notes: tuple[str, ...] = ()

    def find(self, key: str) -> Node:
        """The node of that key.

        Raises:
            KeyError: there is none; the message names the nearest.
        """
        return self.nodes[self.number(key)]

    def number(self, key: str) -> int:
        """The number of the node of that key.

        Raises:
            KeyError: there is none; the message names the nearest.
        """
        if key in self._numbers:
            return self._numbers[key]
        near = difflib.get_close_matches(key, self._numbers, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise KeyError(f"there is no {key!r} in this {self.name}{hint}")

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes that have none in them, in order of execution."""
        return tuple(node for number, node in enumerate(self.nodes) if number not in self._within)

    def inside(self, number: int) -> tuple[int, ...]:
        """Numbers of the nodes that lie directly in that one; −1 for those of the model."""
        return tuple(self._within.get(number, ()))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The edges, as keys of the leaf that gives and of the one that takes."""
        keys = [self.nodes[number].key for number in self.edges]
        return tuple(zip(keys[::2], keys[1::2], strict=True))

    def first_unfolded(self, rows: int = 20) -> tuple[str, ...]:
        """Keys of the containers to unfold so that no more than so many rows are shown.

        Containers of one class at one depth are unfolded together or not at all.
        """
        shown = len(self.inside(-1))
        unfolded: list[str] = []
        level = list(self.inside(-1))
        while level:
            groups: dict[str, list[int]] = defaultdict(list)
            for number in level:
                if self.inside(number):
                    groups[self.nodes[number].type].append(number)
            level = []
            for numbers in groups.values():
                more = [child for number in numbers for child in self.inside(number)]
                if shown + len(more) <= rows:
                    shown += len(more)
                    unfolded += [self.nodes[number].key for number in numbers]
                    level += more
        return tuple(unfolded)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {node.key: number for number, node in enumerate(self.nodes)}

    @cached_property
    def _within(self) -> dict[int, list[int]]:
        within: dict[int, list[int]] = defaultdict(list)
        for number, node in enumerate(self.nodes):
            within[node.parent].append(number)
        return within
