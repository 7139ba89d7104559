"""Twenty trainers in a page, late modules, a thousand messages a second, a tab that nobody sees for a minute."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.agreement import check_picture, settle, wait_for_present
from tests.browser.shared import wait_for_value
from tests.browser.view import CURVES

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"

# What all widgets of the kernel have said since it was asked to count: how many messages of each type.
COUNT = """
import collections, time
sent, begun = collections.Counter(), time.monotonic()
kind = type(trainer.comm)
publish = kind.publish_msg
def counted(self, name, data=None, **others):
    data = data or {}
    sent[(data.get("content") or {}).get("type") or data.get("method") or name] += 1
    return publish(self, name, data=data, **others)
kind.publish_msg = counted
"""
NO_MORE = "kind.publish_msg = publish"

# A tab behind another one: it is said to be hidden, and its animation frames do not come.
HIDE = """() => {
  const { requestAnimationFrame } = window;
  const waiting = [];
  window.requestAnimationFrame = (callback) => waiting.push(callback);
  const tell = (hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    const state = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  tell(true);
  window.showAgain = () => {
    window.requestAnimationFrame = requestAnimationFrame;
    for (const callback of waiting) requestAnimationFrame(callback);
    tell(false);
  };
}"""

MINUTE = 60.0
MOST_UNSEEN = 6  # messages a second of a run that nobody sees

TWO = """
import time
from nnwidgets import PlanarTrainer
trainer, played = PlanarTrainer("moons"), PlanarTrainer()
trainer.on_epoch_end(lambda _: time.sleep(0.05))  # so that it goes on for a minute, and leaves the processor to others
display(trainer, played)
"""
TWENTY = """
from nnwidgets import PlanarTrainer
trainers = [PlanarTrainer(hidden_layers=(1 + i % 4,), seed=i) for i in range(20)]
trainer = trainers[0]
display(*trainers)
"""
STATE = (
    "[trainer.status, played.status, trainer._channel.sent, trainer.epoch,"
    " round(time.monotonic() - begun, 1), sum(sent.values())]"
)
THREADS = "sum(thread.name == 'nnwidgets-training' for thread in __import__('threading').enumerate())"


@pytest.mark.fault("hidden tab")
@pytest.mark.fault("many trainers")
def test_while_a_tab_is_hidden_for_a_minute_twenty_trainers_share_another_page(open_notebook):
    notebook = open_notebook(TWO)
    notebook.page.set_viewport_size({"width": 1280, "height": 2400})
    notebook.run_cell(0)
    trained, played = notebook.widget(0, nth=0), notebook.widget(0, nth=1)
    played.click("Play")
    notebook.execute("trainer.train()")
    for view in (trained, played):
        view.wait_for_epoch(1)
    notebook.execute(COUNT)
    with notebook.watch(STATE) as now:
        notebook.page.evaluate(HIDE)
        now.wait_for(lambda seen: seen[1] == "paused")
        notebook.execute("sent.clear(); begun = time.monotonic()")
        _, _, frames, epoch, *_ = now.wait_for(lambda seen: seen[4] < 1.0).value

        check_twenty(open_notebook(TWENTY))

        status, _, later, reached, seconds, said = now.wait_for(lambda seen: seen[4] > MINUTE, timeout=90.0).value
    notebook.execute(NO_MORE)
    # What a cell asked for has gone on; nothing was drawn for nobody, and little was said.
    assert (status, later) == ("running", frames)
    assert reached > epoch + 100
    assert said < MOST_UNSEEN * seconds

    notebook.page.evaluate("() => showAgain()")
    played.wait_for_status("paused")
    expect(played.root.locator(".nnw-diag")).to_contain_text("Paused by itself")
    trained.wait_for_epoch(reached)
    played.click("Play")
    played.wait_for_status("running")
    for view in (trained, played):
        view.click("Pause")
        view.wait_for_status("paused")
    # The curves have no gap: they are those of a view that is new.
    check_picture(notebook, trained)
    notebook.run_cell(notebook.add_cell("trainer"))
    fresh = notebook.widget(1)
    wait_for_present(notebook, fresh)
    for view in (trained, fresh):
        view.root.scroll_into_view_if_needed()
        settle(view)
    assert np.array_equal(trained.pixels(CURVES), fresh.pixels(CURVES))


def check_twenty(notebook):
    """All are shown; those in sight are drawn, and each can be paused; closed, they are gone."""
    notebook.page.set_viewport_size({"width": 1280, "height": 2400})
    notebook.run_cell(0)
    views = [notebook.widget(0, nth=index) for index in range(20)]
    for view in views:
        view.wait_for_status("idle")
    assert notebook.page.locator(".nnw").count() == 20
    # Several of them train at once.
    in_sight = [view for view in views if is_in_sight(view)]
    assert len(in_sight) >= 2
    notebook.execute(COUNT)
    drawn = notebook.value("[t._channel.sent for t in trainers]")
    for view in in_sight:
        view.click("Play")
    for _ in range(2):
        for view in in_sight:
            view.wait_for_epoch(view.epoch + 10)
    sent, seconds, frames = notebook.value("[sent, time.monotonic() - begun, [t._channel.sent for t in trainers]]")
    notebook.execute(NO_MORE)
    assert sum(sent.values()) < 1000 * seconds
    assert sent["frame"] < 35 * len(in_sight) * (seconds + 1)
    active = [now > before for now, before in zip(frames, drawn, strict=True)]
    assert active == [view in in_sight for view in views]
    for view in in_sight:
        view.click("Pause")
        view.wait_for_status("paused")
    # Each of the others, once it is in sight.
    for view in views:
        if view not in in_sight:
            view.root.scroll_into_view_if_needed()
            view.click("Play")
            view.wait_for_epoch(1)
            view.click("Pause")
            view.wait_for_status("paused")
    assert notebook.value("[t.status for t in trainers]") == 20 * ["paused"]
    with notebook.watch(THREADS) as threads:
        notebook.execute("for each in trainers: each.close()")
        for view in views:
            view.root.wait_for(state="detached")
        threads.wait_for(0)


def is_in_sight(view):
    box = view.root.bounding_box()
    height = view.page.viewport_size["height"]
    return box is not None and box["y"] < height - 200 and box["y"] + box["height"] > 300


# A slider that a thread moves a thousand times a second, and a burst that no server lets through.
FLOOD = """
import ipywidgets, threading, time
slider, moves = ipywidgets.IntSlider(max=10**9), 0
display(slider)

def move():
    global moves
    begin = time.monotonic()
    while is_flooding:
        time.sleep(0.005)
        while moves < 1000 * (time.monotonic() - begin) and is_flooding:
            moves += 1
            slider.value = moves

is_flooding = True
thread = threading.Thread(target=move)
"""
# What a server does with messages of a kernel that says too much: they do not come, whatever they are.
LOSE = """
kind = type(trainer.comm)
publish = kind.publish_msg
kind.publish_msg = lambda *_, **__: None
trainer.pause()
trainer.learning_rate = 0.25
trainer._loop.call(__import__("nnwidgets.training.commands", fromlist=["Do"]).Do(lambda: None))
kind.publish_msg = publish
"""


@pytest.mark.fault("messages of others")
def test_pause_and_picture_beside_a_widget_that_says_a_thousand_things_a_second(open_notebook):
    notebook = open_notebook(TRAINER, FLOOD)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Play")
    view.wait_for_epoch(1)
    with notebook.watch("[trainer.status, moves]") as now:
        notebook.execute("thread.start()")
        now.wait_for(lambda seen: seen[1] > 1000)
        view.wait_for_frame()
        view.click("Pause")
        # Python hears it at once; the page hears of it when it has dealt with what was said before.
        now.wait_for(lambda seen: seen[0] == "paused")
        notebook.page.evaluate("() => void testing.execute('is_flooding = False')")
        view.wait_for_status("paused")
        moved = notebook.value("slider.value")
    check_picture(notebook, view)
    expect(notebook.page.locator(".widget-slider .widget-readout")).to_have_text(str(moved))

    # What a server dropped is made up for, also where nothing comes after it.
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for_frame()
    notebook.execute(LOSE)
    view.wait_for_status("paused")
    expect(view.field("Learning rate value")).to_have_value("0.25")
    wait_for_present(notebook, view)
    check_picture(notebook, view)


# A module that comes later than hosts wait for it, as of the last of many widgets of a page; not before it is let.
LATE = """() => {
  const { createObjectURL } = URL;
  window.isLet = new Promise((resolve) => { window.letCome = resolve; });
  URL.createObjectURL = (blob) => {
    if (blob.type !== "text/javascript") return createObjectURL(blob);
    const late = "await new Promise((come) => setTimeout(come, 3000)); await isLet; export { default } from ";
    return createObjectURL(new Blob([late, JSON.stringify(createObjectURL(blob))], { type: blob.type }));
  };
  window.isLet.then(() => { URL.createObjectURL = createObjectURL; });
}"""
BOTH = """
from nnwidgets import NeuronExplorer, PlanarTrainer
trainer, neuron = PlanarTrainer(), NeuronExplorer()
display(trainer, neuron)
"""


@pytest.mark.fault("late module")
def test_a_widget_whose_module_is_late_hears_python_and_what_it_said_before(open_notebook):
    notebook = open_notebook(BOTH)
    notebook.page.evaluate(LATE)
    notebook.run_cell(0)
    notebook.execute("trainer.learning_rate, neuron.bias = 0.25, 1.5\ntrainer.train(epochs=20)\ntrainer.wait()")
    view, explorer = notebook.widget(0, nth=0), notebook.widget(0, nth=1)
    assert notebook.page.locator(".nnw").count() == 0
    notebook.page.evaluate("letCome()")
    wait_for_present(notebook, view)
    expect(view.field("Learning rate value")).to_have_value("0.25")
    expect(explorer.slider("Bias b")).to_have_value("1.5")
    check_picture(notebook, view)

    view.click("Play")
    view.wait_for_epoch(22)
    view.click("Pause")
    view.wait_for_status("paused")
    check_picture(notebook, view)
    notebook.execute("trainer.learning_rate, neuron.bias = 0.125, -0.5")
    expect(view.field("Learning rate value")).to_have_value("0.125")
    expect(explorer.slider("Bias b")).to_have_value("-0.5")
    explorer.slider("Bias b").fill("0.5")
    wait_for_value(notebook, "neuron.bias", 0.5)
