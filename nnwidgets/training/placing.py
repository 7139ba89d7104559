"""The data of an experiment: where they lie, in which order they are used, and how a network gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nnwidgets.datasets import Dataset
from nnwidgets.training.batches import Batches, Feed, as_they_are, copied, pieces, scaled
from nnwidgets.training.seeds import batch_order
from nnwidgets.training.settings import Position, Settings

if TYPE_CHECKING:
    from nnwidgets.training.probes import Evaluation
    from nnwidgets.training.tested import LookAtTest


class Placing:
    """The part of an `Experiment` that has the data.

    Attributes:
        x, x_test: samples as they lie on the device: `(n, inputs)` as a network gets them, or images
            `(n, channels, height, width)`.
        y, y_test: targets, `(n, 1)` float32.
        feed: how a network gets samples as they lie.
        data_version: another one each time that they change.
        test_look: what was seen when the test set was looked at last, if it is images.
        training_look: likewise the numbers of the training set, and of which state they are.
        planes: what probes make of the inputs, for as long as these hold.
    """

    settings: Settings
    position: Position
    device: torch.device
    eval_model: torch.nn.Module

    def __init__(self) -> None:
        super().__init__()
        self.data_version = 0
        self.planes: dict[object, torch.Tensor] = {}
        self.test_look: LookAtTest | None = None
        self.training_look: tuple[object, Evaluation] | None = None
        self._batches_key: tuple[object, ...] | None = None

    def epoch_batches(self) -> Batches:
        """The training set in the order of the current epoch; images are not moved for that, they are large."""
        shuffles = self.settings.shuffle
        key = (self.position.epoch, self.settings.seed, self.data_version, shuffles)
        if self._batches_key != key:
            if shuffles:
                order = batch_order(len(self.x), self.settings.seed, self.position.epoch).to(self.device)
                stays = self.settings.sees_images
                x = self.x if stays else self.x[order]
                self._batches = Batches(x, self.y[order], order if stays else None, self.feed)
            else:
                self._batches = Batches(self.x, self.y, None, self.feed)
            self._batches_key = key
        return self._batches

    def answers(self, x: torch.Tensor) -> torch.Tensor:
        """What the model answers in evaluation mode for samples as they lie, `(n, outputs)`; images go in pieces."""
        if not self.settings.sees_images:
            outputs: torch.Tensor = self.eval_model(x)
            return outputs
        return torch.cat([self.eval_model(self.feed(piece)) for piece in pieces(x)])

    @property
    def steps_per_epoch(self) -> int:
        """Batches in a whole epoch, the last partial one included."""
        return -(-len(self.x) // self.settings.batch_size)

    def _place_data(self) -> None:
        data, device = self.settings.dataset, self.device
        self.feed: Feed = as_they_are
        if isinstance(data, Dataset):
            self.inputs = self.settings.fit_inputs()
            self.x, self.y, self.x_test, self.y_test = (
                torch.tensor(array, device=device)
                for array in (self.inputs(data.x_train), data.y_train, self.inputs(data.x_test), data.y_test)
            )
        else:
            self.x, self.y, self.x_test, self.y_test = (
                data.tensor(part).to(device) for part in ("x_train", "y_train", "x_test", "y_test")
            )
            self.feed = scaled(data.scale) if self.x.dtype == torch.uint8 else copied
        self.planes = {}
        self._batches_key = None
        self.data_version += 1
