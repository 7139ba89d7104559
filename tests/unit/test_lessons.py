"""Lessons: what a preset says is true of its run, and what a student sees is what was asked for."""

from __future__ import annotations

import re

import pytest
import traitlets

from nnwidgets import PlanarTrainer
from nnwidgets.presets import PRESETS
from nnwidgets.widgets._showing import CONTROLS, INSIDE, PANELS


@pytest.fixture
def preset():
    made = []

    def run(name, epochs=0, **overrides):
        trainer = PlanarTrainer.preset(name, **overrides)
        made.append(trainer)
        if epochs:
            trainer.train(epochs=epochs)
            trainer.wait()
        return trainer

    yield run
    for trainer in made:
        trainer.close()


def go_on(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait()
    return trainer


# -- what the sentences say -----------------------------------------------------------------------


def test_two_neurons_leave_one_point_in_seven_of_two_circles_wrong(preset):
    trainer = preset("chapter", 20)
    assert trainer.loss < 0.45
    loss = trainer.loss
    go_on(trainer, 180)
    assert loss - trainer.loss < 0.05
    assert 1 / 8 < 1 - trainer.accuracy < 1 / 6


def test_one_neuron_cannot_do_xor_and_four_can(preset):
    trainer = preset("xor")
    for _ in range(10):
        assert go_on(trainer, 20).accuracy < 0.8
    trainer.hidden_layers = (2,)
    trainer.reset()
    assert 0.85 < go_on(trainer, 100).accuracy < 0.91
    trainer.hidden_layers = (4,)
    trainer.reset()
    assert go_on(trainer, 50).accuracy >= 0.97


def test_two_neurons_cannot_close_a_circle_and_three_can(preset):
    trainer = preset("circles")
    for _ in range(10):
        assert go_on(trainer, 20).accuracy < 0.9
    trainer.hidden_layers = (3,)
    trainer.reset()
    assert go_on(trainer, 20).accuracy > 0.99


def test_a_learning_rate_too_large_keeps_the_loss_above_and_a_smaller_one_does_not(preset):
    trainer = preset("learning_rate", 100)
    losses = [float(row) for row in trainer.history.epochs[:, 1]]
    running = losses[50:]
    assert trainer.loss > 0.3
    assert min(running) > 0.3
    assert max(running) > 1.5 * min(running)
    trainer.learning_rate = 0.3
    trainer.reset()
    assert go_on(trainer, 20).loss < 0.05


def test_weights_that_are_zero_stay_zero(preset):
    trainer = preset("zeros", 100)
    weights = [value for name, value in trainer.model.state_dict().items() if name.endswith("weight")]
    assert weights
    assert all(not weight.any() for weight in weights)
    assert trainer.accuracy == pytest.approx(0.5)
    trainer.initialiser = "xavier_uniform"
    trainer.reset()
    assert go_on(trainer, 50).accuracy > 0.95


CURES = {
    "more data": {"n_samples": 2000},
    "L2": {"l2": 0.01},
    "dropout": {"dropout": 0.5},
    "early stopping": {"stop_when": {"patience": 20}},
}


def test_the_overfitting_run_overfits(preset):
    trainer = preset("overfitting", 400)
    assert trainer.loss < 0.1
    assert 75 < trainer.history.test_loss.argmin() < 125
    assert trainer.history.test_loss.min() < 0.4
    assert trainer.test_loss > 1


@pytest.mark.parametrize("cure", CURES)
def test_each_cure_of_overfitting_cures_it(preset, cure):
    trainer = preset("overfitting", 400, **CURES[cure])
    assert trainer.test_loss < 0.5


def test_a_spiral_wants_two_layers(preset):
    trainer = preset("spiral", 50)
    assert trainer.accuracy < 0.75
    assert go_on(trainer, 50).accuracy == 1
    trainer.hidden_layers = (8,)
    trainer.reset()
    assert go_on(trainer, 200).accuracy < 0.7


# -- presets --------------------------------------------------------------------------------------


def test_a_preset_takes_other_arguments_and_brings_its_sentence(preset):
    trainer = preset("xor", learning_rate=0.7, lesson="Look")
    assert (trainer.learning_rate, trainer.hidden_layers, trainer.lesson) == (0.7, (1,), "Look")
    assert preset("xor").lesson == PRESETS["xor"].lesson


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'spiral'"):
        PlanarTrainer.preset("spirals")
    with pytest.raises(ValueError, match="there are 'chapter', 'xor'"):
        PlanarTrainer.preset("qqqq")


def test_the_presets_are_listed_with_titles_and_one_sentence_each():
    for each in PlanarTrainer.presets():
        assert each.title[0].isupper()
        assert ":" not in each.title
        assert each.look_for.endswith(".")
        assert not re.search(r"\.\s", each.look_for)


@pytest.mark.parametrize("name", PRESETS)
def test_a_lesson_that_is_chosen_on_screen_is_the_run_of_the_preset(make, preset, name):
    trainer = make("moons", engine="auto", hidden_layers=(3, 2), activation=("relu", "tanh"), optimizer="adam", l1=0.1)
    go_on(trainer, 3)
    trainer._handle_custom_msg({"type": "preset", "name": name}, [])
    go_on(trainer, 2)
    other = preset(name, 2)
    assert trainer.history.steps.tobytes() == other.history.steps.tobytes()
    assert trainer.lesson == other.lesson
    assert not trainer._loop.journal


def test_a_trainer_of_ones_own_module_says_that_it_has_no_lessons(make):
    from torch import nn

    trainer = make(model=nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()))
    sent = []
    trainer.send = lambda content, buffers=None: sent.append(content)
    trainer._handle_custom_msg({"type": "preset", "name": "xor"}, [])
    assert [(message["type"], "module of your own" in message["message"]) for message in sent] == [("failed", True)]


# -- panels and controls --------------------------------------------------------------------------


def test_what_is_shown_can_be_chosen_and_goes_with_the_configuration(make, tmp_path):
    trainer = make("circles", panels=("output", "network", "errors"), controls=["play", "noise"], lesson="Look: there.")
    assert trainer.panels == ("network", "output", "errors")
    assert trainer.controls == ("play", "noise")
    again = PlanarTrainer.from_config(trainer.config())
    trainer.save(tmp_path / "run")
    loaded = PlanarTrainer.load(tmp_path / "run")
    for other in (again, loaded):
        assert (other.panels, other.controls, other.lesson) == (trainer.panels, trainer.controls, trainer.lesson)
        other.close()


def test_what_is_shown_is_no_part_of_the_run(make):
    trainer = make()
    trainer.step(2)
    trainer.panels, trainer.controls, trainer.lesson = ("data",), (), "Look"
    assert not trainer._loop.journal
    trainer.learning_rate = 0.5  # a hidden control hides nothing from Python
    assert trainer._loop.experiment.settings.learning_rate == 0.5
    trainer._handle_custom_msg({"type": "set", "name": "batch_size", "value": 2}, [])
    assert trainer.batch_size == 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("panels", ("dat",), "did you mean 'data'"),
        ("panels", ("zzz",), "there are data, network"),
        ("panels", 3, "must list names"),
        ("controls", ("learningrate",), "did you mean 'learning_rate'"),
        ("controls", ("panels", "lr_"), "has no 'panels'"),
    ],
)
def test_unknown_parts_are_refused_with_the_nearest(make, name, value, message):
    trainer = make()
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(trainer, name, value)
    assert getattr(trainer, name) is None


def test_the_names_are_those_of_the_settings(make):
    trainer = make()
    settings = trainer._browser_settings - {"penalty"}
    assert settings <= set(CONTROLS)
    assert set(INSIDE) <= set(PANELS)


def test_a_lesson_begins_with_nothing_frozen(preset):
    trainer = preset("chapter")
    trainer.freeze("0.weight")
    trainer._handle_custom_msg({"type": "preset", "name": "circles"}, [])
    trainer.pause()
    assert trainer.lesson == PRESETS["circles"].lesson
    assert not any(mask.any() for mask in trainer.frozen.values())
    assert all(parameter.requires_grad for parameter in trainer.model.parameters())
