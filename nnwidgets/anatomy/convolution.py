"""One number of a convolution's output, taken apart: the patch that it sees, the kernel, and their products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.anatomy.pictures import Floats
from nnwidgets.anatomy.spreads import known

MOST_PRODUCTS = 2**14  # of one number; with more of them it is not taken apart
_PLAIN = (torch.nn.Conv1d, torch.nn.Conv2d)
_ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_FUNCTIONS = ("conv1d", "conv2d")

Pair = tuple[int, int]


@dataclass(frozen=True)
class Pixel:
    """What a `PixelTrait` has, under the same names. A convolution over one axis has one row."""

    channel: int
    row: int
    column: int
    top: int
    left: int
    steps: Pair
    size: Pair
    channels: int
    patch: Floats
    kernel: Floats
    inside: Floats
    sums: tuple[float, ...]
    bias: float | None
    value: float | None


@dataclass(frozen=True)
class Convolving:
    """How a convolution goes over its input, for rows and columns; `before` is the padding above and to the left."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    stride: Pair
    before: Pair
    dilation: Pair
    groups: int
    padding_mode: str


def convolving_of(module: torch.nn.Module) -> Convolving | None:
    """How a module convolves over one or two axes; None for every other module."""
    if not isinstance(module, _PLAIN) or module.transposed:
        return None
    padding = module.padding if isinstance(module.padding, str) else tuple(module.padding)
    settings = module.weight, module.bias, module.stride, padding, module.dilation, module.groups
    return _convolving(*settings, module.padding_mode)


def convolving_by(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Convolving | None:
    """How a call of `F.conv1d` or `F.conv2d` does it; None for every other function."""
    if function not in _FUNCTIONS:
        return None
    given = dict(zip(_ARGUMENTS, args, strict=False)) | dict(kwargs)
    return _convolving(
        given["weight"],
        given.get("bias"),
        given.get("stride", 1),
        given.get("padding", 0),
        given.get("dilation", 1),
        given.get("groups", 1),
        "zeros",
    )


def _convolving(
    weight: torch.Tensor, bias: torch.Tensor | None, stride: Any, padding: Any, dilation: Any, groups: int, mode: str
) -> Convolving:
    axes = weight.ndim - 2
    weight = weight.detach() if axes > 1 else weight.detach().unsqueeze(-2)
    steps = _pair(dilation, axes, 1)
    if isinstance(padding, str):
        spans = [(size - 1) * step for size, step in zip(weight.shape[-2:], steps, strict=True)]
        before = (spans[0] // 2, spans[1] // 2) if padding == "same" else (0, 0)
    else:
        before = _pair(padding, axes, 0)
    return Convolving(weight, bias, _pair(stride, axes, 1), before, steps, groups, mode)


def _pair(value: Any, axes: int, of_rows: int) -> Pair:
    """For rows and columns."""
    values = [int(value)] * axes if isinstance(value, int) else [int(each) for each in value]
    if len(values) == 1 < axes:
        values *= axes
    return (values[0], values[1]) if axes > 1 else (of_rows, values[0])


def pixel_of(how: Convolving, x: torch.Tensor, y: torch.Tensor, channel: int, place: Sequence[int]) -> Pixel | None:
    """What a number of the output is made of.

    Everything is multiplied and added in float64, so that it differs from the layer's own number by rounding only.

    Args:
        how: the convolution.
        x: a sample that goes in, `(channels, rows, columns)` or, over one axis, `(channels, columns)`.
        y: what came out of it, in the same order.
        channel: of the output.
        place: row and column; the nearest is taken where there is none.

    Returns:
        None where there are more than 16,384 products, or none at all.

    Raises:
        IndexError: the output has no numbers.
    """
    if x.ndim < 3:
        x, y = x.unsqueeze(-2), y.unsqueeze(-2)
    kernel = how.weight[channel]
    if not 0 < kernel.numel() <= MOST_PRODUCTS:
        return None
    row, column = (min(max(at, 0), size - 1) for at, size in zip(place, y.shape[1:], strict=True))
    if min(row, column) < 0:
        raise IndexError("the output has no numbers")
    starts = [at * stride - before for at, stride, before in zip((row, column), how.stride, how.before, strict=True)]
    down, across = (
        [start + step * place for place in range(size)]
        for start, step, size in zip(starts, how.dilation, kernel.shape[1:], strict=True)
    )
    (rows, seen_rows), (columns, seen_columns) = _seen(down, x.shape[1], how), _seen(across, x.shape[2], how)
    inside = np.outer(seen_rows, seen_columns)
    first = channel // (len(how.weight) // how.groups) * len(kernel)
    group = x[first : first + len(kernel)]
    patch = group[:, torch.as_tensor(rows, device=x.device)[:, None], torch.as_tensor(columns, device=x.device)]
    patch_64 = patch.double().cpu().numpy()
    if how.padding_mode == "zeros":
        patch_64 = np.where(inside, patch_64, 0.0)
    kernel_64 = kernel.double().cpu().numpy()
    with np.errstate(invalid="ignore", over="ignore"):
        sums = (patch_64 * kernel_64).sum(axis=(1, 2))
    return Pixel(
        channel, row, column, starts[0], starts[1], how.dilation, (kernel.shape[1], kernel.shape[2]), first,
        patch_64.astype(np.float32), kernel_64.astype(np.float32), inside.astype(np.float32), tuple(sums.tolist()),
        None if how.bias is None else float(how.bias.detach()[channel]), known(y[channel, row, column]),
    )  # fmt: skip


def _seen(places: list[int], length: int, how: Convolving) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where in the input the rows (or columns) of a patch are read, and which of them are not padding."""
    at = np.array(places)
    inside = (at >= 0) & (at < length)
    last = max(length - 1, 0)
    if how.padding_mode == "circular":
        return at % length, inside
    if how.padding_mode == "reflect":
        return last - np.abs(last - np.abs(at)), inside
    return at.clip(0, last), inside
