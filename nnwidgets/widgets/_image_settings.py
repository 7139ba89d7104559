"""The settings of an image trainer: its data, and how a run goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from nnwidgets._checks import whole
from nnwidgets.images import ImageDataset, as_images
from nnwidgets.training import commands as c
from nnwidgets.widgets._named import checked
from nnwidgets.widgets._network_settings import NetworkSettings

if TYPE_CHECKING:
    from nnwidgets.training.loop import TrainingLoop

MOST_NEURONS = 512  # of a hidden layer that can be asked for on screen


class ImageSettings(NetworkSettings):
    """The traits of an image trainer, how they are checked, and the commands that they become."""

    dataset = traitlets.Any(None)
    dataset.allow_none = False
    """The images, as an `ImageDataset`. Set it to others of the same size; the weights stay."""

    learning_rate = traitlets.Float(1e-3).tag(sync=True)
    """Step size η of the updates, above 0. A change keeps the optimizer's state."""

    batch_size = traitlets.Int(64).tag(sync=True)
    """Images per step, 1 to the number of training images; the last batch of an epoch may be smaller."""

    loss_fn = traitlets.Any("cross_entropy").tag(
        sync=True, to_json=lambda value, _: value if isinstance(value, str) else "custom"
    )
    """The loss: "cross_entropy", or a callable `(logits, classes) -> scalar tensor`, of `(n, n_classes)` float32 and
    `(n,)` int64."""

    hidden_layers = traitlets.Any((64, 64)).tag(sync=True)
    hidden_layers.allow_none = False
    """Neurons of each hidden layer, input side first, such as `(64, 64)`. Weights that stay are kept."""

    activation = traitlets.Any("relu").tag(sync=True)
    activation.allow_none = False
    """Activation of the hidden layers: a name in `nnwidgets.functions.ACTIVATIONS`, or one for each of them."""

    speed = traitlets.Float(None, allow_none=True).tag(sync=True)
    """Epochs per second of a played run; None for as fast as possible."""

    epochs = traitlets.Int(10, allow_none=True).tag(sync=True)
    """Epochs of a run that Play begins; None lets it run until paused. At its end Play begins as many again."""

    shuffle = traitlets.Bool(default_value=False).tag(sync=True)
    """Whether the batches of each epoch are drawn anew; without it they are the images in their order."""

    device_name = traitlets.Unicode("cpu", read_only=True).tag(sync=True)
    """Where model and data are: "cpu", "cuda" or "mps"."""

    _browser_settings = NetworkSettings._browser_settings | frozenset(("epochs", "shuffle"))
    _most_neurons = MOST_NEURONS

    # -- validation -------------------------------------------------------------------------------

    @traitlets.validate("dataset")
    def _valid_dataset(self, proposal: Any) -> ImageDataset:
        made: ImageDataset = checked(as_images, proposal.value)
        if self._is_set and made.shape != self.dataset.shape:
            raise traitlets.TraitError(
                f"dataset must have images of the same size, {_size(self.dataset)}; got {_size(made)}: "
                "for others make a new trainer"
            )
        return made

    @traitlets.validate("loss_fn")
    def _valid_loss_fn(self, proposal: Any) -> Any:
        value = "cross_entropy" if proposal.value is None else proposal.value
        if value == "cross_entropy" or callable(value):
            return value
        raise traitlets.TraitError(
            f'loss_fn must be "cross_entropy", or a callable of logits and classes; got {proposal.value!r}'
        )

    @traitlets.validate("epochs")
    def _valid_epochs(self, proposal: Any) -> int | None:
        value: int | None = None if proposal.value is None else checked(whole, "epochs", proposal.value, 1, None)
        return value

    # -- settings become commands -----------------------------------------------------------------

    @traitlets.observe("dataset")
    def _dataset_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetData(change.new))

    @traitlets.observe("shuffle")
    def _shuffle_changed(self, change: Any) -> None:
        if self._is_set:
            self._change(c.SetShuffle(change.new))

    def play(self) -> None:
        """Train, up to the end of the `epochs` that a run is planned for: what the Play button does."""
        self._tell(c.Play(self.epochs))

    # -- from the loop to the traits ---------------------------------------------------------------

    def _set_settings(self, loop: TrainingLoop) -> None:
        super()._set_settings(loop)
        self.dataset = loop.experiment.settings.dataset
        self.shuffle = loop.experiment.settings.shuffle
        self.set_trait("device_name", loop.experiment.device.type)


def _size(dataset: ImageDataset) -> str:
    return " × ".join(map(str, dataset.shape))
