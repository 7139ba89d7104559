"""Settings by name: what all widgets say of one that does not exist, or of a value that is not allowed."""

from __future__ import annotations

import inspect
from abc import ABCMeta
from collections.abc import Callable
from typing import Any, ClassVar

import traitlets

from nnwidgets._errors import shorten_traceback
from nnwidgets.widgets import _arguments as arguments
from nnwidgets.widgets._listening import Listening


class _AbstractTraits(traitlets.MetaHasTraits, ABCMeta):
    """Makes classes with traits that cannot be instantiated before every abstract method is there."""

    def __call__(cls, *given: Any, **settings: Any) -> Any:
        try:
            if len(given) > arguments.count_unnamed(cls):
                raise TypeError(arguments.unnamed(cls))
            return super().__call__(*given, **settings)
        except Exception as error:
            shorten_traceback(error)
            raise


def checked(validator: Callable[..., Any], *arguments: Any) -> Any:
    """A validator of `_checks`, with every refusal as a `TraitError`."""
    try:
        return validator(*arguments)
    except (TypeError, ValueError) as error:
        raise traitlets.TraitError(str(error)) from None


class Whole(traitlets.Int):  # type: ignore[type-arg]
    """A whole number, of any integer type but bool.

    To traitlets, True is a change to 1 that changes nothing, so that no validator would see it.
    """

    def validate(self, obj: Any, value: Any) -> Any:
        """Truth values are refused, although Python counts with them."""
        if isinstance(value, bool):
            self.error(obj, value)
        return super().validate(obj, value)


class NamedSettings(Listening, metaclass=_AbstractTraits):
    """A widget whose public traits, but for read-only ones, are its settings and the arguments of its constructor."""

    _constructor_only: ClassVar[tuple[str, ...]] = ()
    __signature__: ClassVar[inspect.Signature]

    def __init__(self, **settings: Any) -> None:
        unknown = [name for name in settings if not self._accepts(name)]
        if unknown:
            raise TypeError(self._no_argument(unknown[0]))
        super().__init__(**settings)

    @classmethod
    def _setting_names(cls) -> list[str]:
        hidden = {"comm", "keys", "log", "layout", "tooltip", "tabbable"}
        return [
            name
            for name, trait in cls.class_traits().items()
            if not name.startswith("_") and name not in hidden and not trait.read_only
        ]

    @classmethod
    def _accepts(cls, name: str) -> bool:
        return name in cls._setting_names() or name in ("layout", "tooltip", "tabbable")

    @classmethod
    def _no_argument(cls, name: str) -> str:
        return arguments.unknown(cls.__name__, name, [*cls._setting_names(), *cls._constructor_only])

    def __setattr__(self, name: str, value: Any) -> None:
        # A misspelt setting would otherwise become an attribute that nobody reads.
        known = name.startswith("_") or hasattr(type(self), name) or self.has_trait(name)
        if not known and arguments.is_meant(name, self._setting_names()):
            raise AttributeError(self._no_argument(name).replace("argument", "setting"))
        try:
            super().__setattr__(name, value)
        except Exception as error:
            if not name.startswith("_"):
                shorten_traceback(error)
            raise
