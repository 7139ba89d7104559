"""Demands of places that no test can open: their themes, and a front end that is complete and stays where it is put."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from nnwidgets._front_end import STATIC, front_end

WIDGETS = sorted(path.name for path in STATIC.glob("*.js") if path.name != "page.js")
# What ipywidgets brings along, in whatever theme, outside of JupyterLab.
LIGHT = "--jp-layout-color0: white; --jp-ui-font-color0: black; --jp-error-color2: #ef9a9a"
DARK = "--jp-layout-color0: #111111; --jp-ui-font-color0: white"
# How pages say which theme they have: attributes of html and body, and whether it is dark.
THEMES = {
    "JupyterLab": ('data-jp-theme-light="true"', False),
    "JupyterLab, dark": (f'data-jp-theme-light="false" style="{DARK}"', True),
    "VS Code": ('class="vscode-light"', False),
    "VS Code, dark": ('class="vscode-dark"', True),
    "VS Code, high contrast": ('class="vscode-high-contrast"', True),
    "VS Code, light high contrast": ('class="vscode-high-contrast vscode-high-contrast-light"', False),
    "a page of Sphinx": ('data-theme="light"', False),
    "a page of Sphinx, dark": ('data-theme="dark"', True),
    "marimo, dark": ('class="dark"', True),
}
ON_HTML = {"Colab": ('theme="light"', False), "Colab, dark": ('theme="dark"', True)}
# Namespaces are names that look like addresses.
ADDRESS = re.compile(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+")
NAMESPACE = "http://www.w3.org"
FORBIDDEN = {
    "loads code": r"\bimport\(|\bimportScripts\b|createElement\(\"(?:script|link|iframe)\"\)",
    "asks the network": r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon",
    "runs text": r"\beval\(|\bnew Function\b|\bFunction\(",
    "starts workers": r"\bnew (?:Shared)?Worker\b|serviceWorker",
    "keeps something in the browser": r"localStorage|sessionStorage|indexedDB|document\.cookie",
    "reaches for pages around": r"\b(?:window|self|globalThis)\.(?:top|parent|opener)\b|postMessage|document\.domain",
}


def page_of(html: str, body: str) -> str:
    return (
        f"<!doctype html><html {html}><style>:root {{ {LIGHT} }} {front_end('nnwidgets.css')}</style>"
        f'<body {body}><div class="nnw"><p class="nnw-2nd">text</p></div></body></html>'
    )


def luminance(colour: str) -> float:
    """Of a computed colour: 0 is black, 1 is white."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour.removeprefix("color(srgb"))[:3]]
    scale = 1 if colour.startswith("color(") else 255
    return sum(weight * number / scale for weight, number in zip((0.2126, 0.7152, 0.0722), numbers, strict=True))


@pytest.mark.parametrize("place", [*THEMES, *ON_HTML])
def test_the_theme_of_a_place_is_followed(browser: Browser, place: str) -> None:
    attributes, dark = (THEMES | ON_HTML)[place]
    html, body = (attributes, "") if place in ON_HTML else ("", attributes)
    page = browser.new_page()
    try:
        page.set_content(page_of(html, body))
        ground, ink, scheme = page.locator(".nnw p").evaluate(
            "(text) => [getComputedStyle(text.parentElement).backgroundColor, getComputedStyle(text).color,"
            " getComputedStyle(text).colorScheme]"
        )
    finally:
        page.close()
    assert scheme == ("dark" if dark else "light")
    assert (luminance(ground) < 0.1) == dark, ground
    assert (luminance(ground) > 0.9) == (not dark), ground
    assert abs(luminance(ink) - luminance(ground)) > 0.4, (ground, ink)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_front_end_is_complete_and_stays_where_it_is_put(name: str) -> None:
    text = front_end(name)
    assert {address for address in ADDRESS.findall(text) if address != NAMESPACE} == set()
    assert {what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)} == set()
    assert len(text.encode()) <= 200_000


def test_the_stylesheet_loads_nothing_and_is_not_measured_by_windows() -> None:
    text = front_end("nnwidgets.css")
    assert set(re.findall(r"@import|@font-face|url\((?![\"']?data:)", text)) == set()
    # In a frame that is as high as what is in it, one would make the other grow.
    assert re.findall(r"\d(?:[dls]?vh|vmax|vmin|vb)\b", text) == []
    # Every rule is for what is in a widget, whatever else is on the page.
    assert [rule for rule in selectors(text) if ".nnw" not in rule and not rule.startswith(("@", "from", "to"))] == []


def selectors(text: str) -> list[str]:
    """The selectors of a stylesheet, with those in at-rules, and without what is in rules of animations."""
    text = re.sub(r"@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*\}", "", text)
    return [rule.strip() for rule in re.findall(r"([^{};]+)\{", text) if rule.strip()]


def test_nothing_of_a_labextension_is_in_the_project() -> None:
    root = Path(__file__).parents[2]
    assert "labextension" not in (root / "pyproject.toml").read_text(encoding="utf-8")
    assert not [path for path in (root / "nnwidgets").rglob("*") if "labextension" in path.name]
