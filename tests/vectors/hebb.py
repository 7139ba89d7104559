"""Hebb's rule by PyTorch: weights in closed form; in recall each cell takes the state that has less energy."""

from __future__ import annotations

import ctypes

import numpy as np
import torch

from nnwidgets.concepts.hebb import LETTERS, PAIRS

SHAPES = [(1, 2), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3), (3, 4), (4, 4), (5, 5), (5, 5)]


def make():
    """Settings, among them those where nothing is learned or all is forgotten, and what comes of them."""
    rng = np.random.default_rng(7)
    letters = [_written(text) for text in LETTERS.values()]
    pairs = [_written(text) for text in PAIRS.values()]
    given = [
        ((5, 5), letters, [0, 1, 2] * 2, 0.5, 0.0, -1, 6),
        ((5, 5), letters, list(range(8)), 0.5, 0.0, -1, 4),
        ((5, 5), letters, [0, 1, 2], 0.5, 0.0, 0, 4),
        ((5, 5), letters, [0, 0, 0, 1], 1.0, 1.0, -1, 8),
        ((5, 5), letters, [], 0.5, 0.0, -1, 5),
        ((1, 2), pairs, [0, 0, 1, 2, 3], 0.0, 0.3, -1, 1),
        ((1, 2), pairs, [0, 0, 1, 2, 3], 0.1, 0.3, 0, 1),
    ]
    cases = []
    for shape, patterns, presented, rate, decay, silent, flips in given:
        cue = np.array(patterns[0])
        cue[rng.choice(len(cue), flips, replace=False)] ^= 1
        cases += [_case(shape, patterns, presented, rate, decay, silent, cue, sync, rng) for sync in (False, True)]
    for _ in range(50):
        shape = SHAPES[rng.integers(len(SHAPES))]
        n = shape[0] * shape[1]
        patterns = rng.integers(0, 2, (int(rng.integers(1, 6)), n)).tolist()
        presented = rng.integers(len(patterns), size=int(rng.integers(0, 13))).tolist()
        rate, decay = round(float(rng.uniform(0, 1)), 2), round(float(rng.choice([0, rng.uniform(0, 1)])), 2)
        silent = int(rng.choice([-1, 0]))
        cue = rng.integers(0, 2, n)
        cases.append(_case(shape, patterns, presented, rate, decay, silent, cue, bool(rng.integers(2)), rng))
    return {"letters": letters, "pairs": pairs, "cases": cases, "damage": [_damage(rng) for _ in range(30)]}


def _written(text):
    return [int(each == "#") for each in text.replace(" ", "")]


def _case(shape, patterns, presented, rate, decay, silent, cue, synchronous, rng):
    x = torch.tensor(patterns, dtype=torch.float64)
    x[x == 0] = silent
    ages = torch.arange(len(presented) - 1, -1, -1, dtype=torch.float64)
    i, j = (int(each) for each in rng.choice(len(cue), 2, replace=False))

    def after(count):
        kept = (1 - decay) ** ages[len(presented) - count :] * rate
        shown = x[presented[:count]]
        weights = torch.einsum("t,ti,tj->ij", kept, shown, shown)
        return weights.fill_diagonal_(0)

    weights = after(len(presented))
    states, energies, settled = _recall(weights, cue, silent, synchronous)
    return {
        "shape": shape,
        "patterns": patterns,
        "presented": presented,
        "rate": rate,
        "decay": decay,
        "silent": silent,
        "pair": [i, j],
        "cue": cue,
        "synchronous": synchronous,
        "row": weights[i],
        "history": [after(count)[i, j] for count in range(len(presented) + 1)],
        "states": ["".join(map(str, each.tolist())) for each in states],
        "energies": energies,
        "settled": settled,
        "right": [[sum(a == b for a, b in zip(s.tolist(), p, strict=True)) for p in patterns] for s in states],
    }


def _energy(weights, cells, silent):
    s = torch.where(cells > 0, 1.0, float(silent)).double()
    return -torch.einsum("ij,i,j->", weights, s, s) / 2


def _recall(weights, cue, silent, synchronous):
    """States and energies by sweep, up to one that changes nothing or leads back; and the last update that did."""
    states, settled, updates = [torch.tensor(cue)], 0, 0
    while True:
        cells = states[-1].clone()
        for index in range(len(cells)):
            fires, rests = (states[-1] if synchronous else cells).clone().repeat(2, 1)
            fires[index], rests[index] = 1, 0
            gain = _energy(weights, rests, silent) - _energy(weights, fires, silent)
            updates += not synchronous
            if abs(gain) > 1e-9 and cells[index] != int(gain > 0):
                cells[index] = int(gain > 0)
                settled = updates
        updates += synchronous
        if synchronous and not torch.equal(cells, states[-1]):
            settled = None if any(torch.equal(cells, each) for each in states) else updates
        unchanged = torch.equal(cells, states[-1])
        states.append(cells)
        if unchanged or settled is None:
            return states, [_energy(weights, each, silent) for each in states], settled


def _damage(rng):
    n, seed = int(rng.integers(2, 26)), int(rng.choice([0, 1, 2, 77, 2**31, 2**32 - 1]))
    count = int(rng.integers(0, n + 1))
    order, state = list(range(n)), seed
    for place in range(count):
        state = ctypes.c_uint32(state + 0x6D2B79F5).value
        mixed = ctypes.c_uint32((state ^ (state >> 15)) * (state | 1)).value
        mixed = mixed ^ ctypes.c_uint32(mixed + ctypes.c_uint32((mixed ^ (mixed >> 7)) * (mixed | 61)).value).value
        other = place + ((mixed ^ (mixed >> 14)) * (n - place)) // 2**32
        order[place], order[other] = order[other], order[place]
    return {"cells": n, "count": count, "seed": seed, "damage": order[:count]}
