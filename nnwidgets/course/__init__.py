"""The exercises of the course in `notebooks/`, and the one word that looks at an answer: `check`."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from nnwidgets.course._exercises import EXERCISES, Mistake
from nnwidgets.course._verdict import Verdict

__all__ = ["Verdict", "check"]

_PARTS = ("play", "neurons", "components", "learning", "backpropagation", "binary", "images", "own")
"""The modules with the exercises, one for each notebook."""


def check(exercise: str, *answers: object) -> Verdict:
    """Look at the answer to an exercise of the course.

    Args:
        exercise: its number, as it stands in the notebook: "6.2".
        answers: what the exercise asks for: a number, a list, a model, a trainer. `...` is an answer that was not
            given yet.

    Returns:
        What the notebook shows: that it is right and why, or what is wrong with it. It is true where it is right.

    Raises:
        ValueError: there is no such exercise; the message names those that there are.
        TypeError: another number of answers.

    Example:
        >>> check("1.1", ...)
        1.1 Not answered yet: put your answer in place of the dots, and run the cell again.
    """
    for part in _PARTS:
        import_module(f"nnwidgets.course.{part}")
    found = EXERCISES.get(exercise)
    if found is None:
        near = get_close_matches(str(exercise), EXERCISES, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise ValueError(f"there is no exercise {exercise!r}{hint} There are {', '.join(EXERCISES)}")
    if len(answers) != found.answers:
        raise TypeError(f"exercise {exercise} takes {found.answers} answers; got {len(answers)}")
    if any(answer is ... for answer in answers):
        return Verdict(exercise, None, "put your answer in place of the dots, and run the cell again.")
    try:
        return Verdict(exercise, True, found.judge(*answers))  # noqa: FBT003
    except Mistake as mistake:
        return Verdict(exercise, False, str(mistake))  # noqa: FBT003
