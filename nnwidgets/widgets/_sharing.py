"""A trainer's configuration and script as text: to share, to read, and to take over from others."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import traitlets

from nnwidgets.presets import PRESETS, Preset, known_preset
from nnwidgets.training import commands as c
from nnwidgets.widgets._planar_files import PlanarFiles
from nnwidgets.widgets._planar_settings import PlanarSettings
from nnwidgets.widgets._reading import Reading
from nnwidgets.widgets._text_form import check_known, decode, encode, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nnwidgets.training.loop import TrainingLoop

T = TypeVar("T", bound="Sharing")

# What the traits do not know from the loop: of the run, and of what is on screen.
_NOT_OF_LOOP = ("seed", "axes", "stop_when")
_VIEW = ("speed", "panels", "controls", "lesson")
_REFUSED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, traitlets.TraitError)


def _draft_of(cls: type[T]) -> type[T]:
    """The same kind of trainer, but none that a browser hears of."""

    def make_only_the_loop(self: Any) -> None:
        self._loop = self._make_loop()

    made = types.new_class(cls.__name__, (cls,), exec_body=lambda body: body.update(open=make_only_the_loop))
    return cast("type[T]", made)


class Sharing(PlanarFiles, Reading, PlanarSettings):
    """The part of a planar trainer that speaks in text."""

    _PRESETS: ClassVar[Mapping[str, Preset]] = PRESETS

    # -- a configuration as text ------------------------------------------------------------------

    def share(self) -> str:
        """The configuration as one line of text, to be pasted into a message.

        `PlanarTrainer.from_text` makes an equal, untrained trainer of it, which makes the same run from the beginning
        as this one makes after `reset()`: the same data, weights and curves, bit by bit on the same version of
        PyTorch. Frozen weights are frozen there from the start. What was edited by hand is not in it; `save` writes
        everything.

        Raises:
            ValueError: something of your own, such as a module, cannot be put into text, or it is too much for one:
                more than 100,000 characters with its data, 100,000 weights, or 256 neurons in a hidden layer.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> text = PlanarTrainer("moons", hidden_layers=(4,)).share()
            >>> text[:5], len(text) < 120
            ('nnw1.', True)
            >>> PlanarTrainer.from_text(text).hidden_layers
            (4,)
        """
        assert self._loop is not None
        loop = self._loop
        text: str = loop.call(c.Do(self._as_text))
        return text

    def _as_text(self) -> str:
        assert self._loop is not None
        settings, config = self._loop.experiment.settings, self.config()
        own = [("a module", settings.network is None), ("an optimizer", config["optimizer"] is None)]
        own += [("a loss", config["loss_fn"] is None), ("a schedule", config["schedule"] is None)]
        own += [("a feature", any(feature.function is not None for feature in settings.features))]
        for what, is_own in own:
            if is_own:
                raise ValueError(f"{what} of your own cannot be put into text; share the notebook, or a file by save()")
        data = settings.planar
        return encode(config, data if data.parameters is None else None)

    @classmethod
    def from_text(cls, text: str, **given: Any) -> Self:
        """A new trainer from what `share()` returned. The text is read as data; it cannot run code.

        Args:
            text: one line; spaces and line breaks that a message put into it do no harm.
            given: arguments of the constructor that go before.

        Raises:
            TypeError: it is no text.
            ValueError: it is cut, changed, something else, or of a newer version; or asks for more than a text may,
                such as a hidden layer of 1,000 neurons.
        """
        config, dataset = decode(text)
        check_known(config, [*cls._setting_names(), "frozen"])
        if dataset is not None:
            given = {"dataset": dataset} | given
        try:
            return cls.from_config(config, **given)
        except _REFUSED as error:
            raise ValueError(f"this configuration cannot be used: {shortened(error)}") from error

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
            return draft.preset(preset.name, engine=loop.engine.choice, threads=loop.threads, device=self._device)

        self._begin(make, ("lesson",), "The lesson")

    def _begin_text(self, text: object) -> None:
        """Make the trainer on screen the one of a configuration, at its beginning."""
        if not isinstance(text, str):
            raise TypeError("a configuration is text")
        self._begin(lambda draft, _: draft.from_text(text, device=self._device), _VIEW, "The configuration")

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
                for name in (*_NOT_OF_LOOP, *view):
                    setattr(self, name, getattr(draft, name))
        finally:
            draft.close()

    # -- texts that a view has open ---------------------------------------------------------------

    @property
    def _texts(self) -> dict[str, Callable[[], str]]:
        return super()._texts | {"configuration": self.share}

    @traitlets.observe(*_NOT_OF_LOOP, *_VIEW)
    def _text_says_otherwise(self, _: Any) -> None:
        """A configuration says another thing of which the loop announces nothing.

        Observers are called in the order of their names: by now the loop has it.
        """
        if self._loop is not None and self._readers:
            self._loop.submit(c.Do(self._send_live, "The text"))
