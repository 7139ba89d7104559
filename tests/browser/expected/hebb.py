"""Hebb's rule and recall, by PyTorch: weights in closed form, each cell in the state that has less energy."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SOURCE = """
from nnwidgets import HebbExplorer
explorer = HebbExplorer()
explorer
"""
ALWAYS = ("weight", "energy", "given", "step", "right.now", "shown.0", "scale.high")


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `HebbExplorer` at these settings."""
    silent, (i, j) = settings["silent"], settings["pair"]
    fires = torch.tensor([[cell == "#" for cell in text if cell != " "] for text in settings["patterns"]])
    x = torch.where(fires, 1.0, float(silent)).double()
    shown = settings["presented"][: settings["moment"]]
    weights = _weights(x, shown, settings)
    largest = weights.abs().max().item()
    found: dict[str, float | str | None] = {
        "weight": weights[i, j].item(),
        "given": float(len(shown)),
        "scale.low": -largest,
        "scale.high": largest,
        "capacity": 0.138 * len(weights),
    }
    if shown:
        before = _weights(x, shown[:-1], settings)
        found |= {"before": before[i, j].item(), "x.i": x[shown[-1], i].item(), "x.j": x[shown[-1], j].item()}
    if len(weights) <= 4:
        found |= {
            f"w.{a}.{b}": weights[a, b].item() for a in range(len(weights)) for b in range(len(weights)) if a != b
        }

    flipped = torch.zeros(len(weights), dtype=torch.bool)
    flipped[settings["damage"]] = True
    synchronous = settings["update"] == "synchronous"
    ends = {index: _states(weights, fires[index] ^ flipped, silent, synchronous)[-1] for index in set(shown)}
    for index, pattern in enumerate(fires):
        found[f"shown.{index}"] = float(shown.count(index))
        if index in ends:
            found[f"recalled.{index}"] = float((ends[index] == pattern).sum())
    found["stored"] = float(len(ends))
    found["remembered"] = float(sum(torch.equal(end, fires[index]) for index, end in ends.items()))
    return found | _recalled(settings, weights, fires, fires[settings["pattern"]] ^ flipped)


def _recalled(settings: dict[str, Any], weights: Tensor, fires: Tensor, cue: Tensor) -> dict[str, float | str | None]:
    """What is shown of the pattern that is recalled."""
    silent, synchronous = settings["silent"], settings["update"] == "synchronous"
    states = _states(weights, cue, silent, synchronous)
    swings = synchronous and len(states) > 2 and not torch.equal(states[-1], states[-2])
    changed = [k for k in range(1, len(states)) if not torch.equal(states[k], states[k - 1])]
    end = len(states) - 1 if swings else max(changed, default=0)
    step = end if settings["steps"] is None else min(settings["steps"], len(states) - 1)
    found: dict[str, float | str | None] = {
        "step": float(step),
        "energy": _energy(weights, states[step], silent).item(),
        "right.now": float((states[step] == fires[settings["pattern"]]).sum()),
        "firing": float(states[-1].sum()),
    }
    if step:
        turn = settings["pair"][0] if synchronous else (step - 1) % len(weights)
        gain = _gain(weights, states[step - 1], turn, silent).item()
        found |= {"sum": gain / (1 - silent), "spin": 1.0 if states[step][turn] else float(silent)}
    return found


def _weights(x: Tensor, shown: list[int], settings: dict[str, Any]) -> Tensor:
    """η Σ (1 − λ)^age x xᵀ, without the diagonal."""
    ages = torch.arange(len(shown) - 1, -1, -1, dtype=torch.float64)
    shares = settings["rate"] * (1 - settings["decay"]) ** ages
    return torch.einsum("t,ti,tj->ij", shares, x[shown], x[shown]).fill_diagonal_(0)


def _energy(weights: Tensor, cells: Tensor, silent: int) -> Tensor:
    s = cells.double() - silent * cells.double() + silent
    return -(s @ weights @ s) / 2


def _gain(weights: Tensor, cells: Tensor, turn: int, silent: int) -> Tensor:
    """How much less energy there is if the cell fires than if it is silent."""
    fires, rests = cells.clone(), cells.clone()
    fires[turn], rests[turn] = True, False
    return _energy(weights, rests, silent) - _energy(weights, fires, silent)


def _states(weights: Tensor, cue: Tensor, silent: int, synchronous: bool) -> list[Tensor]:
    """Update by update, until each cell was asked once more and none changed, or two states alternate."""
    states, unchanged, n = [cue], 0, len(cue)
    while unchanged < (1 if synchronous else n):
        cells = states[-1].clone()
        for turn in range(n) if synchronous else [(len(states) - 1) % n]:
            gain = _gain(weights, states[-1], turn, silent)
            if abs(gain) > 1e-9:
                cells[turn] = gain > 0
        unchanged = unchanged + 1 if torch.equal(cells, states[-1]) else 0
        alternates = synchronous and not unchanged and any(torch.equal(cells, each) for each in states)
        states.append(cells)
        if alternates:
            break
    return states
