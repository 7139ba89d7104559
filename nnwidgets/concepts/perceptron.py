"""Rosenblatt's perceptron: its rule, how far two classes are apart, and how many updates that allows at most.

A sample x = (x₁, x₂) of class y, 0 or 1, is taken for class y′ = 1 where z = w₁x₁ + w₂x₂ + b is above 0, else for 0.
The rule is w ← w + η (y − y′) x̂ with w = (w₁, w₂, b), x̂ = (x₁, x₂, 1), one sample after the other (Rosenblatt, 1958).

Written s = ±1 for classes 1 and 0, a line separates the classes if all s x̂ are on one side of a plane through the
origin. Their margin γ is the distance from the origin to the convex hull of these vectors. It is found by Wolfe's
algorithm (1976) in exact arithmetic, so that what is said of separability is not a matter of rounding; and where that
hull contains the origin, the algorithm ends with the samples around it, by which no line can separate the classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Exact = tuple[Fraction, ...]

_BAND = 1e-13
"""Sums of three products of float64 numbers differ from the exact ones by less than this share of their sizes."""


def with_one(x: ArrayLike) -> Floats:
    """The samples, `(n, 2)`, each with a 1 for the bias, `(n, 3)`.

    Example:
        >>> with_one([[2.0, 3.0]])
        array([[2., 3., 1.]])
    """
    columns = np.asarray(x, dtype=np.float64)
    return np.column_stack([columns, np.ones(len(columns))])


def predicted(weights: ArrayLike, x: ArrayLike) -> NDArray[np.int64]:
    """The class, 0 or 1, that each sample, `(n, 2)`, is taken for by the weights (w1, w2, b).

    Example:
        >>> predicted([1.0, 0.0, 0.0], [[2.0, 3.0], [0.0, 3.0], [-2.0, 3.0]])
        array([1, 0, 0])
    """
    return (with_one(x) @ np.asarray(weights, dtype=np.float64) > 0).astype(np.int64)


def change(weights: ArrayLike, x: ArrayLike, y: float, learning_rate: float) -> Floats:
    """What the rule adds to the weights (w1, w2, b) for one sample (x1, x2) of class y: η (y − y′)(x1, x2, 1).

    Example:
        >>> change([0.0, 0.0, 0.0], [2.0, 3.0], 1, 0.5)
        array([1. , 1.5, 0.5])
        >>> change([1.0, 0.0, 0.0], [2.0, 3.0], 1, 0.5)
        array([0., 0., 0.])
    """
    sample = np.asarray(x, dtype=np.float64)[None]
    added: Floats = learning_rate * (float(y) - predicted(weights, sample)[0]) * with_one(sample)[0]
    return added


@dataclass(frozen=True)
class Crossing:
    """A place that is in the hull of either class, so that each line has a sample of one of them on its wrong side.

    Attributes:
        place: (x1, x2).
        samples: two to four samples by their numbers, of both classes.
        weights: of each, what share of its class's combination it has: those of a class sum to 1, and Σ weight · x
            over the samples of either class is the place.
    """

    place: tuple[float, float]
    samples: tuple[int, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Separation:
    """Whether a line separates two classes, and by how much.

    Attributes:
        margin: γ, the largest t for which weights u of norm 1 have s u·x̂ ≥ t for all samples; None if no line
            separates them.
        line: these u = (w1, w2, b).
        radius: R, the largest norm of an x̂.
        crossing: why no line separates them; None if one does.
    """

    margin: float | None
    line: tuple[float, float, float] | None
    radius: float
    crossing: Crossing | None

    @property
    def separable(self) -> bool:
        """Whether a line separates the classes."""
        return self.margin is not None

    @property
    def bound(self) -> float | None:
        """(R/γ)²: from weights of 0 there are at most so many updates, in any order, at any rate (Novikoff, 1962).

        Example:
            >>> separation([[1.0, 0.0], [-1.0, 0.0]], [1, 0]).bound
            2.0000000000000004
        """
        return None if self.margin is None else (self.radius / self.margin) ** 2

    def start_bound(self, weights: ArrayLike, learning_rate: float) -> float | None:
        """At most so many updates there are from these weights (w1, w2, b), with a rate that stays as it is.

        After k updates the weights have u·w ≥ u·w₀ + k η γ, since each adds at least η γ to it, and
        ‖w‖² ≤ ‖w₀‖² + k η² R², since each is of a sample with s w·x̂ ≤ 0. By u·w ≤ ‖w‖, k is at most the larger root
        of (u·w₀ + k η γ)² = ‖w₀‖² + k η² R². From zeros that is (R/γ)².

        Example:
            >>> apart = separation([[1.0, 0.0], [-1.0, 0.0]], [1, 0])
            >>> round(apart.start_bound([0.0, 0.0, 0.0], 0.1), 9), round(apart.start_bound([-1.0, 0.0, 0.0], 0.1), 9)
            (2.0, 22.0)
        """
        if self.margin is None or self.line is None:
            return None
        start = np.asarray(weights, dtype=np.float64)
        along, square = float(start @ np.asarray(self.line)), float(start @ start)
        growth = learning_rate * self.margin
        half = (learning_rate * self.radius) ** 2 / 2 - along * growth
        rest = max(0.0, square - along**2)
        root = math.sqrt(half**2 + growth**2 * rest)
        # Where `half` is negative the sum would cancel; the product of both roots is -rest / growth².
        return (half + root) / growth**2 if half >= 0 else rest / (root - half)


def separation(x: ArrayLike, y: ArrayLike) -> Separation:
    """Whether a line separates the samples of class 1 from those of class 0, with the numbers that tell by how much.

    The decision is exact for the numbers that are given; so are margin and crossing, to the rounding of the result.

    Args:
        x: `(n, 2)`, n at least 1.
        y: `(n,)`, 0 or 1.

    Raises:
        ValueError: other shapes, labels that are neither 0 nor 1, or numbers that are not finite.

    Example:
        >>> apart = separation([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
        >>> apart.separable, round(apart.bound, 6)
        (True, 51.0)
        >>> separation([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]).crossing
        Crossing(place=(0.5, 0.5), samples=(0, 1, 2, 3), weights=(0.5, 0.5, 0.5, 0.5))
    """
    points, labels = np.asarray(x, dtype=np.float64), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or labels.shape != (len(points),):
        raise ValueError(f"x must be (n, 2) and y (n,), n at least 1; got {points.shape} and {labels.shape}")
    if not np.isfinite(points).all() or not np.isin(labels, (0, 1)).all():
        raise ValueError("x must be finite, and y be 0 or 1")
    sides = np.where(labels == 1, 1.0, -1.0)
    vectors = sides[:, None] * with_one(points)
    largest = float(np.abs(vectors).max())  # at least 1; so that no square is infinite
    radius = largest * float(np.sqrt(((vectors / largest) ** 2).sum(axis=1).max()))
    shares, nearest = _nearest_to_origin(vectors)
    if any(nearest):
        scale = max(map(abs, nearest))  # so that no square vanishes in float64
        normal = np.array([float(each / scale) for each in nearest])
        line = normal / np.linalg.norm(normal)
        margin = float(scale) * float(np.linalg.norm(normal))
        return Separation(margin, (float(line[0]), float(line[1]), float(line[2])), radius, None)
    return Separation(None, None, radius, _crossing(points, labels, shares))


def _crossing(points: Floats, labels: NDArray[np.generic], shares: dict[int, Fraction]) -> Crossing:
    """Σ share · s x̂ = 0: its last row says that either class has half of the shares, its others where they meet."""
    samples = sorted(shares)
    place = [
        float(sum((2 * shares[i] * Fraction(float(points[i, axis])) for i in samples if labels[i] == 1), Fraction(0)))
        for axis in (0, 1)
    ]
    return Crossing((place[0], place[1]), tuple(samples), tuple(float(2 * shares[i]) for i in samples))


# -- the point of a convex hull that is nearest to the origin -------------------------------------


def _nearest_to_origin(vectors: Floats) -> tuple[dict[int, Fraction], Exact]:
    """By Wolfe's algorithm: the vectors, `(n, 3)`, whose convex combination it is, with their shares, and the point.

    Vectors are compared in float64, and exactly where that could err: the point is the right one.
    """
    exact: dict[int, Exact] = {}

    def vector(i: int) -> Exact:
        if i not in exact:
            exact[i] = tuple(map(Fraction, vectors[i].tolist()))
        return exact[i]

    first = int(np.abs(vectors).sum(axis=1).argmin())
    shares, point = {first: Fraction(1)}, vector(first)
    while (entering := _beyond(vectors, point, vector, shares)) is not None:
        shares[entering] = Fraction(0)
        shares = _corral(shares, vector)
        point = _combined(shares, vector)
    return shares, point


def _corral(shares: dict[int, Fraction], vector: Callable[[int], Exact]) -> dict[int, Fraction]:
    """From a convex combination to a nearer one, of vectors whose affine hull has no nearer point to the origin."""
    while True:
        wanted = dict(zip(shares, _affine_shares([vector(i) for i in shares]), strict=True))
        if min(wanted.values()) > 0:
            return wanted
        # As far on the way there as no share becomes negative: a vector whose share becomes 0 leaves.
        step = min(share / (share - wanted[i]) for i, share in shares.items() if wanted[i] <= 0)
        moved = {i: share + step * (wanted[i] - share) for i, share in shares.items()}
        shares = {i: share for i, share in moved.items() if share > 0}


def _affine_shares(corner: list[Exact]) -> list[Fraction]:
    """The shares, of sum 1 and perhaps negative, of the combination of affinely independent vectors with least norm."""
    k = len(corner)
    one = Fraction(1)
    rows = [[*(_dot(a, b) for b in corner), one, Fraction(0)] for a in corner]
    rows.append([*([one] * k), Fraction(0), one])
    for column in range(k + 1):
        pivot = next(row for row in range(column, k + 1) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [each / rows[column][column] for each in rows[column]]
        for row in range(k + 1):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [rows[row][-1] for row in range(k)]


def _beyond(vectors: Floats, point: Exact, vector: Callable[[int], Exact], shares: dict[int, Fraction]) -> int | None:
    """A vector v with v · point < point · point, which together with those of the point is nearer; None if none is."""
    scale = max(map(abs, point))
    if not scale:
        return None
    direction = np.array([float(each / scale) for each in point])
    least = _dot(point, point)
    over = vectors @ direction - float(least / scale)
    unsure = _BAND * (np.abs(vectors) @ np.abs(direction) + float(least / scale))
    lowest = int(over.argmin())
    if over[lowest] < -unsure[lowest]:
        return lowest
    candidates = np.flatnonzero(over < unsure)
    _, firsts = np.unique(vectors[candidates], axis=0, return_index=True)
    known = {vector(i) for i in shares}
    for i in candidates[firsts].tolist():
        if vector(i) not in known and _dot(vector(i), point) < least:
            return int(i)
    return None


def _combined(shares: dict[int, Fraction], vector: Callable[[int], Exact]) -> Exact:
    return tuple(sum((share * vector(i)[axis] for i, share in shares.items()), Fraction(0)) for axis in range(3))


def _dot(a: Exact, b: Exact) -> Fraction:
    return sum((p * q for p, q in zip(a, b, strict=True)), Fraction(0))
