"""What axe finds in a view, in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import ViewportSize

from tests.browser.conftest import VIEWPORT
from tests.browser.notebook import Notebook
from tests.browser.view import View

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"

# What is on the way through one step are the symbols of its names: x, H1, L, w. Of a field that is off, the word before
# it is as faint as the field, which axe only knows of labels.
FOUND = """async (root) => {
  const { violations, passes, incomplete } = await axe.run(root);
  const contrast = (results) => results.find(({ id }) => id === "color-contrast")?.nodes ?? [];
  const known = (id, html) =>
    (id === "label-content-name-mismatch" && html.includes("nnw-stop")) ||
    (id === "color-contrast" && html.includes(">Data seed<") && root.querySelector(".nnw-seedrow :disabled"));
  const found = violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]))
    .filter(([id, html]) => !known(id, html));
  // Where axe itself fails, as it does where a text is out of sight, there is one node of which it says nothing.
  const why = contrast(incomplete).flatMap(({ any }) =>
    any.length ? any.map(({ data }) => data?.messageKey) : ["axe failed"],
  );
  const hidden = Object.fromEntries([...new Set(why)].map((key) => [key, why.filter((other) => other === key).length]));
  const { left, top, width, height } = root.getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + Math.min(height, innerHeight - top) / 2);
  const covered = over === null || !root.contains(over) ? String(over?.outerHTML).slice(0, 200) : "";
  return { found, texts: contrast(passes).length, hidden, covered };
}"""
# JupyterLab's own body is 0 pixels high, which axe takes for hiding all that is in it.
HEIGHT = "(height) => { document.documentElement.style.height = document.body.style.height = height; }"
SIGHT = """(root) => [root.isConnected, root.checkVisibility(), root.clientHeight, document.body.clientHeight,
  document.body.style.height]"""
WIDER = """(root) => Math.max(...[root, root.querySelector(".nnw-app")].map((element) =>
  element.scrollWidth - element.clientWidth))"""


@contextmanager
def all_in_sight(notebook: Notebook, height: int = 3600) -> Iterator[None]:
    """A page so high that nothing of a view is out of sight, where axe sees no colours; as it was after it."""
    page, before = notebook.page, notebook.page.viewport_size
    notebook.close_others()
    page.add_script_tag(content=AXE.read_text())
    page.set_viewport_size(ViewportSize(width=VIEWPORT["width"], height=height))
    page.evaluate(HEIGHT, "100%")
    try:
        yield
    finally:
        page.evaluate(HEIGHT, "")
        notebook.set_theme("JupyterLab Light")
        if before is not None:
            page.set_viewport_size(before)


def each_look(notebook: Notebook, view: View, index: int = 0) -> Iterator[tuple[str, int]]:
    """Both themes, narrow and wide: the view of a cell in each of them, one after the other."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.set_theme(theme)
        for width in (600, 1060):
            notebook.set_output_width(width, index)
            view.root.scroll_into_view_if_needed()
            view.wait_for("(root, width) => root.clientWidth === width", width)
            yield theme, width


def check_accessible(view: View, look: tuple[str, int], texts: int) -> None:
    """Nothing serious in this look, more than so many texts were looked at, and nothing is wider than its place."""
    for _ in range(30):  # what has just been unfolded, or lies under a curtain of JupyterLab's, has no colours yet
        result = view.root.evaluate(FOUND)
        if result["texts"] > texts:
            break
        view.page.evaluate(HEIGHT, "100%")  # JupyterLab may have taken it back
    assert result["found"] == [], look
    assert result["texts"] > texts, (look, result, view.root.evaluate(SIGHT))
    assert view.root.evaluate(WIDER) == 0, look
