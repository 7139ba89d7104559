"""The loop of a textbook, for any module and any loader: `fit` trains in the calling thread and shows how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import nn

from nnwidgets._checks import positive, whole
from nnwidgets._percent import percent
from nnwidgets.training.history import History

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["fit"]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
_REFRESH = 0.2  # seconds between two looks of the progress line


def fit(
    model: nn.Module,
    loader: Iterable[Any],
    loss_fn: Loss | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    epochs: int = 10,
    learning_rate: float = 1e-3,
    device: torch.device | str | None = None,
    test_loader: Iterable[Any] | None = None,
    progress: bool = True,
) -> History:
    """Train a model as a textbook does: forward, loss, backward, step, batch after batch.

    Args:
        model: any module; it is changed.
        loader: batches ``(x, y)`` of tensors or arrays, once for each epoch: a `torch.utils.data.DataLoader`, or a
            list. uint8 pixels are divided by 255, as `torchvision.transforms.ToTensor` does.
        loss_fn: ``(outputs, y) -> scalar tensor``. None is cross-entropy, for one output a sample the binary one: of
            probabilities where the model ends in `torch.nn.Sigmoid`, else of logits. Labels get the dtype and the shape
            that these need.
        optimizer: of the model's parameters; None is `torch.optim.SGD` with ``learning_rate``.
        epochs: how often all batches are gone through, at least 1.
        learning_rate: of the optimizer that is made here; of no effect on one of yours.
        device: where to train, the model is moved there; None is where it is.
        test_loader: batches on which the model is evaluated after each epoch.
        progress: whether to show a progress line for each epoch, and then its mean loss and accuracy.

    Returns:
        The history that `nnwidgets.plot_loss_acc` draws: for each epoch ``loss`` and ``accuracy``, the means of its
        batches as they were trained, and ``test_loss`` and ``test_accuracy``, the means over the samples. NaN where
        there is none, as the accuracy of values that are no classes.

    An interrupt (■, Ctrl-C) ends training, not the cell: the model stays as it is, and the history has what was done.

    Raises:
        TypeError: for a model, an optimizer or batches of another kind.
        ValueError: for a loader that is empty, or used up after an epoch, or a number out of its range.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> x = torch.randn(64, 2)
        >>> batches = [(part, (part[:, 0] > 0).long()) for part in x.split(16)]
        >>> model = nn.Linear(2, 2)
        >>> history = fit(model, batches, epochs=3, learning_rate=0.5, progress=False)
        >>> len(history.loss), bool(history.loss[2] < history.loss[0])
        (3, True)
    """
    if not isinstance(model, nn.Module):
        msg = f"model must be a torch.nn.Module, not {type(model).__name__}"
        raise TypeError(msg)
    epochs = whole("epochs", epochs, 1, None)
    learning_rate = positive("learning_rate", learning_rate)
    if device is not None:
        model.to(device)
    if optimizer is None:
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    elif not isinstance(optimizer, torch.optim.Optimizer):
        msg = f"optimizer must be one such as torch.optim.Adam(model.parameters()), not {optimizer!r}"
        raise TypeError(msg)
    history = History()
    was_training = model.training
    try:
        for epoch in range(1, epochs + 1):
            title = f"epoch {epoch}/{epochs}"
            trained = _train(model, loader, loss_fn, optimizer, history, _line(title, loader, progress=progress))
            tested = None if test_loader is None else _evaluate(model, test_loader, loss_fn)
            history.add_epoch(epoch, history.last_step, *trained, *(tested or (None, None)))
            if progress:
                _say(_summary(trained, tested))
    except KeyboardInterrupt:
        if progress:
            epochs_done = f"{history.last_epoch} whole epoch{'s' if history.last_epoch != 1 else ''}"
            _say(f"interrupted after {history.last_step:,} batches, {epochs_done}")
    finally:
        model.train(was_training)
    return history


class _Means(NamedTuple):
    loss: float
    accuracy: float


class _Sums:
    """Losses and accuracies of batches, which stay on the device: to ask for one would wait for it."""

    def __init__(self) -> None:
        self._rows: list[torch.Tensor] = []
        self._weights: list[int] = []

    def add(self, loss: torch.Tensor, accuracy: torch.Tensor, weight: int = 1) -> None:
        self._rows.append(torch.stack([loss.detach().float(), accuracy.float()]))
        self._weights.append(weight)

    def rows(self) -> tuple[list[float], list[float]]:
        """Loss and accuracy of each batch."""
        if not self._rows:
            return [], []
        losses, accuracies = torch.stack(self._rows, 1).tolist()
        return losses, accuracies

    def means(self) -> _Means:
        """Their means, by weight."""
        loss, accuracy = (np.average(values, weights=self._weights) for values in self.rows())
        return _Means(float(loss), float(accuracy))


def _train(
    model: nn.Module,
    loader: Iterable[Any],
    loss_fn: Loss | None,
    optimizer: torch.optim.Optimizer,
    history: History,
    line: AbstractContextManager[_Line],
) -> _Means:
    """One epoch."""
    sums = _Sums()
    model.train()
    try:
        with line as shown:
            for x, y in _batches("loader", loader, model):
                optimizer.zero_grad()
                outputs = model(x)
                loss, accuracy = _measured(model, outputs, y, loss_fn)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                sums.add(loss, accuracy)
                shown.update()
    finally:  # also what came before an interrupt
        before = history.last_step
        history.add_steps(before, *sums.rows())
    if history.last_step == before:
        msg = "loader has no batches"
        if before:
            msg = (
                "loader is used up after the first epoch: give a DataLoader or a list, which can be gone through again"
            )
        raise ValueError(msg)
    return sums.means()


def _evaluate(model: nn.Module, loader: Iterable[Any], loss_fn: Loss | None) -> _Means:
    sums = _Sums()
    model.eval()
    with torch.no_grad():
        for x, y in _batches("test_loader", loader, model):
            sums.add(*_measured(model, model(x), y, loss_fn), len(x))
    if not sums.rows()[0]:
        msg = "test_loader has no batches; give a DataLoader or a list, which can be gone through again and again"
        raise ValueError(msg)
    return sums.means()


def _batches(field: str, loader: Iterable[Any], model: nn.Module) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The batches where the model is, pixels as numbers from 0 to 1."""
    parameter = next(model.parameters(), None)
    device = torch.device("cpu") if parameter is None else parameter.device
    for batch in loader:
        if not isinstance(batch, (tuple, list)) or len(batch) != len(("x", "y")):
            given = f"{len(batch)} items" if isinstance(batch, (tuple, list)) else type(batch).__name__
            msg = f"{field} must give batches (x, y), not {given}"
            raise TypeError(msg)
        x, y = (torch.as_tensor(part).to(device) for part in batch)
        if not x.ndim or not y.ndim:
            msg = f"{field} must give batches of samples, not single ones: give a DataLoader of the dataset"
            raise ValueError(msg)
        if len(x) != len(y):
            msg = f"{field} must give as many x as y, but a batch has {len(x)} and {len(y)}"
            raise ValueError(msg)
        yield (x.float() / 255 if x.dtype == torch.uint8 else x), y


# --- loss and accuracy -------------------------------------------------------------------------------------------

_BINARY = (nn.BCELoss, nn.BCEWithLogitsLoss)
_BINARY_FUNCTIONS = (nn.functional.binary_cross_entropy, nn.functional.binary_cross_entropy_with_logits)
_OF_LOGITS = (nn.BCEWithLogitsLoss, nn.functional.binary_cross_entropy_with_logits)


def _measured(
    model: nn.Module, outputs: torch.Tensor, y: torch.Tensor, loss_fn: Loss | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of a batch, and the share of its samples that are right, NaN where there are no classes."""
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        if loss_fn is None:
            y = y.reshape(len(y)).long()
            loss = nn.functional.cross_entropy(outputs, y)
        else:
            loss = loss_fn(outputs, y)
        right = _right_class(outputs, y, loss_fn)
    else:
        if loss_fn is None:
            loss_fn = nn.BCELoss() if _ends_in_sigmoid(model) else nn.BCEWithLogitsLoss()
            y = y.reshape(outputs.shape).to(outputs.dtype)
        loss = loss_fn(outputs, y)
        right = _right_side(outputs, y, loss_fn)
    accuracy = torch.full_like(loss.detach(), torch.nan) if right is None else right.float().mean()
    return loss, accuracy


def _right_class(outputs: torch.Tensor, y: torch.Tensor, loss_fn: Loss | None) -> torch.Tensor | None:
    if y.numel() == len(y):
        return outputs.argmax(1) == y.reshape(len(y))
    of_shares = isinstance(loss_fn, nn.CrossEntropyLoss) or loss_fn is nn.functional.cross_entropy
    return outputs.argmax(1) == y.argmax(1) if of_shares and y.shape == outputs.shape else None


def _right_side(outputs: torch.Tensor, y: torch.Tensor, loss_fn: Loss) -> torch.Tensor | None:
    if not (isinstance(loss_fn, _BINARY) or loss_fn in _BINARY_FUNCTIONS) or outputs.numel() != y.numel():
        return None
    is_logit = isinstance(loss_fn, nn.BCEWithLogitsLoss) or loss_fn in _OF_LOGITS
    return (outputs.flatten() > (0.0 if is_logit else 0.5)) == (y.flatten() > 0.5)


def _ends_in_sigmoid(model: nn.Module) -> bool:
    *_, last = model.modules()
    return isinstance(last, nn.Sigmoid)


# --- progress ----------------------------------------------------------------------------------------------------


class _Line(Protocol):
    def update(self) -> object: ...


class _OwnLine:
    """One line of text that is written over, for where tqdm is not installed."""

    def __init__(self, title: str, count: int | None) -> None:
        self._title, self._count = title, count
        self._done, self._width, self._shown = 0, 0, 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def update(self) -> None:
        """One batch more."""
        self._done += 1
        if time.perf_counter() - self._shown >= _REFRESH:
            self._show()

    def _show(self) -> None:
        self._shown = time.perf_counter()
        rate = self._done / max(self._shown - self._began, 1e-9)
        of = "" if self._count is None else f" of {self._count:,}"
        text = f"{self._title}: {self._done:,}{of} batches, {rate:,.0f} batches/s"
        sys.stdout.write(f"\r{text:<{self._width}}")
        sys.stdout.flush()
        self._width = len(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._show()
        sys.stdout.write("\n")


class _Silent:
    def update(self) -> None:
        """Say nothing."""


def _line(title: str, loader: Iterable[Any], *, progress: bool) -> AbstractContextManager[_Line]:
    if not progress:
        return nullcontext(_Silent())
    count = len(loader) if isinstance(loader, Sized) else None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _OwnLine(title, count)
    line: AbstractContextManager[_Line] = tqdm(total=count, desc=title, unit=" batches")
    return line


def _summary(trained: _Means, tested: _Means | None) -> str:
    text = f"mean loss {_means(trained)}"
    return text if tested is None else f"{text}; test loss {_means(tested)}"


def _means(means: _Means) -> str:
    loss = f"{means.loss:.5f}"
    return loss if means.accuracy != means.accuracy else f"{loss}, accuracy {percent(means.accuracy, 2)}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
