"""One neuron at random and at extreme settings, by `torch.nn.functional.linear`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch

GATES = {
    "AND": lambda a, b: a and b,
    "OR": lambda a, b: a or b,
    "NOT": lambda a, _: not a,
    "NAND": lambda a, b: not (a and b),
    "XOR": lambda a, b: a != b,
}
ACTIVATIONS = {
    "step": lambda z: torch.heaviside(z, torch.zeros(1, dtype=torch.float64)),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


def make() -> dict[str, Any]:
    random = np.random.default_rng(1943)
    settings = [(random.uniform(-2, 2, 2).round(1), random.uniform(-2, 2).__round__(1)) for _ in range(12)]
    settings += [
        (np.zeros(2), 0.0),
        (np.array([1e6, -1e6]), 0.5),
        (np.array([0.0, 1.0]), -0.5),
        (np.array([2.0, 0.0]), 9.0),
    ]
    cases = []
    for index, (weights, bias) in enumerate(settings):
        gate, activation = list(GATES)[index % 5], list(ACTIVATIONS)[index % 4]
        layered = index % 3 == 2
        rows = []
        for a, b in itertools.product((False, True), repeat=2):
            seen = (float(a or b), float(not (a and b))) if layered else (float(a), float(b))
            x = torch.tensor([seen], dtype=torch.float64)
            w, bb = torch.tensor(weights[None]), torch.tensor([bias], dtype=torch.float64)
            z = torch.nn.functional.linear(x, w, bb)[0]
            target = int(GATES[gate](a, b))
            rows.append(
                {
                    "seen": seen,
                    "target": target,
                    "z": z.item(),
                    "output": ACTIVATIONS[activation](z).item(),
                    "right": bool((z.item() > 0) == target),
                }
            )
        cases.append(
            {
                "weights": weights,
                "bias": bias,
                "activation": activation,
                "gate": gate,
                "hidden": layered,
                "rows": rows,
                "line": _line(weights, bias),
            }
        )
    return {
        "cases": cases,
        "experiment": {f"{gate} {layered}": _experiment(gate, layered) for gate in GATES for layered in (False, True)},
    }


def _line(weights: Any, bias: float) -> Any:
    """Two points of the edge between which z changes its sign, found by walking round the edge in small steps."""
    if not np.any(weights):
        return None
    t = np.linspace(-0.5, 1.5, 200_001)
    ends = []
    for fixed, (axis, at) in enumerate(itertools.product((0, 1), (-0.5, 1.5))):
        points = np.full((len(t), 2), at)
        points[:, 1 - axis] = t
        z = points @ weights + bias
        crossings = np.flatnonzero(np.sign(z[:-1]) * np.sign(z[1:]) <= 0)
        if len(crossings) and abs(z).max() > 0 and weights[1 - axis] != 0:
            k = crossings[0]
            share = 0.0 if z[k + 1] == z[k] else z[k] / (z[k] - z[k + 1])
            ends.append(tuple((points[k] + share * (points[k + 1] - points[k])).round(6)))
        del fixed
    distinct = sorted(set(ends))
    return [distinct[0], distinct[-1]] if len(distinct) > 1 else None


def _experiment(gate: str, layered: bool) -> list[int]:
    tenths = range(-20, 21)
    counts = [0] * 5
    rows = []
    for a, b in itertools.product((False, True), repeat=2):
        rows.append(((a or b, not (a and b)) if layered else (a, b), bool(GATES[gate](a, b))))
    for w1, w2, bias in itertools.product(tenths, repeat=3):
        counts[sum((w1 * x + w2 * y + bias > 0) == fires for (x, y), fires in rows)] += 1
    return counts
