"""Losses of one prediction for print: against the prediction, and the chain of derivatives against the logit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, POSITIVE, new_figure, tidy
from nnwidgets.concepts.loss import BINARY_LOSSES, BinaryLoss, prediction, prediction_derivative

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = 8.0  # logits, to both sides
_TALLEST = 8.0  # slope dL/dp
_DASHES: dict[str, Any] = {"bce": "-", "mse": (0, (5, 2.5)), "hinge": (0, (1.2, 1.8))}


def loss_figure(loss_fn: str, target: int, logit: float) -> Figure:
    """All losses against p with the chosen one's tangent; dL/dp, dp/dz and their product for two of them.

    Args:
        loss_fn: a key of `BINARY_LOSSES`.
        target: 0 or 1.
        logit: z, where the point is.

    Returns:
        A new figure of 10 × 4.4 inches.

    Example:
        >>> len(loss_figure("bce", 1, -3.0).axes)
        7
    """
    figure = new_figure(10, 4.4)
    grid = figure.add_gridspec(3, 3, width_ratios=[1.2, 1, 1])
    _draw_losses(figure.add_subplot(grid[:, 0]), loss_fn, target, logit)
    for column, name in enumerate(("bce", "mse"), start=1):
        _draw_chain([figure.add_subplot(grid[row, column]) for row in range(3)], BINARY_LOSSES[name], target, logit)
    return figure


def _draw_losses(ax: Axes, loss_fn: str, target: int, logit: float) -> None:
    z = np.linspace(-14, 14, 1401)
    chosen = BINARY_LOSSES[loss_fn]
    p, loss = float(prediction(logit)), float(chosen.value(logit, target))
    top = max(4.0, 1.25 * loss)
    for name, each in BINARY_LOSSES.items():
        line: dict[str, Any] = {"color": INK, "linewidth": 2.2} if name == loss_fn else {"color": INK_2, "linewidth": 1}
        ax.plot(prediction(z), each.value(z, target), linestyle=_DASHES[name], label=each.label, **line)
    slope = float(chosen.by_prediction(logit, target))
    if np.isfinite(slope) and abs(slope) < 1e6:
        ax.axline((p, loss), slope=slope, color=INK_3, linewidth=1)
    ax.plot(p, loss, "o", color=INK, markersize=7, clip_on=False, zorder=4)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, top)
    ax.set_xlabel("prediction $p$", color=INK_2, fontsize=9)
    ax.set_title(f"loss for the target {target}: {loss:.3f}", loc="left", fontsize=9, color=INK)
    ax.legend(frameon=False, fontsize=8, loc="upper right" if target else "upper left", labelcolor=INK)
    tidy(ax)


def _draw_chain(axes: list[Axes], loss: BinaryLoss, target: int, logit: float) -> None:
    reach = _SHOWN if abs(logit) <= _SHOWN else 1.25 * abs(logit)
    z = np.linspace(-reach, reach, 801)
    sign, color = (-1, NEGATIVE) if target else (1, POSITIVE)
    rows: list[tuple[str, Any, float, float, str]] = [
        ("dL/dp", lambda at: loss.by_prediction(at, target), sign * _TALLEST, 0.0, color),
        ("dp/dz", prediction_derivative, 0.27, 0.0, INK),
        ("dL/dz", lambda at: loss.by_logit(at, target), sign * 1.1, 0.0, color),
    ]
    for ax, (name, slope, far, near, ink) in zip(axes, rows, strict=True):
        values = slope(z)
        ax.plot(z, values, color=ink, linewidth=1.6)
        ax.fill_between(z, values, color=ink, alpha=0.15, linewidth=0)
        ax.axvline(logit, color=INK_3, linewidth=0.8)
        ax.plot(logit, np.clip(slope(logit), -_TALLEST, _TALLEST), "o", color=INK, markersize=5)
        ax.set_xlim(-reach, reach)
        ax.set_ylim(min(far, near), max(far, near))
        ax.set_ylabel(name, color=INK_2, fontsize=9)
        number = f"{float(slope(logit)):.3g}".replace("-", "−")
        ax.text(0.98, 0.5, number, transform=ax.transAxes, ha="right", va="center", fontsize=9, color=INK)
        ax.grid(axis="y", color=HAIRLINE, linewidth=0.6)
        ax.tick_params(labelbottom=ax is axes[-1])
        tidy(ax)
    axes[0].set_title(loss.label, loc="left", fontsize=9, color=INK)
    axes[-1].set_xlabel("logit $z$", color=INK_2, fontsize=9)
