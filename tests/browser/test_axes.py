"""Data with more columns than two: the menus on the map choose which two of them it shows."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import (
    chip,
    colours_of,
    figures,
    map_colours,
    places,
    settle,
    show_points,
    wait_for_present,
)
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value
from tests.browser.view import MAP

TRAINER = """
import numpy as np, torch
from sklearn.datasets import load_iris
from nnwidgets import PlanarTrainer
iris = load_iris(as_frame=True)
trainer = PlanarTrainer((iris.data, iris.target_names[iris.target]), hidden_layers=(6,))
trainer.train(epochs=20)
trainer.wait()
before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
trainer
"""
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]

# Runs in the kernel: what the network says of places on a plane, the other columns at their median.
CLASSES = """
def likeliest(points, axes):
    columns = np.tile(np.median(trainer.dataset.x_train, axis=0), (len(points), 1))
    columns[:, axes] = points
    with torch.no_grad():
        best = trainer.model(trainer.inputs(columns)).softmax(1).topk(2, 1)
    return [best.indices[:, 0].tolist(), (best.values[:, 0] - best.values[:, 1]).tolist()]
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        notebook.execute(CLASSES)
        yield notebook


@pytest.fixture
def view(notebook):
    view = fresh_view(notebook)
    view.wait_for_epoch(20)
    return view


def menu(view, which):
    return view.root.get_by_role("combobox", name=f"{which} axis", exact=True)


def shown(view):
    """The names on the two menus."""
    return [menu(view, which).locator("option:checked").inner_text() for which in ("Horizontal", "Vertical")]


def check_map(notebook, view, axes):
    wait_for_present(notebook, view)
    show_points(view, False)
    neutral, classes = colours_of(view)
    likeliest, margin = map(np.array, notebook.value(f"likeliest({places(notebook).tolist()}, {axes})"))
    seen, towards = map_colours(view) - neutral, classes[:3] - neutral
    alike = (seen @ towards.T) / np.linalg.norm(seen, axis=1)[:, None] / np.linalg.norm(towards, axis=1)
    clear = margin > 0.35
    # The menus lie over the canvas, not on it.
    assert clear.sum() > len(clear) / 4
    assert np.array_equal(alike[clear].argmax(axis=1), likeliest[clear])
    show_points(view, True)


def test_the_menus_choose_the_columns_of_the_map_and_change_nothing_else(notebook, view):
    assert shown(view) == NAMES[:2]
    check_map(notebook, view, [0, 1])
    said = figures(view)
    for which, column, axes in (("Horizontal", 2, [2, 1]), ("Vertical", 3, [2, 3])):
        menu(view, which).select_option(NAMES[column])
        wait_for_value(notebook, "trainer.axes", axes)
        label = f"Map over {NAMES[axes[0]]} and {NAMES[axes[1]]}"
        expect(view.root.locator(MAP)).to_have_attribute("aria-label", label)
        assert shown(view) == [NAMES[axis] for axis in axes]
        low, high = (notebook.value(f"trainer.dataset.x_train[:, {axes}].{end}(0)") for end in ("min", "max"))
        ranges = notebook.value("[trainer._data['x_range'], trainer._data['y_range']]")
        assert all(a < b < c < d for (a, d), b, c in zip(ranges, low, high, strict=True))
        check_map(notebook, view, axes)
    assert figures(view) == said
    assert chip(view, "train").inner_text() == "train 150"
    assert notebook.value("all(torch.equal(before[n], v) for n, v in trainer.model.state_dict().items())")
    assert notebook.value("[trainer.features, trainer.epoch, trainer._loop.journal]") == [
        ["x1", "x2", "x3", "x4"],
        20,
        [],
    ]


def test_the_column_of_the_other_axis_lets_them_change_places(notebook, view):
    menu(view, "Horizontal").select_option(NAMES[1])
    wait_for_value(notebook, "trainer.axes", [1, 0])
    view.wait_for("(root) => root.querySelectorAll('.nnw-axis-select select')[0].value === '0'")
    assert shown(view) == [NAMES[1], NAMES[0]]
    check_map(notebook, view, [1, 0])
    menu(view, "Vertical").select_option(NAMES[1])
    wait_for_value(notebook, "trainer.axes", [0, 1])


def test_points_are_painted_in_the_columns_that_are_shown(notebook, view):
    notebook.execute("trainer.axes = (3, 2)")
    view.click("draw")
    area = view.root.get_by_role("application")
    # Whoever cannot see the map is told what it is over.
    expect(area).to_have_attribute("aria-label", f"Drawing area over {NAMES[3]} and {NAMES[2]}")
    area.scroll_into_view_if_needed()
    (x_low, x_high), (y_low, y_high) = notebook.value("[trainer._data['x_range'], trainer._data['y_range']]")
    box = area.bounding_box()
    view.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    wait_for_value(notebook, "len(trainer.dataset.x_train)", 151)
    point, *_ = notebook.value("trainer.dataset.x_train")
    medians = np.median(notebook.value("iris.data.to_numpy()"), axis=0)
    wanted = [*medians[:2], y_high - 0.25 * (y_high - y_low), x_low + 0.25 * (x_high - x_low)]
    assert np.allclose(point, wanted, atol=0.01)
    # They stay the user's data, and the map stands still.
    assert notebook.value("[trainer.dataset.name, trainer.dataset.feature_names, trainer.axes]") == [
        "data",
        NAMES,
        [3, 2],
    ]
    assert notebook.value("[trainer._data['x_range'], trainer._data['y_range']]") == [[x_low, x_high], [y_low, y_high]]


def test_other_data_with_two_columns_have_no_menus(notebook, view):
    menu(view, "Horizontal").select_option(NAMES[3])
    wait_for_value(notebook, "trainer.axes", [3, 1])
    view.click("moons")
    wait_for_value(notebook, "trainer.axes", [0, 1])
    expect(menu(view, "Horizontal")).to_have_count(0)
    settle(view)
    assert view.root.locator(".nnw-axis-name").all_inner_texts() == ["x2", "x1"]
