"""Signals and gradients through the layers of networks with different initial weights, for print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, new_figure, tidy
from nnwidgets.concepts.initialization import SCHEMES
from nnwidgets.functions import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets.training.schemes import Measured

__all__ = ["DASHES", "initialization_figure"]

DASHES: Mapping[str, Any] = {
    "zeros": (0, (1, 3)),
    "constant": (0, (2, 2)),
    "small": (0, (7, 3)),
    "large": (0, (7, 2, 1.5, 2)),
    "xavier": (0, (5, 2)),
    "he": "-",
}
"""How the line of each scheme is drawn."""

_ACTIVATION, _GRADIENT = 1, 2  # among the four kinds
_MOST_SHOWN = 12
_RANGE = (1e-60, 1e60)
_DOTS: Mapping[str, Any] = {"marker": "o", "markersize": 2.5, "markerfacecolor": "white", "markeredgewidth": 0.7}


def initialization_figure(measured: Measured, chosen: str = "he") -> Figure:
    """Draw histograms of the chosen scheme layer by layer, and below the variances of all, with the theory beside.

    Args:
        measured: what went through the networks.
        chosen: the name of a scheme.

    Example:
        >>> from nnwidgets import InitializationExplorer
        >>> explorer = InitializationExplorer(n_layers=3, width=8)
        >>> initialization_figure(explorer.measure(), "he").get_size_inches().tolist()
        [9.6, 6.4]
        >>> explorer.close()
    """
    layers = int(measured.settings["n_layers"])
    shown = np.unique(np.linspace(0, layers - 1, min(layers, _MOST_SHOWN)).round().astype(int))
    figure = new_figure(9.6, 6.4)
    grid = figure.add_gridspec(3, 1, height_ratios=[1, 1, 2.6])
    for row, (kind, name) in enumerate(((_ACTIVATION, "$a$"), (_GRADIENT, r"$\partial L/\partial a$"))):
        across = grid[row].subgridspec(1, len(shown), wspace=0.25)
        for place, layer in enumerate(shown):
            axes = figure.add_subplot(across[place])
            _draw_histogram(axes, measured, chosen, (kind, int(layer)))
            if not row:
                axes.set_title(f"layer {layer + 1}" if not place else f"{layer + 1}", fontsize=8, color=INK_2)
            if not place:
                axes.set_ylabel(name, color=INK_2)
    below = grid[2].subgridspec(1, 2, wspace=0.3)
    for place, (kind, name) in enumerate(((_ACTIVATION, "Var($a$)"), (_GRADIENT, r"Var($\partial L/\partial a$)"))):
        axes = figure.add_subplot(below[place])
        _draw_variances(axes, measured, chosen, kind)
        axes.set_ylabel(name, color=INK_2)
    handles, labels = axes.get_legend_handles_labels()
    handles.append(Line2D([], [], linestyle="", color=INK_2, **_DOTS))
    axes.legend(handles, [*labels, "theory"], frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    activation = ACTIVATIONS[str(measured.settings["activation"])].label
    label = SCHEMES[chosen].label
    moment = f", after {measured.epoch} epochs" if measured.epoch else ""
    figure.suptitle(f"{label}, {activation}, {layers} layers{moment}", fontsize=11, color=INK)
    return figure


def _draw_histogram(ax: Axes, measured: Measured, scheme: str, which: tuple[int, int]) -> None:
    signals = measured.signals[scheme]
    counts, bound = signals.counts[which], float(signals.bounds[which])
    ax.set_yticks([])
    ax.tick_params(labelsize=6, colors=INK_2, length=2)
    for side in ("left", "top", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(HAIRLINE)
    if signals.broken[which] or not bound:
        ax.set_xticks([])
        ax.text(0.5, 0.4, "∞" if signals.broken[which] else "all 0", transform=ax.transAxes, ha="center", color=INK_2)
        return
    ax.stairs(counts, np.linspace(-1, 1, len(counts) + 1), fill=True, color=INK_3)
    ax.set_xlim(-1, 1)
    ax.set_xticks([0.0], [f"±{bound:.0e}" if not 0.01 <= bound < 1000 else f"±{bound:.2g}"])


def _draw_variances(ax: Axes, measured: Measured, chosen: str, kind: int) -> None:
    """Lines for what is measured, dots for what is predicted."""
    ax.set_yscale("log")
    for index, name in enumerate(measured.schemes):
        found = _positive(measured.variances[index, kind, :-1])
        theory = _positive(measured.predicted[index, kind, :-1])
        places = np.arange(1, len(found) + 1)
        own: dict[str, Any] = {"color": INK, "linewidth": 2.2} if name == chosen else {"color": INK_2, "linewidth": 1.1}
        ax.plot(places, found, linestyle=DASHES[name], label=SCHEMES[name].label, **own)
        ax.plot(places, theory, linestyle="", color=own["color"], **_DOTS)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    ax.set_xlabel("layer", color=INK_2)
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, _RANGE[0]), min(high, _RANGE[1]))
    tidy(ax)


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a logarithmic scale can show; NaN for the rest."""
    return np.where((values > 1e-290) & (values < 1e290), values, np.nan)
