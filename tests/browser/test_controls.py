"""Every control, changed in the browser, changes the model, the data or the optimizer in Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.agreement import check_picture, figures
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value
from tests.browser.view import View

TRAINER = """
import numpy as np, torch
from nnwidgets import PlanarTrainer
from nnwidgets.datasets import make_planar
trainer = PlanarTrainer()
before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
trainer
"""
OWN_MODULE = """
trainer = PlanarTrainer(model=torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid()))
trainer
"""

# Runs in the kernel: the trainer that was changed by hand, beside one that was made so in Python.
HELPERS = """
def same_weights(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)

def trains_like(**settings):
    twin = PlanarTrainer(**settings)
    for each in (trainer, twin):
        each.step(unit="epoch")
    twin.close()
    return trainer.step_count == twin.step_count and same_weights(trainer.model.state_dict(), twin.model.state_dict())
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER, OWN_MODULE) as notebook:
        notebook.execute(HELPERS)
        yield notebook


@pytest.fixture
def view(notebook):
    """The view of a trainer fresh from its constructor."""
    return fresh_view(notebook)


@dataclass(frozen=True)
class Control:
    """What is done in the browser, and what must come of it in the kernel.

    Attributes:
        expression: becomes `value` some time after `act`.
        value: or a condition on it.
        facts: expressions that must be true then.
        like: arguments of a trainer made in Python that must train in just the same way from there.
    """

    name: str
    act: Callable[[View], object]
    expression: str
    value: Any
    facts: tuple[str, ...] = ()
    like: str | None = None
    leaves_weights: bool = True


def press(label: str, *keys: str) -> Callable[[View], None]:
    def act(view: View) -> None:
        slider = view.slider(label)
        expect(slider).to_be_enabled()  # a key on a disabled slider is lost without a word
        for key in keys:
            slider.press(key)

    return act


def click(label: str) -> Callable[[View], None]:
    return lambda view: view.click(label)


def enter(label: str, text: str) -> Callable[[View], None]:
    return lambda view: view.enter(label, text)


def tick(label: str) -> Callable[[View], None]:
    return lambda view: view.radio(label).check()


def choose(label: str, option: str) -> Callable[[View], None]:
    return lambda view: view.choose(label, option)


def open_features(view: View) -> Locator:
    """Open the panel of what the network gets; returns it."""
    view.root.get_by_role("button", name=re.compile("^Input: ")).click()
    return view.root.get_by_role("region", name="Features")


def toggle(*names: str) -> Callable[[View], None]:
    def act(view: View) -> None:
        panel = open_features(view)
        for name in names:
            panel.get_by_role("button", name=name, exact=True).click()

    return act


def standardise(view: View) -> None:
    open_features(view).get_by_role("checkbox", name="Standardise").check()


def drag(label: str, share: float) -> Callable[[View], None]:
    """Take a slider by its handle's track and pull it to this share of its length."""

    def act(view: View) -> None:
        slider = view.slider(label)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        mouse = view.page.mouse
        mouse.move(box["x"] + box["width"] / 2, y)
        mouse.down()
        mouse.move(box["x"] + box["width"] * share, y, steps=8)
        mouse.up()

    return act


STEPS = "trainer._loop.experiment.steps_per_epoch"
LIVE_RATE = "trainer.optimizer_.param_groups[0]['lr']"
INPUTS = "trainer.inputs(trainer.dataset.x_train)"
X1, X2 = "trainer.dataset.x_train[:, 0]", "trainer.dataset.x_train[:, 1]"
KEPT = "torch.equal(trainer.model[0].weight[:2], before['0.weight'])"

CONTROLS = [
    Control(
        "dataset",
        click("moons"),
        "trainer.dataset.name",
        "moons",
        ("np.array_equal(trainer.dataset.x_train, make_planar('moons', n_samples=500, noise=0.1, seed=0).x_train)",),
        like="dataset='moons'",
    ),
    Control("dataset-xor", click("XOR"), "trainer.dataset.name", "xor", like="dataset='xor'"),
    Control("dataset-spiral", click("spiral"), "trainer.dataset.name", "spiral", like="dataset='spiral'"),
    Control("dataset-gaussians", click("gaussians"), "trainer.dataset.name", "gaussians", like="dataset='gaussians'"),
    Control(
        "dataset-rings",
        click("rings"),
        "trainer.dataset.name",
        "rings",
        ("trainer.model[-1].out_features == 3", "trainer.loss_fn == 'cross_entropy'", KEPT),
        like="dataset='rings'",
        leaves_weights=False,
    ),
    Control(
        "dataset-plane",
        click("plane"),
        "trainer.dataset.name",
        "plane",
        ("type(trainer.model[-1]) is torch.nn.Linear", "trainer.loss_fn == 'mse'", "trainer.accuracy is None"),
        like="dataset='plane'",
    ),
    Control("dataset-hills", click("hills"), "trainer.dataset.name", "hills", like="dataset='hills'"),
    Control(
        "classes",
        lambda view: (view.click("gaussians"), press("Classes", "ArrowRight", "ArrowRight")(view)),
        "trainer.n_classes",
        4,
        ("trainer.dataset.n_classes == 4", "trainer.model[-1].out_features == 4"),
        like="dataset='gaussians', n_classes=4",
        leaves_weights=False,
    ),
    Control(
        "loss",
        choose("Loss", "mse"),
        "trainer.loss_fn",
        "mse",
        ("trainer._loop.experiment.objective.name == 'mse'",),
        "loss_fn='mse'",
    ),
    Control(
        "loss-hinge",
        choose("Loss", "hinge"),
        "trainer.loss_fn",
        "hinge",
        ("type(trainer.model[-1]) is torch.nn.Linear", "trainer.engine_name == 'fused'"),
        "loss_fn='hinge'",
    ),
    Control(
        "loss-cross-entropy",
        choose("Loss", "cross_entropy"),
        "trainer.loss_fn",
        "cross_entropy",
        ("trainer.model[-1].out_features == 2",),
        "loss_fn='cross_entropy'",
        leaves_weights=False,
    ),
    Control(
        "feature",
        toggle("x1*x2"),
        "trainer.features",
        ["x1", "x2", "x1*x2"],
        (
            "trainer.model[0].in_features == 3",
            f"np.allclose({INPUTS}, np.column_stack([{X1}, {X2}, {X1} * {X2}]))",
            "torch.equal(trainer.model[0].weight[:, :2], before['0.weight'])",
            "same_weights(trainer.model[2].state_dict(), {'weight': before['2.weight'], 'bias': before['2.bias']})",
        ),
        leaves_weights=False,
    ),
    Control(
        "feature less",
        toggle("x2"),
        "trainer.features",
        ["x1"],
        (
            "trainer.model[0].in_features == 1",
            f"np.array_equal({INPUTS}, {X1}[:, None])",
            "torch.equal(trainer.model[0].weight, before['0.weight'][:, :1])",
        ),
        leaves_weights=False,
    ),
    Control(
        "feature there and back",
        toggle("sin(x1)", "sin(x1)"),
        "[trainer.features, [type(e.change).__name__ for e in trainer._loop.journal]]",
        [["x1", "x2"], ["SetInputs", "SetInputs"]],
        like="features=('x1', 'x2')",
    ),
    Control(
        "standardise",
        standardise,
        "trainer.standardise",
        True,
        (
            "trainer.model[0].in_features == 2",
            f"np.allclose({INPUTS}.mean(0), 0, atol=1e-6) and np.allclose({INPUTS}.numpy().std(axis=0), 1)",
            "np.array_equal(trainer.dataset.x_train, make_planar('circles').x_train)",
        ),
        like="standardise=True",
    ),
    Control("noise", press("Noise", "ArrowRight", "ArrowRight"), "trainer.noise", 0.12, like="noise=0.12"),
    Control("noise-drag", drag("Noise", 0.0), "trainer.noise", 0.0, like="noise=0.0"),
    Control(
        "samples",
        press("Samples", "Home", "ArrowRight"),
        "trainer.n_samples",
        30,
        ("trainer.dataset.x_train.shape == (30, 2)",),
        like="n_samples=30",
    ),
    Control(
        "test share",
        press("Test share", *["ArrowRight"] * 4),
        "trainer.test_share",
        0.2,
        ("len(trainer.dataset.x_train) == 400", "len(trainer.dataset.x_test) == 100"),
        like="test_share=0.2",
    ),
    Control(
        "batch size", press("Batch size", "ArrowRight"), "trainer.batch_size", 6, (f"{STEPS} == 84",), "batch_size=6"
    ),
    Control(
        "batch size-all", press("Batch size", "End"), "trainer.batch_size", 500, (f"{STEPS} == 1",), "batch_size=500"
    ),
    Control("data seed", enter("Data seed", "7"), "trainer.data_seed", 7, like="data_seed=7"),
    Control(
        "data dice",
        click("Draw other points"),
        "trainer.data_seed",
        lambda seed: seed > 0,
        like="data_seed=trainer.data_seed",
    ),
    Control(
        "learning rate",
        press("Learning rate", "ArrowRight"),
        LIVE_RATE,
        0.11,
        ("trainer.learning_rate == 0.11",),
        "learning_rate=0.11",
    ),
    Control("learning rate-drag", drag("Learning rate", 1.0), LIVE_RATE, 10.0, like="learning_rate=10.0"),
    Control(
        "learning rate-number", enter("Learning rate value", "2.5e-3"), LIVE_RATE, 0.0025, like="learning_rate=0.0025"
    ),
    Control("learning rate-comma", enter("Learning rate value", "0,3"), LIVE_RATE, 0.3, like="learning_rate=0.3"),
    Control(
        "schedule",
        choose("Schedule", "cosine"),
        "trainer.schedule",
        {"name": "cosine", "T_max": 100, "eta_min": 0},
        like="schedule='cosine'",
    ),
    Control(
        "schedule with numbers",
        lambda view: (
            view.choose("Schedule", "step"),
            view.enter("Schedule every", "1"),
            view.enter("Schedule times", "0.25"),
        ),
        "trainer.schedule",
        {"name": "step", "step_size": 1, "gamma": 0.25},
        ("trainer._loop.experiment.settings.schedule == tuple(trainer.schedule.items())",),
        "schedule={'name': 'step', 'step_size': 1, 'gamma': 0.25}",
    ),
    Control(
        "optimizer",
        choose("Optimizer", "adam"),
        "trainer.optimizer",
        "adam",
        ("type(trainer.optimizer_) is torch.optim.Adam",),
        "optimizer='adam'",
    ),
    Control(
        "momentum",
        enter("Optimizer momentum", "0.9"),
        "trainer.optimizer_options",
        {"momentum": 0.9},
        ("trainer.optimizer_.param_groups[0]['momentum'] == 0.9",),
        "optimizer_options={'momentum': 0.9}",
    ),
    Control(
        "nesterov",
        lambda view: (
            view.enter("Optimizer momentum", "0.5"),
            view.root.get_by_role("checkbox", name="Optimizer Nesterov").check(),
        ),
        "trainer.optimizer_options",
        {"momentum": 0.5, "nesterov": True},
        like="optimizer_options={'momentum': 0.5, 'nesterov': True}",
    ),
    Control(
        "betas",
        lambda view: (view.choose("Optimizer", "adam"), view.enter("Optimizer β₁", "0.7")),
        "trainer.optimizer_options",
        {"betas": [0.7, 0.999]},
        ("trainer.optimizer_.param_groups[0]['betas'] == (0.7, 0.999)",),
        "optimizer='adam', optimizer_options={'betas': (0.7, 0.999)}",
    ),
    Control("l1", tick("Regularization: L1"), "trainer.l1", 0.001, ("trainer.l2 == 0",), "l1=0.001"),
    Control(
        "l2",
        lambda view: (tick("Regularization: L2")(view), view.enter("Regularization rate", "0.1")),
        "trainer.l2",
        0.1,
        ("trainer.l1 == 0", "trainer._loop.experiment.settings.l2 == 0.1"),
        "l2=0.1",
    ),
    Control(
        "l2 instead of l1",
        lambda view: (tick("Regularization: L1")(view), tick("Regularization: L2")(view)),
        "[trainer.l1, trainer.l2]",
        [0, 0.001],
        like="l2=0.001",
    ),
    Control(
        "initialiser",
        choose("Initialisation", "xavier_uniform"),
        "trainer.initialiser",
        "xavier_uniform",
        ("same_weights(trainer.model.state_dict(), PlanarTrainer(initialiser='xavier_uniform').model.state_dict())",),
        "initialiser='xavier_uniform'",
        leaves_weights=False,
    ),
    Control(
        "initial scale",
        lambda view: (view.choose("Initialisation", "equal"), view.enter("Initial scale", "0.25")),
        "trainer.initial_scale",
        0.25,
        ("trainer.model[0].weight.unique().tolist() == [0.25]", "not trainer.model[0].bias.any()"),
        "initialiser='equal', initial_scale=0.25",
        leaves_weights=False,
    ),
    Control(
        "activation",
        choose("Activation of Hidden 1", "relu"),
        "repr(trainer.model[1])",
        "ReLU()",
        ("trainer.activation == 'relu'", KEPT),
    ),
    Control(
        "activation of one layer",
        lambda view: (view.click("Add a hidden layer"), view.choose("Activation of Hidden 2", "relu")),
        "trainer.activation",
        ["tanh", "relu"],
        ("[type(m).__name__ for m in trainer.model][1:4:2] == ['Tanh', 'ReLU']", KEPT),
        leaves_weights=False,
    ),
    Control(
        "dropout",
        enter("Dropout probability", "0.2"),
        "trainer.dropout",
        0.2,
        ("trainer.model[2].p == 0.2", KEPT),
        "dropout=0.2",
        leaves_weights=False,
    ),
    Control(
        "dropout of one layer",
        lambda view: (
            view.click("Add a hidden layer"),
            view.choose("Dropout of", "1"),
            view.enter("Dropout probability", "0.25"),
        ),
        "trainer.dropout",
        [0, 0.25],
        ("[m.p for m in trainer.model if hasattr(m, 'p')] == [0.25]",),
        leaves_weights=False,
    ),
    Control(
        "more neurons",
        click("Add a neuron to Hidden 1"),
        "trainer.model[0].out_features",
        3,
        ("trainer.hidden_layers == (3,)", "trainer.model[2].in_features == 3", KEPT),
        leaves_weights=False,
    ),
    Control(
        "fewer neurons",
        click("Remove a neuron from Hidden 1"),
        "trainer.model[0].out_features",
        1,
        ("trainer.hidden_layers == (1,)", "torch.equal(trainer.model[0].weight, before['0.weight'][:1])"),
        leaves_weights=False,
    ),
    Control(
        "more layers",
        click("Add a hidden layer"),
        "trainer.hidden_layers",
        [2, 2],
        ("sum(isinstance(m, torch.nn.Linear) for m in trainer.model) == 3", KEPT),
        leaves_weights=False,
    ),
    Control(
        "no layers",
        click("Remove a hidden layer"),
        "trainer.hidden_layers",
        [],
        ("[tuple(p.shape) for p in trainer.model.parameters()] == [(1, 2), (1,)]",),
        leaves_weights=False,
    ),
    Control("speed", press("Speed", "ArrowLeft"), "trainer.speed", 10, ("trainer._loop.speed == 10",)),
    Control("speed-unlimited", press("Speed", "End"), "trainer.speed", None, ("trainer._loop.speed is None",)),
    Control("stop", choose("Stop", "epoch"), "trainer.stop_when", {"epoch": 100}),
    Control(
        "stop with a number",
        lambda view: (view.choose("Stop", "patience"), view.enter("Stop patience", "7")),
        "trainer.stop_when",
        {"patience": 7},
        ("trainer._loop.stop_when == {'patience': 7}",),
    ),
    Control(
        "stop no more",
        lambda view: (view.choose("Stop", "loss"), view.choose("Stop", "never")),
        "trainer.stop_when",
        {},
        ("trainer._loop.stop_when == {}",),
    ),
    Control("seed", enter("Seed", "3"), "trainer.seed", 3, ("trainer._loop.experiment.settings.seed == 0",)),
    Control("seed dice", click("Another seed"), "trainer.seed", lambda seed: seed > 0),
    Control(
        "step batch",
        click("Step batch"),
        "[trainer.step_count, trainer.status]",
        [1, "idle"],
        ("trainer.epoch == 0",),
        leaves_weights=False,
    ),
    Control(
        "step epoch",
        click("Step epoch"),
        "[trainer.step_count, trainer.status]",
        [100, "idle"],
        ("trainer.epoch == 1",),
        leaves_weights=False,
    ),
]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_a_control_changes_what_python_trains(notebook, view, control):
    control.act(view)
    wait_for_value(notebook, control.expression, control.value)
    for fact in control.facts:
        wait_for_value(notebook, f"bool({fact})", True)  # the training thread may be a step behind
    assert notebook.value("same_weights(trainer.model.state_dict(), before)") is control.leaves_weights
    if control.like is not None:
        assert notebook.value(f"trains_like({control.like})")


def test_reset_goes_back_and_takes_the_new_seed(notebook, view):
    notebook.execute("trainer.step(3, 'epoch'); trained = trainer.model.state_dict()")
    view.wait_for_epoch(3)
    view.click("Reset")
    wait_for_value(notebook, "trainer.step_count", 0)
    assert notebook.value("same_weights(trainer.model.state_dict(), before)")
    view.wait_for("(root) => root.dataset.epoch === '0'")
    assert figures(view).epoch == "0"
    view.enter("Seed", "5")
    wait_for_value(notebook, "trainer.seed", 5)
    assert notebook.value("same_weights(trainer.model.state_dict(), before)")
    view.click("Reset")
    wait_for_value(notebook, "trainer._loop.experiment.settings.seed", 5)
    assert not notebook.value("same_weights(trainer.model.state_dict(), before)")
    assert notebook.value("trains_like(seed=5)")


def test_a_run_stops_by_itself_and_says_why(notebook, view):
    view.choose("Stop", "accuracy")
    view.enter("Stop at accuracy", "0.5")
    wait_for_value(notebook, "trainer.stop_when", {"accuracy": 0.5})
    view.click("Play")
    view.root.get_by_text("train accuracy is").wait_for()
    assert view.status == "idle"
    assert notebook.value("trainer.epoch") == 1 + notebook.value(
        "[row >= 0.5 for row in trainer.history.accuracy.tolist()].index(True)"
    )


REFUSED = [
    ("Learning rate value", "-1", "learning_rate", "learning_rate must be"),
    ("Learning rate value", "0", "learning_rate", "above 0"),
    ("Learning rate value", "fast", "learning_rate", "must be a number"),
    ("Seed", "1.5", "seed", "must be a whole number"),
    ("Seed", "-1", "seed", "seed must be"),
    ("Data seed", "99999999999", "data_seed", "data_seed must be"),
]


@pytest.mark.parametrize(("label", "text", "name", "message"), REFUSED, ids=lambda value: value)
def test_a_refused_value_says_so_at_its_field_and_changes_nothing(notebook, view, label, text, name, message):
    value = notebook.value(f"trainer.{name}")
    view.enter(label, text)
    field = view.field(label)
    error = field.locator("xpath=..").get_by_role("alert")
    error.wait_for()
    assert message in error.inner_text()
    assert field.get_attribute("aria-invalid") == "true"
    assert notebook.value(f"trainer.{name}") == value
    assert notebook.value("trainer._loop.journal") == []
    # Escape gives up; the field is back at what holds.
    field.press("Escape")
    assert float(field.input_value()) == value
    assert notebook.value("trains_like()")


def test_a_feature_that_is_refused_says_so_and_is_not_chosen(notebook, view):
    own = fresh_view(notebook, 1)
    panel = open_features(own)
    product = panel.get_by_role("button", name="x1*x2", exact=True)
    product.click()
    own.root.get_by_role("alert").filter(has_text="Setting features did not work:").wait_for()
    expect(product).to_have_attribute("aria-pressed", "false")
    assert notebook.value("[trainer.features, trainer.model[0].in_features]") == [["x1", "x2"], 2]
    # What does fit is taken.
    panel.get_by_role("checkbox", name="Standardise").check()
    wait_for_value(notebook, "trainer.standardise", True)
    assert notebook.value(f"float(abs({INPUTS}.mean(0)).max()) < 1e-6")
    # The panel closes with Escape, and the keyboard is back where it came from.
    own.page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    expect(own.button("Input: 2 features, standardised")).to_be_focused()
    notebook.clear_outputs(1)


def test_the_last_feature_cannot_be_taken_from_the_network(notebook, view):
    toggle("x1")(view)
    wait_for_value(notebook, "trainer.features", ["x2"])
    expect(
        view.root.get_by_role("region", name="Features").get_by_role("button", name="x2", exact=True)
    ).to_be_disabled()


def test_controls_take_effect_in_a_run_and_do_not_end_it(notebook, view):
    # A small rate: a boundary that is steeper than a cell of the map could not be compared with it.
    view.click("Play")
    view.wait_for_epoch(2)
    view.enter("Learning rate value", "0.05")
    wait_for_value(notebook, LIVE_RATE, 0.05)
    view.click("Add a neuron to Hidden 1")
    wait_for_value(notebook, "trainer.model[0].out_features", 3)
    view.click("moons")
    wait_for_value(notebook, "trainer.dataset.name", "moons")
    epoch = notebook.value("trainer.epoch")
    view.wait_for_epoch(epoch + 20)
    assert view.status == "running"
    view.click("Pause")
    wait_for_value(notebook, "trainer.status", "paused")
    journal = notebook.value("[[type(e.change).__name__, e.step > 0] for e in trainer._loop.journal]")
    assert journal == [["SetLearningRate", True], ["SetNetwork", True], ["SetData", True]]
    check_picture(notebook, view)
