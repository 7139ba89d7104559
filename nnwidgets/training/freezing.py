"""Which parameters, and which single entries of them, a run leaves as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import torch

from nnwidgets._checks import whole
from nnwidgets.networks import Kept

Names = frozenset[str]
# Name of a parameter, and which of its entries, counted row by row.
Entries = frozenset[tuple[str, int]]
# Names of parameters, with True for a whole one, or the numbers of entries.
Plain = dict[str, Literal[True] | list[int]]


def check_frozen(names: Names, entries: Entries, parameters: Mapping[str, torch.Tensor]) -> None:
    """Raise `ValueError` where there is no such parameter or entry."""
    unknown = (names | {name for name, _ in entries}) - parameters.keys()
    if unknown:
        raise ValueError(f"no parameter {min(unknown)!r}; there are {', '.join(parameters)}")
    for name, place in sorted(entries):
        if not 0 <= place < parameters[name].numel():
            raise ValueError(f"{name} has {parameters[name].numel()} entries, so none with the number {place}")


def as_plain(names: Names, entries: Entries) -> Plain:
    """What is frozen as plain JSON values: for each parameter True, or the numbers of its entries.

    Example:
        >>> as_plain(frozenset(["a"]), frozenset([("b", 2), ("b", 0)]))
        {'a': True, 'b': [0, 2]}
    """
    plain: Plain = dict.fromkeys(sorted(names), True)
    for name, place in sorted(entries):
        numbers = plain.setdefault(name, [])
        if numbers is not True:
            numbers.append(place)
    return plain


def from_plain(plain: object, parameters: Mapping[str, torch.Tensor]) -> tuple[Names, Entries]:
    """The inverse of `as_plain`, and of `masks`: for a parameter there may be a tensor, or array, that is True there.

    Raises:
        TypeError, ValueError: it says something else, or of no such parameter or entry.

    Example:
        >>> from_plain({"a": True, "b": [2]}, {"a": torch.zeros(2), "b": torch.zeros(3)})
        (frozenset({'a'}), frozenset({('b', 2)}))
        >>> from_plain({"b": torch.tensor([False, True])}, {"b": torch.zeros(2)})
        (frozenset(), frozenset({('b', 1)}))
    """
    names: set[str] = set()
    entries: set[tuple[str, int]] = set()
    if not isinstance(plain, Mapping) or not all(isinstance(name, str) for name in plain):
        raise TypeError(f"frozen must be a dict from names of parameters to True or numbers of entries, not {plain!r}")
    check_frozen(frozenset(plain), frozenset(), parameters)
    for name, what in plain.items():
        if what is True:
            names.add(name)
        elif isinstance(what, list | tuple):
            entries.update((name, whole(f"an entry of {name} in frozen", place, 0, None)) for place in what)
        else:
            mask = _mask(name, what, parameters[name].shape)
            if mask.all():
                names.add(name)
            else:
                entries.update((name, place) for place in _numbers(mask.shape)[mask].tolist())
    check_frozen(frozenset(names), frozenset(entries), parameters)
    return frozenset(names), frozenset(entries)


def _mask(name: str, what: object, shape: torch.Size) -> torch.Tensor:
    mask = torch.as_tensor(what).cpu() if isinstance(what, torch.Tensor | np.ndarray) else None
    if mask is None or mask.dtype != torch.bool or mask.shape != shape:
        raise TypeError(
            f"what is frozen of {name} must be True, a list of the numbers of entries, or a tensor of bool of the "
            f"shape {tuple(shape)}; got {what!r}"
        )
    return mask


def places(name: str, shape: torch.Size, index: Any) -> Entries:
    """The entries that an index picks out, whole rows too. Raises `ValueError` where it does not fit.

    Example:
        >>> sorted(places("0.weight", torch.Size([2, 3]), 1))
        [('0.weight', 3), ('0.weight', 4), ('0.weight', 5)]
    """
    try:
        picked = _numbers(shape)[index]
    except (IndexError, TypeError) as error:
        raise ValueError(f"{name} has the shape {tuple(shape)}: {error}") from None
    return frozenset((name, place) for place in picked.flatten().tolist())


def masks(entries: Entries, parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """For each parameter with such entries, a tensor of its shape that is True at them.

    Example:
        >>> masks(frozenset([("a", 1)]), {"a": torch.zeros(2, 2), "b": torch.zeros(1)})
        {'a': tensor([[False,  True],
                [False, False]])}
    """
    by_name: dict[str, list[int]] = {}
    for name, place in sorted(entries):
        by_name.setdefault(name, []).append(place)
    made = {}
    for name, numbers in by_name.items():
        mask = torch.zeros(parameters[name].numel(), dtype=torch.bool, device=parameters[name].device)
        mask[numbers] = True
        made[name] = mask.view(parameters[name].shape)
    return made


def with_parts(
    names: Names,
    entries: Entries,
    parameters: Mapping[str, torch.Tensor],
    name: str | None,
    index: Any,
    *,
    frozen: bool,
) -> tuple[Names, Entries]:
    """What is frozen when further parts of a parameter are, or are no more; a name of None is all there are.

    Raises:
        ValueError: there is no such parameter or entry.

    Example:
        >>> with_parts(frozenset(["b"]), frozenset(), {"b": torch.zeros(2)}, "b", 0, frozen=False)
        (frozenset(), frozenset({('b', 1)}))
    """
    if name is None:
        return (frozenset(parameters), frozenset()) if frozen else (frozenset(), frozenset())
    check_frozen(frozenset([name]), frozenset(), parameters)
    others = frozenset(entry for entry in entries if entry[0] != name)
    if index is None:
        return (names | {name} if frozen else names - {name}), others
    shape = parameters[name].shape
    picked, known = places(name, shape, index), entries - others
    if name in names:  # as a whole: from now on each entry but these
        return (names, entries) if frozen else (names - {name}, others | (places(name, shape, ...) - picked))
    return names, others | (known | picked if frozen else known - picked)


def moved(
    names: Names,
    entries: Entries,
    kept: Mapping[str, Kept],
    old: Mapping[str, torch.Tensor],
    new: Mapping[str, torch.Tensor],
) -> tuple[Names, Entries]:
    """What the frozen parameters and entries of an old network are in a new one, as far as they were kept."""
    found: set[tuple[str, int]] = set()
    for name, (source, block, origin) in kept.items():
        wanted = {place for parameter, place in entries if parameter == source}
        if wanted:
            before, after = (
                _numbers(values[key].shape)[part].flatten().tolist()
                for values, key, part in ((old, source, origin), (new, name, block))
            )
            found.update((name, now) for was, now in zip(before, after, strict=True) if was in wanted)
    return frozenset(name for name, (source, *_) in kept.items() if source in names), frozenset(found)


def _numbers(shape: torch.Size) -> torch.Tensor:
    return torch.arange(shape.numel()).view(shape)


class Holder:
    """Keeps entries of parameters as they are over steps of any optimizer, whatever its momentum or decay.

    Their gradients are zero to it, so that it learns nothing from them, and their values are put back after it.
    """

    def __init__(self, entries: Entries, parameters: Iterable[tuple[str, torch.nn.Parameter]]) -> None:
        by_name = {name: parameter for name, parameter in parameters if parameter.requires_grad}
        marked = masks(frozenset(entry for entry in entries if entry[0] in by_name), by_name)
        self._held = [(by_name[name], mask, by_name[name].detach().clone()) for name, mask in marked.items()]

    def before_update(self) -> None:
        """Take the entries out of the gradients."""
        for parameter, mask, _ in self._held:
            if parameter.grad is not None:  # not in place: autograd may hand out one tensor twice
                parameter.grad = parameter.grad.masked_fill(mask, 0)

    def after_update(self) -> None:
        """Put the values back."""
        for parameter, mask, values in self._held:
            parameter.detach().copy_(torch.where(mask, values, parameter.detach()))
