"""Eight floats at once: the type `Lanes`, its arithmetic, and its ways from and to memory."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, overload, register_model

from nnwidgets.training.engines.kernel.compiling import as_intrinsic

LANES = 8


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

        @as_intrinsic
        def one(_: Any, a: Any) -> Any:
            return a(a), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return one
    if n == 2:

        @as_intrinsic
        def two(_: Any, a: Any, b: Any) -> Any:
            return _common((a, b))(a, b), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return two
    if n == 3:

        @as_intrinsic
        def three(_: Any, a: Any, b: Any, c: Any) -> Any:
            return _common((a, b, c))(a, b, c), lambda context, builder, signature, given: generate(
                builder, *_as_common(context, builder, signature, given)
            )

        return three

    @as_intrinsic
    def four(_: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return _common((a, b, c, d))(a, b, c, d), lambda context, builder, signature, given: generate(
            builder, *_as_common(context, builder, signature, given)
        )

    return four


magnitude: Any = _operation(lambda builder, a: _call_llvm(builder, "fabs", [a]), 1)
square_root: Any = _operation(lambda builder, a: _call_llvm(builder, "sqrt", [a]), 1)
with_sign: Any = _operation(lambda builder, a, b: _call_llvm(builder, "copysign", [a, b]), 2)
# a · b + c, rounded once where the processor can
multiply_add: Any = _operation(lambda builder, a, b, c: _call_llvm(builder, "fmuladd", [a, b, c]), 3)
# what comes third where a < b, else what comes last, as where one of them is no number
where_less: Any = _operation(lambda builder, a, b, yes, no: builder.select(builder.fcmp_ordered("<", a, b), yes, no), 4)
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


@as_intrinsic
def get_at(_: Any, array: Any, index: Any) -> Any:
    """`array[index]`."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], *given))

    return array.dtype(array, types.intp), generate


@as_intrinsic
def set_at(_: Any, array: Any, index: Any, value: Any) -> Any:
    """`array[index] = value`."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _place(context, builder, signature.args[0], *given[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate


@as_intrinsic
def lanes_at(_: Any, array: Any, index: Any) -> Any:
    """The lanes `array[index : index + LANES]`."""
    kind = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, signature.args[0], *given)
        place = builder.bitcast(place, context.get_value_type(kind).as_pointer())
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return kind(array, types.intp), generate


@as_intrinsic
def set_lanes_at(_: Any, array: Any, index: Any, value: Any) -> Any:
    """`array[index : index + LANES] = value`."""
    kind = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, signature.args[0], *given[:2])
        place = builder.bitcast(place, context.get_value_type(kind).as_pointer())
        builder.store(given[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, kind), generate


@as_intrinsic
def draw_number(_: Any, counter: Any) -> Any:
    """The next number of a counter, `(1,)` int64, that several threads draw from."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        zero, one = (context.get_constant(types.intp, number) for number in (0, 1))
        place = _place(context, builder, signature.args[0], given[0], zero)
        return builder.atomic_rmw("add", place, one, "monotonic")

    return types.int64(counter), generate


@as_intrinsic
def lanes_of(_: Any, number: Any) -> Any:
    """A float in each lane."""
    return Lanes(number)(number), lambda _context, builder, _signature, given: _spread_out(builder, given[0])


@as_intrinsic
def pick(_: Any, array: Any, column: Any, width: Any, order: Any, first: Any) -> Any:
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


@as_intrinsic
def sum_of_lanes(_: Any, lanes: Any) -> Any:
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


@as_intrinsic
def keep_first(_: Any, lanes: Any, count: Any) -> Any:
    """The first `count` lanes, and zeros in the others."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        wide = ir.VectorType(ir.IntType(32), LANES)
        limit = _spread_out(builder, builder.trunc(given[1], ir.IntType(32)))
        inside = builder.icmp_signed("<", ir.Constant(wide, list(range(LANES))), limit)
        return builder.select(inside, given[0], ir.Constant(given[0].type, [0.0] * LANES))

    return lanes(lanes, types.intp), generate


def lane_by_lane(function: Callable[..., Any]) -> Any:
    """The C library's function, lane after lane."""

    @as_intrinsic
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
