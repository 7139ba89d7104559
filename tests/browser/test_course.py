"""The course runs from top to bottom in a clean kernel, and an executed copy of each notebook is alive on its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Browser, expect

from nnwidgets import export_notebook
from nnwidgets.export.states import VIEW
from tests.browser.offline import opened

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PATIENCE = 240  # seconds; a bound on a cell that never ends, never a measure

pytestmark = pytest.mark.timeout(600)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

Executed = Callable[[Path], tuple[Path, Any]]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs_of(notebook: Any) -> list[Any]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts_of(outputs: list[Any]) -> list[str]:
    return ["".join(output.data.get("text/plain", "")) for output in outputs if "data" in output]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """Runs a notebook of the course from top to bottom, where nobody looks, and saves it with its widgets, once."""
    folder = tmp_path_factory.mktemp("course")

    @cache
    def execute(path: Path) -> tuple[Path, Any]:
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=PATIENCE, resources={"metadata": {"path": str(folder)}}).execute()
        saved = folder / path.name
        nbformat.write(notebook, saved)
        return saved, notebook

    return execute


def test_there_are_eight_notebooks_in_order():
    assert [path.stem[:3] for path in NOTEBOOKS] == [f"0{number}-" for number in range(1, 9)]


@each_notebook
def test_a_notebook_is_kept_as_nobody_has_run_it(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize(("path", "following"), list(itertools.pairwise(NOTEBOOKS)), ids=lambda path: path.stem)
def test_a_notebook_leads_to_the_next_one(path: Path, following: Path):
    last = nbformat.read(path, as_version=4).cells[-1]
    assert f"({following.name})" in last.source


@each_notebook
def test_what_a_notebook_links_to_is_there(path: Path):
    for cell in nbformat.read(path, as_version=4).cells:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", cell.source):
            assert (FOLDER / target).exists(), target


@each_notebook
def test_a_notebook_runs_from_top_to_bottom_with_its_exercises_open(path: Path, executed: Executed):
    _, notebook = executed(path)
    outputs = outputs_of(notebook)
    assert [output.get("ename") for output in outputs if output.output_type == "error"] == []
    warned = [output.text for output in outputs if output.get("name") == "stderr"]
    assert warned == []
    asked = re.findall(r'\bcheck\("([\d.]+)"', "\n".join(cell.source for cell in code_cells(notebook)))
    verdicts = [text for text in texts_of(outputs) if re.match(r"\d\.\d ", text)]
    assert [text.split(" ", 1)[0] for text in verdicts] == asked
    assert all("Not answered yet:" in text for text in verdicts), verdicts


@each_notebook
def test_the_page_of_an_executed_notebook_shows_all_of_its_widgets_without_a_network(
    path: Path, executed: Executed, browser: Browser
):
    saved, notebook = executed(path)
    views = sum(VIEW in output.get("data", {}) for output in outputs_of(notebook))
    page = export_notebook(saved)
    assert page.name == f"{path.stem}.html"
    with opened(browser, page) as offline:
        assert views
        expect(offline.page.locator(".nnw")).to_have_count(views)
        for number in range(views):
            view = offline.widget(number)
            view.root.scroll_into_view_if_needed()
            expect(view.root.locator("canvas, svg").first).to_be_visible()
        expect(offline.page.locator("h1").first).to_contain_text(notebook.cells[0].source.split("\n")[0].lstrip("# "))
