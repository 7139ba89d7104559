"""The exercises of the course in `notebooks/`, and the one word that looks at an answer: `check`."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from nnwidgets.course._answers import holds_dots, told
from nnwidgets.course._exercises import EXERCISES, Exercise, Mistake, Unanswered
from nnwidgets.course._verdict import Verdict

__all__ = ["Verdict", "check"]

_PARTS = ("play", "neurons", "components", "learning", "backpropagation", "binary", "images", "own")
"""The modules with the exercises, one for each notebook."""


def check(exercise: str, *answers: object) -> Verdict:
    """Look at the answer to an exercise of the course, and show what there is to say of it.

    It is shown wherever in its cell the call stands. No answer makes it raise: what cannot be looked at is said, too.

    Args:
        exercise: its number, as it stands in the notebook: "6.2".
        answers: what the exercise asks for: a number, a list, a function, a model, a trainer. `...` is an answer that
            was not given yet.

    Returns:
        What is shown, that it is right and why or what is wrong with it. It is true where the answer is right.

    Raises:
        ValueError: there is no such exercise; the message names those that there are.
        TypeError: another number of answers.

    Example:
        >>> check("1.1", ...)
        1.1 Not answered yet: put your answer in place of the dots, and run the cell again.
    """
    verdict = _verdict_on(str(exercise), _known(exercise), answers)
    verdict.show()
    return verdict


def _known(number: str) -> Exercise:
    for part in _PARTS:
        import_module(f"nnwidgets.course.{part}")
    found = EXERCISES.get(str(number))
    if found is None:
        near = get_close_matches(str(number), EXERCISES, 1)
        hint = f'; did you mean "{near[0]}"?' if near else "."
        raise ValueError(f"there is no exercise {number!r}{hint} There are {', '.join(EXERCISES)}")
    return found


def _verdict_on(number: str, exercise: Exercise, answers: tuple[object, ...]) -> Verdict:
    if len(answers) != len(exercise.answers):
        wanted = f'check("{number}", {", ".join(exercise.answers)})'
        many = len(exercise.answers)
        word = "answer" if many == 1 else "answers"
        raise TypeError(f"exercise {number} takes {many} {word}, {wanted}; got {len(answers)}")
    if holds_dots(answers):
        return Verdict(number, "open", "put your answer in place of the dots, and run the cell again.")
    try:
        return Verdict(number, "right", exercise.judge(*answers))
    except Mistake as mistake:
        return Verdict(number, "wrong", str(mistake))
    except Unanswered as missing:
        return Verdict(number, "open", str(missing))
    except Exception as error:  # noqa: BLE001 (a judge that fails over an answer nobody thought of)
        return Verdict(number, "unjudged", f"looking at it raised {told(error)}. Is it what the exercise asks for?")
