"""Markdown that was read, written as HTML."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer

from nnwidgets.export.formulas import as_mathml, environment_as_mathml
from nnwidgets.export.highlighted import as_code


class Renderer(IPythonRenderer):
    """Writes HTML; what is ours in it, formulas and code, is put in its place after the rest was made harmless."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self._word = secrets.token_hex(8)  # which no text can know
        self._ours: list[str] = []

    def _keep(self, ours: str) -> str:
        self._ours.append(ours)
        return f"<kbd>{self._word}-{len(self._ours) - 1}</kbd>"

    def filled(self, text: str) -> str:
        """The HTML with what is ours in it."""
        return re.sub(rf"<kbd>{self._word}-(\d+)</kbd>", lambda found: self._ours[int(found[1])], text)

    def block_code(self, code: str, info: str | None = None) -> str:
        """Code in its colours."""
        words = (info or "").split()
        return self._keep(as_code(code, words[0] if words else "text"))

    def inline_math(self, body: str) -> str:
        """A formula in the text."""
        return self._keep(as_mathml(body))

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return self._keep(as_mathml(body, block=True))

    def latex_environment(self, name: str, body: str) -> str:
        """Formulas in an environment of LaTeX."""
        return self._keep(environment_as_mathml(name, body))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture, whose place is looked for later."""
        said = f' title="{html.escape(title)}"' if title else ""
        return f'<img src="{html.escape(url)}" alt="{html.escape(self._words(text))}"{said}>'

    def heading(self, text: str, level: int, **_: Any) -> str:
        """A heading, with the name that JupyterLab gives it."""
        name = html.unescape(self._words(text)).strip().replace(" ", "-")
        return f'<h{level} id="{html.escape(name)}">{text}</h{level}>\n'

    def table(self, text: str) -> str:
        """A table, which on a narrow page is moved to and fro, by the keyboard as well."""
        return f'<div class="nnw-scroll" tabindex="0"><table>{text}</table></div>\n'

    def _words(self, text: str) -> str:
        return re.sub(rf"<kbd>{self._word}-\d+</kbd>|<[^>]*>", "", text)
