"""What a cell may ask of the errors and gradients that the panels show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets.training.insight import confusion, loss_gradients
from nnwidgets.widgets._files import Files

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from nnwidgets.training.loop import TrainingLoop


class Inside(Files):
    """The part of a trainer that tells its errors and gradients."""

    def confusion_matrix(self, on: str = "train") -> NDArray[np.int64]:
        """How many samples of each class are taken for which, at the present weights.

        Args:
            on: "train" for the training set, "test" for the test set.

        Returns:
            int64, `(n_classes, n_classes)`: row = true class, column = predicted class, both in the order of
            `dataset.class_names`; the diagonal is what is right.

        Raises:
            ValueError: another set, or one without samples; data with values to predict.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> trainer = PlanarTrainer("gaussians", n_samples=40)
            >>> trainer.confusion_matrix().sum(axis=1)
            array([20, 20])
        """
        if on not in ("train", "test"):
            raise ValueError(f'on must be "train" or "test"; got {on!r}')

        def count(loop: TrainingLoop) -> NDArray[np.int64]:
            experiment = loop.experiment
            if not experiment.settings.dataset.n_classes:
                raise ValueError("the data has values to predict, of which none is taken for another")
            x, y = (experiment.x, experiment.y) if on == "train" else (experiment.x_test, experiment.y_test)
            if not len(x):
                raise ValueError(f"there are no {on} samples")
            return confusion(experiment, x, y)

        return self._between_steps(count)

    def gradients(self) -> dict[str, torch.Tensor | None]:
        """The gradients of the loss over the whole training set at the present weights, as the panels show them.

        They are what `loss_fn(model(x), y).backward()` leaves in evaluation mode, without penalties, also for frozen
        parameters; the model's own `.grad` stays what the last step left.

        Returns:
            By the names of `model.named_parameters()`; None where the loss does not depend on a parameter.

        Raises:
            RuntimeError: the model or the loss cannot be derived here.

        Example:
            >>> from nnwidgets import PlanarTrainer
            >>> {name: tuple(gradient.shape) for name, gradient in PlanarTrainer().gradients().items()}
            {'0.weight': (2, 2), '0.bias': (2,), '2.weight': (1, 2), '2.bias': (1,)}
        """

        def derive(loop: TrainingLoop) -> dict[str, torch.Tensor | None]:
            names = (name for name, _ in loop.experiment.model.named_parameters())
            return dict(zip(names, loss_gradients(loop.experiment), strict=True))

        return self._between_steps(derive)
