"""Views come, go and hide: several of one trainer, cleared outputs, themes, a notebook without its kernel."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import figures, settle, wait_for_present
from tests.browser.shared import wait_for_recording
from tests.browser.view import CURVES, MAP, NETWORK

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"
CANVASES = (MAP, NETWORK, CURVES)
TALL = {"width": 1280, "height": 2000}

REFUSED = {
    "learningrate=0.1": "TypeError: PlanarTrainer() has no argument 'learningrate'; did you mean 'learning_rate'?",
    "learning_rate=-1": "TraitError: learning_rate must be",
    "batch_size=0": "TraitError: batch_size must be",
    "dataset='squares'": "'circles'",
    "model='mine'": "TypeError: model must be a torch.nn.Module; got 'mine'",
}


@pytest.mark.fault("views come and go")
def test_views_of_one_trainer_stay_in_step_and_close_one_by_one(open_notebook):
    notebook = open_notebook(TRAINER, "trainer")
    notebook.page.set_viewport_size({"width": 1280, "height": 3000})
    notebook.run_cell(0)
    notebook.run_cell(1)
    views = [notebook.widget(0), notebook.widget(1), notebook.create_output_view(0)]
    first, second, linked = views
    for view in views:
        view.wait_for_frame(1)

    # What is done in one is seen in all.
    linked.enter("Learning rate value", "0.25")
    for view in views:
        expect(view.field("Learning rate value")).to_have_value("0.25")
    second.click("Play")
    for view in views:
        view.wait_for_status("running")
        view.wait_for_epoch(view.epoch + 3)
    first.click("Pause")
    for view in views:
        view.wait_for_status("paused")
        wait_for_present(notebook, view)
        settle(view)
    assert figures(first) == figures(second) == figures(linked)
    # Two of the same size show the same, pixel by pixel.
    assert first.width == second.width
    for canvas in CANVASES:
        assert np.array_equal(first.pixels(canvas), second.pixels(canvas))

    check_pointing(notebook, first, second, linked)
    check_closing(notebook, first, second, linked)
    check_displaying_again(notebook, second)


def check_pointing(notebook, first, second, linked):
    """What is pointed at belongs to the view with the pointer."""
    views = (first, second, linked)
    decision = first.pixels()
    for view, unit in ((first, 1), (second, 2)):
        view.button(f"Hidden 1, neuron {unit}").focus()
        view.wait_for("(root) => root.querySelector('.nnw-readout')")
        others = [other for other in views if other is not view]
        assert all(other.root.locator(".nnw-readout").count() == 0 for other in others)
        wait_for_present(notebook, view)
        settle(view)
        assert not np.array_equal(view.pixels(), decision)
    # The focus has moved on: the first view has its decision map again.
    wait_for_present(notebook, first)
    settle(first)
    assert np.array_equal(first.pixels(), decision)


def check_closing(notebook, first, second, linked):
    """One leaves, the others stay; Python knows."""
    with notebook.watch("len(trainer._channel.views)") as count:
        count.wait_for(3)
        notebook.clear_outputs(1)
        second.root.wait_for(state="detached")
        count.wait_for(2)
        notebook.page.evaluate("() => [...jupyterapp.shell.widgets('main')].at(-1).dispose()")
        linked.root.wait_for(state="detached")
        count.wait_for(1)
        first.click("Play")
        first.wait_for_epoch(first.epoch + 3)
        first.click("Pause")
        first.wait_for_status("paused")
        notebook.clear_outputs(0)
        first.root.wait_for(state="detached")
        count.wait_for(0)


def check_displaying_again(notebook, second):
    """Nobody looks, but it can still be trained, and displayed again."""
    notebook.add_and_run("trainer.train(epochs=2)\ntrainer.wait()")
    epoch = notebook.value("trainer.epoch")
    notebook.run_cell(1)
    second.wait_for_epoch(epoch)
    assert figures(second).epoch == f"{epoch:,}"
    assert second.status == "idle"
    second.click("Step epoch")
    second.wait_for_epoch(epoch + 1)


# Frames sent, steps made, status, and whether Python believes that a view can be seen.
ACTIVITY = (
    "[trainer._channel.sent, trainer.step_count, trainer.status,"
    " any(view.visible for view in trainer._channel.views.values())]"
)


@pytest.mark.fault("views come and go")
def test_nothing_is_drawn_for_a_view_that_cannot_be_seen(open_notebook):
    notebook = open_notebook(TRAINER)
    tall = "from IPython.display import HTML\nHTML('<div style=\"height: 4000px\">far below</div>')"
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    below = notebook.add_cell(tall)
    notebook.run_cell(below)
    view.root.scroll_into_view_if_needed()

    def scroll_away():
        notebook.page.evaluate(
            "() => { testing.notebook.node.querySelector('.jp-WindowedPanel-outer').scrollTop = 1e6 }"
        )

    def scroll_back():
        view.root.scroll_into_view_if_needed()

    def cover():
        notebook.page.evaluate("() => testing.command('launcher:create')")
        notebook.page.locator(".jp-Launcher:visible").wait_for()

    def uncover():
        notebook.page.evaluate("() => jupyterapp.shell.activateById(testing.panel.id)")

    with notebook.watch(ACTIVITY) as activity:
        activity.wait_for(lambda now: now[3])
        for hide, show in ((scroll_away, scroll_back), (cover, uncover)):
            # A run that a cell asked for goes on, unseen and undrawn.
            notebook.execute("trainer.train()")
            view.wait_for_epoch(view.epoch + 2)
            hide()
            sent, steps, *_ = activity.wait_for(lambda now: not now[3]).value
            later = activity.wait_for(lambda now, steps=steps: now[1] >= steps + 3000).value
            assert later[2] == "running"
            # One frame may have been in the making.
            assert later[0] <= sent + 1
            show()
            activity.wait_for(lambda now: now[3])
            view.wait_for_epoch(later[1] // 100)
            view.click("Pause")
            view.wait_for_status("paused")

            # A played one pauses by itself.
            view.click("Play")
            view.wait_for_epoch(view.epoch + 2)
            hide()
            activity.wait_for(lambda now: now[2] == "paused" and not now[3])
            show()
            activity.wait_for(lambda now: now[3])
            assert view.status == "paused"
            assert view.wait_for_epoch(notebook.value("trainer.epoch")) == notebook.value("trainer.epoch")


def test_colours_follow_the_theme_without_a_reload(open_notebook):
    notebook = open_notebook(TRAINER, "trainer")
    notebook.page.set_viewport_size(TALL)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    notebook.add_and_run("trainer.train(epochs=3)\ntrainer.wait()")
    view.wait_for_epoch(3)
    wait_for_present(notebook, view)
    settle(view)
    light = {canvas: view.pixels(canvas) for canvas in CANVASES}

    notebook.set_theme("JupyterLab Dark")
    # A view that was never light is what this one should look like.
    notebook.run_cell(1)
    dark = notebook.widget(1)
    dark.wait_for_epoch(3)
    for shown in (view, dark):
        wait_for_present(notebook, shown)
        settle(shown)
    assert view.width == dark.width
    for canvas in CANVASES:
        assert np.array_equal(view.pixels(canvas), dark.pixels(canvas)), canvas
        assert not np.array_equal(view.pixels(canvas), light[canvas]), canvas
    assert view.pixels(CURVES)[..., :3].mean() != light[CURVES][..., :3].mean()

    notebook.set_theme("JupyterLab Light")
    view.wait_for("(root) => getComputedStyle(root).backgroundColor === 'rgb(255, 255, 255)'")
    settle(view)
    for canvas in CANVASES:
        assert np.array_equal(view.pixels(canvas), light[canvas]), canvas


def test_a_saved_notebook_shows_the_picture_without_its_kernel(open_notebook, jupyter_server):
    notebook = open_notebook(TRAINER, fresh=True)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    notebook.set_output_width(1300)  # so wide neurons are asked for as finely as they are recorded
    notebook.add_and_run("trainer.train(epochs=3)\ntrainer.wait()")
    view.wait_for_epoch(3)
    wait_for_recording(notebook, "trainer")
    wait_for_present(notebook, view)
    settle(view)
    shown, before = figures(view), {canvas: view.pixels(canvas) for canvas in CANVASES}

    # Settings > Save Widget State Automatically.
    notebook.page.evaluate("() => testing.command('@jupyter-widgets/jupyterlab-manager:saveWidgetState')")
    notebook.save()
    file = nbformat.read(jupyter_server.folder / notebook.path, 4)
    assert "_snapshot" in str(file.metadata.widgets)
    jupyter_server.reset()
    notebook.reload()
    assert "trainer" not in notebook.value("list(globals())"), "the old kernel is still there"

    view.wait_for_epoch(3)
    settle(view)
    assert figures(view) == shown
    assert {canvas for canvas in CANVASES if not np.array_equal(view.pixels(canvas), before[canvas])} == set()
    view.wait_for_status("recorded")
    expect(view.button("Step batch")).to_be_disabled()
    # Running the cell brings it to life.
    notebook.run_cell(0)
    view.wait_for_status("idle")
    view.click("Step epoch")
    view.wait_for_epoch(1)


def test_a_closed_trainer_leaves_the_page_and_a_refused_one_never_comes(open_notebook):
    notebook = open_notebook(TRAINER, "trainer.close()\ntrainer.status", "trainer")
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Play")
    view.wait_for_epoch(2)
    assert notebook.run_cell(1) == "'closed'"
    view.root.wait_for(state="detached")
    with notebook.watch("trainer._loop.is_alive") as alive:
        alive.wait_for(False)
    assert notebook.run_cell(2).endswith("closed>")
    assert notebook.value("trainer.epoch >= 2 and len(trainer.model.state_dict()) == 4")
    assert "closed" in notebook.add_and_run("trainer.play()", raises=True)

    # The cell can be run again; the old trainer stays what it is.
    notebook.execute("old = trainer")
    notebook.run_cell(0)
    view.wait_for_frame(1)
    assert notebook.value("[trainer.status, trainer.epoch, old.status]") == ["idle", 0, "closed"]

    for arguments, sentence in REFUSED.items():
        cell = notebook.add_cell(f"PlanarTrainer({arguments})")
        assert sentence in notebook.run_cell(cell, raises=True)
        assert [output["output_type"] for output in notebook.outputs(cell)] == ["error"]
    assert notebook.page.locator(".nnw").count() == 1
