"""What is tried in every place: the columns of the table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.browser.agreement import figures, settle
from tests.browser.places.place import Opened

Ability = Callable[[Opened], None]

NARROWEST = 560  # CSS pixels: a view of less shows that the place gave it no room


def shows(opened: Opened) -> None:
    """There is a picture, with room."""
    view = opened.begin()
    assert view.width >= NARROWEST
    assert len(np.unique(view.pixels().reshape(-1, 4), axis=0)) > 100


def plays(opened: Opened) -> None:
    """Play, on screen, and the epochs follow each other."""
    view = opened.begin()
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for_epoch(view.epoch + 3)


def pauses(opened: Opened) -> None:
    """Pause, on screen, and it stands still."""
    view = opened.begin()
    view.click("Play")
    view.wait_for_epoch(2)
    view.click("Pause")
    view.wait_for_status(opened.paused)
    assert view.button("Play").is_enabled()


def pauses_beside_a_cell(opened: Opened) -> None:
    """The same, while a cell is running; the cell has not ended when it is seen."""
    view = opened.begin()
    view.click("Play")
    view.wait_for_epoch(2)
    with opened.busy():
        view.wait_for_epoch(view.epoch + 2)
        view.click("Pause")
        view.wait_for_status("paused")


def trains_from_a_cell(opened: Opened) -> None:
    """`train` in a cell, and the view follows to the end."""
    view = opened.begin()
    opened.run("trainer.train(epochs=5)\ntrainer.wait()")
    view.wait_for_epoch(5)
    view.wait_for_status("idle")
    assert view.epoch == 5


def agrees_with_cells(opened: Opened) -> None:
    """What is changed on screen is in the next cell, and what a cell changes is on screen."""
    view = opened.begin()
    view.choose("Optimizer", "adam")
    view.page.evaluate("() => new Promise(requestAnimationFrame)")  # with which it is said
    opened.run("assert trainer.optimizer == 'adam', trainer.optimizer\ntrainer.optimizer = 'sgd'")
    view.wait_for("(root) => [...root.querySelectorAll('select')].some((list) => list.value === 'sgd')")


def survives_a_reload(opened: Opened) -> None:
    """A run that stands is there as it was, and one under way has gone on."""
    view = opened.begin()
    opened.run("trainer.train(epochs=5)\ntrainer.wait()")
    view.wait_for_epoch(5)
    settle(view)
    before = figures(view)
    assert before.epoch == "5"
    opened.reload()
    view = opened.view()
    view.wait_for_epoch(5)
    settle(view)
    assert figures(view) == before
    opened.run("trainer.train()")
    view.wait_for_status("running")
    view.wait_for_epoch(8)
    epoch = view.epoch
    opened.reload()
    view = opened.view()
    view.wait_for_status("running")
    view.wait_for_epoch(epoch + 3)


def replays_when_saved(opened: Opened) -> None:
    """A notebook that was saved shows the run's end, and replays it, before any of its cells is run again."""
    with opened.saved() as view:
        view.wait_for_status("recorded")
        view.wait_for_epoch(5)
        view.slider("Epoch shown").fill("2")
        view.wait_for("(root) => root.dataset.epoch === '2'")


# What the columns are called, from the left.
ABILITIES: dict[str, Ability] = {
    "shows": shows,
    "Play": plays,
    "Pause": pauses,
    "Pause while a cell runs": pauses_beside_a_cell,
    "training from a cell": trains_from_a_cell,
    "screen and cells agree": agrees_with_cells,
    "page reload": survives_a_reload,
    "saved notebook": replays_when_saved,
}
