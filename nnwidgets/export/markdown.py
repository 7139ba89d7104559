"""Text cells as HTML: Markdown as Jupyter reads it, formulas as MathML, pictures in the page itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nnwidgets.export.sanitised import Cleaned, cleaned

LARGEST_PICTURE = 20_000_000  # bytes
_KINDS = {
    ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp", ".svg": "svg+xml",
}  # fmt: skip
_TYPES = tuple(f"image/{kind}" for kind in _KINDS.values())

Attachments = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Surroundings:
    """Where a notebook lies, so that its relative pictures and links are found."""

    folder: Path

    def picture(self, address: str, attachments: Attachments) -> str | None:
        """A picture as a data: address: an attachment, or a file beside the notebook; None where there is none."""
        if address.startswith("data:"):
            return address
        name = unquote(address.removeprefix("attachment:"))
        if address.startswith("attachment:"):
            bundle = attachments.get(name, {})
            kind = next((kind for kind in _TYPES if kind in bundle), None)
            return None if kind is None else as_data(kind, _joined(bundle[kind]))
        parts = urlsplit(address)
        kind = _KINDS.get(Path(name).suffix.lower())
        if parts.scheme or parts.netloc or kind is None:
            return None
        return self._file(unquote(parts.path), f"image/{kind}")

    def _file(self, name: str, kind: str) -> str | None:
        """A picture in the notebook's folder or below: a notebook from elsewhere is not to publish other files."""
        root, path = self.folder.resolve(), (self.folder / name).resolve()
        try:
            if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > LARGEST_PICTURE:
                return None
            return as_data(kind, base64.b64encode(path.read_bytes()).decode("ascii"))
        except OSError:
            return None

    def link(self, address: str) -> str:
        """Where a link leads in a page: one to a notebook that lies there to the page that is made of that one."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path.endswith(".ipynb"):
            return address
        if not (self.folder / unquote(parts.path)).is_file():
            return address
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return parts.path.removesuffix(".ipynb") + ".html" + fragment


def as_data(kind: str, content: str) -> str:
    """The data: address of a picture in base64."""
    return f"data:{kind};base64,{''.join(content.split())}"


def _joined(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Markdown:
    """Reads Markdown.

    Args:
        surroundings: where the notebook lies.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def html(self, text: str, attachments: Attachments | None = None) -> str:
        """Markdown as HTML that is harmless."""
        from nbconvert.filters.markdown_mistune import MarkdownWithMath

        from nnwidgets.export.renderer import Renderer

        renderer = Renderer()
        rendered = MarkdownWithMath(renderer=renderer).render(text)
        return renderer.filled(self.clean(rendered, attachments).html)

    def clean(self, text: str, attachments: Attachments | None = None) -> Cleaned:
        """HTML from elsewhere, made harmless, with its pictures in it."""
        return cleaned(
            text, lambda address: self._surroundings.picture(address, attachments or {}), self._surroundings.link
        )
