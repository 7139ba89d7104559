"""A loop as plain data, for files: numbers, text, lists, dicts and tensors only, so that loading is safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import torch

from nnwidgets._checks import whole
from nnwidgets.datasets import Dataset
from nnwidgets.fashion import load_fashion_mnist
from nnwidgets.features import Feature, parse_features
from nnwidgets.images import ImageDataset
from nnwidgets.targets import FunctionData
from nnwidgets.training import schedules
from nnwidgets.training.checkpoints import Checkpoint
from nnwidgets.training.commands import CHANGES, Change, JournalEntry
from nnwidgets.training.differences import described
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import MOST_THREADS, NetworkSpec, Position, Settings

if TYPE_CHECKING:
    from nnwidgets.training.settings import AnyDataset

Plain = dict[str, Any]
# What of the user's a file cannot hold, by the name of the argument that it is given again as.
_OWN = {"optimizer": "an optimizer", "loss_fn": "a loss", "schedule": "a schedule", "features": "a feature"}


class NotGivenError(ValueError):
    """Something of the user's own is missing that a file cannot hold."""


class Writer:
    """Turns a loop into plain data; each data set is written once, however often it is referred to."""

    def __init__(self) -> None:
        self._datasets: list[AnyDataset] = []
        self._own: dict[str, list[object]] = {}

    def loop(self, loop: TrainingLoop) -> Plain:
        """Everything a run is: where it stands, how it got there, and what it left behind."""
        history = loop.history.as_dict()
        # From the beginning on: what is the user's is numbered in the order in which it was used.
        first = self._checkpoint(loop.checkpoints.items[0])
        written = {
            "journal": [[entry.step, self._change(entry.change)] for entry in loop.journal],
            "checkpoints": [first, *(self._checkpoint(item) for item in loop.checkpoints.items[1:])],
            "now": self._checkpoint(loop.experiment.capture(loop.past.applied)),
            "rewound": loop.past.rewound,
            "history": {
                "steps": torch.from_numpy(history["steps"]),
                "epochs": torch.from_numpy(history["epochs"]),
                "settings": history["settings"],
                "pinned": [
                    [name, torch.from_numpy(steps), torch.from_numpy(epochs), dict(settings), abandoned]
                    for name, steps, epochs, settings, abandoned in history["pinned"]
                ],
            },
        }
        return written | {"datasets": [_dataset(dataset) for dataset in self._datasets]}

    def _checkpoint(self, checkpoint: Checkpoint) -> Plain:
        return {
            "settings": self._settings(checkpoint.settings),
            "position": asdict(checkpoint.position),
            "state": checkpoint.state,
            "optimizer": checkpoint.optimizer,
            "journal_length": checkpoint.journal_length,
        }

    def _settings(self, settings: Settings) -> Plain:
        return {field.name: self._value(field.name, getattr(settings, field.name)) for field in fields(settings)}

    def _change(self, change: Change) -> Plain:
        values = {field.name: self._value(field.name, getattr(change, field.name)) for field in fields(change)}
        return {"type": type(change).__name__} | values

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, Dataset | ImageDataset):
            return {"dataset": _index(value, self._datasets)}
        if isinstance(value, NetworkSpec):
            return {"network": value.as_dict()}
        if name == "schedule" and ("name", schedules.CUSTOM) in value:
            return self._custom(name, dict(value)["function"])
        if name == "features":
            return {"features": [self._feature(feature) for feature in value]}
        if isinstance(value, frozenset):
            return {"names": sorted(value)}
        if isinstance(value, dict):
            return {"tensors": value}
        if isinstance(value, list):
            return {"options": value}
        return self._custom(name, value) if callable(value) else value

    def _feature(self, feature: Feature) -> str | list[Any]:
        if feature.function is None:
            return feature.name
        return [feature.name, self._custom(feature.name, feature.function)["own"]]

    def _custom(self, name: str, value: object) -> Plain:
        """A callable of the user's: which one of those of this name, in the order in which they were used."""
        return {"own": _index(value, self._own.setdefault(name, []))}


def _index(value: object, known: list[Any]) -> int:
    """Where an object stands among those that are known, of which it is one from now on."""
    if not any(value is other for other in known):
        known.append(value)
    return next(index for index, other in enumerate(known) if other is value)


class Reader:
    """The inverse of `Writer`.

    Args:
        written: what `Writer.loop` gave; all of it is read at once, so that what is damaged is found
            before anything is made of it.
        own: what a file cannot hold, by the name of the field: the "optimizer", "loss_fn" and "schedule" of the user's,
            and a dict of "features". Where a run had several, a list of them in the order in which they were used.
        threads: of a run whose settings do not say it.
    """

    def __init__(self, written: Plain, own: dict[str, Any], threads: int = 1) -> None:
        self._own, self._threads = own, threads
        self._datasets = [_read_dataset(dataset) for dataset in written["datasets"]]
        self._now = self._checkpoint(written["now"])
        self._checkpoints = [self._checkpoint(item) for item in written["checkpoints"]]
        self._journal = [JournalEntry(step, self._change(change)) for step, change in written["journal"]]
        self._rewound: bool = written["rewound"]
        history = written["history"]
        self._history = {
            "steps": history["steps"].numpy(),
            "epochs": history["epochs"].numpy(),
            "settings": history.get("settings") or described(self._now.settings),
            "pinned": [
                (name, steps.numpy(), epochs.numpy(), *rest) for name, steps, epochs, *rest in history["pinned"]
            ],
        }

    @property
    def settings(self) -> Settings:
        """The settings that the run stands at."""
        return self._now.settings

    def into(self, loop: TrainingLoop) -> None:
        """Make a fresh loop over the same kind of experiment stand where the written one stood."""
        loop.checkpoints.replace(self._checkpoints)
        loop.experiment.initial = self._checkpoints[0].state
        loop.journal[:] = self._journal
        loop.history.load_dict(self._history)
        loop.experiment.restore(self._now)
        loop.past.stand(self._now.journal_length, rewound=self._rewound)

    def _checkpoint(self, plain: Plain) -> Checkpoint:
        return Checkpoint(
            self._settings(plain["settings"]),
            Position(**plain["position"]),
            plain["state"],
            plain["optimizer"],
            plain["journal_length"],
        )

    def _settings(self, plain: Plain) -> Settings:
        values = {"threads": self._threads} | {name: self._value(name, value) for name, value in plain.items()}
        whole("threads", values["threads"], 1, MOST_THREADS)
        return Settings(**values)

    def _change(self, plain: Plain) -> Change:
        kind: Callable[..., Change] = CHANGES[plain["type"]]
        return kind(**{name: self._value(name, value) for name, value in plain.items() if name != "type"})

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case {"dataset": index}:
                return self._datasets[index]
            case {"network": network}:
                return NetworkSpec.from_dict(network)
            case {"features": features}:
                return self._features(features)
            case {"names": names}:
                return frozenset(names)
            case {"tensors": tensors}:
                return tensors
            case {"options": options}:
                return options
            case {"own": index}:
                own = self._given(name, f"{name}=", self._own.get(name), index)
                return schedules.checked_schedule(own) if name == "schedule" else own
        return value

    def _features(self, written: list[Any]) -> tuple[Feature, ...]:
        given = self._own.get("features")
        own = given if isinstance(given, Mapping) else {}
        asked: dict[str, Any] = {}
        for item in written:
            if isinstance(item, str):
                asked[item] = item
            else:
                name, index = item
                asked[name] = self._given("features", f'features={{"{name}": ...}}', own.get(name), index)
        return parse_features(asked) if asked else ()

    @staticmethod
    def _given(kind: str, argument: str, given: Any, index: int) -> Any:
        """One of the callables that were given again."""
        several = given if isinstance(given, list | tuple) else [] if given is None else [given]
        if index < len(several):
            return several[index]
        if index == 0:
            raise NotGivenError(f"the run used {_OWN[kind]} of your own: give it again, as {argument}")
        raise NotGivenError(
            f"the run used {_OWN[kind]} of your own, and later another: give all of them, in that order, as a list: "
            f"{argument}"
        )


def _dataset(dataset: AnyDataset) -> Plain:
    if isinstance(dataset, ImageDataset) and dataset.parameters is not None:
        return {"images": dict(dataset.parameters)}
    arrays = {name: torch.tensor(getattr(dataset, name)) for name in ("x_train", "y_train", "x_test", "y_test")}
    named = {"name": dataset.name, "label": dataset.label, "class_names": list(dataset.class_names)}
    if isinstance(dataset, ImageDataset):
        return {"images": arrays | named | {"scale": dataset.scale, "notice": dataset.notice}}
    own: Plain = {"plane": dataset.plane}
    if isinstance(dataset, FunctionData):
        target = None if dataset.target is None else torch.tensor(dataset.target)
        own = {"domain": dataset.domain, "target": target}
    parameters = None if dataset.parameters is None else dict(dataset.parameters)
    return arrays | named | own | {"feature_names": list(dataset.feature_names), "parameters": parameters}


def _read_dataset(plain: Plain) -> AnyDataset:
    images = plain.get("images")
    if images is not None:
        if "x_train" not in images:
            return load_fashion_mnist(images["root"], source=images["source"])
        arrays: Plain = {name: value.numpy() if torch.is_tensor(value) else value for name, value in images.items()}
        return ImageDataset(**arrays)
    fields_: Plain = {name: value.numpy() if torch.is_tensor(value) else value for name, value in plain.items()}
    return FunctionData(**fields_) if "domain" in fields_ else Dataset(**fields_)
