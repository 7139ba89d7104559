"""Training steps of a dense network, compiled: forward, loss, gradients and update on PyTorch's own memory.

One call makes any number of steps, over the ends of epochs, without the interpreter. A batch is laid out
in lanes: eight samples are one value of the type `Lanes`, which the processor computes with at once. The values
of a neuron (a row) are `blocks` such values after one another; lanes beyond the batch hold zeros.

From the ground up: `compiling` and `constants`; `lanes`, their arithmetic; `elementary` functions of them; `order`
of the samples; `network`, forward and backward; `losses`; `update` by an optimizer; `task`, what a call is given;
and `steps`, where a run is made of all that. Begin to read there.
"""

from nnwidgets.training.engines.kernel.constants import *  # noqa: F403
from nnwidgets.training.engines.kernel.order import shuffle
from nnwidgets.training.engines.kernel.steps import is_met, train, train_runs
from nnwidgets.training.engines.kernel.task import Log, Runs, Task

__all__ = ["Log", "Runs", "Task", "is_met", "shuffle", "train", "train_runs"]
