"""What a running loop is to reach, and how fast it may go there."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nnwidgets.training.settings import Position

Status = Literal["idle", "running", "paused", "diverged", "error", "closed"]


@dataclass
class Stretch:
    """So many more steps or epochs; `target` is set when the stretch begins."""

    unit: Literal["step", "epoch"]
    n: int
    target: int | None = None

    def at(self, position: Position) -> int:
        """The count that this stretch is about."""
        return position.step if self.unit == "step" else position.epoch


@dataclass
class Goal:
    """A run: stretches one after the other, or no end.

    `end` is the status when the goal is reached; `done` resolves then, or when the run is paused,
    and carries the exception if the training raised one. `stepping` says that all of it was asked for
    step by step: a further step then comes after those under way.
    """

    paced: bool = False
    endless: bool = False
    stepping: bool = False
    end: Status = "idle"
    stretches: deque[Stretch] = field(default_factory=deque)
    done: Future[None] = field(default_factory=Future)

    def add(self, epochs: int | None, steps: int | None) -> None:
        """Extend the run; without either, it has no end."""
        if epochs is None and steps is None:
            self.endless = True
            self.stretches.clear()
            return
        self.endless = False
        if epochs is not None:
            self.stretches.append(Stretch("epoch", epochs))
        if steps is not None:
            self.stretches.append(Stretch("step", steps))

    def reached(self, position: Position) -> bool:
        """Whether the run is over; begins the next stretch when one is."""
        if self.endless:
            return False
        while self.stretches:
            stretch = self.stretches[0]
            if stretch.target is None:
                stretch.target = stretch.at(position) + stretch.n
            if stretch.at(position) < stretch.target:
                return False
            self.stretches.popleft()
        return True

    def step_limit(self, position: Position) -> int:
        """Steps that may be made before `reached` must be asked again."""
        if self.stretches and self.stretches[0].unit == "step":
            target = self.stretches[0].target
            assert target is not None
            return target - position.step
        return 2**62

    def epochs_to_pass(self, position: Position) -> int:
        """Ends of epochs before the one at which `reached` must be asked again."""
        if self.stretches and self.stretches[0].unit == "epoch":
            target = self.stretches[0].target
            assert target is not None
            return max(0, target - position.epoch - 1)
        return 2**40

    def target_epoch(self, position: Position) -> int | None:
        """The epoch in which the run will end, None where it has no end."""
        if self.endless or not self.stretches:
            return None
        epoch = position.epoch
        for stretch in self.stretches:
            if stretch.unit == "step":
                return None
            epoch = stretch.target if stretch.target is not None else epoch + stretch.n
        return epoch


STALL = 0.5  # seconds that are caught up with: where others want the processor, too, threads wake that late


class Pace:
    """How many steps are due at a given rate; of a longer stall, what it lost is not caught up with."""

    def __init__(self) -> None:
        self._credit = 0.0
        self._at: float | None = None

    def due(self, now: float, rate: float) -> int:
        """Steps due at `now` (seconds) for `rate` steps per second."""
        if self._at is None:
            self._at, self._credit = now, 1.0
        self._credit = min(self._credit + (now - self._at) * rate, max(1.0, STALL * rate))
        self._at = now
        return int(self._credit)

    def made(self, steps: int) -> None:
        """Take off the steps made."""
        self._credit -= steps

    def wait(self, steps: int, rate: float) -> float:
        """Seconds until so many steps are due."""
        return max(0.0, (steps - self._credit) / rate)
