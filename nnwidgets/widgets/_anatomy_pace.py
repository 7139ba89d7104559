"""How often a training is measured that is followed, and what its single steps change."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nnwidgets._limits import pace

if TYPE_CHECKING:
    import torch

RHYTHM = 0.25  # seconds between measurements, at least
SOON = 5.0  # seconds until the first one, at most
SHARE = 0.015  # of a training's time that may go into them
SAMPLED = 4096  # entries of a tensor by which the change that a step makes is estimated

Clock = Callable[[], float]


class Pace:
    """Says when the next measurement is due, by what one takes.

    Args:
        clock: counts seconds.

    Attributes:
        cost: seconds that a measurement takes, with all that is noted for it: the less of what the last two took. By
            one alone, which something held up for half a second, the numbers would stand still for half a minute.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self.cost = self._noted = self._spent = 0.0
        self._took = math.inf
        self._due = self._began = -math.inf
        self._is_measuring = False

    def begin(self) -> None:
        """A training begins that is followed. Its first measurement comes soon, also where the last one took long.

        For that was perhaps the first of a process, which takes much longer than those that follow.
        """
        self._began, self._spent, self._noted = self.clock(), 0.0, 0.0
        self._due = self._began + min(SOON, self.cost / SHARE)

    def is_due(self) -> bool:
        """Whether it is time for the next one."""
        return self.clock() >= self._due

    def hurry(self) -> None:
        """Somebody waits for the next one."""
        self._due = -math.inf

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Around what is done for the next measurement."""
        started = self.clock()
        try:
            yield
        finally:
            took = self.clock() - started
            self._noted, self._spent = self._noted + took, self._spent + took

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Around a measurement, or around a part of one."""
        if self._is_measuring:
            yield
            return
        self._is_measuring, started = True, self.clock()
        try:
            yield
        finally:
            self._is_measuring, done = False, self.clock()
            self._spent += done - started
            took, self._noted = done - started + self._noted, 0.0
            self.cost, self._took = min(took, self._took), took
            self._due = done + max(pace(RHYTHM), self.cost / SHARE)

    @property
    def share(self) -> float | None:
        """The part of the time since `begin` that went into measurements."""
        past = self.clock() - self._began
        return min(1.0, self._spent / past) if 0 < past < math.inf else None


class StepChange:
    """What the last step of a training changed: root mean squares by parameter, over evenly spaced entries of each.

    Of the weights before the step only those entries are kept, at most 4096 of a tensor: the root mean square of all
    others differs by some percent at most.
    """

    def __init__(self) -> None:
        self._step: int | None = None
        self._entries: dict[str, torch.Tensor] = {}
        self.changes: dict[str, float] = {}

    def remember(self, model: torch.nn.Module, step: int) -> None:
        """Keep the weights as they are after this step."""
        self._step = step
        self._entries = {name: _entries(each) for name, each in model.named_parameters() if _is_number(each)}

    def is_ready(self, step: int) -> bool:
        """Whether the weights before this step are known."""
        return self._step == step - 1

    def compare(self, model: torch.nn.Module, step: int) -> None:
        """See what this step changed, if the weights before it are known; else what was seen last still holds."""
        if not self.is_ready(step):
            return
        self.changes = {}
        for name, each in model.named_parameters():
            before = self._entries.get(name)
            if before is None or not _is_number(each):
                continue
            now = _entries(each)
            if now.shape == before.shape and now.device == before.device:
                change = float((now.double() - before.double()).square().mean().sqrt())
                if math.isfinite(change):
                    self.changes[name] = change

    def forget(self) -> None:
        """The training is over."""
        self._step, self._entries, self.changes = None, {}, {}


def _is_number(parameter: torch.Tensor) -> bool:
    from torch.nn.parameter import is_lazy

    return not is_lazy(parameter) and parameter.is_floating_point() and parameter.numel() > 0 and not parameter.is_meta


def _entries(parameter: torch.Tensor) -> torch.Tensor:
    flat = parameter.detach().reshape(-1) if parameter.is_contiguous() else parameter.detach().contiguous().view(-1)
    every = max(1, math.ceil(flat.numel() / SAMPLED))
    while every > 1 and math.gcd(every, flat.numel()) > 1:  # else it might meet a few columns of a matrix alone
        every += 1
    return flat[::every].clone()
