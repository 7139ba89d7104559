"""The seeds from which all random numbers of a run follow that are ours: initial weights, batch order, dropout."""

from __future__ import annotations

import torch


def batch_order(n_samples: int, seed: int, epoch: int) -> torch.Tensor:
    """The order of the samples in one epoch, `(n_samples,)` int64, from seed and epoch alone."""
    return torch.randperm(n_samples, generator=torch.Generator().manual_seed(step_seed(seed, epoch)))


def step_seed(seed: int, index: int) -> int:
    """The seed of the random numbers of one epoch, or of one step."""
    return seed * 1_000_000 + index
