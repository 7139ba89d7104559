"""What an image trainer's pictures go with: network and way, data, and which images are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnwidgets.training.randomness import random_numbers_kept
from nnwidgets.training.way import Way, read_way
from nnwidgets.widgets._describe_images import image_data_trait
from nnwidgets.widgets._gallery import Chosen, Gallery
from nnwidgets.widgets._previewing import Described, PastDescription, Told

if TYPE_CHECKING:
    from nnwidgets.images import ImageDataset
    from nnwidgets.networks import NetworkGraph
    from nnwidgets.training.experiment import Experiment

Shown = tuple[Told, Gallery, Chosen]


@dataclass(frozen=True, eq=False)
class DescribedImages(Described):
    """An experiment with images: also the way through its network, and which images are shown."""

    images: Gallery
    one: Chosen
    way: Way
    way_told: Told

    @property
    def told(self) -> dict[str, Told]:
        """What a browser is told, by the names that it has in a `RecordedPast`."""
        dataset = self.experiment.settings.images
        images = {"gallery": self.images.trait(dataset), "chosen": self.one.trait(dataset)}
        return super().told | {"way": self.way_told} | images

    @property
    def versions(self) -> dict[str, int]:
        """Which of these a picture goes with, by the names that frames have for that."""
        return super().versions | {"gallery_version": self.images.version, "chosen_version": self.one.version}


class PastImages(PastDescription):
    """The descriptions of ghosts with images, beside what is on screen."""

    def forget(self) -> None:
        """Nothing of it is needed any more."""
        super().forget()
        self._way: tuple[Experiment, int, Way] | None = None
        self._images: tuple[ImageDataset, Shown] | None = None

    def way_of(self, ghost: Experiment, graph: NetworkGraph) -> Way:
        """The way through a ghost's network, found once."""
        if self._way is None or self._way[:2] != (ghost, ghost.network_version):
            self._way = ghost, ghost.network_version, way_of(ghost, graph)
        return self._way[2]

    def images_of(self, experiment: Experiment) -> Shown:
        """Images of data that are not on screen, as they would be shown first."""
        dataset = experiment.settings.images
        if self._images is None or self._images[0] is not dataset:
            gallery, one = Gallery(), Chosen()
            gallery.choose_again(experiment)
            one.choose(dataset, int(gallery.images[0]))
            self._images = dataset, (image_data_trait(dataset, self.new_version()), gallery, one)
        return self._images[1]


def way_of(experiment: Experiment, graph: NetworkGraph) -> Way:
    """The way through the network of an experiment, which notices nothing."""
    with random_numbers_kept(experiment):
        return read_way(experiment.eval_model, graph, experiment.feed(experiment.x[:1]))
