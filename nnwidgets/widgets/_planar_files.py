"""What a planar trainer says of its data where it is turned into something else, and its figure for print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from nnwidgets._state import State
from nnwidgets.datasets import Dataset, as_dataset
from nnwidgets.features import parse_features
from nnwidgets.training.objective import fits
from nnwidgets.widgets._files import Answer, Files

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from nnwidgets._drawing import Takes
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings


# How a figure for print reads the outputs; a score is drawn as a logit, which is 0 at the same places.
_TAKES: dict[str, Takes] = {
    "probability": "probability",
    "logit": "logit",
    "logits": "logit",
    "score": "logit",
    "value": "value",
}


class PlanarFiles(Files):
    """The part of a planar trainer that outlives it."""

    _KIND: ClassVar[str] = "nnwidgets.PlanarTrainer"

    axes: tuple[int, int]

    def _config_of_data(self) -> dict[str, Any]:
        assert self._loop is not None
        settings = self._loop.experiment.settings
        parameters = settings.dataset.parameters
        return {
            "dataset": None if parameters is None else dict(parameters),
            "features": [feature.name for feature in settings.features] or None,
            "standardise": settings.standardise,
            "axes": list(self.axes),
        }

    @classmethod
    def _data_of_config(cls, settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        data = settings.pop("dataset", None)
        if "dataset" not in given:
            if data is None:
                raise ValueError("the configuration is for data of your own: give them as dataset=")
            made = {"data_seed" if name == "seed" else name: value for name, value in data.items() if name != "name"}
            given = {"dataset": data["name"]} | made | given
        else:
            _leave_out(settings, as_dataset(given["dataset"]), given)
        try:
            parse_features(settings.get("features") or ("x1",))
        except ValueError as error:
            raise ValueError(
                f"the configuration is for features of your own: give them as features= ({error})"
            ) from None
        return given

    def _saved(self) -> dict[str, Any]:
        return {"axes": list(self.axes)}

    @classmethod
    def _data_of_file(cls, content: dict[str, Any], settings: Settings) -> dict[str, Any]:
        return {
            "dataset": settings.dataset,
            "features": {f.name: f.function or f.name for f in settings.features} or None,
            "standardise": settings.standardise,
            "axes": content.get("axes", (0, 1)),
        }

    def _with_state(self, compute: Callable[[State], Answer]) -> Answer:
        """What a function makes of the state between two steps: `nnwidgets.plots` draws a trainer by it."""

        def call(loop: TrainingLoop) -> Answer:
            experiment = loop.experiment
            takes = _TAKES[experiment.objective.output]
            return compute(State(experiment.eval_model, experiment.settings.planar, takes, experiment.inputs))

        return self._between_steps(call)

    def figure(self) -> Figure:
        """The present state as a matplotlib figure, for print."""
        from nnwidgets.figures.planar import planar_figure

        def draw(loop: TrainingLoop) -> Figure:
            experiment, position = loop.experiment, loop.experiment.position
            return planar_figure(
                experiment.eval_model,
                experiment.settings.planar,
                inputs=experiment.inputs,
                axes=self.axes,
                history=loop.history,
                takes=_TAKES[experiment.objective.output],
                loss_label=experiment.objective.label,
                title=f"epoch {position.epoch}, step {position.step:,}",
            )

        return self._between_steps(draw)


def _leave_out(settings: dict[str, Any], dataset: Dataset, given: dict[str, Any]) -> None:
    """Take out of a configuration what does not fit other data: the usual takes its place."""
    if "loss_fn" not in given and not fits(settings.get("loss_fn"), dataset.n_classes):
        settings.pop("loss_fn")
    columns = len(dataset.feature_names)
    if max(settings.get("axes", (0, 1))) >= columns:
        settings.pop("axes")
    if "features" not in given and settings.get("features"):
        try:
            needed = [column for feature in parse_features(settings["features"]) for column in feature.columns]
        except ValueError:
            return  # of the user's own, which is asked for
        if max(needed) >= columns:
            settings.pop("features")
