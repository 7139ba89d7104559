"""`ActivationExplorer`: activation functions with their derivatives, a tangent, and where the gradient vanishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from nnwidgets import _own_functions
from nnwidgets._checks import one_of, real, whole
from nnwidgets._front_end import front_end
from nnwidgets.concepts import activation as concept
from nnwidgets.concepts.functions import ACTIVATIONS
from nnwidgets.widgets._activation_code import SCRIPT, bodies, expression_of
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._literals import literal
from nnwidgets.widgets._named import Whole, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from nnwidgets._own_functions import Samples

_LARGEST, _NARROWEST = 1e6, 1e-6
_MOST_LAYERS = 100
_MOST_OWN = 20
_LONGEST_NAME = 24


class _Function(traitlets.Unicode):  # type: ignore[type-arg]
    """The name of a function, given as the function itself as well."""

    def validate(self, obj: Any, value: Any) -> Any:
        """A callable is taken in among the functions, and known by its name from then on."""
        return super().validate(obj, obj.add(value) if callable(value) or isinstance(value, tuple) else value)


@show_settings
class ActivationExplorer(Explorer):
    """Activation functions: value and slope at a point to move, others beside it, and where the gradient vanishes.

    Things to try: move the point along sigmoid, and find where it is steepest: the slope is 0.25 at most, so that
    behind five layers a thousandth of the gradient is left. Find the place where tanh passes the gradient on
    undiminished. Go below 0 with ReLU: the slope is exactly 0, and a neuron that stays there for all data is dead;
    leaky ReLU is the cure. Compare ReLU, SiLU and GELU. Show a function of your own: any callable of a tensor, an
    array or a number, and any module, as in ``ActivationExplorer(activation=torch.nn.Mish())``. It is sampled, so that
    a saved page shows it without a kernel; its slopes come from autograd where tensors work, else from central
    differences.

    Args:
        functions: your own functions by name: callables, or pairs of a function and its derivative.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> explorer = ActivationExplorer(activation="sigmoid", x=0)
        >>> explorer.value, explorer.slope, explorer.remaining
        (0.5, 0.25, 0.0009765625)
        >>> explorer.activation = "tanh"
        >>> explorer.vanishing_ranges
        [(-6.0, -2.18), (2.18, 6.0)]
        >>> explorer.activation = lambda x: x**3 / 6
        >>> explorer.x = 2
        >>> explorer.activation, round(explorer.value, 3), explorer.slope, explorer.slopes_by
        ('f', 1.333, 2.0, 'autograd')
    """

    _esm: ClassVar[str] = front_end("activation.js")
    _constructor_only: ClassVar[tuple[str, ...]] = ("functions",)

    activation = _Function("tanh").tag(sync=True)
    """Name of the function that is shown: "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu",
    "identity", "step", or one of your own. Takes a function too, which it adds, and then reads as its name."""

    x = traitlets.Float(1.0).tag(sync=True)
    """Where the point is, within the window; kept at the multiples of its step, 0.01 in a window of 12."""

    shown = traitlets.List(traitlets.Unicode(), default_value=["sigmoid", "tanh", "relu"]).tag(sync=True)
    """Names of the functions to compare with; the one that is shown may be among them."""

    vanishing = traitlets.Float(0.05).tag(sync=True)
    """Where the slope is nearer to zero than this, the gradient is said to vanish; from 0, for nowhere, to 1."""

    layers = Whole(5).tag(sync=True)
    """Through how many layers of the slope at the point a gradient is followed, 1 to 100."""

    window = traitlets.Tuple(*(traitlets.Float() for _ in range(4)), default_value=None, allow_none=True).tag(sync=True)
    """The part of the plane, ``(x_low, x_high, y_low, y_high)``; None for what suits the function."""

    _samples: traitlets.List[Any] = traitlets.List().tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "_samples": "SampledTrait[]",
        "window": "[number, number, number, number] | null",
    }
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "steepest sigmoid": {"activation": "sigmoid", "x": 0.0},
        "saturated": {"activation": "tanh", "x": 4.0},
        "dead ReLU": {"activation": "relu", "x": -2.0},
        "leaky, not dead": {"activation": "leaky_relu", "x": -2.0},
    }
    _SCRIPT: ClassVar[str] = SCRIPT

    def __init__(self, *, functions: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self._own: dict[str, tuple[Any, Samples]] = {}
        self._seen = self._own  # the same, in a window that is about to be
        if functions is not None and not hasattr(functions, "items"):
            raise TypeError(f'functions must be given by name, as in {{"sine": torch.sin}}, not {functions!r}')
        for name, function in (functions or {}).items():
            self.add(function, name)
        super().__init__(**settings)

    # -- functions of one's own ---------------------------------------------------------------------

    def add(self, function: Any, name: str | None = None) -> str:
        """Add a function of your own.

        Args:
            function: of a tensor, an array or a number, that acts on each number alone; or a pair of such a function
                and its derivative.
            name: what to call it; by default its own name. A number is added where there is one of that name.

        Returns:
            The name that it has got.

        Raises:
            traitlets.TraitError: it cannot be computed; the message says why.

        Example:
            >>> explorer = ActivationExplorer()
            >>> explorer.add((np.sin, np.cos), "sine")
            'sine'
            >>> explorer.names[-1]
            'sine'
        """
        known = next((each for each, (other, _) in self._own.items() if other is function), None)
        if known is not None and name in (None, known):
            return known
        if len(self._own) >= _MOST_OWN:
            raise traitlets.TraitError(f"there can be at most {_MOST_OWN} functions of your own")
        first = function[0] if isinstance(function, tuple) and function else function
        called = self._free(_own_functions.name_of(first) if name is None else name)
        self._own[called] = function, checked(_own_functions.sample, function, self._grid.points)
        self._tell()
        return called

    def _free(self, name: Any) -> str:
        """A name that no function has yet."""
        if not isinstance(name, str) or not name.strip():
            raise traitlets.TraitError(f"the name of a function must be a text, not {name!r}")
        stem = name.strip()[:_LONGEST_NAME]
        taken = {label.lower() for label in (*self.names, *(each.label for each in ACTIVATIONS.values()))}
        names = (stem, *(f"{stem} {number}" for number in range(2, _MOST_OWN + 3)))
        return next(each for each in names if each.lower() not in taken)

    def _tell(self) -> None:
        """The browser what there is of functions of one's own."""
        grid = self._grid
        self._samples = [
            {
                "name": name,
                "first": grid.first,
                "last": grid.last,
                "mantissa": grid.mantissa,
                "exponent": grid.exponent,
                "heights": list(concept.default_heights(samples.values, samples.slopes)),
                "values": samples.values.astype("<f8").tobytes(),
                "slopes": samples.slopes.astype("<f8").tobytes(),
                "slopes_by": samples.slopes_by,
            }
            for name, (_, samples) in self._own.items()
        ]
        if self._about:
            self._about = self._description() | {"first": self._about["first"]}

    def _description(self) -> dict[str, Any]:
        own = {name: (function, samples.slopes_by) for name, (function, samples) in self._own.items()}
        written = (f"{literal(name)}: {expression_of(function, name)}" for name, (function, _) in own.items())
        return super()._description() | {
            "words": {"function": ["activation", bodies(own)]},
            "arguments": [f"functions={{{', '.join(written)}}}"] if own else [],
        }

    # -- what is computed ---------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """All functions that can be shown."""
        return (*concept.NAMES, *self._own)

    @property
    def value(self) -> float:
        """f(x); NaN where a function of your own has none."""
        return float(self._of(self.activation)[0](self.x))

    @property
    def slope(self) -> float:
        """f′(x); at a corner, what PyTorch takes for it."""
        return float(self._of(self.activation)[1](self.x))

    @property
    def slopes_by(self) -> str:
        """How the slope is computed: "formula"; of your own functions "autograd", "differences" or "given"."""
        return self._own[self.activation][1].slopes_by if self.activation in self._own else "formula"

    @property
    def remaining(self) -> float:
        """What is left of a gradient behind `layers` layers of this slope, all weights being 1: slope to that power."""
        return concept.remaining(self.slope, self.layers)

    @property
    def vanishing_ranges(self) -> list[tuple[float, float]]:
        """Ranges of x within the window in which the gradient vanishes."""
        points = self._grid.points
        return concept.vanishing_ranges(points, self._of(self.activation)[1](points), self.vanishing)

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """The part of the plane that is shown: the window, or that which suits the function."""
        if self.window is not None:
            return self.window
        if self.activation in self._own:
            samples = self._own[self.activation][1]
            return (*concept.X_RANGE, *concept.default_heights(samples.values, samples.slopes))
        return concept.WINDOWS[self.activation]

    @property
    def _grid(self) -> concept.Grid:
        return _grid(None if self.window is None else _window(self.window))

    def _of(self, name: str) -> tuple[Callable[[ArrayLike], NDArray[Any]], Callable[[ArrayLike], NDArray[Any]]]:
        """Function and derivative; those of one's own are known where they were sampled."""
        if name not in self._own:
            return ACTIVATIONS[name].function, ACTIVATIONS[name].derivative
        samples, points = self._own[name][1], self._grid.points
        return (
            lambda x: np.interp(np.asarray(x, dtype=np.float64), points, samples.values),
            lambda x: np.interp(np.asarray(x, dtype=np.float64), points, samples.slopes),
        )

    def figure(self) -> Figure:
        """The function with its derivative, the tangent, and those it is compared with, for print."""
        from nnwidgets.figures.activation import activation_figure

        return activation_figure(
            self._label(self.activation),
            *self._of(self.activation),
            self.limits,
            x=self.x,
            decimals=self._grid.decimals,
            ranges=self.vanishing_ranges,
            threshold=self.vanishing,
            others={self._label(name): self._of(name)[0] for name in self.shown if name != self.activation},
        )

    @staticmethod
    def _label(name: str) -> str:
        return ACTIVATIONS[name].label if name in ACTIVATIONS else name

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.validate("activation")
    def _valid_activation(self, proposal: Any) -> str:
        return str(checked(one_of, "activation", proposal.value, self.names))

    @traitlets.validate("x")
    def _valid_x(self, proposal: Any) -> float:
        low, high = concept.X_RANGE if self.window is None else _window(self.window)[:2]
        return self._grid.nearest(checked(real, "x", proposal.value, low, high))

    @traitlets.validate("shown")
    def _valid_shown(self, proposal: Any) -> list[str]:
        return list(dict.fromkeys(checked(one_of, "each of shown", name, self.names) for name in proposal.value))

    @traitlets.validate("vanishing")
    def _valid_vanishing(self, proposal: Any) -> float:
        return float(checked(real, "vanishing", proposal.value, 0, 1))

    @traitlets.validate("layers")
    def _valid_layers(self, proposal: Any) -> int:
        return int(checked(whole, "layers", proposal.value, 1, _MOST_LAYERS))

    @traitlets.validate("window")
    def _valid_window(self, proposal: Any) -> tuple[float, ...] | None:
        """Own functions are sampled where they are seen; where one cannot be, the window is refused."""
        window = None if proposal.value is None else _window(proposal.value)
        points = _grid(window).points
        self._seen = {
            name: (each, checked(_own_functions.sample, each, points)) for name, (each, _) in self._own.items()
        }
        return window

    @traitlets.observe("window")
    def _follow_window(self, _: Any) -> None:
        """The samples are those of the window, and the point stays in sight."""
        if self._seen:
            self._own = self._seen
            self._tell()
        points = self._grid.points
        self.x = min(max(self.x, points[0]), points[-1])


def _grid(window: tuple[float, float, float, float] | None) -> concept.Grid:
    return concept.Grid.over(*(concept.X_RANGE if window is None else window[:2]))


def _window(bounds: Iterable[float]) -> tuple[float, float, float, float]:
    x_low, x_high, y_low, y_high = (checked(real, "each of window", bound, -_LARGEST, _LARGEST) for bound in bounds)
    if not (x_high - x_low >= _NARROWEST and y_high - y_low >= _NARROWEST):
        raise traitlets.TraitError(
            f"window must be (x_low, x_high, y_low, y_high) with each high above its low, not {tuple(bounds)!r}"
        )
    return x_low, x_high, y_low, y_high
