"""Learning rates that change from epoch to epoch: a function of the base rate and the epoch, and of nothing else."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets._checks import meant, real, whole

Schedule = tuple[tuple[str, Any], ...]  # the name and the options, as pairs; () for a constant rate

CUSTOM = "custom"
"""The name of a schedule that a callable of the user's makes; it is the option "function"."""


@dataclass(frozen=True)
class ScheduleKind:
    """One row of the table.

    Attributes:
        name: identifier, the key in `SCHEDULES`.
        label: the name to show to readers.
        expression: Python for the rate in an epoch, counted from 0; of `learning_rate`, `epoch` and the options.
        options: the options by PyTorch's names for them, with their defaults; whole numbers count epochs.
        words: what the options are called on screen.
    """

    name: str
    label: str
    expression: str
    options: Mapping[str, float] = field(default_factory=dict)
    words: tuple[str, ...] = ()


_KINDS = (
    ScheduleKind("constant", "constant", "learning_rate"),
    ScheduleKind(
        "step",
        "step",
        "learning_rate * gamma ** (epoch // step_size)",
        {"step_size": 30, "gamma": 0.5},
        ("every", "times"),
    ),
    ScheduleKind("exponential", "exponential", "learning_rate * gamma ** epoch", {"gamma": 0.98}, ("times",)),
    # Loshchilov and Hutter, 2016, arXiv:1608.03983, without the restarts
    ScheduleKind(
        "cosine",
        "cosine",
        "eta_min + (learning_rate - eta_min) * (1 + math.cos(math.pi * min(epoch, T_max) / T_max)) / 2",
        {"T_max": 100, "eta_min": 0.0},
        ("over", "down to"),
    ),
    ScheduleKind(
        "warmup",
        "warm-up",
        "learning_rate * (start_factor + (1 - start_factor) * min(epoch / total_iters, 1))",
        {"total_iters": 10, "start_factor": 0.1},
        ("over", "from"),
    ),
)
SCHEDULES: Mapping[str, ScheduleKind] = {kind.name: kind for kind in _KINDS}
"""The schedules, by name, in the order in which to offer them."""


def checked_schedule(value: object) -> Schedule:
    """A schedule from its name, from a dict of its name and options, or from a callable.

    The callable makes one of PyTorch's schedulers for an optimizer. It is asked for its rates on an optimizer of its
    own, so that they are a function of base rate and epoch as all others here are; what else it sets (momentum, as some
    do) is left out, and after its end its last rate stays.

    Raises:
        TypeError, ValueError: an unknown name or option, or a value out of its range.

    Example:
        >>> checked_schedule("cosine")
        (('name', 'cosine'), ('T_max', 100), ('eta_min', 0.0))
        >>> checked_schedule({"name": "step", "step_size": 10})
        (('name', 'step'), ('step_size', 10), ('gamma', 0.5))
        >>> checked_schedule(None)
        ()
        >>> import torch
        >>> own = checked_schedule(lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.1))
        >>> [round(rate(own, 0.5, epoch), 4) for epoch in range(4)]
        [0.5, 0.5, 0.05, 0.05]
    """
    own = value.get("function") if isinstance(value, Mapping) and value.get("name") == CUSTOM else value
    if callable(own):
        _own_rates(own, 1.0)[1]  # refused now, not in the middle of a run
        return (("name", CUSTOM), ("function", own))
    given: dict[str, Any] = {"name": value} if isinstance(value, str) else value or {}  # type: ignore[assignment]
    allowed = ", ".join(map(repr, SCHEDULES))
    if not isinstance(given, Mapping):
        raise TypeError(
            f"schedule must be one of {allowed}, a dict of a name and options, or a callable; got {value!r}"
        )
    kind = SCHEDULES.get(given.get("name", "constant"))
    if kind is None:
        raise ValueError(f"schedule must be one of {allowed}; got {given['name']!r}{meant(given['name'], SCHEDULES)}")
    unknown = [name for name in given if name not in ("name", *kind.options)]
    if unknown:
        there = ", ".join(map(repr, kind.options)) or "none"
        raise ValueError(f"the schedule {kind.name!r} has no option {unknown[0]!r}; there are {there}")
    if not kind.options:
        return ()
    options = {name: _checked(name, given.get(name, default), default) for name, default in kind.options.items()}
    return (("name", kind.name), *options.items())


def _checked(name: str, value: object, default: float) -> float:
    if isinstance(default, int):
        return whole(name, value, 1, None)
    return real(name, value, 0.0, None if name == "eta_min" else 1.0)


def rate(schedule: Schedule, learning_rate: float, epoch: int) -> float:
    """The rate in an epoch, counted from 0.

    Example:
        >>> [rate(checked_schedule({"name": "step", "step_size": 2}), 0.4, epoch) for epoch in range(5)]
        [0.4, 0.4, 0.2, 0.2, 0.1]
    """
    return float(rates(schedule, learning_rate, epoch, 1)[0])


def rates(schedule: Schedule, learning_rate: float, epoch: int, count: int) -> NDArray[np.float64]:
    """The rates in so many epochs from one on, `(count,)`; of a constant rate, one stands for all."""
    if not schedule:
        return np.array([learning_rate])
    options = dict(schedule)
    name = options.pop("name")
    if name == CUSTOM:
        own = _own_rates(options["function"], learning_rate)
        return np.array([own[at] for at in range(epoch, epoch + count)])
    compute = _compiled(name)
    return np.array([compute(learning_rate, at, **options) for at in range(epoch, epoch + count)])


@lru_cache
def _compiled(name: str) -> Callable[..., float]:
    kind = SCHEDULES[name]
    # The very text that stands in a script, so that both round alike.
    text = f"lambda {', '.join(('learning_rate', 'epoch', *kind.options))}: float({kind.expression})"
    made: Callable[..., float] = eval(text, {"math": math})  # noqa: S307 (our own table)
    return made


class _OwnRates:
    """The rates that one of PyTorch's schedulers gives, found once and kept: `rates[epoch]`."""

    def __init__(self, make: Callable[[Any], Any], learning_rate: float) -> None:
        import torch

        # Momentum, because some schedulers ask whether there is any.
        self._optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=learning_rate, momentum=0.9)
        self._scheduler = make(self._optimizer)
        if isinstance(self._scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            raise TypeError("ReduceLROnPlateau follows the loss, not the epochs: step it in on_epoch_end()")
        if not isinstance(self._scheduler, torch.optim.lr_scheduler.LRScheduler):
            kind = type(self._scheduler).__name__
            raise TypeError(f"a callable for schedule must return a scheduler of torch.optim.lr_scheduler, not {kind}")
        self._known = [self._rate()]
        if not (math.isfinite(self._known[0]) and self._known[0] >= 0):
            raise ValueError(f"a schedule must begin with a finite rate of at least 0, not {self._known[0]}")
        self._lock = threading.Lock()

    def __getitem__(self, epoch: int) -> float:
        with self._lock:
            while len(self._known) <= epoch:
                self._known.append(self._next())
            return self._known[epoch]

    def _next(self) -> float:
        self._optimizer.step()
        try:
            self._scheduler.step()
        except Exception:  # noqa: BLE001 (one that has come to its end keeps its last rate)
            return self._known[-1]
        now = self._rate()
        return now if math.isfinite(now) and now >= 0 else self._known[-1]

    def _rate(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])


_own_rates = lru_cache(maxsize=16)(_OwnRates)


def code(schedule: Schedule) -> str:
    """The expression of `learning_rate` and `epoch` for a script.

    Example:
        >>> code(checked_schedule("step"))
        'learning_rate * 0.5 ** (epoch // 30)'
    """
    options = dict(schedule)
    if options.get("name") == CUSTOM:
        return f"...  # your own: {getattr(options['function'], '__name__', 'a callable')}"
    expression = SCHEDULES[options.pop("name", "constant")].expression
    names = "|".join(options)
    return re.sub(rf"\b({names})\b", lambda match: repr(options[match[1]]), expression) if names else expression
