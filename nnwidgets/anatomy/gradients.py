"""Gradients of a loss by the parameters of a model, from a backward pass of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from nnwidgets.anatomy.apart import Apart
from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.running import other_generators_kept
from nnwidgets.anatomy.trace import live_module
from nnwidgets.training.left_alone import left_alone
from nnwidgets.training.objective import loss_function
from nnwidgets.training.replica import deep_copy


def gradients_of(
    model: torch.nn.Module,
    arguments: Arguments,
    loss_fn: str | Callable[..., torch.Tensor],
    target: Any = None,
    *,
    training: bool = False,
) -> dict[str, torch.Tensor]:
    """The gradients by names of parameters; those that the loss does not depend on, and frozen ones, are left out.

    The parameters' `.grad` stays as it is, and so does all else of the model.

    Args:
        model: any module.
        arguments: what it is called with.
        loss_fn: a name such as "cross_entropy"; or a function of the model's output, or of output and target where
            there is one.
        target: what the output is compared with: a tensor, an array or a number.
        training: the mode.

    Raises:
        ValueError: the loss is no single number, or does not depend on any parameter.
        Exception: what the forward, the loss or the backward pass raises.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> gradients = gradients_of(model, Arguments.of(torch.ones(3, 2)), lambda output: output.sum())
        >>> gradients["weight"].tolist(), model.weight.grad
        ([[3.0, 3.0]], None)
    """
    live = live_module(model)
    own = _own_copy(live, training=training)
    device = next((tensor.device for tensor in (*own.parameters(), *own.buffers())), None)
    given = arguments.to(device)
    function: Callable[..., Any] = loss_function(loss_fn)
    with other_generators_kept(own, function), left_alone(own), torch.enable_grad():
        output = own(*given.args, **given.kwargs)
        loss = function(output) if target is None else function(output, _like(target, output))
        return _by_name(own, _checked(loss))


def _own_copy(model: torch.nn.Module, *, training: bool) -> torch.nn.Module:
    """A copy, also of the weights: its forward may change them."""
    is_lazy = any(torch.nn.parameter.is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers()))
    is_scripted = any(isinstance(module, torch.jit.ScriptModule) for module in model.modules())
    own = deep_copy(model) if is_lazy or is_scripted else Apart(model, copied=True).module(model)
    return own.train(training)


def _like(target: Any, output: Any) -> Any:
    """A target on the output's device."""
    if not isinstance(output, torch.Tensor) or callable(target):
        return target
    return torch.as_tensor(target, device=output.device)


def _checked(loss: Any) -> torch.Tensor:
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise ValueError("loss_fn must return one number as a tensor, such as a mean over the batch")
    if not loss.requires_grad:
        raise ValueError("the loss depends on no parameter that has a gradient")
    return loss.reshape(())


def _by_name(model: torch.nn.Module, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    named = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {name: gradient for name, gradient in zip(named, found, strict=True) if gradient is not None}
