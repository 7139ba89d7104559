"""Models to take apart."""

import copy
import random
from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.trace import trace

X = torch.linspace(-1, 1, 12).reshape(3, 4)


class Model(nn.Module):
    """Modules by name, and what is done with them."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.does = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *args, **kwargs):
        return self.does(self, *args, **kwargs)


def linear(inputs=4, outputs=4, **others):
    return nn.Linear(inputs, outputs, **others)


def traced(model, given=X, **others):
    return trace(model, Arguments.of(given), **others)


def anatomy(forward, *, given=X, **parts):
    """The graph of a model that does this."""
    return traced(Model(forward, **parts), given)


def edges(graph):
    """What gives to what, by key."""
    return set(graph.pairs)


def keys(graph, *kinds):
    """Keys in order of execution, of some kinds of nodes."""
    return [node.key for node in graph.nodes if not kinds or node.kind in kinds]


class Busy(nn.Module):
    """Does everything that may leave something behind."""

    def __init__(self, *, raises=False):
        super().__init__()
        self.first = linear()
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)
        self.second = nn.utils.spectral_norm(linear())
        self.frozen = linear().requires_grad_(requires_grad=False)
        self.register_buffer("counter", torch.zeros(()))
        self.generator = torch.Generator().manual_seed(3)
        self.steps = 0
        self.seen = []
        self.nested = {"lists": [[1], [2]], "state": torch.zeros(2)}
        self.state = torch.zeros(3)
        self.raises = raises
        self.first.register_forward_hook(lambda module, args, output: output * 1)
        self.eval()
        self.norm.train()  # a mixture of modes

    def forward(self, x):
        self.counter += 1
        self.steps += 1
        self.seen.append(self.steps)
        self.nested["lists"][0].append(5)
        self.nested["state"].add_(1)
        self.state.mul_(2).add_(1)
        self.extra = "left"
        x = x + random.random() + np.random.rand()  # noqa: NPY002
        x = self.drop(self.norm(self.first(x)))
        x = self.second(x) + torch.rand(4) + torch.rand(4, generator=self.generator)
        if self.raises:
            raise ValueError("no")
        return self.frozen(x)


def standing(model):
    """All that there is to a model, tensors with their versions and addresses."""
    return {
        name: (
            module.training,
            {key: _plain(value) for key, value in vars(module).items() if key != "does"},
        )
        for name, module in model.named_modules()
    }


def _plain(value):
    if isinstance(value, torch.Tensor):
        gradient = (
            None
            if not value.is_leaf or value.grad is None
            else (id(value.grad), value.grad._version, value.grad.tolist())
        )
        return (id(value), value._version, value.data_ptr(), value.requires_grad, value.tolist(), gradient)
    if isinstance(value, torch.Generator):
        return (id(value), value.get_state().tolist())
    if isinstance(value, dict | OrderedDict):
        return (id(value), [(key, _plain(each)) for key, each in value.items()])
    if isinstance(value, list | tuple):
        return (id(value), [_plain(each) for each in value])
    return id(value) if callable(value) else copy.copy(value)


def randomness():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
