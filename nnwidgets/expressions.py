"""Functions of x written as text, such as ``sin(3x) + x²/4``: read by a grammar of our own, never by Python's `eval`.

What can be written are numbers, x, π (``pi``) and e, + − * / ^, comparisons, brackets and the functions of a table. A
product may leave its sign out, as in ``2x`` or ``3 sin(x)``. Text and nesting have limits, so that whatever is read
ends soon.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

import numpy as np

from nnwidgets._expression_parts import (
    CALLS,
    CONSTANTS,
    Called,
    Comparison,
    Negative,
    Node,
    Number,
    Operation,
    Values,
    X,
)

__all__ = ["CALLS", "CONSTANTS", "Expression", "ExpressionError", "parse_expression"]

LONGEST = 200
"""Characters of an expression, at most."""

DEEPEST = 24
"""Brackets, signs and powers within each other, at most."""

_OTHER_NAMES = {
    "ln": "log", "sgn": "sign", "heaviside": "step", "fabs": "abs", "pow": "^", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "logistic": "sigmoid",
}  # fmt: skip
_SAME_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "≤": "≤", "≥": "≥"})
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*|π)"
    r"|(?P<sign>\*\*|<=|>=|[-+*/^²³()<>≤≥,]))"
)
_SUMS, _PRODUCTS = "+-", "*/"
_COMPARISONS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">="}


class ExpressionError(ValueError):
    """A text that is no expression; `place` is the number, from 0, of the character where that is seen."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class _Token:
    kind: str  # "number", "name", "sign", "end"
    text: str
    place: int


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:]
            place += len(rest) - len(rest.lstrip())
            raise ExpressionError(f"{text[place]!r} at character {place + 1} means nothing here", place)
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return [*found, _Token("end", "", len(text))]


class _Reader:
    """Reads an expression by recursive descent, each rule of the grammar being a method."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._comparison()
        if self._next.kind != "end":
            self._refuse_rest()
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is_sign(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    def _refuse_rest(self) -> NoReturn:
        token = self._next
        if token.kind == "number":
            raise ExpressionError(
                f"an operator is missing before {token.text!r} at character {token.place + 1}", token.place
            )
        if token.text in _COMPARISONS:
            raise ExpressionError(
                f"two comparisons in a row, at character {token.place + 1}: multiply them, as in (0 < x) * (x < 1)",
                token.place,
            )
        what = "has no '('" if token.text == ")" else "is not expected"
        raise ExpressionError(f"{token.text!r} at character {token.place + 1} {what}", token.place)

    def _comparison(self) -> Node:
        left = self._sum()
        if self._is_sign(*_COMPARISONS):
            sign = _COMPARISONS[self._take().text]
            return Comparison(sign, left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._product()
        while self._is_sign(*_SUMS):
            sign = self._take().text
            left = Operation(sign, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._signed()
        while True:
            if self._is_sign(*_PRODUCTS):
                sign = self._take().text
                left = Operation(sign, left, self._signed())
            elif self._next.kind == "name" or self._is_sign("("):
                left = Operation("*", left, self._power())  # a product whose sign is left out
            else:
                return left

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            place = self._next.place
            raise ExpressionError(f"at character {place + 1} more than {DEEPEST} parts are within each other", place)
        node = read()
        self._depth -= 1
        return node

    def _signed(self) -> Node:
        if self._is_sign("-"):
            self._take()
            return Negative(self._deeper(self._signed))
        if self._is_sign("+"):
            self._take()
            return self._deeper(self._signed)
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        while self._is_sign("²", "³"):
            exponent = 2 if self._take().text == "²" else 3
            base = Operation("**", base, Number(float(exponent), str(exponent)))
        if self._is_sign("^", "**"):
            self._take()
            return Operation("**", base, self._deeper(self._signed))
        return base

    def _atom(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return _number(token)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            node = self._deeper(self._comparison)
            self._close(token)
            return node
        if token.kind == "end":
            after = f" after {self._tokens[-2].text!r}" if len(self._tokens) > 1 else ""
            raise ExpressionError(f"something is missing{after} at the end", token.place)
        raise ExpressionError(
            f"a number, x or a function is missing before {token.text!r} at character {token.place + 1}", token.place
        )

    def _named(self, token: _Token) -> Node:
        name = token.text
        if name == "x":
            return X()
        name = "pi" if name == "π" else name
        if name in CONSTANTS:
            return Number(*CONSTANTS[name])
        if name in CALLS:
            return self._called(token)
        raise ExpressionError(_unknown(token), token.place)

    def _called(self, token: _Token) -> Node:
        call = CALLS[token.text]
        if not self._is_sign("("):
            raise ExpressionError(
                f"{call.name} at character {token.place + 1} needs brackets: {call.name}(x)", token.place
            )
        opening = self._take()
        arguments = [self._deeper(self._comparison)]
        while self._is_sign(","):
            self._take()
            arguments.append(self._deeper(self._comparison))
        self._close(opening)
        if len(arguments) < call.arguments or (len(arguments) > call.arguments and not call.more):
            least = "at least " if call.more else ""
            many = "1 argument" if call.arguments == 1 else f"{call.arguments} arguments"
            raise ExpressionError(
                f"{call.name} at character {token.place + 1} takes {least}{many}, not {len(arguments)}", token.place
            )
        return Called(call, tuple(arguments))

    def _close(self, opening: _Token) -> None:
        if self._is_sign(")"):
            self._take()
            return
        if self._next.kind != "end":
            self._refuse_rest()
        raise ExpressionError(f"'(' at character {opening.place + 1} is never closed", opening.place)


def _number(token: _Token) -> Number:
    value = float(token.text)
    if not math.isfinite(value):
        raise ExpressionError(f"{token.text} at character {token.place + 1} is too large", token.place)
    is_whole = token.text.isdigit() and value < 2**53
    return Number(value, str(int(value)) if is_whole else repr(value))


def _unknown(token: _Token) -> str:
    known = [*CALLS, *CONSTANTS]
    name = token.text
    near = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else difflib.get_close_matches(name.lower(), known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are x, {', '.join(known)}"
    return f"unknown name {name!r} at character {token.place + 1}; {hint}"


@dataclass(frozen=True)
class Expression:
    """A function of x that was written as text; made by `parse_expression`.

    Attributes:
        text: as it was written, without spaces at its ends.
        code: Python with NumPy that gives the same bits for a float64 array ``x``.

    Example:
        >>> parabola = parse_expression("x²/4 - 1")
        >>> parabola([0, 2, 4])
        array([-1.,  0.,  3.])
        >>> parabola.code
        'x**2 / 4 - 1'
    """

    text: str
    root: Node

    @property
    def code(self) -> str:
        """Python code."""
        return self.root.code()

    @property
    def has_x(self) -> bool:
        """Whether x occurs in it."""
        return self.root.has_x

    def __call__(self, x: object) -> Values:
        """Its values, float64, of the shape of ``x``; NaN or infinite where it has none."""
        places: Values = np.array(x, np.float64)
        with np.errstate(all="ignore"):
            try:
                values = self.root.of(places)
            except (ZeroDivisionError, OverflowError):  # of numbers alone
                values = math.nan
        return np.array(np.broadcast_to(values, places.shape), np.float64)


@lru_cache(maxsize=64)
def parse_expression(text: str) -> Expression:
    """Read a function of x.

    Args:
        text: such as ``"sin(3*x) + x**2/4"``, up to 200 characters. ``^`` is a power as ``**`` is; comparisons such as
            ``x > 0`` are 1 where they hold, else 0. Functions: those in `CALLS`; numbers with a name: ``pi``, ``e``.

    Raises:
        TypeError: it is no text.
        ExpressionError: a `ValueError` that says what is wrong with it, and where.

    Example:
        >>> parse_expression("2 sin(pi x)")([0.0, 0.5])
        array([0., 2.])
        >>> parse_expression("foo(x) + 1")
        Traceback (most recent call last):
        ...
        nnwidgets.expressions.ExpressionError: unknown name 'foo' at character 1; did you mean floor?
    """
    if not isinstance(text, str):
        msg = f"an expression is a text, not {type(text).__name__}"
        raise TypeError(msg)
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters, this one {len(text)}", LONGEST)
    return Expression(text.strip(), _Reader(text.translate(_SAME_SIGNS)).whole())
