"""What all widgets of a process may use together: threads, pictures a second, memory.

Nothing here knows what is limited. Whoever uses something asks how much there is when the time has come, so that a
limit holds at once for all that is there; what has to give something back is told.
"""

from __future__ import annotations

import math
import os
import re
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from nnwidgets._checks import real, whole

UNLIMITED = "unlimited"
UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
LEAST_MEMORY = 10**6
LEAST_RATE = 0.5
LONGEST_NUMBER = 30  # digits
_UNIT_OF = {name.lower(): size for name, size in UNITS.items()}
_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class Limits:
    """What holds for all widgets of this process; None is no limit.

    Attributes:
        threads: that PyTorch computes in, for each widget.
        frames_per_second: that a widget shows.
        memory: bytes for what is kept of all runs together.
        ceilings: what the environment variables of this process allow at most.
    """

    threads: int | None = None
    frames_per_second: float | None = None
    memory: int | None = None
    ceilings: Limits | None = None

    def __repr__(self) -> str:
        rate = self.frames_per_second
        said: dict[str, object] = {"threads": self.threads}
        said["frames_per_second"] = rate if rate is None else _Plain(f"{rate:g}")
        said["memory"] = self.memory if self.memory is None else _said_bytes(self.memory)
        fields = ", ".join(f"{name}={value!r}" for name, value in said.items())
        ceilings = "" if self.ceilings is None else f", ceilings={self.ceilings!r}"
        return f"Limits({fields}{ceilings})"


class LimitWarning(UserWarning):
    """A limit is not what was asked for, or something is less than was asked for because of one."""


class Holder(Protocol):
    """Whatever keeps something of a run."""

    def limits_changed(self) -> None:
        """The limits have changed, or what is one's share of the memory; may be called in any thread."""


class _Plain(str):
    """A text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


# -- what can be given ------------------------------------------------------------------------------------------------


def _threads(name: str, value: object) -> int:
    return whole(name, value, 1, None)


def _rate(name: str, value: object) -> float:
    return real(name, value, LEAST_RATE, None)


def _memory(name: str, value: object) -> int:
    allowed = f'{name} must be a whole number of bytes, or a text such as "200 MB" ({", ".join(UNITS)})'
    if isinstance(value, str):
        found = _TEXT.fullmatch(value)
        size = _UNIT_OF.get(found[2].lower() or "b") if found else None
        if found is None or size is None:
            raise ValueError(f"{allowed}; got {value!r}")
        if len(found[1]) > LONGEST_NUMBER:
            raise ValueError(f"{allowed}; got one of {len(found[1])} digits")
        number = round(float(found[1]) * size) if "." in found[1] else int(found[1]) * size
    else:
        try:
            number = whole(name, value, 0, None)
        except TypeError:
            raise TypeError(f"{allowed}; got {value!r}") from None
        except ValueError:
            number = 0
    if number < LEAST_MEMORY:
        raise ValueError(f"{name} must be at least {_said_bytes(LEAST_MEMORY)}; got {value!r}")
    return number


def _said_bytes(number: int) -> str:
    """A number of bytes as a text that means exactly as many."""
    for name in ("GB", "GiB", "MB", "MiB", "kB", "KiB"):
        if number % UNITS[name] == 0:
            return f"{number // UNITS[name]} {name}"
    return f"{number} B"


_CHECKS: dict[str, Callable[[str, Any], Any]] = {"threads": _threads, "frames_per_second": _rate, "memory": _memory}
VARIABLES = {name: f"NNWIDGETS_{name.upper()}" for name in _CHECKS}
_EXAMPLES = {
    "threads": "a whole number of at least 1",
    "frames_per_second": f"a number of at least {LEAST_RATE:g}",
    "memory": 'such as "200 MB" or "1.5 GiB", at least 1 MB',
}


def _asked(name: str, value: object) -> Any:
    """What was asked for, in one settled form; infinity for no limit."""
    if isinstance(value, str) and value.strip().lower() == UNLIMITED:
        return math.inf
    try:
        return _CHECKS[name](name, value)
    except (TypeError, ValueError) as error:
        raise type(error)(f'{error}. "{UNLIMITED}" lifts the limit.') from None


def _of_environment(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The ceilings, and what there is to say of variables that are not understood."""
    ceilings: dict[str, Any] = {}
    complaints = []
    for name, variable in VARIABLES.items():
        text = environment.get(variable, "").strip()
        if not text or text.lower() == UNLIMITED:
            continue
        try:
            ceilings[name] = _CHECKS[name](variable, text if name == "memory" else _number(text))
        except (TypeError, ValueError):
            complaints.append(
                f"the environment variable {variable} is {text!r}, which is not understood and has no effect; it must "
                f'be {_EXAMPLES[name]}, or "{UNLIMITED}"'
            )
    return ceilings, complaints


def _number(text: str) -> float | int:
    return int(text) if text.isdecimal() else float(text)


def _warn(text: str) -> None:
    """Warn whoever called this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("nnwidgets."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, LimitWarning, stacklevel=level)


# -- what holds -------------------------------------------------------------------------------------------------------


class State:
    """The limits of a process, and those who must keep to them.

    Args:
        environment: whose variables are read when a limit is first asked for.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._lock = threading.RLock()
        self._now: Limits | None = None
        self._holders: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def now(self) -> Limits:
        """What holds."""
        if self._now is None:
            complaints: list[str] = []
            with self._lock:
                if self._now is None:
                    found, complaints = _of_environment(self._environment)
                    self._now = Limits(**found, ceilings=Limits(**found) if found else None)
            for complaint in complaints:
                _warn(complaint)
        return self._now

    def change(self, asked: Mapping[str, Any]) -> Limits:
        """Have other limits hold, infinity for none; what the ceilings do not allow is said."""
        before, chosen, complaints = self.now, {}, []
        with self._lock:
            for name, value in asked.items():
                ceiling = None if before.ceilings is None else getattr(before.ceilings, name)
                if ceiling is not None and value > ceiling:
                    most = _said_bytes(ceiling) if name == "memory" else f"{ceiling:g}"
                    complaints.append(
                        f"{name} is limited to {most}: the environment variable {VARIABLES[name]} of this process "
                        "allows no more"
                    )
                    chosen[name] = ceiling
                else:
                    chosen[name] = None if math.isinf(value) else value
            before = self.now
            self._now = now = replace(before, **chosen)
        if now != before:
            self._tell()
        for complaint in complaints:
            _warn(complaint)
        return now

    def join(self, holder: Holder) -> None:
        """Somebody more keeps something, for as long as it lives; the others may have to make room."""
        with self._lock:
            self._holders.add(holder)
        if self.now.memory is not None:
            self._tell(but=holder)

    def share(self, part: float, usual: int) -> int:
        """Bytes for a part of what one of those who joined keeps: as many as usual, if there is room."""
        memory = self.now.memory
        return usual if memory is None else min(usual, int(part * memory / max(1, len(self._holders))))

    def _tell(self, but: Holder | None = None) -> None:
        with self._lock:
            holders = list(self._holders)
        for holder in holders:
            if holder is not but:
                holder.limits_changed()


STATE = State(os.environ)


def allowed_threads(number: int) -> int:
    """As many threads as are asked for, or as there may be."""
    most = STATE.now.threads
    return number if most is None else min(number, most)


def warn_of_threads(number: int) -> None:
    """Tell whoever asks in a cell for more threads than there may be; on screen a trainer says so itself."""
    most = allowed_threads(number)
    if most < number and threading.current_thread() is threading.main_thread():
        _warn(f"threads is {most}, not {number}: nnwidgets.limits() allows no more")


def pace(seconds: float) -> float:
    """From one picture to the next: so long, or as long as it must be."""
    rate = STATE.now.frames_per_second
    return seconds if rate is None else max(seconds, 1.0 / rate)


def limits(
    threads: int | str | None = None, frames_per_second: float | str | None = None, memory: int | str | None = None
) -> Limits:
    """Limit what all trainers and explorers of this process use, those that there are and those to come.

    For computers that many share. Without an argument it only says what holds; an argument that is left out leaves its
    limit as it is, and `"unlimited"` lifts it. Each limit takes effect at once:

    - `threads`: PyTorch's threads of each training, measurement or sweep. What a trainer asks for beyond that, it does
      not get: the trainer says so, and `config()` and `to_code()` say what it uses. In a run under way the number
      changes at the next step, is written down there, and stays when the limit is lifted, for a run is the same to the
      last bit only with the same number of threads. What a cell computes by itself is not limited, nor is `fit()`.
    - `frames_per_second`: pictures of each widget while something goes on; numbers and other texts come no more often.
      What a reader does is answered at once, however often: a weight that is dragged, the timeline, Pause.
    - `memory`: what is kept of all runs together, each trainer having an equal share: checkpoints, curves (the run's
      and those of pinned ones), pictures for recordings, and what Undo takes back. With less memory there are fewer
      checkpoints, so that going back repeats more steps, and curves have fewer points; every epoch can still be gone
      back to. Never given up are the first and the last checkpoint of a run, 1,000 points of a curve, eight pictures
      of a recording, and the last change that can be undone. Not counted are models, optimizers, PyTorch itself, the
      copy of a model that is looked at in its past, and data: those that a run has now, and those that it had in
      steps before, for whoever goes back to them.

    The environment variables `NNWIDGETS_THREADS`, `NNWIDGETS_FRAMES_PER_SECOND` and `NNWIDGETS_MEMORY` set the same
    limits. A call can go below them, not above: then it warns, and the result says what holds.

    Args:
        threads: a whole number of at least 1.
        frames_per_second: at least 0.5.
        memory: bytes, or a text such as `"200 MB"`: kB, MB and GB are powers of 1,000; KiB, MiB and GiB of 1,024. At
            least 1 MB.

    Returns:
        What holds now.

    Raises:
        TypeError, ValueError: something else; nothing has changed then.

    Warns:
        LimitWarning: an environment variable allows less than was asked for, or is not understood.

    Example:
        >>> import nnwidgets
        >>> nnwidgets.limits(threads=1, memory="200 MB")
        Limits(threads=1, frames_per_second=None, memory='200 MB')
        >>> nnwidgets.limits(frames_per_second=10, memory="unlimited")
        Limits(threads=1, frames_per_second=10, memory=None)
        >>> nnwidgets.limits(threads="unlimited", frames_per_second="unlimited")
        Limits(threads=None, frames_per_second=None, memory=None)
    """
    given = {"threads": threads, "frames_per_second": frames_per_second, "memory": memory}
    asked = {name: _asked(name, value) for name, value in given.items() if value is not None}
    return STATE.change(asked) if asked else STATE.now
