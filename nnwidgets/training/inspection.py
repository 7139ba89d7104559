"""Whether a model can be trained, whether it is still the same one, and what of it has changed."""

from __future__ import annotations

import torch

from nnwidgets.training.objective import LossFunction, Objective, make_objective, takes_several

State = dict[str, torch.Tensor]


class ModelChangedError(RuntimeError):
    """A cell replaced layers or buffers of the live model by others of another shape."""


def state_of(model: torch.nn.Module) -> State:
    """All parameters and buffers by name: the tensors themselves."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def check_parameters(model: torch.nn.Module) -> None:
    """Refuse, with a `ValueError`, a model that has nothing to train."""
    parameters = list(model.parameters())
    if not parameters:
        raise ValueError("the model has no parameters, so there is nothing to train")
    if any(torch.nn.parameter.is_lazy(parameter) for parameter in parameters):
        raise ValueError("the model has lazy layers whose sizes are not known yet: call it on one batch first")


def checked_objective(
    model: torch.nn.Module,
    loss_fn: str | LossFunction | None,
    sample: torch.Tensor,
    targets: torch.Tensor,
    n_classes: int,
    *,
    of_images: bool = False,
) -> tuple[Objective, int]:
    """The loss of a run, tried out on some samples; and how many outputs the model has.

    Classes of images are told by one output each, and a loss of the user's own gets their numbers, `(n,)` int64.

    Raises:
        ValueError: model and loss do not fit together, or not to the data; the message says how.
    """
    shape = tuple(sample.shape)
    try:
        with torch.no_grad():
            outputs = model(sample)
    except Exception as error:
        raise ValueError(f"the model cannot take a batch of shape {shape}: {type(error).__name__}: {error}") from error
    is_table = isinstance(outputs, torch.Tensor) and outputs.shape[:1] == (len(sample),) and outputs.ndim == 2
    if not is_table or (outputs.shape[1] != 1 and not (of_images or takes_several(loss_fn, n_classes))):
        got = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
        per_class = n_classes > 2 or of_images
        columns, what = (n_classes, "one output per class") if per_class else (1, "one output per sample")
        raise ValueError(
            f"for a batch of shape {shape} the model must return a tensor of shape "
            f"{(len(sample), columns)}, {what}; it returned {got}"
        )
    outputs = torch.nan_to_num(outputs, 0.5, 0.5, 0.5)  # weights may have diverged; what counts is what fits
    objective = make_objective(loss_fn, model, outputs, n_classes, of_images=of_images)
    try:
        with torch.no_grad():
            loss = objective.function(outputs, targets)
    except Exception as error:
        raise ValueError(
            f"loss_fn cannot take outputs {tuple(outputs.shape)} and targets "
            f"{tuple(targets.shape)}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise ValueError("loss_fn must return one number as a tensor, such as a mean over the batch")
    return objective, outputs.shape[1]


def same_structure(ours: torch.nn.Module, theirs: torch.nn.Module) -> bool:
    """Whether what may not change while a model is trained is the same in both."""
    return _structure(ours) == _structure(theirs)


def _structure(model: torch.nn.Module) -> list[object]:
    """What may not change while a model is trained: kinds of layers, shapes and types of parameters."""
    modules = [(name, type(module)) for name, module in model.named_modules()]
    return [*modules, *((name, p.shape, p.dtype, p.device) for name, p in model.named_parameters())]


def refuse_another_model(model: torch.nn.Module, trained: torch.nn.Module, known: State) -> None:
    """Refuse, with a `ModelChangedError`, what a cell made of a model.

    Args:
        model: the live one.
        trained: its replica, with the layers that are trained.
        known: parameters and buffers as they were when the model was handed over.
    """
    if not same_structure(model, trained):
        raise ModelChangedError(
            "a cell changed the layers of trainer.model; the run stands at the old ones. "
            "Train the new model with a new trainer: PlanarTrainer(model=...)"
        )
    parameters = {name for name, _ in model.named_parameters()}
    buffers = _shapes(dict(model.named_buffers()))
    expected = _shapes({name: value for name, value in known.items() if name not in parameters})
    if buffers != expected:
        changed = sorted({name for name, _ in buffers.items() ^ expected.items()})
        raise ModelChangedError(
            f"a cell added, removed or reshaped buffers of trainer.model ({', '.join(changed)}): put them back as "
            "they were, or train the new model with a new trainer: PlanarTrainer(model=...)"
        )


def _shapes(tensors: State) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def same_values(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Equal values, a NaN being equal to a NaN; on the meta device, where there are none, all are."""
    if ours.layout is torch.sparse_coo:
        one, other = ours.coalesce(), theirs.coalesce()
        return torch.equal(one.indices(), other.indices()) and same_values(one.values(), other.values())
    if ours.layout is not torch.strided:
        return same_values(ours.to_sparse_coo(), theirs.to_sparse_coo())  # type: ignore[no-untyped-call]
    if ours.is_meta or torch.equal(ours, theirs):
        return True
    return bool(((ours == theirs) | (ours.isnan() & theirs.isnan())).all())


def tensors_in(value: object) -> list[torch.Tensor]:
    """All tensors in nested dicts, lists and tuples."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in tensors_in(item)]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []
