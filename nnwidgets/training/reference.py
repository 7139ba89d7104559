"""What losses are compared with: the best constant answer, and what the neighbours of a point know."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

NEIGHBOURS = 10
MOST = 1_000  # points of which neighbours are looked for, spread evenly


def constant_loss(experiment: Experiment) -> float | None:
    """The training loss of the best answer that is the same for all points; None for a loss of the user's own."""
    name, targets = experiment.objective.name, experiment.y
    if name == "mse":
        return float(targets.double().var(correction=0))
    if name not in ("bce", "bce_with_logits", "cross_entropy", "hinge"):
        return None
    counts = targets[:, 0].long().bincount().double()
    shares = counts[counts > 0] / counts.sum()
    if name == "hinge":
        return float(2 * (1 - shares.max())) if len(shares) > 1 else 0.0
    return float(-(shares * shares.log()).sum())


def neighbours_know(experiment: Experiment) -> float | None:
    """How well the mean of a training point's 10 nearest others tells its target: what there is to learn.

    The accuracy of their majority; of values to predict the mean squared error. Columns are scaled to the same spread.
    None where there are too few points to say.
    """
    kept = experiment.planes.get("neighbours")
    if kept is None:
        kept = experiment.planes["neighbours"] = torch.tensor(_neighbours_know(experiment))
    known = float(kept)
    return None if math.isnan(known) else known


def _neighbours_know(experiment: Experiment) -> float:
    data = experiment.settings.dataset
    every = -(-len(data.x_train) // MOST)
    x, y = torch.tensor(data.x_train[::every]).double().flatten(1), torch.tensor(data.y_train[::every]).double()
    if len(x) <= 2 * NEIGHBOURS:
        return float("nan")
    spread = x.std(dim=0)
    x = x / torch.where(spread > 0, spread, 1.0)
    distances = torch.cdist(x, x).fill_diagonal_(torch.inf)
    around = y[:, 0][distances.topk(NEIGHBOURS, largest=False).indices]
    if not data.n_classes:
        return float((around.mean(dim=1) - y[:, 0]).square().mean())
    votes = torch.stack([(around == label).sum(dim=1) for label in range(data.n_classes)], dim=1)
    return cast("float", (votes.argmax(dim=1) == y[:, 0]).double().mean().item())
