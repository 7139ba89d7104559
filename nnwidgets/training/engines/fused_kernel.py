"""Training steps of a dense network, compiled: forward, loss, gradients and update on PyTorch's own memory.

One call makes any number of steps, over the ends of epochs, without the interpreter. A batch is laid out
in lanes: value `[row, block, lane]` belongs to one neuron (row) and one sample (block × 8 + lane), so that
eight samples are computed together. Lanes beyond the batch hold zeros and are never counted.

All of it is in this one file: what numba keeps on disk is only renewed when the file of a function changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

LANES = 8

# Activations: what each does with its two options is in `_activate`.
IDENTITY, RELU, LEAKY_RELU, ELU, TANH, SIGMOID, SILU, GELU, GELU_TANH, SOFTPLUS = range(10)
# Losses, averaged over the batch.
BCE, BCE_WITH_LOGITS, MSE, CROSS_ENTROPY = range(4)
# Optimizers, and where their options are in `Task.options`.
SGD, RMSPROP, ADAM, ADAMW, ADAGRAD = range(5)
(
    LR, WEIGHT_DECAY, MOMENTUM, DAMPENING, NESTEROV, ALPHA, EPS, CENTERED, BETA1, BETA2, AMSGRAD, LR_DECAY,
) = range(12)  # fmt: skip
OPTIONS = 12
# Where a tensor's memory is, in elements from the start of `Task.memory`: itself, its gradient, the optimizer's.
VALUE, GRADIENT, FIRST, SECOND, THIRD, SIZE = range(6)
# What `Task.layers` says of each.
INPUTS, OUTPUTS, WEIGHT, BIAS, ACTIVATION = range(5)
# What `Place.counts` and `Place.sums` hold.
EPOCH, SAMPLES, STEP, BATCHES, UPDATES = range(5)
LOSS_SUM, ACCURACY_SUM = range(2)
# Why a call ended.
LIMIT, STOPPED, DIVERGED = range(3)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` as all functions here want it, kept on disk where that can be written."""

    def decorate(function: Callable[..., Any]) -> Any:
        settings = {"nogil": True, "error_model": "numpy", **options}
        try:
            return njit(cache=True, **settings)(function)
        except RuntimeError:  # neither the package's folder nor the user's is writable
            return njit(**settings)(function)

    return decorate


# --- elementary functions, for eight lanes at once in float32 -------------------------------------------------------
#
# A call of the C library cannot be made for several lanes together, so in float32 these are polynomials, fitted to
# the last bit or two. In float64 they are the C library's.


@intrinsic
def _bits_of(_: Any, x: Any) -> Any:
    """The bits of a float32 as an int32."""
    return types.int32(x), lambda _context, builder, _signature, given: builder.bitcast(given[0], ir.IntType(32))


@intrinsic
def _float_of(_: Any, x: Any) -> Any:
    """The float32 that an int32 is the bits of."""
    return types.float32(x), lambda _context, builder, _signature, given: builder.bitcast(given[0], ir.FloatType())


_bits: Any = _bits_of
_float: Any = _float_of
_F = np.float32
_ONE_BITS = np.int32(0x3F800000)
_ROOT_HALF_BITS = np.int32(0x3F3504F3)
_SHIFT = np.int32(23)
_ROUND = _F(12582912.0)  # 1.5 · 2²³: adding it leaves the nearest whole number in the low bits
_LOG2_E = _F(1.4426950408889634)
_LN2_HIGH = _F(0.693359375)
_LN2_LOW = _F(-2.12194440054690583e-4)
_TINY = _F(1.1754943508222875e-38)
_ZERO, _HALF, _ONE, _TWO = _F(0.0), _F(0.5), _F(1.0), _F(2.0)
_LEAST_EXPONENT = _F(-104.0)  # of e, below which nothing is left, not even a subnormal number
_E2, _E3, _E4, _E5, _E6 = map(
    _F, (0.5, 0.166665181517601, 0.04166620597243309, 0.008368954062461853, 0.0013950599823147058)
)
_T3, _T5, _T7, _T9, _T11 = map(
    _F, (-0.3333328366279602, 0.13331492245197296, -0.05374353379011154, 0.020650707185268402, -0.005717187654227018)
)
_SMALL = _F(0.625)
_NEAR_ONE = _F(0.29)
_SCALE_UP, _SCALED_BY = _F(33554432.0), _F(25.0)  # 2²⁵
_G3, _G4, _G5, _G6, _G7, _G8, _G9, _G10, _G11 = map(
    _F,
    (
        0.3333331048488617, -0.24999985098838806, 0.20002272725105286, -0.1666935682296753, 0.14217716455459595,
        -0.1238180622458458, 0.11877914518117905, -0.11807858943939209, 0.06925865262746811,
    ),
)  # fmt: skip


@compiled()
def _exp_float32(x: Any) -> Any:
    x = _LEAST_EXPONENT if x < _LEAST_EXPONENT else x  # written so that NaN stays NaN
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    value = _ONE + r + r * r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6))))
    # 2ⁿ in two factors: one alone could not make subnormal numbers.
    whole = _bits(shifted) - _bits(_ROUND)
    half = whole >> np.int32(1)
    first, second = (half << _SHIFT) + _ONE_BITS, ((whole - half) << _SHIFT) + _ONE_BITS
    return value * _float(np.int32(first)) * _float(np.int32(second))


@compiled()
def _tanh_float32(x: Any) -> Any:
    u = x * x
    near = x + x * u * (_T3 + u * (_T5 + u * (_T7 + u * (_T9 + u * _T11))))
    size = -x if x < _ZERO else x
    e = _exp_float32(-_TWO * size)
    far = (_ONE - e) / (_ONE + e)
    far = -far if x < _ZERO else far
    return near if size < _SMALL else far


@compiled()
def _log_tail(f: Any) -> Any:
    """What a logarithm of 1 + f, from √½ to √2, has beyond f."""
    cubic = _G3 + f * (_G4 + f * (_G5 + f * (_G6 + f * (_G7 + f * (_G8 + f * (_G9 + f * (_G10 + f * _G11)))))))
    return f * f * f * cubic - _HALF * f * f


@compiled()
def _log_float32(x: Any) -> Any:
    subnormal = x < _TINY
    scaled = x * _SCALE_UP if subnormal else x
    bits = _bits(scaled)
    exponent = (bits - _ROOT_HALF_BITS) >> _SHIFT
    f = _float(np.int32(bits - (exponent << _SHIFT))) - _ONE
    n = _F(exponent) - (_SCALED_BY if subnormal else _ZERO)
    value = n * _LN2_LOW + _log_tail(f) + f + n * _LN2_HIGH
    value = _F(-np.inf) if x == _ZERO else value
    return value if x >= _ZERO else _F(np.nan)


@compiled()
def _log_rest_float32(x: Any) -> Any:
    return _log_tail(-x) - x if x < _NEAR_ONE else _log_float32(_ONE - x)


@compiled()
def _log_rest_float64(x: Any) -> Any:
    return math.log1p(-x)


def _log_rest(x: Any) -> Any:  # of one minus a number from 0 to 1
    return np.log1p(-x)


def _exp(x: Any) -> Any:  # of a number that is not positive
    return np.exp(x)


def _tanh(x: Any) -> Any:
    return np.tanh(x)


def _log(x: Any) -> Any:  # of a number up to 1
    return np.log(x)


def _by_precision(stub: Callable[..., Any], single: Any, double: Any) -> None:
    @overload(stub, strict=False, jit_options={"nogil": True, "error_model": "numpy"})
    def choose(x: Any) -> Any:
        is_single = x == types.float32
        return (lambda x: single(x)) if is_single else (lambda x: double(x))  # noqa: PLW0108 (numba wants functions)


_by_precision(_exp, _exp_float32, math.exp)
_by_precision(_tanh, _tanh_float32, math.tanh)
_by_precision(_log, _log_float32, math.log)
_by_precision(_log_rest, _log_rest_float32, _log_rest_float64)


# --- what a call is given --------------------------------------------------------------------------------------------


class Task(NamedTuple):
    """What is trained, and how. All floats are of one dtype, float32 or float64, but those of `options`.

    Attributes:
        memory: `(n,)`, everything from the lowest address on: parameters, gradients, optimizer state.
        tensors: `(n_parameters, 6)` int64, a row a parameter: `VALUE` to `THIRD` are offsets into `memory`, -1
            for what there is none of.
        layers: `(n_layers, 5)` int64; `WEIGHT` and `BIAS` are rows of `tensors`, the latter -1 without a bias.
        activation_options: `(n_layers, 2)` float64.
        loss: `BCE` to `CROSS_ENTROPY`.
        optimizer: `SGD` to `ADAGRAD`.
        options: `(OPTIONS,)` float64, of the optimizer.
        threshold: above which an output means class 1.
        x, y: the training set, `(n_samples, n_inputs)` and `(n_samples, n_outputs)`, or `(n_samples, 1)` classes for
            `CROSS_ENTROPY`.
        x_test, y_test: likewise, with 0 samples where there are none.
        batch_size: samples a step.
        seed: from which the order of an epoch's samples follows, as `seed + epoch`.
    """

    memory: NDArray[Any]
    tensors: NDArray[np.int64]
    layers: NDArray[np.int64]
    activation_options: NDArray[np.float64]
    loss: int
    optimizer: int
    options: NDArray[np.float64]
    threshold: float
    x: NDArray[Any]
    y: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    batch_size: int
    seed: int


class Log(NamedTuple):
    """What a call leaves: a loss and an accuracy a step, `(limit,)` float64, and a row an epoch that it passed.

    `epochs` is `(k, 6)` float64: the columns of `history.EPOCH_COLUMNS`, NaN where there is no test set.
    """

    losses: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    epochs: NDArray[np.float64]


# --- the order of samples --------------------------------------------------------------------------------------------


@compiled()
def shuffle(order: Any, state: Any, seed: Any) -> None:
    """`torch.randperm(len(order))` from a CPU generator seeded with `seed`: a Mersenne twister, modulo what is left.

    `state` is `(624,)` uint32, to work in.
    """
    value = np.uint32(seed & 0xFFFFFFFF)
    state[0] = value
    for index in range(1, 624):
        value = np.uint32(np.uint32(1812433253) * (value ^ (value >> np.uint32(30))) + np.uint32(index))
        state[index] = value
    for index in range(len(order)):
        order[index] = index
    drawn = 624
    for index in range(len(order) - 1):
        if drawn == 624:
            _twist(state)
            drawn = 0
        value = state[drawn]
        drawn += 1
        value ^= value >> np.uint32(11)
        value ^= (value << np.uint32(7)) & np.uint32(0x9D2C5680)
        value ^= (value << np.uint32(15)) & np.uint32(0xEFC60000)
        value ^= value >> np.uint32(18)
        other = index + np.int64(np.uint32(value) % np.uint32(len(order) - index))
        order[index], order[other] = order[other], order[index]


@compiled()
def _twist(state: Any) -> None:
    for index in range(624):
        following = index + 1 if index < 623 else 0
        far = index + 397 if index < 227 else index - 227
        mixed = (state[index] & np.uint32(0x80000000)) | (state[following] & np.uint32(0x7FFFFFFF))
        odd = np.uint32(0x9908B0DF) if mixed & np.uint32(1) else np.uint32(0)
        state[index] = state[far] ^ np.uint32(mixed >> np.uint32(1)) ^ odd


# --- forward ---------------------------------------------------------------------------------------------------------


@compiled()
def _load(source: Any, order: Any, start: Any, count: Any, blocks: Any, lanes: Any) -> None:
    """Samples `order[start : start + count]` into the first rows of `lanes`."""
    zero = source.dtype.type(0)
    for column in range(source.shape[1]):
        for block in range(blocks):
            for lane in range(LANES):
                sample = block * LANES + lane
                lanes[column, block, lane] = source[order[start + sample], column] if sample < count else zero


@compiled()
def _activate(
    kind: Any, option: Any, other: Any, first: Any, units: Any, blocks: Any, values: Any, slopes: Any
) -> None:
    """The activation of a layer's rows in place, and its derivative."""
    number = values.dtype.type
    zero, half, one = number(0), number(0.5), number(1)
    a, b = number(option), number(other)
    for place in range(units * blocks):
        row, block = first + place // blocks, place % blocks
        if kind == IDENTITY:
            for lane in range(LANES):
                slopes[row, block, lane] = one
        elif kind == RELU:
            for lane in range(LANES):
                slopes[row, block, lane] = one if values[row, block, lane] > zero else zero
                values[row, block, lane] = zero if values[row, block, lane] <= zero else values[row, block, lane]
        elif kind == LEAKY_RELU:
            for lane in range(LANES):
                slopes[row, block, lane] = one if values[row, block, lane] > zero else a
                values[row, block, lane] = values[row, block, lane] * slopes[row, block, lane]
        elif kind == ELU:
            for lane in range(LANES):
                x = values[row, block, lane]
                negative = zero if x > zero else x
                less = a * _expm1(negative)
                values[row, block, lane] = x if x > zero else less
                slopes[row, block, lane] = one if x > zero else less + a
        elif kind == TANH:
            for lane in range(LANES):
                y = _tanh(values[row, block, lane])
                values[row, block, lane] = y
                slopes[row, block, lane] = one - y * y
        elif kind == SIGMOID:
            for lane in range(LANES):
                y = _sigmoid(values[row, block, lane])
                values[row, block, lane] = y
                slopes[row, block, lane] = (one - y) * y
        elif kind == SILU:
            for lane in range(LANES):
                x = values[row, block, lane]
                y = _sigmoid(x)
                values[row, block, lane] = x * y
                slopes[row, block, lane] = y * (one + x * (one - y))
        elif kind == GELU:
            for lane in range(LANES):
                x = values[row, block, lane]
                below = half * (one + number(math.erf(x * number(0.7071067811865476))))
                values[row, block, lane] = x * below
                slopes[row, block, lane] = below + x * number(0.3989422804014327) * _exp(-half * x * x)
        elif kind == GELU_TANH:
            for lane in range(LANES):
                x = values[row, block, lane]
                root, cubic = number(0.7978845608028654), number(0.044715)
                y = _tanh(root * (x + cubic * x * x * x))
                values[row, block, lane] = half * x * (one + y)
                slopes[row, block, lane] = half * (one + y) + half * x * (one - y * y) * root * (
                    one + number(3) * cubic * x * x
                )
        else:
            for lane in range(LANES):
                x = values[row, block, lane] * a
                size = -x if x < zero else x
                soft = ((zero if x < zero else x) + number(math.log1p(_exp(-size)))) / a
                values[row, block, lane] = values[row, block, lane] if x > b else soft
                slopes[row, block, lane] = one if x > b else _sigmoid(x)


@compiled()
def _sigmoid(x: Any) -> Any:
    number = type(x)
    size = -x if x < number(0) else x
    e = _exp(-size)
    reciprocal = number(1) / (number(1) + e)
    return e * reciprocal if x < number(0) else reciprocal


@compiled()
def _expm1_float32(x: Any) -> Any:
    near = x + x * x * (_E2 + x * (_E3 + x * (_E4 + x * (_E5 + x * _E6))))
    return near if x > _F(-0.34) else _exp_float32(x) - _ONE


def _expm1(x: Any) -> Any:  # of a number that is not positive
    return np.expm1(x)


_by_precision(_expm1, _expm1_float32, math.expm1)


@compiled()
def _forward(
    memory: Any, tensors: Any, layers: Any, activation_options: Any, blocks: Any, values: Any, slopes: Any
) -> None:
    """All layers, from the samples in the first rows of `values`; each layer's rows come after those of its input."""
    first = 0
    for layer in range(len(layers)):
        inputs, outputs = layers[layer, INPUTS], layers[layer, OUTPUTS]
        weight, bias = layers[layer, WEIGHT], layers[layer, BIAS]
        at = tensors[weight, VALUE]
        for unit in range(outputs):
            row = first + inputs + unit
            start = memory[tensors[bias, VALUE] + unit] if bias >= 0 else memory.dtype.type(0)
            for block in range(blocks):
                for lane in range(LANES):
                    values[row, block, lane] = start
                for index in range(inputs):
                    w = memory[at + unit * inputs + index]
                    for lane in range(LANES):
                        values[row, block, lane] += w * values[first + index, block, lane]
        option, other = activation_options[layer, 0], activation_options[layer, 1]
        _activate(layers[layer, ACTIVATION], option, other, first + inputs, outputs, blocks, values, slopes)
        first += inputs


# --- losses ----------------------------------------------------------------------------------------------------------


@compiled()
def _judge(
    kind: Any, outputs: Any, threshold: Any, output: Any, count: Any, blocks: Any,
    values: Any, targets: Any, deltas: Any, work: Any,
) -> Any:  # fmt: skip
    """The mean loss and the accuracy of a batch; its derivative by the outputs goes to the last rows of `deltas`.

    `output` is the first row of the outputs; `work` is `(blocks, LANES)`, to work in.
    """
    number = values.dtype.type
    zero, one = number(0), number(1)
    if kind == CROSS_ENTROPY:
        return _judge_classes(outputs, output, count, blocks, values, targets, deltas)
    share = one / number(count * outputs)
    loss, right = 0.0, 0
    for unit in range(outputs):
        row = output + unit
        for block in range(blocks):
            if kind == BCE:
                for lane in range(LANES):
                    p, y = values[row, block, lane], targets[unit, block, lane]
                    rest = one - p
                    yes, no = _log(p), _log_rest(p)
                    yes = number(-100) if yes < number(-100) else yes
                    no = number(-100) if no < number(-100) else no
                    work[block, lane] = (y - one) * no - y * yes
                    spread = rest * p
                    spread = number(1e-12) if spread < number(1e-12) else spread
                    deltas[row, block, lane] = (p - y) / spread * share
            elif kind == BCE_WITH_LOGITS:
                for lane in range(LANES):
                    z, y = values[row, block, lane], targets[unit, block, lane]
                    size = -z if z < zero else z
                    work[block, lane] = (zero if z < zero else z) - z * y + number(math.log1p(_exp(-size)))
                    deltas[row, block, lane] = (_sigmoid(z) - y) * share
            else:
                for lane in range(LANES):
                    difference = values[row, block, lane] - targets[unit, block, lane]
                    work[block, lane] = difference * difference
                    deltas[row, block, lane] = number(2) * difference * share
            for lane in range(LANES):
                if block * LANES + lane < count:
                    loss += work[block, lane]
                    right += (values[row, block, lane] > threshold) == (targets[unit, block, lane] > 0.5)
                else:
                    deltas[row, block, lane] = zero
    return loss / (count * outputs), right / (count * outputs)


@compiled()
def _judge_classes(outputs: Any, output: Any, count: Any, blocks: Any, values: Any, targets: Any, deltas: Any) -> Any:
    """Cross-entropy of logits, one a class, with the class as the target."""
    number = values.dtype.type
    loss, right = 0.0, 0
    for block in range(blocks):
        for lane in range(LANES):
            if block * LANES + lane >= count:
                for unit in range(outputs):
                    deltas[output + unit, block, lane] = number(0)
                continue
            best, largest = 0, values[output, block, lane]
            for unit in range(1, outputs):
                if values[output + unit, block, lane] > largest:
                    best, largest = unit, values[output + unit, block, lane]
            total = number(0)
            for unit in range(outputs):
                e = _exp(values[output + unit, block, lane] - largest)
                deltas[output + unit, block, lane] = e
                total += e
            label = int(targets[0, block, lane])
            loss += math.log(total) + largest - values[output + label, block, lane]
            right += best == label
            for unit in range(outputs):
                p = deltas[output + unit, block, lane] / total
                deltas[output + unit, block, lane] = (p - number(unit == label)) / number(count)
    return loss / count, right / count


# --- backward --------------------------------------------------------------------------------------------------------


@compiled()
def _backward(
    memory: Any, tensors: Any, layers: Any, rows: Any, blocks: Any, values: Any, slopes: Any, deltas: Any
) -> None:
    """Gradients of all parameters, from the derivative by the outputs; `rows` is how many rows there are."""
    zero = memory.dtype.type(0)
    end = rows
    for layer in range(len(layers) - 1, -1, -1):
        inputs, outputs = layers[layer, INPUTS], layers[layer, OUTPUTS]
        weight, bias = layers[layer, WEIGHT], layers[layer, BIAS]
        first, source = end - outputs, end - outputs - inputs
        for unit in range(outputs):
            row = first + unit
            total = zero
            for block in range(blocks):
                for lane in range(LANES):
                    deltas[row, block, lane] *= slopes[row, block, lane]
                total += _sum(deltas, row, block)
            if bias >= 0:
                memory[tensors[bias, GRADIENT] + unit] = total
            at = tensors[weight, GRADIENT] + unit * inputs
            for index in range(inputs):
                total = zero
                for block in range(blocks):
                    total += _product(deltas, row, values, source + index, block)
                memory[at + index] = total
        if layer > 0:
            at = tensors[weight, VALUE]
            for index in range(inputs):
                for block in range(blocks):
                    for lane in range(LANES):
                        deltas[source + index, block, lane] = zero
                    for unit in range(outputs):
                        w = memory[at + unit * inputs + index]
                        for lane in range(LANES):
                            deltas[source + index, block, lane] += w * deltas[first + unit, block, lane]
        end = first


@compiled()
def _sum(a: Any, i: Any, k: Any) -> Any:
    even = (a[i, k, 0] + a[i, k, 4]) + (a[i, k, 2] + a[i, k, 6])
    return even + ((a[i, k, 1] + a[i, k, 5]) + (a[i, k, 3] + a[i, k, 7]))


@compiled()
def _product(a: Any, i: Any, b: Any, j: Any, k: Any) -> Any:
    even = (a[i, k, 0] * b[j, k, 0] + a[i, k, 4] * b[j, k, 4]) + (a[i, k, 2] * b[j, k, 2] + a[i, k, 6] * b[j, k, 6])
    odd = (a[i, k, 1] * b[j, k, 1] + a[i, k, 5] * b[j, k, 5]) + (a[i, k, 3] * b[j, k, 3] + a[i, k, 7] * b[j, k, 7])
    return even + odd


# --- update ----------------------------------------------------------------------------------------------------------


@compiled()
def _update(memory: Any, tensors: Any, kind: Any, options: Any, updates: Any) -> None:
    """One step of the optimizer, the `updates`th since its state began; the order of roundings is PyTorch's."""
    number = memory.dtype.type
    lr, decay, momentum = options[LR], number(options[WEIGHT_DECAY]), number(options[MOMENTUM])
    eps, beta1, beta2 = number(options[EPS]), options[BETA1], options[BETA2]
    if kind in (ADAM, ADAMW):
        step_size = number(lr / (1.0 - beta1**updates))
        root = number(math.sqrt(1.0 - beta2**updates))
    elif kind == ADAGRAD:
        step_size, root = number(lr / (1.0 + (updates - 1) * options[LR_DECAY])), number(1)
    else:
        step_size, root = number(lr), number(1)
    for tensor in range(len(tensors)):
        value, gradient = tensors[tensor, VALUE], tensors[tensor, GRADIENT]
        first, second = tensors[tensor, FIRST], tensors[tensor, SECOND]
        third = tensors[tensor, THIRD]
        for index in range(tensors[tensor, SIZE]):
            p, g = memory[value + index], memory[gradient + index]
            if kind == ADAMW:
                p *= number(1.0 - lr * options[WEIGHT_DECAY])
            elif decay != 0:  # nothing times an infinite weight is no number
                g += decay * p
            if kind == SGD:
                if first >= 0:
                    average = memory[first + index] * momentum + number(1.0 - options[DAMPENING]) * g
                    memory[first + index] = average
                    g = g + momentum * average if options[NESTEROV] else average
                p -= step_size * g
            elif kind == RMSPROP:
                square = memory[first + index] * number(options[ALPHA]) + number(1.0 - options[ALPHA]) * g * g
                memory[first + index] = square
                if options[CENTERED]:
                    mean = memory[third + index]
                    mean += number(1.0 - options[ALPHA]) * (g - mean)
                    memory[third + index] = mean
                    square -= mean * mean
                g /= math.sqrt(square) + eps
                if second >= 0:
                    g += memory[second + index] * momentum
                    memory[second + index] = g
                p -= step_size * g
            elif kind == ADAGRAD:
                total = memory[first + index] + g * g
                memory[first + index] = total
                p -= step_size * (g / (math.sqrt(total) + eps))
            else:
                mean = memory[first + index]
                mean += number(1.0 - beta1) * (g - mean)
                square = memory[second + index] * number(beta2) + number(1.0 - beta2) * g * g
                memory[first + index], memory[second + index] = mean, square
                if options[AMSGRAD]:
                    square = square if square > memory[third + index] else memory[third + index]
                    memory[third + index] = square
                p -= step_size * (mean / (math.sqrt(square) / root + eps))
            memory[value + index] = p


# --- steps -----------------------------------------------------------------------------------------------------------


@compiled()
def count_rows(layers: Any) -> Any:
    """How many neurons there are, inputs included."""
    rows = layers[0, INPUTS]
    for layer in range(len(layers)):
        rows += layers[layer, OUTPUTS]
    return rows


@compiled()
def train(
    task: Task, counts: NDArray[np.int64], sums: NDArray[np.float64], limit: int, epochs: int, flag: Any, log: Log
) -> Any:
    """Make up to `limit` steps, past up to `epochs` ends of epochs.

    Args:
        task: what is trained.
        counts: `(5,)` int64, `EPOCH` to `UPDATES`: where the run stands; changed in place.
        sums: `(2,)` float64, over the batches of the current epoch; changed in place.
        limit: steps.
        epochs: ends of epochs that are recorded and passed; at the next one the call ends, before it is counted.
        flag: `(1,)` uint8; as soon as it is not 0, the call ends after the step under way.
        log: to be filled.

    Returns:
        How many steps were made, how many ends of epochs passed, and why it ended: `LIMIT`, `STOPPED` or
        `DIVERGED`; then the log has the loss of the step that was not made, too.
    """
    memory, tensors, layers = task.memory, task.tensors, task.layers
    number = memory.dtype.type
    n, batch_size, n_layers = len(task.x), task.batch_size, len(task.layers)
    rows, outputs = count_rows(task.layers), task.layers[n_layers - 1, OUTPUTS]
    most = max(batch_size, min(len(task.x_test), 8 * LANES))
    all_blocks = (most + LANES - 1) // LANES
    values = np.zeros((rows, all_blocks, LANES), number)
    slopes, deltas = np.zeros_like(values), np.zeros_like(values)
    targets = np.zeros((max(outputs, 1), all_blocks, LANES), number)
    work = np.zeros((all_blocks, LANES), number)
    order, state = np.empty(n, np.int64), np.empty(624, np.uint32)
    shuffle(order, state, task.seed + counts[EPOCH])
    made, passed = 0, 0
    while made < limit:
        start = counts[SAMPLES]
        if start >= n:
            if passed == epochs:
                break
            _pass_epoch(task, counts, sums, values, slopes, deltas, targets, work, log.epochs[passed])
            passed += 1
            start = 0
            shuffle(order, state, task.seed + counts[EPOCH])
        count = min(batch_size, n - start)
        blocks = (count + LANES - 1) // LANES
        _load(task.x, order, start, count, blocks, values)
        _load(task.y, order, start, count, blocks, targets)
        _forward(memory, tensors, layers, task.activation_options, blocks, values, slopes)
        loss, accuracy = _judge(
            task.loss, outputs, task.threshold, rows - outputs, count, blocks, values, targets, deltas, work
        )
        loss, accuracy = float(number(loss)), float(number(accuracy))
        log.losses[made] = loss
        if not math.isfinite(loss):
            return made, passed, DIVERGED
        _backward(memory, tensors, layers, rows, blocks, values, slopes, deltas)
        counts[UPDATES] += 1
        _update(memory, tensors, task.optimizer, task.options, counts[UPDATES])
        log.accuracies[made] = accuracy
        made += 1
        if start == 0:
            counts[BATCHES], sums[LOSS_SUM], sums[ACCURACY_SUM] = 0, 0.0, 0.0
        counts[SAMPLES] = start + count
        counts[STEP] += 1
        counts[BATCHES] += 1
        sums[LOSS_SUM] += loss
        sums[ACCURACY_SUM] += accuracy
        if flag[0]:
            return made, passed, STOPPED
    return made, passed, LIMIT


@compiled()
def _pass_epoch(
    task: Any, counts: Any, sums: Any, values: Any, slopes: Any, deltas: Any, targets: Any, work: Any, row: Any
) -> None:
    """Record the end of an epoch, with the test set's numbers, and begin the next one."""
    counts[EPOCH] += 1
    counts[SAMPLES] = 0
    row[0], row[1] = counts[EPOCH], counts[STEP]
    row[2], row[3] = sums[LOSS_SUM] / counts[BATCHES], sums[ACCURACY_SUM] / counts[BATCHES]
    row[4], row[5] = math.nan, math.nan
    n, most = len(task.x_test), work.size
    if not n:
        return
    rows, outputs = count_rows(task.layers), task.layers[len(task.layers) - 1, OUTPUTS]
    order = np.arange(n)
    loss = accuracy = 0.0
    for start in range(0, n, most):
        count = min(most, n - start)
        blocks = (count + LANES - 1) // LANES
        _load(task.x_test, order, start, count, blocks, values)
        _load(task.y_test, order, start, count, blocks, targets)
        _forward(task.memory, task.tensors, task.layers, task.activation_options, blocks, values, slopes)
        part, right = _judge(
            task.loss, outputs, task.threshold, rows - outputs, count, blocks, values, targets, deltas, work
        )
        loss += part * count
        accuracy += right * count
    row[4], row[5] = loss / n, accuracy / n
