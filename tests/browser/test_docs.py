"""The documentation is built with warnings as errors, and opened from the disk with no network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import nnwidgets
from tests.browser.accessible import AXE
from tests.browser.notebook import TIMEOUT

ROOT = Path(__file__).parents[2]
FRAMES = ".live-widget > iframe"
SHOWN = "html[data-nnw-page=shown]"
# As high as what is in it, and no wider.
FITS = "(root) => root.scrollHeight <= root.clientHeight && root.scrollWidth <= root.clientWidth"

SERIOUS = """async (root) => {
  const { violations, passes } = await axe.run(root, { preload: false }); // which would ask for stylesheets
  const found = violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html.slice(0, 300), failureSummary]))
    .filter(([id, html]) => id !== "definition-list" || html !== "<dl>"); // Sphinx's own, around arguments
  return { found, texts: passes.find(({ id }) => id === "color-contrast")?.nodes.length ?? 0 };
}"""

Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, as `make docs` makes them, but from the beginning."""
    folder = tmp_path_factory.mktemp("docs")
    command = ["-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-d", str(folder / "doctrees"), "docs"]
    run = subprocess.run(
        [sys.executable, *command, str(folder / "html")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return folder / "html"


@pytest.fixture
def open_page(built: Path, browser: Browser) -> Open:
    """Open a page; at the end it must have asked for nothing but files, and have nothing to complain about."""

    @contextmanager
    def opened(name: str, *, width: int = 1280, theme: str = "light") -> Iterator[Page]:
        size = {"width": width, "height": 900}
        with browser.new_context(viewport=size, offline=True, color_scheme=theme) as context:
            page = context.new_page()
            page.set_default_timeout(TIMEOUT * 1000)
            asked, said = [], []
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else 0)
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto((built / f"{name}.html").as_uri())
            yield page
            assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
            assert not said

    return opened


def see_all(page: Page) -> None:
    """Bring each widget into sight, which is when it is loaded, and see that it fits its frame."""
    for frame in page.locator(FRAMES).all():
        frame.scroll_into_view_if_needed()
        root = frame.content_frame.locator(SHOWN)
        root.wait_for(state="attached")
        expect(frame.content_frame.locator(".nnw").first).to_be_visible()
        expect(frame.content_frame.locator(".nnw-page-error")).to_have_count(0)
        page.wait_for_function("(frame) => frame.dataset.height", arg=frame.element_handle())
        assert root.evaluate(FITS), frame.get_attribute("src")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (600, "dark")])
def test_every_widget_is_alive_in_the_gallery(open_page: Open, width: int, theme: str) -> None:
    with open_page("gallery", width=width, theme=theme) as page:
        shown = page.locator(FRAMES).evaluate_all("(frames) => frames.map((frame) => frame.title)")
        classes = [name for name in nnwidgets.__all__ if name.endswith(("Trainer", "Explorer", "Anatomy"))]
        assert len(classes) == 14
        headings = page.locator("h3").all_inner_texts()
        assert sorted(re.sub(r"\W+$", "", heading) for heading in headings) == sorted(classes)
        assert len(shown) == len(set(shown)) == len(classes)
        see_all(page)
        for frame in page.locator(FRAMES).all():
            assert frame.content_frame.locator("html").get_attribute("data-theme") == theme
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_widget_answers_and_is_as_dark_as_the_page(open_page: Open) -> None:
    with open_page("index") as page:
        see_all(page)
        inside = page.locator(FRAMES).content_frame
        expect(inside.get_by_role("slider", name="Bias b")).to_have_value("-0.4")
        inside.get_by_role("slider", name="Bias b").press("ArrowLeft")
        expect(inside.get_by_role("slider", name="Bias b")).not_to_have_value("-0.4")
        root = inside.locator("html")
        for _ in range(3):  # furo's button goes round: as the system, light, dark
            page.get_by_role("button", name="Toggle Light / Dark / Auto color theme").locator("visible=true").click()
            chosen = page.locator("body").get_attribute("data-theme")
            expect(root).to_have_attribute("data-theme", "dark" if chosen == "dark" else "light")


def test_a_trainer_replays_its_run(open_page: Open) -> None:
    with open_page("gallery") as page:
        inside = page.locator(FRAMES).first.content_frame
        page.locator(FRAMES).first.scroll_into_view_if_needed()
        expect(inside.locator(".nnw").first).to_have_attribute("data-epoch", "60")
        inside.get_by_role("button", name="Reset").click()
        expect(inside.locator(".nnw").first).to_have_attribute("data-epoch", "0")
        inside.get_by_role("button", name="Play").click()
        expect(inside.locator(".nnw").first).to_have_attribute("data-epoch", re.compile("[1-9]"))


@pytest.mark.parametrize("name", ["how-it-works", "api/planar-trainer", "teach"])
def test_pages_are_accessible(open_page: Open, name: str) -> None:
    with open_page(name, width=600, theme="dark") as page:
        page.evaluate(AXE.read_text())
        result = page.locator("article").evaluate(SERIOUS)
        assert result["found"] == []
        assert result["texts"] > 20
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
