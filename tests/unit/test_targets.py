"""Functions to fit as data: the same bits for the same arguments, and what has no values is refused with its place."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnwidgets import PlanarTrainer, as_dataset
from nnwidgets.targets import (
    FUNCTIONS,
    GRID,
    MOST_POINTS,
    FunctionData,
    as_function_data,
    drawn_over,
    drawn_points,
    function_code,
    make_function_data,
    places,
    resampled,
)

by_name = pytest.mark.parametrize("name", FUNCTIONS)


@by_name
def test_the_table_is_what_its_expressions_say(name):
    function = FUNCTIONS[name]
    data = make_function_data(name)
    assert data.label == function.label
    assert data.expression == function.expression
    assert data.domain == function.domain
    typed = make_function_data(function.expression, domain=function.domain)
    assert np.array_equal(typed.y_train, data.y_train)
    assert np.array_equal(typed.target, data.target)
    assert np.ptp(data.target) > 0.5


def test_samples_and_target_are_the_function_at_even_places():
    data = make_function_data("sin(2x) + x", domain=(-1, 3), n_samples=33)
    x = np.linspace(-1, 3, 33)
    assert np.array_equal(data.x_train[:, 0], x.astype(np.float32))
    assert np.array_equal(data.y_train[:, 0], (np.sin(2 * x) + x).astype(np.float32))
    grid = places((-1, 3)).ravel()
    assert len(grid) == GRID == 129
    assert (grid[0], grid[64], grid[-1]) == (-1, 1, 3)
    assert np.array_equal(data.target, (np.sin(2 * grid) + grid).astype(np.float32))


def test_noise_is_on_the_samples_alone_and_follows_the_seed():
    clean, noisy = (make_function_data("sine", n_samples=4000, noise=noise, seed=3) for noise in (0, 0.2))
    difference = noisy.y_train - clean.y_train
    assert difference.std() == pytest.approx(0.2, rel=0.05)
    assert abs(difference.mean()) < 0.02
    assert np.array_equal(noisy.target, clean.target)
    assert noisy.same_as(make_function_data("sine", n_samples=4000, noise=0.2, seed=3))
    assert not noisy.same_as(make_function_data("sine", n_samples=4000, noise=0.2, seed=4))


def test_a_larger_test_share_holds_out_the_same_samples_and_more():
    small, large = (make_function_data("sine", n_samples=50, test_share=share) for share in (0.2, 0.5))
    assert (len(small.x_test), len(large.x_test)) == (10, 25)
    assert set(small.x_test.ravel()) < set(large.x_test.ravel())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*FUNCTIONS, "x²/3 - 1/7", "2/3", "max(x, 0.5) sigmoid(3x)", ((-2, 0), (0.5, 1.25), (2, -1))]),
    st.integers(2, 40),
    st.sampled_from([0.0, 0.25]),
    st.sampled_from([0.0, 0.1]),
    st.integers(0, 9),
)
def test_the_code_makes_the_same_bits(function, n_samples, test_share, noise, seed):
    data = make_function_data(function, (-2, 2), n_samples, noise, test_share, seed)
    imports, code = function_code(**data.parameters)
    names = {}
    exec("\n".join([*imports, code]), names)
    assert names["x_train"].tobytes() == data.x_train.tobytes()
    assert names["y_train"].tobytes() == data.y_train.tobytes()
    if len(data.x_test):
        assert names["y_test"].tobytes() == data.y_test.tobytes()


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("1/x", r"1/x is not a finite number at x = 0$"),
        ("log(x)", r"log\(x\) is not a finite number at x = -2$"),
        ("sqrt(x)", r"at x = -2$"),
        ("exp(9x)", r"exp\(9x\) is larger than 1,000,000 at x = 1.5625$"),
        ("foo", "unknown name 'foo'"),
        ("sinee", "did you mean 'sine'"),
        ("", "missing"),
        (lambda _: math.nan, "not a finite number"),
        (lambda x: x[:2], "cannot be computed"),
        (((0, 1),), "two places or more"),
        (((0, 1), (0, 2)), "two places or more"),
        (((0, math.inf), (1, 2)), "finite numbers"),
    ],
    ids=[str(index) for index in range(12)],
)
def test_what_is_no_function_here_is_refused(function, says):
    with pytest.raises(ValueError, match=says):
        make_function_data(function, (-2, 2))


@pytest.mark.parametrize("value", [None, 3, {"a": 1}, ((1, 2, 3),), object()], ids=["0", "1", "2", "3", "4"])
def test_what_is_none_at_all_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        as_function_data(value)


@pytest.mark.parametrize(
    "domain",
    [(1, 1), (2, 1), (0,), (0, 1, 2), (0, math.nan), (0, math.inf), "ab", 3, (0, 1e9), ("a", "b"), (1e6, 1e6 - 1e-9)],
    ids=[str(index) for index in range(11)],
)
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises((TypeError, ValueError), match="domain"):
        make_function_data("sine", domain=domain)


@pytest.mark.parametrize("function", [np.sin, math.sin, torch.sin], ids=["array", "number", "tensor"])
def test_any_kind_of_callable_is_sampled(function):
    data = make_function_data(function, n_samples=20, test_share=0.25)
    assert np.allclose(data.y_train, np.sin(data.x_train), atol=1e-7)
    assert data.parameters is None
    assert not data.is_own
    other = resampled(data, n_samples=40)
    assert len(other.x_train) == 30
    assert other.name == "sin"


def test_drawings_join_their_points():
    data = make_function_data([(2, 1), (-2, 0), (0, 3), (0, 4)], n_samples=5)
    assert data.domain == (-2, 2)
    assert data.y_train.ravel().tolist() == [0, 2, 4, 2.5, 1]
    assert data.drawn
    assert data.expression == ""
    wide = resampled(data, (-4, 4))
    assert (wide.target[0], wide.target[-1]) == (0, 1)


def test_a_drawing_of_many_points_keeps_its_shape_and_is_bounded():
    x = np.linspace(-3, 3, 5000)
    points = drawn_points(list(zip(x, np.sin(x), strict=True)))
    assert len(points) == MOST_POINTS
    at, values = np.array(points).T
    assert np.abs(values - np.sin(at)).max() < 1e-3


def test_a_stroke_leaves_the_function_beside_it():
    data = make_function_data("x", domain=(-2, 2))
    after = make_function_data(drawn_over(data, [(-1, 2), (1, 2)]), data.domain)
    grid = places(data.domain).ravel()
    beside = np.abs(grid) > 1
    assert np.allclose(after.target[beside], grid[beside], atol=1e-5)
    assert np.allclose(after.target[np.abs(grid) <= 1], 2)


def test_arrays_tables_and_their_own_kind_are_taken():
    x, y = [0.0, 1.0, 3.0], [1.0, 2.0, 4.5]
    data = as_function_data((x, y))
    assert data.x_train.shape == data.y_train.shape == (3, 1)
    assert data.target is None
    assert data.is_own
    assert as_function_data(data) is data
    assert as_function_data((np.array(x)[:, None], torch.tensor(y))).same_as(data)
    both = as_function_data((x, y, [2.0], [3.0]), domain=(0, 5))
    assert len(both.x_test) == 1
    assert both.domain == (0, 5)
    pandas = pytest.importorskip("pandas")
    table = as_function_data(pandas.DataFrame({"t": x, "y": y}))
    assert table.feature_names == ("t",)
    assert np.array_equal(table.y_train, data.y_train)


@pytest.mark.parametrize(
    "value",
    [([[1, 2], [3, 4], [5, 6]], [1, 2, 3]), ([1, 2, 3], [1, 2]), ([1, math.nan, 2], [1, 2, 3]), ([], [])],
    ids=["columns", "lengths", "nan", "empty"],
)
def test_arrays_that_do_not_fit_are_refused(value):
    with pytest.raises((TypeError, ValueError)):
        as_function_data(value)


@pytest.mark.parametrize(
    "data",
    [make_function_data("bump", n_samples=9, test_share=0.3), as_function_data(([0, 1, 2.5], [1, 2, 3]))],
    ids=["function", "samples"],
)
def test_copies_are_the_same_and_cannot_be_written_to(data):
    copy = pickle.loads(pickle.dumps(data))
    assert isinstance(copy, FunctionData)
    assert copy.same_as(data)
    with pytest.raises(ValueError, match="read-only"):
        copy.x_train[0] = 1


def test_a_plane_refuses_data_of_one_column():
    data = make_function_data("sine")
    with pytest.raises(ValueError, match="FunctionTrainer"):
        as_dataset(data)
    with pytest.raises(Exception, match="has one column, and a plane needs two"):
        PlanarTrainer(data)
