"""Ensembles: each run as if it were trained alone, however many threads share the work, interrupted or not."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.datasets import make_planar
from nnwidgets.training import commands as c
from nnwidgets.training.ensemble import Ensemble
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.schedules import checked_schedule
from nnwidgets.training.settings import NetworkSpec, Settings
from nnwidgets.training.tables import EPOCH_COLUMNS
from tests.unit.plain import PATIENCE

DATA = make_planar("moons", n_samples=43, test_share=0.3)
NETWORKS = (
    NetworkSpec((2,)),
    NetworkSpec((9, 4), "relu"),
    NetworkSpec((), output_activation="sigmoid"),
    NetworkSpec((3, 3, 3), "silu"),
)
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adamw", "adagrad")


def mixed(n=20, **fields):
    """Settings of runs that differ in all that may differ."""
    return [
        Settings(
            DATA,
            NETWORKS[run % 4],
            OPTIMIZERS[run % 5],
            0.02 + 0.001 * run,
            batch_size=3 + run % 7,
            seed=run,
            l1=0.01 * (run % 2),
            l2=0.02 * (run % 3),
            **fields,
        )
        for run in range(n)
    ]


def alone(settings, epochs):
    loop = TrainingLoop(Experiment(settings), engine="eager")
    loop.call(c.Train(epochs=epochs))
    loop.wait(PATIENCE)
    return loop


def everything(ensemble):
    return {"history": ensemble.history, "epochs": ensemble.epochs} | ensemble.parameters()


def assert_same_bits(ours, theirs):
    ours, theirs = everything(ours), everything(theirs)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert value.tobytes() == theirs[name].tobytes(), name


def test_each_run_is_the_one_that_a_loop_makes_alone():
    ensemble = Ensemble(mixed())
    ensemble.train(epochs=5)
    assert ensemble.history.shape == (20, 5, len(EPOCH_COLUMNS))
    for run, settings in enumerate(ensemble.settings):
        loop = alone(settings, 5)
        np.testing.assert_allclose(ensemble.history[run], loop.history.epochs, rtol=2e-3, atol=1e-4)
        theirs = loop.experiment.model.state_dict()
        ours = ensemble.model(run).state_dict()
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            torch.testing.assert_close(value, theirs[name], rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("loss_fn", ["bce_with_logits", "mse", "cross_entropy"])
def test_other_losses_are_pytorchs(loss_fn):
    outputs = 3 if loss_fn == "cross_entropy" else 1
    data = make_planar("rings", 43, test_share=0.3) if outputs > 1 else DATA
    spec = NetworkSpec((4,), output_activation=None, out_features=outputs)
    ensemble = Ensemble(
        [Settings(data, spec, learning_rate=0.2, batch_size=9, seed=seed) for seed in (0, 1)], loss_fn=loss_fn
    )
    ensemble.train(epochs=3)
    model = spec.build(1)
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train)
    criterion = {"bce_with_logits": nn.BCEWithLogitsLoss(), "mse": nn.MSELoss(), "cross_entropy": nn.CrossEntropyLoss()}
    means = []
    for epoch in range(3):
        losses, right = [], []
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1_000_000 + epoch))
        for batch in order.split(9):
            outputs = model(x[batch])
            targets = y[batch, 0].long() if loss_fn == "cross_entropy" else y[batch]
            loss = criterion[loss_fn](outputs, targets)
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.sub_(0.2 * parameter.grad)
            threshold = 0.5 if loss_fn == "mse" else 0.0
            says = outputs.argmax(1, keepdim=True) if loss_fn == "cross_entropy" else outputs > threshold
            right.append((says == y[batch]).float().mean().item())
            losses.append(loss.item())
        means.append((np.mean(losses), np.mean(right)))
    np.testing.assert_allclose(np.stack([ensemble.loss[1], ensemble.accuracy[1]], 1), means, rtol=1e-4)
    for name, value in model.state_dict().items():
        np.testing.assert_allclose(ensemble.parameters()[name][1], value, rtol=1e-3, atol=1e-5)


def test_the_bits_do_not_depend_on_the_threads():
    one, many = Ensemble(mixed()), Ensemble(mixed())
    one.train(epochs=7, threads=1)
    many.train(epochs=7, threads=5)
    assert_same_bits(one, many)


def test_training_in_two_goes_is_training_in_one():
    whole, parts = Ensemble(mixed()), Ensemble(mixed())
    whole.train(epochs=6)
    parts.train(epochs=2)
    parts.train(epochs=4)
    assert_same_bits(whole, parts)


def long_one(n=40):
    """More work than a test can wait for."""
    data = make_planar("circles", n_samples=500)
    return Ensemble([Settings(data, NetworkSpec((8, 8)), seed=seed, batch_size=1) for seed in range(n)])


def test_it_is_stopped_and_goes_on_where_it_stood():
    stopped, whole = long_one(3), long_one(3)
    training = threading.Thread(target=stopped.train, args=(1_000_000,))
    training.start()
    while stopped.epochs.max() < 2:
        time.sleep(0.001)
    stopped.stop()
    training.join(PATIENCE)
    assert not training.is_alive()
    reached = int(stopped.epochs.max())
    stopped.train(epochs=1)
    whole.train(epochs=reached + 1)
    assert stopped.epochs.tolist() == [reached + 1] * 3
    for name, value in whole.parameters().items():
        assert value.tobytes() == stopped.parameters()[name].tobytes()
    np.testing.assert_array_equal(whole.history, stopped.history[:, : reached + 1])


def test_an_interrupt_is_passed_on_with_all_runs_intact(monkeypatch):
    ensemble = long_one()

    class Impatient(threading.Thread):
        def join(self, timeout=None):
            if timeout is not None:
                raise KeyboardInterrupt
            super().join()

    monkeypatch.setattr("nnwidgets.training.ensemble.threading.Thread", Impatient)
    with pytest.raises(KeyboardInterrupt):
        ensemble.train(epochs=1_000_000)
    monkeypatch.undo()
    ensemble.train(epochs=0)
    assert len(set(ensemble.epochs.tolist())) == 1


def test_only_one_may_train_it():
    ensemble = long_one()
    training = threading.Thread(target=ensemble.train, args=(1_000_000,))
    training.start()
    while not ensemble.epochs.max():
        time.sleep(0.001)
    with pytest.raises(RuntimeError, match="already"):
        ensemble.train(epochs=1)
    ensemble.stop()
    training.join(PATIENCE)


def test_a_run_that_diverges_ends_and_the_others_go_on():
    rates = [0.1, 1e30, 0.1]
    spec = NetworkSpec((8,), "relu", output_activation=None)
    ensemble = Ensemble([Settings(DATA, spec, learning_rate=rate) for rate in rates], loss_fn="mse")
    ensemble.train(epochs=4)
    ensemble.train(epochs=2)
    assert ensemble.diverged.tolist() == [False, True, False]
    assert ensemble.epochs.tolist() == [6, 0, 6]
    assert np.isnan(ensemble.loss[1]).all()
    assert np.isfinite(ensemble.loss[[0, 2]]).all()
    assert repr(ensemble) == "<Ensemble: 3 runs, 0 to 6 epochs, 1 diverged>"


def test_initial_weights_may_be_set():
    def zeros(model, run):
        nn.init.constant_(model[0].weight, float(run))

    ensemble = Ensemble([Settings(DATA, NetworkSpec((2,)), seed=5)] * 3, initialize=zeros)
    assert ensemble.parameters()["0.weight"].tolist() == [[[run] * 2] * 2 for run in (0.0, 1.0, 2.0)]
    assert ensemble.parameters()["2.weight"][0].tolist() == NetworkSpec((2,)).build(5)[2].weight.tolist()


def test_arrays_of_unlike_networks_hold_nothing_where_a_network_has_nothing():
    ensemble = Ensemble([Settings(DATA, NetworkSpec(hidden)) for hidden in ((2,), (5,), (2, 3))])
    weights = ensemble.parameters()["0.weight"]
    assert weights.shape == (3, 5, 2)
    assert np.isnan(weights[0, 2:]).all()
    assert np.isfinite(weights[1]).all()
    assert np.isnan(ensemble.parameters()["4.weight"][:2]).all()


def test_completed_epochs_become_a_table():
    ensemble = Ensemble(mixed(3))
    ensemble.train(epochs=2)
    frame = ensemble.to_pandas()
    assert frame.index.names == ["run", "epoch"]
    assert frame.loc[(2, 1), "running_loss"] == ensemble.loss[2, 0]
    assert frame.loc[(2, 1), "test_accuracy"] == ensemble.test_accuracy[2, 0]


@pytest.mark.parametrize(
    ("runs", "arguments", "message"),
    [
        ([], {}, "at least one run"),
        ([Settings(DATA, NetworkSpec()), Settings(make_planar("moons"), NetworkSpec())], {}, "share one data set"),
        ([Settings(DATA)], {}, "needs a NetworkSpec"),
        ([Settings(DATA, NetworkSpec(), torch.optim.SGD)], {}, "an optimizer by name"),
        ([Settings(DATA, NetworkSpec(dropout=0.5))], {}, "does not cover a network: Dropout is not covered"),
        ([Settings(DATA, NetworkSpec(in_features=3))], {}, "takes 3 features, the data has 2"),
        ([Settings(DATA, NetworkSpec(), schedule=checked_schedule("cosine"))], {}, "schedules .* are not covered"),
        ([Settings(make_planar("rings", 30), NetworkSpec())], {}, "the data has 3 classes"),
        ([Settings(DATA, NetworkSpec())], {"loss_fn": "huber"}, "loss_fn must be one of 'bce'"),
        ([Settings(DATA, NetworkSpec())], {"loss_fn": "cross_entropy"}, "does not fit networks with 1 outputs"),
        ([Settings(DATA, NetworkSpec(output_activation=None))], {"loss_fn": "bce"}, "end with a sigmoid"),
    ],
)
def test_what_cannot_be_trained_is_refused(runs, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Ensemble(runs, **arguments)


@pytest.mark.parametrize(
    ("arguments", "kind"), [({"epochs": -1}, ValueError), ({"epochs": 1, "threads": 0}, ValueError)]
)
def test_numbers_out_of_range_are_refused(arguments, kind):
    with pytest.raises(kind):
        Ensemble(mixed(1)).train(**arguments)
