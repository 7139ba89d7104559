"""Exercises of the first notebook: a network to play with."""

from __future__ import annotations

from nnwidgets.course._answers import number
from nnwidgets.course._exercises import Mistake, exercise


@exercise("1.1")
def _(neurons: object) -> str:
    if number(neurons) < 3:
        raise Mistake("two lines do not close a region: look at the map again with one neuron more.")
    return "three lines close a region, so three hidden neurons are enough."
