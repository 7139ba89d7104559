"""The notebooks of the course run from top to bottom, as their readers get them."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.shared import wait_for_value

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
TRAINERS = [path for path in NOTEBOOKS if path.stem not in ("anatomy", "backpropagation", "explorers")]


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert "planar.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_nobody_has_run_it(path):
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize("path", TRAINERS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(open_notebook, path):
    notebook = open_notebook(*(cell.source for cell in code_cells(path)), fresh=True)
    notebook.run_all()
    notebook.widget(0).wait_for_frame(0)


def test_the_planar_notebook_trains_and_comes_back_to_where_it_began(open_notebook):
    cells = code_cells(NOTEBOOKS[0].with_name("planar.ipynb"))
    notebook = open_notebook(*(cell.source for cell in cells), fresh=True)
    shown, counted, trained, played, rewound = 0, 2, 3, 4, 6
    notebook.run_cell(shown)
    for index in range(1, counted + 1):
        notebook.run_cell(index)
    assert notebook.text(counted) == "9"
    notebook.run_cell(trained)
    assert notebook.value("trainer.epoch") == 5
    view = notebook.widget(shown)
    view.wait_for_epoch(5)
    notebook.run_cell(played)
    view.wait_for_status("running")
    view.wait_for_epoch(6)
    for index in range(played + 1, rewound + 1):
        notebook.run_cell(index)
    assert notebook.value("[trainer.status, trainer.epoch, list(trainer.hidden_layers)]") == ["paused", 0, [2]]
    for index in range(rewound + 1, len(notebook.sources)):
        notebook.run_cell(index)
    assert notebook.value("[trainer.epoch, list(trainer.hidden_layers)]") == [20, [3]]
    expect(view.root.get_by_text("2 neurons", exact=True).first).to_be_visible()


def test_the_explorers_notebook_shows_all_of_them_and_links_two(open_notebook):
    cells = code_cells(NOTEBOOKS[0].with_name("explorers.ipynb"))
    notebook = open_notebook(*(cell.source for cell in cells), fresh=True)
    notebook.run_all()
    titles = []
    for index in range(6):
        view = notebook.widget(index)
        view.root.scroll_into_view_if_needed()
        titles.append(view.root.locator("h3").inner_text())
    assert len(set(titles)) == 6
    activation = notebook.widget(6).root
    activation.scroll_into_view_if_needed()
    notebook.page.locator(".jp-OutputArea .noUi-handle").press("End")
    wait_for_value(notebook, "[activation.x, loss.logit]", [6.0, 6.0])
    expect(activation.locator("[data-n=value]").first).to_have_text("0.9975")


def test_the_notebook_of_concepts_that_train_ends_as_its_text_says(open_notebook):
    cells = code_cells(NOTEBOOKS[0].with_name("concepts.ipynb"))
    notebook = open_notebook(*(cell.source for cell in cells), fresh=True)
    notebook.run_all()
    assert notebook.value("[perceptron.accuracy, perceptron.updates <= perceptron.start_bound]") == [1.0, True]
    assert notebook.value("[xor.separable, [finding.kind for finding in xor.diagnosis]]") == [False, ["inseparable"]]
    assert notebook.value("function.loss < 0.01") is True
    for index in (0, 2, 3, 4):
        view = notebook.widget(index)
        view.root.scroll_into_view_if_needed()
        expect(view.root).to_be_visible()
    view.wait_for_epoch(600)


def test_the_notebook_of_backpropagation_ends_as_its_text_says(open_notebook):
    cells = code_cells(NOTEBOOKS[0].with_name("backpropagation.ipynb"))
    notebook = open_notebook(*(cell.source for cell in cells), fresh=True)
    for index in range(len(cells)):
        notebook.run_cell(index)
    printed = [notebook.text(index) for index in range(len(cells))]
    formula, difference, gradient = ast.literal_eval(printed[1])
    assert formula == pytest.approx(-4.479, abs=1e-3)
    assert (difference, gradient) == (pytest.approx(formula, 1e-4), pytest.approx(formula, 1e-5))
    slopes, product, gradient = ast.literal_eval(printed[2])
    assert slopes == pytest.approx([-4.479, 0.173, -1.1, 0.401, 0.8], abs=1e-3)
    assert (product, gradient) == (pytest.approx(0.274138, abs=1e-6), pytest.approx(0.274138, abs=1e-6))
    errors = {epsilon: abs(found - gradient) for epsilon, found in ast.literal_eval(printed[3]).items()}
    assert errors[1e-3] < errors[0.1] < errors[1e-7]  # rounding is the worst of them
    before, after = ast.literal_eval(printed[5])
    assert (before, after) == (pytest.approx(1.499, abs=1e-3), pytest.approx(0.801, abs=1e-3))
    assert ast.literal_eval(printed[6])[0] == 0
    products, total, gradient = ast.literal_eval(printed[8])
    assert len(products) == 2
    assert total == pytest.approx(gradient, rel=1e-5)
    for index in (0, 7, 9, 10):
        notebook.widget(index).root.scroll_into_view_if_needed()
        notebook.widget(index).wait_for("(root) => root.querySelector('[data-settled=true]')")


def test_the_notebook_of_anatomy_ends_as_its_text_says(open_notebook):
    cells = code_cells(NOTEBOOKS[0].with_name("anatomy.ipynb"))
    notebook = open_notebook(*(cell.source for cell in cells), fresh=True)
    guessing, counted, failing, mended, shapes, by_hand, followed, large = 0, 1, 2, 3, 4, 6, 9, 10
    for index in range(failing + 1):
        notebook.run_cell(index)
    assert ast.literal_eval(notebook.text(counted)) == (55050, 55050, 55050)
    broken = notebook.widget(failing)
    broken.root.scroll_into_view_if_needed()
    expect(broken.root.locator("[data-failed]")).to_have_count(1)
    notebook.run_cell(mended)
    expect(broken.root.locator("[data-failed]")).to_have_count(0)
    for index in range(mended + 1, len(cells)):
        notebook.run_cell(index)
    assert ast.literal_eval(notebook.text(shapes))["4", "Linear"] == (4, 10)
    hand, pytorch = ast.literal_eval(notebook.text(by_hand))
    assert hand == pytest.approx(pytorch, abs=1e-5)
    assert ast.literal_eval(notebook.text(followed)) == 40
    count, products = ast.literal_eval(notebook.text(large + 1))
    assert (count, round(products / 1e9, 2)) == (25_557_032, 4.09)
    for index in (guessing, failing, large):
        notebook.widget(index).root.scroll_into_view_if_needed()
        notebook.widget(index).wait_for("(root) => root.querySelector('[data-settled=true]')")
