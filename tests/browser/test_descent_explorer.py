"""Surfaces that Python has sampled, a function and the loss of a trainer's network, descended without Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from nnwidgets import DescentExplorer
from tests.browser.conftest import Desk
from tests.browser.explorers import agree, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import shared_notebook, wait_for_value
from tests.browser.view import View

SOURCES = (
    """
import math
from nnwidgets import DescentExplorer, PlanarTrainer
own = DescentExplorer(lambda a, b: math.sin(a) + b**2 / 4, window=((-4, 4), (-3, 3)), optimizer="adam")
own
""",
    """
trainer = PlanarTrainer(hidden_layers=(2,))
trainer.train(epochs=3)
trainer.wait()
plane = DescentExplorer.of(trainer, "path", size=15)
plane
""",
)


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, *SOURCES) as notebook:
        notebook.run_all()
        yield notebook


def shows(view: View, losses: dict[str, float | None]) -> None:
    texts = read_numbers(view)
    assert all(agree(texts[f"loss.{name}.now"][0], loss) for name, loss in losses.items()), (texts, losses)


def test_the_browser_goes_on_with_the_samples(notebook: Notebook) -> None:
    own, plane = notebook.widget(0), notebook.widget(1)
    expect(own.root).to_contain_text("sampled at 61 × 61 points")
    expect(plane.root).to_contain_text("sampled at 15 × 15 points, over 500 training samples")
    expect(plane.root.locator(".nnw-network-ring")).to_be_visible()
    shows(plane, notebook.value("plane.losses"))
    handle = own.root.get_by_role("slider", name="Start")
    for _ in range(3):
        handle.press("ArrowRight")
    wait_for_value(notebook, "own.start != own._about['first']['start']", True)
    shows(own, notebook.value("own.losses"))
    start = notebook.value("own.start")

    notebook.execute("own.set_trait('steps', 16)")
    own.click("Let it roll")
    expect(own.root.locator("[data-n=step]")).to_have_text("16")
    wait_for_value(notebook, "own.step", 16)

    notebook.page.evaluate("() => window.testing.panel.sessionContext.shutdown()")
    notebook.page.wait_for_function("() => !window.testing.panel.sessionContext.session")
    handle.press("ArrowUp")
    # The same function, sampled in this process.
    here = DescentExplorer(
        _function, window=((-4, 4), (-3, 3)), start=(start[0], round(start[1] + 0.12, 2)), step=16, steps=16
    )
    here.learning_rate = DescentExplorer(_function, window=((-4, 4), (-3, 3))).learning_rate
    shows(own, here.losses)
    notebook.page.evaluate("() => window.testing.panel.sessionContext.changeKernel({ name: 'python3' }).then(() => {})")
    notebook.wait_until_idle()


def _function(a: float, b: float) -> float:
    import math

    return math.sin(a) + b**2 / 4
