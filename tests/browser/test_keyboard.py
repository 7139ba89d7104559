"""Keys pressed in a widget are the widget's, and everything in it can be reached with them."""

from __future__ import annotations

import pytest

from tests.browser.shared import fresh_view, shared_notebook

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer(hidden_layers=(2, 2), test_share=0.2)\ntrainer"

# In JupyterLab's command mode these insert, delete, cut, paste, split, undo, change and leave cells.
KEYS = ["a", "b", "d", "d", "x", "v", "z", "m", "y", "1", "o", "l", "j", "k", "0", "0", "Shift+M", "Shift+V",
        "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "PageDown", "Backspace", "Delete",
        "Enter", "Shift+Enter", "Escape"]  # fmt: skip


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER, "1 + 1", "'two'") as notebook:
        yield notebook


@pytest.fixture
def view(notebook):
    return fresh_view(notebook)


def state(notebook):
    """All that keys could change in the notebook."""
    return notebook.page.evaluate(
        """() => {
          const { notebook, kernel, panel } = window.testing;
          return {
            mode: notebook.mode,
            active: notebook.activeCellIndex,
            selected: notebook.widgets.map((cell) => notebook.isSelectedOrActive(cell)),
            cells: panel.context.model.sharedModel.cells.map(
              (cell) => [cell.cell_type, cell.source, cell.execution_count]),
            hidden: notebook.widgets.map((cell) => cell.outputHidden ?? null),
            kernel: kernel.id,
            dialogs: document.querySelectorAll(".jp-Dialog").length,
          };
        }"""
    )


PLACES = {
    "a button": lambda view: view.button("Step batch"),
    "the large button": lambda view: view.button("Play"),
    "a neuron": lambda view: view.button("Hidden 1, neuron 1"),
    "a slider": lambda view: view.slider("Noise"),
    "a number": lambda view: view.field("Learning rate value"),
    "a list": lambda view: view.root.get_by_role("combobox", name="Optimizer", exact=True),
    "a switch": lambda view: view.root.locator(".nnw-chip").first,
}


@pytest.mark.parametrize("place", PLACES)
def test_keys_do_not_edit_the_notebook(notebook, view, place):
    element = PLACES[place](view)
    element.focus()
    before = state(notebook)
    assert before["mode"] == "command"
    for key in KEYS:
        # Enter in a list opens it, Escape leaves the element: the next key is for it again.
        element.focus()
        notebook.page.keyboard.press(key)
        assert state(notebook) == before, key
    # What the keys started in the widget is none of the notebook's business, but ends here.
    notebook.execute("trainer.pause()")


def test_keys_do_what_they_say(notebook, view):
    """Enter and space press buttons, arrows move sliders, Escape gives up what was typed and leads to the cell."""
    page = notebook.page
    view.button("Step batch").focus()
    with notebook.watch("trainer.step_count") as steps:
        page.keyboard.press("Enter")
        steps.wait_for(1)
        page.keyboard.press("Space")
        steps.wait_for(2)
    field = view.field("Learning rate value")
    field.focus()
    field.press_sequentially("77")
    page.keyboard.press("Escape")
    assert field.input_value() == "0.1"
    assert not field.evaluate("(field) => field === document.activeElement")
    assert notebook.value("trainer.learning_rate") == 0.1
    # It is the cell around the widget that Escape leads to: keys are the notebook's again.
    count = len(notebook.sources)
    assert page.evaluate("() => testing.notebook.activeCell.node === document.activeElement")
    page.keyboard.press("b")
    page.wait_for_function("(count) => testing.sources().length === count", arg=count + 1)
    notebook.page.evaluate("() => testing.command('notebook:delete-cell')")


# Of radio buttons the one that is chosen; arrows lead to the others.
REACHABLE = "button:enabled, input:enabled:not([type=radio]:not(:checked)), select:enabled, summary, [tabindex='0']"
MARK = """(root, selector) => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  // As on screen: the header's parts as they are ordered, then zone by zone, from the top and from the left.
  const rank = (element) => {
    const part = element.closest(".nnw-head > *, .nnw-body > *");
    if (part.parentElement.matches(".nnw-head")) return [0, Number(getComputedStyle(part).order), 0];
    const { top, left } = part.getBoundingClientRect();
    return [1, Math.round(top), Math.round(left)];
  };
  const compare = (one, other) => one.map((value, index) => value - other[index]).find((by) => by) ?? 0;
  const elements = [...root.querySelectorAll(selector)].filter(isSeen);
  elements.sort((one, other) => compare(rank(one), rank(other)));
  return elements.map((element, index) => {
    element.dataset.place = index;
    return element.ariaLabel ?? element.textContent.trim();
  });
}"""
PLACE = "() => document.activeElement?.dataset.place ?? null"


@pytest.mark.parametrize("width", [600, 1060])
def test_everything_is_reached_by_tab(notebook, view, width):
    notebook.set_output_width(width)
    view.wait_for("(root, width) => root.clientWidth === width", width)
    names = view.root.evaluate(MARK, REACHABLE)
    assert {"Play", "Step batch", "Step epoch", "Reset", "Speed", "Hidden 2, neuron 1"} <= set(names)
    page = notebook.page
    view.root.locator("[data-place='0']").focus()
    reached = [page.evaluate(PLACE)]
    while True:
        page.keyboard.press("Tab")
        place = page.evaluate(PLACE)
        if place is None:
            break
        assert place not in reached, "the focus goes round in the widget"
        reached.append(place)
    # In the order in which they stand there; and then out of the widget.
    assert [names[int(place)] for place in reached] == names
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(PLACE) == reached[-1]
    check_focus_is_seen(view)


OTHERS = """
from nnwidgets import FunctionTrainer, ImageTrainer, PerceptronTrainer
from sklearn.datasets import load_digits
for other in (PerceptronTrainer(), FunctionTrainer(), ImageTrainer(load_digits())):
    display(other)
"""
# Tops and lefts of zones, in their order for keys; the inside of a network belongs to the image above it.
ZONES = """(root) => [...root.querySelectorAll(".nnw-body > :not(.nnw-fold--inside)")]
  .filter((zone) => zone.getClientRects().length)
  .map((zone) => zone.getBoundingClientRect())
  .map(({ top, left }) => [Math.round(top), Math.round(left)])"""


def test_keys_go_through_other_trainers_as_they_stand_in_narrow_cells(notebook, view):
    index = notebook.add_cell(OTHERS)
    notebook.run_cell(index)
    notebook.set_output_width(600, index)
    for nth in range(3):
        other = notebook.widget(index, nth=nth)
        other.wait_for("(root) => root.clientWidth === 600 && root.querySelector('.nnw-body')")
        zones = other.root.evaluate(ZONES)
        assert len(zones) > 5
        assert zones == sorted(zones)
    notebook.page.evaluate(
        "(index) => { testing.select(index); return testing.command('notebook:delete-cell'); }", index
    )


def check_focus_is_seen(view):
    """Whatever has the focus looks different from when it has not; of a slider it is the thumb, which has no style."""
    unseen = view.root.evaluate(
        """(root) => {
          const style = (element) => {
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
            return [outlineStyle, outlineWidth, boxShadow].join();
          };
          return [...root.querySelectorAll("[data-place]:not([type=range])")].filter((element) => {
            element.blur();
            const before = style(element);
            element.focus({ focusVisible: true });
            return style(element) === before;
          }).map((element) => element.ariaLabel ?? element.textContent.trim());
        }"""
    )
    assert not unseen
    for slider in view.root.locator("[data-place][type=range]").all():
        slider.evaluate("(slider) => slider.blur()")
        before = slider.screenshot(animations="disabled")
        slider.evaluate("(slider) => slider.focus({ focusVisible: true })")
        assert slider.screenshot(animations="disabled") != before, slider.get_attribute("aria-label")
