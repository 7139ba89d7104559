"""Dropout with a random generator of its own."""

from __future__ import annotations

import torch
from torch import nn

from nnwidgets._checks import real


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, so that no other code changes what it drops.

    In training mode each element is zeroed with probability ``p`` and the others are scaled by 1 / (1 − p); in
    evaluation mode nothing happens. From a generator in the same state, the result is that of `torch.nn.Dropout` on
    the CPU bit for bit. The generator is no part of ``state_dict()``; see `dropout_generator`.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014).

    Example:
        >>> drop = Dropout(0.5, torch.Generator().manual_seed(0))
        >>> sorted(set(drop(torch.ones(100)).tolist()))
        [0.0, 2.0]
        >>> drop.eval()(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.p = real("p", p, 0.0, 1.0)
        self.generator = torch.Generator() if generator is None else generator

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zero elements of ``x``, a float tensor of any shape."""
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0.0
        # Drawn where the generator lives, so that every device drops the same elements.
        mask = torch.empty_like(x, device=self.generator.device)
        mask.bernoulli_(1 - self.p, generator=self.generator).div_(1 - self.p)
        return x * mask.to(x.device)

    def extra_repr(self) -> str:
        return f"p={self.p:g}"


def dropout_generator(model: nn.Module) -> torch.Generator | None:
    """The generator that the model's `Dropout` modules draw from, for saving and restoring its state; or None.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> dropout_generator(build_mlp()) is None
        True
        >>> dropout_generator(build_mlp(dropout=0.2, seed=7)).initial_seed()
        7
    """
    return next((module.generator for module in model.modules() if isinstance(module, Dropout)), None)


def seed_dropout(model: nn.Module, seed: int) -> None:
    """Make the model's `Dropout` modules draw from the start of ``seed``; without such modules, do nothing.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> model = build_mlp(dropout=0.5)
        >>> seed_dropout(model, 3); first = model(torch.ones(1, 2))
        >>> seed_dropout(model, 3); torch.equal(first, model(torch.ones(1, 2)))
        True
    """
    for module in model.modules():
        if isinstance(module, Dropout):
            module.generator.manual_seed(seed)
