"""Optimizers by name, and what happens to their state when a network changes."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets._checks import real

if TYPE_CHECKING:
    from nnwidgets.networks import Index, Kept
    from nnwidgets.training.settings import OptimizerFactory


Options = dict[str, Any]
OptionPairs = tuple[tuple[str, Any], ...]

# Options of PyTorch's optimizers that can be set; the others are about how it computes.
_OPTIONS = (
    "momentum", "dampening", "nesterov", "alpha", "centered", "betas", "amsgrad", "lr_decay", "weight_decay", "eps",
)  # fmt: skip
# What the state must have for these options, where they are switched on during a run (SGD does so by itself).
_NEEDED_STATE = {"momentum": "momentum_buffer", "centered": "grad_avg", "amsgrad": "max_exp_avg_sq"}


@dataclass(frozen=True)
class OptionField:
    """An option that is offered on screen: one of a pair where it has an `index`."""

    option: str
    label: str
    index: int | None = None


@dataclass(frozen=True)
class OptimizerKind:
    """One row of the table: how an optimizer is called on screen and in PyTorch, and which options are on screen."""

    name: str
    label: str
    torch_name: str
    fields: tuple[OptionField, ...] = ()

    @property
    def torch_class(self) -> type[torch.optim.Optimizer]:
        """The class in `torch.optim`."""
        cls: type[torch.optim.Optimizer] = getattr(torch.optim, self.torch_name)
        return cls

    @property
    def options(self) -> Options:
        """What can be set besides the learning rate, with PyTorch's defaults.

        Example:
            >>> OPTIMIZERS["adam"].options["betas"]
            (0.9, 0.999)
        """
        parameters = inspect.signature(self.torch_class).parameters
        defaults = {name: parameters[name].default for name in _OPTIONS if name in parameters}
        return {name: float(value) if type(value) is int else value for name, value in defaults.items()}

    def build(
        self, parameters: Iterable[torch.nn.Parameter], learning_rate: float, options: OptionPairs = ()
    ) -> torch.optim.Optimizer:
        """The PyTorch optimizer, with its default options where no others are given."""
        return self.torch_class(parameters, lr=learning_rate, **dict(options))  # type: ignore[call-arg]

    def differing(self, options: Mapping[str, Any]) -> OptionPairs:
        """Those of `options` that can be set and are not as by default."""
        return tuple(
            (name, options[name])
            for name, default in self.options.items()
            if name in options and not isinstance(options[name], torch.Tensor) and options[name] != default
        )


_MOMENTUM = OptionField("momentum", "momentum")
_BETAS = (OptionField("betas", "β₁", 0), OptionField("betas", "β₂", 1))
OPTIMIZERS: Mapping[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind("sgd", "SGD", "SGD", (_MOMENTUM, OptionField("nesterov", "Nesterov"))),
        OptimizerKind("rmsprop", "RMSprop", "RMSprop", (OptionField("alpha", "α"), _MOMENTUM)),
        OptimizerKind("adam", "Adam", "Adam", _BETAS),
        OptimizerKind("adamw", "AdamW", "AdamW", _BETAS),
        OptimizerKind("adagrad", "Adagrad", "Adagrad"),
    )
}


def build_optimizer(
    optimizer: str | OptimizerFactory,
    parameters: Iterable[torch.nn.Parameter],
    learning_rate: float | None = None,
    options: OptionPairs = (),
) -> torch.optim.Optimizer:
    """Make the optimizer named, or called for, over `parameters`; one that is called for has rates of its own.

    Raises:
        TypeError: a callable returned something that is no `torch.optim.Optimizer`.
        ValueError: the optimizer was not made over the parameters it was given.
    """
    parameters = list(parameters)
    if isinstance(optimizer, str):
        return OPTIMIZERS[optimizer].build(parameters, 0.1 if learning_rate is None else learning_rate, options)
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


def checked_options(optimizer: str, options: Mapping[str, Any]) -> OptionPairs:
    """Options of the optimizer named, as PyTorch takes them; those that are as by default are left out.

    Raises:
        TypeError, ValueError: there is no such option, or its value is not allowed.

    Example:
        >>> checked_options("sgd", {"momentum": 0.9, "nesterov": False})
        (('momentum', 0.9),)
    """
    kind = OPTIMIZERS[optimizer]
    defaults = kind.options
    unknown = [name for name in options if name not in defaults]
    if unknown:
        raise ValueError(f"{kind.label} has no option {unknown[0]!r}; there are {', '.join(map(repr, defaults))}")
    values = {name: _checked_option(name, value, defaults[name]) for name, value in options.items()}
    if values.get("nesterov") and (not values.get("momentum") or values.get("dampening")):
        raise ValueError("nesterov needs a momentum above 0, and no dampening")
    return kind.differing(values)


def _checked_option(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, not {value!r}")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(default):
            raise TypeError(f"{name} must be {len(default)} numbers, such as {default}; got {value!r}")
        parts = tuple(real(f"{name}[{index}]", part, 0.0, 1.0) for index, part in enumerate(value))
        if 1.0 in parts:
            raise ValueError(f"{name} must be below 1; got {value!r}")
        return parts
    return real(name, value, 0.0, None)


def complete_state(optimizer: torch.optim.Optimizer) -> None:
    """Give the state what an option that was switched on during a run needs, which PyTorch does at the start only."""
    if isinstance(optimizer, torch.optim.SGD):
        return
    for group in optimizer.param_groups:
        parts = [part for option, part in _NEEDED_STATE.items() if group.get(option)]
        for parameter in group["params"]:
            state = optimizer.state.get(parameter) or {}
            for part in parts if state else ():
                state.setdefault(part, torch.zeros_like(parameter, requires_grad=False))


def state_code(optimizer: str, options: Options) -> list[str]:
    """The lines that do the same to the optimizer called `optimizer`."""
    parts = [] if optimizer == "sgd" else [part for name, part in _NEEDED_STATE.items() if options.get(name)]
    if not parts:
        return []
    return [
        "for parameter, state in optimizer.state.items():",
        *(f'    state.setdefault("{part}", torch.zeros_like(parameter, requires_grad=False))' for part in parts),
    ]


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
    kept: Mapping[str, Kept],
) -> None:
    """Give `new` the state that `old` had for the blocks of weights that stayed.

    `kept` says for each new parameter which old one it comes from and which block of both is the
    same. State of the same shape as its parameter (momenta) is cut and padded with zeros, the rest
    (step counts) is copied; group options such as momentum go over as they are.
    """
    for old_group, new_group in zip(old.param_groups, new.param_groups, strict=False):
        new_group.update({k: copy.deepcopy(v) for k, v in old_group.items() if k != "params"})
    for new_name, (old_name, block, origin) in kept.items():
        source, target = old_names[old_name], new_names[new_name]
        if source not in old.state:
            continue
        values = old.state[source].items()
        new.state[target] = {key: _moved(value, source, target, block, origin) for key, value in values}


def _moved(value: Any, source: torch.Tensor, target: torch.Tensor, block: Index, origin: Index) -> Any:
    if isinstance(value, torch.Tensor) and value.shape == source.shape:
        moved = torch.zeros_like(target, requires_grad=False)
        moved[block] = value[origin]
        return moved
    return copy.deepcopy(value)
