"""When a run ends by itself: with the very epoch, by both engines, and as often as it is asked to go on."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from nnwidgets import PlanarTrainer
from nnwidgets.training.engines import kernel
from nnwidgets.training.stopping import checked_conditions, is_met, new_watch
from tests.unit.plain import PATIENCE

NUMBERS = st.one_of(st.floats(0, 2), st.just(math.nan))


@pytest.fixture(params=["eager", "fused"])
def trained(make, request):
    """A trainer that was asked for many epochs."""

    def train(stop_when, epochs=400, name="circles", **settings):
        data = {"n_samples": 60, "noise": 0.2, "test_share": 0.25} | settings
        trainer = make(name, engine=request.param, stop_when=stop_when, learning_rate=0.5, **data)
        trainer.train(epochs=epochs)
        trainer.wait(PATIENCE)
        return trainer

    return train


def test_a_run_ends_with_the_epoch_that_was_asked_for(trained):
    trainer = trained({"epoch": 7})
    assert (trainer.epoch, trainer.step_count, trainer.status) == (7, 63, "idle")
    assert trainer._message["title"] == "Stopped with epoch 7:"
    assert trainer._message["text"] == "7 epochs were wanted. Play goes on."
    # It went on from there as if nothing had been asked, and no word stays of it.
    trainer.train(epochs=3)
    trainer.wait(PATIENCE)
    assert (trainer.epoch, trainer._message) == (10, None)


@pytest.mark.parametrize("test_share", [0.0, 0.25])
def test_a_run_ends_with_the_first_epoch_that_is_good_enough(trained, test_share):
    trainer = trained({"loss": 0.1}, name="gaussians", test_share=test_share)
    losses = trainer.history.test_loss if test_share else trainer.history.loss
    assert losses[-1] <= 0.1 < losses[:-1].min()
    trainer = trained({"accuracy": 0.99}, name="xor", hidden_layers=(6,), test_share=test_share, noise=0.02)
    accuracies = trainer.history.test_accuracy if test_share else trainer.history.accuracy
    assert accuracies[-1] >= 0.99 > accuracies[:-1].max()
    assert f"{100 * accuracies[-1]:.1f}\u2009%, and 99\u2009% was wanted" in trainer._message["text"]


def test_a_run_ends_when_the_loss_has_not_been_less_for_so_many_epochs(trained):
    trainer = trained({"patience": 6})
    losses = trainer.history.test_loss
    assert np.argmin(losses) == len(losses) - 1 - 6
    assert "for 6 epochs the test loss has not been less than" in trainer._message["text"]
    # The next run waits anew.
    before = trainer.epoch
    trainer.train()
    trainer.wait(PATIENCE)
    assert trainer.epoch >= before + 6


def test_conditions_may_be_changed_while_it_trains(trained):
    trainer = trained({}, epochs=2)
    trainer.train()
    trainer.stop_when = {"loss": 10.0}
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer._loop.stop_when) == ("idle", {"loss": 10.0})
    trainer.stop_when = {}
    trainer.train(epochs=5)
    trainer.wait(PATIENCE)
    assert trainer._message is None


def test_single_steps_are_made_whatever_is_met(make):
    trainer = make(stop_when={"loss": 10.0})
    trainer.step(3, "epoch")
    assert trainer.epoch == 3


@pytest.mark.parametrize("test_share", [0.0, 0.3])
def test_values_have_no_accuracy_to_be_met(trained, test_share):
    trainer = trained({"accuracy": 0.0, "epoch": 4}, epochs=9, name="plane", test_share=test_share)
    assert (trainer.epoch, trainer._message["text"]) == (4, "4 epochs were wanted. Play goes on.")


def test_losses_of_another_kind_are_not_compared(make):
    trainer = make(stop_when={"patience": 3}, loss_fn="mse")
    trainer.on_epoch_end(lambda trainer: trainer.epoch == 4 and setattr(trainer, "loss_fn", "bce"))
    trainer.train(epochs=12)
    trainer.wait(PATIENCE)
    losses = trainer.history.loss[4:]
    assert losses[0] > trainer.history.loss[3]
    best = int(np.argmin(losses))
    assert trainer.epoch == 12 or best == len(losses) - 4


def test_conditions_are_in_configurations_and_files(make, tmp_path):
    trainer = make("circles", n_samples=40, stop_when={"patience": 3, "accuracy": 0.9})
    config = json.loads(json.dumps(trainer.config()))
    trainer.save(tmp_path / "run")
    for twin in (PlanarTrainer.from_config(config), PlanarTrainer.load(tmp_path / "run")):
        assert twin.stop_when == twin._loop.stop_when == {"accuracy": 0.9, "patience": 3}
        twin.close()


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"epochs": 3}, "no 'epochs'; there are 'epoch', 'loss', 'accuracy', 'patience'"),
        ({"epoch": 0}, "epoch must be a whole number of at least 1"),
        ({"accuracy": 95}, "accuracy must be a finite number of at least 0 and at most 1"),
        ({"patience": 1.5}, "patience must be a whole number"),
        ({"loss": math.nan}, "loss must be a finite number"),
        (3, "stop_when"),
    ],
)
def test_what_cannot_be_met_is_refused(make, conditions, message):
    trainer = make(stop_when={"epoch": 9})
    with pytest.raises(TraitError, match=message):
        trainer.stop_when = conditions
    assert trainer.stop_when == trainer._loop.stop_when == {"epoch": 9}


def test_what_is_none_does_not_count():
    assert checked_conditions({"epoch": None, "loss": 0}) == {"loss": 0.0}


@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12),
    conditions=st.fixed_dictionaries(
        {},
        optional={
            "epoch": st.integers(1, 12),
            "loss": st.floats(0, 1),
            "accuracy": st.floats(0, 1),
            "patience": st.integers(1, 5),
        },
    ),
)
def test_compiled_code_ends_where_python_does(rows, conditions):
    ours, compiled = new_watch(conditions), new_watch(conditions)
    for epoch, values in enumerate(rows, 1):
        row = np.array([epoch, 10.0 * epoch, *values])
        assert bool(kernel.is_met(row, compiled)) is is_met(row, ours)
        assert np.array_equal(ours, compiled)
