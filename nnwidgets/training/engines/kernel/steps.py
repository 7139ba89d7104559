"""Training steps: the loop over batches and epochs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.training.engines.kernel.compiling import compiled
from nnwidgets.training.engines.kernel.constants import (
    ACCURACY_SUM,
    ACCURACY_TOTAL,
    BATCHES,
    DIVERGED,
    EPOCH,
    INPUTS,
    LIMIT,
    LOSS_SUM,
    LR,
    MET,
    OUTPUTS,
    SAMPLES,
    STEP,
    STOPPED,
    UPDATES,
)
from nnwidgets.training.engines.kernel.lanes import LANES, draw_number
from nnwidgets.training.engines.kernel.losses import judge
from nnwidgets.training.engines.kernel.network import backward, forward, load_batch
from nnwidgets.training.engines.kernel.order import shuffle
from nnwidgets.training.engines.kernel.task import Log, Runs, Task
from nnwidgets.training.engines.kernel.update import update


@compiled()
def count_rows(layers: Any) -> Any:
    """How many neurons there are, inputs included."""
    rows = layers[0, INPUTS]
    for layer in range(len(layers)):
        rows += layers[layer, OUTPUTS]
    return rows


@compiled()
def train(
    task: Task, counts: NDArray[np.int64], sums: NDArray[np.float64], limit: int, epochs: int, flag: Any, log: Log
) -> Any:
    """Make up to `limit` steps, past up to `epochs` ends of epochs.

    Args:
        task: what is trained.
        counts: `(5,)` int64, `EPOCH` to `UPDATES`: where the run stands; changed in place.
        sums: `(3,)` float64, `LOSS_SUM` to `ACCURACY_TOTAL`: that over all steps, the others over the batches
            of the current epoch; changed in place.
        limit: steps.
        epochs: ends of epochs that are recorded and passed, also that of the last step; at the next one the call
            ends, before it is counted.
        flag: `(1,)` uint8; as soon as it is not 0, the call ends after the step under way.
        log: to be filled.

    Returns:
        How many steps were made, how many ends of epochs passed, and why it ended: `LIMIT`, `STOPPED`, `MET` (with
        the last of these epochs) or `DIVERGED`; then the log's `loss` is that of the step that was not made.
    """
    memory, tensors, layers = task.memory, task.tensors, task.layers
    number = memory.dtype.type
    n, batch_size = len(task.x), task.batch_size
    rows, outputs = count_rows(layers), layers[len(layers) - 1, OUTPUTS]
    options = task.options.copy()
    options[LR] = task.rates[0]
    stride = (max(batch_size, min(len(task.x_test), 8 * LANES)) + LANES - 1) // LANES
    values = np.zeros(rows * stride * LANES, number)
    slopes, deltas = np.zeros_like(values), np.zeros_like(values)
    targets = np.zeros(outputs * stride * LANES, number)
    order, state = np.zeros(n + LANES, np.int64), np.empty(624, np.uint32)
    kept = np.empty(len(task.frozen), number)
    for entry in range(len(kept)):
        kept[entry] = memory[task.frozen[entry, 0]]
    shuffled = -1
    made, passed = 0, 0
    while True:
        start = counts[SAMPLES]
        if start >= n:
            if passed == epochs:
                break
            _pass_epoch(task, counts, sums, stride, values, slopes, deltas, targets, log.epochs[passed])
            passed += 1
            options[LR] = task.rates[min(passed, len(task.rates) - 1)]
            if is_met(log.epochs[passed - 1], log.watch):
                return made, passed, MET
            start = 0
        if made == limit:
            break
        if shuffled != counts[EPOCH]:
            shuffled = counts[EPOCH]
            shuffle(order[:n], state, task.seed + shuffled)
        count = min(batch_size, n - start)
        blocks = (count + LANES - 1) // LANES
        load_batch(task.x, order, start, count, blocks, stride, values)
        load_batch(task.y, order, start, count, blocks, stride, targets)
        forward(memory, tensors, layers, task.activation_options, count, stride, values, slopes)
        loss, accuracy = judge(
            task.loss, outputs, number(task.threshold), rows - outputs, count, stride, values, slopes, targets, deltas
        )
        loss, accuracy = float(number(loss)), float(number(accuracy))
        log.loss[0] = loss
        if not math.isfinite(loss):
            return made, passed, DIVERGED
        backward(memory, tensors, layers, rows, count, stride, values, slopes, deltas)
        counts[UPDATES] += 1
        update(memory, tensors, task.optimizer, options, counts[UPDATES], task.frozen, kept)
        made += 1
        if start == 0:
            counts[BATCHES], sums[LOSS_SUM], sums[ACCURACY_SUM] = 0, 0.0, 0.0
        counts[SAMPLES] = start + count
        counts[STEP] += 1
        counts[BATCHES] += 1
        sums[LOSS_SUM] += loss
        sums[ACCURACY_SUM] += accuracy
        sums[ACCURACY_TOTAL] += accuracy
        _note(log.rows[(made - 1) // log.width], counts[STEP], loss, accuracy)
        if flag[0]:
            return made, passed, STOPPED
    return made, passed, LIMIT


@compiled()
def is_met(row: Any, watch: Any) -> Any:
    """`stopping.is_met`."""
    loss, accuracy = row[2], row[3]
    if not math.isnan(row[4]):
        loss, accuracy = row[4], row[5]
    watch[5] += 1.0
    if loss < watch[4]:
        watch[4], watch[5] = loss, 0.0
    return row[0] == watch[0] or loss <= watch[1] or accuracy >= watch[2] or watch[5] >= watch[3] or row[3] >= watch[6]


@compiled()
def _note(row: Any, step: Any, loss: Any, accuracy: Any) -> None:
    """Add a step to a row of the log, which is full of zeros before its first one."""
    n = row[7]
    row[0], row[7] = step, n + 1.0
    if n == 0.0:
        row[1] = row[2] = row[3] = loss
        row[4] = row[5] = row[6] = accuracy
        return
    row[1] += (loss - row[1]) / (n + 1.0)
    row[2], row[3] = min(row[2], loss), max(row[3], loss)
    row[4] += (accuracy - row[4]) / (n + 1.0)
    row[5], row[6] = min(row[5], accuracy), max(row[6], accuracy)


@compiled()
def _pass_epoch(
    task: Any, counts: Any, sums: Any, stride: Any, values: Any, slopes: Any, deltas: Any, targets: Any, row: Any
) -> None:
    """Record the end of an epoch, with the test set's numbers, and begin the next one."""
    counts[EPOCH] += 1
    counts[SAMPLES] = 0
    row[0], row[1] = counts[EPOCH], counts[STEP]
    row[2], row[3] = sums[LOSS_SUM] / counts[BATCHES], sums[ACCURACY_SUM] / counts[BATCHES]
    row[4], row[5] = math.nan, math.nan
    if math.isnan(task.threshold):
        row[3] = math.nan
    n, most = len(task.x_test), stride * LANES
    if not n:
        return
    rows, outputs = count_rows(task.layers), task.layers[len(task.layers) - 1, OUTPUTS]
    order = np.zeros(n + LANES, np.int64)
    for sample in range(n):
        order[sample] = sample
    loss = accuracy = 0.0
    for start in range(0, n, most):
        count = min(most, n - start)
        blocks = (count + LANES - 1) // LANES
        load_batch(task.x_test, order, start, count, blocks, stride, values)
        load_batch(task.y_test, order, start, count, blocks, stride, targets)
        forward(task.memory, task.tensors, task.layers, task.activation_options, count, stride, values, slopes)
        part, right = judge(
            task.loss, outputs, values.dtype.type(task.threshold), rows - outputs, count, stride,
            values, slopes, targets, deltas,
        )  # fmt: skip
        loss += part * count
        accuracy += right * count
    row[4], row[5] = loss / n, accuracy / n
    if math.isnan(task.threshold):
        row[5] = math.nan


@compiled()
def train_runs(
    runs: Runs, counts: Any, sums: Any, reasons: Any, history: Any, epochs: int, flag: Any, counter: Any
) -> None:
    """Train each run until it has made `epochs` epochs; several threads may do so together.

    Args:
        runs: what is trained.
        counts: `(n, 5)` int64, a row a run; see `train`.
        sums: `(n, 3)` float64, likewise.
        reasons: `(n,)` int64, why each run ended; those that are `DIVERGED` are left alone.
        history: `(n, epochs, 6)` float64, a row an epoch, with the columns of `history.EPOCH_COLUMNS`.
        epochs: in all, from the beginning of a run.
        flag: `(1,)` uint8; as soon as it is not 0, runs end after the step under way.
        counter: `(1,)` int64, from which each thread draws the run that it trains next.
    """
    n = len(runs.x)
    while not flag[0]:
        run = draw_number(counter)
        if run >= len(runs.depths):
            break
        if reasons[run] == DIVERGED:
            continue
        depth, batch_size = runs.depths[run], runs.batch_sizes[run]
        task = Task(
            runs.memory[run], runs.tensors[run, : 2 * depth].copy(), runs.layers[run, :depth].copy(),
            runs.activation_options[run, :depth].copy(), runs.loss, runs.optimizers[run], runs.options[run],
            runs.options[run, LR : LR + 1], runs.threshold, runs.x, runs.y, runs.x_test, runs.y_test, batch_size,
            runs.seeds[run], np.zeros((0, 2), np.int64),
        )  # fmt: skip
        steps = (n + batch_size - 1) // batch_size
        rows, loss = np.zeros((1, 8)), np.empty(1)
        watch = np.array([math.inf, -math.inf, math.inf, math.inf, math.inf, 0.0, math.inf])  # it is to end with none
        reasons[run] = LIMIT
        while counts[run, EPOCH] < epochs and reasons[run] == LIMIT:
            log = Log(rows, steps + 1, history[run, counts[run, EPOCH] :], loss, watch)
            left = (n - counts[run, SAMPLES] + batch_size - 1) // batch_size  # fewer where a run was interrupted
            _, _, reasons[run] = train(task, counts[run], sums[run], left, 1, flag, log)
