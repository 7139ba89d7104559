"""Softmax and cross-entropy against what PyTorch computed, and against PyTorch itself in float32."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nnwidgets.concepts.softmax import (
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    naive_softmax,
    softmax,
)
from tests.vectors import made, same, stored

CASES = stored("softmax")["cases"]
logits = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=10)
temperatures = st.floats(0.1, 10)


def test_the_file_is_up_to_date():
    assert same(stored("softmax"), made("softmax"))


@pytest.mark.parametrize("case", CASES, ids=[str(case["logits"]) for case in CASES])
def test_values_are_those_of_pytorch(case):
    z, target, temperature = case["logits"], case["target"], case["temperature"]
    for value, name in [
        (softmax(z, temperature), "probabilities"),
        (log_softmax(z, temperature), "log_probabilities"),
        (cross_entropy_gradient(z, target, temperature), "gradient"),
        (cross_entropy(z, target, temperature), "loss"),
    ]:
        np.testing.assert_allclose(value, case[name], rtol=1e-9, atol=1e-15, err_msg=name)
    naive = naive_softmax(z, temperature, case["offset"])
    assert naive.exponentials.tolist() == case["naive"]["exponentials"]
    assert naive.total == case["naive"]["total"]
    quotients = [None if math.isnan(each) else each for each in naive.probabilities.tolist()]
    assert quotients == case["naive"]["probabilities"]
    assert naive.is_broken == (None in quotients)


@given(logits, temperatures)
def test_probabilities_sum_to_one_and_gradients_to_zero(z, temperature):
    p = softmax(z, temperature)
    assert p.sum() == pytest.approx(1)
    assert np.isfinite(log_softmax(z, temperature)).all()
    assert cross_entropy_gradient(z, 0, temperature).sum() == pytest.approx(0, abs=1e-12)
    assert cross_entropy(z, 0, temperature) >= 0


def test_a_tiny_loss_is_not_rounded_to_nothing():
    tiny = math.exp(-50)
    assert cross_entropy([50.0, 0.0], 0) == pytest.approx(tiny, rel=1e-9, abs=0)
    assert cross_entropy_gradient([50.0, 0.0], 0) == pytest.approx([-tiny, tiny], rel=1e-9, abs=0)


@given(st.lists(st.floats(-60, 60, width=32), min_size=2, max_size=10), temperatures, st.sampled_from([0, 100, 1000]))
def test_the_naive_formula_gives_what_it_gives_in_pytorch(z, temperature, offset):
    exponentials = torch.exp((torch.tensor(z) + offset) / temperature)
    expected = exponentials / exponentials.sum()
    if (exponentials < 1e-30).any() or ((exponentials > 1e37) & exponentials.isfinite()).any():
        return  # at the edge of float32 the last bits decide what becomes 0, or infinite
    ours = naive_softmax(z, temperature, offset).probabilities
    np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-4)
