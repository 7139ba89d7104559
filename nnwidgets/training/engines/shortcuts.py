"""PyTorch's own functions, without those parts of their wrappers that a small step spends most of its time in.

The arithmetic is the same, to the last bit. Where something hangs on the wrappers (hooks, learning
rate schedules, optimizers of the user's own), they are called as usual.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.optim import optimizer as _optim

Gradients = Sequence[torch.Tensor | None]

# What `torch.autograd.grad` calls after its checks of arguments; None where a future PyTorch has it elsewhere.
_run_backward: Callable[..., Gradients] | None = getattr(
    getattr(torch.autograd.Variable, "_execution_engine", None), "run_backward", None
)
_HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")
_GLOBAL_HOOKS = ("_global_optimizer_pre_hooks", "_global_optimizer_post_hooks")


def update_of(optimizer: torch.optim.Optimizer) -> Callable[[], Any]:
    """What `optimizer.step()` does, called without an argument.

    Example:
        >>> weight = torch.ones(1, requires_grad=True)
        >>> update = update_of(torch.optim.SGD([weight], lr=0.5))
        >>> weight.grad = torch.ones(1)
        >>> update()
        >>> weight.item()
        0.5
    """
    kind = type(optimizer)
    watched = (
        "step" in vars(optimizer)
        or any(getattr(optimizer, name, True) for name in _HOOKS)
        or any(getattr(_optim, name, True) for name in _GLOBAL_HOOKS)
    )
    if watched or not kind.__module__.startswith("torch.optim") or optimizer.defaults.get("differentiable", True):
        return optimizer.step
    step = inspect.unwrap(kind.step)

    def update() -> None:
        with torch.no_grad():
            step(optimizer)

    return update


def gradients(loss: torch.Tensor, parameters: Sequence[torch.Tensor]) -> Gradients:
    """The derivatives of a loss of one element; None for parameters that it does not depend on.

    Example:
        >>> weight = torch.ones(2, requires_grad=True)
        >>> gradients((3 * weight).sum(), [weight])
        (tensor([3., 3.]),)
    """
    if _run_backward is None:
        return torch.autograd.grad(loss, parameters, allow_unused=True)
    keep_graph = create_graph = False
    allow_unused = True
    ones = (torch.ones_like(loss),)
    return _run_backward(
        (loss,), ones, keep_graph, create_graph, tuple(parameters), allow_unused, accumulate_grad=False
    )


def gradients_of_each(output: torch.Tensor, shares: torch.Tensor, inputs: Sequence[torch.Tensor]) -> Gradients:
    """The derivatives of many sums of an output's numbers, all at once; None for what the output does not depend on.

    PyTorch's wrapper would load its symbolic algebra first, for up to seconds.

    Args:
        output: of any shape.
        shares: `(k, …)`, of each number in each of k sums.
        inputs: with respect to what.

    Raises:
        RuntimeError: a function on the way can only be differentiated for one at a time.

    Example:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> gradients_of_each(x**2, torch.eye(2), [x])
        (tensor([[2., 0.],
                [0., 4.]]),)
    """
    run = _run_backward
    if run is None:
        return torch.autograd.grad(output, inputs, shares, retain_graph=True, allow_unused=True, is_grads_batched=True)
    keep_graph, create_graph, allow_unused = True, False, True
    reached: list[bool] = []

    def of_one(share: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = run((output,), (share,), keep_graph, create_graph, tuple(inputs), allow_unused, accumulate_grad=False)
        reached[:] = [each is not None for each in found]
        return tuple(each for each in found if each is not None)

    found = iter(torch.func.vmap(of_one)(shares))
    return tuple(next(found) if is_reached else None for is_reached in reached)
