"""What a view of a trainer of functions says, and what plain PyTorch says of the same."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.agreement import settle, wait_for_present
from tests.browser.notebook import Notebook
from tests.browser.view import View

# Runs in the kernel, with nothing but the model and the data that the trainer hands out.
KERNEL = """
def _plain_pytorch(trainer, x):
    import torch
    hidden, activation, output = trainer.model
    places = torch.tensor(trainer.inputs([x]))
    data = trainer.dataset
    with torch.no_grad():
        pieces = (output.weight * activation(hidden(places)))[0]
        errors = trainer.model(trainer.inputs(data.x_train[:, 0])) - torch.tensor(data.y_train)
        return {
            "w": hidden.weight[:, 0].tolist(), "b": hidden.bias.tolist(), "v": output.weight[0].tolist(),
            "sums": [output.bias.item() + pieces[:count].sum().item() for count in range(len(pieces) + 1)],
            "bias": output.bias.item(), "rmse": errors.square().mean().sqrt().item(),
        }
"""
MINUS = "\u2212"


def train(notebook: Notebook, view: View, epochs: int) -> None:
    notebook.execute(f"trainer.train(epochs={epochs}); trainer.wait()")
    wait_for_present(notebook, view)
    settle(view)


def truth(notebook: Notebook, x: float = 0.0) -> dict[str, Any]:
    notebook.execute(KERNEL)
    known: dict[str, Any] = notebook.value(f"_plain_pytorch(trainer, {x})")
    return known


def written(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", MINUS)


def number(view: View, name: str) -> str:
    """A number of the formula, with the sign that stands before it."""
    place = view.root.locator(f"[data-n='{name}']").first
    text = place.text_content() or ""
    sign = place.get_attribute("data-sign")
    return MINUS + text if sign == MINUS and not text.startswith(MINUS) else text


def tile(view: View, index: int) -> Any:
    return view.root.get_by_role("button", name=f"Neuron {index + 1}", exact=True)


def check_formula(view: View, known: dict[str, Any], index: int) -> None:
    expect(view.root.locator(".nnw-explain-head")).to_contain_text(f"Neuron {index + 1}")
    assert number(view, "v") == written(known["v"][index])
    assert number(view, "w") == written(known["w"][index])
    assert number(view, "b") == written(known["b"][index])
    place = -known["b"][index] / known["w"][index]
    assert number(view, "place") == written(place)


def on_plot(notebook: Notebook, view: View, x: float, height: float = 0.5) -> tuple[float, float]:
    """Where an x is on the page, at a share of the height that the function has."""
    low, high = notebook.value("trainer._data['domain']")
    box = view.root.locator(".nnw-fit-plot").bounding_box()
    assert box is not None
    left, right = box["x"] + 40, box["x"] + box["width"] - 10
    return left + (x - low) / (high - low) * (right - left), box["y"] + 6 + height * 262


def reading(view: View, name: str) -> float:
    """A number beside the title of the plot, such as the fit at the x that is pointed at."""
    note = view.root.locator(".nnw-fit .nnw-titlerow .nnw-2nd").text_content() or ""
    found = re.search(rf"{name}(?: =)? (\S+)", note)
    assert found, note
    return float(found.group(1).replace(MINUS, "-"))
