"""Demonstrations: a trainer that is set up for one, and the trainer on screen that becomes it."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from nnwidgets.presets import Preset, known_preset
from nnwidgets.training import commands as c
from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nnwidgets.training.loop import TrainingLoop

T = TypeVar("T", bound="Lessons")


def _draft_of(cls: type[T]) -> type[T]:
    """The same kind of trainer, but none that a browser hears of."""

    def make_only_the_loop(self: Any) -> None:
        self._loop = self._make_loop()

    made = types.new_class(cls.__name__, (cls,), exec_body=lambda body: body.update(open=make_only_the_loop))
    return cast("type[T]", made)


class Lessons(NetworkSettings):
    """The part of a trainer that has demonstrations."""

    _PRESETS: ClassVar[Mapping[str, Preset]]
    _NOT_OF_LOOP: ClassVar[tuple[str, ...]] = ("seed", "stop_when")  # what the traits do not know from the loop

    # -- demonstrations ---------------------------------------------------------------------------

    @classmethod
    def preset(cls, name: str, **overrides: Any) -> Self:
        """A trainer that is set up for a classic demonstration, with a sentence that says what to look for.

        Args:
            name: one of `presets()`.
            overrides: arguments that take the place of the preset's.

        Raises:
            ValueError: there is no such preset; the message names the nearest.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer.preset("xor", learning_rate=0.1)
            >>> trainer.hidden_layers, trainer.dataset.name
            ((1,), 'xor')
            >>> trainer.lesson.split(":")[0]
            'One neuron cannot do XOR'
        """
        preset = known_preset(name, cls._PRESETS)
        return cls(**({"lesson": preset.lesson} | dict(preset.settings) | overrides))

    @classmethod
    def presets(cls) -> tuple[Preset, ...]:
        """The demonstrations that there are, each with its name, its title and what to look for.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> [preset.name for preset in PlanarTrainer.presets()]
            ['chapter', 'xor', 'circles', 'learning_rate', 'zeros', 'overfitting', 'spiral']
        """
        return tuple(cls._PRESETS.values())

    # -- on screen --------------------------------------------------------------------------------

    def _begin_preset(self, name: object) -> None:
        """Make the trainer on screen the one of a demonstration, at its beginning."""
        preset = known_preset(name, self._PRESETS)

        def make(draft: type[Self], loop: TrainingLoop) -> Self:
            return draft.preset(preset.name, engine=loop.engine.choice, threads=loop.asked_threads, device=self._device)

        self._begin(make, ("lesson",), "The lesson")

    def _begin(self, make: Callable[[type[Self], TrainingLoop], Self], view: Sequence[str], what: str) -> None:
        if self._model is not None:
            raise ValueError("this trainer trains a module of your own; make a new one in a cell")
        self._tell(c.Do(lambda: self._begin_as(make, view), what))

    def _begin_as(self, make: Callable[[type[Self], TrainingLoop], Self], view: Sequence[str]) -> None:
        """In the training thread: make another trainer, as a cell would, and only if that can be done, become it."""
        assert self._loop is not None
        draft = make(_draft_of(type(self)), self._loop)
        try:
            assert draft._loop is not None
            with self.hold_sync():
                self._loop.begin_anew(draft._loop)
                for name in (*self._NOT_OF_LOOP, *view):
                    setattr(self, name, getattr(draft, name))
        finally:
            draft.close()
