"""Which call made a tensor: also one that was changed in place, or is a view of another."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.multiprocessing.reductions import StorageWeakRef

if TYPE_CHECKING:
    from nnwidgets.anatomy.calls import Call

_HARDEST = 20_000  # what may be spent on telling whether two views overlap
_MOST_COUNTED = 200_000  # numbers of a tensor that are looked at one by one


class _Place(NamedTuple):
    """Which bytes of its memory a tensor is."""

    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    size: int


@dataclass
class _Memory:
    kept: StorageWeakRef  # so that no other gets its address
    writes: list[tuple[int, Call, _Place]] = field(default_factory=list)


class Provenance:
    """Knows for each tensor the calls that made its numbers; keeps none of them alive."""

    def __init__(self) -> None:
        self._time = 0
        self._tensors: dict[int, tuple[weakref.ref[torch.Tensor], Call, int]] = {}
        self._memories: dict[int, _Memory] = {}

    def note(self, tensor: torch.Tensor, call: Call) -> bool:
        """A call put out a tensor; whether on memory that is new."""
        self._time += 1
        self._tensors[id(tensor)] = (weakref.ref(tensor), call, self._time)
        memory = self._memory(tensor)
        if memory is None:
            inner = _unwrapped(tensor)
            return self.note(inner, call) if inner is not None else True
        if memory.writes:
            return False
        memory.writes.append((self._time, call, _place(tensor)))
        return True

    def written(self, tensor: torch.Tensor, call: Call) -> None:
        """A call changed a tensor in place."""
        self._time += 1
        self._tensors[id(tensor)] = (weakref.ref(tensor), call, self._time)
        memory = self._memory(tensor)
        if memory is not None:
            place = _place(tensor)
            memory.writes[:] = [write for write in memory.writes if not _covers(place, write[2])]
            memory.writes.append((self._time, call, place))
        elif (inner := _unwrapped(tensor)) is not None:
            self.written(inner, call)

    def made_by(self, tensor: torch.Tensor) -> list[Call]:
        """The calls that a tensor's numbers are from, in order of time; [] where none is known."""
        return self.origin(tensor)[0]

    def origin(self, tensor: torch.Tensor) -> tuple[list[Call], bool]:
        """The same, and whether some of its numbers are from elsewhere."""
        known = self._tensors.get(id(tensor))
        found: list[Call] = []
        since, is_open = -1, True
        if known is not None and known[0]() is tensor:
            found, since, is_open = [known[1]], known[2], False
        memory = self._memory(tensor)
        if memory is None:
            inner = None if found else _unwrapped(tensor)
            return (found, is_open) if inner is None else self.origin(inner)
        if memory.writes and memory.writes[-1][0] > since:
            later, covered = _later(memory.writes, since, _place(tensor))
            return (later, False) if covered else (found + later, is_open)
        return found, is_open

    def _memory(self, tensor: torch.Tensor) -> _Memory | None:
        try:
            storage = tensor.untyped_storage()
        except (NotImplementedError, RuntimeError):  # sparse, or wrapped by torch.func
            return None
        memory = self._memories.get(storage._cdata)
        if memory is None:
            memory = self._memories[storage._cdata] = _Memory(StorageWeakRef(storage))  # type: ignore[no-untyped-call]
        return memory


def _later(writes: list[tuple[int, Call, _Place]], since: int, place: _Place) -> tuple[list[Call], bool]:
    """What was written to a place after that, and whether nothing is left of what was there."""
    later: list[Call] = []
    left: NDArray[np.int64] | None = None  # bytes that were not written to
    for time, call, where in reversed(writes):
        if time <= since:
            break
        if not _overlap(where, place):
            continue
        if left is not None:
            if not np.isin(left, _addresses(where)).any():
                continue
            left = np.setdiff1d(left, _addresses(where))
        later.append(call)
        if _covers(where, place) or (left is not None and not left.size):
            return later[::-1], True
        if left is None and max(_count(where), _count(place)) <= _MOST_COUNTED:
            left = np.setdiff1d(_addresses(place), _addresses(where))
            if not left.size:
                return later[::-1], True
    return later[::-1], False


def _count(place: _Place) -> int:
    return math.prod(place.shape)


@lru_cache(maxsize=64)
def _addresses(place: _Place) -> NDArray[np.int64]:
    """Where its numbers begin."""
    found = np.full((), place.offset, dtype=np.int64)
    for length, step in zip(place.shape, place.stride, strict=True):
        found = np.add.outer(found, np.arange(length, dtype=np.int64) * (step * place.size))
    return np.unique(found)


def _place(tensor: torch.Tensor) -> _Place:
    size = tensor.element_size()
    return _Place(int(tensor.storage_offset()) * size, tuple(tensor.shape), tuple(tensor.stride()), size)


def _covers(outer: _Place, inner: _Place) -> bool:
    """Whether all bytes of one are certainly among the other's."""
    if outer == inner:
        return True
    (low, high), (first, last) = _range(inner), _range(outer)
    return first <= low and high <= last and last - first == _bytes(outer)


def _bytes(place: _Place) -> int:
    count = place.size
    for length, step in zip(place.shape, place.stride, strict=True):
        count *= length if step else 1
    return count


def _range(place: _Place) -> tuple[int, int]:
    if 0 in place.shape:
        return place.offset, place.offset
    last = sum((length - 1) * step for length, step in zip(place.shape, place.stride, strict=True))
    return place.offset, place.offset + (last + 1) * place.size


@cache
def _overlap(one: _Place, other: _Place) -> bool:
    (low, high), (first, last) = _range(one), _range(other)
    if high <= first or last <= low:
        return False
    if one == other or (_bytes(one) == high - low and _bytes(other) == last - first):
        return True
    try:
        return np.shares_memory(_array(one), _array(other), max_work=_HARDEST)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


class _Bytes:
    """Numbers at an address that is never read."""

    def __init__(self, place: _Place) -> None:
        self.__array_interface__ = {
            "version": 3,
            "data": ((1 << 24) + place.offset, True),
            "shape": place.shape,
            "strides": tuple(step * place.size for step in place.stride),
            "typestr": f"|V{place.size}",
        }


def _array(place: _Place) -> NDArray[Any]:
    return np.asarray(_Bytes(place))


def _unwrapped(tensor: torch.Tensor) -> torch.Tensor | None:
    """The tensor behind one that torch.func wrapped."""
    functorch = getattr(torch._C, "_functorch", None)
    if functorch is None or not functorch.is_functorch_wrapped_tensor(tensor):
        return None
    inner: torch.Tensor = functorch.get_unwrapped(tensor)
    return inner
