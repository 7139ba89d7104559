"""A picture as one message: a small header, and all arrays in one buffer."""

from __future__ import annotations

import time
from typing import Any

from numpy.typing import NDArray

from nnwidgets.training.experiment import Experiment
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.probes import Evaluation
from nnwidgets.training.settings import Position

FULL_ROWS = 512  # rows of each curve in a full frame
NEW_ROWS = 8  # rows of each curve in any other

Parts = dict[str, NDArray[Any]]


def pack(parts: Parts) -> tuple[list[dict[str, Any]], bytes]:
    """Arrays as one buffer, each aligned to 8 bytes, and the list that says what is where."""
    listing: list[dict[str, Any]] = []
    chunks: list[bytes] = []
    offset = 0
    for name, array in parts.items():
        data = array.tobytes()
        listing.append({"name": name, "dtype": array.dtype.name, "shape": list(array.shape), "offset": offset})
        padding = -len(data) % 8
        chunks += [data, b"\0" * padding]
        offset += len(data) + padding
    return listing, b"".join(chunks)


class CurveFeed:
    """Which rows of a history the browser has yet to get."""

    def __init__(self) -> None:
        self._step = 0
        self._epoch = 0
        self._revision = -1

    def take(self, loop: TrainingLoop, *, full: bool) -> tuple[bool, Parts]:
        """The new rows of both curves, or all of them; says whether it is all."""
        history = loop.history
        full = full or history.revision != self._revision
        if full:
            self._step = self._epoch = 0
        rows = FULL_ROWS if full else NEW_ROWS
        steps = history.steps_since(self._step, rows)
        epochs = history.epochs_since(self._epoch, rows)
        self._step, self._epoch, self._revision = history.last_step, history.last_epoch, history.revision
        return full, {"steps": steps, "epochs": epochs[:, [0, 2, 3, 4, 5]]}


class StepRate:
    """Steps per second, smoothed over about a second."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._step = 0
        self.value: float | None = None

    def reset(self) -> None:
        """Forget; the next run has a rate of its own."""
        self._at, self.value = None, None

    def update(self, step: int) -> None:
        """Note the steps made until now."""
        now = time.monotonic()
        if self._at is None or step < self._step:
            self._at, self._step = now, step
            return
        elapsed = now - self._at
        if elapsed < 0.25:
            return
        rate = (step - self._step) / elapsed
        self.value = rate if self.value is None else 0.5 * self.value + 0.5 * rate
        self._at, self._step = now, step


def numbers(position: Position, train: Evaluation, test: Evaluation) -> dict[str, float | None]:
    """The `Metrics` of a moment."""
    return {
        "loss": train.loss,
        "accuracy": train.accuracy,
        "running_loss": position.running_loss,
        "running_accuracy": position.running_accuracy,
        "test_loss": test.loss,
        "test_accuracy": test.accuracy,
    }


def header(loop: TrainingLoop, experiment: Experiment, rate: StepRate) -> dict[str, Any]:
    """The part of a frame that every trainer has: where the run stands, or its ghost that is looked at."""
    goal, position = loop.goal, experiment.position
    return {
        "type": "frame",
        "status": loop.status,
        "preview": experiment is not loop.experiment,
        "epoch": position.epoch,
        "step": position.step,
        "batch": position.batches if position.samples else 0,
        "steps_per_epoch": experiment.steps_per_epoch,
        "run_target_epoch": None if goal is None else goal.target_epoch(position),
        "steps_per_second": rate.value,
        "learning_rate": experiment.learning_rate_now,
        "network_version": experiment.network_version,
        "data_version": experiment.data_version,
    }
