"""Ten thousand messages that make no sense, or little, to each kind of widget: it says so, and goes on."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

import psutil
import pytest
import torch
from torch import nn
from traitlets import TraitError

import nnwidgets
from nnwidgets import FunctionTrainer, ImageTrainer, NetworkAnatomy, PerceptronTrainer, PlanarTrainer
from nnwidgets.training import commands as c
from nnwidgets.training.engines.fused import _compilation
from nnwidgets.widgets._background import BackgroundExplorer
from tests.unit.hostile import ODD, RAN, SAID, Attacker, Listener, Wire
from tests.unit.pictures import small_images
from tests.unit.plain import PATIENCE, closed, same_bits, small_data

pytestmark = pytest.mark.fault("hostile messages")

MOST_MEMORY = 60e6  # bytes that thousands of messages may leave
TRAINERS = {
    "planar": lambda: PlanarTrainer(small_data(), engine="eager"),
    "compiled": lambda: PlanarTrainer(small_data()),
    "perceptron": lambda: PerceptronTrainer(small_data("gaussians")),
    "function": lambda: FunctionTrainer("sine", n_samples=20, engine="eager"),
    "images": lambda: ImageTrainer(small_images(), hidden_layers=(5, 4), batch_size=7),
}
EXPLORERS = (
    "ActivationExplorer", "BackpropExplorer", "DescentExplorer", "HebbExplorer", "InitializationExplorer",
    "LossExplorer", "NeuronExplorer", "SoftmaxExplorer",
)  # fmt: skip
LISTENER = Listener()


@pytest.fixture(autouse=True)
def nothing_is_run(caplog):
    """Whatever was said: no text was run, and nobody logged an error."""
    with LISTENER, caplog.at_level(logging.WARNING):
        yield
    assert RAN == []
    assert LISTENER.heard == []
    assert [record.getMessage()[:300] for record in caplog.records] == []


def settings_of(trainer):
    """What a view may set of a trainer, as it travels."""
    plain = {name: getattr(trainer, name) for name in trainer._browser_settings}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    return plain | ({"dataset": "moons"} if "dataset" in plain else {})


def state_of(trainer):
    """All that a refused message must leave as it was."""
    loop = trainer._loop
    return {
        "settings": {name: getattr(trainer, name) for name in trainer._browser_settings},
        "position": loop.experiment.position,
        "weights": {name: value.clone() for name, value in trainer.model.state_dict().items()},
        "journal": len(loop.journal),
        "pinned": [run.name for run in trainer.history.pinned],
        "traits": [trainer.status, trainer._esm, trainer._view_name, trainer._model_module, trainer.seed],
        "views": {name: view.wants for name, view in trainer._channel.views.items()},
    }


def same(one, other):
    weights = one.pop("weights"), other["weights"]
    rest = {name: value for name, value in other.items() if name != "weights"}
    return one == rest and same_bits(*weights)


def settle(trainer):
    """All that was asked for is done; what was begun is ended."""
    trainer._loop.call(c.Do(lambda: None))
    if trainer.status == "running":
        trainer.pause()


def check_that_it_is_sound(trainer, kind):
    """With what may be set as it was it trains, pauses, and leaves no thread."""
    first = TRAINERS[kind]()
    of_data = () if kind == "function" else ("dataset",)
    for name in 2 * [*of_data, *sorted(trainer._browser_settings)]:  # twice, for some go with others
        with suppress(TraitError):
            setattr(trainer, name, getattr(first, name))
    assert settings_of(trainer) == settings_of(first)
    first.close()
    trainer.speed, trainer.seed = None, 0
    trainer.reset()
    trainer.step(2)
    assert (trainer.status, trainer.step_count) == ("idle", 2)
    reached = threading.Event()
    trainer.on_epoch_end(lambda _: reached.set())
    trainer.play()
    assert reached.wait(PATIENCE)
    trainer.pause()
    assert trainer.status == "paused"
    closed(trainer)


@pytest.fixture(scope="module")
def loaded():
    """What a first run loads in the background is there, and takes no memory later on."""
    _compilation("float32").result()


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("kind", TRAINERS)
def test_a_trainer_refuses_what_makes_no_sense_and_goes_on(kind):
    trainer = TRAINERS[kind]()
    wire, attacker = Wire(trainer), Attacker(kind, SAID[trainer._SPEAKS], settings_of(trainer), trainer.keys)
    storm, process = list(attacker.messages(1300)), psutil.Process()
    before, size = state_of(trainer), 0
    for number, (data, buffers) in enumerate(storm):
        if number == 300:
            size = process.memory_info().rss
        refused = len(wire.refusals)
        wire.say(data, buffers)
        settle(trainer)
        answers, after = len(wire.refusals) - refused, state_of(trainer)
        assert answers <= 1, data
        assert not answers or same(before, after), (data, wire.refusals[-1])
        before = after
    assert process.memory_info().rss - size < MOST_MEMORY
    assert 0.4 * len(storm) < len(wire.refusals) < len(storm)
    assert max(len(str(said)) for said in wire.refusals) < 500
    assert len(trainer._channel.views) <= 64
    check_that_it_is_sound(trainer, kind)


@pytest.mark.parametrize("kind", ["compiled", "images"])
def test_a_storm_of_messages_does_not_keep_a_run_from_going_on(kind):
    trainer = TRAINERS[kind]()
    wire = Wire(trainer)
    ends = [
        each for each in SAID[trainer._SPEAKS] if each["type"] in ("edit", "freeze", "pin", "export", "look", "ack")
    ]
    attacker = Attacker("storm", ends, {"speed": 3, "l2": 0.1}, trainer.keys)
    trainer.train()
    for data, buffers in attacker.messages(700):
        wire.say(data, buffers)
    trainer._loop.call(c.Do(lambda: None))
    assert trainer.status in ("running", "diverged")  # a weight may have been set to anything
    assert trainer.step_count > 0
    assert len(wire.refusals) > 300
    trainer.pause()
    check_that_it_is_sound(trainer, kind)


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_refuses_what_makes_no_sense_and_goes_on(name):
    explorer = getattr(nnwidgets, name)()
    check_explorer(explorer, 260)


def test_an_anatomy_refuses_what_makes_no_sense_and_goes_on():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    check_explorer(NetworkAnatomy(model, input=torch.zeros(4, 2)), 200)


def wait_for_all_of(explorer):
    """Wait for what follows from settings that were taken, weights that are drawn among them."""
    with suppress(Exception):  # a network that cannot be
        explorer.wait(PATIENCE)


def check_explorer(explorer, count):
    wire = Wire(explorer)
    said = [{"type": "here"}, {"type": "next_pass"}, {"type": "refresh"}, {"type": "pause"}]
    attacker = Attacker(type(explorer).__name__, said, explorer._settings(), explorer.keys)
    for data, buffers in attacker.messages(count):
        if isinstance(explorer, BackgroundExplorer):
            wait_for_all_of(explorer)
        before, refused = explorer._settings(), len(wire.refusals)
        wire.say(data, buffers)
        answers = len(wire.refusals) - refused
        assert answers <= 1, data
        assert not answers or explorer._settings() == before, data
    assert 0.4 * count < len(wire.refusals)
    assert max(len(str(said)) for said in wire.refusals) < 500
    explorer.reset()
    first = explorer._about["first"]
    assert {name: explorer._settings()[name] for name in first} == first
    explorer.close()


@pytest.mark.parametrize("kind", [*TRAINERS, *EXPLORERS])
def test_what_is_not_for_views_to_set_stays_as_it_is(kind):
    widget = TRAINERS[kind]() if kind in TRAINERS else getattr(nnwidgets, kind)()
    wire = Wire(widget)
    settings = () if kind in TRAINERS else widget._setting_names()
    fixed = sorted({*widget.keys, "model", "comm", "_loop", "__class__"} - {*settings, "tooltip", "tabbable"})
    for name in fixed:
        before = widget.get_state([each for each in (name,) if each in widget.keys])
        for value in ("evil", {"evil": ["evil"]}):
            wire.say({"method": "update", "state": {name: value}, "buffer_paths": []})
            assert wire.refusals.pop()["message"] == f"{name!r} cannot be set from a view"
        assert widget.get_state(before) == before
    assert wire.refusals == []
    widget.close()


@pytest.mark.parametrize("kind", ["planar", "NeuronExplorer"])
def test_a_message_that_is_none_is_answered_once(kind):
    widget = TRAINERS[kind]() if kind in TRAINERS else getattr(nnwidgets, kind)()
    wire, custom = Wire(widget), {"method": "custom"}
    for said in (*ODD, {}, custom, {"method": "echo_update", "state": {}}):
        for data in (said, custom | {"content": {} if said == {"type": "play"} else said}):
            if wire.say(data):
                assert len(wire.refusals) == 1, data
                wire.refusals.clear()
    widget.close()


def test_half_a_character_can_be_sent_back():
    trainer = TRAINERS["planar"]()
    wire = Wire(trainer)
    trainer.step(2)
    wire.say({"method": "custom", "content": {"type": "pin", "name": "brain \ud83e"}})
    trainer._loop.call(c.Do(lambda: None))
    assert [run.name for run in trainer.history.pinned] == ["brain ?"]
    assert wire.refusals == []
    trainer.close()
