"""BackpropExplorer on a trainer: its next step before it is made, made by that very trainer, which is left alone."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import BackpropExplorer, FunctionTrainer, ImageTrainer, PerceptronTrainer, PlanarTrainer
from tests.unit.background import messages, read, refused_in_a_callback, tell, train_on, until
from tests.unit.plain import PATIENCE, flat, maker
from tests.unit.scripts import printed

make = maker(PlanarTrainer, engine="eager")
look = maker(BackpropExplorer)
sent = messages()


def test_a_trainer_that_is_looked_at_trains_as_if_it_were_not(make, look):
    """Its own step, made from there or here, and its random numbers are the same to the last bit."""
    settings = {"hidden_layers": (4,), "dropout": 0.3, "optimizer": "adam", "seed": 3}
    alone, seen = make(**settings), make(**settings)
    explorer = look(seen)
    for _ in range(3):
        explorer.wait(PATIENCE)
        updated = read(explorer._pass, "updated", -1).copy()
        explorer.next_pass()
        alone.step()
        np.testing.assert_array_equal(flat(seen.model.parameters()), flat(alone.model.parameters()))
        np.testing.assert_array_equal(flat(seen.model.parameters()), updated.astype(np.float32))
    seen.step(7)
    alone.step(7)
    explorer.measure()
    train_on(explorer, seen, alone)


def test_what_is_shown_is_the_next_mini_batch(make, look):
    trainer = make("moons", batch_size=3)
    explorer = look(trainer, sample=2)
    explorer.wait(PATIENCE)
    assert (explorer._pass["owner"], explorer._pass["label"]) == ("trainer", "PlanarTrainer, step 1")
    assert (len(explorer.inputs), len(explorer.targets), explorer.loss_fn) == (3, 3, "bce")
    assert explorer.learning_rate == trainer.learning_rate
    np.testing.assert_array_equal(np.float32(explorer.weights), flat(trainer.model.parameters()))
    model, x = trainer.model, torch.tensor(explorer.inputs)
    loss = torch.nn.BCELoss()(model(x), torch.tensor(explorer.targets))
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    assert explorer.loss == loss.item()
    assert explorer.gradient("0.weight[0, 0]") == gradients[0][0, 0].item()
    assert explorer.value("x1") == np.float32(explorer.inputs[1][0])
    loss_before = explorer.loss
    trainer.step()
    explorer.wait(PATIENCE)
    assert (explorer.number, trainer.step_count) == (2, 1)
    assert trainer.running_loss == pytest.approx(loss_before)


def test_whatever_is_done_to_the_trainer_is_seen(make, look):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    trainer.edit("0.weight", 0.5, (1, 0))
    explorer.wait(PATIENCE)
    assert explorer.weights[2] == 0.5
    trainer.learning_rate = 0.75
    explorer.wait(PATIENCE)
    assert explorer.learning_rate == explorer._pass["learning_rate"] == 0.75
    trainer.batch_size = 2
    explorer.wait(PATIENCE)
    assert (explorer._pass["batch"], len(explorer.inputs)) == (2, 2)
    with trainer.paused(), torch.no_grad():
        trainer.model[0].bias.fill_(0.25)
    assert explorer.value("b1") == 0.25
    trainer.hidden_layers = (3,)
    explorer.wait(PATIENCE)
    assert len(explorer.weights) == 13
    trainer.optimizer = "adam"
    explorer.wait(PATIENCE)
    assert explorer._pass["rule"] == "Adam"
    trainer.reset()
    explorer.wait(PATIENCE)
    assert explorer.number == 1


def test_edits_here_are_the_trainers_own(make, look):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    before = flat(trainer.model.parameters())
    weights = list(explorer.weights)
    weights[2] = 0.5
    explorer.set_state({"weights": weights, "learning_rate": 0.25})
    explorer.wait(PATIENCE)
    assert (trainer.learning_rate, explorer.learning_rate) == (0.25, 0.25)
    assert np.flatnonzero(flat(trainer.model.parameters()) != before).tolist() == [2]
    assert trainer.model[0].weight[1, 0].item() == explorer.weights[2] == 0.5
    trainer.undo_edit()
    explorer.wait(PATIENCE)
    np.testing.assert_array_equal(flat(trainer.model.parameters()), before)
    np.testing.assert_array_equal(np.float32(explorer.weights), before)


def test_an_edit_of_what_was_seen_leaves_what_has_been_learned_since(make, look):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    weights = list(explorer.weights)
    weights[0] = 0.5
    end, explorer._end_watching = explorer._end_watching, None
    end()  # as if the step had not been heard of yet
    trainer.step()
    learned = flat(trainer.model.parameters())
    explorer.weights = weights
    explorer.wait(PATIENCE)
    assert flat(trainer.model.parameters())[0] == 0.5
    np.testing.assert_array_equal(flat(trainer.model.parameters())[1:], learned[1:])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("inputs", ((1, 2),), "inputs are the trainer's next mini-batch"),
        ("targets", ((1,),) * 5, "targets are the trainer's next mini-batch"),
        ("hidden_layers", (3,), "this network is the trainer's"),
        ("activation", "relu", "this network is the trainer's"),
        ("seed", 4, "this network is the trainer's"),
        ("loss_fn", "mse", "this loss is the trainer's"),
        ("weights", (), "the 9 weights and biases"),
        ("learning_rate", -1.0, "learning_rate must be"),
    ],
)
def test_what_is_the_trainers_is_refused(make, look, name, value, says):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    with pytest.raises(traitlets.TraitError, match=says):
        setattr(explorer, name, value)
    assert explorer.status == "ready"


def test_what_does_not_go_with_a_trainer_is_refused(make):
    trainer = make()
    with pytest.raises(TypeError, match="the trainer has inputs of its own"):
        BackpropExplorer(trainer, inputs=((1, 2),))
    with pytest.raises(TypeError, match=r"one of nnwidgets' trainers.*model="):
        BackpropExplorer(torch.nn.Linear(2, 1))
    with pytest.raises(TypeError, match="no argument 'trainr'"):
        BackpropExplorer(trainr=trainer)


def test_a_run_under_way_is_followed_and_said_not_to_be_settled(make, look):
    trainer = make(speed=None)
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    seen = []
    explorer.observe(lambda change: seen.append((change.new["settled"], len(change.new["epsilons"]))), "_pass")
    trainer.train(epochs=10**6)
    until(explorer, "_pass", lambda found: not found["settled"])
    until(explorer, "number", lambda number: number > 500)
    trainer.pause()
    trainer.wait(PATIENCE)
    explorer.wait(PATIENCE)
    assert explorer._pass["settled"]
    assert explorer.number == trainer.step_count + 1
    np.testing.assert_array_equal(np.float32(explorer.weights), flat(trainer.model.parameters()))
    assert {epsilons == 0 for settled, epsilons in seen if not settled} == {True}


@pytest.mark.parametrize("kind", [PlanarTrainer, FunctionTrainer, PerceptronTrainer], ids=lambda kind: kind.__name__)
def test_all_kinds_of_small_trainers_are_looked_at(look, kind):
    trainer = kind(engine="eager")
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    assert explorer._pass["label"] == f"{kind.__name__}, step 1"
    updated = read(explorer._pass, "updated", -1).astype(np.float32)
    explorer.next_pass()
    np.testing.assert_array_equal(flat(trainer.model.parameters()), updated)
    printed_loss = float(printed(explorer.to_code(), trainer=trainer).splitlines()[0].split()[1])
    assert printed_loss == pytest.approx(explorer.loss, rel=1e-5)
    assert repr(explorer) == "BackpropExplorer(trainer=trainer)"
    trainer.close()


def test_a_network_that_is_too_large_is_said_to_be(look):
    rng = np.random.default_rng(0)
    trainer = ImageTrainer((rng.random((20, 28, 28), dtype=np.float32), np.arange(20) % 2), hidden_layers=(100,))
    explorer = look(trainer)
    with pytest.raises(ValueError, match="too many"):
        explorer.wait(PATIENCE)
    assert "too many" in explorer._trouble
    trainer.close()


def test_neither_keeps_the_other(make):
    trainer = make()
    explorer = BackpropExplorer(trainer)
    explorer.wait(PATIENCE)
    explorer.close()
    trainer.step()
    assert trainer.step_count == 1
    held, bench = weakref.ref(explorer), weakref.ref(explorer._background)
    del explorer
    gc.collect()
    assert held() is None
    assert bench() is None
    trainer.step()
    assert trainer.step_count == 2


def test_a_trainer_that_is_gone_leaves_what_was_seen_of_it(look):
    trainer = PlanarTrainer(engine="eager")
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    before = explorer._pass
    trainer.close()
    explorer.wait(PATIENCE)
    with pytest.raises(RuntimeError, match="closed"):
        explorer.next_pass()
    assert explorer.value("x1") == np.float32(explorer.inputs[0][0])
    held = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert held() is None
    assert explorer._pass["number"] == before["number"]
    with pytest.raises(RuntimeError, match="gone"):
        explorer.measure()


def test_a_reset_is_of_the_view_alone(make, look):
    trainer = make()
    explorer = look(trainer)
    explorer.next_pass()
    explorer.step, explorer.detail, explorer.sample, explorer.epsilon = 7, "layer", 2, 0.1
    weights = flat(trainer.model.parameters())
    explorer.reset()
    explorer.wait(PATIENCE)
    assert (explorer.step, explorer.detail, explorer.number) == (1, "node", 2)
    np.testing.assert_array_equal(flat(trainer.model.parameters()), weights)
    assert set(explorer._about["first"]).isdisjoint({"weights", "inputs", "targets", "learning_rate"})


def test_a_view_steps_the_trainer_and_hears_why_it_cannot(make, look, sent):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    tell(explorer, "next_pass")
    explorer.wait(PATIENCE)
    assert trainer.step_count == 1
    with trainer.paused():
        tell(explorer, "next_pass")
        explorer.wait(PATIENCE)
    assert trainer.step_count == 1
    assert "held" in [each for each in sent if each["type"] == "refused"][-1]["message"]


def test_in_a_callback_of_the_training_waiting_is_refused(make, look):
    trainer = make()
    explorer = look(trainer)
    explorer.wait(PATIENCE)
    assert refused_in_a_callback(trainer, explorer.wait, explorer.measure, explorer.next_pass, explorer.figure)


def test_both_can_be_used_at_once_from_many_threads(make, look):
    trainer = make()
    explorer = look(trainer)
    failures = []

    def attempt(verb):
        try:
            for _ in range(5):
                verb()
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    verbs = [
        explorer.next_pass,
        trainer.step,
        explorer.measure,
        lambda: setattr(explorer, "learning_rate", explorer.learning_rate * 0.99),
        lambda: trainer.edit("2.bias", 0.1),
    ]
    threads = [threading.Thread(target=attempt, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failures
    explorer.wait(PATIENCE)
    assert trainer.step_count == 10
    assert explorer.number == 11
    np.testing.assert_array_equal(np.float32(explorer.weights), flat(trainer.model.parameters()))
