"""Hebb's rule: a connection grows when its two cells fire together, and the connections remember whole patterns.

Hebb, The Organization of Behavior, 1949; recall as in Hopfield, PNAS 79, 1982. A pattern says which cells fire, as ones
and zeros; a cell that fires counts as +1, and a silent one as −1 or, where ``silent`` says so, as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CAPACITY",
    "LETTERS",
    "PAIRS",
    "Recall",
    "cells_of",
    "damage",
    "damaged",
    "energy",
    "hebb_weights",
    "pattern_name",
    "recall",
    "usual_patterns",
    "weight_history",
]

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]
Patterns = Sequence[ArrayLike] | Cells

CAPACITY = 0.138
"""Random patterns per cell that can be recalled, for very many cells (Amit, Gutfreund and Sompolinsky, 1985)."""

LETTERS: Mapping[str, str] = {
    "T": "##### ..#.. ..#.. ..#.. ..#..",
    "X": "#...# .#.#. ..#.. .#.#. #...#",
    "L": "#.... #.... #.... #.... #####",
    "+": "..#.. ..#.. ##### ..#.. ..#..",
    "H": "#...# #...# ##### #...# #...#",
    "O": ".###. #...# #...# #...# .###.",
    "C": "##### #.... #.... #.... #####",
    "Z": "##### ...#. ..#.. .#... #####",
}
"""Patterns of 5 × 5 cells, by name; ``#`` is a cell that fires."""

PAIRS: Mapping[str, str] = {"both": "##", "first": "#.", "second": ".#", "neither": ".."}
"""All that two cells can do, by name."""

_TIE = 1e-9  # of the sum of all sizes: what is left of a sum that rounding alone keeps from 0


def cells_of(text: str) -> Cells:
    """Which cells fire, 1 or 0, of a pattern written as rows of ``#`` and ``.``.

    Example:
        >>> cells_of("#. .#")
        array([1, 0, 0, 1])
    """
    return np.array([int(each == "#") for each in text if each != " "], dtype=np.int64)


def pattern_name(cells: ArrayLike) -> str | None:
    """The name in `LETTERS` or `PAIRS` of a pattern, None if it is neither.

    Example:
        >>> pattern_name([1, 1]), pattern_name([1, 1, 1])
        ('both', None)
    """
    written = "".join(".#"[int(each)] for each in np.ravel(cells))
    named = {text.replace(" ", ""): name for name, text in [*LETTERS.items(), *PAIRS.items()]}
    return named.get(written)


def usual_patterns(shape: tuple[int, int]) -> list[Cells]:
    """What to show to a sheet of cells: letters to 5 × 5, everything possible to two cells, else stripes and halves.

    Args:
        shape: rows and columns.

    Returns:
        From two to eight different patterns, each of ``rows * columns`` ones and zeros.

    Example:
        >>> [pattern_name(cells) for cells in usual_patterns((5, 5))]
        ['T', 'X', 'L', '+', 'H', 'O', 'C', 'Z']
        >>> usual_patterns((2, 2))[0].reshape(2, 2)
        array([[1, 1],
               [0, 0]])
    """
    rows, columns = shape
    if shape == (5, 5):
        return [cells_of(text) for text in LETTERS.values()]
    if rows * columns == 2:
        return [cells_of(text) for text in PAIRS.values()]
    row, column = np.indices(shape)
    pictures = [
        row < rows / 2,
        column < columns / 2,
        row % 2 == 0,
        column % 2 == 0,
        (row + column) % 2 == 0,
        row * columns == column * rows,
        (row == 0) | (row == rows - 1) | (column == 0) | (column == columns - 1),
        row + column < (rows + columns - 1) / 2,
    ]
    different = {picture.tobytes(): picture.astype(np.int64).ravel() for picture in pictures}
    return list(different.values())


def _values(cells: ArrayLike, silent: int) -> Floats:
    """What cells that fire (1) or not (0) count as."""
    return np.where(np.asarray(cells) > 0, 1.0, float(silent))


def _history(patterns: Patterns, presented: Sequence[int], rate: float, decay: float, silent: int) -> list[Floats]:
    n = len(np.ravel(patterns[0]))
    history = [np.zeros((n, n))]
    for index in presented:
        x = _values(np.ravel(patterns[index]), silent)
        weights = (1 - decay) * history[-1] + rate * np.outer(x, x)
        np.fill_diagonal(weights, 0.0)  # no cell is connected to itself
        history.append(weights)
    return history


def hebb_weights(
    patterns: Patterns,
    presented: Sequence[int],
    rate: float = 0.5,
    decay: float = 0.0,
    silent: int = -1,
) -> Floats:
    """Weights after patterns were presented one after the other, from 0: wᵢⱼ ← (1 − λ) wᵢⱼ + η xᵢ xⱼ.

    Args:
        patterns: which cells fire in each, ones and zeros, ``(n_patterns, n_cells)``.
        presented: index of the pattern of each presentation, in order.
        rate: η, what one presentation adds.
        decay: λ, the share of each weight that is lost in each presentation, from 0 to 1.
        silent: what a silent cell counts as, −1 or 0.

    Returns:
        float64, ``(n_cells, n_cells)``, symmetric, its diagonal 0.

    Example:
        >>> hebb_weights([[1, 1, 0]], presented=[0, 0])
        array([[ 0.,  1., -1.],
               [ 1.,  0., -1.],
               [-1., -1.,  0.]])
        >>> hebb_weights([[1, 1, 0]], presented=[0, 0], silent=0)[0]
        array([0., 1., 0.])
    """
    return _history(patterns, presented, rate, decay, silent)[-1]


def weight_history(
    patterns: Patterns,
    presented: Sequence[int],
    pair: tuple[int, int],
    rate: float = 0.5,
    decay: float = 0.0,
    silent: int = -1,
) -> Floats:
    """The weight between two cells before the first presentation and after each.

    Args:
        patterns: which cells fire in each, ones and zeros, ``(n_patterns, n_cells)``.
        presented: index of the pattern of each presentation, in order.
        pair: the two cells.
        rate: η, what one presentation adds.
        decay: λ, the share of each weight that is lost in each presentation, from 0 to 1.
        silent: what a silent cell counts as, −1 or 0.

    Returns:
        float64, ``(n_presented + 1,)``.

    Example:
        >>> weight_history([[1, 1], [1, 0]], presented=[0, 0, 1], pair=(0, 1))
        array([0. , 0.5, 1. , 0.5])
    """
    i, j = pair
    return np.array([weights[i, j] for weights in _history(patterns, presented, rate, decay, silent)])


def energy(weights: ArrayLike, cells: ArrayLike, silent: int = -1) -> float:
    """Hopfield's energy −½ Σᵢ Σⱼ wᵢⱼ sᵢ sⱼ: low where cells that are connected agree.

    Args:
        weights: ``(n_cells, n_cells)``, symmetric, its diagonal 0.
        cells: which cells fire, ones and zeros, ``(n_cells,)``.
        silent: what a silent cell counts as, −1 or 0.

    Example:
        >>> weights = hebb_weights([[1, 1, 0]], presented=[0])
        >>> energy(weights, [1, 1, 0]), energy(weights, [1, 0, 0])
        (-1.5, 0.5)
    """
    s = _values(cells, silent)
    return float(0.0 - 0.5 * (s @ np.asarray(weights) @ s))


@dataclass(frozen=True, eq=False)
class Recall:
    """How a damaged pattern is mended, update by update; row 0 is what it began with.

    Attributes:
        states: which cells fire, ones and zeros, ``(updates + 1, n_cells)``.
        sums: the weighted sum of each cell in each of these states, ``(updates + 1, n_cells)``.
        energies: of each state, ``(updates + 1,)``.
        settled: the number of updates after which no cell changes any more; None if two states follow each other for
            ever, which only cells that are updated all at once do.
    """

    states: Cells
    sums: Floats
    energies: Floats
    settled: int | None


def recall(weights: ArrayLike, cue: ArrayLike, *, silent: int = -1, synchronous: bool = False) -> Recall:
    """Let each cell follow its connections: it fires if Σⱼ wᵢⱼ sⱼ > 0, is silent if < 0, and stays as it is at 0.

    Goes on until each cell was asked once more and none has changed.

    Args:
        weights: ``(n_cells, n_cells)``, symmetric, its diagonal 0.
        cue: which cells fire at first, ones and zeros, ``(n_cells,)``.
        silent: what a silent cell counts as, −1 or 0.
        synchronous: an update is of all cells at once; else of one cell, in order, so that the energy never rises.

    Example:
        >>> weights = hebb_weights([[1, 1, 0]], presented=[0])
        >>> done = recall(weights, [1, 0, 0])
        >>> done.states[done.settled], done.settled, done.energies
        (array([1, 1, 0]), 2, array([ 0.5,  0.5, -1.5, -1.5, -1.5, -1.5]))
    """
    w = np.asarray(weights, dtype=np.float64)
    n = len(w)
    states = [np.array(cue, dtype=np.int64)]
    sums = [_sums(w, states[0], silent)]
    settled: int | None = 0
    asked = 1 if synchronous else n
    while settled is not None and len(states) - 1 < settled + asked:
        cells, met = states[-1].copy(), sums[-1]
        turn = slice(None) if synchronous else [(len(states) - 1) % n]
        cells[turn] = np.where(met == 0, cells, met > 0)[turn]
        if (cells != states[-1]).any():
            swings = synchronous and any((cells == before).all() for before in states[:-1])
            settled = None if swings else len(states)
        states.append(cells)
        sums.append(_sums(w, cells, silent))
    return Recall(np.array(states), np.array(sums), np.array([energy(w, each, silent) for each in states]), settled)


def _sums(weights: Floats, cells: Cells, silent: int) -> Floats:
    """Weighted sums; one that only rounding keeps from 0 is 0, so that a tie is a tie on any machine."""
    products = weights * _values(cells, silent)
    sums = products.sum(axis=1)
    return np.asarray(np.where(np.abs(sums) > _TIE * np.abs(products).sum(axis=1), sums, 0.0))


def damage(n_cells: int, count: int, seed: int = 0) -> tuple[int, ...]:
    """Cells to flip, drawn at random, the same for the same seed: those of a smaller count are among them.

    Args:
        n_cells: how many cells there are.
        count: how many to draw; all, if there are fewer.
        seed: a whole number from 0 on.

    Example:
        >>> damage(25, count=3), damage(25, count=4)
        ((6, 1, 7), (6, 1, 7, 0))
    """
    order = list(range(n_cells))
    state = seed
    for place in range(min(count, n_cells)):  # the first steps of a Fisher–Yates shuffle
        state, number = _random(state)
        other = place + int(number * (n_cells - place))
        order[place], order[other] = order[other], order[place]
    return tuple(order[:count])


def damaged(cells: ArrayLike, flipped: Sequence[int]) -> Cells:
    """A pattern in which some cells are the other way round.

    Example:
        >>> damaged([1, 1, 0], flipped=[0, 2])
        array([0, 1, 1])
    """
    result = np.array(cells, dtype=np.int64)
    result[list(flipped)] = 1 - result[list(flipped)]
    return result


def _random(state: int) -> tuple[int, float]:
    """The next state and number from 0 to below 1 of the generator mulberry32, which is as short in JavaScript."""
    word = 0xFFFFFFFF
    state = (state + 0x6D2B79F5) & word
    mixed = ((state ^ state >> 15) * (state | 1)) & word
    mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) & word
    return state, ((mixed ^ mixed >> 14) & word) / 2**32
