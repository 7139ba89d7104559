"""What goes wrong in a model, a callback or the numbers is said under the picture, and loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.agreement import figures, wait_for_present
from tests.browser.notebook import CellError

BROKEN = """
import copy, torch
from nnwidgets import PlanarTrainer

class Fragile(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1), torch.nn.Sigmoid()
        )
        self.calls, self.last = 0, None

    def forward(self, x):
        if self.training:
            self.calls += 1
            if self.calls == self.last:
                raise ValueError("the cat has pulled the plug")
        return self.layers(x)

model = Fragile()
sound = copy.deepcopy(model)
model.last = 37
trainer = PlanarTrainer(model=model, loss_fn="bce")
trainer
"""


def callout(view):
    return view.root.locator(".nnw-diag")


@pytest.mark.fault("model raises")
def test_a_model_that_raises_says_so_under_the_picture_and_keeps_its_weights(open_notebook):
    notebook = open_notebook(BROKEN)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    with pytest.raises(CellError, match="the cat has pulled the plug") as caught:
        notebook.add_and_run("trainer.train(epochs=2)\ntrainer.wait()")
    assert caught.value.name == "ValueError"
    view.wait_for_status("error")
    assert notebook.value("[trainer.status, trainer.step_count]") == ["error", 36]

    # In the reader's words, where the reader looks; the rest on request.
    message = callout(view)
    expect(message).to_be_visible()
    expect(message).to_contain_text("ValueError at step 37: the cat has pulled the plug. The weights after 36 steps")
    expect(message.get_by_role("alert")).to_contain_text("ValueError at step 37")
    expect(message.locator("pre")).to_be_hidden()
    message.locator("summary").click()
    expect(message.locator("pre")).to_contain_text('raise ValueError("the cat has pulled the plug")')

    # They are those of a run that ends there.
    notebook.add_and_run("twin = PlanarTrainer(model=sound, loss_fn='bce')\ntwin.train(steps=36)\ntwin.wait()")
    assert notebook.value("trainer.model.state_dict()") == notebook.value("twin.model.state_dict()")
    wait_for_present(notebook, view)
    assert figures(view).progress == "step 36"

    # The model has recovered: training goes on as if nothing had happened.
    view.click("Step epoch")
    view.wait_for_epoch(1)
    view.wait_for_status("idle")
    expect(message).to_have_text("")
    notebook.add_and_run("twin.train(steps=64)\ntwin.wait()")
    assert notebook.value("[trainer.status, trainer.step_count]") == ["idle", 100]
    assert notebook.value("trainer.model.state_dict()") == notebook.value("twin.model.state_dict()")


DIVERGING = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(8, 8), activation="leaky_relu", loss_fn="bce_with_logits")
trainer
"""


@pytest.mark.fault("not finite")
def test_a_loss_that_is_nan_stops_the_run_and_its_button_takes_it_back(open_notebook):
    notebook = open_notebook(DIVERGING)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    notebook.add_and_run("trainer.train(epochs=2)\ntrainer.wait()")
    good = notebook.value("trainer.model.state_dict()")
    # Nobody raises: a network that diverges is a lesson, not a mistake.
    notebook.add_and_run("trainer.learning_rate = 1e6\ntrainer.train(epochs=5)\ntrainer.wait()")
    view.wait_for_status("diverged")
    status, step, history = notebook.value("[trainer.status, trainer.step_count, trainer.history.last_step]")
    assert status == "diverged"
    assert 200 < step == history < 300
    message = callout(view)
    expect(message).to_be_visible()
    expect(message).to_contain_text(f"Diverged at step {step + 1}, in epoch 3:")
    expect(message).to_contain_text("1e+06")
    assert notebook.value("all(p.isfinite().all().item() for p in trainer.model.parameters())")

    view.click("Go to epoch 2")
    view.wait_for_status("paused")
    expect(message).to_have_text("")
    wait_for_present(notebook, view)
    assert figures(view).epoch == "2"
    assert notebook.value("trainer.model.state_dict()") == good
    # With a rate that can be walked with, it goes on.
    view.enter("Learning rate value", "0.1")
    view.click("Play")
    view.wait_for_epoch(4)
    view.click("Pause")
    view.wait_for_status("paused")
    # A twin that never went astray has come to the same place.
    notebook.add_and_run(
        "twin = PlanarTrainer(hidden_layers=(8, 8), activation='leaky_relu', loss_fn='bce_with_logits')\n"
        "twin.train(steps=trainer.step_count)\ntwin.wait()"
    )
    assert notebook.value("trainer.model.state_dict()") == notebook.value("twin.model.state_dict()")


FRIENDS = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer()

def confused(change):
    if change.new == 2:
        raise LookupError("no friend of epoch two")

def strict(trainer):
    if trainer.epoch == 4:
        raise RuntimeError("four is enough")

trainer.observe(confused, "epoch")
trainer.on_epoch_end(strict)
trainer
"""


@pytest.mark.fault("observer raises")
@pytest.mark.fault("callback raises")
def test_exceptions_of_observers_and_callbacks_are_shown(open_notebook):
    notebook = open_notebook(FRIENDS)
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_frame(1)
    message = callout(view)

    # An observer is a bystander: the run goes on to its end.
    notebook.add_and_run("trainer.train(epochs=3)\ntrainer.wait()")
    view.wait_for_epoch(3)
    expect(message).to_contain_text("LookupError in a function that observes this trainer: no friend of epoch two.")
    assert notebook.value("[trainer.status, trainer.epoch]") == ["idle", 3]
    wait_for_present(notebook, view)
    assert figures(view).progress == "step 300"

    # A callback is part of the run, and stops it.
    view.click("Play")
    view.wait_for_status("error")
    expect(message).to_contain_text("RuntimeError in a function called at the end of epoch 4: four is enough.")
    assert notebook.value("[trainer.status, trainer.epoch, trainer.step_count]") == ["error", 4, 400]
    with pytest.raises(CellError, match="four is enough"):
        notebook.add_and_run("trainer.wait()")
    view.click("Play")
    view.wait_for_epoch(6)
    expect(message).to_have_text("")

    # What a click makes an observer raise is shown too, and the control has moved all the same.
    notebook.execute("trainer.observe(lambda change: 1 / 0, 'learning_rate')")
    view.enter("Learning rate value", "0.3")
    expect(message).to_contain_text("ZeroDivisionError in a function that observes this trainer: division by zero.")
    assert notebook.value("[trainer.learning_rate, trainer.status]") == [0.3, "running"]
    # In a cell it is the cell's own.
    with pytest.raises(CellError, match="division by zero"):
        notebook.add_and_run("trainer.learning_rate = 0.4")
