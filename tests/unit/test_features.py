"""What a network gets of samples: names and functions of columns, standardised or not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nnwidgets.datasets import Dataset, make_planar
from nnwidgets.features import column_features, fit_inputs, offered_features, parse_features


def radius(x):
    return np.hypot(x[:, 0], x[:, 1])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("x", "x1"),
        ("y", "x2"),
        ("x_1", "x1"),
        ("X3", "x3"),
        ("x²", "x1**2"),
        ("y^2", "x2**2"),
        ("x2 ** 2", "x2**2"),
        ("xy", "x1*x2"),
        ("x2*x1", "x1*x2"),
        ("x₁x₂", "x1*x2"),
        ("x2*x2", "x2**2"),
        ("sin x", "sin(x1)"),
        ("sin(y)", "sin(x2)"),
        ("sin(x12)", "sin(x12)"),
    ],
)
def test_features_are_known_however_they_are_written(written, name):
    assert [feature.name for feature in parse_features((written,))] == [name]


@pytest.mark.parametrize("wrong", ["x0", "z", "", "cos(x1)", "x1+x2", "__import__('os')", "x1*x2*x3"])
def test_what_is_no_feature_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="feature"):
        parse_features((wrong,))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((), "at least one"),
        (("x1", "x"), "twice"),
        (5, "must be names"),
        ({"x1": np.sin}, "give your function another name"),
        ({"r": 5}, "a name or a function"),
        ({"x1*x2": "x1"}, "cannot be called 'x1\\*x2'"),
        ({5: "x1"}, "a text"),
    ],
)
def test_features_that_make_no_sense_are_refused(value, message):
    with pytest.raises((TypeError, ValueError), match=message):
        parse_features(value)


def test_the_offered_features_are_what_they_are_called():
    data = make_planar("circles", n_samples=50)
    inputs = fit_inputs(data, offered_features(2), standardise=False)(data.x_train)
    x1, x2 = data.x_train.T
    expected = [x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)]
    assert inputs.dtype == np.float32
    assert np.allclose(inputs, np.column_stack(expected), rtol=1e-6)


def test_columns_as_they_are_come_back_bit_by_bit():
    data = make_planar("spiral", n_samples=40, test_share=0.3)
    inputs = fit_inputs(data, column_features(2), standardise=False)
    assert np.array_equal(inputs(data.x_train), data.x_train)
    assert inputs(data.x_test).shape == (12, 2)


def test_standardised_columns_have_mean_0_and_deviation_1_at_any_scale_and_offset():
    x = np.random.default_rng(0).normal(size=(300, 3)) * [1e-6, 1.0, 1e5] + [0, 2000, -3e6]
    data = Dataset("far", x, np.arange(300) % 2, x[:5], [0] * 5, ("0", "1"), ("a", "b", "c"))
    inputs = fit_inputs(data, column_features(3), standardise=True)
    z = inputs(data.x_train)
    assert np.allclose(z.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(z.std(axis=0), 1, atol=1e-3)
    assert np.allclose(inputs(data.x_test), z[:5])  # by the training set's mean, not its own


def test_a_constant_column_becomes_zero():
    data = Dataset("flat", [[1, 7], [2, 7]], [0, 1], [], [], ("0", "1"), ("a", "b"))
    z = fit_inputs(data, column_features(2), standardise=True)(data.x_train)
    assert z.tolist() == [[-1, 0], [1, 0]]


def test_functions_of_ours_are_of_standardised_columns_and_those_of_the_user_are_standardised():
    x = np.random.default_rng(1).uniform(10, 20, size=(100, 2))
    data = Dataset("own", x, np.arange(100) % 2, [], [], ("0", "1"), ("a", "b"))
    seen = []

    def mean(columns):
        seen.append(columns)
        return columns.mean(axis=1)

    inputs = fit_inputs(data, parse_features({"x1": "x1", "x1**2": "x1²", "mean": mean}), standardise=True)
    z1, square, own = inputs(data.x_train).T
    assert np.allclose(square, z1**2, rtol=1e-5)
    assert abs(own.mean()) < 1e-4
    assert abs(own.std() - 1) < 1e-4
    assert np.array_equal(seen[0], data.x_train)  # in their own units


def test_functions_may_return_tensors_and_columns():
    data = make_planar("xor", n_samples=20)
    made = parse_features({"t": lambda x: torch.tensor(x)[:, :1] * 2, "r": radius})
    inputs = fit_inputs(data, made, standardise=False)(data.x_train)
    assert np.allclose(inputs[:, 0], 2 * data.x_train[:, 0])
    assert np.allclose(inputs[:, 1], radius(data.x_train))


def test_a_function_without_a_value_somewhere_on_the_plane_has_none_there():
    data = Dataset("half", [[0, 1], [4, 1], [9, 2]], [0, 1, 0], [], [], ("0", "1"), ("a", "b"))
    root = parse_features({"root": lambda x: np.array([math.sqrt(v) for v in x[:, 0]])})  # fails below 0
    inputs = fit_inputs(data, root, standardise=False)
    assert inputs(data.x_train).ravel().tolist() == [0, 2, 3]
    seen = inputs.on_plane((0, 1), np.array([[-1.0, 0], [16, 0]])).ravel()
    assert np.isnan(seen[0])
    assert seen[1] == 4


def test_functions_are_not_called_with_no_samples():
    data = make_planar("circles", n_samples=20)
    hypot = parse_features({"r": lambda x: np.vectorize(math.hypot)(x[:, 0], x[:, 1])})
    inputs = fit_inputs(data, hypot, standardise=True)
    assert inputs(data.x_test).shape == (0, 1)


@pytest.mark.filterwarnings("ignore:overflow")
def test_features_of_ours_that_overflow_are_refused():
    data = Dataset("huge", [[1e20, 1], [1, 2]], [0, 1], [], [], ("0", "1"), ("a", "b"))
    with pytest.raises(ValueError, match=r"feature 'x1\*\*2' must be a finite number, but of row 0 it is inf"):
        fit_inputs(data, parse_features(("x1**2",)), standardise=False)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, r"one number per sample, shape \(20,\), not \(20, 2\)"),
        (lambda x: x[:, 7], "feature 'f' failed for columns of shape .* IndexError"),
        (lambda x: np.log(-np.abs(x[:, 0])), "must be a finite number, but of row 0 it is nan"),
        (lambda x: "text", "feature 'f'"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_functions_that_fail_say_so_by_name(function, message):
    data = make_planar("circles", n_samples=20)
    with pytest.raises(ValueError, match=message):
        fit_inputs(data, parse_features({"f": function}), standardise=False)


def test_too_few_columns_are_said():
    with pytest.raises(ValueError, match="the data have 2 columns, too few for the feature 'x3'"):
        fit_inputs(make_planar("moons"), parse_features(("x3",)), standardise=False)


def test_on_a_plane_the_other_columns_are_at_their_medians():
    x = np.array([[0, 1, 10], [2, 3, 20], [4, 9, 90]], dtype=float)
    data = Dataset("three", x, [0, 1, 0], [], [], ("0", "1"), ("a", "b", "c"))
    inputs = fit_inputs(data, column_features(3), standardise=False)
    assert inputs.on_plane((2, 0), np.array([[5.0, 6.0]])).tolist() == [[6, 3, 5]]
    with pytest.raises(ValueError, match=r"shape \(n, 3\)"):
        inputs([[1, 2]])
