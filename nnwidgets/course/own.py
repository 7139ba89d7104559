"""Exercises of the eighth notebook: one's own data, network and loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnwidgets._percent import percent
from nnwidgets.course._answers import explained, kind, near, number, one, shown, told, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

if TYPE_CHECKING:
    import torch
    from torch import nn

_COLUMNS, _CLASSES = 13, 3  # of the wines


@exercise("8.1")
def _(trainer: object) -> str:
    _judge_none(trainer, "PlanarTrainer")
    data = kind(trainer, "PlanarTrainer").dataset
    columns = data.x_train.shape[1]
    if columns != _COLUMNS or data.n_classes != _CLASSES:
        raise Mistake(
            f"its data have {columns} columns and {data.n_classes} classes; the wines have 13 columns and 3 classes. "
            "Give it the parts that `train_test_split` makes of `load_wine(return_X_y=True)`."
        )
    if not len(data.x_test):
        raise Mistake(
            "it has no test set. How well it knows what it was shown says little: give the four arrays, "
            "`(x_train, y_train, x_test, y_test)`."
        )
    seen = {row.tobytes() for row in data.x_train}
    leaked = sum(row.tobytes() in seen for row in data.x_test)
    if leaked:
        raise Mistake(f"{leaked} of the {len(data.x_test)} test samples are among the training samples as well.")
    found = _finished(trainer, "PlanarTrainer", "wine")
    if (found.test_accuracy or 0) < 0.9:
        share = "nobody knows how many" if found.test_accuracy is None else percent(found.test_accuracy)
        raise Mistake(
            f"after {found.epoch} epochs {share} of the test samples are right; {percent(0.9)} can be had: train "
            "longer."
        )
    return f"{percent(found.test_accuracy)} of {len(data.x_test)} wines are right that it was never shown."


def _judge_none(answer: object, kind_name: str) -> None:
    """Refuse what `train` gives back."""
    if answer is None:
        raise Mistake(
            f"this exercise looks at {one(kind_name)}; you gave None. `train` gives nothing back: make the trainer in "
            "one line, and train it in the next."
        )


def _finished(trainer: object, kind_name: str, name: str) -> Any:
    """A trainer that has been trained, in the cell of the check: run again, that cell would train again."""
    if kind(trainer, kind_name).status == "running":
        raise Unanswered(
            f"it is still training. If a line of yours trains it, put `{name}.wait()` before the check; if you pressed "
            "Play, press Pause. Then run the cell again."
        )
    return trained(trainer, kind_name)


# -- 8.2: a module of one's own ---------------------------------------------------------------------------------------


@exercise("8.2")
def _(net: object) -> str:
    import torch

    module = _module(net, "net")
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, _COLUMNS, generator=generator)
    outputs = _outputs(module, x)
    if outputs.shape != (5, _CLASSES):
        raise Mistake(
            f"for 5 wines, {tuple(x.shape)}, it gives {tuple(outputs.shape)}; it should be (5, 3), a logit a class."
        )
    if torch.allclose(outputs.sum(1), torch.ones(5), atol=1e-4):
        raise Mistake("each row sums to 1: it ends in a softmax. Cross-entropy has one of its own, and wants logits.")
    if torch.allclose(outputs.exp().sum(1), torch.ones(5), atol=1e-4):
        raise Mistake("it ends in a log-softmax. Cross-entropy has one of its own, and wants the logits.")
    zero = _outputs(module, torch.zeros(1, _COLUMNS))
    if torch.allclose(_outputs(module, x[:1] + x[1:2]) - zero, outputs[:1] + outputs[1:2] - 2 * zero, atol=1e-4):
        raise Mistake(
            "it is a straight line in disguise: the output for a sum is the sum of the outputs. It needs two layers, "
            "and between them an activation, such as `torch.relu(…)`."
        )
    from nnwidgets.networks import count_parameters

    return f"(5, 13) goes in, (5, 3) comes out, and {count_parameters(module):,} numbers can be learned."


def _module(answer: object, name: str) -> nn.Module:
    from torch import nn

    if isinstance(answer, type) and issubclass(answer, nn.Module):
        raise Mistake(f"you gave the class; give a network that is made of it: `{name} = {answer.__name__}()`.")
    if not isinstance(answer, nn.Module):
        raise Mistake(f"this should be a network, a `torch.nn.Module`; you gave {shown(answer)}.")
    if not any(True for _ in answer.parameters()):
        raise Mistake("it has no parameters, so it cannot learn: make its layers in `__init__`, as `self.hidden = …`.")
    return answer


# By what PyTorch says of a forward pass that fails.
_CURES = {
    "shapes cannot be multiplied": ". As many numbers as come out of a layer have to go into the next one: "
    "`nn.Linear(13, 8)`, then `nn.Linear(8, …)`.",
    "not ReLU": ". `nn.ReLU` makes a layer, it does not compute: write `torch.relu(…)`.",
}


def _outputs(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What a student's network makes of samples, as it is used: without gradients, without chance."""
    import torch

    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            outputs: Any = module(x)
    except NotImplementedError:
        raise Mistake("it has no `forward(self, x)`, or that is set in too far, inside of `__init__`.") from None
    except Exception as error:  # noqa: BLE001 (it is the student's, and is told)
        cure = next((cure for what, cure in _CURES.items() if what in str(error)), "")
        raise Mistake(f"for x of shape {tuple(x.shape)} its forward pass raised {told(error)}{cure}") from None
    finally:
        module.train(was_training)
    if outputs is None:
        raise Mistake("its `forward` gives None: is a `return` missing?")
    if outputs is ...:
        raise Unanswered("put your answer in place of the dots, and run the cell again.")
    if not isinstance(outputs, torch.Tensor):
        raise Mistake(f"its `forward` should give a tensor; it gives {shown(outputs)}.")
    return outputs


# -- 8.3 to 8.5 -----------------------------------------------------------------------------------------------------

_FLAT = 16 * 12 * 12
_SIZES: dict[float, str] = {
    16 * 14 * 14: "16 · 14 · 14. A kernel of 5 × 5 does not fit at the rim: of 28 pixels it leaves 24.",
    16 * 24 * 24: "16 · 24 · 24, which is before the pooling. It makes one of each 2 × 2 pixels.",
    12 * 12: "12 · 12, one channel. There are 16 of them, and all are laid flat.",
    16 * 12: "16 · 12. A channel is 12 pixels wide, and 12 high.",
    16 * 13 * 13: "16 · 13 · 13, as after a kernel of 3 × 3. This one is 5 × 5.",
    28 * 28: "28 · 28, the pixels that go in.",
}


@exercise("8.3")
def _(inputs: object) -> str:
    value = number(inputs)
    if value == _FLAT:
        return "28 − 5 + 1 = 24 pixels are left, 12 after the pooling: 16 channels of 12 × 12."
    otherwise = "another number. Follow the width of an image: 28, then after the kernel, then pooled."
    raise Mistake(f"you gave {shown(value)}: that is {explained(value, _SIZES, otherwise, relative=0)}")


_RATE, _MOMENTUM = 0.05, 0.9


@exercise("8.4")
def _(optimizer: object, model: object) -> str:
    import torch

    module = _module(model, "model")
    if isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer):
        raise Mistake(f"you gave the class {optimizer.__name__}; call it, with the parameters in brackets.")
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise Mistake(f"this should be an optimizer of `torch.optim`; you gave {shown(optimizer)}.")
    if not isinstance(optimizer, torch.optim.SGD):
        raise Mistake(f"you gave {type(optimizer).__name__}; this exercise asks for `torch.optim.SGD`.")
    held = {id(each) for group in optimizer.param_groups for each in group["params"]}
    missing = [name for name, each in module.named_parameters() if id(each) not in held]
    if missing:
        raise Mistake(
            f"it would not change {', '.join(missing)} of the model: give it `model.parameters()`, of this very model."
        )
    rate, momentum = (optimizer.param_groups[0][name] for name in ("lr", "momentum"))
    if not near(rate, _RATE):
        raise Mistake(f"its learning rate is {rate:g}; this exercise asks for {_RATE:g}: `lr={_RATE:g}`.")
    if not near(momentum, _MOMENTUM):
        raise Mistake(f"its momentum is {momentum:g}; this exercise asks for {_MOMENTUM:g}: `momentum={_MOMENTUM:g}`.")
    return "in the loop above, the last batch then has a loss near 0.17. Without momentum it is near 1.95: try it."


@exercise("8.5")
def _(trainer: object) -> str:
    _judge_none(trainer, "ImageTrainer")
    data = kind(trainer, "ImageTrainer").dataset
    if tuple(data.x_train.shape[1:]) != (1, 8, 8):
        raise Mistake(f"its images are {tuple(data.x_train.shape[1:])}; the digits are (1, 8, 8).")
    from nnwidgets.networks import count_parameters

    found = _finished(trainer, "ImageTrainer", "best")
    count = count_parameters(found.model)
    if count > 1000:
        raise Mistake(f"it has {count:,} parameters, and 1,000 are allowed. Most are in the last Linear, as a rule.")
    accuracy = found.test_accuracy or 0
    if accuracy < 0.95:
        raise Mistake(
            f"with {count:,} parameters {percent(accuracy, 1)} of the test images are right; {percent(0.95)} are "
            f"wanted. Train longer than {found.epoch} epochs, or try another optimizer, learning rate or number of "
            "channels."
        )
    return f"{percent(accuracy, 1)} of the test images with {count:,} parameters, after {found.epoch} epochs."
