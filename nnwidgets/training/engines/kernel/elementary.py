"""Elementary functions of lanes.

A call of the C library cannot be made for several lanes together, so in float32 these are polynomials, fitted to the
last bit or two. In float64 they are the C library's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import overload

from nnwidgets.training.engines.kernel.compiling import as_intrinsic, compiled
from nnwidgets.training.engines.kernel.lanes import LANES, lane_by_lane, magnitude, multiply_add, where_less, with_sign

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


@as_intrinsic
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


@as_intrinsic
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
def exp_float32(x: Any) -> Any:
    """The exponential function e^`x`, of lanes that are not positive."""
    x = where_less(x, _LEAST_EXPONENT, _LEAST_EXPONENT, x)  # NaN stays NaN
    shifted = multiply_add(x, _LOG2_E, _ROUND)
    n = shifted - _ROUND
    r = multiply_add(n, -_LN2_LOW, multiply_add(n, -_LN2_HIGH, x))
    rest = multiply_add(r, multiply_add(r, multiply_add(r, multiply_add(r, _E6, _E5), _E4), _E3), _E2)
    return _scaled(multiply_add(r * r, rest, r) + 1.0, shifted)


@compiled()
def expm1_float32(x: Any) -> Any:
    """The exponential function e^`x`, less 1, of lanes that are not positive."""
    rest = multiply_add(x, multiply_add(x, multiply_add(x, multiply_add(x, _E6, _E5), _E4), _E3), _E2)
    return where_less(x, -0.34, exp_float32(x) - 1.0, multiply_add(x * x, rest, x))


@compiled()
def tanh_float32(x: Any) -> Any:
    """Hyperbolic tangent."""
    u, size = x * x, magnitude(x)
    rest = multiply_add(u, multiply_add(u, multiply_add(u, multiply_add(u, _T11, _T9), _T7), _T5), _T3)
    e = exp_float32(size * -2.0)
    return where_less(size, 0.625, multiply_add(x * u, rest, x), with_sign((1.0 - e) / (e + 1.0), x))


@compiled()
def _log_tail(f: Any) -> Any:
    """What a logarithm of 1 + f, from √½ to √2, has beyond f."""
    high = multiply_add(f, multiply_add(f, multiply_add(f, multiply_add(f, _G11, _G10), _G9), _G8), _G7)
    rest = multiply_add(f, multiply_add(f, multiply_add(f, multiply_add(f, high, _G6), _G5), _G4), _G3)
    square = f * f
    return multiply_add(f * square, rest, square * -0.5)


@compiled()
def log_float32(x: Any) -> Any:
    """Natural logarithm of positive lanes; of 0 it is less than -100."""
    n, f = _parts(where_less(x, 1.1754943508222875e-38, x * 33554432.0, x))
    n = where_less(x, 1.1754943508222875e-38, n - 25.0, n)
    return multiply_add(n, _LN2_HIGH, multiply_add(n, _LN2_LOW, _log_tail(f)) + f) + (x - x)  # NaN stays NaN


@compiled()
def log1p_float32(x: Any) -> Any:
    """Natural logarithm of 1 + `x`, of lanes from -1 to 1; of -1 it is less than -100."""
    large = where_less(x, 0.41, 0.0, 1.0)
    return where_less(where_less(x, -0.29, 1.0, large), 0.5, _log_tail(x) + x, log_float32(x + 1.0))


# What compiled code calls; NumPy says what is meant, `_by_precision` how it is computed.


def exp(x: Any) -> Any:
    """The exponential function e^`x`, of lanes that are not positive."""
    return np.exp(x)


def expm1(x: Any) -> Any:
    """The exponential function e^`x`, less 1, of lanes that are not positive."""
    return np.expm1(x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return np.tanh(x)


def log(x: Any) -> Any:
    """Natural logarithm of positive lanes; of 0 it is less than -100."""
    return np.log(x)


def log1p(x: Any) -> Any:
    """Natural logarithm of 1 + `x`, of lanes from -1 to 1; of -1 it is less than -100."""
    return np.log1p(x)


def erf(x: Any) -> Any:
    """Error function."""
    return np.vectorize(math.erf)(x)


def _by_precision(stub: Callable[..., Any], single: Any, double: Any) -> None:
    @overload(stub, strict=False, jit_options={"nogil": True, "error_model": "numpy"})
    def choose(x: Any) -> Any:
        is_single = x.dtype == types.float32
        return (lambda x: single(x)) if is_single else (lambda x: double(x))  # noqa: PLW0108 (numba wants functions)


_by_precision(exp, exp_float32, lane_by_lane(math.exp))
_by_precision(expm1, expm1_float32, lane_by_lane(math.expm1))
_by_precision(tanh, tanh_float32, lane_by_lane(math.tanh))
_by_precision(log, log_float32, lane_by_lane(math.log))
_by_precision(log1p, log1p_float32, lane_by_lane(math.log1p))
_by_precision(erf, lane_by_lane(math.erf), lane_by_lane(math.erf))


@compiled()
def sigmoid(x: Any) -> Any:
    """The logistic function 1 / (1 + e^-`x`)."""
    e = exp(-magnitude(x))
    reciprocal = 1.0 / (e + 1.0)
    return where_less(x, 0.0, e * reciprocal, reciprocal)
