"""What a cell changes is on screen when it ends: settings on their controls, weights in the picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.browser.agreement import blueness, check_picture, settle, show_points, wait_for_present
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value

TRAINER = """
import numpy as np, torch
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer()
trainer
"""


@pytest.fixture(scope="module")
def notebook(request, desk, jupyter_server):
    with shared_notebook(request, desk, jupyter_server, TRAINER) as notebook:
        yield notebook


@pytest.fixture
def view(notebook):
    """The view of a trainer fresh from its constructor."""
    return fresh_view(notebook)


@dataclass(frozen=True)
class Setting:
    """A statement in a cell, and what the elements named by their labels must say after it."""

    statement: str
    shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.statement


def slider(text: str) -> dict[str, str]:
    return {"aria-valuetext": text}


def value(text: str) -> dict[str, str]:
    return {"value": text}


SETTINGS = [
    Setting("trainer.learning_rate = 0.02", {"Learning rate": slider("0.02"), "Learning rate value": value("0.02")}),
    Setting("trainer.learning_rate = 3e-7", {"Learning rate value": value("3e-7")}),
    Setting("trainer.batch_size = 32", {"Batch size": slider("32")}),
    Setting("trainer.optimizer = 'rmsprop'", {"Optimizer": value("rmsprop")}),
    Setting("trainer.optimizer = lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9)",
            {"Optimizer": value("custom"), "Learning rate value": value("0.5")}),
    Setting("trainer.seed = 12", {"Seed": value("12")}),
    Setting("trainer.speed = None", {"Speed": slider("unlimited")}),
    Setting("trainer.speed = 2", {"Speed": slider("2 epochs per second")}),
    Setting("trainer.n_samples = 240", {"Samples": slider("240")}),
    Setting("trainer.noise = 0.25", {"Noise": slider("0.25")}),
    Setting("trainer.test_share = 0.5", {"Test share": slider("50\u2009%")}),
    Setting("trainer.data_seed = 9", {"Data seed": value("9")}),
    Setting("trainer.activation = 'relu'", {"Activation of Hidden 1": value("relu")}),
    Setting("trainer.hidden_layers = (3, 1)", {"Hidden 1, neuron 3": {}, "Hidden 2, neuron 1": {}}),
    Setting("trainer.dataset = 'spiral'", {"spiral": {"aria-pressed": "true"}, "circles": {"aria-pressed": "false"}}),
    Setting("trainer.dataset = (np.eye(2), [0, 1])", {"Noise": {"disabled": ""}, "circles": {"aria-pressed": "false"}}),
]  # fmt: skip

SHOWN = """(root, [label, attributes]) => {
  const named = [...root.querySelectorAll("button, input, select")].find((element) =>
    (element.ariaLabel ?? element.textContent.trim()) === label);
  return named && Object.entries(attributes).every(([name, text]) =>
    (name === "value" ? named.value : named.getAttribute(name)) === text);
}"""


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_trait_set_in_a_cell_moves_the_control(notebook, view, setting):
    for label, attributes in setting.shown.items():
        assert not view.root.evaluate(SHOWN, [label, attributes])
    notebook.add_and_run(setting.statement)
    for label, attributes in setting.shown.items():
        view.wait_for(SHOWN, [label, attributes])


def test_weights_zeroed_in_a_cell_flatten_the_picture_and_are_in_the_journal(notebook, view):
    notebook.execute("trainer.step(30, 'epoch')")
    check_picture(notebook, view)
    assert notebook.value("trainer._loop.journal") == []
    notebook.add_and_run("with torch.no_grad():\n    for p in trainer.model.parameters(): p.zero_()")
    view.root.scroll_into_view_if_needed()  # the cell that was added may have pushed it out of sight
    view.wait_for("(root) => root.querySelector('.nnw-metrics tbody td').textContent === '0.693'")
    wait_for_present(notebook, view)
    show_points(view, False)
    assert np.ptp(blueness(view)) == 0
    show_points(view, True)
    assert notebook.value("trainer.accuracy") == 0.5
    (entry,) = notebook.value(
        "[[e.step, type(e.change).__name__, sorted(e.change.values)] for e in trainer._loop.journal]"
    )
    assert entry == [3000, "Edit", ["0.bias", "0.weight", "2.bias", "2.weight"]]
    # Rewinding undoes it, and going there again does it again.
    notebook.add_and_run("trainer.rewind(1)\nassert trainer.model[0].weight.any()")


def test_a_run_edited_while_it_is_held_goes_on(notebook, view):
    view.click("Play")
    view.wait_for_epoch(1)
    notebook.add_and_run(
        "with trainer.paused():\n"
        "    held = trainer.status, trainer.step_count\n"
        "    trainer.model[0].weight.data.zero_()\n"
        "    trainer.model[0].bias.data.zero_()\n"
        "    trainer.model[2].weight.data.zero_()\n"
        "    still = trainer.step_count"
    )
    (status, step), still = notebook.value("[held, still]")
    assert (status, still) == ("paused", step)
    wait_for_value(notebook, "trainer.step_count", lambda steps: steps >= step + 200)
    view.wait_for_status("running")
    view.click("Pause")
    wait_for_value(notebook, "trainer.status", "paused")
    journal = notebook.value("[[e.step, type(e.change).__name__] for e in trainer._loop.journal]")
    assert journal == [[step, "Edit"]]
    # By symmetry such weights stay zero for ever: only the output's bias learned.
    assert not notebook.value("trainer.model[0].weight.any().item()")
    wait_for_present(notebook, view)
    settle(view)
    show_points(view, False)
    assert np.ptp(blueness(view)) == 0
    show_points(view, True)
