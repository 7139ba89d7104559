"""Shares as they are written on screen, so that Python's sentences and the browser's pictures write them alike."""

from __future__ import annotations

_UNIT = "\N{THIN SPACE}%"


def percent(share: float, digits: int | None = 0) -> str:
    r"""A share in per cent.

    Args:
        share: from 0 to 1.
        digits: how many behind the point; None for as many as it has.

    Example:
        >>> percent(0.846, 1), percent(0.125, None)
        ('84.6\u2009%', '12.5\u2009%')
    """
    return f"{100 * share:{'g' if digits is None else f'.{digits}f'}}{_UNIT}"
