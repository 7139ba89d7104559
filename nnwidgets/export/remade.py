"""Explorers made anew from the settings that were saved of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import nnwidgets
from nnwidgets.export.states import Saved

if TYPE_CHECKING:
    from nnwidgets.export._page_types import PageAnswer

Traits = Mapping[str, Any]

ANSWERING = ("BackpropExplorer", "InitializationExplorer", "NetworkAnatomy")
"""The classes of explorers of which a page brings along what PyTorch finds."""


def is_all_saved(traits: Traits) -> bool:
    """Whether the settings are all that it was made of, without a module or a function of the user's."""
    return not traits["_about"]["arguments"]


@contextmanager
def remade(kind: str, traits: Traits, **arguments: Any) -> Iterator[Any]:
    """An explorer with the settings that were saved, for the block.

    Raises:
        Exception: of any kind, for settings that are not as they ought to be.
    """
    settings = {name: traits[name] for name in traits["_about"]["settings"] if name in traits}
    explorer = getattr(nnwidgets, kind)(**settings, **arguments)
    try:
        yield explorer
    finally:
        explorer.close()


def answers_of(entry: Saved) -> list[PageAnswer]:
    """What PyTorch finds for the presets and layers of an explorer; nothing where it cannot be made anew."""
    try:
        if entry.kind not in ANSWERING or not is_all_saved(entry.traits):
            return []
        with remade(entry.kind, entry.traits) as explorer:
            answers: list[PageAnswer] = explorer._page_answers()
            return answers
    except Exception:  # noqa: BLE001 (its page then has what was saved alone, and says so)
        return []
