"""`SoftmaxExplorer`: from logits to probabilities to the cross-entropy of the true class, and its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets import _checks
from nnwidgets._front_end import front_end
from nnwidgets.concepts import softmax
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import Whole, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_FEWEST, _MOST = 2, 10
_LARGEST = 1e6
_CLASSES = ["Sneaker", "Sandal", "Boot", "Bag", "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Shirt"]
# What the chapter's network, seed 0, has after its ten epochs for the first test image, to one decimal.
_BOOT = [-2.6, -5.5, -0.8, -2.9, -2.0, 4.3, -0.8, 3.7, 2.4, 4.5]
_FASHION = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"]


class _Numbers(traitlets.List):  # type: ignore[type-arg]
    """A list of numbers, given as any array: a row of what a model puts out, too."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Arrays and tensors as lists."""
        is_array = hasattr(value, "tolist")
        return super().validate(obj, _checks.plain(self.name or "", value).tolist() if is_array else value)


def _preset(logits: list[float], target: int = 0, class_names: list[str] = _CLASSES) -> dict[str, Any]:
    return {"logits": logits, "class_names": class_names, "target": target, "temperature": 1.0, "offset": 0.0}


@show_settings
class SoftmaxExplorer(Explorer):
    """Softmax and cross-entropy: logits as bars to drag, the probabilities, the loss −ln p, and its gradient.

    Things to try: drag a logit, and see all probabilities move. Add 100 to every logit: in float32 the formula as it is
    written gives nan; with the largest logit taken away first, it gives what it gave before. Lower the temperature
    towards 0: the largest takes all. Give the true class a small logit: the loss is −ln p, and the gradient p − y pulls
    its logit up by as much as it pushes the others down. The preset "Fashion-MNIST" is the first test image, a boot, as
    the chapter's network sees it after its ten epochs. Show a row of your own model's output:
    ``SoftmaxExplorer(logits=model(x)[0], target=int(y[0]))``.

    Args:
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> explorer = SoftmaxExplorer(logits=[3.0, 1.0, 0.2], target=0)
        >>> explorer.probabilities.round(3)
        array([0.836, 0.113, 0.051])
        >>> round(explorer.loss, 3), explorer.gradient.round(3)
        (0.179, array([-0.164,  0.113,  0.051]))
        >>> explorer.offset = 100
        >>> explorer.naive
        array([nan, nan, nan], dtype=float32)
        >>> explorer.probabilities.round(3)
        array([0.836, 0.113, 0.051])
        >>> explorer
        SoftmaxExplorer(offset=100)
    """

    _esm: ClassVar[str] = front_end("softmax.js")

    logits = _Numbers(traitlets.Float(), default_value=[3.0, 1.0, 0.2]).tag(sync=True)
    """z, one per class: two to ten numbers between −1e6 and 1e6; arrays and tensors of shape ``(n_classes,)`` are taken
    as well. Where there are fewer than before, and the true class is gone, the last one becomes it."""

    temperature = traitlets.Float(1.0).tag(sync=True)
    """T, from 0.1 to 10: what the logits are divided by."""

    target = Whole(0).tag(sync=True)
    """Index of the true class."""

    class_names = traitlets.List(traitlets.Unicode(), default_value=_CLASSES).tag(sync=True)
    """Names of the classes; a class without one is called "class 3". There may be more of them than logits."""

    offset = traitlets.Float(0.0).tag(sync=True)
    """A number between −1e6 and 1e6 that is added to every logit. The probabilities do not depend on it, but for
    rounding: float32 overflows."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Three classes": _preset([3.0, 1.0, 0.2]),
        "Undecided": _preset([0.0, 0.0, 0.0]),
        "Confident, wrong": _preset([-1.0, 4.0, 0.5]),
        "Thousands": _preset([1003.0, 1001.0, 1000.2]),
        "Fashion-MNIST": _preset(_BOOT, 9, _FASHION),
    }

    _SCRIPT: ClassVar[str] = """import torch
from torch.nn.functional import cross_entropy, log_softmax, nll_loss

logits = torch.tensor(⟨logits⟩, dtype=torch.float64, requires_grad=True)
target = torch.tensor(⟨target⟩)
T = ⟨temperature⟩

p = torch.softmax(logits / T, dim=0)
loss = cross_entropy(logits / T, target)
loss_too = nll_loss(log_softmax(logits / T, dim=0), target)
loss.backward()
print("probabilities", [round(value, 3) for value in p.tolist()])
print("cross-entropy", round(loss.item(), 3), "log-softmax and NLL", round(loss_too.item(), 3))
print("gradient", [round(value, 3) for value in logits.grad.tolist()])

# The formula as it is written, in float32, with ⟨offset⟩ added to every logit.
e = torch.exp((logits.detach().float() + ⟨offset⟩) / T)
print("naive", (e / e.sum()).tolist())
"""

    # -- what is computed ---------------------------------------------------------------------------

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax(z/T), ``(n_classes,)``."""
        return softmax.softmax(self.logits, self.temperature)

    @property
    def log_probabilities(self) -> NDArray[np.float64]:
        """Their logarithms, ``(n_classes,)``: finite also where a probability rounds to 0."""
        return softmax.log_softmax(self.logits, self.temperature)

    @property
    def loss(self) -> float:
        """The cross-entropy −ln p of the true class."""
        return softmax.cross_entropy(self.logits, self.target, self.temperature)

    @property
    def gradient(self) -> NDArray[np.float64]:
        """Derivative of the loss by each logit, (p − y) / T, ``(n_classes,)``."""
        return softmax.cross_entropy_gradient(self.logits, self.target, self.temperature)

    @property
    def exponentials(self) -> NDArray[np.float32]:
        """e^((z + offset) / T) in float32, ``(n_classes,)``."""
        return self._naive.exponentials

    @property
    def naive(self) -> NDArray[np.float32]:
        """What float32 makes of the formula as it is written, ``(n_classes,)``; NaN where it overflows."""
        return self._naive.probabilities

    @property
    def _naive(self) -> softmax.NaiveSoftmax:
        return softmax.naive_softmax(self.logits, self.temperature, self.offset)

    @property
    def names(self) -> list[str]:
        """What the classes are called, one name each."""
        given = [name.strip() for name in self.class_names]
        return [
            given[index] if index < len(given) and given[index] else f"class {index}"
            for index in range(len(self.logits))
        ]

    def figure(self) -> Figure:
        """Logits, probabilities, gradient and the loss curve, for print."""
        from nnwidgets.figures.softmax import softmax_figure

        return softmax_figure(self.logits, self.target, self.temperature, self.names)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("logits")
    def _valid_logits(self, proposal: Any) -> list[float]:
        given = proposal.value
        if not _FEWEST <= len(given) <= _MOST:
            raise traitlets.TraitError(f"logits must be {_FEWEST} to {_MOST} numbers, not {len(given)}")
        return [checked(_checks.real, "each of logits", value, -_LARGEST, _LARGEST) for value in given]

    @traitlets.observe("logits")
    def _keep_a_true_class(self, change: Any) -> None:
        self.target = min(self.target, len(change.new) - 1)

    @traitlets.validate("target")
    def _valid_target(self, proposal: Any) -> int:
        return int(checked(_checks.whole, "target", proposal.value, 0, len(self.logits) - 1))

    @traitlets.validate("temperature")
    def _valid_temperature(self, proposal: Any) -> float:
        return float(checked(_checks.real, "temperature", proposal.value, 0.1, 10.0))

    @traitlets.validate("offset")
    def _valid_offset(self, proposal: Any) -> float:
        return float(checked(_checks.real, "offset", proposal.value, -_LARGEST, _LARGEST))
