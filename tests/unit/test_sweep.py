"""Error against the number of neurons: the errors of real runs, live, beside a training, and stopped when asked."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
import torch

from nnwidgets import FunctionTrainer
from nnwidgets.targets import make_function_data
from nnwidgets.training import commands as c
from nnwidgets.training.ensemble import Ensemble
from nnwidgets.training.settings import NetworkSpec, Settings
from nnwidgets.training.sweep import COMPILING, NEURONS, Sweep, SweepResult, errors_of, sweep_settings
from tests.unit.plain import PATIENCE
from tests.unit.test_function_trainer import make, said, sent, tell, train

__all__ = ["make", "sent"]  # fixtures


def swept(trainer, **arguments):
    trainer.sweep(**arguments)
    trainer.wait_for_sweep(PATIENCE)
    return trainer.sweep_result


def errors_in(trait):
    return np.frombuffer(trait["errors"], np.float64).reshape(len(trait["neurons"]), trait["seeds"])


def error_of(trainer):
    """The root mean square error of a trainer itself, on its training samples."""
    data = trainer.dataset
    with torch.no_grad():
        fit = trainer.model(trainer.inputs(data.x_train)).numpy()
    return float(np.sqrt(np.mean((fit.astype(np.float64) - data.y_train) ** 2)))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"activation": "relu", "optimizer": "sgd", "learning_rate": 0.05, "optimizer_options": {"momentum": 0.9}},
        {"standardise": True, "l2": 0.01, "batch_size": 5, "initialiser": "he_normal", "seed": 4},
    ],
    ids=["default", "relu", "others"],
)
def test_the_errors_are_those_of_trainers_of_their_own(make, settings):
    trainer = make("sine", noise=0.05, test_share=0.2, **settings)
    result = swept(trainer, neurons=(5, 1), seeds=2, epochs=7)
    assert (result.neurons, result.epochs, result.status) == ((1, 5), 7, "done")
    assert result.seeds == (trainer.seed, trainer.seed + 1)
    for row, neurons in enumerate(result.neurons):
        for column, seed in enumerate(result.seeds):
            alone = make("sine", noise=0.05, test_share=0.2, **(settings | {"hidden_layers": (neurons,), "seed": seed}))
            assert result.errors[row, column] == pytest.approx(error_of(train(alone, 7)), rel=1e-3)


def test_the_errors_do_not_depend_on_when_they_are_looked_at():
    settings = Settings(make_function_data("bump"), NetworkSpec(in_features=1, output_activation=None), batch_size=16)
    runs = sweep_settings(settings, (2, 3), (0, 1))
    whole = Ensemble(runs)
    whole.train(30)
    sweep = Sweep(settings, (2, 3), 2, 30)
    sweep.start()
    sweep.wait(PATIENCE)
    assert np.array_equal(sweep.result().errors.ravel(), errors_of(whole))


@pytest.mark.parametrize(
    ("name", "share"), [("sine", 0.2), ("bump", 0.2), ("polynomial", 0.2), ("sinc", 0.3), ("chirp", 0.8)]
)
def test_more_neurons_come_closer(name, share):
    trainer = FunctionTrainer(name)
    one, few, many = swept(trainer, neurons=(1, 4, 24), seeds=3, epochs=400).medians
    assert few < one
    assert many < share * one
    trainer.close()


def test_views_see_it_live_and_after_a_reload(make):
    trainer = make("sine")
    seen = []
    trainer.observe(lambda change: seen.append(change.new), "_sweep")
    result = swept(trainer, neurons=(1, 2, 8), seeds=2, epochs=60)
    assert [trait["status"] for trait in seen][:: len(seen) - 1] == ["running", "done"]
    assert [trait["done"] for trait in seen] == sorted(trait["done"] for trait in seen)
    assert np.isnan(errors_in(seen[0])).all()
    trait = trainer.get_state("_sweep")["_sweep"]
    assert np.array_equal(errors_in(trait), result.errors)
    assert (trait["neurons"], trait["seeds"], trait["done"], trait["epochs"]) == ([1, 2, 8], 2, 60, 60)
    assert (trait["version"], trait["stale"], trait["message"]) == (1, False, "")


def test_a_message_begins_it_and_another_ends_it(make, sent):
    trainer = make("sine", n_samples=512, batch_size=1)
    tell(trainer, {"type": "sweep"})
    assert trainer._sweep["status"] == "running"
    assert trainer._sweep["neurons"] == list(NEURONS)
    tell(trainer, {"type": "stop_sweep"})
    trainer.wait_for_sweep(PATIENCE)
    assert trainer._sweep["status"] == "stopped"
    assert trainer._sweep["done"] < trainer._sweep["epochs"]
    assert not said(sent, "failed")


def test_what_it_waits_for_before_its_first_epochs_is_said():
    seen = []

    def report():
        seen.append((sweep.result().epochs, sweep.result().message))
        return True

    network = NetworkSpec(in_features=1, output_activation=None)
    settings = Settings(make_function_data("bump"), network, optimizer="adam", learning_rate=0.02)
    sweep = Sweep(settings, (1, 2), 1, 3, report)
    sweep.start()
    sweep.wait(PATIENCE)
    assert seen[0] == (0, COMPILING)
    assert {message for epochs, message in seen if epochs} == {""}


def test_it_goes_on_while_the_run_trains_and_neither_changes_the_other(make):
    alone = train(make("sine"), 20)
    quiet = swept(make("sine"), neurons=(1, 4), seeds=2, epochs=40)
    trainer = make("sine")
    trainer.sweep(neurons=(1, 4), seeds=2, epochs=40)
    train(trainer, 20)
    trainer.wait_for_sweep(PATIENCE)
    assert torch.equal(trainer.model[0].weight, alone.model[0].weight)
    assert np.array_equal(trainer.sweep_result.errors, quiet.errors)


def test_it_is_stale_when_data_or_settings_are_others(make):
    trainer = make("sine")
    swept(trainer, neurons=(1,), seeds=1, epochs=1)
    for name, value in (("learning_rate", 0.1), ("function", "bump"), ("activation", "relu"), ("batch_size", 3)):
        before = getattr(trainer, name)
        assert not trainer._sweep["stale"]
        setattr(trainer, name, value)
        assert trainer._sweep["stale"], name
        if name == "function":
            swept(trainer, neurons=(1,), seeds=1, epochs=1)
        else:
            setattr(trainer, name, before)
    trainer.hidden_layers = (3, 3)
    trainer.noise = 0.1
    assert trainer._sweep["stale"]


def test_a_new_one_takes_the_place_of_one_under_way(make):
    trainer = make("sine", n_samples=512, batch_size=1)
    trainer.sweep(epochs=100_000)
    first = trainer._swept
    result = swept(trainer, neurons=(2,), seeds=1, epochs=1)
    first.wait(PATIENCE)
    assert first.result().status == "stopped"
    assert result.neurons == (2,)
    trainer._loop.call(c.Do(lambda: None))
    assert (trainer._sweep["version"], trainer._sweep["neurons"]) == (2, [2])


def test_closing_ends_it(make):
    trainer = make("sine", n_samples=512, batch_size=1)
    trainer.sweep(epochs=100_000)
    trainer.close()
    trainer._swept.wait(PATIENCE)
    assert trainer._sweep["status"] == trainer.sweep_result.status == "stopped"


def test_a_trainer_that_is_forgotten_takes_its_sweep_with_it():
    trainer = FunctionTrainer("sine", n_samples=512, batch_size=1)
    trainer.sweep(epochs=100_000)
    known, sweep = weakref.ref(trainer), trainer._swept
    trainer.close()
    del trainer
    sweep.wait(PATIENCE)
    gc.collect()
    assert not sweep.is_running
    assert known() is None or known()._loop.status == "closed"


def test_what_it_does_not_cover_is_refused_with_the_reason(make, sent):
    refused = {
        "an optimizer by name": {"optimizer": lambda parameters: torch.optim.SGD(parameters, lr=0.1)},
        "a constant learning rate": {"schedule": {"name": "step", "step_size": 2, "gamma": 0.5}},
        "networks without dropout": {"dropout": 0.3},
        "the mean squared error": {"loss_fn": torch.nn.functional.l1_loss},
        "a module of your own": {"model": torch.nn.Linear(1, 1)},
    }
    for reason, settings in refused.items():
        trainer = make("sine", **settings)
        with pytest.raises(ValueError, match=reason):
            trainer.sweep()
        tell(trainer, {"type": "sweep"})
        assert reason in said(sent, "failed")[-1]["message"]
        assert trainer._sweep is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"neurons": ()},
        {"neurons": (0,)},
        {"neurons": (513,)},
        {"neurons": "12"},
        {"neurons": 3},
        {"neurons": (1.5,)},
        {"seeds": 0},
        {"seeds": 100},
        {"epochs": 0},
        {"epochs": 2.5},
    ],
    ids=[str(index) for index in range(10)],
)
def test_numbers_out_of_range_are_refused(make, arguments):
    trainer = make("sine")
    with pytest.raises((TypeError, ValueError)):
        trainer.sweep(**arguments)
    assert trainer.sweep_result is None


def test_what_fails_is_said(make, monkeypatch):
    trainer = make("sine")

    def fail(*_, **__):
        raise RuntimeError("no memory")

    monkeypatch.setattr(Ensemble, "train", fail)
    trainer.sweep(neurons=(1,), seeds=1)
    with pytest.raises(RuntimeError, match="the sweep failed: no memory"):
        trainer.wait_for_sweep(PATIENCE)
    assert (trainer._sweep["status"], trainer._sweep["message"]) == ("error", "no memory")


def test_runs_that_diverge_have_no_error(make):
    trainer = make("sine", optimizer="sgd", learning_rate=1e6)
    result = swept(trainer, neurons=(2, 8), seeds=2, epochs=50)
    assert result.status == "done"
    assert np.isnan(result.errors).all()
    assert np.isnan(result.medians).all()


def test_waiting_for_none_is_said(make):
    trainer = make("sine")
    with pytest.raises(RuntimeError, match=r"sweep\(\) begins one"):
        trainer.wait_for_sweep()
    trainer.stop_sweep()
    big = make("sine", n_samples=512, batch_size=1)
    big.sweep(epochs=100_000)
    with pytest.raises(TimeoutError):
        big.wait_for_sweep(0.01)


def test_no_thread_is_left(make):
    swept(make("sine"), neurons=(1,), seeds=1, epochs=1)
    assert not [thread for thread in threading.enumerate() if thread.name == "nnwidgets-sweep"]


def test_a_result_can_be_had_as_a_table():
    pytest.importorskip("pandas")
    result = SweepResult((1, 8), (0, 1), np.array([[0.4, np.nan], [0.1, 0.2]]), 5, "done")
    table = result.to_pandas()
    assert table.columns.tolist() == ["neurons", "seed", "error"]
    assert table["neurons"].tolist() == [1, 1, 8, 8]
    assert table["seed"].tolist() == [0, 1, 0, 1]
    assert table["error"].tolist()[2:] == [0.1, 0.2]
    assert np.allclose(result.medians, [np.nan, 0.15], equal_nan=True)
