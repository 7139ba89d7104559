"""NetworkAnatomy: a model's layers in the page, opened, searched, guessed and followed, with the kernel and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessible import all_in_sight, check_accessible, each_look
from tests.browser.conftest import VIEWPORT, Desk
from tests.browser.explorers import agree, read_numbers
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer
from tests.browser.shared import kernel_gone, shared_notebook, wait_for_value
from tests.browser.view import View

MODEL = """
import torch
from torch import nn
from nnwidgets import NetworkAnatomy


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = torch.relu(self.norm(self.conv1(x)))
        return torch.relu(x + self.conv2(h))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 6, 3, stride=2, padding=1)
        self.block1, self.block2 = Block(6), Block(6)
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        x = self.block2(self.block1(self.stem(x)))
        return self.head(x.mean((2, 3)))


torch.manual_seed(0)
model = Net().eval()
x = torch.rand(3, 2, 12, 12)
anatomy = NetworkAnatomy(model, input=x)
anatomy
"""
DENSE = """
from nnwidgets import NetworkAnatomy
dense = NetworkAnatomy()
dense
"""
TRAINER = """
from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(3,))
looking = NetworkAnatomy(trainer, selected="0")
looking
"""
LARGE = """
import torchvision
large = NetworkAnatomy(torchvision.models.resnet50(), input=torch.rand(1, 3, 224, 224))
large
"""
# What a hook hears of each module: its shape without the samples, and what it has to learn by itself.
HEARD = """
heard = {}
def hear(name):
    def note(module, inputs, output):
        heard[name] = [list(output.shape[1:]), sum(p.numel() for p in module.parameters())]
    return note
handles = [module.register_forward_hook(hear(name)) for name, module in model.named_modules() if name]
with torch.no_grad():
    model(x)
for handle in handles:
    handle.remove()
"""
STEP_AFTER = "(root, before) => (root.querySelector('[data-n=step]')?.textContent ?? before) !== before"
SETTLED = "(root) => root.querySelector('[data-settled=true]')"


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, desk: Desk, jupyter_server: JupyterServer) -> Iterator[Notebook]:
    with shared_notebook(request, desk, jupyter_server, MODEL, DENSE, TRAINER, LARGE) as notebook:
        notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1600})
        notebook.run_all()
        yield notebook


def view_of(notebook: Notebook, index: int) -> View:
    view = notebook.widget(index)
    view.root.scroll_into_view_if_needed()
    view.wait_for(SETTLED)
    return view


@pytest.fixture
def view(notebook: Notebook) -> View:
    """The reader's own model, as it was made."""
    notebook.execute("anatomy.reset()\nanatomy.wait()")
    return view_of(notebook, 0)


@pytest.fixture
def dense(notebook: Notebook) -> View:
    notebook.execute("dense.reset()\ndense.wait()")
    return view_of(notebook, 1)


def row(view: View, key: str) -> Locator:
    return view.root.locator(f'[role=row][data-key="{key}"]')


def keys(view: View) -> list[str]:
    rows = view.root.locator("[role=row][data-key]")
    return [str(each.get_attribute("data-key")) for each in rows.all()]


def read(view: View, name: str) -> str:
    """A number on screen, which is the same wherever it stands."""
    texts = set(read_numbers(view)[name])
    assert len(texts) == 1, (name, texts)
    return texts.pop()


def unfold(view: View) -> None:
    """All of it, where it is not all in sight anyway."""
    button = view.button("Unfold one level")
    while button.is_enabled():
        button.click()


def open_row(view: View, key: str) -> None:
    row(view, key).click()
    view.wait_for(SETTLED)


def test_every_layer_has_the_shape_and_the_count_that_its_hooks_hear(view: View, notebook: Notebook) -> None:
    notebook.execute(HEARD)
    heard = notebook.value("heard")
    unfold(view)
    for name, (shape, count) in heard.items():
        line = row(view, name)
        expect(line.locator("[data-column=shape]")).to_have_text(re.compile(r"\s*×\s*".join(map(str, shape))))
        text = line.locator("[data-measure=parameters]").inner_text().strip()
        assert agree(text, count) if count else not re.search(r"\d", text), (name, text)
    total = notebook.value("sum(p.numel() for p in model.parameters())")
    assert agree(read(view, "parameters"), total)
    assert notebook.value("anatomy.parameter_count") == total


def test_layers_stand_in_the_order_in_which_they_run(view: View) -> None:
    unfold(view)
    shown = keys(view)
    order = ["stem", "block1", "block1.conv1", "block1.norm", "block1:relu", "block1.conv2", "block1:add",
             "block1:relu#2", "block2", "block2.conv1", "head"]  # fmt: skip
    places = [shown.index(key) for key in order]
    assert places == sorted(places)


def test_containers_fold_and_unfold_by_pointer_and_by_keys(view: View, notebook: Notebook) -> None:
    view.click("Fold all")
    assert "block1.conv1" not in keys(view)
    row(view, "block1").locator(".nnw-al-fold").click()
    expect(row(view, "block1.conv1")).to_be_visible()
    expect(row(view, "block1")).to_have_attribute("aria-expanded", "true")
    wait_for_value(notebook, "list(anatomy.unfolded)", ["block1"])
    head = row(view, "block1")
    head.focus()
    head.press("ArrowLeft")
    expect(row(view, "block1.conv1")).to_have_count(0)
    head.press("ArrowRight")
    expect(row(view, "block1.conv1")).to_be_visible()
    head.press("ArrowDown")
    expect(row(view, "block1.conv1")).to_be_focused()
    row(view, "block1.conv1").press("Enter")
    wait_for_value(notebook, "anatomy.selected", "block1.conv1")
    expect(row(view, "block1.conv1")).to_have_attribute("aria-selected", "true")
    view.page.keyboard.press("Escape")
    wait_for_value(notebook, "anatomy.selected", "")
    view.page.keyboard.press("ArrowLeft")  # the row still has the keyboard
    expect(row(view, "block1")).to_be_focused()


def test_an_open_convolution_takes_a_number_of_its_map_apart(view: View, notebook: Notebook) -> None:
    open_row(view, "stem")
    notebook.execute("anatomy.channel, anatomy.pixel, anatomy.sample = 4, (2, 3), 2\nanatomy.wait()")
    view.wait_for(SETTLED)
    expected = notebook.value("float(model.stem(x)[1, 4, 2, 3])")
    assert agree(read(view, "pixel.value"), expected)
    patch = notebook.value("x[1, :, 3:6, 5:8].flatten().tolist()")
    products = notebook.value("(x[1, :, 3:6, 5:8] * model.stem.weight[4]).sum((1, 2)).tolist()")
    assert abs(sum(products) + notebook.value("float(model.stem.bias[4])") - expected) < 1e-5
    shown = read_numbers(view)
    for channel, product in enumerate(products):
        for place in range(9):
            name = f"patch.{channel}.{place // 3}.{place % 3}"
            if name in shown:
                assert agree(shown[name][0], patch[9 * channel + place]), name
        assert any(agree(text, product) for text in shown.get(f"pixel.sum.{channel}", ())
                   ) or f"pixel.sum.{channel}" not in shown  # fmt: skip
    assert any(name.startswith("patch.") for name in shown)


def test_the_weights_under_the_pointer_are_those_of_the_module(dense: View, notebook: Notebook) -> None:
    """Moved over by keys: every number that is read out is the very one, index and all."""
    open_row(dense, "5")
    picture = dense.root.locator("[data-n='5.weight.read'], [data-n='weight.read']").first
    expect(picture).to_be_attached()
    canvas = dense.root.get_by_role("application", name=re.compile("weight: 10 × 64")).first
    canvas.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        canvas.press(key)
    text = picture.inner_text()
    found = re.search(r"\[(\d+), (\d+)\]\s*=\s*(\S+)", text)
    assert found, text
    at, value = (int(found[1]), int(found[2])), found[3]
    assert agree(value, notebook.value(f"float(dense.model[5].weight[{at[0]}, {at[1]}])"))


def test_searching_reveals_and_marks_what_is_found(view: View) -> None:
    view.click("Fold all")
    field = view.root.get_by_role("searchbox")
    field.fill("norm")
    expect(row(view, "block1.norm")).to_be_visible()
    expect(row(view, "block2.norm")).to_be_visible()
    expect(view.root.locator("mark").first).to_have_text("norm")
    assert read(view, "found") == "1 of 2"
    expect(row(view, "block1.norm")).to_have_attribute("data-gone", "true")
    field.press("Enter")
    expect(row(view, "block2.norm")).to_have_attribute("data-gone", "true")
    field.press("Escape")
    expect(row(view, "block2.norm")).to_have_count(0)


def test_the_parameter_count_is_guessed_and_revealed_with_its_arithmetic(dense: View, notebook: Notebook) -> None:
    dense.click("guess the parameter count")
    expect(dense.root.get_by_text("How many parameters does it have?")).to_be_visible()
    assert not re.search(r"55,?050|50,?240", dense.root.inner_text())
    field = dense.root.locator(".nnw-an-guess input")
    field.fill("lots")
    field.press("Enter")
    assert notebook.value("dense.guess") is None
    field.fill("54912")  # without the biases
    field.press("Enter")
    wait_for_value(notebook, "[dense.guess, dense.revealed]", [54912, 0])
    totals = []
    for arithmetic in ("784 × 64 + 64", "64 × 64 + 64", "64 × 10 + 10"):
        dense.root.get_by_role("button", name=re.compile("^Reveal (the|next|layer|[^a])")).first.click()
        expect(dense.root.get_by_text(arithmetic).first).to_be_visible()
        totals.append(read(dense, "guess.total"))
    assert totals == ["50,240", "54,400", "55,050"]
    card = dense.root.locator(".nnw-an-guess")
    expect(card).to_contain_text("138 too few")
    expect(card).to_contain_text("biases")


def test_what_a_cell_changes_is_seen_when_it_ends(view: View, notebook: Notebook) -> None:
    open_row(view, "head")
    try:
        notebook.add_and_run("with torch.no_grad():\n    model.head.weight.fill_(0.5)")
        expect(view.root.locator("[data-n='spread.weight.mean']").first).to_have_text(re.compile(r"^0\.50*$"))
        notebook.add_and_run("model.head = nn.Linear(6, 7)")
        expect(row(view, "head").locator("[data-measure=parameters]")).to_have_text("49")
    finally:
        notebook.execute("model.head = nn.Linear(6, 4)\nanatomy.refresh()\nanatomy.wait()")


def test_a_loop_of_ones_own_is_followed_while_its_cell_runs(view: View, notebook: Notebook) -> None:
    open_row(view, "head")
    notebook.add_and_run(
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "after = 0\n"
        "with anatomy:\n"
        "    while after < 5:  # steps after another layer was opened, on screen\n"
        "        loss = model(x).square().mean()\n"
        "        optimizer.zero_grad()\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
        "        anatomy.step(loss)\n"
        "        after += anatomy.selected == 'stem'\n",
        wait=False,
    )
    step = view.root.locator("[data-n=step]")
    view.wait_for(STEP_AFTER, "")
    first = step.inner_text()
    view.wait_for(STEP_AFTER, first)
    row(view, "stem").click()
    notebook.wait_until_idle()
    view.wait_for(SETTLED)
    expect(step).to_have_text(f"{notebook.value('anatomy.step_count'):,}")
    view.wait_for(SETTLED)
    deviation = notebook.value("float(model.stem.weight.std(correction=0))")
    assert agree(read(view, "spread.weight.deviation"), deviation)


def test_a_trainer_is_followed(notebook: Notebook) -> None:
    view = view_of(notebook, 2)
    means = [notebook.value("float(trainer.model[0].weight.mean())")]
    for _ in range(2):
        notebook.execute("trainer.train(epochs=20)\ntrainer.wait()\nlooking.wait()")
        expect(view.root.locator("[data-n=step]")).to_have_text(f"{notebook.value('trainer.step_count'):,}")
        view.wait_for(SETTLED)
        means.append(notebook.value("float(trainer.model[0].weight.mean())"))
        assert agree(read(view, "spread.weight.mean"), means[-1])
    assert len({f"{mean:.2f}" for mean in means}) > 1  # it has been another number on screen


def test_a_large_model_fits_on_one_screen_and_unfolds(notebook: Notebook) -> None:
    view = view_of(notebook, 3)
    assert len(keys(view)) <= 24
    assert agree(read(view, "parameters"), 25_557_032)
    assert read(view, "multiply_adds").replace("\u2009", " ") == "4.09 G"
    assert abs(notebook.value("large.multiply_adds") / 1e9 - 4.089) < 0.0005
    field = view.root.get_by_role("searchbox")
    field.fill("layer4.2.conv3")
    expect(row(view, "layer4.2.conv3")).to_be_visible()
    open_row(view, "layer4.2.conv3")
    expect(view.root.locator("[data-n='inside.out']")).to_contain_text("2048 × 7 × 7")
    field.press("Escape")


def test_the_drawing_is_saved_as_svg(view: View) -> None:
    unfold(view)
    view.click("More")
    with view.page.expect_download() as download:
        view.root.get_by_role("menuitem", name=re.compile("SVG")).click()
    assert download.value.suggested_filename.endswith(".svg")
    drawing = ET.parse(Path(download.value.path())).getroot()
    texts = [text for element in drawing.iter() if (text := (element.text or "").strip())]
    assert drawing.tag.endswith("svg")
    assert {"stem", "conv1", "head"} <= set(texts)
    assert drawing.findall(".//{http://www.w3.org/2000/svg}path")


def test_a_name_is_text_and_no_markup(notebook: Notebook) -> None:
    notebook.execute("hostile = nn.Sequential()\nhostile.add_module('<img src=x onerror=alert(1)>', nn.Linear(2, 2))\n")
    index = notebook.add_cell("NetworkAnatomy(hostile, input=torch.zeros(1, 2))")
    notebook.run_cell(index)
    view = view_of(notebook, index)
    expect(view.root.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    assert view.root.locator("img").count() == 0
    notebook.clear_outputs(index)


def test_a_failing_forward_is_shown_until_where_it_fails(notebook: Notebook) -> None:
    notebook.execute("broken = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9, 2))")
    index = notebook.add_cell("mending = NetworkAnatomy(broken, input=torch.zeros(1, 4))\nmending")
    notebook.run_cell(index)
    view = notebook.widget(index)
    view.root.scroll_into_view_if_needed()
    expect(row(view, "2")).to_have_attribute("data-failed", "true")
    expect(view.root.get_by_role("alert").first).to_contain_text("shapes cannot be multiplied")
    notebook.add_and_run("broken[2] = nn.Linear(8, 2)")
    expect(view.root.locator("[data-failed]")).to_have_count(0)
    view.wait_for(SETTLED)
    notebook.clear_outputs(index)


def test_no_serious_finding_of_axe(view: View, notebook: Notebook) -> None:
    open_row(view, "stem")
    with all_in_sight(notebook):
        for look in each_look(notebook, view, 0):
            check_accessible(view, look, 10)


def test_a_saved_notebook_has_a_static_picture(notebook: Notebook) -> None:
    # Displayed once it has been looked at and matplotlib is there: a display does not wait for long.
    notebook.execute("anatomy.wait(); anatomy.figure()")
    index = notebook.add_cell("anatomy")
    notebook.run_cell(index)
    data = notebook.outputs(index)[-1]["data"]
    assert data["image/png"].startswith("iVBOR")
    notebook.clear_outputs(index)


def test_two_views_side_by_side_show_the_same_and_a_page_opened_again_has_all(view: View, notebook: Notebook) -> None:
    second = notebook.create_output_view(0)
    unfold(second)
    row(second, "block1.conv2").click()
    notebook.execute("anatomy.channel, anatomy.pixel = 3, (1, 2)\nanatomy.wait()")
    for each in (view, second):
        expect(row(each, "block1.conv2")).to_have_attribute("aria-selected", "true")
        each.wait_for(SETTLED)
    before = read_numbers(view)
    assert before["pixel.value"]
    assert (read_numbers(second), keys(second)) == (before, keys(view))
    notebook.reload()
    notebook.page.set_viewport_size({"width": VIEWPORT["width"], "height": 1600})
    assert read_numbers(view_of(notebook, 0)) == before


def test_without_a_kernel_what_was_sent_can_be_explored(view: View, notebook: Notebook) -> None:
    open_row(view, "head")
    open_row(view, "stem")
    stem = read_numbers(view)
    with kernel_gone(notebook):
        view.wait_for("(root) => root.querySelector('[data-alone]')")
        view.click("Fold all")
        row(view, "block1").locator(".nnw-al-fold").click()
        expect(row(view, "block1.conv1")).to_be_visible()
        row(view, "head").click()
        expect(view.root.locator("[data-n='inside.out']")).to_contain_text("4")
        row(view, "stem").click()
        expect(view.root.locator("[data-n='inside.out']")).to_contain_text("6 × 6 × 6")
        shown = read_numbers(view)
        assert {name: shown[name] for name in stem if name.startswith("spread.weight")} == {
            name: stem[name] for name in stem if name.startswith("spread.weight")
        }
        view.root.get_by_role("searchbox").fill("conv2")
        expect(row(view, "block2.conv2")).to_be_visible()
