"""Initial weights: the usual recipes, each with the reason for it and with the very calls of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass(frozen=True)
class Initialiser:
    """A recipe for the initial weights of a `Linear`.

    Attributes:
        name: identifier, the key in `INITIALISERS`.
        label: the name to show to readers.
        reason: what it is for, in a few words.
        function: in `torch.nn.init`, applied to each weight; biases become 0. Empty for what a `Linear` does by
            itself.
        options: of that function.
        scale_option: the option that takes a scale, for recipes that have one.
        scale_symbol: what the scale is called on screen.
        is_random: whether it draws random numbers.
    """

    name: str
    label: str
    reason: str
    function: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    scale_option: str = ""
    scale_symbol: str = ""
    is_random: bool = True

    def apply(self, layer: nn.Linear, scale: float, generator: torch.Generator) -> None:
        """Set the weights and biases of a layer."""
        if not self.function:
            return
        options = self._options(scale) | ({"generator": generator} if self.is_random else {})
        getattr(nn.init, self.function)(layer.weight, **options)
        nn.init.zeros_(layer.bias)

    def code(self, scale: float) -> list[str]:
        """The lines that do the same to the layer called `layer`.

        Example:
            >>> INITIALISERS["normal"].code(0.5)
            ['nn.init.normal_(layer.weight, std=0.5)', 'nn.init.zeros_(layer.bias)']
        """
        if not self.function:
            return []
        options = "".join(f", {name}={value!r}" for name, value in self._options(scale).items())
        return [f"nn.init.{self.function}(layer.weight{options})", "nn.init.zeros_(layer.bias)"]

    def _options(self, scale: float) -> dict[str, object]:
        return dict(self.options) | ({self.scale_option: scale} if self.scale_option else {})


INITIALISERS: Mapping[str, Initialiser] = {
    kind.name: kind
    for kind in (
        Initialiser("default", "PyTorch’s default", "uniform on ±1/√inputs, biases too"),
        Initialiser("xavier_uniform", "Xavier uniform", "keeps tanh and sigmoid signals in size", "xavier_uniform_"),
        Initialiser("xavier_normal", "Xavier normal", "keeps tanh and sigmoid signals in size", "xavier_normal_"),
        Initialiser(
            "he_uniform", "He uniform", "makes up for the half that ReLU cuts", "kaiming_uniform_",
            {"nonlinearity": "relu"},
        ),
        Initialiser(
            "he_normal", "He normal", "makes up for the half that ReLU cuts", "kaiming_normal_",
            {"nonlinearity": "relu"},
        ),
        Initialiser(
            "normal", "Normal", "large σ saturates tanh, small σ is slow", "normal_", scale_option="std",
            scale_symbol="σ",
        ),
        Initialiser("zeros", "All zero", "hidden neurons stay alike, or get no gradient", "zeros_", is_random=False),
        Initialiser(
            "equal", "All equal", "hidden neurons that start alike stay alike", "constant_", scale_option="val",
            scale_symbol="w", is_random=False,
        ),
    )
}  # fmt: skip
