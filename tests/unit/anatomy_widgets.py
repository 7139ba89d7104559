"""What tests of NetworkAnatomy look at, and how they read what it has sent."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nnwidgets.widgets.anatomy import SLOTS


class Two(nn.Module):
    """Two inputs, a dict of outputs, a layer that is used twice, and one that never is."""

    def __init__(self):
        super().__init__()
        self.first, self.again, self.idle = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(2, 2)

    def forward(self, x, scale=None):
        h = self.again(self.again(self.first(x)).relu())
        return {"sum": h.sum(1), "h": h if scale is None else h * scale}


class FakeClock:
    """Stands still, but for what it is told, and for what measurements cost."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def stopped():
    """A fixture of a clock that others set."""

    @pytest.fixture
    def clock():
        return FakeClock()

    return clock


class Moody(nn.Linear):
    """Raises as long as it is said to."""

    fails = True

    def forward(self, x):
        if self.fails:
            raise ValueError("not today")
        return super().forward(x)


def few():
    """A fixture of a small module."""

    @pytest.fixture
    def module():
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))

    return module


def some_rows():
    """A fixture of five samples for it."""

    @pytest.fixture
    def rows():
        return torch.rand(5, 3, generator=torch.Generator().manual_seed(2))

    return rows


def opened(anatomy):
    """The layers that were sent, by key."""
    found = [getattr(anatomy, name) for name in SLOTS]
    return {each["asked"]["selected"]: each for each in found if each is not None}


def size_of(value):
    """Bytes of a trait as it travels, at least."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + size_of(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    return len(str(value))
