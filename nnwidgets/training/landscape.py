"""The loss of a network on a plane through its weights: what descent would see there.

Li, Xu, Taylor, Studer and Goldstein, Visualizing the loss landscape of neural nets, 2018, arXiv:1712.09913.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.training.engines import ChosenEngine, Stop
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.inspection import State
from nnwidgets.training.past import Past
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.replay import Replay
from nnwidgets.training.replica import deep_copy

Directions = Literal["random", "path"]
Array = NDArray[np.float64]
Range = tuple[float, float]

MOST_SAMPLES = 10_000
MOST_IMAGES = 1_000  # a picture of the plane is as many passes as it has nodes
_MARGIN = 0.3  # around a path, as a share of its width
_FEWEST = 3  # places that a path has
_PLACES = 40  # and about how many it has at most
_PATIENCE = 5.0  # seconds for a re-run, after which the path has to do with the places that there are


@dataclass(frozen=True, eq=False)
class Landscape:
    """What was found.

    Attributes:
        window: the range of both coordinates; (0, 0) is the network as it is.
        parts: the loss and its derivatives by both coordinates, each `(rows, columns)`; NaN where there is no number.
        path: where the training went through, up to the middle; none for random directions.
        n_samples: of the training set, that were evaluated.
    """

    window: tuple[Range, Range]
    parts: list[Array]
    path: tuple[tuple[float, float], ...]
    n_samples: int


def look_around(
    experiment: Experiment,
    states: Sequence[State] = (),
    directions: Directions = "random",
    *,
    seed: int = 0,
    extent: float = 1.0,
    size: int = 41,
) -> Landscape:
    """Compute the loss over the training set at the nodes of a plane, by a copy of the model in evaluation mode.

    Args:
        experiment: whose model it is; only read.
        states: of its training, as `states_of` gives them.
        directions: "random", each row of a weight matrix, and each bias vector, as long as the network's own; or
            "path", the first two principal components of the states.
        seed: of the random ones.
        extent: how far the plane reaches, as a multiple of the directions, or of the room that the path takes.
        size: nodes along each side.

    Raises:
        ValueError: a path of fewer than three places.
        TypeError: a module that cannot be copied.
    """
    with random_numbers_kept(experiment):
        try:
            model = deep_copy(experiment.eval_model)
        except Exception as error:
            raise TypeError(f"a {type(experiment.model).__name__} cannot be copied to look around: {error}") from error
        weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
        middle = [p.detach().clone() for p in weights.values()]
        if directions == "path":
            path_directions, path = _along_path(list(weights), middle, states)
            window, both = _around(path, extent), path_directions
        else:
            both, path = _random(middle, seed), ()
            window = ((-extent, extent), (-extent, extent))
        count = MOST_IMAGES if experiment.settings.sees_images else MOST_SAMPLES
        parts = _sample(experiment, model, list(weights.values()), middle, both, window, size, count)
    return Landscape(window, parts, path, min(count, len(experiment.x)))


def states_of(experiment: Experiment, past: Past, engine: ChosenEngine) -> list[State]:
    """The weights at the ends of epochs, by a re-run of the training in a twin; the experiment itself stays.

    Where that takes long, those of the checkpoints that there are.

    Raises:
        Exception: whatever the user's model raises when it runs again.
    """
    last = experiment.position.epoch
    ends = sorted({round(epoch) for epoch in np.linspace(0, last, min(last, _PLACES) + 1)})
    stop = Stop()
    stop.deadline = time.monotonic() + _PATIENCE
    with random_numbers_kept(experiment):
        twin = experiment.twin()
        replay = Replay(twin, ChosenEngine(engine.choice), past.journal, past.checkpoints)
        found = []
        for epoch in ends:
            replay.aim(past.history.epoch_step(epoch))
            if not replay.advance(stop):
                return [item.state for item in past.checkpoints.items]
            found.append(twin.copy_state())
    return found


Direction = list[torch.Tensor]


def _random(middle: Direction, seed: int) -> tuple[Direction, Direction]:
    generator = torch.Generator().manual_seed(seed)

    def drawn() -> Direction:
        return [_as_long(torch.randn(w.shape, generator=generator).to(w), w) for w in middle]

    return drawn(), drawn()


def _as_long(direction: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Row by row, or as a whole if it is a vector, of the length of the weights."""
    rows, own = (t.reshape(len(t), -1) if t.dim() > 1 else t.reshape(1, -1) for t in (direction, weights))
    length = rows.norm(dim=1, keepdim=True)
    found: torch.Tensor = (rows * own.norm(dim=1, keepdim=True) / length.clamp_min(1e-12)).reshape(weights.shape)
    return found


def _along_path(
    names: list[str], middle: Direction, states: Sequence[State]
) -> tuple[tuple[Direction, Direction], tuple[tuple[float, float], ...]]:
    """The two directions in which the states lie farthest from the middle, and where they are in them."""
    now = _flat(middle)
    places = [
        _flat([state[name] for name in names]) - now
        for state in states
        if all(name in state and state[name].shape == w.shape for name, w in zip(names, middle, strict=True))
    ]
    if len(places) < _FEWEST or not torch.stack(places).any():
        raise ValueError('there is no path yet: train first, or use directions="random"')
    moves = torch.stack(places)
    _, sizes, axes = torch.linalg.svd(moves, full_matrices=False)
    chosen = [axis / axis.norm() for axis in axes[:2]]
    if len(chosen) < 2 or sizes[1] < 1e-9 * sizes[0]:  # a path that is straight: any direction across it
        across = torch.randn(now.shape, generator=torch.Generator().manual_seed(0), dtype=now.dtype).to(now)
        across -= (across @ chosen[0]) * chosen[0]
        chosen = [chosen[0], across / across.norm()]
    along = [moves @ axis for axis in chosen]
    path = tuple(zip(*(part.tolist() for part in along), strict=True))
    return (_unflat(chosen[0], middle), _unflat(chosen[1], middle)), (*path, (0.0, 0.0))


def _around(path: Sequence[tuple[float, float]], extent: float) -> tuple[Range, Range]:
    """A window with the path and the middle in it; wide enough across where the path is narrow."""
    bounds = [(min(values), max(values)) for values in zip(*path, strict=True)]
    widest = max(high - low for low, high in bounds)
    found = []
    for low, high in bounds:
        room = (high - low) * _MARGIN + max(0.0, widest / 2 - (high - low)) / 2
        found.append((extent * (low - room), extent * (high + room)))
    return found[0], found[1]


def _flat(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.cat([part.detach().reshape(-1).double() for part in parts])


def _unflat(values: torch.Tensor, like: Direction) -> Direction:
    pieces = torch.split(values, [w.numel() for w in like])
    return [piece.reshape(w.shape).to(w) for piece, w in zip(pieces, like, strict=True)]


def _sample(
    experiment: Experiment,
    model: torch.nn.Module,
    weights: list[torch.nn.Parameter],
    middle: Direction,
    directions: tuple[Direction, Direction],
    window: tuple[Range, Range],
    size: int,
    count: int,
) -> list[Array]:
    x, y = experiment.feed(experiment.x[:count]), experiment.y[:count]
    columns, rows = (np.linspace(low, high, size) for low, high in window)
    found = np.full((3, size, size), np.nan)
    for j, b in enumerate(rows.tolist()):
        for i, a in enumerate(columns.tolist()):
            with torch.no_grad():
                for w, at, one, two in zip(weights, middle, *directions, strict=True):
                    w.copy_(at + a * one + b * two)
            found[:, j, i] = _at(experiment, model, weights, directions, x, y)
    return list(found)


def _at(
    experiment: Experiment,
    model: torch.nn.Module,
    weights: list[torch.nn.Parameter],
    directions: tuple[Direction, Direction],
    x: torch.Tensor,
    y: torch.Tensor,
) -> list[float]:
    with torch.enable_grad():
        try:
            loss = experiment.objective.function(model(x), y)
            gradient = torch.autograd.grad(loss, weights, allow_unused=True)
        except RuntimeError:  # a loss that has no value here, such as cross-entropy of what is no probability
            return [float("nan")] * 3
    slopes = [
        sum(float((g * d).sum()) for g, d in zip(gradient, direction, strict=True) if g is not None)
        for direction in directions
    ]
    return [float(loss.detach()), *slopes]
