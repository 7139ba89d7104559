"""One neuron: its numbers are PyTorch's, in the concept, in the widget and in the script."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
import traitlets

from nnwidgets import NeuronExplorer
from nnwidgets.concepts import neuron
from tests import vectors
from tests.unit.scripts import printed

STORED = vectors.stored("neuron")


def test_the_stored_numbers_are_those_of_pytorch() -> None:
    assert vectors.same(vectors.made("neuron"), STORED)


def explorer_of(case: dict[str, Any]) -> NeuronExplorer:
    return NeuronExplorer(
        weights=tuple(case["weights"]),
        bias=case["bias"],
        activation=case["activation"],
        gate=case["gate"],
        hidden_layer=case["hidden"],
    )


@pytest.mark.parametrize("case", STORED["cases"], ids=lambda case: f"{case['weights']} {case['bias']}")
def test_a_neuron_has_pytorchs_table(case: dict[str, Any]) -> None:
    explorer = explorer_of(case)
    for row, expected in zip(explorer.table, case["rows"], strict=True):
        assert list(row.seen) == expected["seen"]
        assert (row.target, row.is_right) == (expected["target"], expected["right"])
        assert row.z == pytest.approx(expected["z"], abs=1e-9)
        assert row.output == pytest.approx(expected["output"], abs=1e-9)
        explorer.inputs = row.inputs
        assert (explorer.pre_activation, explorer.output) == (row.z, row.output)
        assert sum(explorer.products) + explorer.bias == pytest.approx(row.z, abs=1e-9)
    assert explorer.right == sum(row["right"] for row in case["rows"])
    line = explorer.line
    if case["line"] is None:
        assert line is None
    else:
        assert line is not None
        np.testing.assert_allclose([line.start, line.end], case["line"], atol=1e-5)


@pytest.mark.parametrize("gate", neuron.GATES)
@pytest.mark.parametrize("layered", [False, True])
def test_all_settings_of_the_sliders_were_tried(gate: str, layered: bool) -> None:
    counts = NeuronExplorer(gate=gate, hidden_layer=layered).experiment
    assert list(counts) == STORED["experiment"][f"{gate} {layered}"]
    assert sum(counts) == 41**3


def test_only_xor_cannot_be_made_by_one_neuron() -> None:
    assert [gate for gate in neuron.GATES if not neuron.experiment(gate)[4]] == ["XOR"]
    assert neuron.experiment("XOR", layered=True)[4] > 0


@pytest.mark.parametrize("preset", NeuronExplorer.PRESETS)
def test_presets_are_right_but_for_xor(preset: str) -> None:
    assert NeuronExplorer.preset(preset).right == (3 if preset == "XOR" else 4)


def test_the_threshold_is_minus_the_bias() -> None:
    explorer = NeuronExplorer(form="mcculloch_pitts", weights=(1, 1), bias=-1.5, inputs=(1, 1), activation="tanh")
    assert explorer.threshold == 1.5
    assert explorer.output == 1.0  # it fires: the activation is the step, whatever it says
    assert NeuronExplorer(bias=0).threshold == 0
    assert str(NeuronExplorer(bias=0).threshold) == "0.0"


def test_rounding_is_no_reason_to_fire() -> None:
    explorer = NeuronExplorer(weights=(1.0, -0.7), bias=-0.3, inputs=(1, 1))
    assert 1.0 - 0.7 - 0.3 > 0  # what binary fractions leave
    assert (explorer.pre_activation, explorer.output) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("weights", (1, float("nan")), "each of weights must be a finite number"),
        ("weights", (1, 2e6), "at most 1e\\+06"),
        ("bias", float("inf"), "bias must be a finite number"),
        ("inputs", (2, 0), "each of inputs must be a finite number of at least -0.5 and at most 1.5"),
        ("activation", "gelu", "activation must be one of 'step'"),
        ("gate", "nand", "did you mean 'NAND'"),
        ("form", "old", "form must be one of"),
    ],
)
def test_bad_settings_are_refused(setting: str, value: Any, message: str) -> None:
    explorer = NeuronExplorer()
    before = getattr(explorer, setting)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(explorer, setting, value)
    assert getattr(explorer, setting) == before


@pytest.mark.parametrize(
    "settings",
    [
        {"weights": (0.5, -0.25), "bias": 0.125, "inputs": (0.5, 1), "activation": "sigmoid"},
        {"gate": "XOR", "hidden_layer": True, "weights": (1, 1), "bias": -1.5},
        {"form": "mcculloch_pitts"},
        # Sums of 0, but for what binary fractions leave, and one that is small.
        {"form": "mcculloch_pitts", "weights": (0.3, -1.3), "bias": 1},
        {"weights": (0.1, 0.2), "bias": -0.3},
        {"weights": (1e-10, 0), "bias": 0},
    ],
)
def test_the_script_prints_the_numbers(settings: dict[str, Any]) -> None:
    explorer = NeuronExplorer(**settings)
    lines = [line.rsplit("] ", 1)[1].split() for line in printed(explorer.to_code()).splitlines()]
    expected = [(explorer.pre_activation, explorer.output), *((row.z, row.output) for row in explorer.table)]
    np.testing.assert_allclose(np.array(lines, dtype=float), expected, atol=6e-4)


@pytest.mark.parametrize("settings", [{}, {"activation": "tanh", "gate": "XOR"}, {"weights": (0, 0), "bias": 0}])
def test_the_figure_shows_line_and_points(settings: dict[str, Any]) -> None:
    explorer = NeuronExplorer(**settings)
    figure = explorer.figure()
    activation, plane = figure.axes
    assert f"{explorer.right} of 4 right" in plane.get_title()
    assert len([line for line in plane.lines if line.get_markersize() == 8]) == 4
    lines = [line for line in plane.lines if np.size(line.get_xdata()) == 2]
    assert len(lines) == (0 if explorer.line is None else 1)
    assert activation.get_xlabel() == "$z$"
    figure.canvas.draw()


def test_repr_is_python() -> None:
    tree = ast.parse(repr(NeuronExplorer(gate="OR")), mode="eval")
    assert isinstance(tree.body, ast.Call)
