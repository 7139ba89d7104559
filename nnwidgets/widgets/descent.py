"""`DescentExplorer`: a ball on a loss surface, and five optimizers that race it to the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import traitlets

from nnwidgets._checks import one_of, positive, real, whole
from nnwidgets._front_end import front_end
from nnwidgets.concepts.descent import OPTIMIZERS, Hyperparameters, Run, Update, run
from nnwidgets.concepts.surfaces import SURFACES, Surface
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._descent_code import SCRIPT, WORDS
from nnwidgets.widgets._descent_source import OwnSurface, own_surface
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._literals import fill
from nnwidgets.widgets._named import Whole, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from nnwidgets.widgets._base import Trainer

_MOST_STEPS = 500
_MOST_NOISE = 1000.0
_LARGEST_RATE = 1e6


def _worth_seeing(surface: Surface) -> dict[str, Any]:
    return {
        "surface": surface.name,
        "start": tuple(surface.start),
        "learning_rate": surface.learning_rate,
        "learning_rates": dict(surface.rates),
        "steps": surface.steps,
        "step": surface.steps // 5,
        "noise": 0.0,
    }


@show_settings
class DescentExplorer(Explorer):
    """Gradient descent on a curve or a surface: SGD, momentum, Nesterov, RMSprop and Adam, all from one start.

    Every step is that of `torch.optim` in float64. Things to try: in the ravine, raise the learning rate past
    2 / 18, the steepest curvature, and see SGD leave it. On the curve with two minima, see which optimizer rolls over
    the hill. Put the start exactly onto the ridge of the saddle, where only noise helps. Drag the start on the map
    with four minima across a border between two of them.

    Args:
        source: a function of your own, of NumPy, PyTorch or plain Python, that takes one weight or two and gives the
            loss; or a trainer, whose network's loss is shown along two directions (see `of`). It is sampled once, and
            smooth between the nodes, so that the browser can go on without it. None for the surfaces that have names.
        window: the range of each weight of a function, ``(low, high)`` or ``((low, high), (low, high))``; −3 to 3.
        dimensions: how many weights a function takes, if it does not say so itself.
        settings: the traits below. What is not given is what is worth seeing of the surface.

    Raises:
        TypeError: an unknown argument, of which the message names the nearest; or a function that takes or gives
            something else.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is. A function that has
            no finite value in the window.
        Exception: what the function raises everywhere.

    Example:
        >>> descent = DescentExplorer(surface="ravine", steps=60)
        >>> descent.steps_to_bottom
        {'sgd': 33, 'momentum': 44, 'nesterov': 7, 'rmsprop': 20, 'adam': None}
        >>> descent.learning_rate = 0.115
        >>> descent.leaves
        {'sgd': 8, 'momentum': None, 'nesterov': None, 'rmsprop': None, 'adam': None}
        >>> import math
        >>> own = DescentExplorer(lambda w: math.sin(3 * w) + w**2 / 4)
        >>> round(own.minimum_loss, 2)
        -0.94
    """

    _esm: ClassVar[str] = front_end("descent.js")

    surface = traitlets.Unicode("ravine").tag(sync=True)
    """Of one weight "parabola", "double_well", "plateau" or "waves"; of two "bowl", "ravine", "saddle", "himmelblau",
    "rosenbrock" or "beale"; "own" for what `source` gave. Where `start` does not fit another one, it, the learning
    rate and the step count are replaced by its own."""

    optimizer = traitlets.Unicode("sgd").tag(sync=True)
    """The chosen one, of which the formulas are shown: "sgd", "momentum", "nesterov", "rmsprop" or "adam"."""

    learning_rate = traitlets.Float(0.1).tag(sync=True)
    """η of every optimizer that `learning_rates` has none for."""

    learning_rates = traitlets.Dict(default_value={"nesterov": 0.05}).tag(sync=True)
    """Learning rates of single optimizers, such as ``{"adam": 0.3}``."""

    momentum = traitlets.Float(0.9).tag(sync=True)
    """μ of momentum and Nesterov, from 0 to 0.999."""

    alpha = traitlets.Float(0.99).tag(sync=True)
    """How much RMSprop keeps of its mean of squared gradients, from 0 to 0.9999."""

    betas = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.9, 0.999)).tag(sync=True)
    """How much Adam keeps of its means of gradients and of their squares, each from 0 to 0.9999."""

    noise = traitlets.Float(0.0).tag(sync=True)
    """The standard deviation of what the mini-batches add to each derivative, from 0 to 1000."""

    seed = Whole(0).tag(sync=True)
    """Of the noise, from 0 to 4294967295; the same for all optimizers."""

    steps = Whole(60).tag(sync=True)
    """How many steps are taken, from 1 to 500."""

    step = Whole(12).tag(sync=True)
    """The step that is shown; the last one where it is more than `steps`."""

    start = traitlets.Tuple(default_value=(-4.2, 1.15)).tag(sync=True)
    """The weights before the first step: one number or two, inside of the window."""

    coordinate = Whole(2).tag(sync=True)
    """The weight whose update is written out, 1 or 2."""

    _own = traitlets.Dict(default_value={}).tag(sync=True)
    _grid = traitlets.Bytes(b"").tag(sync=True)

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        surface.label: _worth_seeing(surface) for surface in SURFACES.values()
    }

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "start": "number[]",
        "learning_rates": "Record<string, number>",
        "betas": "[number, number]",
        "_grid": "DataView",
        "_own": "Record<string, unknown>",
    }
    _SCRIPT: ClassVar[str] = SCRIPT
    _WORDS: ClassVar[Any] = WORDS
    _constructor_only: ClassVar[tuple[str, ...]] = ("window", "dimensions")

    def __init__(
        self,
        source: Callable[..., Any] | Trainer | OwnSurface | None = None,
        *,
        window: Any = None,
        dimensions: int | None = None,
        **settings: Any,
    ) -> None:
        self._sampled: OwnSurface | None = own_surface(source, window, dimensions)
        if self._sampled is not None:
            settings.setdefault("surface", "own")
        named = settings.get("surface")
        if isinstance(named, str) and named in self._surfaces:
            settings = _worth_seeing(self._surfaces[named]) | settings
        if self._sampled is not None:
            settings |= {"_own": self._sampled.description, "_grid": self._sampled.grid.nodes.tobytes()}
        super().__init__(**settings)

    @classmethod
    def _accepts(cls, name: str) -> bool:
        return name in ("_own", "_grid") or super()._accepts(name)

    @classmethod
    def of(cls, trainer: Trainer, directions: str = "random", *, seed: int = 0, **options: Any) -> Self:
        """The real loss of a trainer's network, along two directions through its weights as they are now.

        The loss over the training set is computed by copies of the model, in the trainer's own thread; the live model
        is not touched. The middle of the plane is the network as it is.

        Args:
            trainer: a `PlanarTrainer` or another trainer; its training goes on after this.
            directions: "random" for two directions drawn at random, each row of a layer's weights as long as the
                network's own (Li and others, Visualizing the loss landscape of neural nets, 2018, arXiv:1712.09913);
                "path" for the two in which the weights have moved most in training so far.
            seed: of the random directions.
            options: ``extent``, how far the plane reaches from the middle, in lengths of the direction, 1 by default;
                ``size``, how many nodes lie along each side, 41 by default; and settings of the explorer.

        Raises:
            ValueError: other directions; a path before there is one.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer()
            >>> plane = DescentExplorer.of(trainer, extent=0.5, size=9)
            >>> abs(plane.loss_surface.evaluate((0.0, 0.0))[0] - trainer.loss) < 1e-6
            True
            >>> trainer.close()
        """
        from nnwidgets.widgets._descent_source import trainer_surface

        own = {name: options.pop(name) for name in ("extent", "size") if name in options}
        return cls(trainer_surface(trainer, directions, seed=seed, **own), **options)

    def _description(self) -> dict[str, Any]:
        about = super()._description()
        if self._sampled is not None:
            own = {"name": self._sampled.surface.label, "settings": _worth_seeing(self._sampled.surface)}
            about["presets"] = [own, *about["presets"]]
            about["words"]["loss"][1]["own"] = self._sampled.code
            about["arguments"] = [f"source={self._sampled.expression}"]
        return about

    def to_code(self) -> str:
        """A script that takes the steps with PyTorch, and prints where they lead."""
        words = {name: (setting, texts) for name, (setting, texts) in self._about["words"].items()}
        return fill(self._about["script"], words, self._settings())

    # -- what is computed ---------------------------------------------------------------------------

    @property
    def _surfaces(self) -> dict[str, Surface]:
        own = {} if self._sampled is None else {"own": self._sampled.surface}
        return {**own, **SURFACES}

    @property
    def loss_surface(self) -> Surface:
        """What is descended: its formula, window, minima, and the loss and gradient at any point."""
        return self._surfaces[self.surface]

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What the optimizers are set to."""
        return Hyperparameters(
            self.learning_rate,
            self.learning_rates,
            self.momentum,
            self.alpha,
            self.betas[0],
            self.betas[1],
            self.noise,
            self.seed,
        )

    @property
    def runs(self) -> dict[str, Run]:
        """The path of each optimizer, by its name, with the losses and the numbers of each step."""
        evaluate, options = self.loss_surface.evaluate, self.hyperparameters
        return {name: run(evaluate, self.start, name, options, self.steps) for name in OPTIMIZERS}

    @property
    def _run(self) -> Run:
        return run(self.loss_surface.evaluate, self.start, self.optimizer, self.hyperparameters, self.steps)

    @property
    def _shown(self) -> int:
        return int(min(self.step, self.steps))

    @property
    def losses(self) -> dict[str, float | None]:
        """The loss of each optimizer at `step`: infinite where it has diverged, None where the loss is not known."""
        return {name: each.loss(self._shown) for name, each in self.runs.items()}

    @property
    def weights(self) -> tuple[float, ...]:
        """Where the chosen optimizer stands at `step`, or last stood before it diverged."""
        found = self._run
        return found.path[found.at(self._shown)]

    @property
    def next_update(self) -> Update:
        """What the chosen optimizer computes there for its next step."""
        found = self._run
        return found.updates[found.at(self._shown)]

    @property
    def minimum_loss(self) -> float:
        """The lowest loss of the surface; of a sampled one, that of its lowest node."""
        return self.loss_surface.lowest

    @property
    def bottom(self) -> float:
        """The loss that counts as the bottom: a small tolerance above the lowest."""
        return self.loss_surface.lowest + self.loss_surface.tolerance

    @property
    def steps_to_bottom(self) -> dict[str, int | None]:
        """The first step at which each optimizer's loss is at most `bottom`; None where it is at none of them."""
        return {name: each.reaches(self.bottom) for name, each in self.runs.items()}

    @property
    def leaves(self) -> dict[str, int | None]:
        """The first step at which each optimizer is outside of the window; None where it never is."""
        return {name: each.leaves(self.loss_surface) for name, each in self.runs.items()}

    def figure(self) -> Figure:
        """The surface with the paths up to `step`, and the losses over the steps, for print."""
        from nnwidgets.figures.descent import descent_figure

        return descent_figure(self.loss_surface, self.runs, self.optimizer, self._shown)

    # -- validation ---------------------------------------------------------------------------------

    @traitlets.observe("surface")
    def _fit_start(self, _: Any) -> None:
        if not _fits(self.start, self.loss_surface):
            with self.hold_trait_notifications():
                for name, value in _worth_seeing(self.loss_surface).items():
                    setattr(self, name, value)

    @traitlets.validate("surface")
    def _valid_surface(self, proposal: Any) -> str:
        return str(checked(one_of, "surface", proposal.value, tuple(self._surfaces)))

    @traitlets.validate("optimizer")
    def _valid_optimizer(self, proposal: Any) -> str:
        return str(checked(one_of, "optimizer", proposal.value, tuple(OPTIMIZERS)))

    @traitlets.validate("learning_rate")
    def _valid_rate(self, proposal: Any) -> float:
        return _rate("learning_rate", proposal.value)

    @traitlets.validate("learning_rates")
    def _valid_rates(self, proposal: Any) -> dict[str, float]:
        return {
            checked(one_of, "each of learning_rates", name, tuple(OPTIMIZERS)): _rate(f"the rate of {name}", value)
            for name, value in proposal.value.items()
        }

    @traitlets.validate("momentum", "alpha")
    def _valid_share(self, proposal: Any) -> float:
        most = 0.999 if proposal.trait.name == "momentum" else 0.9999
        return float(checked(real, proposal.trait.name, proposal.value, 0, most))

    @traitlets.validate("betas")
    def _valid_betas(self, proposal: Any) -> tuple[float, ...]:
        return tuple(checked(real, "each of betas", value, 0, 0.9999) for value in proposal.value)

    @traitlets.validate("noise")
    def _valid_noise(self, proposal: Any) -> float:
        return float(checked(real, "noise", proposal.value, 0, _MOST_NOISE))

    @traitlets.validate("seed")
    def _valid_seed(self, proposal: Any) -> int:
        return int(checked(whole, "seed", proposal.value, 0, 2**32 - 1))

    @traitlets.validate("steps", "step")
    def _valid_steps(self, proposal: Any) -> int:
        name = proposal.trait.name
        return int(checked(whole, name, proposal.value, 1 if name == "steps" else 0, _MOST_STEPS))

    @traitlets.validate("coordinate")
    def _valid_coordinate(self, proposal: Any) -> int:
        return int(checked(whole, "coordinate", proposal.value, 1, 2))

    @traitlets.validate("start")
    def _valid_start(self, proposal: Any) -> tuple[float, ...]:
        # The surface may have come in the same message, and is not checked yet.
        surface = self._surfaces[checked(one_of, "surface", self.surface, tuple(self._surfaces))]
        values = tuple(checked(real, "each of start", value, -1e300, None) for value in proposal.value)
        if not _fits(values, surface):
            ranges = " and ".join(f"{low:g} to {high:g}" for low, high in surface.window)
            msg = f"start must be {surface.dimensions} numbers in the window, {ranges}, not {proposal.value!r}"
            raise traitlets.TraitError(msg)
        if surface.evaluate(values) is None:
            msg = f"start must be where the loss is known, not {proposal.value!r}"
            raise traitlets.TraitError(msg)
        return values


def _rate(name: str, value: Any) -> float:
    rate = checked(positive, name, value)
    return float(checked(real, name, rate, 0, _LARGEST_RATE))


def _fits(start: tuple[float, ...], surface: Surface) -> bool:
    return len(start) == surface.dimensions and surface.holds(start)
