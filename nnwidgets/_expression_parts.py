"""What an expression of x is made of: numbers, x, operations and calls, each with its values and its Python code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Operand = Any  # an array of the length of x, or a number where x does not occur


@dataclass(frozen=True)
class Call:
    """A function that can be called in an expression.

    Attributes:
        name: what it is called.
        of: the arrays it is taken of to its values.
        code: the same as Python with NumPy, with places for the arguments.
        arguments: how many it takes, at least.
        more: whether it takes any number beyond that.
    """

    name: str
    of: Callable[..., Operand]
    code: str
    arguments: int = 1
    more: bool = False


def _elementary(*names: str) -> list[Call]:
    return [Call(name, getattr(np, name), f"np.{name}({{}})") for name in names]


CALLS: Mapping[str, Call] = {
    call.name: call
    for call in (
        *_elementary("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "sign", "floor", "ceil"),
        *_elementary("sinh", "cosh", "arcsin", "arccos", "arctan", "sinc"),
        Call("sigmoid", lambda u: 1.0 / (1.0 + np.exp(-u)), "1 / (1 + np.exp(-{}))"),
        Call("relu", lambda u: np.maximum(u, 0.0), "np.maximum({}, 0)"),
        Call("step", lambda u: np.heaviside(u, 1.0), "np.heaviside({}, 1)"),
        Call("min", np.minimum, "np.minimum({}, {})", 2, more=True),
        Call("max", np.maximum, "np.maximum({}, {})", 2, more=True),
    )
}
"""The functions that an expression may call, by name."""

CONSTANTS: Mapping[str, tuple[float, str]] = {"pi": (math.pi, "np.pi"), "e": (math.e, "np.e")}
"""The numbers that have a name: value, and Python code."""


@dataclass(frozen=True)
class Number:
    """A number, as it is written in Python."""

    value: float
    text: str
    has_x = False

    def of(self, _: Values) -> Operand:
        return self.value

    def code(self, *, beside_x: bool = False) -> str:
        """Whole numbers alone would be reckoned with as whole numbers, without rounding and without a zero's sign."""
        return repr(self.value) if self.text.isdigit() and not beside_x else self.text


@dataclass(frozen=True)
class X:
    """The x."""

    has_x = True

    def of(self, x: Values) -> Operand:
        return x

    def code(self, *, beside_x: bool = False) -> str:  # noqa: ARG002 (as of all parts)
        return "x"


@dataclass(frozen=True)
class Negative:
    """What it is of, with the other sign."""

    inner: Node

    @property
    def has_x(self) -> bool:
        return self.inner.has_x

    def of(self, x: Values) -> Operand:
        return -self.inner.of(x)

    def code(self, *, beside_x: bool = False) -> str:
        is_zero = isinstance(self.inner, Number) and not self.inner.value
        return f"-{_bracketed(self.inner, _POWER, beside_x=beside_x and not is_zero)}"


@dataclass(frozen=True)
class Operation:
    """Two operands and the sign between them."""

    sign: str
    left: Node
    right: Node

    @property
    def has_x(self) -> bool:
        return self.left.has_x or self.right.has_x

    def of(self, x: Values) -> Operand:
        left, right = self.left.of(x), self.right.of(x)
        made = _OPERATIONS[self.sign](left, right)
        return math.nan if isinstance(made, complex) else made

    def code(self, *, beside_x: bool = False) -> str:  # noqa: ARG002
        rank, is_power = _RANKS[self.sign], self.sign == "**"
        left = _bracketed(self.left, rank + is_power, beside_x=self.right.has_x)
        right = _bracketed(self.right, rank + (not is_power), beside_x=self.left.has_x)
        return f"{left}**{right}" if is_power else f"{left} {self.sign} {right}"


@dataclass(frozen=True)
class Comparison:
    """1 where it holds, else 0."""

    sign: str
    left: Node
    right: Node

    @property
    def has_x(self) -> bool:
        return self.left.has_x or self.right.has_x

    def of(self, x: Values) -> Operand:
        return _ORDERS[self.sign](self.left.of(x), self.right.of(x)) * 1.0

    def code(self, *, beside_x: bool = False) -> str:  # noqa: ARG002
        return f"({self.left.code(beside_x=True)} {self.sign} {self.right.code(beside_x=True)}) * 1.0"


@dataclass(frozen=True)
class Called:
    """A function of the table; of more arguments than it takes, of the first ones, then of that and the next."""

    call: Call
    arguments: tuple[Node, ...]

    @property
    def has_x(self) -> bool:
        return any(argument.has_x for argument in self.arguments)

    def of(self, x: Values) -> Operand:
        first, *others = (argument.of(x) for argument in self.arguments)
        if not others:
            return self.call.of(first)
        for other in others:
            first = self.call.of(first, other)
        return first

    def code(self, *, beside_x: bool = False) -> str:  # noqa: ARG002
        rank = _POWER if "-{}" in self.call.code else 0
        first, *others = (_bracketed(argument, rank, beside_x=self.arguments[0].has_x) for argument in self.arguments)
        if not others:
            return self.call.code.format(first)
        for other in others:
            first = self.call.code.format(first, other)
        return first


Node = Number | X | Negative | Operation | Comparison | Called
_POWER = 4
_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": _POWER}
_OPERATIONS: dict[str, Callable[[Operand, Operand], Operand]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
_ORDERS: dict[str, Callable[[Operand, Operand], Operand]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _rank(node: Node) -> int:
    """How strongly the parts of its code hold together."""
    if isinstance(node, Operation):
        return _RANKS[node.sign]
    if isinstance(node, Comparison):
        return _RANKS["*"]
    if isinstance(node, Negative):
        return _RANKS["*"] + 1
    if isinstance(node, Called) and node.call.code[0] == "1":
        return _RANKS["/"]
    return _POWER + 1


def _bracketed(node: Node, rank: int, *, beside_x: bool) -> str:
    code = node.code(beside_x=beside_x)
    return code if _rank(node) >= rank else f"({code})"
