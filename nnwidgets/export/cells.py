"""The cells of a notebook as the body of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnwidgets.export.highlighted import as_code, as_text
from nnwidgets.export.markdown import Markdown
from nnwidgets.export.outputs import Outputs

Cell = Mapping[str, Any]

_HEADING = re.compile(r"\A\s*#[ \t]+(?P<atx>[^\n]+?)[ \t]*#*[ \t]*(?:\n|\Z)|\A\s*(?P<setext>[^\n]+)\n=+[ \t]*(?:\n|\Z)")
_NOT_RUN = "This cell was not run."
_LANGUAGE = "ipython3"


@dataclass(frozen=True)
class Cells:
    """Writes cells as HTML.

    Tags of cells mean what they do in Jupyter Book: with "remove-cell", "remove-input" or "remove-output" that is left
    out; with "hide-cell", "hide-input" or "hide-output" it is folded.

    Args:
        markdown: for text.
        outputs: for what code put out.
        language: of the code.
    """

    markdown: Markdown
    outputs: Outputs
    language: str = _LANGUAGE

    def html(self, cells: Sequence[Cell]) -> str:
        """All cells, one after the other."""
        return "\n".join(filter(None, map(self._one, cells)))

    def _one(self, cell: Cell) -> str:
        tags = tags_of(cell)
        if "remove-cell" in tags:
            return ""
        source, kind = cell["source"], cell["cell_type"]
        if kind == "markdown":
            text = self.markdown.html(source, cell.get("attachments"))
            return self._folded(text, "Show more", fold="hide-cell" in tags) if source.strip() else ""
        if kind != "code":
            return f'<pre class="nnw-out nnw-text">{as_text(source)}</pre>' if source.strip() else ""
        parts = (self._input(source, cell, tags), self._output(cell, tags))
        return self._folded("\n".join(filter(None, parts)), "Show code and output", fold="hide-cell" in tags)

    def _input(self, source: str, cell: Cell, tags: frozenset[str]) -> str:
        if "remove-input" in tags or not source.strip():
            return ""
        code = self._folded(as_code(source, self.language), "Show code", fold="hide-input" in tags)
        return code if was_run(cell) else f'{code}<p class="nnw-note">{_NOT_RUN}</p>'

    def _output(self, cell: Cell, tags: frozenset[str]) -> str:
        if "remove-output" in tags:
            return ""
        return self._folded(self.outputs.html(cell["outputs"]), "Show output", fold="hide-output" in tags)

    @staticmethod
    def _folded(text: str, label: str, *, fold: bool) -> str:
        return f'<details class="nnw-fold"><summary>{label}</summary>{text}</details>' if fold and text else text


def tags_of(cell: Cell) -> frozenset[str]:
    """Tags as Jupyter Book writes them, those that JupyterLab's own folding stands for included."""
    metadata = cell["metadata"]
    tags, folded = metadata.get("tags"), metadata.get("jupyter")
    found = {str(tag).replace("_", "-") for tag in tags} if isinstance(tags, list) else set()
    if isinstance(folded, Mapping):
        found |= {"hide-input"} if folded.get("source_hidden") else set()
        found |= {"hide-output"} if folded.get("outputs_hidden") else set()
    return frozenset(found)


def was_run(cell: Cell) -> bool:
    """Whether a cell of code was run, or has nothing to be run."""
    return bool(cell["execution_count"] or cell["outputs"] or not cell["source"].strip())


def without_title(cells: Sequence[Cell]) -> tuple[str | None, list[Cell]]:
    r"""The heading with which a notebook begins, as text, and the cells without it.

    Example:
        >>> cell = {"cell_type": "markdown", "source": "# A *small* network\n\nIt learns."}
        >>> without_title([cell])
        ('A small network', [{'cell_type': 'markdown', 'source': 'It learns.'}])
    """
    first = next((place for place, cell in enumerate(cells) if cell["source"].strip()), None)
    if first is None or cells[first]["cell_type"] != "markdown":
        return None, list(cells)
    source = cells[first]["source"]
    found = _HEADING.match(source)
    if found is None:
        return None, list(cells)
    rest = {**cells[first], "source": source[found.end() :].lstrip("\n")}
    return _plain(found["atx"] or found["setext"]), [*cells[:first], rest, *cells[first + 1 :]]


def _plain(heading: str) -> str:
    """A heading without the signs of Markdown."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"<[^>]*>", "", text)
    return re.sub(r"(?<!\\)(\*\*|__|[*`$])", "", text).replace("\\", "").strip()
