"""Takes the README's pictures in a running JupyterLab; `make gallery` calls it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer

FOLDER = Path(__file__).parents[1] / "notebooks" / "gallery"
WIDTH = 1060
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# What was trained is on screen: a trainer says its epoch, an explorer that Python has no more to say.
SHOWN = "(root, epoch) => Number(root.dataset.epoch) >= epoch || root.querySelector('[data-settled=true]')"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SOURCE = """from nnwidgets import *
widget = {}
widget"""


@dataclass(frozen=True)
class Picture:
    """The expression that makes a widget, for how long it is trained if at all, what `then` is run, in which themes."""

    name: str
    made: str
    epochs: int
    themes: tuple[str, ...]
    then: str = ""


PICTURES = (
    Picture(
        "planar",
        "PlanarTrainer(hidden_layers=(4, 3), n_samples=300, noise=0.2, test_share=0.3, batch_size=10, data_seed=3)",
        200,
        ("light", "dark"),
    ),
    Picture(
        "classes",
        'PlanarTrainer("rings", n_classes=5, hidden_layers=(8, 6), activation=("tanh", "relu"), optimizer="adam", '
        'learning_rate=0.02, schedule="cosine", stop_when={"epoch": 100}, test_share=0.2)',
        100,
        ("light",),
    ),
    Picture("fashion", 'FashionTrainer(source="full", learning_rate=0.05, epochs=8)', 5, ("light",)),
    Picture("perceptron", "PerceptronTrainer(speed=None)", 1, ("light",)),
    Picture("function", "FunctionTrainer()", 400, ("light",), "widget.sweep()\nwidget.wait_for_sweep()"),
    Picture("initialization", "InitializationExplorer()", 50, ("light",)),
    Picture("backprop", "BackpropExplorer(step=17)", 0, ("light",)),
    Picture(
        "anatomy",
        'NetworkAnatomy(network="residual", unfolded=("stem", "stage2"), selected="stem.0", channel=3, pixel=(16, 12))',
        0,
        ("light",),
    ),
    Picture("neuron", "NeuronExplorer()", 0, ("light",)),
    Picture("descent", "DescentExplorer()", 0, ("light",)),
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which of them; all unless given")
    wanted = parser.parse_args().names
    with JupyterServer() as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            context = browser.new_context(viewport={"width": 1280, "height": 2400}, device_scale_factor=1.5)
            source = SOURCE.replace("{}", picture.made)
            notebook = Notebook.open(context.new_page(), server, f"gallery-{picture.name}", [source])
            notebook.run_cell(0)
            notebook.set_output_width(WIDTH)
            view = notebook.widget(0)
            if picture.epochs:
                notebook.add_and_run(f"widget.train(epochs={picture.epochs})\nwidget.wait()\n{picture.then}")
                view.wait_for(SHOWN, picture.epochs)
            for name in picture.themes:
                notebook.set_theme(THEMES[name])
                notebook.page.evaluate(PAINTED)
                path = FOLDER / f"{picture.name}-{name}.png"
                view.root.screenshot(path=path, animations="disabled")
                print(path)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
