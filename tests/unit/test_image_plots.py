"""Images side by side: which are drawn, what is written below them, and how wrong answers look."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import nn

from nnwidgets import ImageDataset, plot_fashion_images
from nnwidgets.fashion import FASHION_CLASSES

INK, INK_2, HAIRLINE = "#1f1f1f", "#5e5e5e", "#e0e0e0"
GENERATOR = np.random.default_rng(0)
COUNT = 40
X = GENERATOR.integers(0, 256, (COUNT, 28, 28), dtype=np.uint8)
X[:, 0, 0] = np.arange(COUNT)  # tells which is which
Y = np.arange(COUNT) % 10


class Knows(nn.Module):
    """Answers each image with its number modulo 10, but takes a 3 for a 5, each time with 75 %."""

    def __init__(self, classes=10, logits=True):
        super().__init__()
        self.classes, self.logits = classes, logits
        self.seen = []
        self.place = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        self.seen.append((x, self.training))
        numbers = (x[:, 0, 0, 0] * 255).round().long() % 10
        numbers = torch.where(numbers == 3, 5, numbers)
        p = torch.full((len(x), self.classes), 0.25 / (self.classes - 1), dtype=torch.float64)
        p[torch.arange(len(x)), numbers] = 0.75
        return p.log() + 2 if self.logits else p


def draw(figure):
    """Render a figure with warnings as errors, and return its pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def texts(ax):
    return [text.get_text() for text in ax.texts]


def numbers_of(ax):
    """Which of `X` are drawn."""
    return [round(float(np.asarray(image.get_array())[0, 0]) * 255) for image in ax.images]


def frames(ax):
    return [(patch.get_edgecolor(), patch.get_linewidth()) for patch in ax.patches]


def test_28_images_are_drawn_with_the_names_of_their_classes():
    ax = plot_fashion_images(X, Y, seed=1)
    chosen = numbers_of(ax)
    assert len(set(chosen)) == 28
    assert texts(ax) == [FASHION_CLASSES[number % 10] for number in chosen]
    assert len(set(frames(ax))) == 1
    assert draw(ax.figure).std() > 10


def test_the_choice_follows_the_seed_and_is_another_one_without():
    assert numbers_of(plot_fashion_images(X, Y, seed=1)) == numbers_of(plot_fashion_images(X, Y, seed=1))
    assert numbers_of(plot_fashion_images(X, Y, seed=1)) != numbers_of(plot_fashion_images(X, Y, seed=2))
    assert len({tuple(numbers_of(plot_fashion_images(X, Y))) for _ in range(3)}) > 1  # 40!/12! choices
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - what must not change
    plot_fashion_images(X, Y)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize("logits", [True, False], ids=["logits", "probabilities"])
def test_a_models_answers_stand_below_and_wrong_ones_are_marked(logits):
    model = Knows(logits=logits)
    ax = plot_fashion_images(X, Y, model=model, seed=1)
    chosen = numbers_of(ax)
    written = ax.texts
    wrong = [number % 10 == 3 for number in chosen]
    assert 0 < sum(wrong) < 28
    for number, name, answer, (color, width), is_wrong in zip(
        chosen, written[::2], written[1::2], frames(ax), wrong, strict=True
    ):
        assert (name.get_text(), name.get_weight()) == (FASHION_CLASSES[number % 10], "normal")
        expected = "Sandal? 75\N{THIN SPACE}%" if is_wrong else "75\N{THIN SPACE}%"
        assert answer.get_text() == expected
        assert (answer.get_weight(), answer.get_color()) == (("bold", INK) if is_wrong else ("normal", INK_2))
        assert width == pytest.approx(1.6 if is_wrong else 0.8)
        assert color[:3] == pytest.approx([int((INK if is_wrong else HAIRLINE)[1:3], 16) / 255] * 3)
    draw(ax.figure)


def test_a_model_gets_scaled_pixels_with_channels_and_keeps_its_mode():
    model = Knows().train()
    plot_fashion_images(X, Y, model=model, seed=1)
    ((x, training),) = model.seen
    assert (x.shape, x.dtype, training) == ((28, 1, 28, 28), torch.float32, False)
    assert not x.requires_grad
    assert model.training
    assert set((x[:, 0, 0, 0] * 255).round().int().tolist()) <= set(range(COUNT))
    assert float(x.max()) <= 1
    plot_fashion_images(X / np.float32(255), Y, model=model, seed=1)
    assert torch.equal(model.seen[1][0], x)
    plot_fashion_images(torch.from_numpy(X)[:, None], torch.from_numpy(Y), "cpu", model, seed=1)
    assert torch.equal(model.seen[2][0], x)


def test_a_device_and_a_plain_function_will_do():
    seen = []

    def model(x):
        seen.append(x.device.type)
        return torch.eye(10)[:1].repeat(len(x), 1)

    plot_fashion_images(X, Y, torch.device("cpu"), model)
    plot_fashion_images(X, Y, model=model)
    assert seen == ["cpu", "cpu"]


def test_a_dataset_is_drawn_by_its_test_images_its_names_and_its_scale():
    x = (X // 16)[:, None]
    data = ImageDataset("pets", x[:2], [0, 1], x, Y % 2, ("cat", "dog"), scale=16.0)
    model = Knows(2)
    ax = plot_fashion_images(data, seed=0, model=lambda x: (model.seen.append((x, None)), torch.zeros(len(x), 2))[1])
    assert set(texts(ax)[::2]) == {"cat", "dog"}
    assert float(model.seen[0][0].max()) == 15 / 16
    assert set(texts(plot_fashion_images(data, classes=["a", "b"]))) == {"a", "b"}
    with pytest.raises(TypeError, match="an ImageDataset has its labels"):
        plot_fashion_images(data, Y)
    with pytest.raises(ValueError, match="classes must be 2 texts, but 3 were given"):
        plot_fashion_images(data, classes=["a", "b", "c"])


@pytest.mark.parametrize(
    ("x", "labels", "classes", "names"),
    [
        (X[:3, :8, :8], [0, 1, 1], None, {"class 0", "class 1"}),
        (X[:3], [11, 0, 1], None, {"class 11", "class 0", "class 1"}),
        (X[:3], [0, 1, 1], [r"a $\no$ cat", "_dog"], {r"a $\no$ cat", "_dog"}),
        (X[:3], ["dog", "cat", "dog"], None, {"dog", "cat"}),
        (X[:3], np.array([[1.0], [0.0], [1.0]]), ["cat", "dog"], {"dog", "cat"}),
        (np.zeros((3, 3, 28, 28), np.uint8), [0, 1, 1], None, {"class 0", "class 1"}),
    ],
    ids=["another size", "more classes", "names", "texts", "column", "coloured"],
)
def test_images_of_any_kind_are_named(x, labels, classes, names):
    ax = plot_fashion_images(x, labels, classes=classes)
    assert set(texts(ax)) == names
    draw(ax.figure)


def test_pixels_are_ink_on_paper_and_colours_are_colours():
    x = np.zeros((1, 4, 4), np.uint8)
    x[0, :, 2:] = 255
    ax = plot_fashion_images(x, [0])
    image = ax.images[0]
    rgba = image.cmap(image.norm(image.get_array()))
    assert rgba[0, 0].tolist() == [1, 1, 1, 1]
    assert rgba[0, 3, :3] == pytest.approx([0x1F / 255] * 3)
    red = np.zeros((1, 3, 4, 4), np.uint8)
    red[0, 0] = 255
    (image,) = plot_fashion_images(red, [0]).images
    assert np.asarray(image.get_array())[1, 1].tolist() == [1, 0, 0]


def test_values_beyond_0_and_1_are_stretched_and_not_cut():
    x = np.linspace(-2, 6, 16, dtype=np.float32).reshape(1, 4, 4)
    (image,) = plot_fashion_images(x, [0]).images
    assert np.asarray(image.get_array()).ravel() == pytest.approx(np.linspace(0, 1, 16))
    (image,) = plot_fashion_images(np.full((1, 4, 4), 7.5), [0]).images
    assert np.asarray(image.get_array()).ravel() == pytest.approx(np.zeros(16))


def test_a_figure_is_as_high_as_its_rows():
    heights = [plot_fashion_images(X[:count], Y[:count]).figure.get_figheight() for count in (28, 14, 7)]
    assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] / 4])
    assert plot_fashion_images(X, Y, model=Knows()).figure.get_figheight() > heights[0]
    assert plot_fashion_images(X[:, :14], Y).figure.get_figheight() < heights[0]


def test_it_draws_on_given_axes_with_lines_that_fit():
    figure = Figure(figsize=(4, 4))
    ax = figure.add_subplot()
    assert plot_fashion_images(X, Y, model=Knows(), ax=ax) is ax
    assert len(ax.images) == 28
    assert 3 < ax.texts[0].get_fontsize() < 4
    draw(ax.figure)


def test_lines_fit_axes_that_are_yet_to_be_laid_out():
    figure = Figure(figsize=(10, 4), layout="constrained")
    ax, _ = figure.subplots(1, 2)
    plot_fashion_images(X, Y, model=Knows(), ax=ax)
    expected = ax.texts[0].get_fontsize()
    draw(ax.figure)
    inches = ax.get_window_extent().width / figure.dpi
    assert expected == pytest.approx(8 * inches / 7.42, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"data": X[:0], "labels": []}, ValueError, "data has no images"),
        ({"data": X[0]}, ValueError, r"data must have shape \(n, height, width\) or .*not \(28, 28\)"),
        ({"data": "fashion"}, TypeError, "data must hold numbers"),
        ({"data": X + np.nan}, ValueError, "data must be finite numbers, but an image has NaN"),
        ({"labels": Y[:5]}, ValueError, "data has 40 images and labels has 5; they must be as many"),
        ({"labels": None}, TypeError, r"an array of shape \(40, 28, 28\) without labels"),
        ({"labels": Y - 1}, ValueError, r"labels must be classes, 0 to 9 \(T-shirt.*that of image 0 is -1"),
        ({"labels": Y + 0.5}, ValueError, "that of image 0 is 0.5"),
        ({"labels": Y * np.nan}, ValueError, "that of image 0 is nan"),
        ({"classes": ["a", "b"]}, ValueError, r"labels must be classes, 0 to 1 \(a, b\), but that of image 2 is 2"),
        ({"labels": ["a"] * 40, "classes": ["b"]}, ValueError, "that of image 0 is 'a'"),
        ({"model": Knows(10), "labels": Y + 5}, ValueError, r"one number for each class, \(28, 15\), .*\(28, 10\)"),
        ({"model": nn.Flatten(0)}, ValueError, "the model must put out one number for each class"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        plot_fashion_images(**{"data": X, "labels": Y} | arguments)
