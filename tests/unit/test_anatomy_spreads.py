"""How the numbers of tensors are spread, against NumPy and exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnwidgets.anatomy import spreads
from nnwidgets.anatomy.spreads import root_mean_square, spread_of


def of(tensor, bins=48, **others):
    return spread_of(tensor, "weight", "w", bins, **others)


def check_against_numpy(tensor, numbers, bins=48):
    """`numbers` are those of the tensor as float64, all finite."""
    found = of(tensor, bins)
    assert found.size == numbers.size
    assert found.odd == 0
    assert found.zeros == int((numbers == 0).sum())
    assert (found.low, found.high) == (numbers.min(), numbers.max())
    assert found.mean == pytest.approx(numbers.mean(), rel=1e-9, abs=1e-12 * np.abs(numbers).max())
    assert found.deviation == pytest.approx(numbers.std(), rel=1e-9, abs=1e-12 * np.abs(numbers).max())
    assert sum(found.counts) == numbers.size
    expected, _ = np.histogram(numbers, bins, (numbers.min(), numbers.max()))
    assert np.abs(np.cumsum(found.counts) - np.cumsum(expected)).max() <= 2  # a number right at an edge


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_floating_point_numbers(dtype):
    tensor = torch.randn(3, 50, 70, generator=torch.Generator().manual_seed(1)).to(dtype)
    check_against_numpy(tensor, tensor.double().numpy())


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.uint8])
def test_integers(dtype):
    tensor = torch.arange(100).to(dtype)
    check_against_numpy(tensor, np.arange(100.0), bins=10)
    assert of(tensor, 10).counts == (10,) * 10


def test_bools_are_zero_and_one():
    found = of(torch.tensor([True, False, True, True]), 2)
    assert (found.counts, found.mean, found.zeros) == ((1, 3), 0.75, 1)


def test_complex_numbers_are_their_absolute_values():
    found = of(torch.tensor([3 + 4j, 0j]), 2)
    assert (found.low, found.high, found.zeros) == (0, 5, 1)


def test_more_numbers_than_fit_into_one_piece(monkeypatch):
    monkeypatch.setattr(spreads, "PIECE", 64)
    tensor = torch.randn(37, 41, generator=torch.Generator().manual_seed(2)) + 5
    for each in (tensor, tensor.t(), tensor[::2, 1:], tensor.expand(3, 37, 41), tensor.reshape(1, 37, 41, 1)):
        check_against_numpy(each, each.double().numpy())


def test_channels_last_and_its_slices():
    tensor = torch.randn(2, 3, 5, 7).to(memory_format=torch.channels_last)
    check_against_numpy(tensor, tensor.double().numpy())
    check_against_numpy(tensor[:, 1], tensor[:, 1].double().numpy())


def test_nothing_is_written_to(monkeypatch):
    monkeypatch.setattr(spreads, "PIECE", 16)
    tensor = torch.randn(100, dtype=torch.float64)
    before = tensor.clone()
    of(tensor)
    of(tensor * 1e200)
    assert torch.equal(tensor, before)


def test_a_parameter_that_trains():
    parameter = torch.nn.Parameter(torch.arange(4.0))
    assert of(parameter, 4).counts == (1, 1, 1, 1)
    assert parameter.grad is None


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(allow_nan=False, allow_infinity=False)),
    st.integers(1, 9),
)
def test_mean_and_histogram_of_any_doubles_are_exact(numbers, bins):
    found = of(torch.tensor(numbers), bins)
    exact = [Fraction(float(each)) for each in numbers]
    largest = max(map(abs, exact))
    mean = sum(exact) / len(exact)
    assert (found.low, found.high) == (numbers.min(), numbers.max())
    assert abs(Fraction(found.mean) - mean) <= largest * Fraction(1, 10**12)
    variance = sum((each - mean) ** 2 for each in exact) / len(exact)
    root = Fraction(found.deviation)
    assert abs(root**2 - variance) <= max(largest**2 * Fraction(1, 10**12), Fraction(0))
    low, span = min(exact), max(exact) - min(exact)
    if span == 0:
        assert found.counts[bins // 2] == len(numbers)
        return
    places = [min(bins - 1, math.floor((each - low) / span * bins)) for each in exact]
    cumulated = np.cumsum(np.bincount(places, minlength=bins))
    edges = [
        sum(abs((each - low) / span * bins - edge) < Fraction(1, 10**9) for each in exact)
        for edge in range(1, bins + 1)
    ]
    assert (np.abs(np.cumsum(found.counts) - cumulated) <= edges).all()


def test_what_is_not_finite_is_counted_apart(monkeypatch):
    monkeypatch.setattr(spreads, "PIECE", 4)
    nan, inf = math.nan, math.inf
    found = of(torch.tensor([nan, 1.0, 2.0, 0.0, nan, inf, nan, -inf, 4.0, 3.0, 1.0]), 4)
    assert (found.size, found.odd, found.zeros) == (11, 5, 1)
    assert (found.low, found.high, found.counts) == (0, 4, (1, 2, 1, 2))
    assert found.mean == pytest.approx(11 / 6)


@pytest.mark.parametrize(
    ("tensor", "size", "odd"),
    [(torch.zeros(0, 3), 0, 0), (torch.full((3,), math.nan), 3, 3), (torch.zeros(2, 2, device="meta"), 4, 0)],
    ids=["empty", "all NaN", "without memory"],
)
def test_without_a_finite_number_nothing_is_told(tensor, size, odd):
    found = of(tensor)
    assert (found.size, found.odd, found.zeros, found.counts) == (size, odd, 0, ())
    assert [found.mean, found.deviation, found.low, found.high, found.bound] == [None] * 5


def test_a_lazy_parameter_has_no_size():
    assert of(torch.nn.LazyLinear(3).weight).size == 0


def test_equal_numbers_are_in_the_middle():
    found = of(torch.full((7,), -2.5), 5)
    assert (found.counts, found.deviation, found.mean, found.bound) == ((0, 0, 7, 0, 0), 0, -2.5, 2.5)


@pytest.mark.parametrize("size", [1e308, 3e38, 1e-40, 5e-324, 1e-300])
def test_numbers_at_the_ends_of_what_a_double_holds(size):
    found = of(torch.tensor([-size, size, size, 0.0], dtype=torch.float64), 2)
    assert found.counts == (1, 3)
    assert found.mean == pytest.approx(size / 4, rel=1e-6) or size == 5e-324
    assert found.deviation == pytest.approx(size * math.sqrt(0.75 - 1 / 16), rel=1e-6) or size == 5e-324
    assert found.deviation > 0 or size == 5e-324


def test_a_mean_far_from_zero_takes_nothing_from_the_deviation():
    tensor = torch.tensor([1e8, 1e8 + 1, 1e8 + 2], dtype=torch.float64)
    assert of(tensor).deviation == pytest.approx(math.sqrt(2 / 3), rel=1e-12)


def test_ends_of_ones_own():
    assert of(torch.tensor([1.0, 2.0]), 4, ends=(0.0, 4.0)).counts == (0, 1, 1, 0)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_sparse_and_quantized_tensors():
    dense = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    assert of(dense.to_sparse(), 2) == of(dense, 2)
    quantized = torch.quantize_per_tensor(torch.tensor([0.0, 1.0, 2.0]), 0.5, 0, torch.qint8)
    assert of(quantized, 2).counts == (1, 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_root_mean_square_of_several(dtype):
    tensors = [torch.tensor([3.0, 4.0], dtype=dtype), torch.zeros(2, 1, dtype=dtype)]
    assert root_mean_square(tensors) == pytest.approx(2.5)


def test_root_mean_square_of_nothing_or_of_what_is_not_finite():
    assert root_mean_square([]) is None
    assert root_mean_square([torch.zeros(0)]) is None
    assert root_mean_square([torch.tensor([math.inf])]) is None


def test_root_mean_square_of_numbers_whose_squares_are_too_large():
    assert root_mean_square([torch.full((4,), 1e30)]) == pytest.approx(1e30, rel=1e-6)
