"""With everything open at once, nothing that axe calls serious: in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.agreement import resize, settle
from tests.browser.conftest import Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import fresh_view, shared_notebook
from tests.browser.view import View

SOURCE = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer.preset("circles", hidden_layers=(3, 2), test_share=0.3, speed=None)
for rate in (0.01, 0.02, 0.05, 0.2, 0.3, 0.5):
    trainer.learning_rate = rate
    trainer.train(epochs=2)
    trainer.wait()
    trainer.pin(f"a run with a long name, at rate {rate}")
    trainer.reset()
trainer.train(epochs=4)
trainer.wait()
trainer.freeze("0.bias")
trainer
"""
PANELS = ("Errors", "Distributions", "Parameters", "Hidden space", "One step")

# Of the legend, what sticks out of it.
OUTSIDE = """(root) => {
  const legend = root.querySelector(".nnw-curve-legend");
  const { right, bottom } = legend.getBoundingClientRect();
  return [...legend.children].filter((child) => {
    const box = child.getBoundingClientRect();
    return box.right > right + 1 || box.bottom > bottom + 1;
  }).map((child) => child.textContent);
}"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, SOURCE) as notebook:
        yield notebook


def open_everything(view: View) -> None:
    """In the narrow layout also what is folded there."""
    view.click("PyTorch code")
    for fold in view.root.locator("summary:visible").all():
        fold.click()
    for title in PANELS:
        view.click(title)
    expect(view.root.locator(".nnw-panel")).to_have_count(len(PANELS))
    expect(view.root.locator(".nnw-stop").first).to_be_enabled()
    expect(view.root.locator(".nnw-text pre")).to_contain_text("import torch")
    expect(view.root.locator(".nnw-lesson")).to_be_visible()


def test_everything_at_once_is_accessible(notebook: Notebook) -> None:
    """And six pinned runs, whatever they are called, fit into the legend."""
    view = fresh_view(notebook)
    with all_in_sight(notebook, 3000):
        notebook.set_output_width(600)
        open_everything(view)
        for look in each_look(notebook, view):
            settle(view)
            check_accessible(view, look, 100)
        assert view.root.locator(".nnw-pin").count() == 6
        for width in (1060, 600, 560, 540, 528):
            resize(notebook, view, width)
            assert (width, view.root.evaluate(OUTSIDE)) == (width, [])
