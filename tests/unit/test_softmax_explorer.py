"""`SoftmaxExplorer`: its properties against PyTorch's numbers, its script, and what it refuses."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
import torch
import traitlets

from nnwidgets import SoftmaxExplorer
from tests.unit.scripts import printed
from tests.vectors import stored

CASES = stored("softmax")["cases"]


def explorer_of(case):
    return SoftmaxExplorer(**{name: case[name] for name in ("logits", "target", "temperature", "offset")})


@pytest.mark.parametrize("case", CASES, ids=[str(case["logits"]) for case in CASES])
def test_properties_are_those_of_pytorch(case):
    explorer = explorer_of(case)
    for name in ("probabilities", "log_probabilities", "loss", "gradient"):
        np.testing.assert_allclose(getattr(explorer, name), case[name], rtol=1e-9, atol=1e-15, err_msg=name)
    assert explorer.exponentials.tolist() == case["naive"]["exponentials"]
    naive = [None if math.isnan(each) else each for each in explorer.naive.tolist()]
    assert naive == case["naive"]["probabilities"]


@pytest.mark.parametrize("case", [CASES[1], CASES[3], CASES[-1]], ids=["overflow", "thousands", "random"])
def test_the_script_prints_the_numbers_shown(case):
    explorer = explorer_of(case)
    lines = dict(line.split(" ", 1) for line in printed(explorer.to_code()).splitlines())
    assert ast.literal_eval(lines["probabilities"]) == [round(each, 3) for each in case["probabilities"]]
    assert ast.literal_eval(lines["gradient"]) == pytest.approx(case["gradient"], abs=6e-4)
    assert lines["cross-entropy"].split()[0] == lines["cross-entropy"].split()[-1] == str(round(case["loss"], 3))
    assert lines["naive"].count("nan") == case["naive"]["probabilities"].count(None)


def test_a_row_of_a_models_output_is_taken_as_it_is():
    model = torch.nn.Linear(4, 5)
    output = model(torch.ones(1, 4))[0]
    explorer = SoftmaxExplorer(logits=output, target=4)
    np.testing.assert_allclose(explorer.probabilities, torch.softmax(output, 0).detach(), rtol=1e-6)
    assert SoftmaxExplorer(logits=np.array([1, 2], dtype=np.float32)).logits == [1.0, 2.0]


def test_where_the_true_class_is_taken_away_the_last_one_becomes_it():
    explorer = SoftmaxExplorer(target=2)
    explorer.logits = [1.0, 2.0]
    assert explorer.target == 1


def test_classes_without_a_name_have_numbers():
    explorer = SoftmaxExplorer(logits=[0.0, 0.0, 0.0], class_names=["cat", " "])
    assert explorer.names == ["cat", "class 1", "class 2"]
    assert len(SoftmaxExplorer(logits=[0.0] * 10).names) == 10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"logits": [1.0]}, "logits must be 2 to 10 numbers, not 1"),
        ({"logits": [1.0] * 11}, "logits must be 2 to 10 numbers, not 11"),
        ({"logits": [1.0, math.inf]}, "each of logits must be a finite number"),
        ({"logits": [1.0, math.nan]}, "each of logits must be a finite number"),
        ({"target": 3}, "target must be a whole number of at least 0 and at most 2, not 3"),
        ({"target": -1}, "target must be a whole number"),
        ({"temperature": 0.0}, "temperature must be a finite number of at least 0.1 and at most 10"),
        ({"offset": 1e7}, "offset must be a finite number"),
    ],
)
def test_what_is_not_allowed_is_refused_and_nothing_changed(settings, message):
    explorer = SoftmaxExplorer()
    before = repr(explorer)
    for name, value in settings.items():
        with pytest.raises(traitlets.TraitError, match=message):
            setattr(explorer, name, value)
    assert repr(explorer) == before
    with pytest.raises(traitlets.TraitError, match=message):
        SoftmaxExplorer(**settings)


@pytest.mark.parametrize("name", SoftmaxExplorer.PRESETS)
def test_presets_can_be_made_and_drawn(name):
    explorer = SoftmaxExplorer.preset(name)
    assert explorer.probabilities.sum() == pytest.approx(1)
    assert len(explorer.figure().axes) == 4


def test_the_presets_are_what_they_say():
    of = SoftmaxExplorer.preset
    np.testing.assert_allclose(of("Three classes").probabilities, [0.8360, 0.1131, 0.0508], atol=5e-5)
    assert of("Undecided").loss == pytest.approx(math.log(3))
    wrong = of("Confident, wrong")
    assert wrong.probabilities.argmax() != wrong.target
    assert wrong.loss > 3
    np.testing.assert_allclose(of("Thousands").probabilities, of("Three classes").probabilities)
    assert np.isnan(of("Thousands").naive).all()
    fashion = of("Fashion-MNIST")
    assert fashion.names[fashion.target] == "Boot"
    assert fashion.probabilities.argmax() == fashion.target
