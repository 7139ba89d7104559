"""Files that were cut or changed, on a disk or on their way: read as they were, or refused in a sentence."""

from __future__ import annotations

import errno
import io
import random

import pytest
import torch

from nnwidgets import FunctionTrainer, ImageTrainer, PerceptronTrainer, PlanarTrainer
from tests.unit.pictures import small_images
from tests.unit.plain import same_bits, small_data

KINDS = {
    PlanarTrainer: lambda: PlanarTrainer(small_data(), hidden_layers=(3,), optimizer="adam"),
    PerceptronTrainer: lambda: PerceptronTrainer(small_data("gaussians")),
    FunctionTrainer: lambda: FunctionTrainer("sine", n_samples=20),
    ImageTrainer: lambda: ImageTrainer(small_images(), hidden_layers=(5,), batch_size=7),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run of each kind in a file: its bytes, and its weights."""
    found = {}
    for kind, make in KINDS.items():
        trainer = make()
        trainer.step(3)
        trainer.learning_rate = 0.01
        trainer.step(2)
        path = tmp_path_factory.mktemp("runs") / "run.pt"
        trainer.save(path)
        found[kind] = path.read_bytes(), trainer.model.state_dict()
        trainer.close()
    return found


def is_read(kind, data, weights, path):
    """Whether it is the same run; otherwise it is refused with the name of the file, or as one of a newer version."""
    path.write_bytes(data)
    try:
        trainer = kind.load(path)
    except ValueError as error:
        said = str(error)
    else:
        assert weights is None or same_bits(trainer.model.state_dict(), weights)
        trainer.close()
        return True
    assert str(path) in said or "newer version" in said
    assert len(said) < 600
    return False


@pytest.mark.fault("damaged file")
def test_an_error_of_the_disk_is_told_as_one(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    PlanarTrainer(small_data()).save(path)

    def fail(_):
        raise OSError(errno.EIO, "the disk does not answer")

    monkeypatch.setattr("nnwidgets.training.run_files._check", fail)
    with pytest.raises(OSError, match="does not answer"):
        PlanarTrainer.load(path)


@pytest.mark.fault("damaged file")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_file_that_was_cut_is_refused(saved, tmp_path, kind):
    data, weights = saved[kind]
    # At the ends of what it is made of, beside them, and anywhere.
    marks = [
        at for at in range(len(data)) if data[at : at + 4] in (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\7\x08")
    ]
    cuts = {at + by for at in random.Random(0).sample(marks, min(12, len(marks))) + marks[-4:] for by in (-1, 0, 1)}
    for length in sorted({0, 1, 4, 100, len(data) // 2, len(data) - 1, *cuts} - {-1}):
        assert not is_read(kind, data[:length], weights, tmp_path / "run.pt"), length


@pytest.mark.fault("damaged file")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_file_with_changed_bits_is_read_or_refused_but_never_fails_otherwise(saved, tmp_path, kind):
    data, weights = saved[kind]
    numbers = random.Random(1)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(numbers.choice((1, 1, 3, 40))):
            changed[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
        is_read(kind, bytes(changed), weights, tmp_path / "run.pt")


def spoilt(value, numbers, path=()):
    """What is written, with one thing in it that is something else; and where that is."""
    if isinstance(value, dict) and value and numbers.random() < 0.93:
        name = numbers.choice(list(value))
        if numbers.random() < 0.08:
            return {other: each for other, each in value.items() if other != name}, (*path, f"no {name}")
        changed, where = spoilt(value[name], numbers, (*path, name))
        return value | {name: changed}, where
    if isinstance(value, list | tuple) and value and numbers.random() < 0.93:
        at = numbers.randrange(len(value))
        changed, where = spoilt(value[at], numbers, (*path, at))
        return [*value[:at], changed, *value[at + 1 :]], where
    other = numbers.choice((None, -1, 10**12, 0.5, float("nan"), "x", [], {}, torch.zeros(3), {"dataset": 7}, True))
    return other, (*path, other)


@pytest.mark.fault("damaged file")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_file_that_says_something_else_is_read_or_refused_but_never_fails_otherwise(saved, tmp_path, kind):
    data, _ = saved[kind]
    numbers = random.Random(2)
    for _ in range(120):
        content, where = spoilt(torch.load(io.BytesIO(data)), numbers)
        buffer = io.BytesIO()
        torch.save(content, buffer)
        try:
            is_read(kind, buffer.getvalue(), None, tmp_path / "run.pt")
        except Exception as error:  # what it was must be known
            error.add_note(f"changed: {where}")
            raise
