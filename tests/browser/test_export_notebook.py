"""A notebook that was executed without a browser, as a page that is opened from the disk with no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser, expect

from nnwidgets import PlanarTrainer, export_notebook
from tests.browser.accessible import AXE, FOUND
from tests.browser.agreement import figures, settle
from tests.browser.offline import opened
from tests.browser.test_page import agree_with, parameter_texts, scrub

EPOCH, EPOCHS = 17, 50
SETTINGS: dict[str, Any] = {"hidden_layers": (3,), "seed": 1}
TEXT = r"""# A small network

It learns to tell $x \in \mathbb{R}^2$ inside from outside:

$$L = -\frac{1}{n} \sum_i y_i \log p_i$$

```python
for epoch in range(50):
    pass  # or so
```
"""
TRAINS = f"""from nnwidgets import *

trainer = PlanarTrainer(**{SETTINGS!r})
trainer.train(epochs={EPOCHS})
trainer.wait()
trainer"""
CELLS = (
    TEXT,
    TRAINS,
    "trainer.history.to_pandas().tail(3)",
    "import ipywidgets\n\nipywidgets.VBox([NeuronExplorer(), ipywidgets.IntSlider()])",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\n\nplt.plot([3, 1, 2])\nplt.show()",
    "print('\\x1b[31mred\\x1b[0m <b>')",
    "1 / 0",
)


@pytest.fixture(scope="module")
def executed(compiled: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook as `jupyter nbconvert --execute` leaves it."""
    folder = tmp_path_factory.mktemp("executed")
    first, *rest = CELLS
    notebook = new_notebook(cells=[new_markdown_cell(first), *map(new_code_cell, rest)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = NotebookClient(
        notebook, timeout=300, store_widget_state=True, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    path = folder / "small.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def page_of(executed: Path) -> Path:
    return export_notebook(executed)


@pytest.fixture(scope="module")
def other() -> Iterator[Any]:
    """The run of the notebook as it was at the epoch that is looked at."""
    trainer = PlanarTrainer(**SETTINGS)
    trainer.train(epochs=EPOCH)
    trainer.wait()
    yield trainer
    trainer.close()


def test_all_that_is_in_a_notebook_is_in_its_page(browser: Browser, page_of: Path) -> None:
    with opened(browser, page_of) as offline:
        page = offline.page
        assert page.title() == "A small network"
        assert page.locator("math").count() >= 2
        expect(page.locator("table.dataframe")).to_contain_text("running_loss")
        picture = page.locator(".nnw-image img")
        assert picture.evaluate("(image) => image.complete && image.naturalWidth > 100")
        expect(page.locator(".nnw-text")).to_have_text(["red <b>"])
        expect(page.locator(".nnw-error")).to_contain_text("ZeroDivisionError")
        assert page.locator(".nnw").count() == 2
        expect(offline.widget(1).root).to_contain_text("One neuron")
        expect(page.get_by_text("IntSlider: it needs a kernel")).to_be_visible()
        assert not page.locator("figure").count(), "pictures stand where widgets are alive"


def test_a_trainer_replays_epoch_17_as_its_run_was(browser: Browser, page_of: Path, other: Any) -> None:
    with opened(browser, page_of) as offline:
        view = offline.widget()
        view.wait_for_status("recorded")
        assert view.epoch == EPOCHS
        scrub(offline, EPOCH)
        assert figures(view).loss == f"{other.loss:.3f}"
        view.click("Parameters")
        settle(view)
        weights = parameter_texts(view)
    agree_with(weights, other.model)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_narrow_and_wide_light_and_dark_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: Browser, page_of: Path, width: int, theme: Any
) -> None:
    with opened(browser, page_of, width=width, height=6000, theme=theme) as offline:
        page = offline.page
        settle(offline.widget())
        page.evaluate(AXE.read_text())
        assert page.locator("html").evaluate(FOUND)["found"] == []
        assert page.evaluate("() => document.documentElement.scrollWidth") == width


def test_without_javascript_there_are_pictures_of_the_trained_state_with_words(browser: Browser, page_of: Path) -> None:
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        page = context.new_page()
        page.goto(page_of.as_uri())
        captions = page.locator("figcaption")
        expect(captions).to_have_count(2)
        expect(captions.first).to_contain_text(f"PlanarTrainer, recorded run: epoch {EPOCHS}, loss ")
        expect(captions.last).to_contain_text("NeuronExplorer")
        for image in page.locator("figure img").all():
            box = image.bounding_box()
            assert box is not None
            assert box["width"] > 500


def test_a_page_is_not_large(page_of: Path) -> None:
    assert page_of.stat().st_size < 2_000_000
