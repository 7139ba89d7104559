"""How the numbers of a tensor are spread: exact statistics and a histogram, in two passes over it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import torch

Role = Literal["weight", "gradient", "input", "output", "buffer"]

BINS = 48
PIECE = 32_000  # few enough for PyTorch to use one thread: two wait long for each other where processors are shared
PIECE_OF_GPU = 2**24
_HUGE = 2.0**500  # beyond it squares are infinite


@dataclass(frozen=True)
class Spread:
    """What a `SpreadTrait` has, under the same names."""

    role: Role
    name: str
    size: int
    odd: int
    zeros: int
    mean: float | None
    deviation: float | None
    low: float | None
    high: float | None
    counts: tuple[int, ...]

    @property
    def bound(self) -> float | None:
        """The largest absolute value of the finite numbers; None without any."""
        return None if self.low is None or self.high is None else max(abs(self.low), abs(self.high))


def spread_of(
    tensor: torch.Tensor, role: Role, name: str, bins: int = BINS, ends: tuple[float, float] | None = None
) -> Spread:
    """How the numbers of a tensor are spread.

    All is added up in float64. Of complex numbers it is their absolute values, of bools 0 and 1. A tensor without
    memory (of the device "meta", or of a layer that is not made yet) has a size and nothing else.

    Args:
        tensor: of any shape, dtype, layout and device; only looked at.
        role: what it is to its layer.
        name: how it is called.
        bins: how many bins the histogram has. Each but the last is open at its upper end, as in NumPy. Where all
            numbers are equal they are in the bin in the middle.
        ends: where the histogram begins and ends, if it does elsewhere than its numbers do.

    Example:
        >>> spread = spread_of(torch.tensor([0.0, 1.0, 2.0, 4.0, float("nan")]), "weight", "weight", bins=4)
        >>> spread.mean, spread.low, spread.high, spread.counts, spread.zeros, spread.odd
        (1.75, 0.0, 4.0, (1, 1, 1, 1), 1, 1)
    """
    if torch.nn.parameter.is_lazy(tensor):
        return Spread(role, name, 0, 0, 0, None, None, None, None, ())
    tensor = readable(tensor)
    size = tensor.numel()
    nothing = Spread(role, name, size, 0, 0, None, None, None, None, ())
    if not size or tensor.is_meta:
        return nothing
    found = _first_pass(tensor)
    if not found.count:
        return Spread(role, name, size, size, 0, None, None, None, None, ())
    if ends is not None:
        found = replace(found, low=ends[0], high=ends[1])
    squares, counts = _second_pass(tensor, found, bins)
    deviation = math.sqrt(squares / found.count) / found.scale
    odd = size - found.count
    return Spread(role, name, size, odd, found.zeros, found.mean, deviation, found.low, found.high, counts)


def readable(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor's plain real numbers, in the same memory where that is possible."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    return tensor.abs() if tensor.is_complex() else tensor


def pieces_of(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """All its numbers as float64, in flat pieces; their order is that in which they lie in memory."""
    size = PIECE_OF_GPU if tensor.is_cuda else PIECE
    for piece in _runs(tensor, size):
        yield piece.double() if tensor.is_cuda else piece.cpu().double()


def _runs(tensor: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Flat parts of at most `size` numbers; only what does not lie in a row is copied, part by part."""
    strides = list(tensor.stride())
    tensor = tensor.permute(sorted(range(tensor.ndim), key=lambda axis: -strides[axis]))
    if tensor.is_contiguous():
        yield from torch.split(tensor.reshape(-1), size)
    elif tensor.numel() <= size:
        yield tensor.reshape(-1)
    else:
        for part in torch.split(tensor, max(1, size * len(tensor) // tensor.numel())):
            yield from _runs(part.squeeze(0), size)


@dataclass(frozen=True)
class _Found:
    """What the first pass finds. `scale` keeps squares finite."""

    count: int
    zeros: int
    low: float
    high: float
    mean: float
    scale: float


def _first_pass(tensor: torch.Tensor) -> _Found:
    count, zeros, total = 0, 0, 0.0
    low, high = math.inf, -math.inf
    for piece in map(_finite, pieces_of(tensor)):
        if not len(piece):
            continue
        least, greatest = torch.aminmax(piece)
        low, high = min(low, least.item()), max(high, greatest.item())
        zeros += len(piece) - int(torch.count_nonzero(piece))
        share = len(piece) / (count + len(piece))  # a mean of means is never beyond what a double can hold
        count += len(piece)
        total += share * (_mean(piece, max(abs(low), abs(high))) - total)
    largest = max(abs(low), abs(high))
    scale = 2.0**-600 if largest > _HUGE else 2.0**1000 if largest < 1 / _HUGE else 1.0
    return _Found(count, zeros, low, high, min(max(total, low), high), scale)


def _mean(piece: torch.Tensor, largest: float) -> float:
    if largest > _HUGE:
        return float((piece / len(piece)).sum())
    return float(piece.sum()) / len(piece)


def _finite(piece: torch.Tensor) -> torch.Tensor:
    # a NaN or an infinity anywhere shows in the least or the greatest, and that costs less than to ask each number
    if all(math.isfinite(end.item()) for end in torch.aminmax(piece)):
        return piece
    return piece[piece.isfinite()]


def _second_pass(tensor: torch.Tensor, found: _Found, bins: int) -> tuple[float, tuple[int, ...]]:
    """The sum of the squared differences from the mean, scaled; and the histogram."""
    squares = 0.0
    counts = torch.zeros(bins, dtype=torch.int64, device=tensor.device if tensor.is_cuda else "cpu")
    place = partial(_bins_of, found=found, bins=bins)
    for piece in map(_finite, pieces_of(tensor)):
        apart = piece.sub(found.mean) if found.scale == 1 else piece.mul(found.scale).sub_(found.mean * found.scale)
        squares += float(apart.square_().sum())
        counts += torch.bincount(place(piece), minlength=bins)
    return squares, tuple(counts.tolist())


def _bins_of(piece: torch.Tensor, found: _Found, bins: int) -> torch.Tensor:
    """The number of the bin of each number."""
    low, high = found.low * found.scale, found.high * found.scale
    if low == high:
        return torch.full_like(piece, bins // 2, dtype=torch.int64)
    above = piece.sub(low) if found.scale == 1 else piece.mul(found.scale).sub_(low)  # the piece may be a parameter
    return above.div_(high - low).mul_(bins).clamp_(max=bins - 1).to(torch.int64)


def root_mean_square(tensors: list[torch.Tensor]) -> float | None:
    """Of all numbers of some tensors: one pass, in the tensors' own precision; None without any, or not finite."""
    size = sum(tensor.numel() for tensor in tensors)
    if not size:
        return None
    norms = [_norm(readable(tensor)) for tensor in tensors]
    norm = math.hypot(*norms)
    return norm / math.sqrt(size) if math.isfinite(norm) else None


def _norm(tensor: torch.Tensor) -> float:
    quick = float(torch.linalg.vector_norm(tensor)) if tensor.dtype in (torch.float32, torch.float64) else math.inf
    if math.isfinite(quick):
        return quick
    return math.hypot(*(float(torch.linalg.vector_norm(piece)) for piece in pieces_of(tensor)))  # squares are too large


def known(value: Any) -> float | None:
    """A number that JSON can have, or None."""
    number = float(value)
    return number if math.isfinite(number) else None
