"""A notebook that a program ran, as plain `jupyter nbconvert --to html` writes it: Jupyter's page, and not ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, expect

from tests.browser.cdn import cdn
from tests.browser.explorers import Explored
from tests.browser.notebook import Notebook
from tests.browser.offline import Offline, opened
from tests.browser.test_recorded import (
    EPOCHS,
    PLANAR,
    WIDE,
    Look,
    look_at,
    open_run,
    remember,
    run_by_a_program,
    scrub,
    wait_until_at,
)
from tests.browser.view import View

EXPLORER = "from nnwidgets import NeuronExplorer\nNeuronExplorer()"
# What Jupyter's page asks for, too: formulas of its texts; a module beside the file, before the one of the CDN.
IN_VAIN = ("/latest.js?config=TeX-AMS_CHTML-full,Safe", "/anywidget.js")
# What its parts say of themselves.
SAID = ("net::ERR_FAILED", "strict mode: use allowUnionTypes")


def show_parameters(view: View) -> None:
    view.root.locator(".nnw-unfold", has_text="Parameters").click()
    expect(view.root.locator(".nnw-parameters td").first).to_be_visible()


def widen(offline: Offline, view: View) -> None:
    """Make the page so wide that the view is as wide as it was live."""
    size = offline.page.viewport_size
    assert size is not None
    size["width"] += WIDE - view.width
    offline.page.set_viewport_size(size)
    view.wait_for("(root, width) => root.clientWidth === width", WIDE)


def converted(folder: Path) -> Path:
    """The page of a notebook of a trainer and an explorer, made without a browser."""
    path = folder / "plain.ipynb"
    nbformat.write(run_by_a_program(PLANAR, EXPLORER, folder=folder), path)
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", "--log-level", "ERROR", str(path)], check=True)
    return path.with_suffix(".html")


def seen_live(notebook: Notebook) -> tuple[Look, Look]:
    """What the run shows of epoch 17, and at its end, while it has its kernel."""
    view = open_run(notebook)
    notebook.set_output_width(WIDE)
    show_parameters(view)
    then, now = remember(notebook, view, 17), look_at(view)
    assert len(then.parameters) > 10
    assert {"figures", "parameters"} <= set(then.differences(now))
    return then, now


def test_a_page_of_plain_nbconvert_replays_its_run_and_its_explorer_is_alive(
    open_notebook: Callable[..., Notebook], browser: Browser, tmp_path: Path
) -> None:
    then, now = seen_live(open_notebook(PLANAR))
    with opened(browser, converted(tmp_path), shown=".nnw", answer=cdn(tmp_path)) as offline:
        view = offline.widget(0)
        widen(offline, view)
        view.wait_for_status("recorded")
        show_parameters(view)
        assert look_at(view).differences(now) == []
        scrub(view, 17)
        assert look_at(view).differences(then) == []
        view.click("Reset")
        wait_until_at(view, 0)
        view.slider("Speed").fill("2")
        view.click("Play")
        view.wait_for_status("running")
        view.wait_for_status("recorded")
        wait_until_at(view, EPOCHS)
        assert look_at(view).differences(now) == []

        explored = Explored(offline.widget(1), "NeuronExplorer")
        explored.open_call()
        explored.check("opened")
        explored.check_all()

        assert [address for address in offline.requests if not address.endswith(IN_VAIN)] == []
        assert [text for text in offline.said if not any(known in text for known in SAID)] == []
        offline.requests.clear()
        offline.said.clear()
