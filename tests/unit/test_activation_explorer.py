"""The activation explorer against values computed with many digits, which the browser's are held to too."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnwidgets.concepts.activation import NAMES, WINDOWS, Grid, default_heights, remaining, terms, vanishing_ranges
from nnwidgets.concepts.functions import ACTIVATIONS
from tests import vectors

EXACT = vectors.stored("activation")
every_case = pytest.mark.parametrize("case", EXACT["cases"], ids=lambda case: f"{case['activation']} {case['x']}")


def test_stored_values_are_what_is_computed_and_cover_every_function():
    assert vectors.same(vectors.made("activation"), EXACT)
    assert {case["activation"] for case in EXACT["cases"]} == set(NAMES) == set(ACTIVATIONS) == set(WINDOWS)


@every_case
def test_grid_is_of_round_numbers_and_holds_the_point(case):
    grid = Grid.over(*case["x_range"])
    assert (grid.step, len(grid.points)) == (pytest.approx(case["step"], rel=1e-12), case["count"])
    assert case["x"] in grid.points.tolist()
    assert grid.nearest(case["x"]) == grid.nearest(case["x"] + 0.4 * grid.step) == case["x"]
    assert grid.points[grid.index(case["x"])] == case["x"]
    assert float(f"{case['x']:.{grid.decimals}f}") == case["x"]


def test_a_point_outside_goes_to_the_end_of_the_grid():
    grid = Grid.over(-6, 6)
    assert [grid.nearest(x) for x in (-7, 1e9, 0.3 - 1e-17)] == [-6, 6, 0.3]


@every_case
def test_everything_seen_is_exact(case):
    activation, x = ACTIVATIONS[case["activation"]], case["x"]
    slope = float(activation.derivative(x))
    seen = {
        "value": float(activation.function(x)),
        "slope": slope,
        "remaining": remaining(slope, case["layers"]),
        "terms": terms(case["activation"], x),
    }
    assert vectors.same(seen, {key: case[key] for key in seen})
    points = Grid.over(*case["x_range"]).points
    ranges = vanishing_ranges(points, activation.derivative(points), case["vanishing"])
    assert list(map(list, ranges)) == case["ranges"]


@pytest.mark.parametrize("name", EXACT["fixed"])
def test_the_gradient_vanishes_where_the_course_says(name):
    points = Grid.over(-6, 6).points
    ranges = vanishing_ranges(points, ACTIVATIONS[name].derivative(points), 0.05)
    assert list(map(list, ranges)) == EXACT["fixed"][name]


def test_nothing_vanishes_where_there_is_no_slope_or_no_threshold():
    x = [0.0, 1.0, 2.0, 3.0, 4.0]
    assert vanishing_ranges(x, [0, 0, math.nan, 0, 1], 0.1) == [(0.0, 1.0)]
    assert vanishing_ranges(x, np.zeros(5), 0) == []


@pytest.mark.parametrize(
    ("slope", "layers", "left"),
    [
        (0.25, 5, 2**-10),
        (-2.0, 3, -8.0),
        (0.0, 4, 0.0),
        (-1e200, 3, -math.inf),
        (-1e200, 4, math.inf),
        (1e-200, 3, 0.0),
    ],
)
def test_remaining_gradient(slope, layers, left):
    assert remaining(slope, layers) == left


def test_remaining_gradient_of_no_slope_is_none():
    assert math.isnan(remaining(math.nan, 3))


def test_formulas_have_limits_far_out():
    for name in NAMES:
        assert not any(map(math.isnan, [*terms(name, -1e6).values(), *terms(name, 1e6).values()]))
    assert terms("sigmoid", -1e6) == {"exp": math.inf, "rest": 1.0}


def test_heights_for_a_function_of_ones_own_hold_what_can_be_seen():
    assert default_heights([-0.3, math.nan, math.inf], [0.2, 400.0]) == (-0.4, 6.1)
    assert default_heights([0.0], [0.0]) == (-0.1, 1.1)
    assert default_heights([math.nan], [math.nan]) == (-0.1, 1.1)
