"""One step in slow motion: its numbers are plain PyTorch's, and the step that follows ends with them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.shared import fresh_view, shared_notebook, wait_for_value

TRAINER = """
import torch
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(3,), learning_rate=0.4, engine="eager")
trainer.train(steps=150)
trainer.wait()
trainer.train(steps=13)
trainer.wait()
trainer
"""

# Runs in the kernel: the next batch, and what PyTorch makes of it on the model that the trainer hands out.
PLAIN = """
def plain(neuron):
    seed, n, epoch = trainer.seed * 1_000_000 + trainer.epoch, len(trainer.dataset.x_train), trainer.epoch
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    start = trainer.step_count % 100 * 5
    batch = order[start : start + 5].numpy()
    x, y = (torch.tensor(array[batch]) for array in (trainer.dataset.x_train, trainer.dataset.y_train))
    model = trainer.model
    parameters = list(model.parameters())
    loss = torch.nn.functional.binary_cross_entropy(model(x), y)
    weight, bias = torch.autograd.grad(loss, parameters[:2])
    rows = [(*parameters[0][neuron].tolist(), parameters[1][neuron].item()),
            (*weight[neuron].tolist(), bias[neuron].item())]
    return {"loss": loss.item(), "rows": rows, "z": model[0](x)[:, neuron].mean().item()}

def beginning(neuron):
    first = PlanarTrainer(hidden_layers=(3,)).model[0]
    return [*first.weight[neuron].tolist(), first.bias[neuron].item()]
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        notebook.execute(PLAIN)
        yield notebook


def text(value, digits):
    return f"{value:.{digits}f}".replace("-", "\u2212")


def column(view, number):
    """A column of the table, below its head."""
    cells = view.root.locator(f".nnw-walk-table tbody td:nth-child({number + 2})")
    return cells.all_inner_texts()


def test_its_numbers_are_those_of_pytorch_and_of_the_step_that_follows(notebook, view_open):
    view = view_open
    truth = notebook.value("plain(1)")
    step = view.root.locator(".nnw-onestep")
    stop = view.root.locator(".nnw-stop[aria-current]")
    expect(stop).to_be_focused()
    view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("ArrowDown")
    expect(step).to_contain_text("Hidden 1, neuron 2")
    expect(step).to_contain_text(f"= {text(truth['z'], 3)}")
    view.button("Loss").click()
    expect(step).to_contain_text(f"= {text(truth['loss'], 3)} over 5 samples")
    view.button("Backward: Hidden 1").click()
    expect(step).to_contain_text("Backward Hidden 1, neuron 2")
    values, gradients = truth["rows"]
    assert column(view, 0) == [text(value, 4) for value in values]
    assert column(view, 1) == [text(value, 4) for value in gradients]
    view.page.keyboard.press("ArrowRight")
    expect(step).to_contain_text("Update")
    updated = column(view, 2)
    view.click("Make this step")
    wait_for_value(notebook, "trainer.step_count", 164)
    expect(step).to_contain_text(re.compile("step 165, not yet made"))
    assert updated == [text(value, 4) for value in notebook.value("plain(1)")["rows"][0]]


def test_of_an_epoch_that_is_looked_at_it_is_the_step_that_followed(notebook, view_open):
    view = view_open
    step = view.root.locator(".nnw-onestep")
    view.button("Update").click()
    view.slider("Epoch shown").focus()
    view.page.keyboard.press("Home")
    expect(step).to_contain_text("step 1, after epoch 0: a batch of 5")
    expect(view.button("Make this step")).to_be_disabled()
    start = notebook.value("beginning(0)")
    assert column(view, 0) == [text(value, 4) for value in start]
    view.page.keyboard.press("Escape")
    expect(step).to_contain_text("not yet made")
    expect(view.button("Make this step")).to_be_enabled()


@pytest.fixture
def view_open(notebook):
    view = fresh_view(notebook)
    view.click("One step")
    return view
