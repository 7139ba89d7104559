"""What an `InitializationExplorer` found, as the traits that a view reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nnwidgets.concepts.initialization import SCHEMES, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.training.schemes import Measured, SchemeRuns
    from nnwidgets.widgets._initialization_types import MeasuredTrait, SchemeTrait, TrainingTrait, Verdict
    from nnwidgets.widgets._trait_types import Binary


def _bytes(values: Any, kind: str = "<f8") -> Binary:
    array: NDArray[Any] = np.ascontiguousarray(values, dtype=kind)
    return cast("Binary", array.tobytes())


def scheme_traits(settings: Any) -> list[SchemeTrait]:
    """The schemes as a view names them."""
    width = settings["width"]
    return [
        {
            "name": scheme.name,
            "label": scheme.label,
            "formula": scheme.formula,
            "std": scheme.std(width, width, settings) if scheme.is_random else None,
        }
        for scheme in SCHEMES.values()
    ]


def measured_trait(measured: Measured, predicted: NDArray[np.float64], version: int) -> MeasuredTrait:
    """What went through the networks, beside what theory says of them before their training."""
    settings = dict(measured.settings)
    bins = measured.stack("counts")
    return {
        "version": version,
        "epoch": measured.epoch,
        "settings": settings,
        "schemes": scheme_traits(settings),
        "width": settings["width"],
        "layers": bins.shape[2],
        "bins": bins.shape[3],
        "input_square": measured.input_square,
        "variances": _bytes(measured.variances),
        "predicted": _bytes(predicted),
        "means": _bytes(measured.stack("means")),
        "zeros": _bytes(measured.stack("zeros")),
        "broken": _bytes(measured.stack("broken")),
        "saturated": _bytes(measured.stack("saturated")),
        "bounds": _bytes(measured.stack("bounds")),
        "counts": _bytes(bins, "<u4"),
        "stds": _bytes(measured.stack("stds")),
        "losses": _bytes(measured.stack("loss")),
        "accuracies": _bytes(measured.stack("accuracy")),
        "points": _bytes(measured.points, "<f4"),
    }


def training_trait(runs: SchemeRuns) -> TrainingTrait:
    """How the training of the networks goes; what goes on is yet to be said."""
    losses, accuracies = runs.curves
    diverged = runs.diverged
    judged = [judge(losses[run], accuracies[run], runs.chance, diverged=ended) for run, ended in enumerate(diverged)]
    maps = runs.maps()
    x_range, y_range = runs.ranges
    return {
        "version": 0,
        "status": "ready",
        "epoch": runs.epoch,
        "epochs": runs.epoch,
        "message": "",
        "chance": runs.chance,
        "losses": _bytes(losses),
        "accuracies": _bytes(accuracies),
        "diverged": diverged,
        "verdicts": cast("list[Verdict]", [verdict for verdict, _ in judged]),
        "texts": [text for _, text in judged],
        "size": maps.shape[-1],
        "x_range": x_range,
        "y_range": y_range,
        "maps": _bytes(maps, "u1"),
    }
