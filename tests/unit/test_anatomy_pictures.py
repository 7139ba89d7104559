"""Tensors as maps of numbers: which part is shown, in how many cells, and what is in each."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnwidgets.anatomy import pictures
from nnwidgets.anatomy.pictures import MOST_CELLS, Layout, Part, layout_of, picture_of


def of(tensor, part=None, layout=None):
    return picture_of(tensor, "weight", "w", layout, part or Part())


def blocks_of(numbers, grid):
    """Cells of `(tiles, rows, columns)`, one by one: slices as the browser cuts them."""
    steps = [max(1, math.ceil(size / cells)) for size, cells in zip(numbers.shape[1:], grid, strict=True)]
    for tile, row, column in itertools.product(range(len(numbers)), *map(range, grid)):
        top, left = row * steps[0], column * steps[1]
        yield numbers[tile, top : top + steps[0], left : left + steps[1]]


def check_cells(picture, numbers):
    """Whether each cell has what is in its part of `numbers`, the window's."""
    cells = list(blocks_of(numbers.astype(np.float64), picture.grid))
    assert all(cell.size for cell in cells)
    assert sum(cell.size for cell in cells) == numbers.size
    np.testing.assert_allclose(picture.values.ravel(), [cell.mean() for cell in cells], rtol=1e-6, atol=1e-6)
    if picture.lows is None:
        assert picture.values.size == numbers.size
        assert picture.highs is None
    else:
        assert picture.lows.ravel().tolist() == [cell.min() for cell in cells]
        assert picture.highs.ravel().tolist() == [cell.max() for cell in cells]


@settings(max_examples=80, deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 90), st.integers(1, 90)),
    st.integers(1, 3000),
    st.sampled_from([16, 2**18]),
    st.data(),
)
def test_every_number_of_the_window_is_in_one_cell(shape, cells, piece, data):
    numbers = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    window = data.draw(st.tuples(*[st.integers(0, 95)] * 4))
    first = data.draw(st.integers(0, 100))
    before, pictures.PIECE = pictures.PIECE, piece
    try:
        picture = of(torch.tensor(numbers), Part(window, first, cells))
    finally:
        pictures.PIECE = before
    tiles, rows, columns = shape
    top, high, left, wide = picture.window
    assert 0 <= top < top + high <= rows
    assert 0 <= left < left + wide <= columns
    assert (top, left) == (min(window[0], rows - 1), min(window[2], columns - 1))
    assert (high, wide) == (min(max(window[1], 1), rows - top), min(max(window[3], 1), columns - left))
    assert picture.first % 64 == 0 or picture.first < 64
    assert picture.first <= min(first, tiles - 1) < picture.first + picture.shown <= tiles
    assert picture.shown <= 64
    assert picture.values.shape == (picture.shown, *picture.grid)
    assert picture.values.size <= max(cells, picture.shown)
    assert max(picture.grid) <= (256 if picture.shown == 1 else 64)
    part = numbers[picture.first : picture.first + picture.shown, top : top + high, left : left + wide]
    check_cells(picture, part)
    assert picture.bound == np.abs(numbers).max()


def test_a_small_tensor_is_there_number_by_number():
    tensor = torch.randn(5, 7)
    picture = of(tensor)
    assert (picture.tiles, picture.rows, picture.columns, picture.grid) == (1, 5, 7, (5, 7))
    assert picture.values.dtype == np.float32
    assert np.array_equal(picture.values[0], tensor.numpy())
    assert picture.lows is None


def test_the_values_are_a_copy():
    tensor = torch.zeros(2, 2)
    picture = of(tensor)
    tensor.fill_(1)
    assert not picture.values.any()


def test_zooming_in_is_exact():
    tensor = torch.randn(1000, 1200)
    assert of(tensor).lows is not None
    near = of(tensor, Part((300, 100, 500, 200)))
    assert near.lows is None
    assert np.array_equal(near.values[0], tensor[300:400, 500:700].numpy())
    assert near.bound == tensor.abs().max().item()


@pytest.mark.parametrize(
    ("shape", "axes", "index"),
    [
        ((), ("", "", ""), ()),
        ((4,), ("", "", "axis 0"), (None,)),
        ((2, 3), ("", "axis 0", "axis 1"), (None, None)),
        ((2, 3, 4), ("axis 0", "axis 1", "axis 2"), (None, None, None)),
        ((6, 5, 2, 3, 4), ("axis 2", "axis 3", "axis 4"), (0, 0, None, None, None)),
    ],
    ids=["0", "1", "2", "3", "5"],
)
def test_any_number_of_axes(shape, axes, index):
    tensor = torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape)
    picture = of(tensor)
    assert (picture.shape, picture.axes, picture.index) == (shape, axes, index)
    shown = tensor[tuple(0 for each in index if each is not None)]
    assert picture.values.ravel().tolist() == shown.flatten().tolist()


def test_a_layout_chooses_axes_and_numbers():
    tensor = torch.randn(3, 4, 5, 6)
    layout = Layout(None, 1, 3, ("", "unit", "time"), ((0, 2), (2, 4)), [f"u{unit}" for unit in range(4)])
    picture = of(tensor, Part((1, 2, 0, 6)), layout)
    assert picture.index == (2, None, 4, None)
    assert np.array_equal(picture.values[0], tensor[2, 1:3, 4].numpy())
    assert picture.row_labels == ("u1", "u2")


def test_names_of_the_last_axes():
    layout = layout_of((2, 3, 4), ("sample", "unit", "time"), [(0, 1)])
    assert (layout.tiles, layout.rows, layout.columns, layout.names) == (None, 1, 2, ("", "unit", "time"))


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(0, 4), torch.zeros(3, 0), torch.zeros(3, 3, device="meta")],
    ids=["no rows", "no columns", "without memory"],
)
def test_without_numbers_a_picture_is_empty(tensor):
    picture = of(tensor)
    assert (picture.shown, picture.values.size, picture.bound, picture.lows) == (0, 0, None, None)
    assert picture.shape == tuple(tensor.shape)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint8])
def test_other_types(dtype):
    tensor = (torch.rand(70, 300, generator=torch.Generator().manual_seed(1)) * 3).to(dtype)
    picture = of(tensor)
    assert picture.dtype == str(tensor.dtype).removeprefix("torch.")
    check_cells(picture, tensor[None].float().numpy())


def test_complex_numbers_are_their_absolute_values():
    picture = of(torch.tensor([[3 + 4j, 1j]]))
    assert picture.values.tolist() == [[[5, 1]]]
    assert picture.dtype == "complex64"


@pytest.mark.parametrize("change", ["transposed", "channels last", "expanded"])
def test_memory_in_another_order(change):
    tensor = torch.randn(2, 8, 30, 40)
    changed = {
        "transposed": lambda: tensor.transpose(1, 3),
        "channels last": lambda: tensor.to(memory_format=torch.channels_last),
        "expanded": lambda: tensor[:1].expand(4, 8, 30, 40),
    }[change]()
    check_cells(of(changed), changed[0].numpy())


def test_a_cell_with_nan_is_nan_and_the_bound_is_of_the_finite():
    tensor = torch.zeros(600, 600)
    tensor[0, 0], tensor[0, 599], tensor[599, 0] = math.nan, math.inf, -3
    picture = of(tensor)
    assert np.isnan(picture.values[0, 0, 0])
    assert np.isnan(picture.lows[0, 0, 0])
    assert picture.highs[0, 0, -1] == math.inf
    assert picture.lows[0, -1, 0] == -3
    assert picture.bound == 3


def test_a_large_table_is_not_copied(monkeypatch):
    """Neither as a whole nor in parts that are larger than a piece."""
    sizes = []
    table = torch.zeros(4000, 512, dtype=torch.bfloat16)
    to_double = torch.Tensor.double
    monkeypatch.setattr(torch.Tensor, "double", lambda tensor: sizes.append(tensor.numel()) or to_double(tensor))
    picture = picture_of(table, "weight", "w", bound=0.0)
    assert sum(sizes) >= table.numel() == 4000 * 512
    assert max(sizes) <= pictures.PIECE
    sizes.clear()
    picture_of(table, "weight", "w", part=Part((100, 50, 0, 50)), bound=0.0)
    assert sum(sizes) <= 2500
    assert picture.values.size <= MOST_CELLS
