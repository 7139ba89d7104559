"""Hebb's rule in a notebook: what is pressed in the drawings, and settings that only fit together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import shared_notebook, wait_for_value
from tests.browser.view import View

SOURCE = "from nnwidgets import HebbExplorer\nexplorer = HebbExplorer()\nexplorer"


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, SOURCE) as notebook:
        notebook.run_all()
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> Iterator[View]:
    view = notebook.widget(0)
    yield view
    view.click("Reset")
    wait_for_value(notebook, "repr(explorer)", "HebbExplorer()")


def test_a_preset_with_other_cells_reaches_python_as_a_whole(notebook: Notebook, view: View) -> None:
    """Its patterns, pair and damage fit only each other: one after the other they would be refused."""
    view.click("Two cells")
    wait_for_value(
        notebook, "[explorer.names[0], explorer.shape, explorer.pair, explorer.damage]", ["both", [1, 2], [0, 1], [1]]
    )
    expect(view.root.get_by_text("Not accepted")).to_have_count(0)
    notebook.execute("explorer.patterns = ['T', 'L', 'X']")
    expect(view.root.locator("[data-n='shown.0']")).to_have_text("6")
    view.click("Eight letters")
    wait_for_value(notebook, "explorer.remembered", 1)


def test_the_matrix_is_pressed_and_painted(notebook: Notebook, view: View) -> None:
    area = view.root.locator(".nnw-hebb-frame")
    box = area.bounding_box()
    assert box is not None
    cell = box["width"] / 25
    area.click(position={"x": 7.5 * cell, "y": 13.5 * cell})
    wait_for_value(notebook, "explorer.pair", [13, 7])
    colours = view.root.locator(".nnw-hebb-weights canvas").evaluate(
        """(canvas, places) => places.map(([row, column]) => {
          const cell = canvas.width / 25;
          const at = [(column + 0.5) * cell, (row + 0.5) * cell].map(Math.floor);
          const [red, , blue] = canvas.getContext("2d").getImageData(...at, 1, 1).data;
          return Math.sign(blue - red - (Math.abs(blue - red) < 8 ? blue - red : 0));
        })""",
        [[row, column] for row in range(25) for column in range(25)],
    )
    signs = notebook.value("[int(sign) for sign in __import__('numpy').sign(explorer.weights).ravel()]")
    assert colours == signs


def test_cells_are_pressed_with_the_mouse_and_by_keyboard(notebook: Notebook, view: View) -> None:
    root = view.root
    root.get_by_role("checkbox", name="Damaged cell 1, silent").click()
    wait_for_value(notebook, "0 in explorer.damage", False)
    focused = root.get_by_role("checkbox", name="Damaged cell 1, fires")
    focused.press("ArrowRight")
    notebook.page.keyboard.press("Space")
    wait_for_value(notebook, "1 in explorer.damage", True)
    expect(root.get_by_role("checkbox", name="Damaged cell 2, silent")).to_be_focused()
    root.get_by_role("button", name="Present", exact=True).click()
    wait_for_value(notebook, "len(explorer.presented)", 7)
    root.get_by_role("slider", name="Presentation").press("Home")
    wait_for_value(notebook, "[explorer.moment, explorer.weight]", [0, 0.0])
