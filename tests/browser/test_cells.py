"""What a cell changes is on screen when it ends: settings on their controls, weights in the picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import (
    blueness,
    check_map,
    check_picture,
    figures,
    places,
    plain_pytorch,
    settle,
    show_points,
    wait_for_present,
)
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value

TRAINER = """
import numpy as np, torch
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer()
trainer
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        yield notebook


@pytest.fixture
def view(notebook):
    """The view of a trainer fresh from its constructor."""
    return fresh_view(notebook)


@dataclass(frozen=True)
class Setting:
    """A statement in a cell, and what the elements named by their labels must say after it."""

    statement: str
    shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.statement


def slider(text: str) -> dict[str, str]:
    return {"aria-valuetext": text}


def value(text: str) -> dict[str, str]:
    return {"value": text}


SETTINGS = [
    Setting("trainer.learning_rate = 0.02", {"Learning rate": slider("0.02"), "Learning rate value": value("0.02")}),
    Setting("trainer.learning_rate = 3e-7", {"Learning rate value": value("3e-7")}),
    Setting("trainer.batch_size = 32", {"Batch size": slider("32")}),
    Setting("trainer.optimizer = 'rmsprop'", {"Optimizer": value("rmsprop")}),
    Setting("trainer.optimizer = lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9)",
            {"Optimizer": value("custom"), "Learning rate value": value("0.5")}),
    Setting("trainer.seed = 12", {"Seed": value("12")}),
    Setting("trainer.speed = None", {"Speed": slider("unlimited")}),
    Setting("trainer.speed = 2", {"Speed": slider("2 epochs per second")}),
    Setting("trainer.n_samples = 240", {"Samples": slider("240")}),
    Setting("trainer.noise = 0.25", {"Noise": slider("0.25")}),
    Setting("trainer.test_share = 0.5", {"Test share": slider("50\u2009%")}),
    Setting("trainer.data_seed = 9", {"Data seed": value("9")}),
    Setting("trainer.activation = 'relu'", {"Activation of Hidden 1": value("relu")}),
    Setting("trainer.hidden_layers = (3, 1)", {"Hidden 1, neuron 3": {}, "Hidden 2, neuron 1": {}}),
    Setting("trainer.dataset = 'spiral'", {"spiral": {"aria-pressed": "true"}, "circles": {"aria-pressed": "false"}}),
    Setting("trainer.dataset = (np.eye(2), [0, 1])", {"Noise": {"disabled": ""}, "circles": {"aria-pressed": "false"}}),
]  # fmt: skip

SHOWN = """(root, [label, attributes]) => {
  const named = [...root.querySelectorAll("button, input, select")].find((element) =>
    (element.ariaLabel ?? element.textContent.trim()) === label);
  return named && Object.entries(attributes).every(([name, text]) =>
    (name === "value" ? named.value : named.getAttribute(name)) === text);
}"""


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_trait_set_in_a_cell_moves_the_control(notebook, view, setting):
    for label, attributes in setting.shown.items():
        assert not view.root.evaluate(SHOWN, [label, attributes])
    notebook.add_and_run(setting.statement)
    for label, attributes in setting.shown.items():
        view.wait_for(SHOWN, [label, attributes])


def test_weights_zeroed_in_a_cell_flatten_the_picture_and_are_in_the_journal(notebook, view):
    notebook.execute("trainer.step(30, 'epoch')")
    check_picture(notebook, view)
    assert notebook.value("trainer._loop.journal") == []
    notebook.add_and_run("with torch.no_grad():\n    for p in trainer.model.parameters(): p.zero_()")
    view.root.scroll_into_view_if_needed()  # the cell that was added may have pushed it out of sight
    view.wait_for("(root) => root.querySelector('.nnw-metrics tbody td').textContent === '0.693'")
    wait_for_present(notebook, view)
    show_points(view, False)
    assert np.ptp(blueness(view)) == 0
    show_points(view, True)
    assert notebook.value("trainer.accuracy") == 0.5
    (entry,) = notebook.value(
        "[[e.step, type(e.change).__name__, sorted(e.change.values)] for e in trainer._loop.journal]"
    )
    assert entry == [3000, "Edit", ["0.bias", "0.weight", "2.bias", "2.weight"]]
    # Rewinding undoes it, and going there again does it again.
    notebook.add_and_run("trainer.rewind(1)\nassert trainer.model[0].weight.any()")


def test_a_run_edited_while_it_is_held_goes_on(notebook, view):
    view.click("Play")
    view.wait_for_epoch(1)
    notebook.add_and_run(
        "with trainer.paused():\n"
        "    held = trainer.status, trainer.step_count\n"
        "    trainer.model[0].weight.data.zero_()\n"
        "    trainer.model[0].bias.data.zero_()\n"
        "    trainer.model[2].weight.data.zero_()\n"
        "    still = trainer.step_count"
    )
    (status, step), still = notebook.value("[held, still]")
    assert (status, still) == ("paused", step)
    wait_for_value(notebook, "trainer.step_count", lambda steps: steps >= step + 200)
    view.wait_for_status("running")
    view.click("Pause")
    wait_for_value(notebook, "trainer.status", "paused")
    journal = notebook.value("[[e.step, type(e.change).__name__] for e in trainer._loop.journal]")
    assert journal == [[step, "Edit"]]
    # By symmetry such weights stay zero for ever: only the output's bias learned.
    assert not notebook.value("trainer.model[0].weight.any().item()")
    wait_for_present(notebook, view)
    settle(view)
    show_points(view, False)
    assert np.ptp(blueness(view)) == 0
    show_points(view, True)


TWIN = "twin = PlanarTrainer(); twin.train(epochs={end}); twin.wait(); twin.rewind({epoch})"


def check_preview(notebook, view, end, epoch):
    """What is on screen is what a twin comes to that is rewound, while the trainer itself stands at its end."""
    view.wait_for("(root, epoch) => root.dataset.epoch === String(epoch)", epoch)
    notebook.execute(TWIN.format(end=end, epoch=epoch))
    loss, accuracy, step = notebook.value("[twin.loss, twin.accuracy, twin.step_count]")
    shown = figures(view)
    assert (shown.epoch, shown.progress) == (str(epoch), f"step {step:,}")
    assert (shown.loss, shown.accuracy) == (f"{loss:.3f}", f"{100 * accuracy:.1f}\u2009%")
    show_points(view, False)
    plain_pytorch(notebook)  # defines what is asked of the twin
    values = notebook.value(f"_plain_pytorch(twin, {places(notebook).tolist()})['values']")
    check_map(blueness(view), 2 * np.array(values) - 1, near_zero=0.3)
    show_points(view, True)
    assert notebook.value("[trainer.epoch, trainer.status]") == [end, "idle"]
    assert view.root.locator(".nnw-status").inner_text() == "preview"


def drag_to(view, share):
    """Pull the handle of the timeline to a share of its length, with the mouse."""
    box = view.root.locator(".nnw-scrub").bounding_box()
    mouse, middle = view.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] - 2, middle)
    mouse.down()
    for part in (0.25, 0.5, 0.75, 1):
        mouse.move(box["x"] + box["width"] * (1 - part * (1 - share)), middle)
    mouse.up()


def test_the_timeline_shows_the_past_and_continues_from_it(notebook, view):
    notebook.execute("trainer.train(epochs=60); trainer.wait()")
    view.wait_for_epoch(60)
    proceed, handle = view.button("Continue from here"), view.slider("Epoch shown")
    view.root.locator(".nnw-time").scroll_into_view_if_needed()
    expect(proceed).to_be_disabled()
    drag_to(view, 0.5)
    check_preview(notebook, view, 60, 30)
    expect(handle).to_have_attribute("aria-valuetext", re.compile(r"^epoch 30 of 60, train loss 0\.\d{3}$"))
    handle.press("ArrowRight")
    check_preview(notebook, view, 60, 31)
    handle.press("Escape")
    view.wait_for("(root) => root.dataset.epoch === '60'")
    expect(proceed).to_be_disabled()

    # On from there: that is now the model, and a second stretch of training begins at it.
    handle.press("Home")
    handle.press("PageUp")
    view.wait_for("(root) => root.dataset.epoch === '6'")
    proceed.click()
    wait_for_value(notebook, "[trainer.epoch, trainer.status]", [6, "paused"])
    expect(handle).to_have_attribute("max", "60")
    notebook.execute("trainer.train(epochs=39); trainer.wait()")
    expect(handle).to_have_attribute("max", "45")
    view.wait_for("(root) => root.dataset.epoch === '45'")
    check_picture(notebook, view)
    notebook.execute("twin = PlanarTrainer(); twin.train(epochs=45); twin.wait()")
    assert notebook.value("all((a == b).all() for a, b in zip(trainer.model.parameters(), twin.model.parameters()))")
    handle.press("Home")
    for _ in range(4):
        handle.press("PageUp")
    epoch = int(handle.input_value())
    assert 0 < epoch < 45
    check_preview(notebook, view, 45, epoch)


def legend(view):
    """The words on the switches under the curves."""
    return view.root.get_by_role("group", name="Curves shown").locator(".nnw-chip").all_inner_texts()


def spoken(view, epoch):
    """What the loss's chart says of an epoch, gone to with the keyboard."""
    chart = view.root.get_by_role("slider", name="Loss over epochs")
    chart.press("Home")
    for _ in range(epoch - 1):
        chart.press("ArrowRight")
    return chart.get_attribute("aria-valuetext")


# What each run's loss was in an epoch, by the rows that Python keeps: of the pinned run, and of the present one.
LOSSES = "[[run[run[:, 0] == {0}, 2].tolist() for run in (trainer.history.pinned[0].epochs, trainer.history.epochs)]]"


def check_curves(notebook, view, epoch, name):
    wait_for_present(notebook, view)
    settle(view)
    ((pinned, present),) = notebook.value(LOSSES.format(epoch))
    numbers = ["\N{EN DASH}" if not losses else f"{losses[0]:.3f}" for losses in (present, pinned)]
    assert spoken(view, epoch) == f"epoch {epoch}, train {numbers[0]}, pinned: train, {name} {numbers[1]}"


def test_a_pinned_run_stands_beside_the_next_one_with_what_differs_and_its_own_numbers(notebook, view):
    notebook.execute("trainer.step(6, 'epoch')")
    view.wait_for_epoch(6)
    view.click("Pin this run")
    wait_for_value(notebook, "len(trainer.history.pinned)", 1)
    view.root.get_by_role("group", name="Curves shown").get_by_text("run 1").wait_for()
    notebook.execute("trainer.learning_rate = 0.5; trainer.reset(); trainer.train(epochs=3); trainer.wait()")
    view.wait_for_epoch(3)
    view.root.get_by_role("group", name="Curves shown").get_by_text("lr 0.1").wait_for()
    assert legend(view) == ["train", "lr 0.1"] == ["train", *notebook.value("trainer._legend")]
    check_curves(notebook, view, 2, "lr 0.1")
    check_curves(notebook, view, 5, "lr 0.1")  # the present run has not come there yet
    # A second segment, with the network changed as well.
    notebook.execute("trainer.hidden_layers = (4,); trainer.train(epochs=5); trainer.wait()")
    view.wait_for_epoch(8)
    view.root.get_by_role("group", name="Curves shown").get_by_text("2 neurons \N{MIDDLE DOT} lr 0.1").wait_for()
    for epoch in (3, 6, 8):
        check_curves(notebook, view, epoch, "2 neurons \N{MIDDLE DOT} lr 0.1")
    view.click("Take off 2 neurons \N{MIDDLE DOT} lr 0.1")
    wait_for_value(notebook, "trainer.history.pinned", [])
    view.wait_for("(root) => !root.querySelector('.nnw-pin')")
