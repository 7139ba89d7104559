"""The loss a run minimises, and how its outputs are read as classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

from nnwidgets.functions import LOSSES

LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Output = Literal["probability", "logit", "logits"]

_FUNCTIONS = {
    torch.nn.functional.binary_cross_entropy: "bce",
    torch.nn.functional.binary_cross_entropy_with_logits: "bce_with_logits",
    torch.nn.functional.mse_loss: "mse",
    torch.nn.functional.cross_entropy: "cross_entropy",
}


@dataclass(frozen=True)
class OfClasses:
    """A loss that wants the classes' indices, `(n,)` int64, for targets that are a column of floats."""

    loss: LossFunction

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Its value for `outputs`, `(n, n_classes)`, and `targets`, `(n, 1)`."""
        return self.loss(outputs, targets[:, 0].long())


@dataclass(frozen=True)
class Objective:
    """A loss function with what is needed to show it.

    `output` says what the model's output is: a probability of class 1, or its logit, or a logit for each
    class. `name` is its row in `LOSSES`, None for a callable of the user's.
    """

    function: LossFunction
    output: Output
    label: str
    name: str | None

    def probabilities(self, outputs: torch.Tensor) -> torch.Tensor:
        """P(class 1), `(n, 1)`, for raw model outputs."""
        if self.output == "logits":
            return torch.softmax(outputs, 1)[:, 1:2]
        return torch.sigmoid(outputs) if self.output == "logit" else outputs

    def correct(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Which samples are on the right side of the boundary, `(n, 1)` bool."""
        if self.output == "logits":
            return outputs.argmax(1, keepdim=True) == targets
        threshold = 0.0 if self.output == "logit" else 0.5
        return (outputs > threshold) == (targets > 0.5)


def make_objective(loss_fn: str | LossFunction | None, model: torch.nn.Module, outputs: torch.Tensor) -> Objective:
    """Settle the loss and the meaning of the output, from what was asked for and what is there.

    Args:
        loss_fn: a name in `LOSSES`, a torch loss module or function, any callable
            `(outputs, targets) -> scalar tensor`, or None for binary cross-entropy.
        model: the model, whose last layer tells a probability from a logit where the loss does not.
        outputs: the model's outputs for some samples, `(n, 1)`, the last resort for the same; or
            `(n, n_classes)` for cross-entropy.

    Raises:
        ValueError: an unknown name; a loss for other tasks; BCE on outputs that are no probabilities.
    """
    if loss_fn is None:
        loss_fn = _default_loss(model, outputs)
    function = _function(loss_fn)
    kind, name = _kind(function), loss_name(function)
    if kind == "cross_entropy":
        if outputs.shape[1] > 1:
            return Objective(OfClasses(function), "logits", LOSSES[kind].label, name)
        raise ValueError(
            'cross-entropy needs one output per class; for one output use loss_fn="bce" or "bce_with_logits"'
        )
    if kind == "bce" and not _within_unit_interval(outputs):
        raise ValueError(
            "binary cross-entropy needs outputs between 0 and 1, but the model gives "
            f"{outputs.min().item():.3g} to {outputs.max().item():.3g}: end it with nn.Sigmoid(), or use "
            'loss_fn="bce_with_logits"'
        )
    if kind in ("bce", "mse"):  # a squared error pulls outputs towards 0 and 1, as probabilities
        output: Output = "probability"
    elif kind == "bce_with_logits" or _ends_in(model, torch.nn.Linear):
        output = "logit"
    else:
        output = "probability" if _within_unit_interval(outputs) else "logit"
    label = LOSSES[kind].label if kind else getattr(function, "__name__", type(function).__name__)
    return Objective(function, output, label, name)


def _default_loss(model: torch.nn.Module, outputs: torch.Tensor) -> str:
    if ends_in_sigmoid(model):
        return "bce"
    if _ends_in(model, torch.nn.Linear) or not _within_unit_interval(outputs):
        return "bce_with_logits"
    raise ValueError(
        "loss_fn must be given for this model: its outputs may be probabilities or logits. "
        'Use loss_fn="bce" for probabilities, loss_fn="bce_with_logits" for logits'
    )


def _function(loss_fn: str | LossFunction) -> LossFunction:
    if callable(loss_fn):
        return loss_fn
    allowed = ", ".join(map(repr, LOSSES))
    if not isinstance(loss_fn, str):
        raise TypeError(f"loss_fn must be one of {allowed}, or a callable; got {loss_fn!r}")
    if loss_fn not in LOSSES:
        raise ValueError(f"loss_fn must be one of {allowed}, or a callable; got {loss_fn!r}")
    made: LossFunction = getattr(torch.nn, LOSSES[loss_fn].torch_name)()
    return made


def loss_name(function: LossFunction) -> str | None:
    """The row of `LOSSES` that a plain torch loss is; None for one with options or of the user's."""
    if isinstance(function, torch.nn.Module):
        weights = any(True for _ in function.buffers())
        if weights or getattr(function, "reduction", "mean") != "mean":
            return None
    return _kind(function)


def _kind(function: LossFunction) -> str | None:
    """The row of `LOSSES` that a loss belongs to, whatever its options."""
    if isinstance(function, torch.nn.Module):
        return next((n for n, loss in LOSSES.items() if type(function) is getattr(torch.nn, loss.torch_name)), None)
    return next((name for known, name in _FUNCTIONS.items() if known is function), None)


def wants_classes(loss_fn: str | LossFunction | None) -> bool:
    """Whether this loss is for networks with an output for each class."""
    return (loss_fn if isinstance(loss_fn, str) or loss_fn is None else _kind(loss_fn)) == "cross_entropy"


def wants_logits(loss_fn: str | LossFunction | None) -> bool:
    """Whether a network built for this loss must not end with a sigmoid."""
    return (loss_fn if isinstance(loss_fn, str) or loss_fn is None else _kind(loss_fn)) == "bce_with_logits"


def ends_in_sigmoid(model: torch.nn.Module) -> bool:
    """Whether the last layer of a (nested) `Sequential` is a sigmoid."""
    return _ends_in(model, torch.nn.Sigmoid)


def _ends_in(model: torch.nn.Module, kind: type[torch.nn.Module]) -> bool:
    while isinstance(model, torch.nn.Sequential) and len(model):
        model = model[-1]
    return isinstance(model, kind)


def _within_unit_interval(outputs: torch.Tensor) -> bool:
    return bool(((outputs >= 0) & (outputs <= 1)).all())
