"""Functions of x as text: read as Python reads them, and whatever else is typed is refused, never run."""

from __future__ import annotations

import ast
import builtins
import math
import random
import string
import time
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnwidgets.expressions import CALLS, DEEPEST, LONGEST, ExpressionError, parse_expression

X = np.linspace(-2.5, 2.5, 41)
NAMES = {
    "np": np, "x": X, "pi": math.pi, "e": math.e, "abs": np.abs,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)), "relu": lambda u: np.maximum(u, 0),
    "step": lambda u: np.heaviside(u, 1.0), "min": np.minimum, "max": np.maximum,
} | {name: getattr(np, name) for name in CALLS if hasattr(np, name) and name not in ("min", "max", "abs")}  # fmt: skip


def by_python(text):
    """What Python itself makes of an expression that this file wrote, or None where it raises or is no number."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):  # numbers of Python are whole without bounds, ours are floats
        if isinstance(node, ast.Constant):
            node.value = float(node.value)
    with np.errstate(all="ignore"):
        try:
            value = eval(compile(tree, "expression", "eval"), {"__builtins__": {}}, NAMES)
        except (ZeroDivisionError, OverflowError):
            return None
    return np.broadcast_to(np.asarray(value), X.shape)


def refusal(text):
    try:
        return parse_expression.__wrapped__(text)
    except ExpressionError as error:
        return error


NUMBERS = st.one_of(
    st.integers(0, 99).map(str),
    st.floats(0.001, 1000, allow_nan=False).map(lambda number: f"{number:.4g}"),
    st.sampled_from(["pi", "e", ".5", "2.", "1e-3"]),
)
ONE = sorted(name for name, call in CALLS.items() if call.arguments == 1)


def grow(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from([" + ", "-", " * ", "/", "**"]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(st.sampled_from(ONE), inner).map(lambda both: f"{both[0]}({both[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda all_: f"{all_[0]}({all_[1]}, {all_[2]})"),
    )


EXPRESSIONS = st.recursive(st.one_of(st.just("x"), NUMBERS), grow, max_leaves=12).filter(lambda t: len(t) <= LONGEST)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_they_have_the_values_that_python_gives_them(text):
    ours = refusal(text)
    if isinstance(ours, ExpressionError):  # for one reason only
        assert "within each other" in str(ours)
        return
    theirs = by_python(text)
    if theirs is None or theirs.dtype.kind == "c":
        return
    assert np.array_equal(ours(X), theirs, equal_nan=True)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_their_code_gives_the_same_bits(text):
    expression = refusal(text)
    if isinstance(expression, ExpressionError):
        return
    ours = expression(X)
    if not np.isfinite(ours).all():
        return
    with np.errstate(all="ignore"):
        value = eval(expression.code, {"__builtins__": {}, "np": np, "x": X})
    assert np.array(np.broadcast_to(value, X.shape), np.float64).tobytes() == ours.tobytes()


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("2x", "2*x"),
        ("-x^2", "-(x**2)"),
        ("2x²", "2*x**2"),
        ("x³ - x", "x**3 - x"),
        ("2^-x", "2**(-x)"),
        ("2^3^2", "2**(3**2)"),
        ("1/2x", "1/2*x"),
        ("2 sin(3x) cos(x)", "2*sin(3*x)*cos(x)"),
        ("(x + 1)(x − 1)", "(x + 1)*(x - 1)"),
        ("x(x + 1)", "x*(x + 1)"),
        ("2π · x ÷ 3", "2*pi*x/3"),
        ("2e", "2*e"),
        ("2e1", "20"),
        ("max(x, 0, 1 - x)", "max(max(x, 0), 1 - x)"),
        ("(x > 0) * x", "(x > 0)*1*x"),
        ("x ≤ 1", "(x <= 1)*1"),
        ("+-x", "-x"),
    ],
)
def test_what_people_write(text, python):
    assert np.array_equal(parse_expression(text)(X), by_python(python))


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", 0, "something is missing"),
        ("x +", 3, "after '\\+' at the end"),
        ("(x", 0, "'\\(' at character 1 is never closed"),
        ("x)", 1, "'\\)' at character 2 has no"),
        ("foo(x)", 0, "unknown name 'foo' at character 1"),
        ("x + ln(x)", 4, "unknown name 'ln' at character 5; did you mean log"),
        ("sin x", 0, "sin at character 1 needs brackets"),
        ("sin(x, 2)", 0, "takes 1 argument, not 2"),
        ("min(x)", 0, "takes at least 2 arguments, not 1"),
        ("2 3", 2, "an operator is missing before '3'"),
        ("0 < x < 1", 6, "two comparisons in a row"),
        ("x * * 2", 4, "missing before '\\*' at character 5"),
        ("x $ 2", 2, "'\\$' at character 3"),
        ("1e999", 0, "too large"),
        ("(" * 30 + "x" + ")" * 30, DEEPEST + 1, "within each other"),
        ("x" * (LONGEST + 1), LONGEST, "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, place, says):
    with pytest.raises(ExpressionError, match=says) as caught:
        parse_expression(text)
    assert caught.value.place == place


HOSTILE = [
    "__import__('os').system('true')", "().__class__.__bases__[0]", "x.__class__", "[x for x in range(9)]", "lambda: x",
    "open('/etc/passwd')", "exec('1')", "x if x else x", "x; x", "x\nimport os", "f'{x}'", "x := 1", "x and x", "not x",
    "{}", "[]", "x[0]", "x['a']", "'x'", '"x"', "b'x'", "True", "None", "...", "*x", "**x", "x,", "x,x", "@x", "x//2",
    "x%2", "x|x", "x&x", "x~x", "~x", "x<<x", "x>>x", "x==x", "x!=x", "x is x", "x in x", "0x10", "1j", "1_000", "1__0",
    "np.sin(x)", "math.pi", "sin", "sin()", "sin(,x)", "sin(x,)", "min(x,,x)", "sin(sin)", "pi(", "e(", "()", "(,)",
    "x\x00", "\x00", "x\u202e", "ｘ", "x₁", "√x", "x⁴", "∞", "NaN", "inf", "-", "^", "²", "x ^", "^x", "x^^2", "1..2",
    "1.2.3", "..", "e e e e (", "(" * 200, ")" * 200, "-" * 200, "²" * 200, "x" * 200, "(x" * 100, "x(" * 100,
    "sin(" * 50,
    "9" * 200 + "!", "x^" * 100, "globals()", "eval('x')", "compile", "breakpoint()", "print(x)", "__builtins__",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[str(index) for index in range(len(HOSTILE))])
def test_hostile_texts_are_refused_and_nothing_of_them_is_run(text):
    run = []
    names = ("eval", "exec", "compile", "__import__", "open", "print", "breakpoint", "globals")
    with patch.dict(vars(builtins), {name: lambda *_, name=name, **__: run.append(name) for name in names}):
        error = refusal(text)
    assert not run
    assert isinstance(error, ExpressionError)
    assert 0 <= error.place <= max(len(text), LONGEST)
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    "text",
    ["9**9**9**9**9", "x^" * 20 + "9", "exp(" * 20 + "99" + ")" * 20, "9e99" * 1 + "*9e99" * 30, "1/0", "(-8)^(1/3)"],
)
def test_numbers_out_of_all_bounds_are_no_numbers_and_take_no_time(text):
    started = time.process_time()
    values = parse_expression(text)(X)
    assert not np.isfinite(values).all()
    assert time.process_time() - started < 5  # whole numbers without bounds would not end in this life


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("x0129.+-*/^()<>=, eπ²sincoexpmax\n" + string.punctuation), max_size=60))
def test_any_text_is_read_or_refused_in_words(text):
    read = refusal(text)
    if isinstance(read, ExpressionError):
        assert str(read)
    else:
        assert read(X).shape == X.shape
        assert read(X).dtype == np.float64


def test_random_bytes_do_no_harm():
    source = random.Random(0)
    for _ in range(2000):
        text = "".join(chr(source.randrange(1, 0x2FF)) for _ in range(source.randrange(30)))
        with pytest.raises(ExpressionError):
            parse_expression(text + "\x01")


@pytest.mark.parametrize("value", [None, 3, b"x", ["x"], 1.5], ids=["none", "int", "bytes", "list", "float"])
def test_what_is_no_text_is_refused_as_such(value):
    with pytest.raises(TypeError):
        parse_expression(value)
