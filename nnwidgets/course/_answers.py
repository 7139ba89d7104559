"""Answers as they are given, read as what they are meant to be; or a `Mistake` that says what was given instead."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.course._exercises import Mistake, Unanswered

_LONGEST = 80  # characters of a value in a sentence


def shown(value: object, longest: int = _LONGEST) -> str:
    """A value as it is told in a sentence: on one line, and not at length.

    Example:
        >>> shown(0.1 + 0.2), shown("text"), shown(max)
        ('0.3', "'text'", 'the function max')
        >>> shown(list(range(1000)), 20)
        '[0, 1, 2, 3, 4, 5, …'
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if is_function(value):
        return f"the function {_name_of(value)}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 (whatever a student's own class raises when it is to be shown)
        text = f"a {type(value).__name__}"
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def listed(values: Iterable[float]) -> str:
    """Numbers as a list, without digits that mean nothing.

    Example:
        >>> listed(np.array([1.0, 0.1 + 0.2]))
        '[1, 0.3]'
    """
    return f"[{', '.join(f'{value:g}' for value in values)}]"


def is_function(value: object) -> bool:
    """Whether it is a function or a method, and not just something that can be called, as modules can."""
    return callable(value) and hasattr(value, "__name__") and not isinstance(value, type)


def _name_of(function: object) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "your function" if name == "<lambda>" else str(name)


def number(answer: object, what: str = "the answer") -> float:
    """An answer as a number, whether Python's, NumPy's or a tensor of one.

    Args:
        answer: as it was given.
        what: how it is called in what is said of it.

    Raises:
        Mistake: it is none, or NaN, or infinite.

    Example:
        >>> number(np.float32(0.5)), number([0.5])
        Traceback (most recent call last):
        nnwidgets.course._exercises.Mistake: the answer should be one number; you gave [0.5], which is a list...
    """
    item = getattr(answer, "item", None)
    try:
        value = item() if callable(item) else answer
    except (RuntimeError, ValueError, TypeError):
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mistake(f"{what} should be one number; you gave {shown(answer)}{_hint(answer)}")
    try:
        return _finite(float(value), what)
    except OverflowError:
        raise Mistake(
            f"{what} is a whole number with more digits than any measure has: look at where it grew."
        ) from None


def _finite(value: float, what: str) -> float:
    if math.isnan(value):
        raise Mistake(f"{what} is nan, which is no number: look for 0/0, or for infinity minus infinity.")
    if math.isinf(value):
        raise Mistake(f"{what} is {value}: look for what was divided by 0, or grew without end.")
    return value


def _hint(answer: object) -> str:
    if answer is None:
        return ": is a `return` missing, or is `print` in its place?"
    if isinstance(answer, str):
        return ", which is text: leave out the quotation marks."
    if isinstance(answer, bool):
        return ", which says whether something is so, not how much."
    if is_function(answer):
        return ": call it, with brackets behind its name."
    if hasattr(answer, "__len__"):
        return f", which is a {type(answer).__name__}: pick out the one that is asked for."
    return f", which is a {type(answer).__name__}."


def numbers(answer: object, count: int | Sequence[int], what: str = "the answer") -> NDArray[np.float64]:
    """An answer as an array of numbers, whether it is a list, a tuple, an array or a tensor.

    Args:
        answer: as it was given.
        count: how many there should be, in a list or in a matrix of one row or column; or the shape.
        what: how it is called in what is said of it.

    Raises:
        Mistake: it is something else, there are more or fewer of them, or one is NaN or infinite.

    Example:
        >>> numbers((1, 2), 2)
        array([1., 2.])
        >>> numbers([1, 2, 3], 2, "the inputs")
        Traceback (most recent call last):
        nnwidgets.course._exercises.Mistake: the inputs should be 2 numbers; you gave [1, 2, 3], which are 3.
    """
    shape = (count,) if isinstance(count, int) else tuple(count)
    wanted = f"{shape[0]} numbers" if len(shape) == 1 else f"numbers in {' × '.join(map(str, shape))}"
    try:
        array = np.array(_plain(answer), dtype=np.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise Mistake(f"{what} should be {wanted}; you gave {shown(answer)}{_list_hint(answer)}") from None
    if array.ndim == 0:
        raise Mistake(f"{what} should be {wanted}; you gave {shown(answer)}{_list_hint(answer)}")
    if isinstance(count, int) and array.size == max(array.shape):
        array = array.ravel()
    if array.shape != shape:
        size = str(len(array)) if array.ndim == 1 else " × ".join(map(str, array.shape))
        raise Mistake(f"{what} should be {wanted}; you gave {shown(answer)}, which are {size}.")
    for value in array.flat:
        _finite(float(value), f"a number of {shown(answer)}")
    return array


def names(answer: object, known: Sequence[str], what: str) -> list[str]:
    """An answer as a list of names out of some, in whatever case they are written.

    Raises:
        Mistake: it is something else, or a name is none of them.

    Example:
        >>> names(("ReLU", " tanh"), ["tanh", "relu"], "usable")
        ['relu', 'tanh']
        >>> names(["Tan"], ["tanh", "relu"], "usable")
        Traceback (most recent call last):
        nnwidgets.course._exercises.Mistake: 'Tan' is none of those that there are: tanh, relu.
    """
    if isinstance(answer, str) or not isinstance(answer, Sequence | set | frozenset):
        example = ", ".join(f'"{name}"' for name in known[:2])
        raise Mistake(f"{what} should be a list of names, such as [{example}]; you gave {shown(answer)}.")
    if any(map(is_function, answer)):
        raise Mistake(f"{what} has functions in it; give their names, in quotation marks: {', '.join(known)}.")
    unknown = [shown(name) for name in answer if str(name).strip().casefold() not in known]
    if unknown:
        raise Mistake(f"{', '.join(unknown)} is none of those that there are: {', '.join(known)}.")
    return [str(name).strip().casefold() for name in answer]


def _plain(value: Any) -> Any:
    """Tensors, which may have a gradient or be inside of a list, as arrays."""
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _list_hint(answer: object) -> str:
    if is_function(answer) or answer is None:
        return _hint(answer)
    return ": write them as a list, `[…, …]`."


def called(function: object, *arguments: object) -> Any:
    """What a student's function returns for these arguments.

    Raises:
        Mistake: it is no function, or raises, or returns nothing; with the arguments that it got.
        Unanswered: it returns the dots that stood there.

    Example:
        >>> called(lambda x: 1 / x, 0)
        Traceback (most recent call last):
        nnwidgets.course._exercises.Mistake: your function(0) raised ZeroDivisionError: division by zero
    """
    if not callable(function) or isinstance(function, type):
        raise Mistake(f"this should be a function; you gave {shown(function)}: give its name alone, without brackets.")
    call = f"{_name_of(function)}({', '.join(shown(each, 40) for each in arguments)})"
    try:
        returned = function(*arguments)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the student's, and is told)
        raise Mistake(f"{call} raised {told(error)}") from None
    if returned is None:
        raise Mistake(f"{call} gives None: is a `return` missing, or is `print` in its place?")
    if holds_dots(returned):
        raise Unanswered("put your answer in place of the dots, and run the cell again.")
    return returned


def told(error: Exception) -> str:
    """An exception in a sentence."""
    said = " ".join(str(error).split())
    said = said if len(said) <= 2 * _LONGEST else f"{said[: 2 * _LONGEST - 1]}…"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def holds_dots(answer: object) -> bool:
    """Whether an answer is, or has among its parts, the dots that stand where one is to be put.

    Example:
        >>> holds_dots(...), holds_dots([1, (2, ...)]), holds_dots([1, 2])
        (True, True, False)
    """
    if isinstance(answer, dict):
        return holds_dots([*answer.values()])
    if isinstance(answer, list | tuple | set):
        return any(map(holds_dots, answer))
    return answer is ...


def kind(answer: object, name: str) -> Any:
    """An answer that should be a widget of ours.

    Args:
        answer: as it was given.
        name: of the class: "NeuronExplorer".

    Raises:
        Mistake: it is something else.
    """
    import nnwidgets

    wanted = getattr(nnwidgets, name)
    if isinstance(answer, wanted):
        return answer
    if answer is wanted:
        raise Mistake(f"you gave the class {name}; give the one that the cell above has made and that is on screen.")
    raise Mistake(f"this exercise looks at {one(name)}; you gave {shown(answer)}.")


def trained(answer: object, name: str, epochs: int = 1) -> Any:
    """An answer that should be a trainer of ours that has been trained.

    Args:
        answer: as it was given.
        name: of its class: "PlanarTrainer".
        epochs: so many at least.

    Raises:
        Mistake: it is something else.
        Unanswered: it is not trained so far, or still at it.
    """
    trainer: Any = kind(answer, name)
    if trainer.status == "running":
        raise Unanswered(
            f"it is still training, at epoch {trainer.epoch:,}: press Pause, or wait, then run this cell again."
        )
    if trainer.epoch < epochs:
        so_far = "" if epochs == 1 else f", and this exercise looks at what {epochs} epochs make of it"
        raise Unanswered(f"train it first: it stands at epoch {trainer.epoch}{so_far}.")
    return trainer


def near(value: float, target: float, *, relative: float = 1e-3, absolute: float = 1e-9) -> bool:
    """Whether a number is another one, but for rounding: to three digits, unless told."""
    return math.isclose(value, target, rel_tol=relative, abs_tol=absolute)


def one(name: str) -> str:
    """A name with its article.

    Example:
        >>> one("PlanarTrainer"), one("ImageTrainer")
        ('a PlanarTrainer', 'an ImageTrainer')
    """
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def explained(
    value: float,
    mistaken: Mapping[float, str],
    otherwise: str,
    *,
    relative: float = 1e-3,
    absolute: float = 1e-6,
) -> str:
    """What led to a wrong number, if it is one that a known mistake gives.

    Args:
        value: the number that was given.
        mistaken: what is to be said of each number that a mistake gives; of two that are near enough, the first counts.
        otherwise: what is to be said of any other number.
        relative: how near is near enough, as a share; 0 for a count, which nobody rounds.
        absolute: how near is near enough in any case.

    Example:
        >>> explained(-0.5, {0.5: "right", -0.5: "the minus is missing"}, "look again")
        'the minus is missing'
        >>> explained(9.999, {10: "one too many"}, "look again", relative=0)
        'look again'
    """
    for known, why in mistaken.items():
        if near(value, known, relative=relative, absolute=absolute):
            return why
    return otherwise


def same(function: object, truth: Callable[..., float], *places: tuple[Any, ...]) -> tuple[str, float, float] | None:
    """The first place at which a student's function gives another number than the true one.

    Args:
        function: as it was given.
        truth: what it should give.
        places: the arguments to call both with, in turn.

    Returns:
        None where they agree everywhere; else the call in words, what it gave, and what it should have.

    Raises:
        Mistake: as `called` and `number` do.
        Unanswered: as `called` does.
    """
    for place in places:
        call = f"{_name_of(function)}({', '.join(shown(each, 40) for each in place)})"
        value, target = number(called(function, *place), call), truth(*place)
        if not near(value, target, absolute=1e-6):
            return call, value, target
    return None
