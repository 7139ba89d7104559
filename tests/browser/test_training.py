"""Training as a reader sees it: the picture moves, and what it shows is what PyTorch computes."""

from __future__ import annotations

import numpy as np

from tests.browser.agreement import (
    blueness,
    check_map,
    check_picture,
    chip,
    figures,
    plain_pytorch,
    settle,
    show_points,
    wait_for_present,
)
from tests.browser.shared import end_by_interrupt
from tests.browser.view import CURVES, MAP, NETWORK

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"


def test_play_trains_and_the_picture_agrees_with_the_model(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    assert (view.status, figures(view).epoch) == ("idle", "0")
    assert notebook.value("trainer.step_count") == 0
    canvases = (MAP, NETWORK, CURVES)
    before = {canvas: view.pixels(canvas) for canvas in canvases}
    weights = notebook.value("trainer.model.state_dict()")

    recording = view.record()
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for_epoch(20)
    view.click("Pause")
    view.wait_for_status("paused")
    numbers = [drawn.number for drawn in recording.stop()]
    assert len(numbers) > 3
    assert numbers == sorted(set(numbers))
    assert notebook.value("trainer.model.state_dict()") != weights
    first = check_picture(notebook, view)
    for canvas in canvases:
        assert not np.array_equal(view.pixels(canvas), before[canvas])

    # A second run goes on from there, and ends as truly.
    epoch = notebook.value("trainer.epoch")
    notebook.add_and_run("trainer.train(epochs=40)\ntrainer.wait()\ntrainer.status")
    view.wait_for_epoch(epoch + 40)
    second = check_picture(notebook, view)
    assert second["loss"] < first["loss"]

    # Nothing trains any more.
    assert notebook.value("[trainer.status, trainer.step_count]") == ["idle", 100 * (epoch + 40)]
    check_neurons(notebook, view)
    check_misclassified(notebook, view)


def check_neurons(notebook, view):
    """Pointing at a hidden neuron shows its activation on the map, and its weights to the last digit shown."""
    show_points(view, False)
    for unit in range(2):
        view.button(f"Hidden 1, neuron {unit + 1}").focus()
        view.wait_for("(root) => root.querySelector('.nnw-readout')")
        settle(view)
        wait_for_present(notebook, view)
        values = np.array(plain_pytorch(notebook, (0, unit))["values"])
        check_map(blueness(view), values, near_zero=0.2)
        formula = view.root.locator(".nnw-readout").inner_text().replace("\u2212", "-")
        weights = notebook.value(f"[*trainer.model[0].weight[{unit}], trainer.model[0].bias[{unit}]]")
        for weight in weights:
            assert f"{abs(weight):.2f}" in formula, (weight, formula)
    view.button("Hidden 1, neuron 2").blur()
    view.wait_for("(root) => !root.querySelector('.nnw-readout')")
    show_points(view, True)


def check_misclassified(notebook, view):
    """The count under the map is what PyTorch gets wrong, and the switches take the points away."""
    wrong = round(notebook.value("len(trainer.dataset.x_train) * (1 - trainer.accuracy)"))
    assert chip(view, "misclassified").inner_text() == f"misclassified {wrong}"
    with_rings = view.pixels()
    chip(view, "misclassified").click()
    settle(view)
    without_rings = view.pixels()
    chip(view, "train").click()
    settle(view)
    without_points = view.pixels()
    changed = [(a != b).any(axis=2).sum() for a, b in ((with_rings, without_rings), (without_rings, without_points))]
    assert wrong
    assert 0 < changed[0] < changed[1]


PANELS = [
    ".nnw-head",
    ".nnw-transport",
    ".nnw-epoch",
    ".nnw-metrics",
    ".nnw-metrics td",
    ".nnw-tools",
    "section",
    "canvas",
]

WATCH_BOXES = """(root, selectors) => {
  const boxes = () => JSON.stringify(selectors.flatMap((selector) =>
    [...root.querySelectorAll(selector)].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [selector, x, y, width, height];
    })));
  window.boxes = [boxes()];
  window.lookAtBoxes = () => {
    const now = boxes();
    if (!window.boxes.includes(now)) window.boxes.push(now);
  };
  root.addEventListener("nnw:drawn", window.lookAtBoxes);
}"""


def test_a_picture_drawn_does_not_make_the_kernel_flicker_nor_leave_anything_in_jupyterlab(open_notebook):
    notebook = open_notebook(TRAINER)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    page = notebook.page
    page.evaluate("() => window.testing.idle()")
    page.evaluate("() => window.testing.watchKernel()")
    # The cell's, as long as its output is there, and perhaps some that are still on their way.
    unanswered = page.evaluate("() => window.testing.unanswered")
    view.click("Play")
    view.wait_for_frame(view.frame + 40)
    view.click("Pause")
    view.wait_for_status("paused")
    page.wait_for_function("(before) => window.testing.unanswered <= before", arg=unanswered)
    assert page.evaluate("() => window.testing.statuses") == []
    notebook.execute("pass")
    assert "busy" in page.evaluate("() => window.testing.statuses")


def test_the_compiled_engine_is_live_and_what_is_shown_is_true(open_notebook):
    notebook = open_notebook(TRAINER.replace("()", '(engine="fused", speed=None)'), "while True:\n    pass")
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Play")
    view.wait_for_frame(view.frame + 20)
    notebook.run_cell(1, wait=False)
    view.wait_for_frame(view.frame + 5)
    view.click("Pause")
    view.wait_for_status("paused")
    assert notebook.is_running(1)
    end_by_interrupt(notebook, 1)
    assert notebook.value("[trainer.engine_name, trainer.epoch > 100]") == ["fused", True]
    assert check_picture(notebook, view)["loss"] < 0.45


def test_nothing_jumps_while_numbers_grow(open_notebook):
    # One step an epoch: epochs go by fast enough to grow from one digit to four, with a comma.
    notebook = open_notebook(TRAINER.replace("()", "(batch_size=400, test_share=0.2, speed=None)"))
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    settle(view)
    view.root.evaluate(WATCH_BOXES, PANELS)
    view.click("Play")
    view.wait_for_epoch(1200)
    view.click("Pause")
    view.wait_for_status("paused")
    view.page.evaluate("() => window.lookAtBoxes()")
    first, *others = view.page.evaluate("() => window.boxes.map(JSON.parse)")
    assert {name for name, *_ in first} == set(PANELS)
    moved = [(before, after) for other in others for before, after in zip(first, other, strict=True) if before != after]
    assert not moved
