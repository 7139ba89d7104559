"""A layer's parameter count as arithmetic: which numbers are multiplied, and what each of them counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

_PARTS = ("weight", "bias")
_GATES = {nn.LSTM: 4, nn.LSTMCell: 4, nn.GRU: 3, nn.GRUCell: 3}
_THREE = "query, key and value"

Named = tuple[tuple[int, ...], tuple[str, ...]]


def factors_of(module: nn.Module | None, name: str, shape: tuple[int, ...]) -> Named:
    """The factors of a parameter's count and what each of them counts; their product is that of its shape.

    Args:
        module: the layer that it belongs to.
        name: the parameter's, within the layer.
        shape: its sizes.

    Example:
        >>> factors_of(nn.Linear(784, 64), "weight", (64, 784))
        ((784, 64), ('inputs', 'neurons'))
    """
    plain = name.removesuffix("_orig").removesuffix("_v")
    if plain.startswith("parametrizations."):
        plain = plain.split(".")[1]
    for kinds, tell in _TELL.items():
        if isinstance(module, kinds):
            found = tell(module, plain, shape)
            if found is not None and len(found[0]) == len(found[1]):
                return found
    return _axes(shape)


def _axes(shape: tuple[int, ...]) -> Named:
    if not shape:
        return (1,), ("number",)
    return shape, tuple(f"axis {axis}" for axis in range(len(shape))) if len(shape) > 1 else ("numbers",)


def _linear(_: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    if name == "weight" and len(shape) == 2:
        return shape[::-1], ("inputs", "neurons")
    return (shape, ("neurons",)) if name == "bias" else None


def _kernel(sizes: tuple[int, ...]) -> tuple[str, ...]:
    return ("kernel depth", "kernel rows", "kernel columns")[-len(sizes) :] if len(sizes) > 1 else ("kernel size",)


def _convolution(module: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    if name == "bias":
        return shape, ("output channels",)
    if name != "weight" or len(shape) < 3:
        return None
    each = " of each group" if module.groups > 1 else ""
    if module.transposed:
        return shape, ("input channels", f"output channels{each}", *_kernel(shape[2:]))
    return (shape[1], shape[0], *shape[2:]), (f"input channels{each}", "output channels", *_kernel(shape[2:]))


def _by(what: str) -> Callable[[Any, str, tuple[int, ...]], Named | None]:
    def tell(_: Any, name: str, shape: tuple[int, ...]) -> Named | None:
        return (shape, (what,) * len(shape)) if name in _PARTS else None

    return tell


def _embedding(_: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    return (shape, ("entries", "features")) if name == "weight" else None


def _recurrent(module: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    gates = next((count for kind, count in _GATES.items() if isinstance(module, kind)), None)
    if gates is None and getattr(module, "mode", "").startswith(("LSTM", "GRU")):
        gates = 4 if module.mode == "LSTM" else 3
    if name.startswith("weight_hr"):
        return shape, ("outputs", "units")
    first: tuple[int, ...] = (shape[0],)
    meanings: tuple[str, ...] = ("units",)
    if gates is not None:
        first, meanings = (gates, shape[0] // gates), ("gates", "units")
    if name.startswith("bias"):
        return first, meanings
    if not name.startswith("weight"):
        return None
    inner = "inputs" if name.startswith("weight_ih") else "outputs" if getattr(module, "proj_size", 0) else "units"
    return (*first, shape[1]), (*meanings, inner)


def _attention(_: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    if name.startswith("in_proj"):
        third = (3, shape[0] // 3, *shape[1:])
        return third, (_THREE, *("features",) * (len(third) - 1))
    if name in ("q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight", "out_proj.bias"):
        return shape[::-1], ("inputs", "features")[-len(shape) :]
    return None


def _bilinear(_: Any, name: str, shape: tuple[int, ...]) -> Named | None:
    if name == "weight":
        return (*shape[1:], shape[0]), ("first inputs", "second inputs", "neurons")
    return (shape, ("neurons",)) if name == "bias" else None


_TELL: dict[Any, Callable[[Any, str, tuple[int, ...]], Named | None]] = {
    nn.Linear: _linear,
    nn.modules.conv._ConvNd: _convolution,
    (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.PReLU): _by("channels"),
    (nn.LayerNorm, nn.RMSNorm): _by("features"),
    (nn.Embedding, nn.EmbeddingBag): _embedding,
    (nn.RNNBase, nn.RNNCellBase): _recurrent,
    nn.MultiheadAttention: _attention,
    nn.Bilinear: _bilinear,
}
