"""A widget as a page that stands on its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnwidgets._writing import write_text
from nnwidgets.widgets._named import NamedSettings

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from nnwidgets.export._page_types import PageAnswer

_MODEL = "widget"  # the name of its model in the page


class Pages(NamedSettings):
    """The part of a widget that writes it into a page."""

    def to_html(self, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> str:
        """The widget as one file of HTML that stands on its own: it opens from a disk, with no network and no Python.

        What an explorer computes in the browser is as alive there as here. A training is replayed as it was recorded:
        to play, to scrub, to look at. What PyTorch computes is shown as it is now.

        Args:
            path: where to write it, too.
            title: stands over it; None for the name of the class.

        Returns:
            The text of the file.

        Raises:
            FileNotFoundError: the folder of `path` does not exist.
            OSError: the file cannot be written.

        Example:
            >>> import pathlib, tempfile
            >>> from nnwidgets import NeuronExplorer
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder) / "neuron.html"
            ...     text = NeuronExplorer(gate="AND").to_html(path)
            ...     path.read_text(encoding="utf-8") == text
            True
        """
        target = None if path is None else Path(path)
        if target is not None and not target.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(target.parent)!r}: make it first, or give another path")
        from nnwidgets.export.page import Page, placeholder

        states, answers = self._page_states(), {_MODEL: self._page_answers()}
        text = Page(type(self).__name__ if title is None else title).html(placeholder(_MODEL), states, answers)
        if target is not None:
            write_text(target, text)
        return text

    def _page_states(self) -> dict[str, Mapping[str, Any]]:
        """Its model and its layout's, as ipywidgets saves them."""
        others = self._page_traits()  # may wait for what the state has then
        state = self.get_state() | others
        layout = str(state["layout"]).removeprefix("IPY_MODEL_")
        return {_MODEL: {"state": state}, layout: {"state": self.layout.get_state()}}

    def _page_traits(self) -> dict[str, Any]:
        """What of its state is another in a page; returns once the rest of it is what there is to be shown."""
        return {}

    def _page_answers(self) -> list[PageAnswer]:
        """What Python finds for other settings, as far as a page should know that."""
        return []
