"""A step of an optimizer."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from nnwidgets.training.engines.kernel.compiling import compiled
from nnwidgets.training.engines.kernel.constants import (
    ADAGRAD,
    ADAM,
    ADAMW,
    ALPHA,
    AMSGRAD,
    BETA1,
    BETA2,
    CENTERED,
    DAMPENING,
    EPS,
    FIRST,
    GRADIENT,
    IS_WEIGHT,
    L1,
    L2,
    LR,
    LR_DECAY,
    MOMENTUM,
    NESTEROV,
    RMSPROP,
    SECOND,
    SGD,
    SIZE,
    THIRD,
    VALUE,
    WEIGHT_DECAY,
)
from nnwidgets.training.engines.kernel.lanes import (
    LANES,
    get_at,
    lanes_at,
    set_at,
    set_lanes_at,
    square_root,
    where_less,
)


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
        g = g / (square_root(square) + rule.eps)
        if has_momentum:
            second = second * rule.momentum + g
            g = second
        return p - g * rule.step_size, first, second, third
    if rule.kind == ADAGRAD:
        first = first + g * g
        return p - g / (square_root(first) + rule.eps) * rule.step_size, first, second, third
    first = first + (g - first) * rule.less_beta1
    second = second * rule.beta2 + g * rule.less_beta2 * g
    square = second
    if rule.amsgrad:
        square = third = where_less(third, second, second, third)
    return p - first / (square_root(square) / rule.root + rule.eps) * rule.step_size, first, second, third


@compiled()
def _penalize(memory: Any, tensors: Any, l1: Any, l2: Any) -> None:
    """Add the derivatives of `l1·Σ|w| + l2/2·Σw²` to the gradients of the weights."""
    zero = memory.dtype.type(0)
    for row in range(len(tensors)):
        if tensors[row, IS_WEIGHT]:
            for index in range(tensors[row, SIZE]):
                w = get_at(memory, tensors[row, VALUE] + index)
                sign = where_less(zero, w, l1, where_less(w, zero, -l1, zero * w))
                at = tensors[row, GRADIENT] + index
                set_at(memory, at, get_at(memory, at) + (sign + l2 * w))


@compiled()
def update(memory: Any, tensors: Any, kind: Any, options: Any, updates: Any, frozen: Any, kept: Any) -> None:
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
            p, g = lanes_at(memory, value + index), lanes_at(memory, gradient + index)
            a = lanes_at(memory, first + index) if first >= 0 else g
            b = lanes_at(memory, second + index) if second >= 0 else g
            c = lanes_at(memory, third + index) if third >= 0 else g
            p, a, b, c = _updated(rule, has_momentum, p, g, a, b, c)
            set_lanes_at(memory, value + index, p)
            if first >= 0:
                set_lanes_at(memory, first + index, a)
            if second >= 0:
                set_lanes_at(memory, second + index, b)
            if third >= 0:
                set_lanes_at(memory, third + index, c)
            index += LANES
        while index < size:
            x, h = get_at(memory, value + index), get_at(memory, gradient + index)
            d = get_at(memory, first + index) if first >= 0 else h
            e = get_at(memory, second + index) if second >= 0 else h
            f = get_at(memory, third + index) if third >= 0 else h
            x, d, e, f = _updated(rule, has_momentum, x, h, d, e, f)
            set_at(memory, value + index, x)
            if first >= 0:
                set_at(memory, first + index, d)
            if second >= 0:
                set_at(memory, second + index, e)
            if third >= 0:
                set_at(memory, third + index, f)
            index += 1
    for entry in range(len(frozen)):
        memory[frozen[entry, 0]] = kept[entry]
