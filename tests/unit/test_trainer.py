"""`PlanarTrainer` without a browser: its defaults, its numbers, its verbs, and how it gets on with cells."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
import torch
from torch import nn

from nnwidgets import PlanarTrainer, make_planar
from nnwidgets.training.commands import Change, Do
from nnwidgets.widgets._base import Trainer
from tests.unit.plain import PATIENCE, PlainRun, bits, same_bits, small_data


def by_hand(steps, **settings):
    return PlainRun(small_data(), **settings).train(steps)


def wait_for(trainer, name, condition):
    """Wait until a trait has a value that fulfils the condition."""
    there = threading.Event()
    trainer.observe(lambda change: there.set() if condition(change.new) else None, name)
    if not condition(getattr(trainer, name)):
        assert there.wait(PATIENCE)
    trainer.unobserve_all(name)


def test_the_defaults_are_the_classic_experiment(make):
    trainer = make("circles")
    assert repr(trainer.model) == (
        "Sequential(\n  (0): Linear(in_features=2, out_features=2, bias=True)\n  (1): Tanh()\n"
        "  (2): Linear(in_features=2, out_features=1, bias=True)\n  (3): Sigmoid()\n)"
    )
    assert sum(parameter.numel() for parameter in trainer.model.parameters()) == 9
    assert trainer.dataset.same_as(make_planar("circles"))
    assert trainer.dataset.x_train.shape == (500, 2)
    assert (trainer.learning_rate, trainer.batch_size, trainer.optimizer, trainer.seed) == (0.1, 5, "sgd", 0)
    assert type(trainer.optimizer_) is torch.optim.SGD
    assert (trainer.status, trainer.epoch, trainer.step_count, trainer.engine_name) == ("idle", 0, 0, "eager")
    assert (trainer.running_loss, trainer.running_accuracy, trainer.test_loss, trainer.test_accuracy) == (None,) * 4
    assert not trainer._loop.is_alive
    trainer.step()
    assert trainer.step_count == 1
    assert trainer._network["steps_per_epoch"] == 100


@pytest.mark.parametrize(("ground", "lacks"), [(Trainer, "_make_loop"), (Change, "apply")])
def test_what_others_are_built_on_cannot_be_made_by_itself(ground, lacks):
    with pytest.raises(TypeError, match=f"abstract .*{lacks}"):
        ground()


def test_numbers_are_those_of_plain_pytorch(make):
    dataset = small_data(n_samples=40, test_share=0.25)
    trainer = make(dataset)
    for n, unit in ((3, "batch"), (1, "epoch"), (2, "batch")):
        trainer.step(n, unit)
        plain = PlainRun(dataset).train(trainer.step_count)
        x_test, y_test = torch.tensor(dataset.x_test), torch.tensor(dataset.y_test)
        for x, y, kind in ((plain.x, plain.y, ""), (x_test, y_test, "test_")):
            outputs = plain.model(x)
            assert getattr(trainer, f"{kind}loss") == plain.loss_fn(outputs, y).item()
            right = ((outputs > 0.5) == (y > 0.5)).float().mean().item()
            assert getattr(trainer, f"{kind}accuracy") == right
        begun = plain.epoch_ends[max(plain.epoch_ends)]
        batches = slice(begun, None) if begun < plain.step else slice(plain.epoch_ends[plain.epoch - 1], None)
        assert trainer.running_loss == pytest.approx(sum(plain.losses[batches]) / len(plain.losses[batches]))
        assert trainer.running_accuracy == pytest.approx(
            sum(plain.accuracies[batches]) / len(plain.accuracies[batches])
        )


def test_train_returns_at_once_and_wait_waits(make):
    trainer = make()
    assert trainer.train(epochs=3) is None
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch, trainer.step_count) == ("idle", 3, 15)
    assert same_bits(trainer.model.state_dict(), by_hand(15).state())
    trainer.wait(PATIENCE)


def test_a_played_run_goes_on_until_paused(make):
    trainer = make(speed=None)
    trainer.play()
    assert trainer.status == "running"
    wait_for(trainer, "epoch", lambda epoch: epoch > 3)
    trainer.pause()
    assert trainer.status == "paused"
    assert same_bits(trainer.model.state_dict(), by_hand(trainer.step_count).state())


def test_steps_return_when_done(make):
    trainer = make()
    trainer.step()
    assert trainer.step_count == 1
    trainer.step(3)
    assert trainer.step_count == 4
    trainer.step(unit="epoch")
    assert (trainer.step_count, trainer.epoch) == (5, 1)
    trainer.step(2, "epoch")
    assert (trainer.step_count, trainer.epoch, trainer.status) == (15, 3, "idle")


@pytest.mark.parametrize(
    ("verb", "error", "message"),
    [
        (lambda t: t.train(0), ValueError, "epochs"),
        (lambda t: t.train(steps=-1), ValueError, "steps"),
        (lambda t: t.train(1.5), TypeError, "epochs"),
        (lambda t: t.train(True), TypeError, "epochs"),
        (lambda t: t.train(1, 1), ValueError, "not both"),
        (lambda t: t.step(0), ValueError, "n must be"),
        (lambda t: t.step(unit="year"), ValueError, '"batch" or "epoch"'),
        (lambda t: t.reset(-1), ValueError, "seed"),
        (lambda t: t.reset("x"), TypeError, "seed"),
        (lambda t: t.rewind(1), ValueError, "between 0 and 0"),
        (lambda t: t.rewind(-1), ValueError, "epoch"),
        (lambda t: t.edit("0.wait", 1.0), ValueError, "no parameter '0.wait'; there are 0.weight, "),
        (lambda t: t.edit("0.weight", [1.0, 2.0, 3.0]), ValueError, r"shape \(2, 2\)"),
        (lambda t: t.edit("0.weight", 1.0, (5, 5)), ValueError, r"shape \(2, 2\)"),
    ],
)
def test_a_verb_that_cannot_be_obeyed_says_why_and_does_nothing(make, verb, error, message):
    trainer = make()
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    with pytest.raises(error, match=message):
        verb(trainer)
    assert same_bits(trainer.model.state_dict(), before)
    assert (trainer.status, trainer.seed, trainer.step_count) == ("idle", 0, 0)
    assert trainer._loop.journal == []


def test_an_edit_is_seen_in_the_numbers_and_in_the_journal(make):
    trainer = make()
    trainer.step(2)
    loss = trainer.loss
    trainer.edit("0.weight", 0.75, (1, 0))
    trainer.edit("2.bias", 0.5)
    trainer.edit("0.bias", [0.1, -0.1])
    assert trainer.model[0].weight[1, 0] == 0.75
    assert trainer.model[2].bias.item() == 0.5
    assert trainer.model[0].bias.tolist() == pytest.approx([0.1, -0.1])
    assert trainer.loss != loss
    outputs = trainer.model(torch.tensor(trainer.dataset.x_train))
    assert trainer.loss == nn.BCELoss()(outputs, torch.tensor(trainer.dataset.y_train)).item()
    assert [entry.step for entry in trainer._loop.journal] == [2, 2, 2]


def test_reset_begins_again_with_the_same_seed_unless_another_is_given(make):
    trainer = make()
    trainer.step(4)
    trainer.reset()
    assert (trainer.step_count, trainer.status, trainer.seed) == (0, "idle", 0)
    assert same_bits(trainer.model.state_dict(), by_hand(0).state())
    trainer.reset(seed=6)
    assert trainer.seed == 6
    trainer.step(4)
    assert same_bits(trainer.model.state_dict(), by_hand(4, seed=6).state())
    trainer.reset()
    assert same_bits(trainer.model.state_dict(), by_hand(0, seed=6).state())


def test_a_seed_takes_effect_with_the_next_reset(make):
    trainer = make()
    trainer.seed = 9
    trainer.step(2)
    assert same_bits(trainer.model.state_dict(), by_hand(2).state())
    trainer.reset()
    assert same_bits(trainer.model.state_dict(), by_hand(0, seed=9).state())


def test_rewinding_takes_the_settings_along(make):
    trainer = make()
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    trainer.learning_rate, trainer.hidden_layers, trainer.noise = 0.5, (3,), 0.2
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    trainer.rewind(0)
    assert (trainer.learning_rate, trainer.hidden_layers, trainer.noise) == (0.1, (2,), 0.1)
    assert (trainer.epoch, trainer.status, trainer.dataset.same_as(small_data())) == (0, "paused", True)
    trainer.rewind(2)
    assert (trainer.learning_rate, trainer.hidden_layers, trainer.noise) == (0.5, (3,), 0.2)
    assert len(trainer.model[0].weight) == 3


# --- the live model and the cells


def test_a_model_of_the_users_is_trained_itself(make):
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    trainer = make(model=model)
    before = bits(model[0].weight)
    trainer.step(3)
    assert trainer.model is model
    assert bits(model[0].weight) != before
    assert trainer._network["editable"] is False


def test_what_a_cell_writes_is_adopted_when_the_cell_ends(make):
    trainer = make()
    trainer.step(2)
    with torch.no_grad():
        trainer.model[0].weight.zero_()
        trainer.model[2].bias.fill_(0.5)
    shown = trainer._snapshot["number"]
    trainer._cell_ended()
    wait_for(trainer, "_snapshot", lambda snapshot: snapshot["number"] > shown)
    trainer.step(3)
    plain = by_hand(2)
    plain.change("edit", ("0.weight", 0.0))
    plain.change("edit", ("2.bias", 0.5))
    assert same_bits(trainer.model.state_dict(), plain.train(3).state())
    assert [entry.step for entry in trainer._loop.journal] == [2]


def test_a_cell_that_only_reads_leaves_no_trace(make):
    trainer = make()
    trainer.step(2)
    shown = trainer._snapshot["number"]
    trainer.model(torch.zeros(3, 2))
    trainer._cell_ended()
    trainer.wait(PATIENCE)
    assert trainer._loop.journal == []
    assert trainer._snapshot["number"] == shown


def test_a_run_held_for_a_block_goes_on_after_it(make):
    trainer = make(speed=None)
    trainer.train()
    wait_for(trainer, "epoch", lambda epoch: epoch > 1)
    with trainer.paused() as same:
        assert same is trainer
        assert trainer.status == "paused"
        step = trainer.step_count
        with trainer.paused():
            trainer.model[0].weight.data.fill_(0.5)
        assert trainer.status == "paused"
        assert trainer._loop.experiment.position.step == step
    assert trainer.status == "running"
    wait_for(trainer, "step_count", lambda count: count > step + 20)
    trainer.pause()
    plain = by_hand(step)
    plain.change("edit", ("0.weight", 0.5))
    assert same_bits(trainer.model.state_dict(), plain.train(trainer.step_count - step).state())


def test_a_run_begun_while_held_waits_for_the_block_to_end(make):
    trainer = make()
    with trainer.paused():
        trainer.train(epochs=1)
        assert (trainer.status, trainer.step_count) == ("paused", 0)
        for verb in (trainer.step, trainer.wait):
            with pytest.raises(RuntimeError, match="paused"):
                verb()
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch) == ("idle", 1)


def test_an_idle_trainer_held_stays_idle(make):
    trainer = make()
    with trainer.paused():
        trainer.model[0].weight.data.fill_(0.5)
        assert trainer.status == "idle"
    assert trainer.status == "idle"
    assert len(trainer._loop.journal) == 1


def test_an_exception_in_a_held_block_lets_the_run_go_on(make):
    trainer = make()
    trainer.train()
    with pytest.raises(ZeroDivisionError), trainer.paused():
        1 / 0  # noqa: B018
    assert trainer.status == "running"
    trainer.pause()


def test_closing_in_a_held_block_is_no_error(make):
    trainer = make()
    with trainer.paused():
        trainer.close()
    assert trainer.status == "closed"


def test_the_optimizer_is_one_and_the_same_from_the_first_moment(make):
    trainer = make(optimizer="adam")
    trainer.train(epochs=4)
    found = trainer.optimizer_
    trainer.wait(PATIENCE)
    assert trainer.optimizer_ is found
    assert same_bits(trainer.model.state_dict(), by_hand(20, optimizer="adam").state())
    trainer.close()
    assert trainer.optimizer_ is found


# --- its end


def test_a_closed_trainer_can_be_read_and_says_that_it_is_closed(make):
    trainer = make()
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    trainer.close()
    trainer.close()
    assert trainer.status == "closed"
    assert trainer.history.last_epoch == 2
    assert same_bits(trainer.model.state_dict(), by_hand(10).state())
    assert "for epoch in range(2)" in trainer.to_code()
    assert trainer.figure().axes
    for verb in (trainer.train, trainer.play, trainer.step, trainer.reset, trainer.wait):
        with pytest.raises(RuntimeError, match="closed"):
            verb()
    trainer._cell_ended()


def test_closing_stops_a_run(make):
    trainer = make()
    trainer.train()
    trainer.close()
    assert trainer.status == "closed"


def test_200_trainers_made_trained_and_closed_leave_no_thread():
    before = set(threading.enumerate())
    dataset = small_data()
    for index in range(200):
        trainer = PlanarTrainer(dataset)
        trainer.train(steps=3)
        if index % 3:
            trainer.wait(PATIENCE)
        if index % 5 == 0:
            trainer.play()
        trainer.close()
        assert trainer.status == "closed"
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= before


def test_a_closed_trainer_can_be_forgotten():
    trainer = PlanarTrainer(small_data())
    trainer.step(2)
    trainer.close()
    model = weakref.ref(trainer.model)
    gone = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert gone() is None
    assert model() is None


def test_penalties_take_effect_at_the_next_step_and_are_kept(make, tmp_path):
    trainer = make(l2=0.02)
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    trainer.l1 = 0.01
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    assert [(entry.step, entry.change.l1, entry.change.l2) for entry in trainer._loop.journal] == [(10, 0.01, 0.02)]
    scope = {}
    exec(trainer.to_code(), scope)
    assert same_bits(scope["model"].state_dict(), trainer.model.state_dict())
    ended = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.rewind(1)
    assert (trainer.l1, trainer.l2) == (0.0, 0.02)
    trainer.rewind(4)
    assert same_bits(ended, trainer.model.state_dict())
    trainer.save(tmp_path / "run.nnw")
    loaded = type(trainer).load(tmp_path / "run.nnw")
    assert (loaded.l1, loaded.l2) == (trainer.l1, trainer.l2)
    assert (loaded.config()["l1"], loaded.config()["l2"]) == (trainer.l1, 0.02)
    loaded.close()


def test_a_penalty_is_not_lost_while_the_answer_to_an_earlier_one_arrives(make):
    trainer = make()
    loop, release = trainer._loop, threading.Event()
    loop.submit(Do(release.wait))
    trainer._handle_custom_msg({"type": "set", "name": "l1", "value": 0.5}, [])
    trainer._follow(loop)  # what the training thread does with anything that happened before
    trainer._handle_custom_msg({"type": "set", "name": "l2", "value": 0.25}, [])
    release.set()
    trainer.pause()
    assert (trainer.l1, trainer.l2) == (0.5, 0.25)


def test_a_penalty_makes_weights_small_and_leaves_biases_alone(make):
    free, bound = make(seed=3), make(seed=3, l2=0.5)
    for trainer in (free, bound):
        trainer.train(epochs=200)
        trainer.wait(PATIENCE)
    assert bound.model[0].weight.norm() < 0.1 * free.model[0].weight.norm()
    fresh = make(seed=3, l1=0.5)
    before = fresh.model[0].bias.detach().clone()
    fresh.train(steps=1)
    fresh.wait(PATIENCE)
    plain = make(seed=3)
    plain.train(steps=1)
    plain.wait(PATIENCE)
    assert not torch.equal(before, fresh.model[0].bias)
    assert torch.equal(plain.model[0].bias, fresh.model[0].bias)
    assert not torch.equal(plain.model[0].weight, fresh.model[0].weight)
