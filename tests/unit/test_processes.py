"""What only shows in a process of its own: loading elsewhere, leaving with a run under way, importing lightly."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

import nnwidgets
from tests.unit.plain import small_data

pytestmark = pytest.mark.slow


def python(program, *arguments):
    """Run a program in a fresh interpreter; its output."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Fatal" not in done.stderr
    return done.stdout


def test_a_saved_run_goes_on_in_another_process_with_the_same_bits(make, tmp_path):
    trainer = make(small_data(), hidden_layers=(3,), optimizer="adam", dropout=0.2)
    trainer.step(7)
    trainer.learning_rate = 0.03
    trainer.edit("0.bias", 0.5)
    trainer.step(9)
    trainer.rewind(2)
    trainer.save(tmp_path / "run.pt")
    python(
        """
        import sys, torch
        from nnwidgets import PlanarTrainer
        trainer = PlanarTrainer.load(sys.argv[1])
        ends = []
        for epoch in (3, 1):
            trainer.rewind(epoch)
            ends.append(trainer.model.state_dict())
            ends[-1] = {name: value.clone() for name, value in ends[-1].items()}
        trainer.step(8)
        ends.append(dict(trainer.model.state_dict()))
        torch.save([ends, torch.from_numpy(trainer.history.steps), len(trainer.history.pinned)], sys.argv[2])
        """,
        tmp_path / "run.pt",
        tmp_path / "ends.pt",
    )
    ends, steps, pinned = torch.load(tmp_path / "ends.pt")
    for epoch, end in zip((3, 1), ends[:2], strict=True):
        trainer.rewind(epoch)
        assert all(torch.equal(end[name], value) for name, value in trainer.model.state_dict().items())
    trainer.step(8)
    assert all(torch.equal(ends[2][name], value) for name, value in trainer.model.state_dict().items())
    assert torch.equal(steps, torch.from_numpy(trainer.history.steps))
    assert pinned == len(trainer.history.pinned) == 1


@pytest.mark.fault("process ends")
@pytest.mark.parametrize(
    "state", ["trainer.train()", "trainer.play()", "trainer.train(); trainer.paused().__enter__()"]
)
def test_an_interpreter_can_be_left_with_a_run_under_way(state):
    printed = python(
        f"""
        from nnwidgets import PlanarTrainer
        trainer = PlanarTrainer(speed=None)
        {state}
        print("bye")
        """
    )
    assert printed == "bye\n"


def test_many_trainers_leave_no_thread_and_no_trainer_behind():
    printed = python(
        """
        import gc, threading, weakref
        from nnwidgets import PlanarTrainer, make_planar
        data, trainers = make_planar("moons", 40), weakref.WeakSet()
        for _ in range(30):
            trainer = PlanarTrainer(data)
            trainer.train(epochs=2)
            trainer.close()
            trainers.add(trainer)
        del trainer
        gc.collect()
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join(60)
        print(threading.active_count(), len(trainers))
        """
    )
    assert printed == "1 0\n"


def test_the_package_is_imported_without_torch_and_widgets():
    printed = python(
        """
        import sys
        import nnwidgets
        print([name for name in ("torch", "ipywidgets", "anywidget", "matplotlib", "numpy") if name in sys.modules])
        print(nnwidgets.make_planar("moons", 10))
        print("torch" in sys.modules)
        """
    )
    assert printed == "[]\nDataset('moons', 10 train, 0 test)\nFalse\n"


def test_making_a_trainer_loads_no_compiler():
    printed = python(
        """
        import sys
        from nnwidgets import PlanarTrainer
        PlanarTrainer()
        print([name for name in ("torch._dynamo", "sklearn", "matplotlib", "numba") if name in sys.modules])
        """
    )
    assert printed == "[]\n"


def test_threads_of_the_cells_keep_their_cores():
    printed = python(
        """
        import threading
        import torch
        torch.set_num_threads(3)
        from nnwidgets import PlanarTrainer
        trainer = PlanarTrainer()
        trainer.step(5)
        print(torch.get_num_threads())
        """
    )
    assert printed == "3\n"


COMPILED = """
from nnwidgets import PlanarTrainer, make_planar
trainer = PlanarTrainer(make_planar("moons", 20))
trainer.train(epochs=2)
trainer.wait()
from nnwidgets.training.engines import kernel
print(trainer.engine_name, sum(kernel.train.stats.cache_hits.values()), sum(kernel.train.stats.cache_misses.values()))
"""


def test_the_second_time_on_a_machine_nothing_is_compiled():
    first, second = (python(COMPILED) for _ in range(2))
    # Where another test has had it compiled before, the first is no first.
    assert first in {"fused 0 1\n", "fused 1 0\n"}
    assert second == "fused 1 0\n"


def test_where_nothing_can_be_written_it_is_compiled_for_the_moment(tmp_path):
    # Beside the original there is what other tests have had compiled.
    unused = shutil.ignore_patterns("__pycache__", "static", "data")
    shutil.copytree(Path(nnwidgets.__file__).parent, tmp_path / "nnwidgets", ignore=unused)
    printed = python(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import tempfile
        def refuse(*arguments, **options):
            raise OSError("nothing can be written here")
        tempfile.TemporaryFile = refuse  # with which numba tries folders
        import numpy, torch
        from nnwidgets.training.engines import kernel
        order = numpy.empty(9, numpy.int64)
        kernel.shuffle(order, numpy.empty(624, numpy.uint32), 5)
        print(order.tolist() == torch.randperm(9, generator=torch.Generator().manual_seed(5)).tolist())
        print(kernel.shuffle.stats.cache_path, kernel.__file__.startswith(sys.argv[1]))
        """,
        tmp_path,
    )
    assert printed == "True\nNone True\n"
