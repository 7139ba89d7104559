"""`NeuronExplorer`: one neuron, from its inputs to its output, and the line that it draws through the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from nnwidgets._checks import one_of, real
from nnwidgets._front_end import front_end
from nnwidgets.concepts import neuron
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._named import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

_LARGEST = 1e6
_FORMS = ("modern", "mcculloch_pitts")


@show_settings
class NeuronExplorer(Explorer):
    """One neuron: inputs times weights, added up with the bias, then the activation; on the plane, the separating line.

    Things to try: make AND, OR, NOT and NAND by moving the three sliders, and count the rows that are right. Flip all
    signs: the line stays, its sides swap. Then choose XOR, for which no setting is right: the widget tries all 68,921
    of the sliders. Then put a hidden layer before the neuron: two neurons that make OR and NAND of the inputs, and see
    where it moves the four points. In the form of McCulloch and Pitts (1943) the neuron has a threshold θ instead of a
    bias, which is −b.

    Args:
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> neuron = NeuronExplorer(weights=(1.0, 1.0), bias=-1.5, gate="AND", inputs=(1, 1))
        >>> neuron.products, neuron.pre_activation, neuron.output
        ((1.0, 1.0), 0.5, 1.0)
        >>> neuron.right
        4
        >>> neuron.gate = "XOR"
        >>> neuron.right, neuron.experiment[4]
        (1, 0)
        >>> neuron
        NeuronExplorer(bias=-1.5, gate="XOR", inputs=[1, 1], weights=[1, 1])
    """

    _esm: ClassVar[str] = front_end("neuron.js")

    weights = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(-1.0, -1.0)).tag(sync=True)
    """w₁ and w₂, between −1e6 and 1e6."""

    bias = traitlets.Float(1.5).tag(sync=True)
    """b, likewise; minus the threshold."""

    inputs = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(1.0, 0.0)).tag(sync=True)
    """x₁ and x₂ that are shown, each from −0.5 to 1.5: what the plane shows."""

    activation = traitlets.Unicode("step").tag(sync=True)
    """ "step", "sigmoid", "tanh" or "relu"."""

    gate = traitlets.Unicode("NAND").tag(sync=True)
    """What the neuron is compared with: "AND", "OR", "NOT", "NAND" or "XOR"."""

    form = traitlets.Unicode("modern").tag(sync=True)
    """ "modern": sum plus bias, then the activation. "mcculloch_pitts": it fires (1) if the sum is above the threshold,
    whatever `activation` says."""

    hidden_layer = traitlets.Bool(False).tag(sync=True)  # noqa: FBT003 (a default, not an argument)
    """Whether the neuron gets h₁ = OR and h₂ = NAND of the inputs, made by two neurons before it."""

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "AND": {"gate": "AND", "weights": (1.0, 1.0), "bias": -1.5, "hidden_layer": False},
        "OR": {"gate": "OR", "weights": (1.0, 1.0), "bias": -0.5, "hidden_layer": False},
        "NOT": {"gate": "NOT", "weights": (-1.0, 0.0), "bias": 0.5, "hidden_layer": False},
        "NAND": {"gate": "NAND", "weights": (-1.0, -1.0), "bias": 1.5, "hidden_layer": False},
        "XOR": {"gate": "XOR", "weights": (1.0, 1.0), "bias": -0.5, "hidden_layer": False},
    }

    _WORDS: ClassVar[Any] = {
        "layer": (
            "hidden_layer",
            {
                "false": "",
                "true": "\n# A hidden layer before the neuron: OR and NAND.\n"
                "to_or_nand = torch.tensor([[1, -1], [1, -1]]).double()\n"
                "x = (weighted_sum(x, to_or_nand, torch.tensor([-0.5, 1.5])) > 0).double()\n",
            },
        ),
        "applied": (
            "activation",
            {
                "step": "(z > 0).double()",
                "sigmoid": "torch.sigmoid(z)",
                "tanh": "torch.tanh(z)",
                "relu": "torch.relu(z)",
            },
        ),
        "neuron": (
            "form",
            {
                "modern": "z = weighted_sum(x, w, b)\ny = ⟨applied⟩",
                "mcculloch_pitts": "threshold = -b\nz = weighted_sum(x, w, -threshold)\n"
                "y = (z > 0).double()  # it fires where the sum is above the threshold",
            },
        ),
    }
    _SCRIPT: ClassVar[str] = """import torch


def weighted_sum(x, w, b):
    z = x @ w + b
    z[z.abs() < 1e-12 * (x.abs() @ w.abs() + b.abs())] = 0  # what binary fractions leave of 0
    return z


w = torch.tensor(⟨weights⟩, dtype=torch.float64)
b = torch.tensor(⟨bias⟩, dtype=torch.float64)
x = torch.tensor([⟨inputs⟩, [0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
⟨layer⟩
⟨neuron⟩
for inputs, sum_, output in zip(x.tolist(), z.tolist(), y.tolist()):
    print(inputs, round(sum_, 3), round(output, 3))
"""

    # -- what is computed ---------------------------------------------------------------------------

    @property
    def threshold(self) -> float:
        """θ = −b: the sum of the products above which the neuron's z is positive."""
        return -self.bias if self.bias else 0.0

    @property
    def seen(self) -> tuple[float, float]:
        """What the neuron gets: `inputs`, or what the hidden layer makes of them."""
        return neuron.hidden(self.inputs) if self.hidden_layer else self.inputs

    @property
    def products(self) -> tuple[float, float]:
        """w₁x₁ and w₂x₂."""
        return (self.weights[0] * self.seen[0], self.weights[1] * self.seen[1])

    @property
    def pre_activation(self) -> float:
        """The weighted sum with the bias, z = w₁x₁ + w₂x₂ + b."""
        return neuron.pre_activation(self.weights, self.bias, self.seen)

    @property
    def output(self) -> float:
        """y, the activation of z."""
        return neuron.activate(self._applied, self.pre_activation)

    @property
    def table(self) -> tuple[neuron.Row, ...]:
        """The truth table of the gate, with what the neuron makes of each row."""
        return neuron.table(self.weights, self.bias, self._applied, self.gate, layered=self.hidden_layer)

    @property
    def right(self) -> int:
        """How many of the four rows are right: z is above 0 just where the target is 1."""
        return sum(row.is_right for row in self.table)

    @property
    def line(self) -> neuron.Line | None:
        """Where z = 0 crosses the plane that is shown."""
        return neuron.line(self.weights, self.bias)

    @property
    def experiment(self) -> tuple[int, int, int, int, int]:
        """How many of the 68,921 settings of the sliders get 0, 1, 2, 3 and 4 rows right."""
        return neuron.experiment(self.gate, layered=self.hidden_layer)

    @property
    def _applied(self) -> str:
        return "step" if self.form == "mcculloch_pitts" else self.activation

    def figure(self) -> Figure:
        """The plane with the line and the truth table, beside the activation, for print."""
        from nnwidgets.figures.neuron import neuron_figure

        return neuron_figure(self)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("weights")
    def _valid_weights(self, proposal: Any) -> tuple[float, ...]:
        return tuple(checked(real, "each of weights", value, -_LARGEST, _LARGEST) for value in proposal.value)

    @traitlets.validate("bias")
    def _valid_bias(self, proposal: Any) -> float:
        return float(checked(real, "bias", proposal.value, -_LARGEST, _LARGEST))

    @traitlets.validate("inputs")
    def _valid_inputs(self, proposal: Any) -> tuple[float, ...]:
        return tuple(checked(real, "each of inputs", value, -0.5, 1.5) for value in proposal.value)

    @traitlets.validate("activation")
    def _valid_activation(self, proposal: Any) -> str:
        return str(checked(one_of, "activation", proposal.value, neuron.ACTIVATION_NAMES))

    @traitlets.validate("gate")
    def _valid_gate(self, proposal: Any) -> str:
        return str(checked(one_of, "gate", proposal.value, tuple(neuron.GATES)))

    @traitlets.validate("form")
    def _valid_form(self, proposal: Any) -> str:
        return str(checked(one_of, "form", proposal.value, _FORMS))
