"""Explorers as a reader has them: every control works, every number is right, with the kernel and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.explorers import NAMES, Explored, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import kernel_gone, shared_notebook, wait_for_value
from tests.browser.view import View

SOURCES = [f"from nnwidgets import {name}\n{name[:-8].lower()} = {name}()\n{name[:-8].lower()}" for name in NAMES]
HANDLE = "svg [role=slider]"


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, *SOURCES) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1400})
        notebook.run_all()
        yield notebook


@pytest.fixture(params=NAMES)
def explored(request: pytest.FixtureRequest, notebook: Notebook) -> Explored:
    view = notebook.widget(NAMES.index(request.param))
    view.root.scroll_into_view_if_needed()
    explored = Explored(view, request.param)
    explored.settle()
    return explored


def variable(explored: Explored) -> str:
    return explored.name[:-8].lower()


def reset(view: View) -> None:
    if view.button("Close").count():
        view.click("Close")
    view.click("Reset")


def test_python_and_the_browser_have_the_same_settings_and_script(explored: Explored, notebook: Notebook) -> None:
    """What is changed on screen is in the next cell, and what a cell changes is on screen."""
    view, name = explored.view, variable(explored)
    explored.open_call()
    for number, (_, use) in enumerate(explored.controls()):
        use()
        if number > 6:
            break
    call = view.root.locator(".nnw-text pre").inner_text()
    wait_for_value(notebook, f"repr({name})", call)
    view.click("PyTorch code")
    script = notebook.value(f"{name}.to_code()")
    assert view.root.locator(".nnw-text pre").inner_text().strip() == script.strip()
    notebook.execute(f"{name}.reset()")
    first = notebook.value(f"{name}.to_code()")
    expect(view.root.locator(".nnw-text pre")).to_have_text(first.strip(), use_inner_text=True)
    reset(view)
    assert notebook.value(f"repr({name})") == f"{explored.name}()"


def drag(handle: Locator, dx: float, dy: float) -> None:
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = handle.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx / 2, y + dy / 2)
    mouse.move(x + dx, y + dy)
    mouse.up()


def swipe(handle: Locator, dx: float, dy: float) -> None:
    """With a finger."""
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = handle.page.context.new_cdp_session(handle.page)
    points = [[{"x": x + share * dx, "y": y + share * dy}] for share in (0, 0.5, 1)]
    for kind, place in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": place})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_what_can_be_dragged_follows_mouse_finger_and_arrows(explored: Explored) -> None:
    view = explored.view
    handle = view.root.locator(HANDLE).first
    expect(handle).to_be_visible()

    def moves(act: Callable[[], None], *others: Callable[[], None]) -> None:
        """It does, or one of the others does: along an axis there is no up, or no right."""
        before = str(handle.get_attribute("aria-valuetext"))
        act()
        if handle.get_attribute("aria-valuetext") == before and others:
            moves(*others)
            return
        expect(handle).not_to_have_attribute("aria-valuetext", before)

    moves(lambda: drag(handle, -40, -40))
    moves(lambda: swipe(handle, 40, 50))
    # the finger may have left it at an end
    moves(lambda: handle.press("ArrowRight"), lambda: handle.press("ArrowUp"), lambda: handle.press("ArrowLeft"))
    moves(lambda: handle.press("Shift+ArrowLeft"), lambda: handle.press("Shift+ArrowDown"))
    reset(view)


def test_no_serious_finding_of_axe(explored: Explored, notebook: Notebook) -> None:
    view = explored.view
    with all_in_sight(notebook):
        view.click("PyTorch code")
        for look in each_look(notebook, view, NAMES.index(explored.name)):
            check_accessible(view, look, 10)
    reset(view)


def test_settings_survive_a_reload_of_the_page(notebook: Notebook) -> None:
    """All views are new after it."""
    texts = {}
    for index, name in enumerate(NAMES):
        explored = Explored(notebook.widget(index), name)
        before = read_numbers(explored.view)
        for _, use in explored.controls():
            use()
            if read_numbers(explored.view) != before:
                break
        explored.settle()
        texts[name] = read_numbers(explored.view)
        wait_for_value(notebook, f"{variable(explored)}._settings() != {variable(explored)}._about['first']", True)
    notebook.reload()
    notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1400})
    for index, name in enumerate(NAMES):
        view = notebook.widget(index)
        view.root.scroll_into_view_if_needed()
        view.root.locator(".nnw-diag").wait_for()
        assert read_numbers(view) == texts[name]


@pytest.fixture(scope="module")
def alone(notebook: Notebook) -> Iterator[Notebook]:
    """Without a kernel: the last tests ask for it."""
    with kernel_gone(notebook):
        yield notebook


@pytest.mark.parametrize("name", NAMES)
def test_without_a_kernel_every_control_works_and_every_number_is_right(alone: Notebook, name: str) -> None:
    view = alone.widget(NAMES.index(name))
    view.root.scroll_into_view_if_needed()
    explored = Explored(view, name)
    explored.miss_kernel()
    view.click("Reset")
    explored.open_call()
    explored.check("Reset")
    explored.check_all()
