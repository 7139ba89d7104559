"""Neural networks you can see, touch and change in a notebook.

Names are found when they are first used, so that importing the package loads neither PyTorch nor
the widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nnwidgets._version import __version__

if TYPE_CHECKING:
    from nnwidgets._limits import Limits, LimitWarning, limits
    from nnwidgets.course import check
    from nnwidgets.datasets import Dataset, as_dataset, make_planar
    from nnwidgets.export.notebook import export_notebook
    from nnwidgets.fashion import load_fashion_mnist
    from nnwidgets.fitting import fit
    from nnwidgets.images import ImageDataset, as_images
    from nnwidgets.networks import build_mlp, count_parameters, get_device
    from nnwidgets.plots import (
        plot_activation_function,
        plot_dataset,
        plot_decision_boundary,
        plot_fashion_images,
        plot_loss_acc,
    )
    from nnwidgets.widgets.activation import ActivationExplorer
    from nnwidgets.widgets.anatomy import NetworkAnatomy
    from nnwidgets.widgets.backprop import BackpropExplorer
    from nnwidgets.widgets.descent import DescentExplorer
    from nnwidgets.widgets.fashion import FashionTrainer
    from nnwidgets.widgets.function import FunctionTrainer
    from nnwidgets.widgets.hebb import HebbExplorer
    from nnwidgets.widgets.images import ImageTrainer
    from nnwidgets.widgets.initialization import InitializationExplorer
    from nnwidgets.widgets.loss import LossExplorer
    from nnwidgets.widgets.neuron import NeuronExplorer
    from nnwidgets.widgets.perceptron import PerceptronTrainer
    from nnwidgets.widgets.planar import PlanarTrainer
    from nnwidgets.widgets.softmax import SoftmaxExplorer

__all__ = [
    "ActivationExplorer",
    "BackpropExplorer",
    "Dataset",
    "DescentExplorer",
    "FashionTrainer",
    "FunctionTrainer",
    "HebbExplorer",
    "ImageDataset",
    "ImageTrainer",
    "InitializationExplorer",
    "LimitWarning",
    "Limits",
    "LossExplorer",
    "NetworkAnatomy",
    "NeuronExplorer",
    "PerceptronTrainer",
    "PlanarTrainer",
    "SoftmaxExplorer",
    "__version__",
    "as_dataset",
    "as_images",
    "build_mlp",
    "check",
    "count_parameters",
    "export_notebook",
    "fit",
    "get_device",
    "limits",
    "load_fashion_mnist",
    "make_planar",
    "plot_activation_function",
    "plot_dataset",
    "plot_decision_boundary",
    "plot_fashion_images",
    "plot_loss_acc",
]

_HOMES = {
    "_limits": ("LimitWarning", "Limits", "limits"),
    "course": ("check",),
    "datasets": ("Dataset", "as_dataset", "make_planar"),
    "export.notebook": ("export_notebook",),
    "fashion": ("load_fashion_mnist",),
    "fitting": ("fit",),
    "images": ("ImageDataset", "as_images"),
    "networks": ("build_mlp", "count_parameters", "get_device"),
    "plots": (
        "plot_activation_function",
        "plot_dataset",
        "plot_decision_boundary",
        "plot_fashion_images",
        "plot_loss_acc",
    ),
    "widgets.activation": ("ActivationExplorer",),
    "widgets.anatomy": ("NetworkAnatomy",),
    "widgets.backprop": ("BackpropExplorer",),
    "widgets.descent": ("DescentExplorer",),
    "widgets.fashion": ("FashionTrainer",),
    "widgets.function": ("FunctionTrainer",),
    "widgets.hebb": ("HebbExplorer",),
    "widgets.images": ("ImageTrainer",),
    "widgets.initialization": ("InitializationExplorer",),
    "widgets.loss": ("LossExplorer",),
    "widgets.neuron": ("NeuronExplorer",),
    "widgets.perceptron": ("PerceptronTrainer",),
    "widgets.planar": ("PlanarTrainer",),
    "widgets.softmax": ("SoftmaxExplorer",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'nnwidgets' has no attribute {name!r}")
    value = getattr(import_module(f"nnwidgets.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
