"""Plain PyTorch, one step at a time: any module, any loss, any optimizer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from nnwidgets.training.engines.protocol import Diverged, StepLog, Stop, step_rows
from nnwidgets.training.engines.shortcuts import gradients, update_of
from nnwidgets.training.threads import use_threads

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.settings import Settings


class EagerEngine:
    """Forward, loss, gradients, update: what a hand-written loop does, on data that stays put.

    The epoch's samples are gathered once into batch order, so that a batch is a view. Accuracies
    are worked out for all steps of a call together, from the outputs the steps left behind.
    """

    def run(self, experiment: Experiment, limit: int, stop: Stop, log: StepLog, *, epochs: int = 0) -> None:  # noqa: ARG002
        """See `Engine.run`; it returns at the end of every epoch."""
        use_threads(experiment.settings.threads)
        batches = experiment.epoch_batches()
        y, n = batches.y, len(batches)
        start = end = experiment.position.samples
        batch_size = experiment.settings.batch_size
        model, loss_fn = experiment.train_model, experiment.objective.function
        parameters = [p for p in model.parameters() if p.requires_grad]
        if not parameters:
            raise ValueError("all parameters are frozen (requires_grad is False): there is nothing to train")
        experiment.follow_schedule()
        update = update_of(experiment.optimizer)
        holder = experiment.holder()
        base = experiment.position
        losses: list[float] = []
        outputs: list[torch.Tensor] = []
        try:
            while len(losses) < limit and end < n:
                upto = min(end + batch_size, n)
                experiment.seed_step(base.step + len(losses))
                output = model(batches.inputs(end, upto))
                try:
                    loss = loss_fn(output, y[end:upto])
                except Exception:
                    # PyTorch's binary cross-entropy refuses NaN instead of returning it.
                    if bool(output.isfinite().all()):
                        raise
                    raise Diverged(math.nan) from None
                value = loss.item()
                if not math.isfinite(value):
                    raise Diverged(value)
                derivatives = gradients(loss, parameters)
                if all(derivative is None for derivative in derivatives):
                    raise RuntimeError(
                        "the loss depends on none of the model's parameters; layers that only a lambda or another "
                        "function holds are not seen: keep them as attributes or in nn.ModuleList"
                    )
                for parameter, derivative in zip(parameters, derivatives, strict=True):
                    parameter.grad = derivative
                _penalize(parameters, experiment.settings)
                holder.before_update()
                update()
                holder.after_update()
                losses.append(value)
                outputs.append(output.detach())
                end = upto
                if stop():
                    break
        finally:
            if losses:
                accuracies = _batch_accuracies(experiment, outputs, y[start:end], batch_size)
                log.add(step_rows(base.step, losses, accuracies), len(losses))
                first = base if base.samples else replace(base, batches=0, loss_sum=0.0, accuracy_sum=0.0)
                experiment.position = replace(
                    first,
                    step=base.step + len(losses),
                    samples=end,
                    batches=first.batches + len(losses),
                    loss_sum=_added(first.loss_sum, losses),
                    accuracy_sum=_added(first.accuracy_sum, accuracies),
                    accuracy_total=_added(first.accuracy_total, accuracies),
                )


def _penalize(parameters: list[torch.nn.Parameter], settings: Settings) -> None:
    """Add the derivatives of `l1·Σ|w| + l2/2·Σw²` to the gradients of those parameters that have several axes."""
    l1, l2 = settings.l1, settings.l2
    if not l1 and not l2:
        return
    with torch.no_grad():
        for parameter in parameters:
            if parameter.ndim > 1 and parameter.grad is not None:
                parameter.grad = parameter.grad + (l1 * parameter.sign() + l2 * parameter)


def _added(total: float, values: list[float]) -> float:
    """One by one, as `sum` does not on every Python: so it does not matter how a run is cut into calls."""
    for value in values:
        total += value
    return total


def _batch_accuracies(
    experiment: Experiment, outputs: list[torch.Tensor], targets: torch.Tensor, batch_size: int
) -> list[float]:
    hits = experiment.objective.hits(torch.cat(outputs), targets).flatten()
    whole = len(hits) // batch_size * batch_size
    means: list[float] = hits[:whole].view(-1, batch_size).mean(1).tolist()
    if whole < len(hits):
        means.append(hits[whole:].mean().item())
    return means
