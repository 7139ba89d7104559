"""A trainer's configuration and script as text: to share, to read, and to take over from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import traitlets

from nnwidgets.datasets import Dataset, make_planar
from nnwidgets.presets import known_preset
from nnwidgets.training import commands as c
from nnwidgets.widgets._files import Files
from nnwidgets.widgets._planar_settings import PlanarSettings
from nnwidgets.widgets._text_form import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

# What a run is made of, in an order in which each can be set: what others depend on comes first.
_RUN = (
    "features", "standardise", "hidden_layers", "activation", "dropout", "initialiser", "initial_scale", "loss_fn",
    "optimizer", "optimizer_options", "schedule", "learning_rate", "batch_size", "l1", "l2", "seed", "axes",
    "stop_when",
)  # fmt: skip
_VIEW = ("speed", "panels", "controls", "lesson")
_OF_DATA = ("n_samples", "noise", "test_share", "n_classes", "data_seed")


class Sharing(Files, PlanarSettings):
    """The part of a planar trainer that speaks in text."""

    _readers: dict[str, str]
    _texts_sent: dict[str, tuple[str, str | None]]

    def __init__(self, **settings: Any) -> None:
        self._readers = {}  # which text the views have open
        self._texts_sent = {}
        super().__init__(**settings)

    # -- a configuration as text ------------------------------------------------------------------

    def share(self) -> str:
        """The configuration as one line of text, to be pasted into a message.

        `PlanarTrainer.from_text` makes an equal, untrained trainer of it, which makes the same run from the beginning
        as this one makes after `reset()`: the same data, weights and curves, bit by bit on the same version of
        PyTorch. What was edited by hand is not in it; `save` writes everything.

        Raises:
            ValueError: something of your own, such as a module, cannot be put into text, or there are too many data.

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
            ValueError: it is cut, changed, something else, or of a newer version.
        """
        config, dataset = decode(text)
        if dataset is not None:
            given = {"dataset": dataset} | given
        try:
            return cls.from_config(config, **given)
        except (KeyError, TypeError, AttributeError, traitlets.TraitError) as error:
            raise ValueError(f"this configuration cannot be used: {error}") from error

    # -- on screen --------------------------------------------------------------------------------

    def _begin_preset(self, name: object) -> None:
        """Make the trainer on screen the one of a demonstration, at its beginning."""
        preset = known_preset(name)
        traits = self.class_traits()
        usual = {each: traits[each].default(self) for each in (*_RUN, *_OF_DATA)}
        usual["n_classes"] = None
        wanted: dict[str, Any] = usual | {"dataset": "circles"} | dict(preset.settings)
        self._begin(wanted | {"lesson": preset.lesson}, "The lesson")

    def _begin_text(self, text: object) -> None:
        """Make the trainer on screen the one of a configuration, at its beginning."""
        config, dataset = decode(text)
        wanted = {name: config[name] for name in (*_RUN, *_VIEW) if name in config}
        if dataset is None:
            data = dict(config["dataset"])
            wanted |= {"dataset": data["name"], "data_seed": data["seed"]}
            wanted |= {name: data[name] for name in ("n_samples", "noise", "test_share", "n_classes")}
        else:
            wanted["dataset"] = dataset
        self._begin(wanted, "The configuration")

    def _begin(self, wanted: dict[str, Any], what: str) -> None:
        if self._model is not None:
            raise ValueError("this trainer trains a module of your own; make a new one in a cell")
        data = wanted.pop("dataset")
        if not isinstance(data, Dataset):
            arguments = {name: wanted.pop(name) for name in _OF_DATA}
            data = make_planar(data, seed=arguments.pop("data_seed"), **arguments)
        wanted["batch_size"] = min(wanted["batch_size"], len(data.x_train))
        self._tell(c.Do(lambda: self._begin_with(data, wanted), what))

    def _begin_with(self, data: Dataset, wanted: dict[str, Any]) -> None:
        """In the training thread: all settings one by one, each checked as in a cell, then a reset."""
        assert self._loop is not None
        loop = self._loop
        loop.call(c.Pause())
        present = loop.experiment.settings  # the traits say what these come to
        before = {name: getattr(self, name) for name in wanted}
        before |= {name: getattr(present, name) for name in ("standardise", "loss_fn") if name in wanted}
        data_before = self.dataset
        with self.hold_sync():
            try:
                self._set_all(data, wanted)
            except Exception:
                self._set_all(data_before, before)
                raise
            if loop.experiment.settings.frozen or loop.experiment.settings.frozen_entries:
                loop.call(c.Freeze())  # what begins anew has all of its weights to train
            loop.call(c.Reset(self.seed))

    def _set_all(self, data: Dataset, values: dict[str, Any]) -> None:
        if not data.same_as(self.dataset):
            self.dataset = data
        for name in (*_RUN, *_VIEW):
            if name in values:
                value = values[name]
                setattr(self, name, tuple(value) if isinstance(value, list) else value)

    # -- texts that a view has open ---------------------------------------------------------------

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
        self._send_texts()

    def _send_texts(self) -> None:
        """In the training thread: send what has changed of the texts that somebody looks at."""
        if not self._readers:
            return
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
