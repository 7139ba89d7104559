"""Exercises of the fifth notebook: the chain rule, number by number."""

from __future__ import annotations

import math
import re

from nnwidgets.course._answers import called, explained, near, number, shown
from nnwidgets.course._exercises import Mistake, exercise

# What `BackpropExplorer()` begins with: the slopes on the path back to the first hidden neuron, and the gradients.
_BACK_TO_A1 = 0.34267
_GRADIENT = {"w11": 0.27414, "w12": -0.17134, "w21": -0.22174, "w22": 0.13859, "b1": 0.34267, "b2": -0.27717}

# The gradients there when the first input is 0.
_WITHOUT_X1 = {
    "w11": 0.0,
    "w12": -0.271,
    "w21": 0.0,
    "w22": 0.225,
    "b1": 0.542,
    "b2": -0.45,
    "v1": -0.329,
    "v2": 0.25,
    "c": -0.658,
}
_LOWERED = str.maketrans("₀₁₂", "012")


@exercise("5.1")
def _(gradient: object) -> str:
    value = number(gradient)
    if _about(value, _GRADIENT["w12"]):
        return (
            "the same four slopes as for w₁₁, 0.343 together, and x₂ = −0.5 in place of x₁ = 0.8 as the last one. "
            "Press 1 step in the explorer, and compare."
        )
    given = f"you gave {shown(value)}"
    if _about(value, -_GRADIENT["w12"]):
        raise Mistake(f"{given}: only the sign is wrong. The last slope is x₂, which is −0.5.")
    if _about(value, _GRADIENT["w11"]):
        raise Mistake(f"{given}, the gradient of w₁₁. By what is w₁₂ multiplied in a₁? That is the last slope.")
    if _about(value, _BACK_TO_A1):
        raise Mistake(f"{given}, which is right as far as a₁. One slope is missing: of a₁, when w₁₂ grows.")
    if _about(value, _GRADIENT["w22"]):
        raise Mistake(f"{given}, the gradient of w₂₂, which goes through h₂. The path of w₁₂ leads through a₁ and h₁.")
    if near(value, -0.9):
        raise Mistake(f"{given}, the weight itself. Its gradient is the product of five slopes.")
    raise Mistake(
        f"{given}. Multiply the slopes on the path: L by p, p by z, z by h₁, h₁ by a₁, and a₁ by w₁₂. Only the last "
        "one is another than for w₁₁."
    )


def _about(value: float, target: float) -> bool:
    """To one in a hundred: who multiplies by hand rounds each factor."""
    return near(value, target, relative=0.01)


# -- 5.2: a gradient as a function ---------------------------------------------------------------------------------


def _gradient(x: float, h: float, v: float, p: float) -> float:
    return (p - 1) * v * (1 - h**2) * x


def _slopes(x: float, h: float, v: float, p: float) -> dict[str, float]:
    """The five slopes on the path from the loss back to the weight, by what each of them is."""
    return {
        "the slope of the loss by p is missing: −1/p.": -1 / p,
        "the slope of the sigmoid at the output is missing: p (1 − p).": p * (1 - p),
        "the slope of z by h is missing: the weight v.": v,
        "the slope of tanh is missing: 1 − h².": 1 - h**2,
        "the last slope is missing, of the sum a by its weight: x.": x,
    }


def _ways_off(x: float, h: float, v: float, p: float) -> dict[str, float]:
    """What comes of the usual mistakes, by what is to be said of them."""
    slopes, gradient = _slopes(x, h, v, p), _gradient(x, h, v, p)
    return {
        "only the sign is wrong: the slope of −ln p is −1/p.": -gradient,
        **{what: gradient / slope for what, slope in slopes.items()},
        "you have 1 − h where the slope of tanh is: that is 1 − h².": gradient / (1 + h),
        "you have h (1 − h), the slope of a sigmoid; that of tanh is 1 − h².": gradient * h / (1 + h),
        "you have added them; on one path slopes are multiplied.": sum(slopes.values()),
    }


_PLACES = ((0.8, 0.7739, -1.1, 0.2233), (-0.5, 0.3, 0.7, 0.6), (1.5, -0.6, 1.2, 0.9))


@exercise("5.2")
def _(gradient: object) -> str:
    values = [number(called(gradient, *place), f"what gradient{place} gives") for place in _PLACES]
    targets = [_gradient(*place) for place in _PLACES]
    if _all_near(values, targets):
        return "that is all that backpropagation does for one weight of a hidden neuron, whatever the numbers are."
    place, value, target = next(
        each for each in zip(_PLACES, values, targets, strict=True) if not near(each[1], each[2])
    )
    found = f"gradient{place} gives {shown(value)}; the gradient is {target:.4g}."
    ways = [_ways_off(*each) for each in _PLACES]
    for what in ways[0]:
        if _all_near(values, [way[what] for way in ways]):
            raise Mistake(f"{found} Look at the slopes one by one: {what}")
    raise Mistake(f"{found} The five slopes are −1/p, p (1 − p), v, 1 − h² and x: multiply them.")


def _all_near(values: list[float], targets: list[float]) -> bool:
    return all(near(value, target) for value, target in zip(values, targets, strict=True))


# -- 5.3: finite differences ----------------------------------------------------------------------------------------


def cube(x: float) -> float:
    """What the finite difference is tried on: its slope at 2 is 12."""
    return x**3


_CENTRAL = 12.01  # ((2.1)³ − (1.9)³) / 0.2
_DIFFERENCES = {
    12.61: "that looks to the right only: f(x + ε) − f(x). Its error is 0.61; with f(x + ε) − f(x − ε) it is 0.01.",
    11.41: "that looks to the left only: f(x) − f(x − ε). Its error is 0.59; with f(x + ε) − f(x − ε) it is 0.01.",
    24.02: "from x − ε to x + ε it is 2ε, not ε: that is twice too much.",
    -12.01: "the two are the wrong way round: first the larger x, then the smaller.",
    2.402: "that is how much f changes; divide it by the distance from x − ε to x + ε.",
    0.1201: "divide by 2ε: in Python, `/ 2 * epsilon` divides by 2 and then multiplies by ε. Use brackets.",
    12.0025: "that goes half of ε to either side; the exercise goes from x − ε to x + ε, which is 2ε.",
    12.0: "that is the derivative itself; the exercise asks for the difference quotient, which has a small error.",
}


@exercise("5.3")
def _(slope: object) -> str:
    value = number(called(slope, cube, 2.0, 0.1), "what slope(cube, 2.0, 0.1) gives")
    if near(value, _CENTRAL, relative=1e-6):
        steep = number(called(slope, math.exp, 0.0, 0.01), "what slope(exp, 0.0, 0.01) gives")
        if not near(steep, 1.0000166667, relative=1e-6):
            raise Mistake(
                f"slope(cube, 2.0, 0.1) is right, but slope(exp, 0.0, 0.01) gives {shown(steep)}, not 1.00002."
            )
        return "for x³ at 2 it gives 12.01, and the slope is 12: the error is ε², a hundredth where ε is a tenth."
    # What comes of a small mistake is hardly another number than the derivative, 12.
    why = explained(value, _DIFFERENCES, "take f(x + ε) − f(x − ε), and divide it by 2ε.", relative=1e-5)
    raise Mistake(f"for x³ at 2, with ε = 0.1, yours gives {shown(value)}, and should give 12.01: {why}")


# -- 5.4 to 5.6 -----------------------------------------------------------------------------------------------------

_UPDATED = -0.25  # −0.4 − 0.5 · (−0.3)
_UPDATES = {
    -0.55: "a step along the gradient, by which the loss rises. To subtract a negative number is to add.",
    -0.1: "a step as long as the gradient. The learning rate η is 0.5, so it is half as long.",
    -0.7: "a step along the gradient, and as long. The step goes against it, and η is 0.5.",
    0.15: "the change. The weight was −0.4: what is it after this?",
    -0.15: "half of the gradient. The weight was −0.4: what is it, if this is subtracted?",
    0.25: "which has the wrong sign: −0.4 + 0.15 is still below 0.",
}


@exercise("5.4")
def _(w: object) -> str:
    value = number(w)
    if near(value, _UPDATED):
        return (
            "−0.4 − 0.5 · (−0.3) = −0.25. The gradient is negative: the loss falls where the weight grows. So it grows."
        )
    why = explained(value, _UPDATES, "put the numbers into w − η g: w is −0.4, η is 0.5, and g is −0.3.")
    raise Mistake(f"you gave {shown(value)}, {why}")


@exercise("5.5")
def _(names: object) -> str:
    found = _names(names)
    for name in found:
        if name not in _WITHOUT_X1:
            raise Mistake(f"there is no {shown(name)} in the network; its nine numbers are {', '.join(_WITHOUT_X1)}.")
    for name in found:
        gradient = _WITHOUT_X1[name]
        if gradient:
            raise Mistake(
                f"you named {name}, whose gradient is {gradient:.3g} there. Is x₁ among the slopes on its path?"
            )
    missing = [name for name, gradient in _WITHOUT_X1.items() if not gradient and name not in found]
    if missing:
        raise Mistake(f"you named {', '.join(found) or 'none'}; there is one more. Which weights does x₁ go into?")
    return "x₁ is a factor of these two alone. What comes in as 0 teaches its weights nothing; the biases still learn."


def _names(answer: object) -> list[str]:
    """Names out of a list, or out of a text such as "w11, w21"; with figures set low, or not."""
    parts = re.split(r"[\s,;]+", answer.strip()) if isinstance(answer, str) else answer
    if not isinstance(parts, list | tuple | set) or not all(isinstance(part, str) for part in parts):
        raise Mistake(f'the answer should be a list of names, such as ["b1", "v2"]; you gave {shown(answer)}.')
    return [part.translate(_LOWERED).replace("_", "").strip().lower() for part in parts if part]


@exercise("5.6")
def _(layers: object) -> str:
    value = number(layers)
    if value != int(value):
        raise Mistake(f"you gave {shown(value)}; layers come whole. Round up: the share has to be below a millionth.")
    if value == 10:
        return "4¹⁰ = 1,048,576. And a quarter is the most that a sigmoid lets through; most often it is less."
    if not 1 <= value <= 50:
        raise Mistake(f"you gave {shown(value)}. Begin with 1 layer, of which 1/4 comes through; then 2, and so on.")
    left = f"{value:g} layers let at most one part in 4 · 4 · … = {4 ** int(value):,} through"
    if value == 1:
        raise Mistake("1 layer lets a quarter through. Of 2 it is a quarter of a quarter, and so on.")
    if value < 10:
        raise Mistake(f"{left}. That is still more than one in a million.")
    raise Mistake(f"{left}. That is less than one in a million, but so it is with fewer.")
