"""Images, and the way of one through a network, as the browser is told of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnwidgets.images import ImageDataset
from nnwidgets.training.way import Way


def image_data_trait(dataset: ImageDataset, version: int) -> dict[str, Any]:
    """An `ImageDataTrait`."""
    channels, height, width = dataset.shape
    counts = np.bincount(dataset.y_test[:, 0].astype(int), minlength=dataset.n_classes)
    return {
        "version": version,
        "name": dataset.name,
        "label": dataset.label,
        "notice": dataset.notice,
        "n_train": len(dataset.x_train),
        "n_test": len(dataset.x_test),
        "class_names": list(dataset.class_names),
        "counts": counts.tolist(),
        "channels": channels,
        "height": height,
        "width": width,
    }


def way_trait(way: Way, version: int) -> dict[str, Any]:
    """A `WayTrait`."""
    stages = []
    for stage in way.stages:
        height, width = stage.shown
        stages.append(
            {
                "name": stage.name,
                "detail": stage.detail,
                "kind": stage.kind,
                "units": stage.shape[0],
                "height": height,
                "width": width,
            }
        )
    return {"version": version, "stages": stages, "units": way.units, "rows": way.rows, "columns": way.columns}
