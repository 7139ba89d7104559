"""The lines of a script that bring its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnwidgets.datasets import Dataset, planar_code
from nnwidgets.export.parts import input_lines
from nnwidgets.targets import FunctionData, function_code
from nnwidgets.training.settings import Settings

if TYPE_CHECKING:
    from nnwidgets.images import ImageDataset
    from nnwidgets.training.settings import AnyDataset


def data_imports(dataset: AnyDataset) -> set[str]:
    """What `data_code` needs to be imported."""
    if dataset.parameters is None:
        return set()
    if isinstance(dataset, Dataset):
        return set(_made(dataset)[0])
    if dataset.parameters["source"] == "full":
        return {"from torchvision.datasets import FashionMNIST"}
    return {"from nnwidgets import load_fashion_mnist"}


def data_code(settings: Settings, *, has_inputs: bool) -> str:
    """The lines that set `x_train` and `y_train`; `points` as well, of which the inputs are made, if there are such."""
    if settings.sees_images:
        return _image_code(settings.images)
    dataset = settings.planar
    shapes = f"{tuple(dataset.x_train.shape)} and {tuple(dataset.y_train.shape)}, float32"
    if dataset.parameters is None:
        kind = "arrays" if has_inputs else "tensors"
        code = f"x_train, y_train = ..., ...  # your own data as {kind}: {shapes}"
    else:
        code = _made(dataset)[1]
    if has_inputs:
        return "\n".join([code, "points, y_train = x_train, torch.tensor(y_train)", *input_lines(settings)])
    if dataset.parameters is None:
        return code
    return f"{code}\nx_train, y_train = torch.tensor(x_train), torch.tensor(y_train)  # {shapes}"


def _made(dataset: Dataset) -> tuple[list[str], str]:
    """The imports and the lines that make data of which the arguments are known."""
    make = function_code if isinstance(dataset, FunctionData) else planar_code
    return make(**(dataset.parameters or {}))


def _image_code(dataset: ImageDataset) -> str:
    n = len(dataset.x_train)
    shapes = f"{tuple(dataset.x_train.shape)} float32 and ({n},) int64"
    if dataset.parameters is None:
        scale = f", which were divided by {dataset.scale:g}" if dataset.x_train.dtype.kind == "u" else ""
        return f"x_train, y_train = ..., ...  # your own images and classes as tensors{scale}: {shapes}"
    if dataset.parameters["source"] == "full":
        return (
            'data = FashionMNIST("data", train=True, download=True)\n'
            f"x_train, y_train = data.data[:, None] / 255, data.targets  # {shapes}"
        )
    return (
        'data = load_fashion_mnist(source="bundled")\n'
        f'x_train, y_train = data.tensor("x_train") / 255, data.tensor("y_train")[:, 0].long()  # {shapes}'
    )
