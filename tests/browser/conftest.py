"""Fixtures of the browser tests; the package's docstring says how to use them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

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


class Desk:
    """JupyterLab in a page, where one test after another opens its notebooks: loading it takes seconds."""

    def __init__(self, browser: Browser, server: JupyterServer) -> None:
        self._context = browser.new_context(viewport=VIEWPORT)
        self._server = server
        self._page: Page | None = None

    def page(self) -> Page:
        """JupyterLab as a new user finds it."""
        if self._page is None:
            self._page = self._context.new_page()
        self._page.set_viewport_size(VIEWPORT)
        return self._page

    def other_page(self) -> Page:
        """A page for this test alone."""
        return self._context.new_page()

    def clear(self, notebooks: list[Notebook], *, has_failed: bool) -> None:
        """Close the notebooks and end their kernels. A page in which a test failed is not used again."""
        for notebook in notebooks:
            if has_failed or notebook.page is not self._page:
                notebook.page.close()
            else:
                notebook.close()
        if self._page is not None and self._page.is_closed():
            self._page = None
        self._server.reset()


@pytest.fixture(scope="session")
def desk(browser: Browser, jupyter_server: JupyterServer) -> Desk:
    return Desk(browser, jupyter_server)


@pytest.fixture
def open_notebook(jupyter_server: JupyterServer, desk: Desk, request: pytest.FixtureRequest) -> Iterator[OpenNotebook]:
    """Open a notebook of these cells: `open_notebook("a = 1", "a")`; through `link=slow_link` it gets its own page."""
    opened: list[Notebook] = []

    def open_one(*sources: str, link: SlowLink | None = None) -> Notebook:
        name = f"{request.node.originalname}-{next(_numbers)}"
        page = desk.page() if link is None and not opened else desk.other_page()
        url = None if link is None else link.url
        opened.append(Notebook.open(page, jupyter_server, name, sources, url=url))
        return opened[-1]

    yield open_one
    has_failed = request.node.stash.get(HAS_FAILED, False)
    if has_failed:
        for notebook in opened:
            notebook.page.screenshot(path=SCREENSHOTS / f"{notebook.path.removesuffix('.ipynb')}.png")
    complaints = [] if has_failed else [line for notebook in opened for line in notebook.complaints()]
    desk.clear(opened, has_failed=has_failed)
    errors = [error for notebook in opened for error in notebook.errors]
    assert not errors, "uncaught in the page:\n" + "\n".join(errors)
    assert not complaints, "printed as errors under cells:\n" + "\n".join(complaints)
    disasters = jupyter_server.disasters()
    jupyter_server.forget_log()
    assert not disasters, "JupyterLab and its kernels said:\n" + "\n".join(disasters)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
        server = getattr(item, "funcargs", {}).get("jupyter_server")
        if server is not None:
            report.sections.append(("JupyterLab", server.log))
    return report
