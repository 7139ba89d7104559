"""The mathematics of descent: PyTorch's gradients and steps, noise, grids, functions of the reader's own."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nnwidgets.concepts.descent import OPTIMIZERS, Hyperparameters, gradient_noise, normals, philox, run
from nnwidgets.concepts.own_functions import checked_window, count_arguments, sample_function
from nnwidgets.concepts.sampled import Grid, grid_from, sampled_surface
from nnwidgets.concepts.surfaces import SURFACES
from tests.vectors import made, same, stored
from tests.vectors.descent import SURFACES as TORCH_SURFACES

VECTORS: dict[str, Any] = stored("descent")
PLANE = ((-2.0, 2.0), (-1.0, 3.0))


def test_the_file_is_what_pytorch_says() -> None:
    assert same(VECTORS, made("descent"))


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_has_the_loss_and_the_gradient_of_autograd(name: str) -> None:
    surface, expected = SURFACES[name], VECTORS["surfaces"][name]
    found = [surface.evaluate(tuple(point)) for point in expected["points"]]
    assert same([loss for loss, _ in found], expected["losses"])
    assert same([list(slope) for _, slope in found], expected["slopes"])
    assert same(surface.curvature, expected["curvature"])


@pytest.mark.parametrize("name", SURFACES)
def test_minima_are_where_the_gradient_is_zero_and_all_around_is_higher(name: str) -> None:
    surface = SURFACES[name]
    for point in surface.minima + surface.local_minima:
        loss, slope = surface.evaluate(point)
        assert np.allclose(slope, 0, atol=1e-12)
        assert surface.holds(point)
        for angle in np.linspace(0, 2 * np.pi, 16):
            beside = np.array(point) + 1e-3 * np.array([np.cos(angle), np.sin(angle)])[: surface.dimensions]
            if surface.dimensions == 2 or abs(np.cos(angle)) > 0.1:
                assert surface.evaluate(tuple(beside))[0] > loss
    losses = [surface.evaluate(point)[0] for point in surface.minima]
    assert same(losses, [surface.lowest] * len(losses))
    assert all(surface.evaluate(point)[0] > surface.lowest + 0.1 for point in surface.local_minima)


def _options(case: dict[str, Any]) -> Hyperparameters:
    return Hyperparameters(
        case["rate"], **case.get("options", {}), noise=case.get("noise", 0), seed=case.get("seed", 0)
    )


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: f"{case['surface']}-{case['optimizer']}")
def test_an_optimizer_takes_the_steps_of_torch_optim(case: dict[str, Any]) -> None:
    found = run(SURFACES[case["surface"]].evaluate, tuple(case["start"]), case["optimizer"], _options(case), 40)
    assert len(found.path) == case["length"]
    assert (found.ending == "diverged") == (case["length"] < 41)
    assert same([list(found.path[step]) for step in case["steps"]], case["weights"])
    assert same([found.losses[step] for step in case["steps"]], case["losses"])


@pytest.mark.parametrize("case", VECTORS["noise"]["paths"], ids=lambda case: case["optimizer"])
def test_the_noise_is_that_of_the_seed_in_python_and_in_the_file(case: dict[str, Any]) -> None:
    found = run(SURFACES[case["surface"]].evaluate, tuple(case["start"]), case["optimizer"], _options(case), 40)
    assert same([list(found.path[step]) for step in (1, 2, 5, 19, 40)], case["weights"])


def test_random_words_are_philox() -> None:
    for case in VECTORS["noise"]["drawn"]:
        assert list(philox(case["seed"], case["step"])) == case["words"]
        assert list(normals(case["seed"], case["step"])) == case["normals"]
        assert list(gradient_noise(case["seed"], case["step"], 1)) == case["normals"][:1]


def test_noise_is_normal_and_of_no_memory() -> None:
    drawn = np.array([gradient_noise(3, step, 2) for step in range(4000)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.05
    assert np.abs(drawn.std(axis=0) - 1).max() < 0.04
    neighbours = np.corrcoef(np.column_stack([drawn[:-1], drawn[1:]]).T)
    assert np.abs(neighbours - np.eye(4)).max() < 0.06


@given(
    name=st.sampled_from(list(SURFACES)),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    rate=st.floats(1e-4, 10),
    start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    noise=st.sampled_from([0.0, 1.0, 100.0]),
)
def test_whatever_is_set_no_number_is_nan(
    name: str, optimizer: str, rate: float, start: tuple[float, float], noise: float
) -> None:
    surface = SURFACES[name]
    found = run(surface.evaluate, start[: surface.dimensions], optimizer, Hyperparameters(rate, noise=noise), 60)
    assert len(found.path) == len(found.losses) == len(found.updates) > 0
    assert np.isfinite(found.path).all()
    assert np.isfinite(found.losses).all()
    assert found.loss(60) is not None
    assert not math.isnan(found.loss(60) or 0.0)
    assert (found.loss(60) == math.inf) == (found.ending == "diverged")


def test_too_large_a_learning_rate_leaves_the_ravine_past_two_over_its_curvature() -> None:
    ravine = SURFACES["ravine"]
    limit = 2 / ravine.curvature
    inside, beyond = (
        run(ravine.evaluate, ravine.start, "sgd", Hyperparameters(limit * factor), 300) for factor in (0.98, 1.02)
    )
    assert inside.leaves(ravine) is None
    assert inside.losses[-1] < 1e-3
    left = beyond.leaves(ravine)
    assert left is not None
    assert not ravine.holds(beyond.path[left])
    assert ravine.holds(beyond.path[left - 1])


def test_the_bottom_is_reached_at_the_first_step_that_is_low_enough() -> None:
    found = run(SURFACES["parabola"].evaluate, (-3.0,), "sgd", Hyperparameters(0.25), 3)
    assert found.losses == (9.0, 2.25, 0.5625, 0.140625)
    assert [found.reaches(loss) for loss in (9, 1, 0.5625, 0.1)] == [0, 2, 2, None]


def test_what_diverged_is_infinite_and_stands_at_its_last_place() -> None:
    found = run(SURFACES["bowl"].evaluate, (1.0, 1.0), "sgd", Hyperparameters(1e100), 60)
    assert found.ending == "diverged"
    assert found.loss(60) == math.inf
    assert found.at(60) == len(found.path) - 1 < 10
    assert found.leaves(SURFACES["bowl"]) == 1


# -- grids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", VECTORS["grids"], ids=["line", "patch"])
def test_between_nodes_runs_the_polynomial_that_they_belong_to(case: dict[str, Any]) -> None:
    grid = Grid(tuple(map(tuple, case["window"])), np.array(case["nodes"], dtype=np.float32))
    found = [grid.evaluate(tuple(point)) for point in case["points"]]
    assert None not in found
    assert same([each[0] for each in found if each], case["losses"])
    assert same([list(each[1]) for each in found if each], case["slopes"])


def test_beyond_the_window_nothing_is_known() -> None:
    grid, _ = sample_function(lambda a, b: a + b, PLANE)
    assert grid.evaluate((2.01, 0.0)) is None
    assert grid.evaluate((0.0, math.nan)) is None
    surface = sampled_surface(grid, start=(0.0, 2.9))
    found = run(surface.evaluate, surface.start, "sgd", Hyperparameters(1.5), 60)
    assert (found.ending, len(found.path), found.loss(60)) == ("outside", 2, None)


@pytest.mark.parametrize("name", ["himmelblau", "rosenbrock", "double_well", "waves"])
def test_a_sampled_function_is_near_the_function_and_its_gradient(name: str) -> None:
    surface = SURFACES[name]
    grid, how = sample_function(TORCH_SURFACES[name], surface.window)
    assert how == "autograd"
    heights = np.array(grid.nodes[0])
    random = np.random.default_rng(1)
    for _ in range(50):
        point = tuple(random.uniform(low, high) for low, high in surface.window)
        near, exact = grid.evaluate(point), surface.evaluate(point)
        assert near is not None
        assert abs(near[0] - exact[0]) < 1e-4 * np.ptp(heights)
        assert np.allclose(near[1], exact[1], atol=3e-3 * np.ptp(heights))


# -- functions of the reader's own --------------------------------------------------------------------


def _detached(a: Any, b: Any) -> Any:
    return math.sin(a) + 0 * a + b * b


@pytest.mark.parametrize(
    ("function", "how"),
    [
        (lambda a, b: np.sin(a) + b**2, "differences"),
        (lambda a, b: torch.sin(a) + b**2, "autograd"),
        (lambda a, b: torch.stack([torch.sin(a), b.pow(2)]).sum(), "autograd"),
        (_detached, "differences"),
        (lambda a, b: float(np.sin(a) + b**2), "differences"),
    ],
    ids=["numpy", "torch", "torch one by one", "math, blind for autograd", "a float"],
)
def test_functions_of_all_kinds_are_sampled_with_their_gradient(
    function: Any, how: str, recwarn: pytest.WarningsRecorder
) -> None:
    grid, found = sample_function(function, PLANE, (9, 9))
    assert found == how
    x, y = np.meshgrid(np.linspace(*PLANE[0], 9), np.linspace(*PLANE[1], 9))
    expected = np.stack([np.sin(x) + y**2, np.cos(x), 2 * y, 0 * x])
    assert np.allclose(grid.nodes, expected, atol=1e-5)
    assert not recwarn.list  # what was tried is not the reader's mistake


def test_where_a_function_is_not_defined_there_is_a_hole() -> None:
    grid, _ = sample_function(lambda w: math.sqrt(w), ((-1.0, 1.0),), (21,))
    assert np.isnan(grid.nodes[:, :10]).all()
    assert np.isfinite(grid.nodes[:, 11:]).all()
    assert grid.evaluate((-0.5,)) is None
    assert grid.evaluate((0.5,))[0] == pytest.approx(math.sqrt(0.5), rel=1e-6)  # type: ignore[index]


def test_at_the_border_of_where_it_is_defined_a_function_has_a_slope_too() -> None:
    grid, _ = sample_function(lambda w: w * math.sqrt(w), ((0.0, 1.0),), (11,))
    assert grid.nodes[1, 0] == pytest.approx(0, abs=0.01)
    assert np.isfinite(grid.nodes).all()


def test_where_the_slope_is_infinite_nothing_is_known() -> None:
    grid = grid_from([np.array([0.0, 1.0, 1.4]), np.array([np.inf, 0.5, 0.35])], ((0.0, 2.0),))
    assert np.isnan(grid.nodes[:, 0]).all()
    assert grid.evaluate((0.5,)) is None
    assert grid.evaluate((1.0,)) == (1.0, (0.5,))


def test_what_is_no_loss_is_refused_with_a_sentence() -> None:
    with pytest.raises(TypeError, match=r"one or two weights, f\(w\) or f\(w1, w2\).* takes 3"):
        count_arguments(lambda a, b, c: a)
    with pytest.raises(TypeError, match=r"give dimensions=1 or dimensions=2"):
        count_arguments(lambda *weights: 0)
    with pytest.raises(TypeError, match=r"one number for a point, the loss; it gave tuple"):
        sample_function(lambda w: (w, w), ((0.0, 1.0),))
    with pytest.raises(ValueError, match=r"no finite value in the window"):
        sample_function(lambda w: math.nan, ((0.0, 1.0),))
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        sample_function(math.sqrt, ((-2.0, -1.0),))
    with pytest.raises(NameError):
        sample_function(lambda w: unheard_of, ((0.0, 1.0),))  # type: ignore[name-defined]  # noqa: F821
    for window in ((1, 0), "wide", ((0, 1), (0, 1)), (0, math.inf)):
        with pytest.raises(ValueError, match=r"window must be \(low, high\)"):
            checked_window(window, 1)


def test_arguments_with_defaults_are_no_weights() -> None:
    def scaled(a: float, scale: float = 2.0) -> float:
        return a * scale

    assert count_arguments(scaled) == 1


def test_a_function_without_slope_has_a_start_and_a_learning_rate_all_the_same() -> None:
    grid, _ = sample_function(lambda a, b: 1.0, PLANE, (5, 5))
    surface = sampled_surface(grid)
    assert surface.holds(surface.start)
    assert (surface.learning_rate, surface.tolerance, surface.lowest) == (0.1, 0.01, 1.0)


def test_surfaces_need_no_torch() -> None:
    code = "import sys, nnwidgets.concepts.descent, nnwidgets.concepts.own_functions; sys.exit('torch' in sys.modules)"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
