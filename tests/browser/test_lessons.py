"""A lesson in a real JupyterLab: the presentation and its keys, and texts that leave the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value

TRAINER = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer.preset("circles", test_share=0.3)
trainer
"""
# Whether all of each zone can be seen without scrolling.
SEEN = """root => ['.nnw-data', '.nnw-net', '.nnw-out', '.nnw-curves'].map(name => {
    const { top, bottom, left, right } = root.querySelector(name).getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
})"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        yield notebook


def test_a_presentation_fits_the_screen_and_is_driven_by_keys(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    page = notebook.page
    before = page.viewport_size
    try:
        for width, height in ((1600, 900), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            view.click("Presentation")
            view.wait_for("root => document.fullscreenElement === root")
            view.wait_for(f"root => Math.abs(root.getBoundingClientRect().width - {width}) < 2")
            assert view.root.evaluate(SEEN) == [True] * 4
            cells = len(notebook.sources)
            page.keyboard.press("Shift+ArrowRight")
            view.wait_for_epoch(1)
            page.keyboard.press("ArrowRight")
            wait_for_value(notebook, "trainer.step_count", 71)
            view.wait_for("root => root.dataset.status !== 'running'")
            page.keyboard.press("Space")
            view.wait_for_status("running")
            page.keyboard.press("Space")
            view.wait_for_status("paused")
            page.keyboard.press("]")
            wait_for_value(notebook, "trainer.speed", 100)
            page.keyboard.press("[")
            wait_for_value(notebook, "trainer.speed", 30)
            page.keyboard.press("h")
            view.wait_for("root => root.querySelector('.nnw-keys')")
            page.keyboard.press("r")
            wait_for_value(notebook, "trainer.step_count", 0)
            assert len(notebook.sources) == cells
            view.click("Presentation")
            view.wait_for("root => !document.fullscreenElement && !('presentation' in root.dataset)")
    finally:
        assert before is not None
        page.set_viewport_size(before)


def test_code_and_configuration_are_copied_and_pasted(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    page = notebook.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.click("PyTorch code")
    view.wait_for("root => root.querySelector('.nnw-text pre')?.textContent.includes('import torch')")
    notebook.execute("trainer.learning_rate = 0.0625")
    view.wait_for("root => root.querySelector('.nnw-text pre').textContent.includes('0.0625')")
    view.click("Copy")
    view.wait_for("root => root.querySelector('.nnw-text [role=status]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == notebook.value("trainer.to_code()")
    text = notebook.value("PlanarTrainer('spiral', n_samples=60, hidden_layers=(3,)).share()")
    view.click("More")
    page.get_by_role("menuitem", name="Paste configuration").click()
    view.root.get_by_label("Configuration to paste").fill(text)
    view.click("Begin anew with it")
    wait_for_value(notebook, "trainer.share()", text)
    wait_for_value(notebook, "trainer.dataset.name", "spiral")
