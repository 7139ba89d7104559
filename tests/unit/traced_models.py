"""Models to take apart."""

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
