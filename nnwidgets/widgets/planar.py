"""`PlanarTrainer`: a small network learns the classes, or the values, of points on a plane, while you watch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnwidgets._front_end import front_end
from nnwidgets.datasets import Dataset
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.training.insight import WANTS
from nnwidgets.training.loop import TrainingLoop
from nnwidgets.training.probes import Snapshot, View, take_snapshot
from nnwidgets.training.settings import Settings
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._board import Board
from nnwidgets.widgets._channel import ViewState
from nnwidgets.widgets._describe import choices_trait, data_trait, network_trait
from nnwidgets.widgets._frames import Parts
from nnwidgets.widgets._inside import Inside
from nnwidgets.widgets._looking_back import LookingBack
from nnwidgets.widgets._planar_settings import checked_axes
from nnwidgets.widgets._previewing import Described, Told
from nnwidgets.widgets._sharing import Sharing
from nnwidgets.widgets._trace import trace_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

Plane = tuple[tuple[float, float], tuple[float, float]]
Axes = tuple[int, int]


@show_settings
class PlanarTrainer(Inside, LookingBack, Sharing):
    """Train a network on points of a plane, in classes or with values to predict, live in the notebook.

    The defaults are a classic experiment: 500 points on two noisy circles, a network with two tanh
    neurons and a sigmoid output (9 parameters), binary cross-entropy, plain gradient descent with
    learning rate 0.1 and batches of 5, reshuffled each epoch.

    Args:
        dataset: a name ("circles", "moons", "gaussians", "xor", "spiral", "rings", and for values to predict
            "plane", "hills"), a `Dataset`, or arrays `(X, y)` or `(X_train, y_train, X_test, y_test)` with `X` of
            shape `(n_samples, n_columns)`, a data frame, or a bunch of scikit-learn's. Up to 8 labels are classes;
            other numbers are values to predict.
        model: any `torch.nn.Module` from `(n, inputs)` to `(n, 1)`, or to `(n, n_classes)` logits, in place of a
            network of ours. It is trained itself, not a copy.
        engine: "eager" for PyTorch's own steps; "fused" for compiled ones, hundreds of times faster where a network
            is small and made of `Linear` layers, and equal to rounding; "auto" for compiled ones where they are
            the faster ones. What they do not cover PyTorch does; `engine_name` says which one runs, and why.
        device: of model and data; None for the CPU.
        threads: PyTorch's intra-op threads while training; part of what makes a run repeatable.
        frozen: what training leaves alone from the start: a dict from names of parameters, as in `model.state_dict()`,
            to True, to a list of the numbers of single entries, row by row, or to a tensor of its shape that is True
            there, as the property of this name has it.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> trainer = PlanarTrainer(hidden_layers=(3,), learning_rate=0.5)
        >>> trainer.train(epochs=2)
        >>> trainer.wait()
        >>> trainer.epoch, trainer.step_count
        (2, 200)
        >>> trainer.close()
    """

    _esm: ClassVar[str] = front_end("planar.js")
    _css: ClassVar[str] = front_end("nnwidgets.css")
    _RECORDED: ClassVar[frozenset[str]] = frozenset(WANTS)

    def __init__(
        self,
        dataset: object = "circles",
        *,
        model: torch.nn.Module | None = None,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self._own_features = {}
        self._asked_features = {}
        self._board = Board()
        self._data_shown = -1
        super().__init__(
            dataset=dataset, model=model, engine=engine, device=device, threads=threads, frozen=frozen, **settings
        )

    def _first_settings(self, settings: Settings) -> Settings:
        settings = settings.with_inputs(self._wanted_features(self.features), standardise=self.standardise)
        if "batch_size" not in self._explicit:
            settings = replace(settings, batch_size=min(self.batch_size, len(self.dataset.x_train)))
        return settings

    # -- drawing ----------------------------------------------------------------------------------

    def _draw(self, content: dict[str, Any], change: Callable[[Dataset, Axes, Plane | None], Dataset]) -> None:
        """Have points painted or erased on the plane that the view has shown when that was done."""
        assert self._loop is not None
        loop = self._loop

        def draw(data: Dataset) -> Dataset:
            axes = checked_axes(content.get("axes"), data.feature_names)
            return change(data, axes, self._plane if axes == tuple(self._data["axes"]) else None)

        self._tell(c.Do(lambda: self._board.draw(loop, content.get("stroke"), draw), "Drawing"))

    def _undo(self) -> None:
        """Take back what was painted or erased last."""
        assert self._loop is not None
        loop = self._loop
        self._tell(c.Do(lambda: self._board.undo(loop), "Undo"))

    def _show_step(self) -> None:
        """Send the next step in slow motion, of the epoch that is looked at if there is one.

        A run's next step would be over before it is seen; a preview that is under way is asked about once it is there.
        """
        assert self._loop is not None
        loop = self._loop

        def show() -> None:
            if loop.status == "running" or loop.preview.is_under_way:
                return
            told = self._told(loop.preview.ghost or loop.experiment)
            message, buffer = trace_message(told.experiment, told.graph, told.versions)
            self.send(message, [buffer])

        self._tell(c.Do(show, "One step"))

    @property
    def _plane(self) -> Plane:
        """The part of the plane that is shown."""
        return tuple(self._data["x_range"]), tuple(self._data["y_range"])

    # -- what a cell asks -------------------------------------------------------------------------

    def inputs(self, x: object) -> torch.Tensor:
        """What the network gets of samples: the features, standardised if that is so.

        Args:
            x: `(n, d)`, the columns of the data in their own units.

        Returns:
            float32, `(n, inputs)`, on the model's device.

        Raises:
            ValueError: another number of columns.

        Example:
            >>> trainer = PlanarTrainer(features=("x1", "x2", "x1*x2"))
            >>> trainer.model(trainer.inputs(trainer.dataset.x_train)).shape
            torch.Size([500, 1])
        """
        import torch

        assert self._loop is not None
        experiment = self._loop.experiment
        return torch.tensor(experiment.inputs(x), device=experiment.device)

    def __repr__(self) -> str:
        if self._loop is None or self._graph is None:
            return f"<{type(self).__name__}>"
        sizes = "-".join(str(n) for n in (len(self._data["inputs"]), *(layer.units for layer in self._graph.layers)))
        network = sizes if self._graph.layers else type(self.model).__name__
        return f"<{type(self).__name__}: {self.dataset.name}, {network}, epoch {self.epoch}, {self.status}>"

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _describe(self, loop: TrainingLoop) -> None:
        experiment = loop.experiment
        if self._data_shown != experiment.data_version:
            self._data_shown = experiment.data_version
            self._board.saw(experiment.settings.planar)
            own, undo = self._own_features.values(), self._board.can_undo
            self._data = data_trait(experiment.settings, experiment.data_version, self.axes, own, can_undo=undo)
        self._network = network_trait(experiment, self._read_graph(experiment))
        self._choices = self._offered(experiment)

    def _offered(self, experiment: Experiment) -> dict[str, Any]:
        """A `ChoicesTrait`."""
        return choices_trait(experiment)

    def _data_of(self, settings: Settings, version: int) -> Told:
        # The axes of the present, unless the data of that time have no such columns.
        axes: Axes = (
            tuple(self._data["axes"]) if max(self._data["axes"]) < len(settings.dataset.feature_names) else (0, 1)
        )
        return data_trait(settings, version, axes, self._own_features.values(), can_undo=False)

    @property
    def _sight(self) -> object:
        return tuple(self._data.get("axes", ()))

    def _look_at(self, told: Described, wish: ViewState) -> Snapshot:
        data = told.data
        plane = tuple(data["x_range"]), tuple(data["y_range"])
        view = View(*plane, wish.map_size, wish.tile_size, wish.focus, tuple(data["axes"]), wish.wants)
        return take_snapshot(told.experiment, told.graph, view, (data["shown_train"], data["shown_test"]))

    def _parts(self, picture: Snapshot) -> Parts:
        parts: Parts = {
            "parameters": picture.parameters,
            "map": picture.map,
            "tiles": picture.tiles,
            "tile_scales": picture.tile_scales,
            "wrong": picture.wrong,
        }
        if picture.classes is not None:
            parts["classes"] = picture.classes
        if picture.focus_map is not None:
            parts["focus_map"] = picture.focus_map
            parts["focus_scale"] = np.array([picture.focus_scale], dtype=np.float32)
        return parts | picture.inside
