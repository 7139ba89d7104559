"""`ImageTrainer`: a network learns to tell images apart, while you watch."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import traitlets

from nnwidgets._front_end import front_end
from nnwidgets._limits import pace
from nnwidgets.images import ImageDataset, as_images
from nnwidgets.networks import NetworkGraph, read_network
from nnwidgets.training import commands as c
from nnwidgets.training.image_probes import IMAGE_WANTS, ImagePicture, ImageView, take_images
from nnwidgets.training.probes import Evaluation
from nnwidgets.training.way import Way
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._channel import ViewState
from nnwidgets.widgets._describe import choices_trait, network_trait
from nnwidgets.widgets._describe_images import image_data_trait, way_trait
from nnwidgets.widgets._described_images import DescribedImages, PastImages, way_of
from nnwidgets.widgets._frames import Parts
from nnwidgets.widgets._gallery import Chosen, Gallery, checked_filter
from nnwidgets.widgets._image_files import ImageFiles
from nnwidgets.widgets._image_settings import ImageSettings
from nnwidgets.widgets._inside import Inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from nnwidgets.training.experiment import Experiment
    from nnwidgets.training.loop import TrainingLoop
    from nnwidgets.training.settings import Settings
    from nnwidgets.widgets._previewing import Described, PastDescription

LOOK_INTERVAL = 0.45  # seconds from one look at the test set to the next, at least: drawing it takes a page longer
LOOK_SHARE = 0.05  # of a run's time that may go into them
_FIRST_SIGHT = frozenset(IMAGE_WANTS) - {"weights", "histograms"}  # of a page that nobody has opened yet


@show_settings
class ImageTrainer(Inside, ImageFiles, ImageSettings):
    """Train a network to tell images apart, live in the notebook.

    The defaults are a classic experiment: two hidden layers of 64 ReLU neurons, cross-entropy, plain gradient descent
    with learning rate 0.001 and batches of 64 in the order of the images, 10 epochs.

    Args:
        train: an `ImageDataset`; a dataset of torchvision's, or any of PyTorch's whose samples are an image and its
            class; a pair `(X, y)` of images `(n, h, w)` or `(n, channels, h, w)` and their classes; or a bunch of
            scikit-learn's, such as `load_digits()`.
        test: likewise; without it a sixth of the images is held out.
        classes: what the classes are called.
        model: any `torch.nn.Module` from `(n, channels, h, w)` float32 to `(n, n_classes)` logits, in place of a
            network of ours. It is trained itself, not a copy.
        engine: as for `PlanarTrainer`; networks for images are trained by PyTorch itself.
        device: of model and data, such as "cuda"; None for the CPU.
        threads: PyTorch's intra-op threads while training; part of what makes a run repeatable.
        frozen: what training leaves alone from the start, as for `PlanarTrainer`.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument; the message names the nearest.
        ValueError, traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> trainer = ImageTrainer(load_digits(), hidden_layers=(32,), learning_rate=0.1)
        >>> trainer.train(epochs=5)
        >>> trainer.wait()
        >>> trainer.epoch, trainer.test_accuracy > 0.7
        (5, True)
        >>> trainer.close()
    """

    _esm: ClassVar[str] = front_end("images.js")
    _css: ClassVar[str] = front_end("nnwidgets.css")
    _KIND: ClassVar[str] = "nnwidgets.ImageTrainer"
    _DATA: ClassVar[str] = "train"
    _WANTS: ClassVar[tuple[str, ...]] = IMAGE_WANTS
    _RECORDED: ClassVar[frozenset[str]] = frozenset(IMAGE_WANTS) - {"weights"}  # their change, as is shown first
    _SPEAKS: ClassVar[Literal["planes", "images"]] = "images"
    _RHYTHM: ClassVar[tuple[float, float]] = 0.1, 0.25
    PANELS: ClassVar[tuple[str, ...]] = (
        "images", "mistakes", "way", "first_layer", "curves", "hyperparameters", "diagnosis", "timeline",
        "distributions",
    )  # fmt: skip
    CONTROLS: ClassVar[tuple[str, ...]] = (
        "play", "step", "reset", "rewind", "choose", "own_image", "epochs", "batch_size", "shuffle", "hidden_layers",
        "activation", "loss_fn", "optimizer", "optimizer_options", "learning_rate", "schedule", "l1", "l2", "dropout",
        "initialiser", "initial_scale", "stop_when", "seed", "pin", "code", "presentation", "menu",
    )  # fmt: skip

    _data = traitlets.Dict().tag(sync=True)
    _way = traitlets.Dict().tag(sync=True)
    _gallery = traitlets.Dict(None, allow_none=True).tag(sync=True)
    _chosen = traitlets.Dict(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        train: object,
        test: object = None,
        *,
        classes: Sequence[str] | None = None,
        model: torch.nn.Module | None = None,
        engine: str = "auto",
        device: torch.device | str | None = None,
        threads: int = 1,
        frozen: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self._data_shown: ImageDataset | None = None
        self._images = Gallery()
        self._one = Chosen()
        self._way_found: tuple[int, Way] = (-1, Way(()))
        self._look_due = 0.0
        self._look_pause = LOOK_INTERVAL
        self._stood = True  # whether the last picture was of a state that stood still
        self._train = Evaluation()  # when it was looked at last
        # The version of a ghost's network, the network as layers, and its way.
        self._past_shown: tuple[int, NetworkGraph, Way] | None = None
        super().__init__(
            dataset=as_images(train, test, classes),
            model=model,
            engine=engine,
            device=device,
            threads=threads,
            frozen=frozen,
            **settings,
        )

    def _first_settings(self, settings: Settings) -> Settings:
        settings = replace(settings, shuffle=self.shuffle)
        if self._model is not None and "loss_fn" not in self._explicit:
            settings = replace(settings, loss_fn=None)  # the usual one, which is no loss for outputs that are shares
        if settings.network is not None:
            network = replace(settings.network, flatten=True, in_features=settings.n_inputs)
            settings = replace(settings, network=network)
        if "batch_size" not in self._explicit:
            settings = replace(settings, batch_size=min(self.batch_size, len(self.dataset.x_train)))
        return settings

    def __repr__(self) -> str:
        name = type(self).__name__
        if self._loop is None or self._graph is None:
            return f"<{name}>"
        sizes = "-".join(str(n) for n in (self._graph.in_features, *(layer.units for layer in self._graph.layers)))
        network = sizes if self._graph.layers else type(self.model).__name__
        return f"<{name}: {self.dataset.label}, {network}, epoch {self.epoch}, {self.status}>"

    # -- what a cell asks -------------------------------------------------------------------------

    def inputs(self, x: Any) -> torch.Tensor:
        """What the network gets of images that lie as those of `dataset` do: bytes as shares of its `scale`.

        Args:
            x: `(n, channels, h, w)`, or `(n, h, w)` of grey ones.

        Returns:
            float32, `(n, channels, h, w)`, on the model's device.

        Raises:
            ValueError: images of another size.

        Example:
            >>> from sklearn.datasets import load_digits
            >>> trainer = ImageTrainer(load_digits(), hidden_layers=(8,))
            >>> trainer.model(trainer.inputs(trainer.dataset.x_test[:5])).shape
            torch.Size([5, 10])
            >>> trainer.close()
        """
        import torch

        assert self._loop is not None
        shape = self.dataset.shape
        images = np.asarray(x)
        if images.ndim == 3 and shape[0] == 1:
            images = images[:, None]
        if images.shape[1:] != shape:
            size = " × ".join(map(str, shape))
            raise ValueError(
                f"x must have the shape (n, {', '.join(map(str, shape))}), images of {size}; got {images.shape}"
            )
        scaled = torch.tensor(images, dtype=torch.float32).div_(self.dataset.scale)
        return scaled.to(self._loop.experiment.device)

    # -- what a view asks -------------------------------------------------------------------------

    def _show_gallery(self, content: dict[str, Any]) -> None:
        """Have other test images shown."""

        def choose(experiment: Experiment) -> None:
            self._images.choose(experiment, **checked_filter(content, experiment.settings.dataset.n_classes))

        self._show_images("gallery", content, choose)

    def _choose(self, content: dict[str, Any]) -> None:
        """Follow a test image on its way through the network."""
        self._show_images(
            "one", content, lambda experiment: self._one.choose(experiment.settings.images, content.get("image"))
        )

    def _show_own(self, content: dict[str, Any]) -> None:
        """Follow an image of the reader's own."""
        self._show_images("one", content, lambda experiment: self._one.show(experiment.settings.images, content))

    def _show_images(self, what: str, content: dict[str, Any], change: Callable[[Experiment], None]) -> None:
        """Do what a view asks for; what is wrong with it is told, what is right only of the newest that has come."""
        self._asked[what] = content

        def show() -> None:
            experiment = self._looked_at
            change(experiment)
            if self._asked[what] is content:
                self._tell_images(experiment)

        self._tell(c.Do(show, "Showing images"))

    @property
    def _looked_at(self) -> Experiment:
        """What is on screen: the run, or its ghost."""
        assert self._loop is not None
        return self._loop.preview.ghost or self._loop.experiment

    def _tell_images(self, experiment: Experiment) -> None:
        """Other images are to be seen: they, and what the network makes of them, are shown at once."""
        self._describe_images(experiment.settings.images)
        self._look_due = 0.0
        self._publisher.sight_changed()
        self._publisher.send_picture(full=False)

    # -- from the loop to the traits and the browser ----------------------------------------------

    def _describe(self, loop: TrainingLoop) -> None:
        experiment = loop.experiment
        self._describe_data(experiment)
        self._network = network_trait(experiment, self._read_graph(experiment))
        self._way = way_trait(self._find_way(experiment), experiment.network_version)
        self._past_shown = None
        self._choices = choices_trait(experiment) | {"datasets": [], "lessons": [], "speeds": []}

    def _describe_data(self, experiment: Experiment) -> None:
        """If its images are others than those on screen, these are shown from now on."""
        dataset = experiment.settings.images
        if self._data_shown is dataset:
            return
        self._data_shown = dataset
        self._data = image_data_trait(dataset, self._data.get("version", 0) + 1)
        self._images.choose_again(experiment)
        self._one.keep_within(dataset)
        if self._one.version == 0:
            self._one.choose(dataset, int(self._images.images[0]))
        self._describe_images(dataset)
        self._look_due = 0.0

    def _describe_images(self, dataset: ImageDataset) -> None:
        self._gallery, self._chosen = self._images.trait(dataset), self._one.trait(dataset)

    def _describe_past(self, ghost: Experiment | None) -> None:
        """Describe network and images of the epoch that is looked at, where they are not the present ones."""
        assert self._loop is not None
        self._describe_data(ghost or self._loop.experiment)
        if ghost is None or ghost.settings.network == self._loop.experiment.settings.network:
            if self._past_shown is not None:
                self._describe(self._loop)
            return
        if self._past_shown is None or self._past_shown[0] != ghost.network_version:
            graph = read_network(ghost.model, ghost.x[:1])
            self._past_shown = ghost.network_version, graph, way_of(ghost, graph)
            version = -ghost.network_version  # no frame of the past is taken for one of the present
            self._network = network_trait(ghost, graph) | {"version": version, "editable": False}
            self._way = way_trait(self._past_shown[2], version)

    def _told(self, experiment: Experiment) -> DescribedImages:
        assert self._loop is not None
        present = self._loop.experiment
        past = self._past_shown if experiment is not present else None
        graph, way = (self._read_graph(present), self._find_way(present)) if past is None else past[1:]
        return DescribedImages(experiment, graph, self._network, self._data, self._images, self._one, way, self._way)

    @property
    def _sight(self) -> object:
        return self._images.version, self._one.version

    def _new_past(self) -> PastImages:
        return PastImages()

    def _told_aside(self, experiment: Experiment, known: PastDescription) -> DescribedImages:
        assert self._loop is not None
        assert isinstance(known, PastImages)
        present = self._loop.experiment
        graph, way = self._read_graph(present), self._find_way(present)
        network = network_trait(present, graph)
        if experiment is not present:
            graph = known.follow_network(experiment, network)
            way = way if known.network is network else known.way_of(experiment, graph)
            network = known.network
        is_shown = experiment.settings.images is self._data_shown
        shown = (self._data, self._images, self._one) if is_shown else known.images_of(experiment)
        data, images, one = shown
        told = way_trait(way, network["version"])
        return DescribedImages(experiment, graph, network, data, images, one, way, told)

    def _find_way(self, experiment: Experiment) -> Way:
        version, way = self._way_found
        if version != experiment.network_version:
            way = way_of(experiment, self._read_graph(experiment))
            self._look_due = 0.0  # of this network nothing is on screen
            self._way_found = experiment.network_version, way
        return way

    def _picture(self, told: Described, wish: ViewState) -> ImagePicture:
        assert self._loop is not None
        started, is_ghost = time.monotonic(), told.experiment is not self._loop.experiment
        if not (wish.lasting or is_ghost):
            if self._stood:  # the picture of then is still on screen
                self._look_due = started + self._look_pause
            if started < self._look_due:
                self._stood = False
                return ImagePicture({}, self._train)
        self._stood = wish.lasting
        # Looks have a pace of their own: on a slow link, too, each brings all that is on screen.
        wants = wish.wants or self._channel.wanted() or (_FIRST_SIGHT if wish.lasting else frozenset())
        picture = self._look_at(told, replace(wish, wants=wants))
        done = time.monotonic()
        if not is_ghost:
            self._train = picture.train
        self._look_pause = max(pace(LOOK_INTERVAL), (done - started) / LOOK_SHARE)
        self._look_due = done + self._look_pause
        return picture

    def _look_at(self, told: Described, wish: ViewState) -> ImagePicture:
        assert self._loop is not None
        assert isinstance(told, DescribedImages)
        chosen = told.one.sample(told.experiment.settings.images)
        start = self._loop.checkpoints.items[0].state
        return take_images(told.experiment, told.way, ImageView(told.images.images, chosen, wish.wants, start))

    def _parts(self, picture: ImagePicture) -> Parts:
        return picture.parts
