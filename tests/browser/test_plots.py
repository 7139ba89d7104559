"""Plots in a notebook: each picture is shown exactly once, wherever in a cell it is drawn."""

from __future__ import annotations

import pytest

DRAW = "from nnwidgets import plot_dataset, plot_loss_acc\nHISTORY = {'loss': [1, 0.5], 'accuracy': [0.5, 0.75]}\n"
PLOT = "plot_dataset([[0, 1], [2, 3]], [0, 1])"
CELLS = {
    "last value": (PLOT, 1),
    "mid-cell": (f"{PLOT}\nprint('on')", 1),
    "both": (f"plot_loss_acc(HISTORY)\n{PLOT}", 2),
    "kept": (f"ax = {PLOT}", 1),
    "its figure": (f"{PLOT}.figure", 1),
    "displayed": (f"display({PLOT})", 1),
    "displayed figure": (f"display({PLOT}.figure)\nprint('on')", 1),
    "show": (f"{PLOT}\nimport matplotlib.pyplot as plt\nplt.show()", 1),
    "given axes": (f"import matplotlib.pyplot as plt\n{PLOT[:-1]}, ax=plt.gca());", 1),
    "not interactive": (f"import matplotlib.pyplot as plt\nplt.ioff()\nax = {PLOT}\nplt.ion()\nax", 1),
    "in a loop": (f"for _ in range(3):\n    {PLOT}", 3),
}


def pictures(notebook, index):
    """The data of the outputs that are pictures."""
    return [output["data"] for output in notebook.outputs(index) if "image/png" in output.get("data", {})]


def test_a_picture_is_shown_exactly_once(open_notebook):
    notebook = open_notebook(DRAW, *(cell for cell, _ in CELLS.values()), "import matplotlib.pyplot as plt")
    notebook.run_all()
    assert notebook.value("plt.get_fignums()") == []
    counts = {name: len(pictures(notebook, index)) for index, name in enumerate(CELLS, start=1)}
    assert counts == {name: count for name, (_, count) in CELLS.items()}
    for index in range(1, len(CELLS) + 1):
        texts = [text for output in notebook.outputs(index) for text in [output.get("data", {}).get("text/plain", "")]]
        assert not any("Axes:" in text for text in texts)


def test_a_picture_is_shown_as_it_is_at_the_end_of_its_cell_and_again_where_it_is_asked_for(open_notebook):
    change = f"import matplotlib.pyplot as plt\nax = {PLOT}\n{{}}\nprint('on')"
    title = "plt.title('a title')"
    notebook = open_notebook(DRAW, change.format(""), change.format(title), "ax", "ax.set_title('another')\nax")
    notebook.run_all()
    (plain,), (titled,), (again,), (other,) = (pictures(notebook, index) for index in (1, 2, 3, 4))
    assert len({each["image/png"] for each in (plain, titled, other)}) == 3
    assert again["image/png"] == titled["image/png"]
    sizes = notebook.page.locator(".jp-OutputArea-output img").evaluate_all(
        "(images) => images.map((image) => image.naturalWidth / image.width)"
    )
    assert sizes == pytest.approx([2.0] * 4, abs=0.01)  # sharp on screens of two pixels to one of CSS


def test_a_picture_that_follows_a_slider_stays_one(open_notebook):
    cell = "from ipywidgets import interact\ncontrol = interact(lambda n: plot_dataset([[0, n], [2, 3]], [0, 1]), n=3)"
    notebook = open_notebook(DRAW, cell)
    notebook.run_all()
    images = notebook.page.locator(".jp-OutputArea-output .widget-output img")
    images.first.wait_for()
    assert images.count() == 1
    before = images.first.get_attribute("src")
    notebook.execute("control.widget.children[0].value = 5")
    notebook.page.wait_for_function(
        "(before) => [...document.querySelectorAll('.widget-output img')].some((image) => image.src !== before)",
        arg=before,
    )
    assert images.count() == 1
