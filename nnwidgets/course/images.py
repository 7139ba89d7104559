"""Exercises of the seventh notebook: ten kinds of clothes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnwidgets.course._answers import called, kind, near, number, numbers, shown, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PARAMETERS = 55_050
_COUNTS = {
    54_912: "all weights, but not the 138 biases: one for each of the 64 + 64 + 10 neurons",
    50_240: "the first layer alone. Two more follow: 64 → 64 and 64 → 10",
    50_890: "a network with one hidden layer. There is a second one, 64 → 64",
    54_400: "the two hidden layers. The output layer, 64 → 10, has weights and biases, too",
    922: "the number of pixels and neurons. Each neuron has a weight for every number that comes in",
    138: "the number of neurons, or of biases. Each neuron has a weight for every number that comes in, too",
}


@exercise("7.1")
def _(parameters: object) -> str:
    value = number(parameters)
    if value == _PARAMETERS:
        return "784 · 64 + 64 and 64 · 64 + 64 and 64 · 10 + 10. Nine in ten of them are in the first layer."
    if value in _COUNTS:
        raise Mistake(f"you gave {value:,.0f}, {_COUNTS[int(value)]}.")
    size = "too few" if value < _PARAMETERS else "too many"
    raise Mistake(
        f"{value:,.0f} is {size}. Begin with the first hidden layer: each of its 64 neurons has 784 weights and a "
        "bias, which makes 50,240."
    )


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


@exercise("7.3")
def _(loss: object) -> str:
    value = number(loss)
    if near(value, math.log(10), relative=3e-3):
        return "−ln(1/10) = ln 10 = 2.303. A first loss near it is what a network has that knows nothing."
    given = f"you gave {shown(value)}"
    if near(value, -math.log(10), relative=3e-3):
        raise Mistake(f"{given}: the loss is minus the logarithm, so that it is positive.")
    if near(value, 0.1):
        raise Mistake(f"{given}, the probability of the true class. The loss is minus its logarithm.")
    if near(value, 1.0) or near(value, math.log2(10), relative=3e-3):
        raise Mistake(f"{given}: this is the logarithm to another base. The loss takes the natural one, `math.log`.")
    raise Mistake(f"{given}. Every class gets the probability 1/10, also the true one: what is −ln of it?")


@exercise("7.4")
def _(batches: object) -> str:
    value = number(batches)
    if value == 938:
        return "937 full batches have 59,968 images; the last one has the 32 that are left."
    if value == 937:
        raise Mistake("937 batches of 64 are 59,968 images. What becomes of the other 32?")
    if near(value, 937.5, relative=1e-6):
        raise Mistake("937.5 is right as a quotient, but half a batch is made as one, too: round up.")
    if value == 9380:
        raise Mistake("9,380 are the batches of ten epochs; this is about one.")
    if value in {93, 93.75, 94}:
        raise Mistake(f"you gave {shown(value)}, the batches of 6,000 images. The question is about all 60,000.")
    raise Mistake(f"you gave {shown(value)}: how often is 64 contained in 60,000, and what is left over?")


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
    found = f"after {trainer.epoch} epochs {rate}, {100 * accuracy:.1f} % of the test images are right"
    if accuracy >= 0.75:
        return f"{found}."
    if accuracy < 0.3 and trainer.learning_rate >= 0.5:
        raise Mistake(f"{found}, not much more than by guessing: the steps are too long. Try a tenth of it.")
    longer = f" It may train for {10 - trainer.epoch} epochs more, too." if trainer.epoch < 10 else ""
    if trainer.learning_rate <= 0.01:
        raise Mistake(f"{found}; 75 % can be had. The steps are short: try ten times the learning rate.{longer}")
    raise Mistake(f"{found}; 75 % can be had. Compare its loss with that of other learning rates.{longer}")


@exercise("7.6")
def _(trainer: object, hardest: object) -> str:
    if kind(trainer, "FashionTrainer").step_count == 0:
        raise Unanswered("train it first: a network that knows nothing confuses everything.")
    matrix = trainer.confusion_matrix("test")  # type: ignore[attr-defined]
    names: tuple[str, ...] = trainer.dataset.class_names  # type: ignore[attr-defined]
    row = _row(hardest, names)
    shares = matrix.diagonal() / matrix.sum(axis=1)
    worst = int(shares.argmin())
    if shares[row] > shares[worst]:
        raise Mistake(
            f"of the {names[row]} images {_of(shares[row])} are right; there is a class with less. Compare the numbers "
            "on the diagonal of the matrix."
        )
    others = matrix[row].copy()
    others[row] = 0
    taken = names[int(others.argmax())]
    mistaken = _of(others.max() / matrix[row].sum())
    return f"of the {names[row]} images {_of(shares[row])} are right, and {mistaken} are taken for {taken}."


def _of(share: float) -> str:
    return f"{100 * share:.0f} %"


def _row(answer: object, names: tuple[str, ...]) -> int:
    """The number of a class, by its name or its number."""
    if isinstance(answer, str):
        lowered = [name.lower() for name in names]
        name = answer.strip().lower()
        if name not in lowered:
            raise Mistake(f"there is no class {shown(answer)}; there are {', '.join(names)}.")
        return lowered.index(name)
    value = number(answer, "the class")
    if value not in range(len(names)):
        raise Mistake(f"there is no class {shown(value)}; they go from 0 to {len(names) - 1}.")
    return int(value)
