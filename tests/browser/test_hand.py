"""Weights changed by hand in the browser: picture and numbers follow, and the curves do not grow."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import check_picture, wait_for_present
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value
from tests.browser.view import CURVES

TRAINER = """
import torch
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(2,), test_share=0.3, optimizer="adam", learning_rate=0.05)
for _ in range(2):
    trainer.train(epochs=15)
    trainer.wait()
trainer
"""
HELPERS = """
def rows():
    return [len(trainer.history.steps), len(trainer.history.epochs)]

def plain_test():
    x, y = torch.tensor(trainer.dataset.x_test), torch.tensor(trainer.dataset.y_test)
    with torch.no_grad():
        outputs = trainer.model(x)
        loss = torch.nn.functional.binary_cross_entropy(outputs, y).item()
        return [loss, ((outputs > 0.5) == (y > 0.5)).float().mean().item()]
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        notebook.execute(HELPERS)
        yield notebook


@pytest.fixture
def view(notebook):
    view = fresh_view(notebook)
    wait_for_present(notebook, view)
    return view


def box(view, name):
    found = view.button(name).bounding_box()
    assert found is not None
    return found


def first_weight(view):
    """Where the line from the first input meets the first neuron, of two inputs."""
    tile = box(view, "Hidden 1, neuron 1")
    return tile["x"] - 10, tile["y"] + tile["height"] / 2 - 4


def bias(view, name):
    tile = box(view, name)
    return tile["x"] + tile["width"] / 2, tile["y"] + tile["height"] + 6


def check(notebook, view):
    """All numbers and the map are those of plain PyTorch on the model."""
    check_picture(notebook, view)
    cells = view.root.locator(".nnw-metrics tbody tr").nth(1).locator("td")
    loss, accuracy = notebook.value("plain_test()")
    expect(cells.nth(0)).to_have_text(f"{loss:.3f}")
    expect(cells.nth(1)).to_have_text(f"{100 * accuracy:.1f}\u2009%")


def test_an_edge_is_dragged_a_bias_is_typed_and_both_are_undone(notebook, view):
    before = notebook.value("[trainer.model[0].weight[0, 0].item(), trainer.model[0].bias[1].item()]")
    curves, rows = view.pixels(CURVES), notebook.value("rows()")
    mouse = view.page.mouse
    x, y = first_weight(view)
    mouse.move(x, y)
    expect(view.root.locator(".nnw-readout")).to_contain_text("x₁ → Hidden 1.1")
    mouse.down()
    mouse.move(x, y - 30, steps=6)
    mouse.move(x + 10, y - 40, steps=4)
    wanted = round(before[0] + 50 * 0.02, 2)
    expect(view.root.locator(".nnw-readout")).to_contain_text(f"{wanted:+.4f}".replace("-", "−"))
    mouse.up()
    wait_for_value(notebook, "round(trainer.model[0].weight[0, 0].item(), 5)", wanted)
    check(notebook, view)

    view.page.mouse.click(*bias(view, "Hidden 1, neuron 2"))
    view.enter("Bias, Hidden 1.2", "-0.75")
    wait_for_value(notebook, "trainer.model[0].bias[1].item()", -0.75)
    view.page.keyboard.press("Escape")
    expect(view.root.locator(".nnw-weights")).to_have_count(0)
    check(notebook, view)
    assert notebook.value("rows()") == rows
    assert np.array_equal(view.pixels(CURVES), curves)
    assert notebook.value("len(trainer._loop.journal)") == 2  # the whole drag is one

    view.page.keyboard.press("Control+z")
    wait_for_value(notebook, "trainer.model[0].bias[1].item()", before[1])
    view.click("Undo edit")
    wait_for_value(notebook, "trainer.model[0].weight[0, 0].item()", before[0])
    expect(view.root.get_by_role("button", name="Undo edit")).to_have_count(0)
    check(notebook, view)


def test_a_weight_is_frozen_by_keyboard_alone_and_stays_while_the_others_train(notebook, view):
    view.button("Hidden 1, neuron 2").focus()
    keyboard = view.page.keyboard
    keyboard.press("Enter")
    expect(view.field("Weight, x₁ → Hidden 1.2")).to_be_focused()
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    keyboard.press("Space")
    lock = view.button("Freeze: Weight, x₁ → Hidden 1.2")
    expect(lock).to_have_attribute("aria-pressed", "true")
    wait_for_value(notebook, "trainer.frozen['0.weight'].tolist()", [[False, False], [True, False]])
    before = notebook.value("trainer.model[0].weight.flatten().tolist()")
    keyboard.press("Escape")
    expect(view.button("Hidden 1, neuron 2")).to_be_focused()
    notebook.execute("trainer.step(40)")
    after = notebook.value("trainer.model[0].weight.flatten().tolist()")
    assert [was == now for was, now in zip(before, after, strict=True)] == [False, False, True, False]
    view.button("Hidden 1, neuron 1").focus()
    expect(view.root.locator(".nnw-readout")).to_contain_text(re.compile("Hidden 1, neuron 1"))


def test_a_weight_is_dragged_while_the_network_trains(notebook, view):
    notebook.execute("trainer.speed = 20.0")
    view.click("Play")
    view.wait_for_status("running")
    x, y = first_weight(view)
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x, y - 60, steps=12)
    view.page.mouse.up()
    wait_for_value(notebook, "len(trainer._loop.journal) > 0", True)
    view.click("Pause")
    view.wait_for_status("paused")
    check_picture(notebook, view)
    notebook.execute("names = {}\nexec(trainer.to_code(), names)")
    assert notebook.value(
        "trainer.engine_name == 'fused' or all(torch.equal(value, names['model'].state_dict()[name])"
        " for name, value in trainer.model.state_dict().items())"
    )
