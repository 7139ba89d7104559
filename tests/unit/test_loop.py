"""The training loop: what its commands do, when its thread lives, and how a run ends."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from nnwidgets.training import commands as c
from nnwidgets.training.goal import Goal, Pace
from nnwidgets.training.loop import Unobserved
from nnwidgets.training.promptness import PROMPTNESS
from tests.unit.plain import PATIENCE, Gate, PlainRun, make_loop, same_bits, small_data

STEPS = 5  # batches in an epoch of `small_data()`


def finished(loop, **target):
    loop.call(c.Train(**target))
    loop.wait(PATIENCE)
    return loop


class Told(Unobserved):
    """Notes in which states it was told that there is something new."""

    def __init__(self):
        self.states = []

    def changed(self, loop):
        self.states.append(loop.status)


def test_a_mistake_that_ends_the_thread_is_shown_and_nothing_stays_in_a_hurry(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # it is printed, too
    loop, gate = make_loop(), Gate()
    loop.observer = told = Told()
    before = PROMPTNESS._waiting
    loop.submit(c.Do(gate))
    gate.wait()
    monkeypatch.setattr(loop, "_is_busy", lambda: 1 / 0)
    later = loop.submit(c.Do(lambda: None))
    gate.open()
    with pytest.raises(ZeroDivisionError):
        later.result(PATIENCE)
    gone(loop)
    assert (loop.status, told.states[-1:]) == ("error", ["error"])
    assert PROMPTNESS._waiting == before


def stepped(loop, n=1, unit="batch"):
    loop.call(c.Step(n, unit)).result(PATIENCE)


def gone(loop):
    """Wait until the loop's thread has ended."""
    with loop._wakeup:
        thread = loop._thread
    if thread is not None:
        thread.join(PATIENCE)
    assert not loop.is_alive


class Gated(nn.Module):
    """A logistic regression whose training waits at a gate in the given batch."""

    def __init__(self, at):
        super().__init__()
        self.layer, self.at, self.count, self.gate = nn.Linear(2, 1), at, 0, Gate()
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, x):
        if self.training:
            self.count += 1
            if self.count == self.at:
                self.gate()
        return torch.sigmoid(self.layer(x))


def gated(at, **settings):
    model = Gated(at)
    return make_loop(model=model, loss_fn="bce", **settings), model.gate


# --- runs


def test_a_run_of_a_given_length_ends_idle():
    loop = finished(make_loop(), epochs=3)
    assert (loop.status, loop.experiment.position.epoch, loop.experiment.position.step) == ("idle", 3, 3 * STEPS)
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(15).state())
    assert loop.history.last_epoch == 3
    assert loop.history.last_step == 15


def test_history_has_the_batches_and_the_epochs():
    loop = finished(make_loop(), steps=12)
    plain = PlainRun(small_data()).train(12)
    assert loop.history.steps[:, 1].tolist() == plain.losses
    assert loop.history.steps[:, 4].tolist() == plain.accuracies
    assert loop.history.epochs[:, 1].tolist() == [5, 10]
    assert loop.history.loss[1] == pytest.approx(sum(plain.losses[5:10]) / 5)
    assert loop.history.accuracy[1] == pytest.approx(sum(plain.accuracies[5:10]) / 5)


def test_the_test_set_is_judged_at_each_epochs_end():
    dataset = small_data(n_samples=40, test_share=0.25)
    loop = finished(make_loop(dataset), epochs=2)
    plain = PlainRun(dataset).train(12)
    with torch.no_grad():
        outputs = plain.model(torch.tensor(dataset.x_test))
    assert loop.history.test_loss[1] == nn.BCELoss()(outputs, torch.tensor(dataset.y_test)).item()
    right = (outputs > 0.5) == (torch.tensor(dataset.y_test) > 0.5)
    assert loop.history.test_accuracy[1] == right.float().mean().item()


@pytest.mark.parametrize(
    ("orders", "step"),
    [
        ([c.Train(epochs=2), c.Train(epochs=1)], 15),
        ([c.Train(steps=7), c.Train(steps=1)], 8),
        ([c.Train(steps=3), c.Train(epochs=1)], 5),
        ([c.Train(epochs=1), c.Train(steps=2)], 7),
        ([c.Train(), c.Train(epochs=2)], 10),
    ],
)
def test_training_more_while_training_adds_to_the_target(orders, step):
    loop, gate = gated(2)
    for order in orders[:1]:
        loop.call(order)
    gate.wait()
    rest = [loop.submit(order) for order in orders[1:]]
    gate.open()
    for future in rest:
        future.result(PATIENCE)
    loop.wait(PATIENCE)
    assert loop.experiment.position.step == step
    assert loop.status == "idle"


def test_a_run_without_a_target_goes_on_until_paused():
    loop, gate = gated(40)
    loop.call(c.Train())
    gate.wait()
    paused = loop.submit(c.Pause())
    gate.open()
    paused.result(PATIENCE)
    assert loop.status == "paused"
    assert loop.experiment.position.step == 40
    loop.wait(PATIENCE)


@pytest.mark.parametrize(("begun", "n", "step"), [(0, 1, 5), (2, 1, 5), (2, 2, 10), (5, 1, 10)])
def test_stepping_an_epoch_finishes_the_one_begun(begun, n, step):
    loop = make_loop()
    if begun:
        stepped(loop, begun)
    stepped(loop, n, "epoch")
    assert loop.experiment.position.step == step
    assert loop.status == "idle"


def test_steps_of_a_running_or_paused_loop_end_paused():
    loop, gate = gated(3)
    loop.call(c.Train())
    gate.wait()
    step = loop.submit(c.Step(2))
    gate.open()
    step.result(PATIENCE).result(PATIENCE)
    assert (loop.status, loop.experiment.position.step) == ("paused", 5)
    stepped(loop, 1)
    assert (loop.status, loop.experiment.position.step) == ("paused", 6)


def test_a_played_run_is_paced_and_makes_the_same_steps():
    loop = make_loop(speed=400.0)
    loop.call(c.Play())
    reached = threading.Event()
    loop.callbacks.append(lambda: reached.set() if loop.experiment.position.epoch >= 4 else None)
    assert reached.wait(PATIENCE)
    loop.call(c.Pause())
    steps = loop.experiment.position.step
    assert loop.status == "paused"
    assert same_bits(loop.experiment.model.state_dict(), PlainRun(small_data()).train(steps).state())


class Audience(Unobserved):
    def __init__(self):
        self.seen = self.there = True

    def is_seen(self):
        return self.seen

    def is_abandoned(self):
        return not self.there


@pytest.mark.parametrize(
    ("order", "absence", "stops"),
    [
        (c.Play(), "seen", True),
        (c.Train(), "there", True),
        (c.Train(), "seen", False),
        (c.Train(steps=10), "there", False),
        (c.Train(steps=10), "seen", False),
    ],
)
def test_only_what_was_to_be_seen_pauses_when_nobody_looks(order, absence, stops):
    loop, gate = gated(2, speed=None)
    loop.observer = Audience()
    loop.call(order)
    gate.wait()
    setattr(loop.observer, absence, False)
    reached = threading.Event()
    loop.callbacks.append(lambda: reached.set() if loop.experiment.position.epoch == 2 else None)
    gate.open()
    if stops:
        loop.wait(PATIENCE)
        assert loop.status == "paused"
        assert not reached.is_set()
    else:
        assert reached.wait(PATIENCE)
        loop.close()


class Photographer(Unobserved):
    """Notes after which step a picture was taken; `due` says when one is wanted."""

    def __init__(self, due):
        self.due, self.taken = due, []

    def next_frame(self):
        return self.due

    next_look = next_frame

    def frame(self, loop):
        self.taken.append(loop.experiment.position.step)


def test_whoever_looks_is_told_when_steps_begin_and_not_while_the_optimizer_is_made():
    told, stepped = [], threading.Event()
    loop = make_loop(optimizer=lambda parameters: told.append("optimizer") or torch.optim.SGD(parameters, lr=0.1))
    told.clear()
    loop.experiment._optimizer = None
    loop.observer.began = lambda: told.append("began")
    loop.observer.is_seen = lambda: told.append("seen") or True
    loop.experiment.train_model.register_forward_pre_hook(lambda *_: stepped.set())
    loop.call(c.Play())
    assert stepped.wait(PATIENCE)
    loop.call(c.Hold())
    assert told[:3] == ["optimizer", "began", "seen"]
    told.clear()
    stepped.clear()
    loop.call(c.Release())
    assert stepped.wait(PATIENCE)
    loop.close()
    assert told[:2] == ["began", "seen"]


def test_a_command_that_waits_comes_before_a_picture():
    loop, gate = gated(1)
    loop.observer = Photographer(due=0.0)
    loop.call(c.Train(epochs=1))
    gate.wait()
    paused = loop.submit(c.Pause())
    gate.open()
    paused.result(PATIENCE)
    assert (loop.experiment.position.step, loop.observer.taken) == (1, [])


def test_a_picture_that_is_wanted_sooner_than_it_was_does_not_wait_for_the_epoch():
    loop, gate = gated(2)
    loop.observer = Photographer(due=float("inf"))
    ended = threading.Event()
    loop.callbacks.append(ended.set)
    loop.call(c.Train(epochs=1))
    gate.wait()
    loop.observer.due = 0.0
    loop.look_again()
    gate.open()
    assert ended.wait(PATIENCE)
    assert loop.observer.taken[:2] == [2, 3]


def test_steps_asked_for_one_after_the_other_are_all_made():
    loop = make_loop()
    gate = Gate()
    loop.experiment.train_model.register_forward_pre_hook(gate)
    futures = [loop.submit(c.Step()) for _ in range(3)]
    gate.wait()
    futures += [loop.submit(c.Step(2)), loop.submit(c.Step(1, "epoch"))]
    gate.open()
    for future in futures:
        future.result(PATIENCE).result(PATIENCE)
    assert (loop.experiment.position.epoch, loop.experiment.position.samples) == (2, 0)
    assert loop.status == "idle"


def test_play_after_a_step_goes_on_until_it_is_paused():
    loop = make_loop()
    gate = Gate()
    loop.experiment.train_model.register_forward_pre_hook(gate)
    loop.submit(c.Step())
    gate.wait()
    played = loop.submit(c.Play())
    gate.open()
    played.result(PATIENCE)
    assert loop.goal.endless
    loop.call(c.Pause())
    assert loop.status == "paused"


def test_pace_makes_what_is_due_and_does_not_catch_up_after_a_long_stall():
    pace = Pace()
    assert pace.due(100.0, 64.0) == 1
    pace.made(1)
    assert pace.due(100.0 + 0.5 / 64, 64.0) == 0
    assert pace.wait(1, 64.0) == 0.5 / 64
    assert pace.wait(3, 64.0) == 2.5 / 64
    assert pace.due(100.0 + 5 / 64, 64.0) == 5
    pace.made(5)
    assert pace.due(200.0, 64.0) == 32  # half a second's


def test_the_epoch_a_run_will_end_in_is_known_where_it_has_one():
    position = make_loop().experiment.position
    goal = Goal()
    goal.add(3, None)
    assert not goal.reached(position)
    assert goal.target_epoch(position) == 3
    goal.add(2, None)
    assert goal.target_epoch(position) == 5
    goal.add(None, 4)
    assert goal.target_epoch(position) is None
    goal.add(None, None)
    assert goal.target_epoch(position) is None


# --- its thread


def test_an_idle_loop_has_no_thread():
    loop = make_loop()
    assert not loop.is_alive
    finished(loop, epochs=1)
    gone(loop)
    loop.call(c.SetLearningRate(0.2))
    gone(loop)


def test_the_callers_number_of_threads_stays():
    before = torch.get_num_threads()
    finished(make_loop(), epochs=1)
    assert torch.get_num_threads() == before


@pytest.mark.fault("verbs of several threads")
def test_commands_of_many_threads_are_all_carried_out():
    loop = make_loop()
    errors = []

    def work(number):
        try:
            for index in range(20):
                if number % 2:
                    loop.call(c.SetLearningRate(0.01 * (1 + number)))
                elif index % 5 == 0:
                    loop.call(c.Pause())
                else:
                    loop.call(c.Train(steps=3))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test must see it
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []
    loop.wait(PATIENCE)
    gone(loop)
    plain = PlainRun(small_data())
    for entry in loop.journal:
        plain.train(entry.step - plain.step)
        plain.change("learning_rate", entry.change.value)
    plain.train(loop.experiment.position.step - plain.step)
    assert same_bits(loop.experiment.model.state_dict(), plain.state())


def test_waiting_no_longer_than_asked_leaves_the_run_alone():
    loop, gate = gated(7)
    loop.call(c.Train(steps=10))
    gate.wait()
    with pytest.raises(TimeoutError):
        loop.wait(0.01)
    assert loop.status == "running"
    gate.open()
    loop.wait(PATIENCE)
    assert loop.experiment.position.step == 10


# --- closing


def test_a_closed_loop_says_so_and_can_still_be_read():
    loop = finished(make_loop(), epochs=1)
    loop.close()
    loop.close()
    assert loop.status == "closed"
    for command in (c.Train(), c.Play(), c.Step(), c.SetLearningRate(1.0), c.Rewind(0)):
        with pytest.raises(RuntimeError, match="closed"):
            loop.call(command)
    assert loop.call(c.Do(lambda: loop.history.last_epoch)) == 1
    gone(loop)


def test_closing_while_running_ends_the_run_and_lets_waiters_go():
    loop, gate = gated(3)
    loop.call(c.Train())
    gate.wait()
    waiter = threading.Thread(target=loop.wait)
    waiter.start()
    closers = [threading.Thread(target=loop.close) for _ in range(2)]
    for closer in closers:
        closer.start()
    gate.open()
    for thread in (waiter, *closers):
        thread.join(PATIENCE)
        assert not thread.is_alive()
    gone(loop)
    assert loop.status == "closed"


def test_commands_queued_behind_a_close_are_refused():
    loop, gate = gated(3)
    loop.call(c.Train())
    gate.wait()
    closing, late = loop.submit(c.Close()), loop.submit(c.Train())
    gate.open()
    closing.result(PATIENCE)
    with pytest.raises(RuntimeError, match="closed"):
        late.result(PATIENCE)
    assert loop.status == "closed"


def test_closing_a_held_run_lets_waiters_go():
    loop = make_loop()
    loop.call(c.Hold())
    loop.call(c.Train())
    waiter = threading.Thread(target=loop.wait)
    waiter.start()
    gone(loop)
    loop.close()
    waiter.join(PATIENCE)
    assert not waiter.is_alive()
