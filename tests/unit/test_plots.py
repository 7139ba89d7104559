"""Pictures judged by what they draw: values, colours, curves; and that drawing changes nothing."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnwidgets.datasets import Dataset, make_planar, plane_range
from nnwidgets.figures.planar import planar_figure
from nnwidgets.functions import ACTIVATIONS
from nnwidgets.networks import build_mlp, read_network
from nnwidgets.plots import (
    decision_map,
    plot_activation_function,
    plot_dataset,
    plot_decision_boundary,
    plot_loss_acc,
)
from nnwidgets.training.history import History

ORANGE, BLUE = "#d06300", "#1f66bd"
COLORS = (ORANGE, BLUE, "#005744", "#9a060c", "#289ba6", "#a478ff", "#3e1233", "#829463")
PAPER = "#f7f6f4"
DATA = make_planar("moons", 60, test_share=0.25)
RINGS = make_planar("rings", 60, test_share=0.25, n_classes=5)
HILLS = make_planar("hills", 60, test_share=0.25)
SQUARE = [[-1.0, -1], [-1, 1], [1, -1], [1, 1]]


def right_half(x):
    return (x[:, :1] > 0).float()


def thirds(x):
    """Logits of three classes, which lie side by side: x1 below −1, about 0, above 1."""
    return torch.cat([-2 * x[:, :1] - 1, torch.ones_like(x[:, :1]), 2 * x[:, :1] - 1], dim=1)


def draw(figure):
    """Render a figure with warnings as errors, and return its pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def points_of(ax):
    """The points drawn: colour → coordinates."""
    drawn = {}
    for collection in ax.collections:
        offsets = np.asarray(collection.get_offsets())
        if len(offsets) and len(collection.get_facecolors()):
            drawn[to_hex(collection.get_facecolors()[0])] = offsets
    return drawn


def lines_of(ax):
    """The curves that contours drew, one array of points each."""
    return [line for drawn in ax.collections if isinstance(drawn, ContourSet) for line in drawn.allsegs[0]]


def sorted_rows(points):
    return sorted(map(tuple, np.asarray(points, dtype=float).tolist()))


# --- the decision map


def test_decision_map_is_the_model_on_the_grid():
    model = build_mlp(2, (5,), seed=1)
    values = decision_map(model, (-2, 1), (0, 3), columns=4, rows=3)
    assert values.shape == (3, 4)
    for row, y in enumerate((0, 1.5, 3)):
        for column, x in enumerate((-2, -1, 0, 1)):
            assert values[row, column] == pytest.approx(model(torch.tensor([[float(x), y]])).item(), abs=1e-6)


def test_logits_become_probabilities():
    model = build_mlp(2, (3,), output_activation=None, seed=1)
    probability = decision_map(nn.Sequential(model, nn.Sigmoid()), (-1, 1), (-1, 1), 5, 5)
    np.testing.assert_allclose(decision_map(model, (-1, 1), (-1, 1), 5, 5, takes="logit"), probability, atol=1e-6)


def test_two_columns_are_the_two_classes():
    def two(x):
        return torch.cat([torch.zeros_like(x[:, :1]), x[:, :1]], dim=1)

    def one(x):
        return x[:, 0]

    expected = decision_map(one, (-1, 1), (-1, 1), 5, 5, takes="logit")
    np.testing.assert_allclose(decision_map(two, (-1, 1), (-1, 1), 5, 5, takes="logit"), expected, atol=1e-6)
    np.testing.assert_allclose(decision_map(lambda x: two(x).softmax(1), (-1, 1), (-1, 1), 5, 5), expected, atol=1e-6)


def test_more_columns_are_a_probability_of_each_class():
    logits = nn.Linear(2, 4)
    values = decision_map(logits, (-2, 1), (0, 3), columns=4, rows=3, takes="logit", n_classes=4)
    assert values.shape == (3, 4, 4)
    expected = logits(torch.tensor([[1.0, 0.0]])).softmax(dim=1).detach()
    np.testing.assert_allclose(values[0, 3], expected[0], atol=1e-6)
    again = decision_map(nn.Sequential(logits, nn.Softmax(dim=1)), (-2, 1), (0, 3), 4, 3, n_classes=4)
    np.testing.assert_allclose(again, values, atol=1e-6)


def test_values_are_as_the_model_puts_them_out():
    values = decision_map(lambda x: 10 * x[:, 0], (-1, 1), (0, 1), columns=3, rows=2, takes="value")
    np.testing.assert_allclose(values, [[-10, 0, 10]] * 2)


@pytest.mark.parametrize(
    ("outputs", "takes", "n_classes", "said"),
    [
        (3, "probability", 2, "one probability per sample, or two columns"),
        (3, "logit", 5, "5 classes needs 5 columns"),
        (1, "logit", 3, "3 classes needs 3 columns"),
        (2, "value", 2, "one value per sample"),
    ],
)
def test_other_outputs_are_refused_with_their_shape(outputs, takes, n_classes, said):
    shape = rf"input of shape \(25, 2\) the model puts out \(25, {outputs}\)"
    with pytest.raises(ValueError, match=f"{said}.*{shape}"):
        decision_map(nn.Linear(2, outputs), (-1, 1), (-1, 1), 5, 5, takes, n_classes)


def test_what_a_model_puts_out_is_one_of_three():
    with pytest.raises(ValueError, match='takes must be "probability", "logit" or "value", not \'logits\''):
        decision_map(right_half, (-1, 1), (-1, 1), 5, 5, takes="logits")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_model_gets_its_own_dtype(dtype):
    assert np.isfinite(decision_map(build_mlp().to(dtype), (-1, 1), (-1, 1), 3, 3)).all()


class Fragile(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))
        self.fails = False

    def forward(self, x):
        assert not self.training
        assert not self.inner[1].training
        assert not torch.is_grad_enabled()
        if self.fails:
            raise RuntimeError("broken")
        return self.inner(x)


@pytest.mark.parametrize("fails", [False, True])
def test_modes_gradients_and_generator_are_left_as_they_were(fails):
    model = Fragile()
    model.inner[1].eval()
    model.fails = fails
    before, state = [module.training for module in model.modules()], torch.get_rng_state()
    assert len(set(before)) == 2
    if fails:
        with pytest.raises(RuntimeError, match="broken"):
            plot_decision_boundary(model, DATA, takes="logit")
    else:
        plot_decision_boundary(model, DATA, takes="logit", step=0.1)
    assert [module.training for module in model.modules()] == before
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()


# --- data and boundary


@pytest.mark.parametrize(
    "given",
    [
        (DATA,),
        (DATA.x_train, DATA.y_train),
        (DATA.x_train.tolist(), DATA.y_train.ravel().tolist()),
        (torch.tensor(DATA.x_train), torch.tensor(DATA.y_train)),
        (DATA.x_train, np.where(DATA.y_train == 1, "yes", "no")),
        (DATA.x_train, 2 * DATA.y_train - 1),
        (DataLoader(TensorDataset(torch.tensor(DATA.x_train), torch.tensor(DATA.y_train)), batch_size=7),),
        ([(DATA.x_train[:9], DATA.y_train[:9]), (DATA.x_train[9:], DATA.y_train[9:])],),
        ((DATA.x_train, DATA.y_train),),
        (replace(DATA, x_test=[], y_test=[]).to_pandas(),),
        (torch.tensor(DATA.x_train, requires_grad=True), torch.tensor(DATA.y_train)),
    ],
    ids=["dataset", "arrays", "lists", "tensors", "texts", "signs", "loader", "batches", "pair", "frame", "gradients"],
)
def test_plot_dataset_draws_each_class_in_its_colour(given):
    ax = plot_dataset(*given)
    drawn = points_of(ax)
    second = DATA.y_train[:, 0] == 1
    assert sorted_rows(drawn[ORANGE]) == sorted_rows(DATA.x_train[~second])
    assert sorted_rows(drawn[BLUE]) == sorted_rows(DATA.x_train[second])


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((3, 2)), [0, 1], "3 samples and y_train has 2 labels"),
        (np.zeros((3, 1)), [0, 1, 1], r"shape \(n_samples, 2\)"),
        (np.zeros((9, 2)), range(9), "y has 9 classes"),
        ([[0, 0], [0, np.nan]], [0, 1], "row 1"),
    ],
)
def test_plot_dataset_refuses_what_does_not_fit(x, y, said):
    with pytest.raises(ValueError, match=said):
        plot_dataset(x, y)


def test_a_single_class_keeps_its_colour():
    ax = plot_dataset(np.zeros((3, 2)), [1, 1, 1])
    assert {color for color, points in points_of(ax).items() if len(points)} == {BLUE}


def shape_of(collection):
    return collection.get_paths()[0].vertices


@pytest.mark.parametrize("n_classes", [3, 8])
def test_each_of_many_classes_has_a_colour_a_shape_and_its_name_in_the_legend(n_classes):
    data = make_planar("rings", 80, n_classes=n_classes)
    ax = plot_dataset(data)
    assert len(ax.collections) == n_classes
    for index, (collection, color, marker) in enumerate(zip(ax.collections, COLORS, "os^DvPX*", strict=False)):
        assert to_hex(collection.get_facecolors()[0]) == color
        assert sorted_rows(collection.get_offsets()) == sorted_rows(data.x_train[data.y_train[:, 0] == index])
        style = MarkerStyle(marker)
        np.testing.assert_array_equal(
            shape_of(collection), style.get_path().transformed(style.get_transform()).vertices
        )
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.texts] == [str(index) for index in range(n_classes)]
    keys = [(to_hex(key.get_color()), key.get_marker()) for key in legend.legend_handles]
    assert keys == list(zip(COLORS, "os^DvPX*", strict=False))[:n_classes]


def test_the_colours_of_classes_are_those_of_the_widgets():
    tokens = Path(__file__).parents[2] / "js/src/styles/tokens.css"
    light, *_ = tokens.read_text(encoding="utf-8").partition("[data-jp-theme-light")
    assert tuple(re.findall(r"--nnw-class-[2-7]: (#\w+);", light)) == COLORS[2:]


def test_two_classes_are_both_circles_and_need_no_key():
    ax = plot_dataset(DATA)
    assert ax.get_legend() is None
    first, second = map(shape_of, ax.collections)
    np.testing.assert_array_equal(first, second)
    assert ax.figure.get_size_inches().tolist() == [4.2, 4.2]


def test_names_of_classes_are_taken_literally_and_a_class_without_samples_is_named_too():
    names = ("$a$ and $", "_hidden", "x_{1")
    data = Dataset("own", SQUARE, [0, 1, 1, 0], [], [], names, ("a", "b"))
    ax = plot_dataset(data)
    draw(ax.figure)
    texts = ax.get_legend().texts
    assert tuple(text.get_text() for text in texts) == names
    assert not any(text.get_parse_math() for text in texts)


@pytest.mark.parametrize("given", [(HILLS,), (HILLS.x_train, HILLS.y_train)], ids=["dataset", "arrays"])
def test_values_are_colours_of_one_scale_with_a_bar(given):
    ax, bar = plot_dataset(*given).figure.axes
    (points,) = ax.collections
    assert sorted_rows(points.get_offsets()) == sorted_rows(HILLS.x_train)
    np.testing.assert_array_equal(points.get_array(), HILLS.y_train[:, 0])
    largest = max(map(abs, HILLS.value_range)) if len(given) == 1 else abs(HILLS.y_train).max()
    assert points.get_clim() == pytest.approx((-largest, largest))
    assert [to_hex(points.get_cmap()(share)) for share in (0.0, 1.0)] == ["#db7a10", "#2468bd"]
    assert bar.get_ylim() == pytest.approx((-largest, largest))


@pytest.mark.parametrize("data", [RINGS, HILLS], ids=["rings", "hills"])
def test_given_axes_get_the_key_too(data):
    figure = Figure()
    ax = figure.add_subplot()
    assert plot_dataset(data, ax=ax) is ax
    assert (ax.get_legend() is not None, len(figure.axes)) == ((True, 1) if data is RINGS else (False, 2))


def test_given_axes_are_drawn_into_and_returned():
    figure = Figure()
    points, boundary, curves, function = figure.subplots(2, 2).flat
    assert plot_dataset(DATA, ax=points) is points
    assert plot_decision_boundary(right_half, DATA, ax=boundary, step=0.1) is boundary
    assert plot_loss_acc({"loss": [1.0]}, ax=curves) is curves
    assert plot_activation_function("tanh", ax=function) is function
    assert [bool(ax.has_data()) for ax in figure.axes] == [True] * 4
    assert (len(points_of(points)), len(curves.lines), len(function.get_legend().texts)) == (2, 1, 2)


@pytest.mark.parametrize("plot", [plot_dataset, plot_decision_boundary], ids=["points", "boundary"])
def test_what_has_no_points_is_refused(plot):
    model = () if plot is plot_dataset else (right_half,)
    with pytest.raises(TypeError, match="samples are needed: x and y, a Dataset, a loader or a trainer"):
        plot(*model, None)


def test_both_axes_have_one_scale_but_where_columns_are_not_alike():
    assert plot_dataset(DATA).get_aspect() == 1
    assert plot_dataset(DATA.x_train * [1, 100], DATA.y_train).get_aspect() == "auto"


def test_decision_boundary_covers_the_data_and_a_tenth():
    ax = plot_decision_boundary(right_half, DATA.x_train, DATA.y_train, step=0.05)
    low, high = DATA.x_train.min(axis=0) - 0.1, DATA.x_train.max(axis=0) + 0.1
    assert ax.get_xlim() == pytest.approx((low[0], high[0]))
    assert ax.get_ylim() == pytest.approx((low[1], high[1]))
    assert ax.images[0].get_array().shape == tuple(np.ceil((high - low) / 0.05).astype(int)[::-1] + 1)


def test_decision_boundary_paints_the_side_of_class_1_blue_and_class_0_orange():
    x = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    ax = plot_decision_boundary(right_half, x, [0, 0, 1, 1], step=0.02)
    pixels = draw(ax.figure)
    height = pixels.shape[0]
    for at, sign in (((-0.5, 0.0), -1), ((0.5, 0.0), 1)):
        column, row = ax.transData.transform(at)
        red, _, blue = pixels[height - 1 - round(row), round(column), :3].astype(int)
        assert np.sign(blue - red) == sign
    (boundary,) = lines_of(ax)
    assert abs(boundary[:, 0]).max() < 0.02


def test_the_map_of_many_classes_is_the_likeliest_one_paler_where_it_leads_by_little():
    data = Dataset("own", [[-4, -1], [4, 1]], [0, 2], [], [], tuple("abc"), ("x1", "x2"))
    ax = plot_decision_boundary(thirds, data, step=0.1, takes="logit")
    (image,) = ax.images
    cells = np.asarray(image.get_array())
    x1 = np.linspace(-4.1, 4.1, cells.shape[1])
    logits = np.stack([-2 * x1 - 1, np.ones_like(x1), 2 * x1 - 1], axis=1)
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    lead = np.sort(share)[:, -1] - np.sort(share)[:, -2]
    colors = np.array([to_rgb(color) for color in COLORS])[share.argmax(axis=1)]
    expected = to_rgb(PAPER) + lead[:, None] * (colors - to_rgb(PAPER))
    np.testing.assert_allclose(cells[0, :, :3], expected, atol=1e-5)
    np.testing.assert_allclose(cells[..., 3], 0.46)


def test_lines_part_the_regions_of_many_classes():
    data = Dataset("own", [[-4, -1], [4, 1]], [0, 2], [], [], tuple("abc"), ("x1", "x2"))
    ax = plot_decision_boundary(thirds, data, step=0.1, takes="logit")
    draw(ax.figure)
    at = {round(float(line[:, 0].mean()), 1) for line in lines_of(ax)}
    assert at == {-1, 1}
    for line in lines_of(ax):
        assert np.ptp(line[:, 0]) < 0.02
        assert (line[:, 1].min(), line[:, 1].max()) == pytest.approx((-1.1, 1.1))


def test_the_map_of_values_is_clipped_to_the_range_of_the_data():
    data = Dataset("own", SQUARE, [-2.0, 0, 0, 1], [], [], (), ("x1", "x2"))
    ax = plot_decision_boundary(lambda x: 100 * x[:, :1], data, step=0.1)
    pixels = draw(ax.figure)
    bar = ax.figure.axes[1]
    (image,) = ax.images
    assert image.get_clim() == bar.get_ylim() == (-2, 2)
    assert not lines_of(ax)
    for at, end in (((-0.5, 0.0), "#db7a10"), ((0.5, 0.0), "#2468bd")):
        column, row = ax.transData.transform(at)
        shown = pixels[pixels.shape[0] - 1 - round(row), round(column), :3] / 255
        np.testing.assert_allclose(shown, 0.9 * np.array(to_rgb(end)) + 0.1, atol=0.01)


@pytest.mark.parametrize(
    ("data", "takes", "said"),
    [
        (HILLS, "logit", "for regression, as in 'hills', takes must be \"value\", not 'logit'"),
        (RINGS, "value", "for classification, as in 'rings', takes must be \"probability\" or \"logit\", not 'value'"),
        (RINGS, "logits", "not 'logits'"),
    ],
)
def test_what_the_model_puts_out_must_fit_the_data(data, takes, said):
    for plot in (plot_decision_boundary, planar_figure):
        with pytest.raises(ValueError, match=said):
            plot(nn.Linear(2, 5), data, takes=takes)


@pytest.mark.parametrize("plot", [plot_decision_boundary, planar_figure])
def test_a_model_for_fewer_classes_is_refused(plot):
    with pytest.raises(ValueError, match=r"5 classes needs 5 columns.*, 3\)"):
        plot(build_mlp(out_features=3, output_activation=None), RINGS, takes="logit")


def test_fine_steps_over_wide_data_do_not_exhaust_the_memory():
    x = np.array([[0.0, 0.0], [1e6, 1.0]])
    ax = plot_decision_boundary(right_half, x, [0, 1])
    assert ax.images[0].get_array().shape == (121, 500)


@pytest.mark.parametrize("step", [0, -1, float("nan")])
def test_a_step_must_be_positive(step):
    with pytest.raises(ValueError, match="step must be a positive number"):
        plot_decision_boundary(right_half, DATA, step=step)


def test_a_model_without_a_boundary_draws_without_warning():
    draw(plot_decision_boundary(lambda x: torch.full((len(x), 1), 0.9), DATA, step=0.1).figure)
    draw(plot_decision_boundary(lambda x: torch.full((len(x), 1), float("nan")), DATA, step=0.1).figure)
    draw(plot_decision_boundary(lambda x: torch.zeros(len(x), 5), RINGS, step=0.1, takes="logit").figure)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_outputs_that_are_no_numbers_leave_the_map_empty_without_warning(value):
    draw(plot_decision_boundary(lambda x: torch.full((len(x), 1), value), HILLS, step=0.1).figure)
    ax = plot_decision_boundary(lambda x: torch.full((len(x), 5), value), RINGS, step=0.1)
    draw(ax.figure)
    assert not np.asarray(ax.images[0].get_array())[..., 3].any()


# --- functions and curves


def test_activation_function_and_derivative_are_drawn_in_the_window():
    sigmoid = ACTIVATIONS["sigmoid"]
    ax = plot_activation_function(sigmoid.function, sigmoid.derivative, "sigmoid", [-6, 6, -0.1, 1.1])
    assert ax.get_xlim() == (-6, 6)
    assert ax.get_ylim() == (-0.1, 1.1)
    assert ax.get_title() == "sigmoid"
    curves = {line.get_label(): line.get_xydata().T for line in ax.lines}
    for label, function in (("$f(x)$", sigmoid.function), ("$f'(x)$", sigmoid.derivative)):
        x, y = curves[label]
        assert (x[0], x[-1]) == (-6, 6)
        np.testing.assert_allclose(y, function(x))


@pytest.mark.parametrize(
    ("f", "f_prime"),
    [(torch.sin, torch.cos), (math.sin, math.cos), (np.sin, np.cos)],
    ids=lambda function: type(function).__name__,
)
def test_activation_function_may_be_of_tensors_numbers_or_arrays(f, f_prime):
    ax = plot_activation_function(f, f_prime, "sine", [-6, 6, -1, 1])
    for line, exact in zip([line for line in ax.lines if len(line.get_xdata()) > 2], (np.sin, np.cos), strict=True):
        x, y = line.get_xydata().T
        np.testing.assert_allclose(y, exact(x), atol=1e-15)


def curves_of(ax):
    """The curves drawn, by their labels."""
    return {line.get_label(): line.get_xydata().T for line in ax.lines if not line.get_label().startswith("_")}


@pytest.mark.parametrize(
    ("name", "window"),
    [("sigmoid", (-6, 6, -0.1, 1.1)), ("tanh", (-6, 6, -1.1, 1.1)), ("relu", (-6, 6, -1.1, 6.1))],
    ids=["sigmoid", "tanh", "relu"],
)
def test_a_function_by_name_has_the_window_of_the_course(name, window):
    ax = plot_activation_function(name)
    assert (*ax.get_xlim(), *ax.get_ylim()) == window
    assert ax.get_title() == ACTIVATIONS[name].label
    curves = curves_of(ax)
    for label, function in (("$f(x)$", ACTIVATIONS[name].function), ("$f'(x)$", ACTIVATIONS[name].derivative)):
        np.testing.assert_allclose(curves[label][1], function(curves[label][0]))


@pytest.mark.parametrize(
    ("f", "title", "window"),
    [
        (nn.Tanh(), "tanh", (-1.1, 1.1)),
        (torch.tanh, "tanh", (-1.1, 1.1)),
        (lambda x: x * torch.sigmoid(x), "f", (-0.905, 6.085)),
    ],
    ids=["module", "function", "lambda"],
)
def test_a_function_alone_is_given_its_derivative_a_name_and_a_window(f, title, window):
    ax = plot_activation_function(f)
    assert ax.get_title() == title
    assert ax.get_ylim() == pytest.approx(window, abs=1e-3)
    x, slopes = curves_of(ax)["$f'(x)$"]
    at = torch.tensor(x, requires_grad=True)
    (expected,) = torch.autograd.grad(f(at).sum(), at)
    np.testing.assert_allclose(slopes, expected, atol=1e-12)


def test_an_unknown_name_of_a_function_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'tanh'"):
        plot_activation_function("tanhh")


@pytest.mark.parametrize("axis", [(-6, 6), (6, -6, 0, 1), (-6, 6, 1, 1), "abcd", 6])
def test_a_window_is_four_increasing_bounds(axis):
    with pytest.raises(ValueError, match="four bounds"):
        plot_activation_function(np.tanh, np.cosh, "tanh", axis)


class Record:
    loss = (0.7, 0.5, None)
    accuracy = (50.0, 80.0, 90.0)


@pytest.mark.parametrize(
    "history",
    [
        {"loss": [0.7, 0.5, np.nan], "accuracy": [0.5, 0.8, 0.9]},
        {"loss": torch.tensor([0.7, 0.5, np.nan]), "acc": [0.5, 0.8, 0.9]},
        Record(),
    ],
)
def test_loss_and_accuracy_are_drawn_per_epoch(history):
    left = plot_loss_acc(history)
    right = left.right_ax
    epochs, loss = left.lines[0].get_data()
    assert list(epochs) == [1, 2, 3]
    np.testing.assert_allclose(loss, [0.7, 0.5, np.nan])
    np.testing.assert_allclose(right.lines[0].get_ydata(), [0.5, 0.8, 0.9])


def test_the_rows_of_a_run_are_at_their_epochs_also_where_some_were_left_out():
    history = History(max_epochs=4)
    for epoch in range(1, 11):
        history.add_epoch(epoch, epoch, 1 / epoch, 0.5, None, None)
    ax = plot_loss_acc(history)
    epochs, loss = ax.lines[0].get_data()
    assert len(epochs) < 10
    np.testing.assert_allclose(loss, 1 / epochs)
    np.testing.assert_array_equal(ax.right_ax.lines[0].get_xdata(), epochs)


def test_curves_of_two_runs_share_both_axes_and_cleared_axes_begin_anew():
    figure = Figure()
    ax = figure.add_subplot()
    for _ in range(2):
        plot_loss_acc({"loss": [1.0, 0.5], "accuracy": [0.5, 0.75]}, ax=ax)
    assert (len(figure.axes), len(ax.lines), len(ax.right_ax.lines)) == (2, 2, 2)
    ax.clear()
    plot_loss_acc({"loss": [1.0, 0.5], "accuracy": [0.5, 0.75]}, ax=ax)
    assert (len(figure.axes), len(ax.lines), len(ax.right_ax.lines)) == (2, 1, 1)
    draw(figure)


def test_a_single_epoch_is_a_point():
    ax = plot_loss_acc({"loss": [0.5], "accuracy": [0.5]})
    assert [line.get_marker() for line in (*ax.lines, *ax.right_ax.lines)] == ["o", "o"]


def test_a_history_without_loss_is_refused():
    with pytest.raises(ValueError, match="it has no loss"):
        plot_loss_acc({"accuracy": [1.0]})


# --- the whole picture


def test_planar_figure_shows_data_boundary_network_and_curves():
    model = build_mlp(2, (3, 2), seed=1)
    history = {
        "epoch": [1, 2, 3, 4],
        "running_loss": [0.9, 0.7, 0.5, 0.4],
        "running_accuracy": [0.5, 0.6, 0.7, 0.8],
        "test_loss": [None, 0.8, None, 0.6],
        "test_accuracy": [None] * 4,
    }
    figure = planar_figure(model, DATA, history=history, loss_label="binary cross-entropy", title="moons")
    draw(figure)
    network, field, loss, accuracy = figure.axes
    assert (field.get_xlim(), field.get_ylim()) == tuple(pytest.approx(span) for span in plane_range(DATA))
    drawn = points_of(field)
    assert len(drawn[ORANGE]) + len(drawn[BLUE]) == len(DATA.x_train)
    assert "white" not in drawn
    train, test = loss.lines
    np.testing.assert_allclose(train.get_xydata().T, [[1, 2, 3, 4], [0.9, 0.7, 0.5, 0.4]])
    np.testing.assert_allclose(test.get_xydata().T, [[2, 4], [0.8, 0.6]])
    assert len(accuracy.lines) == 1
    assert len(network.images) == 2 + 3 + 2 + 1
    assert figure.get_suptitle() == "moons"
    assert loss.get_title(loc="left") == "loss: binary cross-entropy"


def test_planar_figure_of_many_classes_shows_the_probability_of_each_in_its_colour():
    model = build_mlp(2, (3,), 5, output_activation=None, seed=1)
    history = {"loss": [1.6, 1.2], "accuracy": [0.2, 0.4]}
    figure = planar_figure(model, RINGS, history=history, takes="logit")
    draw(figure)
    network, field, _, accuracy = figure.axes
    (x_low, x_high), (y_low, y_high) = plane_range(RINGS)
    tiles = network.images[-5:]
    expected = decision_map(model, (x_low, x_high), (y_low, y_high), 40, 40, "logit", 5)
    for index, tile in enumerate(tiles):
        np.testing.assert_allclose(tile.get_array(), 2 * expected[..., index] - 1, atol=1e-6)
        assert [to_hex(tile.get_cmap()(share)) for share in (0.0, 1.0)] == [PAPER, COLORS[index]]
        assert tile.get_clim() == (-1, 1)
    keys = [(line.get_color(), line.get_marker()) for line in network.lines if line.get_marker() != "None"]
    assert keys == list(zip(COLORS, "os^Dv", strict=False))
    assert [text.get_text() for text in field.get_legend().texts] == list("01234")
    drawn = [len(c.get_offsets()) for c in field.collections[-10:]]
    assert (sum(drawn[:5]), sum(drawn[5:])) == (len(RINGS.x_train), len(RINGS.x_test))
    assert {to_hex(c.get_facecolors()[0]) for c in field.collections[-5:]} == {"#ffffff"}
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [0.2, 0.4])


def test_planar_figure_of_values_has_a_bar_and_no_accuracy():
    model = build_mlp(2, (), 1, output_activation=None, seed=0)
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0.0]]))
        model[0].bias.fill_(0.25)
    history = {"loss": [0.5, 0.2], "accuracy": [np.nan, np.nan]}
    figure = planar_figure(model, HILLS, history=history, title="hills")
    draw(figure)
    network, field, loss, accuracy, bar = (figure.axes[index] for index in (0, 1, 3, 4, 2))
    assert field.get_title(loc="left") == "predicted value"
    assert field.images[0].get_clim() == bar.get_ylim() == HILLS.value_range
    train, test = field.collections
    np.testing.assert_array_equal(train.get_array(), HILLS.y_train[:, 0])
    np.testing.assert_array_equal(test.get_array(), HILLS.y_test[:, 0])
    assert test.get_linewidths()[0] > train.get_linewidths()[0]
    x_range, _ = plane_range(HILLS)
    expected = np.clip((np.linspace(*x_range, 40) + 0.25) / HILLS.value_range[1], -1, 1)
    np.testing.assert_allclose(network.images[-1].get_array()[3], expected, atol=1e-6)
    np.testing.assert_allclose(loss.lines[0].get_ydata(), [0.5, 0.2])
    assert not accuracy.lines
    assert [text.get_text() for text in accuracy.texts] == ["no accuracy in regression"]


def edges_of(ax):
    return [
        (to_hex(p.get_edgecolor()), p.get_linestyle(), p.get_linewidth())
        for p in ax.patches
        if len(p.get_path().vertices) == 4
    ]


def test_the_sign_of_a_weight_is_a_colour_and_a_line_style_its_size_a_width():
    model = build_mlp(2, (), seed=0)
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[3.0, -0.1]]))
    weak, strong = edges_of(planar_figure(model, DATA).axes[0])
    assert (weak[0], strong[0]) == (ORANGE, BLUE)
    assert (weak[1] == "solid", strong[1] == "solid") == (False, True)
    assert strong[2] > 3 * weak[2]


def test_tiles_show_the_neurons_and_the_output():
    model = build_mlp(2, (1,), seed=0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model[0].weight[0, 0] = 1.0
        model[2].bias.fill_(1e3)
    x1, x2, hidden, output = (np.asarray(image.get_array()) for image in planar_figure(model, DATA).axes[0].images)
    (x_low, x_high), (y_low, y_high) = plane_range(DATA)
    x_most, y_most = max(-x_low, x_high), max(-y_low, y_high)
    np.testing.assert_allclose(x1[0], np.linspace(x_low, x_high, 40) / x_most, rtol=1e-6)
    np.testing.assert_allclose(x2[:, 0], np.linspace(y_low, y_high, 40) / y_most, rtol=1e-6)
    np.testing.assert_allclose(hidden[7], np.tanh(np.linspace(x_low, x_high, 40)), atol=1e-6)
    np.testing.assert_allclose(output, 1)


def test_big_layers_show_some_neurons_and_say_how_many_more():
    network = planar_figure(build_mlp(2, (16, 3)), DATA).axes[0]
    assert len(network.images) == 2 + 12 + 3 + 1
    assert "+ 4 more" in {text.get_text() for text in network.texts}


def test_a_model_of_one_s_own_is_listed_and_an_untrained_one_says_so():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(2, 8), nn.Linear(8, 1)

        def forward(self, x):
            return self.last(torch.sin(self.first(x)))

    figure = planar_figure(Own(), DATA, takes="logit")
    draw(figure)
    network, _, loss, _ = figure.axes
    assert {"first", "2 → 8", "24", "last", "8 → 1", "9"} <= {text.get_text() for text in network.texts}
    assert [text.get_text() for text in loss.texts] == ["not trained yet"]


def test_a_graph_already_read_is_used():
    model = build_mlp()
    graph = read_network(nn.Linear(2, 7), torch.zeros(1, 2))
    assert "2 → 7" in {text.get_text() for text in planar_figure(model, DATA, graph=graph).axes[0].texts}


def test_a_model_that_diverged_is_drawn_without_warning():
    model = build_mlp(2, (2,), activation="relu")
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
        model[2].bias.fill_(float("inf"))
    draw(planar_figure(model, DATA))


def test_a_figure_is_a_picture_without_pyplot():
    script = (
        "import sys\n"
        "from nnwidgets.plots import plot_dataset\n"
        "from nnwidgets.datasets import make_planar\n"
        "picture = plot_dataset(make_planar('xor')).figure._repr_png_()[0]\n"
        "print(picture[:4] == b'\\x89PNG', 'matplotlib.pyplot' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "False"]
