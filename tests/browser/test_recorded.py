"""Runs are replayed where there is no kernel: after it has ended, and in a notebook that was saved and opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import numpy.typing as npt
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.agreement import Figures, figures, settle
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import kernel_gone, wait_for_recording
from tests.browser.view import CURVES, MAP, NETWORK, View

EPOCHS = 20
RUN = f"trainer.train(epochs={EPOCHS})\ntrainer.wait()"
PLANAR = f"""from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(3,), seed=1, learning_rate=0.5)
{RUN}
trainer.pin("first")
trainer.learning_rate = 0.2
trainer.reset()
{RUN}
trainer"""
# One of each of the other kinds, small.
OTHERS = {
    "perceptron": f"from nnwidgets import PerceptronTrainer\ntrainer = PerceptronTrainer('narrow')\n{RUN}\ntrainer",
    "function": f"from nnwidgets import FunctionTrainer\ntrainer = FunctionTrainer()\n{RUN}\ntrainer",
    "images": f"""import numpy as np
from nnwidgets import ImageTrainer
random = np.random.default_rng(0)
labels = np.arange(60) % 3
images = (random.uniform(0, 80, (60, 8, 8)) + 80 * labels[:, None, None]).astype(np.uint8)
trainer = ImageTrainer((images, labels), hidden_layers=(8,), batch_size=10)
{RUN}
trainer""",
}
# In a view so wide neurons are asked for as finely as they are recorded.
WIDE = 1300
# The kernel is there, and takes no notice of what the page says.
DEAF = "trainer._handle_custom_msg = lambda content, buffers: None"


# Every state that a view has told of, from the first on.
STATES = """window.states = [];
new MutationObserver(() => {
  const state = document.querySelector(".nnw")?.dataset.status;
  if (state && window.states.at(-1) !== state) window.states.push(state);
}).observe(document, { attributeFilter: ["data-status"], childList: true, subtree: true });"""


@dataclass
class Look:
    """What a view shows of a moment."""

    figures: Figures
    pixels: dict[str, npt.NDArray[np.uint8]]
    parameters: list[str]

    def differences(self, other: Look) -> list[str]:
        """What is not the same."""
        canvases = [name for name in self.pixels if not np.array_equal(self.pixels[name], other.pixels[name])]
        numbers = [name for name in ("figures", "parameters") if getattr(self, name) != getattr(other, name)]
        return canvases + numbers


def look_at(view: View, canvases: tuple[str, ...] = (MAP, NETWORK, CURVES)) -> Look:
    settle(view)
    return Look(
        figures(view),
        {canvas: view.pixels(canvas) for canvas in canvases},
        view.root.locator(".nnw-parameters td").all_inner_texts(),
    )


def wait_until_at(view: View, epoch: int) -> None:
    view.wait_for("(root, epoch) => Number(root.dataset.epoch) === epoch", epoch)


def scrub(view: View, epoch: int) -> None:
    view.slider("Epoch shown").fill(str(epoch))
    wait_until_at(view, epoch)


def open_run(notebook: Notebook, source: str = PLANAR) -> View:
    """Run the cell, and wait until the run is recorded."""
    notebook.run_cell(0)
    view = notebook.widget(0)
    view.wait_for_epoch(1)
    wait_for_recording(notebook, "trainer")
    view.wait_for_status("idle")
    return view


def remember(notebook: Notebook, view: View, epoch: int) -> Look:
    """What the live run shows of an epoch, while its kernel is there."""
    notebook.execute(f"trainer.preview({epoch})")
    wait_until_at(view, epoch)
    look = look_at(view)
    notebook.execute("trainer.preview(None)")
    wait_for_recording(notebook, "trainer")
    wait_until_at(view, EPOCHS)
    return look


def test_after_its_kernel_has_ended_a_run_is_shown_as_it_was(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook(PLANAR)
    view = open_run(notebook)
    notebook.set_output_width(WIDE)
    view.root.locator(".nnw-unfold", has_text="Parameters").click()
    expect(view.root.locator(".nnw-parameters td").first).to_be_visible()
    then, now = remember(notebook, view, 17), look_at(view)
    assert len(then.parameters) > 10
    assert {"figures", "parameters"} <= set(then.differences(now))
    with kernel_gone(notebook):
        view.wait_for_status("recorded")
        expect(view.root.locator(".nnw-status")).to_have_text("recorded run")
        expect(view.root.locator(".nnw-diag")).to_contain_text("no kernel is connected")
        assert look_at(view).differences(now) == []
        scrub(view, 17)
        assert look_at(view).differences(then) == []
        view.page.keyboard.press("Escape")
        wait_until_at(view, EPOCHS)
        assert look_at(view).differences(now) == []
        for name in ("Step batch", "Pin this run", "PyTorch code"):
            expect(view.button(name)).to_be_disabled()
            view.button(name).hover(force=True)
            expect(view.button(name)).to_have_attribute("title", re.compile("no kernel"))
        expect(view.root.get_by_label("Learning rate").first).to_be_disabled()


def test_it_is_played_stepped_reset_and_pointed_at_without_a_kernel(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook(PLANAR)
    view = open_run(notebook)
    with kernel_gone(notebook):
        view.wait_for_status("recorded")
        whole = look_at(view)
        # From its end it begins anew, and its curves grow.
        view.slider("Speed").fill("2")  # five epochs a second
        view.click("Play")
        view.wait_for_status("running")
        wait_until_at(view, 3)
        view.click("Pause")
        view.wait_for_status("recorded")
        paused = view.epoch
        assert 3 <= paused < EPOCHS
        expect(view.root.locator(".nnw-time")).to_contain_text(f"at epoch {paused} of {EPOCHS}")
        view.click("Step epoch")
        wait_until_at(view, paused + 1)
        # By keys, as fast as it can be followed, to its end.
        view.slider("Speed").fill("6")
        view.root.press("Space")
        wait_until_at(view, EPOCHS)
        view.wait_for_status("recorded")
        assert look_at(view).differences(whole) == []
        view.root.press("r")
        wait_until_at(view, 0)
        # Continue from here: it stands there, and goes on from there.
        scrub(view, 12)
        view.root.get_by_role("button", name="Continue from here").click()
        expect(view.root.locator(".nnw-time")).to_contain_text(f"at epoch 12 of {EPOCHS}")
        view.root.press("Shift+ArrowRight")
        wait_until_at(view, 13)
        # Pointing at a neuron enlarges what it makes of the plane.
        settle(view)
        before = view.pixels(MAP)
        view.root.get_by_role("button", name=re.compile("^Hidden 1, neuron 2")).first.hover()
        expect(view.root.locator(".nnw-readout")).to_contain_text("tanh")
        settle(view)
        assert not np.array_equal(view.pixels(MAP), before)
        # The run that was pinned is there, and can be hidden.
        curves = view.pixels(CURVES)
        view.root.get_by_role("button", name="first", exact=True).click()
        settle(view)
        assert not np.array_equal(view.pixels(CURVES), curves)


def test_a_kernel_that_answers_again_has_the_word(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook(PLANAR)
    view = open_run(notebook)
    notebook.execute(DEAF)
    view.wait_for_status("recorded")
    scrub(view, 5)
    notebook.execute("del trainer._handle_custom_msg")
    view.wait_for_status("idle")
    wait_until_at(view, EPOCHS)
    view.click("Step epoch")
    view.wait_for_epoch(EPOCHS + 1)
    assert notebook.value("trainer.epoch") == EPOCHS + 1


@pytest.mark.parametrize("kind", OTHERS)
def test_each_kind_of_trainer_is_replayed(open_notebook: Callable[..., Notebook], kind: str) -> None:
    notebook = open_notebook(OTHERS[kind])
    view = open_run(notebook)
    end = view.epoch
    moment = end // 2
    notebook.execute(f"trainer.preview({moment})")
    wait_until_at(view, moment)
    settle(view)
    shown = figures(view)
    notebook.execute("trainer.preview(None)")
    wait_for_recording(notebook, "trainer")
    wait_until_at(view, end)
    settle(view)
    whole = figures(view)
    with kernel_gone(notebook):
        view.wait_for_status("recorded")
        settle(view)
        assert figures(view) == whole
        scrub(view, moment)
        settle(view)
        assert figures(view) == shown
        view.click("Reset")
        wait_until_at(view, 0)
        view.click("Step epoch")
        wait_until_at(view, 1)
        view.click("Play")
        view.wait_for_status("running")
        view.wait_for_epoch(2)
        view.click("Pause")
        view.wait_for_status("recorded")


def run_by_a_program(*sources: str, folder: Path) -> Any:
    """The notebook that a program makes of these cells, as `jupyter nbconvert --execute` does, with its widgets."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbclient.NotebookClient(made, store_widget_state=True, resources={"metadata": {"path": str(folder)}}).execute()
    return made


def saved_by_a_program(source: str, server: JupyterServer, notebook: Notebook) -> None:
    """Put the notebook in place that a program makes of one cell, and open it with a new kernel."""
    made = run_by_a_program(source, folder=server.folder)
    trust(made, server)
    server.reset()
    nbformat.write(made, server.folder / notebook.path)
    notebook.page.reload()
    notebook.wait_for_widgets()


def trust(notebook: Any, server: JupyterServer) -> None:
    """As File > Trust Notebook does: JupyterLab shows no widgets of others."""
    NotebookNotary(data_dir=str(data_of(server))).sign(notebook)


def data_of(server: JupyterServer) -> Path:
    return server.folder.parent / "data"


def test_a_notebook_that_a_program_ran_is_replayed_where_it_is_opened(
    open_notebook: Callable[..., Notebook], jupyter_server: JupyterServer
) -> None:
    live = open_notebook(PLANAR)
    view = open_run(live)
    live.set_output_width(WIDE)
    then, now = remember(live, view, 17), look_at(view)

    live.page.add_init_script(STATES)
    saved_by_a_program(PLANAR, jupyter_server, live)
    assert "trainer" not in live.value("list(globals())")
    view = live.widget(0)
    view.wait_for_status("recorded")
    # Nobody is waited for who cannot be there.
    assert view.page.evaluate("window.states") == ["recorded"]
    assert look_at(view).differences(now) == []
    scrub(view, 17)
    assert look_at(view).differences(then) == []
    view.slider("Speed").fill("2")
    view.click("Play")
    view.wait_for_status("running")
    view.wait_for_status("recorded")
    wait_until_at(view, EPOCHS)

    with all_in_sight(live):
        for look in each_look(live, view):
            check_accessible(view, look, 30)
    # Its cell brings it to life.
    live.run_cell(0)
    view = live.widget(0)
    view.wait_for_status("idle")
    view.click("Step batch")
    view.wait_for("(root) => root.querySelector('.nnw-status').textContent !== 'recorded run'")
    assert live.value("trainer.step_count") > 0
