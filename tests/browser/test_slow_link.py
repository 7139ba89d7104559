"""Behind a slow link the picture gets coarser instead of late, and is whole again when the training stands still."""

from __future__ import annotations

from bisect import bisect

import pytest

from tests.browser.agreement import check_picture
from tests.browser.slow_link import REMOTE_HUB

TRAINER = "from nnwidgets import PlanarTrainer\ntrainer = PlanarTrainer()\ntrainer"
SENT = "[trainer._channel.sent, trainer._channel.wish().map_size]"
FINE = 72  # cells per side of the map that a view asks for
IN_FLIGHT = 2
STALLED = 1.0  # seconds without an answer after which Python sends although two frames are under way
TARDY = 0.1  # seconds by which the news of a frame may be late


@pytest.mark.fault("slow link")
def test_the_picture_adapts_to_a_slow_link(open_notebook, slow_link):
    notebook = open_notebook(TRAINER, link=slow_link)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    view.click("Step epoch")
    view.wait_for_epoch(1)
    slow_link.throttle(REMOTE_HUB)
    with notebook.watch(SENT) as sent:
        check_that_it_keeps_up(notebook, view, sent)
        # So slow that whole maps cannot pass thirty times a second.
        slow_link.throttle(REMOTE_HUB / 3)
        coarse = check_that_it_keeps_up(notebook, view, sent, until=lambda size: size < FINE)
        assert coarse < FINE
    (shape,) = notebook.value("[p['shape'] for p in trainer._snapshot['parts'] if p['name'] == 'map']")
    assert shape == [FINE, FINE]
    slow_link.throttle(None)
    notebook.add_and_run("trainer.train(epochs=30)\ntrainer.wait()")
    view.wait_for_epoch(notebook.value("trainer.epoch"))
    check_picture(notebook, view)


def check_that_it_keeps_up(notebook, view, sent, until=lambda size: True):
    """Play for 40 frames, and until maps have a size that satisfies `until`; returns that size.

    No frame was sent before the last but one was drawn, and what is on screen after Pause is the newest there is.
    """
    start = view.frame
    recording = view.record()
    seen = len(sent.changes)
    view.click("Play")
    view.wait_for_frame(start + 40)
    size = sent.wait_for(lambda value: value[0] >= start + 40 and until(value[1])).value[1]
    view.click("Pause")
    view.wait_for_status("paused")
    last = notebook.value("trainer._channel.sent")
    view.wait_for_frame(last)
    sent.wait_for(lambda value: value[0] == last)
    origin = view.page.evaluate("() => performance.timeOrigin")
    drawn = [((origin + frame.at) / 1000, frame.number) for frame in recording.stop()]
    assert [number for _, number in drawn] == sorted({number for _, number in drawn})
    assert drawn[-1][1] == last
    check_in_flight([(change.at, change.value[0]) for change in sent.changes[seen:]], drawn, start)
    return size


def check_in_flight(sent, drawn, start):
    """At the moment a frame is sent, at most two are not drawn yet, that one included."""
    times = [at for at, _ in drawn]
    before = None
    for at, number in sent:
        shown = drawn[bisect(times, at) - 1][1] if at > times[0] else start
        waited = before is not None and at - before >= STALLED - TARDY
        before = at
        # Full frames, sent for other reasons than the clock's, do not wait: one begins a run, one ends it.
        assert number - shown <= IN_FLIGHT + 1 or waited, (number, shown)
