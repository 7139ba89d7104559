"""Any module read as a graph of layers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from nnwidgets._dropout import Dropout
from nnwidgets._layer_details import detail_of
from nnwidgets.functions import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


def join_names(*names: str) -> str:
    """The name of a part of a part, as PyTorch writes it: names joined by dots, without empty ones."""
    return ".".join(filter(None, names))


@dataclass(frozen=True)
class LayerNode:
    """One fully connected layer: a Linear module and what follows it up to the next.

    Attributes:
        name: ``"Hidden 1"``, …, ``"Output"``.
        units: its number of neurons.
        module: name of the Linear in ``model.named_modules()``.
        output_module: name of the last module of the layer, whose output are the activations.
        activation: name in `nnwidgets.functions.ACTIVATIONS` if it is exactly that one, ``"identity"`` for none,
            else None.
        activation_label: the same for readers; several are joined by an arrow.
        output_range: bounds of the activations, infinite where there is none.
        weight, bias: names of the parameters; ``bias`` may be None.
        weight_shape: ``(units, inputs)``.
    """

    name: str
    units: int
    module: str
    output_module: str
    activation: str | None
    activation_label: str
    output_range: tuple[float, float]
    weight: str
    bias: str | None
    weight_shape: tuple[int, int]

    @property
    def scale_fixed(self) -> bool:
        """Whether the activations are bounded on both sides, so that a picture's colours need not be rescaled."""
        return all(map(math.isfinite, self.output_range))


@dataclass(frozen=True)
class ModuleRow:
    """One child module for a table: its name, type, a detail such as ``"2 → 8"``, and its number of parameters."""

    name: str
    type: str
    detail: str
    parameters: int


@dataclass(frozen=True)
class NetworkGraph:
    """What a network consists of.

    Attributes:
        kind: ``"dense"`` where `layers` tells the whole computation, else ``"module"``.
        in_features: size of a flattened sample.
        layers: in order of execution, the input not included; empty for kind ``"module"``.
        modules: the children, in order.
        parameter_count: of all parameters, trainable or not.
    """

    kind: str
    in_features: int
    layers: tuple[LayerNode, ...]
    modules: tuple[ModuleRow, ...]
    parameter_count: int


class _NotDenseError(Exception):
    """The network is not a plain chain of fully connected layers."""


_LABELS = {activation.torch_name: activation.label for activation in ACTIVATIONS.values()}
_POSITIVE, _UNIT, _SIGNED = (0.0, math.inf), (0.0, 1.0), (-1.0, 1.0)
_ANY = (-math.inf, math.inf)
# Activations of PyTorch that a user's network may have, beside those that we build with: bounds of their output.
_RANGES: dict[type[nn.Module], tuple[float, float]] = {
    nn.CELU: _ANY, nn.ELU: _ANY, nn.GELU: _ANY, nn.Hardshrink: _ANY, nn.Hardsigmoid: _UNIT, nn.Hardswish: _ANY,
    nn.LeakyReLU: _ANY, nn.LogSigmoid: (-math.inf, 0.0), nn.LogSoftmax: (-math.inf, 0.0), nn.Mish: _ANY,
    nn.ReLU: _POSITIVE, nn.ReLU6: (0.0, 6.0), nn.SELU: _ANY, nn.Sigmoid: _UNIT, nn.SiLU: _ANY, nn.Softmax: _UNIT,
    nn.Softplus: _POSITIVE, nn.Softshrink: _ANY, nn.Softsign: _SIGNED, nn.Tanh: _SIGNED, nn.Tanhshrink: _ANY,
}  # fmt: skip
_PASSIVE = (nn.Identity, nn.Dropout, nn.AlphaDropout, Dropout)


def read_network(model: nn.Module, sample: torch.Tensor) -> NetworkGraph:
    """Read a network as a graph of layers, without running it.

    It is ``"dense"`` if it is a `torch.nn.Sequential` (of Sequentials) of Flatten, Identity, Linear, activations and
    dropout only, with each Linear used once and none before it but Flatten, Identity and dropout.

    Args:
        model: any module.
        sample: inputs as the model takes them, batch axis first, such as ``(1, 2)``; only its shape is used.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> graph = read_network(build_mlp(2, (3,), 1), torch.zeros(1, 2))
        >>> [(layer.name, layer.units, layer.activation_label) for layer in graph.layers]
        [('Hidden 1', 3, 'tanh'), ('Output', 1, 'sigmoid')]
        >>> graph.modules[0]
        ModuleRow(name='0', type='Linear', detail='2 → 3', parameters=9)
    """
    in_features = math.prod(sample.shape[1:])
    try:
        layers = _dense_layers(model, sample.dim(), in_features)
    except _NotDenseError:
        layers = ()
    return NetworkGraph(
        kind="dense" if layers else "module",
        in_features=in_features,
        layers=layers,
        modules=tuple(_module_rows(model)),
        parameter_count=_size(model),
    )


def _dense_layers(model: nn.Module, dimensions: int, in_features: int) -> tuple[LayerNode, ...]:
    stages: list[tuple[str, nn.Linear, list[tuple[str, nn.Module]]]] = []
    flat = dimensions == len(("batch", "features"))
    seen: set[int] = set()
    for name, module in _chain(model, ""):
        if type(module) is nn.Linear:
            if id(module) in seen or not flat or not isinstance(module.weight, nn.Parameter):
                raise _NotDenseError
            seen.add(id(module))
            stages.append((name, module, []))
        elif type(module) is nn.Flatten:
            if module.start_dim != 1 or module.end_dim != -1:
                raise _NotDenseError
            flat = True
        elif stages and (type(module) in _RANGES or type(module) in _PASSIVE):
            stages[-1][2].append((name, module))
        elif type(module) not in _PASSIVE:
            raise _NotDenseError
    layers = []
    width = in_features
    for index, (name, linear, followers) in enumerate(stages):
        if linear.in_features != width:
            raise _NotDenseError
        width = linear.out_features
        is_output = index == len(stages) - 1
        active = [module for _, module in followers if type(module) in _RANGES]
        layers.append(
            LayerNode(
                name="Output" if is_output else f"Hidden {index + 1}",
                units=linear.out_features,
                module=name,
                output_module=followers[-1][0] if followers else name,
                activation=_activation_name(active),
                activation_label=" → ".join(_activation_label(module) for module in active) or "linear",
                output_range=_RANGES[type(active[-1])] if active else _ANY,
                weight=join_names(name, "weight"),
                bias=None if linear.bias is None else join_names(name, "bias"),
                weight_shape=(linear.out_features, linear.in_features),
            )
        )
    return tuple(layers)


def _chain(model: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """The modules of nested Sequentials in order of execution; a module used twice comes twice."""
    if type(model) is not nn.Sequential:
        if name == "":
            raise _NotDenseError
        yield name, model
        return
    for child_name, child in _children(model):
        yield from _chain(child, join_names(name, child_name))


def _children(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The direct children; unlike ``named_children()``, one that is used twice comes twice."""
    named = model.named_modules(remove_duplicate=False)
    return [(name, module) for name, module in named if name and "." not in name]


def _activation_name(active: list[nn.Module]) -> str | None:
    if not active:
        return "identity"
    if len(active) > 1:
        return None
    for activation in ACTIVATIONS.values():
        if type(active[0]).__name__ == activation.torch_name:
            ours = getattr(nn, activation.torch_name)(**activation.torch_kwargs)
            # repr tells every argument that makes a difference, and one that makes none
            theirs = re.sub(r"(, )?inplace=True", "", repr(active[0]))
            return activation.name if repr(ours) == theirs else None
    return None


def _activation_label(module: nn.Module) -> str:
    return _LABELS.get(type(module).__name__, type(module).__name__)


def dense_activations(model: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """What each layer of a dense network puts out: one tensor ``(n_samples, units)`` per layer of its graph.

    The modules run one after the other in the mode that they are in; the last tensor is the model's output.

    Raises:
        ValueError: for a model that is not made of Sequentials, or has no Linear.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> [tuple(layer.shape) for layer in dense_activations(build_mlp(2, (3,), 1), torch.zeros(5, 2))]
        [(5, 3), (5, 1)]
    """
    outputs: list[torch.Tensor] = []
    try:
        for _, module in _chain(model, ""):
            x = module(x)
            if type(module) is nn.Linear:
                outputs.append(x)
            elif outputs:
                outputs[-1] = x
    except _NotDenseError:
        outputs.clear()
    if not outputs:
        msg = f"layers can be told apart in a Sequential of Linear modules, not in this {type(model).__name__}"
        raise ValueError(msg)
    return outputs


def _module_rows(model: nn.Module) -> Iterator[ModuleRow]:
    children = _children(model)
    own = sum(_numel(parameter) for parameter in model.parameters(recurse=False))
    if not children or own:
        detail = detail_of(model) if not children else "parameters of its own"
        yield ModuleRow("", type(model).__name__, detail, own)
    for name, child in children:
        yield ModuleRow(name, type(child).__name__, detail_of(child), _size(child))


def _numel(parameter: torch.Tensor) -> int:
    # A lazy module's parameters have no size before its first batch.
    return 0 if nn.parameter.is_lazy(parameter) else parameter.numel()


def _size(model: nn.Module) -> int:
    return sum(_numel(parameter) for parameter in model.parameters())
