"""A loop as plain data, for files: numbers, text, lists, dicts and tensors only, so that loading is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import torch

from nnwidgets.datasets import Dataset
from nnwidgets.features import Feature, parse_features
from nnwidgets.training import schedules
from nnwidgets.training.commands import CHANGES, Change, JournalEntry
from nnwidgets.training.experiment import Checkpoint
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.settings import NetworkSpec, Position, Settings

Plain = dict[str, Any]
CUSTOM = "custom"


class Writer:
    """Turns a loop into plain data; each data set is written once, however often it is referred to."""

    def __init__(self) -> None:
        self._datasets: list[Dataset] = []

    def loop(self, loop: TrainingLoop) -> Plain:
        """Everything a run is: where it stands, how it got there, and what it left behind."""
        history = loop.history.as_dict()
        written = {
            "now": self._checkpoint(loop.experiment.capture(loop.past.applied)),
            "checkpoints": [self._checkpoint(item) for item in loop.checkpoints.items],
            "journal": [[entry.step, self._change(entry.change)] for entry in loop.journal],
            "rewound": loop.past.rewound,
            "history": {
                "steps": torch.from_numpy(history["steps"]),
                "epochs": torch.from_numpy(history["epochs"]),
                "pinned": [
                    [name, torch.from_numpy(steps), torch.from_numpy(epochs)]
                    for name, steps, epochs in history["pinned"]
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
        return {field.name: self._value(getattr(settings, field.name)) for field in fields(settings)}

    def _change(self, change: Change) -> Plain:
        values = {field.name: self._value(getattr(change, field.name)) for field in fields(change)}
        return {"type": type(change).__name__} | values

    def _value(self, value: Any) -> Any:
        if isinstance(value, Dataset):
            if not any(value is known for known in self._datasets):
                self._datasets.append(value)
            index = next(i for i, known in enumerate(self._datasets) if known is value)
            return {"dataset": index}
        if isinstance(value, NetworkSpec):
            return {"network": value.as_dict()}
        if isinstance(value, tuple) and ("name", schedules.CUSTOM) in value:
            return CUSTOM
        if isinstance(value, tuple) and any(isinstance(item, Feature) for item in value):
            return {"features": [feature.name for feature in value]}
        if isinstance(value, frozenset):
            return {"names": sorted(value)}
        if isinstance(value, dict):
            return {"tensors": value}
        if isinstance(value, list):
            return {"options": value}
        return CUSTOM if callable(value) else value


class Reader:
    """The inverse of `Writer`.

    Args:
        written: what `Writer.loop` gave; all of it is read at once, so that what is damaged is found
            before anything is made of it.
        own: what a file cannot hold, by the name of the field: the callables that stood for "custom" ("optimizer",
            "loss_fn", "schedule"), and "features" of the user's.
    """

    def __init__(self, written: Plain, own: dict[str, Any]) -> None:
        self._own = own
        self._datasets = [_read_dataset(dataset) for dataset in written["datasets"]]
        self._now = self._checkpoint(written["now"])
        self._checkpoints = [self._checkpoint(item) for item in written["checkpoints"]]
        self._journal = [JournalEntry(step, self._change(change)) for step, change in written["journal"]]
        self._rewound: bool = written["rewound"]
        history = written["history"]
        self._history = {
            "steps": history["steps"].numpy(),
            "epochs": history["epochs"].numpy(),
            "pinned": [(name, steps.numpy(), epochs.numpy()) for name, steps, epochs in history["pinned"]],
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
        loop.past.rewound = self._rewound
        loop.past.applied = self._now.journal_length

    def _checkpoint(self, plain: Plain) -> Checkpoint:
        return Checkpoint(
            self._settings(plain["settings"]),
            Position(**plain["position"]),
            plain["state"],
            plain["optimizer"],
            plain["journal_length"],
        )

    def _settings(self, plain: Plain) -> Settings:
        return Settings(**{name: self._value(name, value) for name, value in plain.items()})

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
        if value != CUSTOM:
            return value
        if self._own.get(name) is None:
            what = {"optimizer": "an optimizer", "loss_fn": "a loss", "schedule": "a schedule"}[name]
            raise ValueError(f"the run used {what} of your own: give it again, as {name}=")
        return schedules.checked_schedule(self._own[name]) if name == "schedule" else self._own[name]

    def _features(self, names: list[str]) -> tuple[Feature, ...]:
        own = self._own.get("features")
        given = {feature.name: feature for feature in parse_features(own)} if own else {}
        try:
            return parse_features(names, given)
        except ValueError as error:
            raise ValueError(f"the run used features of your own: give them again, as features= ({error})") from None


def _dataset(dataset: Dataset) -> Plain:
    arrays = {name: torch.tensor(getattr(dataset, name)) for name in ("x_train", "y_train", "x_test", "y_test")}
    return arrays | {
        "name": dataset.name,
        "label": dataset.label,
        "class_names": list(dataset.class_names),
        "feature_names": list(dataset.feature_names),
        "parameters": None if dataset.parameters is None else dict(dataset.parameters),
        "plane": dataset.plane,
    }


def _read_dataset(plain: Plain) -> Dataset:
    fields_: Plain = {name: value.numpy() if torch.is_tensor(value) else value for name, value in plain.items()}
    return Dataset(**fields_)
