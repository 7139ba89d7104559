"""Pictures of widgets from their saved state."""

from __future__ import annotations

import base64
import copy
import re

import ipywidgets
import numpy as np
import pytest
import torch

import nnwidgets
from nnwidgets import (
    ActivationExplorer,
    BackpropExplorer,
    FunctionTrainer,
    ImageTrainer,
    InitializationExplorer,
    NetworkAnatomy,
    PerceptronTrainer,
    PlanarTrainer,
)
from nnwidgets.export.pictures import as_png, picture
from tests.unit.pictures import small_images
from tests.unit.saved_notebooks import difference, states_of

NEAR = 2.0  # of 255, on average: maps were saved more coarsely than figures are drawn


def trained(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait()
    return trainer


def made(name):
    """A trainer that has been trained, and one like it that has not."""
    makers = {
        "circles": lambda: PlanarTrainer(hidden_layers=(3,), learning_rate=0.5, test_share=0.2, engine="eager"),
        "rings": lambda: PlanarTrainer("rings", hidden_layers=(4,), learning_rate=0.5, n_samples=200, engine="eager"),
        "hills": lambda: PlanarTrainer("hills", hidden_layers=(4,), n_samples=200, engine="eager"),
        "module": lambda: PlanarTrainer("moons", model=Own(), loss_fn="bce", n_samples=100),
        "function": lambda: FunctionTrainer("sine", hidden_layers=(6,), engine="eager"),
        "perceptron": lambda: PerceptronTrainer(axes=(1, 0)),
        "images": lambda: ImageTrainer(small_images(), hidden_layers=(8,), learning_rate=0.5, batch_size=6),
    }
    return trained(makers[name](), 12), makers[name]()


class Own(torch.nn.Module):
    """A network that is no chain of layers."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)

    def forward(self, x):
        return torch.sigmoid(self.second(torch.relu(self.first(x))))


@pytest.mark.parametrize("name", ["circles", "rings", "hills", "module", "function", "perceptron"])
def test_a_trainers_picture_from_its_state_is_its_figure(name):
    trainer, untrained = made(name)
    seen = picture(trainer.model_id, states_of(trainer))
    before = picture(untrained.model_id, states_of(untrained))
    figure = as_png(trainer.figure())
    assert difference(seen.png, figure) < NEAR
    assert difference(before.png, figure) > 2 * difference(seen.png, figure)
    trainer.close()
    untrained.close()


def test_an_image_trainers_picture_has_the_images_on_screen_with_the_answers_of_the_trained_network():
    trainer, untrained = made("images")
    seen = picture(trainer.model_id, states_of(trainer))
    figure = as_png(trainer.figure())
    # The curves and the matrix are those of the figure; the images are others than those that it chooses.
    lower = np.s_[-450:]
    assert np.abs(crop(seen.png, lower) - crop(figure, lower)).mean() < NEAR
    assert difference(seen.png, picture(untrained.model_id, states_of(untrained)).png) > NEAR
    assert f"test accuracy {100 * trainer.test_accuracy:.1f}\u2009%" in seen.text
    trainer.close()
    untrained.close()


def crop(png, rows):
    from tests.unit.saved_notebooks import pixels

    return pixels(png)[rows]


def test_the_words_say_how_the_run_stood():
    trainer = trained(PlanarTrainer(hidden_layers=(3,), engine="eager", n_samples=100), 3)
    trainer._record()
    seen = picture(trainer.model_id, states_of(trainer))
    assert seen.text == (
        f"PlanarTrainer, recorded run: epoch 3, loss {trainer.loss:.3g}, accuracy {100 * trainer.accuracy:.1f}\u2009%. "
        "This picture stands in where no JavaScript runs."
    )
    trainer.close()


def test_a_picture_has_twice_the_pixels_that_it_is_shown_with():
    trainer = PlanarTrainer()
    seen = picture(trainer.model_id, states_of(trainer))
    width, height = seen.size
    assert 900 < width < 1100
    assert crop(seen.png, np.s_[:]).shape[:2] == pytest.approx((2 * height, 2 * width), abs=1)
    trainer.close()


def test_where_the_last_pause_was_not_saved_the_recording_is_drawn():
    trainer = trained(PlanarTrainer(hidden_layers=(3,), engine="eager", n_samples=100), 5)
    assert trainer._record()
    states = states_of(trainer)
    usual = picture(trainer.model_id, states)
    entry = states[trainer.model_id]
    entry["state"]["_snapshot"] = None
    entry["buffers"] = [each for each in entry["buffers"] if each["path"][0] != "_snapshot"]
    seen = picture(trainer.model_id, states)
    assert "epoch 5" in seen.text
    assert difference(seen.png, usual.png) < NEAR
    entry["buffers"] = [each for each in entry["buffers"] if each["path"] != ["_recorded"]]
    assert picture(trainer.model_id, states).png is None
    trainer.close()


def test_pinned_runs_are_in_figure_and_picture():
    trainer = trained(PlanarTrainer(engine="eager", n_samples=50), 5)
    trainer.pin()
    trainer.reset()
    trained(trainer, 3)
    figure = trainer.figure()
    (loss, *_) = [axes for axes in figure.axes if axes.get_title(loc="left").startswith("loss")]
    assert [len(line.get_xdata()) for line in loss.lines] == [5, 3]
    assert [text.get_text() for text in loss.get_legend().texts] == ["pinned", "train"]
    assert difference(picture(trainer.model_id, states_of(trainer)).png, as_png(figure)) < NEAR
    trainer.close()


PRESETS = {"DescentExplorer": -1, "HebbExplorer": -1, "LossExplorer": 0, "NeuronExplorer": -1, "SoftmaxExplorer": -1}


@pytest.mark.parametrize("name", PRESETS)
def test_an_explorer_is_made_anew_from_its_settings(name):
    kind = getattr(nnwidgets, name)
    explorer = kind.preset(list(kind.PRESETS)[PRESETS[name]])
    seen = picture(explorer.model_id, states_of(explorer))
    assert seen.text == f"{name}. This picture stands in where no JavaScript runs."
    assert seen.png == as_png(explorer.figure())
    usual = kind()
    assert seen.png != picture(usual.model_id, states_of(usual)).png
    explorer.close()
    usual.close()


def test_a_function_of_the_users_is_drawn_as_it_was_sampled():
    explorer = ActivationExplorer(activation=lambda x: torch.sin(x) * x, x=1.5)
    seen = picture(explorer.model_id, states_of(explorer))
    assert difference(seen.png, as_png(explorer.figure())) < 0.01
    explorer.close()


def test_explorers_that_pytorch_computes_are_drawn_with_what_it_found():
    backprop = BackpropExplorer(inputs=[[0.3, -0.7]])
    backprop.wait()
    initialization = InitializationExplorer(n_layers=3, width=8, initialiser="xavier")
    initialization.train(epochs=2)
    initialization.wait()
    initialization.moment = "now"
    for explorer in (backprop, initialization):
        seen = picture(explorer.model_id, states_of(explorer))
        assert difference(seen.png, as_png(explorer.figure())) < 0.1, seen.text
        explorer.close()


def test_what_cannot_be_made_anew_keeps_the_picture_that_it_had_or_says_that_there_is_none():
    backprop = BackpropExplorer(model=Own(), inputs=[[0.1, 0.2]], targets=[[1.0]], loss_fn="bce")
    backprop.wait()
    anatomy = NetworkAnatomy(torch.nn.Linear(3, 2), input=torch.zeros(1, 3))
    states, kept = states_of(backprop, anatomy), as_png(anatomy.figure())
    seen = picture(backprop.model_id, states)
    assert seen.png is None
    assert "your own" in seen.text
    assert picture(anatomy.model_id, states).png is None
    assert picture(anatomy.model_id, states, kept) == type(seen)(
        "NetworkAnatomy. This picture stands in where no JavaScript runs.", kept
    )
    assert picture(anatomy.model_id, states, b"no picture").png is None
    backprop.close()
    anatomy.close()


def test_a_box_has_the_pictures_of_ours_one_below_the_other_and_others_have_words():
    neuron, slider = nnwidgets.NeuronExplorer(), ipywidgets.IntSlider()
    box = ipywidgets.HBox([ipywidgets.VBox([neuron]), slider, neuron])
    states = states_of(box)
    one, both = picture(neuron.model_id, states), picture(box.model_id, states)
    assert both.size[1] == pytest.approx(2 * one.size[1] + 12, abs=2)
    assert both.text == f"{one.text}\n{one.text}"
    assert picture(slider.model_id, states).text == "IntSlider, which needs a running kernel."
    states[box.model_id]["state"]["children"] = [f"IPY_MODEL_{box.model_id}"]  # in itself
    assert picture(box.model_id, states).png is None
    for each in (box, slider, neuron):
        each.close()


def test_names_are_text_in_pictures():
    x, y = np.random.default_rng(0).normal(size=(30, 2)), ["$a_1", "<img src=x onerror=alert(1)>", "_c"] * 10
    data = nnwidgets.as_dataset((x, y))
    trainer = PlanarTrainer(data, hidden_layers=(2,), engine="eager")
    seen = picture(trainer.model_id, states_of(trainer))
    assert seen.png is not None, seen.text
    trainer.close()


# -- states that nobody saved so --------------------------------------------------------------------


@pytest.fixture(scope="module")
def planar():
    trainer = trained(PlanarTrainer(hidden_layers=(3,), engine="eager", n_samples=60), 2)
    states = states_of(trainer)
    yield trainer.model_id, states
    trainer.close()


def cut(state, buffers):
    for buffer in buffers:
        buffer["data"] = buffer["data"][:8]


def forget(*path):
    def change(state, buffers):
        for key in path[:-1]:
            state = state[key]
        del state[path[-1]]

    return change


def put(value, *path):
    def change(state, buffers):
        for key in path[:-1]:
            state = state[key]
        state[path[-1]] = value

    return change


STRANGE = {
    "cut": cut,
    "no buffers": lambda state, buffers: buffers.clear(),
    "no snapshot": forget("_snapshot"),
    "a snapshot of text": put("<script>", "_snapshot"),
    "no parts": forget("_snapshot", "parts"),
    "parts of text": put("parts", "_snapshot", "parts"),
    "a huge part": put(
        [{"name": "map", "dtype": "float64", "shape": [10**9, 10**9], "offset": 0}], "_snapshot", "parts"
    ),
    "a part before its buffer": put(-8, "_snapshot", "parts", 0, "offset"),
    "a part of objects": put("object", "_snapshot", "parts", 0, "dtype"),
    "a shape that is none": put([2.5], "_snapshot", "parts", 0, "shape"),
    "other data": put(99, "_data", "version"),
    "another network": put(99, "_network", "version"),
    "no layers": put([], "_network", "layers"),
    "weights beyond the parameters": put([10**9, 3, 2], "_network", "layers", 0, "weight"),
    "inputs that there are not": put(["x9"], "_data", "inputs"),
    "axes that there are not": put([7, 8], "_data", "axes"),
    "a range of text": put(["a", "b"], "_data", "x_range"),
    "an epoch of text": put("three", "_snapshot", "epoch"),
    "too many points": put(10**12, "_data", "shown_train"),
    "names that are none": put(5, "_data", "class_names"),
    "pins that are none": put([{"name": "p"}], "_pins"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_state_that_is_not_as_it_ought_to_be_has_no_picture_and_says_so(planar, name):
    model, states = planar
    states = copy.deepcopy(states)
    entry = states[model]
    STRANGE[name](entry["state"], entry["buffers"])
    seen = picture(model, states)
    assert seen.png is None
    assert re.fullmatch(r"PlanarTrainer.*\. There is no picture of it where no JavaScript runs: .+\.", seen.text)


@pytest.mark.parametrize("entry", [None, 3, "x", [], {}, {"state": None}, {"state": []}, {"buffers": 3, "state": {}}])
def test_what_is_no_state_at_all_has_words(entry):
    seen = picture("1", {"1": entry})
    assert seen.png is None
    assert seen.text


def test_a_class_that_is_not_ours_is_not_looked_for():
    state = {"_anywidget_id": "nnwidgets.export.notebook.os", "_about": {"arguments": [], "settings": ["name"]}}
    seen = picture("1", {"1": {"state": state}})
    assert seen.text == "os. There is no picture of it where no JavaScript runs."


def test_buffers_go_where_they_belong_and_nowhere_else(planar):
    model, states = planar
    states = copy.deepcopy(states)
    stale = base64.b64encode(b"stale").decode()
    for path in (["_past", "data", "points"], ["_pins", 3, "rows"], [], "path", ["_data", "axes", -1], [["x"]]):
        states[model]["buffers"].append({"path": path, "encoding": "base64", "data": stale})
    states[model]["buffers"] += [None, 3, {"path": ["a"], "encoding": "base64", "data": "*"}, {"path": ["b"]}]
    assert picture(model, states).png is not None


def test_what_nobody_had_measured_when_it_was_saved_is_measured_for_its_picture():
    explorer = InitializationExplorer(n_layers=3, width=8)
    states = states_of(explorer)
    states[explorer.model_id]["state"]["_measured"] = None
    assert picture(explorer.model_id, states).png is not None
    explorer.close()
