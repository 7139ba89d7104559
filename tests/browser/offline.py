"""Pages that stand on their own, opened from a disk by a browser that has no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, ViewportSize

from tests.browser.notebook import PAGE_SCRIPT, TIMEOUT
from tests.browser.view import View

SHOWN = "html[data-nnw-page=shown]"
OF_TESTS = "Multiple readback operations"  # what Chromium says when a test reads pixels


@dataclass
class Offline:
    """One page.

    Attributes:
        page: Playwright's own.
        requests: what it asked for beside itself, and was not given.
        said: warnings and errors on its console, and what it raised; where its policy was violated, too.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def widget(self, nth: int = 0) -> View:
        """The view of a widget."""
        return View(self.page, self.page.locator(".nnw").nth(nth))


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    *,
    width: int = 1400,
    height: int = 1600,
    theme: Literal["light", "dark"] = "light",
    shown: str = SHOWN,
    answer: Callable[[Route], bool] = lambda route: False,
) -> Iterator[Offline]:
    """Open a file; at the end it must have asked for nothing, and have nothing to complain about.

    A page of others is there when something else is `shown`, and what it needs of a network is an `answer`.
    """
    size = ViewportSize(width=width, height=height)
    with browser.new_context(viewport=size, offline=True, color_scheme=theme) as context:
        address = path.absolute().as_uri()
        offline = Offline(context.new_page())

        def guard(route: Route) -> None:
            if route.request.url == address:
                route.continue_()
                return
            if answer(route):
                return
            offline.requests.append(route.request.url)
            route.abort()

        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and OF_TESTS not in message.text:
                offline.said.append(message.text)

        context.route("**/*", guard)
        page = offline.page
        page.set_default_timeout(TIMEOUT * 1000)
        page.add_init_script(path=PAGE_SCRIPT)
        page.on("console", note)
        page.on("pageerror", lambda error: offline.said.append(str(error)))
        page.goto(address)
        page.locator(shown).first.wait_for(state="attached")
        yield offline
        assert not offline.requests, "asked for:\n" + "\n".join(offline.requests)
        assert not offline.said, "said on the console:\n" + "\n".join(offline.said)
