"""Softmax and cross-entropy: from logits to probabilities, to the loss and its gradient, and how float32 overflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["NaiveSoftmax", "cross_entropy", "cross_entropy_gradient", "log_softmax", "naive_softmax", "softmax"]

Floats = NDArray[np.float64]


def _shifted(logits: ArrayLike, temperature: float) -> Floats:
    """(z − max z) / T: at most 0, so that no exponential of it overflows."""
    z = np.asarray(logits, dtype=np.float64)
    return np.asarray((z - z.max()) / temperature)


def softmax(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities of the classes, exp(zᵢ/T) / Σⱼ exp(zⱼ/T), for logits of any size.

    Args:
        logits: one number per class, ``(n_classes,)``.
        temperature: T > 0; towards 0 the largest logit takes all, towards infinity all classes become alike.

    Returns:
        float64, ``(n_classes,)``, of sum 1.

    Example:
        >>> softmax([3.0, 1.0, 0.2]).round(4)
        array([0.836 , 0.1131, 0.0508])
        >>> softmax([1003.0, 1001.0, 1000.2]).round(4)
        array([0.836 , 0.1131, 0.0508])
    """
    e = np.exp(_shifted(logits, temperature))
    return np.asarray(e / e.sum())


def log_softmax(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """Logarithms of the probabilities, zᵢ/T − ln Σⱼ exp(zⱼ/T): finite also where a probability rounds to 0.

    Args:
        logits: one number per class, ``(n_classes,)``.
        temperature: T > 0.

    Returns:
        float64, ``(n_classes,)``, none above 0.

    Example:
        >>> log_softmax([3.0, 1.0, 0.2]).round(3)
        array([-0.179, -2.179, -2.979])
        >>> log_softmax([1000.0, 0.0])
        array([    0., -1000.])
    """
    shifted = _shifted(logits, temperature)
    # The largest has the exponential 1: with log1p of the others' sum, a loss of 1e-20 is not rounded to 0.
    others = np.exp(np.delete(shifted, shifted.argmax())).sum()
    return np.asarray(shifted - np.log1p(others))


def cross_entropy(logits: ArrayLike, target: int, temperature: float = 1.0) -> float:
    """The loss −ln p of the true class.

    Args:
        logits: one number per class, ``(n_classes,)``.
        target: index of the true class.
        temperature: T > 0.

    Example:
        >>> round(cross_entropy([3.0, 1.0, 0.2], target=0), 3)
        0.179
        >>> cross_entropy([0.0, 1000.0], target=0)
        1000.0
    """
    return float(0.0 - log_softmax(logits, temperature)[target])


def cross_entropy_gradient(logits: ArrayLike, target: int, temperature: float = 1.0) -> Floats:
    """Derivative of the loss by each logit, (p − y) / T, where y is 1 for the true class and 0 for the others.

    Args:
        logits: one number per class, ``(n_classes,)``.
        target: index of the true class.
        temperature: T > 0.

    Returns:
        float64, ``(n_classes,)``, of sum 0: negative for the true class alone.

    Example:
        >>> cross_entropy_gradient([3.0, 1.0, 0.2], target=0).round(3)
        array([-0.164,  0.113,  0.051])
    """
    gradient = softmax(logits, temperature)
    # 1 − p would cancel where the true class is almost certain; the others' probabilities do not.
    gradient[target] = 0.0 - np.delete(gradient, target).sum()
    return np.asarray(gradient / temperature)


@dataclass(frozen=True, eq=False)
class NaiveSoftmax:
    """What exp(zᵢ/T) / Σⱼ exp(zⱼ/T) gives in float32 if it is computed as it is written.

    Attributes:
        exponentials: exp(zᵢ/T), float32, ``(n_classes,)``: infinite above z/T ≈ 88.7, and 0 below ≈ −103.3.
        total: their sum.
        probabilities: their quotients, float32, ``(n_classes,)``: NaN for ∞/∞ and 0/0.
    """

    exponentials: NDArray[np.float32]
    total: float
    probabilities: NDArray[np.float32]

    @property
    def is_broken(self) -> bool:
        """Whether it gives something that is no number.

        Example:
            >>> naive_softmax([3.0, 1.0]).is_broken, naive_softmax([3.0, 1.0], offset=-1000.0).is_broken
            (False, True)
        """
        return bool(np.isnan(self.probabilities).any())


def naive_softmax(logits: ArrayLike, temperature: float = 1.0, offset: float = 0.0) -> NaiveSoftmax:
    """Softmax in float32 by the formula as it is written, without the largest logit taken away first.

    Args:
        logits: one number per class, ``(n_classes,)``.
        temperature: T > 0.
        offset: what is added to every logit; the true probabilities do not depend on it.

    Example:
        >>> naive_softmax([3.0, 1.0, 0.2]).probabilities
        array([0.8360188 , 0.11314284, 0.05083836], dtype=float32)
        >>> naive_softmax([3.0, 1.0, 0.2], offset=100.0).probabilities
        array([nan, nan, nan], dtype=float32)
    """
    single = np.float32
    with np.errstate(all="ignore"):  # that it overflows is what is shown
        exponents = (np.asarray(logits, dtype=single) + single(offset)) / single(temperature)
        exponentials = np.exp(exponents.astype(np.float64)).astype(single)  # rounded once, as on any machine
        total: Any = single(0)
        for each in exponentials:  # one after the other: NumPy's own sum goes another way for many classes
            total = single(total + each)
        return NaiveSoftmax(exponentials, float(total), exponentials / total)
