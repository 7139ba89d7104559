"""One number of a convolution, against PyTorch's own convolutions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from nnwidgets.anatomy.convolution import convolving_by, convolving_of, pixel_of

MODES = ("zeros", "reflect", "replicate", "circular")


def check(module, x, channel, place):
    """`x` is one sample."""
    y = module(x[None])[0].detach()
    pixel = pixel_of(convolving_of(module), x, y, channel, place)
    row, column = pixel.row, pixel.column
    value = y[channel, row, column] if y.ndim == 3 else y[channel, column]
    bias = 0 if pixel.bias is None else pixel.bias
    assert pixel.value == value
    assert sum(pixel.sums) + bias == pytest.approx(float(value), rel=1e-12, abs=1e-12)
    assert pixel.sums == pytest.approx((pixel.patch.astype(float) * pixel.kernel).sum(axis=(1, 2)).tolist(), abs=1e-5)
    assert pixel.kernel.shape == pixel.patch.shape == (len(pixel.sums), *pixel.size)
    assert pixel.inside.shape == pixel.size
    return pixel


@st.composite
def convolutions(draw):
    """A layer over one or two axes, and a sample."""
    axes = draw(st.integers(1, 2))
    groups = draw(st.integers(1, 3))
    mode = draw(st.sampled_from(MODES))
    kernel = draw(st.tuples(*[st.integers(1, 3)] * axes))
    dilation = draw(st.tuples(*[st.integers(1, 2)] * axes))
    spans = [(size - 1) * step for size, step in zip(kernel, dilation, strict=True)]
    sides = tuple(draw(st.integers(max(3, span + 1), 8)) for span in spans)
    same = draw(st.booleans())
    stride = (1,) * axes if same else draw(st.tuples(*[st.integers(1, 3)] * axes))
    padding = "same" if same else draw(st.sampled_from([(0,) * axes, (1,) * axes, (2, 1)[:axes]]))
    kind = nn.Conv1d if axes == 1 else nn.Conv2d
    torch.manual_seed(draw(st.integers(0, 99)))
    module = kind(
        groups * draw(st.integers(1, 2)),
        groups * draw(st.integers(1, 2)),
        kernel,
        stride,
        padding,
        dilation,
        groups,
        bias=draw(st.booleans()),
        padding_mode=mode,
        dtype=torch.float64,
    )
    return module, torch.randn(module.in_channels, *sides, dtype=torch.float64)


@settings(max_examples=150, deadline=None)
@given(convolutions(), st.data())
def test_patch_times_kernel_is_the_layers_number(drawn, data):
    module, x = drawn
    channel = data.draw(st.integers(0, module.out_channels - 1))
    pixel = check(module, x, channel, data.draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    each = module.out_channels // module.groups
    assert pixel.channels == channel // each * (module.in_channels // module.groups)
    two = x if x.ndim == 3 else x[:, None]
    for row in range(pixel.size[0]):
        for column in range(pixel.size[1]):
            at = pixel.top + row * pixel.steps[0], pixel.left + column * pixel.steps[1]
            inside = 0 <= at[0] < two.shape[1] and 0 <= at[1] < two.shape[2]
            assert pixel.inside[row, column] == inside
            if inside:
                seen = two[pixel.channels : pixel.channels + len(pixel.sums), at[0], at[1]].float().numpy()
                assert np.array_equal(pixel.patch[:, row, column], seen)
            elif module.padding_mode == "zeros":
                assert not pixel.patch[:, row, column].any()


def test_single_precision_differs_by_rounding_only():
    torch.manual_seed(0)
    module, x = nn.Conv2d(16, 4, 5, padding=2), torch.randn(16, 9, 9)
    y = module(x[None])[0].detach()
    pixel = pixel_of(convolving_of(module), x, y, 3, (0, 8))
    assert pixel.value == float(y[3, 0, 8])
    assert sum(pixel.sums) + pixel.bias == pytest.approx(pixel.value, abs=1e-5)


def test_the_nearest_place_is_taken():
    module, x = nn.Conv2d(1, 1, 3).double(), torch.randn(1, 5, 6, dtype=torch.float64)
    pixel = check(module, x, 0, (99, 99))
    assert (pixel.row, pixel.column, pixel.top, pixel.left) == (2, 3, 2, 3)


def test_over_one_axis_there_is_one_row():
    module, x = nn.Conv1d(2, 3, 3, padding=1).double(), torch.randn(2, 7, dtype=torch.float64)
    pixel = check(module, x, 2, (5, 0))
    assert (pixel.row, pixel.column, pixel.top, pixel.left, pixel.size) == (0, 0, 0, -1, (1, 3))
    assert pixel.inside.tolist() == [[0, 1, 1]]


def test_the_function_is_the_module():
    torch.manual_seed(0)
    x, weight, bias = torch.randn(1, 4, 6, 7), torch.randn(6, 2, 3, 2), torch.randn(6)
    y = functional.conv2d(x, weight, bias, (2, 1), (1, 0), groups=2)
    how = convolving_by("conv2d", (x, weight, bias, (2, 1), (1, 0)), {"groups": 2})
    pixel = pixel_of(how, x[0], y[0], 4, (1, 3))
    assert (pixel.channels, pixel.top, pixel.left) == (2, 1, 3)
    assert sum(pixel.sums) + pixel.bias == pytest.approx(float(y[0, 4, 1, 3]), abs=1e-5)


def test_what_is_no_plain_convolution_is_not_taken_apart():
    others = nn.ConvTranspose2d(1, 1, 2), nn.Conv3d(1, 1, 2), nn.Linear(2, 2)
    assert [convolving_of(module) for module in others] == [None] * 3
    assert convolving_by("conv_transpose2d", (), {}) is None


def test_too_many_products_are_not_taken_apart():
    module = nn.Conv2d(2000, 1, 3)
    x = torch.zeros(2000, 3, 3)
    assert pixel_of(convolving_of(module), x, torch.zeros(1, 1, 1), 0, (0, 0)) is None


def test_what_is_not_finite_in_the_padding_counts_for_nothing():
    module = nn.Conv2d(1, 1, 3, padding=1, bias=False).double()
    x = torch.full((1, 2, 2), math.inf, dtype=torch.float64)
    pixel = pixel_of(convolving_of(module), x, module(x[None])[0].detach(), 0, (0, 0))
    assert pixel.patch[0].tolist() == [[0, 0, 0], [0, math.inf, math.inf], [0, math.inf, math.inf]]
    assert pixel.value is None
