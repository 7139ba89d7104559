"""The first widget of somebody who has just installed nnwidgets: shown, played and paused in JupyterLab."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.notebook import CALL_TIMEOUT, Notebook
from tests.browser.server import JupyterServer

SOURCES = ("from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer",)


def objections(python: Path, picture: Path) -> list[str]:
    """What goes wrong with it in the JupyterLab of an environment; leaves a picture of the page."""
    with JupyterServer(python) as server, sync_playwright() as playwright, chromium.launch(playwright) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        notebook = Notebook.open(page, server, "first", SOURCES)
        page.set_default_timeout(CALL_TIMEOUT * 1000)  # what trains fast is compiled first, for the first time
        try:
            found = _try_out(notebook, python)
        finally:
            notebook.page.screenshot(path=picture)
        found += [f"uncaught in the page: {each}" for each in notebook.errors]
        found += [f"printed under a cell: {each}" for each in notebook.complaints()]
        return found + [f"JupyterLab said: {each}" for each in server.disasters()]


def _try_out(notebook: Notebook, python: Path) -> list[str]:
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.click("Play")
    view.wait_for_epoch(3)
    view.click("Pause")
    view.wait_for_status("paused")
    found = []
    if notebook.value("trainer.epoch") < 3 or notebook.value("trainer.status") != "paused":
        found.append("the trainer in the kernel is not where the one on screen is")
    home = Path(notebook.value("__import__('nnwidgets').__file__"))
    if not home.is_relative_to(python.parents[1]):
        found.append(f"the kernel imports nnwidgets from {home}, not from where it was installed")
    return found
