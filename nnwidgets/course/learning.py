"""Exercises of the fourth notebook: how a network learns."""

from __future__ import annotations

import math

from nnwidgets._percent import percent
from nnwidgets.course._answers import called, explained, names, near, number, shown
from nnwidgets.course._exercises import Mistake, exercise

_LOOP = ("forward", "loss", "gradient", "update")
_BEFORE = {
    ("forward", "loss"): "a loss compares a prediction with the target, and forward is what makes the prediction",
    ("loss", "gradient"): "the gradient is the slope of the loss, so there must be a loss first",
    ("gradient", "update"): "the update goes against the gradient, so there must be a gradient first",
}


@exercise("4.1")
def _(order: object) -> str:
    words = names(order, _LOOP, "order")
    if sorted(words) != sorted(_LOOP):
        raise Mistake(f"order should have each of {', '.join(_LOOP)} once; you gave {shown(order)}.")
    for (first, second), why in _BEFORE.items():
        if words.index(first) > words.index(second):
            raise Mistake(f"you have {second} before {first}: {why}.")
    return "predict, say how wrong it is, find out which way is better, go a little that way; and all again."


_NO_MINUS = {
    0: "for the target 0 the minus is missing: it belongs before both terms, so put them in brackets.",
    1: "the minus is missing: the logarithm of a probability is negative, and a loss is not.",
}


@exercise("4.2")
def _(bce: object) -> str:
    for p, y in ((0.9, 1), (0.2, 0), (0.6, 1), (0.7, 0)):
        call, value = f"bce({p}, {y})", number(called(bce, p, y), f"bce({p}, {y})")
        sure = p if y else 1 - p
        target = -math.log(sure)
        if near(value, target, absolute=1e-6):
            continue
        why = {
            -target: _NO_MINUS[y],
            -math.log10(sure): "that is the logarithm to base 10; take `math.log`, to base e.",
            -math.log2(sure): "that is the logarithm to base 2; take `math.log`, to base e.",
            -math.log(p): "for the target 0 what counts is 1 − p, the probability of class 0.",
            -math.log(1 - p): "for the target 1 what counts is p itself.",
            (p - y) ** 2: "that is the squared error.",
            0.0: "that is 0, as if the prediction were perfect: which of the two terms is left for this target?",
        }
        reason = explained(value, why, f"the right class had the probability {sure:g}.")
        raise Mistake(f"{call} gives {value:.4f}, and should give {target:.4f}: {reason}")
    return "your four losses are those in the table on screen, 0.105 for the first."


@exercise("4.3")
def _(learned: object) -> str:
    chosen = names(learned, tuple(_FATES), "learned")
    for name, why in _FATES.items():
        learns = name in {"xavier", "he"}
        if learns != (name in chosen):
            raise Mistake(f"{name.capitalize()} is {'missing in' if learns else 'in'} your list, but {why}.")
    return "Xavier and He, whose weights are neither too small nor too large for the number of inputs; and random."


_LEARNS = f"its card says that it learns, with {percent(1)} right at the end"
_FATES = {
    "zeros": "all its weights stay 0: no signal comes through, and no gradient comes back",
    "constant": "its neurons are all alike, and stay so; and its signals grow from layer to layer",
    "small": "after ten layers nothing is left of signal or gradient",
    "large": "its signals grow about fivefold with each layer, and the first steps take it out of all bounds",
    "xavier": _LEARNS,
    "he": _LEARNS,
}


@exercise("4.4")
def _(xavier: object) -> str:
    for n_in, n_out in ((64, 64), (784, 64), (2, 6)):
        call, value = f"xavier({n_in}, {n_out})", number(called(xavier, n_in, n_out), f"xavier({n_in}, {n_out})")
        target = math.sqrt(2 / (n_in + n_out))
        if near(value, target, absolute=1e-6):
            continue
        why = {
            target**2: "that is the variance; the standard deviation is its square root.",
            target**2 / 2: "`** 1/2` is first the power 1, then divided by 2: write `** (1 / 2)`, or `math.sqrt`.",
            math.sqrt(2 / n_in): "that is He's, which counts the inputs alone.",
            math.sqrt(1 / (n_in + n_out)): "there is a 2 above the line.",
            math.sqrt(2 / n_in + n_out): "n_in + n_out belongs in brackets.",
            math.sqrt(2) / (n_in + n_out): "the root is of the whole fraction.",
        }
        reason = explained(value, why, "it is the square root of 2 / (n_in + n_out).")
        raise Mistake(f"{call} gives {value:.4f}, and should give {target:.4f}: {reason}")
    return "for 64 inputs and outputs 0.125, which the picture above calls “Weights’ σ”. More inputs, smaller weights."


@exercise("4.5")
def _(w_next: object) -> str:
    answer = number(w_next, "w_next")
    if near(answer, -2.72):
        return "the slope is 2 × (−3.4) = −6.8, and −3.4 − 0.1 × (−6.8) = −2.72: one step towards 0."
    mistaken = {
        -4.08: "that went uphill: subtract η times the slope, and minus times minus is plus.",
        -6.8: "that is the slope there; the step is η times that.",
        0.68: "that is how far the step goes; where does it lead from −3.4?",
        -0.68: "that is η times the slope; subtract it from w.",
        2.72: "the size is right, but the step of 0.68 goes from −3.4 towards 0, and does not come past it.",
        -3.5: "that is w − η; multiply η by the slope.",
        -3.3: "that is w + η; multiply η by the slope, and subtract that.",
        3.4: "that is a step with η = 1; here η is 0.1.",
        -3.06: "that has w for the slope of w²; the slope is 2w.",
        -4.556: "that has the loss w² for its slope; the slope is 2w.",
    }
    raise Mistake(f"w_next is {answer:g}: {explained(answer, mistaken, 'w is −3.4, the slope is 2w, and η is 0.1.')}")


@exercise("4.6")
def _(fastest: object, limit: object) -> str:
    best, most = number(fastest, "fastest"), number(limit, "limit")
    if min(best, most) <= 0:
        raise Mistake(f"a learning rate is above 0; {min(best, most):g} would not go downhill.")
    if not near(best, 0.5):
        left = 1 - 2 * best
        how = "is still short of 0" if left > 0 else "jumps past 0"
        raise Mistake(f"with η = {best:g} a step makes {left:g} w of w, which {how}: find where nothing is left of w.")
    if near(most, 1.0):
        return "w becomes (1 − 2η) w: 0 for η = 0.5, and −w for η = 1, to and fro for ever. Beyond that it goes away."
    left = 1 - 2 * most
    if abs(left) < 1:
        raise Mistake(
            f"fastest is right. With η = {most:g} each step makes {left:g} w of w, which still comes closer to 0."
        )
    raise Mistake(f"fastest is right. With η = {most:g} each step makes {left:g} w of w, which goes away from 0.")
