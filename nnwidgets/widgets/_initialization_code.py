"""The script that prints the numbers of an `InitializationExplorer` with PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnwidgets.datasets import planar_code
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.widgets._literals import literal

NOISE = 0.1  # of the samples


class _Place:
    """A setting, to be filled in where the code has its value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"⟨{self.name}⟩"


def _activation(name: str) -> str:
    kind = ACTIVATIONS[name]
    return f"nn.{kind.torch_name}({', '.join(f'{key}={literal(value)}' for key, value in kind.torch_kwargs.items())})"


def words(datasets: tuple[str, ...]) -> Mapping[str, Any]:
    """What stands for the places of `SCRIPT` that are no settings."""
    samples: Any = _Place("n_samples")
    seed: Any = _Place("seed")
    code = {name: planar_code(name, samples, NOISE, 0.0, seed, 2) for name in datasets}
    imports = {name: "\n".join(lines for lines in each[0] if "sklearn" in lines) for name, each in code.items()}
    return {
        "imports": ("dataset", {name: f"{lines}\n" if lines else "" for name, lines in imports.items()}),
        "data": ("dataset", {name: each[1] for name, each in code.items()}),
        "module": ("activation", {name: _activation(name) for name in ACTIVATIONS}),
        "call": (
            "initialiser",
            {
                "zeros": "nn.init.zeros_(layer.weight)",
                "constant": "nn.init.constant_(layer.weight, ⟨constant⟩)",
                "small": "nn.init.normal_(layer.weight, std=⟨small⟩)",
                "large": "nn.init.normal_(layer.weight, std=⟨large⟩)",
                "xavier": "nn.init.xavier_⟨distribution_name⟩_(layer.weight)",
                "he": 'nn.init.kaiming_⟨distribution_name⟩_(layer.weight, nonlinearity="relu")',
            },
        ),
        "distribution_name": ("distribution", {"normal": "normal", "uniform": "uniform"}),
    }


SCRIPT = """import numpy as np
import torch
⟨imports⟩from torch import nn

⟨data⟩
mean, std = (of(x_train.astype(np.float64), axis=0) for of in (np.mean, np.std))
x, y = torch.tensor(((x_train - mean) / std).astype(np.float32)), torch.tensor(y_train)

torch.manual_seed(⟨seed⟩)
sizes = [2, *[⟨width⟩] * ⟨n_layers⟩, 1]
layers = [nn.Linear(n_in, n_out) for n_in, n_out in zip(sizes, sizes[1:])]
for layer in layers:
    ⟨call⟩
    nn.init.zeros_(layer.bias)
activation = ⟨module⟩

z, a, signal = [], [], x
for layer in layers:
    z.append(layer(signal))
    signal = z[-1] if layer is layers[-1] else activation(z[-1])
    a.append(signal)
loss = nn.functional.binary_cross_entropy_with_logits(signal, y)
gradients = torch.autograd.grad(loss, a + [layer.weight for layer in layers])

print("layer     Var(z)     Var(a) Var(dL/da) Var(dL/dW)")
for number, row in enumerate(zip(z, a, gradients, gradients[len(a) :]), 1):
    print(f"{number:5}", *(f"{each.double().var(correction=0).item():10.3e}" for each in row))
print(f"loss {loss.item():.4g}")
"""
