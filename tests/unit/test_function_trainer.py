"""`FunctionTrainer` without a browser: a fit that is the sum of its parts, and the verbs that all trainers share."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from traitlets import TraitError

from nnwidgets import FunctionTrainer
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.targets import FUNCTIONS, GRID, make_function_data, places
from nnwidgets.training import commands as c
from nnwidgets.widgets import function as function_module
from tests.unit.plain import PATIENCE, maker, same_bits
from tests.unit.test_inbox import LOOK, tell

make = maker(FunctionTrainer, engine="eager", n_samples=32)


@pytest.fixture
def sent(monkeypatch):
    messages = []

    def send(_, content, buffers=None):
        messages.append((content, buffers))

    monkeypatch.setattr(FunctionTrainer, "send", send)
    return messages


def train(trainer, epochs):
    trainer.train(epochs=epochs)
    trainer.wait(PATIENCE)
    return trainer


def parts_of(frame, buffer):
    return {
        part["name"]: np.frombuffer(buffer, part["dtype"], math.prod(part["shape"]), part["offset"]).reshape(
            part["shape"]
        )
        for part in frame["parts"]
    }


def snapshot(trainer):
    return parts_of(trainer._snapshot, trainer._snapshot["buffer"])


def fit_of(trainer):
    """The module's own answers at the places that are drawn."""
    with torch.no_grad():
        return trainer.model.eval()(trainer.inputs(places(trainer.domain)))[:, 0].numpy()


# -- the fit and its parts ------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from([None, True]),
    st.integers(0, 5),
    st.integers(0, 3),
)
def test_what_the_neurons_add_and_the_bias_sum_up_to_the_fit(layers, activation, standardise, seed, epochs):
    trainer = FunctionTrainer(
        "polynomial", hidden_layers=layers, activation=activation, standardise=standardise, seed=seed, engine="eager",
        n_samples=20, domain=(-1, 3), initialiser="normal", initial_scale=1.5,
    )  # fmt: skip
    try:
        if epochs:
            train(trainer, epochs)
        parts = snapshot(trainer)
        assert parts["fit"].shape == (GRID,)
        assert np.array_equal(parts["fit"], fit_of(trainer))
        data = trainer.dataset  # for the error on a page without a kernel
        with torch.no_grad():
            errors = trainer.model(trainer.inputs(data.x_train)).numpy() - data.y_train
        assert np.allclose(parts["residuals"], errors.ravel(), atol=1e-5)
        assert parts["contributions"].shape == (layers[-1], GRID)
        summed = parts["contributions"].sum(axis=0) + parts["bias"]
        assert np.allclose(summed, parts["fit"], rtol=1e-4, atol=1e-4)
        output = trainer.model[-1]
        assert parts["bias"] == output.bias.item()
        assert parts["places"].shape == (layers[-1],)
        if len(layers) > 1:
            assert np.isnan(parts["places"]).all()
        else:
            first = trainer.model[0]
            sums = first(trainer.inputs(parts["places"])).diagonal().detach()
            scale = first.weight.abs().max().item() * np.abs(parts["places"]).max() + 1
            assert np.abs(sums.numpy()).max() < 1e-5 * scale * 10
    finally:
        trainer.close()


def test_a_neuron_of_weight_zero_has_no_place(make):
    trainer = make(hidden_layers=(2,))
    with trainer.paused():
        trainer.model[0].weight.data[0] = 0.0
        trainer.model[0].weight.data[1] = 2.0
        trainer.model[0].bias.data[1] = -3.0
    places_ = snapshot(trainer)["places"]
    assert np.isnan(places_[0])
    assert places_[1] == 1.5


def test_a_module_of_ones_own_has_parts_where_it_ends_in_a_linear_layer(make):
    ends = nn.Sequential(nn.Linear(1, 3), nn.Tanh(), nn.Linear(3, 1, bias=False))
    trainer = make("bump", model=ends)
    parts = snapshot(trainer)
    assert np.allclose(parts["contributions"].sum(axis=0), parts["fit"], atol=1e-6)
    assert parts["bias"] == 0
    for other in (nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 3), nn.Linear(3, 1), nn.Tanh()), Own()):
        trainer = make("bump", model=other)
        assert {"fit", "parameters"} <= snapshot(trainer).keys()
        assert "contributions" not in snapshot(trainer)
        assert np.array_equal(snapshot(trainer)["fit"], fit_of(trainer))


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return torch.sin(self.weight * x)


def test_panels_get_what_they_want_and_nothing_else(make, sent):
    trainer = make(hidden_layers=(3,), test_share=0.25)
    sent.clear()
    look = LOOK | {"wants": ["residuals", "gradients", "activations"]}
    tell(trainer, look)
    frame, (buffer,) = next((content, buffers) for content, buffers in reversed(sent) if content["type"] == "frame")
    parts = parts_of(frame, buffer)
    x, y = trainer.dataset.x_train, trainer.dataset.y_train
    with torch.no_grad():
        residuals = trainer.model(trainer.inputs(x)).numpy() - y
    assert np.allclose(parts["residuals"], residuals.ravel(), atol=1e-6)
    gradients = torch.cat([value.ravel() for value in trainer.gradients().values()])
    assert np.allclose(parts["gradients"], gradients)
    assert parts["activations"].shape == (2, 67)
    tell(trainer, LOOK | {"wants": ["confusion"]})
    assert sent[-1][0]["type"] == "failed"


def test_a_network_without_hidden_layer_is_a_line(make):
    trainer = make("x", hidden_layers=())
    parts = snapshot(trainer)
    assert "contributions" not in parts
    assert np.allclose(np.diff(parts["fit"], 2), 0, atol=1e-5)


# -- learning -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sine", "bump", "absolute", "step", "polynomial"])
def test_the_defaults_fit_the_functions_of_the_table_well(name):
    trainer = FunctionTrainer(name)
    train(trainer, 600)
    assert trainer.loss < 0.02 * np.var(trainer.dataset.y_train)
    assert trainer.accuracy is None
    trainer.close()


def test_it_is_the_run_of_a_plain_loop(make):
    trainer = make("sine", hidden_layers=(5,), seed=3)
    train(trainer, 3)
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(1, 5), nn.Tanh(), nn.Linear(5, 1))
    x, y = torch.tensor(trainer.dataset.x_train), torch.tensor(trainer.dataset.y_train)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(3):
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(3_000_000 + epoch))
        for batch in order.split(16):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
    assert same_bits(trainer.model.state_dict(), model.state_dict())


# -- the function ---------------------------------------------------------------------------------


def test_functions_change_and_the_weights_stay(make):
    trainer = make("sine")
    weights = trainer.model[0].weight.clone()
    trainer.function = "chirp"
    assert trainer.domain == FUNCTIONS["chirp"].domain
    trainer.function = "x + 1"
    assert trainer.domain == FUNCTIONS["chirp"].domain  # what is typed is seen where one looks
    assert trainer._data["expression"] == "x + 1"
    trainer.function = "Bump"
    assert trainer.function == trainer._data["name"] == "bump"
    assert trainer.domain == (-3, 3)
    assert torch.equal(trainer.model[0].weight, weights)
    assert np.frombuffer(trainer._data["target"], np.float32)[64] == 1
    points = np.frombuffer(trainer._data["points"], np.float32).reshape(-1, 2)
    assert np.array_equal(points, np.hstack([trainer.dataset.x_train, trainer.dataset.y_train]))


def test_a_function_that_is_none_leaves_everything_as_it_is(make):
    trainer = make("sine")
    data = trainer.dataset
    for wrong in ("foo(x)", "1/(x-x)", "", None, 3, [1, 2, 3], "log(x)"):
        with pytest.raises(TraitError):
            trainer.function = wrong
    for name, wrong in (("domain", (1, 0)), ("n_samples", 1), ("noise", -1), ("test_share", 0.95), ("data_seed", -1)):
        with pytest.raises(TraitError):
            setattr(trainer, name, wrong)
    trainer.function = "sqrt(x + 3)"
    with pytest.raises(TraitError, match="at x = -4"):
        trainer.domain = (-4, 4)
    assert trainer.domain == (-3, 3)
    trainer.function = "sine"
    assert trainer.dataset.same_as(data)


def test_samples_are_made_anew_with_each_of_their_settings(make):
    trainer = make("sine")
    trainer.n_samples = 50
    trainer.noise = 0.1
    trainer.test_share = 0.2
    trainer.data_seed = 4
    trainer.domain = [-1, 1]
    assert trainer.domain == (-1.0, 1.0)
    assert trainer.dataset.same_as(make_function_data("sine", (-1, 1), 50, 0.1, 0.2, 4))
    trainer.domain = None
    assert trainer.domain == (-3, 3)


def test_callables_and_samples_of_ones_own(make):
    trainer = make(lambda x: x**2)
    assert trainer.function(3) == 9
    assert not trainer.standardise
    trainer.n_samples = 20
    assert len(trainer.dataset.x_train) == 20
    trainer.function = ([10.0, 20, 30, 50], [1.0, 2, 3, 5])
    assert trainer.standardise
    assert trainer._data["standardised"] == [27.5, pytest.approx(14.79, abs=0.01)]
    assert trainer._data["target"] is None
    assert abs(trainer.inputs(trainer.dataset.x_train).mean()) < 1e-6
    with pytest.raises(TraitError, match="n_samples is for functions"):
        trainer.n_samples = 5
    trainer.domain = (0, 60)
    assert trainer._data["domain"] == [0, 60]
    trainer.function = trainer.function
    assert trainer.domain == (0, 60)
    assert trainer.get_state("function") == {"function": "custom"}


def test_few_samples_make_small_batches(make):
    assert make(n_samples=5).batch_size == 5
    trainer = make(n_samples=40)
    trainer.n_samples = 10
    assert trainer.batch_size == 10


# -- drawing --------------------------------------------------------------------------------------


def test_a_stroke_is_part_of_the_function_and_can_be_taken_back(make, sent):
    trainer = make("sine")
    before = trainer.dataset
    tell(trainer, {"type": "draw_function", "points": [[-1, 2], [1, 2]]})
    assert trainer._data["drawn"]
    assert trainer._data["can_undo"]
    assert trainer.get_state("function") == {"function": "drawn"}
    target = trainer.dataset.target
    assert target[64] == 2
    assert target[10] == pytest.approx(before.target[10], abs=1e-5)
    tell(trainer, {"type": "draw_function", "points": [[-3, -2], [-2, -2]]})
    trainer.n_samples = 50
    assert len(trainer.dataset.x_train) == 50
    tell(trainer, {"type": "undo"})
    assert np.array_equal(trainer.dataset.target, target)
    tell(trainer, {"type": "undo"})
    assert trainer.dataset.same_as(before)
    assert trainer.function == "sine"
    assert not trainer._data["can_undo"]


def test_a_drawing_that_gave_way_to_a_function_can_be_had_back(make, sent):
    trainer = make("sine")
    tell(trainer, {"type": "draw_function", "points": [[-1, 2], [1, 2]]})
    drawing = trainer.dataset
    trainer.function = "bump"
    tell(trainer, {"type": "undo"})
    assert trainer.dataset.same_as(drawing)


# -- messages -------------------------------------------------------------------------------------


def said(sent, *kinds):
    return [content for content, _ in sent if content["type"] in kinds]


def test_a_control_that_is_refused_is_told_and_nothing_is_lost(make, sent):
    trainer = make("sine")
    tell(trainer, {"type": "set", "name": "function", "value": "sin(2x) +"})
    (refused,) = said(sent, "refused")
    assert refused["name"] == "function"
    assert refused["message"] == "something is missing after '+' at the end"
    assert trainer.function == "sine"
    tell(trainer, {"type": "set", "name": "function", "value": "sin(x)"})
    assert trainer.function == "sin(x)"
    tell(trainer, {"type": "set", "name": "domain", "value": [-1, 2]})
    assert trainer.domain == (-1, 2)
    tell(trainer, {"type": "set", "name": "hidden_layers", "value": [64]})
    assert trainer.hidden_layers == (64,)
    tell(trainer, {"type": "set", "name": "hidden_layers", "value": [65]})
    assert trainer.hidden_layers == (64,)
    assert len(said(sent, "refused")) == 2


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["draw_function", "set", "undo", "look", "preset", "read"]), st.data())
def test_hostile_messages_do_no_harm(kind, data):
    trainer = hostile_target()
    content = {"type": kind} | data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("points", "name", "value", "wants", "view", "what"), JUNK))
    )
    if kind == "set":
        content["name"] = data.draw(st.sampled_from(["function", "domain", "n_samples", "noise", "standardise"]))
        if isinstance(content.get("value"), int) and content["name"] == "n_samples":
            content["value"] = abs(content["value"]) % 200
    tell(trainer, content)
    assert trainer.status == "idle"
    assert np.isfinite(trainer.dataset.y_train).all()
    assert len(trainer._data["points"]) == 8 * (trainer._data["shown_train"] + trainer._data["shown_test"])


_KEPT = []


def hostile_target():
    if not _KEPT:
        _KEPT.append(FunctionTrainer("sine", n_samples=10, engine="eager"))
    return _KEPT[0]


@pytest.mark.parametrize(
    "points",
    [None, [], [[0, 1]], [[0, 1]] * 3, [[0, math.nan], [1, 1]], [[0, 1, 2]], "x", [[0, 1e9], [1, 1]], [[0, 0]] * 5001],
    ids=[str(index) for index in range(9)],
)
def test_strokes_that_are_none_are_refused(make, sent, points):
    trainer = make("sine")
    tell(trainer, {"type": "draw_function", "points": points})
    assert said(sent, "failed")[-1]["command"] == "draw_function"
    assert trainer.function == "sine"


def test_frames_stay_small_whatever_the_network(make):
    trainer = make(n_samples=5000, hidden_layers=(64,))
    assert len(trainer._data["points"]) == 8 * 2000
    assert len(trainer._snapshot["buffer"]) < 100_000


# -- time and files -------------------------------------------------------------------------------


def test_going_back_brings_the_function_of_that_time(make):
    trainer = train(make("sine"), 3)
    trainer.function = "bump"
    train(trainer, 2)
    end = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.preview(2)
    assert trainer._past["data"]["name"] == "sine"
    assert trainer.function == "bump"
    trainer.preview(None)
    assert trainer._past is None
    trainer.rewind(2)
    assert trainer.function == "sine"
    trainer.rewind(5)
    assert trainer.function == "bump"
    assert same_bits(trainer.model.state_dict(), end)


STORY = (
    lambda trainer: setattr(trainer, "function", "2sin(πx)/3 + (x > 0)"),
    lambda trainer: setattr(trainer, "hidden_layers", (4, 3)),
    lambda trainer: setattr(trainer, "domain", (-1.5, 2)),
    lambda trainer: tell(trainer, {"type": "draw_function", "points": [[-1, 0.3], [0.1, 0.7], [1, -2]]}),
    lambda trainer: setattr(trainer, "noise", 0.3),
    lambda trainer: setattr(trainer, "standardise", True),
    lambda trainer: setattr(trainer, "activation", "relu"),
)


@pytest.mark.parametrize("first", [*FUNCTIONS, "1/3"], ids=[*FUNCTIONS, "constant"])
def test_the_script_ends_with_the_same_bits(make, first):
    trainer = train(make(first, noise=0.05, test_share=0.2, data_seed=2), 2)
    script_gives(trainer)


def test_so_does_that_of_a_run_with_changes(make):
    trainer = train(make("sine"), 1)
    for change in STORY:
        change(trainer)
        trainer.step(3)
    script_gives(trainer)


def script_gives(trainer):
    names = {"__name__": "__main__"}
    with torch.random.fork_rng():
        exec(compile(trainer.to_code(), "script", "exec"), names)
    assert same_bits(dict(names["model"].state_dict()), trainer.model.state_dict())


def test_the_script_of_own_samples_says_what_is_missing(make):
    trainer = train(make(([1.0, 2, 3, 5], [1.0, 2, 3, 5])), 1)
    assert "your own data" in trainer.to_code()


@pytest.mark.parametrize(
    "function",
    ["sine", "x²", ((-2, 1), (0, 0), (2, 3)), math.sin, ([1.0, 2, 4], [0.0, 1, 3])],
    ids=["name", "text", "drawing", "callable", "samples"],
)
def test_a_file_goes_on_as_if_nothing_had_been(make, tmp_path, function):
    trainer = train(make(function, hidden_layers=(4,)), 2)
    trainer.save(tmp_path / "run.nnw")
    loaded = FunctionTrainer.load(tmp_path / "run.nnw")
    assert loaded.domain == trainer.domain
    assert np.array_equal(loaded.dataset.y_train, trainer.dataset.y_train)
    assert loaded._data["target"] == trainer._data["target"]
    assert loaded.standardise == trainer.standardise
    for each in (trainer, loaded):
        train(each, 2)
    assert same_bits(loaded.model.state_dict(), trainer.model.state_dict())
    loaded.close()


def test_a_configuration_makes_an_equal_trainer(make):
    for function in ("chirp", "x/3", ((-2, 1), (0, 0), (2, 3))):
        trainer = make(function, noise=0.1, test_share=0.25, data_seed=7, hidden_layers=(3, 2), standardise=True)
        config = json.loads(json.dumps(trainer.config()))
        again = FunctionTrainer.from_config(config)
        assert again.dataset.same_as(trainer.dataset)
        assert again.config() == trainer.config()
        assert same_bits(again.model.state_dict(), trainer.model.state_dict())
        again.close()
    own = make(math.sin)
    with pytest.raises(ValueError, match="give them as function="):
        FunctionTrainer.from_config(own.config())
    assert FunctionTrainer.from_config(own.config(), function="sine").function == "sine"


def test_a_figure_shows_function_fit_and_parts(make):
    trainer = train(make("sine", test_share=0.2), 2)
    figure = trainer.figure()
    fit, parts, loss = figure.axes
    assert [line.get_label() for line in fit.lines] == ["training samples", "test samples", "function", "network"]
    assert np.allclose(fit.lines[-1].get_ydata(), fit_of(trainer))
    added = [line for line in parts.lines if len(line.get_xdata()) == GRID]
    assert len(added) == 8
    total = np.sum([line.get_ydata() for line in added], axis=0) + trainer.model[-1].bias.item()
    assert np.allclose(total, fit_of(trainer), atol=1e-5)
    assert loss.get_title(loc="left") == "loss"
    trainer.sweep(neurons=(1, 4), seeds=2, epochs=3)
    trainer.wait_for_sweep(PATIENCE)
    assert trainer.figure().axes[-1].get_xlabel() == "neurons"


def test_runs_are_told_apart_by_what_differs(make):
    trainer = train(make("sine"), 1)
    trainer.pin()
    trainer.function = "x + 1"
    trainer.domain = (-1, 1)
    assert trainer._legend == ["sine · x -3 to 3"]


def test_what_goes_wrong_in_a_run_is_diagnosed(make):
    trainer = make("sine", initialiser="zeros", hidden_layers=(3,))
    assert trainer.diagnosis[0].title == "All 3 neurons of hidden layer 1 are alike:"


def test_its_name_and_its_choices(make):
    trainer = make("x²")
    assert repr(trainer) == "<FunctionTrainer: x², 1-8-1, epoch 0, idle>"
    choices = trainer._choices["functions"]
    assert [choice["name"] for choice in choices] == list(FUNCTIONS)
    for choice in choices:
        values = np.frombuffer(choice["values"], np.float32)
        assert (len(values), values.min(), values.max()) == (48, 0, 1)
    assert trainer._choices["limits"]["neurons"] == [1, 64]


@pytest.mark.parametrize("arguments", [{"functions": "sine"}, {"dataset": "circles"}, {"features": ("x1",)}])
def test_arguments_that_there_are_not_are_named(arguments):
    with pytest.raises(TypeError, match="has no argument"):
        FunctionTrainer(**arguments)


def test_it_works_on_while_nobody_can_say_what_it_looks_like(make, monkeypatch):
    trainer = make("sine")

    def fail(*_):
        raise RuntimeError("no picture")

    monkeypatch.setattr(function_module, "take_fit", fail)
    train(trainer, 1)
    assert trainer.epoch == 1
    trainer._loop.call(c.Do(lambda: None))
    assert "no picture" in trainer._message["text"]


# -- lessons --------------------------------------------------------------------------------------


@pytest.fixture
def lesson():
    made = []

    def begin(name, **overrides):
        made.append(FunctionTrainer.preset(name, **overrides))
        return made[-1]

    yield begin
    for trainer in made:
        trainer.close()


def again(trainer, epochs, **settings):
    for name, value in settings.items():
        setattr(trainer, name, value)
    trainer.reset()
    return train(trainer, epochs)


def test_one_neuron_cannot_and_three_can(lesson):
    trainer = lesson("sine")
    for _ in range(10):
        assert train(trainer, 100).loss > 0.4
    assert again(trainer, 200, hidden_layers=(3,)).loss < 0.03
    assert again(trainer, 200, hidden_layers=(8,)).loss < 0.01


def test_a_steep_sigmoid_is_a_step(lesson):
    trainer = train(lesson("step"), 200)
    assert abs(trainer.model[0].weight.item()) > 8
    assert trainer.loss < 0.01
    assert train(trainer, 800).loss < 0.003
    assert abs(trainer.model[0].weight.item()) > 30


def test_a_box_is_two_steps(lesson):
    trainer = train(lesson("box"), 500)
    assert trainer.loss < 0.02
    rising = (trainer.model[0].weight[:, 0] * trainer.model[-1].weight[0]).tolist()
    assert min(rising) < 0 < max(rising)
    where = snapshot(trainer)["places"]
    assert where[int(np.argmax(rising))] == pytest.approx(-1, abs=0.15)
    assert where[int(np.argmin(rising))] == pytest.approx(1, abs=0.15)
    alone = again(trainer, 100, hidden_layers=(1,))
    for _ in range(5):
        assert train(alone, 200).loss > 0.15


def test_relus_make_a_bump(lesson):
    assert train(lesson("bump"), 200).loss < 0.02
    assert train(lesson("bump", hidden_layers=(2,)), 1000).loss > 0.1
    assert train(lesson("bump", hidden_layers=(8,)), 1000).loss < 0.002


def test_a_relu_dies_at_one_seed_and_not_at_another(lesson):
    trainer = train(lesson("dead"), 500)
    assert trainer.loss > 0.5
    active = [(np.abs(added) > 0).sum() for added in snapshot(trainer)["contributions"]]
    assert min(active) == 0
    assert [finding.kind for finding in trainer.diagnosis] == ["dead"]
    assert again(trainer, 100, seed=2).loss < 0.001


def test_more_neurons_follow_a_chirp(lesson):
    assert train(lesson("chirp"), 1000).loss > 0.2
    assert train(lesson("chirp", hidden_layers=(16,)), 1000).loss < 0.1


def test_a_lesson_that_is_chosen_on_screen_takes_the_place_of_what_was_there(make, sent):
    trainer = train(make("chirp"), 2)
    assert [choice["name"] for choice in trainer._choices["lessons"]] == [each.name for each in trainer.presets()]
    tell(trainer, {"type": "preset", "name": "box"})
    assert (trainer.function, trainer.hidden_layers, trainer.activation) == ("box", (2,), "sigmoid")
    assert (trainer.epoch, trainer.status) == (0, "idle")
    assert trainer.lesson.startswith("A box from two steps: ")
    tell(trainer, {"type": "preset", "name": "circles"})
    assert "there is no preset 'circles'" in said(sent, "failed")[-1]["message"]
