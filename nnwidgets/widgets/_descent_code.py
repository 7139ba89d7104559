"""The script that takes the steps of a `DescentExplorer` with PyTorch."""

from __future__ import annotations

from typing import Any

_LOSSES = {
    "parabola": "w[0] ** 2",
    "double_well": "(w[0] + 2) ** 2 * ((w[0] - 2) ** 2 + 0.5) / 8",
    "plateau": "1 - torch.exp(-w[0] ** 2 / 2)",
    "waves": "w[0] ** 2 / 10 + (1 - torch.cos(3 * w[0])) / 2",
    "bowl": "(w[0] ** 2 + w[1] ** 2) / 2",
    "ravine": "(w[0] ** 2 + 18 * w[1] ** 2) / 2",
    "saddle": "w[0] ** 2 / 2 + (w[1] ** 2 - 1) ** 2 / 4",
    "himmelblau": "(w[0] ** 2 + w[1] - 11) ** 2 + (w[0] + w[1] ** 2 - 7) ** 2",
    "rosenbrock": "(1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2",
    "beale": "sum((c - w[0] + w[0] * w[1] ** k) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))",
}

WORDS: Any = {"loss": ("surface", {name: f"    return {formula}" for name, formula in _LOSSES.items()})}

SCRIPT = """import math

import torch


def loss_fn(w):
⟨loss⟩


noise, seed = ⟨noise⟩, ⟨seed⟩  # of the gradient, by Philox 2x32 and Box and Muller


def normals(step):
    key, left, right = seed, step, 0
    for _ in range(10):
        product = 0xD256D193 * left
        left, right = (product >> 32) ^ key ^ right, product & 0xFFFFFFFF
        key = (key + 0x9E3779B9) & 0xFFFFFFFF
    radius = math.sqrt(-2 * math.log((left + 0.5) / 2**32))
    angle = 2 * math.pi * ((right + 0.5) / 2**32)
    pair = radius * math.cos(angle), radius * math.sin(angle)
    return [math.floor(z * 2**20 + 0.5) / 2**20 for z in pair]


rates = ⟨learning_rates⟩
momentum = ⟨momentum⟩
optimizers = {
    "sgd": lambda w, lr: torch.optim.SGD([w], lr=lr),
    "momentum": lambda w, lr: torch.optim.SGD([w], lr=lr, momentum=momentum),
    "nesterov": lambda w, lr: torch.optim.SGD([w], lr=lr, momentum=momentum, nesterov=momentum > 0),
    "rmsprop": lambda w, lr: torch.optim.RMSprop([w], lr=lr, alpha=⟨alpha⟩),
    "adam": lambda w, lr: torch.optim.Adam([w], lr=lr, betas=tuple(map(float, ⟨betas⟩))),
}
for name, make in optimizers.items():
    w = torch.nn.Parameter(torch.tensor(⟨start⟩, dtype=torch.float64))
    optimizer = make(w, rates.get(name, ⟨learning_rate⟩))
    for step in range(min(⟨step⟩, ⟨steps⟩)):
        optimizer.zero_grad()
        loss_fn(w).backward()
        w.grad += noise * torch.tensor(normals(step)[: len(w)], dtype=torch.float64)
        optimizer.step()
    print(f"{name:9} w = {w.tolist()}, loss {loss_fn(w).item():.3f}")
"""
