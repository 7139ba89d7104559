"""More than two classes, and values to predict: what is on screen is what PyTorch computes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.agreement import (
    blueness,
    check_map,
    colours_of,
    figures,
    map_colours,
    places,
    settle,
    show_points,
    wait_for_present,
)

# Runs in the kernel, with nothing but the model that the trainer hands out.
OUTPUTS = """
def outputs(points):
    with torch.no_grad():
        return trainer.model(torch.tensor(points, dtype=torch.float32))
"""


@pytest.fixture
def trained(open_notebook):
    """A notebook with a trainer that was trained for some epochs, and its view with the points hidden."""

    def open_trained(arguments, epochs):
        notebook = open_notebook(
            f"import torch\nfrom nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer({arguments})\ntrainer"
        )
        notebook.run_cell(0)
        view = notebook.widget(0)
        view.wait_for_frame(1)
        notebook.execute(OUTPUTS)
        notebook.execute(f"trainer.train(epochs={epochs}); trainer.wait()")
        wait_for_present(notebook, view)
        show_points(view, False)
        return notebook, view

    return open_trained


def test_the_map_of_classes_shows_the_likeliest_and_how_sure_it_is(trained):
    notebook, view = trained("'rings', n_classes=4, hidden_layers=(8,), optimizer='adam', learning_rate=0.02", 60)
    probabilities = np.array(notebook.value(f"outputs({places(notebook).tolist()}).softmax(1).tolist()"))
    ordered = np.sort(probabilities, axis=1)
    margin, likeliest = ordered[:, -1] - ordered[:, -2], probabilities.argmax(axis=1)
    clear = margin > 0.35
    assert set(likeliest[clear].tolist()) == {0, 1, 2, 3}

    neutral, classes = colours_of(view)
    seen = map_colours(view) - neutral
    towards = classes - neutral
    alike = (seen @ towards.T) / np.linalg.norm(seen, axis=1)[:, None] / np.linalg.norm(towards, axis=1)
    assert np.array_equal(alike[clear].argmax(axis=1), likeliest[clear])
    depth = (seen * towards[likeliest]).sum(axis=1) / np.linalg.norm(towards, axis=1)[likeliest] ** 2
    sure = clear & (margin > 0.9)
    assert depth[sure].min() > depth[clear & (margin < 0.6)].max()

    legend = view.root.get_by_role("list", name="Classes; the paler the colour, the less certain")
    assert legend.locator("li").all_inner_texts() == ["0", "1", "2", "3"]
    right = "outputs(trainer.dataset.x_train).argmax(1).numpy() == trainer.dataset.y_train[:, 0]"
    assert figures(view).accuracy == f"{100 * notebook.value(f'({right}).mean()'):.1f}\u2009%"


def test_pointing_at_an_output_shows_the_probability_of_its_class(trained):
    notebook, view = trained("'gaussians', n_classes=3", 20)
    neutral, classes = colours_of(view)
    for index in range(3):
        view.button(f"Output neuron {index + 1}").focus()
        view.wait_for("(root) => root.querySelector('.nnw-readout')")
        settle(view)
        wait_for_present(notebook, view)
        assert f"P(class {index})" in view.root.locator(".nnw-ramp").inner_text()
        probability = np.array(notebook.value(f"outputs({places(notebook).tolist()}).softmax(1)[:, {index}].tolist()"))
        depth = (map_colours(view) - neutral) @ (classes[index] - neutral)
        # Between the two, the contour runs in a colour of its own.
        assert depth[probability > 0.9].min() > 2 * np.abs(depth[probability < 0.05]).max()


def test_the_map_of_values_shows_the_prediction(trained):
    notebook, view = trained("'plane', learning_rate=0.05", 30)
    low, high = notebook.value("trainer.dataset.value_range")
    assert low == -high
    values = np.array(notebook.value(f"outputs({places(notebook).tolist()})[:, 0].tolist()"))
    check_map(blueness(view), np.clip(values / high, -1, 1), near_zero=0.12)
    assert view.root.locator(".nnw-ramp").inner_text().startswith("prediction")
    assert view.root.get_by_role("heading", name="Accuracy").count() == 0
    assert notebook.value("trainer.accuracy") is None
    loss = notebook.value("((outputs(trainer.dataset.x_train).numpy() - trainer.dataset.y_train) ** 2).mean()")
    assert figures(view).loss == f"{loss:.3f}"
    assert view.root.get_by_role("button", name="misclassified").count() == 0


def test_other_data_in_the_middle_of_a_run_bring_their_outputs_and_can_be_rewound(trained):
    notebook, view = trained("speed=None", 3)
    view.click("Play")
    view.wait_for_status("running")
    view.click("rings")
    view.root.get_by_role("button", name="Output neuron 3").wait_for()
    view.click("plane")
    view.root.get_by_role("button", name="Output neuron", exact=True).wait_for()
    view.click("Pause")
    view.wait_for_status("paused")
    assert notebook.value("[entry.change.dataset.name for entry in trainer._loop.journal]") == ["rings", "plane"]
    notebook.execute("trainer.rewind(2)")
    assert notebook.value("[trainer.dataset.name, trainer.loss_fn, trainer.epoch]") == ["circles", "bce", 2]
    wait_for_present(notebook, view)
    assert figures(view).epoch == "2"
    assert "sigmoid" in view.root.locator(".nnw-stage").inner_text()
