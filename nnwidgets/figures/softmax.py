"""Softmax and cross-entropy for print: logits, probabilities, gradient, and the loss on its curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, POSITIVE, new_figure, tidy
from nnwidgets.concepts.softmax import cross_entropy, cross_entropy_gradient, softmax

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

_DASH = "−"


def softmax_figure(logits: ArrayLike, target: int, temperature: float, names: Sequence[str]) -> Figure:
    """Bars of logits, probabilities and gradient, and −ln p with the classes on it.

    Args:
        logits: one number per class, ``(n_classes,)``.
        target: index of the true class.
        temperature: T > 0.
        names: of the classes, ``n_classes`` of them.

    Returns:
        A new figure, 10 inches wide.

    Example:
        >>> softmax_figure([3.0, 1.0, 0.2], 0, 1.0, ["Sneaker", "Sandal", "Boot"]).axes[1].get_title(loc="left")
        'probabilities $p$'
    """
    z = np.asarray(logits, dtype=float)
    p, gradient = softmax(z, temperature), cross_entropy_gradient(z, target, temperature)
    loss = cross_entropy(z, target, temperature)
    figure = new_figure(10, 1.6 + 0.32 * len(z))
    axes = figure.subplots(1, 4, width_ratios=[1.25, 1.1, 0.9, 0.9])
    divisor = "" if temperature == 1 else " / T"
    title = "logits $z$" if temperature == 1 else f"logits $z$, $T$ = {temperature:g}"
    _draw_bars(axes[0], z, title, _colors(z), "{:.1f}")
    _draw_bars(axes[1], p, "probabilities $p$", [INK if i == target else INK_3 for i in range(len(z))], "{:.3f}")
    _draw_bars(axes[2], gradient, f"gradient ($p${_DASH}$y$){divisor}", _colors(gradient), "{:.3f}")
    axes[1].set_xlim(0, 1.25)
    axes[1].set_xticks([0, 0.5, 1])
    axes[0].set_yticks(range(len(z)), names, fontsize=9, color=INK, parse_math=False)
    axes[0].get_yticklabels()[target].set_fontweight("bold")
    _draw_loss(axes[3], p, target, loss)
    return figure


def _colors(values: NDArray[np.float64]) -> list[str]:
    return [NEGATIVE if value < 0 else POSITIVE for value in values]


def _draw_bars(ax: Axes, values: NDArray[np.float64], title: str, colors: list[str], form: str) -> None:
    places = range(len(values))
    ax.barh(places, values, height=0.55, color=colors)
    ax.axvline(0, color=INK_3, linewidth=0.8)
    ax.margins(x=0.28)
    for place, value in zip(places, values, strict=True):
        below = value < 0
        text: dict[str, Any] = {"xytext": (-4 if below else 4, 0), "textcoords": "offset points", "va": "center"}
        written = form.format(value).replace("-", _DASH)
        ax.annotate(written, (value, place), ha="right" if below else "left", fontsize=8, color=INK, **text)
    tidy(ax)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set_title(title, loc="left", fontsize=9, color=INK_2)


def _draw_loss(ax: Axes, p: NDArray[np.float64], target: int, loss: float) -> None:
    top = 4.0 if loss <= 4 else min(1.25 * loss, 1e4)
    height = np.linspace(0, top, 300)
    ax.plot(np.exp(-height), height, color=INK, linewidth=1.6)
    with np.errstate(divide="ignore"):
        heights = np.minimum(-np.log(p), top)
    ax.plot(p, heights, "o", color=INK_2, markerfacecolor="white", markersize=4, clip_on=False)
    ax.plot(p[target], min(loss, top), "o", color=INK, markersize=7, clip_on=False, zorder=4)
    beside: dict[str, Any] = {
        "xytext": (8, -10 if loss > 0.8 * top else 6),
        "textcoords": "offset points",
        "fontsize": 9,
        "color": INK,
    }
    ax.annotate(
        f"{loss:.{3 if loss < 100 else 0}f}",
        (p[target], min(loss, top)),
        ha="right" if p[target] > 0.5 else "left",
        **beside,
    )
    ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, top)
    tidy(ax)
    ax.set_xlabel("$p$", color=INK_2, fontsize=9)
    ax.set_title(f"loss {_DASH}ln $p$", loc="left", fontsize=9, color=INK_2)
