"""The ground that the other browser tests stand on, tried with a widget of five lines."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.notebook import CellError, without_kernels_own
from tests.browser.server import is_disaster
from tests.browser.shared import end_by_interrupt

COUNTER = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    count = traitlets.Int(0).tag(sync=True)
    _esm = """
    function render({ model, el }) {
      const root = document.createElement("div");
      root.className = "nnw";
      const button = document.createElement("button");
      button.textContent = "More";
      const canvas = document.createElement("canvas");
      canvas.className = "picture";
      canvas.width = canvas.height = 10;
      const show = () => {
        const count = model.get("count");
        root.dataset.frame = root.dataset.epoch = count;
        const context = canvas.getContext("2d");
        context.fillStyle = count % 2 ? "rgb(255, 0, 0)" : "rgb(0, 0, 255)";
        context.fillRect(0, 0, 10, 10);
        root.dispatchEvent(new CustomEvent("nnw:drawn", { detail: { number: count, script: 0 } }));
      };
      button.onclick = () => {
        model.set("count", model.get("count") + 1);
        model.save_changes();
      };
      model.on("change:count", show);
      show();
      root.append(button, canvas);
      el.append(root);
    }
    export default { render };
    """

counter = Counter()
counter
'''


@pytest.fixture
def notebook(open_notebook):
    notebook = open_notebook(COUNTER)
    notebook.run_cell(0)
    return notebook


def test_a_click_reaches_python_and_a_cell_reaches_the_screen(notebook):
    view = notebook.widget(0)
    view.click("More")
    view.wait_for_frame(1)
    assert notebook.value("counter.count") == 1
    assert notebook.add_and_run("counter.count = 7\ncounter.count") == "7"
    assert view.wait_for_epoch(7) == 7


def test_pixels_are_those_of_the_canvas(notebook):
    view = notebook.widget(0)
    blue = view.pixels(".picture")
    assert blue.shape == (10, 10, 4)
    assert np.array_equal(blue[3, 3], [0, 0, 255, 255])
    view.click("More")
    view.wait_for_frame(1)
    assert np.array_equal(view.pixels(".picture")[3, 3], [255, 0, 0, 255])


def test_drawn_frames_are_recorded(notebook):
    view = notebook.widget(0)
    recording = view.record()
    for number in (1, 2, 3):
        view.click("More")
        view.wait_for_frame(number)
    assert [drawn.number for drawn in recording.stop()] == [1, 2, 3]


def test_an_exception_in_a_cell_fails_the_test(notebook):
    with pytest.raises(CellError, match="no such counter") as caught:
        notebook.add_and_run("raise LookupError('no such counter')")
    assert caught.value.name == "LookupError"
    assert "LookupError" in notebook.add_and_run("raise LookupError", raises=True)
    with pytest.raises(CellError, match="nobody"):
        notebook.value("nobody")


def test_values_arrive_as_plain_data(notebook):
    assert notebook.value("[1, 2.5, 'three', None, {'four': (5,)}]") == [1, 2.5, "three", None, {"four": [5]}]
    assert notebook.value("__import__('numpy').eye(2)") == [[1.0, 0.0], [0.0, 1.0]]


def test_a_second_view_follows_the_first(notebook):
    first, second = notebook.widget(0), notebook.create_output_view(0)
    first.click("More")
    second.wait_for_frame(1)
    second.click("More")
    first.wait_for_frame(2)


def test_a_reload_keeps_the_kernel_and_brings_the_view_back(notebook):
    view = notebook.widget(0)
    view.click("More")
    view.wait_for_frame(1)
    notebook.reload()
    view.wait_for_frame(1)
    assert notebook.value("counter.count") == 1


def test_a_restart_forgets_everything(notebook):
    notebook.restart_kernel()
    with pytest.raises(CellError, match="counter"):
        notebook.value("counter")


def test_a_cleaned_kernel_has_neither_names_nor_widgets(notebook):
    assert notebook.clean()
    with pytest.raises(CellError, match="counter"):
        notebook.value("counter")
    notebook.widget(0).root.wait_for(state="detached")
    assert notebook.value("len(__import__('ipywidgets').Widget.widgets)") == 0


def test_an_interrupt_ends_the_cell(notebook):
    index = notebook.add_cell("import threading\nbegun = True\nthreading.Event().wait()")
    notebook.execute("begun = False")
    # Interrupted before the cell's first line, it is the kernel itself that breaks.
    with notebook.watch("begun") as begun:
        notebook.run_cell(index, wait=False)
        begun.wait_for(True)
    assert notebook.is_running(index)
    assert not notebook.clean()
    end_by_interrupt(notebook, index)


def test_a_watch_sees_what_happens_while_a_cell_runs(notebook):
    index = notebook.add_cell("for counter.count in range(100, 200): time.sleep(0.01)\ndone = True")
    notebook.execute("import time; done = False")
    with notebook.watch("counter.count") as count, notebook.watch("done") as done:
        assert done.wait_for(False).value is False
        notebook.run_cell(index, wait=False)
        seen = count.wait_for(lambda value: value >= 110)
        assert notebook.is_running(index)
        assert seen.at <= done.wait_for(True).at


def test_cleared_outputs_take_the_view_away(notebook):
    view = notebook.widget(0)
    view.root.wait_for()
    notebook.clear_outputs(0)
    view.root.wait_for(state="detached")
    assert notebook.value("counter.count") == 0


@pytest.mark.parametrize("width", [600, 1060, 1600])
def test_the_output_is_as_wide_as_asked(notebook, width):
    notebook.set_output_width(width)
    assert notebook.widget(0).width == width


@pytest.mark.parametrize("fresh", [False, True])
def test_a_notebook_begins_with_its_cells_and_an_empty_kernel(open_notebook, fresh):
    notebook = open_notebook("a = 1", "a", fresh=fresh)
    with pytest.raises(CellError, match="counter"):
        notebook.value("counter")
    assert notebook.sources == ["a = 1", "a"]
    assert [notebook.run_cell(0), notebook.run_cell(1)] == ["", "1"]


def test_themes_change_the_colours_of_the_page(notebook):
    def background():
        return notebook.page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')")

    light = background()
    notebook.set_theme("JupyterLab Dark")
    assert background() != light


def test_a_throttled_link_carries_no_more_than_it_may(open_notebook, slow_link):
    notebook = open_notebook(COUNTER, link=slow_link)
    notebook.run_cell(0)
    rate = 50_000
    slow_link.throttle(rate)
    before = slow_link.bytes_down
    start, end = notebook.page.evaluate(
        """async (size) => {
          const start = performance.now();
          const future = testing.kernel.requestExecute({ code: `print("x" * ${size})`, store_history: false });
          await future.done;
          return [start, performance.now()];
        }""",
        2 * rate,
    )
    assert slow_link.bytes_down - before >= 2 * rate
    assert (slow_link.bytes_down - before) / (end - start) * 1000 <= 1.2 * rate


@pytest.mark.parametrize(
    ("record", "is_ours"),
    [
        ('Traceback\n  File "/lib/tornado/websocket.py", line 1, in wrapper\nWebSocketClosedError', False),
        ('Traceback\n  File "/lib/zmq/eventloop/zmqstream.py", line 1, in f\nWebSocketClosedError', False),
        ('Traceback\n  File "/lib/tornado/ioloop.py", line 1, in run\n  File "/lib/ours/x.py", line 2, in f\nE', True),
        ('Traceback\n  File "/jupyter_server/k.py", line 1\n  File "/traitlets/t.py", line 2\nTraitError', False),
        ('Traceback\n  File "/ours/x.py", line 1, in f\n  File "/traitlets/t.py", line 2\nTraitError', True),
        ('Traceback (most recent call last):\n  File "/lib/ours/x.py", line 2, in f\nKeyboardInterrupt\n', False),
        (
            'Traceback 1:\n  File "/ipykernel/x.py", line 2\nzmq.error.ZMQError: Socket operation on non-socket\n',
            False,
        ),
        (
            'Traceback 1:\n  File "/ipykernel/x.py", line 2\nRuntimeError: zmq gc socket requested during shutdown\n',
            False,
        ),
        ('Traceback 1:\n  File "/lib/ipykernel/x.py", line 2, in f\nzmq.error.ZMQError: Not supported\n', True),
        (
            'Traceback 1:\n  File "/ours.py", line 2\nKeyboardInterrupt\nTraceback 2:\n  File "/ours.py", line 3\nE\n',
            True,
        ),
        ("terminate called without an active exception", True),
        ("[I ServerApp] Kernel started", False),
    ],
)
def test_the_log_is_searched_for_what_kernels_raise_and_not_for_the_servers_own_races(record, is_ours):
    assert is_disaster(record) is is_ours


LEFT = """Task was destroyed but it is pending!
task: <Task pending name='Task-1' coro=<run() done> wait_for=<Task pending coro=<Kernel.shell_main() running>>>
/lib/torch/nn/parameter.py:23: RuntimeWarning: coroutine 'Kernel.shell_main' was never awaited
  if isinstance(instance, torch.Tensor) and getattr(
RuntimeWarning: Enable tracemalloc to get the object allocation traceback
Exception ignored in: <coroutine object Kernel.shell_main at 0x7f28bf8c3cd0>
Traceback (most recent call last):
  File "<string>", line 1, in <lambda>
KeyError: '__import__'
Task was destroyed but it is pending!
task: <Task pending name='Task-2' coro=<Kernel.shell_main() running at kernelbase.py:634> cb=[Task.task_wakeup()]>
"""


@pytest.mark.parametrize(
    "ours",
    [
        "",
        "UserWarning: ours\n",
        "Task was destroyed but it is pending!\ntask: <of ours>\n",
        "Exception ignored in: <function ours>\nTraceback (most recent call last):\n  ours\nKeyError: '__import__'\n",
    ],
)
def test_what_the_kernel_says_of_itself_is_no_complaint_and_all_else_is(ours):
    assert without_kernels_own(LEFT + ours) == ours
    assert without_kernels_own(ours + LEFT) == ours
