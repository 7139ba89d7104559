"""The activation explorer against values computed with many digits, which the browser's are held to too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import ActivationExplorer
from nnwidgets.concepts.activation import NAMES, WINDOWS, Grid, default_heights, remaining, terms, vanishing_ranges
from nnwidgets.concepts.functions import ACTIVATIONS
from tests import vectors
from tests.unit.scripts import printed

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
    assert default_heights([-0.4, math.nan, math.inf], [0.2, 400.0]) == (-1.04, 6.1)
    assert default_heights([0.0], [0.0]) == (-0.1, 1.1)
    assert default_heights([math.nan], [math.nan]) == (-0.1, 1.1)


def explorer_of(case: dict[str, Any]) -> ActivationExplorer:
    return ActivationExplorer(
        activation=case["activation"],
        window=(*case["x_range"], -1, 1),
        x=case["x"],
        vanishing=case["vanishing"],
        layers=case["layers"],
    )


@every_case
def test_the_widget_shows_what_is_exact(case):
    explorer = explorer_of(case)
    seen = {name: getattr(explorer, name) for name in ("x", "value", "slope", "remaining")}
    assert vectors.same(seen, {key: case[key] for key in seen})
    assert [list(each) for each in explorer.vanishing_ranges] == case["ranges"]


def test_windows_are_the_chapters():
    limits = {name: ActivationExplorer(activation=name).limits for name in ("sigmoid", "tanh", "relu")}
    assert limits == {"sigmoid": (-6, 6, -0.1, 1.1), "tanh": (-6, 6, -1.1, 1.1), "relu": (-6, 6, -1.1, 6.1)}
    assert ActivationExplorer(window=(-1, 2, -3, 4)).limits == (-1, 2, -3, 4)


def test_the_point_stays_on_the_grid_and_in_the_window():
    explorer = ActivationExplorer(x=0.1234)
    assert explorer.x == 0.12
    explorer.x = 0.1 + 0.2
    assert explorer.x == 0.3
    explorer.window = (2, 3, 0, 1)
    assert explorer.x == 2
    explorer.x = 2.0017
    assert explorer.x == 2.002
    explorer.window = None
    assert explorer.x == 2


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("activation", "tahn", "did you mean 'tanh'"),
        ("activation", 3, "activation"),
        ("activation", torch.nn.Softmax(0), "Softmax must act on each number alone"),
        ("activation", (math.sin, 3), "must be callable"),
        ("x", 6.1, "x must be a finite number of at least -6 and at most 6"),
        ("x", math.nan, "x must be a finite number"),
        ("shown", ["relu", "no"], "each of shown must be one of"),
        ("vanishing", -0.1, "at least 0"),
        ("vanishing", 1.1, "at most 1"),
        ("layers", 0, "at least 1"),
        ("layers", 101, "at most 100"),
        ("window", (0, 0, 0, 1), "each high above its low"),
        ("window", (0, math.inf, 0, 1), "each of window must be a finite number"),
        ("window", (0, 1), "window"),
    ],
)
def test_bad_settings_are_refused(setting, value, reason):
    explorer = ActivationExplorer()
    before = explorer._settings()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, setting, value)
    assert explorer._settings() == before
    assert explorer.names == NAMES


def sampled(explorer: ActivationExplorer, name: str) -> tuple[Any, ...]:
    (each,) = [each for each in explorer._samples if each["name"] == name]
    grid = Grid(each["first"], each["last"], each["mantissa"], each["exponent"])
    return grid.points, np.frombuffer(each["values"], "<f8"), np.frombuffer(each["slopes"], "<f8"), each["slopes_by"]


def test_a_function_of_ones_own_is_shown_and_travels_as_samples():
    explorer = ActivationExplorer(activation=torch.nn.Mish(), x=1)
    assert explorer.activation == explorer.names[-1] == "Mish"
    assert explorer.slopes_by == "autograd"
    assert explorer.value == pytest.approx(0.8650983882673103, abs=1e-12)
    assert explorer.slope == pytest.approx(1.0490362200997922, abs=1e-12)
    x, values, slopes, by = sampled(explorer, "Mish")
    at = torch.tensor(x, requires_grad=True)
    expected = torch.nn.functional.mish(at)
    expected.sum().backward()
    np.testing.assert_allclose(values, expected.detach(), atol=1e-12)
    np.testing.assert_allclose(slopes, at.grad, atol=1e-12)
    assert by == "autograd"
    assert explorer.limits[:2] == (-6, 6)
    assert values.min() > explorer.limits[2]


def test_own_functions_are_sampled_anew_where_the_window_goes():
    explorer = ActivationExplorer(functions={"cube": lambda x: x**3}, activation="cube", window=(10, 10.012, 0, 2000))
    x, values, *_ = sampled(explorer, "cube")
    assert (x[0], x[-1]) == (10, 10.012)
    np.testing.assert_allclose(values, x**3)
    explorer.x = 10.00512
    assert explorer.value == pytest.approx(10.00512**3)


def test_own_functions_have_names_of_their_own():
    explorer = ActivationExplorer(functions={"mine": math.sin})
    explorer.activation = torch.tanh
    assert explorer.activation == "tanh 2"
    explorer.activation = lambda x: x
    explorer.activation = lambda x: 2 * x
    assert explorer.names[-4:] == ("mine", "tanh 2", "f", "f 2")
    explorer.activation = torch.tanh  # known already
    assert (explorer.activation, len(explorer.names)) == ("tanh 2", len(NAMES) + 4)
    assert explorer.add(math.cos, "relu") == "relu 2"
    with pytest.raises(traitlets.TraitError, match="must be a text"):
        explorer.add(math.cos, "")
    explorer.shown = ["mine", "f", "mine"]
    assert explorer.shown == ["mine", "f"]


def test_there_may_be_many_functions_but_not_without_end():
    explorer = ActivationExplorer()
    for _ in range(20):
        explorer.add(lambda x: x)
    assert len(set(explorer.names)) == len(NAMES) + 20
    with pytest.raises(traitlets.TraitError, match="at most 20"):
        explorer.add(lambda x: x)


def test_what_the_browser_is_told_follows_an_added_function_but_not_what_reset_goes_back_to():
    explorer = ActivationExplorer()
    explorer.layers = 3
    explorer.activation = torch.nn.Mish()
    assert "torch.nn.Mish()" in explorer._about["words"]["function"][1]["Mish"]
    assert explorer._about["first"]["layers"] == 5
    assert repr(explorer) == 'ActivationExplorer(activation="Mish", layers=3, functions={"Mish": torch.nn.Mish()})'
    script = f"print(({explorer!r}).value)"
    assert float(printed(script, ActivationExplorer=ActivationExplorer, torch=torch)) == explorer.value
    explorer.reset()
    assert (explorer.activation, explorer.layers) == ("tanh", 5)


def own_cube(x):
    return x**3


@pytest.mark.parametrize("settings", [{"x": 1.25}, {"x": -2, "layers": 3}], ids=str)
@pytest.mark.parametrize(
    "function",
    [*NAMES, torch.nn.LeakyReLU(0.2), torch.tanh, torch.nn.functional.mish, own_cube, np.tanh, (np.sin, np.cos)],
    ids=lambda function: getattr(function, "__name__", str(function)),
)
def test_the_script_prints_the_numbers(function, settings):
    explorer = ActivationExplorer(activation=function, **settings)
    text = printed(explorer.to_code(), own_cube=own_cube, tanh=np.tanh, sin=np.sin, cos=np.cos)
    numbers = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()]
    assert numbers == pytest.approx([explorer.value, explorer.slope, explorer.remaining], rel=2e-5, abs=1e-9)


@pytest.mark.parametrize("settings", [{}, {"activation": "gelu", "x": -6}, {"window": (-1, 1, 5, 6)}, {"shown": NAMES}])
def test_the_figure_shows_curves_shade_and_point(settings):
    explorer = ActivationExplorer(**settings)
    (axes,) = explorer.figure().axes
    assert (*axes.get_xlim(), *axes.get_ylim()) == explorer.limits
    curves = [line.get_xydata().T for line in axes.lines if np.size(line.get_xdata()) > 100]
    activation = ACTIVATIONS[explorer.activation]
    for (x, y), function in zip(curves[:2], (activation.function, activation.derivative), strict=True):
        np.testing.assert_allclose(y, function(x))
    assert len(curves) == 2 + len(set(explorer.shown) - {explorer.activation})
    shades = [patch for patch in axes.patches if patch.get_height() == 1]
    edges = [edge for shade in shades for edge in (shade.get_x(), shade.get_x() + shade.get_width())]
    assert edges == pytest.approx([edge for each in explorer.vanishing_ranges for edge in each])
    (point,) = [line.get_xydata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert tuple(point) == (explorer.x, explorer.value)
    axes.figure.canvas.draw()


def test_the_figure_of_a_function_without_a_value_has_no_point():
    (axes,) = ActivationExplorer(activation=math.log, x=-1).figure().axes
    assert not [line for line in axes.lines if line.get_marker() == "o"]


def test_a_window_in_which_an_own_function_has_no_value_is_refused():
    explorer = ActivationExplorer(functions={"root": math.sqrt}, activation="root", layers=3)
    with pytest.raises(traitlets.TraitError, match="sqrt cannot be computed"):
        explorer.window = (-5, -1, 0, 3)
    assert (explorer.window, explorer.value) == (None, 1.0)
    explorer.set_state({"layers": 4, "window": [-5, -1, 0, 3]})
    assert (explorer.window, explorer.layers, explorer.value) == (None, 3, 1.0)
    explorer.window = (0, 3, 0, 2)
    assert (explorer.limits, explorer.slope) == ((0, 3, 0, 2), pytest.approx(0.5))


def test_a_function_may_be_called_like_a_keyword():
    explorer = ActivationExplorer(functions={"lambda": lambda x: x**2}, activation="lambda")
    compile(explorer.to_code(), "script", "exec")


def test_functions_are_given_by_name():
    with pytest.raises(TypeError, match="functions must be given by name"):
        ActivationExplorer(functions=[abs])
