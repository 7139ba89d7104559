"""Exercises of the third notebook: what a network is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from nnwidgets.course._answers import called, explained, listed, names, near, number, numbers, same, shown
from nnwidgets.course._exercises import Mistake, exercise

_MISCOUNTED: Mapping[float, str] = {
    6: "6 are the weights, 4 into the hidden layer and 2 out of it; each of the three neurons has a bias, too.",
    3: "3 are the biases, one for each neuron; there is a weight on each connection, too.",
    5: "5 are the neurons, the two inputs among them; count the connections, and the biases.",
    7: "7 leaves out two biases: the hidden neurons have one each, the output has one.",
    8: "8 leaves out one bias: the hidden neurons have one each, and the output has one, too.",
    11: "11 gives the two inputs a bias; an input is only a number that comes in.",
}


@exercise("3.1")
def _(count: object) -> str:
    answer = number(count, "count")
    if answer == 9:
        return "2 × 2 weights and 2 biases in the hidden layer, 2 × 1 weights and 1 bias in the output: 6 + 3 = 9."
    otherwise = f"it is not {answer:g}: count the lines, then one bias for each neuron."
    raise Mistake(explained(answer, _MISCOUNTED, otherwise, relative=0))


@exercise("3.2")
def _(parameters: object) -> str:
    for sizes in ([4, 3, 2], [2, 2, 1], [3, 1], [784, 64, 64, 10]):
        weights = sum(first * second for first, second in pairwise(sizes))
        biases = sum(sizes[1:])
        count = number(called(parameters, list(sizes)), f"parameters({sizes})")
        if near(count, weights + biases, relative=1e-9):
            continue
        why: dict[float, str] = {
            weights: "those are the weights alone: each neuron behind the inputs has a bias.",
            weights + sum(sizes): "that gives the inputs a bias, too: only sizes[1:] have one.",
            sizes[1] * (sizes[0] + 1): "that is the first layer alone: `return` belongs behind the loop.",
            weights + len(sizes) - 1: "that counts one bias for each layer: there is one for each neuron.",
        }
        otherwise = f"there are {weights:,} weights and {biases:,} bias{'es' * (biases > 1)} in it."
        reason = explained(count, why, otherwise, relative=0)
        raise Mistake(f"parameters({sizes}) gives {count:,.0f}, and should give {weights + biases:,}: {reason}")
    return "also for the network that will tell clothes apart: 784 × 64 + 64 + 64 × 64 + 64 + 64 × 10 + 10 = 55,050."


@exercise("3.3")
def _(neuron: object) -> str:
    for x, w, b in (
        ([1.0, 1.0], [1.5, -0.5], -0.5),
        ([0.5, -1.0], [2.0, 1.0], 0.25),
        ([1.0, 2.0, 3.0], [0.1, 0.2, -0.3], 0.5),
    ):
        call = f"neuron({x}, {w}, {b})"
        value = number(called(neuron, list(x), list(w), b), call)
        total = float(np.dot(x, w))
        if near(value, math.tanh(total + b), absolute=1e-6):
            continue
        mistakes = {
            total + b: "that is z itself: the activation is missing.",
            math.tanh(total): "that is tanh without the bias.",
            math.tanh(total + len(x) * b): "the bias is added once, and not again for each input.",
            total: "that is the weighted sum alone: bias and activation are missing.",
            math.tanh(total) + b: "the bias belongs inside: it is added before the activation.",
            1 / (1 + math.exp(-total - b)): "that is the sigmoid of z; this neuron has tanh.",
            math.tanh(x[0] * w[0] + x[1] * w[1] + b): "a third input is left out: add up over all of them.",
        }
        reason = explained(value, mistakes, f"z is {total + b:g} there, and the output is tanh(z).")
        raise Mistake(f"{call} gives {value:.4f}, and should give {math.tanh(total + b):.4f}: {reason}")
    return "a sum of products, plus the bias, through tanh. Every neuron of every network in this course is that."


_PLACES = ((-2.0,), (-0.5,), (0.0,), (0.5,), (2.0,))


@exercise("3.4")
def _(tanh_prime: object, relu_prime: object) -> str:
    difference = same(tanh_prime, lambda x: 1 / math.cosh(x) ** 2, *_PLACES)
    if difference is not None:
        call, value, target = difference
        mistaken = {
            math.tanh(-2.0): "that is tanh itself; its slope is 1/cosh² everywhere.",
            math.tanh(-2.0) * (1 - math.tanh(-2.0)): "f (1 − f) is the slope of the sigmoid; that of tanh is 1/cosh².",
            1 / math.cosh(4.0): "what is squared is cosh(x), not x.",
            1 / math.cosh(-2.0): "that is 1/cosh; the square is missing.",
        }
        reason = explained(value, mistaken, "its slope is 1/cosh² everywhere.")
        raise Mistake(f"{call} gives {value:.4f}, and should give {target:.4f}: {reason}")
    difference = same(relu_prime, lambda x: float(x > 0), *_PLACES)
    if difference is not None:
        call, value, target = difference
        hint = "at 0 we take 0" if call.endswith("(0)") else "ReLU is flat on the left, and rises by 1 on the right"
        raise Mistake(f"{call} gives {value:g}, and should give {target:g}: {hint}.")
    return "both agree with the formulas at five places. Now see how they look."


@exercise("3.5")
def _(weight: object, bias: object) -> str:
    w1, b1 = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([1.0, 0.0])
    w2, b2 = np.array([2.0, 1.0]), 3.0
    given, right = numbers(weight, 2, "weight"), w2 @ w1
    if not np.allclose(given, right):
        swapped = np.allclose(given, w1 @ w2)
        each = "multiply the row W₂ by each column of W₁" + ", the second, too" * near(given[0], right[0])
        why = "that is W₁ W₂, the wrong way round" if swapped else each
        raise Mistake(f"weight is {listed(given)}, which is not W₂ W₁: {why}.")
    is_list = isinstance(bias, list | tuple) and len(bias) == 1
    constant = number(bias[0] if is_list else bias, "bias")  # type: ignore[index]
    if near(constant, float(w2 @ b1 + b2)):
        return "W = [2, 3] and b = 5: one layer does what the two did, whatever comes in. The second was for nothing."
    why_not = {
        b2: "that is b₂ alone; b₁ goes through the second layer, too",
        b2 + 1: "that is b₁ + b₂; but b₁ is multiplied by W₂ first",
        2.0: "that is W₂ b₁ alone; b₂ is still to be added",
    }
    reason = explained(constant, why_not, "it should be W₂ b₁ + b₂, which is 2 × 1 + 1 × 0 + 3")
    raise Mistake(f"weight is right; bias is {constant:g}: {reason}.")


_NOT_USABLE: Mapping[str, str] = {
    "step": "it is flat everywhere: its slope is 0, and no weight learns which way to go",
    "linear": "it is a straight line: layers of it are no more than one layer",
}
_USABLE = {
    "sigmoid": "it bends, and it has a slope everywhere",
    "tanh": "it bends, and it has a slope everywhere",
    "relu": "it has a corner, which is bend enough, and a slope of 1 on the right",
}


@exercise("3.6")
def _(usable: object) -> str:
    chosen = names(usable, (*_NOT_USABLE, *_USABLE), "usable")
    for name, why in _NOT_USABLE.items():
        if name in chosen:
            raise Mistake(f"{name} is in your list, but {why}.")
    for name, why in _USABLE.items():
        if name not in chosen:
            raise Mistake(f"{name} is missing in your list {shown(usable)}: {why}.")
    return "they bend, and they have slopes. A step has no slope that could teach, and a line does not bend."
