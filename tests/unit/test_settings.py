"""Settings: what is allowed, that a refusal names it and changes nothing, and that both sides follow each other."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
import torch
from torch import nn
from traitlets import TraitError

from nnwidgets import PlanarTrainer, datasets, make_planar
from nnwidgets.training import commands as c
from tests.unit.plain import PATIENCE, Gate, PlainRun, same_bits, small_data

X = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"learning_rat": 0.1}, TypeError, "no argument 'learning_rat'; did you mean 'learning_rate'"),
        ({"hidden_layer": (2,)}, TypeError, "did you mean 'hidden_layers'"),
        ({"losss_fn": "bce"}, TypeError, "did you mean 'loss_fn'"),
        ({"lr": 0.1}, TypeError, "no argument 'lr'; did you mean 'learning_rate'"),
        ({"epochs": 5}, TypeError, r"it is one of train\(\)"),
        ({"xyzzy": 1}, TypeError, "there are activation, axes, batch_size, "),
        ({"status": "running"}, TypeError, "no argument 'status'"),
        ({"loss": 1.0}, TypeError, "no argument 'loss'"),
        ({"learning_rate": -0.1}, TraitError, "learning_rate must be a finite number above 0, not -0.1"),
        ({"learning_rate": 0}, TraitError, "learning_rate must be a finite number above 0"),
        ({"learning_rate": "fast"}, TraitError, "learning_rate"),
        ({"learning_rate": float("nan")}, TraitError, "learning_rate"),
        ({"batch_size": 0}, TraitError, "batch_size must be a whole number of at least 1"),
        ({"batch_size": 2.5}, TraitError, "batch_size"),
        ({"batch_size": 24}, ValueError, "between 1 and 23, the training samples; got 24"),
        ({"hidden_layers": (0,)}, TraitError, r"hidden_layers\[0\]"),
        ({"hidden_layers": 3}, TraitError, r"such as \(4, 2\); got 3"),
        ({"hidden_layers": "44"}, TraitError, "hidden_layers"),
        ({"hidden_layers": (2.5,)}, TraitError, r"hidden_layers\[0\]"),
        ({"activation": "tahn"}, TraitError, "activation must be one of 'tanh'"),
        ({"dropout": 1.0}, TraitError, "dropout"),
        ({"activation": ("tanh", "tahn"), "hidden_layers": (2, 2)}, TraitError, "one of 'tanh'.*got 'tahn'"),
        ({"activation": ("tanh", "relu")}, ValueError, "one for all hidden layers, or one each: 1, not 2"),
        ({"dropout": (0.1, 0.2, 0.3), "hidden_layers": (2, 2)}, ValueError, "one each: 2, not 3"),
        ({"initialiser": "he"}, TraitError, "initialiser must be one of 'default', 'xavier_uniform'"),
        ({"initial_scale": 0.0}, TraitError, "initial_scale must be a finite number above 0"),
        ({"initializer": "zeros"}, TypeError, "did you mean 'initialiser'"),
        ({"optimizer": "sdg"}, TraitError, "optimizer must be one of 'sgd'"),
        ({"optimizer": 3}, TraitError, "optimizer"),
        ({"optimizer_options": {"betas": (0.9, 0.99)}}, TraitError, "SGD has no option 'betas'; there are 'momentum'"),
        ({"optimizer_options": {"lr": 0.1}}, TraitError, "SGD has no option 'lr'"),
        ({"optimizer_options": {"momentum": -0.1}}, TraitError, "momentum must be a finite number of at least 0"),
        ({"optimizer_options": {"momentum": float("nan")}}, TraitError, "momentum"),
        ({"optimizer_options": {"nesterov": 1}}, TraitError, "nesterov must be True or False, not 1"),
        ({"optimizer_options": {"nesterov": True}}, TraitError, "nesterov needs a momentum above 0"),
        ({"optimizer": "adam", "optimizer_options": {"betas": 0.9}}, TraitError, "betas must be 2 numbers"),
        ({"optimizer": "adam", "optimizer_options": {"betas": (0.9, 1.5)}}, TraitError, r"betas\[1\].*at most 1"),
        ({"optimizer": "adam", "optimizer_options": {"betas": (1.0, 0.9)}}, TraitError, "betas must be below 1"),
        ({"optimizer": torch.optim.SGD, "optimizer_options": {"momentum": 0.9}}, TraitError, "made with its own"),
        ({"momentum": 0.9}, TypeError, "did you mean 'optimizer_options'"),
        ({"speed": 0}, TraitError, "speed must be a finite number above 0"),
        ({"seed": -1}, TraitError, "seed"),
        ({"seed": 1.5}, TraitError, "seed"),
        ({"threads": 0}, ValueError, "threads"),
        ({"engine": "warp"}, ValueError, "engine must be one of 'auto', 'eager', 'fused'"),
        ({"loss_fn": "huber"}, TraitError, "loss_fn must be one of"),
        ({"loss_fn": 3}, TraitError, "loss_fn must be one of"),
        ({"dataset": "rings", "loss_fn": "bce"}, ValueError, 'the data has 3 classes.*use loss_fn="cross_entropy"'),
        ({"dataset": "plane", "loss_fn": "hinge"}, ValueError, 'the data has values to predict.*use loss_fn="mse"'),
        ({"dataset": "moons", "n_classes": 3}, TraitError, "moons has 2 classes"),
        ({"dataset": "rings", "n_classes": 9}, TraitError, "n_classes must be"),
        ({"dataset": "rings", "model": nn.Linear(2, 1)}, ValueError, "one output per class"),
        ({"dataset": "rings", "model": nn.Linear(2, 2)}, ValueError, "one output per class, which are 3"),
        ({"model": "net"}, TypeError, "model must be a torch.nn.Module"),
        ({"model": nn.Linear(3, 1)}, ValueError, "cannot take a batch"),
        ({"model": nn.Linear(2, 2), "loss_fn": "bce"}, ValueError, "one output per sample"),
        ({"l1": -0.1}, TraitError, "l1 must be a finite number of at least 0"),
        ({"l2": "much"}, TraitError, "l2.*expected a float"),
        ({"weight_decay": 0.1}, TypeError, "did you mean 'l2'"),
        ({"model": nn.Linear(2, 1), "hidden_layers": (2,)}, ValueError, "leave it out when model= is given"),
    ],
)
def test_what_a_trainer_cannot_be_made_of(arguments, error, message):
    before = set(threading.enumerate())
    with pytest.raises(error, match=message):
        PlanarTrainer(**{"dataset": small_data()} | arguments)
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("cirlces", "did you mean 'circles'"),
        ((X, [0, 1]), "x_train has 3 samples and y_train has 2 labels"),
        ((X, ["a", "b", None]), "row 2 is None"),
        (([[0.0, float("nan")], *X[1:]], [0, 1, 0]), "row 0"),
        ((X, [0, 1, None]), "row 2 is None"),
        (([[0.0], [1.0], [2.0]], [0, 1, 0]), r"shape \(n_samples, 2\)"),
        ((X, [[0, 1], [1, 0], [0, 1]]), "one label per sample"),
        (([], []), "no samples"),
        (X, "not as 3 items"),
        (5, "not int"),
        (None, "not NoneType"),
    ],
)
def test_data_that_do_not_fit_are_refused(make, dataset, message):
    with pytest.raises(TraitError, match=message):
        PlanarTrainer(dataset)
    trainer = make()
    trainer.step(3)
    present = trainer.dataset
    with pytest.raises(TraitError, match=message):
        trainer.dataset = dataset
    assert trainer.dataset is present
    trainer.step(2)
    assert same_bits(trainer.model.state_dict(), PlainRun(small_data()).train(5).state())


REFUSED = [
    ("learning_rate", -1.0),
    ("learning_rate", "x"),
    ("batch_size", 0),
    ("batch_size", 24),
    ("batch_size", "5"),
    ("optimizer", "nadam"),
    ("optimizer_options", {"momentum": "much"}),
    ("optimizer_options", {"alpha": 0.9}),
    ("hidden_layers", (2, -1)),
    ("activation", "step"),
    ("dropout", -0.5),
    ("initialiser", "ones"),
    ("initial_scale", -1.0),
    ("seed", 2**31),
    ("speed", -1),
    ("n_samples", 1),
    ("noise", -0.1),
    ("test_share", 0.95),
    ("data_seed", -1),
    ("status", "running"),
    ("epoch", 5),
    ("loss", 0.0),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_setting_that_is_refused_changes_nothing(make, name, value):
    trainer = make()
    trainer.step(3)
    before = getattr(trainer, name)
    with pytest.raises(TraitError, match=name):
        setattr(trainer, name, value)
    assert getattr(trainer, name) == before
    assert trainer._loop.journal == []
    trainer.step(2)
    assert same_bits(trainer.model.state_dict(), PlainRun(small_data()).train(5).state())


@pytest.mark.parametrize(
    ("name", "value"),
    [("optimizer", lambda _: 5), ("optimizer", lambda parameters: torch.optim.SGD(list(parameters)[:0], lr=1.0))],
)
def test_a_setting_that_the_loop_refuses_goes_back(make, name, value):
    trainer = make()
    with pytest.raises((TypeError, ValueError)):
        setattr(trainer, name, value)
    assert trainer.optimizer == "sgd"
    trainer.step()
    assert same_bits(trainer.model.state_dict(), PlainRun(small_data()).train(1).state())


@pytest.mark.parametrize("n_samples", [10**12, 1e12, 1, "many"])
def test_more_samples_than_there_may_be_are_refused_before_they_are_made(monkeypatch, n_samples):
    monkeypatch.setattr(datasets, "make_planar", None)
    with pytest.raises(TraitError, match="n_samples"):
        PlanarTrainer("spiral", axes=(1, 0), n_samples=n_samples)  # axes are checked first, for which data are needed


def test_data_settings_that_leave_nothing_to_train_on_go_back(make):
    trainer = make("moons", n_samples=4, batch_size=2)
    with pytest.raises(TraitError, match="leaves none to train with"):
        trainer.test_share = 0.9
    assert trainer.test_share == 0.0
    assert len(trainer.dataset.x_train) == 4


@pytest.mark.parametrize(
    ("name", "message"),
    [("learning_rte", "'learning_rate'"), ("lr", "'learning_rate'"), ("epochs", r"one of train\(\)")],
)
def test_a_misspelt_setting_is_no_new_attribute(make, name, message):
    trainer = make()
    with pytest.raises(AttributeError, match=message):
        setattr(trainer, name, 0.5)
    trainer.my_own = "an attribute of the reader's own"


def test_settings_take_effect_before_the_next_line(make):
    trainer = make(optimizer="adam")
    trainer.step(3)
    trainer.learning_rate = 0.02
    assert trainer.optimizer_.param_groups[0]["lr"] == 0.02
    trainer.batch_size = 7
    trainer.step(4)
    trainer.optimizer = "rmsprop"
    assert type(trainer.optimizer_) is torch.optim.RMSprop
    trainer.dataset = small_data("moons", 30)
    trainer.step(2)
    plain = PlainRun(small_data(), optimizer="adam").train(3)
    plain.change("learning_rate", 0.02)
    plain.change("batch_size", 7)
    plain.train(4).change("optimizer", "rmsprop")
    plain.change("data", small_data("moons", 30))
    assert same_bits(trainer.model.state_dict(), plain.train(2).state())
    assert trainer._data["n_train"] == 30
    assert trainer.n_samples == 30


def test_a_callable_brings_its_learning_rate_to_the_trait(make):
    trainer = make(optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.03, momentum=0.9))
    assert trainer.learning_rate == 0.03
    assert trainer.get_state("optimizer") == {"optimizer": "custom"}
    trainer.optimizer = lambda parameters: torch.optim.Adam(parameters, lr=0.007)
    assert trainer.learning_rate == 0.007
    trainer.optimizer = "sgd"
    assert trainer.learning_rate == trainer.optimizer_.param_groups[0]["lr"] == 0.007


def test_a_larger_network_keeps_its_neurons(make):
    trainer = make()
    trainer.step(5)
    before = trainer.model[0].weight.detach().clone()
    trainer.hidden_layers = [4, 3]
    assert trainer.hidden_layers == (4, 3)
    assert torch.equal(trainer.model[0].weight[:2], before)
    assert [layer["units"] for layer in trainer._network["layers"]] == [4, 3, 1]
    assert trainer._network["parameter_count"] == sum(p.numel() for p in trainer.model.parameters())
    trainer.activation = "relu"
    trainer.dropout = 0.25
    assert [type(module).__name__ for module in trainer.model][:3] == ["Linear", "ReLU", "Dropout"]
    assert trainer._network["layers"][0]["activation"] == "ReLU"


def test_options_of_the_optimizer_are_live_and_keep_its_state(make):
    trainer = make(optimizer="adam", optimizer_options={"betas": [0.8, 0.99], "amsgrad": False})
    assert trainer.optimizer_options == {"betas": (0.8, 0.99)}
    trainer.step(3)
    before = trainer.optimizer_.state[trainer.optimizer_.param_groups[0]["params"][0]]["exp_avg"].clone()
    trainer.optimizer_options = {"betas": (0.5, 0.99), "weight_decay": 0.1}
    group = trainer.optimizer_.param_groups[0]
    assert (group["betas"], group["weight_decay"], group["lr"]) == ((0.5, 0.99), 0.1, 0.1)
    assert torch.equal(trainer.optimizer_.state[group["params"][0]]["exp_avg"], before)
    trainer.optimizer_options = {}
    assert (trainer.optimizer_.param_groups[0]["betas"], trainer.optimizer_.param_groups[0]["weight_decay"]) == (
        (0.9, 0.999),
        0.0,
    )
    trainer.optimizer_options = {"eps": 1e-3}
    trainer.reset()
    assert (trainer.optimizer_options, trainer.optimizer_.param_groups[0]["eps"]) == ({"eps": 1e-3}, 1e-3)
    trainer.optimizer = "sgd"
    assert trainer.optimizer_options == {}


def test_options_set_on_the_optimizer_itself_are_shown(make):
    trainer = make()
    trainer.step(2)
    with trainer.paused():
        trainer.optimizer_.param_groups[0]["momentum"] = 0.5
    trainer.step(1)
    assert trainer.optimizer_options == {"momentum": 0.5}
    trainer.rewind(0)
    assert trainer.optimizer_options == {}
    trainer.step(2)
    with trainer.paused():
        trainer.optimizer_.param_groups[0]["momentum"] = 0.25
    trainer.reset()
    assert trainer.optimizer_options == {"momentum": 0.25}
    assert trainer.optimizer_.param_groups[0]["momentum"] == 0.25


@pytest.mark.parametrize("engine", ["eager", "fused"])
@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("sgd", {"momentum": 0.9, "nesterov": True}),
        ("rmsprop", {"momentum": 0.9, "centered": True}),
        ("adam", {"amsgrad": True}),
        ("adamw", {"betas": (0.5, 0.9), "weight_decay": 0.1}),
        ("adagrad", {"lr_decay": 0.1}),
    ],
)
def test_options_may_be_switched_on_and_off_during_a_run(make, engine, optimizer, options):
    trainer = make(engine=engine, optimizer=optimizer, learning_rate=0.02)
    for value in (options, {}, options):
        trainer.step(2, "epoch")
        trainer.optimizer_options = value
    trainer.step(2, "epoch")
    assert (trainer.status, trainer.epoch, trainer.engine_name) == ("idle", 8, engine)
    names = {}
    exec(trainer.to_code(), names)
    tolerance = {"rtol": 0, "atol": 0} if engine == "eager" else {"rtol": 1e-3, "atol": 1e-4}
    for name, value in names["model"].state_dict().items():
        torch.testing.assert_close(trainer.model.state_dict()[name], value, **tolerance)
    again = make(engine=engine, optimizer=optimizer, optimizer_options=options, learning_rate=0.02)
    again.step(1)
    assert again.to_code().count("torch.optim.") == 1


def test_initial_weights_are_drawn_as_chosen_and_a_rewind_knows_how(make):
    trainer = make(initialiser="equal", initial_scale=0.25)
    assert trainer.model[0].weight.unique().tolist() == [0.25]
    trainer.initialiser = "normal"
    assert len(trainer.model[0].weight.unique()) == 4
    trainer.initial_scale = 3.0
    began = trainer.model[0].weight.detach().clone()
    trainer.step(3, "epoch")
    trainer.initialiser = "zeros"
    trainer.rewind(0)
    assert (trainer.initialiser, trainer.initial_scale) == ("normal", 3.0)
    assert torch.equal(trainer.model[0].weight, began)
    trainer.rewind(3)
    trainer.initialiser = "zeros"
    trainer.reset()
    assert not trainer.model[0].weight.any()


def test_neurons_that_start_alike_stay_alike(make):
    trainer = make(initialiser="equal", hidden_layers=(3,))
    trainer.step(4, "epoch")
    assert len(torch.unique(trainer.model[0].weight, dim=0)) == 1
    trainer = make(initialiser="zeros", hidden_layers=(3,))
    trainer.step(4, "epoch")
    assert not trainer.model[0].weight.any()
    assert trainer.model[2].bias.item() != 0.0


def test_generated_data_follow_their_settings(make):
    trainer = make("moons", n_samples=60, noise=0.05, batch_size=50)
    trainer.n_samples = 40
    assert trainer.batch_size == 40
    trainer.test_share, trainer.data_seed, trainer.noise = 0.25, 3, 0.2
    assert trainer.dataset.same_as(make_planar("moons", 40, 0.2, 0.25, 3))
    trainer.dataset = "xor"
    assert trainer.dataset.same_as(make_planar("xor", 40, 0.2, 0.25, 3))
    assert trainer.batch_size == 30
    trainer.dataset = make_planar("spiral", 22, noise=0.0)
    assert (trainer.n_samples, trainer.noise, trainer.test_share, trainer.data_seed) == (22, 0.0, 0.0, 0)


def test_arrays_have_no_settings_of_generated_data(make):
    trainer = make((np.array(X), ["a", "b", "a"]), batch_size=2)
    assert trainer.dataset.class_names == ("a", "b")
    with pytest.raises(TraitError, match="n_samples is for generated data"):
        trainer.n_samples = 60
    assert len(trainer.dataset.x_train) == 3


def test_a_module_of_the_users_has_no_settings_of_ours(make):
    trainer = make(model=nn.Linear(2, 1))
    for name, value in (("hidden_layers", (5,)), ("activation", "relu"), ("dropout", 0.5), ("initialiser", "zeros")):
        with pytest.raises(TraitError, match="your own module"):
            setattr(trainer, name, value)


def test_a_batch_size_too_large_by_default_is_made_to_fit(make):
    assert make((X, [0, 1, 0])).batch_size == 3


@pytest.mark.parametrize("way", ["there and back", "two settings"])
def test_settings_sent_faster_than_they_take_effect_end_as_sent_last(make, way):
    trainer = make()
    gate = Gate()
    held = trainer._loop.submit(c.Do(gate))
    gate.wait()
    sent = (
        [("learning_rate", 0.5), ("learning_rate", 0.1)]
        if way == "there and back"
        else [("hidden_layers", [4]), ("activation", "relu"), ("noise", 0.3), ("n_samples", 30)]
    )
    for name, value in sent:
        trainer._handle_custom_msg({"type": "set", "name": name, "value": value}, [])
    gate.open()
    held.result(PATIENCE)
    trainer.wait(PATIENCE)
    if way == "there and back":
        assert trainer.learning_rate == trainer._loop.experiment.settings.learning_rate == 0.1
    else:
        assert trainer.hidden_layers == (4,)
        assert [type(module).__name__ for module in trainer.model][:2] == ["Linear", "ReLU"]
        assert trainer.dataset.same_as(make_planar("circles", 30, 0.3))


def test_the_settings_of_a_trainer_can_be_linked(make):
    import traitlets

    first, second = make(), make()
    traitlets.link((first, "learning_rate"), (second, "learning_rate"))
    second.learning_rate = 0.4
    assert first._loop.experiment.settings.learning_rate == 0.4
    first.learning_rate = 0.3
    assert second._loop.experiment.settings.learning_rate == 0.3


@pytest.mark.fault("observer raises")
def test_an_observer_that_raises_in_training_is_shown_and_harms_nothing(make):
    trainer = make()

    def observer(_):
        raise OSError("the disk is full")

    trainer.observe(observer, "epoch")
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    assert trainer.status == "idle"
    assert trainer._message["title"] == "OSError in a function that observes this trainer:"
    assert "the disk is full" in trainer._message["text"]


def test_layers_differ_and_keep_their_weights(make):
    trainer = make(hidden_layers=(3, 2), activation=("relu", "tanh"), dropout=(0.0, 0.25))
    assert (repr(trainer.model[1]), repr(trainer.model[4])) == ("ReLU()", "Dropout(p=0.25)")
    weights = [parameter.clone() for parameter in trainer.model.parameters()]
    trainer.activation = ("relu", "sigmoid")
    assert [layer["activation"] for layer in trainer._network["layers"]] == ["ReLU", "sigmoid", "sigmoid"]
    assert all(map(torch.equal, trainer.model.parameters(), weights))
    with pytest.raises(TraitError, match="one each: 2, not 3"):
        trainer.activation = ("relu",) * 3
    assert trainer.activation == ("relu", "sigmoid")
    # A layer that is added is like the last one; what is one for all is said as one.
    trainer.hidden_layers = (3, 2, 2)
    assert (trainer.activation, trainer.dropout) == (("relu", "sigmoid", "sigmoid"), (0.0, 0.25, 0.25))
    trainer.hidden_layers = (3,)
    assert (trainer.activation, trainer.dropout) == ("relu", 0.0)
    assert trainer.config()["activation"] == "relu"


def test_a_configuration_has_what_each_layer_has(make):
    trainer = make("moons", n_samples=30, hidden_layers=(3, 2), activation=("relu", "tanh"), dropout=(0.0, 0.25))
    config = json.loads(json.dumps(trainer.config()))
    twin = PlanarTrainer.from_config(config)
    assert (twin.activation, twin.dropout) == (("relu", "tanh"), (0.0, 0.25))
    assert repr(twin.model) == repr(trainer.model)
    twin.close()
