"""Central differences: what the loss says about a gradient when each parameter is moved a little by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from nnwidgets.training.local_derivatives import Array

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Checks:
    epsilons: Array
    losses: Array
    gradient_double: Array


def central_differences(
    model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss, before: Callable[[], None] = lambda: None
) -> Checks | None:
    return None
