"""Gradient descent on a loss of one or two weights, with five optimizers that take PyTorch's steps.

Plain floats in PyTorch's order of operations, so that a path in float64 is that of `torch.optim`, and the browser's
twin computes the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nnwidgets.concepts.surfaces import Evaluate, Point, Surface

__all__ = ["OPTIMIZERS", "Hyperparameters", "Optimizer", "Run", "Update", "gradient_noise", "normals", "philox", "run"]

EPS = 1e-8
_WORD = 0xFFFFFFFF

Ending = Literal["", "diverged", "outside"]


@dataclass(frozen=True)
class Optimizer:
    """A rule that makes steps of gradients.

    Attributes:
        name: identifier, the key in `OPTIMIZERS`.
        label: the name to show to readers.
        torch_name: the class in `torch.optim`.
        update: the rule as plain text.
        options: which of `Hyperparameters` it has.
    """

    name: str
    label: str
    torch_name: str
    update: str
    options: tuple[str, ...] = ()


_OPTIMIZERS = (
    Optimizer("sgd", "SGD", "SGD", "w ← w − η g"),
    Optimizer("momentum", "momentum", "SGD", "m ← μ m + g, w ← w − η m", ("momentum",)),
    Optimizer("nesterov", "Nesterov", "SGD", "m ← μ m + g, w ← w − η (g + μ m)", ("momentum",)),
    Optimizer("rmsprop", "RMSprop", "RMSprop", "v ← α v + (1 − α) g², w ← w − η g / (√v + ε)", ("alpha",)),
    Optimizer(
        "adam",
        "Adam",
        "Adam",
        "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)",
        ("beta1", "beta2"),
    ),
)

OPTIMIZERS: Mapping[str, Optimizer] = {optimizer.name: optimizer for optimizer in _OPTIMIZERS}
"""The optimizers, by name, in the order in which to offer them."""


@dataclass(frozen=True)
class Hyperparameters:
    """What the optimizers are set to, as in `torch.optim`.

    Attributes:
        learning_rate: of every optimizer that `rates` has none for, positive.
        rates: learning rates of single optimizers, by their names.
        momentum: of momentum and Nesterov, 0 ≤ μ < 1.
        alpha: how much RMSprop keeps of its mean of squares, 0 ≤ α < 1.
        beta1, beta2: how much Adam keeps of its means, 0 ≤ β < 1.
        noise: the standard deviation of what mini-batches add to each derivative.
        seed: of that noise, a whole number from 0 to 2³² − 1.

    Example:
        >>> Hyperparameters(rates={"adam": 0.5}).rate("adam")
        0.5
    """

    learning_rate: float = 0.1
    rates: Mapping[str, float] = field(default_factory=dict)
    momentum: float = 0.9
    alpha: float = 0.99
    beta1: float = 0.9
    beta2: float = 0.999
    noise: float = 0.0
    seed: int = 0

    def rate(self, optimizer: str) -> float:
        """The learning rate of an optimizer."""
        return self.rates.get(optimizer, self.learning_rate)


@dataclass(frozen=True)
class Update:
    """What the next step computes at a point; one number per weight in each.

    Attributes:
        slope: the derivatives of the loss.
        gradient: the same with the noise of the mini-batch.
        first: the velocity (momentum, Nesterov) or the mean of gradients (Adam) after this gradient; else zeros.
        second: the mean of squared gradients after this one (RMSprop, Adam); else zeros.
        weights: where the step leads.
    """

    slope: Point
    gradient: Point
    first: Point
    second: Point
    weights: Point


@dataclass(frozen=True)
class Run:
    """The path of one optimizer.

    Attributes:
        path: the weights at steps 0, 1, …, as long as the loss there is a number.
        losses: the loss at each of them.
        updates: what the next step computes at each of them.
        ending: why the path is shorter than was asked for: ``"diverged"`` where numbers overflowed, ``"outside"``
            where the loss is not known; else empty.
    """

    path: tuple[Point, ...]
    losses: tuple[float, ...]
    updates: tuple[Update, ...]
    ending: Ending

    def loss(self, step: int) -> float | None:
        """The loss at a step: infinite after the run has diverged, None where it is not known."""
        if step < len(self.losses):
            return self.losses[step]
        return math.inf if self.ending == "diverged" else None

    def at(self, step: int) -> int:
        """The last step not after this one that has a place on the path."""
        return min(step, len(self.path) - 1)

    def reaches(self, loss: float) -> int | None:
        """The first step at which the loss is no more than this; None where it never is."""
        return next((step for step, value in enumerate(self.losses) if value <= loss), None)

    def leaves(self, surface: Surface) -> int | None:
        """The first step outside the surface's window; None where there is none."""
        beyond = (step for step, point in enumerate(self.path) if not surface.holds(point))
        return next(beyond, len(self.path) if self.ending else None)


def run(
    evaluate: Evaluate,
    start: Point,
    optimizer: str,
    hyperparameters: Hyperparameters = Hyperparameters(),
    steps: int = 60,
) -> Run:
    """Descend.

    Args:
        evaluate: a point → its loss and gradient, as `Surface.evaluate`.
        start: the weights before the first step.
        optimizer: a name in `OPTIMIZERS`.
        hyperparameters: what it is set to.
        steps: how many steps to take.

    Example:
        >>> from nnwidgets.concepts.surfaces import SURFACES
        >>> found = run(SURFACES["parabola"].evaluate, (-3.0,), "sgd", Hyperparameters(0.25), 3)
        >>> found.path
        ((-3.0,), (-1.5,), (-0.75,), (-0.375,))
        >>> found.losses
        (9.0, 2.25, 0.5625, 0.140625)
        >>> run(SURFACES["parabola"].evaluate, (-3.0,), "sgd", Hyperparameters(1e9), 60).ending
        'diverged'
    """
    zeros = (0.0,) * len(start)
    weights, first, second = start, zeros, zeros
    path: list[Point] = []
    losses: list[float] = []
    updates: list[Update] = []
    ending: Ending = ""
    for step in range(steps + 1):
        if not all(map(math.isfinite, weights)):
            ending = "diverged"
            break
        here = evaluate(weights)
        if here is None or not all(map(math.isfinite, (here[0], *here[1]))):
            ending = "outside" if here is None else "diverged"
            break
        loss, slope = here
        gradient = slope
        if hyperparameters.noise:
            drawn = gradient_noise(hyperparameters.seed, step, len(start))
            gradient = tuple(g + hyperparameters.noise * z for g, z in zip(slope, drawn, strict=True))
        update = _update(optimizer, hyperparameters, step + 1, weights, slope, gradient, first, second)
        path.append(weights)
        losses.append(loss)
        updates.append(update)
        weights, first, second = update.weights, update.first, update.second
    return Run(tuple(path), tuple(losses), tuple(updates), ending)


def _update(
    optimizer: str,
    options: Hyperparameters,
    step: int,
    weights: Point,
    slope: Point,
    gradient: Point,
    first: Point,
    second: Point,
) -> Update:
    one = _ONE[optimizer]
    rate = options.rate(optimizer)
    parts = [one(options, rate, step, *each) for each in zip(weights, gradient, first, second, strict=True)]
    new_weights, new_first, new_second = zip(*parts, strict=True)
    return Update(slope, gradient, new_first, new_second, new_weights)


# One weight w, its gradient g and the two numbers that optimizers remember → the new ones, as torch.optim has them.


def _sgd(_: Hyperparameters, rate: float, __: int, w: float, g: float, m: float, v: float) -> Point:
    return w - rate * g, m, v


def _momentum(options: Hyperparameters, rate: float, _: int, w: float, g: float, m: float, v: float) -> Point:
    m = options.momentum * m + g
    return w - rate * m, m, v


def _nesterov(options: Hyperparameters, rate: float, _: int, w: float, g: float, m: float, v: float) -> Point:
    m = options.momentum * m + g
    return w - rate * (g + options.momentum * m), m, v


def _rmsprop(options: Hyperparameters, rate: float, _: int, w: float, g: float, m: float, v: float) -> Point:
    v = options.alpha * v + (1 - options.alpha) * g * g
    return w - rate * g / (math.sqrt(v) + EPS), m, v


def _adam(options: Hyperparameters, rate: float, step: int, w: float, g: float, m: float, v: float) -> Point:
    m = m + (1 - options.beta1) * (g - m)
    v = options.beta2 * v + (1 - options.beta2) * g * g
    size = rate / (1 - options.beta1**step)
    return w - size * m / (math.sqrt(v) / math.sqrt(1 - options.beta2**step) + EPS), m, v


_ONE = {"sgd": _sgd, "momentum": _momentum, "nesterov": _nesterov, "rmsprop": _rmsprop, "adam": _adam}


def philox(seed: int, counter: int) -> tuple[int, int]:
    """Two 32-bit words of Philox 2×32 with 10 rounds: the same for the same seed and counter, in any order.

    Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011.

    Example:
        >>> philox(0, 0) == (0xFF1DAE59, 0x6CD10DF2)
        True
    """
    key, left, right = seed & _WORD, counter & _WORD, counter >> 32 & _WORD
    for _ in range(10):
        product = 0xD256D193 * left
        left, right = (product >> 32) ^ key ^ right, product & _WORD
        key = (key + 0x9E3779B9) & _WORD
    return left, right


def normals(seed: int, counter: int) -> tuple[float, float]:
    """Two numbers of the standard normal distribution, by Box and Muller's formula from `philox`.

    Rounded to multiples of 2⁻²⁰, so that the last bit of a logarithm, which differs between machines, is none of them.

    Example:
        >>> [round(z, 3) for z in normals(0, 1)]
        [-0.377, 0.391]
    """
    one, two = philox(seed, counter)
    radius = math.sqrt(-2 * math.log((one + 0.5) / 2**32))
    angle = 2 * math.pi * ((two + 0.5) / 2**32)
    return _rounded(radius * math.cos(angle)), _rounded(radius * math.sin(angle))


def _rounded(value: float) -> float:
    return math.floor(value * 2**20 + 0.5) / 2**20


def gradient_noise(seed: int, step: int, dimensions: int) -> Point:
    """What the mini-batch of a step adds to each derivative, at standard deviation 1; the same for all optimizers."""
    return normals(seed, step)[:dimensions]
