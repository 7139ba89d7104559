"""Central differences: what the loss itself says about a gradient, when each parameter is moved a little by hand.

The quotient (L(w + ε) − L(w − ε)) / 2ε misses the derivative by about ε² L‴/6, for the loss is no straight line, and
by about the precision of L divided by ε, for both losses are rounded. So it is best for an ε between: near the cube
root of the precision (Press et al., Numerical Recipes, 3rd edition, section 5.7).
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nnwidgets.training.left_alone import left_alone, stand_in
from nnwidgets.training.local_derivatives import Array, array

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

EPSILONS = (1.0, *(float(f"{digit}e-{power}") for power in range(1, 9) for digit in (3, 1)))
"""How far parameters are moved: 1, 0.3, 0.1 and so on down to 10⁻⁸."""

MOST_PARAMETERS = 500
_MOST_NUMBERS = 128 * MOST_PARAMETERS  # parameters times samples: for more it would take seconds
_MOST_ONE_BY_ONE = 100  # parameters of a module that cannot be run for many at once
_AT_ONCE = 100_000  # samples of all the runs that are made together


@dataclass(frozen=True, eq=False)
class Checks:
    """The batch's loss with one parameter changed, for each of P parameters, in the order of `named_parameters()`.

    Attributes:
        epsilons: `(K,)`, by how much.
        losses: `(2, P, K, 2)`: in the module's own precision, and of a copy of it in double precision; for the
            parameter larger by ε, and smaller. NaN where there is none.
        gradient_double: `(P,)`, the derivatives of the copy's loss; NaN where there is no copy.
    """

    epsilons: Array
    losses: Array
    gradient_double: Array


def central_differences(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    loss_fn: Loss,
    before: Callable[[], None] = lambda: None,
) -> Checks | None:
    """Let a module compute the loss with each of its parameters a little larger and smaller.

    The module stays as it is. Every run draws the same random numbers.

    Args:
        model: any module.
        x: samples.
        y: their targets.
        loss_fn: of outputs and targets, one number.
        before: called before each run, to seed generators of the module's own.

    Returns:
        None where this would take long: for more than `MOST_PARAMETERS`, or for too many samples.

    Example:
        >>> square = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(square.weight)
        >>> found = central_differences(square, torch.ones(1, 1), torch.zeros(1, 1), nn.MSELoss())
        >>> [tuple(loss) for loss in found.losses[1, 0, :3].round(4).tolist()]  # of a weight of 1 ± 1, 0.3 and 0.1
        [(4.0, 0.0), (1.69, 0.49), (1.21, 0.81)]
    """
    count = sum(p.numel() for p in model.parameters())
    if not 0 < count <= MOST_PARAMETERS or count * len(x) > _MOST_NUMBERS:
        return None
    losses = np.full((2, count, len(EPSILONS), 2), math.nan)
    gradient = np.full(count, math.nan)

    with left_alone(model) as draws:

        def seed() -> None:
            draws.put_back()
            before()

        losses[0] = _Trial(stand_in(model), x, y, loss_fn, seed).losses()
        with suppress(Exception):  # a module or a loss of the reader's own may want its own precision
            double = _Trial(stand_in(model).double(), _double(x), _double(y), _double_loss(loss_fn), seed)
            gradient = double.gradient()
            losses[1] = double.losses()
    return Checks(np.array(EPSILONS), losses, gradient)


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor


def _double_loss(loss_fn: Loss) -> Loss:
    return copy.deepcopy(loss_fn).double() if isinstance(loss_fn, nn.Module) else loss_fn


class _Trial:
    """A module whose parameters may be exchanged, on one batch."""

    def __init__(
        self, model: nn.Module, x: torch.Tensor, y: torch.Tensor, loss_fn: Loss, before: Callable[[], None]
    ) -> None:
        self._model, self._x, self._y, self._loss_fn, self._before = model, x, y, loss_fn, before
        self._parameters = dict(model.named_parameters())

    def gradient(self) -> Array:
        """The derivatives of the loss by all parameters, one after the other."""
        ends = [p.requires_grad_() for p in self._parameters.values()]
        with torch.enable_grad():
            found = torch.autograd.grad(self._loss({}), ends, allow_unused=True)
        pairs = zip(found, ends, strict=True)
        return np.concatenate([array(torch.zeros_like(p) if each is None else each).ravel() for each, p in pairs])

    @torch.no_grad()
    def losses(self) -> Array:
        """`(P, K, 2)`."""
        whole = float(self._loss({}))
        found = [self._losses_of(name, parameter, whole) for name, parameter in self._parameters.items()]
        return np.concatenate(found).reshape(-1, len(EPSILONS), 2)

    def _losses_of(self, name: str, parameter: torch.Tensor, whole: float) -> Array:
        moved = _moved(parameter.detach())
        with suppress(Exception), warnings.catch_warnings():  # not every module can be run for many at once
            warnings.simplefilter("ignore")  # that one or the other function is slow in this
            as_it_is, *together = self._together(name, torch.cat([parameter.detach()[None], moved])).tolist()
            if math.isclose(as_it_is, whole, rel_tol=1e-4, abs_tol=1e-6):  # else its random numbers are others
                return np.array(together)
        if sum(p.numel() for p in self._parameters.values()) > _MOST_ONE_BY_ONE:
            return np.full(len(moved), math.nan)
        return np.array([self._alone(name, each) for each in moved])

    def _together(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """The losses with these values of one parameter, run as one batch."""
        at_once = max(1, _AT_ONCE // len(self._x))
        run = torch.func.vmap(lambda value: self._loss({name: value}), randomness="same", chunk_size=at_once)
        losses: torch.Tensor = run(values)
        return losses.double()

    def _alone(self, name: str, value: torch.Tensor) -> float:
        try:
            return float(self._loss({name: value}))
        except Exception:  # noqa: BLE001 - PyTorch's binary cross-entropy refuses NaN
            return math.nan

    def _loss(self, parameters: dict[str, torch.Tensor]) -> torch.Tensor:
        self._before()
        outputs = torch.func.functional_call(self._model, parameters, (self._x,))
        return self._loss_fn(outputs, self._y).reshape(())


def _moved(parameter: torch.Tensor) -> torch.Tensor:
    """A parameter with each of its numbers larger and smaller by each ε, rounded: `(numbers · K · 2, …)`."""
    flat = parameter.ravel()
    steps = torch.tensor(EPSILONS, dtype=torch.float64).to(flat)
    moved = flat.repeat(len(flat), len(EPSILONS), 2, 1)
    each = torch.arange(len(flat), device=flat.device)
    moved[each, :, 0, each] = flat[:, None] + steps
    moved[each, :, 1, each] = flat[:, None] - steps
    return moved.reshape(-1, *parameter.shape)
