"""Fixtures of the browser tests; the package's docstring says how to use them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.slow_link import SlowLink

VIEWPORT = ViewportSize(width=1280, height=1000)
SCREENSHOTS = Path("test-results")
HAS_FAILED = pytest.StashKey[bool]()

_numbers = itertools.count(1)

OpenNotebook = Callable[..., Notebook]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        pytest.fail("there is no Chromium for the browser tests: python -m tests.browser.chromium --install")
    return {"executable_path": path, "args": chromium.arguments()}


@pytest.fixture(scope="session")
def jupyter_server() -> Iterator[JupyterServer]:
    with JupyterServer() as server:
        yield server


@pytest.fixture
def slow_link(jupyter_server: JupyterServer) -> Iterator[SlowLink]:
    with SlowLink(jupyter_server.port) as link:
        yield link


@pytest.fixture(scope="session")
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests, so that JupyterLab itself is loaded once; pages, workspaces and kernels are apart."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context
    context.close()


@pytest.fixture
def open_notebook(
    jupyter_server: JupyterServer, browser_context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Open a notebook of these cells in a page of its own: `open_notebook("a = 1", "a", link=slow_link)`."""
    opened: list[Notebook] = []

    def open_one(*sources: str, link: SlowLink | None = None) -> Notebook:
        name = f"{request.node.originalname}-{next(_numbers)}"
        url = None if link is None else link.url
        notebook = Notebook.open(browser_context.new_page(), jupyter_server, name, sources, url=url)
        opened.append(notebook)
        return notebook

    yield open_one
    for page in browser_context.pages:
        if request.node.stash.get(HAS_FAILED, False):
            page.screenshot(path=SCREENSHOTS / f"{request.node.name}-{browser_context.pages.index(page)}.png")
        page.close()
    jupyter_server.reset()
    errors = [error for notebook in opened for error in notebook.errors]
    assert not errors, "uncaught in the page:\n" + "\n".join(errors)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
        server = getattr(item, "funcargs", {}).get("jupyter_server")
        if server is not None:
            report.sections.append(("JupyterLab", server.log))
    return report
