"""One picture of a function that is fitted, for print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from nnwidgets._curves import draw_curves
from nnwidgets._drawing import HAIRLINE, INK, INK_2, INK_3, NEGATIVE, POSITIVE, finish_curve, new_figure, tidy
from nnwidgets.targets import FunctionData, places
from nnwidgets.training.function_probes import contributions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets.networks import NetworkGraph
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.sweep import SweepResult

MOST_MARKED = 200  # samples that are drawn as circles one can tell apart


def function_figure(
    experiment: Experiment, graph: NetworkGraph, history: Any, *, sweep: SweepResult | None = None, title: str = ""
) -> Figure:
    """A function, its samples and the fit; what each neuron adds to it; the loss; and error against neurons, if known.

    Args:
        experiment: what is to be shown; between two steps.
        graph: its model as layers.
        history: as `nnwidgets.figures.planar.planar_figure` takes it.
        sweep: what a trainer's `sweep_result` is.
        title: a line above the picture.

    Returns:
        A new figure of 10 × 6.4 inches.
    """
    data = experiment.settings.dataset
    assert isinstance(data, FunctionData)
    inputs = torch.tensor(experiment.inputs(places(data.domain)), device=experiment.device)
    with torch.no_grad():
        fit = experiment.eval_model(inputs)[:, 0].double().cpu().numpy()
        parts = contributions(experiment, graph, inputs)
    return draw_function(data, fit, parts, history, sweep=sweep, title=title)


def draw_function(
    data: FunctionData,
    fit: NDArray[Any],
    parts: Mapping[str, NDArray[Any]],
    history: Any,
    *,
    sweep: SweepResult | None = None,
    title: str = "",
) -> Figure:
    """What `function_figure` gives, of plain values.

    Args:
        data: the samples, and their function if that is known.
        fit: the output over the domain, `(GRID,)`.
        parts: what `nnwidgets.training.function_probes.contributions` gives.
        history: as `nnwidgets.figures.planar.planar_figure` takes it.
        sweep: what a trainer's `sweep_result` is.
        title: a line above the picture.
    """
    x = places(data.domain)
    figure = new_figure(10, 6.4)
    grid = figure.add_gridspec(2, 2, width_ratios=[1.7, 1], height_ratios=[1.3, 1])
    _draw_fit(figure.add_subplot(grid[0, 0]), data, x[:, 0], fit)
    _draw_parts(figure.add_subplot(grid[1, 0]), x[:, 0], parts)
    loss = figure.add_subplot(grid[0, 1] if sweep is not None else grid[:, 1])
    draw_curves(loss, history, ("running_loss", "loss"), ("test_loss",))
    finish_curve(loss)
    loss.set_title("loss", loc="left", fontsize=9, color=INK)
    if sweep is not None:
        _draw_sweep(figure.add_subplot(grid[1, 1]), sweep)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=INK)
    return figure


def _draw_fit(ax: Axes, data: FunctionData, x: Any, fit: Any) -> None:
    size = 3.2 if len(data.x_train) <= MOST_MARKED else 1.5
    small: dict[str, Any] = {"markersize": size, "linestyle": "", "zorder": 2}
    ax.plot(data.x_train, data.y_train, marker="o", color=INK_3, markeredgewidth=0, label="training samples", **small)
    if len(data.x_test):
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": INK_3, "markeredgewidth": 0.8}
        ax.plot(data.x_test, data.y_test, marker="o", label="test samples", **hollow, **small)
    if data.target is not None:
        ax.plot(x, data.target, color=INK_2, linewidth=1.2, linestyle=(0, (4, 3)), label="function", zorder=3)
    ax.plot(x, fit, color=INK, linewidth=2, label="network", zorder=4)
    tidy(ax)
    ax.set_xlim(*data.domain)
    ax.legend(frameon=False, fontsize=8, labelcolor=INK, loc="best")
    ax.set_title(data.expression or data.label, loc="left", fontsize=9, color=INK, parse_math=False)


def _draw_parts(ax: Axes, x: Any, parts: Mapping[str, Any]) -> None:
    """What each neuron adds, in the colour of the sign that it has for the most part, and the bias."""
    tidy(ax)
    ax.set_xlim(x[0], x[-1])
    ax.set_xlabel("x", color=INK_2, fontsize=9)
    ax.axhline(0, color=HAIRLINE, linewidth=0.8)
    if not parts:
        ax.set_title("no parts that sum up to the output", loc="left", fontsize=9, color=INK)
        return
    for added in parts["contributions"]:
        ax.plot(x, added, color=POSITIVE if np.nansum(added) >= 0 else NEGATIVE, linewidth=1, alpha=0.8)
    ax.axhline(float(parts["bias"][0]), color=INK_3, linewidth=1, linestyle=":")
    ax.set_title("what each neuron adds; dotted the bias", loc="left", fontsize=9, color=INK)


def _draw_sweep(ax: Axes, sweep: SweepResult) -> None:
    """Errors against neurons, one point a run, and the medians as a line."""
    neurons = np.repeat(sweep.neurons, len(sweep.seeds))
    ax.plot(neurons, sweep.errors.ravel(), marker="o", markersize=3, linestyle="", color=INK_3, markeredgewidth=0)
    ax.plot(sweep.neurons, sweep.medians, color=INK, linewidth=1.6)
    ax.set_xscale("log", base=2)
    if np.nanmax(sweep.errors, initial=0.0) > 0:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
    tidy(ax)
    ticks = [n for n in sweep.neurons if n & (n - 1) == 0]
    ax.set_xticks(ticks, [str(n) for n in ticks])
    ax.set_xlabel("neurons", color=INK_2, fontsize=9)
    ax.set_title("error against neurons", loc="left", fontsize=9, color=INK)
