"""Pages that `to_html` writes, opened from the disk with no network: what works in them, and what they never do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
from ipywidgets.embed import dependency_state
from playwright.sync_api import Browser, expect
from sklearn.datasets import load_digits

import nnwidgets
from nnwidgets.export.page import Page, placeholder
from tests.browser.accessible import AXE, FOUND
from tests.browser.agreement import figures, settle
from tests.browser.explorers import NAMES, Explored, agree, read_numbers
from tests.browser.offline import Offline, opened
from tests.browser.view import MAP, NETWORK

Open = Callable[..., AbstractContextManager[Offline]]

HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "]]>{{x}}",
    '"><svg onload=window.hacked=1>',
)


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Open:
    """Open the page that a widget writes."""

    def open_one(widget: Any, *, title: str | None = None, **options: Any) -> AbstractContextManager[Offline]:
        path = tmp_path / "a page.html"
        widget.to_html(path, title=title)
        return opened(browser, path, **options)

    return open_one


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The page of an explorer as it is made, written once: for some of them PyTorch has much to compute."""
    folder = tmp_path_factory.mktemp("pages")

    def page_of_one(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            explorer = getattr(nnwidgets, name)()
            explorer.to_html(path)
            explorer.close()
        return path

    return page_of_one


@pytest.fixture(scope="module")
def planar() -> Iterator[Any]:
    trainer = nnwidgets.PlanarTrainer("circles", hidden_layers=(3,), seed=1)
    trainer.train(epochs=30)
    trainer.wait()
    yield trainer
    trainer.close()


def parameter_texts(view: Any) -> dict[str, str]:
    """The values in the table of all parameters, by their names in PyTorch."""
    found: dict[str, str] = view.root.evaluate(
        """(root) => Object.fromEntries([...root.querySelectorAll(".nnw-parameters tr[data-parameter]")]
          .map((row) => [row.querySelector("th").title, row.querySelector("td").textContent]))"""
    )
    return found


def agree_with(texts: dict[str, str], model: torch.nn.Module) -> None:
    """These are the values of a model's parameters."""
    truth = {
        f"{name}[{', '.join(map(str, index))}]": float(values[index])
        for name, parameter in model.named_parameters()
        for values in (parameter.detach().numpy(),)
        for index in np.ndindex(values.shape)
    }
    assert texts.keys() == truth.keys()
    assert all(agree(text, truth[name]) for name, text in texts.items()), (texts, truth)


# -- explorers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_control_of_an_explorer_works_and_every_number_is_right(
    browser: Browser, page_of: Callable[[str], Path], name: str
) -> None:
    with opened(browser, page_of(name)) as offline:
        explored = Explored(offline.widget(), name)
        explored.miss_kernel()
        explored.open_call()
        explored.check("opened")
        explored.check_all()


@pytest.mark.parametrize("name", ["BackpropExplorer", "InitializationExplorer"])
def test_presets_that_pytorch_has_computed_are_brought_along(
    browser: Browser, page_of: Callable[[str], Path], name: str
) -> None:
    with opened(browser, page_of(name)) as offline:
        view = offline.widget()
        explored = Explored(view, name)
        explored.miss_kernel()
        explored.open_call()
        for preset in getattr(nnwidgets, name).PRESETS:
            view.click(preset)
            assert explored.settings["activation"] == getattr(nnwidgets, name).PRESETS[preset]["activation"]
            explored.settle()
            explored.check(preset)
        view.click("Reset")
        explored.settle()
        explored.check("Reset")


def test_every_layer_of_a_network_opens(open_page: Open) -> None:
    anatomy = nnwidgets.NetworkAnatomy(network="convolutional")
    with open_page(anatomy) as offline:
        view = offline.widget()
        for layer in anatomy.layers:
            holder = layer.key.rpartition(".")[0]
            row = view.root.locator(f'[role=row][data-key="{layer.key}"]')
            if not row.count():
                view.root.locator(f'[role=row][data-key="{holder}"] .nnw-al-fold').click()
            row.locator("[data-column=shape]").click()
            expect(row).to_have_attribute("aria-selected", "true")
            shape = r"\s*×\s*".join(map(str, layer.outputs[0].shape[1:]))
            expect(view.root.locator("[data-n='inside.out']").first).to_contain_text(re.compile(shape))
            expect(view.root).not_to_contain_text("it was not opened while Python was there")
    anatomy.close()


def test_a_network_of_ones_own_is_shown_with_its_names_as_text(open_page: Open) -> None:
    model = torch.nn.Sequential()
    for number, name in enumerate(HOSTILE):
        model.add_module(name.replace(".", "·"), torch.nn.Linear(2, 2) if number else torch.nn.Tanh())
    anatomy = nnwidgets.NetworkAnatomy(model, input=torch.zeros(1, 2))
    with open_page(anatomy) as offline:
        for name in HOSTILE:
            expect(offline.widget().root).to_contain_text(name.replace(".", "·"))
        assert offline.page.evaluate("() => window.hacked") is None
    anatomy.close()


# -- trainers ---------------------------------------------------------------------------------------


def test_the_page_opens_where_the_run_stands(open_page: Open, planar: Any) -> None:
    with open_page(planar) as offline:
        view = offline.widget()
        view.wait_for_status("recorded")
        shown = figures(view)
        assert (shown.epoch, shown.loss) == ("30", f"{planar.loss:.3f}")
        assert shown.accuracy == f"{100 * planar.accuracy:.1f}\u2009%"


def scrub(offline: Offline, epoch: int) -> None:
    view = offline.widget()
    handle = view.root.get_by_role("slider", name=re.compile("^Epoch|Timeline"))
    handle.press("Home")
    for _ in range(epoch):
        handle.press("ArrowRight")
    view.wait_for("(root, epoch) => Number(root.dataset.epoch) === epoch", epoch)
    settle(view)


def test_epoch_17_looks_as_the_run_did_then(open_page: Open, planar: Any) -> None:
    """The pixels, the loss and every weight, against a run that was rewound there, and its page."""
    canvases = (MAP, NETWORK)
    with open_page(planar) as offline:
        scrub(offline, 17)
        view = offline.widget()
        loss = figures(view).loss
        seen = [view.pixels(canvas) for canvas in canvases]
        view.click("Parameters")
        settle(view)
        weights = parameter_texts(view)
    other = nnwidgets.PlanarTrainer("circles", hidden_layers=(3,), seed=1)
    other.train(epochs=17)
    other.wait()
    assert loss == f"{other.loss:.3f}"
    agree_with(weights, other.model)
    with open_page(other) as offline:
        view = offline.widget()
        view.wait_for_status("recorded")
        settle(view)
        for canvas, before in zip(canvases, seen, strict=True):
            assert np.array_equal(view.pixels(canvas), before), canvas
    other.close()


def test_a_run_plays_from_its_beginning_to_its_end(open_page: Open, planar: Any) -> None:
    with open_page(planar) as offline:
        view = offline.widget()
        view.wait_for_status("recorded")
        view.slider("Speed").press("Home")
        view.click("Play")
        view.wait_for("(root) => root.dataset.status === 'running' && Number(root.dataset.epoch) < 10")
        view.slider("Speed").press("End")
        view.wait_for_status("recorded")
        view.wait_for_epoch(30)
        view.click("Reset")
        view.wait_for("(root) => Number(root.dataset.epoch) === 0")


TRAINERS: dict[str, tuple[Callable[[], Any], int]] = {
    "perceptron": (nnwidgets.PerceptronTrainer, 6),
    "function": (partial(nnwidgets.FunctionTrainer, hidden_layers=(4,)), 20),
    "images": (partial(nnwidgets.ImageTrainer, load_digits(), hidden_layers=(16,)), 4),
    "fashion": (nnwidgets.FashionTrainer, 2),
}


@pytest.mark.parametrize("name", TRAINERS)
def test_every_trainer_is_replayed(open_page: Open, name: str) -> None:
    make, epochs = TRAINERS[name]
    trainer = make()
    trainer.train(epochs=epochs)
    trainer.wait()
    with open_page(trainer) as offline:
        view = offline.widget()
        view.wait_for_status("recorded")
        assert view.epoch == trainer.epoch
        view.click("Reset")
        view.wait_for("(root) => Number(root.dataset.epoch) === 0")
        view.click("Play")
        view.wait_for("(root, epoch) => Number(root.dataset.epoch) === epoch", trainer.epoch)
    trainer.close()


# -- the page around them ---------------------------------------------------------------------------


def test_the_theme_follows_the_system_until_the_reader_chooses(open_page: Open) -> None:
    def background(offline: Offline) -> str:
        colour: str = offline.widget().root.evaluate("(root) => getComputedStyle(root).backgroundColor")
        return colour

    with open_page(nnwidgets.LossExplorer(), theme="dark") as offline:
        page, button = offline.page, offline.page.get_by_role("button", name=re.compile("^Theme"))
        assert background(offline) == "rgb(17, 17, 17)"
        page.emulate_media(color_scheme="light")
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        assert background(offline) == "rgb(255, 255, 255)"
        button.click()
        expect(button).to_have_text("Theme: light")
        page.emulate_media(color_scheme="dark")
        assert background(offline) == "rgb(255, 255, 255)"
        button.click()
        expect(button).to_have_text("Theme: dark")
        assert background(offline) == "rgb(17, 17, 17)"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_narrow_and_wide_light_and_dark_axe_finds_nothing_serious(
    open_page: Open, planar: Any, width: int, theme: str
) -> None:
    for widget in (nnwidgets.NeuronExplorer(), planar):
        with open_page(widget, width=width, height=3600, theme=theme) as offline:
            page = offline.page
            page.evaluate(AXE.read_text())
            settle(offline.widget())
            result = page.locator("html").evaluate(FOUND)
            assert result["found"] == []
            assert result["texts"] > 10
            assert page.evaluate("() => document.documentElement.scrollWidth") == width


def test_words_of_others_are_text(open_page: Open) -> None:
    """Class names, feature names, the lesson, the title."""
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    y = (np.arange(40) % 4).astype(np.float32)
    data = nnwidgets.Dataset("own", x, y, x[:0], y[:0], class_names=HOSTILE, feature_names=HOSTILE[:2])
    trainer = nnwidgets.PlanarTrainer(data, lesson=" ".join((*HOSTILE, "[here](javascript:window.hacked=1)")))
    trainer.train(epochs=2)
    trainer.wait()
    with open_page(trainer, title=" ".join(HOSTILE)) as offline:
        page, view = offline.page, offline.widget()
        for text in HOSTILE:
            expect(page.locator("h1")).to_contain_text(text)
            expect(view.root.locator(".nnw-lesson")).to_contain_text(text)
        assert page.title() == " ".join(HOSTILE)
        assert page.locator("a[href^='javascript']").count() == 0
        assert page.locator(".nnw img, .nnw script, h1 *").count() == 0
        assert page.evaluate("() => window.hacked") is None
    trainer.close()


def test_code_in_the_body_does_not_run(browser: Browser, tmp_path: Path) -> None:
    """The policy of the page is a second fence round a body that was not cleaned."""
    path = tmp_path / "page.html"
    body = (
        "<p>here</p><script>window.hacked=1</script><img src=x onerror='window.hacked=2'>"
        "<a id=link href='javascript:window.hacked=3'>x</a><img src='https://example.org/x.png'>"
        "<script id='nnw-page-data' type='application/json'>{\"widgets\":{},\"links\":[]}</script>"
    )
    neuron = nnwidgets.NeuronExplorer()
    states = neuron._page_states()
    path.write_text(Page("x").html(body + placeholder("widget"), states), encoding="utf-8")
    with opened(browser, path) as offline:
        offline.page.locator("#link").click()
        expect(offline.widget().root).to_contain_text("One neuron")
        assert offline.page.evaluate("() => window.hacked") is None
        assert len(offline.said) >= 3, "the policy was not asked"
        offline.said.clear()
        assert offline.requests == []


def test_boxes_are_laid_out_and_links_hold(browser: Browser, tmp_path: Path) -> None:
    one, other = nnwidgets.NeuronExplorer(), nnwidgets.NeuronExplorer(bias=0.5)
    ipywidgets.jslink((one, "bias"), (other, "bias"))
    box = ipywidgets.HBox([one, ipywidgets.VBox([other, ipywidgets.FloatSlider()])])
    states = dependency_state([box], drop_defaults=False)
    path = tmp_path / "page.html"
    path.write_text(Page("x").html(placeholder(box.model_id) + placeholder(one.model_id), states), encoding="utf-8")
    with opened(browser, path) as offline:
        first, second, again = (offline.widget(nth) for nth in range(3))
        first.slider("Bias b").fill("-1")
        for view in (second, again):
            expect(view.slider("Bias b")).to_have_value("-1")
        expect(offline.page.get_by_text("FloatSlider: it needs a kernel")).to_be_visible()
        places = [view.root.bounding_box() for view in (first, second)]
        assert places[0] is not None
        assert places[1] is not None
        assert places[0]["x"] + places[0]["width"] <= places[1]["x"]
        offline.page.set_viewport_size({"width": 400, "height": 900})
        assert offline.page.evaluate("() => document.documentElement.scrollWidth") == 400


def test_a_widget_whose_saved_state_is_damaged_says_so_and_others_go_on(browser: Browser, tmp_path: Path) -> None:
    trainer, damaged = nnwidgets.PlanarTrainer(n_samples=40), nnwidgets.LossExplorer()
    cut, whole = nnwidgets.PlanarTrainer(n_samples=40), nnwidgets.NeuronExplorer()
    cut.train(epochs=2)
    cut.wait()
    assert cut._record()
    states = dependency_state([trainer, damaged, cut, whole], drop_defaults=False)
    states[trainer.model_id]["state"]["_network"] = "none"
    del states[damaged.model_id]["state"]["_about"]
    for buffer in states[cut.model_id]["buffers"]:
        if buffer["path"] in (["_recorded"], ["_snapshot", "buffer"]):
            buffer["data"] = buffer["data"][:400]
    path = tmp_path / "page.html"
    shown = [trainer, damaged, cut, whole]
    places = "".join(placeholder(each.model_id, f"<p>a picture of {each.model_id}</p>") for each in shown)
    path.write_text(Page("x").html(places + placeholder("gone"), states), encoding="utf-8")
    with opened(browser, path) as offline:
        page = offline.page
        said = page.locator(".nnw-page-error")
        expect(said.locator("> p")).to_contain_text(
            [f"{name} cannot be shown: what was saved" for name in ("PlanarTrainer", "LossExplorer", "PlanarTrainer")]
        )
        expect(said.locator("details[open]")).to_have_count(0)
        expect(said.locator("pre").first).to_contain_text("Error")
        for each in shown:
            expect(page.get_by_text(f"a picture of {each.model_id}")).to_have_count(int(each is not whole))
        expect(page.get_by_text("was not saved with the notebook")).to_be_visible()
        assert "sum" in read_numbers(offline.widget())


def test_a_damaged_recording_is_not_replayed_but_what_stands_is_shown(browser: Browser, tmp_path: Path) -> None:
    trainer = nnwidgets.PlanarTrainer(n_samples=40)
    trainer.train(epochs=2)
    trainer.wait()
    assert trainer._record()
    states = dependency_state([trainer], drop_defaults=False)
    (recorded,) = (each for each in states[trainer.model_id]["buffers"] if each["path"] == ["_recorded"])
    recorded["data"] = recorded["data"][:400]
    path = tmp_path / "page.html"
    path.write_text(Page("x").html(placeholder(trainer.model_id), states), encoding="utf-8")
    with opened(browser, path) as offline:
        view = offline.widget()
        expect(view.root.locator(".nnw-diag")).to_contain_text("the saved recording cannot be used")
        expect(view.root).to_have_attribute("data-epoch", "2")
        expect(view.root.get_by_role("button", name="Play", exact=True)).to_be_disabled()
        expect(offline.page.locator("footer")).not_to_contain_text("replayed")


def test_what_is_printed_is_what_is_on_screen(open_page: Open, planar: Any) -> None:
    """As wide as on screen: drawings are not made anew for paper."""
    with open_page(planar) as offline:
        page, view = offline.page, offline.widget()
        settle(view)
        printed = page.pdf(prefer_css_page_size=True)
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ", printed)
        assert box is not None
        assert abs(float(box[1]) / 0.75 - 1400) < 1
        before = view.pixels(MAP)
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name=re.compile("^Theme"))).to_be_hidden()
        assert view.width == 1400 - 32
        assert np.array_equal(view.pixels(MAP), before)
