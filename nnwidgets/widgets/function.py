"""`FunctionTrainer`: a network learns a function of one number, while you watch what each neuron adds to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from nnwidgets._front_end import front_end
from nnwidgets.datasets import Dataset
from nnwidgets.function_presets import FUNCTION_PRESETS
from nnwidgets.targets import FunctionData, drawn_points
from nnwidgets.training import commands as c
from nnwidgets.training.function_probes import FUNCTION_WANTS, FunctionPicture, take_fit
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._board import Board
from nnwidgets.widgets._describe import choices_trait, lesson_choices, network_trait
from nnwidgets.widgets._describe_function import function_choices, function_data_trait, limits
from nnwidgets.widgets._function_files import FunctionFiles
from nnwidgets.widgets._function_settings import FunctionSettings
from nnwidgets.widgets._inside import Inside
from nnwidgets.widgets._lessons import Lessons
from nnwidgets.widgets._looking_back import LookingBack

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from nnwidgets.presets import Preset
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings
    from nnwidgets.widgets._channel import ViewState
    from nnwidgets.widgets._frames import Parts
    from nnwidgets.widgets._previewing import Described, Told

MOST_DRAWN = 5_000  # points of a stroke


@show_settings
class FunctionTrainer(Inside, LookingBack, Lessons, FunctionFiles, FunctionSettings):
    """Train a network on a function of one number, live in the notebook.

    The defaults are 128 samples of sin(2x) between −3 and 3, one hidden layer of 8 tanh neurons, the mean squared
    error, and Adam with learning rate 0.02 and batches of 16.

    Args:
        function: a name ("sine", "bump", "absolute", "step", "box", "polynomial", "sinc", "sawtooth", "chirp"); an
            expression of x such as "sin(3x) + x²/4", which is read by a grammar of its own and never run as Python; a
            callable of an array, a tensor or a number; arrays `(x, y)` or `(x_train, y_train, x_test, y_test)`; or
            points of a drawing, `((x, y), …)`, that lines join.
        model: any `torch.nn.Module` from `(n, 1)` to `(n, 1)`, in place of a network of ours. It is trained itself,
            not a copy.
        engine: as for `PlanarTrainer`.
        device: of model and data; None for the CPU.
        threads: PyTorch's intra-op threads while training; part of what makes a run repeatable.
        frozen: what training leaves alone from the start, as for `PlanarTrainer`.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> trainer = FunctionTrainer("x²/4", hidden_layers=(6,))
        >>> trainer.train(epochs=50)
        >>> trainer.wait()
        >>> trainer.epoch, trainer.loss < 0.05
        (50, True)
        >>> trainer.close()
    """

    _esm: ClassVar[str] = front_end("function.js")
    _css: ClassVar[str] = front_end("nnwidgets.css")
    _WANTS: ClassVar[tuple[str, ...]] = FUNCTION_WANTS
    _RECORDED: ClassVar[frozenset[str]] = frozenset(FUNCTION_WANTS)
    _SPEAKS: ClassVar[Literal["functions"]] = "functions"
    _PRESETS: ClassVar[Mapping[str, Preset]] = FUNCTION_PRESETS
    PANELS: ClassVar[tuple[str, ...]] = (
        "function", "network", "plot", "sweep", "curves", "hyperparameters", "diagnosis", "timeline", "distributions",
    )  # fmt: skip
    CONTROLS: ClassVar[tuple[str, ...]] = (
        "play", "step", "reset", "speed", "rewind", "function", "draw", "domain", "n_samples", "noise", "test_share",
        "data_seed", "batch_size", "hidden_layers", "activation", "standardise", "edit", "loss_fn", "optimizer",
        "optimizer_options", "learning_rate", "schedule", "l1", "l2", "dropout", "initialiser", "initial_scale",
        "stop_when", "seed", "sweep", "pin", "code", "presentation", "menu",
    )  # fmt: skip

    def __init__(
        self,
        function: object = "sine",
        *,
        model: torch.nn.Module | None = None,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self._board = Board()
        self._function_shown: object = None
        self._data_shown = -1
        super().__init__(
            function=function, model=model, engine=engine, device=device, threads=threads, frozen=frozen, **settings
        )

    def _first_settings(self, settings: Settings) -> Settings:
        settings = settings.with_inputs((), standardise=self.standardise)
        if "batch_size" not in self._explicit:
            settings = replace(settings, batch_size=min(self.batch_size, len(self.dataset.x_train)))
        return settings

    def __repr__(self) -> str:
        if self._loop is None or self._graph is None:
            return "<FunctionTrainer>"
        sizes = "-".join(str(n) for n in (self._graph.in_features, *(layer.units for layer in self._graph.layers)))
        network = sizes if self._graph.layers else type(self.model).__name__
        return f"<FunctionTrainer: {self.dataset.name}, {network}, epoch {self.epoch}, {self.status}>"

    # -- drawing ----------------------------------------------------------------------------------

    def _draw_function(self, content: dict[str, Any]) -> None:
        """Have a stroke on the plot made part of the function."""
        assert self._loop is not None
        loop, points = self._loop, content.get("points")
        if not isinstance(points, list) or len(points) > MOST_DRAWN:
            raise ValueError(f"a drawing is a list of up to {MOST_DRAWN:,} points")
        stroke = drawn_points(points)
        self._tell(c.Do(lambda: self._board.draw(loop, None, lambda data: self._draw_over(data, stroke)), "Drawing"))

    def _undo(self) -> None:
        """Take back what was drawn last."""
        assert self._loop is not None
        loop = self._loop
        self._tell(c.Do(lambda: self._board.undo(loop), "Undo"))

    # -- what a cell asks -------------------------------------------------------------------------

    def inputs(self, x: object) -> torch.Tensor:
        """What the network gets of places on the x axis: they, standardised if that is so.

        Args:
            x: `(n,)` or `(n, 1)`.

        Returns:
            float32, `(n, 1)`, on the model's device.

        Raises:
            ValueError: another shape.

        Example:
            >>> trainer = FunctionTrainer()
            >>> trainer.model(trainer.inputs([0.0, 0.5, 1.0])).shape
            torch.Size([3, 1])
            >>> trainer.close()
        """
        import numpy as np
        import torch

        from nnwidgets._checks import plain

        assert self._loop is not None
        places = plain("x", x)
        experiment = self._loop.experiment
        return torch.tensor(experiment.inputs(np.atleast_1d(places)[:, None] if places.ndim < 2 else places)).to(
            experiment.device
        )

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _describe(self, loop: TrainingLoop) -> None:
        experiment = loop.experiment
        if self._data_shown != experiment.data_version:
            self._data_shown = experiment.data_version
            self._see(experiment.settings.planar)
            self._data = self._data_of(experiment.settings, experiment.data_version, can_undo=self._board.can_undo)
        self._network = network_trait(experiment, self._read_graph(experiment))
        choices = choices_trait(experiment)
        functions = {
            "functions": function_choices(),
            "datasets": [],
            "lessons": lesson_choices(FUNCTION_PRESETS.values()),
        }
        self._choices = choices | functions | {"limits": limits(choices["limits"])}
        self._note_sweep(loop)

    def _see(self, data: Dataset) -> None:
        """Have the board know of another function; one that is sampled otherwise is none."""
        assert isinstance(data, FunctionData)
        function = None if data.recipe is None else data.recipe["function"]
        if function is None or function != self._function_shown:
            self._board.saw(data)
        self._function_shown = function

    def _data_of(self, settings: Settings, version: int, *, can_undo: bool = False) -> Told:
        data = settings.dataset
        assert isinstance(data, FunctionData)
        inputs = settings.fit_inputs()
        standardised = None
        if inputs.mean is not None and inputs.std is not None:
            standardised = [float(inputs.mean[0]), float(inputs.std[0])]
        return function_data_trait(data, version, standardised=standardised, can_undo=can_undo)

    def _look_at(self, told: Described, wish: ViewState) -> FunctionPicture:
        data = told.data
        first, last = data["domain"]
        wants = wish.wants | ({"contributions", "residuals"} if wish.lasting else frozenset())
        return take_fit(told.experiment, told.graph, (first, last), wants, data["shown_train"])

    def _parts(self, picture: FunctionPicture) -> Parts:
        return picture.parts
