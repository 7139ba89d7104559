"""Code in quiet colours, and what programs print with the colours of a terminal, as HTML."""

from __future__ import annotations

import html
import re
from typing import Any

_PREFIX = "nnw-code-"
_LINE = re.compile(r"[^\n]*\r(?=[^\r\n])")


def as_code(code: str, language: str) -> str:
    """A program as HTML.

    Args:
        code: its text.
        language: as Pygments or Jupyter calls it; of an unknown one it is plain text.

    Example:
        >>> as_code("a < 1", "text")
        '<pre class="nnw-code" tabindex="0"><code>a &lt; 1</code></pre>'
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    text: Any = highlight(code.strip("\n"), _lexer(language), HtmlFormatter(nowrap=True, classprefix=_PREFIX))
    return f'<pre class="nnw-code" tabindex="0"><code>{text.rstrip(chr(10))}</code></pre>'


def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers.special import TextLexer
    from pygments.util import ClassNotFound

    for name in (language, re.sub(r"^i(?=python)", "", language)):  # "ipython3", where IPython's own are not there
        try:
            return get_lexer_by_name(name, stripnl=False)
        except ClassNotFound:
            continue
    return TextLexer()


def as_printed(text: str) -> str:
    r"""What a program printed, as HTML: its colours, and of a line that was written over its last form.

    Example:
        >>> as_printed("10 %\r100 %\n\x1b[31mred\x1b[0m & more")
        '100 %\n<span class="ansi-red-fg">red</span> &amp; more'
    """
    from nbconvert.filters.ansi import ansi2html

    colored: str = ansi2html(_LINE.sub("", text))  # type: ignore[no-untyped-call]
    return colored


def as_text(text: str) -> str:
    """Text as text."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))
