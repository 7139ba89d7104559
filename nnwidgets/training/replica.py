"""A second view of a module on the same memory, so that cells and steps do not disturb each other.

What a cell does to `trainer.model` between two steps (evaluation mode, `zero_grad`, `backward`, a
forward hook) must not reach the training, and a probe that evaluates must not switch the mode under
a step. So training and probes each run a replica: modules of the same classes with their own mode,
hooks and gradients, on the very tensors of the original.
"""

from __future__ import annotations

import copy
import types
from typing import Any

import torch
from torch.nn.parameter import UninitializedBuffer

from nnwidgets.training.inspection import tensors_in

_OWN = ("training", "generator")  # two threads must not draw from the generator of one `Dropout`


def deep_copy(model: torch.nn.Module, memo: dict[int, Any] | None = None) -> torch.nn.Module:
    """A copy of `model` on memory of its own, also where its last step left tensors on it that belong to a graph.

    Those may be attributes, or be in a dict or list that is one.

    Args:
        model: any module.
        memo: as `copy.deepcopy` has it.

    Raises:
        Exception: whatever a part raises that cannot be copied.
    """
    memo = {} if memo is None else memo
    for module in model.modules():
        for tensor in tensors_in(vars(module)):
            if isinstance(tensor, UninitializedBuffer):  # PyTorch has no copy of such a one
                memo[id(tensor)] = UninitializedBuffer(  # type: ignore[call-arg]
                    device=tensor.device, dtype=tensor.dtype
                )
            elif tensor.grad_fn is not None:
                memo[id(tensor)] = tensor.detach().clone()
    return copy.deepcopy(model, memo)


def replicate(model: torch.nn.Module, *, training: bool | None = None) -> torch.nn.Module:
    """A replica of `model`: same classes and attributes, own mode, hooks and gradients.

    Parameters are new `nn.Parameter` objects on the same storage (shared ones stay shared), buffers
    are the same objects. Plain lists, tuples and dicts of modules or parameters hold their replicas; methods of
    modules that are attributes are the replicas'.
    Hooks are those registered now: later ones stay with the original. A module that cannot be taken
    apart (TorchScript) is returned as it is.

    Args:
        model: any module.
        training: the mode of every module of the replica; None keeps each one's own.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        return model
    return Replicator(training=training).module(model)


class Replicator:
    """Makes a replica: each module, parameter and attribute once."""

    def __init__(self, *, training: bool | None) -> None:
        self._training = training
        self._modules: dict[int, torch.nn.Module] = {}
        self._parameters: dict[int, torch.nn.Parameter] = {}

    def module(self, original: torch.nn.Module) -> torch.nn.Module:
        """Its replica."""
        if id(original) in self._modules:
            return self._modules[id(original)]
        replica = original.__class__.__new__(original.__class__)
        self._modules[id(original)] = replica
        attributes: dict[str, Any] = original.__dict__.copy()
        for name, value in attributes.items():
            if name.endswith("_hooks") or "_hooks_" in name:
                attributes[name] = value.copy() if hasattr(value, "copy") else value
            elif name not in ("_parameters", "_buffers", "_modules"):
                attributes[name] = self.attribute(value)
        attributes["_parameters"] = {
            name: None if parameter is None else self.parameter(parameter)
            for name, parameter in original._parameters.items()
        }
        attributes["_modules"] = {
            name: None if child is None else self.module(child) for name, child in original._modules.items()
        }
        if self._training is not None:
            attributes["training"] = self._training
        replica.__dict__ = attributes
        return replica

    def attribute(self, value: Any) -> Any:
        """What stands for it in the replica."""
        if isinstance(value, torch.nn.Module):
            return self.module(value)
        if isinstance(value, torch.nn.Parameter):
            return self.parameter(value)
        if _is_method(value):
            return types.MethodType(value.__func__, self.module(value.__self__))
        if not _holds_parts(value):
            return value
        if isinstance(value, dict):
            return {key: self.attribute(item) for key, item in value.items()}
        return type(value)(self.attribute(item) for item in value)

    def parameter(self, original: torch.nn.Parameter) -> torch.nn.Parameter:
        """Its replica, in the same memory."""
        if id(original) not in self._parameters:
            self._parameters[id(original)] = torch.nn.Parameter(original.detach(), requires_grad=original.requires_grad)
        return self._parameters[id(original)]


def copy_attributes(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Hand plain Python attributes (a counter, a temperature) from one view to the other."""
    if source is target:
        return
    for ours, theirs in zip(source.modules(), target.modules(), strict=True):
        theirs.__dict__.update(
            {
                name: value
                for name, value in ours.__dict__.items()
                if name not in _OWN and not name.startswith("_") and not _is_part(value) and not _holds_parts(value)
            }
        )


def _is_part(value: Any) -> bool:
    return isinstance(value, torch.nn.Module | torch.nn.Parameter) or _is_method(value)


def _is_method(value: Any) -> bool:
    """Whether it is a module's, such as a `forward` that was put in place of that of its class."""
    return isinstance(value, types.MethodType) and isinstance(value.__self__, torch.nn.Module)


def _holds_parts(value: Any) -> bool:
    """Whether a plain container holds modules or parameters, at any depth."""
    if type(value) not in (list, tuple, dict):
        return False
    return any(_is_part(item) or _holds_parts(item) for item in (value.values() if type(value) is dict else value))


def copy_gradients(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Leave the last step's gradients, as copies, on the model that cells see."""
    if source is target:
        return
    for ours, theirs in zip(source.parameters(), target.parameters(), strict=True):
        theirs.grad = None if ours.grad is None else ours.grad.detach().clone()
