"""A trainer's configuration and script as text: to share, to read, and to take over from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import traitlets

from nnwidgets.presets import PRESETS, Preset
from nnwidgets.training import commands as c
from nnwidgets.widgets._lessons import Lessons
from nnwidgets.widgets._planar_files import PlanarFiles
from nnwidgets.widgets._planar_settings import PlanarSettings
from nnwidgets.widgets._reading import Reading
from nnwidgets.widgets._text_form import check_known, decode, encode, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_OF_LOOP = ("seed", "axes", "stop_when")  # what the traits do not know from the loop
_VIEW = ("speed", "panels", "controls", "lesson")
_REFUSED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, traitlets.TraitError)


class Sharing(Lessons, PlanarFiles, Reading, PlanarSettings):
    """The part of a planar trainer that speaks in text."""

    _PRESETS: ClassVar[Mapping[str, Preset]] = PRESETS
    _NOT_OF_LOOP: ClassVar[tuple[str, ...]] = _NOT_OF_LOOP

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

    # -- on screen --------------------------------------------------------------------------------

    def _begin_text(self, text: object) -> None:
        """Make the trainer on screen the one of a configuration, at its beginning."""
        if not isinstance(text, str):
            raise TypeError("a configuration is text")
        self._begin(lambda draft, _: draft.from_text(text, device=self._device), _VIEW, "The configuration")

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
