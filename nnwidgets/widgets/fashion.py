"""`FashionTrainer`: a network learns to tell ten kinds of clothes apart, while you watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from nnwidgets.fashion import load_fashion_mnist
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets.images import ImageTrainer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import torch

    from nnwidgets.fashion import Source
    from nnwidgets.images import ImageDataset


@show_settings
class FashionTrainer(ImageTrainer):
    """Train a network to tell ten kinds of clothes apart: Fashion-MNIST, live in the notebook.

    60,000 training and 10,000 test images of 28 × 28 grey pixels; where they cannot be had, the 6,000 and 1,000 that
    come with nnwidgets, which the picture says. The network has 784-64-64-10 units, 55,050 parameters.

    Args:
        dataset: images as `load_fashion_mnist` gives them; None loads them.
        root: the folder with the data, or for them.
        source: "auto", "full" or "bundled", as for `load_fashion_mnist`.
        download: whether they may be downloaded.
        model, engine, device, threads, frozen, settings: as for `ImageTrainer`.

    Example:
        >>> trainer = FashionTrainer(source="bundled", learning_rate=0.1)
        >>> trainer
        <FashionTrainer: Fashion-MNIST, 784-64-64-10, epoch 0, idle>
        >>> trainer.step(100)
        >>> trainer.step_count, trainer.test_accuracy > 0.4
        (100, True)
        >>> trainer.close()
    """

    _KIND: ClassVar[str] = "nnwidgets.FashionTrainer"
    _DATA: ClassVar[str] = "dataset"

    def __init__(
        self,
        dataset: ImageDataset | None = None,
        *,
        root: str | os.PathLike[str] = "data",
        source: Source = "auto",
        download: bool = True,
        model: torch.nn.Module | None = None,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(
            load_fashion_mnist(root, source=source, download=download) if dataset is None else dataset,
            model=model,
            engine=engine,
            device=device,
            threads=threads,
            frozen=frozen,
            **settings,
        )
