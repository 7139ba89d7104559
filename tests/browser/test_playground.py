"""The first notebook of the course, as its reader has it before him."""

from __future__ import annotations

from pathlib import Path

import nbformat

from tests.browser.shared import wait_for_value

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-play.ipynb"


def test_the_first_notebook_is_played_with_in_jupyterlab(open_notebook):
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    notebook = open_notebook(*(cell.source for cell in cells if cell.cell_type == "code"), fresh=True)
    notebook.run_all()
    view = notebook.widget(1)
    view.wait_for_frame(0)
    view.root.get_by_role("button", name="Play", exact=True).click()
    view.wait_for_status("running")
    view.wait_for_epoch(5)
    view.root.get_by_role("button", name="Pause", exact=True).click()
    wait_for_value(notebook, "playground.status", "paused")
