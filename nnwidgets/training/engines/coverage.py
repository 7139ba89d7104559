"""What the compiled engine can do exactly as PyTorch would: anything else has a reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.modules import module as _module
from torch.optim import optimizer as _optim

from nnwidgets.training.objective import Hinge, OfClasses, PerceptronCriterion

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

_HOOKS = attrgetter("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_GLOBAL_HOOKS = attrgetter(
    "_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks", "_global_backward_pre_hooks"
)
_OPTIMIZER_HOOKS = attrgetter("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")
_GLOBAL_OPTIMIZER_HOOKS = attrgetter("_global_optimizer_pre_hooks", "_global_optimizer_post_hooks")


def _is_hooked(owner: Any, hooks: Callable[[Any], tuple[Any, ...]]) -> bool:
    """Whether there are hooks; those that this PyTorch keeps elsewhere are not to be overlooked."""
    try:
        return any(hooks(owner))
    except AttributeError:
        return True


class NotCoveredError(Exception):
    """The compiled engine leaves this to the eager one; the message says why."""


@dataclass(frozen=True)
class Layer:
    """A `Linear` with the activation after it: its name in the table of kernels, and its two options."""

    linear: nn.Linear
    activation: str = "identity"
    options: tuple[float, float] = (0.0, 0.0)


def _activation(module: Any) -> tuple[str, tuple[float, float]]:
    kind = type(module)
    if kind is nn.GELU:
        return ("gelu" if module.approximate == "none" else "gelu_tanh"), (0.0, 0.0)
    if kind is nn.LeakyReLU:
        return "leaky_relu", (float(module.negative_slope), 0.0)
    if kind is nn.ELU:
        return "elu", (float(module.alpha), 0.0)
    if kind is nn.Softplus:
        return "softplus", (float(module.beta), float(module.threshold))
    name = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.SiLU: "silu"}.get(kind)
    if name is None:
        raise NotCoveredError(f"{kind.__name__} is not covered")
    return name, (0.0, 0.0)


def read_layers(model: nn.Module) -> list[Layer]:
    """The `Linear` layers of a stack in order, each with its activation.

    Raises:
        NotCoveredError: the model is anything else, or something hangs on it.

    Example:
        >>> [layer.activation for layer in read_layers(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))]
        ['tanh', 'identity']
    """
    if _is_hooked(_module, _GLOBAL_HOOKS):
        raise NotCoveredError("there are hooks on all modules")
    layers: list[Layer] = []
    for module in _flat(model):
        if type(module) is nn.Identity:
            continue
        if type(module) is nn.Linear:
            layers.append(Layer(module))
        elif not layers:
            raise NotCoveredError(f"it does not begin with a Linear but with {type(module).__name__}")
        elif layers[-1].activation != "identity":
            _activation(module)
            raise NotCoveredError("it has two activations after one another")
        else:
            layers[-1] = Layer(layers[-1].linear, *_activation(module))
    if not layers:
        raise NotCoveredError("it has no Linear layer")
    parameters = parameters_of(layers)
    if {id(parameter) for parameter in model.parameters()} != {id(parameter) for parameter in parameters}:
        raise NotCoveredError("it has parameters that are no weights or biases of its layers")
    _check_parameters(parameters)
    _check_shapes(layers)
    return layers


def _check_shapes(layers: list[Layer]) -> None:
    """Whether weights and biases are as large as their layers say, and layers fit together."""
    inputs = layers[0].linear.in_features
    for layer in layers:
        linear = layer.linear
        bias = (linear.out_features,) if linear.bias is None else tuple(linear.bias.shape)
        if tuple(linear.weight.shape) != (linear.out_features, inputs) or bias != (linear.out_features,):
            raise NotCoveredError("the sizes of its layers do not fit")
        inputs = linear.out_features


def _flat(model: nn.Module) -> list[nn.Module]:
    """The modules of nested `Sequential`s in the order in which they are called."""
    if "forward" in vars(model) or _is_hooked(model, _HOOKS):
        raise NotCoveredError(f"there are hooks on {type(model).__name__}")
    if type(model) is nn.Sequential:
        return [module for child in model for module in _flat(child)]
    return [model]


def _check_parameters(parameters: list[nn.Parameter]) -> None:
    if len({id(parameter) for parameter in parameters}) < len(parameters):
        raise NotCoveredError("layers share parameters")
    ends = 0
    for parameter in sorted(parameters, key=lambda parameter: parameter.data_ptr()):
        _check_tensor(parameter, parameters[0].dtype)
        if not parameter.requires_grad:
            raise NotCoveredError("a parameter is frozen")
        if parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None):
            raise NotCoveredError("there are hooks on a parameter")
        if parameter.data_ptr() < ends:
            raise NotCoveredError("parameters share memory")
        ends = parameter.data_ptr() + parameter.numel() * parameter.element_size()


def _check_tensor(tensor: torch.Tensor, dtype: torch.dtype) -> None:
    """Whether compiled code can work on its memory."""
    if dtype not in (torch.float32, torch.float64) or tensor.dtype != dtype:
        raise NotCoveredError(f"not all is float32, or all float64, but {tensor.dtype} is among it")
    if tensor.device.type != "cpu":
        raise NotCoveredError(f"it is on the device {tensor.device}")
    if type(tensor) not in (torch.Tensor, nn.Parameter) or tensor.layout != torch.strided:
        raise NotCoveredError(f"a tensor is a {type(tensor).__name__}")
    if not tensor.numel() and isinstance(tensor, nn.Parameter):
        raise NotCoveredError("a parameter is empty")
    if not tensor.is_contiguous() or tensor.is_neg() or tensor.data_ptr() % tensor.element_size():
        raise NotCoveredError("a tensor is not contiguous in memory")


# Functions and modules by the name of the loss: those of one output, and those of one for each class.
_LOSSES: tuple[tuple[Any, str], ...] = (
    (nn.functional.binary_cross_entropy, "bce"),
    (nn.functional.binary_cross_entropy_with_logits, "bce_with_logits"),
    (nn.functional.mse_loss, "mse"),
    (nn.BCELoss, "bce"),
    (nn.BCEWithLogitsLoss, "bce_with_logits"),
    (nn.MSELoss, "mse"),
    (Hinge, "hinge"),
    (PerceptronCriterion, "perceptron"),
)
_LOSSES_OF_CLASSES: tuple[tuple[Any, str], ...] = (
    (nn.functional.cross_entropy, "cross_entropy"),
    (nn.CrossEntropyLoss, "cross_entropy"),
)


def read_loss(function: Any, layers: list[Layer]) -> str:
    """The loss by its name in `LOSSES`, for layers that it fits.

    Raises:
        NotCoveredError: another loss, or one with options.
    """
    losses = _LOSSES
    if isinstance(function, OfClasses):
        function, losses = function.loss, _LOSSES_OF_CLASSES
    name = next((name for known, name in losses if known is function or known is type(function)), None)
    if name is None:
        label = getattr(function, "__name__", type(function).__name__)
        raise NotCoveredError(f"the loss {label} is not covered")
    if isinstance(function, nn.Module):
        _flat(function)
        smoothing, ignored = getattr(function, "label_smoothing", 0.0), getattr(function, "ignore_index", -1)
        if (
            getattr(function, "reduction", "mean") != "mean"
            or smoothing
            or ignored >= 0
            or any(True for _ in function.buffers())
        ):
            raise NotCoveredError(f"options of {type(function).__name__} are not covered")
    if name == "bce" and layers[-1].activation != "sigmoid":
        raise NotCoveredError("binary cross-entropy is covered after a Sigmoid")
    return name


@dataclass(frozen=True)
class Rule:
    """An optimizer: its name in the table of kernels, its options, and the tensors of its state a parameter."""

    name: str
    group: dict[str, Any]
    state: list[list[torch.Tensor | None]]
    steps: list[torch.Tensor]
    is_fresh: bool = False

    @property
    def updates(self) -> int:
        """Steps that the state has seen; where nobody counts them, whether it has seen any."""
        return int(self.steps[0].item()) if self.steps else int(not self.is_fresh)


_STATE = {
    torch.optim.SGD: ("sgd", ("momentum_buffer", None, None), False),
    torch.optim.RMSprop: ("rmsprop", ("square_avg", "momentum_buffer", "grad_avg"), True),
    torch.optim.Adam: ("adam", ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"), True),
    torch.optim.AdamW: ("adamw", ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"), True),
    torch.optim.Adagrad: ("adagrad", ("sum", None, None), True),
}
# Parts of the state that there are with these options only.
_OPTIONAL = {"momentum_buffer": "momentum", "grad_avg": "centered", "max_exp_avg_sq": "amsgrad"}


def state_parts(kind: type[torch.optim.Optimizer], group: dict[str, Any]) -> list[str | None]:
    """What an optimizer with these options remembers of a parameter, in the kernel's order; None where nothing."""
    _, parts, _ = _STATE[kind]
    return [part if part not in _OPTIONAL or group[_OPTIONAL[part]] else None for part in parts]


def check_optimizer(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter]) -> str:
    """Its name, where its steps are covered.

    Raises:
        NotCoveredError: another optimizer, options that are not covered, or something hangs on it.
    """
    known = _STATE.get(type(optimizer))
    if known is None:
        raise NotCoveredError(f"the optimizer {type(optimizer).__name__} is not covered")
    watched = (
        "step" in vars(optimizer)
        or _is_hooked(optimizer, _OPTIMIZER_HOOKS)
        or _is_hooked(_optim, _GLOBAL_OPTIMIZER_HOOKS)
    )
    if watched:
        raise NotCoveredError("something hangs on the optimizer's step")
    if len(optimizer.param_groups) != 1:
        raise NotCoveredError("the optimizer has several groups of parameters")
    (group,) = optimizer.param_groups
    if {id(p) for p in group["params"]} != {id(p) for p in parameters} or len(group["params"]) != len(parameters):
        raise NotCoveredError("the optimizer has other parameters than the layers")
    for option in ("maximize", "capturable", "differentiable"):
        if group.get(option):
            raise NotCoveredError(f"the option {option} of {type(optimizer).__name__} is not covered")
    if any(isinstance(value, torch.Tensor) for key, value in group.items() if key != "params"):
        raise NotCoveredError("an option of the optimizer is a tensor")
    name = known[0]
    return "adamw" if name == "adam" and group.get("decoupled_weight_decay") else name


def read_optimizer(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter]) -> Rule | None:
    """Options and state of an optimizer that is covered; None where PyTorch has yet to make a state, at the first step.

    Raises:
        NotCoveredError: see `check_optimizer`; or its state is not as PyTorch makes it.
    """
    name = check_optimizer(optimizer, parameters)
    (group,) = optimizer.param_groups
    parts, counts = state_parts(type(optimizer), group), _STATE[type(optimizer)][2]
    rows: list[list[torch.Tensor | None]] = []
    steps: list[torch.Tensor] = []
    for parameter in parameters:
        state = optimizer.state.get(parameter, {})
        row: list[torch.Tensor | None] = []
        for part in parts:
            tensor = None if part is None else state.get(part)
            if part is not None and tensor is None:
                _check_stateless(optimizer, parameters)
                return None
            if tensor is not None:
                _check_tensor(tensor, parameter.dtype)
                if tensor.shape != parameter.shape:
                    raise NotCoveredError("the optimizer's state has another shape than its parameter")
            row.append(tensor)
        rows.append(row)
        if counts:
            if not isinstance(state.get("step"), torch.Tensor):
                _check_stateless(optimizer, parameters)
                return None
            steps.append(state["step"])
    if len(set(map(float, steps))) > 1:
        raise NotCoveredError("parameters have seen different numbers of the optimizer's steps")
    return Rule(name, group, rows, steps)


def _check_stateless(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter]) -> None:
    if any(optimizer.state.get(parameter) for parameter in parameters):
        raise NotCoveredError("the optimizer has a state for some parameters only")


def obstacle(experiment: Experiment) -> str | None:
    """Why an experiment is not for the compiled engine, None if it is.

    The optimizer is only looked at where it has been made already.
    """
    try:
        check(experiment)
    except NotCoveredError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Covered:
    """What the compiled engine trains: layers and their parameters, loss, and optimizer once that has a state."""

    layers: list[Layer]
    parameters: list[nn.Parameter]
    loss: str
    rule: Rule | None


def check(experiment: Experiment) -> Covered:
    """Take an experiment apart that is covered.

    Raises:
        NotCoveredError: the message says why it is not.
    """
    if torch.is_anomaly_enabled() or torch.is_inference_mode_enabled():
        raise NotCoveredError("PyTorch looks for anomalies, or only infers")
    if not experiment.settings.shuffle:
        raise NotCoveredError("the samples are not shuffled")
    layers = read_layers(experiment.train_model)
    loss = read_loss(experiment.objective.function, layers)
    for data in (experiment.x, experiment.y, experiment.x_test, experiment.y_test):
        _check_tensor(data, layers[0].linear.weight.dtype)
    columns = 1 if loss == "cross_entropy" else layers[-1].linear.out_features
    if experiment.x.shape[1:] != (layers[0].linear.in_features,) or experiment.y.shape[1:] != (columns,):
        raise NotCoveredError("inputs or targets are no plain rows of numbers")
    parameters, rule = parameters_of(layers), None
    if experiment.has_optimizer:
        rule = read_optimizer(experiment.optimizer, parameters)
    elif not isinstance(experiment.settings.optimizer, str):
        raise NotCoveredError("the optimizer has yet to be made")
    return Covered(layers, parameters, loss, rule)


def parameters_of(layers: list[Layer]) -> list[nn.Parameter]:
    """Weight and bias of each layer, in order."""
    both: list[Any] = [parameter for layer in layers for parameter in (layer.linear.weight, layer.linear.bias)]
    return [parameter for parameter in both if parameter is not None]
