"""`NetworkAnatomy`: the inside of any PyTorch model, from its layers to single weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import traitlets

from nnwidgets._front_end import front_end
from nnwidgets.widgets._anatomy_given import given
from nnwidgets.widgets._anatomy_reading import AnatomyReading
from nnwidgets.widgets._anatomy_showing import anatomy_trait, inside_trait, numbers_trait
from nnwidgets.widgets._arguments import show_settings
from nnwidgets.widgets._kernel import cells_here
from nnwidgets.widgets._page_answers import of_anatomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from torch import nn

    from nnwidgets.export._page_types import PageAnswer
    from nnwidgets.widgets._anatomy_bench import Need
    from nnwidgets.widgets._anatomy_source import Measured, Owner, Scene
    from nnwidgets.widgets._anatomy_types import AskedTrait
    from nnwidgets.widgets._base import Trainer

SLOTS = tuple(f"_opened_{number}" for number in range(12))  # layers that stay explorable in a saved notebook

_OF_LAYER = ("selected", "sample", "channel", "pixel", "tensor", "window", "first")

if TYPE_CHECKING:
    _Opened = traitlets.HasTraits
else:
    _Opened = traitlets.MetaHasTraits(
        "_Opened",
        (traitlets.HasTraits,),
        {name: traitlets.Dict(default_value=None, allow_none=True).tag(sync=True) for name in SLOTS},
    )


@show_settings
class NetworkAnatomy(AnatomyReading, _Opened):
    """A model as it runs with an input: its layers in order of execution, and what is in each of them.

    Any `torch.nn.Module` will do. It is run once, on a view of its own, so that the model is left exactly as it was:
    its mode, buffers, gradients, hooks and attributes, and the random numbers. What it does is heard as it happens: the
    order, the shapes, the residual branches, layers that are used again, and weights that are shared are those of the
    run, not those of the code. Its hooks run as in any forward pass, each time that it is run: those of yours that
    keep activations somewhere else will find those of `input` there.

    Things to try: unfold a layer, and press one to see what is in it: weights, feature maps, gradients. Follow a
    residual branch by its arc. Change a weight in a cell, and see it change here. Guess how many parameters there are
    before they are revealed.

    Args:
        model: the module; or one of nnwidgets' trainers, whose network is then followed while it is trained. Neither
            of the two keeps the other. None for the example of `network`.
        input: what the model is called with: a tensor or an array, a batch of samples; a tuple of arguments; or a dict
            of arguments by name. It is moved to the model's device.
        target: what a loss compares the model's output with.
        loss_fn: whose gradients are shown: a function of the model's output, with the `target` as the second argument
            if there is one, or a name such as "cross_entropy". Of no influence on the gradients that the parameters
            have. None to show these.
        training: whether the model runs in training mode. Else it runs in evaluation mode, in which dropout does
            nothing, and batch normalisation uses the statistics that it has collected.
        settings: the traits below.

    Raises:
        TypeError: an unknown argument, of which the message names the nearest; arguments that do not go together; no
            module; a module without an input, for which the message says what its first layer takes.
        traitlets.TraitError: a value that is not allowed; the message says what is.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        >>> anatomy = NetworkAnatomy(model, input=torch.zeros(1, 1, 28, 28))
        >>> anatomy.parameter_count, anatomy.multiply_adds
        (50890, 50816)
        >>> [(layer.key, layer.outputs[0].shape) for layer in anatomy.layers]
        [('0', (1, 784)), ('1', (1, 64)), ('2', (1, 64)), ('3', (1, 10))]
        >>> anatomy.output("1").shape
        (1, 64)
        >>> anatomy.close()

    In a loop of your own:
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> anatomy = NetworkAnatomy(model, input=torch.zeros(1, 1, 28, 28), selected="1")
        >>> with anatomy:
        ...     for _ in range(3):
        ...         optimizer.zero_grad()
        ...         loss = model(torch.rand(8, 1, 28, 28)).square().mean()
        ...         loss.backward()
        ...         optimizer.step()
        ...         anatomy.step(loss)
        >>> anatomy.step_count
        3
        >>> anatomy.close()
    """

    _esm: ClassVar[str] = front_end("anatomy.js")

    status = traitlets.Unicode("reading", read_only=True).tag(sync=True)
    """What is going on: "reading", "ready", "following", "error" or "closed"."""

    _anatomy = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _numbers = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _trouble = traitlets.Unicode("").tag(sync=True)

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "unfolded": "string[] | null",
        "pixel": "number[]",
        "window": "number[]",
        "_anatomy": "AnatomyTrait | null",
        "_numbers": "NumbersTrait | null",
        **dict.fromkeys(SLOTS, "InsideTrait | null"),
    }
    _SCRIPT: ClassVar[str] = ""  # that depends on whose model it is
    _constructor_only: ClassVar[tuple[str, ...]] = ("model", "input", "target", "loss_fn", "training")
    _end_watching: Callable[[], None] | None = None
    _block: AbstractContextManager[None] | None = None  # of `with anatomy:`

    def __init__(
        self,
        model: nn.Module | Trainer | None = None,
        *,
        input: Any = None,  # noqa: A002 (what PyTorch calls it)
        target: Any = None,
        loss_fn: Any = None,
        training: bool = False,
        **settings: Any,
    ) -> None:
        if "trainer" in settings:
            raise TypeError("a trainer is given as the first argument: NetworkAnatomy(trainer)")
        self._given = given(model, input, target, loss_fn, training=training)
        if self._given.owner != "settings" and "network" in settings:
            raise TypeError("network is one of the examples, and there is a model of your own: leave it out")
        self._scene: Scene | None = None
        self._shown = 0  # version of what was shown last of the open layers
        super().__init__(**settings)

    def open(self) -> None:
        """Connect to the browser, and begin to read the model (called by ipywidgets)."""
        super().open()
        if self._given.watch is not None:
            self._end_watching = self._given.watch(self._bench)
        cells_here().register(self)

    def _description(self) -> dict[str, Any]:
        about = super()._description()
        about["script"], about["arguments"] = self._given.script, list(self._given.arguments)
        about["words"] = {name: [setting, dict(texts)] for name, (setting, texts) in self._given.words.items()}
        if self._given.owner != "settings":
            about["presets"] = []
            for each in (about["defaults"], about["first"]):
                del each["network"]
        return about

    # -- verbs --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Run the model again and look at it as it is; waits until it is shown.

        After a cell that has changed the model this is done by itself.

        Raises:
            Exception: why it cannot be shown, or what the model raises.
            RuntimeError: as of `graph`.
        """
        self._refuse_to_wait()
        self._bench.call(lambda *_: None, anew=True)
        if self._bench.error is not None:
            raise self._bench.error

    def step(self, loss: Any = None) -> None:
        """Say that a loop of your own, inside of `with anatomy:`, has made a step.

        Returns at once, unless the numbers on screen are to be renewed: so often that this takes less than 2 % of the
        time, and right after a view has asked for another layer. What is shown are the weights as they are now, and the
        gradients that the parameters have now: call it after `backward()` and before the next `zero_grad()`. The share
        by which weights change is that of the last single step before a measurement: root mean square of its change,
        over evenly spaced entries, over that of the weights.

        Args:
            loss: of the step, to be shown: a number, or a tensor of one.

        Raises:
            RuntimeError: outside of `with anatomy:`.
            TypeError: a loss that is no number.
        """
        self._bench.step(loss)

    def __enter__(self) -> Self:
        """Follow the loop inside of the block; the model belongs to this thread until its end.

        Raises:
            RuntimeError: it is followed already, or closed; or where this would never end.
            TypeError: it is a trainer's, which is followed by itself.
        """
        if self._given.owner == "trainer":
            raise TypeError("a trainer is followed by itself: there is no need of a `with` block")
        self._refuse_to_wait()
        block = self._bench.following()
        block.__enter__()
        self._block = block
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the model as the loop has left it."""
        block, self._block = self._block, None
        assert block is not None
        block.__exit__(kind, error, trace)

    def reset(self) -> None:
        """Go back to the settings that it was made with; an example gets its first weights again."""
        self._bench.restart()
        super().reset()
        self._ask("trace")

    def close(self) -> None:
        """End what is going on, let go of the model, and take the widget off the page; a trainer stays as it is."""
        end, self._end_watching = self._end_watching, None
        if end is not None:
            end()
        super().close()
        if "_given" in vars(self):  # not of one that was refused
            self._given.let_go()

    def wait(self, timeout: float | None = None) -> None:
        """Block until the model is read and shown; inside of `with anatomy:`, read it.

        Raises:
            TimeoutError: it takes longer than `timeout` seconds; it goes on.
            AnatomyError: the model's forward raises, or nothing of it can be shown.
            RuntimeError: where it would never end.
        """
        self._refuse_to_wait()
        super().wait(timeout)

    def _page_answers(self) -> list[PageAnswer]:
        return [] if self.status in ("error", "closed") else of_anatomy(self)

    # -- to and from the bench ----------------------------------------------------------------------

    @traitlets.validate("network")
    def _valid_network(self, proposal: Any) -> str:
        if self._given.owner != "settings":
            raise traitlets.TraitError("this model is not one of the examples: network cannot be changed")
        return str(super()._valid_network(proposal))

    @traitlets.observe("network", "unfolded", *_OF_LAYER)
    def _asked(self, change: Any) -> None:
        needs: dict[str, Need] = {"network": "trace", "unfolded": "rows"}
        if self._about:  # it is open
            self._ask(needs.get(change.name, "inside"))

    def _ask(self, *needs: Need) -> None:
        with self._guard:
            self._bench.ask(self._wish, *(needs or ("trace",)))
            self._show_status()

    def _show_status(self) -> None:
        with self._guard:
            self.set_trait("status", self._bench.status)

    def _show_scene(self, scene: Scene, owner: Owner) -> None:
        if self._scene is not None and self._scene.version > scene.version:
            return  # another thread was faster
        trait = dict(
            anatomy_trait(
                scene.graph, version=scene.version, owner=owner, label=scene.label, unfolded=list(scene.unfolded)
            )
        )
        with self._guard, self.hold_sync():
            if self.status == "closed":
                return
            before, self._scene = self._scene, scene
            if {**trait, "version": 0} != {**(self._anatomy or {}), "version": 0}:
                self._anatomy = trait
            self._trouble = scene.graph.failure
            if before is not None:
                self._keep_what_there_still_is(before, scene)
            self.set_trait("status", self._bench.status)

    def _keep_what_there_still_is(self, before: Scene, scene: Scene) -> None:
        """Close the layer that is no more, and leave what to unfold of another model to that."""
        old, new = ({node.key for node in each.graph.nodes} for each in (before, scene))
        if self.selected in old - new:
            self.selected = ""
        if self.unfolded and old.intersection(self.unfolded) and not new.intersection(self.unfolded):
            self.unfolded = None

    def _show_measured(self, found: Measured) -> None:
        version, of = found.versions
        with self._guard, self.hold_sync():
            if self.status == "closed" or version < self._shown:
                return
            self._shown = version
            if found.rows is not None:
                self._numbers = dict(numbers_trait(found, of, self._bench.share))
            if found.inside is not None:
                trait = inside_trait(found.inside, version=version, of=of, asked=found.asked, note=found.note)
                setattr(self, self._slot(found.asked), dict(trait))
            failure = "" if self._scene is None else self._scene.graph.failure
            self._trouble = failure or found.missing
            self.set_trait("status", self._bench.status)

    def _slot(self, asked: AskedTrait) -> str:
        """Where a layer goes that was opened: where it is already, or in place of the oldest."""
        versions = {}
        for name in SLOTS:
            held = getattr(self, name)
            if held is not None and held["asked"]["selected"] == asked["selected"]:
                return name
            versions[name] = -1 if held is None else held["version"]
        return min(versions, key=versions.__getitem__)

    def _show_failure(self) -> None:
        with self._guard:
            error = self._bench.error
            if error is not None and self.status != "closed":
                self._trouble = self._said(error)
            self.set_trait("status", self._bench.status)

    def _cell_ended(self) -> None:
        self._bench.look()

    def _heed(self, kind: str) -> bool:
        if kind == "refresh":
            self._ask("trace")
        return kind == "refresh"
