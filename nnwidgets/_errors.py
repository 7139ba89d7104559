"""What went wrong, as far as it helps: what is refused is said right under the line that asked for it.

Notebooks print each call between the two with its surroundings: screens of constructors, traitlets and threads above
the sentence that helps. What the user's own code did, such as a model's forward(), stays; and of a mistake of this
package everything does.
"""

from __future__ import annotations

import dis
import functools
import sys
import traceback
from types import TracebackType

import traitlets

_REFUSING = {"nnwidgets", "traitlets"}
_INSTALLED = ("site-packages", "dist-packages")  # folders of installed libraries, wherever they are


def shorten_traceback(error: BaseException) -> None:
    """Leave out what is between the user's code and what is wrong."""
    calls = _calls(error)
    own = [at for at, call in enumerate(calls) if _is_users(call)]
    if _is_refusal(error):
        cause, context = error.__cause__, error.__context__
        if cause is not None and _is_mistake(cause):
            return
        _set_calls(error, [calls[at] for at in own])
        if context is not None and not any(map(_is_users, _calls(context))):
            error.__suppress_context__ = True
        if cause is not None:
            shorten_traceback(cause)
            if not any(map(_is_users, _calls(cause))) and str(cause) and str(cause) in str(error):
                error.__cause__ = None  # all of it is said
    elif own and not _is_mistake(error):
        _set_calls(error, [calls[at] for at in own] + calls[own[-1] + 1 :])


def describe(error: BaseException) -> str:
    """The last calls that led to an error, and the error, as a text for the page."""
    first, *rest = traceback.format_exception(error, limit=-3, chain=False)
    return "".join(rest if first.startswith("Traceback") else [first, *rest]).rstrip()


def _calls(error: BaseException) -> list[TracebackType]:
    calls, call = [], error.__traceback__
    while call is not None:
        calls.append(call)
        call = call.tb_next
    return calls


def _set_calls(error: BaseException, calls: list[TracebackType]) -> None:
    def before(rest: TracebackType | None, call: TracebackType) -> TracebackType:
        line: int | None = call.tb_lineno  # there is none of code without a table of them
        return TracebackType(rest, call.tb_frame, call.tb_lasti, -1 if line is None else line)

    # Classes of errors may refuse to be changed, but not this.
    BaseException.with_traceback(error, functools.reduce(before, reversed(calls), None))


def _package(call: TracebackType) -> str:
    return str(call.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_users(call: TracebackType) -> bool:
    """Whether it is one of the user's code: neither ours, nor Python's, nor of an installed library."""
    package = _package(call)
    if package == "nnwidgets" or package in sys.stdlib_module_names:
        return False
    return not any(folder in call.tb_frame.f_code.co_filename for folder in _INSTALLED)


def _is_refusal(error: BaseException) -> bool:
    """Whether it was raised on purpose, by what checks what is given."""
    calls = _calls(error)
    if not calls or _package(calls[-1]) not in _REFUSING or isinstance(error, AssertionError):
        return False
    last = calls[-1]
    raised = dis.opname[last.tb_frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"
    return raised or isinstance(error, traitlets.TraitError)


def _is_mistake(error: BaseException) -> bool:
    """Whether it happened in this package, which did not mean it."""
    calls = _calls(error)
    return bool(calls) and _package(calls[-1]) in _REFUSING and not _is_refusal(error)
