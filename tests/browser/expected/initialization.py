"""Six networks of plain PyTorch, their signals and their gradients.

What theory says is the library's own: its tests hold it against many draws of the weights.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from nnwidgets.concepts.initialization import Layer, layer_sizes, predict, predict_alike
from nnwidgets.datasets import PLANAR, make_planar

SOURCE = """
from nnwidgets import InitializationExplorer
explorer = InitializationExplorer()
explorer
"""
ALWAYS = ("variance.a", "theory.da", "zeros.dw", "saturated", "forward.he", "backward.small", "epoch", "accuracy.he")

KINDS = ("z", "a", "da", "dw")
SCHEMES = ("zeros", "constant", "small", "large", "xavier", "he")
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "identity": lambda z: z,
    "leaky_relu": lambda z: nn.functional.leaky_relu(z, 0.01),
    "elu": nn.functional.elu,
    "silu": nn.functional.silu,
    "gelu": nn.functional.gelu,
    "softplus": nn.functional.softplus,
}


class Tensors(NamedTuple):
    """What there is of each layer, input side first."""

    z: list[torch.Tensor]
    a: list[torch.Tensor]
    da: list[torch.Tensor]
    dw: list[torch.Tensor]
    slopes: list[torch.Tensor]
    weights: list[torch.Tensor]


def _initialise(weight: torch.Tensor, scheme: str, settings: dict[str, Any]) -> None:
    uniform = settings["distribution"] == "uniform"
    if scheme == "zeros":
        nn.init.zeros_(weight)
    elif scheme == "constant":
        nn.init.constant_(weight, settings["constant"])
    elif scheme == "xavier":
        (nn.init.xavier_uniform_ if uniform else nn.init.xavier_normal_)(weight)
    elif scheme == "he":
        (nn.init.kaiming_uniform_ if uniform else nn.init.kaiming_normal_)(weight, nonlinearity="relu")
    else:
        nn.init.normal_(weight, std=settings[scheme])


def _samples(settings: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    name = settings["dataset"]
    classes = {"n_classes": 2} if PLANAR[name].takes_classes else {}
    data = make_planar(name, settings["n_samples"], seed=settings["seed"], **classes)
    x = data.x_train.astype(np.float64)
    standardised = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    return torch.tensor(standardised), torch.tensor(data.y_train)


def _tensors(scheme: str, settings: dict[str, Any]) -> Tensors:
    x, y = _samples(settings)
    sizes = [2, *[settings["width"]] * settings["n_layers"], 1]
    with torch.random.fork_rng():
        torch.manual_seed(settings["seed"])
        layers = [nn.Linear(n_in, n_out) for n_in, n_out in itertools.pairwise(sizes)]
        for layer in layers:
            _initialise(layer.weight, scheme, settings)
            nn.init.zeros_(layer.bias)
    activation = ACTIVATIONS[settings["activation"]]
    z, a, slopes, signal = [], [], [], x
    for layer in layers:
        z.append(layer(signal))
        signal = z[-1] if layer is layers[-1] else activation(z[-1])
        a.append(signal)
        alone = z[-1].detach().requires_grad_()
        slopes.append(torch.autograd.grad(activation(alone).sum(), alone)[0])
    loss = nn.functional.binary_cross_entropy_with_logits(signal, y)
    found = torch.autograd.grad(loss, a + [layer.weight for layer in layers])
    weights = [layer.weight.detach() for layer in layers]
    return Tensors(
        [each.detach() for each in z],
        [each.detach() for each in a],
        list(found[: len(a)]),
        list(found[len(a) :]),
        slopes,
        weights,
    )


def _variance(values: torch.Tensor) -> float:
    if not bool(values.isfinite().all()):
        return math.inf
    return 0.0 if values.min() == values.max() else values.double().var(correction=0).item()


def _mean(values: torch.Tensor) -> float:
    finite = values[values.isfinite()].double()
    return finite.mean().item() if len(finite) else 0.0


def _theory(scheme: str, settings: dict[str, Any]) -> np.ndarray[Any, Any]:
    x, y = _samples(settings)
    sizes = layer_sizes(settings["n_layers"], settings["width"])
    activation = settings["activation"]
    if scheme in ("zeros", "constant"):
        value = settings["constant"] if scheme == "constant" else 0.0
        return predict_alike(value, sizes, activation, x.numpy(), y.numpy())

    def std(n_in: int, n_out: int) -> float:
        return {"xavier": math.sqrt(2 / (n_in + n_out)), "he": math.sqrt(2 / n_in)}.get(scheme) or settings[scheme]

    return predict([Layer(*each, std(*each), activation) for each in sizes], x.numpy(), y.numpy())


def _passes(tensors: list[torch.Tensor]) -> float:
    """Of the variance, from the first of these to the last."""
    first, last = _variance(tensors[0]), _variance(tensors[-1])
    if math.isinf(last):
        return math.inf
    return last / first if first else 0.0


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `InitializationExplorer` at these settings, before any training."""
    measured = ("activation", "n_layers", "width", "distribution", "constant", "small", "large", "dataset",
                "n_samples", "seed")  # fmt: skip
    found = dict(_of_all(tuple((name, settings[name]) for name in measured)))
    scheme, hidden = settings["initialiser"], settings["n_layers"]
    at = min(settings["layer"], hidden + 1) - 1
    one = _tensors(scheme, settings)
    theory = _theory(scheme, settings)
    for kind, name in enumerate(KINDS):
        tensor = one[kind][at]
        found |= {
            f"variance.{name}": _variance(tensor),
            f"theory.{name}": float(theory[kind, at]),
            f"mean.{name}": _mean(tensor),
            f"zeros.{name}": (tensor == 0).double().mean().item(),
        }
    found["saturated"] = 0.0 if at == hidden else (one.slopes[at].abs() < 0.05).double().mean().item()
    width = settings["width"]
    found["std"] = {"zeros": 0.0, "xavier": math.sqrt(1 / width), "he": math.sqrt(2 / width)}.get(scheme)
    found |= {"epoch": 0.0, "epochs": float(settings["epochs"])}
    drawn = scheme not in ("zeros", "constant")
    return found | _forward(one, settings, at, drawn=drawn) | _backward(one, theory, settings, at)


@cache
def _of_all(items: tuple[tuple[str, Any], ...]) -> dict[str, float | str | None]:
    """What is said of each of the six."""
    settings = dict(items)
    found: dict[str, float | str | None] = {}
    for name in SCHEMES:
        each = _tensors(name, settings)
        found[f"forward.{name}"] = _passes(each.a[:-1])
        found[f"backward.{name}"] = _passes(each.da[-2::-1])
        found[f"accuracy.{name}"] = None
        if name in settings:
            found[f"scale.{name}"] = settings[name]
    return found


def _forward(one: Tensors, settings: dict[str, Any], at: int, *, drawn: bool) -> dict[str, float | str | None]:
    n = one.weights[at].shape[1]
    before = _samples(settings)[0] if at == 0 else one.a[at - 1]
    found: dict[str, float | str | None] = {"forward.measured": _variance(one.z[at])}
    if drawn:
        square = _variance(before) + _mean(before) ** 2
        if at == 0:
            square = before.double().square().mean().item()
        weights = one.weights[at].double().var(correction=0).item()
        found |= {"forward.weights": weights, "forward.square": square, "forward.value": n * weights * square}
    elif at == 0:
        found["forward.value"] = _variance(one.z[0])
    else:
        weight = one.weights[at][0, 0].item() and settings["constant"]
        spread = _variance(before)
        found |= {"forward.weight": weight, "forward.before": spread, "forward.value": (n * weight) ** 2 * spread}
    hidden = settings["n_layers"]
    first, last = _variance(one.z[0]), _variance(one.z[hidden - 1])
    if first and math.isfinite(last / first):
        found |= {"through.ratio": last / first, "through.each": (last / first) ** (1 / (hidden - 1))}
    return found


def _backward(
    one: Tensors, theory: np.ndarray[Any, Any], settings: dict[str, Any], at: int
) -> dict[str, float | str | None]:
    found: dict[str, float | str | None] = {"backward.measured": _variance(one.da[at])}
    if at == settings["n_layers"]:
        return found
    n = one.weights[at + 1].shape[0]
    weights = one.weights[at + 1].double().var(correction=0).item()
    behind = _variance(one.da[at + 1])
    last = at + 1 == settings["n_layers"]
    here, next_ = float(theory[2, at]), float(theory[2, at + 1])
    slope = here / next_ / (n * weights) if next_ and weights else math.nan
    value = n * weights * (1.0 if last else slope) * behind
    return found | {
        "backward.weights": weights,
        "backward.slope": slope,
        "backward.before": behind,
        "backward.value": value,
    }
