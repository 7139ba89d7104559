"""Random numbers that are not ours: whatever is the user's may draw from PyTorch's own generators in a step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

import torch

from nnwidgets.training.engines.coverage import obstacle

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment


def may_draw(experiment: Experiment) -> bool:
    """Whether a step may draw random numbers that it would not draw again: then no re-run is sure to repeat the run.

    What is the user's (module, loss or optimizer) may do so, unless it is of a kind that the compiled engine knows.
    """
    settings = experiment.settings
    is_own = settings.network is None or callable(settings.loss_fn) or callable(settings.optimizer)
    return is_own and obstacle(experiment) is not None


@contextmanager
def random_numbers_kept(*experiments: Experiment) -> Iterator[None]:
    """Put PyTorch's generators back to where they were, if any of these experiments may draw from them.

    Those are the CPU's, and those of all CUDA devices that parameters or buffers are on.
    """
    drawing = [experiment for experiment in experiments if may_draw(experiment)]
    if not drawing:
        yield
        return
    with torch.random.fork_rng(devices=sorted({device for each in drawing for device in _cuda_devices(each)})):
        yield


def _cuda_devices(experiment: Experiment) -> set[int]:
    model = experiment.train_model
    devices = {tensor.device for tensor in chain(model.parameters(), model.buffers(), [experiment.x])}
    return {
        torch.cuda.current_device() if device.index is None else device.index
        for device in devices
        if device.type == "cuda"
    }
