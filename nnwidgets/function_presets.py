"""Demonstrations of how networks fit functions: the settings of each, and one sentence that says what to look for."""

from __future__ import annotations

from collections.abc import Mapping

from nnwidgets.presets import Preset

__all__ = ["FUNCTION_PRESETS"]

FUNCTION_PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "sine",
            "One neuron cannot",
            "it is one smooth step, up or down, so the loss stays above 0.4 however long it trains; reset with 3 "
            "neurons in Hidden 1, and 200 epochs take it below 0.03, with 8 below 0.01.",
            {"function": "sine", "hidden_layers": (1,)},
        ),
        Preset(
            "step",
            "A steep sigmoid is a step",
            "the weight of the only neuron grows on and on, past 8 in size within 200 epochs and past 30 within 1,000, "
            "and the steeper it is the closer comes the fit: a loss below 0.01, and then below 0.003.",
            {"function": "step", "hidden_layers": (1,), "activation": "sigmoid", "learning_rate": 0.05},
        ),
        Preset(
            "box",
            "A box from two steps",
            "one sigmoid goes up at −1, the other down at 1, and within 500 epochs the loss falls below 0.02; with one "
            "neuron it stays above 0.15.",
            {"function": "box", "hidden_layers": (2,), "activation": "sigmoid", "learning_rate": 0.05},
        ),
        Preset(
            "bump",
            "A bump from ReLUs",
            "each neuron gives the fit one corner: 4 of them bring the loss below 0.02 within 200 epochs, with 2 it "
            "stays above 0.1, and with 8 it falls below 0.002 within 1,000.",
            {"function": "bump", "hidden_layers": (4,), "activation": "relu"},
        ),
        Preset(
            "dead",
            "A ReLU that has died",
            "|x| is the sum of two ReLUs, but here one of them is soon 0 for every sample, and the loss stays above "
            "0.5; reset with seed 2, and 100 epochs take it below 0.001.",
            {"function": "absolute", "hidden_layers": (2,), "activation": "relu"},
        ),
        Preset(
            "chirp",
            "More neurons, less error",
            "4 leave the loss above 0.2 even after 1,000 epochs, and with 16 it falls below 0.1; train 1 … 64 neurons "
            "side by side to see how the error falls with their number.",
            {"function": "chirp", "hidden_layers": (4,)},
        ),
    )
}
"""The demonstrations, by name."""
