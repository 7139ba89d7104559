"""`LossExplorer`: the loss of a prediction, its gradient, and why binary cross-entropy belongs with the sigmoid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets import _checks
from nnwidgets._front_end import front_end
from nnwidgets.concepts import loss as concept
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_LARGEST = 200.0  # of a logit: all numbers of its chain are finite in float64
_MOST = 8  # samples
_BATCH = [(0.9, 1), (0.2, 0), (0.6, 1), (0.7, 0), (0.35, 1)]


@show_settings
class LossExplorer(Explorer):
    """The loss of a prediction p = σ(z) for a target 0 or 1: binary cross-entropy, squared error, hinge.

    Things to try: drag the prediction to the wrong end. There the slope of the sigmoid vanishes. The squared error's
    gradient vanishes with it, that of cross-entropy does not: its dL/dp grows as fast as dp/dz falls, and the product
    is p − y. Choose hinge, which takes the score z itself, and move z over its margin at 1. Make the prediction so sure
    (z = 20 for the target 0) that float32 has p = 1, and see what a loss of p makes of it. Move a sample of the batch
    to exactly 0 or 1, on its wrong side: its loss is infinite, and PyTorch stops at 100.

    Args:
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> explorer = LossExplorer(loss_fn="mse", target=1, logit=-6.0)
        >>> round(explorer.prediction, 4), round(explorer.loss, 4)
        (0.0025, 0.9951)
        >>> round(explorer.loss_by_prediction * explorer.prediction_by_logit, 4)
        -0.0049
        >>> explorer.loss_fn = "bce"
        >>> round(explorer.loss, 4), round(explorer.loss_by_logit, 4)
        (6.0025, -0.9975)
        >>> explorer
        LossExplorer(logit=-6)
    """

    _esm: ClassVar[str] = front_end("loss.js")

    loss_fn = traitlets.Unicode("bce").tag(sync=True)
    """ "bce" (binary cross-entropy), "mse" (squared error) or "hinge"."""

    target = Whole(1).tag(sync=True)
    """y, 0 or 1; the hinge loss makes −1 and 1 of it."""

    logit = traitlets.Float(-3.0).tag(sync=True)
    """z, from −200 to 200. The prediction is p = σ(z); the hinge loss takes z itself."""

    batch = traitlets.List(traitlets.Tuple(traitlets.Float(), Whole()), default_value=_BATCH).tag(sync=True)
    """One to eight samples, each a prediction p from 0 to 1 with its target 0 or 1, such as ``(0.9, 1)``."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Right": {"target": 1, "logit": 2.0},
        "Undecided": {"target": 1, "logit": 0.0},
        "Wrong": {"target": 1, "logit": -3.0},
        "Confident, wrong": {"target": 1, "logit": -6.0},
        "Too sure for float32": {"loss_fn": "bce", "target": 0, "logit": 20.0},
        "A batch with p = 0": {"loss_fn": "bce", "batch": [(0.9, 1), (0.2, 0), (0.0, 1), (0.7, 0), (0.35, 1)]},
    }

    _SHAPES: ClassVar[Mapping[str, str]] = {"loss_fn": '"bce" | "mse" | "hinge"'}
    _WORDS: ClassVar[Any] = {
        "computed": (
            "loss_fn",
            {
                "bce": "torch.nn.functional.softplus(-side * z)  # as BCEWithLogitsLoss",
                "mse": "torch.exp(2 * torch.nn.functional.logsigmoid(-side * z))  # (p - y)**2, unrounded",
                "hinge": "torch.relu(1 - side * z)",
            },
        )
    }
    _SCRIPT: ClassVar[str] = """import torch


def loss_of(z, y):
    side = 2 * y - 1
    return ⟨computed⟩


z = torch.tensor(⟨logit⟩, dtype=torch.float64, requires_grad=True)
y = torch.tensor(⟨target⟩, dtype=torch.float64)
loss = loss_of(z, y)
loss.backward()
slope = torch.sigmoid(z) * torch.sigmoid(-z)
print("prediction", round(torch.sigmoid(z).item(), 3))
print("loss", round(loss.item(), 3))
print("dL/dp", round((z.grad / slope).item(), 3), "dp/dz", round(slope.item(), 3), "dL/dz", round(z.grad.item(), 3))

# Binary cross-entropy by way of p, in float32.
p = torch.sigmoid(z.detach().float())
print("BCELoss", p.item(), torch.nn.BCELoss()(p, y.float()).item())

predictions, targets = torch.tensor(⟨batch⟩, dtype=torch.float64).T
scores = torch.logit(predictions).requires_grad_()
mean = loss_of(scores, targets).mean()
mean.backward()
print("batch", round(mean.item(), 3))
print("gradient", [round(value, 3) for value in scores.grad.tolist()])
"""

    # -- what is computed ---------------------------------------------------------------------------

    @property
    def prediction(self) -> float:
        """The probability of class 1, p = σ(z)."""
        return float(concept.prediction(self.logit))

    @property
    def loss(self) -> float:
        """L, of this prediction for this target."""
        return float(self._of.value(self.logit, self.target))

    @property
    def loss_by_prediction(self) -> float:
        """The slope dL/dp; of the hinge loss as a function of p = σ(z)."""
        return float(self._of.by_prediction(self.logit, self.target))

    @property
    def prediction_by_logit(self) -> float:
        """The slope dp/dz = p (1 − p) of the sigmoid."""
        return float(concept.prediction_derivative(self.logit))

    @property
    def loss_by_logit(self) -> float:
        """The product of the two, dL/dz: what reaches the network."""
        return float(self._of.by_logit(self.logit, self.target))

    @property
    def in_float32(self) -> tuple[float, float]:
        """The prediction in float32, and PyTorch's ``BCELoss`` of it: 100 where p is exactly 0 or 1, and wrong."""
        return concept.single_precision_bce(self.logit, self.target)

    @property
    def batch_losses(self) -> NDArray[np.floating[Any]]:
        """Of each sample of the batch, ``(n_samples,)``; infinite where p is 0 and y is 1, or the other way round."""
        return self._batch.losses

    @property
    def batch_loss(self) -> float:
        """Their mean."""
        return self._batch.mean

    @property
    def batch_loss_clamped(self) -> float:
        """Their mean as PyTorch computes it: of a sample, cross-entropy is at most 100 there."""
        return self._batch.clamped

    @property
    def batch_gradient(self) -> NDArray[np.floating[Any]]:
        """Derivative of the mean by the logit of each sample, ``(n_samples,)``; the sum is that by a shared bias."""
        return self._batch.gradient

    @property
    def _of(self) -> concept.BinaryLoss:
        return concept.BINARY_LOSSES[self.loss_fn]

    @property
    def _batch(self) -> concept.BatchLoss:
        predictions, targets = zip(*self.batch, strict=True)
        return concept.batch_loss(self.loss_fn, predictions, targets)

    def figure(self) -> Figure:
        """The losses against the prediction, and the chain of derivatives against the logit, for print."""
        from nnwidgets.figures.loss import loss_figure

        return loss_figure(self.loss_fn, self.target, self.logit)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("loss_fn")
    def _valid_loss_fn(self, proposal: Any) -> str:
        return str(checked(_checks.one_of, "loss_fn", proposal.value, tuple(concept.BINARY_LOSSES)))

    @traitlets.validate("target")
    def _valid_target(self, proposal: Any) -> int:
        return int(checked(_checks.whole, "target", proposal.value, 0, 1))

    @traitlets.validate("logit")
    def _valid_logit(self, proposal: Any) -> float:
        return float(checked(_checks.real, "logit", proposal.value, -_LARGEST, _LARGEST))

    @traitlets.validate("batch")
    def _valid_batch(self, proposal: Any) -> list[tuple[float, int]]:
        samples = proposal.value
        if not 1 <= len(samples) <= _MOST:
            raise traitlets.TraitError(f"batch must be 1 to {_MOST} samples (p, y), not {len(samples)}")
        return [
            (
                checked(_checks.real, "each prediction of batch", p, 0.0, 1.0),
                checked(_checks.whole, "each target of batch", y, 0, 1),
            )
            for p, y in samples
        ]
