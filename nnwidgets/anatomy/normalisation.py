"""What a normalisation does: with which means and variances it works, and what goes in and comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch

from nnwidgets.anatomy.pictures import Floats

MOST_UNITS = 4096
_IN_DOUBLE = 2**22  # so many numbers at most are averaged in float64


@dataclass(frozen=True)
class Moments:
    """What a `MomentsTrait` has, under the same names; arrays are float32, `(units,)`."""

    by: Literal["channel", "sample"]
    units: int
    epsilon: float | None
    running: bool
    mean: Floats
    variance: Floats
    weight: Floats | None
    bias: Floats | None
    mean_in: Floats
    variance_in: Floats
    mean_out: Floats
    variance_out: Floats


def moments_of(
    module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, sample: int, *, training: bool
) -> Moments | None:
    """What a module of `torch.nn` that normalises does; None for every other module.

    Variances are those of the numbers that are there (divided by n). At most 4,096 units are told.

    Args:
        module: it.
        x: what went in.
        y: what came out, of the same shape.
        sample: which one, from 0, where it normalises each by itself. Batch normalisation is over all of them.
        training: the mode in which it ran.
    """
    if x.shape != y.shape or not x.numel() or not x.is_floating_point():
        return None
    for kinds, look in _LOOKS:
        if isinstance(module, kinds):
            found = look(module, x.detach(), y.detach(), sample, training)
            return None if found is None else _cut(found)
    return None


def _cut(found: Moments) -> Moments:
    changes: dict[str, Any] = {
        name: value[:MOST_UNITS] for name, value in vars(found).items() if isinstance(value, np.ndarray)
    }
    return replace(found, units=min(found.units, MOST_UNITS), **changes)


def _batch_norm(module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, _: int, training: bool) -> Moments:  # noqa: FBT001
    assert isinstance(module, torch.nn.modules.batchnorm._NormBase)
    axes = [axis for axis in range(x.ndim) if axis != 1]
    running = not training and module.running_mean is not None
    return _by_channel(module, _averages(x, axes), _averages(y, axes), running=running)


def _instance_norm(module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, sample: int, training: bool) -> Moments:  # noqa: FBT001
    assert isinstance(module, torch.nn.modules.instancenorm._InstanceNorm)
    if x.ndim > module._get_no_batch_dim():  # type: ignore[no-untyped-call]
        x, y = x[sample], y[sample]
    axes = list(range(1, x.ndim))
    running = not training and module.running_mean is not None
    return _by_channel(module, _averages(x, axes), _averages(y, axes), running=running)


def _by_channel(
    module: torch.nn.modules.batchnorm._NormBase, before: Sequence[Floats], after: Sequence[Floats], *, running: bool
) -> Moments:
    mean, variance = before
    if running:
        assert module.running_mean is not None
        assert module.running_var is not None
        mean, variance = _array(module.running_mean), _array(module.running_var)
    weight, bias = _optional(module.weight), _optional(module.bias)
    return Moments(
        "channel",
        len(mean),
        module.eps,
        running,
        mean,
        variance,
        weight,
        bias,
        before[0],
        before[1],
        after[0],
        after[1],
    )


def _group_norm(module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, sample: int, _: bool) -> Moments:  # noqa: FBT001
    assert isinstance(module, torch.nn.GroupNorm)
    running = False
    x, y = x[sample], y[sample]
    each = len(x) // module.num_groups
    mean, variance = _averages(x.reshape(module.num_groups, -1), [1])
    before, after = (_averages(tensor.reshape(len(tensor), -1), [1]) for tensor in (x, y))
    return Moments(
        "channel", len(x), module.eps, running, mean.repeat(each), variance.repeat(each), _optional(module.weight),
        _optional(module.bias), before[0], before[1], after[0], after[1],
    )  # fmt: skip


def _layer_norm(
    module: torch.nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    sample: int,
    _: bool,  # noqa: FBT001
) -> Moments | None:
    shape = tuple(module.normalized_shape)  # type: ignore[arg-type]
    if tuple(x.shape[x.ndim - len(shape) :]) != shape:  # a class of its own moves the axes before
        return None
    if x.ndim > len(shape) + 1:
        x, y = x[sample], y[sample]
    x, y = x.reshape(-1, int(np.prod(shape))), y.reshape(-1, int(np.prod(shape)))
    before, after = _averages(x, [1]), _averages(y, [1])
    mean, variance, epsilon, running = *before, module.eps, False
    if isinstance(module, torch.nn.RMSNorm):
        mean, variance = np.zeros_like(mean), _array(x.double().square().mean(dim=1))
        epsilon = torch.finfo(x.dtype).eps if epsilon is None else epsilon
    assert isinstance(epsilon, float)
    return Moments("sample", len(x), epsilon, running, mean, variance, None, None, *before, *after)


def _averages(x: torch.Tensor, axes: list[int]) -> tuple[Floats, Floats]:
    """Mean and variance along some axes."""
    exact = x.double() if x.numel() <= _IN_DOUBLE and x.device.type in ("cpu", "cuda") else x.float()
    variance, mean = torch.var_mean(exact, axes, correction=0)
    return _array(mean), _array(variance)


def _array(tensor: torch.Tensor) -> Floats:
    array: Floats = tensor.detach().to(device="cpu", dtype=torch.float32, copy=True).numpy()
    return array


def _optional(tensor: torch.Tensor | None) -> Floats | None:
    return None if tensor is None else _array(tensor)


_Look = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor, int, bool], Moments | None]
_LOOKS: tuple[tuple[type[torch.nn.Module] | tuple[type[torch.nn.Module], ...], _Look], ...] = (
    (torch.nn.modules.instancenorm._InstanceNorm, _instance_norm),
    (torch.nn.modules.batchnorm._BatchNorm, _batch_norm),
    (torch.nn.GroupNorm, _group_norm),
    ((torch.nn.LayerNorm, torch.nn.RMSNorm), _layer_norm),
)

KINDS = tuple(kind for kinds, _ in _LOOKS for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
"""The modules that normalise."""
