"""Losses, and their derivatives."""

from __future__ import annotations

from typing import Any

from nnwidgets.training.engines.kernel.compiling import compiled
from nnwidgets.training.engines.kernel.constants import BCE, BCE_WITH_LOGITS, CROSS_ENTROPY, HINGE, PERCEPTRON
from nnwidgets.training.engines.kernel.elementary import exp, log, log1p, sigmoid
from nnwidgets.training.engines.kernel.lanes import (
    LANES,
    keep_first,
    lanes_at,
    lanes_of,
    magnitude,
    set_lanes_at,
    sum_of_lanes,
    where_less,
)


@compiled()
def judge(
    kind: Any, outputs: Any, threshold: Any, output: Any, count: Any, stride: Any,
    values: Any, slopes: Any, targets: Any, deltas: Any,
) -> Any:  # fmt: skip
    """The mean loss and the accuracy of a batch; its derivatives by the sums of the last layer go to `deltas`.

    `output` is the first row of the outputs.
    """
    if kind == CROSS_ENTROPY:
        return _judge_classes(outputs, output, count, stride, values, slopes, targets, deltas)
    share = values.dtype.type(1 / (count * outputs))
    lost = right = lanes_of(values.dtype.type(0))
    for unit in range(outputs):
        for block in range((count + LANES - 1) // LANES):
            place, kept = ((output + unit) * stride + block) * LANES, count - block * LANES
            z, y = lanes_at(values, place), lanes_at(targets, (unit * stride + block) * LANES)
            if kind == BCE:
                yes, no = log(z), log1p(-z)
                yes, no = where_less(yes, -100.0, -100.0, yes), where_less(no, -100.0, -100.0, no)
                loss = (y - 1.0) * no - y * yes
                spread = (1.0 - z) * z
                delta = (z - y) / where_less(spread, 1e-12, 1e-12, spread) * share
            elif kind == BCE_WITH_LOGITS:
                loss = where_less(z, 0.0, 0.0, z) - z * y + log1p(exp(-magnitude(z)))
                delta = (sigmoid(z) - y) * share
            elif kind == HINGE:
                sign = y + y - 1.0
                gap = 1.0 - sign * z
                loss = where_less(gap, 0.0, 0.0, gap)  # NaN stays NaN
                delta = where_less(0.0, gap, -sign * share, 0.0)
            elif kind == PERCEPTRON:
                error = where_less(0.0, z, 1.0, 0.0) - y
                loss = error * z
                delta = error * share
            else:
                loss = (z - y) * (z - y)
                delta = (z - y) * (share + share)
            is_yes = where_less(y, 0.5, 0.0, 1.0)
            says_yes = where_less(threshold, z, 1.0, 0.0)
            right += keep_first(1.0 - magnitude(is_yes - says_yes), kept)
            lost += keep_first(loss, kept)
            set_lanes_at(deltas, place, keep_first(delta * lanes_at(slopes, place), kept))
    return sum_of_lanes(lost) / (count * outputs), sum_of_lanes(right) / (count * outputs)


@compiled()
def _judge_classes(
    outputs: Any, output: Any, count: Any, stride: Any, values: Any, slopes: Any, targets: Any, deltas: Any
) -> Any:
    """Cross-entropy of logits, one a class, with the class as the target."""
    lost = right = lanes_of(values.dtype.type(0))
    for block in range((count + LANES - 1) // LANES):
        kept, label = count - block * LANES, lanes_at(targets, block * LANES)
        largest = lanes_at(values, (output * stride + block) * LANES)
        best = lanes_of(values.dtype.type(0))
        for unit in range(1, outputs):
            z = lanes_at(values, ((output + unit) * stride + block) * LANES)
            best = where_less(largest, z, unit, best)
            largest = where_less(largest, z, z, largest)
        total = own = lanes_of(values.dtype.type(0))
        for unit in range(outputs):
            place = ((output + unit) * stride + block) * LANES
            z = lanes_at(values, place) - largest
            e = exp(z)
            total += e
            own = where_less(magnitude(label - unit), 0.5, z, own)
            set_lanes_at(deltas, place, e)
        lost += keep_first(log(total) - own, kept)
        right += keep_first(where_less(magnitude(label - best), 0.5, 1.0, 0.0), kept)
        for unit in range(outputs):
            place = ((output + unit) * stride + block) * LANES
            is_own = where_less(magnitude(label - unit), 0.5, 1.0, 0.0)
            delta = (lanes_at(deltas, place) / total - is_own) / count * lanes_at(slopes, place)
            set_lanes_at(deltas, place, keep_first(delta, kept))
    return sum_of_lanes(lost) / count, sum_of_lanes(right) / count
