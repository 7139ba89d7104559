"""Many steps of a small dense network in one call of compiled code, on the memory of the very model and optimizer."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.training.batches import EVALUATED_SAMPLES
from nnwidgets.training.engines.coverage import Covered, Rule, check, read_optimizer
from nnwidgets.training.engines.protocol import Diverged, StepLog, Stop
from nnwidgets.training.engines.shortcuts import update_of
from nnwidgets.training.promptness import PROMPTNESS
from nnwidgets.training.schedules import rates
from nnwidgets.training.stopping import new_watch

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

MOST_ROWS = 2**15  # of the log of one call
MOST_RATES = 2**12  # that are worked out for one call
FIRST_RATE = 50_000.0  # steps per second that are expected of a network that was never timed
TIMED = 10  # steps for which a call must be asked, to say how fast they are: of few, most of the time is the call's own
LONGEST = 1.0  # seconds a call may take; between two calls a busy cell is to be asked for the interpreter
SOONEST = 0.002  # seconds a call may take although it should end sooner
COUNTED = 2**24  # float32 cannot count further, so no optimizer's step does


class FusedEngine:
    """Steps without the interpreter: hundreds of times faster where a network is small.

    It makes the steps that `EagerEngine` would, on the same parameters, gradients and optimizer state, and
    differs from it in the last bits. What it does not cover it refuses with `NotCoveredError`.
    """

    def __init__(self) -> None:
        self._rates: dict[tuple[object, ...], float] = {}

    def is_ready(self, experiment: Experiment) -> bool:
        """Whether the code for its precision is compiled; if not, that is begun in the background.

        Raises:
            Exception: whatever the compilation raised.
        """
        ready = _compilation(experiment.x.numpy().dtype.name)
        if ready.done():
            ready.result()
        return ready.done()

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:
        """See `Engine.run`."""
        with PROMPTNESS:  # each call of PyTorch gives the interpreter up, and a busy cell is in no hurry to return it
            self._run(experiment, limit, stop, log, epochs)

    def _run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, epochs: int) -> None:
        covered = check(experiment)
        parameters, rule = covered.parameters, covered.rule or _prime(experiment.optimizer, covered.parameters)
        rows = _tensors(parameters, rule)  # held here: whoever replaces one must not free its memory during the call
        task = _task(experiment, covered, rule, rows)
        shape = (task.batch_size, task.optimizer, *task.layers[:, :2].ravel().tolist())
        rate = self._rates.get(shape, FIRST_RATE)
        spare = max(SOONEST, stop.deadline - time.monotonic())
        whole, samples = epochs * experiment.steps_per_epoch, len(experiment.x) - experiment.position.samples
        left = whole - (-samples // task.batch_size)  # until the end of an epoch that it must not pass
        asked = min(limit, left)
        limit = max(1, min(asked, int(min(spare, LONGEST) * rate)))
        started = time.thread_time()  # without what others had of the processor or the interpreter
        made = _call(experiment, task, rule, parameters, limit, epochs, stop, log)
        if made >= min(limit, TIMED) and (asked >= TIMED or shape not in self._rates):
            self._rates[shape] = made / max(time.thread_time() - started, 1e-6)


def _call(
    experiment: Experiment,
    task: Any,
    rule: Rule,
    parameters: list[torch.nn.Parameter],
    limit: int,
    epochs: int,
    stop: Stop,
    log: StepLog,
) -> int:
    kernel = load()
    position = experiment.position
    counts = np.array([position.epoch, position.samples, position.step, position.batches, rule.updates])
    sums = np.array([position.loss_sum, position.accuracy_sum, position.accuracy_total])
    passes = min(epochs, limit // experiment.steps_per_epoch + 1)
    settings = experiment.settings
    if settings.schedule:
        assert settings.learning_rate is not None
        passes = min(passes, MOST_RATES)
        task = task._replace(rates=rates(settings.schedule, settings.learning_rate, position.epoch, passes + 1))
    width = log.width
    while limit > width * MOST_ROWS:
        width *= 2
    made_log = kernel.Log(np.zeros((-(-limit // width), 8)), width, np.empty((passes, 6)), np.empty(1), stop.watch)
    with PROMPTNESS.off():
        made, passed, reason = kernel.train(task, counts, sums, limit, passes, stop.flag, made_log)
    if experiment.objective.output == "value":  # of values none is right or wrong
        made_log.rows[:, 4:7] = made_log.epochs[:, [3, 5]] = sums[1:] = np.nan
    epoch, samples, step, batches, _ = counts.tolist()
    loss_sum, accuracy_sum, accuracy_total = sums.tolist()
    experiment.position = replace(
        position,
        epoch=epoch,
        samples=samples,
        step=step,
        batches=batches,
        loss_sum=loss_sum,
        accuracy_sum=accuracy_sum,
        accuracy_total=accuracy_total,
    )
    log.add(made_log.rows[: -(-made // width)], made)
    passed_rows = made_log.epochs[:passed]
    log.epochs = np.concatenate([log.epochs, np.where(np.isfinite(passed_rows), passed_rows, np.nan)])
    updates = rule.updates + made
    for counter in rule.steps:
        counter.fill_(min(updates, COUNTED) if counter.dtype == torch.float32 else updates)
    # PyTorch has not seen the writing: a graph that a cell built before must not be followed back.
    for tensor in (*parameters, *(part for row in rule.state for part in row if part is not None)):
        torch.autograd.graph.increment_version(tensor)
    experiment.follow_schedule()
    stop.is_met = reason == kernel.MET
    if reason == kernel.DIVERGED:
        raise Diverged(float(made_log.loss[0]))
    return int(made)


@cache
def _compilation(dtype: str) -> Future[None]:
    """Begun when first asked for; a thread of its own, since it takes ten seconds the first time on a machine."""
    future: Future[None] = Future()

    def compile_() -> None:
        try:
            try:
                _compile(np.dtype(dtype))
            except Exception:
                # Seen once in hundreds of kernels: numba, loaded beside a busy main thread, missed a module.
                logging.getLogger("nnwidgets").info("compiling again", exc_info=True)
                _compile(np.dtype(dtype))
        except BaseException as error:  # noqa: BLE001 (told to whoever waits for it)
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=compile_, name="nnwidgets-compile", daemon=True).start()
    return future


def _compile(dtype: np.dtype[Any]) -> None:
    """Have the code compiled, or loaded from disk, by a call that makes no step."""
    kernel = load()
    task = kernel.Task(
        np.zeros(4, dtype),
        np.array([[0, 2, -1, -1, -1, 1, 1], [1, 3, -1, -1, -1, 1, 0]]),
        np.array([[1, 1, 0, 1, kernel.IDENTITY]]),
        np.zeros((1, 2)),
        kernel.MSE,
        kernel.SGD,
        np.zeros(kernel.OPTIONS),
        np.zeros(1),
        0.5,
        *(np.zeros((1, 1), dtype) for _ in range(4)),
        1,
        0,
        np.zeros((0, 2), np.int64),
    )
    log = kernel.Log(np.zeros((1, 8)), 1, np.empty((1, 6)), np.empty(1), new_watch({}))
    kernel.train(task, np.zeros(5, np.int64), np.zeros(3), 0, 0, np.zeros(1, np.uint8), log)


@cache
def load() -> Any:
    """The compiled code, which takes a moment to load, and the first time on a machine a while to compile."""
    from nnwidgets.training.engines import kernel

    return kernel


def _prime(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter]) -> Rule:
    """Have PyTorch make an optimizer's state, as it is before the first step."""
    kept = [(parameter.detach().clone(), parameter.grad) for parameter in parameters]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    update_of(optimizer)()
    with torch.no_grad():
        for parameter, (value, gradient) in zip(parameters, kept, strict=True):
            parameter.copy_(value)
            parameter.grad = gradient
            for part in optimizer.state[parameter].values():
                if isinstance(part, torch.Tensor):
                    part.zero_()
    rule = read_optimizer(optimizer, parameters)
    assert rule is not None
    return replace(rule, is_fresh=True)


Rows = list[list[torch.Tensor | None]]


def _tensors(parameters: list[torch.nn.Parameter], rule: Rule) -> Rows:
    """Each parameter with its gradient, made where there is none, and the tensors of the optimizer's state."""
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is None or not gradient.is_contiguous() or gradient.dtype != parameter.dtype:
            parameter.grad = torch.zeros_like(parameter)
    return [[parameter, parameter.grad, *state] for parameter, state in zip(parameters, rule.state, strict=True)]


def _task(experiment: Experiment, covered: Covered, rule: Rule, rows: Rows) -> Any:
    kernel, layers, parameters = load(), covered.layers, covered.parameters
    memory, offsets = _memory(rows)
    rest = [[parameter.numel(), parameter.ndim > 1] for parameter in parameters]
    tensors = np.concatenate([offsets, np.array(rest, np.int64)], axis=1)
    index = {id(parameter): number for number, parameter in enumerate(parameters)}
    table = [
        [
            layer.linear.in_features,
            layer.linear.out_features,
            index[id(layer.linear.weight)],
            -1 if layer.linear.bias is None else index[id(layer.linear.bias)],
            getattr(kernel, layer.activation.upper()),
        ]
        for layer in layers
    ]
    tested = len(experiment.x_test) if len(experiment.x_test) <= EVALUATED_SAMPLES else 0
    data = [experiment.x, experiment.y, experiment.x_test[:tested], experiment.y_test[:tested]]
    x, y, x_test, y_test = (tensor.detach().numpy() for tensor in data)
    return kernel.Task(
        memory,
        tensors,
        np.array(table),
        np.array([layer.options for layer in layers]),
        getattr(kernel, covered.loss.upper()),
        getattr(kernel, rule.name.upper()),
        options_array(rule.group, experiment.settings.l1, experiment.settings.l2),
        np.array([float(rule.group["lr"])]),
        {"probability": 0.5, "value": np.nan}.get(experiment.objective.output, 0.0),
        x,
        y,
        x_test,
        y_test,
        experiment.settings.batch_size,
        experiment.settings.seed * 1_000_000,
        _frozen(experiment, index, offsets),
    )


def _frozen(experiment: Experiment, index: dict[int, int], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """`Task.frozen`: where the frozen entries and their gradients are in the memory."""
    entries = experiment.settings.frozen_entries
    if not entries:
        return np.zeros((0, 2), np.int64)
    rows = {name: index[id(parameter)] for name, parameter in experiment.train_model.named_parameters()}
    return np.array([offsets[rows[name], :2] + place for name, place in sorted(entries)])


def options_array(group: dict[str, Any], l1: float, l2: float) -> NDArray[np.float64]:
    """`Task.options` of an optimizer with the options of a parameter group, and of penalties on the weights."""
    kernel = load()
    options = np.zeros(kernel.OPTIONS)
    for place, name in (
        (kernel.LR, "lr"),
        (kernel.WEIGHT_DECAY, "weight_decay"),
        (kernel.MOMENTUM, "momentum"),
        (kernel.DAMPENING, "dampening"),
        (kernel.NESTEROV, "nesterov"),
        (kernel.ALPHA, "alpha"),
        (kernel.EPS, "eps"),
        (kernel.CENTERED, "centered"),
        (kernel.AMSGRAD, "amsgrad"),
        (kernel.LR_DECAY, "lr_decay"),
    ):
        options[place] = float(group.get(name, 0.0))
    options[kernel.L1], options[kernel.L2] = l1, l2
    options[kernel.BETA1], options[kernel.BETA2] = group.get("betas", (0.0, 0.0))
    return options


def _memory(rows: Rows) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """One array over the memory from the first of these tensors to the last, and where each begins, -1 for None."""
    tensors = [tensor for row in rows for tensor in row if tensor is not None]
    size = tensors[0].element_size()
    lowest = min(tensors, key=lambda tensor: tensor.data_ptr())
    base = lowest.data_ptr()
    end = max(tensor.data_ptr() + tensor.numel() * size for tensor in tensors)
    start = lowest.detach().numpy().reshape(-1)
    memory = np.lib.stride_tricks.as_strided(start, shape=((end - base) // size,), strides=(size,))
    places = [[-1 if tensor is None else (tensor.data_ptr() - base) // size for tensor in row] for row in rows]
    return memory, np.array(places)
