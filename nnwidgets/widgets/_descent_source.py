"""What a `DescentExplorer` was given to descend: a function of the reader's, or a trainer; sampled, and described."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from nnwidgets._checks import one_of, positive, whole
from nnwidgets.concepts.own_functions import checked_window, count_arguments, sample_function
from nnwidgets.concepts.sampled import Grid, grid_from, sampled_surface
from nnwidgets.concepts.surfaces import Surface
from nnwidgets.widgets._descent_code import SCRIPT

if TYPE_CHECKING:
    from nnwidgets.training.landscape import Directions, Landscape
    from nnwidgets.widgets._base import Trainer

_LONGEST_LABEL = 16
_MOST_NODES = 101


@dataclass(frozen=True, eq=False)
class OwnSurface:
    """A sampled surface, and what is said of it.

    Attributes:
        fact: what it is, in a line.
        note: that it is sampled, and how.
        expression: what stands for it in a call.
        code: the body of a function of the weights `w` in a script.
        middle: a place to mark: where the network is.
        path: places that a training has gone through, in the plane.
    """

    grid: Grid
    surface: Surface
    fact: str
    note: str
    expression: str
    code: str
    middle: tuple[float, float] | None = None
    path: tuple[tuple[float, float], ...] = ()

    @property
    def description(self) -> dict[str, Any]:
        """What the browser needs to go on with the grid."""
        surface = self.surface
        return {
            "label": surface.label,
            "fact": self.fact,
            "note": self.note,
            "window": [list(bounds) for bounds in surface.window],
            "sizes": list(reversed(self.grid.nodes.shape[1:])),
            "start": list(surface.start),
            "learningRate": surface.learning_rate,
            "steps": surface.steps,
            "lowest": surface.lowest,
            "tolerance": surface.tolerance,
            "minima": [list(point) for point in surface.minima],
            "middle": None if self.middle is None else list(self.middle),
            "path": [list(point) for point in self.path],
        }


def own_surface(source: Any, window: Any, dimensions: int | None) -> OwnSurface | None:
    """What `DescentExplorer(source)` descends; None for a surface with a name.

    Raises:
        TypeError: what is neither callable nor a trainer, and arguments that go with functions only.
        ValueError: a window that is none; a function without a finite value in it.
        Exception: what the function raises.
    """
    is_function = callable(source) and not _is_trainer(source)
    if not is_function and (window is not None or dimensions is not None):
        msg = "window and dimensions go with a function: DescentExplorer(function, window=...)"
        raise TypeError(msg)
    if source is None or isinstance(source, OwnSurface):
        return source
    if _is_trainer(source):
        return trainer_surface(source)
    if not is_function:
        msg = f"source must be a function of one or two weights, or a trainer, not {source!r}"
        raise TypeError(msg)
    return _of_function(source, window, dimensions)


def _of_function(function: Callable[..., Any], window: Any, dimensions: int | None) -> OwnSurface:
    count = count_arguments(function) if dimensions is None else whole("dimensions", dimensions, 1, 2)
    grid, how = sample_function(function, checked_window(window, count))
    name = getattr(function, "__name__", type(function).__name__)
    label = "own function" if name == "<lambda>" else name[:_LONGEST_LABEL]
    across = " × ".join(str(size) for size in reversed(grid.nodes.shape[1:]))
    fact = f"five optimizers on a function of {'one weight' if count == 1 else 'two weights'} of your own"
    gradient = "PyTorch’s gradient" if how == "autograd" else "differences for its gradient"
    note = f"sampled at {across} points, with {gradient}"
    expression = name if name.isidentifier() else "your_function"
    called = f"your_{expression}" if re.search(rf"\b{expression}\b", SCRIPT) else expression
    code = f"    return {called}(*w)  # your function, for tensors; the widget goes by samples of it"
    return OwnSurface(grid, sampled_surface(grid, label=label), fact, note, expression, code)


def trainer_surface(
    trainer: Trainer, directions: str = "random", *, seed: int = 0, extent: float = 1.0, size: int = 41
) -> OwnSurface:
    """The loss of a trainer's network along two directions; see `DescentExplorer.of`."""
    from nnwidgets.training import commands as c
    from nnwidgets.training.landscape import look_around, states_of

    if not _is_trainer(trainer):
        msg = f"trainer must be one of nnwidgets' trainers, not {trainer!r}"
        raise TypeError(msg)
    way = cast("Directions", one_of("directions", directions, ("random", "path")))
    seed = whole("seed", seed, 0, None)
    extent = positive("extent", extent)
    size = whole("size", size, 3, _MOST_NODES)
    loop = trainer._loop
    assert loop is not None

    def look() -> tuple[Landscape, int]:
        experiment, past = loop.experiment, loop.past
        states = states_of(experiment, past, loop.engine) if way == "path" else ()
        found = look_around(experiment, states, way, seed=seed, extent=extent, size=size)
        return found, experiment.position.epoch

    found, epoch = trainer._tell(c.Do(look, "The loss surface"))
    grid = grid_from(found.parts, found.window)
    which = "two random directions" if directions == "random" else "the two main directions of its training"
    fact = f"the network of a {type(trainer).__name__} after {epoch:,} epochs, along {which}"
    note = f"sampled at {size} × {size} points, over {found.n_samples:,} training samples"
    # A start on the path, or beside the middle: where training came from, if that is known.
    start = found.path[0] if found.path else None
    code = "    raise RuntimeError('a trainer\u2019s loss was sampled: it has no formula')"
    surface = sampled_surface(grid, label="network", start=start)
    return OwnSurface(grid, surface, fact, note, "trainer", code, (0.0, 0.0), found.path)


def _is_trainer(source: Any) -> bool:
    """Without importing PyTorch, which whoever has a trainer has done."""
    base = sys.modules.get("nnwidgets.widgets._base")
    return base is not None and isinstance(source, base.Trainer)
