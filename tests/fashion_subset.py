"""Makes the part of Fashion-MNIST that comes with the package: `python -m tests.fashion_subset [FOLDER]`.

FOLDER has the four files of the full data, unpacked or not; without it, Debian's package dataset-fashion-mnist has.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from nnwidgets import fashion
from nnwidgets._idx import write_idx


def first_of_each(labels, count):
    """The places of the first so many of each class, mixed: in their order, the last ones would be of few classes."""
    places = np.sort(np.concatenate([np.flatnonzero(labels == c)[:count] for c in range(10)]))
    return places[np.argsort(np.arange(len(places)) * 2_654_435_761 % 2**32)]  # the same with every version of NumPy


def make(source, target):
    """Write the four files of the part into a folder."""
    full = fashion._read(source, fashion.FULL)
    parts = (("train", full.x_train, full.y_train), ("t10k", full.x_test, full.y_test))
    for (part, x, y), size in zip(parts, fashion.BUNDLED, strict=True):
        chosen = first_of_each(y, size // 10)
        images, labels = fashion._stems(part)
        write_idx(target / f"{images}.gz", x[chosen])
        write_idx(target / f"{labels}.gz", y[chosen])


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else fashion._DEBIAN, fashion._HERE)
