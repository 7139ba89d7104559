"""The widgets of a page, found in the saved state of a notebook's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from nnwidgets._front_end import STATIC, front_end
from nnwidgets.export._page_state import pack
from nnwidgets.export._page_types import PageAnswer, PageBox, PageData, PageLink, PageOther, PageWidget

Saved = Mapping[str, Mapping[str, Any]]
"""Models by their names, as ipywidgets saves them: `{"model_name": …, "state": {…}, "buffers": […]}`."""

Answers = Mapping[str, list[PageAnswer]]

PAGE = "page"  # the one script that is no widget's
_BOXES: Mapping[str, Literal["row", "column", "grid"]] = {
    "BoxModel": "row",
    "HBoxModel": "row",
    "VBoxModel": "column",
    "GridBoxModel": "grid",
    "TabModel": "column",
    "AccordionModel": "column",
    "StackModel": "column",
}
_LINKS = {"LinkModel": True, "DirectionalLinkModel": False}  # whether they go both ways
# What only anywidget, ipywidgets and JupyterLab need.
_OF_OTHERS = frozenset(("_esm", "_css", "_anywidget_id", "_dom_classes", "layout", "tabbable", "tooltip"))
_REFERENCE = "IPY_MODEL_"
_NOT_SAVED = "This widget was not saved with the notebook: run it, save it, and make this page again."


@cache
def _modules() -> Mapping[str, str]:
    """The names of the front end's modules, by their texts."""
    names = sorted(path.stem for path in STATIC.glob("*.js") if path.stem != PAGE)
    return {front_end(f"{name}.js"): name for name in names}


@dataclass(frozen=True)
class Models:
    """Reads what of a saved state a page needs, and nothing else: it may hold what nobody meant to show.

    Args:
        saved: all that was saved.
        answers: what Python would find, by the names of models.
    """

    saved: Saved
    answers: Answers = field(default_factory=dict)

    def read(self, placed: Iterable[str]) -> PageData:
        """These models, and those that are in them or linked with them.

        Raises:
            ValueError: one of ours that another version of nnwidgets has saved.
        """
        found: dict[str, PageWidget | PageBox | PageOther] = {}
        waiting = list(placed)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = model = self._model(name)
            if model["kind"] == "box":
                waiting += model["children"]
        return {"widgets": found, "links": self._links(found)}

    def _model(self, name: str) -> PageWidget | PageBox | PageOther:
        saved = self.saved.get(name)
        if saved is None:
            return {"kind": "other", "text": _NOT_SAVED}
        state, kind = saved.get("state", {}), str(saved.get("model_name", ""))
        if kind in _BOXES:
            children = (_referred(each) for each in state.get("children", ()))
            return {
                "kind": "box",
                "shape": _BOXES[kind],
                "children": [each for each in children if each is not None],
                "titles": [str(each) for each in state.get("titles") or ()],
                "layout": self._layout(state),
            }
        module, whose = _modules().get(state.get("_esm", "")), str(state.get("_anywidget_id", ""))
        if module is not None:
            return self._widget(name, module, saved)
        shown = whose.rpartition(".")[2] or kind.removesuffix("Model") or "widget"
        if whose.startswith("nnwidgets."):
            raise ValueError(f"this {shown} was saved by another version of nnwidgets: run the notebook again")
        return {"kind": "other", "text": f"{shown}: it needs a kernel, which a page does not have."}

    def _widget(self, name: str, module: str, saved: Mapping[str, Any]) -> PageWidget:
        state = saved["state"]
        dropped = {key for key in state if key in _OF_OTHERS or key.startswith(("_model_", "_view_"))}
        buffers = [each for each in saved.get("buffers", ()) if each["path"][0] not in dropped]
        return {
            "kind": "widget",
            "module": module,
            "name": str(state.get("_anywidget_id", module)).rpartition(".")[2],
            "state": pack({key: value for key, value in state.items() if key not in dropped}, buffers),
            "answers": list(self.answers.get(name, ())),
            "layout": self._layout(state),
        }

    def _layout(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Properties of style that were set."""
        found = self.saved.get(_referred(state.get("layout")) or "", {}).get("state", {})
        return {
            name.replace("_", "-"): value
            for name, value in found.items()
            if isinstance(value, str) and value and not name.startswith("_")
        }

    def _links(self, found: Mapping[str, PageWidget | PageBox | PageOther]) -> list[PageLink]:
        """Those between widgets of ours."""
        links: list[PageLink] = []
        for saved in self.saved.values():
            both = _LINKS.get(str(saved.get("model_name")))
            ends = [_end(saved["state"].get(name)) for name in ("source", "target")] if both is not None else []
            source, target = ends or (None, None)
            if both is None or source is None or target is None:
                continue
            if all(name in found and found[name]["kind"] == "widget" for name, _ in (source, target)):
                links.append({"source": source, "target": target, "both": both})
        return links


def _referred(value: Any) -> str | None:
    """The name of the model that a value stands for."""
    return value.removeprefix(_REFERENCE) if isinstance(value, str) and value.startswith(_REFERENCE) else None


def _end(value: Any) -> tuple[str, str] | None:
    """Of a link: a model and its trait."""
    if not isinstance(value, list | tuple):
        return None
    model, name = value
    found = _referred(model)
    return None if found is None else (found, str(name))
