"""What the documentation says runs, and what it links to is there. `tests/browser/test_docs.py` builds and opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
import torchvision
from sklearn.datasets import load_digits, load_iris
from torch import nn

import nnwidgets
from tests.unit.saved_notebooks import code, view, write_notebook

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("api/*.md"))]
BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<to>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ELSEWHERE = ("https:", "http:", "mailto:")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks(document: Path, kind: str) -> list[str]:
    return [found["text"] for found in BLOCK.finditer(document.read_text(encoding="utf-8")) if found["kind"] == kind]


def prose(document: Path) -> str:
    return BLOCK.sub("", document.read_text(encoding="utf-8"))


def slug(heading: str) -> str:
    """As GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_what_is_linked_is_there(document: Path) -> None:
    missing = []
    for found in LINK.finditer(prose(document)):
        path, _, anchor = found["to"].partition("#")
        if found["to"].startswith(ELSEWHERE):
            continue
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in map(slug, HEADING.findall(prose(target)))):
            missing.append(found["to"])
    assert not missing


# -- examples --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where examples may write; what they show is closed at the end."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    ipywidgets.Widget.close_all()


def run(document: Path, sources: list[str]) -> None:
    """All blocks of a document, one after the other, as in a notebook."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(sources, 1):
        exec(compile(source, f"{name_of(document)}, block {number}", "exec"), names)


WITH_EXAMPLES = [document for document in PAGES if document.parent == DOCS and blocks(document, "python")]


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=name_of)
def test_the_examples_run_from_top_to_bottom(document: Path, folder: Path) -> None:
    run(document, blocks(document, "python"))


def test_there_are_pages_with_examples() -> None:
    assert {"first-steps", "frames", "how-it-works", "teach", "your-own"} <= {
        document.stem for document in WITH_EXAMPLES
    }


# -- the README, which takes some names for granted ------------------------------------------------------------------


class Pictures:
    """What stands for torchvision's CIFAR10, which would be downloaded: colour images in ten classes."""

    classes = tuple("abcdefghij")

    def __init__(self, root: str, *, train: bool = True) -> None:
        assert root == "data"
        self.images = np.random.default_rng(int(train)).integers(0, 255, (20, 3, 32, 32), dtype=np.uint8)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.tensor(self.images[index]) / 255, index % 10


def given() -> dict[str, Any]:
    """What is imported, and what is the reader's own."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images = {f"X{part}": rng.random((8, 6, 6)) for part in ("", "_test")}
    images |= {f"y{part}": np.arange(8) % 2 for part in ("", "_test")}
    return {
        "np": np,
        "torch": torch,
        "torchvision": torchvision,
        "load_iris": load_iris,
        "load_digits": load_digits,
        "jslink": ipywidgets.jslink,
        "FloatSlider": ipywidgets.FloatSlider,
        **{name: getattr(nnwidgets, name) for name in nnwidgets.__all__},
        # The full data would be downloaded, and there need be no graphics card.
        "FashionTrainer": partial(nnwidgets.FashionTrainer, source="bundled"),
        "ImageTrainer": lambda *data, **options: nnwidgets.ImageTrainer(
            *data, **options | ({"device": device} if "device" in options else {})
        ),
        "CIFAR10": Pictures,
        "my_convolutional_network": nn.Sequential(nn.Conv2d(3, 2, 5), nn.Flatten(), nn.Linear(2 * 28 * 28, 10)),
        "my_module": nn.Linear(2, 1),
        "X": x,
        "y": y,
        "of images": images,
        "of modules": {
            "trainer": nnwidgets.PlanarTrainer(),
            "module": nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)),
            "loss": nn.MSELoss(),
            "x": torch.tensor(x[:2]),
            "y": torch.tensor(x[:2, :1]),
        },
        "of loops": {"loss": torch.tensor(0.5), "loader": [(torch.tensor(x), torch.tensor(y))]},
        "of pictures": {
            "x": x,
            "y": y,
            "model": nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()),
            "history": {"loss": [0.7, 0.5], "accuracy": [0.5, 0.8]},
            "images": rng.random((4, 28, 28)),
            "labels": np.arange(4),
            "network": nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10)),
        },
    }


# What a block takes for granted beside what is there, by a line of it.
TAKES = {
    "ImageTrainer(load_digits()": "of images",
    "explorer = BackpropExplorer()": "of modules",
    "anatomy = NetworkAnatomy(": "of loops",
    "plot_dataset(x, y)": "of pictures",
}


def test_the_examples_of_the_readme_run(folder: Path) -> None:
    run_in: dict[str, Any] = given()
    trainer = nnwidgets.PlanarTrainer()
    write_notebook(folder / "lecture.ipynb", code("trainer", view(trainer)), widgets=[trainer])
    document = ROOT / "README.md"
    found = blocks(document, "python")
    assert {line for line in TAKES if any(line in source for source in found)} == set(TAKES)
    for number, source in enumerate(found, 1):
        for line, name in TAKES.items():
            if line in source:
                run_in |= run_in[name]
        exec(compile(source, f"README.md, block {number}", "exec"), run_in)
    assert (folder / "boundary.pdf").exists()
