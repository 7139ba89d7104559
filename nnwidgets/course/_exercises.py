"""How an exercise is written down: a function that says why an answer is right, or raises what is wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple


class Mistake(Exception):
    """What is wrong with an answer, as a sentence to the student: what was found, and what to look at."""


class Exercise(NamedTuple):
    """An exercise: how many answers it takes, and the function that looks at them."""

    answers: int
    judge: Callable[..., str]


EXERCISES: dict[str, Exercise] = {}
"""All exercises, by their numbers."""


def exercise(number: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Make a function the judge of an exercise: it returns why an answer is right, or raises a `Mistake`."""

    def enter(judge: Callable[..., str]) -> Callable[..., str]:
        EXERCISES[number] = Exercise(len(inspect.signature(judge).parameters), judge)
        return judge

    return enter


def number(answer: Any, what: str = "the answer") -> float:
    """An answer as a number, whether Python's, NumPy's or a tensor of one; a `Mistake` if it is none."""
    item = getattr(answer, "item", None)
    try:
        value = item() if callable(item) else answer
    except (RuntimeError, ValueError):
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mistake(f"{what} should be a number; it is a {type(answer).__name__}")
    return value
