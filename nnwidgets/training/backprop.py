"""A whole pass of backpropagation: there, back, the update, and there again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.sgd import sgd

from nnwidgets.training.checks import Checks, central_differences
from nnwidgets.training.engines import Diverged, EagerEngine, StepLog, Stop
from nnwidgets.training.left_alone import stand_in
from nnwidgets.training.local_derivatives import Array, array
from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.tape import Loss, Tape, record, values_again
from nnwidgets.training.trace import twin_of

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment

SHOWN = 8  # samples


@dataclass(frozen=True, eq=False)
class ParameterPass:
    """A parameter before and after the update, in its shape; float64.

    Attributes:
        before, updated: its values.
        gradient: of the batch's loss; NaN where it is not trained.
        trainable: whether it is.
        dtype: its own, such as "float32".
    """

    before: Array
    gradient: Array
    updated: Array
    trainable: bool
    dtype: str


@dataclass(frozen=True, eq=False)
class Recording:
    """A pass of a batch through a module and back, and what the update changes.

    Attributes:
        tape: values and derivatives of the first `shown` samples.
        batch, shown: how many samples the batch has, and how many are recorded.
        x, y: `(batch, features)` and the targets, as the module and its loss got them.
        parameters: in the order of `named_parameters()`.
        loss, loss_after: of the whole batch, before and after the update; None where it is not finite.
        losses, losses_after: `(shown,)`, of each sample alone; NaN where they do not make up the batch's.
        averaged: whether the batch's loss is their mean.
        after: for each value of the tape its array with the updated parameters; NaN where there is none.
        checks: the batch's loss with each parameter a little larger and smaller; None where there are too many.
        precision: the dtype of the parameters, such as "float32".
        rule: "sgd" where the update is w − η g, else the name of the optimizer.
        learning_rate: η.
    """

    tape: Tape
    batch: int
    shown: int
    x: Array
    y: Array
    parameters: dict[str, ParameterPass]
    loss: float | None
    loss_after: float | None
    losses: Array
    losses_after: Array
    averaged: bool
    after: tuple[Array, ...]
    checks: Checks | None
    precision: str
    rule: str
    learning_rate: float


def record_pass(
    model: torch.nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    loss_fn: Loss,
    learning_rate: float,
    *,
    shown: int = SHOWN,
    checks: bool = True,
    before: Callable[[], None] = lambda: None,
) -> Recording:
    """Run a batch through a module and back, and say what one step of gradient descent would change.

    The module stays as it is: the update, and the run after it, are made on copies of its parameters.

    Args:
        model: any module of functions that take each sample by itself.
        x: `(n, features)`.
        y: their targets.
        loss_fn: of outputs and targets, one number.
        learning_rate: η.
        shown: of how many samples values and derivatives are recorded.
        checks: whether to compute the loss for parameters a little larger and smaller.
        before: called before each run, to seed generators of the module's own.

    Raises:
        TapeError: it cannot be followed; the message says why.
        Exception: whatever the module raises.

    Example:
        >>> model = torch.nn.Linear(1, 1, bias=False)
        >>> _ = torch.nn.init.ones_(model.weight)
        >>> found = record_pass(model, torch.tensor([[2.0]]), torch.tensor([[1.0]]), torch.nn.MSELoss(), 0.125)
        >>> weight = found.parameters["weight"]
        >>> weight.before.item(), weight.gradient.item(), weight.updated.item()
        (1.0, 4.0, 0.5)
        >>> found.loss, found.loss_after
        (1.0, 0.0)
    """
    batch = _Batch(model, x, y, loss_fn, before)
    tape = batch.record(shown)
    differences = batch.differences() if checks else None
    return batch.recording(tape, _descended(model, tape, learning_rate), differences, "sgd", learning_rate)


def record_next_step(experiment: Experiment, *, shown: int = SHOWN, checks: bool = True) -> Recording:
    """Record the step that a trainer makes next, on copies: nothing of the run is touched.

    Args:
        experiment: stands still meanwhile.
        shown: of how many samples, the first of the batch, values and derivatives are recorded.
        checks: whether to compute the loss for parameters a little larger and smaller.

    Raises:
        TapeError: it cannot be followed; the message says why.
        ValueError: a model, loss or optimizer that cannot be copied, or with nothing to train.
    """
    twin, position = twin_of(experiment), experiment.position
    batches = twin.epoch_batches()
    stop = min(position.samples + twin.settings.batch_size, len(batches))
    x, y = batches.inputs(position.samples, stop), batches.y[position.samples : stop]

    def before() -> None:
        twin.seed_step(position.step)

    batch = _Batch(twin.train_model, x, y, twin.objective.function, before)
    with random_numbers_kept(experiment):
        tape = batch.record(shown)
        differences = batch.differences() if checks else None
        stepped = twin_of(experiment)
        with suppress(Diverged):
            EagerEngine().run(stepped, 1, Stop(), StepLog())
        updated = {name: p.detach() for name, p in stepped.train_model.named_parameters()}
        rate = float(stepped.optimizer.param_groups[0]["lr"])
        return batch.recording(tape, updated, differences, _rule(stepped), rate)


def _descended(model: torch.nn.Module, tape: Tape, learning_rate: float) -> dict[str, torch.Tensor]:
    """Copies of the parameters after a step of PyTorch's SGD; its class would load PyTorch's compiler, for seconds."""
    copies = {name: p.detach().clone() for name, p in model.named_parameters()}
    names = list(tape.gradients)
    with torch.no_grad():
        sgd(
            [copies[name] for name in names],
            [torch.as_tensor(tape.gradients[name]).to(copies[name]) for name in names],
            [None] * len(names),
            foreach=False,
            weight_decay=0.0,
            momentum=0.0,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
    return copies


def _rule(experiment: Experiment) -> str:
    settings, optimizer = experiment.settings, experiment.optimizer
    plain = (
        type(optimizer) is torch.optim.SGD
        and not (settings.l1 or settings.l2 or settings.frozen_entries)
        and len({group["lr"] for group in optimizer.param_groups}) == 1
        and not any(group[key] for group in optimizer.param_groups for key in ("momentum", "weight_decay", "maximize"))
    )
    return "sgd" if plain else type(optimizer).__name__


@dataclass(frozen=True, eq=False)
class _Batch:
    """Samples, the module that they run through, and its loss; `before` is called before each run."""

    model: torch.nn.Module
    x: torch.Tensor
    y: torch.Tensor
    loss_fn: Loss
    before: Callable[[], None]

    def record(self, shown: int) -> Tape:
        return record(self.model, self.x, self.y, self.loss_fn, self.before, shown=shown)

    def differences(self) -> Checks | None:
        return central_differences(self.model, self.x, self.y, self.loss_fn, self.before)

    def recording(
        self,
        tape: Tape,
        updated: Mapping[str, torch.Tensor],
        checks: Checks | None,
        rule: str,
        learning_rate: float,
    ) -> Recording:
        """All of it, with the run after the update."""
        parameters = dict(self.model.named_parameters())
        after, loss_after, losses_after = self._after(tape, updated)
        return Recording(
            tape=tape,
            batch=tape.samples,
            shown=tape.shown,
            x=array(self.x),
            y=array(self.y),
            parameters={name: _parameter(p, tape.gradients.get(name), updated[name]) for name, p in parameters.items()},
            loss=_finite(tape.loss),
            loss_after=_finite(loss_after),
            losses=tape.losses,
            losses_after=losses_after,
            averaged=tape.averaged,
            after=after,
            checks=checks,
            precision=dtype_of(next(iter(parameters.values()))) if parameters else "float32",
            rule=rule,
            learning_rate=learning_rate,
        )

    def _after(self, tape: Tape, updated: Mapping[str, torch.Tensor]) -> tuple[tuple[Array, ...], float, Array]:
        """The values with the updated parameters, and the loss; NaN where they are no numbers that the loss takes."""
        replica = stand_in(self.model)
        for name, parameter in replica.named_parameters():
            parameter.data = updated[name].clone()
        try:
            return values_again(tape, replica, self.x, self.y, self.loss_fn, self.before)
        except Exception:  # noqa: BLE001 - PyTorch's cross-entropy refuses NaN, a loss of the reader's whatever it likes
            nothing = np.full(tape.shown, math.nan)
            return tuple(np.full_like(value.array, math.nan) for value in tape.values), math.nan, nothing


def _parameter(parameter: torch.Tensor, gradient: NDArray[Any] | None, updated: torch.Tensor) -> ParameterPass:
    return ParameterPass(
        before=array(parameter),
        gradient=np.full(parameter.shape, math.nan) if gradient is None else gradient.astype(np.float64),
        updated=array(updated),
        trainable=parameter.requires_grad,
        dtype=dtype_of(parameter),
    )


def dtype_of(tensor: torch.Tensor) -> str:
    """Its name, such as "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
