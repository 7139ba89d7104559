"""The next step in slow motion, as one message."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnwidgets.functions import LOSSES
from nnwidgets.networks import NetworkGraph, each_layer
from nnwidgets.training.optimizers import OPTIMIZERS
from nnwidgets.training.trace import Trace, trace_step
from nnwidgets.widgets._frames import pack

if TYPE_CHECKING:
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.widgets._frames import Parts

SHOWN_SAMPLES = 64
SHOWN_PARAMETERS = 4096  # of larger networks only the sizes of parameters are told


def _is_plain(experiment: Experiment) -> bool:
    """Whether the optimizer's usual formula is the one it goes by."""
    options = experiment.optimizer.param_groups[0]
    unusual = ["nesterov", "amsgrad", "centered", "maximize", "lr_decay"]
    if experiment.settings.optimizer != "adamw":
        unusual.append("weight_decay")
    if experiment.settings.optimizer != "sgd":
        unusual.append("momentum")
    return not any(options.get(name) for name in unusual)


def _drops(experiment: Experiment) -> bool:
    network = experiment.settings.network
    return network is not None and any(each_layer("dropout", network.dropout, len(network.hidden_layers)))


def trace_message(
    experiment: Experiment, graph: NetworkGraph, versions: dict[str, int]
) -> tuple[dict[str, Any], bytes]:
    """A `TraceMessage` and its buffer, of the run or of its ghost in the past.

    Args:
        experiment: stands still.
        graph: its model as layers.
        versions: of the network and the data, by which the browser knows them.

    Raises:
        ValueError: as `trace_step` does.
    """
    trace = trace_step(experiment, graph, SHOWN_SAMPLES)
    whole = bool(trace.layers) and graph.parameter_count <= SHOWN_PARAMETERS
    parts, buffer = pack(_samples(trace) | (_layers(trace) | _parameters(trace) if whole else {}))
    optimizer = experiment.settings.optimizer
    name = experiment.objective.name
    message = {
        "type": "trace",
        "epoch": trace.epoch,
        "step": trace.step,
        "samples": len(trace.indices),
        "averaged": trace.averaged,
        "loss": trace.loss,
        "loss_after": trace.loss_after,
        "penalty": trace.penalty if math.isfinite(trace.penalty) else None,
        "drops": _drops(experiment),
        "loss_name": name,
        "loss_formula": LOSSES[name].formula if name else experiment.objective.label,
        "optimizer": optimizer if isinstance(optimizer, str) and _is_plain(experiment) else "",
        "optimizer_label": OPTIMIZERS[optimizer].label if isinstance(optimizer, str) else "the optimizer",
        "learning_rate": experiment.learning_rate_now,
        "count": trace.count,
        **versions,
        "parts": parts,
        "tensors": [
            {
                "name": name,
                "shape": list(tensor.before.shape),
                "value": _size(tensor.before),
                "gradient": _size(tensor.used),
                "change": _change(tensor.before, tensor.after),
            }
            for name, tensor in trace.parameters.items()
        ],
    }
    return message, buffer


def _samples(trace: Trace) -> Parts:
    """Row by row the samples that are shown: number, target and loss of each."""
    first = slice(SHOWN_SAMPLES)
    return {
        "indices": trace.indices[first].astype(np.float32),
        "targets": trace.targets[first].astype(np.float32),
        "losses": trace.losses.astype(np.float32),
    }


def _layers(trace: Trace) -> Parts:
    """All units side by side; row 0 is for the whole batch, then there is one for each sample.

    A derivative is that of the sample's own loss, the batch's being the mean. Where it is not, it is that of the
    batch's loss, and what the samples' make together is their sum.
    """
    factor = len(trace.indices) if trace.averaged else 1
    columns = {
        "x": [trace.inputs],
        "z": [layer.z for layer in trace.layers],
        "h": [layer.h for layer in trace.layers],
        "dz": [layer.dz for layer in trace.layers],
        "dh": [layer.dh for layer in trace.layers],
    }
    parts = {}
    for name, arrays in columns.items():
        values = np.concatenate(arrays, axis=1).astype(float)
        flows = name in ("dz", "dh")
        together = values.sum(axis=0) if flows else values.mean(axis=0)
        rows = values[:SHOWN_SAMPLES] * (factor if flows else 1)
        parts[name] = np.concatenate([together[None], rows]).astype(np.float32)
    return parts


def _parameters(trace: Trace) -> Parts:
    """All parameters in the model's order, as in a frame."""
    tensors = trace.parameters.values()
    parts = {
        "before": _flat(tensor.before for tensor in tensors),
        "gradient": _flat(tensor.gradient for tensor in tensors),
        "used": _flat(tensor.used for tensor in tensors),
        "after": _flat(tensor.after for tensor in tensors),
    }
    for name in ("mean", "square"):
        kept = [getattr(tensor, name) for tensor in tensors]
        if any(array is not None for array in kept):
            nothing = [np.full(tensor.before.shape, np.nan) for tensor in tensors]
            parts[name] = _flat(other if array is None else array for array, other in zip(kept, nothing, strict=True))
    return parts


def _flat(arrays: Iterable[NDArray[Any]]) -> NDArray[np.float32]:
    return np.concatenate([array.reshape(-1) for array in arrays]).astype(np.float32)


def _change(before: NDArray[Any], after: NDArray[Any]) -> float | None:
    with np.errstate(invalid="ignore"):  # both may be infinite
        return _size(after.astype(float) - before)


def _size(values: NDArray[Any]) -> float | None:
    """The Euclidean norm; None where it is no number."""
    size = float(np.linalg.norm(values.astype(float)))
    return size if np.isfinite(size) else None
