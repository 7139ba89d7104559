"""What a `NetworkAnatomy` was given to look at: nothing but settings, a module of the reader's own, or a trainer."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnwidgets._checks import one_of
from nnwidgets.functions import LOSSES
from nnwidgets.widgets._anatomy_code import example_script, given_script, trainer_script
from nnwidgets.widgets._trainer_watch import Looking, is_trainer, watch_trainer

if TYPE_CHECKING:
    from torch import nn

    from nnwidgets.anatomy.arguments import Arguments
    from nnwidgets.widgets._anatomy_source import Gradients, Source
    from nnwidgets.widgets._base import Trainer
    from nnwidgets.widgets._literals import Words


@dataclass
class Given:
    """Whose model it is, and what follows from that.

    Attributes:
        owner: "settings", "module" or "trainer".
        arguments: of a call that makes the widget again.
        script, words: of the code that is shown.
        source: makes what is worked with, in the background.
        trainer: it, as long as it lives.
        watch: begins to have a bench told of what happens to it; what it returns ends that.
    """

    owner: str
    source: Callable[[], Source]
    arguments: tuple[str, ...] = ()
    script: str = ""
    words: Words = field(default_factory=dict)
    trainer: Callable[[], Trainer | None] = lambda: None
    watch: Callable[[Looking], Callable[[], None]] | None = None

    def let_go(self) -> None:
        """Do not keep the model any longer."""
        self.source = _gone


def _gone() -> Source:
    raise RuntimeError("this widget is closed")


def given(model: Any, input_: Any, target: Any, loss_fn: Any, *, training: bool) -> Given:
    """What the arguments of a `NetworkAnatomy` say.

    Raises:
        TypeError: something is missing, does not go with the rest, or is of another kind.
        ValueError: an input that is none.
    """
    if not isinstance(training, bool):
        raise TypeError(f"training must be True or False, not {training!r}")
    if model is None or is_trainer(model):
        for name, value in (("input", input_), ("target", target), ("loss_fn", loss_fn)):
            if value is not None:
                whose = "needs a model: NetworkAnatomy(model, input=...)" if model is None else _OF_TRAINER
                raise TypeError(f"{name}= {whose}")
        return _example(training=training) if model is None else _trainer(model, training=training)
    return _module(_checked_module(model), input_, target, loss_fn, training=training)


SAMPLES = 32  # of a trainer's that go through its network
_OF_TRAINER = "does not go with a trainer, which has samples and a loss of its own: leave it out"


def _example(*, training: bool) -> Given:
    def source() -> Source:
        from nnwidgets.widgets._anatomy_source import OfExample

        return OfExample(training=training)

    script, words = example_script(training=training)
    return Given("settings", source, _mode(training=training), script, words)


def _mode(*, training: bool) -> tuple[str, ...]:
    return ("training=True",) if training else ()


def _trainer(trainer: Trainer, *, training: bool) -> Given:
    held = weakref.ref(trainer)

    def source() -> Source:
        from nnwidgets.widgets._anatomy_source import OfTrainer

        return OfTrainer(training=training, held=held)

    def watch(looking: Looking) -> Callable[[], None]:
        found = held()
        assert found is not None
        return watch_trainer(found, looking)

    assert trainer._loop is not None
    shape = (SAMPLES, *trainer._loop.experiment.x.shape[1:])
    made = ("model=trainer", *_mode(training=training))
    return Given("trainer", source, made, trainer_script(shape, training=training), {}, held, watch)


def _module(model: nn.Module, input_: Any, target: Any, loss_fn: Any, *, training: bool) -> Given:
    if input_ is None:
        raise TypeError(f"a model needs what it is called with as input=: {_asked_input(model)}")
    if loss_fn is None and target is not None:
        raise TypeError('target= needs a loss_fn= as well, such as "cross_entropy" or a function of the output')
    from nnwidgets.anatomy.arguments import Arguments, is_several

    arguments = Arguments.of(input_)
    backward = _backward(loss_fn, target, training=training)

    def source() -> Source:
        from nnwidgets.widgets._anatomy_source import OfModule

        return OfModule(training=training, model=model, arguments=arguments, backward=backward)

    names = ["model", "input", *(name for name, each in (("target", target), ("loss_fn", loss_fn)) if each is not None)]
    made = (*(f"{name}={name}" for name in names), *_mode(training=training))
    kind = "dict" if isinstance(input_, Mapping) else "tuple" if is_several(input_) else "tensor"
    return Given("module", source, made, given_script(kind, training=training), {})


def _checked_module(model: Any) -> nn.Module:
    torch = sys.modules.get("torch")  # whoever has a module has imported it
    if torch is not None and isinstance(model, torch.nn.Module):
        module: nn.Module = model
        return module
    name = getattr(model, "__name__", "")
    if isinstance(model, type):
        raise TypeError(f"model must be an instance, such as {name}(), not the class {name} itself")
    if isinstance(model, str):
        raise TypeError(f"model must be a torch.nn.Module, not {model!r}; an example is chosen with network={model!r}")
    if callable(model) and name:
        raise TypeError(
            f"model must be a torch.nn.Module, and {name} is a function: call it in the forward() of a module"
        )
    raise TypeError(f"model must be a torch.nn.Module or one of nnwidgets' trainers, not {model!r:.100}")


def _backward(loss_fn: Any, target: Any, *, training: bool) -> Callable[[nn.Module, Arguments], Gradients] | None:
    """Finds the gradients of the reader's loss by name."""
    if loss_fn is None:
        return None
    if isinstance(loss_fn, str):
        one_of("loss_fn", loss_fn, tuple(LOSSES))
        if target is None:
            raise TypeError(f"loss_fn={loss_fn!r} needs a target=: what the model's output is compared with")
    elif not callable(loss_fn):
        raise TypeError(f"loss_fn must be a function of the model's output, or a name, not {loss_fn!r:.100}")

    def backward(model: nn.Module, arguments: Arguments) -> Gradients:
        from nnwidgets.anatomy.gradients import gradients_of

        return gradients_of(model, arguments, loss_fn, target, training=training)

    return backward


def _asked_input(model: nn.Module) -> str:
    """What the first layer takes, as an example of an input."""
    first = next((each for each in model.modules() if _example_of(each)), None)
    if first is None:
        return "give a batch of samples, or a tuple or a dict of arguments"
    return f"give a batch such as {_example_of(first)} (its {type(first).__name__} comes first)"


def _example_of(module: nn.Module) -> str:
    """An input of one sample, as an expression; "" where its class does not tell."""
    from torch import nn

    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        return "torch.zeros(1, 16, dtype=torch.long)"
    if isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return _zeros((1, module.input_size) if isinstance(module, nn.RNNCellBase) else (1, 16, module.input_size))
    if isinstance(module, nn.LazyLinear | nn.modules.lazy.LazyModuleMixin):
        return ""
    if isinstance(module, nn.Linear):
        return _zeros((1, module.in_features))
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        size = {1: 128, 2: 224, 3: 32}[len(module.kernel_size)]
        return _zeros((1, module.in_channels, *(size for _ in module.kernel_size)))
    return ""


def _zeros(shape: tuple[int, ...]) -> str:
    return f"torch.zeros({', '.join(map(str, shape))})"
