"""What the tests of trainers share."""

from __future__ import annotations

import pytest

from nnwidgets.training.threads import in_threads
from tests.unit.plain import small_data


@pytest.fixture
def make():
    """Makes planar trainers, on a little data unless told otherwise, and closes them in the end.

    Their steps are PyTorch's own, as the references are that they are compared with.
    """
    from nnwidgets import PlanarTrainer

    made = []

    def make_trainer(*arguments, **settings):
        made.append(PlanarTrainer(*(arguments or (small_data(),)), **{"engine": "eager"} | settings))
        return made[-1]

    yield make_trainer
    for trainer in made:
        trainer.close()


@pytest.fixture
def one_thread():
    """Where networks are small, several wait for each other."""
    with in_threads(1):
        yield
