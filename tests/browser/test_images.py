"""Images as a reader sees them: what is on screen is what plain PyTorch computes, and all of it does something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.agreement import settle, wait_for_present
from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import fresh_view, shared_notebook, wait_for_value
from tests.browser.view import View

# All of the data where they are on this machine, else the part that comes with the package.
FASHION = """
from nnwidgets import FashionTrainer, load_fashion_mnist
data = load_fashion_mnist(download=False)
trainer = FashionTrainer(data, learning_rate=0.05, epochs=240_000 // len(data.x_train))  # some seconds
trainer
"""
CONVOLUTIONAL = """
from torch import nn
from nnwidgets import FashionTrainer, load_fashion_mnist
network = nn.Sequential(
    nn.Conv2d(1, 6, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(6 * 6 * 6, 10)
)
trainer = FashionTrainer(load_fashion_mnist(source="bundled"), model=network, optimizer="adam", learning_rate=0.005)
trainer.step(30)
trainer
"""

# Runs in the kernel, with nothing but the model and the data that the trainer hands out.
KERNEL = """
def _plain_pytorch(trainer, numbers, image):
    import torch
    data = trainer.dataset
    x, y = torch.tensor(data.x_test) / data.scale, torch.tensor(data.y_test)[:, 0].long()
    with torch.no_grad():
        outputs = trainer.model(x)
        shares, answers = outputs.softmax(1).max(1)
        confusion = torch.zeros(10, 10, dtype=torch.long).index_put_((y, answers), torch.tensor(1), accumulate=True)
        return {
            "labels": y[numbers].tolist(), "answers": answers[numbers].tolist(), "shares": shares[numbers].tolist(),
            "confusion": confusion.tolist(), "logits": outputs[image].tolist(),
            "probabilities": outputs[image].softmax(0).tolist(),
            "loss": torch.nn.functional.cross_entropy(outputs, y).item(),
            "accuracy": (answers == y).double().mean().item(), "names": data.class_names,
            "bias": trainer.model[1].bias.tolist(),
            "on": (torch.relu(trainer.model[1](x.flatten(1))) > 0).double().mean(0).tolist(),
        }
"""


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, FASHION, CONVOLUTIONAL) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 2600})
        yield notebook


def options(view: View) -> Any:
    return view.root.locator(".nnw-gallery").get_by_role("option")


def matrix(view: View) -> Any:
    return view.root.get_by_role("grid", name=re.compile("^Confusion matrix"))


def whole_percent(share: float) -> str:
    """As it is written below a picture: less than all is not 100 %, nor is more than nothing 0 %."""
    return f"{np.floor(100 * share + 0.5):.0f}\u2009%"


def train(notebook: Notebook, view: View, target: str) -> None:
    notebook.execute(f"trainer.train({target}); trainer.wait()")
    wait_for_present(notebook, view)
    settle(view)


def check_images(notebook: Notebook, view: View) -> dict[str, Any]:
    """Assert that every figure on screen is plain PyTorch's; returns the latter's."""
    wait_for_present(notebook, view)
    settle(view)
    notebook.execute(KERNEL)
    numbers, image = notebook.value("[trainer._gallery['images'], trainer._chosen['image']]")
    truth: dict[str, Any] = notebook.value(f"_plain_pytorch(trainer, {numbers}, {image})")
    names, confusion = truth["names"], np.array(truth["confusion"])

    shown = options(view).all()
    assert len(shown) == len(numbers) == 28
    for option, label, answer, share in zip(shown, truth["labels"], truth["answers"], truth["shares"], strict=True):
        is_wrong = label != answer
        assert (option.get_attribute("data-wrong") is not None) == is_wrong
        text = option.text_content() or ""
        assert text.startswith(f"{names[label]}, the network answers ")
        assert names[answer] in text.removeprefix(names[label])
        assert text.endswith(whole_percent(share)), (text, share)

    cells = matrix(view)
    totals = confusion.sum(axis=1)
    for row in range(10):
        line = cells.get_by_role("row").nth(row + 1)
        said = [cell.get_attribute("aria-label") or "" for cell in line.get_by_role("gridcell").all()]
        counts = [int(text.split(" of ")[0].replace(",", "")) for text in said[:10]]
        assert counts == confusion[row].tolist()
        assert said[10] == f"accuracy {whole_percent(confusion[row, row] / totals[row])}"
    wrong = int(confusion.sum() - confusion.trace())
    expect(view.root.locator(".nnw-mistakes")).to_contain_text(f"{wrong:,} of {confusion.sum():,}")

    rows = view.root.locator(".nnw-metrics tbody tr")
    # Of up to 10,000 images the loss over all of them, else the mean over the batches.
    at_once, accuracy, mean, running = notebook.value(
        "[trainer.loss, trainer.accuracy, trainer.running_loss, trainer.running_accuracy]"
    )
    loss, accuracy = (mean, running) if at_once is None else (at_once, accuracy)
    assert rows.nth(0).locator("td").all_inner_texts() == [f"{loss:.3f}", f"{100 * accuracy:.1f}\u2009%"]
    test = [f"{truth['loss']:.3f}", f"{100 * truth['accuracy']:.1f}\u2009%"]
    assert rows.nth(1).locator("td").all_inner_texts() == test

    answers = view.root.locator(".nnw-way .nnw-answers li").all()
    for item, name, logit, share in zip(answers, names, truth["logits"], truth["probabilities"], strict=True):
        parts = item.locator("> span").all_inner_texts()
        assert parts[0] == name
        assert parts[1].replace("\u2212", "-") == f"{logit:.1f}".replace("-0.0", "0.0")
        assert parts[3] == ("< 1\u2009%" if share < 0.005 else f"{100 * share:.0f}\u2009%")

    facts = dict(
        zip(
            view.root.locator(".nnw-facts dt").all_inner_texts(),
            view.root.locator(".nnw-facts dd").all_inner_texts(),
            strict=True,
        )
    )
    unit = int(facts["unit"]) - 1
    assert facts["bias"].replace("\u2212", "-") == f"{truth['bias'][unit]:+.2f}"
    assert facts["on for"] == f"{whole_percent(truth['on'][unit])} of test images"
    return truth


def test_every_figure_is_plain_pytorchs_also_after_more_training_and_in_a_page_opened_again(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    train(notebook, view, "epochs=1")
    before = check_images(notebook, view)

    # A cell of the matrix leads to the images behind it.
    actual, predicted = np.unravel_index(np.argmax(off_diagonal(before["confusion"])), (10, 10))
    count = before["confusion"][actual][predicted]
    name = re.compile(f"^{count:,} of ")
    cell = matrix(view).get_by_role("row").nth(int(actual) + 1).get_by_role("gridcell", name=name)
    box = cell.bounding_box()
    assert box is not None
    notebook.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(cell).to_have_attribute("aria-selected", "true")
    wait_for_value(notebook, "trainer._gallery['fitting']", count)
    gallery = notebook.value("trainer._gallery['labels']")
    assert set(gallery) == {int(actual)}
    names = before["names"]
    expect(view.root.locator(".nnw-images h3")).to_have_text(f"{names[actual]} taken for {names[predicted]}")
    for option in options(view).all():
        expect(option).to_contain_text(f"{names[actual]}, the network answers {names[predicted]}")
    view.click("Back to all")
    wait_for_value(notebook, "trainer._gallery['predicted']", None)

    train(notebook, view, "epochs=1")
    after = check_images(notebook, view)
    assert after["loss"] < before["loss"]
    assert notebook.value("trainer.epoch") == 2

    notebook.save()
    notebook.reload()
    view = notebook.widget(0)
    view.wait_for_frame(1)
    check_images(notebook, view)


def off_diagonal(confusion: Any) -> Any:
    counts = np.array(confusion)
    np.fill_diagonal(counts, 0)
    return counts


def test_a_picture_is_drawn_as_it_is(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    settle(view)
    pixels = view.pixels(".nnw-gallery [role=option] canvas")[..., :3].astype(float)
    first = notebook.value("data.x_test[trainer._gallery['images'][0], 0].tolist()")
    image = np.array(first, dtype=float)
    assert pixels.shape == (28, 28, 3)
    # 0 is the page, 255 is ink, and what is between lies between.
    page, ink = pixels[image == 0].mean(axis=0), pixels[image == image.max()].mean(axis=0)
    expected = page + (ink - page) * (image / image.max())[..., None]
    assert np.abs(pixels - expected).max() < 12  # inks are mixed as eyes see them, not as bytes
    assert page.min() > 240
    assert ink.max() < 80


def test_it_learns_before_ones_eyes_until_the_end_of_the_plan(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    progress = view.root.get_by_role("progressbar")
    recording = view.record()
    view.click("Play")
    view.wait_for_status("running")
    expect(view.button("Step batch")).to_be_disabled()
    expect(view.button("Reset")).to_be_disabled()
    view.wait_for_epoch(1)
    expect(view.root.locator(".nnw-head")).to_contain_text(re.compile(r"batch [\d,]+ of [\d,]+"))
    expect(view.root.locator(".nnw-head")).to_contain_text("batches/s")
    first = options(view).all_inner_texts()
    view.choose("True class", "3")  # also while it trains
    wait_for_value(notebook, "trainer._gallery['actual']", 3)
    expect(options(view).first).to_contain_text("Dress")
    assert options(view).all_inner_texts() != first
    view.wait_for_status("idle")
    assert len(recording.stop()) > 5
    assert notebook.value("[trainer.epoch == trainer.epochs, trainer.status]") == [True, "idle"]
    wait_for_present(notebook, view)
    assert progress.get_attribute("aria-valuenow") == progress.get_attribute("aria-valuemax")
    view.choose("True class", "")
    check_images(notebook, view)


def test_by_keyboard_alone(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    train(notebook, view, "steps=50")
    keyboard = notebook.page.keyboard
    view.root.locator(".nnw-gallery").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        keyboard.press(key)
    wanted = notebook.value("trainer._gallery['images'][9]")
    wait_for_value(notebook, "trainer._chosen['image']", wanted)
    expect(options(view).nth(9)).to_have_attribute("aria-selected", "true")
    matrix(view).focus()
    for key in ("Home", "ArrowDown", "ArrowRight", "ArrowRight"):
        keyboard.press(key)
    expect(view.root.locator("[role=gridcell][aria-selected=true]")).to_have_attribute(
        "aria-label", re.compile("trousers are taken for pullovers")
    )
    units = view.root.get_by_role("listbox", name="Units of the first layer")
    units.focus()
    keyboard.press("Home")
    keyboard.press("ArrowDown")
    expect(view.root.locator(".nnw-facts dd").first).to_have_text("17")
    check_images(notebook, view)


def test_an_image_is_drawn_by_keyboard_alone(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    keyboard = notebook.page.keyboard
    begin = view.button("Draw your own")
    begin.focus()
    keyboard.press("Enter")
    pad = view.root.get_by_role("application", name=re.compile("^Your drawing"))
    expect(pad).to_be_focused()
    expect(pad).to_contain_text("Shift and arrows draw")
    for key in 6 * ["ArrowLeft"] + 12 * ["Shift+ArrowRight"] + 3 * ["ArrowDown"] + ["Space"]:
        keyboard.press(key)
    wait_for_value(notebook, "sum(value == 255 for value in trainer._chosen['pixels']) == 14", True)
    assert notebook.value("trainer._chosen['source']") == "drawn"
    keyboard.press("Escape")
    expect(begin).to_be_focused()


def test_an_image_of_ones_own_is_classified_while_it_trains(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    notebook.execute("trainer.epochs = None")
    view.click("Play")
    view.wait_for_status("running")
    view.click("Draw your own")
    pad = view.root.get_by_role("application", name=re.compile("^Your drawing"))
    expect(pad).to_have_text("Draw here")
    expect(view.root.get_by_label("One image through the network")).to_contain_text("your drawing")
    box = pad.bounding_box()
    assert box is not None
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 40)
    mouse.down()
    for x, y in ((100, 40), (150, 100), (100, 150), (40, 150)):
        mouse.move(box["x"] + x, box["y"] + y, steps=5)
    mouse.up()
    wait_for_value(notebook, "trainer._chosen['source']", "drawn")
    assert notebook.value("max(trainer._chosen['pixels'])") > 200
    view.click("done")
    view.click("Pause")
    view.wait_for_status("paused")
    wait_for_present(notebook, view)
    settle(view)
    check_own(notebook, view)

    # A file of any size: a bright page with something dark on it, as photographs have it.
    notebook.execute(
        "import io, numpy as np; from PIL import Image\n"
        "page = np.full((90, 60), 250, np.uint8); page[20:70, 15:45] = 30\n"
        "buffer = io.BytesIO(); Image.fromarray(page).save(buffer, 'png')"
    )
    content = bytes(notebook.value("list(buffer.getvalue())"))
    chooser = view.root.locator("input[type=file]")
    chooser.set_input_files({"name": "page.png", "mimeType": "image/png", "buffer": content})
    wait_for_value(notebook, "trainer._chosen['name']", "page.png")
    expect(view.root.locator(".nnw-own-notice")).to_contain_text("inverted")
    pixels = np.array(notebook.value("list(trainer._chosen['pixels'])")).reshape(28, 28)
    assert pixels[14, 14] > 200
    assert pixels[2, 14] < 20
    assert pixels[14, 1] < 20  # as high as 28 pixels, and so narrower: what is beside it is background
    wait_for_present(notebook, view)
    settle(view)
    check_own(notebook, view)

    chooser.set_input_files({"name": "text.png", "mimeType": "image/png", "buffer": b"no image"})
    expect(view.root.get_by_role("alert").filter(has_text="text.png")).to_be_visible()
    assert notebook.value("trainer._chosen['name']") == "page.png"


def check_own(notebook: Notebook, view: View) -> None:
    notebook.execute("import torch")
    notebook.execute("own = torch.tensor(list(trainer._chosen['pixels'])).reshape(1, 1, 28, 28) / 255")
    probabilities = notebook.value("trainer.model(own).softmax(1)[0].tolist()")
    shown = [item.locator("> span").nth(3).inner_text() for item in view.root.locator(".nnw-way li").all()]
    assert shown == ["< 1\u2009%" if share < 0.005 else f"{100 * share:.0f}\u2009%" for share in probabilities]


def test_a_convolutional_network_shows_kernels_and_feature_maps(notebook: Notebook) -> None:
    view = fresh_view(notebook, 1)
    settle(view)
    expect(view.root.get_by_role("listbox", name="Units of the first layer").get_by_role("option")).to_have_count(6)
    expect(view.root.locator(".nnw-first")).to_contain_text("6 units, 5 × 5 weights each")
    expect(view.root.locator(".nnw-way")).to_contain_text("Conv2d 1")
    before = notebook.value("trainer.test_loss")
    train(notebook, view, "steps=20")
    assert notebook.value("trainer.test_loss") < before


def test_it_is_accessible_in_both_themes_wide_and_narrow(notebook: Notebook) -> None:
    view = fresh_view(notebook)
    train(notebook, view, "steps=200")
    with all_in_sight(notebook):
        for look in each_look(notebook, view):
            settle(view)
            folded = view.root.locator("details:not([open]) > summary:visible")
            while folded.count():
                folded.first.click()
            settle(view)
            check_accessible(view, look, 50)
