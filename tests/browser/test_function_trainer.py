"""A function that is learned, as a reader sees it: what is on screen is plain PyTorch's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.agreement import settle, wait_for_present
from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.functions import check_formula, on_plot, reading, tile, train, truth, written
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import end_by_interrupt, fresh_view, shared_notebook, wait_for_value
from tests.browser.view import View

TRAINER = """
from nnwidgets import FunctionTrainer
trainer = FunctionTrainer(hidden_layers=(5,), n_samples=60, speed=None)
trainer
"""
FRAGILE = """
import torch
from nnwidgets import FunctionTrainer

class Fragile(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
        self.calls = 0

    def forward(self, x):
        self.calls += self.training
        if self.training and self.calls == 20:
            raise ValueError("the cat has pulled the plug")
        return self.layers(x)

trainer = FunctionTrainer(model=Fragile())
trainer
"""
SLEEP = "import time\nbegun = True\ntime.sleep(3600)"

PLOT = ".nnw-fit-plot canvas"
# What each row of zones leaves free at its ends, beside a pixel, and which of them overlap.
ROWS = """(root) => {
  const body = root.querySelector(".nnw-body");
  const whole = body.getBoundingClientRect();
  const zones = [...body.children].flatMap((zone) => zone.matches(".nnw-charts") ? [...zone.children] : zone)
    .map((zone) => [zone.className, zone.getBoundingClientRect()]).filter(([, { height }]) => height);
  const meets = (from, to) => ([, a], [, b]) => a[from] < b[to] - 1 && b[from] < a[to] - 1;
  return zones.flatMap((zone) => {
    const row = zones.filter((other) => meets("top", "bottom")(zone, other));
    const left = Math.min(...row.map(([, rect]) => rect.left)) - whole.left;
    const right = whole.right - Math.max(...row.map(([, rect]) => rect.right));
    const over = row.filter((other) => other !== zone && meets("left", "right")(zone, other));
    return Math.max(left, right) > 1 || over.length ? [[zone[0], left, right, over.map(([name]) => name)]] : [];
  });
}"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, TRAINER, "trainer", FRAGILE, SLEEP) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1900})
        yield notebook


@pytest.fixture
def view(notebook: Notebook) -> View:
    view = fresh_view(notebook)
    notebook.set_output_width(1060)
    view.wait_for("(root) => root.clientWidth === 1060")
    return view


def test_a_neuron_is_its_weights_and_the_first_of_them_add_up(notebook: Notebook, view: View) -> None:
    train(notebook, view, 30)
    known = truth(notebook)
    expect(view.root.locator(".nnw-fit .nnw-titlerow")).to_contain_text(f"error {written(known['rmse'], 3)}")
    assert view.root.locator(".nnw-function-tiles .nnw-tile").count() == 5
    labels = view.root.locator(".nnw-tile-label").all_text_contents()
    assert [label.replace("+", "") for label in labels] == [written(value) for value in known["v"]]

    tile(view, 2).hover()
    check_formula(view, known, 2)
    tile(view, 0).focus()
    view.page.mouse.move(0, 0)
    view.page.keyboard.press("ArrowRight")
    expect(tile(view, 1)).to_be_focused()
    check_formula(view, known, 1)

    x = 0.7
    known = truth(notebook, x)
    slider = view.slider("Neurons added up")
    view.page.mouse.move(*on_plot(notebook, view, x))
    assert abs(reading(view, "x") - x) < 0.02
    for count in range(5):
        slider.focus()
        slider.fill(str(count))
        expect(view.root.locator(".nnw-sum")).to_contain_text("bias only" if not count else f"first {count} of 5")
        assert reading(view, "sum") == pytest.approx(known["sums"][count], abs=0.05)
    slider.fill("5")
    assert reading(view, "fit") == pytest.approx(known["sums"][5], abs=0.05)


def test_weights_are_changed_by_hand(notebook: Notebook, view: View) -> None:
    train(notebook, view, 5)
    tile(view, 1).click()
    view.enter("Weight of neuron 2", "2")
    wait_for_value(notebook, "trainer.model[0].weight[1, 0].item()", 2.0)
    view.enter("Output weight of neuron 2", "-1,5")
    wait_for_value(notebook, "trainer.model[2].weight[0, 1].item()", -1.5)
    view.enter("Bias of neuron 2", "1")
    wait_for_value(notebook, "trainer.model[0].bias[1].item()", 1.0)
    wait_for_present(notebook, view)
    expect(view.root.locator("[data-n='place']")).to_have_text(written(-0.5))
    view.click("Undo change")
    wait_for_value(notebook, "trainer.model[0].bias[1].item() != 1.0", True)
    view.enter("Bias of neuron 2", "1")
    wait_for_value(notebook, "trainer.model[0].bias[1].item()", 1.0)
    wait_for_present(notebook, view)
    # Its place is moved along x by what stands at the foot of its line.
    box = view.root.locator(".nnw-fit-plot").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] - 12
    mouse = view.page.mouse
    mouse.move(on_plot(notebook, view, -0.5)[0], y)
    mouse.down()
    mouse.move(on_plot(notebook, view, 0.4)[0], y, steps=4)
    mouse.move(on_plot(notebook, view, 1.0)[0], y, steps=4)
    mouse.up()
    wait_for_value(notebook, "round(trainer.model[0].bias[1].item(), 1)", -2.0)


def test_functions_are_chosen_and_typed(notebook: Notebook, view: View) -> None:
    view.click("step")
    wait_for_value(notebook, "trainer.dataset.name", "step")
    expect(view.button("step")).to_have_attribute("aria-pressed", "true")
    field = view.field("Function of x")
    field.fill("x²/4 + sin(3x)")
    field.press("Enter")
    wait_for_value(notebook, "trainer.function", "x²/4 + sin(3x)")
    expect(view.button("step")).to_have_attribute("aria-pressed", "false")
    wait_for_present(notebook, view)
    settle(view)
    before = view.pixels(PLOT)

    field.fill("x + foo")
    field.press("Enter")
    error = view.root.locator(".nnw-expression .nnw-error")
    expect(error).to_contain_text("foo")
    expect(field).to_have_value("x + foo")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert notebook.value("trainer.function") == "x²/4 + sin(3x)"
    settle(view)
    assert np.array_equal(view.pixels(PLOT), before)
    field.press("Escape")
    expect(error).to_have_count(0)
    assert field.input_value() != "x + foo"

    view.enter("Greatest x", "5")
    wait_for_value(notebook, "list(trainer.domain)[1]", 5.0)


def test_a_function_is_drawn_by_mouse_finger_and_keys(notebook: Notebook, view: View) -> None:
    view.click("draw")
    pad = view.root.get_by_role("application", name="Draw a function")
    expect(pad).to_be_focused()
    box = pad.bounding_box()
    assert box is not None
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    low, high = -1.32, 1.32  # of sin(2x), with room
    view.page.mouse.move(*at(0.25, 0.25))
    view.page.mouse.down()
    view.page.mouse.move(*at(0.75, 0.75), steps=8)
    view.page.mouse.up()
    wait_for_value(notebook, "trainer._data['drawn']", True)
    notebook.execute("import numpy as np\ntarget = np.frombuffer(trainer._data['target'], dtype=np.float32)")
    values = np.array(notebook.value("target[[32, 48, 64, 80, 96]].tolist()"))
    expected = high - np.array([0.25, 0.375, 0.5, 0.625, 0.75]) * (high - low)
    assert values == pytest.approx(expected, abs=0.06)
    # Beside the stroke the function stays.
    assert notebook.value("float(target[0])") == pytest.approx(np.sin(-6), abs=0.05)

    session = view.page.context.new_cdp_session(view.page)
    for kind, place in (("Start", at(0.8, 0.2)), ("Move", at(0.9, 0.2)), ("Move", at(0.99, 0.2)), ("End", None)):
        points = [{"x": place[0], "y": place[1]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    session.detach()
    latest = "float(__import__('numpy').frombuffer(trainer._data['target'], dtype='float32')[{}])"
    wait_for_value(notebook, f"abs({latest.format(116)} - {high - 0.2 * (high - low)}) < 0.06", True)

    view.page.keyboard.press("ArrowLeft")
    middle = notebook.value(latest.format(64 - 8))
    view.page.keyboard.press("ArrowUp")
    wait_for_value(notebook, f"{latest.format(64 - 8)} > {middle} + 0.05", True)
    view.click("Undo stroke")
    wait_for_value(notebook, f"abs({latest.format(64 - 8)} - {middle}) < 0.01", True)
    view.click("Done")
    expect(pad).to_have_count(0)
    expect(view.button("draw")).to_be_focused()
    train(notebook, view, 2)


def test_neurons_and_layers_come_and_go(notebook: Notebook, view: View) -> None:
    tiles = view.root.locator(".nnw-function-tiles .nnw-tile")
    view.click("Add a neuron to Hidden 1")
    wait_for_value(notebook, "trainer.model[0].out_features", 6)
    expect(tiles).to_have_count(6)
    view.click("Remove a neuron from Hidden 1")
    expect(tiles).to_have_count(5)
    view.click("Add a hidden layer")
    wait_for_value(notebook, "len(trainer.hidden_layers)", 2)
    wait_for_present(notebook, view)
    tile(view, 0).hover()
    expect(view.root.locator(".nnw-explain math")).to_contain_text("h")
    notebook.execute("trainer.hidden_layers = (64,)")
    expect(tiles).to_have_count(64)
    view.choose("Activation of Hidden 1", "relu")
    wait_for_value(notebook, "type(trainer.model[1]).__name__", "ReLU")


def test_networks_of_many_sizes_are_compared_live(notebook: Notebook, view: View) -> None:
    notebook.execute("trainer.sweep(epochs=20_000)")
    medians = view.root.locator(".nnw-sweep-median")
    expect(medians).to_have_count(12)
    expect(view.button("Stop")).to_be_enabled()
    # The main run may train at the same time.
    view.click("Play")
    view.wait_for_epoch(3)
    view.click("Pause")
    view.click("Stop")
    wait_for_value(notebook, "trainer._sweep['status']", "stopped")
    expect(view.root.locator(".nnw-sweep-state")).to_contain_text("stopped after")
    spoken = view.root.locator(".nnw-sweep-plot svg").get_attribute("aria-label") or ""
    errors = notebook.value("trainer.sweep_result.errors.tolist()")
    shown = [float(text) for text in re.findall(r"\d+: ([\d.]+)", spoken)]
    assert shown == pytest.approx([float(np.median(row)) for row in errors], rel=0.06)

    view.click("step")
    expect(view.root.locator(".nnw-sweep-state")).to_contain_text("other data or settings")
    notebook.reload()
    reloaded = notebook.widget(0)
    reloaded.wait_for_frame(1)
    expect(reloaded.root.locator(".nnw-sweep-median")).to_have_count(12)
    assert reloaded.root.locator(".nnw-sweep-plot svg").get_attribute("aria-label") == spoken
    reloaded.click("Train 1 … 64")
    wait_for_value(notebook, "trainer._sweep['status']", "running")
    reloaded.click("Stop")
    wait_for_value(notebook, "trainer._sweep['status']", "stopped")


def test_the_past_is_looked_at_and_gone_back_to(notebook: Notebook, view: View) -> None:
    train(notebook, view, 40)
    now = view.pixels(PLOT)
    scrubber = view.slider("Epoch shown")
    scrubber.fill("10")
    view.wait_for("(root) => root.dataset.epoch === '10'")
    settle(view)
    assert not np.array_equal(view.pixels(PLOT), now)
    assert notebook.value("trainer.epoch") == 40
    view.click("Continue from here")
    wait_for_value(notebook, "trainer.epoch", 10)


def test_a_second_view_and_a_page_opened_again_show_the_same(notebook: Notebook, view: View) -> None:
    train(notebook, view, 20)
    known = truth(notebook)
    notebook.clear_outputs(1)
    notebook.run_cell(1)
    second = notebook.widget(1)
    second.wait_for_frame(1)
    tile(second, 3).hover()
    check_formula(second, known, 3)
    notebook.clear_outputs(1)
    notebook.reload()
    reloaded = notebook.widget(0)
    reloaded.wait_for_epoch(20)
    tile(reloaded, 3).hover()
    check_formula(reloaded, known, 3)


def test_pause_works_while_a_cell_runs(notebook: Notebook, view: View) -> None:
    view.click("Play")
    view.wait_for_epoch(2)
    notebook.execute("begun = False")
    with notebook.watch("begun") as begun, notebook.watch("trainer.status") as status:
        notebook.run_cell(3, wait=False)
        begun.wait_for(True)
        view.click("Pause")
        status.wait_for("paused")
        view.wait_for_status("paused")
    end_by_interrupt(notebook, 3)


def test_a_model_that_raises_says_so_and_keeps_its_weights(notebook: Notebook) -> None:
    view = fresh_view(notebook, 2)
    expect(view.root.locator(".nnw-neurons")).to_contain_text("no sum over neurons")
    view.click("Play")
    view.wait_for_status("error")
    expect(view.root.locator(".nnw-diag")).to_contain_text("the cat has pulled the plug")
    assert notebook.value("[trainer.status, trainer.step_count]") == ["error", 19]
    notebook.clear_outputs(2)


def test_everything_is_accessible_and_fits(notebook: Notebook, view: View) -> None:
    train(notebook, view, 5)
    notebook.execute("trainer.sweep(epochs=1); trainer.wait_for_sweep(); trainer.test_share = 0.2; trainer.noise = 0.1")
    view.click("PyTorch code")
    tile(view, 1).click()
    view.click("draw")
    field = view.field("Function of x")
    with all_in_sight(notebook):
        notebook.set_output_width(600)
        view.wait_for("(root) => root.clientWidth === 600")
        for fold in view.root.locator("summary:visible").all():
            fold.click()
        field.fill("foo(x)")
        field.press("Enter")
        expect(view.root.locator(".nnw-expression .nnw-error")).to_be_visible()
        for look in each_look(notebook, view):
            settle(view)
            check_accessible(view, look, 50)


@pytest.mark.parametrize(
    "panels",
    [
        ("function", "plot", "network", "curves", "sweep"),
        ("plot", "sweep", "hyperparameters"),
        ("curves", "hyperparameters"),
        ("network", "curves"),
        ("hyperparameters",),
    ],
)
def test_what_is_left_out_leaves_its_place_to_its_neighbours(
    notebook: Notebook, view: View, panels: tuple[str, ...]
) -> None:
    notebook.execute(f"trainer.panels = {panels}")
    hidden = [name for name in notebook.value("trainer.PANELS") if name not in panels]
    view.wait_for(
        "(root, names) => names.every((name) => root.querySelector('.nnw-app').dataset.hidden?.includes(name))", hidden
    )
    for width in (600, 1060):
        notebook.set_output_width(width)
        view.wait_for("(root, width) => root.clientWidth === width", width)
        settle(view)
        assert view.root.evaluate(ROWS) == []


def test_a_presentation_fills_the_screen(notebook: Notebook, view: View) -> None:
    train(notebook, view, 5)
    view.click("Presentation")
    view.wait_for("(root) => 'presentation' in root.dataset")
    settle(view)
    width, height = view.page.evaluate("[innerWidth, innerHeight]")
    box = view.root.locator(".nnw-fit-plot").bounding_box()
    assert box is not None
    assert box["width"] > 0.4 * width
    assert box["y"] + box["height"] < height
    view.page.keyboard.press("Escape")
    view.wait_for("(root) => !('presentation' in root.dataset)")
