"""Settings that a trainer has like others, but that make it what it is: they can be read, not changed."""

from __future__ import annotations

from typing import Any

import traitlets


class Fixed(traitlets.Any):
    """A setting with one value.

    Args:
        value: that value.
        reason: why it is so, and what else there is, as the end of a sentence.
        to_json: how the browser is told of it, as in other traits.
    """

    def __init__(self, value: Any, reason: str) -> None:
        super().__init__(value)
        self.allow_none = value is None
        self.reason = reason

    def validate(self, _: Any, value: Any) -> Any:
        """Only the value itself, or what is equal to it."""
        given = tuple(value) if isinstance(value, list) else value
        if isinstance(given, bool) != isinstance(self.default_value, bool) or given != self.default_value:
            raise traitlets.TraitError(f"{self.name} is {self.default_value!r} here: {self.reason}; got {value!r}")
        return self.default_value
