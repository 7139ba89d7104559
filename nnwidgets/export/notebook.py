"""An executed notebook as one page that opens without Jupyter, or as a notebook with pictures of its widgets."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnwidgets._writing import write_text
from nnwidgets.export.states import VIEW, model_of, ours_in, states_in

if TYPE_CHECKING:
    from nnwidgets.export._page_types import PageAnswer

__all__ = ["export_notebook"]

Notebook = Any  # as nbformat reads it

FORMAT = 4
_NEEDED = ("bleach.css_sanitizer", "latex2mathml.converter", "nbconvert", "nbformat")
_QUOTED = 60  # characters of a cell that a message quotes
_PAGES = (".html", ".htm")


def export_notebook(path: str | os.PathLike[str], to: str | os.PathLike[str] | None = None) -> Path:
    """Write an executed notebook as a page that stands on its own, or as a notebook with pictures of its widgets.

    **A page** (`to` ends in ".html") is one file that opens from a disk, with no network and no Python. Text, formulas,
    code and outputs are in it, and the widgets are alive: explorers as in the notebook, trainers replay their run. It
    runs no code but ours; what scripts in outputs would have shown is left out, which is said in its place. Pictures
    must be attached to the notebook, or lie in its folder. A link to another notebook that lies there leads to the page
    of that one, so that a course is exported notebook by notebook. Cells tagged "remove-cell", "remove-input" or
    "remove-output" are left out so far, and folded with "hide-" in place of "remove-".

    **A notebook** (`to` ends in ".ipynb"; the same path is written in place) is a copy in which each widget has a
    picture of how it stands beside it, and words for that. It is seen where no JavaScript runs: on GitHub, in
    `jupyter nbconvert --to pdf`; and in JupyterLab as long as the reader does not trust a notebook of somebody else's
    (Trust Notebook, in the command palette) or runs it. Elsewhere the widget stays what is shown: in JupyterLab as it
    was saved, with the replay of its run. In a page that `jupyter nbconvert --to html` makes, too, but only for readers
    with a network, since such a page loads ipywidgets and anywidget from a server; without one it is empty there.

    Args:
        path: the notebook. It must have been run and saved with the state of its widgets: by
            ``jupyter nbconvert --to notebook --execute --inplace``, or in JupyterLab with the setting
            Settings > Save Widget State Automatically.
        to: where to write; None for a page beside the notebook. An older file is replaced when the new one is complete.

    Returns:
        The path of what was written.

    Raises:
        ImportError: what it needs besides is not installed: ``pip install "nnwidgets[export]"``.
        FileNotFoundError, IsADirectoryError: there is no such notebook, or no folder to write to.
        ValueError: it is no notebook of format 4; it was not run; none of its widgets was saved, or they were by
            another version of nnwidgets; `to` ends otherwise. The message says what to do.

    Warns:
        UserWarning: cells were not run, or widgets not saved. The page says so in their places.

    Example:
        >>> export_notebook("course/01-play.ipynb")  # doctest: +SKIP
        PosixPath('course/01-play.html')
    """
    source = Path(path)
    target = source.with_suffix(".html") if to is None else Path(to)
    if target.suffix.lower() not in (*_PAGES, ".ipynb"):
        raise ValueError(f"to must end in .html, for a page, or in .ipynb, for a notebook; got {str(target)!r}")
    if target.is_dir():
        raise IsADirectoryError(f"{str(target)!r} is a folder: say which file to write in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write to")
    _find_needed()
    notebook = _read(source)
    _check_complete(notebook, source)
    if target.suffix.lower() in _PAGES:
        write_text(target, _page(notebook, source))
    else:
        pictured = _with_pictures(notebook)
        write_text(target, _text_of(pictured))
        _keep_trust(notebook, pictured)
    return target


def _find_needed() -> None:
    try:
        for name in _NEEDED:
            import_module(name)
    except ImportError as error:
        missing = (error.name or str(error)).partition(".")[0]
        raise ImportError(
            f'export_notebook() needs {missing}, which is not installed: pip install "nnwidgets[export]"'
        ) from error


# -- reading ----------------------------------------------------------------------------------------


def _read(path: Path) -> Notebook:
    """A valid notebook of format 4."""
    import nbformat

    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder, not a notebook")
    if not path.is_file():
        raise FileNotFoundError(f"there is no notebook {str(path)!r}")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no notebook: {error}") from None
    version = content.get("nbformat") if isinstance(content, dict) else None
    if not isinstance(version, int) or not ("cells" in content or "worksheets" in content):
        raise ValueError(f"{path} is no notebook: it has no cells")
    if version != FORMAT:
        raise ValueError(
            f"{path} is a notebook of format {version}, and format {FORMAT} is needed: "
            f"jupyter nbconvert --to notebook --inplace {path.name}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without ids, which get some
            notebook = nbformat.reads(text, as_version=FORMAT)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} is no valid notebook: {said}") from None
    return notebook


def _code(notebook: Notebook) -> list[tuple[int, Any]]:
    """The cells of code that have any, with their numbers from 1 among all cells."""
    return [
        (number, cell)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and cell.source.strip()
    ]


def _views(notebook: Notebook) -> Iterator[tuple[int, Any, Any]]:
    """The outputs that are widgets, with their cells and the numbers of these."""
    for number, cell in _code(notebook):
        for output in cell.outputs:
            if VIEW in output.get("data", {}):
                yield number, cell, output


def _check_complete(notebook: Notebook, path: Path) -> None:
    """Raise for a notebook that was not run, or none of whose widgets was saved; warn where some were not."""
    from nnwidgets.export.cells import was_run

    code = _code(notebook)
    not_run = [number for number, cell in code if not was_run(cell)]
    if code and len(not_run) == len(code):
        raise ValueError(
            f"{path} was not run: no cell has an output, from cell {code[0][0]} ({_quoted(code[0][1])}) on. Run it "
            f"first: jupyter nbconvert --to notebook --execute --inplace {path.name}"
        )
    states, views = states_in(notebook.metadata), list(_views(notebook))
    lost = [(number, cell) for number, cell, output in views if model_of(output.data[VIEW]) not in states]
    if lost and len(lost) == len(views):
        raise ValueError(
            f"the widgets of {path} were not saved with it, such as that of cell {lost[0][0]} ({_quoted(lost[0][1])}). "
            "In JupyterLab turn on Settings > Save Widget State Automatically, run the notebook and save it; "
            f"or: jupyter nbconvert --to notebook --execute --inplace {path.name}"
        )
    said = [f"cell {number} was not run" for number in not_run]
    said += [f"the widget of cell {number} ({_quoted(cell)}) was not saved" for number, cell in lost]
    if said:
        warnings.warn(f"{path}: {'; '.join(said)}", UserWarning, stacklevel=3)


def _quoted(cell: Any) -> str:
    """The last line of a cell, which most often shows the widget."""
    line = cell.source.strip().splitlines()[-1].strip()
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"


# -- writing ----------------------------------------------------------------------------------------


def _page(notebook: Notebook, path: Path) -> str:
    from nnwidgets.export.cells import Cells, without_title
    from nnwidgets.export.markdown import Markdown, Surroundings
    from nnwidgets.export.outputs import Outputs
    from nnwidgets.export.page import Page

    states = states_in(notebook.metadata)
    title, cells = without_title(notebook.cells)
    markdown = Markdown(Surroundings(path.parent))
    body = Cells(markdown, Outputs(markdown, states), _language(notebook.metadata)).html(cells)
    styles = resources.files("nnwidgets.export").joinpath("notebook.css").read_text(encoding="utf-8")
    whole = f'<div class="nnw-notebook">{body}</div>'
    return Page(title or path.stem, styles=styles).html(whole, states, _answers(notebook, states))


def _answers(notebook: Notebook, states: Mapping[str, Any]) -> dict[str, list[PageAnswer]]:
    """What PyTorch finds for explorers of the notebook when readers do something, by their models."""
    from nnwidgets.export.remade import answers_of

    views = {model_of(output.data[VIEW]) for _, _, output in _views(notebook)} - {None}
    ours = {name: entry for view in views for name, entry in ours_in(str(view), states)}
    return {name: found for name, entry in ours.items() if (found := answers_of(entry))}


def _language(metadata: Mapping[str, Any]) -> str:
    told = metadata.get("language_info", {})
    return str(told.get("pygments_lexer") or told.get("name") or "ipython3")


def _with_pictures(notebook: Notebook) -> Notebook:
    from nnwidgets.export.outputs import kept_in
    from nnwidgets.export.pictures import picture

    pictured = deepcopy(notebook)
    states = states_in(notebook.metadata)
    for _, _, output in _views(pictured):
        model = model_of(output.data[VIEW])
        if model is None or model not in states:
            continue
        seen = picture(model, states, kept_in(output.data))
        output.data["text/plain"] = seen.text
        if seen.png is not None:
            output.data["image/png"] = base64.b64encode(seen.png).decode("ascii")
            width, height = seen.size
            output.metadata["image/png"] = {"width": width, "height": height}
    return pictured


def _text_of(notebook: Notebook) -> str:
    import nbformat

    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return text if text.endswith("\n") else f"{text}\n"


def _keep_trust(before: Notebook, after: Notebook) -> None:
    """Where this user trusts a notebook, what it has become is trusted: else JupyterLab would show pictures only."""
    from nbformat.sign import NotebookNotary

    with suppress(OSError, sqlite3.Error):
        notary: Any = NotebookNotary()  # type: ignore[no-untyped-call]
        try:
            if notary.check_signature(before):
                notary.sign(after)
        finally:
            notary.store.close()
