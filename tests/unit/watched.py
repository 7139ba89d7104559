"""Image trainers with a view that takes down what it is sent."""

from __future__ import annotations

import numpy as np
import pytest

from nnwidgets import ImageTrainer
from nnwidgets.training import commands as c
from tests.unit.pictures import small_images

LOOK = {"type": "look", "view": "a", "visible": True, "focus": None, "map_size": 8, "tile_size": 8}
ALL = ["grid", "matrix", "way", "saliency", "change", "histograms"]


class Watched:
    """A trainer with a view that takes down what it is sent."""

    def __init__(self, *arguments, **settings):
        self.trainer = ImageTrainer(*arguments, **{"learning_rate": 0.1, "batch_size": 7} | settings)
        self.sent = []
        self.trainer.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def say(self, **message):
        self.trainer._handle_custom_msg(message, [])
        self.trainer._loop.call(c.Do(lambda: None))

    def look(self, *wants):
        self.say(**LOOK, wants=list(wants))

    def parts(self):
        """The arrays of the newest frame."""
        header, buffers = next(each for each in reversed(self.sent) if each[0]["type"] == "frame")
        return {
            part["name"]: np.frombuffer(buffers[0], part["dtype"], int(np.prod(part["shape"])), part["offset"]).reshape(
                part["shape"]
            )
            for part in header["parts"]
        }

    def refusals(self):
        return [content["message"] for content, _ in self.sent if content["type"] == "failed"]


@pytest.fixture
def watch():
    """Makes trainers that are watched, and closes them in the end."""
    made = []

    def make(*arguments, **settings):
        if "model" not in settings:
            settings = {"hidden_layers": (5, 4)} | settings
        made.append(Watched(*(arguments or (small_images(),)), **settings))
        return made[-1]

    yield make
    for each in made:
        each.trainer.close()
