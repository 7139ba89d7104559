"""Optimizers by name, and what happens to their state when a network changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from nnwidgets.training.settings import OptimizerFactory


Options = dict[str, Any]


@dataclass(frozen=True)
class OptimizerKind:
    """One row of the table: how an optimizer is called on screen and in PyTorch."""

    name: str
    label: str
    torch_name: str

    @property
    def torch_class(self) -> type[torch.optim.Optimizer]:
        """The class in `torch.optim`."""
        cls: type[torch.optim.Optimizer] = getattr(torch.optim, self.torch_name)
        return cls

    def build(self, parameters: Iterable[torch.nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        """The PyTorch optimizer with its default options."""
        return self.torch_class(parameters, lr=learning_rate)  # type: ignore[call-arg]


OPTIMIZERS: Mapping[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind("sgd", "SGD", "SGD"),
        OptimizerKind("rmsprop", "RMSprop", "RMSprop"),
        OptimizerKind("adam", "Adam", "Adam"),
        OptimizerKind("adamw", "AdamW", "AdamW"),
        OptimizerKind("adagrad", "Adagrad", "Adagrad"),
    )
}


def build_optimizer(
    optimizer: str | OptimizerFactory,
    parameters: Iterable[torch.nn.Parameter],
    learning_rate: float | None = None,
) -> torch.optim.Optimizer:
    """Make the optimizer named, or called for, over `parameters`; one that is called for has rates of its own.

    Raises:
        TypeError: a callable returned something that is no `torch.optim.Optimizer`.
        ValueError: the optimizer was not made over the parameters it was given.
    """
    parameters = list(parameters)
    if isinstance(optimizer, str):
        return OPTIMIZERS[optimizer].build(parameters, 0.1 if learning_rate is None else learning_rate)
    built = optimizer(parameters)
    if not isinstance(built, torch.optim.Optimizer):
        raise TypeError(
            "optimizer must return a torch.optim.Optimizer when it is called with the parameters; "
            f"it returned {type(built).__name__}"
        )
    known = {id(parameter) for parameter in parameters}
    held = [parameter for group in built.param_groups for parameter in group["params"]]
    if any(id(parameter) not in known for parameter in held):
        raise ValueError(
            "optimizer must be made over the parameters it is called with, for instance "
            "lambda params: torch.optim.SGD(params, lr=0.1)"
        )
    return built


def learning_rate_shares(optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    """The learning rate of each parameter group, the first one's being 1."""
    first = float(optimizer.param_groups[0]["lr"])
    return tuple(float(group["lr"]) / first if first else 1.0 for group in optimizer.param_groups)


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float, shares: Sequence[float]) -> None:
    """Set it for the first parameter group, and its share for each; the state (momentum, moments) stays."""
    for group, share in zip(optimizer.param_groups, shares, strict=False):
        group["lr"] = learning_rate * share


def options_of(optimizer: torch.optim.Optimizer) -> list[Options]:
    """What each parameter group says besides its parameters, as copies."""
    groups = optimizer.param_groups
    return [{key: copy.deepcopy(value) for key, value in group.items() if key != "params"} for group in groups]


def changed_options(before: Sequence[Options], after: Sequence[Options]) -> list[Options]:
    """Of each group the options that are not as they were; an empty list where all are."""
    changed = [
        {key: value for key, value in new.items() if key not in old or not _same(old[key], value)}
        for old, new in zip(before, after, strict=False)
    ]
    return changed if any(changed) else []


def _same(old: object, new: object) -> bool:
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        return torch.equal(old, new)
    return type(old) is type(new) and bool(old == new)


def move_state(
    old: torch.optim.Optimizer,
    old_names: Mapping[str, torch.nn.Parameter],
    new: torch.optim.Optimizer,
    new_names: Mapping[str, torch.nn.Parameter],
    kept: Mapping[str, tuple[str, tuple[slice, ...]]],
) -> None:
    """Give `new` the state that `old` had for the blocks of weights that stayed.

    `kept` says for each new parameter which old one it comes from and which block of both is the
    same. State of the same shape as its parameter (momenta) is cut and padded with zeros, the rest
    (step counts) is copied; group options such as momentum go over as they are.
    """
    for old_group, new_group in zip(old.param_groups, new.param_groups, strict=False):
        new_group.update({k: copy.deepcopy(v) for k, v in old_group.items() if k != "params"})
    for new_name, (old_name, block) in kept.items():
        source, target = old_names[old_name], new_names[new_name]
        if source not in old.state:
            continue
        new.state[target] = {key: _moved(value, source, target, block) for key, value in old.state[source].items()}


def _moved(value: Any, source: torch.Tensor, target: torch.Tensor, block: tuple[slice, ...]) -> Any:
    if isinstance(value, torch.Tensor) and value.shape == source.shape:
        moved = torch.zeros_like(target, requires_grad=False)
        moved[block] = value[block]
        return moved
    return copy.deepcopy(value)
