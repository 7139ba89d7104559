"""Activation functions of the reader's own: shown when a cell adds them, and still to be explored without a kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.browser.explorers import agree, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import shared_notebook, wait_for_value

SOURCE = """
import torch
from nnwidgets import ActivationExplorer
explorer = ActivationExplorer(functions={"halves": lambda x: x / 2 if x > 0 else 0.0})
explorer
"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, SOURCE) as notebook:
        notebook.run_all()
        yield notebook


def test_functions_of_ones_own_outlive_the_kernel(notebook: Notebook) -> None:
    view = notebook.widget()
    notebook.execute("explorer.activation = torch.nn.Mish()")
    expect(view.root.get_by_role("button", name="Mish", exact=True)).to_have_attribute("aria-pressed", "true")
    view.click("PyTorch code")
    expect(view.root.locator(".nnw-text pre")).to_contain_text("f = torch.nn.Mish()")
    view.click("Close")
    view.click("halves")
    wait_for_value(notebook, "(explorer.activation, explorer.slopes_by)", ["halves", "differences"])
    expect(view.root.locator(".nnw-formulas")).to_contain_text("by central differences")

    notebook.page.evaluate("() => window.testing.panel.sessionContext.shutdown()")
    notebook.page.wait_for_function("() => !window.testing.panel.sessionContext.session")
    view.click("Mish")
    point = view.slider("x")
    for key in ("ArrowRight", "PageDown", "Shift+ArrowUp", "End"):
        point.press(key)
        x = torch.tensor(float(point.get_attribute("aria-valuenow") or "nan"), dtype=torch.float64, requires_grad=True)
        value = torch.nn.functional.mish(x)
        value.backward()
        assert x.grad is not None
        exact = {"value": value.item(), "slope": x.grad.item(), "left": x.grad.item() ** 5}
        shown = read_numbers(view)
        assert all(agree(text, exact[name]) for name in exact for text in shown[name]), (x, exact, shown)
    view.click("halves")
    shown = read_numbers(view)
    assert (shown["value"], shown["slope"], shown["left"]) == (["3.0000"], ["0.5000", "0.5000"], ["0.0313"])
    notebook.page.evaluate("() => window.testing.panel.sessionContext.changeKernel({ name: 'python3' }).then(() => {})")
    notebook.wait_until_idle()
