"""Exercises of the second notebook: from the neuron to the perceptron, and beyond it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from nnwidgets.course._answers import called, explained, kind, listed, near, number, numbers, shown, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

Rows = Sequence[tuple[Any, ...]]
_ROWS = tuple(product((0, 1), repeat=2))


@exercise("2.1")
def _(and_neuron: object) -> str:
    neuron = kind(and_neuron, "NeuronExplorer")
    if neuron.gate != "AND":
        raise Mistake(f"this one is about AND; you chose {neuron.gate}: run the cell again that shows the neuron.")
    if neuron.hidden_layer:
        raise Mistake("there is a hidden layer before your neuron: take it away, AND needs none.")
    if neuron.weights == (1.0, 1.0) and neuron.threshold == 0.0:
        raise Unanswered("the sliders are where they were: move them until all four rows have a ✓.")
    wrong = next((row for row in neuron.table if not row.is_right), None)
    if wrong is not None:
        total = wrong.z + neuron.threshold
        _blame("AND", wrong.inputs, total, neuron.threshold, wrong.target)
    w1, w2 = neuron.weights
    return (
        f"with the weights {w1:g} and {w2:g} only both inputs together, {w1 + w2:g}, come above the threshold "
        f"{neuron.threshold:g}; one alone, {max(w1, w2):g} at most, does not."
    )


def _blame(gate: str, inputs: tuple[int, ...], total: float, threshold: float, target: int) -> None:
    """Say of a row of a truth table why the neuron gets it wrong."""
    names = ("x₁", "x₂") if len(inputs) > 1 else ("x",)
    given = " and ".join(f"{name} = {value}" for name, value in zip(names, inputs, strict=True))
    relation, does = ("is not above", "stays silent") if target else ("is above", "fires")
    cure = "lower the threshold" if target else "raise the threshold"
    if any(inputs):  # without any input no weight counts
        cure += ", or raise a weight" if target else ", or lower a weight"
    raise Mistake(
        f"for {given} the sum {total:g} {relation} the threshold {threshold:g}, so the neuron {does}; {gate} wants "
        f"{target}: {cure}."
    )


@exercise("2.2")
def _(or_gate: object, not_gate: object) -> str:
    *weights, threshold = numbers(or_gate, 3, "or_gate")
    _judge_gate("OR", weights, threshold, [(inputs, int(any(inputs))) for inputs in _ROWS])
    weight, threshold_of_not = numbers(not_gate, 2, "not_gate")
    _judge_gate("NOT", [weight], threshold_of_not, [((x,), 1 - x) for x in (0, 1)])
    return (
        f"OR: {min(weights):g} is above {threshold:g}, so one input is enough. NOT: the sum is 0 without the input, "
        f"which is above {threshold_of_not:g}, and {weight:g} with it: a negative weight silences."
    )


def _judge_gate(gate: str, weights: Sequence[float], threshold: float, rows: Rows) -> None:
    for inputs, target in rows:
        total = float(np.dot(weights, inputs)) + 0.0  # no -0
        if (total > threshold) != target:
            _blame(gate, inputs, total, float(threshold), target)


@exercise("2.3")
def _(weight: object) -> str:
    answer = number(weight, "weight")
    if near(answer, 1.0):
        return "0.5 for each of the two times that both fire. One cell alone adds 0.5 × 1 × 0 = 0, silence adds 0, too."
    mistaken = {
        2.0: "2 would be 0.5 for each of the four; but only where both cells fire is x₁ x₂ = 1.",
        1.5: "1.5 counts the time when only the first cell fires, too; there x₁ x₂ = 1 × 0 = 0.",
        0.5: "0.5 is what one presentation adds; how often do both cells fire?",
    }
    otherwise = f"it is not {answer:g}: go through the four rows, and add 0.5 × x₁ × x₂ for each of them."
    raise Mistake(explained(answer, mistaken, otherwise))


@exercise("2.4")
def _(after_first: object, after_second: object) -> str:
    start = np.zeros(3)
    first = _judge_update(numbers(after_first, 3, "after_first"), start, (1, 1), 1)
    _judge_update(numbers(after_second, 3, "after_second"), first, (0, 1), 0)
    return (
        "first the error is 1 − 0 = 1, and the sample is added: [1, 1, 1]. Then w₂ + b = 2 is above 0, the error is "
        "0 − 1 = −1, and the sample is taken away: [1, 0, 0]."
    )


def _judge_update(given: np.ndarray, before: np.ndarray, x: tuple[int, int], y: int) -> np.ndarray:
    """Look at the weights after one sample; returns what they should be."""
    sample = np.array([*x, 1.0])
    total = float(before @ sample)
    output = int(total > 0)
    change = (y - output) * sample
    right: np.ndarray = before + change
    if np.allclose(given, right):
        return right
    told = f"after the sample {x} you have {listed(given)}. Before it the weights are {listed(before)}"
    why = (
        (before, f"the sum is {total:g}, so y′ = {output}, which is not {y}: something has to change."),
        (before - change, "you went the other way: the error is y − y′, not y′ − y."),
        (np.append(right[:2], before[2]), "the bias changes, too: its input is always 1."),
    )
    for mistaken, reason in why:
        if np.allclose(given, mistaken):
            raise Mistake(f"{told}: {reason}")
    raise Mistake(
        f"{told}: the sum is {total:g}, so y′ = {output} and the error {y - output}; add that times (x₁, x₂, 1)."
    )


@exercise("2.5")
def _(xor: object) -> str:
    outputs = [_bit(called(xor, *inputs), inputs) for inputs in _ROWS]
    targets = [x1 ^ x2 for x1, x2 in _ROWS]
    if outputs == targets:
        return "OR and NAND are both 1 just where exactly one input is 1. Two neurons first, then one: a hidden layer."
    other: dict[str, Callable[[int, int], int]] = {
        "AND": lambda x1, x2: x1 & x2,
        "OR": lambda x1, x2: x1 | x2,
        "NAND": lambda x1, x2: 1 - (x1 & x2),
        "NOR": lambda x1, x2: 1 - (x1 | x2),
        "the opposite of XOR": lambda x1, x2: 1 - (x1 ^ x2),
    }
    for name, gate in other.items():
        if outputs == [gate(*inputs) for inputs in _ROWS]:
            raise Mistake(f"that is {name}: its four outputs are {outputs}, and XOR's are {targets}.")
    inputs, output, target = next(row for row in zip(_ROWS, outputs, targets, strict=True) if row[1] != row[2])
    raise Mistake(f"xor{inputs} gives {output}, and should give {target}: which of h₁ and h₂ are 1 there?")


def _bit(value: object, inputs: tuple[int, ...]) -> int:
    """What a gate gives, 0 or 1; True and False are that, too."""
    if isinstance(value, tuple | list):
        raise Mistake(f"xor{inputs} gives {shown(value)}: give h₁ and h₂ to a third neuron, and return what it gives.")
    bit = number(int(value) if isinstance(value, bool | np.bool_) else value, f"xor{inputs}")
    if bit not in {0, 1}:
        raise Mistake(f"xor{inputs} gives {bit:g}; a neuron of this kind gives 0 or 1: give h₁ and h₂ to `fires`.")
    return int(bit)


@exercise("2.6")
def _(function: object) -> str:
    trainer = trained(function, "FunctionTrainer")
    if trainer.dataset.name != "sine":
        raise Mistake(f"this one is about sine; on screen is {shown(trainer.dataset.name)}: choose sine at the left.")
    if len(trainer.hidden_layers) != 1:
        raise Mistake(f"this one is about one hidden layer; yours has {len(trainer.hidden_layers)}: set layers to 1.")
    (neurons,), loss, epochs = trainer.hidden_layers, trainer.loss, trainer.epoch
    counted = f"{neurons} neuron{'s' * (neurons != 1)}"
    if loss < 0.01:
        return (
            f"{counted} bring the loss to {loss:.4f}. Each of them adds one smooth step, and enough of them add up to "
            "any curve: that is what universal approximation says."
        )
    more = "train longer" if neurons >= 6 and epochs < 300 else "add neurons, press Reset, and train again"
    raise Mistake(f"with {counted} the loss is {loss:.3f} after {epochs:,} epochs, which is not below 0.01: {more}.")
