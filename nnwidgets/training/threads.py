"""How many threads PyTorch computes in, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from nnwidgets._limits import allowed_threads


def use_threads(number: int) -> None:
    """PyTorch computes in so many threads in this thread of ours from now on, or in as many as are allowed."""
    allowed = allowed_threads(number)
    if torch.get_num_threads() != allowed:
        torch.set_num_threads(allowed)


@contextmanager
def in_threads(number: int) -> Iterator[None]:
    """PyTorch computes in so many threads inside of it, or as are allowed, and in as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(allowed_threads(number))
    try:
        yield
    finally:
        torch.set_num_threads(before)
