"""A trainer's configuration and script as text: to share, to read, and to take over from others."""

from __future__ import annotations

import time
import types
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import traitlets

from nnwidgets.presets import known_preset
from nnwidgets.training import commands as c
from nnwidgets.widgets._files import Files
from nnwidgets.widgets._planar_settings import PlanarSettings
from nnwidgets.widgets._text_form import check_known, decode, encode, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from nnwidgets.training.loop import TrainingLoop

T = TypeVar("T", bound="Sharing")

# What the traits do not know from the loop: of the run, and of what is on screen.
_NOT_OF_LOOP = ("seed", "axes", "stop_when")
_VIEW = ("speed", "panels", "controls", "lesson")
SHARE = 50  # so many times as long as texts took to be made, until those of a run under way are due again
PACE = 20_000  # characters a second that are sent of them
_REFUSED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, traitlets.TraitError)


def _draft_of(cls: type[T]) -> type[T]:
    """The same kind of trainer, but none that a browser hears of."""

    def make_only_the_loop(self: Any) -> None:
        self._loop = self._make_loop()

    made = types.new_class(cls.__name__, (cls,), exec_body=lambda body: body.update(open=make_only_the_loop))
    return cast("type[T]", made)


class Sharing(Files, PlanarSettings):
    """The part of a planar trainer that speaks in text."""

    _device: torch.device | str | None
    _readers: dict[str, str]
    _texts_sent: dict[str, tuple[str, str | None]]
    _texts_due: float

    def __init__(self, **settings: Any) -> None:
        self._readers = {}  # which text the views have open
        self._texts_sent = {}
        self._texts_due = 0.0  # of a run under way
        super().__init__(**settings)

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
        return encode(config, settings.dataset if settings.dataset.parameters is None else None)

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

    def _begin_preset(self, name: object) -> None:
        """Make the trainer on screen the one of a demonstration, at its beginning."""
        preset = known_preset(name)

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

    @traitlets.observe(*_NOT_OF_LOOP, *_VIEW)
    def _said_otherwise(self, _: Any) -> None:
        """A configuration says another thing of which the loop announces nothing."""
        if self._loop is not None and self._readers:
            self._loop.submit(c.Do(self._send_live, "The text"))

    def _read(self, view: str, what: str | None) -> None:
        """A view opens a text, "code" or "configuration", or closes what it had open."""
        if what is None:
            self._readers.pop(view, None)
            return
        self._readers[view] = what
        self._texts_sent.pop(what, None)
        self._tell(c.Do(self._send_texts, "The text"))

    def _send_live(self) -> None:
        super()._send_live()
        if self.status != "running" or time.monotonic() >= self._texts_due:
            self._send_texts()

    def _send_texts(self) -> None:
        """In the training thread: send what has changed of the texts that somebody looks at.

        With each step that is made the script is another one. How soon that of a run under way is due again depends
        on how long it takes to make, and how long it is.
        """
        if not self._readers:
            return
        started, length = time.monotonic(), 0
        for what in {what for view, what in list(self._readers.items()) if self._channel.sees(view)}:
            make: Callable[[], str] = self.to_code if what == "code" else self.share
            text, error = "", None
            try:
                text = make()
            except Exception as failure:  # noqa: BLE001 (whatever it is, the reader is told)
                error = str(failure) or type(failure).__name__
            if self._texts_sent.get(what) != (text, error):
                self._texts_sent[what] = (text, error)
                self.send({"type": "text", "what": what, "text": text, "error": error})
                length += len(text)
        done = time.monotonic()
        self._texts_due = done + SHARE * (done - started) + length / PACE
