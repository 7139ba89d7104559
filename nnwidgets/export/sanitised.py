"""HTML from elsewhere, made harmless: what is left has no scripts, asks nobody for anything and stays in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TAGS = frozenset(
    (
        "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
        "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
        "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u",
        "ul", "var",
    )
)  # fmt: skip
_WHOLE = (
    "script", "style", "iframe", "object", "embed", "form", "template", "noscript", "svg", "math", "link", "meta",
    "base", "title", "head", "video", "audio", "canvas", "frame", "frameset", "applet", "textarea", "select", "button",
)  # fmt: skip
"""What goes with all that is in it, which is not for readers."""
_ALIVE = frozenset(
    ("script", "iframe", "object", "embed", "form", "video", "audio", "canvas", "textarea", "select", "button", "svg")
)
"""What would have shown or done something."""
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"type", "checked", "disabled"},
    "td": {"colspan", "rowspan", "align", "headers"},
    "th": {"colspan", "rowspan", "align", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "details": {"open"},
    "div": {"tabindex"},
    "table": {"border"},
    "abbr": {"title"},
}
_OF_ANY = {"style", "align", "dir", "lang", "id", "class", "aria-hidden", "aria-label", "role"}
_ROLES = frozenset(("img", "note", "presentation", "status"))
_CLASSES = frozenset(("dataframe", "nnw-scroll"))
_STYLES = (
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
    "display", "font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "min-width", "opacity", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "vertical-align", "white-space", "width",
)  # fmt: skip
_LEAVES = re.compile(r"[\\@]|url|image|expression|-moz-binding", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+\Z")
_ADDRESS = re.compile(r"(?:https?:|mailto:|#|(?![a-z][a-z0-9+.-]*:)(?!//))", re.IGNORECASE)
_MOST_RULES = 2_000
_ID = "nnw-at-"
"""Before what others call the places of a page: our own are called otherwise."""

Picture = Callable[[str], str | None]
"""The data: address of a picture from that which is written, None where there is none."""
Link = Callable[[str], str]
"""Where a link leads in a page."""


@dataclass(frozen=True)
class Cleaned:
    """Harmless HTML, and whether something was left out that would have shown something."""

    html: str
    lost: bool


def cleaned(text: str, picture: Picture, link: Link) -> Cleaned:
    """HTML without what could run, load or cover something.

    Args:
        text: HTML from elsewhere.
        picture: finds pictures.
        link: finds where links lead.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    _inline_rules(soup)
    lost = soup.find(list(_ALIVE)) is not None
    for element in soup.find_all(list(_WHOLE)):
        element.decompose()
    for element in soup.find_all(id=True):
        element["id"] = _ID + str(element["id"])
    for element in soup.find_all("a", href=True):
        address = str(element["href"])
        element["href"] = f"#{_ID}{address[1:]}" if address.startswith("#") else link(address)
    for element in soup.find_all("img"):
        _settle_picture(soup, element, picture)
    return Cleaned(_bleached(str(soup)), lost)


def _settle_picture(soup: Any, element: Any, picture: Picture) -> None:
    """A picture in place, or a link to it, or what it is in words."""
    address = str(element.get("src", ""))
    found = picture(address)
    if found is not None:
        element["src"] = found
        return
    words = str(element.get("alt") or address)
    if re.match(r"https?:", address, re.IGNORECASE):
        other = soup.new_tag("a", href=address)
        other.string = f"{words} (a picture on the web)"
    else:
        other = soup.new_tag("em")
        other.string = f"{words} (a picture that was not found)"
    element.replace_with(other)


def _inline_rules(soup: Any) -> None:
    """Rules of stylesheets as styles of the elements that they are for, so that they are for no others."""
    import tinycss2
    from soupsieve import SelectorSyntaxError

    rules = 0
    for sheet in soup.find_all("style"):
        for rule in tinycss2.parse_stylesheet(sheet.get_text(), skip_comments=True, skip_whitespace=True):
            rules += 1
            if rule.type != "qualified-rule" or rules > _MOST_RULES:
                continue
            try:
                found = soup.select(tinycss2.serialize(rule.prelude))
            except (SelectorSyntaxError, NotImplementedError):
                continue
            declared = tinycss2.serialize(rule.content).strip().rstrip(";")
            for element in found:
                own = element.get("style")
                element["style"] = f"{declared}; {own}" if own else declared


def _bleached(text: str) -> str:
    from bleach.css_sanitizer import CSSSanitizer
    from bleach.sanitizer import Cleaner

    cleaner = Cleaner(
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )
    return str(cleaner.clean(text))


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name not in _OF_ANY and name not in _ATTRIBUTES.get(tag, ()):
        return False
    if name == "class":
        return value in _CLASSES
    if name == "id":
        return value.startswith(_ID)
    if name == "role":
        return value in _ROLES
    if name == "tabindex":
        return value == "0"
    if name == "style":
        return _LEAVES.search(value) is None
    if name == "src":
        return _PICTURE.match(value) is not None
    if name == "href":
        return _ADDRESS.match(value.strip()) is not None
    return (tag, name) != ("input", "type") or value == "checkbox"
