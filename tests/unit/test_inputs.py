"""Features, standardisation and axes of a trainer: live, kept by name, gone back to, saved and written down."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import PlanarTrainer
from nnwidgets.datasets import as_dataset
from nnwidgets.training import commands as c
from tests.unit.plain import PATIENCE


def train(trainer, epochs=2):
    trainer.train(epochs=epochs)
    trainer.wait(PATIENCE)


def radius(x):
    return np.hypot(x[:, 0], x[:, 1])


def seen(trainer):
    """The map that a view with 16 x 16 cells gets."""
    wish = trainer._channel.wish()
    wish.map_size, wish.tile_size = 16, 8
    return trainer._loop.call(c.Do(lambda: trainer._picture(trainer._told(trainer._loop.experiment), wish))).map


def momentum(trainer):
    optimizer = trainer._loop.experiment.optimizer
    return optimizer.state[optimizer.param_groups[0]["params"][0]]["exp_avg"]


def four_columns(n=40):
    x = np.random.default_rng(0).normal(size=(n, 4)) * [1, 2, 300, 4] + [0, 9, 1000, 0]
    return as_dataset((x, x[:, 2] > 1000))


@pytest.fixture(params=["eager", "fused"])
def engine(request):
    return request.param


def test_the_network_gets_the_features_that_are_asked_for(make, engine):
    trainer = make("xor", n_samples=40, features=("x", "xy", "sin(y)"), engine=engine)
    assert trainer.features == ("x1", "x1*x2", "sin(x2)")
    assert trainer.engine_name == engine
    assert trainer.model[0].in_features == 3
    x1, x2 = trainer.dataset.x_train.T
    assert np.allclose(trainer.inputs(trainer.dataset.x_train).numpy(), np.column_stack([x1, x1 * x2, np.sin(x2)]))
    train(trainer)
    outputs = trainer.model(trainer.inputs(trainer.dataset.x_train))
    targets = torch.tensor(trainer.dataset.y_train)
    assert trainer.loss == pytest.approx(torch.nn.functional.binary_cross_entropy(outputs, targets).item(), rel=1e-6)


def test_with_the_product_a_single_neuron_learns_xor(make):
    plain, product = (
        make("xor", n_samples=200, noise=0.0, hidden_layers=(), features=features, learning_rate=1.0)
        for features in (None, ("x1*x2",))
    )
    for trainer in (plain, product):
        train(trainer, 30)
    assert plain.accuracy < 0.8
    assert product.accuracy > 0.95


def test_weights_of_the_features_that_stay_are_kept_by_name_with_the_optimizers_state(make):
    trainer = make("circles", n_samples=40, optimizer="adam", features=("x1", "x2", "x1*x2"))
    train(trainer)
    weight, state = trainer.model[0].weight.detach().clone(), momentum(trainer).clone()
    trainer.features = ("x2**2", "x1*x2", "x1")
    assert torch.equal(trainer.model[0].weight[:, 1:], weight[:, [2, 0]])
    moved = momentum(trainer)
    assert torch.equal(moved[:, 1:], state[:, [2, 0]])
    assert not moved[:, 0].any()


def test_all_features_may_be_swapped_for_as_many_others(make):
    trainer = make("circles", n_samples=40)
    train(trainer)
    before = trainer.model[0].weight.detach().clone()
    trainer.features = ("x1**2", "x2**2")
    assert not torch.equal(trainer.model[0].weight, before)
    assert np.allclose(trainer.inputs(trainer.dataset.x_train).numpy(), trainer.dataset.x_train**2)


def test_the_map_follows_the_features_and_their_scale(make):
    trainer = make("circles", n_samples=40, hidden_layers=())
    for change in ({"features": ("x1**2", "x2**2")}, {"standardise": True}, {"features": ("x1", "x2**2")}):
        seen(trainer)
        for name, value in change.items():
            setattr(trainer, name, value)
        (x_low, x_high), (y_low, y_high) = trainer._plane
        share = (np.arange(16) + 0.5) / 16
        x, y = np.meshgrid(x_low + share * (x_high - x_low), y_high - share * (y_high - y_low))
        with torch.no_grad():
            p = trainer.model(trainer.inputs(np.column_stack([x.ravel(), y.ravel()])))[:, 0].numpy()
        assert np.abs(seen(trainer).ravel() - np.floor(128.5 + 127 * (2 * p - 1))).max() <= 1


def test_functions_of_your_own(make):
    trainer = make("circles", n_samples=60, hidden_layers=(), features={"r": radius}, learning_rate=1.0)
    train(trainer, 20)
    assert trainer.accuracy > 0.95
    assert trainer.features == ("r",)
    trainer.features = ("x1",)
    trainer.features = ("x1", "r")  # known by its name from now on
    assert [trait["name"] for trait in trainer._data["features"]][-1] == "r"
    trainer.features = {"x1": "x1", "r": lambda x: 10 * radius(x)}
    assert np.allclose(trainer.inputs([[3.0, 4.0]]), [[3, 50]])


def test_features_and_standardisation_during_a_run_do_not_restart_the_epoch(make):
    trainer = make("circles", n_samples=40, batch_size=5)
    trainer.step(3)
    trainer.features = ("x1", "x1*x2")
    trainer.standardise = True
    trainer.step(5)
    assert (trainer.epoch, trainer.step_count) == (1, 8)


def test_own_data_are_standardised_unless_told_otherwise_and_generated_ones_are_not(make):
    assert not make("moons", n_samples=10).standardise
    own = make(four_columns())
    assert own.standardise
    assert np.allclose(own.inputs(own.dataset.x_train).numpy().std(axis=0), 1, atol=1e-5)
    own.standardise = False
    assert np.array_equal(own.inputs(own.dataset.x_train).numpy(), own.dataset.x_train)
    own.dataset = four_columns(30)
    assert not own.standardise
    own.standardise = None
    assert own.standardise


def test_data_with_other_columns_bring_all_of_theirs_unless_the_features_fit(make):
    trainer = make(four_columns(), features=("x4", "x1"))
    trainer.dataset = "moons"
    assert trainer.features == ("x1", "x2")
    trainer.dataset = four_columns()
    assert trainer.features == ("x1", "x2", "x3", "x4")
    trainer.features = ("x1*x2",)
    trainer.dataset = "moons"
    assert trainer.features == ("x1*x2",)


def test_a_function_that_does_not_fit_other_data_changes_nothing(make):
    trainer = make(four_columns(), features={"last": lambda x: x[:, 3]})
    data, model = trainer.dataset, trainer.model
    with pytest.raises(ValueError, match="feature 'last' failed"):
        trainer.dataset = "moons"
    assert trainer.dataset is data
    assert trainer.model is model
    train(trainer)


def test_a_module_of_your_own_takes_as_many_features_as_it_takes(make):
    trainer = make("xor", n_samples=20, model=torch.nn.Linear(2, 1), loss_fn="bce_with_logits")
    trainer.features = ("x1*x2", "x1")
    with pytest.raises(ValueError, match=r"cannot take a batch of shape \(20, 1\)"):
        trainer.features = ("x1",)
    assert trainer.features == ("x1*x2", "x1")


def test_a_module_of_your_own_gets_the_columns_as_they_are_unless_told_otherwise(make):
    x = np.random.default_rng(0).normal(size=(40, 2)) * 50 + 500
    trainer = make((x, x[:, 0] > 500), model=torch.nn.Linear(2, 1), loss_fn="bce_with_logits")
    assert not trainer.standardise
    assert np.array_equal(trainer.inputs(x).numpy(), x.astype(np.float32))
    trainer.standardise = True
    assert abs(trainer.inputs(x).mean().item()) < 1e-3


def test_the_hidden_layers_may_all_go_whatever_the_number_of_features(make, tmp_path):
    trainer = make("xor", n_samples=20, features=("x1", "x2", "x1*x2"))
    train(trainer)
    trainer.hidden_layers = ()
    train(trainer)
    names = {}
    exec(trainer.to_code(), names)
    assert all(map(torch.equal, names["model"].parameters(), trainer.model.parameters()))


def test_data_that_were_chosen_in_between_count_if_they_changed_the_inputs(make):
    trainer = make(four_columns(), features=("x4", "x1"), standardise=True)
    train(trainer)
    trainer.dataset = "moons"
    trainer.dataset = four_columns()
    train(trainer)
    weights = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    loop = trainer._loop
    loop.call(c.Do(lambda: loop.checkpoints.replace(loop.checkpoints.items[:1])))
    trainer.rewind(4)
    assert trainer.features == ("x1", "x2", "x3", "x4")
    assert all(map(torch.equal, trainer.model.parameters(), weights))


def test_a_function_that_was_refused_leaves_the_one_of_its_name(make):
    trainer = make("circles", n_samples=20, features={"r": radius})
    trainer.features = ("x1",)
    with pytest.raises(ValueError, match="one number per sample"):
        trainer.features = {"r": lambda x: x}
    trainer.features = ("x1", "r")
    assert np.allclose(trainer.inputs([[3.0, 4.0]]), [[3, 5]])


def test_what_is_so_by_itself_can_be_meant_to_stay_so(make):
    trainer = make("moons", n_samples=20)
    assert not trainer.standardise
    trainer.standardise = False
    trainer.dataset = four_columns()
    assert not trainer.standardise


def test_several_functions_of_one_name_are_asked_for_in_the_order_of_their_use(make, tmp_path):
    def double(x):
        return 2 * radius(x)

    trainer = make("circles", n_samples=20, features={"r": radius})
    train(trainer)
    trainer.features = {"r": double}
    train(trainer)
    trainer.save(tmp_path / "run")
    with pytest.raises(ValueError, match="and later another: give all of them, in that order, as a list"):
        PlanarTrainer.load(tmp_path / "run", features={"r": double})
    loaded = PlanarTrainer.load(tmp_path / "run", features={"r": [double, radius]})
    loaded.close()
    loaded = PlanarTrainer.load(tmp_path / "run", features={"r": [radius, double]})
    for run in (trainer, loaded):
        assert np.allclose(run.inputs([[3.0, 4.0]]), [[10]])
        run.rewind(2)
        assert np.allclose(run.inputs([[3.0, 4.0]]), [[5]])
    assert loaded.loss == trainer.loss
    loaded.close()


def test_nothing_of_a_closed_trainer_is_held(make):
    function = lambda x: radius(x)  # noqa: E731 (one that nothing else holds)
    alive = weakref.ref(function)
    trainer = PlanarTrainer("circles", n_samples=20, features={"r": function})
    train(trainer)
    trainer._picture(trainer._told(trainer._loop.experiment), trainer._channel.wish())
    trainer.close()
    del trainer, function
    gc.collect()
    assert alive() is None


def test_what_is_wrong_is_refused_at_the_trait(make):
    trainer = make("moons", n_samples=20)
    for wrong, message in (
        (("x9",), "too few"),
        (("q",), "no feature 'q'"),
        ((), "at least one"),
        (5, "must be names"),
    ):
        with pytest.raises((ValueError, traitlets.TraitError), match=message):
            trainer.features = wrong
        assert trainer.features == ("x1", "x2")
    for wrong in ((0, 0), (0, 2), "x1", (0,), ("x1", "x9"), (-1, 0), ("x1", 0), {0: 1, 1: 0}, {0, 1}):
        with pytest.raises((ValueError, traitlets.TraitError), match="axes"):
            trainer.axes = wrong
        assert trainer.axes == (0, 1)


def test_axes_are_two_of_the_columns_and_the_others_are_at_their_medians(make):
    trainer = make(four_columns(), axes=("x3", "x1"))
    trained = trainer.model[0].weight.detach().clone()
    assert trainer.axes == (2, 0)
    x, data = trainer.dataset.x_train, trainer._data
    points = np.frombuffer(data["points"], np.float32).reshape(-1, 3)
    assert np.array_equal(points[:, :2], x[:, [2, 0]])
    assert data["x_range"][0] < x[:, 2].min() < x[:, 2].max() < data["x_range"][1]
    shown = seen(trainer)
    (x_low, x_high), (y_low, y_high) = trainer._plane
    share = (np.arange(16) + 0.5) / 16
    samples = np.tile(np.median(x, axis=0), (256, 1))
    samples[:, 2] = np.tile(x_low + share * (x_high - x_low), 16)
    samples[:, 0] = np.repeat(y_high - share * (y_high - y_low), 16)
    with torch.no_grad():
        p = trainer.model(trainer.inputs(samples))[:, 0].numpy()
    assert np.abs(shown.ravel() - np.floor(128.5 + 127 * (2 * p - 1))).max() <= 1
    version = data["version"]
    trainer.axes = (1, 3)
    assert trainer._data["version"] > version
    assert trainer._data["axes"] == [1, 3]
    assert torch.equal(trainer.model[0].weight, trained)  # looking changes nothing
    trainer.dataset = "moons"
    assert trainer.axes == (0, 1)


def test_a_run_is_gone_back_in_repeated_saved_and_written_down(make, tmp_path):
    trainer = make("xor", n_samples=40, optimizer="adam", hidden_layers=(3,))
    train(trainer)
    trainer.features = ("x1*x2", "x2")
    train(trainer)
    trainer.standardise = True
    trainer.hidden_layers = (4,)
    train(trainer)
    trainer.features = ("sin(x1)", "x2", "x1*x2")
    trainer.dataset = "moons"
    train(trainer)
    weights = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    names = {}
    exec(trainer.to_code(), names)
    assert all(map(torch.equal, names["model"].parameters(), weights))
    trainer.rewind(3)
    assert (trainer.features, trainer.standardise) == (("x1*x2", "x2"), False)
    assert np.allclose(trainer.inputs([[2.0, 3.0]]), [[6, 3]])
    trainer.save(tmp_path / "run")
    trainer.rewind(8)
    loaded = PlanarTrainer.load(tmp_path / "run")
    loaded.rewind(8)
    for again in (trainer, loaded):
        assert (again.features, again.standardise) == (("sin(x1)", "x2", "x1*x2"), True)
        assert all(map(torch.equal, again.model.parameters(), weights))
    loaded.close()


def test_a_file_and_a_configuration_ask_for_functions_of_your_own(make, tmp_path):
    trainer = make("circles", n_samples=20, features={"x1": "x1", "r": radius}, standardise=True)
    train(trainer)
    trainer.save(tmp_path / "run")
    with pytest.raises(ValueError, match=r'a feature of your own: give it again, as features=\{"r"'):
        PlanarTrainer.load(tmp_path / "run")
    with pytest.raises(ValueError, match="features of your own: give them as features="):
        PlanarTrainer.from_config(trainer.config())
    loaded = PlanarTrainer.load(tmp_path / "run", features={"r": radius})
    fresh = PlanarTrainer.from_config(trainer.config(), features={"x1": "x1", "r": radius})
    for again in (loaded, fresh):
        assert (again.features, again.standardise) == (("x1", "r"), True)
        again.close()
    code = trainer.to_code()
    assert "your own, r: one number for each row of points" in code
    assert "# - the features, r" in code


def test_a_configuration_has_features_and_axes(make):
    trainer = make(four_columns(), features=("x2", "x1*x2"), axes=(3, 1))
    with pytest.raises(ValueError, match="data of your own"):
        PlanarTrainer.from_config(trainer.config())
    again = PlanarTrainer.from_config(trainer.config(), dataset=four_columns())
    assert (again.features, again.axes, again.standardise) == (("x2", "x1*x2"), (3, 1), True)
    again.close()
    other = PlanarTrainer.from_config(trainer.config() | {"features": ["x3", "x1"]}, dataset="moons")
    assert (other.axes, other.features) == ((0, 1), ("x1", "x2"))
    other.close()


def test_the_browser_is_told_of_every_feature_and_its_map(make):
    trainer = make("moons", n_samples=20, features=("x1", "x1*x2"))
    data = trainer._data
    assert data["inputs"] == ["x1", "x1*x2"]
    names = [feature["name"] for feature in data["features"]]
    assert names == ["x1", "x2", "x1**2", "x2**2", "x1*x2", "sin(x1)", "sin(x2)"]
    tile = np.frombuffer(data["features"][0]["tile"], np.uint8).reshape(32, 32)
    (low, high), _ = trainer._plane
    values = low + (np.arange(32) + 0.5) / 32 * (high - low)
    assert np.abs(tile[5] - (128 + 127 * values / np.abs(values).max())).max() <= 1
    assert (tile == tile[0]).all()


def test_a_cell_turns_a_feature_on_and_a_view_off(make):
    trainer = make("moons", n_samples=20)
    trainer.features = ("x1", "x2", "x1*x2")
    trainer._handle_custom_msg({"type": "set", "name": "features", "value": ["x1*x2"]}, [])
    trainer._handle_custom_msg({"type": "set", "name": "standardise", "value": True}, [])
    trainer._loop.call(c.Do(lambda: None))
    assert (trainer.features, trainer.standardise) == (("x1*x2",), True)
    assert trainer.model[0].in_features == 1


def test_the_figure_for_print_has_the_features_and_the_chosen_axes(make):
    data = four_columns()
    trainer = make(data, features=("x1", "x3", "x1*x2"), axes=(2, 1))
    figure = trainer.figure()
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert {"x₁", "x₃", "x₁x₂"} <= set(texts)
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert "$x_3$" in labels
