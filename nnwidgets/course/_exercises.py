"""How an exercise is written down: a function that says why an answer is right, or raises what is wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple


class Mistake(Exception):
    """What is wrong with an answer, as a sentence to the student: what was given, what is wrong, where to look."""


class Unanswered(Exception):
    """What is still to be done before there is an answer, as a sentence to the student: "train it first"."""


class Exercise(NamedTuple):
    """An exercise: what its answers are called, and the function that looks at them."""

    answers: tuple[str, ...]
    judge: Callable[..., str]


EXERCISES: dict[str, Exercise] = {}
"""All exercises, by their numbers."""


def exercise(number: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Make a function the judge of an exercise.

    It returns why an answer is right, or raises a `Mistake` or what is `Unanswered`. Its arguments are the answers,
    and their names are what `check` calls them.
    """

    def enter(judge: Callable[..., str]) -> Callable[..., str]:
        assert number not in EXERCISES, f"there are two exercises {number}"
        EXERCISES[number] = Exercise(tuple(inspect.signature(judge).parameters), judge)
        return judge

    return enter
