"""Small images for tests: three kinds of stripes, which a small network can tell apart, and a trainer of them."""

from __future__ import annotations

import base64

import numpy as np
import torch
from torch import nn

from nnwidgets import ImageDataset
from nnwidgets.training.threads import in_threads

NAMES = ("upright", "level", "both")


def small_images(n_train=60, n_test=30, *, side=6, channels=1, seed=0, scale=255.0):
    """Images of `side` × `side` bytes: upright or level stripes, or both, under noise."""
    random = np.random.default_rng(seed)

    def part(count):
        labels = np.arange(count) % 3
        images = random.integers(0, 120, (count, channels, side, side), dtype=np.uint8)
        images[labels != 1, :, :, ::2] += 120
        images[labels != 0, :, ::2, :] += 15
        order = random.permutation(count)
        return images[order], labels[order]

    train, test = part(n_train), part(n_test)
    return ImageDataset("stripes", *train, *test, NAMES, scale=scale)


def of_floats(data):
    """The same images as shares, which no whole number says."""
    x_train, x_test = (np.array(x, np.float32) / np.float32(300) for x in (data.x_train, data.x_test))
    return ImageDataset("floats", x_train, data.y_train, x_test, data.y_test, data.class_names)


def convolutional(seed=0, classes=3, side=6):
    """Two convolutions with pooling, then a linear layer."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 5, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(5 * (side // 2) ** 2, classes),
        )


@in_threads(1)  # as trainers do: sums are rounded differently with another number
def plain_run(model, data, steps, *, rate=0.1, batch_size=7, seed=None):
    """The loop of a textbook over floats; the samples in their order, or drawn from `seed` as trainers draw them."""
    x, y = torch.tensor(data.x_train) / data.scale, torch.tensor(data.y_train)[:, 0].long()
    optimizer, loss_fn, losses, epoch = torch.optim.SGD(model.parameters(), lr=rate), nn.CrossEntropyLoss(), [], 0
    while len(losses) < steps:
        order = torch.arange(len(x))
        if seed is not None:
            order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed * 1_000_000 + epoch))
        for batch in order.split(batch_size)[: steps - len(losses)]:
            optimizer.zero_grad()
            loss = loss_fn(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        epoch += 1
    return losses


def outputs_of(model, data):
    """Logits of the test set, by plain PyTorch."""
    with torch.no_grad():
        return model(torch.tensor(data.x_test) / data.scale)


def in_base64(pixels):
    """An image as a view sends it."""
    return base64.b64encode(np.asarray(pixels, dtype=np.uint8).tobytes()).decode()
