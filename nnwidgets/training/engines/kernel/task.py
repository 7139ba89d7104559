"""What a call of the kernel is given, and what it leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Task(NamedTuple):
    """What is trained, and how. All floats are of one dtype, float32 or float64, but those of `options`.

    Attributes:
        memory: `(n,)`, everything from the lowest address on: parameters, gradients, optimizer state.
        tensors: `(n_parameters, 7)` int64, a row a parameter: `VALUE` to `THIRD` are offsets into `memory`, -1
            for what there is none of.
        layers: `(n_layers, 5)` int64; `WEIGHT` and `BIAS` are rows of `tensors`, the latter -1 without a bias.
        activation_options: `(n_layers, 2)` float64.
        loss: `BCE` to `PERCEPTRON`.
        optimizer: `SGD` to `ADAGRAD`.
        options: `(OPTIONS,)` float64, of the optimizer and the penalties.
        rates: `(k,)` float64, the learning rate of the present epoch and of those after it, the last one's for all
            further ones.
        threshold: above which an output means class 1; NaN where none is right or wrong.
        x, y: the training set, `(n_samples, n_inputs)` and `(n_samples, n_outputs)`, or `(n_samples, 1)` classes for
            `CROSS_ENTROPY`.
        x_test, y_test: likewise, with 0 samples where there are none.
        batch_size: samples a step.
        seed: from which the order of an epoch's samples follows, as `seed + epoch`.
        frozen: `(n, 2)` int64, offsets into `memory` of entries that keep their values, and of their gradients.
    """

    memory: NDArray[Any]
    tensors: NDArray[np.int64]
    layers: NDArray[np.int64]
    activation_options: NDArray[np.float64]
    loss: int
    optimizer: int
    options: NDArray[np.float64]
    rates: NDArray[np.float64]
    threshold: float
    x: NDArray[Any]
    y: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    batch_size: int
    seed: int
    frozen: NDArray[np.int64]


class Runs(NamedTuple):
    """Networks of one data set that are trained independently, each with its own row of what follows.

    The fields are as those of `Task`; what a shallower network does not need of its row is not looked at.

    Attributes:
        depths: `(n,)` int64, how many layers there are.
    """

    memory: NDArray[Any]
    tensors: NDArray[np.int64]
    depths: NDArray[np.int64]
    layers: NDArray[np.int64]
    activation_options: NDArray[np.float64]
    loss: int
    optimizers: NDArray[np.int64]
    options: NDArray[np.float64]
    threshold: float
    x: NDArray[Any]
    y: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    batch_sizes: NDArray[np.int64]
    seeds: NDArray[np.int64]


class Log(NamedTuple):
    """What a call leaves.

    Attributes:
        rows: `(k, 8)` float64 as in `StepLog`, with up to `width` steps a row.
        width: how many steps a row holds.
        epochs: `(k, 6)` float64, a row an epoch that was passed: the columns of `history.EPOCH_COLUMNS`, NaN
            where there is no test set.
        loss: `(1,)` float64, of the last batch.
        watch: `(7,)` float64, with which epoch it is to end: see `stopping.new_watch`.
    """

    rows: NDArray[np.float64]
    width: int
    epochs: NDArray[np.float64]
    loss: NDArray[np.float64]
    watch: NDArray[np.float64]
