"""Five optimizers of `torch.optim` on one surface, in float64."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.vectors.descent import OPTIMIZERS, SURFACES, drawn

SOURCE = """
from nnwidgets import DescentExplorer
explorer = DescentExplorer()
explorer
"""
ALWAYS = ("loss.sgd.now", "loss.adam.0", "step", "bottom", "reached.sgd", "rate.nesterov")

TOLERANCE = 0.01  # above the lowest loss, which is 0 on all of these surfaces
LISTED = (1, 2, 5, 10, 20, 50, 100, 200)
Place = dict[str, Any]


def _run(name: str, settings: dict[str, Any], rate: float) -> tuple[list[Place], bool]:
    """What there is at every step: weights, loss, slope, gradient, and the optimizer's state before and after it."""
    w = torch.nn.Parameter(torch.tensor(settings["start"], dtype=torch.float64))
    beta1, beta2 = settings["betas"]
    options = {"momentum": settings["momentum"], "alpha": settings["alpha"], "beta1": beta1, "beta2": beta2}
    optimizer = OPTIMIZERS[name]([w], rate, options)
    places: list[Place] = []
    for step in range(settings["steps"] + 1):
        optimizer.zero_grad()
        loss = SURFACES[settings["surface"]](*w)
        loss.backward()
        assert w.grad is not None
        if not all(bool(torch.isfinite(each).all()) for each in (w, loss, w.grad)):
            return places, True
        place: Place = {"w": w.tolist(), "loss": loss.item(), "slope": w.grad.tolist(), "before": _state(optimizer, w)}
        w.grad += settings["noise"] * torch.tensor(drawn(settings["seed"], step)[: len(w)], dtype=torch.float64)
        place["g"] = w.grad.tolist()
        optimizer.step()
        places.append(place | {"after": _state(optimizer, w), "next": w.tolist()})
    return places, False


def _state(optimizer: torch.optim.Optimizer, w: torch.nn.Parameter) -> dict[str, list[float]]:
    zeros = [0.0] * len(w)
    state = optimizer.state.get(w, {})
    first = state.get("momentum_buffer", state.get("exp_avg"))
    second = state.get("square_avg", state.get("exp_avg_sq"))
    return {
        "m": zeros if first is None else first.tolist(),
        "v": zeros if second is None else second.tolist(),
    }


def numbers(settings: dict[str, Any]) -> dict[str, float | str | None]:
    """All numbers of `DescentExplorer` at these settings."""
    steps, step = settings["steps"], min(settings["step"], settings["steps"])
    found: dict[str, float | str | None] = {"step": float(step), "bottom": TOLERANCE}
    listed = [0, *([each for each in LISTED if each < steps] + [steps])[-7:]]
    for name in OPTIMIZERS:
        rate = settings["learning_rates"].get(name, settings["learning_rate"])
        places, diverged = _run(name, settings, rate)
        losses = [place["loss"] for place in places]
        beyond = math.inf if diverged else None
        for at, key in [(step, "now"), *((at, str(at)) for at in listed)]:
            found[f"loss.{name}.{key}"] = losses[at] if at < len(losses) else beyond
        found[f"rate.{name}"] = rate
        reached = next((float(at) for at, loss in enumerate(losses) if loss <= TOLERANCE), None)
        found[f"reached.{name}"] = reached
        if name == settings["optimizer"]:
            at = min(step, len(places) - 1)
            found |= _formulas(settings, places[at], at + 1)
    return found


def _formulas(settings: dict[str, Any], place: Place, t: int) -> dict[str, float | str | None]:
    found: dict[str, float | str | None] = {}
    beta1, beta2 = settings["betas"]
    for i, w in enumerate(place["w"]):
        g, m, v = place["g"][i], place["after"]["m"][i], place["after"]["v"][i]
        values = {
            "at": w,
            "slope": place["slope"][i],
            "noise": g - place["slope"][i],
            "g": g,
            "m": m,
            "m.before": place["before"]["m"][i],
            "v": v,
            "v.before": place["before"]["v"][i],
            "v.root": math.sqrt(v),
            "d": g + settings["momentum"] * m,
            "m.corrected": m / (1 - beta1**t),
            "v.corrected": math.sqrt(v / (1 - beta2**t)),
            "next": place["next"][i],
        }
        found |= {f"{key}.{i + 1}": value for key, value in values.items()}
    if settings["surface"] == "beale":
        x, y = place["w"]
        found |= {f"beale.{k}": c - x * (1 - y ** (k + 1)) for k, c in enumerate((1.5, 2.25, 2.625))}
    return found
