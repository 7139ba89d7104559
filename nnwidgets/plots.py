"""Matplotlib pictures for print and pages without JavaScript: data, images, decision boundaries, curves, functions.

Each function draws into the axes that it is given as ``ax``, or into those of a new figure, and returns them::

    ax = plot_dataset(x, y)
    ax.set_title("before training")
    ax.figure.savefig("data.pdf")

    figure, (before, after) = plt.subplots(1, 2)
    plot_decision_boundary(untrained, x, y, ax=before)
    plot_decision_boundary(trained, x, y, ax=after)

In a notebook a new figure is shown once: at the end of its cell if the call is a statement in the midst of it, as
readers know it of pyplot, which has the figure until then; so `plt.title` and `plt.show` do what is expected, too.
Elsewhere no pyplot is used: no global state is changed, and no figure is left open. For a window of pyplot's, give the
axes of one of its figures.

What is drawn may be arrays, lists, data frames, tensors on any device, loaders and modules of one's own; or a trainer,
also while it is running.
"""

from nnwidgets._curves import plot_loss_acc
from nnwidgets._drawing import decision_map
from nnwidgets._function_plots import plot_activation_function
from nnwidgets._image_plots import plot_fashion_images
from nnwidgets._planar_plots import plot_dataset, plot_decision_boundary

__all__ = [
    "decision_map",
    "plot_activation_function",
    "plot_dataset",
    "plot_decision_boundary",
    "plot_fashion_images",
    "plot_loss_acc",
]
