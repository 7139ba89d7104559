"""BackpropExplorer: recorded in the kernel, walked in the page, by pointer, keys, and without a kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.explorers import Explored, agree, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import kernel_gone, shared_notebook, wait_for_value

SOURCE = """
from nnwidgets import BackpropExplorer
explorer = BackpropExplorer()
explorer
"""
TRAINER = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer("circles", hidden_layers=(3,), batch_size=4)
alone = PlanarTrainer("circles", hidden_layers=(3,), batch_size=4)
looking = BackpropExplorer(trainer)
looking
"""
MODULE = """
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside, self.norm, self.out = nn.Linear(2, 2), nn.LayerNorm(2), nn.Linear(2, 1)

    def forward(self, x):
        h = x + torch.tanh(self.inside(x))
        return self.out(self.norm(h + self.inside(h)))


module = Residual()
own = BackpropExplorer(model=module, inputs=[[0.5, -1.0], [1.0, 0.25]], targets=[[1.0], [0.0]], loss_fn="mse")
own
"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, SOURCE, TRAINER, MODULE) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1600})
        notebook.run_all()
        yield notebook


@pytest.fixture
def explored(notebook: Notebook) -> Explored:
    notebook.execute("explorer.reset()\nexplorer.wait()")
    explored = Explored(notebook.widget(0), "BackpropExplorer")
    explored.view.root.scroll_into_view_if_needed()
    explored.settle()
    return explored


def walk(explored: Explored, notebook: Notebook) -> None:
    """From the first stop to the last: every number is that of plain PyTorch."""
    view = explored.view
    steps = int(view.root.locator(".nnw-epoch-sub").inner_text().split()[1])
    for step in range(1, steps + 1):
        notebook.execute(f"explorer.step = {step}")
        expect(view.root.locator(".nnw-epoch-line b")).to_have_text(str(step))
        explored.check(f"step {step}")


@pytest.mark.parametrize("level", ["layers", "nodes", "operations"])
def test_every_number_of_every_stop_is_that_of_plain_pytorch(
    explored: Explored, notebook: Notebook, level: str
) -> None:
    explored.open_call()
    explored.view.root.locator(".nnw-segment", has_text=level).click()
    walk(explored, notebook)
    explored.view.click("Close")


def test_every_preset_is_that_of_plain_pytorch(explored: Explored, notebook: Notebook) -> None:
    """At the first stop, after the way back, and at the end."""
    view = explored.view
    explored.open_call()
    for name in notebook.value("list(BackpropExplorer.PRESETS)"):
        view.click(name)
        explored.settle()
        for key in ("Home", "End", "ArrowLeft", "ArrowLeft"):
            view.root.press(key)
            explored.check(f"{name}, {key}")
        if notebook.value("len(explorer.inputs)") > 1:
            view.root.locator(".nnw-bp-sample select").select_option("2")
            explored.check(f"{name}, another sample")
    view.click("Close")


def read(explored: Explored, name: str) -> str:
    """A number on screen, which is the same wherever it stands."""
    texts = set(read_numbers(explored.view)[name])
    assert len(texts) == 1, (name, texts)
    return texts.pop()


def go(explored: Explored, action: str, expected: str) -> None:
    """Take what is proposed, and read what is then said."""
    explored.view.click(action)
    explored.settle()
    expect(explored.view.root.locator(".nnw-diag")).to_contain_text(expected)


def test_the_five_minute_path_leads_to_the_gradient_of_the_first_weight(explored: Explored, notebook: Notebook) -> None:
    """As a reader goes it who takes every proposal, from the first tile to the vanishing gradient."""
    h1, h2 = math.tanh(0.6 * 0.8 - 0.9 * -0.5 + 0.1), math.tanh(-0.7 * 0.8 + 0.4 * -0.5 - 0.2)
    p = 1 / (1 + math.exp(-(-1.1 * h1 + 0.8 * h2 + 0.2)))
    go(explored, "Step to the loss", "How would L change if p grew a little?")
    assert agree(read(explored, "loss"), -math.log(p))
    go(explored, "Step back", "would fall by about 0.04")
    assert agree(read(explored, "gradient.p"), -1 / p)
    go(explored, "Step back", "go on to w11")
    factors = (-1 / p, p * (1 - p), -1.1, 1 - h1**2, 0.8)
    go(explored, "Go to h₁", "3 factors so far")
    go(explored, "Go to a₁", "4 factors so far")
    go(explored, "Go to w₁₁", "the two differ by 3.3")
    keys = ("local.L/p", "local.p/z", "local.z/h1", "local.h1/a1", "local.a1/w11")
    assert all(agree(read(explored, key), value) for key, value in zip(keys, factors, strict=True))
    assert agree(read(explored, "exact.w11"), 0.274138)
    assert f"{math.prod(factors):.6f}" == "0.274138"
    coarse = float(notebook.value("explorer.epsilon"))
    go(explored, "Set ε to 10⁻⁴", "Does it always get better?")
    assert notebook.value("explorer.epsilon") == coarse / 10
    go(explored, "Set ε to 10⁻⁸", "More is not better.")
    go(explored, "Show w₂₁", "Computed once:")
    go(explored, "Make the update", "does the loss fall?")
    go(explored, "Run it again", "The loss falls from 1.499 to 0.801.")
    go(explored, "Set x₁ to 0", "The gradient of w11 is 0.")
    assert read(explored, "exact.w11") == "0"
    go(explored, "See paths meet", "many ways lead from it to the loss")
    go(explored, "Go where they meet", "Paths meet:")
    go(explored, "See gradients vanish", "how large is a gradient after so many?")
    explored.view.root.press("End")
    expect(explored.view.root.locator(".nnw-diag")).to_contain_text("The gradient vanishes")


def test_what_is_changed_is_seen_to_change(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    notebook.execute("explorer.step = 17")
    explored.settle()
    tile = view.root.locator("svg [role=slider]").first
    before = read(explored, "value.a1")
    tile.press("ArrowRight")
    wait_for_value(notebook, "explorer.inputs[0][0]", 0.9)
    explored.settle()
    expect(view.root.locator("[data-n='value.a1']").first).not_to_have_text(before)
    assert agree(read(explored, "gradient.w11"), notebook.value("explorer.gradient('w11')"))
    assert "+0.06" in view.root.locator("svg.nnw-bp-graph, .nnw-bp-stage").first.inner_text()
    notebook.execute("explorer.weights = (1, *explorer.weights[1:])\nexplorer.wait()")
    explored.settle()
    assert read(explored, "weight.w11") == "1.00"
    view.root.press("ArrowRight")
    expect(view.root.get_by_text("+0.06")).to_have_count(0)


def test_another_pass_follows_the_last_stop(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    view.root.press("End")
    after, updated = read(explored, "loss.after"), read(explored, "updated.w11")
    view.root.press("ArrowRight")
    wait_for_value(notebook, "[explorer.number, explorer.step]", [2, 1])
    explored.settle()
    view.root.press("End")
    assert read(explored, "loss") == after
    assert agree(updated, notebook.value("float(explorer.model[0].weight[0, 0])"))
    view.root.press("r")
    wait_for_value(notebook, "[explorer.number, explorer.step]", [1, 1])


def test_play_goes_on_into_the_next_pass(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    notebook.execute("explorer.step = 23")
    view.root.press(" ")
    wait_for_value(notebook, "explorer.number >= 2", True)
    view.root.press(" ")
    expect(view.button("Play")).to_be_visible()


def test_the_steps_of_a_trainers_explorer_are_the_trainers_own(notebook: Notebook) -> None:
    view = notebook.widget(1)
    view.root.scroll_into_view_if_needed()
    looking = Explored(view, "BackpropExplorer")
    looking.settle()
    view.root.press("End")
    updated = read(looking, "updated.w11")
    view.root.press("ArrowRight")
    wait_for_value(notebook, "[trainer.step_count, looking.number]", [1, 2])
    looking.settle()
    notebook.execute("alone.step(1)\nalone.wait()")
    same = "all(a.equal(b) for a, b in zip(trainer.model.parameters(), alone.model.parameters()))"
    assert notebook.value(same) is True
    assert agree(updated, notebook.value("float(next(trainer.model.parameters())[0, 0])"))
    view.root.press("Home")
    assert agree(read(looking, "weight.w11"), notebook.value("float(next(trainer.model.parameters())[0, 0])"))
    notebook.execute("trainer.train(epochs=1)\ntrainer.wait()\nlooking.wait()")
    looking.settle()
    expect(view.root.locator("[data-n='weight.w11']").first).not_to_have_text(updated)
    assert agree(read(looking, "weight.w11"), notebook.value("float(next(trainer.model.parameters())[0, 0])"))


def test_a_module_of_ones_own_shows_what_its_autograd_says(notebook: Notebook) -> None:
    view = notebook.widget(2)
    view.root.scroll_into_view_if_needed()
    own = Explored(view, "BackpropExplorer")
    own.settle()
    view.root.press("End")
    view.root.press("ArrowLeft")
    notebook.execute(
        "x, y = torch.tensor(own.inputs), torch.tensor(own.targets)\n"
        "nn.functional.mse_loss(module(x), y).backward()\n"
        "gradients = torch.cat([p.grad.flatten() for p in module.parameters()]).tolist()\n"
    )
    names = [symbol["text"] for symbol in notebook.value("own._pass['parameter_symbols']")]
    shown = read_numbers(view)
    for name, gradient in zip(names, notebook.value("gradients"), strict=True):
        assert agree(shown[f"row.gradient.{name}"][0], gradient), name


def test_without_a_kernel_the_recorded_pass_is_there_in_full(explored: Explored, notebook: Notebook) -> None:
    """Stepped, scrubbed, opened at all three levels: every number as before."""
    view = explored.view
    explored.open_call()
    with kernel_gone(notebook):
        explored.miss_kernel()
        for level in ("layers", "operations", "nodes"):
            view.root.locator(".nnw-segment", has_text=level).click()
            for key in ("End", "ArrowLeft", "Shift+ArrowLeft", "ArrowRight", "Home"):
                view.root.press(key)
                explored.check(f"{level}, {key}")
        line = view.root.get_by_role("slider", name="Step")
        line.press("PageUp")
        explored.check("scrubbed")
        view.root.press("End")
        expect(view.button("Next step: another pass")).to_be_disabled()
        # What stands on a button is part of its name.
        before = "(word) => getComputedStyle(word, '::before').content"
        assert view.button("Next step: another pass").locator("span").evaluate(before) == "none"
