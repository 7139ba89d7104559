"""How samples lie in memory, and how a network gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

Feed = Callable[[torch.Tensor], torch.Tensor]

EVALUATED_SAMPLES = 10_000  # a larger set is not evaluated as a whole while a network trains
PIECE = 800_000  # numbers of images that are looked at together: what a layer makes of them is then of some megabytes


def pieces(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Images in pieces, as many together as are looked at at a time.

    Example:
        >>> [len(piece) for piece in pieces(torch.zeros(70, 3, 224, 224))]
        [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]
    """
    return torch.split(x, max(1, PIECE // max(1, x[:1].numel())))


def as_they_are(x: torch.Tensor) -> torch.Tensor:
    """The way of samples that lie as a network gets them."""
    return x


def copied(x: torch.Tensor) -> torch.Tensor:
    """The way of images that lie as a network gets them, in memory of the user's: a module may write into its input."""
    return x.clone()


def scaled(scale: float) -> Feed:
    """The way of whole pixels, `(n, channels, height, width)` uint8: as shares of `scale`, float32, made when asked.

    Example:
        >>> scaled(255.0)(torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8))
        tensor([[[[0.0000, 0.2000, 1.0000]]]])
    """

    def feed(x: torch.Tensor) -> torch.Tensor:
        return x.to(torch.float32).div_(scale)

    return feed


@dataclass(frozen=True)
class Batches:
    """The training set in the order of one epoch.

    Attributes:
        x: samples as they lie, in that order unless `order` says it.
        y: targets in that order, `(n, 1)`.
        order: where in `x` each sample of the epoch is, `(n,)` int64; None where they lie so.
        feed: how a network gets samples as they lie.
    """

    x: torch.Tensor
    y: torch.Tensor
    order: torch.Tensor | None
    feed: Feed

    def __len__(self) -> int:
        return len(self.y)

    def inputs(self, start: int, stop: int) -> torch.Tensor:
        """What a network gets of samples `start` to `stop` of the epoch."""
        if self.order is None:
            return self.feed(self.x[start:stop])
        return self.feed(self.x[self.order[start:stop]])
