"""NetworkAnatomy of a trainer: its network between steps, while it trains and when it is changed."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from nnwidgets import (
    FunctionTrainer,
    ImageTrainer,
    NetworkAnatomy,
    PerceptronTrainer,
    PlanarTrainer,
    count_parameters,
)
from nnwidgets.widgets._anatomy_pace import Pace
from tests.unit.background import refused_in_a_callback, train_on, until
from tests.unit.plain import PATIENCE, maker
from tests.unit.scripts import printed

make = maker(PlanarTrainer, engine="eager")
look = maker(NetworkAnatomy)


def images():
    rng = np.random.default_rng(0)
    return ImageTrainer((rng.random((40, 8, 8), dtype=np.float32), np.arange(40) % 3), hidden_layers=(5,))


KINDS = {
    "planar": lambda: PlanarTrainer(engine="eager"),
    "function": lambda: FunctionTrainer(engine="eager"),
    "perceptron": lambda: PerceptronTrainer(engine="eager"),
    "images": images,
    "features": lambda: PlanarTrainer("xor", features=("x1", "x2", "x1*x2"), standardise=True, engine="eager"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_trainers_are_looked_at(look, kind):
    trainer = KINDS[kind]()
    anatomy = look(trainer)
    anatomy.wait(PATIENCE)
    assert (anatomy._anatomy["owner"], anatomy._anatomy["label"]) == ("trainer", type(trainer).__name__)
    assert anatomy.parameter_count == count_parameters(trainer.model)
    assert (anatomy._numbers["step"], anatomy._numbers["epoch"]) == (0, 0)
    samples = trainer._loop.experiment.x[:32]
    assert anatomy.graph.samples == len(samples)
    with torch.no_grad():
        wanted = trainer.model(trainer._loop.experiment.feed(samples)).numpy()
    np.testing.assert_allclose(anatomy.output(anatomy.layers[-1].key), wanted, rtol=1e-5)
    trainer.step()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["step"] == 1
    assert anatomy._numbers["loss"] == pytest.approx(trainer.running_loss)
    lines = printed(anatomy.to_code(), trainer=trainer).splitlines()
    assert lines[-1] == f"parameters {anatomy.parameter_count}"
    assert repr(anatomy) == "NetworkAnatomy(model=trainer)"
    trainer.close()


def test_what_goes_with_a_module_is_refused(make):
    trainer = make()
    for name in ("input", "target", "loss_fn"):
        with pytest.raises(TypeError, match=f"{name}= does not go with a trainer"):
            NetworkAnatomy(trainer, **{name: torch.ones(1, 2)})
    anatomy = NetworkAnatomy(trainer)
    with pytest.raises(TypeError, match="followed by itself"), anatomy:
        pass
    anatomy.close()


def test_a_trainer_that_is_looked_at_trains_as_if_it_were_not(make, look):
    settings = {"hidden_layers": (4,), "dropout": 0.3, "optimizer": "adam", "seed": 3}
    alone, seen = make(**settings), make(**settings)
    anatomy = look(seen, selected="0", training=True)
    for _ in range(3):
        anatomy.wait(PATIENCE)
        seen.step()
        alone.step()
    train_on(anatomy, seen, alone)


def picture(anatomy, role):
    found = next(each for each in anatomy._opened_0["pictures"] if each["role"] == role)
    return np.frombuffer(found["values"], "<f4")


def test_whatever_is_done_to_the_trainer_is_seen(make, look):
    trainer = make()
    anatomy = look(trainer, selected="0")
    anatomy.wait(PATIENCE)
    trainer.edit("0.weight", 7.5, (1, 0))
    anatomy.wait(PATIENCE)
    assert 7.5 in picture(anatomy, "weight")
    trainer.hidden_layers = (3,)
    anatomy.wait(PATIENCE)
    assert (anatomy.parameter_count, anatomy.selected) == (13, "0")
    assert anatomy._opened_0["asked"]["selected"] == "0"
    with trainer.paused(), torch.no_grad():
        trainer.model[0].bias.fill_(0.25)
        assert anatomy.parameter_count == 13
    trainer.features = ("x1", "x2", "x1*x2")
    anatomy.wait(PATIENCE)
    assert anatomy.inputs("0")[0].shape == (32, 3)
    before = picture(anatomy, "input")
    trainer.dataset = "moons"
    anatomy.wait(PATIENCE)
    assert not np.array_equal(picture(anatomy, "input"), before)


def test_gradients_of_the_last_step_are_shown(make, look):
    trainer = make()
    anatomy = look(trainer)
    anatomy.wait(PATIENCE)
    assert not anatomy._numbers["has_gradients"]
    trainer.step()
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["has_gradients"]
    assert anatomy._numbers["rows"][0]["gradients"] > 0


def test_a_run_under_way_is_followed_and_said_not_to_be_settled(make, look):
    trainer = make(speed=None)
    anatomy = look(trainer, selected="0")
    anatomy.wait(PATIENCE)
    graph, scene = anatomy._anatomy, anatomy._bench.scene
    trainer.train(epochs=10**6)
    until(anatomy, "_numbers", lambda found: not found["settled"] and found["step"] > 0)
    first = anatomy._numbers["step"]
    until(anatomy, "_numbers", lambda found: found["step"] > first)
    assert (anatomy._anatomy, anatomy._bench.scene) == (graph, scene)  # which is measured, not traced
    assert anatomy._numbers["has_gradients"]
    assert anatomy._numbers["rows"][0]["gradients"] > 0
    trainer.pause()
    trainer.wait(PATIENCE)
    anatomy.wait(PATIENCE)
    assert anatomy._numbers["settled"]
    assert anatomy._numbers["step"] == trainer.step_count
    assert anatomy._opened_0["of"] == anatomy._numbers["version"]


def test_a_running_trainer_is_measured_at_its_pace(make, look):
    trainer = make()
    anatomy = look(trainer)
    anatomy.wait(PATIENCE)
    bench = anatomy._bench
    now = [1000.0]
    bench.pace = Pace(lambda: now[0])
    with bench.pace.measuring():
        now[0] += 0.3
    now[0] += 19
    bench.look(runs=True)
    assert "look" not in bench._must
    bench.look()
    anatomy.wait(PATIENCE)
    now[0] += 2
    asked = []
    bench._need = lambda *needs: asked.append(needs)
    bench.look(runs=True)
    assert asked == [("look",)]


def test_neither_keeps_the_other(make, look):
    trainer = make()

    def told():
        return len(trainer._trait_notifiers.get("step_count", {}).get("change", []))

    heard = told()
    anatomy = NetworkAnatomy(trainer)
    assert told() == heard + 1
    anatomy.wait(PATIENCE)
    anatomy.close()
    assert told() == heard
    trainer.step()
    held, bench = weakref.ref(anatomy), weakref.ref(anatomy._background)
    del anatomy
    gc.collect()
    assert held() is None
    assert bench() is None
    other = PlanarTrainer(engine="eager")
    anatomy = look(other)
    anatomy.wait(PATIENCE)
    other.close()
    anatomy.wait(PATIENCE)
    assert anatomy.output("0").shape[0] == 32  # it can still be read
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None
    with pytest.raises(RuntimeError, match="gone"):
        anatomy.refresh()
    with pytest.raises(RuntimeError, match="gone"):
        _ = anatomy.parameter_count
    assert anatomy._anatomy is not None


def test_in_a_callback_of_the_training_waiting_is_refused(make, look):
    trainer = make()
    anatomy = look(trainer)
    anatomy.wait(PATIENCE)
    pictures = []
    trainer.on_epoch_end(lambda _: pictures.append("image/png" in anatomy._repr_mimebundle_()[0]))
    assert refused_in_a_callback(trainer, anatomy.wait, anatomy.refresh, anatomy.figure, anatomy.summary)
    assert pictures == [False]
