"""Exercises of the first notebook: a network to play with."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnwidgets._percent import percent
from nnwidgets.course._answers import number, shown, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

_FEW = 50  # epochs, after which two neurons have done what they can
_TRIED = 20  # epochs that a setting is given before it is said to fail
_LEARNED, _CLOSE, _FAILED = 0.95, 0.9, 0.7


@exercise("1.1")
def _(playground: object) -> str:
    trainer = trained(playground, "PlanarTrainer", _FEW)
    _must_be(trainer, "circles", 2)
    right, wrong = percent(trainer.accuracy), percent(1 - trainer.accuracy)
    return (
        f"after {trainer.epoch:,} epochs the loss is {trainer.loss:.2f}, and {right} of the points are on the right "
        f"side. The other {wrong} stay wrong, however long you wait: two lines leave the region open."
    )


def _must_be(trainer: Any, dataset: str, *neurons: int) -> None:
    """Another data set or network than the exercise is about is a mistake."""
    if trainer.dataset.name != dataset:
        raise Mistake(f"this one is about {dataset}; on screen is {trainer.dataset.name}: choose {dataset} under Data.")
    if neurons and trainer.hidden_layers != neurons:
        raise Mistake(
            f"this one is about {_words(neurons)}; yours has {_words(trainer.hidden_layers)}: change it under the "
            "network with − and +, and press Reset."
        )


def _words(neurons: tuple[int, ...]) -> str:
    if not neurons:
        return "no hidden layer"
    layers = " and ".join(map(str, neurons))
    return f"{layers} hidden neuron{'s' * (neurons != (1,))}"


@exercise("1.2")
def _(neurons: object) -> str:
    count = number(neurons, "neurons")
    if count != int(count) or count < 1:
        raise Mistake(f"{shown(neurons)} is no number of neurons: it is a whole number, at least 1.")
    if count == 1:
        raise Mistake("1 neuron draws one line, which has an open side everywhere: look at the map with one more.")
    if count == 2:
        raise Mistake("2 lines do not close a region, they leave it open at both ends: look at the map with one more.")
    if count > 3:
        raise Mistake(f"{count:.0f} neurons do close the region, but fewer are enough: take one away, and try again.")
    return "three lines are the fewest that close a region: they make a triangle, whose corners the network rounds off."


@exercise("1.3")
def _(playground: object, first_epoch: object) -> str:
    answer = number(first_epoch, "first_epoch")
    trainer = trained(playground, "PlanarTrainer", _TRIED)
    _must_be(trainer, "circles")
    reached = np.flatnonzero(trainer.history.accuracy >= _CLOSE)
    if not len(reached):
        raise Mistake(
            f"in the {trainer.epoch:,} epochs on screen the accuracy never comes to {percent(_CLOSE)}: set 3 hidden "
            "neurons and the learning rate 0.1, press Reset, and train again."
        )
    first = int(reached[0]) + 1
    if answer > trainer.epoch:
        raise Mistake(f"epoch {answer:g} was not trained yet: this run has {trainer.epoch:,} epochs.")
    if answer > first + 3:
        raise Mistake(
            f"at epoch {answer:g} it is above {percent(_CLOSE)} already, and was so before: drag the handle to the "
            "left."
        )
    if answer < first - 3:
        raise Mistake(f"at epoch {answer:g} it is still below {percent(_CLOSE)}: drag the handle to the right.")
    return (
        f"about epoch {first}. The accuracy does not rise evenly: it hardly moves for a while, and then it leaps. "
        "That is usual."
    )


@exercise("1.4")
def _(playground: object) -> str:
    trainer = trained(playground, "PlanarTrainer")
    _must_be(trainer, "circles")
    rate = trainer.learning_rate
    if rate == 0.1:
        raise Unanswered("the learning rate is still 0.1: change it, press Reset, then Play.")
    if sum(trainer.hidden_layers) < 2:
        raise Mistake(
            f"your network has {_words(trainer.hidden_layers)}, and would fail at any learning rate: one thing at a "
            "time. Set 3 hidden neurons, press Reset, and train again."
        )
    if trainer.epoch < _TRIED:
        raise Unanswered(f"give it {_TRIED} epochs: it stands at epoch {trainer.epoch}.")
    if trainer.accuracy >= _FAILED:
        further = "larger" if rate > 0.1 else "smaller"
        raise Mistake(
            f"with the learning rate {rate:g} it does learn: after {trainer.epoch:,} epochs "
            f"{percent(trainer.accuracy)} are right. Make it still ten times {further}, press Reset, and train again."
        )
    how = "each step is so long that it jumps past what it looks for" if rate > 0.1 else "each step is too short"
    right = percent(trainer.accuracy)
    return f"with the learning rate {rate:g}, {right} are right after {trainer.epoch:,} epochs: {how}."


@exercise("1.5")
def _(playground: object) -> str:
    if getattr(getattr(playground, "dataset", None), "name", "xor") != "xor":
        raise Unanswered("choose XOR under Data, press Reset, then Play.")
    trainer = trained(playground, "PlanarTrainer")
    right, network = percent(trainer.accuracy, 1), _words(trainer.hidden_layers)
    if trainer.accuracy >= _LEARNED:
        return f"{right}, with {network}. Nothing is different but the points: another shape was learned from them."
    if sum(trainer.hidden_layers) < 3:
        cure = "add a neuron, press Reset, and train again."
    else:
        cure = "press Reset, and train for 100 epochs at the learning rate 0.1; if it gets stuck again, add a neuron."
    raise Mistake(f"{right} are right with {network}, after {trainer.epoch:,} epochs: {cure}")
