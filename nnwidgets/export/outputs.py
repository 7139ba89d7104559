"""What cells put out, as HTML."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnwidgets.export.highlighted import as_printed, as_text
from nnwidgets.export.markdown import Markdown, as_data
from nnwidgets.export.page import placeholder
from nnwidgets.export.pictures import Picture, picture
from nnwidgets.export.states import VIEW, model_of

Output = Mapping[str, Any]
Bundle = Mapping[str, Any]

NOT_SAVED = "This widget was not saved with the notebook."
_SCRIPTS = ("application/javascript", "text/javascript")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")


@dataclass(frozen=True)
class Outputs:
    """Writes outputs as HTML.

    Args:
        markdown: for what is written in it, and for HTML.
        states: of the notebook's widgets.
    """

    markdown: Markdown
    states: Mapping[str, Any]

    def html(self, outputs: Sequence[Output]) -> str:
        """All outputs of a cell."""
        return "\n".join(filter(None, map(self._one, _joined(outputs))))

    def _one(self, output: Output) -> str:
        kind = output.get("output_type")
        if kind == "stream":
            text = as_printed(_text(output.get("text")))
            return f'<pre class="nnw-out nnw-{"warning" if output.get("name") == "stderr" else "text"}">{text}</pre>'
        if kind == "error":
            lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
            return f'<pre class="nnw-out nnw-error" tabindex="0">{as_printed(chr(10).join(map(str, lines)))}</pre>'
        data, metadata = output.get("data"), output.get("metadata")
        if not isinstance(data, Mapping) or not data:
            return ""
        return self._shown(data, metadata if isinstance(metadata, Mapping) else {})

    def _shown(self, data: Bundle, metadata: Bundle) -> str:
        """The first of its forms that a page can show; what is left out is said."""
        for kind, show in _FORMS:
            found = show(self, data[kind], data, metadata) if kind in data else ""
            if found:
                return found
        if any(kind in data for kind in _SCRIPTS):
            return _note("An output that runs a script of its own is left out.")
        return _note(f"An output that cannot be shown here is left out: {', '.join(map(str, data))}.")

    def widget(self, view: Any, data: Bundle, metadata: Bundle) -> str:
        """The place of a widget, with a picture for where no script runs."""
        model = model_of(view)
        if model is None or model not in self.states:
            rest = {kind: value for kind, value in data.items() if kind not in (VIEW, "text/plain")}
            return _note(NOT_SAVED) + (self._shown(rest, metadata) if rest else "")
        seen = picture(model, self.states, kept_in(data))
        return f'<div class="nnw-wide">{placeholder(model, _figure(seen))}</div>'

    def marked_up(self, text: Any, data: Bundle, metadata: Bundle) -> str:
        """HTML; where scripts were taken out of it, a picture of it if there is one."""
        found = self.markdown.clean(_text(text))
        if not found.lost:
            return f'<div class="nnw-out nnw-html" tabindex="0">{found.html}</div>'
        others = {kind: value for kind, value in data.items() if kind.startswith("image/")}
        note = _note("Parts of this output that this page does not run are left out.")
        if others:
            return note + self._shown(others, metadata)
        if re.sub(r"<[^>]*>", "", found.html).strip():
            return f'{note}<div class="nnw-out nnw-html" tabindex="0">{found.html}</div>'
        return note + (_as_plain(self, data["text/plain"], data, metadata) if "text/plain" in data else "")

    def written(self, text: Any, _data: Bundle, _metadata: Bundle) -> str:
        """Markdown, or LaTeX, which Markdown has too."""
        return f'<div class="nnw-out nnw-words">{self.markdown.html(_text(text))}</div>'


_Form = Callable[[Outputs, Any, Bundle, Bundle], str]


def _vector(_: Outputs, text: Any, data: Bundle, metadata: Bundle) -> str:
    content = base64.b64encode(_text(text).encode()).decode("ascii")
    return _image("image/svg+xml", content, data, metadata)


def _raster(kind: str) -> _Form:
    def show(_: Outputs, content: Any, data: Bundle, metadata: Bundle) -> str:
        text = _text(content)
        return _image(kind, text, data, metadata) if text and _BASE64.match(text) else ""

    return show


def _image(kind: str, content: str, data: Bundle, metadata: Bundle) -> str:
    own = metadata.get(kind)
    sizes = own if isinstance(own, Mapping) else metadata
    size = "".join(f' {name}="{int(sizes[name])}"' for name in ("width",) if _is_size(sizes.get(name)))
    words = as_text(_text(data.get("text/plain", "")) or "a picture")
    return f'<p class="nnw-out nnw-image"><img src="{as_data(kind, content)}" alt="{words}"{size}></p>'


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10_000


def _json(_: Outputs, value: Any, _data: Bundle, _metadata: Bundle) -> str:
    text = as_text(json.dumps(value, indent=2, ensure_ascii=False, default=str))
    return f'<pre class="nnw-out nnw-text">{text}</pre>'


def _as_plain(_: Outputs, text: Any, _data: Bundle, _metadata: Bundle) -> str:
    return f'<pre class="nnw-out nnw-text">{as_printed(_text(text))}</pre>'


_FORMS: Sequence[tuple[str, _Form]] = (
    (VIEW, Outputs.widget),
    ("text/html", Outputs.marked_up),
    ("text/markdown", Outputs.written),
    ("image/svg+xml", _vector),
    ("text/latex", Outputs.written),
    *((kind, _raster(kind)) for kind in ("image/png", "image/jpeg", "image/gif", "image/webp")),
    ("application/json", _json),
    ("text/plain", _as_plain),
)


def kept_in(data: Bundle) -> bytes | None:
    """The picture that an output has already."""
    try:
        return base64.b64decode(re.sub(r"\s", "", _text(data["image/png"])), validate=True) or None
    except (KeyError, ValueError):
        return None


def _figure(seen: Picture) -> str:
    words = as_text(seen.text)
    if seen.png is None:
        return f'<p class="nnw-note">{words}</p>'
    source = as_data("image/png", base64.b64encode(seen.png).decode("ascii"))
    caption = f"<figcaption>{words}</figcaption>"
    return f'<figure><img src="{source}" alt="{words}" width="{seen.size[0]}">{caption}</figure>'


def _note(text: str) -> str:
    return f'<p class="nnw-note">{as_text(text)}</p>'


def _text(value: Any) -> str:
    """A text, which a notebook may have in lines."""
    return "".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)


def _joined(outputs: Sequence[Output]) -> list[Output]:
    """Outputs, of which successive pieces of a stream are one."""
    joined: list[Output] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        same = output.get("output_type") == last.get("output_type") == "stream"
        if same and output.get("name") == last.get("name"):
            joined[-1] = {**last, "text": _text(last.get("text")) + _text(output.get("text"))}
        else:
            joined.append(output)
    return joined
