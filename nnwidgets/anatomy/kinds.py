"""Kinds of modules and of functions."""

from __future__ import annotations

from typing import Any

from torch import nn

_CONTAINERS = (
    nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.Transformer, nn.TransformerEncoder, nn.TransformerDecoder,
    nn.TransformerEncoderLayer, nn.TransformerDecoderLayer, nn.DataParallel, nn.AdaptiveLogSoftmaxWithLoss,
)  # fmt: skip
_PACKAGES = ("torch.nn.modules.", "torch.nn.quantized.", "torch.ao.nn.", "torch.nn.qat.", "torch.nn.intrinsic.")

MOVES = frozenset(
    (
        "view",
        "reshape",
        "permute",
        "transpose",
        "flatten",
        "unflatten",
        "getitem",
        "contiguous",
        "expand",
        "expand_as",
        "unsqueeze",
        "squeeze",
        "t",
        "T",
        "mT",
        "H",
        "mH",
        "swapaxes",
        "swapdims",
        "movedim",
        "moveaxis",
        "select",
        "narrow",
        "unbind",
        "chunk",
        "split",
        "split_with_sizes",
        "tensor_split",
        "view_as",
        "reshape_as",
        "ravel",
        "detach",
        "data",
        "alias",
        "squeeze_",
        "unsqueeze_",
        "transpose_",
        "t_",
        "slice",
        "unsafe_chunk",
        "unsafe_split",
        "_unsafe_view",
    )
)
"""Functions that put numbers elsewhere, or show them in another shape, and leave them as they are."""

PASSES = MOVES | frozenset(
    (
        "to",
        "float",
        "half",
        "double",
        "bfloat16",
        "int",
        "long",
        "bool",
        "type",
        "type_as",
        "cpu",
        "cuda",
        "requires_grad_",
        "pin_memory",
        "resolve_conj",
        "resolve_neg",
        "lift_fresh",
    )
)
"""Functions that are not worth a word where they give back what they were given."""

OVERWRITES = frozenset(
    (
        "copy_",
        "zero_",
        "fill_",
        "normal_",
        "uniform_",
        "random_",
        "exponential_",
        "bernoulli_",
        "cauchy_",
        "geometric_",
        "log_normal_",
        "trunc_normal_",
        "constant_",
        "eye_",
    )
)
"""Functions that change a tensor in place without reading it."""

SHAPES_ONLY = frozenset(
    (
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "rand_like",
        "randn_like",
        "randint_like",
        "new_zeros",
        "new_ones",
        "new_empty",
        "new_full",
        "new_tensor",
        "new_empty_strided",
    )
)
"""Functions that read a tensor's shape and no number of it."""

OWN_STATISTICS = frozenset(("batch_norm", "instance_norm", "native_batch_norm"))
"""Functions that change buffers in place which do not go into what they put out."""

_SEEN_ATTRIBUTES = frozenset(("T", "mT", "H", "mH", "real", "imag", "data", "grad"))
_QUIET = frozenset(
    (
        "size",
        "dim",
        "ndimension",
        "numel",
        "nelement",
        "stride",
        "storage_offset",
        "__len__",
        "get_device",
        "element_size",
        "_set_grad_enabled",
        "set_grad_enabled",
        "requires_grad_",
        "register_hook",
        "retain_grad",
        "__repr__",
        "__format__",
        "__hash__",
        "untyped_storage",
        "data_ptr",
        "result_type",
        "can_cast",
        "broadcast_shapes",
        "is_contiguous",
        "is_floating_point",
        "is_complex",
        "is_tensor",
        "is_nonzero",
        "is_same_size",
        "is_storage",
        "is_inference",
        "is_signed",
        "is_pinned",
        "is_shared",
        "is_distributed",
        "__contains__",
        "__set__",
        "__delete__",
        "iinfo",
        "finfo",
        "get_default_dtype",
        "promote_types",
        "_has_compatible_shallow_copy_type",
    )
)
_NAMES = {"lift_fresh": "from_numpy", "boolean_dispatch": "pool", "_unsafe_view": "view", "__getitem__": "getitem"}


def is_opaque(module: nn.Module) -> bool:
    """Whether a module is one of PyTorch's own layers, so that what happens in it is not told."""
    kind = type(module)
    if kind.__module__ == "torch.nn.utils.parametrize":  # a layer with a parametrisation has a class of its own
        kind = kind.__mro__[1]
    return (
        kind.__module__.startswith(_PACKAGES) and not isinstance(module, _CONTAINERS) and kind is not nn.Module
    ) or hasattr(module, "nnwidgets_opaque")


def is_layer(module: nn.Module) -> bool:
    """Whether a module is a kind of one of PyTorch's own layers."""
    return any(
        kind.__module__.startswith(_PACKAGES) and kind is not nn.Module and not issubclass(kind, _CONTAINERS)
        for kind in type(module).__mro__
    )


def name_of(func: Any) -> str:
    """A function's name, as one writes it.

    Example:
        >>> import torch
        >>> name_of(torch.Tensor.__getitem__), name_of(torch.nn.functional.relu)
        ('getitem', 'relu')
    """
    name: str = getattr(func, "__name__", type(func).__name__)
    if name == "__get__":
        name = getattr(getattr(func, "__self__", None), "__name__", name)
    name = name.partition(".")[0]  # an operator's overload
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith("__") and name.endswith("__"):
        inner = name.strip("_")
        return f"{inner[1:]}_" if inner[:1] == "i" and inner[1:] in _IN_PLACE else inner
    return name.lstrip("_") or name


_IN_PLACE = frozenset(
    ("add", "sub", "mul", "div", "truediv", "floordiv", "pow", "and", "or", "xor", "lshift", "rshift", "mod", "matmul")
)


def is_quiet(func: Any) -> bool:
    """Whether a function tells of tensors what is none of their numbers."""
    name = getattr(func, "__name__", "")
    if name == "__get__":
        return getattr(getattr(func, "__self__", None), "__name__", "") not in _SEEN_ATTRIBUTES
    return name in _QUIET


def is_write(name: str) -> bool:
    """Whether a function changes its first argument in place, as its name says."""
    return name == "setitem" or (name.endswith("_") and not name.endswith("__"))
