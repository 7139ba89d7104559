"""What a trainer lets be drawn of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, TypeVar

if TYPE_CHECKING:
    from nnwidgets._drawing import Takes
    from nnwidgets.datasets import Dataset
    from nnwidgets.features import Inputs
    from nnwidgets.images import ImageDataset

T = TypeVar("T")


@dataclass(frozen=True)
class State:
    """A trainer between two steps.

    Attributes:
        model: whose outputs are drawn.
        data: what it is trained on.
        takes: of points, what the model puts out; None where that is not known.
        inputs: of points, what the model gets of them; None for their columns.
    """

    model: Callable[..., Any]
    data: Dataset | ImageDataset
    takes: Takes | None = None
    inputs: Inputs | None = None


class Drawable(Protocol):
    """A trainer, as pictures know it; of points it has ``axes``, the two columns that it shows, too."""

    dataset: Any

    def _with_state(self, compute: Callable[[State], T]) -> T:
        """What a function makes of the state, which stays as it is meanwhile."""


def is_trainer(value: object) -> TypeGuard[Drawable]:
    """Whether it is a trainer of points or images."""
    return hasattr(value, "_with_state")
