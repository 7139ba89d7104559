"""Classic demonstrations: the settings of each, and one sentence that says what to look for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PERCEPTRON_PRESETS", "PRESETS", "Preset", "known_preset"]


@dataclass(frozen=True)
class Preset:
    """A demonstration.

    Attributes:
        name: what `preset` of its trainer calls it.
        title: what the menu on screen calls it.
        look_for: what happens, with numbers that are true of the run at its seed, and what to try then.
        settings: arguments of the trainer; all others are the usual ones.
    """

    name: str
    title: str
    look_for: str
    settings: Mapping[str, Any] = field(repr=False)

    @property
    def lesson(self) -> str:
        """The title and the sentence, as they stand over the network."""
        return f"{self.title}: {self.look_for}"


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "chapter",
            "Two neurons and two circles",
            "the loss falls fast for 20 epochs, then hardly at all, and one training point in seven stays wrong; "
            "look for the part of the inner circle’s region that never closes.",
            {},
        ),
        Preset(
            "xor",
            "One neuron cannot do XOR",
            "its boundary is one straight line, so the accuracy stays below 80\u2009%; reset with 2 neurons in Hidden 1"
            " for almost 90\u2009%, and with 4 for 97\u2009% and more.",
            {"dataset": "xor", "hidden_layers": (1,), "learning_rate": 0.3},
        ),
        Preset(
            "circles",
            "Two neurons cannot close a circle",
            "two lines leave a side open, and the accuracy stays below 90\u2009%; add a third neuron to Hidden 1, "
            "reset, and after 20 epochs nearly every point is right.",
            {"dataset": "circles", "hidden_layers": (2,), "learning_rate": 0.3},
        ),
        Preset(
            "learning_rate",
            "A learning rate too large",
            "at 5 the steps jump across the valley, and after 100 epochs the loss still leaps about above 0.3; set "
            "0.3, reset, and 20 epochs take it below 0.05.",
            {"dataset": "circles", "hidden_layers": (3,), "learning_rate": 5.0},
        ),
        Preset(
            "zeros",
            "Weights that are all zero",
            "every neuron gets the gradient 0, so all weights stay 0 and half the points stay wrong; choose another "
            "initialisation, reset, and within 50 epochs more than 95\u2009% are right.",
            {"dataset": "moons", "hidden_layers": (4,), "learning_rate": 0.3, "initialiser": "zeros"},
        ),
        Preset(
            "overfitting",
            "Overfitting",
            "from about epoch 100 the test loss climbs, past 1 after some 300, while the training loss goes on to 0; "
            "reset and cure it, one at a time: 2,000 samples, L2 of 0.01, dropout of 0.5, or a stop after 20 epochs "
            "without a better test loss.",
            {
                "dataset": "moons",
                "n_samples": 100,
                "noise": 0.35,
                "test_share": 0.5,
                "data_seed": 1,
                "hidden_layers": (16, 16),
                "optimizer": "adam",
                "learning_rate": 0.01,
                "batch_size": 10,
            },
        ),
        Preset(
            "spiral",
            "A spiral wants depth",
            "for 50 epochs little seems to happen, and by epoch 100 two layers of 8 have every point right; take the "
            "second layer away, reset, and 200 epochs stay below 70\u2009%.",
            {
                "dataset": "spiral",
                "noise": 0.0,
                "hidden_layers": (8, 8),
                "optimizer": "adam",
                "learning_rate": 0.03,
                "batch_size": 10,
            },
        ),
    )
}
"""The demonstrations, by name."""


PERCEPTRON_PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "rule",
            "Rosenblatt’s rule",
            "only a sample on the wrong side moves the line: 10 do in 6 epochs, and then none ever again; the proof "
            "allows 77 whatever their order. Go from mistake to mistake, and see each pull the line to its side.",
            {},
        ),
        Preset(
            "narrow",
            "A narrow gap takes longer",
            "there is a line, but hardly room for it: 88 updates in 27 epochs. The margin is 0.045, and (R/γ)² is "
            "1,315; erase the samples along the gap, reset, and it is a matter of a few.",
            {"dataset": "narrow", "speed": 0.5},
        ),
        Preset(
            "and",
            "AND has a line",
            "of the four rows one is 1; after 12 updates, in epoch 9, all are right. OR, among the data, takes 4.",
            {"dataset": "and_gate", "initialiser": "zeros", "seed": 0, "speed": 0.5},
        ),
        Preset(
            "xor",
            "XOR has no line",
            "(0.5, 0.5) is between the two rows of class 0, and between those of class 1, so whatever the line, one is "
            "on its wrong side: of 100 epochs none is without a mistake. Erase one of the four, and it settles.",
            {"dataset": "xor_gate", "initialiser": "zeros", "seed": 0, "speed": 0.5},
        ),
        Preset(
            "overlapping",
            "Where classes overlap, it never rests",
            "no line has all 40 right, so after 300 epochs each still has 1 to 7 mistakes, and every one of them moves "
            "the line: look at the accuracy at the end of one epoch and of the next.",
            {"dataset": "overlapping", "speed": 0.5},
        ),
        Preset(
            "rate",
            "The rate only scales",
            "from weights of zero it takes 16 updates in 3 epochs; set the learning rate to 0.01, reset, and the same "
            "samples are wrong in the same order, with a hundredth of the weights and the very same lines.",
            {"dataset": "narrow", "initialiser": "zeros", "seed": 0},
        ),
        Preset(
            "start",
            "A start far away",
            "with initial weights of about 10 and a rate of 0.1 it takes 58 updates to turn the line round, where 294 "
            "are allowed; from weights of zero, 2 are enough.",
            {"initialiser": "normal", "initial_scale": 10.0, "learning_rate": 0.1, "seed": 0, "speed": 0.5},
        ),
    )
}
"""The demonstrations of `PerceptronTrainer`, by name."""


def known_preset(name: object, presets: Mapping[str, Preset] = PRESETS) -> Preset:
    """The preset of that name, of one kind of trainer.

    Raises:
        ValueError: there is none; the message names the nearest.

    Example:
        >>> known_preset("xor").settings["hidden_layers"]
        (1,)
    """
    if isinstance(name, str) and name in presets:
        return presets[name]
    near = difflib.get_close_matches(str(name).casefold(), presets, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(map(repr, presets))}"
    raise ValueError(f"there is no preset {name!r}{hint}")
