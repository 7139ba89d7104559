"""Data and network as the browser is told of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from nnwidgets.datasets import Dataset
from nnwidgets.networks import NetworkGraph
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.optimizers import OPTIMIZERS

SHOWN_POINTS = 2000

Plane = tuple[tuple[float, float], tuple[float, float]]


def data_trait(dataset: Dataset, version: int, plane: Plane) -> dict[str, Any]:
    """A `DataTrait`: at most 2,000 points, shared between the sets by their sizes."""
    n_train, n_test = len(dataset.x_train), len(dataset.x_test)
    share = min(1.0, SHOWN_POINTS / (n_train + n_test))
    shown_train, shown_test = int(n_train * share), int(n_test * share)
    train = np.hstack([dataset.x_train[:shown_train], dataset.y_train[:shown_train]])
    test = np.hstack([dataset.x_test[:shown_test], dataset.y_test[:shown_test]])
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
        "class_names": list(dataset.class_names),
        "value_range": [0.0, 1.0] if dataset.class_names else list(dataset.value_range),
        "x_range": list(plane[0]),
        "y_range": list(plane[1]),
        "points": np.vstack([train, test]).astype(np.float32).tobytes(),
    }


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
    }


def optimizer_choices() -> list[dict[str, Any]]:
    """The optimizers by name, as `OptimizerChoice`s."""
    return [
        {
            "name": kind.name,
            "label": kind.label,
            "fields": [asdict(field) | {"default": kind.options[field.option]} for field in kind.fields],
        }
        for kind in OPTIMIZERS.values()
    ]
