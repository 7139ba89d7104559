"""What went wrong, as far as it helps: what is refused is said right under the line that asked for it.

Notebooks print each call between the two with its surroundings: screens of constructors, traitlets and threads above
the sentence that helps. What the user's own code did, such as a model's forward(), stays.
"""

from __future__ import annotations

import dis
import functools
import traceback
from types import TracebackType

import traitlets

_REFUSING = {"nnwidgets", "traitlets"}
_BETWEEN = {*_REFUSING, "torch", "torchvision", "ipywidgets", "anywidget", "concurrent", "contextlib", "functools"}


def shorten_traceback(error: BaseException) -> None:
    """Leave out what is between the user's code and what is wrong; a mistake of this package keeps all of its calls."""
    calls = _calls(error)
    if not calls:
        return
    if _package(calls[-1]) not in _REFUSING:
        _cut(error, calls)
    elif isinstance(error, traitlets.TraitError) or _is_said(calls[-1]):
        _cut(error, calls, refused=True)
        error.__suppress_context__ = True
        cause = error.__cause__
        if cause is not None:
            _cut(cause, _calls(cause), refused=True)
            if cause.__traceback__ is None and str(cause) and str(cause) in str(error):
                error.__cause__ = None  # all of it is said


def describe(error: BaseException) -> str:
    """The last calls that led to an error, and the error, as a text for the page."""
    calls = traceback.format_tb(error.__traceback__)[-3:]
    return "".join([*calls, *traceback.format_exception_only(error)]).rstrip()


def _calls(error: BaseException) -> list[TracebackType]:
    calls, call = [], error.__traceback__
    while call is not None:
        calls.append(call)
        call = call.tb_next
    return calls


def _package(call: TracebackType) -> str:
    return str(call.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_said(call: TracebackType) -> bool:
    """Whether an error was raised on purpose, and did not happen."""
    return dis.opname[call.tb_frame.f_code.co_code[call.tb_lasti]] == "RAISE_VARARGS"


def _cut(error: BaseException, calls: list[TracebackType], *, refused: bool = False) -> None:
    """Leave the calls of the user's code, and what these led to; where there are none, nothing of what was refused."""
    own = [at for at, call in enumerate(calls) if _package(call) not in _BETWEEN]
    if not own and not refused:
        return
    kept = [calls[at] for at in own]
    if own and _package(calls[-1]) not in _REFUSING:
        kept += calls[own[-1] + 1 :]
    error.__traceback__ = functools.reduce(_before, reversed(kept), None)


def _before(rest: TracebackType | None, call: TracebackType) -> TracebackType:
    return TracebackType(rest, call.tb_frame, call.tb_lasti, call.tb_lineno)
