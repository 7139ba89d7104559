"""The activation functions of the explorers: those of `nnwidgets.functions`, and the step of the first neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnwidgets.functions import ACTIVATIONS as _TRAINABLE
from nnwidgets.functions import Activation

__all__ = ["ACTIVATIONS"]


_step = _TRAINABLE["relu"].derivative


def _zero(x: ArrayLike) -> NDArray[np.floating[Any]]:
    return np.zeros_like(_step(x))


ACTIVATIONS: Mapping[str, Activation] = {
    **_TRAINABLE,
    # PyTorch has no module for it: its derivative is zero wherever it has one, so that nothing could be learned.
    "step": Activation("step", "step", "0 if x ≤ 0, 1 if x > 0", "0", _step, _zero, "", output_range=(0.0, 1.0)),
}
"""The activation functions by name, in the order in which to offer them.

Example:
    >>> ACTIVATIONS["step"].function([-1.0, 0.0, 0.01])
    array([0., 0., 1.])
"""
