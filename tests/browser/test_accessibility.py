"""With everything open at once, nothing that axe calls serious: in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.agreement import settle
from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import fresh_view, shared_notebook
from tests.browser.view import View

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
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

# What is on the way through one step are the symbols of its names: x, H1, L, w.
FOUND = """async (root) => {
  const { violations, passes } = await axe.run(root);
  const known = (id, html) => id === "label-content-name-mismatch" && html.includes("nnw-stop");
  const found = violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]))
    .filter(([id, html]) => !known(id, html));
  return { found, texts: passes.find(({ id }) => id === "color-contrast")?.nodes.length ?? 0 };
}"""
# JupyterLab's own body is 0 pixels high, which axe takes for hiding all that is in it.
HEIGHT = "(height) => { document.documentElement.style.height = document.body.style.height = height; }"
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


def resize(notebook: Notebook, view: View, width: int) -> None:
    notebook.set_output_width(width)
    view.wait_for("(root, width) => root.clientWidth === width", width)
    settle(view)


def test_everything_at_once_is_accessible(notebook: Notebook) -> None:
    """And six pinned runs, whatever they are called, fit into the legend."""
    view, page = fresh_view(notebook), notebook.page
    page.add_script_tag(content=AXE.read_text())
    page.set_viewport_size({"width": VIEWPORT["width"], "height": 3000})  # of what is out of sight axe sees no colours
    page.evaluate(HEIGHT, "100%")
    notebook.set_output_width(600)
    open_everything(view)
    try:
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            notebook.set_theme(theme)
            for width in (600, 1060):
                resize(notebook, view, width)
                result = view.root.evaluate(FOUND)
                assert (theme, width, result["found"]) == (theme, width, [])
                assert result["texts"] > 100
        assert view.root.locator(".nnw-pin").count() == 6
        for width in (1060, 600, 560, 540, 528):
            resize(notebook, view, width)
            assert (width, view.root.evaluate(OUTSIDE)) == (width, [])
    finally:
        page.evaluate(HEIGHT, "")
        notebook.set_theme("JupyterLab Light")
