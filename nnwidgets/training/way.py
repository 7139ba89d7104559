"""The way of an image through any network: which modules it passes, and what they make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

from nnwidgets.networks import NetworkGraph

MAP_SIDE = 32  # pixels of a feature map that are shown: of larger ones, means
MOST_STAGES = 24  # of a network with more, those at its beginning are shown, and its outputs
_RESHAPING = (nn.Flatten, nn.Unflatten, nn.Identity)


@dataclass(frozen=True)
class Stage:
    """A place on the way: what call number `call` of a module put out, counted from 0.

    Attributes:
        name: for readers, such as "Hidden 1", the module's, or "Conv2d 1" for one that has a number only.
        detail: such as "ReLU", or the types of its modules, "Conv2d, ReLU".
        module, call: whose output it is.
        layer, layer_call: the module with weights that it belongs to, and which call of that.
        shape: of one sample's output, `(units,)` or `(channels, height, width)`.
    """

    name: str
    detail: str
    module: str
    call: int
    layer: str
    layer_call: int
    shape: tuple[int, ...]

    @property
    def shown(self) -> tuple[int, int]:
        """Height and width of its maps as they are shown."""
        height, width = self.shape[1:] if len(self.shape) == 3 else (0, 0)
        return min(height, MAP_SIDE), min(width, MAP_SIDE)

    @property
    def kind(self) -> Literal["units", "maps"]:
        """Numbers side by side, or images."""
        return "units" if len(self.shape) == 1 else "maps"


@dataclass(frozen=True)
class Way:
    """The stages of a network in the order in which they are passed, the outputs last.

    `first` is the name of the first module with weights, if its weights lie as an image does: `rows` × `columns` of
    them for each of `units`, and that in `channels`.
    """

    stages: tuple[Stage, ...]
    first: str | None = None
    units: int = 0
    channels: int = 0
    rows: int = 0
    columns: int = 0


@dataclass
class Listener:
    """Hears what modules get and put out while it listens: `inputs` and `outputs` by module and call."""

    inputs: dict[tuple[str, int], torch.Tensor] = field(default_factory=dict)
    outputs: dict[tuple[str, int], torch.Tensor] = field(default_factory=dict)
    order: list[tuple[str, int]] = field(default_factory=list)
    _calls: Counter[str] = field(default_factory=Counter)

    def hear(self, name: str, inputs: tuple[Any, ...], output: Any) -> None:
        """A module was called."""
        call, self._calls[name] = self._calls[name], self._calls[name] + 1
        if isinstance(output, torch.Tensor):
            self.order.append((name, call))
            self.outputs[name, call] = output
            if inputs and isinstance(inputs[0], torch.Tensor):
                self.inputs[name, call] = inputs[0]

    def forget(self) -> None:
        """Another sample comes."""
        for heard in (self.inputs, self.outputs, self.order, self._calls):
            heard.clear()


@contextmanager
def listening(model: nn.Module, names: frozenset[str] | None = None) -> Iterator[Listener]:
    """Hear the modules of these names, or all that have none within them, for the block."""
    listener, handles = Listener(), []
    for name, module in model.named_modules():
        if name in names if names is not None else not any(True for _ in module.children()):

            def hook(_: nn.Module, inputs: tuple[Any, ...], output: Any, name: str = name) -> None:
                listener.hear(name, inputs, output)

            handles.append(module.register_forward_hook(hook))
    try:
        yield listener
    finally:
        for handle in handles:
            handle.remove()


def read_way(model: nn.Module, graph: NetworkGraph, sample: torch.Tensor) -> Way:
    """Find the stages of a network by running it once.

    Args:
        model: in evaluation mode; hooks are put on it and taken off again.
        graph: the same model as layers.
        sample: one image as the model gets it, `(1, channels, height, width)`.

    Example:
        >>> from nnwidgets.networks import build_mlp, read_network
        >>> model, image = build_mlp(16, (3,), 2, activation="relu", flatten=True), torch.zeros(1, 1, 4, 4)
        >>> way = read_way(model, read_network(model, image), image)
        >>> [(stage.name, stage.detail, stage.shape) for stage in way.stages], way.units, way.rows
        ([('Hidden 1', 'ReLU', (3,)), ('Output', 'sigmoid', (2,))], 3, 4)
    """
    with torch.no_grad(), listening(model) as listener:
        model(sample)
    if graph.kind == "dense":
        stages = [
            Stage(layer.name, layer.activation_label, layer.output_module, 0, layer.module, 0, (layer.units,))
            for layer in graph.layers
        ]
    else:
        stages = _heard(model, listener)
    if len(stages) > MOST_STAGES:
        stages = [*stages[: MOST_STAGES - 1], stages[-1]]
    return Way(tuple(stages), *_first_layer(model, listener, sample))


def _heard(model: nn.Module, listener: Listener) -> list[Stage]:
    """A stage for each module with weights, and for each that makes another size of what comes before.

    A module that gets an image in several pieces has no one output for it.
    """
    modules = dict(model.named_modules())
    stages: list[Stage] = []
    numbered: Counter[str] = Counter()
    for name, call in listener.order:
        module, shape = modules[name], tuple(listener.outputs[name, call].shape[1:])
        whole = len(listener.outputs[name, call]) == 1
        if not whole or len(shape) not in (1, 3) or isinstance(module, _RESHAPING):
            continue
        kind = type(module).__name__
        has_weights = any(parameter.ndim > 1 for parameter in module.parameters(recurse=False))
        if stages and stages[-1].shape == shape and not has_weights:
            last = stages[-1]
            stages[-1] = Stage(
                last.name, ", ".join(filter(None, [last.detail, kind])), name, call, last.layer, last.layer_call, shape
            )
        else:
            numbered[kind] += 1
            own = not name.rpartition(".")[2].isdigit()  # in a Sequential a number says less than what it is
            stages.append(
                Stage(
                    name if own and name else f"{kind} {numbered[kind]}",
                    kind if own else "",
                    name,
                    call,
                    name,
                    call,
                    shape,
                )
            )
    return stages


def _first_layer(model: nn.Module, listener: Listener, sample: torch.Tensor) -> tuple[str | None, int, int, int, int]:
    modules, (channels, height, width) = dict(model.named_modules()), sample.shape[1:]
    for name, _ in listener.order:
        module = modules[name]
        if type(module) is nn.Linear:
            fits = module.in_features == sample[0].numel()
            return (name, module.out_features, channels, height, width) if fits else (None, 0, 0, 0, 0)
        if type(module) is nn.Conv2d:
            rows, columns = module.kernel_size
            fits = module.in_channels == channels and module.groups == 1
            return (name, module.out_channels, channels, rows, columns) if fits else (None, 0, 0, 0, 0)
        if any(True for _ in module.parameters(recurse=False)):
            break
    return None, 0, 0, 0, 0
