"""What a trainer can be turned into: a configuration, a file, a script."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from nnwidgets.export.code import to_code
from nnwidgets.training import commands as c
from nnwidgets.training import run_files
from nnwidgets.training.freezing import as_plain
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.saving import NotGivenError, Reader, Writer
from nnwidgets.training.schedules import CUSTOM
from nnwidgets.training.settings import NETWORK_SETTINGS
from nnwidgets.widgets._listening import shortened
from nnwidgets.widgets._showing import Showing

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings

Answer = TypeVar("Answer")

FORMAT = 1
# What a configuration says is None when it is of your own, the argument to give it as, and what it is.
_OWN = (
    ("hidden_layers", "model", "a module"),
    ("optimizer", "optimizer", "an optimizer"),
    ("loss_fn", "loss_fn", "a loss"),
    ("schedule", "schedule", "a schedule"),
)
# With these the network may be another one; but not with what a configuration could not say.
_OF_WEIGHTS = {"model", "dataset", "features", "hidden_layers", "loss_fn", "n_classes"}
_GIVEN_AGAIN = {"dataset": "dataset", "hidden_layers": "model", "loss_fn": "loss_fn"}


class Files(Showing):
    """The part of a trainer that outlives it."""

    _KIND: ClassVar[str]  # what its files say that they are of

    def config(self) -> dict[str, Any]:
        """The settings as plain JSON values; `from_config` makes an equal, untrained trainer.

        Data of your own, a module of your own and callables are None: give them again to
        `from_config`.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer("moons", hidden_layers=(4,))
            >>> trainer.config()["hidden_layers"]
            [4]
            >>> PlanarTrainer.from_config(trainer.config()).hidden_layers
            (4,)
        """
        assert self._loop is not None
        settings = self._loop.experiment.settings
        network = {} if settings.network is None else settings.network.as_dict()
        return {
            "format": FORMAT,
            **{name: network.get(name) for name in NETWORK_SETTINGS},
            "loss_fn": self._loop.experiment.objective.name,
            "optimizer": settings.optimizer if isinstance(settings.optimizer, str) else None,
            "optimizer_options": dict(settings.optimizer_options),
            "learning_rate": settings.learning_rate,
            "schedule": None if ("name", CUSTOM) in settings.schedule else dict(settings.schedule),
            "batch_size": settings.batch_size,
            "l1": settings.l1,
            "l2": settings.l2,
            "seed": self.seed,  # of the run that comes next, as an untrained trainer's
            "speed": self._loop.speed,
            "stop_when": dict(self._loop.stop_when),
            "frozen": as_plain(settings.frozen, settings.frozen_entries),
            "threads": self._loop.threads,
            "engine": self._loop.engine.choice,
            **self._shown(),
            **self._config_of_data(),
        }

    @abstractmethod
    def _config_of_data(self) -> dict[str, Any]:
        """What a configuration says of the data, and of what else only this kind of trainer has."""

    @classmethod
    @abstractmethod
    def _data_of_config(cls, settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """The arguments `given`, with those of the data that a configuration is for; what these replace is taken out.

        Raises:
            ValueError: the data, or something else of the user's own, must be given.
        """

    @abstractmethod
    def _saved(self) -> dict[str, Any]:
        """What a file says besides the run and what all trainers have."""

    @classmethod
    @abstractmethod
    def _data_of_file(cls, content: dict[str, Any], settings: Settings) -> dict[str, Any]:
        """The arguments of the data, and what else only this kind of trainer has, from a file and its settings."""

    @classmethod
    def from_config(cls, config: dict[str, Any], **given: Any) -> Self:
        """A new trainer from what `config()` returned.

        Args:
            config: the settings.
            given: arguments of the constructor that go before, such as `dataset=` or `model=`.

        Raises:
            ValueError: the configuration is of a newer version, or leaves out what must be given.
        """
        _check_format(config.get("format"))
        settings = {name: value for name, value in config.items() if name != "format" and name not in given}
        if "optimizer" in given:
            settings.pop("optimizer_options", None)  # they are the other one's
        again = {argument for name, argument in _GIVEN_AGAIN.items() if config.get(name) is None}
        if (given.keys() & _OF_WEIGHTS) - again:
            settings.pop("frozen", None)  # it is of weights that there may not be
        given = cls._data_of_config(settings, given)
        for name, argument, own in _OWN:
            if settings.get(name, ()) is None and argument not in given:
                raise ValueError(f"the configuration is for {own} of your own: give it as {argument}=")
        kept_none = {"speed", "epochs"}
        return cls(**{k: v for k, v in settings.items() if v is not None or k in kept_none}, **given)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a file: settings, weights, optimizer, journal, history, checkpoints.

        The file replaces an older one only when it is complete.

        Raises:
            OSError: it cannot be written; an older file is untouched.
        """
        assert self._loop is not None
        loop = self._loop
        written = loop.call(c.Do(lambda: Writer().loop(loop)))
        content = {
            "kind": self._KIND,
            "format": FORMAT,
            "speed": loop.speed,
            "stop_when": dict(loop.stop_when),
            "threads": loop.threads,
            "engine": loop.engine.choice,
            "seed": self.seed,
            **self._shown(),
            **self._saved(),
            "run": written,
        }
        run_files.write(path, content)

    @classmethod
    def load(cls, path: str | os.PathLike[str], **given: Any) -> Self:
        """The trainer that was saved: its run goes on as if it had never stopped.

        Only plain data are read from the file; it cannot run code.

        Args:
            path: the file.
            given: what a file cannot hold: `model=`, `loss_fn=`, `optimizer=`, `schedule=` or `features=` of your own.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no such file, or damaged, or of a newer version, or leaves out what
                must be given.
        """
        content = run_files.read(path)
        if not isinstance(content, dict) or content.get("kind") != cls._KIND:
            raise ValueError(f"{path} is not a saved {cls._KIND.removeprefix('nnwidgets.')}")
        with _damage(path):
            _check_format(content["format"])
            reader = Reader(content["run"], given, content["threads"])
            arguments = cls._arguments_of_file(content, reader.settings, given)
        with _damage(path) if not given else nullcontext():  # else it may be what was given
            trainer = cls(**arguments)
            try:
                trainer._fill(reader)
            except BaseException:
                trainer.close()
                raise
        return trainer

    @classmethod
    def _arguments_of_file(cls, content: dict[str, Any], settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
        """What the constructor is given for a trainer of a file."""
        arguments: dict[str, Any] = {
            "loss_fn": settings.loss_fn,
            "optimizer": settings.optimizer,
            "optimizer_options": dict(settings.optimizer_options),
            "learning_rate": settings.learning_rate,
            "schedule": dict(settings.schedule),
            "batch_size": settings.batch_size,
            "l1": settings.l1,
            "l2": settings.l2,
            "seed": content.get("seed", settings.seed),
            "speed": content["speed"],
            "stop_when": content.get("stop_when", {}),
            "threads": content["threads"],
            "engine": content.get("engine", "auto"),
            **{name: content[name] for name in ("panels", "controls", "lesson") if name in content},
            **cls._data_of_file(content, settings),
        }
        if settings.network is None:
            if "model" not in given:
                raise NotGivenError("the run trained a module of your own: give one like it, as model=")
        else:
            arguments |= {name: getattr(settings.network, name) for name in NETWORK_SETTINGS}
        own = ("optimizer", "loss_fn", "features", "schedule")  # the reader has put them where they belong
        return arguments | {name: value for name, value in given.items() if name not in own}

    def _fill(self, reader: Reader) -> None:
        """Make the run the one of a file."""
        assert self._loop is not None
        loop = self._loop

        def fill() -> None:
            reader.into(loop)
            loop.past.keep_within()
            loop.settle("paused" if loop.experiment.position.step else "idle")

        loop.call(c.Do(fill))

    def to_code(self) -> str:
        """The PyTorch script of this run: run on its own, it ends with the same weights, bit by bit.

        That is said of PyTorch's own steps (`engine="eager"`). Compiled ones agree with the script to rounding,
        which a comment in it says.
        Where something cannot be put into a script (data or a module of your own), a comment says
        what is missing.
        """
        assert self._loop is not None
        loop = self._loop
        text: str = loop.call(c.Do(lambda: self._script(loop)))
        return text

    def _script(self, loop: TrainingLoop) -> str:
        return to_code(loop)

    def _between_steps(self, function: Callable[[TrainingLoop], Answer]) -> Answer:
        """What a function makes of the run as it stands; no random number of a module of the user's is drawn by it."""
        assert self._loop is not None
        loop = self._loop

        def call() -> Answer:
            with random_numbers_kept(loop.experiment):
                return function(loop)

        answer: Answer = loop.call(c.Do(call))
        return answer


@contextmanager
def _damage(path: str | os.PathLike[str]) -> Iterator[None]:
    """Whatever cannot be made of what a file says is said to be its fault."""
    try:
        yield
    except (OSError, MemoryError, NewerError, NotGivenError):
        raise
    except Exception as error:
        raise ValueError(f"{path} is damaged: {type(error).__name__}: {shortened(error)}") from error


class NewerError(ValueError):
    """What was written by a newer version."""


def _check_format(version: object) -> None:
    if not isinstance(version, int):
        raise TypeError(f"its format is a number, not {version!r}")
    if version > FORMAT:
        raise NewerError(
            f"this was written by a newer version of nnwidgets (format {version}, known: {FORMAT}); "
            "upgrade with: pip install -U nnwidgets"
        )
