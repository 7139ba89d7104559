"""Pages are loaded again, kernels restarted, cells interrupted and run again: nothing is lost, nothing piles up."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import check_picture, figures, settle, wait_for_present
from tests.browser.shared import end_by_interrupt, wait_for_recording
from tests.browser.view import CURVES, MAP, NETWORK

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"
CANVASES = (MAP, NETWORK, CURVES)

# In a view so wide neurons are asked for as finely as they are recorded.
WIDE = 1300

# The kernel is there, and takes no notice of what the page says.
DEAF = "trainer._handle_custom_msg = lambda content, buffers: None"


@pytest.mark.fault("page loaded again")
def test_a_page_opened_again_shows_the_state_from_traits_alone(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    # Nothing trains until asked, and whoever has nothing to do has no thread.
    with notebook.watch("[trainer.status, trainer.step_count, trainer._loop.is_alive]") as state:
        state.wait_for(["idle", 0, False])

    notebook.set_output_width(WIDE)
    notebook.add_and_run("trainer.train(epochs=3)\ntrainer.wait()")
    view.wait_for_epoch(3)
    wait_for_recording(notebook, "trainer")
    wait_for_present(notebook, view)
    settle(view)
    shown, before = figures(view), {canvas: view.pixels(canvas) for canvas in CANVASES}

    notebook.execute(DEAF)
    notebook.reload()
    view.wait_for_epoch(3)
    settle(view)
    assert figures(view) == shown
    assert {canvas for canvas in CANVASES if not np.array_equal(view.pixels(canvas), before[canvas])} == set()
    # For whoever does not answer the recording of the run stands in; it goes with the first word.
    view.wait_for_status("recorded")
    expect(view.button("Step batch")).to_be_disabled()
    expect(view.button("Step epoch")).to_be_enabled()
    notebook.execute("del trainer._handle_custom_msg")
    view.wait_for_status("idle")
    expect(view.button("Step batch")).to_be_enabled()


@pytest.mark.fault("page loaded again")
def test_a_page_opened_again_catches_up_with_the_training(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    notebook.add_and_run("trainer.train()")
    view.wait_for_epoch(5)

    # The kernel is idle.
    notebook.reload()
    epoch = notebook.value("trainer.epoch")
    view.wait_for_status("running")
    view.wait_for_epoch(epoch + 5)

    # A cell is running: JupyterLab brings widgets back when it ends. An interrupt harms nobody.
    waiting = notebook.add_cell("trainer.wait()")
    notebook.run_cell(waiting, wait=False)
    epoch = view.epoch
    notebook.reload(wait=False)
    notebook.interrupt()
    notebook.wait_for_widgets()
    view.wait_for_status("running")
    view.wait_for_epoch(epoch + 5)
    assert notebook.value("trainer.status") == "running"

    view.click("Pause")
    view.wait_for_status("paused")
    check_picture(notebook, view)
    # All of the history has come.
    settle(view)
    curves = view.pixels(CURVES)
    notebook.reload()
    view.wait_for_frame(1)
    wait_for_present(notebook, view)
    settle(view)
    assert np.array_equal(view.pixels(CURVES), curves)


@pytest.mark.fault("kernel interrupted")
def test_an_interrupt_ends_the_cell_and_nothing_else(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    for source in ("trainer.train()\ntrainer.wait()", "while True: pass", "while True: trainer.step()"):
        cell = notebook.add_cell(source)
        notebook.run_cell(cell, wait=False)
        view.wait_for_epoch(view.epoch + 3)
        end_by_interrupt(notebook, cell)
        if "step" not in source:
            assert notebook.value("trainer.status") == "running"
            view.wait_for_epoch(view.epoch + 3)
    # The last cell made steps of its own, the first of which paused the run.
    assert notebook.value("[trainer.status, trainer.epoch > 0]") == ["paused", True]
    check_picture(notebook, view)
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for_epoch(view.epoch + 2)


@pytest.mark.fault("kernel restarted")
def test_a_restarted_kernel_leaves_views_that_say_so_and_a_cell_replaces(open_notebook):
    notebook = open_notebook(
        "from nnwidgets import PlanarTrainer\nfrom ipywidgets import HBox\n"
        "trainers = PlanarTrainer(), PlanarTrainer('moons')\nHBox(trainers)"
    )
    notebook.page.set_viewport_size({"width": 1900, "height": 1000})
    notebook.run_cell(0)
    left, right = notebook.widget(0, nth=0), notebook.widget(0, nth=1)
    # Side by side, both are live, each for itself.
    for view in (left, right):
        view.wait_for_frame(1)
    assert left.width == right.width > 800
    for view in (left, right):
        view.click("Play")
        view.wait_for_status("running")
    for view in (left, right, left, right):
        view.wait_for_epoch(view.epoch + 3)
    left.click("Pause")
    left.wait_for_status("paused")
    right.wait_for_epoch(right.epoch + 3)
    assert notebook.value("[t.status for t in trainers]") == ["paused", "running"]
    seen = notebook.value("trainers[1].step_count")
    right.wait_for_frame()
    assert notebook.value("trainers[1].step_count") > seen
    assert int(figures(left).epoch.replace(",", "")) == notebook.value("trainers[0].epoch")

    wait_for_recording(notebook, "trainers[0]")
    right.wait_for_epoch(right.epoch + 3)  # what was sent before that has come
    notebook.restart_kernel()
    # Of the run that stood there is a recording; the other was under way.
    left.wait_for_status("recorded")
    right.wait_for_status("disconnected")
    expect(right.root.locator(".nnw-diag")).to_contain_text("run this cell again")
    right.button("Go to what is said").click()
    expect(right.root.locator(".nnw-diag")).to_be_in_viewport()
    expect(left.button("Step batch")).to_be_disabled()
    expect(right.button("Reset")).to_be_disabled()
    picture = left.pixels()
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) > 100, "the last picture is gone"

    notebook.run_cell(0)
    for view in (left, right):
        view.wait_for_status("idle")
        assert figures(view).epoch == "0"
    assert notebook.page.locator(".nnw").count() == 2
    left.click("Play")
    left.wait_for_epoch(3)


# The statuses of all trainers that these cells made, and how many training threads there are.
PILE = (
    "[[t.status for t in played], [t.status for t in trained],"
    " sum(thread.name == 'nnwidgets-training' for thread in __import__('threading').enumerate())]"
)


def test_a_cell_that_is_run_again_and_again_leaves_no_pile_of_threads(open_notebook):
    notebook = open_notebook(
        "from nnwidgets import PlanarTrainer\nplayed, trained = [], []",
        "trainer = PlanarTrainer()\nplayed.append(trainer)\ndisplay(trainer)\ntrainer.play()",
        "trainer = PlanarTrainer()\ntrained.append(trainer)\ndisplay(trainer)\ntrainer.train()",
    )
    notebook.page.set_viewport_size({"width": 1280, "height": 1800})
    notebook.run_cell(0)
    with notebook.watch(PILE) as pile:
        for _ in range(3):
            for cell in (1, 2):
                notebook.run_cell(cell)
                view = notebook.widget(cell)
                view.wait_for_status("running")
                view.wait_for_epoch(1)
        assert notebook.page.locator(".nnw").count() == 2
        left = ["paused", "paused", "running"]
        pile.wait_for([left, left, 2])
    # Those in view are live, and those left behind can still be used.
    for cell in (1, 2):
        view = notebook.widget(cell)
        view.wait_for_epoch(view.epoch + 2)
    notebook.add_and_run("played[0].train(epochs=1)\nplayed[0].wait()\nassert played[0].status == 'idle'")
