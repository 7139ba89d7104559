"""What an image trainer says of its data where it is turned into something else, and its figure for print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from nnwidgets._state import State
from nnwidgets.fashion import load_fashion_mnist
from nnwidgets.training.insight import confusion
from nnwidgets.widgets._files import Answer
from nnwidgets.widgets._reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings


class ImageFiles(Reading):
    """The part of an image trainer that outlives it."""

    _DATA: ClassVar[str]  # the argument of the constructor that takes the data

    epochs: int | None

    def _config_of_data(self) -> dict[str, Any]:
        assert self._loop is not None
        settings = self._loop.experiment.settings
        parameters = settings.dataset.parameters
        return {
            "dataset": None if parameters is None else dict(parameters),
            "shuffle": settings.shuffle,
            "epochs": self.epochs,
        }

    @classmethod
    def _data_of_config(cls, settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        data = settings.pop("dataset", None)
        if cls._DATA in given:
            return given
        if data is None:
            raise ValueError(f"the configuration is for images of your own: give them as {cls._DATA}=")
        return {cls._DATA: load_fashion_mnist(data["root"], source=data["source"])} | given

    def _saved(self) -> dict[str, Any]:
        return {"epochs": self.epochs}

    @classmethod
    def _data_of_file(cls, content: dict[str, Any], settings: Settings) -> dict[str, Any]:
        return {cls._DATA: settings.dataset, "shuffle": settings.shuffle, "epochs": content.get("epochs")}

    def _with_state(self, compute: Callable[[State], Answer]) -> Answer:
        """What a function makes of the state between two steps: `nnwidgets.plots` draws a trainer by it."""
        return self._between_steps(
            lambda loop: compute(State(loop.experiment.eval_model, loop.experiment.settings.images))
        )

    def figure(self) -> Figure:
        """The present state as a matplotlib figure, for print: test images with their answers, curves, mistakes."""
        from nnwidgets.figures.images import image_figure

        def draw(loop: TrainingLoop) -> Figure:
            experiment, position = loop.experiment, loop.experiment.position
            return image_figure(
                experiment.eval_model,
                experiment.settings.images,
                confusion(experiment, experiment.x_test, experiment.y_test),
                history=loop.history,
                title=f"epoch {position.epoch}, step {position.step:,}",
            )

        return self._between_steps(draw)
