"""What tests of recordings share: trainers whose recording is read back, and what else would show a moment."""

from __future__ import annotations

import numpy as np

from nnwidgets.widgets._recorded_format import decode
from nnwidgets.widgets._recorder import MAP, TILES
from tests.unit.plain import PATIENCE

METRICS = ("loss", "accuracy", "running_loss", "running_accuracy", "test_loss", "test_accuracy", "learning_rate")


def train(trainer, **target):
    trainer.train(**target)
    trainer.wait(PATIENCE)
    return trainer


def recorded(trainer):
    """The recording of the run, read back."""
    data = trainer._record()
    assert data is not None
    return decode(data)


def epochs_of(found):
    return [frame.header["epoch"] for frame in found.frames]


def look(trainer):
    """A view of as many cells as a recording has, with all its panels open."""
    neurons = sum(layer.units for layer in trainer._graph.layers)
    tile = next(size for most, size in TILES if neurons <= most)
    sizes = {"map_size": MAP, "tile_size": tile}
    told = {"type": "look", "view": "a", "visible": True, "focus": None, **sizes, "wants": sorted(trainer._RECORDED)}
    trainer._handle_custom_msg(told, [])


def shown(trainer):
    """The full picture of where a trainer stands, as it was sent: its header and its arrays."""
    frame = trainer._snapshot
    arrays = {
        part["name"]: np.frombuffer(
            frame["buffer"], part["dtype"], int(np.prod(part["shape"])), part["offset"]
        ).reshape(part["shape"])
        for part in frame["parts"]
    }
    return frame, arrays


def check_frame(frame, trainer):
    """That a frame of a recording is bit by bit what a trainer shows that has gone to that place."""
    header, arrays = shown(trainer)
    for name in (*METRICS, "epoch", "step", "batch", "steps_per_epoch"):
        there = header[name]
        is_number = isinstance(there, float) and np.isfinite(there)
        assert frame.header[name] == (there if is_number or not isinstance(there, float) else None), name
    weights = [parameter.detach().numpy().ravel() for parameter in trainer.model.parameters()]
    if "parameters" in arrays:
        assert frame.arrays["parameters"].tobytes() == np.concatenate(weights).tobytes()
    found = {name: array for name, array in arrays.items() if name not in ("steps", "epochs")}
    assert frame.arrays.keys() == found.keys()
    for name, array in found.items():
        assert frame.arrays[name].tobytes() == array.tobytes(), name
