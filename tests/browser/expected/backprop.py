"""A pass through a small network of plain PyTorch: every value, every derivative, the step, and what checks them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

import nnwidgets
from tests.browser.explorers import Shown

SOURCE = """
from nnwidgets import BackpropExplorer
backprop = BackpropExplorer()
backprop
"""
EPSILONS = [1.0, *(float(f"{digit}e-{power}") for power in range(1, 9) for digit in (3, 1))]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
}
LOSSES: dict[str, nn.Module] = {
    "bce": nn.BCELoss(),
    "bce_with_logits": nn.BCEWithLogitsLoss(),
    "mse": nn.MSELoss(),
    "cross_entropy": nn.CrossEntropyLoss(),
}
Expected = dict[str, Shown]


class Layer(NamedTuple):
    """What a layer puts out, by name, one number for each sample: at first the inputs."""

    names: list[str]
    values: torch.Tensor


def network(settings: dict[str, Any]) -> nn.Sequential:
    """The network with the weights of the settings."""
    sizes = [len(settings["inputs"][0]), *settings["hidden_layers"], settings["n_outputs"]]
    with torch.random.fork_rng():
        torch.manual_seed(settings["seed"])
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), ACTIVATIONS[settings["activation"]]()]
    layers[-1] = nn.Sigmoid()
    made = nn.Sequential(*layers if settings["loss_fn"] == "bce" else layers[:-1])
    if settings["weights"]:
        nn.utils.vector_to_parameters(torch.tensor(settings["weights"], dtype=torch.float32), made.parameters())
    return made


def names_of_parameters(settings: dict[str, Any]) -> Iterator[str]:
    """How the weights and biases are written, in the order of `named_parameters()`."""
    hidden = settings["hidden_layers"]
    sizes = [len(settings["inputs"][0]), *hidden, settings["n_outputs"]]
    for number, (n_in, n_out) in enumerate(itertools.pairwise(sizes), 1):
        last = number == len(sizes) - 1
        weight, bias = ("v", "c") if last and hidden else ("w", "b")
        layer = f"({number})" if not last and len(hidden) > 1 else ""
        alone = last and n_out == 1
        for unit, source in itertools.product(range(1, n_out + 1), range(1, n_in + 1)):
            yield f"{weight}{layer}{source}" if alone else f"{weight}{layer}{unit}{source}"
        for unit in range(1, n_out + 1):
            yield f"{bias}{layer}" if alone else f"{bias}{layer}{unit}"


def names_of_units(settings: dict[str, Any], at: int, size: int) -> list[str]:
    """Of what the module at a place of the network puts out."""
    hidden = settings["hidden_layers"]
    number = at // 2 + 1
    if number <= len(hidden):
        base = ("a", "h")[at % 2]
        layer = f"({number})" if len(hidden) > 1 else ""
        return [f"{base}{layer}{unit}" for unit in range(1, size + 1)]
    base = "zp"[at % 2]
    return [base] if size == 1 else [f"{base}{unit}" for unit in range(1, size + 1)]


def targets_of(settings: dict[str, Any]) -> torch.Tensor:
    targets = torch.tensor(settings["targets"], dtype=torch.float32)
    return targets[:, 0].long() if settings["loss_fn"] == "cross_entropy" else targets


def forward(model: nn.Sequential, settings: dict[str, Any]) -> list[Layer]:
    """Layer by layer; what each puts out keeps its gradient."""
    x = torch.tensor(settings["inputs"], dtype=torch.float32)
    layers = [Layer([f"x{unit}" for unit in range(1, x.shape[1] + 1)], x.requires_grad_())]
    for at, module in enumerate(model):
        values = module(layers[-1].values)
        values.retain_grad()
        layers.append(Layer(names_of_units(settings, at, values.shape[1]), values))
    return layers


def numbers(settings: dict[str, Any]) -> Expected:
    """All numbers of `BackpropExplorer` at these settings."""
    model, loss_fn, y = network(settings), LOSSES[settings["loss_fn"]], targets_of(settings)
    sample = min(settings["sample"], len(y)) - 1
    layers = forward(model, settings)
    loss = loss_fn(layers[-1].values, y)
    loss.backward()
    found = _locals(layers, model, loss_fn, y, sample, list(names_of_parameters(settings)))
    found |= _update(settings, model, sample)
    for prefix, each in (("value", layers), ("after", forward(model, settings))):
        found |= _values(prefix, each, loss_fn, y, sample)
    for layer in layers:
        assert layer.values.grad is not None
        for name, gradient in zip(layer.names, len(y) * layer.values.grad[sample], strict=True):
            found |= dict.fromkeys((f"gradient.{name}", f"reaches.{name}", f"exact.{name}"), gradient.item())
    loss_after = loss_fn(forward(model, settings)[-1].values, y)
    found |= {"loss": loss.item(), "loss.after": loss_after.item(), "gradient.L": 1.0}
    found["loss.change"] = loss_after.item() - loss.item()
    found |= _looked_at(settings, layers, y[sample], found)
    return found | _inside(settings)


def _values(prefix: str, layers: list[Layer], loss_fn: nn.Module, y: torch.Tensor, sample: int) -> Expected:
    """Of one sample on its way forward."""
    found: Expected = {}
    for layer in layers:
        found |= {f"{prefix}.{name}": layer.values[sample, unit].item() for unit, name in enumerate(layer.names)}
    one = slice(sample, sample + 1)
    return found | {f"{prefix}.L": loss_fn(layers[-1].values[one], y[one]).item()}


def _update(settings: dict[str, Any], model: nn.Sequential, sample: int) -> Expected:
    """Weights, their gradients, and the step, which the network then has made; with what checks them."""
    names = list(names_of_parameters(settings))
    before = nn.utils.parameters_to_vector(model.parameters()).tolist()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).tolist()
    found: Expected = {}
    for name, checked, derivative in zip(names, _differences(settings, model), _double(settings), strict=True):
        found |= {f"check.{name}": checked, f"row.check.{name}": checked, f"checked.{name}": derivative}
        apart = sorted(abs(each - derivative) for each in checked)
        crosses = checked[0] <= derivative <= checked[1]
        found[f"difference.{name}"] = (0.0 if crosses else apart[0], apart[1])
    own = _own(settings, sample)
    torch.optim.SGD(model.parameters(), settings["learning_rate"]).step()
    updated = nn.utils.parameters_to_vector(model.parameters()).tolist()
    for at, name in enumerate(names):
        found |= {f"weight.{name}": before[at], f"before.{name}": before[at], f"updated.{name}": updated[at]}
        keys = ("gradient", "row.gradient", "batch", "exact")
        found |= dict.fromkeys((f"{key}.{name}" for key in keys), gradient[at])
        found |= {f"own.{name}": own[at], f"exact.own.{name}": own[at]}
    return found


def _loss_of(settings: dict[str, Any], model: nn.Sequential, dtype: torch.dtype) -> torch.Tensor:
    x, y = torch.tensor(settings["inputs"], dtype=dtype), targets_of(settings)
    loss: torch.Tensor = LOSSES[settings["loss_fn"]](model(x), y.to(dtype) if y.is_floating_point() else y)
    return loss


def _double(settings: dict[str, Any]) -> list[float]:
    """The derivatives that are checked, in the precision in which they are."""
    dtype = torch.float64 if settings["precision"] == "double" else torch.float32
    model = network(settings).to(dtype)
    found = torch.autograd.grad(_loss_of(settings, model, dtype), list(model.parameters()))
    return torch.cat([each.flatten() for each in found]).tolist()


def _own(settings: dict[str, Any], sample: int) -> list[float]:
    """The derivatives of one sample's loss."""
    one = {name: [settings[name][sample]] for name in ("inputs", "targets")}
    return _double({**settings, **one, "precision": "model"})


def _differences(settings: dict[str, Any], model: nn.Sequential) -> Iterator[tuple[float, float]]:
    """Central differences; in single precision between bounds, for whose last digits no two ways to add up agree."""
    dtype = torch.float64 if settings["precision"] == "double" else torch.float32
    epsilon = min(EPSILONS, key=lambda each: abs(math.log(each / settings["epsilon"])))
    single = nn.utils.parameters_to_vector(model.parameters()).detach()
    moved = network(settings).to(dtype)
    for at in range(len(single)):
        losses = []
        for sign in (1, -1):
            vector = single.to(dtype, copy=True)
            vector[at] += sign * epsilon
            nn.utils.vector_to_parameters(vector, moved.parameters())
            losses.append(_loss_of(settings, moved, dtype).item())
        rounding = 8 * torch.finfo(dtype).eps * max(losses) / epsilon
        quotient = (losses[0] - losses[1]) / (2 * epsilon)
        yield quotient - rounding, quotient + rounding


def _locals(
    layers: list[Layer], model: nn.Sequential, loss_fn: nn.Module, y: torch.Tensor, sample: int, parameters: list[str]
) -> Expected:
    """What each number adds to the next, one module at a time."""
    found: Expected = {}
    names = iter(parameters)
    for module, (source, target) in zip(model, itertools.pairwise(layers), strict=True):
        row = source.values[sample].detach()
        slopes = torch.autograd.functional.jacobian(module, row)
        for (unit, to), (feature, of) in itertools.product(enumerate(target.names), enumerate(source.names)):
            found[f"local.{to}/{of}"] = slopes[unit, feature].item()
        if isinstance(module, nn.Linear):
            for to, value in itertools.product(target.names, row.tolist()):
                found[f"local.{to}/{next(names)}"] = value
            for to in target.names:
                found[f"local.{to}/{next(names)}"] = 1.0
    row = layers[-1].values[sample].detach()
    slopes = torch.autograd.functional.jacobian(lambda out: loss_fn(out[None], y[sample : sample + 1]), row)
    return found | {f"local.L/{of}": slopes[unit].item() for unit, of in enumerate(layers[-1].names)}


def _looked_at(settings: dict[str, Any], layers: list[Layer], target: torch.Tensor, known: Expected) -> Expected:
    """What stands in the header, the check and beside the formulas."""
    outputs = layers[-1].names
    output = outputs[int(target)] if settings["loss_fn"] == "cross_entropy" else outputs[0]
    found: Expected = {"step": float(settings["step"]), "rate": settings["learning_rate"]}
    found |= {"output": known[f"value.{output}"], "output.after": known[f"after.{output}"]}
    found |= {"target": target.flatten()[0].item()}
    found |= {f"target.{unit}": each for unit, each in enumerate(target.flatten().tolist(), 1)}
    return found


def _inside(settings: dict[str, Any]) -> Expected:
    """Single operations, the products along paths, and the sizes of gradients: as the library has recorded them.

    They are held against autograd by tests of their own.
    """
    made_of = {name: value for name, value in settings.items() if name not in ("step", "detail", "sample")}
    trait, graph = _recorded(json.dumps(made_of))
    sample = min(settings["sample"], trait["shown"]) - 1
    found: Expected = {}
    for key, name in (("part_values", "part"), ("part_gradients", "part.gradient"), ("part_gradients", "exact.part")):
        rows = np.frombuffer(trait[key]).reshape(trait["shown"], -1)
        found |= {f"{name}.{part}": value for part, value in enumerate(rows[sample].tolist())}
    sizes = {"magnitude": trait["magnitudes"], "beside": (trait["beside"] or {}).get("magnitudes", ())}
    for name, magnitudes in sizes.items():
        found |= {f"{name}.{each['symbol']['text']}": each["weights"] for each in magnitudes}
    steps = trait["steps"][settings["detail"]]
    step = steps[min(settings["step"], len(steps)) - 1]
    symbols = {"value": "symbols", "parameter": "parameter_symbols"}.get(step["kind"])
    if symbols and settings["detail"] != "layer":
        with suppress(ValueError):  # there are more than can be listed
            paths = enumerate(graph.paths(trait[symbols][step["index"]]["text"], sample), 1)
            found |= {f"path.{number}": path.product for number, path in paths}
    return found


@cache
def _recorded(settings: str) -> tuple[Any, Any]:
    explorer = nnwidgets.BackpropExplorer(**json.loads(settings))
    try:
        explorer.wait()
        return explorer._pass, explorer.measure().graph
    finally:
        explorer.close()
