"""Going back: to any epoch, exactly, with the changes of that moment; and on from there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnwidgets.training import commands as c
from nnwidgets.training.settings import NetworkSpec
from tests.unit.plain import PATIENCE, PlainRun, bits, make_loop, same_bits, small_data

STEPS = 5  # batches in an epoch of `small_data()`


def trained(loop, **target):
    loop.call(c.Train(**target))
    loop.wait(PATIENCE)
    return loop


def at(loop):
    """Everything by which two places in a run can be told apart."""
    optimizer = loop.experiment.optimizer.state_dict()["state"]
    moments = [bits(value) for state in optimizer.values() for value in state.values() if torch.is_tensor(value)]
    weights = {name: bits(value) for name, value in loop.experiment.copy_state().items()}
    return weights, moments, loop.experiment.position, loop.experiment.settings


@pytest.mark.parametrize("checkpoint_bytes", [0, 25_000, 64 * 2**20])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_every_epoch_can_be_gone_to_in_any_order(optimizer, checkpoint_bytes):
    loop = make_loop(hidden=(3,), dropout=0.2, optimizer=optimizer, checkpoint_bytes=checkpoint_bytes)
    loop.experiment.optimizer  # noqa: B018 - made now, so that its state can be compared at epoch 0
    places = [at(loop), *(at(trained(loop, epochs=1)) for _ in range(12))]
    kept = len(loop.checkpoints.items)
    assert kept == {0: 2, 64 * 2**20: 13}.get(checkpoint_bytes, kept)
    assert checkpoint_bytes != 25_000 or 2 < kept < 13
    for epoch in (3, 11, 0, 12, 7, 7, 1, 12):
        loop.call(c.Rewind(epoch))
        assert at(loop)[0] == places[epoch][0]
        assert at(loop)[2:] == places[epoch][2:]
        if epoch:
            assert at(loop)[1] == places[epoch][1]
        assert loop.status == "paused"
        assert loop.past.rewound is (epoch < 12)
        assert loop.history.last_epoch == 12


def test_settings_edits_freezes_and_data_are_those_of_the_moment():
    loop = make_loop(small_data(), hidden=(3,), optimizer="adam", checkpoint_bytes=0)
    changes = [
        c.SetLearningRate(0.01),
        c.SetBatchSize(7),
        c.Edit({"0.weight": torch.ones(3, 2)}),
        c.Freeze(frozenset(["0.bias"])),
        c.SetNetwork(NetworkSpec((4, 2), "relu")),
        c.SetData(small_data("moons", 40)),
        c.SetOptimizer("rmsprop", 0.003),
    ]
    places = []
    for change in changes:
        trained(loop, steps=4)
        loop.call(change)
        places.append(at(trained(loop, epochs=1)))
    assert len({str(place[3]) for place in places}) == len(changes) - 1  # all but the edit are settings
    for index in (2, 6, 0, 5, 3, 1, 4, 6):
        loop.call(c.Rewind(places[index][2].epoch))
        assert at(loop) == places[index]


def test_going_on_from_the_past_drops_and_pins_what_came_after():
    loop = trained(make_loop(), epochs=4)
    whole = loop.history.steps, loop.history.epochs
    loop.call(c.Rewind(2))
    assert loop.history.last_epoch == 4
    trained(loop, steps=3)
    assert not loop.past.rewound
    assert (loop.history.last_step, loop.history.last_epoch) == (13, 2)
    (pinned,) = loop.history.pinned
    assert np.array_equal(pinned.steps, whole[0])
    assert np.array_equal(pinned.epochs, whole[1], equal_nan=True)
    with pytest.raises(ValueError, match="between 0 and 2"):
        loop.call(c.Rewind(3))
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(13).state())
    assert max(item.position.step for item in loop.checkpoints.items) == 10


@pytest.mark.parametrize("change", [c.SetLearningRate(0.5), c.Edit({"0.weight": torch.zeros(2, 2)})])
def test_a_change_made_in_the_past_drops_what_came_after_too(change):
    loop = trained(make_loop(), epochs=4)
    loop.call(c.Rewind(1))
    loop.call(change)
    assert loop.history.last_epoch == 1
    assert len(loop.history.pinned) == 1
    place = at(trained(loop, epochs=2))
    trained(loop, epochs=1)
    loop.call(c.Rewind(3))
    assert at(loop)[0] == place[0]
    assert at(loop)[3] == place[3]


@pytest.mark.parametrize("checkpoint_bytes", [0, 64 * 2**20])
@pytest.mark.parametrize("change", [c.SetLearningRate(0.5), c.Edit({"0.weight": torch.zeros(2, 2)})])
def test_what_was_changed_where_an_epoch_ended_is_undone_by_going_there(change, checkpoint_bytes):
    loop = trained(make_loop(checkpoint_bytes=checkpoint_bytes), epochs=2)
    place = at(loop)
    loop.call(change)
    changed = at(loop)
    assert changed != place
    loop.call(c.Rewind(2))
    assert at(loop) == place
    assert loop.past.rewound
    trained(loop, epochs=1)
    assert loop.journal == []
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(15).state())


@pytest.mark.parametrize("checkpoint_bytes", [0, 64 * 2**20])
def test_what_was_changed_before_the_first_step_belongs_to_the_beginning(checkpoint_bytes):
    loop = make_loop(checkpoint_bytes=checkpoint_bytes)
    loop.call(c.SetLearningRate(0.5))
    loop.call(c.Edit({"0.weight": torch.zeros(2, 2)}))
    place = at(loop)
    trained(loop, epochs=2)
    loop.call(c.Rewind(0))
    assert at(loop) == place


def test_changes_after_the_present_are_forgotten_when_it_goes_on():
    loop = trained(make_loop(), epochs=2)
    loop.call(c.SetLearningRate(0.9))
    trained(loop, epochs=1)
    loop.call(c.Rewind(1))
    assert loop.experiment.settings.learning_rate == 0.1
    assert len(loop.journal) == 1
    trained(loop, epochs=2)
    assert loop.journal == []
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(15).state())


def test_looking_at_the_past_changes_nothing():
    loop = trained(make_loop(optimizer="adam"), epochs=4)
    present = at(loop)
    loop.call(c.Rewind(1))
    loop.call(c.Rewind(4))
    assert at(loop) == present
    assert not loop.past.rewound
    assert same_bits(
        trained(loop, epochs=1).experiment.model.state_dict(),
        PlainRun(small_data(), optimizer="adam").train(25).state(),
    )
    assert loop.history.pinned == []


@pytest.mark.parametrize("epoch", [-1, 3])
def test_an_epoch_that_never_was_is_refused(epoch):
    loop = trained(make_loop(), epochs=2)
    before = at(loop)
    with pytest.raises(ValueError, match="between 0 and 2, the last one completed; got"):
        loop.call(c.Rewind(epoch))
    assert at(loop) == before
    assert loop.status == "idle"


def test_callbacks_are_not_called_again_for_the_past():
    loop = make_loop(checkpoint_bytes=0)
    epochs = []
    loop.callbacks.append(lambda: epochs.append(loop.experiment.position.epoch))
    trained(loop, epochs=3)
    loop.call(c.Rewind(2))
    assert epochs == [1, 2, 3]


def test_settings_moved_again_and_again_are_one_entry():
    loop = trained(make_loop(), steps=3)
    for value in (0.2, 0.3, 0.4):
        loop.call(c.SetLearningRate(value))
    assert [(entry.step, entry.change) for entry in loop.journal] == [(3, c.SetLearningRate(0.4))]
    assert repr(loop.journal[0]) == "<step 3: SetLearningRate>"


def test_edits_are_all_kept():
    loop = make_loop()
    loop.call(c.Edit({"0.bias": torch.ones(2)}))
    loop.call(c.Edit({"2.bias": torch.ones(1)}))
    assert len(loop.journal) == 2


def test_a_change_that_is_refused_leaves_no_entry():
    loop = trained(make_loop(), epochs=2)
    loop.call(c.Rewind(1))
    with pytest.raises(ValueError, match="between 1 and 23"):
        loop.call(c.SetBatchSize(24))
    assert loop.journal == []
    assert loop.history.last_epoch == 2


def test_reset_forgets_the_run_but_not_the_settings():
    loop = trained(make_loop(), epochs=2)
    loop.call(c.SetLearningRate(0.3))
    loop.call(c.SetBatchSize(9))
    loop.call(c.Reset(5))
    assert (loop.status, loop.experiment.position.step, loop.history.last_step) == ("idle", 0, 0)
    assert loop.journal == []
    settings = {"learning_rate": 0.3, "batch_size": 9, "seed": 5}
    trained(loop, steps=7)
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data(), **settings).train(7).state())
    loop.call(c.Rewind(0))
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data(), **settings).state())


class Moody(nn.Module):
    """Refuses to train while it is in a bad mood."""

    def __init__(self):
        super().__init__()
        self.layer, self.mood = nn.Linear(2, 1), ["good"]

    def forward(self, x):
        if self.training and self.mood[0] == "bad":
            raise RuntimeError("not today")
        return torch.sigmoid(self.layer(x))


def test_a_model_that_fails_when_it_runs_again_leaves_the_present_standing():
    model = Moody()
    loop = trained(make_loop(model=model, loss_fn="bce", checkpoint_bytes=0), epochs=4)
    before = at(loop)
    model.mood[0] = "bad"
    with pytest.raises(RuntimeError, match="not today"):
        loop.call(c.Rewind(2))
    assert at(loop) == before
    model.mood[0] = "good"
    assert loop.journal == []
    loop.call(c.Rewind(2))
    loop.call(c.Rewind(4))
    assert at(loop) == before


def test_a_long_run_goes_back_from_a_checkpoint_that_is_near():
    loop = make_loop(checkpoint_bytes=60_000)
    trained(loop, epochs=300)
    steps = [item.position.step for item in loop.checkpoints.items]
    assert max(np.diff(steps)) <= 300
    loop.call(c.Rewind(151))
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(151 * STEPS).state())


def test_frozen_parameters_stay_frozen_where_a_new_network_calls_them_otherwise():
    loop = make_loop(hidden=(3,))
    loop.call(c.Freeze(frozenset({"2.weight", "2.bias"})))
    loop.call(c.SetNetwork(NetworkSpec((3, 2))))
    assert loop.experiment.settings.frozen == {"4.weight", "4.bias"}
    weight = loop.experiment.model[4].weight
    before = weight.detach().clone()
    trained(loop, epochs=1)
    assert torch.equal(weight, before)
    loop.call(c.SetNetwork(NetworkSpec((3,), dropout=0.2)))
    assert loop.experiment.settings.frozen == {"3.weight", "3.bias"}


@pytest.mark.parametrize("checkpoint_bytes", [0, 64 * 2**20])
def test_a_learning_rate_schedule_is_repeated_with_the_run(checkpoint_bytes):
    loop = make_loop(optimizer="adam", checkpoint_bytes=checkpoint_bytes)
    schedule = torch.optim.lr_scheduler.ExponentialLR(loop.call(c.Do(lambda: loop.experiment.optimizer)), 0.5)
    loop.callbacks.append(schedule.step)
    places = [at(trained(loop, epochs=1)) for _ in range(4)]
    assert loop.experiment.settings.learning_rate == 0.1 / 16
    changes = [entry for entry in loop.journal if "lr" in entry.change.groups[0]]
    assert [entry.step for entry in changes] == [STEPS, 2 * STEPS, 3 * STEPS, 4 * STEPS]
    for epoch in (3, 1, 2):
        loop.call(c.Rewind(epoch))
        assert at(loop)[:2] == places[epoch - 1][:2]
        # Where an epoch ended the schedule had yet to make its step.
        assert loop.experiment.settings.learning_rate == 0.1 * 0.5 ** (epoch - 1)
    trained(loop, epochs=1)
    assert loop.experiment.settings.learning_rate == 0.1 * 0.5**2  # the schedule goes on with the same optimizer


def test_options_that_a_cell_sets_are_written_down_once():
    loop = trained(make_loop(), steps=3)
    loop.experiment.optimizer.param_groups[0]["momentum"] = 0.9
    loop.call(c.Adopt())
    loop.call(c.Adopt())
    (entry,) = loop.journal
    assert (entry.step, entry.change.groups) == (3, [{"momentum": 0.9}])
    place = at(trained(loop, steps=7))
    trained(loop, epochs=1)
    loop.call(c.Rewind(2))
    assert at(loop)[0] == place[0]


def test_a_learning_rate_set_in_a_callback_is_one_change():
    loop = make_loop()
    loop.callbacks.append(lambda: loop.call(c.SetLearningRate(0.01)))
    trained(loop, epochs=1)
    assert [type(entry.change) for entry in loop.journal] == [c.SetLearningRate]


def test_data_moved_again_and_again_are_one_entry_but_for_the_batches_that_few_samples_make_smaller():
    loop = trained(make_loop(batch_size=5), steps=2)
    for n_samples in (20, 30, 10):
        loop.call(c.SetData(small_data(n_samples=n_samples)))
    assert len(loop.journal) == 1
    loop.call(c.SetData(small_data(n_samples=4)))
    loop.call(c.SetData(small_data(n_samples=12)))
    assert len(loop.journal) == 2
    assert loop.experiment.settings.batch_size == 4
    place = at(trained(loop, epochs=1))
    trained(loop, epochs=1)
    loop.call(c.Rewind(1))
    assert at(loop) == place
