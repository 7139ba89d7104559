"""Nothing that can be read or used lies over something else, or sticks out of the widget, however wide it is."""

from __future__ import annotations

import pytest

from tests.browser.agreement import settle
from tests.browser.conftest import VIEWPORT
from tests.browser.shared import fresh_view, shared_notebook

SETUP = """
from nnwidgets import PlanarTrainer
from sklearn.datasets import load_iris
iris = load_iris(as_frame=True)
"""
SOURCES = {
    "features": "trainer = PlanarTrainer('xor', hidden_layers=(4, 3))\ntrainer",
    "eight classes": "trainer = PlanarTrainer('gaussians', n_classes=8, hidden_layers=(4, 3))\ntrainer",
    "four columns": (
        "trainer = PlanarTrainer((iris.data, iris.target_names[iris.target]), hidden_layers=(4, 3))\ntrainer"
    ),
}

# Every line of text and every control that can be seen, as far as it can be seen. What an open panel covers does not
# count, nor do a control and its own label, which may share their place.
BOXES = """(root) => {
  const panel = root.querySelector(".nnw-features");
  const cut = (a, b) => {
    const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
    const [right, bottom] = [Math.min(a.right, b.right), Math.min(a.bottom, b.bottom)];
    return { left, top, right, bottom };
  };
  const meets = (a, b, slack) => {
    const { left, top, right, bottom } = cut(a, b);
    return right - left > slack && bottom - top > slack;
  };
  const seen = (given, element) => {
    let rect = cut(given, given);
    for (let at = element; at !== root; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") rect = cut(rect, at.getBoundingClientRect());
    }
    return rect;
  };
  const boxes = [];
  const note = (rect, element, name) => {
    const box = seen(rect, element);
    if (box.right - box.left < 1 || box.bottom - box.top < 1) return;
    if (panel && !panel.contains(element) && meets(box, panel.getBoundingClientRect(), 0)) return;
    boxes.push({ ...box, name, element, owner: element.closest("label, button, select, summary") ?? element });
  };
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("select, style") || !visible(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) note(rect, element, `"${node.data.trim()}"`);
  }
  for (const element of root.querySelectorAll("button, input, select, summary")) {
    const name = element.ariaLabel ?? element.textContent.trim();
    if (visible(element)) note(element.getBoundingClientRect(), element, name);
  }
  const bounds = root.getBoundingClientRect();
  const out = boxes.filter(({ left, right, top, bottom }) =>
    left < bounds.left || right > bounds.right || top < bounds.top || bottom > bounds.bottom);
  const pairs = boxes.flatMap((one, index) => boxes.slice(index + 1)
    .filter((other) => one.owner !== other.owner && !one.owner.contains(other.owner) && !other.owner.contains(one.owner)
      && meets(one, other, 1))
    .map((other) => `${one.name} and ${other.name}`));
  return { count: boxes.length, out: out.map(({ name }) => name), pairs };
}"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, *SOURCES.values()) as notebook:
        notebook.execute(SETUP)
        yield notebook


def open_features(view):
    view.root.locator(".nnw-choose").click()
    view.root.get_by_role("region", name="Features").wait_for()


def start_drawing(view):
    door = view.button("draw")
    if not door.is_visible():
        view.root.locator("summary", has_text="Data").click()
    door.click()
    view.root.get_by_role("application").wait_for()


def stay(_):
    pass


CASES = {
    "the features panel open": ("features", open_features),
    "eight classes to draw with": ("eight classes", start_drawing),
    "four columns": ("four columns", stay),
    "four columns to choose features from": ("four columns", open_features),
    "four columns to draw in": ("four columns", start_drawing),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_or_sticks_out_with(notebook, case):
    name, act = CASES[case]
    index = list(SOURCES).index(name)
    notebook.page.set_viewport_size(VIEWPORT)
    view = fresh_view(notebook, index)
    for width in (600, 1060, 1600):
        notebook.set_output_width(width, index)
        view.wait_for("(root, width) => root.clientWidth === width", width)
        if width == 600:
            act(view)
        settle(view)
        found = view.root.evaluate(BOXES)
        assert found["count"] > 60
        assert (width, found["out"], found["pairs"]) == (width, [], [])
        assert view.root.evaluate("(root) => root.scrollWidth") == width
    notebook.clear_outputs(index)
