"""An activation function and its derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._checks import one_of
from nnwidgets._drawing import DASHED, HAIRLINE, INK, INK_2, new_axes, tidy
from nnwidgets._own_functions import name_of, sample
from nnwidgets.concepts.activation import WINDOWS, X_RANGE, default_heights
from nnwidgets.functions import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    Function = Callable[[Any], ArrayLike]
    Window = tuple[float, float, float, float]

_POINTS = 601
_BY_CLASS = {activation.torch_name.lower(): name for name, activation in ACTIVATIONS.items() if activation.torch_name}


def plot_activation_function(
    f: Function | str,
    f_prime: Function | None = None,
    name: str | None = None,
    axis: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw an activation function (solid) and its derivative (dashed).

    Args:
        f: the function, of a tensor, a float64 array or a number, which a module is, too; or the name of one of
            `nnwidgets.functions.ACTIVATIONS`.
        f_prime: its derivative, likewise. None takes that of the table, or computes it: by autograd where PyTorch can,
            else by differences.
        name: the title; None for the function's own name.
        axis: the window ``(x_low, x_high, y_low, y_high)``. None takes −6 to 6 for x, and the y that suit the function:
            −0.1 to 1.1 for the sigmoid, −1.1 to 1.1 for tanh, −1.1 to 6.1 for ReLU.
        ax: where to draw; None for a new figure.

    Returns:
        The axes drawn into.

    Raises:
        TypeError: for what is no function.
        ValueError: for an unknown name, a window that is not four increasing bounds, or a function that cannot be
            computed there.

    Example:
        >>> import torch
        >>> ax = plot_activation_function("tanh")
        >>> ax = plot_activation_function(torch.nn.PReLU(), axis=(-3, 3, -1, 3))
        >>> ax = plot_activation_function(lambda x: x * torch.sigmoid(x), name="swish")
        >>> ax.get_title()
        'swish'
    """
    function, known = _function(f, f_prime)
    window = None if axis is None else _window(axis)
    x_low, x_high = X_RANGE if window is None else window[:2]
    x = np.linspace(x_low, x_high, _POINTS)
    sampled = sample(function, x)
    if window is None:
        window = WINDOWS.get(known) or (*X_RANGE, *default_heights(sampled.values, sampled.slopes))
    if name is None:
        name = ACTIVATIONS[known].label if known in ACTIVATIONS else name_of(f)
    axes = new_axes(4.6, 3.2) if ax is None else ax
    for at in (axes.axhline, axes.axvline):
        at(0, color=HAIRLINE, linewidth=0.8, zorder=0)
    axes.plot(x, sampled.values, color=INK, linewidth=1.8, label="$f(x)$")
    axes.plot(x, sampled.slopes, color=INK_2, linewidth=1.6, linestyle=DASHED, label="$f'(x)$")
    axes.set(xlim=window[:2], ylim=window[2:])
    axes.set_title(name, fontsize=11, color=INK)
    axes.set_xlabel("$x$", color=INK_2)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    tidy(axes)
    return axes


def _function(f: Function | str, f_prime: Function | None) -> tuple[Any, str]:
    """What to sample, and what the function is called in the table; what it is called at all where it is not there."""
    if isinstance(f, str):
        f = ACTIVATIONS[one_of("f", f, tuple(ACTIVATIONS))].name
        function: Any = ACTIVATIONS[f].function
        return (function, f_prime or ACTIVATIONS[f].derivative), f
    called = name_of(f).lower()
    known = _BY_CLASS.get(called, called)
    return (f if f_prime is None else (f, f_prime)), known


def _window(axis: Sequence[float]) -> Window:
    try:
        x_low, x_high, y_low, y_high = (float(bound) for bound in axis)
    except (TypeError, ValueError):
        x_low = x_high = y_low = y_high = np.nan
    if not (x_low < x_high and y_low < y_high):
        msg = f"axis must be four bounds (x_low, x_high, y_low, y_high) with low < high, not {axis!r}"
        raise ValueError(msg)
    return x_low, x_high, y_low, y_high
