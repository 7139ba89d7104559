"""Exercises of the seventh notebook: ten kinds of clothes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnwidgets._percent import percent
from nnwidgets.course._answers import called, explained, near, number, numbers, shown, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_PARAMETERS = 55_050
_COUNTS: dict[float, str] = {
    54_912: "all weights, but not the 138 biases: one for each of the 64 + 64 + 10 neurons.",
    50_240: "the first layer alone. Two more follow: 64 → 64 and 64 → 10.",
    50_890: "a network with one hidden layer. There is a second one, 64 → 64.",
    54_400: "the two hidden layers. The output layer, 64 → 10, has weights and biases, too.",
    922: "the number of pixels and neurons. Each neuron has a weight for every number that comes in.",
    138: "the number of neurons, or of biases. Each neuron has a weight for every number that comes in, too.",
}


@exercise("7.1")
def _(parameters: object) -> str:
    value = number(parameters)
    if value == _PARAMETERS:
        return "784 · 64 + 64 and 64 · 64 + 64 and 64 · 10 + 10. Nine in ten of them are in the first layer."
    size = "few" if value < _PARAMETERS else "many"
    otherwise = (
        f"too {size}. Begin with the first hidden layer: each of its 64 neurons has 784 weights and a bias, which "
        "makes 50,240."
    )
    raise Mistake(f"you gave {value:,.0f}, {explained(value, _COUNTS, otherwise, relative=0)}")


# -- 7.2: softmax ---------------------------------------------------------------------------------------------------

_LOGITS = [3.0, 1.0, 0.2]
_LARGE = [1003.0, 1001.0, 1000.2]


@exercise("7.2")
def _(softmax: object) -> str:
    for logits in (_LOGITS, [-1.0, 0.5, 2.0]):
        _judge_softmax(_softmax_of(softmax, logits), logits)
    import numpy as np

    try:
        large = _softmax_of(softmax, _LARGE)
        if np.allclose(large, _softmax(_LARGE), atol=1e-4):
            return "it sums to 1, and does not mind logits of a thousand. torch.softmax does the same."
        text = f"it gives {_rounded(large)}"
    except Mistake as mistake:
        text = "it gives nan" if "is nan" in str(mistake) else str(mistake)
    raise Mistake(
        f"for {_LOGITS} it is right. For {_LARGE}, the same but for 1,000, {text.rstrip('.')}: e^1003 is more than "
        "a float holds. Subtract the largest logit from all of them first; that changes no probability."
    )


def _softmax_of(softmax: object, logits: list[float]) -> NDArray[np.float64]:
    import torch

    return numbers(called(softmax, torch.tensor(logits)), len(logits), f"what softmax(tensor({logits})) gives")


def _softmax(logits: list[float]) -> NDArray[np.float64]:
    import numpy as np

    powers = np.exp(np.array(logits) - max(logits))
    return np.asarray(powers / powers.sum())


def _judge_softmax(found: NDArray[np.float64], logits: list[float]) -> None:
    import numpy as np

    target = _softmax(logits)
    if np.allclose(found, target, atol=1e-4):
        return
    said = f"for the logits {logits} it gives {_rounded(found)}"
    exponents = np.exp(logits)
    if np.allclose(found, exponents, rtol=1e-4):
        raise Mistake(f"{said}: these are the powers of e. Divide each by their sum, {exponents.sum():.4g}.")
    if np.allclose(found, np.array(logits) / sum(logits), atol=1e-4):
        raise Mistake(f"{said}: these are shares of the logits. Take e to the power of each logit first.")
    if np.allclose(found, np.log(target), atol=1e-4):
        raise Mistake(f"{said}: these are the logarithms of the probabilities, as LogSoftmax gives them.")
    if np.allclose(found, exponents / exponents.max(), atol=1e-4):
        raise Mistake(f"{said}: divide by the sum of the powers, not by the largest of them.")
    if not near(float(found.sum()), 1.0):
        raise Mistake(f"{said}, whose sum is {found.sum():.4g}; probabilities have the sum 1.")
    raise Mistake(f"{said}; softmax gives {_rounded(target)}: e to the power of each logit, divided by their sum.")


def _rounded(values: NDArray[np.float64]) -> str:
    return str([round(float(value), 4) for value in values])


# -- 7.3 to 7.6 -----------------------------------------------------------------------------------------------------

_LOSSES = {
    -math.log(10): "but the loss is minus the logarithm, so that it is positive.",
    0.1: "the probability of the true class. The loss is minus its logarithm.",
    1.0: "the logarithm to the base 10. The loss takes the natural one, `math.log`.",
    math.log2(10): "the logarithm to the base 2. The loss takes the natural one, `math.log`.",
}


_TWO_DIGITS = 3e-3  # so far is 2.3 from ln 10


@exercise("7.3")
def _(loss: object) -> str:
    value = number(loss)
    if near(value, math.log(10), relative=_TWO_DIGITS):
        return "−ln(1/10) = ln 10 = 2.303. A first loss near it is what a network has that knows nothing."
    otherwise = "which is another number: every class gets the probability 1/10, also the true one. What is −ln of it?"
    raise Mistake(f"you gave {shown(value)}, {explained(value, _LOSSES, otherwise, relative=_TWO_DIGITS)}")


_BATCHES: dict[float, str] = {
    937: "which are 59,968 images. What becomes of the other 32?",
    937.5: "which is right as a quotient. But half a batch is made as one, too: round up.",
    9380: "the batches of ten epochs. This is about one.",
    93: "the batches of 6,000 images. The question is about all 60,000.",
    93.75: "the batches of 6,000 images. The question is about all 60,000.",
    94: "the batches of 6,000 images. The question is about all 60,000.",
}


@exercise("7.4")
def _(batches: object) -> str:
    value = number(batches)
    if value == 938:
        return "937 full batches have 59,968 images; the last one has the 32 that are left."
    otherwise = "which is another number: how often is 64 contained in 60,000, and what is left over?"
    raise Mistake(f"you gave {shown(value)}, {explained(value, _BATCHES, otherwise, relative=0)}")


_WANTED = 0.75


@exercise("7.5")
def _(faster: object) -> str:
    trainer = trained(faster, "FashionTrainer")
    rate = f"with learning rate {trainer.learning_rate:g}"
    if trainer.status == "diverged":
        raise Mistake(f"{rate} the loss went out of bounds: that is too fast. Reset, and try a smaller one.")
    if trainer.epoch > 10:
        raise Mistake(f"it was trained for {trainer.epoch} epochs; 10 are allowed: reset, and raise the learning rate.")
    accuracy = trainer.test_accuracy
    if accuracy is None:
        raise Unanswered("it has not seen the test images so far: train to the end of an epoch.")
    found = f"after {trainer.epoch} epochs {rate}, {percent(accuracy, 1)} of the test images are right"
    if accuracy >= _WANTED:
        return f"{found}."
    if accuracy < 0.3 and trainer.learning_rate >= 0.5:
        raise Mistake(f"{found}, not much more than by guessing: the steps are too long. Try a tenth of it.")
    longer = f" It may train for {10 - trainer.epoch} epochs more, too." if trainer.epoch < 10 else ""
    if trainer.learning_rate <= 0.01:
        raise Mistake(
            f"{found}; {percent(_WANTED)} can be had. The steps are short: try ten times the learning rate.{longer}"
        )
    raise Mistake(
        f"{found}; {percent(_WANTED)} can be had. Compare its loss with that of other learning rates.{longer}"
    )


_ASKED = 4  # Coat
_ROUNDED = 0.006  # a share may be given in whole per cent


@exercise("7.6")
def _(trainer: object, share: object) -> str:
    found = trained(trainer, "FashionTrainer")
    value = number(share, "the share")
    matrix, names = found.confusion_matrix("test"), found.dataset.class_names
    others = matrix[:, _ASKED].copy()
    right, others[_ASKED] = int(others[_ASKED]), 0
    if not right:
        raise Unanswered("it has not found a single coat so far: train it longer, then run this cell again.")
    answered = right + int(others.sum())
    if near(value, right / answered, relative=0, absolute=_ROUNDED):
        return (
            f"{right:,} of the {answered:,} images that it calls Coat are coats, {percent(right / answered)}; most of "
            f"the others are in the class {names[int(others.argmax())]}. How many of the coats it finds, "
            f"{percent(right / matrix[_ASKED].sum())}, is another question."
        )
    otherwise = (
        "which is another number: the sum of the column says how many images it calls Coat, and the number on the "
        "diagonal how many of these are coats. Divide the second by the first."
    )
    of_another = explained(value, _shares_of_others(matrix, names), otherwise)
    why = explained(value, _other_shares(matrix), of_another, absolute=_ROUNDED)
    raise Mistake(f"you gave {shown(value)}, {why}")


def _other_shares(matrix: NDArray[np.int64]) -> dict[float, str]:
    """What else can be computed of coats in a confusion matrix, by what it is."""
    found, answered, right = int(matrix[_ASKED].sum()), int(matrix[:, _ASKED].sum()), int(matrix[_ASKED, _ASKED])
    return {
        right / found: "the share of the coats that it finds, which the picture has under accuracy. Divide by the sum "
        "of the column, not of the row.",
        1 - right / answered: "the share of those that are no coats.",
        100 * right / answered: "which is in percent: give a share, from 0 to 1.",
        right / int(matrix.sum()): "a share of all test images. Divide by how many it calls Coat.",
        answered / right: "which is upside down: a share is at most 1.",
        right: "how many are right. Divide by how many it calls Coat.",
        answered: "how many it calls Coat. How many of these are coats?",
    }


def _shares_of_others(matrix: NDArray[np.int64], names: Sequence[str]) -> dict[float, str]:
    """The same share for the other classes; many of them are near to each other."""
    shares = matrix.diagonal() / matrix.sum(axis=0).clip(1)
    return {
        float(share): f"the share for {name}. Coat is number 4, counted from 0."
        for row, (share, name) in enumerate(zip(shares, names, strict=True))
        if row != _ASKED
    }
