"""What can be read of a `NetworkAnatomy` from Python: the graph, tables of it, exact tensors, and a picture."""

from __future__ import annotations

import base64
import io
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from nnwidgets.widgets._anatomy_bench import Bench
from nnwidgets.widgets._anatomy_settings import AnatomySettings
from nnwidgets.widgets._background import BackgroundExplorer
from nnwidgets.widgets._trainer_watch import is_in_callback

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from torch import nn

    from nnwidgets.anatomy.graph import Graph, Node
    from nnwidgets.widgets._anatomy_given import Given
    from nnwidgets.widgets._anatomy_source import Scene

    Array = NDArray[np.generic]

_PICTURE = 3.0  # seconds that a display waits for the static picture


class AnatomyReading(BackgroundExplorer[Bench], AnatomySettings):
    """The part of a `NetworkAnatomy` that answers; not shown by itself."""

    _given: Given

    def _make_background(self) -> Bench:
        return Bench(self, self._given.source)

    @property
    def model(self) -> nn.Module:
        """The live module: what is done to it in a cell is seen when the cell ends, or by `refresh()`."""
        self._refuse_to_wait()
        return self._bench.call(lambda _, source, wish: source.visit(wish, lambda subject: subject.model))

    @property
    def graph(self) -> Graph:
        """The model as it ran, with its `nodes` in order of execution and its `edges`.

        Of one whose forward raises it is what ran before that; `graph.failure` then says what was raised, and where.

        Raises:
            AnatomyError: nothing of the model can be shown; the message says why.
            RuntimeError: where this would never end: under `hold_trait_notifications()`, or in a callback of the
                trainer.
        """
        self._refuse_to_wait()
        return self._bench.read().graph

    @property
    def layers(self) -> tuple[Node, ...]:
        """The modules that hold no others in order of execution, each call of one by itself.

        Each has its `key`, `type`, `inputs` and `outputs` with their shapes, `count` of parameters and `multiply_adds`.
        """
        from nnwidgets.widgets._anatomy_source import layers_of

        return tuple(layers_of(self.graph))

    @property
    def parameter_count(self) -> int:
        """Entries of all parameters that are trained, each once; as `count_parameters(model)` has it."""
        return self.graph.parameter_count

    @property
    def multiply_adds(self) -> int:
        """Products of weights and inputs that are added up on the way through the model, for the whole input."""
        return self.graph.multiply_adds

    @property
    def step_count(self) -> int:
        """How many times `step()` was called."""
        return self._bench.steps

    def output(self, key: str) -> Array | tuple[Array, ...]:
        """What a layer or an operation puts out, exactly; of several tensors a tuple of arrays.

        Args:
            key: its key, such as `"layer1.0.conv1"`, `"layer1.0:add_"`, or `"encoder#2"` for the second call.

        Raises:
            KeyError: there is no such node; the message names the nearest.
            Exception: what the model raises before it comes there.

        Example:
            >>> from nnwidgets import NetworkAnatomy
            >>> anatomy = NetworkAnatomy(network="dense")
            >>> anatomy.output(anatomy.layers[-1].key).shape[1:]
            (10,)
            >>> anatomy.close()
        """
        found = self._captured(key, "outputs")
        return found[0] if len(found) == 1 else found

    def inputs(self, key: str) -> tuple[Array, ...]:
        """What goes into a layer or an operation, exactly: an array for each tensor.

        Args:
            key: as for `output`.

        Raises:
            KeyError, Exception: as of `output`.
        """
        return self._captured(key, "inputs")

    def _captured(self, key: str, which: Literal["inputs", "outputs"]) -> tuple[Array, ...]:
        self._refuse_to_wait()
        return self._bench.call(lambda scene, source, wish: source.captured(scene, wish, key, which))

    def summary(self) -> str:
        """All layers and operations as a table of text: names, classes, shapes, parameters, multiply–adds and memory.

        Example:
            >>> import torch
            >>> from nnwidgets import NetworkAnatomy
            >>> anatomy = NetworkAnatomy(torch.nn.Linear(2, 3), input=torch.zeros(4, 2))
            >>> print(anatomy.summary().splitlines()[-3])
            9 parameters
            >>> anatomy.close()
        """
        from nnwidgets.widgets._anatomy_tables import summary

        return summary(self.graph)

    def to_pandas(self) -> Any:
        """All nodes as a `pandas.DataFrame`, with their keys as its index.

        Raises:
            ImportError: there is no pandas.
        """
        from nnwidgets.widgets._anatomy_tables import table

        return table(self.graph.nodes)

    def figure(self) -> Figure:
        """The layers as they are unfolded, with what is joined to what and how large each is, for print."""
        self._refuse_to_wait()
        return self._drawn(self._bench.read())

    def _drawn(self, scene: Scene) -> Figure:
        from nnwidgets.figures.anatomy import anatomy_figure

        return anatomy_figure(scene.graph, scene.unfolded if self.unfolded is None else self.unfolded)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Beside the widget a picture, which is seen where there is no widget."""
        bundle = super()._repr_mimebundle_(**kwargs)
        picture = self._picture() if bundle else None
        if bundle and picture:
            bundle[0]["image/png"] = picture
        return bundle

    def _picture(self) -> str | None:
        """The figure as PNG, in base64; None where it takes too long, or does not succeed."""
        found: list[str] = []
        ends = time.monotonic() + _PICTURE

        def draw() -> None:
            try:
                self._bench.wait_for_scene(ends - time.monotonic())
                if self._bench.scene is not None:
                    file = io.BytesIO()
                    self._drawn(self._bench.scene).savefig(file, format="png", dpi=100)
                    found.append(base64.b64encode(file.getvalue()).decode("ascii"))
            except Exception:  # noqa: BLE001 (the widget is displayed, with its trouble, whatever became of the picture)
                return

        if self._is_free_to_wait():
            thread = threading.Thread(target=draw, name="nnwidgets-picture", daemon=True)
            thread.start()
            thread.join(_PICTURE)
        return found[0] if found else None

    def _is_free_to_wait(self) -> bool:
        return not (getattr(self._held, "depth", 0) or is_in_callback(self._given.trainer()))

    def _refuse_to_wait(self) -> None:
        self._refuse_under_hold()
        if is_in_callback(self._given.trainer()):
            raise RuntimeError("in a callback of the training this would wait for the training itself")
