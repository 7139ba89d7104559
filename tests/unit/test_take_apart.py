"""Single operations inside of a node: together they are PyTorch's function, with its derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from nnwidgets.functions import ACTIVATIONS
from nnwidgets.training.take_apart import take_apart

# Each operation once more, in NumPy: its value and derivatives, of its operands.
OPERATIONS = {
    "×": lambda a, b: (a * b, [b, a]),
    "÷": lambda a, b: (a / b, [1 / b, -a / b**2]),
    "exp": lambda a: (np.exp(a), [np.exp(a)]),
    "ln": lambda a: (np.log(a), [1 / a]),
    "1/x": lambda a: (1 / a, [-1 / a**2]),
    "x²": lambda a: (a**2, [2 * a]),
    "√": lambda a: (np.sqrt(a), [0.5 / np.sqrt(a)]),
    "|x|": lambda a: (np.abs(a), [np.sign(a)]),
    "+": lambda *each: (sum(each), [np.ones_like(each[0])] * len(each)),
    "−": lambda a, *b: (a - b[0], [np.ones_like(a), -np.ones_like(a)]) if b else (-a, [-np.ones_like(a)]),
    "max": lambda a, b: (np.maximum(a, b), [1.0 * (a >= b), 1.0 * (b > a)]),
    "min": lambda a, b: (np.minimum(a, b), None),  # which one, at a corner, is what PyTorch's derivative wants
    "Φ": lambda a: (np.vectorize(lambda z: math.erfc(-z / 2**0.5) / 2)(a), [np.exp(-(a**2) / 2) / (2 * np.pi) ** 0.5]),
}


def check(parts, values, weights=None, bias=None, target=None):
    """Each part is what its sign says, its gradient follows from those after it; returns the derivatives of sources."""
    samples = len(values)
    of_sources = np.zeros_like(values)
    gradients = [np.zeros(samples) for _ in parts]
    gradients[-1] += 1
    for number in reversed(range(len(parts))):
        part = parts[number]
        operands = []
        for at, (kind, index, given_number) in enumerate(part.operands):
            flow = gradients[number] * part.locals[:, at]
            if kind == "part":
                assert index < number
                gradients[index] += flow
                operands.append(parts[index].values)
            elif kind == "source":
                of_sources[:, index] += flow
                operands.append(values[:, index])
            elif kind == "number":
                operands.append(np.full(samples, given_number))
            elif kind == "target":
                operands.append(target[:, index])
            else:
                operands.append(np.full(samples, weights[index] if kind == "weight" else bias))
        if part.sign == "pick":
            classes = target[:, 0].astype(int)
            value, derivatives = values[range(samples), classes], list(np.eye(values.shape[1])[classes].T)
        else:
            value, derivatives = OPERATIONS[part.sign](*operands)
        np.testing.assert_allclose(part.values, value, rtol=1e-12, atol=1e-16)
        if derivatives is not None:
            np.testing.assert_allclose(part.locals, np.stack(derivatives, 1), rtol=1e-12)
    for part, gradient in zip(parts, gradients, strict=True):
        np.testing.assert_allclose(part.gradients, gradient, rtol=1e-9, atol=1e-300)
    return of_sources


def compare(function, pytorch, values, *, options=None, **more):
    """Take apart, and hold it against PyTorch's function of the sources, `(S, n)` → `(S,)`."""
    parts = take_apart(function, values=values, options=options, **more)
    assert parts is not None
    of_sources = check(parts, values, **more)
    x = torch.tensor(values, requires_grad=True)
    expected = pytorch(x)
    expected.sum().backward()
    np.testing.assert_allclose(parts[-1].values, expected.detach(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(of_sources, x.grad, rtol=1e-6, atol=1e-9)
    return [part.sign for part in parts]


numbers = st.floats(-15, 15).map(lambda number: round(number, 9))  # nearer to a corner eᶻ − 1 is 0
columns = st.lists(numbers, min_size=1, max_size=3).map(lambda each: np.array(each)[:, None])


def tables(n):
    rows = st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=3)
    return rows.map(np.array)


SIGNS = {
    "tanh": ["×", "exp", "−", "+", "÷"],
    "relu": ["max"],
    "sigmoid": ["−", "exp", "+", "1/x"],
    "leaky_relu": ["×", "max"],
    "elu": ["exp", "−", "max", "min", "+"],
    "silu": ["−", "exp", "+", "÷"],
    "gelu": ["Φ", "×"],
    "softplus": ["exp", "+", "ln"],
}


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "identity"])
@given(values=columns)
@settings(deadline=None)
def test_activations(name, values):
    activation = ACTIVATIONS[name]
    module = getattr(torch.nn, activation.torch_name)(**activation.torch_kwargs)
    signs = compare(name, lambda x: module(x)[:, 0], values, options=dict(activation.torch_kwargs))
    assert signs == SIGNS[name]


@pytest.mark.parametrize("name", SIGNS)
def test_corners(name):
    module = getattr(torch.nn, ACTIVATIONS[name].torch_name)()
    compare(name, lambda x: module(x)[:, 0], np.array([[0.0], [1e-12], [-1e-12]]))


OTHERS = {
    "softsign": (functional.softsign, {}),
    "logsigmoid": (functional.logsigmoid, {}),
    "relu6": (functional.relu6, {}),
    "hardtanh": (lambda x: functional.hardtanh(x, -0.5, 2.0), {"min_val": -0.5, "max_val": 2.0}),
    "leaky_relu": (lambda x: functional.leaky_relu(x, 0.3), {"negative_slope": 0.3}),
    "elu": (lambda x: functional.elu(x, 0.7), {"alpha": 0.7}),
    "softplus": (lambda x: functional.softplus(x, 1.3), {"beta": 1.3, "threshold": 20.0}),
    "neg": (torch.neg, {}),
    "exp": (torch.exp, {}),
    "square": (torch.square, {}),
    "abs": (torch.abs, {}),
    "pow": (lambda x: x**2, {"exponent": 2}),
    "add": (lambda x: x + 3, {"other": 3}),
    "sub": (lambda x: x - 3, {"other": 3}),
    "mul": (lambda x: x * 3, {"other": 3}),
    "div": (lambda x: x / 3, {"other": 3}),
    "__rsub__": (lambda x: 3 - x, {"other": 3}),
}


@pytest.mark.parametrize("name", OTHERS)
@given(values=columns)
@settings(deadline=None, max_examples=30)
def test_other_functions(name, values):
    function, options = OTHERS[name]
    compare(name, lambda x: function(x)[:, 0], values, options=options)


@pytest.mark.parametrize("name", ["log", "sqrt", "reciprocal", "__rdiv__"])
def test_functions_of_positive_numbers(name):
    function = (lambda x: 3 / x) if name == "__rdiv__" else getattr(torch, name)
    options = {"other": 3} if name == "__rdiv__" else {}
    compare(name, lambda x: function(x)[:, 0], np.array([[0.5], [2.0]]), options=options)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div"])
def test_two_sources(name):
    values = np.array([[0.5, -2.0], [2.0, 3.0]])
    compare(name, lambda x: getattr(torch, name)(x[:, 0], x[:, 1]), values)


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(tables(n), tables(n))), st.none() | numbers)
@settings(deadline=None)
def test_weighted_sums(given_values, bias):
    values, weights = given_values[0], given_values[1][0]

    def linear(x):
        constant = None if bias is None else torch.tensor([bias], dtype=torch.float64)
        return functional.linear(x, torch.tensor(weights)[None], constant)[:, 0]

    more = {} if bias is None else {"bias": bias}
    signs = compare("linear", linear, values, weights=weights, **more)
    n = len(weights)
    assert signs == ["×"] * n + ["+"] * (n > 1 or bias is not None)


@given(tables(3), st.integers(0, 2))
@settings(deadline=None)
def test_softmax(values, unit):
    options = {"unit": unit, "dim": 1}
    signs = compare("softmax", lambda x: torch.softmax(x, 1)[:, unit], values, options=options)
    assert signs == ["exp", "exp", "exp", "+", "÷"]
    compare("log_softmax", lambda x: torch.log_softmax(x, 1)[:, unit], values, options=options)


@given(st.lists(st.tuples(st.floats(0.001, 0.999), st.floats(0, 1)), min_size=1, max_size=3))
@settings(deadline=None)
def test_binary_cross_entropy(pairs):
    p, y = np.array(pairs).T[:, :, None]

    def loss(x):
        return functional.binary_cross_entropy(x, torch.tensor(y), reduction="none")[:, 0]

    assert compare("binary_cross_entropy", loss, p, target=y) == ["ln", "×", "−", "−", "ln", "×", "+", "−"]


LOSSES = {
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    "mse_loss": functional.mse_loss,
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_losses(name, outputs):
    generator = np.random.default_rng(1)
    values, target = generator.normal(size=(4, outputs)), generator.integers(0, 2, (4, outputs)).astype(float)
    compare(name, lambda x: LOSSES[name](x, torch.tensor(target), reduction="none").mean(1), values, target=target)


def test_a_difference_is_that_of_prediction_and_target():
    difference, square = take_apart("mse_loss", values=np.array([[3.0]]), target=np.array([[1.0]]))
    assert difference.operands == (("source", 0, 0.0), ("target", 0, 0.0))
    assert (difference.values, square.values, difference.gradients) == (2.0, 4.0, 4.0)


@given(
    tables(3).flatmap(lambda v: st.tuples(st.just(v), st.lists(st.integers(0, 2), min_size=len(v), max_size=len(v))))
)
@settings(deadline=None)
def test_cross_entropy(given_values):
    values, classes = given_values

    def loss(x):
        return functional.cross_entropy(x, torch.tensor(classes), reduction="none")

    target = np.array(classes, dtype=float)[:, None]
    assert compare("cross_entropy", loss, values, target=target) == ["exp"] * 3 + ["+", "ln", "pick", "−"]


NOT_TAKEN_APART = {
    "not known": ("layer_norm", [[0.5, 1.0]], {}),
    "too large for the exponential": ("tanh", [[400.0]], {}),
    "too small for its derivative": ("sigmoid", [[-800.0]], {}),
    "infinite": ("log", [[0.0]], {}),
    "no number": ("tanh", [[math.nan]], {}),
    "PyTorch takes another way there": ("softplus", [[3.0]], {"options": {"threshold": 1.0}}),
    "another formula": ("gelu", [[0.5]], {"options": {"approximate": "tanh"}}),
    "a steep slope": ("leaky_relu", [[0.5]], {"options": {"negative_slope": 2.0}}),
    "another value": ("tanh", [[0.5]], {"output": np.array([0.47])}),
    "no unit": ("softmax", [[0.5, 1.0]], {}),
    "PyTorch's derivative is bounded": ("binary_cross_entropy", [[1.0]], {"target": np.ones((1, 1))}),
    "no target": ("mse_loss", [[0.5]], {}),
    "targets that do not fit": ("mse_loss", [[0.5, 1.0]], {"target": np.ones((1, 1))}),
    "no class": ("cross_entropy", [[0.5, 1.0]], {"target": np.full((1, 1), -100.0)}),
    "no weights": ("linear", [[0.5]], {}),
    "another power": ("pow", [[0.5]], {"options": {"exponent": 3}}),
    "rounded": ("div", [[0.5, 0.2]], {"options": {"rounding_mode": "floor"}}),
}


@pytest.mark.parametrize("why", NOT_TAKEN_APART)
def test_what_parts_do_not_make_up_is_not_taken_apart(why):
    function, values, more = NOT_TAKEN_APART[why]
    assert take_apart(function, values=np.array(values), **more) is None


def test_values_of_float32_are_known_to_its_rounding():
    values = np.array([[0.3], [-2.5]])
    output = torch.tanh(torch.tensor(values, dtype=torch.float32)).double().numpy()[:, 0]
    parts = take_apart("tanh", values=values, output=output)
    np.testing.assert_allclose(parts[-1].values, output, rtol=1e-6)


def test_where_rounding_hides_the_corner_it_is_not_taken_apart():
    assert take_apart("elu", values=np.array([[1e-200]])) is None


def test_functions_in_place_are_the_same():
    assert [part.sign for part in take_apart("relu_", values=np.array([[1.0]]))] == ["max"]
