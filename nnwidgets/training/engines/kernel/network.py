"""A dense network: batches, forward, backward."""

from __future__ import annotations

from typing import Any

from nnwidgets.training.engines.kernel.compiling import compiled
from nnwidgets.training.engines.kernel.constants import (
    ACTIVATION,
    BIAS,
    ELU,
    GELU,
    GELU_TANH,
    GRADIENT,
    INPUTS,
    LEAKY_RELU,
    OUTPUTS,
    RELU,
    SIGMOID,
    SILU,
    SOFTPLUS,
    TANH,
    VALUE,
    WEIGHT,
)
from nnwidgets.training.engines.kernel.elementary import erf, exp, expm1, log1p, sigmoid, tanh
from nnwidgets.training.engines.kernel.lanes import (
    LANES,
    get_at,
    keep_first,
    lanes_at,
    lanes_of,
    magnitude,
    multiply_add,
    pick,
    set_at,
    set_lanes_at,
    sum_of_lanes,
    where_less,
)


@compiled()
def load_batch(source: Any, order: Any, start: Any, count: Any, blocks: Any, stride: Any, lanes: Any) -> None:
    """Samples `order[start : start + count]` into the first rows of `lanes`; `order` goes on for `LANES` at least."""
    width = source.shape[1]
    for block in range(blocks):
        for column in range(width):
            picked = pick(source, column, width, order, start + block * LANES)
            set_lanes_at(lanes, (column * stride + block) * LANES, keep_first(picked, count - block * LANES))


@compiled()
def _activate(kind: Any, option: Any, other: Any, x: Any) -> Any:
    """An activation, and its derivative."""
    if kind == TANH:
        y = tanh(x)
        return y, 1.0 - y * y
    if kind == SIGMOID:
        y = sigmoid(x)
        return y, (1.0 - y) * y
    if kind == RELU:
        return where_less(x, 0.0, 0.0, x), where_less(0.0, x, 1.0, 0.0)
    if kind == LEAKY_RELU:
        slope = where_less(0.0, x, 1.0, option)
        return x * slope, slope
    if kind == ELU:
        less = expm1(where_less(0.0, x, 0.0, x)) * option
        return where_less(0.0, x, x, less), where_less(0.0, x, 1.0, less + option)
    if kind == SILU:
        y = sigmoid(x)
        return x * y, y * (x * (1.0 - y) + 1.0)
    if kind == GELU:
        below = (erf(x * 0.7071067811865476) + 1.0) * 0.5
        return x * below, below + x * 0.3989422804014327 * exp(x * x * -0.5)
    if kind == GELU_TANH:
        u = x * x
        y = tanh(x * (u * 0.044715 + 1.0) * 0.7978845608028654)
        steep = (1.0 - y * y) * (u * 0.134145 + 1.0) * 0.7978845608028654
        return x * (y + 1.0) * 0.5, (x * steep + (y + 1.0)) * 0.5
    if kind == SOFTPLUS:
        z = x * option
        soft = (where_less(z, 0.0, 0.0, z) + log1p(exp(-magnitude(z)))) / option
        return where_less(other, z, x, soft), where_less(other, z, 1.0, sigmoid(z))
    return x, _lanes_like(x, 1.0)


@compiled()
def _lanes_like(lanes: Any, number: Any) -> Any:
    return where_less(number, number, lanes, number)


@compiled()
def forward(
    memory: Any, tensors: Any, layers: Any, activation_options: Any, count: Any, stride: Any, values: Any, slopes: Any
) -> None:
    """All layers, from the samples in the first rows of `values`; each layer's rows come after those of its input."""
    blocks = (count + LANES - 1) // LANES
    source = 0
    for layer in range(len(layers)):
        inputs, outputs = layers[layer, INPUTS], layers[layer, OUTPUTS]
        weight, bias, kind = layers[layer, WEIGHT], layers[layer, BIAS], layers[layer, ACTIVATION]
        option = memory.dtype.type(activation_options[layer, 0])
        other = memory.dtype.type(activation_options[layer, 1])
        target = source + inputs
        for unit in range(outputs):
            at = tensors[weight, VALUE] + unit * inputs
            start = lanes_of(get_at(memory, tensors[bias, VALUE] + unit) if bias >= 0 else memory.dtype.type(0))
            for block in range(blocks):
                x = start
                for index in range(inputs):
                    lanes = lanes_at(values, ((source + index) * stride + block) * LANES)
                    x += lanes * get_at(memory, at + index)  # not fused: a product that overflows is to be infinite
                y, slope = _activate(kind, option, other, x)
                place = ((target + unit) * stride + block) * LANES
                set_lanes_at(values, place, keep_first(y, count - block * LANES))
                set_lanes_at(slopes, place, slope)
        source = target


@compiled()
def backward(
    memory: Any, tensors: Any, layers: Any, rows: Any, count: Any, stride: Any, values: Any, slopes: Any, deltas: Any
) -> None:
    """Gradients of all parameters, from the derivatives by the sums of the last layer, which ends at row `rows`."""
    blocks = (count + LANES - 1) // LANES
    zero = memory.dtype.type(0)
    end = rows
    for layer in range(len(layers) - 1, -1, -1):
        inputs, outputs = layers[layer, INPUTS], layers[layer, OUTPUTS]
        weight, bias = layers[layer, WEIGHT], layers[layer, BIAS]
        first, source = end - outputs, end - outputs - inputs
        for unit in range(outputs):
            row = (first + unit) * stride
            if bias >= 0:
                total = lanes_of(zero)
                for block in range(blocks):
                    total += lanes_at(deltas, (row + block) * LANES)
                set_at(memory, tensors[bias, GRADIENT] + unit, sum_of_lanes(total))
            at = tensors[weight, GRADIENT] + unit * inputs
            for index in range(inputs):
                total, other = lanes_of(zero), (source + index) * stride
                for block in range(blocks):
                    total = multiply_add(
                        lanes_at(deltas, (row + block) * LANES), lanes_at(values, (other + block) * LANES), total
                    )
                set_at(memory, at + index, sum_of_lanes(total))
        if layer > 0:
            for index in range(inputs):
                at = tensors[weight, VALUE] + index
                for block in range(blocks):
                    total = lanes_of(zero)
                    for unit in range(outputs):
                        delta = lanes_at(deltas, ((first + unit) * stride + block) * LANES)
                        total = multiply_add(delta, get_at(memory, at + unit * inputs), total)
                    place = ((source + index) * stride + block) * LANES
                    set_lanes_at(deltas, place, keep_first(total * lanes_at(slopes, place), count - block * LANES))
        end = first
