"""A configuration as text: the same run at the other end, and a text that can do no harm."""

from __future__ import annotations

import base64
import json
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnwidgets import PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.widgets import _reading
from nnwidgets.widgets._text_form import _USUAL, LONGEST, decode
from tests.unit.plain import same_bits, small_data
from tests.unit.test_inbox import LOOK


def as_text(content, version=1):
    packer = zlib.compressobj(9, zdict=_USUAL)
    packed = packer.compress(content if isinstance(content, bytes) else json.dumps(content).encode()) + packer.flush()
    return f"nnw{version}." + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def run(trainer, epochs=2):
    trainer.train(epochs=epochs)
    trainer.wait()
    return trainer


def assert_same_run(first, second):
    assert first.dataset.same_as(second.dataset)
    assert same_bits(first.model.state_dict(), second.model.state_dict())
    assert first.history.steps.tobytes() == second.history.steps.tobytes()
    assert first.history.epochs.tobytes() == second.history.epochs.tobytes()


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "dataset": st.sampled_from(["circles", "moons", "xor", "spiral", "gaussians"]),
        "n_samples": st.integers(20, 60),
        "noise": st.floats(0, 0.5),
        "test_share": st.sampled_from([0.0, 0.25, 0.5]),
        "data_seed": st.integers(0, 2**32 - 1),
        "hidden_layers": st.lists(st.integers(1, 4), max_size=3).map(tuple),
        "activation": st.sampled_from(["tanh", "relu", "sigmoid"]),
        "dropout": st.sampled_from([0.0, 0.3]),
        "initialiser": st.sampled_from(["default", "zeros", "xavier_uniform", "normal"]),
        "initial_scale": st.floats(0.1, 2),
        "features": st.sampled_from([None, ("x1", "x1*x2"), ("x1", "x2", "sin(x1)")]),
        "standardise": st.sampled_from([None, True, False]),
        "loss_fn": st.sampled_from([None, "bce", "mse"]),
        "optimizer": st.sampled_from(["sgd", "adam"]),
        "learning_rate": st.floats(1e-4, 2),
        "schedule": st.sampled_from([{}, {"name": "step", "step_size": 1, "gamma": 0.5}]),
        "batch_size": st.integers(1, 10),
        "l1": st.floats(0, 0.1),
        "l2": st.floats(0, 0.1),
        "seed": st.integers(0, 2**31 - 1),
        "lesson": st.text(max_size=40),
    },
)


@settings(max_examples=25, deadline=None)
@given(SETTINGS)
def test_a_configuration_that_travelled_makes_the_same_run(chosen):
    here = PlanarTrainer(engine="eager", **chosen)
    text = here.share()
    there = PlanarTrainer.from_text(text)
    try:
        assert there.share() == text
        assert_same_run(run(here, 1), run(there, 1))
    finally:
        here.close()
        there.close()


def test_the_run_is_the_one_after_reset_also_where_the_network_has_grown(make):
    here = run(make("moons", n_samples=40, hidden_layers=(2,), engine="fused"))
    here.hidden_layers = (4, 3)
    here.optimizer = "adam"
    run(here)
    there = PlanarTrainer.from_text(here.share())
    here.reset()
    assert_same_run(run(here), run(there))
    there.close()


def test_the_run_is_the_one_after_reset_also_where_that_will_be_with_another_seed(make):
    here = run(make("moons", n_samples=40, hidden_layers=(2,), seed=1))
    here.seed = 7
    there = PlanarTrainer.from_text(here.share())
    here.reset()
    assert_same_run(run(here), run(there))
    there.close()


def test_a_configuration_is_applied_to_the_trainer_on_screen(make):
    text = make("spiral", n_samples=40, hidden_layers=(3,), learning_rate=0.02, seed=4, lesson="Look: a spiral").share()
    trainer = run(make("moons", hidden_layers=(2, 2), optimizer="adam", stop_when={"epoch": 9}))
    trainer._handle_custom_msg({"type": "configure", "text": f"  '{text[:20]}\n {text[20:]}' "}, [])
    other = PlanarTrainer.from_text(text)
    assert_same_run(run(trainer), run(other))
    assert (trainer.lesson, trainer.stop_when) == ("Look: a spiral", {})
    other.close()


def test_data_of_ones_own_travel_too(make):
    here = make(small_data(), hidden_layers=(3,))
    there = PlanarTrainer.from_text(here.share())
    assert_same_run(run(here), run(there))
    there.close()


def test_too_many_data_are_for_a_file(make):
    rng = np.random.default_rng(0)
    trainer = make((rng.normal(size=(20_000, 2)), rng.integers(0, 2, 20_000)))
    with pytest.raises(ValueError, match=r"more than the 100,000 .*save"):
        trainer.share()


def test_what_is_ones_own_cannot_travel(make):
    import torch
    from torch import nn

    own = [
        ("module", make(model=nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()))),
        ("optimizer", make(optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1))),
        ("loss", make(loss_fn=lambda outputs, targets: ((outputs - targets) ** 2).mean())),
        ("feature", make(features={"r": lambda x: np.hypot(x[:, 0], x[:, 1])})),
    ]
    for what, trainer in own:
        with pytest.raises(ValueError, match=f"{what} of your own"):
            trainer.share()


def test_a_usual_configuration_is_short(make):
    assert len(make("moons", hidden_layers=(8, 8), optimizer="adam", learning_rate=0.03).share()) < 100


@pytest.mark.fault("damaged text")
@pytest.mark.parametrize("cut", [6, 20, 30, -1])
def test_a_text_that_is_cut_is_refused(make, cut):
    text = make("moons", n_samples=33).share()
    with pytest.raises(ValueError, match="cut or changed"):
        PlanarTrainer.from_text(text[:cut])


@pytest.mark.fault("damaged text")
@settings(max_examples=200)
@given(st.text() | st.text(alphabet="abcABC123-_", max_size=60).map("nnw1.".__add__))
def test_any_other_text_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"no configuration|cut or changed|newer version"):
        decode(text)


@pytest.mark.fault("newer file")
def test_texts_that_are_not_for_this_version_are_refused(make):
    text = make("moons").share()
    with pytest.raises(ValueError, match="newer version"):
        PlanarTrainer.from_text(text.replace("nnw1.", "nnw2."))
    config = make("moons").config() | {"format": 99}
    with pytest.raises(ValueError, match="newer version"):
        PlanarTrainer.from_text(as_text(config))
    with pytest.raises(TypeError, match="is text"):
        PlanarTrainer.from_text(3)


def test_what_is_made_up_is_refused(make):
    config = make("moons").config()
    for wrong in (
        config | {"dataset": {"x_train": "!", "name": "x"}},
        config | {"dataset": {"name": "moons"}},
        config | {"dataset": 3},
        config | {"surprise": 1},
        config | {"hidden_layers": [0]},
    ):
        with pytest.raises(ValueError, match=r"configuration|circles|hidden"):
            PlanarTrainer.from_text(as_text(wrong))


@pytest.mark.fault("damaged text")
def test_a_text_cannot_unfold_without_end():
    with pytest.raises(ValueError, match="cut or changed"):
        decode(as_text(b'{"a":"' + b"a" * 2**25 + b'"}')[:LONGEST])


@pytest.mark.fault("damaged text")
def test_a_wrong_configuration_changes_nothing(make):
    trainer = run(make("circles", n_samples=40, hidden_layers=(3,)))
    before = trainer.config()
    wrong = make("moons").config() | {"learning_rate": -1}
    sent = []
    trainer.send = lambda content, buffers=None: sent.append(content)
    trainer._handle_custom_msg({"type": "configure", "text": as_text(wrong)}, [])
    trainer.step()
    assert [message["message"] for message in sent if message["type"] == "failed"]
    assert trainer.config() == before


# -- texts that a view has open -------------------------------------------------------------------


def test_an_open_text_is_kept_current_and_a_closed_one_costs_nothing(make):
    trainer = make("circles", n_samples=40)
    sent, made = [], []
    trainer.send = lambda content, buffers=None: sent.append(content)
    to_code = trainer.to_code
    plain_to_code = type(trainer).to_code
    type(trainer).to_code = lambda self: made.append(1) or plain_to_code(self)
    try:
        say = lambda **content: trainer._handle_custom_msg(content, [])  # noqa: E731
        look = {"type": "look", "view": "a", "focus": None, "map_size": 16, "tile_size": 8}
        texts = lambda: [message for message in sent if message["type"] == "text"]  # noqa: E731
        say(**look, visible=True)
        trainer.step()
        assert not made
        say(type="read", view="a", what="code")
        trainer.step()
        assert texts()[-1]["text"] == to_code()
        count = len(texts())
        trainer.learning_rate = 0.25
        assert "0.25" in texts()[-1]["text"]
        assert len(texts()) > count
        say(**look, visible=False)
        made.clear()
        trainer.learning_rate = 0.125
        assert not made
        say(**look, visible=True)
        say(type="read", view="a", what=None)
        made.clear()
        trainer.learning_rate = 0.5
        assert not made
    finally:
        type(trainer).to_code = plain_to_code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed", 5.0),
        ("stop_when", {"epoch": 9}),
        ("seed", 9),
        ("lesson", "Look"),
        ("panels", ("curves",)),
        ("controls", ("play",)),
        ("axes", (1, 0)),
    ],
)
def test_an_open_configuration_follows_also_what_the_training_does_not_hear_of(make, name, value):
    trainer, sent = make("circles", n_samples=40), []
    trainer.send = lambda content, buffers=None: sent.append(content)
    trainer._handle_custom_msg(LOOK, [])
    trainer._handle_custom_msg({"type": "read", "view": "a", "what": "configuration"}, [])
    trainer._loop.call(c.Do(lambda: None))
    setattr(trainer, name, value)
    trainer._loop.call(c.Do(lambda: None))
    texts = [message["text"] for message in sent if message["type"] == "text"]
    assert len(texts) == 2
    assert texts[-1] == trainer.share()


def test_a_long_script_of_a_run_under_way_is_sent_seldom_and_that_of_one_that_stands_at_once(make, monkeypatch):
    trainer, now, sent = make(), SimpleNamespace(at=100.0, script="a"), []
    trainer.send = lambda content, buffers=None: sent.append(content)
    monkeypatch.setattr(_reading, "time", SimpleNamespace(monotonic=lambda: now.at))
    monkeypatch.setattr(type(trainer), "to_code", lambda _: setattr(now, "at", now.at + 0.01) or now.script * 40_000)
    trainer._handle_custom_msg(LOOK, [])
    trainer._handle_custom_msg({"type": "read", "view": "a", "what": "code"}, [])
    trainer._loop.call(c.Do(lambda: None))
    scripts = lambda: [message["text"][0] for message in sent if message["type"] == "text"]  # noqa: E731
    assert scripts() == ["a"]  # 0.01 seconds and 40,000 characters: due again in 2.5 seconds
    trainer.set_trait("status", "running")
    for at, script, expected in ((102.4, "b", "a"), (102.6, "b", "ab"), (102.8, "c", "ab"), (106.0, "c", "abc")):
        now.at, now.script = at, script
        trainer._send_live()
        assert "".join(scripts()) == expected
    now.script = "d"
    trainer.set_trait("status", "paused")
    trainer._send_live()
    trainer._send_live()
    assert "".join(scripts()) == "abcd"


def test_a_text_that_there_is_not_says_why(make):
    from torch import nn

    trainer = make(model=nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()))
    sent = []
    trainer.send = lambda content, buffers=None: sent.append(content)
    trainer._handle_custom_msg(LOOK, [])
    trainer._handle_custom_msg({"type": "read", "view": "a", "what": "configuration"}, [])
    trainer.step()
    assert "module of your own" in next(message["error"] for message in sent if message["type"] == "text")
