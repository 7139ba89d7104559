"""The explorer of descent in Python: settings, computed values, script, functions and networks of the reader's own."""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import DescentExplorer, PlanarTrainer
from nnwidgets.concepts.descent import OPTIMIZERS
from nnwidgets.concepts.surfaces import SURFACES
from nnwidgets.training.landscape import _random
from tests.browser.expected.descent import numbers
from tests.unit.scripts import printed
from tests.vectors import stored

VECTORS: dict[str, Any] = stored("descent")


@pytest.mark.parametrize("case", VECTORS["paths"][::7], ids=lambda case: f"{case['surface']}-{case['optimizer']}")
def test_the_widget_has_the_paths_of_torch_optim(case: dict[str, Any]) -> None:
    options = dict(case["options"])
    explorer = DescentExplorer(
        surface=case["surface"],
        optimizer=case["optimizer"],
        learning_rate=case["rate"],
        learning_rates={},
        start=case["start"],
        steps=40,
        betas=(options.pop("beta1"), options.pop("beta2")),
        **options,
    )
    for step, weights, loss in zip(case["steps"], case["weights"], case["losses"], strict=True):
        explorer.step = step
        assert explorer.weights == pytest.approx(weights, rel=1e-9, abs=1e-9)
        assert explorer.losses[case["optimizer"]] == pytest.approx(loss, rel=1e-9, abs=1e-9)
    if case["length"] <= 40:
        explorer.step = 40
        assert explorer.losses[case["optimizer"]] == math.inf


@pytest.mark.parametrize("preset", DescentExplorer.PRESETS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_value_is_what_pytorch_says(preset: str, optimizer: str) -> None:
    explorer = DescentExplorer.preset(preset, optimizer=optimizer, noise=0.1, seed=3, steps=30, step=17)
    expected = numbers(explorer._settings())
    assert explorer.losses == pytest.approx({name: expected[f"loss.{name}.now"] for name in OPTIMIZERS})
    assert explorer.steps_to_bottom == {name: expected[f"reached.{name}"] for name in OPTIMIZERS}
    update = explorer.next_update
    for i in range(explorer.loss_surface.dimensions):
        found = {"at": explorer.weights[i], "g": update.gradient[i], "next": update.weights[i]}
        found |= {"slope": update.slope[i]}
        assert found == pytest.approx({name: expected[f"{name}.{i + 1}"] for name in found}, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("surface", SURFACES)
def test_the_script_prints_the_losses_that_are_shown(surface: str) -> None:
    explorer = DescentExplorer(surface=surface, noise=0.05, seed=2, steps=25, betas=(0, 0.999))
    losses = dict(re.findall(r"^(\w+) .*, loss (\S+)$", printed(explorer.to_code()), re.MULTILINE))
    assert losses == {name: f"{loss:.3f}" for name, loss in explorer.losses.items()}


def test_what_is_not_given_is_worth_seeing_of_the_surface() -> None:
    explorer = DescentExplorer(surface="rosenbrock", steps=50)
    assert (explorer.start, explorer.learning_rate, explorer.steps) == ((-1.2, 1.0), 0.001, 50)
    assert repr(DescentExplorer()) == "DescentExplorer()"
    assert repr(DescentExplorer(learning_rate=0.05)) == "DescentExplorer(learning_rate=0.05)"


def test_a_start_that_does_not_fit_another_surface_is_replaced() -> None:
    explorer = DescentExplorer()
    explorer.surface = "parabola"
    assert (explorer.start, explorer.learning_rate) == ((-3.4,), 0.1)
    explorer.reset()
    assert explorer._settings() == DescentExplorer()._settings()
    explorer.start = (0.5, 0.5)
    explorer.surface = "himmelblau"
    assert (explorer.start, explorer.learning_rate) == ((0.5, 0.5), 0.1)  # it fits: nothing else changes


def test_what_the_browser_sends_together_is_taken_together() -> None:
    explorer = DescentExplorer()
    explorer.set_state({"surface": "double_well", "start": [2.0], "learning_rate": 0.2, "learning_rates": {}})
    assert (explorer.surface, explorer.start, explorer.learning_rate) == ("double_well", (2.0,), 0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start": (9, 9)}, "start must be 2 numbers in the window, -5 to 3.4 and -1.9 to 1.9"),
        ({"start": (1,)}, "start must be 2 numbers"),
        ({"start": (math.nan, 1)}, "finite"),
        ({"surface": "bowll"}, "did you mean 'bowl'"),
        ({"surface": "own"}, "must be one of"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0"),
        ({"learning_rate": math.inf}, "finite"),
        ({"learning_rates": {"adam": -1}}, "the rate of adam must be a finite number above 0"),
        ({"learning_rates": {"adm": 1}}, "did you mean 'adam'"),
        ({"momentum": 1}, "momentum must be a finite number of at least 0 and at most 0.999"),
        ({"betas": (0.9, 1)}, "each of betas"),
        ({"noise": -1}, "noise must be"),
        ({"seed": -1}, "seed must be"),
        ({"steps": 501}, "at most 500"),
        ({"steps": 0}, "at least 1"),
        ({"coordinate": 3}, "at most 2"),
    ],
)
def test_bad_settings_are_refused_with_a_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(traitlets.TraitError, match=re.escape(message)):
        DescentExplorer(**settings)
    explorer = DescentExplorer()
    if settings != {"start": (1,)}:
        with pytest.raises(traitlets.TraitError, match=re.escape(message)):
            explorer.set_trait(*next(iter(settings.items())))
        assert explorer._settings() == DescentExplorer()._settings()


def test_an_unknown_argument_names_the_nearest() -> None:
    with pytest.raises(TypeError, match="did you mean 'learning_rate'"):
        DescentExplorer(lr=0.1)


def test_overflow_is_infinite_and_never_nan() -> None:
    explorer = DescentExplorer(surface="himmelblau", learning_rate=1e6, learning_rates={}, step=100)
    assert explorer.losses["sgd"] == math.inf
    assert explorer.leaves["sgd"] == 1
    assert all(map(math.isfinite, explorer.weights))
    assert explorer.steps_to_bottom["sgd"] is None


# -- functions of the reader's own ---------------------------------------------------------------


def test_a_function_is_sampled_and_descended() -> None:
    def valley(a: float, b: float) -> float:
        return (a - 1) ** 2 + 3 * (b + 1) ** 2

    explorer = DescentExplorer(valley, window=((-2, 3), (-3, 2)), learning_rate=0.1, start=(-1, 1), steps=100, step=100)
    assert explorer.surface == "own"
    assert explorer.losses["sgd"] == pytest.approx(0, abs=1e-4)
    assert explorer.weights == pytest.approx((1, -1), abs=1e-2)
    assert repr(explorer).endswith("source=valley)")
    assert "return valley(*w)" in explorer.to_code()
    assert np.frombuffer(explorer._grid, np.float32).shape == (4 * 61 * 61,)
    assert "sampled at 61 × 61 points" in explorer._own["note"]
    explorer.surface = "bowl"
    explorer.surface = "own"
    assert explorer._about["presets"][0]["settings"]["surface"] == "own"


def test_a_curve_that_leaves_its_samples_has_no_loss_there() -> None:
    explorer = DescentExplorer(lambda w: -w, window=(0, 1), learning_rate=0.4, start=(0.5,), step=10)
    assert explorer.losses["sgd"] is None
    assert explorer.leaves["sgd"] == 2


def test_sources_that_are_none_are_refused() -> None:
    with pytest.raises(TypeError, match="source must be a function of one or two weights, or a trainer, not 'bowl'"):
        DescentExplorer("bowl")
    with pytest.raises(TypeError, match="window and dimensions go with a function"):
        DescentExplorer(window=(0, 1))
    with pytest.raises(TypeError, match="one or two weights"):
        DescentExplorer(lambda a, b, c: 0)
    with pytest.raises(ValueError, match="no finite value"):
        DescentExplorer(lambda w: math.inf)
    with pytest.raises(TypeError, match="trainer must be one of nnwidgets' trainers"):
        DescentExplorer.of(lambda w: w)  # type: ignore[arg-type]


# -- the loss of a network -------------------------------------------------------------------------


@pytest.fixture
def trainer() -> Any:
    trainer = PlanarTrainer(hidden_layers=(2,), engine="eager")
    trainer.train(epochs=4)
    trainer.wait()
    yield trainer
    trainer.close()


@pytest.mark.parametrize("directions", ["random", "path"])
def test_the_loss_of_a_network_is_that_of_its_trainer_and_nothing_of_it_changes(trainer: Any, directions: str) -> None:
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    step = trainer.step_count
    plane = DescentExplorer.of(trainer, directions, size=21)
    found = plane.loss_surface.evaluate((0.0, 0.0))
    assert found is not None
    assert found[0] == pytest.approx(trainer.loss, rel=1e-2 if directions == "path" else 1e-6)
    assert all(bool((value == before[name]).all()) for name, value in trainer.model.state_dict().items())
    assert (trainer.step_count, trainer.status) == (step, "idle")
    trainer.train(epochs=1)
    trainer.wait()
    assert trainer.epoch == 5


def test_the_gradient_in_the_plane_is_that_of_the_loss_in_it(trainer: Any) -> None:
    plane = DescentExplorer(trainer)
    assert plane._own["window"] == [[-1, 1], [-1, 1]]
    losses, by_a, by_b = np.frombuffer(plane._grid, np.float32).reshape(4, 41, 41)[:3].astype(np.float64)
    up, across = np.gradient(losses, 2 / 40)
    assert np.abs(across - by_a)[1:-1, 1:-1].max() < 0.02 * np.abs(by_a).max()
    assert np.abs(up - by_b)[1:-1, 1:-1].max() < 0.02 * np.abs(by_b).max()


def test_the_path_of_a_training_goes_from_its_start_to_the_network(trainer: Any) -> None:
    plane = DescentExplorer.of(trainer, "path", size=5)
    path = plane._own["path"]
    assert len(path) >= 5
    assert path[-1] == [0.0, 0.0]
    assert plane.start == tuple(path[0])
    first = np.array(path[0])
    assert np.linalg.norm(first) > 3 * np.linalg.norm(path[-2])


def test_random_directions_are_those_of_the_seed(trainer: Any) -> None:
    one, same, other = (DescentExplorer.of(trainer, seed=seed, size=5)._grid for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_random_directions_are_as_long_as_the_weights_row_by_row() -> None:
    weights = [torch.tensor([[3.0, 4.0], [0.0, 0.1]]), torch.tensor([1.0, 2.0, 2.0]), torch.zeros(2)]
    for direction in _random(weights, seed=4):
        assert direction[0].norm(dim=1).tolist() == pytest.approx([5, 0.1])
        assert direction[1].norm().item() == pytest.approx(3)
        assert direction[2].tolist() == [0, 0]


def test_a_path_needs_a_training() -> None:
    fresh = PlanarTrainer(engine="eager")
    with pytest.raises(ValueError, match="there is no path yet: train first"):
        DescentExplorer.of(fresh, "path")
    with pytest.raises(ValueError, match="directions must be one of 'random', 'path'"):
        DescentExplorer.of(fresh, "sideways")
    fresh.close()


def test_a_figure_shows_every_optimizer() -> None:
    for surface in ("ravine", "double_well"):
        figure = DescentExplorer(surface=surface, learning_rate=0.2).figure()
        labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
        assert labels == ["SGD", "momentum", "Nesterov", "RMSprop", "Adam"]


@pytest.mark.parametrize("surface", ["ravine", "parabola", "waves"])
def test_a_figure_of_runs_that_diverge_warns_nobody(surface: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings = {"learning_rate": 1e6, "learning_rates": {}, "steps": 500, "step": 500}
        DescentExplorer(surface=surface, **settings).figure().canvas.draw()


@pytest.mark.parametrize("name", ["loss_fn", "momentum", "w"])
def test_the_script_has_room_for_a_function_of_any_name(name: str) -> None:
    def function(w: Any) -> Any:
        return w**2

    function.__name__ = name
    explorer = DescentExplorer(function, step=3)
    assert repr(explorer).endswith(f"source={name})")
    assert printed(explorer.to_code(), **{f"your_{name}": function})


def test_a_descent_starts_where_the_loss_is_known() -> None:
    islands = DescentExplorer(lambda w: math.sqrt(math.sin(20 * w) - 0.9))
    assert islands.loss_surface.evaluate(islands.start) is not None
    with pytest.raises(ValueError, match="too few finite values"):
        DescentExplorer(lambda w: 1e300 * w * w)  # a single one, at 0


def test_what_a_function_lacks_is_said() -> None:
    with pytest.raises(TypeError, match="one number for a point, the loss; it gave NoneType"):
        DescentExplorer(lambda w: None)
    with pytest.raises(traitlets.TraitError, match="surface"):
        DescentExplorer(surface=["ravine"])
