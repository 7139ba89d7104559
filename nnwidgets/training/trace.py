"""One step in slow motion: what the next mini-batch will do, told before it is done.

The step is made by the eager engine itself, on copies of model, loss and optimizer, while hooks listen.
So the numbers are those of the step that follows, to the last bit where that engine makes it, and
nothing of the run is touched: neither weights nor gradients, neither the optimizer's state nor the place
in the epoch, nor any generator of random numbers.
"""

from __future__ import annotations

import copy
import math
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from nnwidgets.networks import NetworkGraph
from nnwidgets.training.engines import Diverged, EagerEngine, StepLog, Stop
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.replica import deep_copy
from nnwidgets.training.seeds import batch_order

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

Array = NDArray[Any]

# What optimizers of PyTorch call a mean of gradients, and one of their squares.
_MEANS = ("momentum_buffer", "exp_avg")
_SQUARES = ("exp_avg_sq", "square_avg", "sum")


@dataclass(frozen=True)
class LayerTrace:
    """A layer on its way there and back, each `(n, units)`; NaN where nothing flowed back.

    `z` are the weighted sums, `h` what the layer puts out (dropout included); `dz` and `dh` are the derivatives of
    the batch's loss with respect to them.
    """

    z: Array
    h: Array
    dz: Array
    dh: Array


@dataclass(frozen=True)
class ParameterTrace:
    """A parameter before and after the step, and why; all in its shape.

    `gradient` is the derivative of the batch's loss, NaN where there is none; `used` is what the optimizer gets, the
    derivatives of penalties included; `mean` and `square` are the running means of gradients and of their squares
    that it keeps, if it does.
    """

    before: Array
    gradient: Array
    used: Array
    after: Array
    mean: Array | None
    square: Array | None


@dataclass(frozen=True)
class Trace:
    """The next step of a run.

    Attributes:
        epoch, step: where the run stands: completed epochs, steps made.
        indices: `(n,)`, the samples of the batch by their number in the training set.
        inputs: `(n, inputs)`, what the first layer gets.
        targets: `(n, 1)`.
        outputs: `(n, outputs)`, of the model.
        losses: `(shown,)`, of each sample that is shown alone; NaN where they do not make up the batch's.
        loss: of the batch, as the history will have it; None where it is not finite, and the step will not be made.
        averaged: whether it is the mean over the samples.
        penalty: `l1·Σ|w| + l2/2·Σw²`, which the loss does not contain.
        loss_after: of the same batch after the step.
        layers: of a dense network, else empty.
        parameters: by their names in `model.named_parameters()`.
        count: steps that the optimizer will have counted then, if it counts.
    """

    epoch: int
    step: int
    indices: NDArray[np.int64]
    inputs: Array
    targets: Array
    outputs: Array
    losses: Array
    loss: float | None
    averaged: bool
    penalty: float
    loss_after: float | None
    layers: tuple[LayerTrace, ...]
    parameters: dict[str, ParameterTrace]
    count: int | None


def trace_step(experiment: Experiment, graph: NetworkGraph, shown: int | None = None) -> Trace:
    """Make the next step on copies, and say what happened.

    Args:
        experiment: stands still; nothing of it changes.
        graph: its model as layers.
        shown: of how many samples, the first of the batch, the loss is wanted; None for all.

    Raises:
        ValueError: a model, loss or optimizer that cannot be copied, or with nothing to train.
    """
    position = experiment.position
    twin = twin_of(experiment)
    model = twin.train_model
    listener = _Listener(model, dense=graph.kind == "dense")
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    log, diverged = StepLog(), False
    with random_numbers_kept(experiment):
        try:
            EagerEngine().run(twin, 1, Stop(), log)
        except Diverged:
            diverged = True
        finally:
            listener.stop()
    batches = twin.epoch_batches()
    x, y = batches.x, batches.y
    batch = slice(position.samples, position.samples + len(listener.outputs))
    loss = None if diverged else float(log.losses[0])
    with random_numbers_kept(experiment):
        losses, averaged = _single_losses(twin, listener.outputs[:shown], y[batch][:shown], is_known=not diverged)
        after = None if diverged else _loss_of(twin, position.step, x[batch], y[batch])
    return Trace(
        epoch=position.epoch,
        step=position.step,
        indices=batch_order(len(x), twin.settings.seed, position.epoch)[batch].numpy(),
        inputs=_array(listener.inputs if listener.layers else x[batch]),
        targets=_array(y[batch]),
        outputs=_array(listener.outputs),
        losses=losses,
        loss=loss,
        averaged=averaged,
        penalty=_penalty(twin, before),
        loss_after=after,
        layers=tuple(layer.trace() for layer in listener.layers),
        parameters=_parameters(twin, before, listener.gradients),
        count=_count(twin.optimizer),
    )


def twin_of(experiment: Experiment) -> Experiment:
    """An experiment at the same place with a model, a loss and an optimizer of its own; data are shared."""
    twin = copy.copy(experiment)
    memo: dict[int, Any] = {}
    try:
        twin.train_model = deep_copy(experiment.train_model, memo)
        twin.objective = replace(experiment.objective, function=copy.deepcopy(experiment.objective.function, memo))
        twin._optimizer = _copied(experiment.optimizer, memo) if experiment.has_optimizer else None
    except Exception as error:
        raise ValueError(
            f"the next step cannot be shown, for the model, the loss or the optimizer cannot be copied: {error}"
        ) from error
    return twin


def _copied(optimizer: torch.optim.Optimizer, memo: dict[int, Any]) -> torch.optim.Optimizer:
    # Not by `deepcopy` as a whole: PyTorch leaves out what subclasses keep beside groups and state.
    twin = type(optimizer).__new__(type(optimizer))
    memo[id(optimizer)] = twin
    twin.__dict__ = copy.deepcopy(optimizer.__dict__, memo)
    return twin


@dataclass
class _Layer:
    z: torch.Tensor
    h: torch.Tensor
    dz: list[torch.Tensor] = field(default_factory=list)
    dh: list[torch.Tensor] = field(default_factory=list)

    def put_out(self, h: torch.Tensor) -> None:
        self.h = h
        self.dh = _heard(h)

    def trace(self) -> LayerTrace:
        def derivative(found: list[torch.Tensor]) -> Array:
            return _array(found[0] if found else torch.full_like(self.z, math.nan))

        return LayerTrace(_array(self.z), _array(self.h), derivative(self.dz), derivative(self.dh))


class _Listener:
    """Notes what a model computes and what flows back through it."""

    inputs: torch.Tensor
    outputs: torch.Tensor

    def __init__(self, model: torch.nn.Module, *, dense: bool) -> None:
        self.layers: list[_Layer] = []
        self.gradients = {name: _heard(parameter) for name, parameter in model.named_parameters()}
        self._handles = [model.register_forward_hook(self._end)]
        for module in model.modules() if dense else ():
            if getattr(module, "inplace", False):  # the weighted sums would be lost
                setattr(module, "inplace", False)  # noqa: B010 - no type knows that modules have it
            if not list(module.children()):
                self._handles.append(module.register_forward_hook(self._pass))

    def _pass(self, module: torch.nn.Module, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if type(module) is torch.nn.Linear:
            if not self.layers:
                self.inputs = given[0]
            self.layers.append(_Layer(output, output, _heard(output)))
        if self.layers:
            self.layers[-1].put_out(output)

    def _end(self, _: torch.nn.Module, __: object, output: torch.Tensor) -> None:
        self.outputs = output

    def stop(self) -> None:
        for handle in self._handles:
            handle.remove()


def _heard(tensor: torch.Tensor) -> list[torch.Tensor]:
    """What will hold the derivative with respect to a tensor, once there is one."""
    found: list[torch.Tensor] = []
    if tensor.requires_grad:
        tensor.register_hook(lambda gradient: found.append(gradient.detach().clone()))  # type: ignore[no-untyped-call]
    return found


def _single_losses(
    twin: Experiment, outputs: torch.Tensor, targets: torch.Tensor, *, is_known: bool
) -> tuple[Array, bool]:
    """The loss of each sample alone, and whether that of all of them is their mean; of a batch whose loss is known."""
    loss = twin.objective.function
    with suppress(Exception), torch.no_grad():  # a loss of the user's may want whole batches
        single = np.array([loss(outputs[i : i + 1], targets[i : i + 1]).item() for i in range(len(outputs))])
        if is_known and math.isclose(single.mean(), loss(outputs, targets).item(), rel_tol=1e-4):
            return single, True
    return np.full(len(outputs), math.nan), False


def _loss_of(twin: Experiment, step: int, x: torch.Tensor, y: torch.Tensor) -> float | None:
    twin.seed_step(step)
    try:
        with torch.no_grad():
            value = float(twin.objective.function(twin.train_model(x), y).item())
    except Exception:  # noqa: BLE001 - PyTorch's binary cross-entropy refuses NaN, a user's loss whatever it likes
        return None
    return value if math.isfinite(value) else None


def _penalty(twin: Experiment, before: dict[str, torch.Tensor]) -> float:
    l1, l2 = twin.settings.l1, twin.settings.l2
    weights = [
        before[name].double() for name, p in twin.train_model.named_parameters() if p.ndim > 1 and p.requires_grad
    ]
    return float(sum(l1 * weight.abs().sum() + l2 / 2 * (weight**2).sum() for weight in weights)) if l1 or l2 else 0.0


def _parameters(
    twin: Experiment, before: dict[str, torch.Tensor], gradients: dict[str, list[torch.Tensor]]
) -> dict[str, ParameterTrace]:
    traces = {}
    for name, parameter in twin.train_model.named_parameters():
        nothing = torch.full_like(before[name], math.nan)
        state = twin.optimizer.state.get(parameter) or {}
        kept = [
            next((_array(state[key]) for key in keys if isinstance(state.get(key), torch.Tensor)), None)
            for keys in (_MEANS, _SQUARES)
        ]
        found = gradients[name]
        traces[name] = ParameterTrace(
            before=_array(before[name]),
            gradient=_array(found[0] if found else nothing),
            used=_array(nothing if parameter.grad is None else parameter.grad),
            after=_array(parameter),
            mean=kept[0],
            square=kept[1],
        )
    return traces


def _count(optimizer: torch.optim.Optimizer) -> int | None:
    counts = [int(state["step"]) for state in optimizer.state.values() if "step" in state]
    return max(counts, default=None)


def _array(tensor: torch.Tensor) -> Array:
    tensor = tensor.detach().cpu()
    array: Array = (
        (tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor).numpy().copy()
    )
    return array
