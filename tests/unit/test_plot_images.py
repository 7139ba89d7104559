"""Pictures compared with kept ones; `tests.unit.images` says how they are kept, and renewed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.images import KEPT, MOST, PICTURES, compared, difference, kept, render, write

RESULTS = Path(__file__).parents[2] / "test-results" / "images"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was(name):
    drawn, expected = render(name), kept(name)
    apart = difference(drawn, expected) if drawn.shape == expected.shape else np.inf
    if apart > MOST:
        write(RESULTS / f"{name}.png", compared(drawn, expected))
    assert apart <= MOST, f"it differs from {name}.png in tests/unit/images: look at test-results/images/{name}.png"


def test_every_kept_picture_is_compared():
    assert {path.stem for path in KEPT.glob("*.png")} == set(PICTURES)


def test_each_picture_is_another():
    drawn = {name: kept(name) for name in PICTURES}
    for name, picture in drawn.items():
        assert picture.std() > 5
        for other, beside in drawn.items():
            assert name == other or picture.shape != beside.shape or difference(picture, beside) > 2 * MOST


@pytest.mark.parametrize("name", ["boundary-two", "dataset-two", "loss-acc"])
def test_a_small_difference_counts(name):
    """A mark of the size of a sample, or a line moved by a pixel, is one."""
    picture = kept(name)
    marked = picture.copy()
    marked[100:104, 100:104] = 255 - marked[100:104, 100:104]
    assert difference(marked, picture) > MOST
    assert difference(np.roll(picture, 1, axis=1), picture) > MOST
    assert difference(picture, picture) == 0
