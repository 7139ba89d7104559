"""The explorers' activation functions against values computed with many digits, which the browser's are held to too."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from nnwidgets.concepts.functions import ACTIVATIONS
from tests import vectors

EXACT = vectors.stored("functions")
every_activation = pytest.mark.parametrize("name", EXACT["activations"])


def test_stored_values_are_what_is_computed_and_cover_every_function():
    assert vectors.made("functions") == vectors.stored("functions")
    assert list(EXACT["activations"]) == list(ACTIVATIONS)
    assert [each["label"] for each in EXACT["activations"].values()] == [a.label for a in ACTIVATIONS.values()]


@every_activation
def test_value_and_slope_are_exact_however_large_or_small(name):
    exact, activation = EXACT["activations"][name], ACTIVATIONS[name]
    # Less than 1e-300 has fewer digits than others.
    np.testing.assert_allclose(activation.function(EXACT["x"]), exact["f"], rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(activation.derivative(EXACT["x"]), exact["derivative"], rtol=1e-12, atol=1e-300)


@every_activation
def test_infinite_arguments_give_the_limit(name):
    activation = ACTIVATIONS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, slopes = activation.function([-math.inf, math.inf]), activation.derivative([-math.inf, math.inf])
    np.testing.assert_array_equal(slopes, activation.derivative([-1e5, 1e5]))
    far = activation.function([-1e300, 1e300])
    np.testing.assert_array_equal(values, np.where(np.abs(far) > 1, np.copysign(math.inf, far), far))
