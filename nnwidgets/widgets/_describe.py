"""Data and network as the browser is told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np

from nnwidgets.datasets import DRAWING, PLANAR, plane_range, thumbnails
from nnwidgets.features import Feature, fit_inputs, offered_features
from nnwidgets.functions import ACTIVATIONS, LOSSES
from nnwidgets.networks import INITIALISERS, NetworkGraph
from nnwidgets.presets import PRESETS, Preset
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.objective import fits
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.probes import plane_points, quantised
from nnwidgets.training.schedules import SCHEDULES
from nnwidgets.training.settings import Settings

SHOWN_POINTS = 2000
MAX_NEURONS, MAX_LAYERS = 16, 8  # what the controls offer; cells may make larger networks
SPEEDS = (1, 2, 5, 10, 30, 100, None)

INPUT_TILE = 32

Plane = tuple[tuple[float, float], tuple[float, float]]
Axes = tuple[int, int]


def data_trait(
    settings: Settings, version: int, axes: Axes, own: Iterable[Feature], *, can_undo: bool
) -> dict[str, Any]:
    """A `DataTrait`: at most 2,000 points, shared between the sets by their sizes."""
    dataset = settings.planar
    plane = plane_range(dataset, axes)
    n_train, n_test = len(dataset.x_train), len(dataset.x_test)
    share = min(1.0, SHOWN_POINTS / (n_train + n_test))
    shown_train, shown_test = int(n_train * share), int(n_test * share)
    train = np.hstack([dataset.x_train[:shown_train, axes], dataset.y_train[:shown_train]])
    test = np.hstack([dataset.x_test[:shown_test, axes], dataset.y_test[:shown_test]])
    return {
        "version": version,
        "name": dataset.name,
        "label": dataset.label,
        "generated": dataset.parameters is not None,
        "n_train": n_train,
        "n_test": n_test,
        "shown_train": shown_train,
        "shown_test": shown_test,
        "feature_names": list(dataset.feature_names),
        "medians": np.median(dataset.x_train, axis=0).tolist(),
        "axes": list(axes),
        "features": _features(settings, axes, plane, own),
        "inputs": [feature.name for feature in settings.input_features],
        "drawn": dataset.name == DRAWING or dataset.plane is not None,
        "can_undo": can_undo,
        "class_names": list(dataset.class_names),
        "value_range": [0.0, 1.0] if dataset.class_names else list(dataset.value_range),
        "x_range": list(plane[0]),
        "y_range": list(plane[1]),
        "points": np.vstack([train, test]).astype(np.float32).tobytes(),
    }


def _features(settings: Settings, axes: Axes, plane: Plane, own: Iterable[Feature]) -> list[dict[str, Any]]:
    """`FeatureTrait`s: what is offered for these data, and whatever else the network gets."""
    points = plane_points(*plane, INPUT_TILE)
    offered = offered_features(len(settings.dataset.feature_names), [*settings.input_features, *own])
    fitting = [feature for feature in offered if feature.function is None or _fits(settings, feature)]
    inputs = fit_inputs(settings.planar, tuple(fitting), standardise=settings.standardises)
    on_plane = inputs.on_plane(axes, points)
    everywhere = np.concatenate([on_plane, inputs(settings.dataset.x_train)])  # one that is held is no extreme
    largest = np.nan_to_num(np.abs(everywhere), nan=0.0, posinf=0.0).max(axis=0)
    tiles = quantised(on_plane, np.where(largest > 0, largest, 1.0))
    return [
        {"name": feature.name, "label": feature.label, "tile": tiles[:, column].tobytes()}
        for column, feature in enumerate(fitting)
    ]


def _fits(settings: Settings, feature: Feature) -> bool:
    """Whether a function of the user's, which may have been for other data, can take these."""
    try:
        fit_inputs(settings.planar, (feature,), standardise=settings.standardises)
    except ValueError:
        return False
    return True


def network_trait(experiment: Experiment, graph: NetworkGraph) -> dict[str, Any]:
    """A `NetworkTrait`: layers with the places of their weights in the flat parameters."""
    offsets, end = {}, 0
    for name, parameter in experiment.model.named_parameters():
        offsets[name] = end
        end += parameter.numel()
    return {
        "version": experiment.network_version,
        "kind": graph.kind,
        "parameter_count": graph.parameter_count,
        "steps_per_epoch": experiment.steps_per_epoch,
        "editable": experiment.settings.network is not None,
        "output": experiment.objective.output,
        "outputs": experiment.outputs,
        "layers": [
            {
                "name": layer.name,
                "units": layer.units,
                "activation": layer.activation_label,
                "weight": [offsets[layer.weight], *layer.weight_shape],
                "bias": None if layer.bias is None else [offsets[layer.bias], layer.units],
                "scale_fixed": layer.scale_fixed,
            }
            for layer in graph.layers
        ],
        "modules": [
            {"name": row.name, "type": row.type, "detail": row.detail, "parameters": row.parameters}
            for row in graph.modules
        ],
        "parameters": [{"name": n, "shape": list(p.shape)} for n, p in experiment.model.named_parameters()],
    }


@cache
def _optimizer_choices() -> list[dict[str, Any]]:
    """The optimizers by name, as `OptimizerChoice`s."""
    return [
        {
            "name": kind.name,
            "label": kind.label,
            "fields": [asdict(field) | {"default": kind.options[field.option]} for field in kind.fields],
        }
        for kind in OPTIMIZERS.values()
    ]


def dataset_choices(names: Iterable[str]) -> list[dict[str, Any]]:
    """`DatasetChoice`s of these data."""
    return [
        {
            "name": name,
            "label": PLANAR[name].label,
            "classes": PLANAR[name].classes,
            "points": thumbnails()[name].tobytes(),
        }
        for name in names
    ]


def lesson_choices(presets: Iterable[Preset]) -> list[dict[str, str]]:
    """`Choice`s of demonstrations."""
    return [{"name": preset.name, "label": preset.title} for preset in presets]


def choices_trait(experiment: Experiment) -> dict[str, Any]:
    """A `ChoicesTrait`: what the controls offer for the present data."""
    return {
        "activations": [{"name": a.name, "label": a.label} for a in ACTIVATIONS.values()],
        "optimizers": _optimizer_choices(),
        "schedules": [
            {"name": s.name, "label": s.label, "options": dict(s.options), "words": s.words} for s in SCHEDULES.values()
        ],
        "initialisers": [
            {"name": i.name, "label": i.label, "reason": i.reason, "scale_symbol": i.scale_symbol}
            for i in INITIALISERS.values()
        ],
        "datasets": dataset_choices(source.name for source in PLANAR.values() if not source.for_one_line),
        "speeds": list(SPEEDS),
        "lessons": lesson_choices(PRESETS.values()),
        "losses": [
            {"name": loss.name, "label": loss.label}
            for loss in LOSSES.values()
            if fits(loss.name, experiment.settings.dataset.n_classes)
        ],
        "loss_label": experiment.objective.label,
        "limits": {
            "neurons": [1, MAX_NEURONS],
            "layers": [0, MAX_LAYERS],
            "batch_size": [1, len(experiment.x)],
            "n_samples": [20, 2000],
            "noise": [0.0, 0.5],
        },
    }
