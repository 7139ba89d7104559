"""What explorers that need PyTorch bring along into a page: what it would find for other settings.

The page gives an answer as Python does: once just its settings hold, the traits become what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from nnwidgets.concepts.initialization import OF_TRAINING
from nnwidgets.export._page_state import pack, size
from nnwidgets.export._page_types import PageAnswer

if TYPE_CHECKING:
    from nnwidgets.anatomy.graph import Node
    from nnwidgets.widgets._anatomy_settings import Wish
    from nnwidgets.widgets._anatomy_source import Measured, Scene, Source
    from nnwidgets.widgets._explorer import Explorer
    from nnwidgets.widgets.anatomy import NetworkAnatomy
    from nnwidgets.widgets.backprop import BackpropExplorer
    from nnwidgets.widgets.initialization import InitializationExplorer

BUDGET = 3_000_000  # bytes of opened layers
MOST_LAYERS = 100  # for each of them the model is run again
# What is computed for an explorer is small: several threads wait for each other many times as long as one takes for
# all of it, above all where the machine has something else to do.
THREADS = 1


def answer(settings: Mapping[str, Any], **found: Any) -> PageAnswer:
    """What was found with these settings."""
    return {"settings": dict(settings), "found": pack(found)}


def _decisive(explorer: Explorer, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """What these settings were at first, and what each preset makes of them; each once."""
    now, about = explorer._settings(), explorer._about
    wanted = (about["first"], *(now | each["settings"] for each in about["presets"]))
    found: list[dict[str, Any]] = []
    for settings in wanted:
        decides = pack({name: settings[name] for name in names})["traits"]
        if decides not in found:
            found.append(decides)
    return found


def of_backprop(explorer: BackpropExplorer, settings: tuple[str, ...]) -> list[PageAnswer]:
    """The first pass with what it was made with, and with each of the presets."""
    from nnwidgets.training.threads import in_threads
    from nnwidgets.widgets._backprop_source import OfSettings

    def found(decides: dict[str, Any]) -> PageAnswer:
        recorded = replace(OfSettings().record(decides, checks=True), number=1)
        return answer(decides, _pass=explorer._pass_trait(recorded), number=1, _trouble="", status="ready")

    with in_threads(THREADS):
        return [found(decides) for decides in _decisive(explorer, settings)]


def of_initialization(explorer: InitializationExplorer, settings: tuple[str, ...]) -> list[PageAnswer]:
    """What goes through the networks that it was made with, and through those of each preset, before a training."""
    from nnwidgets.training.schemes import SchemeRuns
    from nnwidgets.training.threads import in_threads
    from nnwidgets.widgets._initialization_showing import measured_trait, training_trait

    of_training = {name: getattr(explorer, name) for name in OF_TRAINING}

    def found(decides: dict[str, Any]) -> PageAnswer:
        runs = SchemeRuns(decides | of_training)
        measured = runs.measure()
        explorer._version += 1
        return answer(
            decides,
            _measured=measured_trait(measured, measured.predicted, explorer._version),
            _training=training_trait(runs) | {"version": explorer._version},
            epoch=0,
            status="ready",
        )

    with in_threads(THREADS):
        return [found(decides) for decides in _decisive(explorer, settings)]


def of_anatomy(anatomy: NetworkAnatomy) -> list[PageAnswer]:
    """Layers as they open when a row is pressed, the smaller first, as many as find room."""
    from nnwidgets.widgets._anatomy_showing import inside_trait

    def look(scene: Scene, source: Source, wish: Wish) -> list[PageAnswer]:
        answers: list[PageAnswer] = []
        left = BUDGET
        for node in sorted(scene.graph.nodes, key=_extent)[:MOST_LAYERS]:
            found = _opened(node, scene, source, wish)
            if found is None or found.inside is None:
                continue
            version, of = anatomy._bench.number(), found.versions[1]
            trait = inside_trait(found.inside, version=version, of=of, asked=found.asked, note=found.note)
            made = answer(found.asked, _opened_0=trait)
            left -= size(made["found"])
            if left < 0:
                break
            answers.append(made)
        return answers

    return anatomy._bench.call(look)


def _opened(node: Node, scene: Scene, source: Source, wish: Wish) -> Measured | None:
    asked = wish.asked | {"selected": node.key, "channel": 0, "pixel": [], "tensor": "", "window": [], "first": 0}
    return source.measure(scene, replace(wish, asked=asked), rows=False, follows=False)


def _extent(node: Node) -> int:
    """Numbers that are to be shown of a node, or somewhat more."""
    return node.count + sum(prod(tensor.shape) for tensor in (*node.inputs, *node.outputs))
