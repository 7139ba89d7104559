"""PerceptronTrainer in a real JupyterLab: every number on screen against a perceptron written here in NumPy."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.agreement import resize, settle, wait_for_present
from tests.browser.conftest import VIEWPORT
from tests.browser.explorers import agree, read_numbers
from tests.browser.shared import end_by_interrupt, fresh_view, shared_notebook, wait_for_value
from tests.browser.test_drawing import Touch, area, click, drag, on_page, on_plane, start, tool

SEPARABLE = """
import numpy as np
from nnwidgets import PerceptronTrainer
trainer = PerceptronTrainer(seed=3)
trainer
"""
XOR = "gates = PerceptronTrainer('xor_gate', speed=None)\ngates"
WEIGHTS = "np.concatenate([p.detach().numpy().ravel() for p in {}.model.parameters()]).tolist()"
ROWS = "np.column_stack([{0}.dataset.x_train, {0}.dataset.y_train]).tolist()"
COUNT = "len(trainer.dataset.x_train)"


class Rosenblatt:
    """The rule as the textbook has it, on weights w1, w2 and b."""

    def __init__(self, weights, rows, rate=1.0):
        self.w = np.array(weights, dtype=np.float64)
        self.rows = np.array(rows, dtype=np.float64)
        self.rate = rate
        self.updates = 0
        self.mistakes = 0
        self.seen = []
        self.epochs = []

    def predict(self, x):
        return float(np.dot(self.w[:2], x) + self.w[2] > 0)

    def numbers(self, index):
        """What is to be on screen while this sample is at hand."""
        x1, x2, y = self.rows[index]
        z = self.w[0] * x1 + self.w[1] * x2 + self.w[2]
        output = float(z > 0)
        after = self.w + self.rate * (y - output) * np.array([x1, x2, 1])
        said = {"x1": x1, "x2": x2, "z": z, "output": output, "target": y, "error": y - output}
        said |= dict(zip(("w1", "w2", "b"), self.w, strict=True))
        said |= {f"after{place}": weight for place, weight in enumerate(after)}
        return said | {"updates": self.updates}

    def learn(self, index):
        x1, x2, y = self.rows[index]
        error = y - self.predict((x1, x2))
        if not self.seen:
            self.mistakes = 0
        self.w += self.rate * error * np.array([x1, x2, 1])
        self.updates += int(error != 0)
        self.mistakes += int(error != 0)
        self.seen.append(index)
        if len(self.seen) == len(self.rows):
            assert sorted(self.seen) == list(range(len(self.rows))), "an epoch has each sample once"
            self.epochs.append(self.mistakes)
            self.seen = []

    def wrong(self):
        return sum(self.predict(row[:2]) != row[2] for row in self.rows)


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, SEPARABLE, XOR) as notebook:
        yield notebook


@pytest.fixture
def view(notebook):
    view = fresh_view(notebook)
    wait_for_present(notebook, view)
    return view


@pytest.fixture
def gates(notebook):
    """The four samples of XOR, without the other view above them."""
    notebook.run_cell(0)
    notebook.clear_outputs(0)
    return fresh_view(notebook, 1)


def twin_of(notebook, name="trainer"):
    return Rosenblatt(notebook.value(WEIGHTS.format(name)), notebook.value(ROWS.format(name)))


def at_hand(view, twin):
    """Which sample is at hand: that of the coordinates on screen, unless the class tells two apart."""
    said = read_numbers(view)
    x = [float(said[name][0].replace("−", "-")) for name in ("x1", "x2")]
    distances = np.abs(twin.rows[:, :2] - x).max(axis=1)
    near = [index for index in np.flatnonzero(distances <= 0.00501) if index not in twin.seen]
    near = [index for index in near if twin.rows[index, 2] == float(said["target"][0])]
    assert near, "no sample of the data is at hand that has not been before in this epoch"
    return int(near[0])


def check(view, twin):
    """All numbers on screen are those of the twin; returns which sample is at hand."""
    settle(view)
    index = at_hand(view, twin)
    said = read_numbers(view)
    for name, value in twin.numbers(index).items():
        for text in said[name]:
            assert agree(text, float(value)), (name, text, value)
    cells = view.root.locator(".nnw-metrics tbody tr").first.locator("td")
    assert cells.first.inner_text() == str(twin.wrong())
    bars = view.root.locator(".nnw-epoch-mistakes :is(.nnw-bar, .nnw-bar-none):not([data-later])")
    assert bars.count() == len(twin.epochs)
    return index


def step_by(notebook, view, twin, press):
    index = check(view, twin)
    before = notebook.value("trainer.step_count")
    press()
    wait_for_value(notebook, "trainer.step_count", before + 1)
    wait_for_present(notebook, view)
    twin.learn(index)
    np.testing.assert_allclose(notebook.value(WEIGHTS.format("trainer")), twin.w, atol=1e-5)


def test_steps_by_mouse_and_by_key_are_those_of_the_rule(notebook, view):
    """More than an epoch of them, each number compared before and after."""
    twin = twin_of(notebook)
    view.button("Step sample").scroll_into_view_if_needed()
    for _ in range(12):
        step_by(notebook, view, twin, lambda: view.click("Step sample"))
    view.root.locator(".nnw-out").click(position={"x": 10, "y": 10})
    for _ in range(len(twin.rows) - 9):
        step_by(notebook, view, twin, lambda: view.page.keyboard.press("ArrowRight"))
    check(view, twin)
    assert view.epoch == 1
    expect(view.root.locator(".nnw-epoch-sub")).to_have_text(f"sample 4 of {len(twin.rows)}")


def to_mistake(notebook, view):
    before = notebook.value("trainer.step_count")
    view.click("Next mistake")
    wait_for_value(
        notebook, "[trainer.step_count, trainer.status]", lambda now: now[0] > before and now[1] != "running"
    )
    wait_for_present(notebook, view)
    settle(view)


def line_of(view, kind):
    """The ends of a line in the plane, in shares of it from the upper left corner."""
    found = view.root.locator(f".nnw-halves .nnw-line-{kind}")
    if not found.count():
        return None
    size = float(view.root.locator(".nnw-halves").get_attribute("width"))
    numbers = re.findall(r"-?[\d.]+", found.first.get_attribute("d"))
    return np.array(numbers, dtype=float).reshape(2, 2) / size


def test_the_lines_are_where_the_weights_put_them(notebook, view):
    twin = twin_of(notebook)
    seen = 0
    for _ in range(6):
        to_mistake(notebook, view)
        twin.w = np.array(notebook.value(WEIGHTS.format("trainer")))
        numbers = read_numbers(view)
        if numbers["error"][0] == "0":
            break
        after = np.array([float(numbers[f"after{place}"][0].replace("−", "-")) for place in range(3)])
        for kind, weights in (("now", twin.w), ("next", after)):
            ends = line_of(view, kind)
            if ends is None:
                continue
            seen += 1
            for share in ends:
                place = on_plane(notebook, share)
                distance = abs(weights[:2] @ place + weights[2]) / np.hypot(*weights[:2])
                assert distance < 0.03  # of weights that were read with two decimals
    assert seen >= 3


def test_next_mistake_goes_on_to_a_mistake_until_there_is_none(notebook, view):
    twin = twin_of(notebook)
    for _ in range(200):
        to_mistake(notebook, view)
        numbers = read_numbers(view)
        if numbers["error"][0] == "0":
            break
        expect(view.root.locator(".nnw-verdict")).to_contain_text("Mistake:")
        expect(view.root.locator(".nnw-hand")).to_have_count(1)
    assert numbers["error"][0] == "0"
    learned = np.array(notebook.value(WEIGHTS.format("trainer")))
    twin.w = learned
    assert twin.wrong() == 0
    assert float(numbers["updates"][0]) <= float(numbers["bound"][0])
    expect(view.root.locator(".nnw-diag")).to_contain_text("ettled")


def test_a_run_is_paused_played_and_stops_when_it_has_settled(notebook, view):
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for("(root) => Number(root.querySelector('[data-n=updates]').textContent) >= 1")
    view.click("Pause")
    view.wait_for_status("paused")
    step = notebook.value("trainer.step_count")
    notebook.execute("trainer.speed = None")
    view.click("Play")
    view.wait_for("(root) => ['idle', 'paused'].includes(root.dataset.status)")
    wait_for_value(notebook, "trainer.status", lambda status: status != "running")
    wait_for_present(notebook, view)
    assert notebook.value("trainer.step_count") > step
    rows = np.array(notebook.value(ROWS.format("trainer")))
    twin = Rosenblatt(notebook.value(WEIGHTS.format("trainer")), rows)
    assert twin.wrong() == 0
    said = read_numbers(view)
    assert float(said["updates"][0]) <= float(said["bound"][0])
    norms = np.sqrt((rows[:, :2] ** 2).sum(axis=1) + 1)
    assert agree(said["radius"][0], norms.max())
    assert view.root.locator(".nnw-bar-none").count() == 1  # the last epoch had no mistake, and only that


def test_pause_while_a_cell_runs(notebook, view):
    view.click("Play")
    view.wait_for_status("running")
    notebook.execute("begun = False")
    with notebook.watch("begun") as begun, notebook.watch("trainer.status") as status:
        cell = notebook.add_cell("begun = True\nimport time\ntime.sleep(3600)")
        notebook.run_cell(cell, wait=False)
        begun.wait_for(True)
        view.click("Pause")
        status.wait_for("paused")
        view.wait_for_status("paused")
        assert notebook.is_running(cell)
    end_by_interrupt(notebook, cell)
    notebook.clear_outputs(cell)


def epochs(notebook, view, count):
    for _ in range(count):
        view.click("Step epoch")
        view.wait_for_status("idle")
    wait_for_value(notebook, "[gates.epoch, gates.status]", [count, "idle"])
    view.wait_for_frame(notebook.value("gates._channel.sent"))


def test_an_epoch_of_the_past_is_shown_with_its_sample_and_continued_from(notebook, gates):
    view = gates
    twin = twin_of(notebook, "gates")
    epochs(notebook, view, 6)
    expect(view.root.locator(".nnw-epoch-mistakes .nnw-bar")).to_have_count(6)
    slider = view.slider("Epoch shown")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowLeft")
    view.wait_for("(root) => root.dataset.epoch === '0'")
    settle(view)
    check(view, twin)
    expect(view.root.locator(".nnw-status")).to_have_text("preview")
    view.click("Continue from here")
    wait_for_value(notebook, "gates.epoch", 0)
    assert notebook.value(WEIGHTS.format("gates")) == pytest.approx(twin.w.tolist())


def test_xor_never_settles_and_says_why(notebook, gates):
    view = gates
    view.click("Play")
    view.wait_for_epoch(60)
    assert view.status == "running"
    view.click("Pause")
    view.wait_for_status("paused")
    wait_for_value(notebook, "gates.status", "paused")
    view.wait_for_frame(notebook.value("gates._channel.sent"))
    settle(view)
    expect(view.root.locator(".nnw-diag")).to_contain_text("No line separates")
    expect(view.root.locator(".nnw-bound")).to_contain_text("No bound")
    assert "bound" not in read_numbers(view)
    # Every epoch had a mistake.
    expect(view.root.locator(".nnw-bar-none")).to_have_count(0)
    # The two pairs of samples cross in the middle.
    size = float(view.root.locator(".nnw-over").get_attribute("width"))
    x, y = map(float, re.findall(r"[\d.]+", view.root.locator(".nnw-crossing g").get_attribute("transform")))
    low, high = notebook.value("[gates._data['x_range'], gates._data['y_range']]")
    assert low[0] + x / size * (low[1] - low[0]) == pytest.approx(0.5, abs=0.01)
    assert high[1] - y / size * (high[1] - high[0]) == pytest.approx(0.5, abs=0.01)


def test_two_views_and_a_page_opened_again_show_the_same(notebook, view):
    twin = twin_of(notebook)
    for _ in range(3):
        step_by(notebook, view, twin, lambda: view.click("Step sample"))
    second = notebook.create_output_view(0)
    second.wait_for_frame(1)
    settle(second)
    assert read_numbers(second) == read_numbers(view)
    step_by(notebook, view, twin, lambda: second.click("Step sample"))
    check(view, twin)
    expect(second.root.locator(".nnw-line-before")).to_have_count(view.root.locator(".nnw-line-before").count())
    notebook.reload()
    again = notebook.widget(0)
    again.wait_for_frame(1)
    check(again, twin)


def test_samples_are_drawn_and_erased(notebook, view):
    count = notebook.value(COUNT)
    start(view)
    expect(view.root.get_by_role("radiogroup", name="Draw with").get_by_role("radio")).to_have_count(3)
    tool(view, "class 1").click()
    click(view, (0.5, 0.12))
    wait_for_value(notebook, COUNT, count + 1)
    new = np.array(notebook.value(ROWS.format("trainer")))
    assert (np.abs(new[:, :2] - on_plane(notebook, (0.5, 0.12))).max(axis=1) < 0.02).any()
    wait_for_present(notebook, view)
    settle(view)
    check(view, twin_of(notebook))
    # An orange sample in the midst of the blue ones, and no line is left.
    tool(view, "Eraser").click()
    drag(view, (0.45, 0.12), (0.55, 0.12))
    wait_for_value(notebook, COUNT, lambda now: now <= count)
    left = np.array(notebook.value(ROWS.format("trainer")))
    assert not (np.abs(left[:, :2] - on_plane(notebook, (0.5, 0.12))).max(axis=1) < 0.02).any()
    view.page.keyboard.press("Escape")
    expect(view.root.get_by_role("application")).to_have_count(0)


def test_a_finger_draws(notebook, view):
    count = notebook.value(COUNT)
    start(view)
    touch = Touch(view)
    touch("Start", on_page(view, (0.5, 0.1)))
    touch("Move", on_page(view, (0.6, 0.1)))
    touch("End")
    touch.close()
    wait_for_value(notebook, COUNT, lambda now: now > count)
    touched = view.root.evaluate("(root) => getComputedStyle(root.querySelector('.nnw-pad')).touchAction")
    assert touched == "none"
    assert area(view).count() == 1


def test_a_callback_that_raises_is_said_and_loses_nothing(notebook, view):
    notebook.execute(
        "def broken(trainer):\n    raise ValueError('the cat has pulled the plug')\ntrainer.on_epoch_end(broken)"
    )
    try:
        view.click("Step epoch")
        expect(view.root.locator(".nnw-diag")).to_contain_text("the cat has pulled the plug")
        assert notebook.value("trainer.step_count") > 0
    finally:
        notebook.clear_outputs(0)


def test_it_is_accessible_with_everything_open(notebook, view):
    with all_in_sight(notebook):
        notebook.set_output_width(600)
        view.click("PyTorch code")
        for fold in view.root.locator("summary:visible").all():
            fold.click()
        view.root.locator(".nnw-chip", has_text="margin").click()
        expect(view.root.locator(".nnw-text pre")).to_contain_text("import torch")
        for look in each_look(notebook, view):
            settle(view)
            check_accessible(view, look, 60)


# What is wider or higher than its place.
OVERFLOWING = """(root) => [...root.querySelectorAll(
    ".nnw-app, .nnw-rule, .nnw-formulas, .nnw-formulas > div, .nnw-bound, .nnw-verdict"
)].filter(({ clientWidth, clientHeight, scrollWidth, scrollHeight }) =>
    scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 4
  ).map((each) => each.className || each.parentElement.className)"""
TOPS = """(root) => [...root.querySelectorAll("section, .nnw-diag")]
    .map((each) => [each.ariaLabel ?? each.classList[0], Math.round(each.getBoundingClientRect().top)])"""


def test_nothing_overflows_and_nothing_moves_while_it_goes_on(notebook, view):
    twin = twin_of(notebook)
    try:
        for width in (1600, 1060, 900, 720, 600):
            resize(notebook, view, width)
            assert (width, view.root.evaluate(OVERFLOWING)) == (width, [])
            places = view.root.evaluate(TOPS)
            for _ in range(3):
                step_by(notebook, view, twin, lambda: view.click("Step sample"))
                assert view.root.evaluate(TOPS) == places
                assert (width, view.root.evaluate(OVERFLOWING)) == (width, [])
    finally:
        notebook.page.set_viewport_size(VIEWPORT)


# Whether all of each zone can be seen without scrolling.
SEEN = """root => ['.nnw-data', '.nnw-out', '.nnw-rule', '.nnw-weightspace', '.nnw-progress-zones'].map(name => {
    const { top, bottom, left, right } = root.querySelector(name).getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
})"""


def test_a_presentation_fits_the_screen_and_is_driven_by_keys(notebook, view):
    page = notebook.page
    before = page.viewport_size
    twin = twin_of(notebook)
    try:
        page.set_viewport_size({"width": 1600, "height": 900})
        view.click("Presentation")
        view.wait_for("root => document.fullscreenElement === root")
        view.wait_for("root => Math.abs(root.getBoundingClientRect().width - 1600) < 2")
        settle(view)
        assert view.root.evaluate(SEEN) == [True] * 5
        step_by(notebook, view, twin, lambda: page.keyboard.press("ArrowRight"))
        page.keyboard.press("m")
        expect(view.root.locator(".nnw-verdict")).to_contain_text("Mistake:")
        page.keyboard.press("Escape")
        view.wait_for("root => !('presentation' in root.dataset)")
    finally:
        page.set_viewport_size(before)
