"""The panels under the picture: their numbers are those of plain PyTorch, after training on as well."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.agreement import wait_for_present
from tests.browser.shared import fresh_view, shared_notebook

TRAINER = """
import torch
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(3,), n_samples=100, test_share=0.3, batch_size=7, engine="fused")
trainer
"""

# Runs in the kernel, with nothing but the model and the data that the trainer hands out.
TRUTH = """
def flat(tensors):
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).tolist()

def truth(on):
    data = trainer.dataset
    model = torch.nn.Sequential(*trainer.model)
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train)
    kept = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    torch.nn.functional.binary_cross_entropy(model(x), y).backward()
    gradients = flat(parameter.grad for parameter in model.parameters())
    for parameter, gradient in zip(model.parameters(), kept):
        parameter.grad = gradient
    hidden = model[:2](x)
    x, y = (x, y) if on == "train" else (torch.tensor(data.x_test), torch.tensor(data.y_test))
    pairs = 2 * y[:, 0].long() + (model(x)[:, 0] > 0.5).long()
    return {
        "parameters": flat(model.parameters()),
        "gradients": gradients,
        "matrix": torch.bincount(pairs, minlength=4).tolist(),
        "hidden": [hidden.mean().item(), hidden.std(correction=0).item()],
    }
"""
PANELS = ("Errors", "Distributions", "Parameters")


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        notebook.execute(TRUTH)
        yield notebook


@pytest.fixture
def view(notebook):
    return fresh_view(notebook)


def unfold(view):
    for title in PANELS:
        button = view.button(title)
        if button.get_attribute("aria-expanded") == "false":
            button.click()


def number(text):
    return float(text.replace("\u2212", "-").replace("+", ""))


def table(view):
    """The numbers in the table of parameters, by the index of the parameter: value, gradient, last change."""
    view.root.locator(".nnw-parameters").evaluate("(table) => table.scrollTo(0, 0)")
    rows = view.root.locator("[data-parameter]").evaluate_all(
        "(rows) => rows.map((row) => [row.dataset.parameter, [...row.cells].slice(1).map((cell) => cell.textContent)])"
    )
    return {int(index): texts for index, texts in rows}


def check(notebook, view, on="train"):
    """Compare what is on screen with plain PyTorch; the trainer stands still. Returns the parameters."""
    wait_for_present(notebook, view)
    truth = notebook.value(f"truth({on!r})")
    wait = "(root, text) => root.querySelector('[data-parameter=\"0\"] td').textContent === text"
    view.wait_for(wait, f"{truth['parameters'][0]:.4f}".replace("-", "\u2212"))
    shown = table(view)
    assert len(shown) > 10
    for index, (value, gradient, _) in shown.items():
        assert number(value) == pytest.approx(truth["parameters"][index], abs=5.1e-5)
        assert number(gradient) == pytest.approx(truth["gradients"][index], abs=5.1e-7)
    cells = view.root.locator("[role=gridcell]").all_inner_texts()
    assert [int(text or 0) for text in cells] == truth["matrix"]
    mean, deviation = view.root.locator(".nnw-histogram").nth(2).locator("span").first.inner_text().split(", ")
    assert number(mean.split(" ")[1]) == pytest.approx(truth["hidden"][0], abs=0.0051)
    assert number(deviation.split(" ")[1]) == pytest.approx(truth["hidden"][1], abs=0.0051)
    return np.array(truth["parameters"])


def test_numbers_are_those_of_plain_pytorch_also_after_a_second_run(notebook, view):
    unfold(view)
    for epochs in (3, 4):
        notebook.execute(f"trainer.train(epochs={epochs}); trainer.wait()")
        before = check(notebook, view)
    # One more step, of which the table says what it changed.
    view.click("Step batch")
    view.wait_for("(root) => root.querySelector('.nnw-epoch-sub').textContent.includes('71')")
    changed = check(notebook, view) - before
    assert np.abs(changed).max() > 1e-4
    for index, (_, _, change) in table(view).items():
        assert number(change) == pytest.approx(changed[index], abs=6e-7)
    view.radio("Samples: test").check()
    check(notebook, view, on="test")


def test_gradients_as_lines_and_closed_panels_cost_nothing(notebook, view):
    notebook.execute("trainer.step(3)")
    view.radio("Lines: gradients").check()
    view.wait_for("(root) => /widest = \\d/.test(root.querySelector('.nnw-legend').textContent)")
    largest = max(map(abs, notebook.value("truth('train')['gradients']")))
    said = view.root.locator(".nnw-legend").inner_text().split("widest = ")[1].split()[0]
    assert float(said) == pytest.approx(largest, rel=0.06)
    assert notebook.value("sorted(trainer._channel.wish().wants)") == ["gradients"]
    view.radio("Lines: weights").check()
    with notebook.watch("sorted(trainer._channel.wish().wants)") as watch:
        watch.wait_for([])
