"""Messages from a browser: obeyed if they make sense, answered if they do not, and never able to do harm."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from traitlets import TraitError

from nnwidgets import PlanarTrainer, datasets, make_planar
from nnwidgets.training import commands as c
from nnwidgets.widgets import _planar_settings
from nnwidgets.widgets._inbox import _HANDLERS, _OWN
from tests.unit.plain import PATIENCE, Gate, PlainRun, same_bits, small_data

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 20, "tile_size": 8}


@pytest.fixture
def sent(monkeypatch):
    """What a trainer answers, without the pictures."""
    messages = []

    def send(_, content, buffers=None):
        if content["type"] != "frame":
            messages.append(content)

    monkeypatch.setattr(PlanarTrainer, "send", send)
    return messages


def tell(trainer, content):
    """A message as it comes in, and all that follows from it."""
    trainer._handle_custom_msg(content, [])
    trainer._loop.call(c.Do(lambda: None))


# --- obeyed


def test_play_and_pause(make, sent):
    trainer = make(speed=None)
    reached = threading.Event()
    trainer.on_epoch_end(lambda _: reached.set())
    tell(trainer, {"type": "play"})
    assert reached.wait(PATIENCE)
    tell(trainer, {"type": "pause"})
    assert trainer.status == "paused"
    assert trainer.step_count >= 5
    assert sent == []


def test_steps_reset_and_rewind(make, sent):
    trainer = make()
    tell(trainer, {"type": "step", "unit": "batch", "n": 2})
    trainer.wait(PATIENCE)
    assert trainer.step_count == 2
    tell(trainer, {"type": "step", "unit": "epoch", "n": 1})
    trainer.wait(PATIENCE)
    assert (trainer.step_count, trainer.epoch) == (5, 1)
    tell(trainer, {"type": "rewind", "epoch": 0})
    assert (trainer.step_count, trainer.status) == (0, "paused")
    tell(trainer, {"type": "reset", "seed": 8})
    assert (trainer.seed, trainer.status) == (8, "idle")
    tell(trainer, {"type": "reset", "seed": None})
    assert trainer.seed == 8
    assert sent == []


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("learning_rate", 0.5, 0.5),
        ("learning_rate", 1, 1.0),
        ("batch_size", 7, 7),
        ("hidden_layers", [4, 2], (4, 2)),
        ("activation", "relu", "relu"),
        ("optimizer", "adam", "adam"),
        ("dropout", 0.2, 0.2),
        ("speed", None, None),
        ("seed", 4, 4),
        ("n_samples", 30, 30),
        ("noise", 0.2, 0.2),
        ("test_share", 0.25, 0.25),
        ("data_seed", 3, 3),
    ],
)
def test_controls_set_settings(make, sent, name, value, seen):
    trainer = make()
    tell(trainer, {"type": "set", "name": name, "value": value})
    assert getattr(trainer, name) == seen
    assert sent == []
    trainer.step()


def test_a_control_sets_the_data(make, sent):
    trainer = make()
    tell(trainer, {"type": "set", "name": "dataset", "value": "moons"})
    assert trainer.dataset.name == trainer._data["name"] == "moons"
    assert sent == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_samples", 60), ("noise", 0.3), ("test_share", 0.5), ("data_seed", 4), ("n_classes", 5), ("dataset", "spiral")],
)
def test_data_that_a_view_asks_for_are_made_by_the_training_thread(make, sent, monkeypatch, name, value):
    trainer, threads, plain = make("gaussians", n_samples=40), [], datasets.make_planar

    def make_planar(*arguments, **more):
        threads.append(threading.current_thread().name)
        return plain(*arguments, **more)

    monkeypatch.setattr(datasets, "make_planar", make_planar)
    monkeypatch.setattr(_planar_settings, "make_planar", make_planar)
    tell(trainer, {"type": "set", "name": name, "value": value})
    parameters = trainer.dataset.parameters
    assert parameters[{"data_seed": "seed", "dataset": "name"}.get(name, name)] == value
    assert trainer._loop.experiment.settings.dataset is trainer.dataset
    assert threads == ["nnwidgets-training"]
    assert sent == []


def test_of_a_slider_that_is_dragged_only_the_newest_data_are_made(make, sent, monkeypatch):
    trainer, gate, made = make("gaussians", n_samples=40), Gate(), []
    monkeypatch.setattr(_planar_settings, "make_planar", lambda **wanted: made.append(wanted) or make_planar(**wanted))
    trainer._loop.submit(c.Do(gate))
    gate.wait()
    for name, value in (("noise", 0.1), ("noise", 0.2), ("n_samples", 50), ("noise", -1.0), ("noise", 0.3)):
        trainer._handle_custom_msg({"type": "set", "name": name, "value": value}, [])
    gate.open()
    trainer._loop.call(c.Do(lambda: None))
    assert [(wanted["noise"], wanted["n_samples"]) for wanted in made] == [(0.1, 50), (0.3, 50)]
    assert (trainer.noise, len(trainer.dataset.x_train)) == (0.3, 50)
    assert sent == []


class Wears(nn.Linear):
    """A network that fails from some call on."""

    left = 30

    def forward(self, x):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("worn out")
        return super().forward(x)


def test_a_picture_that_fails_hides_no_error_of_the_training(make, sent):
    trainer = make(model=Wears(2, 1), loss_fn="bce_with_logits")
    trainer.train(epochs=20)
    with pytest.raises(RuntimeError, match="worn out"):
        trainer.wait()
    tell(trainer, {"type": "request_full"})
    assert trainer._message["title"].startswith("RuntimeError at step")
    assert sent == []


def test_requests_for_a_picture_that_pile_up_are_answered_together(make, sent, monkeypatch):
    trainer, gate, pictures, words = make(), Gate(), [], []
    monkeypatch.setattr(trainer._publisher, "send_picture", lambda *, full: pictures.append(full))
    monkeypatch.setattr(type(trainer), "_say_again", lambda _: words.append(len(pictures)))
    trainer._loop.submit(c.Do(gate))
    gate.wait()
    for missed in [False, True, False, *[False] * 50]:
        trainer._handle_custom_msg({"type": "request_full", "missed": missed}, [])
    gate.open()
    tell(trainer, {"type": "request_full"})
    assert pictures[-1] is True
    assert len(pictures) <= 2
    assert words == [0]


@pytest.mark.parametrize(
    ("present", "name", "value", "said"),
    [
        ({"n_classes": 8}, "n_samples", 4, "at least 8, not 4"),
        ({"n_samples": 4}, "n_classes", 8, "at least 8, not 4"),
        ({"n_samples": 4}, "test_share", 0.9, "leaves none to train with"),
        ({}, "noise", 1e308, "at most 1000, not 1e"),
    ],
)
def test_settings_of_data_that_do_not_go_together_are_refused_where_they_were_set(
    make, sent, present, name, value, said
):
    trainer = make("gaussians", **({"n_samples": 40} | present))
    before, data = getattr(trainer, name), trainer.dataset
    with pytest.raises(TraitError, match=said):
        setattr(trainer, name, value)
    tell(trainer, {"type": "set", "name": name, "value": value})
    (answer,) = sent
    assert answer["type"] == "refused"
    assert said in answer["message"]
    assert (getattr(trainer, name), trainer.dataset, trainer._message) == (before, data, None)


@pytest.mark.parametrize(("present", "name", "value"), [("circles", "dataset", "rings"), ("gaussians", "n_classes", 5)])
def test_data_that_a_module_does_not_fit_are_told_to_the_view_as_a_command_that_failed(
    make, sent, present, name, value
):
    trainer = make(present, model=nn.Linear(2, 1))
    before, data = trainer.n_classes, trainer.dataset
    tell(trainer, {"type": "set", "name": name, "value": value})
    (answer,) = sent
    assert (answer["type"], answer["command"]) == ("failed", "SetData")
    assert "needs one output per class" in answer["message"]
    assert (trainer.n_classes, trainer.dataset, trainer._message) == (before, data, None)


def test_a_view_says_what_it_wants_to_see_and_hears_an_answer(make, sent):
    trainer = make()
    before = trainer._channel.told
    tell(trainer, LOOK | {"focus": [0, 1]})
    assert sent == [{"type": "here", "number": before}]  # a picture for this view follows
    view = trainer._channel.views["a"]
    assert (view.visible, view.focus, view.map_size, view.tile_size) == (True, (0, 1), 20, 8)
    tell(trainer, {"type": "leave", "view": "a"})
    assert trainer._channel.views == {}


# --- refused


@pytest.mark.fault("hostile messages")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", -1),
        ("learning_rate", "1"),
        ("learning_rate", None),
        ("learning_rate", 10**400),
        ("learning_rate", [0.1]),
        ("batch_size", 0),
        ("batch_size", 24),
        ("batch_size", 2.5),
        ("hidden_layers", [0]),
        ("hidden_layers", None),
        ("hidden_layers", "22"),
        ("hidden_layers", {"a": 1}),
        ("activation", "__class__"),
        ("activation", ["tanh", "relu"]),
        ("activation", []),
        ("dropout", [2.0]),
        ("dropout", {"a": 1}),
        ("loss_fn", "nowhere"),
        ("loss_fn", 5),
        ("schedule", "nowhere"),
        ("schedule", {"name": "step", "gamma": 7}),
        ("stop_when", {"epoch": 0}),
        ("stop_when", None),
        ("n_classes", 9),
        ("n_classes", 3),
        ("optimizer", None),
        ("optimizer", "custom"),
        ("dataset", None),
        ("dataset", "nowhere"),
        ("dataset", {"name": "moons"}),
        ("n_samples", 1),
        ("n_samples", 10**9),
        ("seed", -1),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_where_it_was_set(make, sent, name, value):
    trainer = make()
    tell(trainer, {"type": "set", "name": name, "value": value})
    (answer,) = sent
    assert answer["type"] == "refused"
    assert answer["name"] == name
    assert answer["message"]
    json.dumps(answer)
    trainer.step(2)
    assert same_bits(trainer.model.state_dict(), PlainRun(small_data()).train(2).state())


@pytest.mark.fault("hostile messages")
@pytest.mark.parametrize(
    "content",
    [
        None,
        5,
        "play",
        [],
        {},
        {"type": None},
        {"type": ["play"]},
        {"type": "explode"},
        {"type": "_tell"},
        {"type": "set", "name": "status", "value": "running"},
        {"type": "set", "name": "_loop", "value": None},
        {"type": "set", "name": "_esm", "value": "alert()"},
        {"type": "set", "name": "model", "value": None},
        {"type": "set", "name": "close", "value": 1},
        {"type": "set", "name": "__class__", "value": "x"},
        {"type": "set", "name": "layout", "value": {}},
        {"type": "set", "name": None, "value": 1},
        {"type": "set", "name": 5, "value": 5},
        {"type": "set", "name": [], "value": []},
        {"type": "set", "name": {}, "value": {}},
        {"type": "step", "n": 0},
        {"type": "step", "n": "x"},
        {"type": "step", "unit": "year"},
        {"type": "step", "unit": ["batch"]},
        {"type": "reset", "seed": "x"},
        {"type": "reset", "seed": -1},
        {"type": "rewind", "epoch": 7},
        {"type": "rewind", "epoch": -7},
        {"type": "rewind", "epoch": None},
        {"type": "ack"},
        {"type": "ack", "number": "5", "held": 0.0},
        {"type": "ack", "number": -5, "held": 0.0},
        {"type": "ack", "number": 5},
        {"type": "ack", "number": 5, "held": -1.0},
        {"type": "look"},
        LOOK | {"view": 5},
        LOOK | {"view": ""},
        LOOK | {"focus": 5},
        LOOK | {"focus": [0]},
        LOOK | {"focus": [0, 1, 2]},
        LOOK | {"focus": [-1, 0]},
        LOOK | {"focus": "ab"},
        LOOK | {"map_size": 100_000},
        LOOK | {"map_size": 0},
        LOOK | {"tile_size": None},
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_changes_nothing(make, sent, content):
    trainer = make()
    tell(trainer, content)
    (answer,) = sent
    assert answer["type"] == "failed"
    assert answer["message"]
    json.dumps(answer)
    assert (trainer.status, trainer.step_count, trainer.seed) == ("idle", 0, 0)
    assert trainer._channel.views == {}
    assert trainer._loop.journal == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("name", "value", "n", "unit", "seed", "epoch", "number", "view", "visible", "focus", "map_size", "tile_size")


@pytest.mark.fault("hostile messages")
@settings(max_examples=150)
@given(
    st.sampled_from(sorted((_HANDLERS | _OWN["planes"]).keys() - {"set", "play"})),
    st.dictionaries(st.sampled_from(FIELDS), JSON),
)
def test_no_message_raises_or_stops_the_trainer(kind, fields):
    fields.pop("n", None)  # a large number of steps would be made
    trainer = STEADY
    trainer._handle_custom_msg({"type": kind} | fields, [])
    trainer.wait(PATIENCE)
    assert trainer.status in ("idle", "paused")
    before = trainer.step_count
    trainer.step()
    assert trainer.step_count == before + 1


STEADY = PlanarTrainer(small_data())


@pytest.mark.fault("hostile messages")
@settings(max_examples=100)
@given(st.sampled_from(sorted(PlanarTrainer._browser_settings - {"n_samples", "hidden_layers"})), JSON)
def test_no_setting_breaks_the_trainer(name, value):
    STEADY._handle_custom_msg({"type": "set", "name": name, "value": value}, [])
    STEADY.wait(PATIENCE)
    STEADY.reset()
    STEADY.step()
    assert STEADY.step_count == 1 or STEADY.status == "diverged"


def test_a_command_that_fails_later_is_answered_and_the_control_goes_back(make, sent):
    trainer = make()
    gate = Gate()
    trainer._loop.submit(c.Do(gate))
    gate.wait()
    for name, value in (("batch_size", 20), ("dataset", ([[0.0, 0.0], [1.0, 1.0]], [0, 1]))):
        trainer._handle_custom_msg({"type": "set", "name": name, "value": value}, [])
    trainer._handle_custom_msg({"type": "set", "name": "batch_size", "value": 15}, [])
    gate.open()
    trainer._loop.call(c.Do(lambda: None))
    (answer,) = sent
    assert answer["type"] == "failed"
    assert "between 1 and 2" in answer["message"]
    assert trainer.batch_size == 2


@pytest.mark.parametrize("content", [{"type": "play"}, {"type": "step"}, {"type": "request_full"}, {"type": "reset"}])
def test_a_closed_trainer_answers_that_it_is_closed(make, sent, content):
    trainer = make()
    trainer.close()
    trainer._handle_custom_msg(content, [])
    (answer,) = sent
    assert answer["type"] == "failed"
    assert "closed" in answer["message"]


def test_a_handler_never_waits_for_the_training(make, sent):
    trainer = make()
    gate = Gate()
    held = trainer._loop.submit(c.Do(gate))
    gate.wait()
    for content in (
        {"type": "set", "name": "learning_rate", "value": 0.2},
        {"type": "step"},
        {"type": "pause"},
        {"type": "rewind", "epoch": 0},
        {"type": "reset"},
        {"type": "request_full"},
        LOOK,
        {"type": "ack", "number": 1, "held": 0.0},
    ):
        trainer._handle_custom_msg(content, [])  # returns, although nothing can be carried out
    gate.open()
    held.result(PATIENCE)
    trainer.wait(PATIENCE)
    assert (trainer.learning_rate, trainer.step_count) == (0.2, 0)


@pytest.mark.parametrize("layers", [[17], [2] * 9, [10**9]])
def test_a_view_cannot_make_a_network_larger_than_its_controls_offer(make, layers):
    trainer = make()
    said = []
    trainer.send = lambda content, buffers=None: said.append(content)
    trainer._handle_custom_msg({"type": "set", "name": "hidden_layers", "value": layers}, [])
    assert [message["type"] for message in said] == ["refused"]
    assert trainer.hidden_layers == (2,)
    trainer.hidden_layers = (20, 2)
    trainer._handle_custom_msg({"type": "set", "name": "hidden_layers", "value": [20, 3]}, [])
    trainer.pause()
    assert trainer.hidden_layers == (20, 3)


@pytest.mark.parametrize("content", [LOOK, {"type": "ack", "number": 2, "held": 0.0}], ids=["look", "ack"])
def test_the_steps_under_way_hear_when_the_next_picture_is_wanted(make, sent, content):
    trainer = make()
    if content is not LOOK:
        tell(trainer, LOOK)  # which is answered with a second picture, after that of the start
        assert (trainer._channel.sent, trainer._channel.acknowledged) == (2, 0)
    trainer._publisher._published_at = float("inf")  # no numbers are due meanwhile
    trainer._channel._beat -= 1.0  # the next picture could have been taken long ago
    trainer._loop.look_again()
    before = trainer._loop.stop.deadline
    trainer._handle_custom_msg(content, [])
    assert trainer._loop.stop.deadline < before
