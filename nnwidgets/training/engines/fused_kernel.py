"""Training steps of a dense network, compiled: forward, loss, gradients and update on PyTorch's own memory.

One call makes any number of steps, over the ends of epochs, without the interpreter. A batch is laid out
in lanes: eight samples are one value of the type `Lanes`, which the processor computes with at once. The values
of a neuron (a row) are `blocks` such values after one another; lanes beyond the batch hold zeros.

All of it is in this one file: what numba keeps on disk is only renewed when the file of a function changes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model
from numpy.typing import NDArray

from nnwidgets.training.engines.caching import SharedCache

LANES = 8

# Activations: what each does with its two options is in `_activate`.
IDENTITY, RELU, LEAKY_RELU, ELU, TANH, SIGMOID, SILU, GELU, GELU_TANH, SOFTPLUS = range(10)
# Losses, averaged over the batch.
BCE, BCE_WITH_LOGITS, MSE, CROSS_ENTROPY, HINGE = range(5)
# Optimizers, and where their options are in `Task.options`, with those of the penalties on weights.
SGD, RMSPROP, ADAM, ADAMW, ADAGRAD = range(5)
(
    LR, WEIGHT_DECAY, MOMENTUM, DAMPENING, NESTEROV, ALPHA, EPS, CENTERED, BETA1, BETA2, AMSGRAD, LR_DECAY, L1, L2,
) = range(14)  # fmt: skip
OPTIONS = 14
# What `Task.tensors` says of each parameter: where it, its gradient and the optimizer's parts of it begin in
# `Task.memory`, how many numbers it has, and whether it is a weight, which penalties are on.
VALUE, GRADIENT, FIRST, SECOND, THIRD, SIZE, IS_WEIGHT = range(7)
# What `Task.layers` says of each.
INPUTS, OUTPUTS, WEIGHT, BIAS, ACTIVATION = range(5)
# What `counts` and `sums` of a run hold.
EPOCH, SAMPLES, STEP, BATCHES, UPDATES = range(5)
LOSS_SUM, ACCURACY_SUM = range(2)
# Why a call ended.
LIMIT, STOPPED, DIVERGED, MET = range(4)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` as all functions here want it, kept on disk where that can be written."""

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = njit(nogil=True, error_model="numpy", **options)(function)
        with suppress(RuntimeError):  # neither the package's folder nor the user's is writable
            dispatcher._cache = SharedCache(function)
        return dispatcher

    return decorate


def _intrinsic(function: Callable[..., Any]) -> Any:
    """`numba.extending.intrinsic`; what comes of it is called without the first argument of `function`."""
    return intrinsic(function)


# --- eight floats at once --------------------------------------------------------------------------------------------


class Lanes(types.Type):
    """Eight float32, or float64, in one register or two; arithmetic takes single numbers, too, for all lanes."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            manager, kind, ir.VectorType(manager.lookup(kind.dtype).get_value_type(), LANES)
        )


def _spread_out(builder: Any, scalar: Any) -> Any:
    vector = ir.VectorType(scalar.type, LANES)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, one, places)


def _common(kinds: Any) -> Any:
    """The type of what comes of values of these types: lanes if any has them, or else floats."""
    return next((kind for kind in kinds if isinstance(kind, Lanes)), None) or next(
        kind for kind in kinds if isinstance(kind, types.Float)
    )


def _as_common(context: Any, builder: Any, signature: Any, given: Any) -> list[Any]:
    """All given values as the type that is returned."""
    result, values = signature.return_type, []
    for kind, value in zip(signature.args, given, strict=True):
        if isinstance(result, Lanes) and not isinstance(kind, Lanes):
            values.append(_spread_out(builder, context.cast(builder, value, kind, result.dtype)))
        else:
            values.append(value if isinstance(kind, Lanes) else context.cast(builder, value, kind, result))
    return values


def _call_llvm(builder: Any, name: str, values: Any) -> Any:
    kind = values[0].type
    suffix = f"v{kind.count}{kind.element.intrinsic_name}" if isinstance(kind, ir.VectorType) else kind.intrinsic_name
    function_type = ir.FunctionType(kind, [kind] * len(values))
    declared: Any = cgutils.get_or_insert_function
    return builder.call(declared(builder.module, function_type, f"llvm.{name}.{suffix}"), values)


def _operation(generate: Callable[..., Any], n: int) -> Any:
    """An intrinsic of `n` floats or lanes."""
    if n == 1:

        @_intrinsic
        def one(_: Any, a: Any) -> Any:
            return a(a), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return one
    if n == 2:

        @_intrinsic
        def two(_: Any, a: Any, b: Any) -> Any:
            return _common((a, b))(a, b), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return two
    if n == 3:

        @_intrinsic
        def three(_: Any, a: Any, b: Any, c: Any) -> Any:
            return _common((a, b, c))(a, b, c), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return three

    @_intrinsic
    def four(_: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return _common((a, b, c, d))(a, b, c, d), lambda context, builder, signature, given: generate(
            builder, *_as_common(context, builder, signature, given)
        )

    return four


_size: Any = _operation(lambda builder, a: _call_llvm(builder, "fabs", [a]), 1)
_root: Any = _operation(lambda builder, a: _call_llvm(builder, "sqrt", [a]), 1)
_with_sign: Any = _operation(lambda builder, a, b: _call_llvm(builder, "copysign", [a, b]), 2)
# a · b + c, rounded once where the processor can
_fused: Any = _operation(lambda builder, a, b, c: _call_llvm(builder, "fmuladd", [a, b, c]), 3)
# what comes third where a < b, else what comes last, as where one of them is no number
_where_less: Any = _operation(
    lambda builder, a, b, yes, no: builder.select(builder.fcmp_ordered("<", a, b), yes, no), 4
)
_negative: Any = _operation(lambda builder, a: builder.fneg(a), 1)


def _arithmetic(symbol: Any, method: str) -> None:
    apply = _operation(lambda builder, a, b: getattr(builder, method)(a, b), 2)

    @overload(symbol, strict=False)
    def choose(a: Any, b: Any) -> Any:
        if isinstance(a, Lanes) or isinstance(b, Lanes):
            return lambda a, b: apply(a, b)  # noqa: PLW0108 (numba wants functions)
        return None


for _symbol, _method in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
    (operator.iadd, "fadd"), (operator.isub, "fsub"), (operator.imul, "fmul"), (operator.itruediv, "fdiv"),
):  # fmt: skip
    _arithmetic(_symbol, _method)


@overload(operator.neg, strict=False)
def _(a: Any) -> Any:
    return (lambda a: _negative(a)) if isinstance(a, Lanes) else None  # noqa: PLW0108


def _place(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [index], inbounds=True)


# Reading and writing of contiguous arrays as if they had one axis: nothing is checked, no index counts from the end.


@_intrinsic
def _get_at(_: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], *given))

    return array.dtype(array, types.intp), generate


@_intrinsic
def _set_at(_: Any, array: Any, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _place(context, builder, signature.args[0], *given[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate


@_intrinsic
def _lanes_at(_: Any, array: Any, index: Any) -> Any:
    kind = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, signature.args[0], *given)
        place = builder.bitcast(place, context.get_value_type(kind).as_pointer())
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return kind(array, types.intp), generate


@_intrinsic
def _set_lanes_at(_: Any, array: Any, index: Any, value: Any) -> Any:
    kind = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, signature.args[0], *given[:2])
        place = builder.bitcast(place, context.get_value_type(kind).as_pointer())
        builder.store(given[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, kind), generate


@_intrinsic
def _drawn(_: Any, counter: Any) -> Any:
    """The next number of a counter, `(1,)` int64, that several threads draw from."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        zero, one = (context.get_constant(types.intp, number) for number in (0, 1))
        place = _place(context, builder, signature.args[0], given[0], zero)
        return builder.atomic_rmw("add", place, one, "monotonic")

    return types.int64(counter), generate


@_intrinsic
def _lanes_of(_: Any, number: Any) -> Any:
    """A float in each lane."""
    return Lanes(number)(number), lambda _context, builder, _signature, given: _spread_out(builder, given[0])


@_intrinsic
def _picked(_: Any, array: Any, column: Any, width: Any, order: Any, first: Any) -> Any:
    """`array[order[first + lane], column]` in each lane, of a matrix `width` wide."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array_, column_, width_, order_, first_ = given
        kind = context.get_value_type(signature.return_type)
        value = ir.Constant(kind, ir.Undefined)
        for lane in range(LANES):
            at = builder.add(first_, context.get_constant(types.intp, lane))
            sample = builder.load(_place(context, builder, signature.args[3], order_, at))
            place = builder.add(builder.mul(sample, width_), column_)
            scalar = builder.load(_place(context, builder, signature.args[0], array_, place))
            value = builder.insert_element(value, scalar, ir.Constant(ir.IntType(32), lane))
        return value

    return Lanes(array.dtype)(array, types.intp, types.intp, order, types.intp), generate


@_intrinsic
def _total(_: Any, lanes: Any) -> Any:
    """The sum of all lanes."""

    def generate(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        (value,), width = given, LANES
        while width > 1:
            width //= 2
            low, high = (
                builder.shuffle_vector(
                    value, value, ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(start, start + width)))
                )
                for start in (0, width)
            )
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return lanes.dtype(lanes), generate


@_intrinsic
def _kept(_: Any, lanes: Any, count: Any) -> Any:
    """The first `count` lanes, and zeros in the others."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        wide = ir.VectorType(ir.IntType(32), LANES)
        limit = _spread_out(builder, builder.trunc(given[1], ir.IntType(32)))
        inside = builder.icmp_signed("<", ir.Constant(wide, list(range(LANES))), limit)
        return builder.select(inside, given[0], ir.Constant(given[0].type, [0.0] * LANES))

    return lanes(lanes, types.intp), generate


def _each(function: Callable[..., Any]) -> Any:
    """The C library's function, lane after lane."""

    @_intrinsic
    def apply(typing: Any, lanes: Any) -> Any:
        number = lanes.dtype
        resolved = typing.resolve_value_type(function).get_call_type(typing, (number,), {})

        def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            implementation = context.get_function(typing.resolve_value_type(function), resolved)
            value = given[0]
            for lane in range(LANES):
                place = ir.Constant(ir.IntType(32), lane)
                result = implementation(builder, (builder.extract_element(given[0], place),))
                result = context.cast(builder, result, resolved.return_type, number)
                value = builder.insert_element(value, result, place)
            return value

        return lanes(lanes), generate

    return apply


# --- elementary functions --------------------------------------------------------------------------------------------
#
# A call of the C library cannot be made for several lanes together, so in float32 these are polynomials, fitted to
# the last bit or two. In float64 they are the C library's.

_ROUND = 12582912.0  # 1.5 · 2²³: adding it leaves the nearest whole number in the low bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440054690583e-4
_LEAST_EXPONENT = -104.0  # of e, below which nothing is left, not even a subnormal number
_E2, _E3, _E4, _E5, _E6 = 0.5, 0.166665181517601, 0.04166620597243309, 0.008368954062461853, 0.0013950599823147058
_T3, _T5, _T7, _T9, _T11 = (
    -0.3333328366279602, 0.13331492245197296, -0.05374353379011154, 0.020650707185268402, -0.005717187654227018,
)  # fmt: skip
_G3, _G4, _G5, _G6, _G7, _G8, _G9, _G10, _G11 = (
    0.3333331048488617, -0.24999985098838806, 0.20002272725105286, -0.1666935682296753, 0.14217716455459595,
    -0.1238180622458458, 0.11877914518117905, -0.11807858943939209, 0.06925865262746811,
)  # fmt: skip


@_intrinsic
def _scaled(_: Any, value: Any, shifted: Any) -> Any:
    """`value` · 2ⁿ in float32, for the whole numbers n that `shifted - _ROUND` are."""

    def generate(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        whole = ir.VectorType(ir.IntType(32), LANES)

        def all_(number: int) -> Any:
            return ir.Constant(whole, [number] * LANES)

        n = builder.sub(builder.bitcast(given[1], whole), all_(0x4B400000))
        half = builder.ashr(n, all_(1))  # in two factors: one alone could not make subnormal numbers
        value = given[0]
        for part in (half, builder.sub(n, half)):
            factor = builder.add(builder.shl(part, all_(23)), all_(0x3F800000))
            value = builder.fmul(value, builder.bitcast(factor, value.type))
        return value

    return value(value, shifted), generate


@_intrinsic
def _parts(_: Any, x: Any) -> Any:
    """N and f of float32 numbers `x = 2ⁿ · (1 + f)`, where 1 + f is from √½ to √2."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        whole = ir.VectorType(ir.IntType(32), LANES)

        def all_(number: int) -> Any:
            return ir.Constant(whole, [number] * LANES)

        bits = builder.bitcast(given[0], whole)
        n = builder.ashr(builder.sub(bits, all_(0x3F3504F3)), all_(23))
        rest = builder.bitcast(builder.sub(bits, builder.shl(n, all_(23))), given[0].type)
        f = builder.fsub(rest, ir.Constant(given[0].type, [1.0] * LANES))
        return context.make_tuple(builder, signature.return_type, [builder.sitofp(n, given[0].type), f])

    pair: Any = types.UniTuple
    return pair(x, 2)(x), generate


@compiled()
def _exp_float32(x: Any) -> Any:
    x = _where_less(x, _LEAST_EXPONENT, _LEAST_EXPONENT, x)  # NaN stays NaN
    shifted = _fused(x, _LOG2_E, _ROUND)
    n = shifted - _ROUND
    r = _fused(n, -_LN2_LOW, _fused(n, -_LN2_HIGH, x))
    rest = _fused(r, _fused(r, _fused(r, _fused(r, _E6, _E5), _E4), _E3), _E2)
    return _scaled(_fused(r * r, rest, r) + 1.0, shifted)


@compiled()
def _expm1_float32(x: Any) -> Any:
    rest = _fused(x, _fused(x, _fused(x, _fused(x, _E6, _E5), _E4), _E3), _E2)
    return _where_less(x, -0.34, _exp_float32(x) - 1.0, _fused(x * x, rest, x))


@compiled()
def _tanh_float32(x: Any) -> Any:
    u, size = x * x, _size(x)
    rest = _fused(u, _fused(u, _fused(u, _fused(u, _T11, _T9), _T7), _T5), _T3)
    e = _exp_float32(size * -2.0)
    return _where_less(size, 0.625, _fused(x * u, rest, x), _with_sign((1.0 - e) / (e + 1.0), x))


@compiled()
def _log_tail(f: Any) -> Any:
    """What a logarithm of 1 + f, from √½ to √2, has beyond f."""
    high = _fused(f, _fused(f, _fused(f, _fused(f, _G11, _G10), _G9), _G8), _G7)
    rest = _fused(f, _fused(f, _fused(f, _fused(f, high, _G6), _G5), _G4), _G3)
    square = f * f
    return _fused(f * square, rest, square * -0.5)


@compiled()
def _log_float32(x: Any) -> Any:
    n, f = _parts(_where_less(x, 1.1754943508222875e-38, x * 33554432.0, x))
    n = _where_less(x, 1.1754943508222875e-38, n - 25.0, n)
    return _fused(n, _LN2_HIGH, _fused(n, _LN2_LOW, _log_tail(f)) + f) + (x - x)  # NaN stays NaN


@compiled()
def _log1p_float32(x: Any) -> Any:
    large = _where_less(x, 0.41, 0.0, 1.0)
    return _where_less(_where_less(x, -0.29, 1.0, large), 0.5, _log_tail(x) + x, _log_float32(x + 1.0))


def _exp(x: Any) -> Any:  # of lanes that are not positive
    return np.exp(x)


def _expm1(x: Any) -> Any:  # of lanes that are not positive
    return np.expm1(x)


def _tanh(x: Any) -> Any:
    return np.tanh(x)


def _log(x: Any) -> Any:  # of positive lanes; of 0 it is less than -100
    return np.log(x)


def _log1p(x: Any) -> Any:  # of lanes from -1 to 1; of -1 it is less than -100
    return np.log1p(x)


def _erf(x: Any) -> Any:
    return np.vectorize(math.erf)(x)


def _by_precision(stub: Callable[..., Any], single: Any, double: Any) -> None:
    @overload(stub, strict=False, jit_options={"nogil": True, "error_model": "numpy"})
    def choose(x: Any) -> Any:
        is_single = x.dtype == types.float32
        return (lambda x: single(x)) if is_single else (lambda x: double(x))  # noqa: PLW0108 (numba wants functions)


_by_precision(_exp, _exp_float32, _each(math.exp))
_by_precision(_expm1, _expm1_float32, _each(math.expm1))
_by_precision(_tanh, _tanh_float32, _each(math.tanh))
_by_precision(_log, _log_float32, _each(math.log))
_by_precision(_log1p, _log1p_float32, _each(math.log1p))
_by_precision(_erf, _each(math.erf), _each(math.erf))


@compiled()
def _sigmoid(x: Any) -> Any:
    e = _exp(-_size(x))
    reciprocal = 1.0 / (e + 1.0)
    return _where_less(x, 0.0, e * reciprocal, reciprocal)


# --- what a call is given --------------------------------------------------------------------------------------------


class Task(NamedTuple):
    """What is trained, and how. All floats are of one dtype, float32 or float64, but those of `options`.

    Attributes:
        memory: `(n,)`, everything from the lowest address on: parameters, gradients, optimizer state.
        tensors: `(n_parameters, 7)` int64, a row a parameter: `VALUE` to `THIRD` are offsets into `memory`, -1
            for what there is none of.
        layers: `(n_layers, 5)` int64; `WEIGHT` and `BIAS` are rows of `tensors`, the latter -1 without a bias.
        activation_options: `(n_layers, 2)` float64.
        loss: `BCE` to `HINGE`.
        optimizer: `SGD` to `ADAGRAD`.
        options: `(OPTIONS,)` float64, of the optimizer and the penalties.
        rates: `(k,)` float64, the learning rate of the present epoch and of those after it, the last one's for all
            further ones.
        threshold: above which an output means class 1; NaN where none is right or wrong.
        x, y: the training set, `(n_samples, n_inputs)` and `(n_samples, n_outputs)`, or `(n_samples, 1)` classes for
            `CROSS_ENTROPY`.
        x_test, y_test: likewise, with 0 samples where there are none.
        batch_size: samples a step.
        seed: from which the order of an epoch's samples follows, as `seed + epoch`.
        frozen: `(n, 2)` int64, offsets into `memory` of entries that keep their values, and of their gradients.
    """

    memory: NDArray[Any]
    tensors: NDArray[np.int64]
    layers: NDArray[np.int64]
    activation_options: NDArray[np.float64]
    loss: int
    optimizer: int
    options: NDArray[np.float64]
    rates: NDArray[np.float64]
    threshold: float
    x: NDArray[Any]
    y: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    batch_size: int
    seed: int
    frozen: NDArray[np.int64]


class Runs(NamedTuple):
    """Networks of one data set that are trained independently, each with its own row of what follows.

    The fields are as those of `Task`; what a shallower network does not need of its row is not looked at.

    Attributes:
        depths: `(n,)` int64, how many layers there are.
    """

    memory: NDArray[Any]
    tensors: NDArray[np.int64]
    depths: NDArray[np.int64]
    layers: NDArray[np.int64]
    activation_options: NDArray[np.float64]
    loss: int
    optimizers: NDArray[np.int64]
    options: NDArray[np.float64]
    threshold: float
    x: NDArray[Any]
    y: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]
    batch_sizes: NDArray[np.int64]
    seeds: NDArray[np.int64]


class Log(NamedTuple):
    """What a call leaves.

    Attributes:
        rows: `(k, 8)` float64 as in `StepLog`, with up to `width` steps a row.
        width: how many steps a row holds.
        epochs: `(k, 6)` float64, a row an epoch that was passed: the columns of `history.EPOCH_COLUMNS`, NaN
            where there is no test set.
        loss: `(1,)` float64, of the last batch.
        watch: `(6,)` float64, with which epoch it is to end: see `stopping.new_watch`.
    """

    rows: NDArray[np.float64]
    width: int
    epochs: NDArray[np.float64]
    loss: NDArray[np.float64]
    watch: NDArray[np.float64]


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
def _load(source: Any, order: Any, start: Any, count: Any, blocks: Any, stride: Any, lanes: Any) -> None:
    """Samples `order[start : start + count]` into the first rows of `lanes`; `order` goes on for `LANES` at least."""
    width = source.shape[1]
    for block in range(blocks):
        for column in range(width):
            picked = _picked(source, column, width, order, start + block * LANES)
            _set_lanes_at(lanes, (column * stride + block) * LANES, _kept(picked, count - block * LANES))


@compiled()
def _activate(kind: Any, option: Any, other: Any, x: Any) -> Any:
    """An activation, and its derivative."""
    if kind == TANH:
        y = _tanh(x)
        return y, 1.0 - y * y
    if kind == SIGMOID:
        y = _sigmoid(x)
        return y, (1.0 - y) * y
    if kind == RELU:
        return _where_less(x, 0.0, 0.0, x), _where_less(0.0, x, 1.0, 0.0)
    if kind == LEAKY_RELU:
        slope = _where_less(0.0, x, 1.0, option)
        return x * slope, slope
    if kind == ELU:
        less = _expm1(_where_less(0.0, x, 0.0, x)) * option
        return _where_less(0.0, x, x, less), _where_less(0.0, x, 1.0, less + option)
    if kind == SILU:
        y = _sigmoid(x)
        return x * y, y * (x * (1.0 - y) + 1.0)
    if kind == GELU:
        below = (_erf(x * 0.7071067811865476) + 1.0) * 0.5
        return x * below, below + x * 0.3989422804014327 * _exp(x * x * -0.5)
    if kind == GELU_TANH:
        u = x * x
        y = _tanh(x * (u * 0.044715 + 1.0) * 0.7978845608028654)
        steep = (1.0 - y * y) * (u * 0.134145 + 1.0) * 0.7978845608028654
        return x * (y + 1.0) * 0.5, (x * steep + (y + 1.0)) * 0.5
    if kind == SOFTPLUS:
        z = x * option
        soft = (_where_less(z, 0.0, 0.0, z) + _log1p(_exp(-_size(z)))) / option
        return _where_less(other, z, x, soft), _where_less(other, z, 1.0, _sigmoid(z))
    return x, _lanes_like(x, 1.0)


@compiled()
def _lanes_like(lanes: Any, number: Any) -> Any:
    return _where_less(number, number, lanes, number)


@compiled()
def _forward(
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
            start = _lanes_of(_get_at(memory, tensors[bias, VALUE] + unit) if bias >= 0 else memory.dtype.type(0))
            for block in range(blocks):
                x = start
                for index in range(inputs):
                    lanes = _lanes_at(values, ((source + index) * stride + block) * LANES)
                    x += lanes * _get_at(memory, at + index)  # not fused: a product that overflows is to be infinite
                y, slope = _activate(kind, option, other, x)
                place = ((target + unit) * stride + block) * LANES
                _set_lanes_at(values, place, _kept(y, count - block * LANES))
                _set_lanes_at(slopes, place, slope)
        source = target


# --- losses ----------------------------------------------------------------------------------------------------------


@compiled()
def _judge(
    kind: Any, outputs: Any, threshold: Any, output: Any, count: Any, stride: Any,
    values: Any, slopes: Any, targets: Any, deltas: Any,
) -> Any:  # fmt: skip
    """The mean loss and the accuracy of a batch; its derivatives by the sums of the last layer go to `deltas`.

    `output` is the first row of the outputs.
    """
    if kind == CROSS_ENTROPY:
        return _judge_classes(outputs, output, count, stride, values, slopes, targets, deltas)
    share = values.dtype.type(1 / (count * outputs))
    lost = right = _lanes_of(values.dtype.type(0))
    for unit in range(outputs):
        for block in range((count + LANES - 1) // LANES):
            place, kept = ((output + unit) * stride + block) * LANES, count - block * LANES
            z, y = _lanes_at(values, place), _lanes_at(targets, (unit * stride + block) * LANES)
            if kind == BCE:
                yes, no = _log(z), _log1p(-z)
                yes, no = _where_less(yes, -100.0, -100.0, yes), _where_less(no, -100.0, -100.0, no)
                loss = (y - 1.0) * no - y * yes
                spread = (1.0 - z) * z
                delta = (z - y) / _where_less(spread, 1e-12, 1e-12, spread) * share
            elif kind == BCE_WITH_LOGITS:
                loss = _where_less(z, 0.0, 0.0, z) - z * y + _log1p(_exp(-_size(z)))
                delta = (_sigmoid(z) - y) * share
            elif kind == HINGE:
                sign = y + y - 1.0
                gap = 1.0 - sign * z
                loss = _where_less(gap, 0.0, 0.0, gap)  # NaN stays NaN
                delta = _where_less(0.0, gap, -sign * share, 0.0)
            else:
                loss = (z - y) * (z - y)
                delta = (z - y) * (share + share)
            is_yes = _where_less(y, 0.5, 0.0, 1.0)
            says_yes = _where_less(threshold, z, 1.0, 0.0)
            right += _kept(1.0 - _size(is_yes - says_yes), kept)
            lost += _kept(loss, kept)
            _set_lanes_at(deltas, place, _kept(delta * _lanes_at(slopes, place), kept))
    return _total(lost) / (count * outputs), _total(right) / (count * outputs)


@compiled()
def _judge_classes(
    outputs: Any, output: Any, count: Any, stride: Any, values: Any, slopes: Any, targets: Any, deltas: Any
) -> Any:
    """Cross-entropy of logits, one a class, with the class as the target."""
    lost = right = _lanes_of(values.dtype.type(0))
    for block in range((count + LANES - 1) // LANES):
        kept, label = count - block * LANES, _lanes_at(targets, block * LANES)
        largest = _lanes_at(values, (output * stride + block) * LANES)
        best = _lanes_of(values.dtype.type(0))
        for unit in range(1, outputs):
            z = _lanes_at(values, ((output + unit) * stride + block) * LANES)
            best = _where_less(largest, z, unit, best)
            largest = _where_less(largest, z, z, largest)
        total = own = _lanes_of(values.dtype.type(0))
        for unit in range(outputs):
            place = ((output + unit) * stride + block) * LANES
            z = _lanes_at(values, place) - largest
            e = _exp(z)
            total += e
            own = _where_less(_size(label - unit), 0.5, z, own)
            _set_lanes_at(deltas, place, e)
        lost += _kept(_log(total) - own, kept)
        right += _kept(_where_less(_size(label - best), 0.5, 1.0, 0.0), kept)
        for unit in range(outputs):
            place = ((output + unit) * stride + block) * LANES
            is_own = _where_less(_size(label - unit), 0.5, 1.0, 0.0)
            delta = (_lanes_at(deltas, place) / total - is_own) / count * _lanes_at(slopes, place)
            _set_lanes_at(deltas, place, _kept(delta, kept))
    return _total(lost) / count, _total(right) / count


# --- backward --------------------------------------------------------------------------------------------------------


@compiled()
def _backward(
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
                total = _lanes_of(zero)
                for block in range(blocks):
                    total += _lanes_at(deltas, (row + block) * LANES)
                _set_at(memory, tensors[bias, GRADIENT] + unit, _total(total))
            at = tensors[weight, GRADIENT] + unit * inputs
            for index in range(inputs):
                total, other = _lanes_of(zero), (source + index) * stride
                for block in range(blocks):
                    total = _fused(
                        _lanes_at(deltas, (row + block) * LANES), _lanes_at(values, (other + block) * LANES), total
                    )
                _set_at(memory, at + index, _total(total))
        if layer > 0:
            for index in range(inputs):
                at = tensors[weight, VALUE] + index
                for block in range(blocks):
                    total = _lanes_of(zero)
                    for unit in range(outputs):
                        delta = _lanes_at(deltas, ((first + unit) * stride + block) * LANES)
                        total = _fused(delta, _get_at(memory, at + unit * inputs), total)
                    place = ((source + index) * stride + block) * LANES
                    _set_lanes_at(deltas, place, _kept(total * _lanes_at(slopes, place), count - block * LANES))
        end = first


# --- update ----------------------------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """An optimizer's numbers of one step, all in the precision of the parameters."""

    kind: int
    step_size: Any
    decay: Any
    momentum: Any
    undamped: Any
    alpha: Any
    less_alpha: Any
    eps: Any
    root: Any
    beta1: Any
    less_beta1: Any
    beta2: Any
    less_beta2: Any
    is_first: bool
    nesterov: bool
    centered: bool
    amsgrad: bool


@compiled()
def _rule_of(number: Any, kind: Any, options: Any, updates: Any) -> Any:
    """The `updates`th step since the optimizer's state began, in the precision of `number`."""
    lr, decay, beta1, beta2 = options[LR], options[WEIGHT_DECAY], options[BETA1], options[BETA2]
    step_size, root = lr, 1.0
    if kind in (ADAM, ADAMW):
        step_size = lr / (1.0 - beta1**updates)
        root = math.sqrt(1.0 - beta2**updates)
    elif kind == ADAGRAD:
        step_size = lr / (1.0 + (updates - 1) * options[LR_DECAY])
    as_ = type(number)
    return _Rule(
        kind,
        as_(step_size),
        as_(1.0 - lr * decay if kind == ADAMW else decay),
        as_(options[MOMENTUM]),
        as_(1.0 - options[DAMPENING]),
        as_(options[ALPHA]),
        as_(1.0 - options[ALPHA]),
        as_(options[EPS]),
        as_(root),
        as_(beta1),
        as_(1.0 - beta1),
        as_(beta2),
        as_(1.0 - beta2),
        updates == 1,
        options[NESTEROV] != 0,
        options[CENTERED] != 0,
        options[AMSGRAD] != 0,
    )


@compiled()
def _updated(rule: Any, has_momentum: Any, p: Any, g: Any, first: Any, second: Any, third: Any) -> Any:
    """Parameter and optimizer's state after a step, of single numbers or lanes; the roundings are PyTorch's."""
    if rule.kind == ADAMW:
        p = p * rule.decay
    elif rule.decay != 0:  # nothing times an infinite weight is no number
        g = g + p * rule.decay
    if rule.kind == SGD:
        if has_momentum:
            first = g if rule.is_first else first * rule.momentum + g * rule.undamped
            g = g + first * rule.momentum if rule.nesterov else first
        return p - g * rule.step_size, first, second, third
    if rule.kind == RMSPROP:
        first = first * rule.alpha + g * rule.less_alpha * g
        square = first
        if rule.centered:
            third = third + (g - third) * rule.less_alpha
            square = square - third * third
        g = g / (_root(square) + rule.eps)
        if has_momentum:
            second = second * rule.momentum + g
            g = second
        return p - g * rule.step_size, first, second, third
    if rule.kind == ADAGRAD:
        first = first + g * g
        return p - g / (_root(first) + rule.eps) * rule.step_size, first, second, third
    first = first + (g - first) * rule.less_beta1
    second = second * rule.beta2 + g * rule.less_beta2 * g
    square = second
    if rule.amsgrad:
        square = third = _where_less(third, second, second, third)
    return p - first / (_root(square) / rule.root + rule.eps) * rule.step_size, first, second, third


@compiled()
def _penalize(memory: Any, tensors: Any, l1: Any, l2: Any) -> None:
    """Add the derivatives of `l1·Σ|w| + l2/2·Σw²` to the gradients of the weights."""
    zero = memory.dtype.type(0)
    for row in range(len(tensors)):
        if tensors[row, IS_WEIGHT]:
            for index in range(tensors[row, SIZE]):
                w = _get_at(memory, tensors[row, VALUE] + index)
                sign = _where_less(zero, w, l1, _where_less(w, zero, -l1, zero * w))
                at = tensors[row, GRADIENT] + index
                _set_at(memory, at, _get_at(memory, at) + (sign + l2 * w))


@compiled()
def _update(memory: Any, tensors: Any, kind: Any, options: Any, updates: Any, frozen: Any, kept: Any) -> None:
    """One step of the optimizer, the `updates`th since its state began; frozen entries are `kept` afterwards."""
    if options[L1] != 0 or options[L2] != 0:
        _penalize(memory, tensors, memory.dtype.type(options[L1]), memory.dtype.type(options[L2]))
    for entry in range(len(frozen)):
        memory[frozen[entry, 1]] = 0
    rule = _rule_of(memory.dtype.type(0), kind, options, updates)
    for row in range(len(tensors)):
        value, gradient = tensors[row, VALUE], tensors[row, GRADIENT]
        first, second, third = tensors[row, FIRST], tensors[row, SECOND], tensors[row, THIRD]
        has_momentum = (second if kind == RMSPROP else first) >= 0
        size = tensors[row, SIZE]
        index = 0
        while index + LANES <= size:
            p, g = _lanes_at(memory, value + index), _lanes_at(memory, gradient + index)
            a = _lanes_at(memory, first + index) if first >= 0 else g
            b = _lanes_at(memory, second + index) if second >= 0 else g
            c = _lanes_at(memory, third + index) if third >= 0 else g
            p, a, b, c = _updated(rule, has_momentum, p, g, a, b, c)
            _set_lanes_at(memory, value + index, p)
            if first >= 0:
                _set_lanes_at(memory, first + index, a)
            if second >= 0:
                _set_lanes_at(memory, second + index, b)
            if third >= 0:
                _set_lanes_at(memory, third + index, c)
            index += LANES
        while index < size:
            x, h = _get_at(memory, value + index), _get_at(memory, gradient + index)
            d = _get_at(memory, first + index) if first >= 0 else h
            e = _get_at(memory, second + index) if second >= 0 else h
            f = _get_at(memory, third + index) if third >= 0 else h
            x, d, e, f = _updated(rule, has_momentum, x, h, d, e, f)
            _set_at(memory, value + index, x)
            if first >= 0:
                _set_at(memory, first + index, d)
            if second >= 0:
                _set_at(memory, second + index, e)
            if third >= 0:
                _set_at(memory, third + index, f)
            index += 1
    for entry in range(len(frozen)):
        memory[frozen[entry, 0]] = kept[entry]


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
        epochs: ends of epochs that are recorded and passed, also that of the last step; at the next one the call
            ends, before it is counted.
        flag: `(1,)` uint8; as soon as it is not 0, the call ends after the step under way.
        log: to be filled.

    Returns:
        How many steps were made, how many ends of epochs passed, and why it ended: `LIMIT`, `STOPPED`, `MET` (with
        the last of these epochs) or `DIVERGED`; then the log's `loss` is that of the step that was not made.
    """
    memory, tensors, layers = task.memory, task.tensors, task.layers
    number = memory.dtype.type
    n, batch_size = len(task.x), task.batch_size
    rows, outputs = count_rows(layers), layers[len(layers) - 1, OUTPUTS]
    options = task.options.copy()
    options[LR] = task.rates[0]
    stride = (max(batch_size, min(len(task.x_test), 8 * LANES)) + LANES - 1) // LANES
    values = np.zeros(rows * stride * LANES, number)
    slopes, deltas = np.zeros_like(values), np.zeros_like(values)
    targets = np.zeros(outputs * stride * LANES, number)
    order, state = np.zeros(n + LANES, np.int64), np.empty(624, np.uint32)
    kept = np.empty(len(task.frozen), number)
    for entry in range(len(kept)):
        kept[entry] = memory[task.frozen[entry, 0]]
    shuffled = -1
    made, passed = 0, 0
    while True:
        start = counts[SAMPLES]
        if start >= n:
            if passed == epochs:
                break
            _pass_epoch(task, counts, sums, stride, values, slopes, deltas, targets, log.epochs[passed])
            passed += 1
            options[LR] = task.rates[min(passed, len(task.rates) - 1)]
            if is_met(log.epochs[passed - 1], log.watch):
                return made, passed, MET
            start = 0
        if made == limit:
            break
        if shuffled != counts[EPOCH]:
            shuffled = counts[EPOCH]
            shuffle(order[:n], state, task.seed + shuffled)
        count = min(batch_size, n - start)
        blocks = (count + LANES - 1) // LANES
        _load(task.x, order, start, count, blocks, stride, values)
        _load(task.y, order, start, count, blocks, stride, targets)
        _forward(memory, tensors, layers, task.activation_options, count, stride, values, slopes)
        loss, accuracy = _judge(
            task.loss, outputs, number(task.threshold), rows - outputs, count, stride, values, slopes, targets, deltas
        )
        loss, accuracy = float(number(loss)), float(number(accuracy))
        log.loss[0] = loss
        if not math.isfinite(loss):
            return made, passed, DIVERGED
        _backward(memory, tensors, layers, rows, count, stride, values, slopes, deltas)
        counts[UPDATES] += 1
        _update(memory, tensors, task.optimizer, options, counts[UPDATES], task.frozen, kept)
        made += 1
        if start == 0:
            counts[BATCHES], sums[LOSS_SUM], sums[ACCURACY_SUM] = 0, 0.0, 0.0
        counts[SAMPLES] = start + count
        counts[STEP] += 1
        counts[BATCHES] += 1
        sums[LOSS_SUM] += loss
        sums[ACCURACY_SUM] += accuracy
        _note(log.rows[(made - 1) // log.width], counts[STEP], loss, accuracy)
        if flag[0]:
            return made, passed, STOPPED
    return made, passed, LIMIT


@compiled()
def is_met(row: Any, watch: Any) -> Any:
    """`stopping.is_met`."""
    loss, accuracy = row[2], row[3]
    if not math.isnan(row[4]):
        loss, accuracy = row[4], row[5]
    watch[5] += 1.0
    if loss < watch[4]:
        watch[4], watch[5] = loss, 0.0
    return row[0] == watch[0] or loss <= watch[1] or accuracy >= watch[2] or watch[5] >= watch[3]


@compiled()
def _note(row: Any, step: Any, loss: Any, accuracy: Any) -> None:
    """Add a step to a row of the log, which is full of zeros before its first one."""
    n = row[7]
    row[0], row[7] = step, n + 1.0
    if n == 0.0:
        row[1] = row[2] = row[3] = loss
        row[4] = row[5] = row[6] = accuracy
        return
    row[1] += (loss - row[1]) / (n + 1.0)
    row[2], row[3] = min(row[2], loss), max(row[3], loss)
    row[4] += (accuracy - row[4]) / (n + 1.0)
    row[5], row[6] = min(row[5], accuracy), max(row[6], accuracy)


@compiled()
def _pass_epoch(
    task: Any, counts: Any, sums: Any, stride: Any, values: Any, slopes: Any, deltas: Any, targets: Any, row: Any
) -> None:
    """Record the end of an epoch, with the test set's numbers, and begin the next one."""
    counts[EPOCH] += 1
    counts[SAMPLES] = 0
    row[0], row[1] = counts[EPOCH], counts[STEP]
    row[2], row[3] = sums[LOSS_SUM] / counts[BATCHES], sums[ACCURACY_SUM] / counts[BATCHES]
    row[4], row[5] = math.nan, math.nan
    if math.isnan(task.threshold):
        row[3] = math.nan
    n, most = len(task.x_test), stride * LANES
    if not n:
        return
    rows, outputs = count_rows(task.layers), task.layers[len(task.layers) - 1, OUTPUTS]
    order = np.zeros(n + LANES, np.int64)
    for sample in range(n):
        order[sample] = sample
    loss = accuracy = 0.0
    for start in range(0, n, most):
        count = min(most, n - start)
        blocks = (count + LANES - 1) // LANES
        _load(task.x_test, order, start, count, blocks, stride, values)
        _load(task.y_test, order, start, count, blocks, stride, targets)
        _forward(task.memory, task.tensors, task.layers, task.activation_options, count, stride, values, slopes)
        part, right = _judge(
            task.loss, outputs, values.dtype.type(task.threshold), rows - outputs, count, stride,
            values, slopes, targets, deltas,
        )  # fmt: skip
        loss += part * count
        accuracy += right * count
    row[4], row[5] = loss / n, accuracy / n
    if math.isnan(task.threshold):
        row[5] = math.nan


@compiled()
def train_runs(
    runs: Runs, counts: Any, sums: Any, reasons: Any, history: Any, epochs: int, flag: Any, counter: Any
) -> None:
    """Train each run until it has made `epochs` epochs; several threads may do so together.

    Args:
        runs: what is trained.
        counts: `(n, 5)` int64, a row a run; see `train`.
        sums: `(n, 2)` float64, likewise.
        reasons: `(n,)` int64, why each run ended; those that are `DIVERGED` are left alone.
        history: `(n, epochs, 6)` float64, a row an epoch, with the columns of `history.EPOCH_COLUMNS`.
        epochs: in all, from the beginning of a run.
        flag: `(1,)` uint8; as soon as it is not 0, runs end after the step under way.
        counter: `(1,)` int64, from which each thread draws the run that it trains next.
    """
    n = len(runs.x)
    while not flag[0]:
        run = _drawn(counter)
        if run >= len(runs.depths):
            break
        if reasons[run] == DIVERGED:
            continue
        depth, batch_size = runs.depths[run], runs.batch_sizes[run]
        task = Task(
            runs.memory[run], runs.tensors[run, : 2 * depth].copy(), runs.layers[run, :depth].copy(),
            runs.activation_options[run, :depth].copy(), runs.loss, runs.optimizers[run], runs.options[run],
            runs.options[run, LR : LR + 1], runs.threshold, runs.x, runs.y, runs.x_test, runs.y_test, batch_size,
            runs.seeds[run], np.zeros((0, 2), np.int64),
        )  # fmt: skip
        steps = (n + batch_size - 1) // batch_size
        rows, loss = np.zeros((1, 8)), np.empty(1)
        watch = np.array([math.inf, -math.inf, math.inf, math.inf, math.inf, 0.0])  # it is to end with none
        reasons[run] = LIMIT
        while counts[run, EPOCH] < epochs and reasons[run] == LIMIT:
            log = Log(rows, steps + 1, history[run, counts[run, EPOCH] :], loss, watch)
            left = (n - counts[run, SAMPLES] + batch_size - 1) // batch_size  # fewer where a run was interrupted
            _, _, reasons[run] = train(task, counts[run], sums[run], left, 1, flag, log)
