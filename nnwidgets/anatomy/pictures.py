"""A tensor as small maps of numbers: which of its axes are tiles, rows and columns, and what fits on a screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.anatomy.spreads import PIECE, PIECE_OF_GPU, Role, readable, spread_of

Floats = NDArray[np.float32]

MOST_TILES = 64
MOST_CELLS = 2**16
MOST_LABELS = 4096
_FINEST, _FINEST_OF_MANY = 256, 64  # cells along an axis of a tile, where it is the only one and where it is not


@dataclass(frozen=True)
class Picture:
    """What a `PictureTrait` has, under the same names; `values`, `lows` and `highs` are float32, `(shown, *grid)`."""

    role: Role
    name: str
    shape: tuple[int, ...]
    dtype: str
    index: tuple[int | None, ...]
    axes: tuple[str, str, str]
    tiles: int
    first: int
    shown: int
    rows: int
    columns: int
    window: tuple[int, int, int, int]
    grid: tuple[int, int]
    values: Floats
    lows: Floats | None
    highs: Floats | None
    bound: float | None
    row_labels: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How the axes of a tensor lie on the screen: which one goes along tiles, rows and columns, and how it is called.

    Args:
        tiles: number of an axis, or None where there is one tile only.
        rows: the same for rows.
        columns: the same for columns.
        names: what tiles, rows and columns are.
        index: of each axis that is not shown the number that is looked at.
        labels: the names of the rows.
    """

    tiles: int | None = None
    rows: int | None = None
    columns: int | None = None
    names: tuple[str, str, str] = ("", "", "")
    index: tuple[tuple[int, int], ...] = ()
    labels: Sequence[str] = ()

    def placed(self, shape: Sequence[int]) -> tuple[int | None, ...]:
        """Of each axis the number that is looked at, None for those that are shown."""
        fixed = dict(self.index)
        shown = (self.tiles, self.rows, self.columns)
        return tuple(None if axis in shown else fixed.get(axis, 0) for axis in range(len(shape)))

    def plane(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view of the part that is looked at, `(tiles, rows, columns)`."""
        index = self.placed(tensor.shape)
        left = [axis for axis, number in enumerate(index) if number is None]
        for axis in reversed(range(tensor.ndim)):
            number = index[axis]
            if number is not None:
                tensor = tensor.select(axis, number)
        shown = [left.index(axis) for axis in (self.tiles, self.rows, self.columns) if axis is not None]
        tensor = tensor.permute(shown)
        for place, missing in enumerate((self.tiles, self.rows, self.columns)):
            if missing is None:
                tensor = tensor.unsqueeze(place)
        return tensor


@dataclass(frozen=True)
class Part:
    """Which part of a picture is asked for, and how much may be sent of it.

    Args:
        window: first row, rows, first column and columns, or () for all.
        first: the first tile.
        cells: how many cells there may be.
    """

    window: tuple[int, ...] = ()
    first: int = 0
    cells: int = MOST_CELLS


_WHOLE = Part()


def layout_of(
    shape: Sequence[int],
    names: Sequence[str] = (),
    index: Sequence[tuple[int, int]] = (),
    labels: Sequence[str] = (),
) -> Layout:
    """The last axes that are not fixed as columns, rows and tiles; of those before the first number.

    Args:
        shape: the tensor's.
        names: what its axes are, as many as it has; without them they are numbered, as in PyTorch.
        index: axes that are not shown, and the number that is looked at.
        labels: the names of the rows.
    """
    fixed = {axis for axis, _ in index}
    free = [axis for axis in range(len(shape)) if axis not in fixed]
    called = list(names) or [f"axis {axis}" for axis in range(len(shape))]
    tiles, rows, columns = [None, None, None, *free][-3:]
    across, down, along = ("" if axis is None else called[axis] for axis in (tiles, rows, columns))
    return Layout(tiles, rows, columns, (across, down, along), tuple(index), labels)


def picture_of(
    tensor: torch.Tensor,
    role: Role,
    name: str,
    layout: Layout | None = None,
    part: Part = _WHOLE,
    bound: float | None = None,
) -> Picture:
    """A tensor, or a part of it, in as many numbers as can be shown.

    Only what is looked at is read; of complex numbers their absolute values are shown.

    Args:
        tensor: of any shape, dtype, memory format and device.
        role: what it is to its layer.
        name: how it is called.
        layout: which axis goes where; the last three if it is not given.
        part: the part that is asked for; what does not exist is taken to mean the nearest that does.
        bound: its largest absolute value, if it is known already.

    Example:
        >>> picture = picture_of(torch.arange(12.0).reshape(3, 4), "weight", "weight", part=Part((1, 2, 0, 3)))
        >>> picture.values.tolist(), picture.window, picture.bound
        ([[[4.0, 5.0, 6.0], [8.0, 9.0, 10.0]]], (1, 2, 0, 3), 11.0)
    """
    dtype, shape = str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape)
    tensor = readable(tensor)
    layout = layout or layout_of(shape)
    if bound is None and tensor.numel():
        bound = spread_of(tensor, role, name, 1).bound
    empty = tensor.is_meta or not tensor.numel()
    plane = torch.zeros(0, 0, 0) if empty else layout.plane(tensor)
    tiles, rows, columns = plane.shape
    window = _window(part.window, rows, columns)
    shown = min(tiles, MOST_TILES)
    first = min(part.first, tiles - 1) // shown * shown if shown else 0
    shown = min(shown, tiles - first)
    top, high, left, wide = window
    view = plane[first : first + shown, top : top + high, left : left + wide]
    blocks = _blocks(shown, high, wide, part.cells)
    values, lows, highs = _cells(view, blocks)
    labels = tuple(layout.labels[top : top + high]) if high <= MOST_LABELS else ()
    return Picture(
        role, name, shape, dtype, layout.placed(shape), layout.names, tiles, first, shown, rows, columns, window,
        (values.shape[1], values.shape[2]), values, lows, highs, bound, labels,
    )  # fmt: skip


def _window(asked: Sequence[int], rows: int, columns: int) -> tuple[int, int, int, int]:
    """The part that exists of what is asked for."""
    if len(asked) != 4:
        return 0, rows, 0, columns
    top, left = min(max(asked[0], 0), max(rows - 1, 0)), min(max(asked[2], 0), max(columns - 1, 0))
    high, wide = (min(max(size, 1), end) for size, end in ((asked[1], rows - top), (asked[3], columns - left)))
    return top, high, left, wide


def _blocks(tiles: int, rows: int, columns: int, cells: int) -> tuple[int, int]:
    """Of how many rows and columns a cell is: as square as possible, and as few as the limits allow."""
    finest = _FINEST if tiles <= 1 else _FINEST_OF_MANY
    share = max(1, min(cells, MOST_CELLS) // max(1, tiles))
    high, wide = min(rows, finest), min(columns, finest)
    while math.ceil(rows / _step(rows, high)) * math.ceil(columns / _step(columns, wide)) > share:
        high, wide = (high - 1, wide) if high > wide else (high, wide - 1)
    return _step(rows, high), _step(columns, wide)


def _step(length: int, cells: int) -> int:
    """Of how many numbers a cell is, so that there are at most so many."""
    return max(1, math.ceil(length / max(1, cells)))


def _cells(view: torch.Tensor, blocks: tuple[int, int]) -> tuple[Floats, Floats | None, Floats | None]:
    """Numbers, or means with the least and the greatest; where there is a NaN in a cell the cell is NaN."""
    if blocks == (1, 1):
        return _array(view), None, None
    size = PIECE_OF_GPU if view.is_cuda else PIECE
    tiles, rows, columns = view.shape
    down, across = blocks
    wide = max(1, size // (down * across)) * across  # in whole cells
    high = max(1, size // (down * min(wide, columns))) * down
    many = max(1, size // (min(high, rows) * min(wide, columns)))
    parts = [
        [
            [
                _reduced(view[tile : tile + many, top : top + high, left : left + wide], blocks)
                for left in range(0, columns, wide)
            ]
            for top in range(0, rows, high)
        ]
        for tile in range(0, tiles, many)
    ]
    means, lows, highs = (
        _joined([[[each[which] for each in row] for row in tile] for tile in parts]) for which in range(3)
    )
    return means, lows, highs


def _joined(parts: list[list[list[Floats]]]) -> Floats:
    rows = [[np.concatenate(row, axis=2) for row in tile] for tile in parts]
    return np.concatenate([np.concatenate(tile, axis=1) for tile in rows])


def _reduced(view: torch.Tensor, blocks: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Means, least and greatest, first along rows: that way all but the last step runs along memory."""
    numbers = (view if view.is_cuda else view.cpu()).double()
    sums, lows, highs = numbers, numbers, numbers
    for axis, block in zip((1, 2), blocks, strict=True):
        sums = _folded(sums, axis, block, torch.sum)
        lows, highs = _folded(lows, axis, block, torch.amin), _folded(highs, axis, block, torch.amax)
    down, across = (
        _lengths(length, block, numbers.device) for length, block in zip(view.shape[1:], blocks, strict=True)
    )
    return _array(sums / (down[:, None] * across)), _array(lows), _array(highs)


def _lengths(length: int, block: int, device: torch.device) -> torch.Tensor:
    """How many numbers each cell has along an axis."""
    starts = torch.arange(0, length, block, dtype=torch.float64, device=device)
    return (length - starts).clamp_(max=block)


def _folded(numbers: torch.Tensor, axis: int, block: int, how: Callable[..., torch.Tensor]) -> torch.Tensor:
    """Blocks along an axis as one number each; the last block may be shorter."""
    length = numbers.shape[axis]
    if block == 1:
        return numbers
    whole = length // block
    parts = []
    if whole:
        parts.append(how(torch.unflatten(numbers.narrow(axis, 0, whole * block), axis, (whole, block)), dim=axis + 1))
    if whole * block < length:
        parts.append(how(numbers.narrow(axis, whole * block, length - whole * block), dim=axis, keepdim=True))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=axis)


def _array(view: torch.Tensor) -> Floats:
    """A copy for NumPy."""
    array: Floats = np.ascontiguousarray(view.to(device="cpu", dtype=torch.float32).numpy())
    return array.copy() if array.base is not None else array
