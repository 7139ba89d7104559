"""The lines that scripts are made of."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import torch

from nnwidgets.functions import ACTIVATIONS
from nnwidgets.networks import INITIALISERS, each_layer
from nnwidgets.training import schedules
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.settings import NetworkSpec, Settings

STEP = (
    "optimizer.zero_grad()",
    "loss = loss_fn(model(x_train[batch]), y_train[batch])",
    "loss.backward()",
    "optimizer.step()",
)
LOSS_EXPRESSIONS = {
    "cross_entropy": "lambda outputs, targets: nn.functional.cross_entropy(outputs, targets[:, 0].long())",
    "hinge": "lambda outputs, targets: torch.relu(1 - (2 * targets - 1) * outputs).mean()",
    "perceptron": "lambda outputs, targets: (((outputs > 0).float() - targets) * outputs).mean()",
}
SCHEDULED = ("for group in optimizer.param_groups:", '    group["lr"] = rate(epoch)')
PENALTY = (
    "with torch.no_grad():",
    "    for w in model.parameters():",
    "        if w.ndim > 1 and w.grad is not None:",
    "            w.grad = w.grad + (l1 * w.sign() + l2 * w)  # of l1 * |w| + l2 / 2 * w**2",
)
HOLD = (
    "values = {name: model.get_parameter(name).detach().clone() for name in held}",
    "for name, entries in held.items():",
    "    gradient = model.get_parameter(name).grad",
    "    if gradient is not None:",
    "        gradient.view(-1)[entries] = 0",
)
PUT_BACK = (
    "with torch.no_grad():",
    "    for name, entries in held.items():",
    "        model.get_parameter(name).view(-1)[entries] = values[name].view(-1)[entries]",
)
EPOCH = "    for batch in order.split(batch_size):"
TRAIN = ("def train(steps):", "    global step, epoch, position", "    for _ in range(steps):")
BATCH = "batch = order[position : position + batch_size]"
TRAIN_COUNTS = (
    "        step, position = step + 1, position + len(batch)",
    "        if position >= len(x_train):",
    "            epoch, position = epoch + 1, 0",
)
DROPOUT_SEED = "dropout_generator.manual_seed(seed * 1_000_000 + step)"
DROPOUT = '''dropout_generator = torch.Generator()


class Dropout(nn.Module):
    """Dropout with random numbers of its own, so that a run can be repeated."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=dropout_generator)
        return x * keep.div_(1 - self.p)
'''
RESIZED = '''def resized(model, optimizer, network, make_optimizer, inputs=None):
    """Give `network` the weights, and an optimizer with the state, of the neurons it shares with `model`.

    `inputs` are the numbers of the inputs that both have, in `network` and in `model`, if not the first ones.
    """
    old = [layer for layer in model if isinstance(layer, nn.Linear)]
    new = [layer for layer in network if isinstance(layer, nn.Linear)]
    new_optimizer = make_optimizer(network)
    for group, old_group in zip(new_optimizer.param_groups, optimizer.param_groups):
        group.update({key: value for key, value in old_group.items() if key != "params"})
    layers = list(zip(new[:-1], old[:-1]))
    if new[-1].out_features == old[-1].out_features and (len(new) > 1) == (len(old) > 1):
        layers.append((new[-1], old[-1]))
    for layer, old_layer in layers:
        for target, source in zip(layer.parameters(), old_layer.parameters()):
            to = of = tuple(slice(0, min(sizes)) for sizes in zip(target.shape, source.shape))
            if inputs and target is new[0].weight:
                to, of = (to[0], inputs[0]), (of[0], inputs[1])
            with torch.no_grad():
                target[to] = source[of]
            for key, value in optimizer.state.get(source, {}).items():
                moved = value
                if torch.is_tensor(value) and value.shape == source.shape:
                    moved = torch.zeros_like(target, requires_grad=False)
                    moved[to] = value[of]
                new_optimizer.state[target][key] = moved
    return network, new_optimizer'''


def order_lines(shuffles: set[bool]) -> list[str]:
    """The lines that say in which order an epoch goes through the samples, by whether it is drawn in these runs."""
    if shuffles == {False}:
        return ["order = torch.arange(len(x_train))"]
    drawn = "torch.randperm(len(x_train), generator=generator)"
    return [
        "generator = torch.Generator().manual_seed(seed * 1_000_000 + epoch)",
        f"order = {drawn}" + (" if shuffle else torch.arange(len(x_train))" if len(shuffles) > 1 else ""),
    ]


def scheduled_groups(shares: tuple[float, ...]) -> list[str]:
    """The lines that give each parameter group its share of the rate."""
    return [f"for group, share in zip(optimizer.param_groups, {shares!r}):", '    group["lr"] = rate(epoch) * share']


def rate_lines(settings: Settings) -> list[str]:
    """The function that says the learning rate of an epoch."""
    return ["def rate(epoch):", f"    return {schedules.code(settings.schedule)}"]


def input_lines(settings: Settings) -> list[str]:
    """The lines that make what the network gets of `points`, the columns of the data."""
    lines, features, z = [], settings.input_features, "points"
    if settings.standardises:
        z = "z"
        lines = [
            "mean, std = points.mean(axis=0, dtype=np.float64), points.std(axis=0, dtype=np.float64)",
            "std[std == 0] = 1",
            "z = ((points - mean) / std).astype(np.float32)",
        ]
    if not settings.features:
        return [*lines, f"x_train = torch.tensor({z})"]
    parts = [
        f"...  # your own, {feature.name}: one number for each row of points" if feature.function else feature.code
        for feature in features
    ]
    if z == "points":
        parts = [part.replace("z[", "points[") for part in parts]
    return [*lines, "x_train = np.column_stack([", *indented((_listed(part) for part in parts), 4), "])", _TO_TENSOR]


_TO_TENSOR = "x_train = torch.tensor(x_train, dtype=torch.float32)"


def _listed(part: str) -> str:
    expression, comma, comment = part.partition("  #")
    return f"{expression},{comma}{comment}"


def penalty_line(settings: Settings) -> list[str]:
    """The line that sets the weights of the penalties."""
    return [f"l1, l2 = {settings.l1!r}, {settings.l2!r}"]


def indented(lines: Iterable[str], spaces: int) -> list[str]:
    """Lines further to the right."""
    return [" " * spaces + line for line in lines]


def building_lines(name: str, network: NetworkSpec) -> list[str]:
    """The lines that build a network from the seed."""
    lines = ["torch.manual_seed(seed)", f"{name} = {sequential(network)}"]
    initial = INITIALISERS[network.initialiser].code(network.initial_scale)
    if initial:
        lines += [f"for layer in {name}:", "    if isinstance(layer, nn.Linear):", *indented(initial, 8)]
    return lines


def sequential(network: NetworkSpec) -> str:
    """The expression that builds a network, a line for each layer if there is more than one hidden."""
    sizes = [network.in_features, *network.hidden_layers, network.out_features]
    activations = each_layer("activation", network.activation, len(sizes) - 2)
    activations.append(network.output_activation or "identity")
    dropouts = [*each_layer("dropout", network.dropout, len(sizes) - 2), 0.0]
    layers = ["nn.Flatten()"] if network.flatten else []
    for (rows, columns), name, dropout in zip(pairwise(sizes), activations, dropouts, strict=True):
        parts = [f"nn.Linear({rows}, {columns})"]
        activation = ACTIVATIONS[name]
        if name != "identity":
            options = ", ".join(f"{key}={value!r}" for key, value in activation.torch_kwargs.items())
            parts.append(f"nn.{activation.torch_name}({options})")
        if dropout:
            parts.append(f"Dropout({dropout!r})")
        layers.append(", ".join(parts))
    if len(layers) > 2 or any(dropouts):
        return "nn.Sequential(\n" + "".join(f"    {layer},\n" for layer in layers) + ")"
    return f"nn.Sequential({', '.join(layers)})"


def drops(network: NetworkSpec) -> bool:
    """Whether a network has dropout."""
    return any(each_layer("dropout", network.dropout, len(network.hidden_layers)))


def optimizer_call(settings: Settings) -> str:
    """The expression that makes an optimizer."""
    if not isinstance(settings.optimizer, str):
        name = getattr(settings.optimizer, "__name__", "a callable")
        return f"...  # your own: {name}, over model.parameters()"
    kind = OPTIMIZERS[settings.optimizer]
    options = "".join(f", {name}={value!r}" for name, value in settings.optimizer_options)
    return f"torch.optim.{kind.torch_name}(model.parameters(), lr={settings.learning_rate!r}{options})"


def nested_options(options: dict[str, object]) -> str:
    """Options of an optimizer as a literal."""
    shown = {
        key: f"torch.tensor({nested(value)}, dtype={value.dtype})" if isinstance(value, torch.Tensor) else repr(value)
        for key, value in options.items()
    }
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in shown.items()) + "}"


def freezing_lines(names: frozenset[str]) -> list[str]:
    """The lines that freeze these parameters, and no others."""
    return [
        f"frozen = {sorted(names)!r}",
        "for name, parameter in model.named_parameters():",
        "    parameter.requires_grad_(name not in frozen)",
    ]


def holding_lines(entries: Iterable[tuple[str, int]]) -> list[str]:
    """The lines that say which single entries keep their values, and no others."""
    held: dict[str, list[int]] = {}
    for name, place in sorted(entries):
        held.setdefault(name, []).append(place)
    return ["# These entries, counted row by row, keep their values.", f"held = {nested_options(dict(held))}"]


def nested(value: torch.Tensor) -> str:
    """A tensor as a literal."""
    return _nested(tuple(value.shape), iter(literals(value)))


def _nested(shape: tuple[int, ...], texts: Iterator[str]) -> str:
    if not shape:
        return next(texts)
    return f"[{', '.join(_nested(shape[1:], texts) for _ in range(shape[0]))}]"


def literals(value: torch.Tensor) -> list[str]:
    """The shortest literal of each number of a tensor, row by row, that becomes this very value again."""
    if not value.is_floating_point():
        return [repr(each) for each in value.flatten().tolist()]
    # NumPy's text of a float is such a literal. Of one of PyTorch's it takes twenty times as long.
    known = value.float() if value.dtype is torch.bfloat16 else value  # which NumPy does not know
    return [_literal(each) for each in known.detach().cpu().flatten().numpy()]


def _literal(value: np.floating) -> str:
    text = str(value)
    if not math.isfinite(value):
        return f'float("{text}")'
    # Read as a float64, and rounded again, it may become the value beside.
    return text if type(value)(float(text)) == value else repr(float(value))
