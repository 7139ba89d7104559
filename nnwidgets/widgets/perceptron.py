"""`PerceptronTrainer`: Rosenblatt's rule, sample by sample, on two classes of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from nnwidgets.datasets import PLANAR, Dataset
from nnwidgets.training import commands as c
from nnwidgets.training import perceptron as rule
from nnwidgets.training.probes import Evaluation, evaluate
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._fixed import Fixed
from nnwidgets.widgets._front_end import front_end
from nnwidgets.widgets._perceptron_types import CONTROLS, PANELS
from nnwidgets.widgets.planar import PlanarTrainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from numpy.typing import NDArray

    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.widgets._channel import ViewState
    from nnwidgets.widgets._frames import Parts
    from nnwidgets.widgets.planar import Axes, Plane

_ONE_LAYER = "Rosenblatt's rule is for one layer; use PlanarTrainer for hidden ones"
_RULE = "Rosenblatt's rule corrects by one sample after the other, η (y − y′) x; use PlanarTrainer for other ways"
_COLUMNS = "a perceptron gets the two columns of its data as they are, so that its weights are a line on their plane"
_CLASSES = "a perceptron tells two classes apart; use PlanarTrainer for more of them, or for values"

USUAL_SAMPLES, GATE_SAMPLES = 40, 4
_GATES = ("and_gate", "or_gate", "xor_gate")
_OFFERED = ("separable", "narrow", "overlapping", *_GATES, "xor", "moons", "circles")


@dataclass(frozen=True)
class RulePicture:
    """A picture of a perceptron: its weights, which samples are wrong, and what the rule does with the next one."""

    parameters: NDArray[np.float32]
    wrong: NDArray[np.uint8]
    hand: NDArray[np.float64]
    counts: NDArray[np.float64]
    mistakes: NDArray[np.float64]
    train: Evaluation
    test: None = None
    focus: None = None


@show_settings
class PerceptronTrainer(PlanarTrainer):
    """Train a perceptron by Rosenblatt's rule, live in the notebook."""

    PANELS: ClassVar[tuple[str, ...]] = PANELS
    CONTROLS: ClassVar[tuple[str, ...]] = CONTROLS
    _esm: ClassVar[str] = front_end("perceptron.js")
    _SPEAKS = "perceptrons"
    _KIND: ClassVar[str] = "nnwidgets.PerceptronTrainer"
    _WANTS: ClassVar[tuple[str, ...]] = ()

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
    n_samples = traitlets.Int(USUAL_SAMPLES).tag(sync=True)
    noise = traitlets.Float(0.0).tag(sync=True)
    speed = traitlets.Float(0.1, allow_none=True).tag(sync=True)

    _separation = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        dataset: object = "separable",
        *,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        if isinstance(dataset, str) and dataset.casefold() in _GATES:
            settings = {"n_samples": GATE_SAMPLES} | settings
        if "model" in settings:
            raise TypeError("a perceptron is a model of its own: use PlanarTrainer(model=...) for one of yours")
        super().__init__(dataset, engine=engine, device=device, threads=threads, frozen=frozen, **settings)

    def _make_loop(self) -> TrainingLoop:
        loop = super()._make_loop()
        loop.settles = True
        return loop

    def step_to_mistake(self) -> bool:
        """Go on to the next sample that is taken for the other class, and stop with it at hand."""
        assert self._loop is not None
        loop = self._loop
        done = self._tell(c.StepBy(rule.steps_to_mistake))
        if done is not None:
            done.result()
        return bool(self._between_steps(lambda: rule.at_hand(loop.experiment)[rule.ERROR]))

    # -- data -------------------------------------------------------------------------------------

    def _as_dataset(self, value: object) -> Dataset:
        return _two_classes(super()._as_dataset(value))

    def _classes_of(self, value: object) -> int | None:
        source = PLANAR.get(value.casefold()) if isinstance(value, str) else None
        return 2 if source and source.takes_classes else None

    def _draw(self, content: dict[str, Any], change: Callable[[Dataset, Axes, Plane | None], Dataset]) -> None:
        super()._draw(content, lambda *where: _two_classes(change(*where)))

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _describe(self, loop: TrainingLoop) -> None:
        super()._describe(loop)
        self._separation = self._separation_trait(loop)

    def _separation_trait(self, loop: TrainingLoop) -> dict[str, Any]:
        """A `SeparationTrait`."""
        found = rule.separation_of(loop.experiment)
        crossing = found.crossing
        return {
            "data_version": loop.experiment.data_version,
            "separable": found.separable,
            "margin": found.margin,
            "radius": found.radius,
            "bound": found.bound,
            "start_bound": rule.start_bound_of(loop),
            "line": None if found.line is None else list(found.line),
            "crossing": None
            if crossing is None
            else {
                "place": list(crossing.place),
                "samples": list(crossing.samples),
                "weights": list(crossing.weights),
            },
        }

    def _picture(self, experiment: Experiment, _: ViewState) -> RulePicture:  # type: ignore[override]
        assert self._loop is not None
        _, _, data = self._told_of(experiment)
        return RulePicture(
            rule.weights_of(experiment).astype(np.float32),
            rule.wrong_of(experiment, (data["shown_train"], data["shown_test"])),
            rule.at_hand(experiment),
            rule.counts_of(experiment),
            rule.mistakes_of(self._loop, rule.SHOWN_EPOCHS),
            evaluate(experiment, experiment.x, experiment.y),
        )

    def _parts(self, picture: RulePicture) -> Parts:  # type: ignore[override]
        return {name: getattr(picture, name) for name in ("parameters", "wrong", "hand", "counts", "mistakes")}


def _two_classes(data: Dataset) -> Dataset:
    """Data for a perceptron; raises `ValueError` for others."""
    if data.n_classes != 2:
        has = f"{data.n_classes} classes" if data.n_classes else "values to predict"
        raise ValueError(f"a perceptron tells two classes apart, and {data.label} has {has}: use PlanarTrainer")
    if len(data.feature_names) != 2:
        raise ValueError(
            f"a perceptron on a plane has two inputs, and {data.label} has {len(data.feature_names)} columns: "
            "choose two of them"
        )
    return data
