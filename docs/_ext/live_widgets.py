"""A directive that runs the code it shows, and embeds the widget that the code makes.

    ```{widget} neuron
    :height: 620

    from nnwidgets import NeuronExplorer

    NeuronExplorer(gate="AND")
    ```

The last line is an expression: the widget. What `to_html` makes of it becomes a page of its own beside the others,
shown in a frame; it needs no network and no Python. A page is kept until its code or the package changes.
"""

# ruff: noqa: INP001 (Sphinx finds it by its path)

from __future__ import annotations

import ast
import hashlib
import html
import posixpath
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import nnwidgets

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

FOLDER = "_widgets"  # of the pages, in the output
HEIGHT = 640  # pixels of a frame, until its page has said how high it is


class live_widget(nodes.General, nodes.Element):  # noqa: N801 (docutils' way to name nodes)
    """A frame with a widget in it."""


class Widget(SphinxDirective):
    """See the module."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[Any] = {
        "height": directives.nonnegative_int,
        "hide-code": directives.flag,
        "wide": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """The code, unless it is hidden, and the frame."""
        name, code = self.arguments[0], "\n".join(self.content)
        kept = Path(self.env.doctreedir).with_name("widgets") / f"{_key(code)}.html"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            made = made_by(code, f"{self.env.docname}: {name}")
            made.to_html(kept, title=type(made).__name__)
            made.close()
        _pages(self.env).setdefault(self.env.docname, {})[name] = kept
        frame = live_widget(page=name, title=name, height=self.options.get("height", HEIGHT))
        frame["classes"] = ["wide"] if "wide" in self.options else []
        if "hide-code" in self.options:
            return [frame]
        shown = nodes.literal_block(code, code, language="python")
        return [shown, frame]


def made_by(code: str, place: str) -> Any:
    """Run a program; the value of the expression at its end.

    Raises:
        ExtensionError: whatever the program raised, or that it ends with something else.
    """
    tree = ast.parse(code, place)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(tree, place, "exec"), names)  # noqa: S102 (our own documentation)
        made = None if last is None else eval(compile(ast.Expression(last.value), place, "eval"), names)  # noqa: S307
    except Exception as error:
        raise ExtensionError(f"{place}: {type(error).__name__}: {error}", error) from error
    if not hasattr(made, "to_html"):
        raise ExtensionError(f"{place}: the code must end with a widget; got {made!r}")
    return made


@cache
def _package() -> bytes:
    """What changes with anything in the package."""
    found = hashlib.sha256()
    folder = Path(nnwidgets.__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".js", ".css"}:
            found.update(path.read_bytes())
    return found.digest()


def _key(code: str) -> str:
    return hashlib.sha256(_package() + code.encode()).hexdigest()[:24]


def _pages(env: BuildEnvironment) -> dict[str, dict[str, Path]]:
    """The kept pages by document and name."""
    if not hasattr(env, "nnw_pages"):
        env.nnw_pages = {}
    pages: dict[str, dict[str, Path]] = env.nnw_pages
    return pages


def _outdated(_: Sphinx, env: BuildEnvironment, *__: Any) -> list[str]:
    """Documents with widgets are read again where the package has changed."""
    before, env.nnw_package = getattr(env, "nnw_package", None), _package()
    return [] if before == env.nnw_package else [name for name in _pages(env) if name in env.all_docs]


def _purge(_: Sphinx, env: BuildEnvironment, name: str) -> None:
    _pages(env).pop(name, None)


def _copy(app: Sphinx, error: Exception | None) -> None:
    """Put the pages beside the others."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for pages in _pages(app.env).values():
        for name, kept in pages.items():
            (folder / f"{name}.html").write_bytes(kept.read_bytes())


def _show(writer: HTML5Translator, node: live_widget) -> None:
    here = posixpath.dirname(writer.builder.current_docname) or "."
    page = html.escape(posixpath.relpath(f"{FOLDER}/{node['page']}.html", here))
    title = html.escape(node["title"])
    classes = " ".join(["live-widget", *node["classes"]])
    writer.body.append(
        f'<figure class="{classes}">'
        f'<iframe src="{page}#embedded" title="{title}, a live widget" loading="lazy" allow="fullscreen" '
        f'style="height: {node["height"]}px"></iframe>'
        f'<figcaption><a href="{page}">Open in a page of its own</a></figcaption></figure>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_node(live_widget, html=(_show, None))
    app.add_directive("widget", Widget)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
