"""Takes the README's pictures in a running JupyterLab; `make gallery` calls it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.notebook import Notebook
from tests.browser.server import JupyterServer

FOLDER = Path(__file__).parents[1] / "notebooks" / "gallery"
WIDTH = 1060
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SOURCE = """from nnwidgets import PlanarTrainer
trainer = PlanarTrainer(hidden_layers=(4, 3), n_samples=300, noise=0.2, test_share=0.3, batch_size=10, data_seed=3)
trainer"""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with JupyterServer() as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        context = browser.new_context(viewport={"width": 1280, "height": 1100}, device_scale_factor=1.5)
        notebook = Notebook.open(context.new_page(), server, "gallery", [SOURCE])
        notebook.run_cell(0)
        notebook.set_output_width(WIDTH)
        view = notebook.widget(0)
        notebook.add_and_run("trainer.train(epochs=200)\ntrainer.wait()")
        view.wait_for_epoch(200)
        for name, theme in THEMES.items():
            notebook.set_theme(theme)
            notebook.page.evaluate(PAINTED)
            path = FOLDER / f"planar-{name}.png"
            view.root.screenshot(path=path, animations="disabled")
            print(path)
        browser.close()


if __name__ == "__main__":
    main()
