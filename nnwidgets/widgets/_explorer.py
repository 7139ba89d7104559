"""What all explorers share: settings that a reader's browser may change, and what it needs to go on alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import traitlets

from nnwidgets._checks import one_of
from nnwidgets._front_end import front_end
from nnwidgets.widgets._kernel import connect
from nnwidgets.widgets._literals import Words, fill, literal
from nnwidgets.widgets._page import Pages

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Explorer(Pages):
    """The common ground of the explorers; not shown by itself.

    The settings are traits, so that they can be observed, and linked with other widgets. All that is computed from
    them is computed twice, by the same formulas: in Python when a property is read, and in the browser, which
    therefore goes on without a kernel.
    """

    _css: ClassVar[str] = front_end("nnwidgets.css")

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Settings worth seeing, by the name that the widget shows."""

    _SCRIPT: ClassVar[str]  # what `to_code` fills in; see `_literals.fill`
    _WORDS: ClassVar[Words] = {}
    _NEEDS_KERNEL: ClassVar[bool] = False  # for what only PyTorch computes; without one, it shows what was computed
    _SHAPES: ClassVar[Mapping[str, str]] = {}  # TypeScript of traits whose class does not tell

    _about = traitlets.Dict().tag(sync=True)

    def open(self) -> None:
        """Tell the browser what does not change any more, and connect to it (called by ipywidgets)."""
        if not self._about:
            self._about = self._description()
        super().open()
        connect(self)

    def _description(self) -> dict[str, Any]:
        traits = self.class_traits()
        return {
            "name": type(self).__name__,
            "settings": list(self._setting_names()),
            "defaults": {name: self._plain(name, traits[name].default()) for name in self._setting_names()},
            "first": self._settings(),
            "presets": [{"name": name, "settings": dict(settings)} for name, settings in self.PRESETS.items()],
            "script": self._SCRIPT,
            "words": {name: [setting, dict(texts)] for name, (setting, texts) in self._WORDS.items()},
            "arguments": [],
        }

    # -- settings -----------------------------------------------------------------------------------

    @classmethod
    def preset(cls, name: str, **settings: Any) -> Self:
        """One of the `PRESETS`; `settings` take the place of its own.

        Raises:
            ValueError: there is none of this name; the message names those that there are.
        """
        return cls(**(dict(cls.PRESETS[one_of("preset", name, tuple(cls.PRESETS))]) | settings))

    def reset(self) -> None:
        """Go back to the settings that it was made with."""
        first = {name: value for name, value in self._about["first"].items() if self._plain(name) != value}
        with self.hold_trait_notifications():
            for name, value in first.items():
                setattr(self, name, value)

    def _plain(self, name: str, *value: Any) -> Any:
        """A setting, or a value of one, as it travels."""
        trait = self.class_traits()[name]
        to_json = trait.metadata.get("to_json", self._trait_to_json)
        return _listed(to_json(*(value or (getattr(self, name),)), self))

    def _settings(self) -> dict[str, Any]:
        return {name: self._plain(name) for name in self._setting_names()}

    # -- from the browser ---------------------------------------------------------------------------

    def _may_be_set(self) -> frozenset[str]:
        return super()._may_be_set().union(self._setting_names())

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        """A message from a view; may come in any thread, and only enqueues."""
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "here":  # a view asks whether there is a kernel
            self.send({"type": "here"})
        elif not (isinstance(kind, str) and self._heed(kind)):
            self._refuse("message", f"there is nothing to do that is called {kind!r}")
        super()._handle_custom_msg(content, buffers)

    def _heed(self, _: str) -> bool:
        """Do what a view says, of whatever kind, in any thread; returns whether there is such a thing to do."""
        return False

    def set_trait(self, name: str, value: Any) -> None:
        """Set a setting; one that is refused in whatever way takes those back that came with it.

        Traitlets takes them back for a `TraitError` alone, and leaves them unchecked for what else a strange value
        raises, such as a whole number too large for a float.
        """
        try:
            super().set_trait(name, value)
        except traitlets.TraitError:
            raise
        except Exception as error:
            raise traitlets.TraitError(f"{name} is not allowed: {error}") from error

    # -- what comes out -----------------------------------------------------------------------------

    def to_code(self) -> str:
        """A script that computes the numbers on screen with PyTorch."""
        return fill(self._about["script"], self._about["words"], self._settings())

    @abstractmethod
    def figure(self) -> Figure:
        """What is on screen as a matplotlib figure, for print."""

    def __repr__(self) -> str:
        defaults = self._about["defaults"]
        settings = self._settings()
        # What has no default is not the settings' own, but what the arguments bring along.
        changed = [f"{name}={literal(settings[name])}" for name in defaults if settings[name] != defaults[name]]
        return f"{type(self).__name__}({', '.join([*changed, *self._about['arguments']])})"


def _listed(value: Any) -> Any:
    """Tuples as the lists that they become on the way."""
    if isinstance(value, list | tuple):
        return [_listed(each) for each in value]
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    return value
