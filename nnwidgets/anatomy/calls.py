"""A call that was noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from nnwidgets.anatomy.graph import TensorShape
from nnwidgets.anatomy.table import bytes_of, dtype_name, memory_of


@dataclass(eq=False)
class Call:
    """A call of a module or of a function, or where a tensor comes in or goes out.

    Attributes:
        key: of its node.
        kind: "module", "operation", "input" or "output".
        name: of the module, or the function's.
        parent: the module call in which it is, None for the model's.
        module: the module that is called.
        number: which call of it.
        outer: an exception that was being handled when it began.
        owner: the call of a layer that it is a part of, and that is told in its place; itself for such a layer.
        announced: whether its module's `forward` is still to begin.
        calls: those in it, in order.
        sources: the calls that made what it reads itself.
        passed: of a module: the calls that made what it was given.
        opened: whether it put out a tensor that comes from no call in it.
        parameters: numbers of those that it reads itself.
        buffers: names of those that it reads itself.
        inputs: tensors that go in.
        outputs: tensors that come out.
        cost: its own multiply–adds.
        taken: bytes of memory that was taken for what it puts out.
        raised: whether it ended with an exception.
        constant: whether it depends on nothing that goes in, and on no weight.
        given: of a module that runs: its input tensors by id, and how often they had been changed.
        left: what was given to NumPy in it.
        names: how many functions of each name were called in it.
    """

    key: str
    kind: str
    name: str
    parent: Call | None = None
    module: torch.nn.Module | None = None
    number: int = 1
    outer: BaseException | None = None
    owner: Call | None = None
    announced: bool = True
    calls: list[Call] = field(default_factory=list)
    sources: dict[Call, None] = field(default_factory=dict)
    passed: dict[Call, None] = field(default_factory=dict)
    opened: bool = False
    parameters: dict[int, None] = field(default_factory=dict)
    buffers: dict[str, None] = field(default_factory=dict)
    inputs: tuple[TensorShape, ...] = ()
    outputs: tuple[TensorShape, ...] = ()
    cost: int = 0
    taken: int = 0
    raised: bool = False
    constant: bool = False
    given: dict[int, tuple[torch.Tensor, int]] = field(default_factory=dict)
    left: dict[Call, None] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)


def shape_of(tensor: torch.Tensor, path: str) -> TensorShape:
    """A tensor's shape, and where it is."""
    return TensorShape(path, tuple(tensor.shape), dtype_name(tensor))


def flat(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    """All tensors in nested tuples, lists and dicts."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from flat(value)
        elif isinstance(value, dict):
            yield from flat(value.values())


def among(tensor: torch.Tensor, tensors: list[torch.Tensor]) -> bool:
    """Whether a tensor is one of those."""
    return any(tensor is each for each in tensors)


def version_of(tensor: torch.Tensor) -> int:
    """How often a tensor has been changed in place; 0 where PyTorch does not count it."""
    return 0 if tensor.is_inference() else tensor._version


def taken(outputs: list[torch.Tensor], given: list[torch.Tensor]) -> int:
    """Bytes of the outputs whose memory is not that of what was given."""
    known = {memory_of(tensor) for tensor in given}
    taken = 0
    for tensor in outputs:
        memory = memory_of(tensor)
        if memory is None or memory not in known:
            taken += bytes_of(tensor)
            known.add(memory)
    return taken


def shapes_of(tensors: list[torch.Tensor]) -> tuple[TensorShape, ...]:
    """Shapes of a function's tensors, and where they are."""
    if len(tensors) == 1:
        return (shape_of(tensors[0], ""),)
    return tuple(shape_of(tensor, f"[{place}]") for place, tensor in enumerate(tensors))
