"""Multiply–adds: how many products of inputs and weights are added up by an operation of PyTorch's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch

Cost = Callable[[tuple[Any, ...], Any], int]
_MATRIX = 2  # axes of a weight; a bias has one


def cost_of(func: Any) -> Cost | None:
    """What tells the multiply–adds of a call from its arguments and its output; None for a function that has none.

    Biases, additions, normalisation and element-wise operations count as none. The same definition as that of
    torchvision's ``weights.meta["_ops"]`` and half of `torch.utils.flop_counter`.
    """
    packet = getattr(func, "overloadpacket", func)
    namespace, _, name = str(getattr(packet, "_qualified_op_name", "")).rpartition("::")
    return _COSTS.get(name) if namespace in ("aten", "torchvision") else None


@cache
def facts_of(func: Any) -> tuple[Cost | None, tuple[tuple[int, str], ...]]:
    """What tells an operator's multiply–adds, and which of its arguments it changes."""
    schema = getattr(func, "_schema", None)
    written = [
        (place, argument.name)
        for place, argument in enumerate(schema.arguments if schema is not None else ())
        if argument.alias_info is not None and argument.alias_info.is_write
    ]
    return cost_of(func), tuple(written)


def _product_of(sizes: Iterable[int]) -> int:
    return math.prod(int(size) for size in sizes)


def _numel(out: Any) -> int:
    return int((out[0] if isinstance(out, tuple | list) else out).numel())


def _product(left: int, right: int) -> Cost:
    """Of two matrices, those arguments: the size of what comes out × the axis that is added up."""

    def cost(args: tuple[Any, ...], out: Any) -> int:
        first = args[left]
        if first.is_sparse or first.layout in (torch.sparse_csr, torch.sparse_csc):
            return int(first._nnz()) * int(args[right].shape[-1] if args[right].ndim > 1 else 1)
        return _numel(out) * int(first.shape[-1])

    return cost


def _addbmm(args: tuple[Any, ...], _: Any) -> int:
    return int(args[1].numel()) * int(args[2].shape[-1])


def _convolution(args: tuple[Any, ...], out: Any) -> int:
    x, weight, transposed = args[0], args[1], args[6]
    return int(x.numel() if transposed else out.numel()) * _product_of(weight.shape[1:])


def _plain_convolution(args: tuple[Any, ...], out: Any) -> int:
    return _numel(out) * _product_of(args[1].shape[1:])


def _attention(args: tuple[Any, ...], _: Any) -> int:
    query, key, value = args[:3]
    return _product_of(query.shape[:-1]) * int(key.shape[-2]) * int(query.shape[-1] + value.shape[-1])


def _trilinear(args: tuple[Any, ...], _: Any) -> int:
    shapes = []
    for tensor, expanded in zip(args[:3], args[3:6], strict=True):
        shape = list(tensor.shape)
        for axis in sorted(expanded):
            shape.insert(axis, 1)
        shapes.append(shape)
    return math.prod(max(sizes) for sizes in zip(*shapes, strict=True))


def _recurrent(first: int, last: int | None) -> Cost:
    """Each number of a weight matrix is used once for each step of each sample."""

    def cost(args: tuple[Any, ...], _: Any) -> int:
        x = args[0]
        weights = args[1] if last is None else args[first:last]
        steps = x.numel() // max(int(x.shape[-1]), 1)
        return int(steps) * sum(int(weight.numel()) for weight in weights if weight.ndim == _MATRIX)

    return cost


_COSTS: dict[str, Cost] = {
    **dict.fromkeys(("mm", "bmm", "mv", "linear", "matmul", "_int_mm", "_scaled_mm", "_sparse_mm"), _product(0, 1)),
    **dict.fromkeys(
        ("addmm", "addmm_", "baddbmm", "baddbmm_", "addmv", "addmv_", "_addmm_activation", "_sparse_addmm"),
        _product(1, 2),
    ),
    **dict.fromkeys(("addbmm", "addbmm_"), _addbmm),
    **dict.fromkeys(("dot", "vdot"), lambda args, _: int(args[0].numel())),
    **dict.fromkeys(("convolution", "_convolution", "convolution_overrideable"), _convolution),
    **dict.fromkeys(
        ("mkldnn_convolution", "cudnn_convolution", "miopen_convolution", "deform_conv2d", "_slow_conv2d_forward"),
        _plain_convolution,
    ),
    **dict.fromkeys(
        (
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_fused_attention_overrideable",
            "_scaled_dot_product_attention_math_for_mps",
        ),
        _attention,
    ),
    "_trilinear": _trilinear,
    "mkldnn_rnn_layer": _recurrent(1, 5),
    "_cudnn_rnn": _recurrent(1, None),
    "miopen_rnn": _recurrent(1, None),
}
