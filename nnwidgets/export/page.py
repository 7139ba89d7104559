"""One file of HTML that stands on its own: widgets with all that they need, and no network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nnwidgets._front_end import front_end
from nnwidgets._version import __version__
from nnwidgets.export._page_models import PAGE, Answers, Models, Saved
from nnwidgets.export._page_types import PageData, PageWidget
from nnwidgets.export.states import is_recording

_PLACED = re.compile(r'<div class="nnw-page-widget" data-model="([^"]*)"')
_DEFAULT_EXPORT = re.compile(r"\bexport\s*\{\s*([\w$]+) as default\s*\}\s*;?\s*$")
# What ends a script, or makes the parser look for another one in it, wherever in it that stands.
_ENDS_SCRIPT = re.compile(r"<(?=/script|!--)", re.IGNORECASE)

# What a page cannot do, by the modules that cannot do it there.
_REPLAYED = frozenset(("planar", "images", "perceptron", "function"))
_COMPUTED = frozenset(("anatomy", "backprop", "initialization"))


def placeholder(model: str, fallback: str = "") -> str:
    """The place of a widget in a page.

    Args:
        model: the name of its model.
        fallback: HTML that stands there where no script runs.

    Example:
        >>> placeholder("1d8222c4")
        '<div class="nnw-page-widget" data-model="1d8222c4"></div>'
    """
    return f'<div class="nnw-page-widget" data-model="{_text(model)}">{fallback}</div>'


@dataclass(frozen=True)
class Page:
    """A page that runs no code but ours, and asks nobody for anything.

    A policy in its head names each of its scripts by what is in it, so that a browser runs no other. They come from
    the installed package; of widgets only the state comes from elsewhere. All of it is data, in one block of JSON.

    Args:
        title: as text; over the page, and in the browser's tab.
        styles: a stylesheet of the body's own.

    Example:
        >>> page = Page("<Two> & more").html("<p>Nothing to see.</p>", {})
        >>> "<title>&lt;Two&gt; &amp; more</title>" in page
        True
    """

    title: str
    styles: str = ""

    def html(self, body: str, states: Saved, answers: Answers | None = None) -> str:
        """The file.

        Args:
            body: HTML, with places of widgets as `placeholder` writes them. It is not looked at: what in it is other
                people's must have been made text.
            states: models by their names, as ipywidgets saves them. What is not in the body, nor in a box or under
                a link of what is, is left out.
            answers: what Python would find for other settings, by the names of models.

        Raises:
            ValueError: a widget of ours that another version of nnwidgets has saved.
            RuntimeError: the front end is not as it is built.
        """
        placed = (html.unescape(name) for name in _PLACED.findall(body))
        data = Models(states, answers or {}).read(placed)
        modules = sorted({each["module"] for each in data["widgets"].values() if each["kind"] == "widget"})
        scripts = [_registered(name) for name in modules] + [_harmless(front_end(f"{PAGE}.js"))]
        styles = ["nnwidgets.css"] * bool(modules) + [f"{PAGE}.css"]
        return "\n".join(
            [
                "<!doctype html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f'<meta name="generator" content="nnwidgets {__version__}">',
                f"<title>{_text(self.title)}</title>",
                *(f"<style>{_style(each)}</style>" for each in (*map(front_end, styles), self.styles) if each),
                "</head>",
                "<body>",
                f'<header class="nnw-page-head"><h1>{_text(self.title)}</h1></header>',
                f'<main class="nnw-page-body">{_NO_SCRIPT}{body}</main>',
                f'<footer class="nnw-page-foot"><p>{_text(_footer(data))}</p></footer>',
                f'<script type="application/json" id="nnw-page-data">{_data(data)}</script>',
                *(f'<script type="module">{each}</script>' for each in scripts),
                "</body>",
                "</html>",
                "",
            ]
        )


_NO_SCRIPT = '<noscript><p class="nnw-page-note">This page is alive where JavaScript runs.</p></noscript>'


def _text(text: str) -> str:
    """Text as text, also in an attribute; halves of letters, which no file can hold, become question marks."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))


def _data(data: PageData) -> str:
    """JSON in which nothing is left that HTML would take for its own."""
    plain = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        plain = plain.replace(letter, f"\\u{ord(letter):04x}")
    return plain


def _style(text: str) -> str:
    return text.replace("</", "<\\/").strip()


def _harmless(script: str) -> str:
    r"""A script that does not end before its end: "<" of what would end it is written as `\x3c`.

    Example:
        >>> print(_harmless("x = '</script>'"))
        x = '\x3c/script>'
    """
    # A parser of HTML reads any end of a line as "\n", before the browser takes its sum.
    return _ENDS_SCRIPT.sub(r"\\x3c", script).replace("\r\n", "\n").replace("\r", "\n")


def _registered(name: str) -> str:
    """A module that puts what it would export where the page finds it: a page has no files to import.

    That is a symbol, since a name can be taken by an element of the body.
    """
    text = front_end(f"{name}.js")
    found = _DEFAULT_EXPORT.search(text)
    if found is None:
        raise RuntimeError(f"{name}.js does not end with its one export: build the front end again")
    return _harmless(f'{text[: found.start()]}(globalThis[Symbol.for("nnwidgets")]??={{}})["{name}"]={found[1]};')


def _policy(scripts: Iterable[str]) -> str:
    sums = (hashlib.sha256(each.encode("utf-8")).digest() for each in scripts)
    ours = " ".join(f"'sha256-{base64.b64encode(each).decode('ascii')}'" for each in sums)
    return (
        f"default-src 'none'; script-src {ours}; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'none'; base-uri 'none'"
    )


def _footer(data: PageData) -> str:
    """What this is, and what it cannot do."""
    shown = [each for each in data["widgets"].values() if each["kind"] == "widget"]
    trainers = [each for each in shown if each["module"] in _REPLAYED]
    recorded = [_has_recording(each) for each in trainers]
    said = [f"Made with nnwidgets {__version__}. This page needs no network and no Python."]
    if any(recorded):
        said.append("A training is replayed as it was recorded; to go on with it, run it in a notebook.")
    if not all(recorded):
        said.append("A network of which no run was recorded stands still; to train it, run it in a notebook.")
    if any(each["module"] in _COMPUTED for each in shown):
        said.append("What PyTorch computes is shown as it was saved; for other numbers, run it in a notebook.")
    return " ".join(said)


def _has_recording(widget: PageWidget) -> bool:
    buffers = widget["state"]["buffers"]
    return any(each["path"] == ["_recorded"] and is_recording(each["data"]) for each in buffers)
