"""The single operations inside of a node, such as the exponential and the division that a sigmoid is made of.

PyTorch computes them, in double precision, and their derivatives. That they make up what PyTorch's function gives, and
its derivative, is checked each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from nnwidgets.training.local_derivatives import Array
from nnwidgets.training.workings import Function, Operand, Part, Term, Workings

__all__ = ["Operand", "Part", "take_apart"]


def take_apart(
    function: str,
    *,
    values: Array,
    weights: Array | None = None,
    bias: float | None = None,
    target: Array | None = None,
    options: Mapping[str, Any] | None = None,
    output: Array | None = None,
) -> list[Part] | None:
    """Make a node of single operations.

    Args:
        function: of PyTorch, as on a tape: "linear", "tanh", "binary_cross_entropy" and so on.
        values: `(S, n)`, what goes into the node, for S samples.
        weights: `(n,)`, of "linear".
        bias: of "linear", if it has one.
        target: `(S, T)`, of losses; the number of the class of "cross_entropy".
        options: of the function, as on the tape, such as `negative_slope`; of "softmax" and "log_softmax" besides
            `unit`, which of the outputs it is.
        output: `(S,)`, what the node's value is known to be.

    Returns:
        In order; the last one is the node itself. None where no single operations are known that make up its value
        and its derivatives.

    Example:
        >>> import numpy as np
        >>> parts = take_apart("sigmoid", values=np.array([[0.0]]))
        >>> [part.sign for part in parts], [part.values.item() for part in parts]
        (['−', 'exp', '+', '1/x'], [-0.0, 1.0, 2.0, 0.5])
        >>> parts[1].gradients.item()
        -0.25
    """
    function = function.strip("_")
    workings = Workings(values, weights, bias, target, dict(options or {}))
    make = _FUNCTIONS.get(function)
    if make is None or not make(workings) or not workings.parts:
        return None
    return workings.finished() if workings.agrees(function, output) else None


# -- what functions are made of; False where that cannot be said ------------------------------------


def _minus(w: Workings, term: Term) -> Term:
    return w.part("−", torch.neg, term)


def _exp(w: Workings, term: Term) -> Term:
    return w.part("exp", torch.exp, term)


def _ln(w: Workings, term: Term) -> Term:
    return w.part("ln", torch.log, term)


def _times(w: Workings, one: Term, other: Term) -> Term:
    return w.part("×", torch.mul, one, other)


def _over(w: Workings, one: Term, other: Term) -> Term:
    return w.part("÷", torch.div, one, other)


def _less(w: Workings, one: Term, other: Term) -> Term:
    return w.part("−", torch.sub, one, other)


def _sum(w: Workings, terms: Sequence[Term]) -> Term:
    return terms[0] if len(terms) == 1 else w.part("+", lambda *each: torch.stack(each).sum(0), *terms)


def _mean(w: Workings, terms: Sequence[Term]) -> bool:
    if len(terms) > 1:
        _over(w, _sum(w, terms), w.number(len(terms)))
    return bool(terms)


def _one_more(w: Workings, term: Term) -> Term:
    return _sum(w, [w.number(1), term])


def _larger(w: Workings, one: Term, other: Term) -> Term:
    """`max` with PyTorch's derivative at a corner: the first one's."""
    return w.part("max", lambda a, b: torch.where(b > a, b, a), one, other)


def _smaller(w: Workings, one: Term, other: Term) -> Term:
    """`min` likewise, with the second one's."""
    return w.part("min", lambda a, b: torch.where(b <= a, b, a), one, other)


def _linear(w: Workings) -> bool:
    if w.weights is None or len(w.weights) != w.count:
        return False
    products = [_times(w, weight, source) for weight, source in zip(w.weights, w.sources, strict=True)]
    _sum(w, products if w.bias is None else [*products, w.bias])
    return True


def _sigmoid(w: Workings) -> bool:
    w.part("1/x", torch.reciprocal, _one_more(w, _exp(w, _minus(w, w.z))))
    return True


def _tanh(w: Workings) -> bool:
    e = _exp(w, _times(w, w.number(2), w.z))
    _over(w, _less(w, e, w.number(1)), _sum(w, [e, w.number(1)]))
    return True


def _relu(w: Workings) -> bool:
    _larger(w, w.number(0), w.z)
    return True


def _leaky_relu(w: Workings) -> bool:
    slope = float(w.options.get("negative_slope", 0.01))
    _larger(w, _times(w, w.number(slope), w.z), w.z)
    return 0 <= slope < 1


def _hardtanh(w: Workings) -> bool:
    low, high = w.options.get("min_val", -1.0), w.options.get("max_val", 1.0)
    w.part("min", lambda a, b: torch.where(b < a, b, a), w.number(high), _larger(w, w.number(low), w.z))
    return True


def _relu6(w: Workings) -> bool:
    w.options.update(min_val=0.0, max_val=6.0)
    return _hardtanh(w)


def _elu(w: Workings) -> bool:
    alpha = float(w.options.get("alpha", 1.0))
    below = _less(w, _exp(w, w.z), w.number(1))
    if alpha != 1:
        below = _times(w, w.number(alpha), below)
    _sum(w, [_larger(w, w.number(0), w.z), _smaller(w, w.number(0), below)])
    return alpha > 0


def _silu(w: Workings) -> bool:
    _over(w, w.z, _one_more(w, _exp(w, _minus(w, w.z))))
    return True


def _gelu(w: Workings) -> bool:
    _times(w, w.z, w.part("Φ", torch.special.ndtr, w.z))
    is_exact: bool = w.options.get("approximate", "none") == "none"
    return is_exact


def _softplus(w: Workings) -> bool:
    beta = float(w.options.get("beta", 1.0))
    if beta == 1:
        _ln(w, _one_more(w, _exp(w, w.z)))
    else:
        _over(w, _ln(w, _one_more(w, _exp(w, _times(w, w.number(beta), w.z)))), w.number(beta))
    return True


def _softsign(w: Workings) -> bool:
    _over(w, w.z, _one_more(w, w.part("|x|", torch.abs, w.z)))
    return True


def _logsigmoid(w: Workings) -> bool:
    _minus(w, _ln(w, _one_more(w, _exp(w, _minus(w, w.z)))))
    return True


def _softmax(w: Workings) -> bool:
    each = [_exp(w, source) for source in w.sources]
    _over(w, each[w.options.get("unit", 0)], _sum(w, each))
    return w.count > 1 and "unit" in w.options


def _log_softmax(w: Workings) -> bool:
    total = _ln(w, _sum(w, [_exp(w, source) for source in w.sources]))
    _less(w, w.sources[w.options.get("unit", 0)], total)
    return "unit" in w.options


def _pairs(w: Workings) -> list[tuple[Term, Term]]:
    """Each source with its target; none where these do not fit."""
    return list(zip(w.sources, w.targets, strict=True)) if len(w.targets) == w.count else []


def _binary_cross_entropy(w: Workings) -> bool:
    """Minus y ln p + (1 − y) ln(1 − p); PyTorch takes no logarithm for less than −100."""

    def ln(term: Term) -> Term:
        return w.part("ln", lambda p: torch.log(p).clamp(min=-100), term)

    terms = []
    for p, y in _pairs(w):
        of_one = _times(w, y, ln(p))
        of_zero = _times(w, _less(w, w.number(1), y), ln(_less(w, w.number(1), p)))
        terms.append(_minus(w, _sum(w, [of_one, of_zero])))
    return _mean(w, terms)


def _binary_cross_entropy_with_logits(w: Workings) -> bool:
    """Of a logit z it is ln(1 + eᶻ) − y z."""
    return _mean(w, [_less(w, _ln(w, _one_more(w, _exp(w, z))), _times(w, y, z)) for z, y in _pairs(w)])


def _mse_loss(w: Workings) -> bool:
    return _mean(w, [w.part("x²", torch.square, _less(w, p, y)) for p, y in _pairs(w)])


def _cross_entropy(w: Workings) -> bool:
    """Of logits zⱼ it is ln Σ exp zⱼ − z of the target's class."""
    if w.target is None or w.target.shape[1] != 1 or w.count < 2:
        return False
    classes = w.target[:, 0].long()
    if not bool(((classes >= 0) & (classes < w.count)).all()):
        return False
    total = _ln(w, _sum(w, [_exp(w, source) for source in w.sources]))
    picked = w.part("pick", lambda *each: torch.stack(each, 1).gather(1, classes[:, None])[:, 0], *w.sources)
    _less(w, total, picked)
    return True


def _of_two(sign: str, function: Function, *, turned: bool = False) -> Callable[[Workings], bool]:
    """An operation of two sources, or of a source and a number; `turned`, of the number and the source."""

    def make(w: Workings) -> bool:
        operands = [*w.sources, *map(w.number, w.other)]
        if len(operands) != 2 or w.options.get("alpha", 1) != 1 or "rounding_mode" in w.options:
            return False
        w.part(sign, function, *(reversed(operands) if turned else operands))
        return True

    return make


def _pow(w: Workings) -> bool:
    w.part("x²", torch.square, w.z)
    return w.other == (2,)


def _of_one(sign: str, function: Function) -> Callable[[Workings], bool]:
    def make(w: Workings) -> bool:
        w.part(sign, function, w.z)
        return w.count == 1

    return make


_FUNCTIONS: dict[str, Callable[[Workings], bool]] = {
    "linear": _linear,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "relu6": _relu6,
    "leaky_relu": _leaky_relu,
    "hardtanh": _hardtanh,
    "elu": _elu,
    "silu": _silu,
    "gelu": _gelu,
    "softplus": _softplus,
    "softsign": _softsign,
    "logsigmoid": _logsigmoid,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "binary_cross_entropy": _binary_cross_entropy,
    "binary_cross_entropy_with_logits": _binary_cross_entropy_with_logits,
    "mse_loss": _mse_loss,
    "cross_entropy": _cross_entropy,
    "add": _of_two("+", torch.add),
    "sub": _of_two("−", torch.sub),
    "mul": _of_two("×", torch.mul),
    "div": _of_two("÷", torch.div),
    "rsub": _of_two("−", torch.sub, turned=True),
    "rdiv": _of_two("÷", torch.div, turned=True),
    "pow": _pow,
    "neg": _of_one("−", torch.neg),
    "exp": _of_one("exp", torch.exp),
    "log": _of_one("ln", torch.log),
    "sqrt": _of_one("√", torch.sqrt),
    "square": _of_one("x²", torch.square),
    "abs": _of_one("|x|", torch.abs),
    "reciprocal": _of_one("1/x", torch.reciprocal),
}
