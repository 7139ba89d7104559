"""Pause works whatever the main thread of the kernel is busy with, and is seen there before its cell ends."""

from __future__ import annotations

import pytest

from tests.browser.agreement import figures, wait_for_present
from tests.browser.shared import end_by_interrupt

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"

# Neither ends by itself: what is seen in the meantime was not seen because the cell had ended.
SLEEP = "import time\nbegun = True\ntime.sleep(3600)"
BUSY = "begun = True\nturns = 0\nwhile True:\n    turns += 1"


def pause_and_play_again(view, status):
    """Two rounds of the button, each seen in Python and on screen."""
    for _ in range(2):
        view.wait_for_frame()
        view.click("Pause")
        status.wait_for("paused")
        view.wait_for_status("paused")
        assert view.button("Play").is_enabled()
        view.click("Play")
        status.wait_for("running")
        view.wait_for_status("running")
    view.click("Pause")
    status.wait_for("paused")
    view.wait_for_status("paused")


def check_that_it_stands_still(notebook, view):
    step = notebook.value("trainer.step_count")
    assert step > 0
    wait_for_present(notebook, view)
    assert f"step {step:,}" in figures(view).progress
    # Soon it is recorded, and then there is no thread any more.
    with notebook.watch("[trainer.status, trainer.step_count, trainer._loop.is_alive, bool(trainer._recorded)]") as now:
        now.wait_for(["paused", step, False, True])


def test_pause_with_an_idle_kernel(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Play")
    view.wait_for_epoch(1)
    with notebook.watch("trainer.status") as status:
        pause_and_play_again(view, status)
    check_that_it_stands_still(notebook, view)


@pytest.mark.fault("busy kernel")
@pytest.mark.parametrize("source", [SLEEP, BUSY], ids=["sleeping", "busy"])
def test_pause_while_a_cell_runs(open_notebook, source):
    notebook = open_notebook(TRAINER, source)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Play")
    view.wait_for_epoch(1)
    notebook.execute("begun = False")
    with notebook.watch("begun") as begun, notebook.watch("trainer.status") as status:
        notebook.run_cell(1, wait=False)
        begun.wait_for(True)
        pause_and_play_again(view, status)
        assert notebook.is_running(1)
    end_by_interrupt(notebook, 1)
    check_that_it_stands_still(notebook, view)


@pytest.mark.fault("busy kernel")
def test_pause_in_run_all(open_notebook):
    notebook = open_notebook(TRAINER, "trainer.play()", SLEEP, "after = True")
    notebook.execute("begun = False")
    with notebook.watch("begun") as begun, notebook.watch("trainer.status") as status:
        notebook.run_all(wait=False)
        begun.wait_for(True)
        status.wait_for("running")
        view = notebook.widget(0)
        view.wait_for_status("running")
        view.wait_for_epoch(1)
        pause_and_play_again(view, status)
        assert notebook.is_running(2)
    end_by_interrupt(notebook, 2)
    check_that_it_stands_still(notebook, view)
