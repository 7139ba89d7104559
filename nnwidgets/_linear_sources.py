"""Generators of planar data that are made for a single line: some of them one separates, some none does.

The body of each is the code that scripts print, so each of them is complete in itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = tuple[NDArray[np.float64], NDArray[Any]]


def separable(n_samples: int, noise: float, seed: int) -> Points:
    """Both sides of a line in a direction by chance, with a gap along it."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n_samples, 2))
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
    y = (x[:, 0] * np.cos(angle) + x[:, 1] * np.sin(angle) > offset).astype(np.int64)
    x = x + 0.12 * (2 * y[:, None] - 1) * np.array([np.cos(angle), np.sin(angle)])
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def narrow(n_samples: int, noise: float, seed: int) -> Points:
    """Two strips side by side, with hardly a gap between them."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    along, across = rng.uniform(-1, 1, size=n_samples), rng.uniform(0.02, 0.4, size=n_samples)
    x = np.column_stack([along, along / 2 + (2 * y - 1) * across])
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def overlapping(n_samples: int, noise: float, seed: int) -> Points:
    """Two clouds that run into one another."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    x = 0.4 * (2 * y[:, None] - 1) + (0.4 + noise) * rng.normal(size=(n_samples, 2))
    return x, y


def and_gate(n_samples: int, noise: float, seed: int) -> Points:
    """The truth table of AND, row by row, again and again."""
    rng = np.random.default_rng(seed)
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[np.arange(n_samples) % 4]
    y = (x.sum(axis=1) == 2).astype(np.int64)
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def or_gate(n_samples: int, noise: float, seed: int) -> Points:
    """The truth table of OR, likewise."""
    rng = np.random.default_rng(seed)
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[np.arange(n_samples) % 4]
    y = (x.sum(axis=1) > 0).astype(np.int64)
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y


def xor_gate(n_samples: int, noise: float, seed: int) -> Points:
    """The truth table of XOR, likewise."""
    rng = np.random.default_rng(seed)
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[np.arange(n_samples) % 4]
    y = (x.sum(axis=1) == 1).astype(np.int64)
    x = x + noise * rng.normal(size=(n_samples, 2))
    return x, y
