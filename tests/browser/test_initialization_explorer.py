"""InitializationExplorer: measured in the kernel, drawn in the page, and trained while a cell runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.expected.initialization import SCHEMES
from tests.browser.explorers import Explored, agree, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import shared_notebook, wait_for_value
from tests.browser.test_pause import BUSY, end_by_interrupt
from tests.browser.view import View

SOURCE = """
from nnwidgets import InitializationExplorer
explorer = InitializationExplorer(n_layers=4, width=16, epochs=3)
explorer
"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, SOURCE, BUSY) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1400})
        notebook.run_cell(0)
        yield notebook


@pytest.fixture
def explored(notebook: Notebook) -> Explored:
    notebook.execute("explorer.reset()\nexplorer.reset_training()\nexplorer.wait()")
    explored = Explored(notebook.widget(0), "InitializationExplorer")
    explored.view.root.scroll_into_view_if_needed()
    explored.settle()
    wait_for_epoch(explored.view, 0)
    return explored


def wait_for_epoch(view: View, epoch: int) -> None:
    view.wait_for("(root, epoch) => Number(root.querySelector('[data-n=epoch]')?.textContent) >= epoch", epoch)
    if not epoch:
        expect(view.root.locator("[data-n=epoch]")).to_have_text("0")


def wait_for_action(view: View, word: str) -> None:
    """What the button beside this word does next says how the training is."""
    view.wait_for("(root, word) => root.querySelector('.nnw-init-action')?.textContent === word", word)


def accuracies(view: View) -> dict[str, str]:
    return {name: read_numbers(view)[f"accuracy.{name}"][0] for name in SCHEMES}


def test_every_number_is_that_of_plain_pytorch(explored: Explored) -> None:
    view = explored.view
    explored.open_call()
    explored.check("at first")
    view.slider("Hidden layers").fill("6")
    view.choose("Activation", "tanh")
    view.choose("Drawn from", "uniform")
    explored.settle()
    explored.check("another network")
    for scheme in ("Zeros", "Constant", "Small", "Large", "Xavier", "He"):
        view.click(scheme)
        view.slider("Layer").press("ArrowRight")
        explored.check(scheme)
    expect(view.slider("Layer")).to_have_attribute("aria-valuetext", "output")
    view.click("He")
    view.slider("Layer").press("Home")
    for kind in ("z: pre-activations", "∂L/∂a: gradients of activations", "∂L/∂W: gradients of weights"):
        view.click(kind)
        explored.check(kind)
    view.click("tanh, large: saturated")
    explored.settle()
    explored.check("a preset")
    view.click("Close")


def test_the_layer_under_the_pointer_is_looked_at(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    box = view.root.locator(".nnw-init-press").bounding_box()
    assert box is not None
    for layer in (1, 5, 2):
        notebook.page.mouse.click(box["x"] + box["width"] * (layer - 0.5) / 5, box["y"] + 40)
        wait_for_value(notebook, "explorer.layer", layer)
    expect(view.slider("Layer")).to_have_attribute("aria-valuetext", "layer 2 of 4")


def test_all_six_are_trained_and_keep_their_curves(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    assert set(accuracies(view).values()) == {"–"}
    view.button("Train all six").focus()
    notebook.page.keyboard.press("Enter")
    wait_for_action(view, "Train on")
    wait_for_value(notebook, "[explorer.status, explorer.epoch]", ["done", 3])
    check_training(view, notebook)
    curves = view.root.locator(".nnw-init-loss .nnw-init-spark-line")
    drawn = [curve.get_attribute("d") for curve in curves.all()]
    assert len(set(drawn)) > 1
    assert all(path and path.count("L") == 3 for path in drawn)

    view.root.locator(".nnw-segment", has_text="as trained").click()
    view.wait_for("(root) => root.textContent.includes('as trained for 3 epochs')")
    found = notebook.value("explorer.measure().variances[4, 1].tolist()")
    at = notebook.value("explorer.layer") - 1
    assert agree(read_numbers(view)["variance.a"][0], found[at])
    before, numbers = accuracies(view), read_numbers(view)

    notebook.reload()
    view = notebook.widget(0)
    view.root.scroll_into_view_if_needed()
    wait_for_epoch(view, 3)
    assert accuracies(view) == before
    assert read_numbers(view) == numbers
    assert [curve.get_attribute("d") for curve in curves.all()] == drawn
    view.click("Back to the first weights")
    wait_for_epoch(view, 0)
    wait_for_value(notebook, "explorer.epoch", 0)


def check_training(view: View, notebook: Notebook) -> None:
    """What is said of each is what Python has of it."""
    code = "__import__('numpy').frombuffer(explorer._training['accuracies']).reshape(6, -1)[:, -1].tolist()"
    verdicts: list[str] = notebook.value("explorer._training['verdicts']")
    shown: list[Any] = list(zip(accuracies(view).values(), notebook.value(code), verdicts, strict=True))
    assert all(agree(text, None if verdict == "diverged" else value) for text, value, verdict in shown), shown


def test_training_is_paused_while_a_cell_runs(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    notebook.execute("explorer.epochs = 1000\nbegun = False")
    view.click("Train all six")
    wait_for_epoch(view, 1)
    with notebook.watch("begun") as begun, notebook.watch("explorer.status") as status:
        notebook.run_cell(1, wait=False)
        begun.wait_for(True)
        view.click("Pause")
        status.wait_for("paused")
        wait_for_action(view, "Go on")
        assert notebook.is_running(1)
        view.click("Train all six")
        status.wait_for("running")
        wait_for_action(view, "Pause")
        view.click("Pause")
        status.wait_for("paused")
        wait_for_action(view, "Go on")
        assert notebook.is_running(1)
    end_by_interrupt(notebook, 1)
    notebook.clear_outputs(1)
    epoch = notebook.value("explorer.epoch")
    assert 0 < epoch < 1000
    assert read_numbers(view)["epoch"] == [str(epoch)]


def test_training_goes_on_through_a_reload_of_the_page(explored: Explored, notebook: Notebook) -> None:
    # so much that it is not over when the page is there again
    notebook.execute("explorer.width, explorer.n_layers, explorer.epochs = 64, 20, 1000\nexplorer.wait()")
    explored.settle()
    explored.view.click("Train all six")
    wait_for_epoch(explored.view, 1)
    notebook.reload()
    view = notebook.widget(0)
    view.root.scroll_into_view_if_needed()
    wait_for_epoch(view, 1)
    wait_for_action(view, "Pause")
    now = int(read_numbers(view)["epoch"][0])
    wait_for_epoch(view, now + 1)
    view.click("Pause")
    wait_for_action(view, "Go on")
    wait_for_value(notebook, "explorer.status", "paused")
    check_training(view, notebook)


def test_what_is_not_accepted_is_said(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    view.enter("Seed", "-1")
    expect(view.root.locator(".nnw-diag")).to_contain_text("seed must be")
    wait_for_value(notebook, "explorer.seed", 0)
