"""The loss a run minimises, and how its outputs are read as classes or values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch

from nnwidgets._checks import meant
from nnwidgets.functions import LOSSES

LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Output = Literal["probability", "logit", "logits", "value", "score"]

_FUNCTIONS = {
    torch.nn.functional.binary_cross_entropy: "bce",
    torch.nn.functional.binary_cross_entropy_with_logits: "bce_with_logits",
    torch.nn.functional.mse_loss: "mse",
    torch.nn.functional.cross_entropy: "cross_entropy",
}


class Hinge(torch.nn.Module):
    """The hinge loss of scores `(n, 1)` for targets 0 and 1, `(n, 1)`: mean(max(0, 1 − (2 y − 1) z))."""

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Its value."""
        return torch.relu(1 - (2 * targets - 1) * outputs).mean()


class PerceptronCriterion(torch.nn.Module):
    """The perceptron criterion of scores `(n, 1)` for targets 0 and 1, `(n, 1)`: mean((y′ − y) z), y′ = 1 where z > 0.

    Its derivative by the score of a single sample is y′ − y, also at z = 0: a step of gradient descent on it, with one
    sample, is Rosenblatt's rule.
    """

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Its value."""
        return (((outputs > 0).to(outputs.dtype) - targets) * outputs).mean()


_OURS = {"hinge": Hinge, "perceptron": PerceptronCriterion}  # the losses that PyTorch does not have


@dataclass(frozen=True)
class OfClasses:
    """A loss that wants the classes' indices, `(n,)` int64, for targets that are a column of floats."""

    loss: LossFunction

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Its value for `outputs`, `(n, n_classes)`, and `targets`, `(n, 1)`."""
        return self.loss(outputs, targets[:, 0].long())


@dataclass(frozen=True)
class OfProbabilities:
    """Binary cross-entropy on a GPU, where PyTorch's own, given what is no probability, ends all use of the GPU.

    On a CPU it raises an error, which is all that a run that diverges needs.
    """

    loss: LossFunction

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Its value for probabilities `(n, 1)` and targets `(n, 1)`."""
        if not _within_unit_interval(outputs):
            raise RuntimeError("binary cross-entropy needs outputs between 0 and 1")
        return self.loss(outputs, targets)


@dataclass(frozen=True)
class Objective:
    """A loss function with what is needed to show it.

    `output` says what the model's output is: a probability of class 1, or its logit, or a logit for each
    class, or a value that is predicted, or a score whose sign is the class. `name` is its row in `LOSSES`, None for
    a callable of the user's.
    """

    function: LossFunction
    output: Output
    label: str
    name: str | None

    def probabilities(self, outputs: torch.Tensor) -> torch.Tensor:
        """P(class 1), `(n, 1)`, or P of each class, `(n, n_classes)`, for raw outputs; values, scores as they are."""
        if self.output == "logits":
            return torch.softmax(outputs, 1)
        return torch.sigmoid(outputs) if self.output == "logit" else outputs

    def correct(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Which samples are on the right side of the boundary, `(n, 1)` bool; of values, none is on a wrong one."""
        if self.output == "value":
            return torch.ones_like(targets, dtype=torch.bool)
        if self.output == "logits":
            return outputs.argmax(1, keepdim=True) == targets
        threshold = 0.5 if self.output == "probability" else 0.0
        return (outputs > threshold) == (targets > 0.5)

    def predicted(self, outputs: torch.Tensor) -> torch.Tensor:
        """The class that each sample is taken for, `(n,)` int64."""
        if self.output == "logits":
            return outputs.argmax(1)
        return (outputs[:, 0] > (0.5 if self.output == "probability" else 0.0)).long()

    def hits(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """What the accuracy is the mean of, `(n, 1)` float32: 1 for a sample that is right, NaN for values."""
        if self.output == "value":
            return torch.full_like(targets, float("nan"), dtype=torch.float32)
        return self.correct(outputs, targets).float()


def make_objective(
    loss_fn: str | LossFunction | None,
    model: torch.nn.Module,
    outputs: torch.Tensor,
    n_classes: int = 2,
    *,
    of_images: bool = False,
) -> Objective:
    """Settle the loss and the meaning of the output, from what was asked for and what is there.

    Args:
        loss_fn: a name in `LOSSES`, a torch loss module or function, any callable
            `(outputs, targets) -> scalar tensor`, or None for what is usual for the data.
        model: the model, whose last layer tells a probability from a logit where the loss does not.
        outputs: the model's outputs for some samples, `(n, 1)`, the last resort for the same; or
            an output for each class, `(n, n_classes)`.
        n_classes: of the data; 0 where values are to be predicted.
        of_images: whether the classes are those of images, which are told by one output each.

    Raises:
        ValueError: an unknown name; a loss for other tasks; BCE on outputs that are no probabilities.
    """
    if loss_fn is None:
        loss_fn = _default_loss(model, outputs, n_classes)
    function = loss_function(loss_fn)
    kind, name = _kind(function), loss_name(function)
    label = LOSSES[kind].label if kind else getattr(function, "__name__", type(function).__name__)
    check_fits(function, n_classes)
    if (n_classes > 2 or of_images) and outputs.shape[1] != n_classes and kind != "cross_entropy":
        raise ValueError(f"the model needs one output per class, which are {n_classes}; it has {outputs.shape[1]}")
    if kind == "cross_entropy":
        if outputs.shape[1] == n_classes:
            return Objective(OfClasses(function), "logits", label, name)
        raise ValueError(
            f"cross-entropy needs one output per class, which are {n_classes}; the model has {outputs.shape[1]}"
            + ('. For one output use loss_fn="bce" or "bce_with_logits"' if n_classes == 2 else "")
        )
    if kind == "bce":
        check_probabilities(outputs)
    if of_images:
        return Objective(OfClasses(function), "logits", label, name)
    guarded = OfProbabilities(function) if kind == "bce" and outputs.is_cuda else function
    return Objective(guarded, _output(kind, model, outputs, n_classes), label, name)


def check_probabilities(outputs: torch.Tensor) -> None:
    """Raise `ValueError` if there is one among a model's outputs that is no probability."""
    if not _within_unit_interval(outputs):
        raise ValueError(
            "binary cross-entropy needs outputs between 0 and 1, but the model gives "
            f"{outputs.min().item():.3g} to {outputs.max().item():.3g}: end it with nn.Sigmoid(), or use "
            'loss_fn="bce_with_logits"'
        )


def _output(kind: str | None, model: torch.nn.Module, outputs: torch.Tensor, n_classes: int) -> Output:
    if n_classes == 0:
        return "value"
    if outputs.shape[1] > 1:
        return "logits"
    if kind in _OURS:
        return "score"
    if kind in ("bce", "mse"):  # a squared error pulls outputs towards 0 and 1, as probabilities
        return "probability"
    if kind == "bce_with_logits" or _ends_in(model, torch.nn.Linear):
        return "logit"
    return "probability" if _within_unit_interval(outputs) else "logit"


def usual_loss(n_classes: int) -> str:
    """The loss by name that a network of ours gets for data of so many classes, 0 for values."""
    return {0: "mse", 2: "bce"}.get(n_classes, "cross_entropy")


def fits(loss_fn: str | LossFunction | None, n_classes: int) -> bool:
    """Whether a loss may be meant for data of so many classes; one that is not known may be meant for any."""
    kind = loss_fn if isinstance(loss_fn, str) or loss_fn is None else _kind(loss_fn)
    if kind in ("bce", "bce_with_logits", *_OURS):
        return n_classes == 2
    if kind == "cross_entropy":
        return n_classes >= 2
    return kind != "mse" or n_classes in (0, 2)


def check_fits(loss_fn: str | LossFunction | None, n_classes: int) -> None:
    """Refuse, with a `ValueError`, a loss that is not meant for data of so many classes."""
    if not fits(loss_fn, n_classes):
        assert loss_fn is not None
        kind = loss_fn if isinstance(loss_fn, str) else _kind(loss_fn)
        assert kind is not None
        has = f"{n_classes} classes" if n_classes else "values to predict"
        raise ValueError(
            f'the data has {has}, for which {LOSSES[kind].label} is no loss: use loss_fn="{usual_loss(n_classes)}"'
        )


def output_for(
    loss_fn: str | LossFunction | None, n_classes: int, *, of_images: bool = False
) -> tuple[int, str | None]:
    """Outputs and output activation of a network of ours for this loss and data of so many classes, which it fits.

    Classes of images are told by one output each, whatever the loss.
    """
    check_fits(loss_fn, n_classes)
    kind = loss_fn if isinstance(loss_fn, str) else _kind(loss_fn) if loss_fn else usual_loss(n_classes)
    if kind == "cross_entropy" or n_classes > 2 or of_images:
        return n_classes, None
    return 1, None if kind in ("bce_with_logits", *_OURS) or n_classes == 0 else "sigmoid"


def _default_loss(model: torch.nn.Module, outputs: torch.Tensor, n_classes: int) -> str:
    if n_classes == 0:
        return "mse"
    if n_classes > 2 or outputs.shape[1] > 1:
        sums = outputs.sum(1)
        if not _ends_in(model, torch.nn.Linear) and torch.allclose(sums, torch.ones_like(sums)):
            raise ValueError(
                "loss_fn must be given for this model: its outputs are probabilities already, and cross-entropy takes "
                "logits. Leave the softmax at its end out"
            )
        return "cross_entropy"
    if ends_in_sigmoid(model):
        return "bce"
    if _ends_in(model, torch.nn.Linear) or not _within_unit_interval(outputs):
        return "bce_with_logits"
    raise ValueError(
        "loss_fn must be given for this model: its outputs may be probabilities or logits. "
        'Use loss_fn="bce" for probabilities, loss_fn="bce_with_logits" for logits'
    )


def loss_function(loss_fn: str | LossFunction) -> LossFunction:
    """The loss of a name in `LOSSES`; a callable is one already.

    Raises:
        TypeError: neither a name nor a callable.
        ValueError: an unknown name.
    """
    if callable(loss_fn):
        return loss_fn
    allowed = ", ".join(map(repr, LOSSES))
    if not isinstance(loss_fn, str):
        raise TypeError(f"loss_fn must be one of {allowed}, or a callable; got {loss_fn!r}")
    if loss_fn not in LOSSES:
        raise ValueError(f"loss_fn must be one of {allowed}, or a callable; got {loss_fn!r}{meant(loss_fn, LOSSES)}")
    made: LossFunction = _class(loss_fn)()
    return made


def _class(name: str) -> type[torch.nn.Module]:
    """The module that a row of `LOSSES` is."""
    known: type[torch.nn.Module] = _OURS.get(name) or getattr(torch.nn, LOSSES[name].torch_name)
    return known


def loss_name(function: LossFunction) -> str | None:
    """The row of `LOSSES` that a plain torch loss is; None for one with options or of the user's."""
    if isinstance(function, torch.nn.Module):
        weights = any(True for _ in function.buffers())
        smoothing, ignored = getattr(function, "label_smoothing", 0.0), getattr(function, "ignore_index", -1)
        if weights or getattr(function, "reduction", "mean") != "mean" or smoothing or ignored >= 0:
            return None
    return _kind(function)


def _kind(function: LossFunction) -> str | None:
    """The row of `LOSSES` that a loss belongs to, whatever its options."""
    if isinstance(function, torch.nn.Module):
        return next((name for name in LOSSES if type(function) is _class(name)), None)
    return next((name for known, name in _FUNCTIONS.items() if known is function), None)


def takes_several(loss_fn: str | LossFunction | None, n_classes: int) -> bool:
    """Whether networks with several outputs may be meant for this loss and data of so many classes."""
    kind = loss_fn if isinstance(loss_fn, str) or loss_fn is None else _kind(loss_fn)
    return kind == "cross_entropy" or (n_classes >= 2 and loss_fn is None) or n_classes > 2


def ends_in_sigmoid(model: torch.nn.Module) -> bool:
    """Whether the last layer of a (nested) `Sequential` is a sigmoid."""
    return _ends_in(model, torch.nn.Sigmoid)


def _ends_in(model: torch.nn.Module, kind: type[torch.nn.Module]) -> bool:
    while isinstance(model, torch.nn.Sequential) and len(model):
        model = model[-1]
    return isinstance(model, kind)


def _within_unit_interval(outputs: torch.Tensor) -> bool:
    return bool(((outputs >= 0) & (outputs <= 1)).all())
