"""Surfaces by PyTorch's autograd, paths by `torch.optim` in float64, polynomials that a grid holds exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from nnwidgets.concepts import surfaces

Tensor = torch.Tensor
Loss = Callable[..., Tensor]

SURFACES: dict[str, Loss] = {
    "parabola": lambda w: w**2,
    "double_well": lambda w: (w + 2) ** 2 * ((w - 2) ** 2 + 0.5) / 8,
    "plateau": lambda w: 1 - torch.exp(-(w**2) / 2),
    "waves": lambda w: w**2 / 10 + (1 - torch.cos(3 * w)) / 2,
    "bowl": lambda x, y: 0.5 * (x**2 + y**2),
    "ravine": lambda x, y: 0.5 * (x**2 + 18 * y**2),
    "saddle": lambda x, y: 0.5 * x**2 + 0.25 * (y**2 - 1) ** 2,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "beale": lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
}
DIMENSIONS = {name: loss.__code__.co_argcount for name, loss in SURFACES.items()}
MINIMA = {
    "parabola": [0.0],
    "double_well": [-2.0],
    "plateau": [0.0],
    "waves": [0.0],
    "bowl": [0.0, 0.0],
    "ravine": [0.0, 0.0],
    "saddle": [0.0, 1.0],
    "himmelblau": [3.0, 2.0],
    "rosenbrock": [1.0, 1.0],
    "beale": [3.0, 0.5],
}
LARGE = (1e6, -1e6, 1e60)
SHOWN = (1, 2, 5, 19, 40)

# Learning rates at which a change of the last bit of the start stays in the last bits, and one that is much too large.
RATES = {
    "parabola": (0.1, 3.0),
    "double_well": (0.05, 3.0),
    "plateau": (0.2, 0.02),
    "waves": (0.02, 0.1),
    "bowl": (0.1, 30.0),
    "ravine": (0.1, 0.115),
    "saddle": (0.1, 0.02),
    "himmelblau": (0.002, 0.3),
    "rosenbrock": (0.0005, 0.01),
    "beale": (0.002, 0.1),
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda p, rate, _: torch.optim.SGD(p, lr=rate),
    "momentum": lambda p, rate, o: torch.optim.SGD(p, lr=rate, momentum=o["momentum"]),
    "nesterov": lambda p, rate, o: torch.optim.SGD(p, lr=rate, momentum=o["momentum"], nesterov=o["momentum"] > 0),
    "rmsprop": lambda p, rate, o: torch.optim.RMSprop(p, lr=rate, alpha=o["alpha"]),
    "adam": lambda p, rate, o: torch.optim.Adam(p, lr=rate, betas=(o["beta1"], o["beta2"])),
}
USUAL = {"momentum": 0.9, "alpha": 0.99, "beta1": 0.9, "beta2": 0.999}


def evaluated(name: str, point: list[float]) -> tuple[float, list[float]]:
    """Loss and gradient by autograd."""
    w = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    loss = SURFACES[name](*w)
    loss.backward()
    assert w.grad is not None
    return loss.item(), w.grad.tolist()


def path(
    name: str, optimizer: str, rate: float, start: list[float], options: dict[str, float], noise: Any = None
) -> list[tuple[list[float], float]]:
    """Weights and loss at steps 0, 1, …, 40, as long as both are finite; `noise` gives what a step's gradient gets."""
    w = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    steps = OPTIMIZERS[optimizer]([w], rate, options)
    found = []
    for step in range(max(SHOWN) + 1):
        steps.zero_grad()
        loss = SURFACES[name](*w)
        loss.backward()
        assert w.grad is not None
        if not (torch.isfinite(w).all() and torch.isfinite(loss) and torch.isfinite(w.grad).all()):
            break
        found.append((w.tolist(), loss.item()))
        if noise is not None:
            w.grad += torch.tensor(noise(step), dtype=torch.float64)
        steps.step()
    return found


def _surfaces(random: np.random.Generator) -> dict[str, Any]:
    found = {}
    for name, n in DIMENSIONS.items():
        points = [*random.uniform(-3, 3, (6, n)).tolist(), [0.0] * n, *([large] * n for large in LARGE)]
        rows = [evaluated(name, point) for point in points]
        at = torch.tensor(MINIMA[name], dtype=torch.float64)
        second = torch.autograd.functional.hessian(lambda w, f=SURFACES[name]: f(*w), at)
        found[name] = {
            "points": points,
            "losses": [loss for loss, _ in rows],
            "slopes": [slope for _, slope in rows],
            "curvature": torch.linalg.eigvalsh(second).max().item(),
            "begin": _begin(surfaces.SURFACES[name]),
        }
    return found


def _begin(surface: surfaces.Surface) -> dict[str, Any]:
    """What the browser has in a table of its own."""
    names = (
        "label",
        "window",
        "start",
        "learning_rate",
        "steps",
        "rates",
        "minima",
        "local_minima",
        "lowest",
        "tolerance",
    )
    return {name: getattr(surface, name) for name in names}


def _paths(random: np.random.Generator) -> list[dict[str, Any]]:
    found = []
    for name, n in DIMENSIONS.items():
        for optimizer in OPTIMIZERS:
            for rate in RATES[name]:
                start = random.uniform(0.3, 1.6, n).round(3).tolist()
                options = dict(USUAL)
                if rate == RATES[name][1]:
                    options = {"momentum": 0.5, "alpha": 0.9, "beta1": 0.5, "beta2": 0.95}
                rows = path(name, optimizer, rate, start, options)
                shown = [step for step in SHOWN if step < len(rows)]
                found.append(
                    {
                        "surface": name,
                        "optimizer": optimizer,
                        "rate": rate,
                        "start": start,
                        "options": options,
                        "length": len(rows),
                        "steps": shown,
                        "weights": [rows[step][0] for step in shown],
                        "losses": [rows[step][1] for step in shown],
                    }
                )
    return found


def words(seed: int, counter: int) -> tuple[int, int]:
    """Philox 2×32 with 10 rounds as its paper has it, on pairs of words; no code is shared with the package."""
    multiplier, weyl, mask = 0xD256D193, 0x9E3779B9, 2**32 - 1
    pair = (counter % 2**32, counter // 2**32)
    for each in range(10):
        high, low = divmod(multiplier * pair[0], 2**32)
        pair = (high ^ ((seed + each * weyl) & mask) ^ pair[1], low)
    return pair


def drawn(seed: int, step: int) -> list[float]:
    """Two normal numbers, as multiples of 2⁻²⁰."""
    uniform = (np.array(words(seed, step)) + 0.5) / 2**32
    z = np.sqrt(-2 * np.log(uniform[0])) * np.exp(2j * np.pi * uniform[1])
    return [float(np.floor(part * 2**20 + 0.5) / 2**20) for part in (z.real, z.imag)]


def _noise() -> dict[str, Any]:
    counters = [(0, 0), (0, 1), (1, 0), (7, 499), (2**32 - 1, 3), (123456789, 2**31)]
    # the first words that the paper's authors publish with their code
    known = [
        ((0, 0), (0xFF1DAE59, 0x6CD10DF2)),
        ((2**32 - 1, 2**64 - 1), (0x2C3F628B, 0xAB4FD7AD)),
        ((0x13198A2E, 0x85A308D3 << 32 | 0x243F6A88), (0xDD7CE038, 0xF62A4C12)),
    ]
    assert all(words(*given) == expected for given, expected in known)
    paths = []
    for name, optimizer, rate in (("ravine", "sgd", 0.05), ("saddle", "adam", 0.1), ("parabola", "nesterov", 0.05)):
        n, size = DIMENSIONS[name], 0.7
        start = [-2.0, 0.0][:n]
        rows = path(name, optimizer, rate, start, USUAL, lambda t, n=n, size=size: [size * z for z in drawn(5, t)[:n]])
        paths.append(
            {
                "surface": name,
                "optimizer": optimizer,
                "rate": rate,
                "start": start,
                "noise": size,
                "seed": 5,
                "weights": [rows[step][0] for step in SHOWN],
            }
        )
    return {
        "drawn": [{"seed": s, "step": t, "words": words(s, t), "normals": drawn(s, t)} for s, t in counters],
        "paths": paths,
    }


def _grids(random: np.random.Generator) -> list[dict[str, Any]]:
    """Polynomials of third degree in each weight, small whole coefficients, at nodes that float32 holds."""
    found = []
    for window, sizes in ((((-1.0, 2.0),), (4,)), (((-2.0, 1.0), (0.0, 1.5)), (4, 3))):
        c = random.integers(-3, 4, (4,) * len(window)).astype(float)
        p = np.polynomial.Polynomial(c) if len(window) == 1 else None
        axes = [np.linspace(low, high, size) for (low, high), size in zip(window, sizes, strict=True)]
        points = [[random.uniform(low, high) for low, high in window] for _ in range(12)]
        points += [[low for low, _ in window], [high for _, high in window]]
        if p is not None:
            nodes = [p(axes[0]), p.deriv()(axes[0])]
            losses, slopes = [p(x) for (x,) in points], [[p.deriv()(x)] for (x,) in points]
        else:
            by_x, by_y = np.polynomial.polynomial.polyder(c, axis=0), np.polynomial.polynomial.polyder(c, axis=1)
            mixed = np.polynomial.polynomial.polyder(by_x, axis=1)
            at = np.polynomial.polynomial.polyval2d
            x, y = np.meshgrid(*axes)
            nodes = [at(x, y, each) for each in (c, by_x, by_y, mixed)]
            losses = [at(*point, c) for point in points]
            slopes = [[at(*point, by_x), at(*point, by_y)] for point in points]
        found.append(
            {"window": window, "sizes": sizes, "nodes": nodes, "points": points, "losses": losses, "slopes": slopes}
        )
    return found


def make() -> dict[str, Any]:
    """Losses and gradients, paths of every optimizer on every surface, noise, and what lies between nodes."""
    random = np.random.default_rng(11)
    return {
        "surfaces": _surfaces(random),
        "paths": _paths(random),
        "noise": _noise(),
        "grids": _grids(random),
    }
