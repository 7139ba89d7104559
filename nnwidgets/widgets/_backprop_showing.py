"""What a recorded pass is to a view: the graph, its numbers, the stops of the walk, as the trait that travels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nnwidgets.concepts.chain import Graph, graph_of
from nnwidgets.concepts.chain_steps import LEVELS, steps
from nnwidgets.widgets._backprop_parts import Inside, inside_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnwidgets.concepts.chain_names import Symbol
    from nnwidgets.training.backprop import Recording
    from nnwidgets.widgets._backprop_types import BesideTrait, MagnitudeTrait, PassTrait, SymbolTrait
    from nnwidgets.widgets._trait_types import Binary

    Array = NDArray[np.float64]


def recorded_graph(recording: Recording) -> Graph:
    """The graph of a recorded pass, with all of the module's parameters."""
    return graph_of(recording.tape, {name: each.before.shape for name, each in recording.parameters.items()})


def pass_trait(
    recording: Recording,
    *,
    graph: Graph | None = None,
    version: int,
    settings: Mapping[str, Any],
    number: int,
    owner: str,
    label: str,
    settled: bool = True,
    beside: BesideTrait | None = None,
) -> PassTrait:
    """A recorded pass as a view reads it.

    Args:
        recording: the pass.
        graph: its graph, where it is there already.
        version: counts the traits that were made.
        settings: of which the pass was made.
        number: of the pass, from 1.
        owner: of the network: "settings", "module" or "trainer".
        label: names it for the title row.
        settled: whether it stays so; not while a trainer moves on by itself.
        beside: magnitudes of the twin, from `magnitudes_of`.
    """
    found = recorded_graph(recording) if graph is None else graph
    checks = recording.checks
    parameters = recording.parameters.values()
    count = len(found.parameter_symbols)
    is_class, targets = _targets(recording)
    trait = {
        "version": version,
        "settings": dict(settings),
        "number": number,
        "owner": owner,
        "label": label,
        "settled": settled,
        "batch": recording.batch,
        "shown": recording.shown,
        "averaged": recording.averaged,
        "precision": recording.precision,
        "rule": recording.rule,
        "learning_rate": recording.learning_rate,
        "loss": recording.loss,
        "loss_after": recording.loss_after,
        "target_kind": "class" if is_class else "value",
        **_structure(found, inside_of(found, targets)),
        "magnitudes": magnitudes_of(found),
        "beside": beside,
        "values": _bytes(found.values),
        "gradients": _bytes(found.gradients),
        "after": _bytes(_after(recording, found)),
        "edges": _bytes(found.edges, "<i4"),
        "locals": _bytes(found.locals),
        "uses": _bytes(found.uses, "<i4"),
        "use_locals": _bytes(found.use_locals),
        "before": _bytes(_flat([each.before for each in parameters])),
        "gradient": _bytes(_flat([each.gradient for each in parameters])),
        "updated": _bytes(_flat([each.updated for each in parameters])),
        "targets": _bytes(targets),
        "losses": _bytes(recording.losses),
        "epsilons": _bytes(checks.epsilons if checks else []),
        "checks": _bytes(checks.losses if checks else []),
        "gradient_double": _bytes(checks.gradient_double if checks else np.full(count, np.nan)),
    }
    return cast("PassTrait", trait)


def magnitudes_of(graph: Graph) -> list[MagnitudeTrait]:
    """How large the derivatives are, layer by layer, in the order of execution.

    Of the weights that of the batch's loss, of the sums those of the samples' own; of weights that work in several
    places the sums of all of them.
    """
    sums: dict[int, list[Array]] = {}
    for group in graph.groups:
        if group.kind == "linear":
            weights = graph.edges[np.isin(graph.edges[:, 1], group.nodes), 2]
            for index, tensor in enumerate(graph.tensors):
                if np.isin(weights, tensor.entries).any():
                    sums.setdefault(index, []).append(graph.gradients[:, group.start : group.start + group.units])
    return [
        {
            "symbol": _symbol(graph.tensors[index].symbol),
            "weights": _root_mean_square(graph.parameter_gradients[graph.tensors[index].entries]),
            "sums": _root_mean_square(np.concatenate(found, axis=1)),
        }
        for index, found in sums.items()
    ]


def _root_mean_square(numbers: Array) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        found = math.sqrt(float(np.mean(numbers**2))) if numbers.size else math.nan
    return found if math.isfinite(found) else None


def _structure(graph: Graph, inside: Inside) -> dict[str, Any]:
    found: dict[str, Any] = {
        "groups": [
            {
                "symbol": _symbol(group.symbol),
                "kind": group.kind,
                "function": group.function,
                "label": group.label,
                "module": group.module,
                "start": group.start,
                "units": group.units,
                "column": group.column,
                "row": group.row,
                "inputs": list(group.inputs),
            }
            for group in graph.groups
        ],
        "symbols": [_symbol(each) for each in graph.symbols],
        "parameter_symbols": [_symbol(each) for each in graph.parameter_symbols],
        "tensors": [
            {
                "name": tensor.name,
                "symbol": _symbol(tensor.symbol),
                "shape": list(tensor.shape),
                "start": tensor.start,
                "trainable": tensor.trainable,
            }
            for tensor in graph.tensors
        ],
        "steps": {
            level: [
                {"phase": each.phase, "kind": each.kind, "index": each.index, "group": each.group}
                for each in steps(graph, level, inside.of_nodes, inside.constant)
            ]
            for level in LEVELS
        },
        "parts": inside.parts,
        "part_values": _bytes(inside.values),
        "part_gradients": _bytes(inside.gradients),
        "part_locals": _bytes(inside.locals),
    }
    return found


def _symbol(symbol: Symbol) -> SymbolTrait:
    return {"base": symbol.base, "index": symbol.index, "layer": symbol.layer, "text": symbol.text}


def _after(recording: Recording, graph: Graph) -> Array:
    rows = [np.broadcast_to(array, (recording.shown, array.shape[1])) for array in recording.after]
    return graph.per_sample([rows[value][:, unit] for value, unit in graph.places.tolist()], recording.losses_after)


def _targets(recording: Recording) -> tuple[bool, Array]:
    """Whether targets are classes; and those of the samples that are recorded."""
    y = np.asarray(recording.y)[: recording.shown]
    is_class = recording.tape.operations[-1].function in ("cross_entropy", "nll_loss") and y.ndim == 1
    return is_class, y.reshape(recording.shown, -1).astype(np.float64)


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.empty(0), *(np.asarray(each, dtype=np.float64).reshape(-1) for each in arrays)])


def _bytes(values: Any, kind: str = "<f8") -> Binary:
    array: NDArray[Any] = np.ascontiguousarray(values, dtype=kind)
    return cast("Binary", array.tobytes())
