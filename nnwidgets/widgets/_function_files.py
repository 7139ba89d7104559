"""What a trainer of functions says of its data where it is turned into something else, and its figure for print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from nnwidgets.widgets._reading import Reading
from nnwidgets.widgets._sweeping import Sweeping

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings


class FunctionFiles(Sweeping, Reading):
    """The part of a trainer of functions that outlives it."""

    _KIND: ClassVar[str] = "nnwidgets.FunctionTrainer"

    def _config_of_data(self) -> dict[str, Any]:
        assert self._loop is not None
        settings = self._loop.experiment.settings
        parameters = dict(settings.dataset.parameters or {"function": None})
        if "seed" in parameters:
            parameters["data_seed"] = parameters.pop("seed")
        plain = {name: _plain(value) for name, value in parameters.items()}
        return plain | {"standardise": settings.standardise}

    @classmethod
    def _data_of_config(cls, settings: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        if "function" in given:
            settings.pop("function", None)
            return given
        if settings.get("function") is None:
            raise ValueError("the configuration is for a function or samples of your own: give them as function=")
        return given

    def _saved(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _data_of_file(cls, _: dict[str, Any], settings: Settings) -> dict[str, Any]:
        return {"function": settings.dataset, "standardise": settings.standardise}

    def figure(self) -> Figure:
        """The present state as a matplotlib figure, for print: function, fit, what each neuron adds, and the loss."""
        from nnwidgets.figures.function import function_figure

        def draw(loop: TrainingLoop) -> Figure:
            experiment, position = loop.experiment, loop.experiment.position
            title = f"epoch {position.epoch}, step {position.step:,}"
            graph = self._read_graph(experiment)
            return function_figure(experiment, graph, loop.history, sweep=self.sweep_result, title=title)

        return self._between_steps(draw)


def _plain(value: Any) -> Any:
    """Pairs as lists."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
