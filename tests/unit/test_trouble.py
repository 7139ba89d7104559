"""When something goes wrong in a run: what was learnt is kept, the reader is told, and training can go on."""

from __future__ import annotations

import math
import threading

import pytest
import torch
from torch import nn

from nnwidgets.networks import build_mlp
from nnwidgets.training.inspection import ModelChangedError
from tests.unit.plain import PATIENCE, PlainRun, same_bits, small_data


class Failing(nn.Module):
    """Raises in one batch of its training, and in no other."""

    def __init__(self, at, error=None):
        super().__init__()
        torch.manual_seed(2)
        self.layers, self.at, self.count, self.error = nn.Linear(2, 1), at, 0, error

    def forward(self, x):
        if self.training:
            self.count += 1
            if self.count == self.at:
                raise self.error
        return torch.sigmoid(self.layers(x))


def by_hand(steps, **settings):
    return PlainRun(small_data(), **settings).train(steps).state()


@pytest.mark.fault("model raises")
@pytest.mark.parametrize("error", [ValueError("I do not like step 37"), KeyError(), SystemExit(3), KeyboardInterrupt()])
def test_an_exception_of_the_model_stops_the_run_and_keeps_the_weights(make, error):
    trainer = make(model=Failing(37, error), loss_fn="bce")
    trainer.train(epochs=20)
    with pytest.raises(type(error)) as raised:
        trainer.wait(PATIENCE)
    assert raised.value is error
    assert trainer.status == "error"
    assert trainer.step_count == 36
    assert same_bits(trainer.model.state_dict(), by_hand(36, model=Failing(-1)))
    message = trainer._message
    assert message["kind"] == "error"
    assert message["title"] == f"{type(error).__name__} at step 37:"
    if str(error):
        assert str(error).strip("'") in message["text"]
    assert "36 steps are kept" in message["text"]
    assert "raise self.error" in message["detail"]
    with pytest.raises(type(error)):
        trainer.wait(PATIENCE)


@pytest.mark.fault("model raises")
def test_after_an_exception_training_can_go_on(make):
    trainer = make(model=Failing(37, ValueError("once")), loss_fn="bce")
    trainer.train(epochs=20)
    with pytest.raises(ValueError, match="once"):
        trainer.wait(PATIENCE)
    trainer.train(steps=4)
    trainer.wait(PATIENCE)
    assert trainer.status == "idle"
    assert trainer._message is None
    assert same_bits(trainer.model.state_dict(), by_hand(40, model=Failing(-1)))
    assert trainer.history.last_step == 40


@pytest.mark.fault("model raises")
def test_after_an_exception_one_can_go_back(make):
    trainer = make(model=Failing(37, ValueError("once")), loss_fn="bce")
    trainer.train(epochs=20)
    with pytest.raises(ValueError, match="once"):
        trainer.wait(PATIENCE)
    trainer.rewind(3)
    assert (trainer.status, trainer._message) == ("paused", None)
    assert same_bits(trainer.model.state_dict(), by_hand(15, model=Failing(-1)))


def test_stepping_into_an_exception_raises_it(make):
    trainer = make(model=Failing(3, ValueError("no third step")), loss_fn="bce")
    trainer.step(2)
    with pytest.raises(ValueError, match="no third step"):
        trainer.step()
    assert trainer.status == "error"
    trainer.step()
    assert trainer.step_count == 3


@pytest.mark.fault("not finite")
def test_a_loss_that_is_no_number_stops_at_that_step_and_says_so(make):
    trainer = make(hidden_layers=(8, 8), activation="relu", loss_fn="mse", learning_rate=1e6, optimizer=cubic)
    trainer.learning_rate = 1e6
    trainer.train(epochs=50)
    trainer.wait(PATIENCE)
    assert trainer.status == "diverged"
    steps = trainer.step_count
    plain = PlainRun(small_data(), hidden=(8, 8), activation="relu", loss_fn=nn.MSELoss(), optimizer=cubic)
    plain.change("learning_rate", 1e6)
    plain.train(steps)
    assert same_bits(trainer.model.state_dict(), plain.state())
    assert not torch.isfinite(plain.model(plain.x)).all()
    assert trainer.loss is None
    (finding,) = trainer._diagnosis
    assert finding["kind"] == "diverged"
    assert finding["title"] == f"Diverged at step {steps + 1:,}, in epoch {steps // 5 + 1}:"
    assert "1e+06" in finding["text"]
    assert finding["epoch"] == steps // 5


def cubic(parameters):
    """An optimizer that soon leaves all bounds: the square of the step goes into the weights."""
    return Cubic(parameters, {"lr": 1.0})


class Cubic(torch.optim.Optimizer):
    def step(self):
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.add_(group["lr"] * (1 + parameter.abs()) ** 3)


@pytest.mark.parametrize("loss_fn", ["bce_with_logits", "mse"])
def test_a_huge_learning_rate_with_relu_diverges_where_plain_pytorch_gives_nan(make, loss_fn):
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    torch.manual_seed(0)
    for layer in model[::2]:
        layer.reset_parameters()
    start = {name: value.clone() for name, value in model.state_dict().items()}
    again = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    again.load_state_dict(start)
    loss = nn.MSELoss() if loss_fn == "mse" else nn.BCEWithLogitsLoss()
    plain = PlainRun(small_data(), model=again, loss_fn=loss, learning_rate=1e6, optimizer="sgd")
    trainer = make(model=model, loss_fn=loss_fn, learning_rate=1e6)
    trainer.train(epochs=40)
    trainer.wait(PATIENCE)
    plain.train(trainer.step_count)
    assert all(map(math.isfinite, plain.losses))
    assert same_bits(model.state_dict(), plain.state())
    if loss_fn == "mse":
        assert trainer.status == "diverged"
    if trainer.status == "diverged":
        assert not math.isfinite(plain.train(1).losses[-1])
        trainer.rewind(0)
        assert (trainer.status, trainer._message) == ("paused", None)
        assert "diverged" not in [finding["kind"] for finding in trainer._diagnosis]
        assert same_bits(model.state_dict(), start)
        trainer.learning_rate = 0.01
        trainer.train(epochs=2)
        trainer.wait(PATIENCE)
        assert trainer.status == "idle"


def test_weights_of_a_cell_that_are_no_numbers_are_shown_and_diverge(make):
    trainer = make()
    trainer.edit("0.weight", float("nan"))
    assert trainer.loss is None
    assert trainer.accuracy is not None
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.step_count) == ("diverged", 0)
    trainer.reset()
    trainer.step()
    assert same_bits(trainer.model.state_dict(), by_hand(1))


# --- callbacks


def test_callbacks_see_each_epoch_once_with_its_numbers(make):
    trainer = make(small_data(n_samples=40, test_share=0.25))
    seen = []
    trainer.on_epoch_end(lambda t: seen.append((t.epoch, t.step_count, t.running_loss, t.test_loss, t.loss)))
    trainer.train(epochs=3)
    trainer.wait(PATIENCE)
    assert [row[:2] for row in seen] == [(1, 6), (2, 12), (3, 18)]
    assert [row[2] for row in seen] == trainer.history.loss.tolist()
    assert [row[3] for row in seen] == trainer.history.test_loss.tolist()
    assert seen[-1][4] == trainer.loss


@pytest.mark.fault("callback raises")
def test_an_exception_in_a_callback_stops_the_run(make):
    trainer = make()

    def fail(trainer):
        if trainer.epoch == 2:
            raise LookupError("two is enough")

    remove = trainer.on_epoch_end(fail)
    trainer.train(epochs=9)
    with pytest.raises(LookupError, match="two is enough"):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch) == ("error", 2)
    assert "two is enough" in trainer._message["text"]
    remove()
    remove()
    trainer.train(epochs=1)
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch) == ("idle", 3)


def test_a_callback_taken_off_by_itself_does_not_hide_the_next_one(make):
    trainer = make()
    seen = []
    removals = [trainer.on_epoch_end(lambda _: (seen.append("first"), removals[0]()))]
    trainer.on_epoch_end(lambda _: seen.append("second"))
    trainer.train(epochs=2)
    trainer.wait(PATIENCE)
    assert seen == ["first", "second", "second"]


def test_callbacks_may_change_everything(make):
    trainer = make(optimizer="adam")

    def change(trainer):
        if trainer.epoch == 1:
            trainer.learning_rate = 0.02
            trainer.batch_size = 8
        if trainer.epoch == 2:
            trainer.edit("0.weight", 0.5)
        if trainer.epoch == 3:
            with trainer.paused():
                trainer.model[2].bias.data.fill_(0.25)
        if trainer.epoch == 4:
            trainer.pause()

    trainer.on_epoch_end(change)
    trainer.train()
    trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch, trainer.learning_rate, trainer.batch_size) == ("paused", 4, 0.02, 8)
    plain = PlainRun(small_data(), optimizer="adam").train(5)
    plain.change("learning_rate", 0.02)
    plain.change("batch_size", 8)
    plain.train(3).change("edit", ("0.weight", 0.5))
    plain.train(3).change("edit", ("2.bias", 0.25))
    plain.train(3)
    assert same_bits(trainer.model.state_dict(), plain.state())
    names = {}
    exec(trainer.to_code(), names)
    assert same_bits(names["model"].state_dict(), plain.state())


@pytest.mark.parametrize("verb", [lambda t: t.wait(), lambda t: t.step()])
def test_a_callback_that_would_wait_for_itself_is_told_so(make, verb):
    trainer = make()
    trainer.on_epoch_end(verb)
    trainer.train(epochs=3)
    with pytest.raises(RuntimeError, match="would wait for itself"):
        trainer.wait(PATIENCE)
    assert trainer.epoch == 1


@pytest.mark.fault("closed by a callback")
@pytest.mark.parametrize("verb", ["reset", "rewind", "close"])
def test_a_callback_may_end_the_run(make, verb):
    trainer = make()
    ended = threading.Event()

    def end(trainer):
        if trainer.epoch == 2:
            {"reset": trainer.reset, "rewind": lambda: trainer.rewind(1), "close": trainer.close}[verb]()
            ended.set()

    trainer.on_epoch_end(end)
    trainer.train()
    assert ended.wait(PATIENCE)
    if verb != "close":
        trainer.wait(PATIENCE)
    assert trainer.status == {"reset": "idle", "rewind": "paused", "close": "closed"}[verb]
    assert same_bits(trainer.model.state_dict(), by_hand({"reset": 0, "rewind": 5, "close": 10}[verb]))


def test_a_model_that_goes_on_raising_is_an_error_on_screen_too(make):
    class Fragile(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = build_mlp()

        def forward(self, x):
            if self.net[0].weight.abs().max() > 0.75:
                raise ValueError("too large for me")
            return self.net(x)

    torch.manual_seed(0)
    trainer = make(model=Fragile(), loss_fn="bce", learning_rate=2.0)
    trainer.train(epochs=50)
    with pytest.raises(ValueError, match="too large for me"):
        trainer.wait()
    assert (trainer.status, trainer.step_count) == ("error", trainer._loop.experiment.position.step)
    assert "too large for me" in trainer._message["text"]


def test_layers_that_are_out_of_sight_are_refused_instead_of_not_trained(make):
    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = build_mlp()
            self.apply_net = lambda x, net=self.net: net(x)

        def forward(self, x):
            return self.apply_net(x)

    trainer = make(model=Hidden(), loss_fn="bce")
    trainer.train(steps=1)
    with pytest.raises(RuntimeError, match="ModuleList"):
        trainer.wait()


def test_a_block_that_spoils_the_model_does_not_hold_the_run_for_ever(make):
    trainer = make()
    layer = trainer.model[0]
    with pytest.raises(ModelChangedError), trainer.paused():
        trainer.model[0] = torch.nn.Linear(2, 5)
    trainer.model[0] = layer
    trainer.step()
    assert trainer.step_count == 1


class Untestable(nn.Module):
    """Refuses a number of samples that only the test set has."""

    def __init__(self):
        super().__init__()
        self.layer, self.moods = nn.Linear(2, 1), []

    def forward(self, x):
        if len(x) == 3 and "bad" in self.moods:
            raise RuntimeError("three are too few")
        return torch.sigmoid(self.layer(x))


def test_an_epoch_whose_test_fails_has_a_row_without_it(make):
    data = small_data(n_samples=23, test_share=3 / 23)
    assert len(data.x_test) == 3
    trainer = make(data, model=Untestable(), loss_fn="bce")
    trainer.model.moods.append("bad")
    trainer.train(epochs=2)
    with pytest.raises(RuntimeError, match="three are too few"):
        trainer.wait(PATIENCE)
    assert (trainer.status, trainer.epoch, trainer.history.last_epoch) == ("error", 1, 1)
    assert math.isnan(trainer.history.test_loss[-1])
    assert not math.isnan(trainer.history.loss[-1])


def test_an_exception_in_a_callback_is_said_to_be_of_the_callback(make):
    trainer = make()
    off = trainer.on_epoch_end(lambda _: {}["missing"])
    trainer.train(epochs=3)
    with pytest.raises(KeyError):
        trainer.wait(PATIENCE)
    assert trainer._message["title"] == "KeyError in a function called at the end of epoch 1:"
    off()
    trainer.step()
    assert trainer._message is None


def test_new_data_are_tested_at_once_also_while_training(make):
    trainer = make(small_data(n_samples=40, test_share=0.5))
    trainer.train()
    trainer.dataset = small_data("moons", n_samples=23)
    assert trainer.test_loss is None
    trainer.dataset = small_data("moons", n_samples=40, test_share=0.5)
    assert trainer.test_loss is not None
    trainer.pause()


def test_a_run_that_pauses_because_nobody_sees_it_says_so(make):
    trainer = make(speed=None)
    trainer._channel.is_seen = lambda: False
    trainer.play()
    trainer.wait(PATIENCE)
    assert trainer.status == "paused"
    assert trainer._message["kind"] == "info"
    assert "nobody could see" in trainer._message["text"]
    del trainer._channel.is_seen
    trainer.play()
    assert trainer._message is None
    trainer.pause()
    assert trainer._message is None
