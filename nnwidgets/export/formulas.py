"""Formulas of LaTeX as MathML, which browsers show by themselves."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree as ET

_TAGS = frozenset(
    (
        "math", "maction", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
        "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
        "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none", "semantics",
    )
)  # fmt: skip
_ATTRIBUTES = frozenset(
    (
        "accent", "accentunder", "align", "columnalign", "columnlines", "columnspacing", "depth", "display",
        "displaystyle", "fence", "form", "height", "largeop", "linethickness", "lspace", "mathcolor", "mathsize",
        "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowlines", "rowspacing", "rspace",
        "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width", "xmlns",
    )
)  # fmt: skip
_NUMBERED = re.compile(r"\\(begin|end)\{(align|gather|multline|alignat)\}")
"""Environments that are the same without the numbers, which Jupyter does not show either."""
_UNNUMBERED = ("equation", "displaymath", "math")  # environments that are nothing but a formula


def as_mathml(latex: str, *, block: bool = False) -> str:
    r"""A formula as MathML; as its source where it cannot be read.

    Args:
        latex: without the signs around it.
        block: on a line of its own.

    Example:
        >>> as_mathml("x_1").partition("<mrow>")[2]
        '<msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
        >>> as_mathml(r"\text{<script>}").count("&lt;script&gt;")
        1
    """
    from latex2mathml.converter import convert_to_element

    try:
        plain = _NUMBERED.sub(r"\\\1{\2*}", latex.strip())
        element = convert_to_element(plain, display="block" if block else "inline")
    except Exception:  # noqa: BLE001 (it raises what it likes for what it does not know)
        return f'<code class="nnw-formula">{html.escape(latex.strip())}</code>'
    _clean(element)
    return ET.tostring(element, encoding="unicode")


def environment_as_mathml(name: str, body: str) -> str:
    r"""An environment of formulas, such as `\begin{align} … \end{align}`."""
    if name.rstrip("*") in _UNNUMBERED:
        return as_mathml(body, block=True)
    return as_mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


def _clean(element: ET.Element) -> None:
    """Leave what is known, with its texts as texts: the library writes letters as references, and LaTeX may link."""
    if element.tag not in _TAGS:
        element.tag = "mrow"
    for name in set(element.attrib) - _ATTRIBUTES:
        del element.attrib[name]
    element.text = html.unescape(element.text) if element.text else element.text
    element.tail = html.unescape(element.tail) if element.tail else element.tail
    for child in element:
        _clean(child)
