"""Exercises of the sixth notebook: two classes, from the data to the decision boundary."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from nnwidgets._percent import percent
from nnwidgets.course._answers import called, explained, kind, near, number, shown, trained
from nnwidgets.course._exercises import Mistake, Unanswered, exercise

if TYPE_CHECKING:
    import torch
    from torch import nn

_COUNTS: dict[float, str] = {
    9: "the number for two hidden neurons, and also that of the weights alone. Three have 9 weights and biases.",
    12: "the number without the bias of the output neuron.",
    10: "the number without the biases of the hidden neurons.",
    15: "too many: the output neuron has 3 weights, one for each hidden neuron, and only one bias.",
}


@exercise("6.1")
def _(parameters: object) -> str:
    value = number(parameters)
    if value == 13:
        return "3 · 2 weights and 3 biases in the hidden layer, 3 weights and 1 bias in the output: 9 + 4 = 13."
    otherwise = (
        "which is another number: each hidden neuron has a weight for either input, and a bias; the output neuron has "
        "a weight for each hidden neuron, and a bias."
    )
    raise Mistake(f"you gave {shown(value)}, {explained(value, _COUNTS, otherwise, relative=0)}")


# -- 6.2: how many are right ----------------------------------------------------------------------------------------

_P, _Y = (0.9, 0.2, 0.6, 0.7, 0.4), (1, 0, 0, 1, 1)  # probabilities, and true classes: three are right


@exercise("6.2")
def _(accuracy: object) -> str:
    import torch

    p, y = torch.tensor(_P).reshape(-1, 1), torch.tensor(_Y).reshape(-1, 1).float()
    value = number(called(accuracy, p, y), "what accuracy gives")
    said = (
        f"p is {list(_P)} and y is {list(_Y)}, so three of five are right, a share of 0.6. Yours gives {shown(value)}"
    )
    if not near(value, 0.6):
        mistaken = {
            0.4: "that is the share of the wrong ones.",
            3.0: "that is how many are right; divide by how many there are.",
            60.0: "that is in percent; give a share, from 0 to 1.",
            0.0: "a probability is hardly ever exactly 0 or 1. Ask on which side of 0.5 it is.",
            float(p.mean()): "that is the mean of the probabilities. Ask on which side of 0.5 each is.",
        }
        raise Mistake(f"{said}: {explained(value, mistaken, 'compare p > 0.5 with y, and take the mean.')}")
    alike = number(called(accuracy, p, torch.zeros_like(y)), "what accuracy gives")
    if not near(alike, 0.4):
        raise Mistake(
            f"where all points are of class 0, two of {list(_P)} are right; it gives {shown(alike)}, not 0.4."
        )
    return "on the side of 0.5 where its class is, a point is right, however close. The loss looks closer."


# -- 6.3: one step of gradient descent ------------------------------------------------------------------------------

_RATE = 0.3  # not the one of the notebook: a step has to go by the one it is given


@exercise("6.3")
def _(step: object) -> str:
    import torch

    model, x, y = _small_problem()
    begun = _flat(model)
    losses, gradients = _true_steps(model, x, y)
    loss = _stepped(step, model, x, y)
    moved = begun - _flat(model)
    _judge_first(model, moved, gradients[0])
    if not (near(loss, losses[0]) or near(loss, losses[1])):
        raise Mistake(f"the weights are right, but it returns {shown(loss)}; the loss is {losses[0]:.4f}.")
    before = _flat(model)
    _stepped(step, model, x, y)
    moved = before - _flat(model)
    if torch.allclose(moved, _RATE * (gradients[0] + gradients[1]), atol=1e-6):
        raise Mistake(
            "the first step is right, the second is not: PyTorch adds new gradients to those that are there. Before "
            "`loss.backward()`, call `model.zero_grad()`."
        )
    if not torch.allclose(moved, _RATE * gradients[1], atol=1e-6):
        raise Mistake("the first step is right, the second is not: what is left behind by the first?")
    return "forward, loss, back, and each parameter a little against its gradient. An optimizer does no more than this."


def _small_problem() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    import torch

    from nnwidgets.networks import build_mlp

    x = torch.tensor([[0.8, -0.5], [0.1, 0.4], [-0.7, 0.2]])
    return build_mlp(2, (2,), seed=1), x, torch.tensor([[1.0], [0.0], [1.0]])


def _true_steps(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[list[float], list[torch.Tensor]]:
    """Losses and gradients of two steps, made on a copy."""
    import torch
    from torch.nn.functional import binary_cross_entropy

    twin, losses, gradients = copy.deepcopy(model), [], []
    for _ in range(2):
        loss = binary_cross_entropy(twin(x), y)
        found = torch.autograd.grad(loss, list(twin.parameters()))
        losses.append(loss.item())
        gradients.append(torch.cat([each.flatten() for each in found]))
        with torch.no_grad():
            for parameter, gradient in zip(twin.parameters(), found, strict=True):
                parameter.sub_(_RATE * gradient)
    return losses, gradients


def _stepped(step: object, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Have the student's function make a step; what it returns."""
    try:
        return number(called(step, model, x, y, _RATE), "what step returns")
    except Mistake as mistake:
        text = str(mistake)
        if "leaf Variable" in text:
            raise Mistake(
                "PyTorch refuses: a parameter is changed while it watches for gradients. Put the loop over the "
                "parameters into `with torch.no_grad():`."
            ) from None
        if "NoneType" in text and "*" in text:
            raise Mistake("a gradient is None: they are there only after `loss.backward()`.") from None
        raise


def _judge_first(model: nn.Module, moved: torch.Tensor, gradient: torch.Tensor) -> None:
    """Refuse a first step that is not against the gradient, by the learning rate."""
    import torch

    def is_like(other: torch.Tensor) -> bool:
        return torch.allclose(moved, other, atol=1e-6)

    if is_like(_RATE * gradient):
        return
    has_gradients = any(parameter.grad is not None for parameter in model.parameters())
    if not moved.any():
        raise Mistake(
            "the gradients are there, but the weights are as before. `param -= …` changes a parameter; "
            "`param = param - …` makes a new number and leaves the parameter alone."
            if has_gradients
            else "the weights are as before, and there are no gradients: call `loss.backward()`, then go on."
        )
    if is_like(-_RATE * gradient):
        raise Mistake("the weights go along the gradient, by which the loss rises: subtract, with `-=`.")
    if is_like(gradient):
        raise Mistake("the weights change by the whole gradient: multiply it by `learning_rate`.")
    if is_like(0.1 * gradient):
        raise Mistake("the weights change by 0.1 times the gradient, whatever the learning rate: use `learning_rate`.")
    raise Mistake(
        f"the first weight changes by {-moved[0].item():.4g}, and should change by −learning_rate · gradient = "
        f"{-_RATE * gradient[0].item():.4g}. Compute the loss of `model(x)` and `y` first, then go back once."
    )


def _flat(model: nn.Module) -> torch.Tensor:
    import torch

    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).clone()


# -- 6.4 to 6.6 -----------------------------------------------------------------------------------------------------

_STEPS: dict[float, str] = {
    25: "the steps of one epoch. There are 50 epochs.",
    1000: "which is 50 · 20. How many batches of 20 do 500 points make?",
    5000: "the number for batches of 5. Batches of 20 are fewer.",
    10: "which is 500 / 50. The points are divided into batches, not into epochs.",
    25_000: "one step for each point and epoch. All points of a batch make one step together.",
}


@exercise("6.4")
def _(steps: object) -> str:
    value = number(steps)
    if value == 1250:
        return "500 / 20 = 25 steps an epoch, and 50 epochs. Larger batches are fewer steps, each of them less noisy."
    otherwise = "which is another number: one batch is one step. Count the batches of an epoch, then the epochs."
    raise Mistake(f"you gave {shown(value)}, {explained(value, _STEPS, otherwise, relative=0)}")


_CLOSED = 0.97  # as many are right when the region is closed


@exercise("6.5")
def _(three: object) -> str:
    trainer = kind(three, "PlanarTrainer")
    if trainer.dataset.name != "circles":
        raise Mistake(f"its data are {shown(trainer.dataset.name)}; this exercise is about the two circles.")
    layers = tuple(trainer.hidden_layers)
    if layers == (2,):
        at = "train it" if not trainer.epoch else f"train again: 2 neurons are at {percent(trainer.accuracy or 0, 1)}"
        raise Unanswered(f"it still has 2 hidden neurons. Press + below its hidden neurons, then {at}.")
    if len(layers) > 1:
        raise Mistake(
            f"its hidden layers are {list(layers)}: the + at the top adds a layer. Take it off with the − beside it; "
            "for one neuron more, press the + below the neurons."
        )
    if layers != (3,):
        raise Mistake(f"its hidden layers are {list(layers)}; one neuron more than two in one layer is [3].")
    trainer = trained(trainer, "PlanarTrainer", 50)
    accuracy = trainer.accuracy or 0
    if accuracy < _CLOSED:
        raise Mistake(
            f"{percent(accuracy, 1)} of the points are right, with learning rate {trainer.learning_rate:g} and batches "
            f"of {trainer.batch_size}. With 0.1, batches of 5 and plain SGD, 50 epochs reach more than "
            f"{percent(_CLOSED)}: press Reset, and train again; or take another seed."
        )
    return f"{percent(accuracy, 1)} are right. Three lines close the region that two leave open."


@exercise("6.6")
def _(cured: object) -> str:
    trainer = kind(cured, "PlanarTrainer")
    if not len(trainer.dataset.x_test):
        raise Mistake("it has no test set, so nobody can see whether it overfits: keep a part of the data for it.")
    stops = bool(trainer.stop_when)
    trainer = trained(trainer, "PlanarTrainer", 50 if stops else 200)
    if trainer.test_loss is None or trainer.loss is None:
        raise Unanswered("there is no test loss so far: train to the end of an epoch.")
    losses = f"the training loss is {trainer.loss:.2f} and the test loss {trainer.test_loss:.2f}"
    found = f"after {trainer.epoch} epochs {losses}"
    if trainer.loss > 0.55:
        raise Mistake(f"{found}: it does not overfit, for it has hardly learned. What you did was too much of it.")
    if trainer.test_loss > 0.5 or trainer.test_loss > trainer.loss + 0.25:
        raise Mistake(f"{found}: it still knows the training points by heart. Try one of the cures, and reset before.")
    return f"{found}: what it learned holds for points that it has never seen."
