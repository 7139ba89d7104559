"""A trainer with the compiled engine: all that a trainer can do, hundreds of times faster, and honest about it."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import numpy as np
import pytest
import torch

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training.engines import fused
from nnwidgets.widgets import _publisher
from tests.unit.plain import PATIENCE, PlainRun, make_loop, same_bits, small_data


@pytest.fixture
def make_fused(make):
    def made(**settings):
        return make(engine="fused", **settings)

    return made


def weights(trainer):
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def trained(trainer, **target):
    trainer.train(**target)
    trainer.wait(PATIENCE)
    return trainer


def test_it_trains_what_pytorch_would(make_fused):
    trainer = trained(make_fused(optimizer="adam", learning_rate=0.01), epochs=40)
    assert (trainer.engine_name, trainer.epoch, trainer.status) == ("fused", 40, "idle")
    plain = PlainRun(small_data(), optimizer="adam", learning_rate=0.01).train(trainer.step_count)
    for name, value in plain.state().items():
        torch.testing.assert_close(trainer.model.state_dict()[name], value, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(trainer.history.steps[:, 1], plain.losses, rtol=1e-3, atol=1e-5)
    assert trainer.history.epochs[:, 1].tolist() == [5.0 * epoch for epoch in range(1, 41)]


def test_it_ends_with_the_same_bits_however_it_is_paused_stepped_and_edited(make_fused):
    ends = []
    for cut in (False, True):
        trainer = make_fused(optimizer="rmsprop")
        for rate in (0.01, 0.02):
            trainer.learning_rate = rate
            if cut:
                trainer.step(3)
                trainer.step(1, "epoch")
                trainer.step(2, "epoch")
                trained(trainer, steps=7)
                trained(trainer, steps=20 * 5 - 15 - 7)
            else:
                trained(trainer, epochs=20)
            trainer.edit("0.bias", 0.25, index=1)
        assert trainer.step_count == 200
        ends.append(weights(trainer))
    assert same_bits(*ends)


def test_rewinding_is_exact_and_training_on_from_there_comes_to_the_same_end(make_fused):
    trainer = make_fused(optimizer="adam", learning_rate=0.01)
    states = {}
    for epoch in range(1, 31):
        trained(trainer, epochs=1)
        states[epoch] = weights(trainer)
    trainer = trained(make_fused(optimizer="adam", learning_rate=0.01), epochs=30)
    for epoch in (17, 3, 30, 1):
        trainer.rewind(epoch)
        assert (trainer.epoch, same_bits(weights(trainer), states[epoch])) == (epoch, True)
    trained(trainer, epochs=29)
    assert same_bits(weights(trainer), states[30])


def test_rewinding_with_few_checkpoints_comes_to_the_epoch_asked_for():
    loop = make_loop(engine="fused", checkpoint_bytes=40_000)
    for _ in range(15):
        loop.call(c.Train(epochs=3))
        loop.wait(PATIENCE)
    for epoch in range(1, 46):
        loop.call(c.Rewind(epoch))
        position = loop.experiment.position
        assert (position.epoch, position.samples, position.step) == (epoch, 0, 5 * epoch)


def test_what_is_not_covered_is_trained_by_pytorch_and_says_so(make_fused):
    trainer = trained(make_fused(hidden_layers=(3,)), epochs=1)
    trainer.dropout = 0.2
    assert trainer.engine_name == "eager: Dropout is not covered"
    trained(trainer, epochs=1)
    trainer.dropout = 0.0
    assert trainer.engine_name == "fused"
    trainer.model[0].bias.requires_grad_(False)
    bias = trainer.model[0].bias.clone()
    trained(trainer, epochs=1)
    assert trainer.engine_name == "eager: a parameter is frozen"
    assert torch.equal(trainer.model[0].bias, bias)
    assert trainer.epoch == 3


def test_a_loss_that_is_no_number_is_said_and_gone_back_from(make_fused):
    trainer = trained(make_fused(activation="relu", hidden_layers=(8,)), epochs=2)
    kept = weights(trainer)
    trainer.learning_rate = 1e30
    trained(trainer, epochs=50)
    assert trainer.status == "diverged"
    assert trainer._diagnosis[0]["title"].startswith(f"Diverged at step {trainer.step_count + 1}")
    trainer.rewind(2)
    assert same_bits(weights(trainer), kept)


def test_it_is_kept_in_files_and_named_in_the_script(make_fused, tmp_path):
    trainer = trained(make_fused(optimizer="adam"), epochs=3)
    trainer.save(tmp_path / "run.nn")
    loaded = PlanarTrainer.load(tmp_path / "run.nn")
    assert loaded.engine_name == "fused"
    assert same_bits(weights(trained(loaded, epochs=4)), weights(trained(trainer, epochs=4)))
    assert PlanarTrainer.from_config({**trainer.config(), "dataset": None}, dataset=small_data()).engine_name == "fused"
    assert "compiled engine" in trainer.to_code()
    loaded.close()


def test_callbacks_see_every_epoch(make_fused):
    trainer, seen = make_fused(), []
    trainer.on_epoch_end(lambda t: seen.append((t.epoch, t.step_count)))
    trained(trainer, epochs=4)
    assert seen == [(epoch, 5 * epoch) for epoch in range(1, 5)]


def test_pause_ends_a_run_without_an_end(make_fused):
    trainer = make_fused()
    for _ in range(5):
        trainer.train()
        trainer.pause()
        assert trainer.status == "paused"
    assert trainer.history.last_step == trainer.step_count


class TestCompiling:
    @pytest.fixture
    def compilation(self, monkeypatch):
        future = Future()
        monkeypatch.setattr(fused, "_compilation", lambda dtype: future)
        return future

    def said(self, trainer):
        """The message, once there is one."""
        there = threading.Event()
        trainer.observe(lambda change: there.set() if change["new"] else None, "_message")
        if not trainer._message:
            assert there.wait(PATIENCE)
        return trainer._message

    def test_the_widget_says_what_it_waits_for(self, make_fused, compilation):
        trainer = make_fused()
        trainer.train(epochs=2)
        assert self.said(trainer)["title"] == "Compiling:"
        assert (trainer.status, trainer.step_count) == ("running", 0)
        compilation.set_result(None)
        trainer.wait(PATIENCE)
        assert (trainer.epoch, trainer._message) == (2, None)

    @pytest.mark.usefixtures("compilation")
    def test_it_can_be_paused_meanwhile(self, make_fused):
        trainer = make_fused()
        trainer.train(epochs=2)
        trainer.pause()
        assert (trainer.status, trainer.step_count, trainer._message) == ("paused", 0, None)

    @pytest.mark.usefixtures("compilation")
    def test_when_it_is_paused_later_it_waits_no_more(self, make_fused):
        trainer = make_fused()
        trainer.train(epochs=2)
        assert self.said(trainer)
        trainer.pause()
        assert (trainer.status, trainer._message) == ("paused", None)

    def test_going_back_says_it_too(self, make_fused, monkeypatch):
        trainer, compilation = trained(make_fused(), epochs=3), Future()
        monkeypatch.setattr(fused, "_compilation", lambda dtype: compilation)
        rewound = trainer._loop.submit(c.Rewind(1))
        assert self.said(trainer)["title"] == "Compiling:"
        assert not rewound.done()
        compilation.set_result(None)
        rewound.result(PATIENCE)
        assert (trainer.status, trainer.epoch, trainer._message) == ("paused", 1, None)

    @pytest.mark.parametrize("leave", ["preview", "change", "reset"])
    def test_who_no_longer_looks_back_waits_no_more(self, make_fused, monkeypatch, leave):
        trainer, compilation = trained(make_fused(), epochs=3), Future()
        monkeypatch.setattr(fused, "_compilation", lambda dtype: compilation)
        shown = trainer._loop.submit(c.Preview(1))
        assert self.said(trainer)["title"] == "Compiling:"
        if leave == "preview":
            trainer.preview(None)
        elif leave == "change":
            trainer.learning_rate = 0.5
        else:
            trainer.reset()
        shown.result(PATIENCE).result(PATIENCE)
        assert (trainer._loop.preview.epoch, trainer._message) == (None, None)

    def test_going_back_where_it_fails_says_so_and_waits_no_more(self, make_fused, monkeypatch):
        trainer, compilation = trained(make_fused(), epochs=3), Future()
        monkeypatch.setattr(fused, "_compilation", lambda dtype: compilation)
        rewound = trainer._loop.submit(c.Rewind(1))
        assert self.said(trainer)["title"] == "Compiling:"
        compilation.set_exception(OSError("no room on the disk"))
        with pytest.raises(OSError, match="no room"):
            rewound.result(PATIENCE)
        assert (trainer.epoch, trainer._message) == (3, None)

    def test_what_it_raises_is_said(self, make_fused, compilation):
        trainer = make_fused()
        compilation.set_exception(OSError("no room on the disk"))
        trainer.train(epochs=2)
        with pytest.raises(OSError, match="no room"):
            trainer.wait(PATIENCE)
        assert trainer.status == "error"
        assert "no room on the disk" in trainer._message["text"]

    def test_where_it_was_not_asked_for_pytorch_does_without_it(self, make, compilation):
        trainer = make(engine="auto")
        compilation.set_exception(OSError("no room on the disk"))
        trained(trainer, epochs=2)
        assert trainer.engine_name == "eager: it could not be compiled (OSError: no room on the disk)"
        assert (trainer.status, trainer.epoch) == ("idle", 2)


@pytest.mark.parametrize(
    ("hidden_layers", "batch_size", "name"),
    [
        ((2,), 5, "fused"),
        ((2048,), 200, "fused"),
        ((128, 128), 50, "fused"),
        ((512, 512), 10, "eager: PyTorch is faster where layers are as wide as here"),
    ],
)
def test_where_none_is_asked_for_the_faster_one_is_taken(make, hidden_layers, batch_size, name):
    data = small_data(n_samples=200)
    trainer = make(data, engine="auto", hidden_layers=hidden_layers, batch_size=batch_size)
    trained(trainer, steps=2)
    assert (trainer.engine_name, trainer.step_count) == (name, 2)


def test_a_network_that_grows_changes_the_engine_and_back(make):
    trainer = trained(make(engine="auto", batch_size=20), epochs=3)
    trainer.hidden_layers = (400, 400)
    trained(trainer, epochs=1)
    assert trainer.engine_name.startswith("eager: PyTorch is faster")
    trainer.hidden_layers = (3,)
    kept = weights(trained(trainer, epochs=2))
    assert (trainer.engine_name, trainer.epoch) == ("fused", 6)
    trainer.rewind(1)
    trained(trainer, epochs=1)
    trainer.rewind(0)
    assert trainer.engine_name == "fused"
    assert kept.keys() == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_the_bits_do_not_depend_on_pytorchs_threads(make_fused):
    one, two = (
        trained(make_fused(hidden_layers=(30, 20), optimizer="adam", batch_size=9, threads=threads), epochs=50)
        for threads in (1, 2)
    )
    assert same_bits(one.model.state_dict(), two.model.state_dict())


def test_a_step_far_in_a_long_run_is_found_again(make_fused):
    trainer = make_fused()
    trainer._loop.history._max_epochs = 100
    trained(trainer, epochs=37)
    kept = weights(trainer)
    trained(trainer, epochs=900)
    assert len(trainer.history.epochs) <= 100
    trainer.rewind(37)
    assert (trainer.epoch, trainer.step_count) == (37, 5 * 37)
    assert same_bits(trainer.model.state_dict(), kept)


def test_a_callback_that_comes_during_a_call_of_compiled_code_ends_it_and_sees_every_epoch(make_fused, monkeypatch):
    monkeypatch.setattr(fused, "LONGEST", 1e4)  # seconds for which nothing else would end it
    monkeypatch.setattr(_publisher, "SUMMARY_INTERVAL", 1e6)
    trainer, seen = make_fused(), []
    trainer.train()
    there = threading.Event()
    trainer.on_epoch_end(lambda t: (seen.append(t.epoch), there.set()))
    assert there.wait(PATIENCE)
    trainer.pause()
    assert seen == list(range(seen[0], trainer.epoch + 1))


def test_a_compilation_that_fails_by_accident_is_tried_again(monkeypatch):
    asked = []

    def fail_once(dtype):
        asked.append(dtype.name)
        if len(asked) == 1:
            raise AttributeError("'NoneType' object has no attribute 'pos'")

    monkeypatch.setattr(fused, "_compile", fail_once)
    fused._compilation.__wrapped__("float32").result(timeout=60)
    assert asked == ["float32", "float32"]
