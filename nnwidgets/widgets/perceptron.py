"""`PerceptronTrainer`: Rosenblatt's rule, sample by sample, on two classes of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from nnwidgets._front_end import front_end
from nnwidgets.datasets import PLANAR, Dataset
from nnwidgets.export.rule import rule_to_code
from nnwidgets.presets import PERCEPTRON_PRESETS
from nnwidgets.training import commands as c
from nnwidgets.training import perceptron as rule
from nnwidgets.training.probes import Evaluation, evaluate
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._describe import dataset_choices, lesson_choices
from nnwidgets.widgets._files import Answer
from nnwidgets.widgets._fixed import Fixed
from nnwidgets.widgets._perceptron_types import CONTROLS, PANELS
from nnwidgets.widgets.planar import PlanarTrainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nnwidgets.concepts.perceptron import Separation
    from nnwidgets.presets import Preset
    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._channel import ViewState
    from nnwidgets.widgets._frames import Parts
    from nnwidgets.widgets._previewing import Described
    from nnwidgets.widgets.planar import Axes, Plane

_ONE_LAYER = "Rosenblatt's rule is for one layer; use PlanarTrainer for hidden ones"
_RULE = "Rosenblatt's rule corrects by one sample after the other, η (y − y′) x; use PlanarTrainer for other ways"
_COLUMNS = "a perceptron gets two columns as they are, so that its weights are a line on their plane"
_CLASSES = "a perceptron tells two classes apart; use PlanarTrainer for more of them, or for values"

GATES = ("and_gate", "or_gate", "xor_gate")
USUAL_SAMPLES, GATE_SAMPLES = 40, 4
_OFFERED = ("separable", "narrow", "overlapping", *GATES, "xor", "moons", "circles")
SPEEDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30, None)


@dataclass(frozen=True)
class RulePicture:
    """A picture of a perceptron: its weights, which samples are wrong, and what the rule does with the next one."""

    parameters: NDArray[np.float32]
    wrong: NDArray[np.uint8]
    hand: NDArray[np.float64]
    counts: NDArray[np.float64]
    mistakes: NDArray[np.float64]
    train: Evaluation
    test: Evaluation
    focus: None = None


@show_settings
class PerceptronTrainer(PlanarTrainer):
    """Train a perceptron by Rosenblatt's rule, sample by sample, live in the notebook.

    A sample x = (x1, x2) is taken for class y′ = 1 where z = w1 x1 + w2 x2 + b is above 0, else for class 0. If that is
    not its class y, the rule adds η (y − y′)(x1, x2, 1) to (w1, w2, b); else it changes nothing. All samples come once
    an epoch, in an order that is drawn anew. A run ends by itself with an epoch without a mistake: nothing can change
    any more.

    It is a `PlanarTrainer` with one layer, the loss "perceptron" and batches of one sample, on which a step of gradient
    descent is that rule; what it is made of cannot be set. All verbs, edits, files and texts are as there. `margin`,
    `bound` and `separable` say what the data allow, and `diagnosis` why a run never settles.

    Args:
        dataset: a name ("separable", "narrow", "overlapping", "and_gate", "or_gate", "xor_gate", "xor", or any of
            `PlanarTrainer` with two classes), a `Dataset`, or arrays `(X, y)` or `(X_train, y_train, X_test, y_test)`
            with `X` of shape `(n_samples, 2)` and two labels in `y`. They are used as they are, not standardised.
        engine: "eager" for PyTorch's own steps, which need not be made ready; "fused" for compiled ones, which are
            faster with many samples; "auto" for those that are faster.
        device: of model and data; None for the CPU.
        threads: PyTorch's intra-op threads while training.
        frozen: what training leaves alone from the start, as in `PlanarTrainer`.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        ValueError, traitlets.TraitError: a value that is not allowed, such as hidden layers, data with three classes or
            values to predict; the message says what is.

    References:
        F. Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain,
        Psychological Review 65, 1958. A. Novikoff, On convergence proofs on perceptrons, 1962.

    Example:
        >>> trainer = PerceptronTrainer("and_gate", initialiser="zeros", seed=0)
        >>> trainer.train()
        >>> trainer.wait()
        >>> trainer.epoch, trainer.updates, trainer.weights.tolist()
        (9, 12, [1.0, 2.0, -2.0])
        >>> trainer.updates <= trainer.bound
        True
        >>> trainer.close()
    """

    PANELS: ClassVar[tuple[str, ...]] = PANELS
    CONTROLS: ClassVar[tuple[str, ...]] = CONTROLS
    _esm: ClassVar[str] = front_end("perceptron.js")
    _SPEAKS = "perceptrons"
    _KIND: ClassVar[str] = "nnwidgets.PerceptronTrainer"
    _WANTS: ClassVar[tuple[str, ...]] = ()
    _PRESETS: ClassVar[Mapping[str, Preset]] = PERCEPTRON_PRESETS

    hidden_layers = Fixed((), _ONE_LAYER).tag(sync=True)
    activation = Fixed("tanh", _ONE_LAYER).tag(sync=True)
    dropout = Fixed(0.0, _ONE_LAYER).tag(sync=True)
    loss_fn = Fixed("perceptron", _RULE).tag(sync=True)
    optimizer = Fixed("sgd", _RULE).tag(sync=True)
    optimizer_options = Fixed({}, _RULE).tag(sync=True)
    batch_size = Fixed(1, _RULE).tag(sync=True)
    schedule = Fixed({}, _RULE).tag(sync=True)
    l1 = Fixed(0.0, _RULE).tag(sync=True)
    l2 = Fixed(0.0, _RULE).tag(sync=True)
    standardise = Fixed(value=False, reason=_COLUMNS).tag(sync=True)
    n_classes = Fixed(2, _CLASSES).tag(sync=True)

    learning_rate = traitlets.Float(1.0).tag(sync=True)
    """Learning rate η of the rule, above 0. From weights of zero it scales the weights, and changes nothing else."""

    n_samples = traitlets.Int(USUAL_SAMPLES).tag(sync=True)
    """Samples of a generated data set, training and test together, 2 to 1,000,000; 4 of a gate unless told."""

    noise = traitlets.Float(0.0).tag(sync=True)
    """Standard deviation of the noise on each coordinate of generated data, 0 to 1,000."""

    seed = traitlets.Int(81).tag(sync=True)
    """Seed of initial weights and of the order of the samples, from the next `reset()` on. By default one with which
    the first line crosses the picture, and has most samples on the wrong side."""

    speed = traitlets.Float(0.1, allow_none=True).tag(sync=True)
    """Epochs per second of a played run, 0.1 of 40 samples being 4 samples per second; None for as fast as possible."""

    _separation = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        dataset: object = "separable",
        *,
        engine: str = "eager",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        if "model" in settings:
            raise TypeError("a perceptron is a model of its own: use PlanarTrainer(model=...) for one of yours")
        super().__init__(dataset, engine=engine, device=device, threads=threads, frozen=frozen, **settings)

    def _make_loop(self) -> TrainingLoop:
        loop = super()._make_loop()
        loop.settles = True
        return loop

    # -- verbs ------------------------------------------------------------------------------------

    def step_to_mistake(self) -> bool:
        """Go on to the next sample that is taken for the other class, and stop with it at hand, before it is corrected.

        Where the one at hand is such a sample, it is corrected first. Where there is none any more, the epoch is
        finished, and with it the run has settled. Returns whether there is a mistake at hand.

        Raises:
            RuntimeError: the run is held by `paused()`, or it is called in a callback.

        Example:
            >>> trainer = PerceptronTrainer("or_gate", initialiser="zeros", seed=0)
            >>> trainer.step_to_mistake(), trainer.step_count, trainer.updates
            (True, 1, 0)
            >>> trainer.step_to_mistake(), trainer.step_count, trainer.updates
            (True, 7, 1)
            >>> trainer.close()
        """
        assert self._loop is not None
        done = self._tell(c.StepBy(rule.steps_to_mistake))
        if done is not None:
            done.result()
        return bool(self._of_run(rule.at_hand)[rule.ERROR])

    # -- what can be read -------------------------------------------------------------------------

    @property
    def weights(self) -> NDArray[np.float64]:
        """w1, w2 and b as they are now, `(3,)`.

        Example:
            >>> PerceptronTrainer(initialiser="zeros").weights
            array([0., 0., 0.])
        """
        return self._of_run(rule.weights_of)

    @property
    def updates(self) -> int:
        """How many samples were taken for the other class since the beginning, and so corrected."""
        return self._of_run(rule.updates_of)

    @property
    def mistakes(self) -> NDArray[np.int64]:
        """How many samples each completed epoch took for the other class, `(n_epochs,)`.

        Of a run that was rewound those after where it stands are still among them, as in `history`.
        """
        return self._between_steps(lambda loop: rule.mistakes_of(loop)[:, 1].astype(np.int64))

    @property
    def separation(self) -> Separation:
        """Whether a line separates the training samples, by how much, and by which samples none does.

        Decided exactly; see `nnwidgets.concepts.perceptron.Separation`.

        Example:
            >>> PerceptronTrainer("xor_gate").separation.crossing.place
            (0.5, 0.5)
        """
        return self._of_run(rule.separation_of)

    @property
    def separable(self) -> bool:
        """Whether a line separates the training samples of the two classes."""
        return self.separation.separable

    @property
    def margin(self) -> float | None:
        """γ: how far, at best, all (x1, x2, 1) are from a plane through the origin between the classes; else None.

        Example:
            >>> round(PerceptronTrainer("or_gate").margin, 6)
            0.333333
        """
        return self.separation.margin

    @property
    def radius(self) -> float:
        """R: the norm of the longest (x1, x2, 1)."""
        return self.separation.radius

    @property
    def bound(self) -> float | None:
        """(R/γ)²: from weights of zero, at most so many updates are made, in any order; None if no line separates."""
        return self.separation.bound

    @property
    def start_bound(self) -> float | None:
        """At most so many updates are made in all from the initial weights that there are, by the same proof.

        None if no line separates the classes, or where something else than the rule has had a hand in it since the
        first step: an edit, other data, another rate, a frozen weight.
        """
        return self._between_steps(rule.start_bound_of)

    def _of_run(self, measure: Callable[[Experiment], Answer]) -> Answer:
        return self._between_steps(lambda loop: measure(loop.experiment))

    def figure(self) -> Figure:
        """The present state as a matplotlib figure, for print: the line with its weights, and the epochs' mistakes."""
        from nnwidgets.figures.perceptron import perceptron_figure

        def draw(loop: TrainingLoop) -> Figure:
            experiment = loop.experiment
            return perceptron_figure(
                experiment.settings.planar,
                rule.weights_of(experiment),
                rule.separation_of(experiment),
                rule.mistakes_of(loop),
                axes=self.axes,
                updates=rule.updates_of(experiment),
                title=f"epoch {experiment.position.epoch}, step {experiment.position.step:,}",
            )

        return self._between_steps(draw)

    def _script(self, loop: TrainingLoop) -> str:
        return rule_to_code(loop)

    # -- settings ---------------------------------------------------------------------------------

    @traitlets.validate("features")
    def _valid_features(self, proposal: Any) -> tuple[str, ...] | None:
        names, following = proposal.value, getattr(self._following, "active", False)
        if names is None or following or (self._loop is not None and tuple(names) == self.dataset.feature_names):
            return None if names is None else tuple(names)
        raise traitlets.TraitError(f"features cannot be chosen here: {_COLUMNS}; PlanarTrainer has them; got {names!r}")

    def _as_dataset(self, value: object) -> Dataset:
        return for_perceptron(super()._as_dataset(value))

    def _samples_of(self, value: object) -> int:
        """Of a gate one for each of its rows, unless told; and of what comes after it as many as usual."""
        name = value.casefold() if isinstance(value, str) else ""
        if self._loop is None:
            is_told = "n_samples" in self._explicit or name not in GATES
        else:
            is_told = name not in PLANAR or (name in GATES) == (self.dataset.name in GATES)
        if is_told:
            return super()._samples_of(value)
        return GATE_SAMPLES if name in GATES else USUAL_SAMPLES

    def _classes_of(self, value: object) -> int | None:
        source = PLANAR.get(value.casefold()) if isinstance(value, str) else None
        return 2 if source and source.takes_classes else None

    def _draw(self, content: dict[str, Any], change: Callable[[Dataset, Axes, Plane | None], Dataset]) -> None:
        super()._draw(content, lambda *where: for_perceptron(change(*where)))

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _offered(self, experiment: Experiment) -> dict[str, Any]:
        offered = super()._offered(experiment)
        return offered | {
            "datasets": dataset_choices(_OFFERED),
            "lessons": lesson_choices(PERCEPTRON_PRESETS.values()),
            "losses": [each for each in offered["losses"] if each["name"] == "perceptron"],
            "speeds": list(SPEEDS),
            "limits": offered["limits"] | {"n_samples": [4, 200], "batch_size": [1, 1], "layers": [0, 0]},
        }

    def _describe(self, loop: TrainingLoop) -> None:
        super()._describe(loop)
        found, crossing = rule.separation_of(loop.experiment), None
        if found.crossing is not None:
            crossing = {name: _plain(getattr(found.crossing, name)) for name in ("place", "samples", "weights")}
        told = {name: _plain(getattr(found, name)) for name in ("separable", "margin", "radius", "bound", "line")}
        start_bound = rule.start_bound_of(loop)
        told |= {"data_version": self._data["version"], "start_bound": start_bound, "crossing": crossing}
        self._separation = told

    def _look_at(self, told: Described, wish: ViewState) -> RulePicture:  # type: ignore[override] # noqa: ARG002
        assert self._loop is not None
        experiment, data = told.experiment, told.data
        return RulePicture(
            rule.weights_of(experiment).astype(np.float32),
            rule.wrong_of(experiment, (data["shown_train"], data["shown_test"])),
            rule.at_hand(experiment),
            rule.counts_of(experiment),
            rule.mistakes_of(self._loop, rule.SHOWN_EPOCHS),
            evaluate(experiment, experiment.x, experiment.y),
            evaluate(experiment, experiment.x_test, experiment.y_test),
        )

    def _run_parts(self) -> Parts:
        assert self._loop is not None
        return {"mistakes": rule.mistakes_of(self._loop, rule.SHOWN_EPOCHS)}

    def _parts(self, picture: RulePicture) -> Parts:  # type: ignore[override]
        return {name: getattr(picture, name) for name in ("parameters", "wrong", "hand", "counts", "mistakes")}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def for_perceptron(data: Dataset) -> Dataset:
    """The data, if a perceptron can be trained on them; raises `ValueError` otherwise."""
    columns = len(data.feature_names)
    if data.n_classes != 2:
        has = f"{data.n_classes} classes" if data.n_classes else "values to predict"
        raise ValueError(f"a perceptron tells two classes apart, and {data.label} has {has}: use PlanarTrainer")
    if columns != 2:
        raise ValueError(f"a perceptron on a plane has two inputs, and {data.label} has {columns} columns: choose two")
    return data
