"""What a layer is, beyond its class, in a few letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from nnwidgets._dropout import Dropout

_LONGEST = 32


def detail_of(module: nn.Module) -> str:
    """The sizes and options of a layer that a reader looks for first; of a module of modules how many there are.

    Example:
        >>> detail_of(nn.Conv2d(3, 64, 7, stride=2)), detail_of(nn.LSTM(64, 128, 2))
        ('3 → 64, kernel 7 × 7, stride 2', '64 → 128, 2 layers')
    """
    for kinds, tell in _TELL.items():
        if isinstance(module, kinds):
            return tell(module)
    text = module.extra_repr()
    if not text and (count := len(module._modules)):
        text = "1 module" if count == 1 else f"{count} modules"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip(" ,") + "…"


def _size(value: Any) -> str:
    """A size for each axis; one for all that are the same in a square."""
    return " × ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _one(value: Any) -> str:
    """A size, once where it is the same for each axis."""
    sizes = value if isinstance(value, tuple | list) else (value,)
    return str(sizes[0]) if len(set(sizes)) == 1 else _size(sizes)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _unless(name: str, value: Any, usual: int) -> str:
    sizes = value if isinstance(value, tuple | list) else (value,)
    return "" if all(size == usual for size in sizes) else f"{name} {_one(value)}"


def _linear(module: Any) -> str:
    return f"{module.in_features} → {module.out_features}"


def _convolution(module: Any) -> str:
    return _joined(
        f"{module.in_channels} → {module.out_channels}",
        f"kernel {_size(module.kernel_size)}",
        _unless("stride", module.stride, 1),
        _unless("groups", module.groups, 1),
        _unless("dilation", module.dilation, 1),
    )


def _pooling(module: Any) -> str:
    axes = int(type(module).__name__[-2])
    kernel = module.kernel_size if isinstance(module.kernel_size, tuple) else (module.kernel_size,) * axes
    return _joined(f"kernel {_size(kernel)}", _unless("stride", module.stride, 1))


def _adaptive(module: Any) -> str:
    axes = int(type(module).__name__[-2])
    size = module.output_size
    return f"to {_size(size if isinstance(size, tuple) else (size,) * axes)}"


def _recurrent(module: Any) -> str:
    layers = getattr(module, "num_layers", 1)
    return _joined(
        f"{module.input_size} → {module.hidden_size}",
        f"{layers} layers" if layers > 1 else "",
        "both ways" if getattr(module, "bidirectional", False) else "",
    )


def _flatten(module: Any) -> str:
    """Nothing of what it usually does: all axes of a sample."""
    first, last = module.start_dim, module.end_dim
    if last != -1:
        return f"axes {first} to {last}"
    return "" if first == 1 else f"from axis {first}"


def _gelu(module: Any) -> str:
    return "" if module.approximate == "none" else str(module.approximate)


def _in_place(module: Any) -> str:
    return "in place" if module.inplace else ""


_CELLS = (nn.RNNBase, nn.RNNCellBase)
_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_ADAPTIVE = (
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d,
    nn.AdaptiveMaxPool3d,
)  # fmt: skip
_TELL: dict[Any, Callable[[Any], str]] = {
    nn.LazyLinear: lambda _: "not yet run",
    nn.Linear: _linear,
    nn.modules.conv._ConvNd: _convolution,
    (nn.Embedding, nn.EmbeddingBag): lambda module: f"{module.num_embeddings} × {module.embedding_dim}",
    (Dropout, nn.modules.dropout._DropoutNd): lambda module: f"p = {module.p:g}",
    nn.modules.batchnorm._NormBase: lambda module: f"{module.num_features} channels",
    nn.GroupNorm: lambda module: f"{module.num_channels} channels, {module.num_groups} groups",
    (nn.LayerNorm, nn.RMSNorm): lambda module: f"{_size(tuple(module.normalized_shape))} features",
    nn.MultiheadAttention: lambda module: f"{module.embed_dim} features, {module.num_heads} heads",
    _CELLS: _recurrent,
    _POOLS: _pooling,
    _ADAPTIVE: _adaptive,
    nn.Flatten: _flatten,
    nn.GELU: _gelu,
    (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.Mish): _in_place,
}
