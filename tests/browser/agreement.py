"""What is on screen, compared with what PyTorch computes in the kernel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.browser.notebook import Notebook
from tests.browser.view import MAP, View

GRID = 24  # places per side where the map is compared

# Runs in the kernel, with nothing but the model and the data that the trainer hands out.
_KERNEL = """
def _plain_pytorch(trainer, points, neuron=None):
    import torch
    x, y = torch.tensor(trainer.dataset.x_train), torch.tensor(trainer.dataset.y_train)
    points = torch.tensor(points, dtype=torch.float32)
    with torch.no_grad():
        outputs = trainer.model(x)
        layers = list(trainer.model.children())
        upto = layers if neuron is None else layers[: 2 * neuron[0] + 2]
        values = torch.nn.Sequential(*upto)(points)[:, 0 if neuron is None else neuron[1]]
        return {
            "loss": torch.nn.functional.binary_cross_entropy(outputs, y).item(),
            "accuracy": ((outputs > 0.5) == (y > 0.5)).float().mean().item(),
            "values": values.tolist(),
        }
"""


@dataclass(frozen=True)
class Figures:
    """The numbers beside the picture, as text."""

    epoch: str
    progress: str
    loss: str
    accuracy: str


def figures(view: View) -> Figures:
    """Read the numbers in the header."""
    cells = view.root.locator(".nnw-metrics tbody tr").first.locator("td")
    return Figures(
        view.root.locator(".nnw-epoch b").inner_text(),
        view.root.locator(".nnw-epoch-sub").inner_text(),
        cells.nth(0).inner_text(),
        cells.nth(1).inner_text(),
    )


def wait_for_present(notebook: Notebook, view: View) -> None:
    """Wait until the newest picture that Python has sent is on screen; for a trainer that stands still."""
    view.wait_for_frame(notebook.value("trainer._channel.sent"))


def chip(view: View, word: str) -> Any:
    """A switch under the map: "train", "test", and "misclassified", which with a test set is "wrong"."""
    return view.root.get_by_role("button", name=re.compile(f"^{word} [\\d,]+$"))


def show_points(view: View, shown: bool) -> None:
    """Show or hide the points over the map, with the switches under it."""
    for word in ("train", "test", "misclassified", "wrong"):
        switch = chip(view, word)
        if switch.count() and (switch.get_attribute("aria-pressed") == "true") != shown:
            switch.click()
            view.wait_for(
                "(root, [word, shown]) => [...root.querySelectorAll('.nnw-chip')].some((chip) =>"
                " chip.textContent.trim().startsWith(`${word} `) && chip.ariaPressed === String(shown))",
                [word, shown],
            )
    settle(view)


def settle(view: View) -> None:
    """Wait until what has come before now is drawn: the picture in the next frame, curves when they are due."""
    view.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    view.wait_for("(root) => !root.querySelector('[data-due]')")


def resize(notebook: Notebook, view: View, width: int) -> None:
    """Make a view so wide, and wait until it has drawn itself anew."""
    notebook.set_output_width(width)
    view.wait_for("(root, width) => root.clientWidth === width", width)
    settle(view)


def blueness(view: View) -> npt.NDArray[np.float64]:
    """How much bluer than red the map is, `(GRID, GRID)`, row 0 at the top; points should be hidden."""
    pixels = view.pixels(MAP).astype(float)
    height, width = pixels.shape[:2]
    rows = ((np.arange(GRID) + 0.5) / GRID * height).astype(int)
    columns = ((np.arange(GRID) + 0.5) / GRID * width).astype(int)
    colours = pixels[np.ix_(rows, columns)]
    assert (colours[..., 3] == 255).all(), "the map is not drawn everywhere"
    return colours[..., 2] - colours[..., 0]


def colours_of(view: View) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Red, green and blue of the neutral colour and of the classes, as the stylesheet has them."""
    names = ["--nnw-ramp-0", *(f"--nnw-class-{index}" for index in range(8))]
    read = """(root, names) => names.map((name) => {
        const probe = document.createElement("i");
        probe.style.color = `var(${name})`;
        root.append(probe);
        const colour = getComputedStyle(probe).color;
        probe.remove();
        return colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    })"""
    neutral, *classes = np.array(view.root.locator(".nnw-app").evaluate(read, names), dtype=float)
    return neutral, np.array(classes)


def map_colours(view: View) -> npt.NDArray[np.float64]:
    """Red, green and blue of the map at `places`, `(GRID * GRID, 3)`; points should be hidden."""
    pixels = view.pixels(MAP).astype(float)[..., :3]
    rows, columns = (((np.arange(GRID) + 0.5) / GRID * side).astype(int) for side in pixels.shape[:2])
    colours: npt.NDArray[np.float64] = pixels[np.ix_(rows, columns)].reshape(-1, 3)
    return colours


def places(notebook: Notebook) -> npt.NDArray[np.float64]:
    """The points of the plane where `blueness` looks, `(GRID * GRID, 2)`."""
    (x_low, x_high), (y_low, y_high) = notebook.value("[trainer._data['x_range'], trainer._data['y_range']]")
    shares = (np.arange(GRID) + 0.5) / GRID
    x, y = np.meshgrid(x_low + shares * (x_high - x_low), y_high - shares * (y_high - y_low))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def plain_pytorch(notebook: Notebook, neuron: tuple[int, int] | None = None) -> dict[str, Any]:
    """Loss, accuracy, and the values of the output (or of a hidden neuron) at `places`."""
    notebook.execute(_KERNEL)
    answer: dict[str, Any] = notebook.value(f"_plain_pytorch(trainer, {places(notebook).tolist()}, {neuron})")
    return answer


def check_map(seen: npt.NDArray[np.float64], values: npt.NDArray[np.float64], near_zero: float) -> None:
    """Assert that a map has the sign of the values everywhere, and deeper colours where they are larger.

    Where the values are nearer to zero than `near_zero`, the contour runs, in a colour of its own.
    """
    seen, values = seen.ravel(), values.ravel()
    clear = np.abs(values) > near_zero
    assert (clear & (values > 0)).any(), "nothing positive to be compared"
    assert (clear & (values < 0)).any(), "nothing negative to be compared"
    assert np.array_equal(seen[clear] > 0, values[clear] > 0)
    for side in (clear & (values > 0), clear & (values < 0)):
        order = np.argsort(values[side])
        depth = seen[side][order]
        # Bytes on the way and smoothing between cells leave small steps back.
        assert (np.maximum.accumulate(depth) - depth).max() <= 12


def check_picture(notebook: Notebook, view: View) -> dict[str, Any]:
    """Assert that figures and map agree with the traits and with plain PyTorch; returns the latter's numbers.

    The trainer stands still, and both classes are somewhere predicted.
    """
    wait_for_present(notebook, view)
    show_points(view, False)
    shown, truth = figures(view), plain_pytorch(notebook)
    traits = notebook.value("[trainer.epoch, trainer.step_count, trainer.loss, trainer.accuracy]")
    epoch, step, loss, accuracy = traits
    assert shown.epoch == f"{epoch:,}"
    assert f"step {step:,}" in shown.progress
    assert shown.loss == f"{loss:.3f}"
    assert shown.accuracy == f"{100 * accuracy:.1f}\u2009%"
    assert accuracy == truth["accuracy"]
    assert np.isclose(loss, truth["loss"], rtol=1e-6)
    check_map(blueness(view), 2 * np.array(truth["values"]) - 1, near_zero=0.3)
    show_points(view, True)
    return truth
