"""Any PyTorch module as a graph of what it does, from one forward pass."""

from __future__ import annotations

import torch

from nnwidgets.anatomy.arguments import Arguments
from nnwidgets.anatomy.building import build
from nnwidgets.anatomy.graph import Graph
from nnwidgets.anatomy.running import AnatomyError, live_module, run
from nnwidgets.anatomy.watching import Listener

__all__ = ["AnatomyError", "Listener", "live_module", "trace"]


def trace(
    model: torch.nn.Module, arguments: Arguments, *, training: bool = False, listen: Listener | None = None
) -> Graph:
    """Run a model once and tell what it did, in order of execution.

    The model is left as it was: modes, hooks, gradients, buffers, attributes and random numbers. Where its forward
    raises, the graph is of what ran until then, and says so.

    Args:
        model: any module, also a lazy, compiled or scripted one.
        arguments: what it is called with.
        training: run it in training mode, else in evaluation mode.
        listen: called as each call of a module or a function ends with the node's key, the module or function, its
            positional arguments, its arguments by name, and its output; for what goes in and comes out the key begins
            with ``":input"`` or ``":output"`` and there is neither function nor arguments.

    Raises:
        AnatomyError: nothing can be shown.

    Example:
        >>> from nnwidgets.networks import build_mlp
        >>> graph = trace(build_mlp(2, (3,), 1), Arguments.of(torch.zeros(5, 2)))
        >>> [(node.key, node.type, node.count) for node in graph.nodes][1:4]
        [('0', 'Linear', 9), ('1', 'Tanh', 0), ('2', 'Linear', 4)]
        >>> graph.pairs[0], graph.multiply_adds
        ((':input', '0'), 45)
    """
    done = run(model, arguments, training=training, listen=listen)
    return build(
        done,
        mode="training" if training else "evaluation",
        samples=arguments.samples,
        name=_name(model),
    )


def _name(model: torch.nn.Module) -> str:
    inner = live_module(model)
    return str(getattr(inner, "original_name", type(inner).__name__))
