"""The reference of the widgets, made from their classes: settings, what can be read, and verbs.

- `.. widget-class:: PlanarTrainer` documents a widget: its arguments, its settings as a table with their defaults, what
  else can be read of it, and what it can do beside what all widgets of its family can.
- `.. shared-members:: trainer PlanarTrainer`, with names as its content, documents once what all trainers can do; of
  which nothing may be left out.
- `.. name-table:: nnwidgets.functions.ACTIVATIONS` lists what a table of the package has.

Text in single backticks, as docstrings have it, is code, and a link where it is the name of something documented.
"""

# ruff: noqa: INP001 (Sphinx finds it by its path)

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anywidget
from docutils import nodes
from docutils.utils import unescape
from sphinx import addnodes
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import stringify_signature
from sphinx.util.nodes import make_refnode

import nnwidgets

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
_OF_ANY_WIDGET = frozenset(dir(anywidget.AnyWidget))
_ON_SCREEN = ("speed", "panels", "controls", "lesson")
_NAME = re.compile(r"(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(.*\))?", re.DOTALL)


# -- what a class has ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """A public trait of a widget."""

    name: str
    default: str
    is_read_only: bool
    text: list[str]


def settings_of(cls: type[Any]) -> list[Setting]:
    """The public traits of a class in the order of their definition, the base's last, then what is about the screen.

    Raises:
        LookupError: one of them has no text.
    """
    traits = {n: t for n, t in cls.class_traits().items() if not n.startswith("_") and n not in _OF_ANY_WIDGET}
    texts = _texts(cls)
    missing = traits.keys() - texts.keys()
    if missing:
        raise LookupError(f"{cls.__name__} has traits without a text: {', '.join(sorted(missing))}")
    order = {name: number + 1000 * (name in _ON_SCREEN) for number, name in enumerate(texts)}
    arguments = {p.name: p.default for p in inspect.signature(cls.__init__).parameters.values()}
    arguments = {name: default for name, default in arguments.items() if default is not inspect.Parameter.empty}
    written = cls._setting_names()
    return [
        Setting(name, repr(arguments.get(name, trait.default())), name not in written, _text_of(trait, texts[name]))
        for name, trait in sorted(traits.items(), key=lambda item: order[item[0]])
    ]


def _text_of(trait: Any, text: list[str]) -> list[str]:
    """The text of a trait; of one that has a single value in this class, why that is so."""
    reason = getattr(trait, "reason", None)
    return text if reason is None else [f"Always so here: {reason}."]


def _texts(cls: type[Any]) -> dict[str, list[str]]:
    """The texts under the definitions of a class and of its bases; the class's own first."""
    found: dict[str, list[str]] = {}
    for each in cls.__mro__:
        if each.__module__.startswith("nnwidgets"):
            found = found | {name: text for name, text in _texts_in(each).items() if name not in found}
    return found


@cache
def _texts_in(cls: type[Any]) -> dict[str, list[str]]:
    """The texts under the definitions of a class; another line about the same name may stand between the two."""
    (body,) = (node.body for node in ast.parse(textwrap.dedent(inspect.getsource(cls))).body if hasattr(node, "body"))
    found = {}
    for before, node in pairwise(body):
        target = next(iter(getattr(before, "targets", [getattr(before, "target", None)])))
        target = target.value if isinstance(target, ast.Attribute) else target
        text = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
        if isinstance(target, ast.Name) and isinstance(text, str):
            found[target.id] = inspect.cleandoc(text).splitlines()
    return found


def members_of(cls: type[Any]) -> list[str]:
    """Public methods, properties and class attributes that are no traits, by name."""
    traits = cls.class_traits()
    return [n for n in dir(cls) if not n.startswith("_") and n not in _OF_ANY_WIDGET and n not in traits]


def family_of(cls: type[Any]) -> str:
    """What one calls such a widget."""
    return "trainer" if any(each.__name__ == "Trainer" for each in cls.__mro__) else "explorer"


def shared_of(family: str) -> list[str]:
    """What all widgets of a family can do."""
    found = shared_by(each for each in widgets() if family_of(each) == family)
    return [name for name in found if not name.isupper()]


def shared_by(classes: Iterable[type[Any]]) -> list[str]:
    """The members that all of them have."""
    first, *others = (members_of(cls) for cls in classes)
    return [name for name in first if all(name in other for other in others)]


def widgets() -> list[type[Any]]:
    """All widgets of the package."""
    found = (getattr(nnwidgets, name) for name in nnwidgets.__all__)
    return [each for each in found if inspect.isclass(each) and issubclass(each, anywidget.AnyWidget)]


# -- as reStructuredText -------------------------------------------------------------------------------------------


def member_lines(cls: type[Any], name: str, called: str, app: Sphinx) -> Iterator[str]:
    """A member as a directive of the Python domain, as what `called` has."""
    raw = inspect.getattr_static(cls, name)
    value = getattr(cls, name)
    options = []
    if isinstance(raw, property):
        kind, signature = "attribute", ""
        text = inspect.getdoc(raw)
        kind_of = inspect.signature(raw.fget).return_annotation if raw.fget else inspect.Signature.empty
        if kind_of is not inspect.Signature.empty:
            options.append(f"   :type: {_plain(kind_of)}")
    elif callable(value):
        kind, text = "method", inspect.getdoc(value)
        parameters = inspect.signature(value)
        if next(iter(parameters.parameters), "") == "self":
            parameters = parameters.replace(parameters=list(parameters.parameters.values())[1:])
        signature = stringify_signature(parameters, unqualified_typehints=True)
        if isinstance(raw, classmethod):
            options.append("   :classmethod:")
    else:
        kind, signature, text = "attribute", "", "\n".join(_texts(cls).get(name, ()))
    if not text:
        raise LookupError(f"{cls.__name__}.{name} has no text")
    yield f".. py:{kind}:: {called}.{name}{signature}"
    yield from options
    yield ""
    yield from (f"   {line}" for line in GoogleDocstring(text, app.config, app, "method", name, value).lines())
    yield ""


def _plain(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def note_sources(env: BuildEnvironment, cls: type[Any]) -> None:
    """A page is made anew when anything has changed that it is made of."""
    for each in cls.__mro__:
        if each.__module__.startswith("nnwidgets"):
            env.note_dependency(inspect.getfile(each))
    env.note_dependency(__file__)


class WidgetClass(SphinxDirective):
    """Documents a widget."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The class, its settings, what can be read, what it can do."""
        name = self.arguments[0]
        cls = getattr(nnwidgets, name)
        note_sources(self.env, cls)
        family = family_of(cls)
        shared = shared_of(family)
        settings = settings_of(cls)
        written = [each for each in settings if not each.is_read_only]
        read = [each for each in settings if each.is_read_only]
        own = [n for n in members_of(cls) if n not in shared or (n in vars(cls) and family == "explorer")]
        own = [n for n in own if not n.isupper()]
        lines = [f".. py:class:: {name}{_constructor(cls)}", "   :module: nnwidgets", ""]
        text = GoogleDocstring(inspect.getdoc(cls) or "", self.config, self.env.app, "class", name, cls).lines()
        lines += [f"   {line}" for line in text] + [""]
        parts: list[nodes.Node] = [*self.parse_text_to_nodes("\n".join(lines))]
        parts += self._titled(f"Settings of {name}", self._table(cls, written, default=True))
        if read:
            parts += self._titled("Read-only traits", self._table(cls, read, default=False))
        if own:
            rows = [".. py:currentmodule:: nnwidgets", ""]
            for each in own:
                rows += member_lines(cls, each, name, self.env.app)
            parts += self._titled("What it has, and what it can do", self.parse_text_to_nodes("\n".join(rows)))
        for title, listed in (("Presets", "PRESETS"), ("Panels", "PANELS"), ("Controls", "CONTROLS")):
            if getattr(cls, listed, None):
                names = ", ".join(f"``{each!r}``" for each in getattr(cls, listed))
                parts += self._titled(f"{title} ({name}.{listed})", self.parse_text_to_nodes(names))
        also = ", ".join(f":py:obj:`{n} <{family}.{n}>`" for n in shared)
        title = f"What all {family}s can do"
        return parts + self._titled(title, self.parse_text_to_nodes(f"{also}."))

    def _titled(self, title: str, found: list[nodes.Node]) -> list[nodes.Node]:
        return [nodes.rubric(title, title), *found]

    def _table(self, cls: type[Any], settings: list[Setting], *, default: bool) -> list[nodes.Node]:
        domain = self.env.get_domain("py")
        rows = []
        for each in settings:
            full = f"nnwidgets.{cls.__name__}.{each.name}"
            name = nodes.literal(each.name, each.name, ids=[full], classes=["setting"])
            domain.note_object(full, "attribute", full, location=self.get_location())  # type: ignore[attr-defined]
            self.env.ref_context["py:module"], self.env.ref_context["py:class"] = "nnwidgets", cls.__name__
            cells = [nodes.entry("", nodes.paragraph("", "", name))]
            if default:
                cells.append(nodes.entry("", nodes.paragraph("", "", nodes.literal(each.default, each.default))))
            cells.append(nodes.entry("", *self.parse_text_to_nodes("\n".join(each.text))))
            rows.append(nodes.row("", *cells))
            self.env.ref_context.pop("py:class")
        return [table(["setting", "default", "what it is"] if default else ["trait", "what it is"], rows)]


def _constructor(cls: type[Any]) -> str:
    """Its own arguments; the settings are in the table."""
    signature = inspect.signature(cls.__init__)
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    return stringify_signature(
        signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty), unqualified_typehints=True
    )


def table(titles: list[str], rows: list[nodes.row]) -> nodes.table:
    """A table of these rows."""
    head = nodes.row("", *(nodes.entry("", nodes.paragraph("", title)) for title in titles))
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in titles), cols=len(titles))
    group += [nodes.thead("", head), nodes.tbody("", *rows)]
    return nodes.table("", group, classes=["settings", "colwidths-auto"])


class SharedMembers(SphinxDirective):
    """Documents what all widgets of a family can do: those members that the content names."""

    required_arguments = 2
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The members, as those of the class that is named."""
        family, name = self.arguments
        cls = getattr(nnwidgets, name)
        note_sources(self.env, cls)
        shared = shared_of(family)
        lines: list[str] = []
        for each in " ".join(self.content).split():
            if each not in shared:
                raise self.error(f"not every {family} has {each!r}")
            lines += member_lines(cls, each, family, self.env.app)
        return self.parse_text_to_nodes("\n".join(lines))


def _check_all_shared(_: Sphinx, env: BuildEnvironment) -> None:
    """Nothing that all widgets of a family can do is left out."""
    known = env.get_domain("py").objects  # type: ignore[attr-defined]
    for family in ("trainer", "explorer"):
        missing = [name for name in shared_of(family) if f"{family}.{name}" not in known]
        if missing:
            logger.warning("what every %s can do is not documented: %s", family, ", ".join(missing))


class NameTable(SphinxDirective):
    """Lists what a table of the package has: names, and the attributes of what they stand for."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """A row for each name; the content names attributes, and what stands over them."""
        module, _, name = self.arguments[0].rpartition(".")
        found: Mapping[str, Any] = getattr(import_module(module), name)
        columns = [line.split(":", 1) for line in self.content if line]
        rows = []
        for key, value in found.items():
            cells = [nodes.entry("", nodes.paragraph("", "", nodes.literal(repr(key), repr(key))))]
            for attribute, *_ in columns:
                text = str(getattr(value, attribute.strip()))
                cells.append(nodes.entry("", nodes.paragraph(text, text)))
            rows.append(nodes.row("", *cells))
        made = table(["name", *(title[-1].strip() for title in columns)], rows)
        made["ids"].append(self.arguments[0])
        domain = self.env.get_domain("py")
        domain.note_object(self.arguments[0], "data", self.arguments[0])  # type: ignore[attr-defined]
        return [made]


class PublicNames(SphinxDirective):
    """All public names of the package with their first lines, as links."""

    def run(self) -> list[nodes.Node]:
        """One list of the widgets, one of the rest."""
        kinds = {each.__name__ for each in widgets()}
        lines = []
        for title, are_widgets in (("Widgets", True), ("Everything else", False)):
            lines += [f".. rubric:: {title}", ""]
            for name in nnwidgets.__all__:
                if (name in kinds) is are_widgets:
                    value = getattr(nnwidgets, name)
                    text = (inspect.getdoc(value) or "").split("\n")[0] if callable(value) else "The version."
                    lines += [f":py:obj:`nnwidgets.{name}`", f"   {text}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


# -- links ---------------------------------------------------------------------------------------------------------


def soft_code(
    _: str, rawtext: str, text: str, __: int, inliner: Any, *___: Any, **____: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Code, and a link if it is the name of something documented."""
    code = unescape(text)
    env: BuildEnvironment = inliner.document.settings.env
    shown = nodes.literal(rawtext, code)
    named = _NAME.fullmatch(code)
    if named is None:
        return [shown], []
    link = addnodes.pending_xref(rawtext, shown, refdomain="py", reftype="obj", reftarget=named["name"], soft=True)
    link["refdoc"] = env.docname
    link["refexplicit"] = False
    link["py:module"], link["py:class"] = "nnwidgets", env.ref_context.get("py:class")
    return [link], []


def _missing(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Node) -> nodes.Node | None:
    """What is documented in another module, and what need not be: names in docstrings, and types of other packages."""
    target = str(node.get("reftarget", ""))
    if node.get("refdomain") == "py" and node.get("reftype") in {"class", "exc"}:
        found = env.get_domain("py").find_obj(env, "", "", target, None, 1)  # type: ignore[attr-defined]
        if len(found) == 1:
            ((name, place),) = found
            return make_refnode(app.builder, node["refdoc"], place.docname, place.node_id, content, name)
    of_others = hasattr(builtins, target) or target.split(".", maxsplit=1)[0] in _OTHERS
    if node.get("soft") or of_others or _in_signature(node):
        return content
    return None


_OTHERS = frozenset(("collections", "matplotlib", "numpy", "os", "pandas", "torch", "torchvision", "traitlets"))


def _in_signature(node: nodes.Node | None) -> bool:
    while node is not None:
        if isinstance(node, addnodes.desc_signature):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("widget-class", WidgetClass)
    app.add_directive("shared-members", SharedMembers)
    app.add_directive("name-table", NameTable)
    app.add_directive("public-names", PublicNames)
    app.add_role("soft-code", soft_code)
    app.connect("missing-reference", _missing)
    app.connect("env-check-consistency", _check_all_shared)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
