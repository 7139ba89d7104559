"""Configurations from strangers: taken as a whole or not at all, never more than can be borne, refused in words."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from nnwidgets import PlanarTrainer, datasets
from nnwidgets.training import commands as c
from nnwidgets.training.experiment import Experiment
from nnwidgets.widgets._text_limits import LONGEST
from tests.unit.plain import PATIENCE, bits, same_bits, small_data
from tests.unit.test_inbox import sent, tell  # noqa: F401 (a fixture)
from tests.unit.test_sharing import as_text, assert_same_run, run


def configure(text):
    return {"type": "configure", "text": text}


@pytest.fixture
def busy(make):
    """A trainer in the middle of its work: trained, changed, edited, gone back in, with a run pinned."""
    trainer = make(small_data(), hidden_layers=(3,), optimizer="adam", stop_when={"epoch": 50}, lesson="Look")
    run(trainer, 2)
    trainer.learning_rate = 0.02
    trainer.edit("0.weight", 0.5, (1, 0))
    trainer.freeze("0.bias")
    trainer.pin("first")
    run(trainer, 2)
    trainer.rewind(3)
    return trainer


def everything(trainer):
    """All that a reader has, as plain values."""
    loop = trainer._loop
    shown = {name: getattr(trainer, name) for name in trainer.trait_names() if name not in ("comm", "layout")}
    return {
        "weights": {name: bits(value) for name, value in trainer.model.state_dict().items()},
        "model": id(trainer.model),
        "optimizer": json.dumps(trainer.optimizer_.state_dict(), default=lambda tensor: tensor.tolist()),
        "journal": [(entry.step, type(entry.change)) for entry in loop.journal],
        "checkpoints": [item.position for item in loop.checkpoints.items],
        "applied": (loop.past.applied, loop.past.rewound),
        "curves": (trainer.history.steps.tobytes(), trainer.history.epochs.tobytes()),
        "pinned": [run.name for run in trainer.history.pinned],
        "undo": len(trainer._hand._levels),
        "threads": loop.threads,
        "traits": repr(shown),
        "config": trainer.config(),
    }


WRONG = {
    "dataset": {"name": "moons", "n_samples": 40, "noise": -1.0, "test_share": 0.0, "seed": 0, "n_classes": 2},
    "hidden_layers": [3, 0],
    "activation": ["relu", "relu"],
    "dropout": 0.99,
    "initialiser": "unheard of",
    "initial_scale": 0,
    "loss_fn": "cross_entropy_of_nobody",
    "optimizer": "unheard of",
    "optimizer_options": {"betas": [0.9, 1.0]},
    "learning_rate": -1,
    "schedule": {"name": "step", "gamma": 2},
    "batch_size": 41,
    "l1": -1,
    "l2": "much",
    "seed": 2**40,
    "features": ["x3"],
    "standardise": "yes",
    "axes": [0, 2],
    "speed": 0,
    "stop_when": {"accuracy": 2},
    "threads": 0,
    "engine": "steam",
    "panels": ["door"],
    "controls": 3,
    "lesson": 7,
    "frozen": {"0.weight": [8]},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_taken_as_a_whole_changes_nothing(make, busy, sent, name):  # noqa: F811
    config = make("moons", n_samples=40, hidden_layers=(4,), seed=3).config()
    assert name in config
    before = everything(busy)
    tell(busy, configure(as_text(config | {name: WRONG[name]})))
    (answer,) = [message for message in sent if message["type"] == "failed"]
    assert answer["command"] == "The configuration"
    assert "this configuration cannot be used: " in answer["message"]
    assert everything(busy) == before


@pytest.mark.parametrize("late", ["freeze", "_settle_objective", "_new_optimizer"])
def test_what_fails_while_it_is_taken_over_is_put_back(make, busy, sent, monkeypatch, late):  # noqa: F811
    text = make("rings", n_samples=40, hidden_layers=(4,), features=("x1", "x2", "x1*x2")).share()
    before, plain, left = everything(busy), getattr(Experiment, late), [1]

    def fail_once(experiment, *arguments):
        if experiment is busy._loop.experiment and experiment.settings.dataset.name == "rings" and left:
            left.pop()
            raise MemoryError("no room")
        return plain(experiment, *arguments)

    monkeypatch.setattr(Experiment, late, fail_once)
    tell(busy, configure(text))
    assert not left
    assert [message["message"] for message in sent] == ["no room"]
    assert everything(busy) == before


def test_a_run_under_way_goes_on_beside_a_wrong_configuration(make, sent):  # noqa: F811
    trainer = make(speed=None)
    trainer.train()
    tell(trainer, configure(as_text(trainer.config() | {"stop_when": {"loss": "small"}})))
    assert trainer.status == "running"
    passed = threading.Event()
    trainer.on_epoch_end(lambda _: passed.set())
    assert passed.wait(PATIENCE)
    assert len(sent) == 1
    trainer.pause()


# -- how much -------------------------------------------------------------------------------------


def generated(config, **changed):
    return {"dataset": config["dataset"] | changed}


TOO_MUCH = {
    "layers": (lambda _: {"hidden_layers": [2] * 17}, "17 hidden layers; a text may ask for at most 16"),
    "neurons": (lambda _: {"hidden_layers": [2, 257]}, "257 neurons in a hidden layer; .* 256"),
    "weights": (lambda _: {"hidden_layers": [256] * 3}, "weights; .* 100,000"),
    "samples": (lambda config: generated(config, n_samples=10**12), "1,000,000,000,000 samples; .* 1,000,000"),
    "samples as a float": (lambda config: generated(config, n_samples=1e12), "1,000,000,000,000 samples; .* 1,000,000"),
    "features": (lambda _: {"features": [f"x{i + 1}" for i in range(101)]}, "101 features; .* 100"),
    "inputs": (
        lambda config: generated(config, n_samples=10**6) | {"features": [f"x1*x{i + 1}" for i in range(11)]},
        "11,000,000 inputs of all samples",
    ),
    "batch": (
        lambda config: generated(config, n_samples=10**6) | {"batch_size": 10**6, "hidden_layers": [128, 128]},
        "products of weights and samples a step",
    ),
    "batch as a float": (
        lambda config: generated(config, n_samples=10**6) | {"batch_size": 1e6, "hidden_layers": [128, 128]},
        "products of weights and samples a step",
    ),
    "threads": (lambda _: {"threads": 65}, "65 threads; .* 64"),
    "lesson": (lambda _: {"lesson": "o" * 2001}, "2,001 characters of the lesson; .* 2,000"),
    "frozen": (lambda _: {"frozen": {"0.weight": [0] * 100_001}}, "100,001 frozen weights; .* 100,000"),
    "number": (lambda _: {"seed": 10**30}, "a number of 31 digits"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_more_than_can_be_borne_is_refused_before_anything_is_made(make, sent, monkeypatch, what):  # noqa: F811
    changed, match = TOO_MUCH[what]
    trainer = make("moons", n_samples=40)
    text, before = as_text(trainer.config() | changed(trainer.config())), everything(trainer)
    monkeypatch.setattr(datasets, "make_planar", None)
    with pytest.raises(ValueError, match=match):
        PlanarTrainer.from_text(text)
    tell(trainer, configure(text))
    assert len(sent) == 1
    with pytest.raises(ValueError, match=match):
        raise ValueError(sent[0]["message"])
    assert everything(trainer) == before


def test_long_texts_and_long_names_are_refused(make, sent):  # noqa: F811
    trainer = make()
    for text in ("nnw1." + "A" * (LONGEST + 1), "x" * 10**7):
        tell(trainer, configure(text))
    long, none = (message["message"] for message in sent)
    assert "100,001 characters; a text may have at most 100,000" in long
    assert "no configuration" in none
    assert len(none) < 200
    with pytest.raises(ValueError, match="a name of 201 characters"):
        PlanarTrainer.from_text(as_own(trainer.config(), label="o" * 201))
    with pytest.raises(ValueError, match=r"says what 'n{190,210}… shall be"):
        PlanarTrainer.from_text(as_text(trainer.config() | own() | {"n" * 5000: 1}))


def test_what_a_text_may_not_ask_for_is_not_made_one(make):
    for settings in ({"hidden_layers": (300,)}, {"lesson": "o" * 3000}, {"threads": 65}):
        with pytest.raises(ValueError, match=r"a text may ask for at most .*; write a file with trainer\.save"):
            make("moons", n_samples=40, **settings).share()
    with pytest.raises(ValueError, match=r"write a file with trainer\.save"):  # short enough, but not when unfolded
        make((np.zeros((900_000, 3)), np.arange(900_000) % 2)).share()


def test_data_are_made_in_the_training_thread(make, monkeypatch):
    text, threads, plain = make("xor", n_samples=40).share(), [], datasets.make_planar

    def make_planar(*arguments, **more):
        threads.append(threading.current_thread().name)
        return plain(*arguments, **more)

    trainer = make("moons", n_samples=40)
    monkeypatch.setattr(datasets, "make_planar", make_planar)
    tell(trainer, configure(text))
    tell(trainer, {"type": "preset", "name": "xor"})
    assert trainer.dataset.name == "xor"
    assert set(threads) == {"nnwidgets-training"}


def test_the_trainer_that_is_only_tried_is_seen_by_nobody(make):
    from ipywidgets.widgets.widget import _instances

    trainer, text = make("moons", n_samples=40), make("xor", n_samples=40).share()
    trainer.layout  # noqa: B018 (made when it is asked for)
    known = set(_instances)
    tell(trainer, configure(text))
    assert trainer.dataset.name == "xor"
    assert set(_instances) == known


# -- all that it says -----------------------------------------------------------------------------


def test_engine_and_threads_are_taken_over_too(make):
    here = make("moons", n_samples=40, engine="fused", threads=2)
    trainer = run(make("xor", n_samples=40, engine="eager", threads=1))
    tell(trainer, configure(here.share()))
    assert (trainer.config()["engine"], trainer.config()["threads"]) == ("fused", 2)
    assert trainer.engine_name == "fused"
    assert trainer._loop.call(c.Do(torch.get_num_threads)) == 2
    assert "torch.set_num_threads(2)" in trainer.to_code()
    there = PlanarTrainer.from_text(here.share())
    assert there.config() == trainer.config() == here.config()
    assert_same_run(run(trainer), run(there))
    there.close()


def test_a_lesson_leaves_engine_and_threads_as_they_are(make):
    trainer = make("moons", n_samples=40, engine="fused", threads=2)
    tell(trainer, {"type": "preset", "name": "xor"})
    assert (trainer.config()["engine"], trainer.config()["threads"]) == ("fused", 2)


@pytest.mark.parametrize("is_own", [False, True])
def test_frozen_weights_travel(make, is_own):
    data = small_data()
    if is_own:
        data = replace(data, name="mine", parameters=None)
    here = make(data, hidden_layers=(3,), optimizer_options={"momentum": 0.9})
    run(here, 1)
    here.freeze("0.weight", (1, 0))
    here.freeze("2.bias")
    text, trainer = here.share(), make("xor", n_samples=40)
    there = PlanarTrainer.from_text(text)
    tell(trainer, configure(text))
    here.reset()
    run(here)
    for other in (there, trainer):
        assert same_bits(other.frozen, here.frozen)
        assert other._edits["frozen"] == here._edits["frozen"] == [[2, 1], [12, 1]]
        assert other.share() == text
        assert other._loop.journal == []
        assert_same_run(run(other), here)
        if not is_own:
            names = {}
            exec(other.to_code(), names)
            assert same_bits(names["model"].state_dict(), other.model.state_dict())
    more = {"dataset": data} if is_own else {}
    again = PlanarTrainer.from_config(here.config(), **more)
    wider = PlanarTrainer.from_config(here.config(), hidden_layers=(5,), **more)
    assert same_bits(again.frozen, here.frozen)
    assert wider.frozen == {}
    for each in (there, again, wider):
        each.close()


def test_nothing_frozen_costs_nothing(make):
    trainer = make("moons", n_samples=40)
    text = trainer.share()
    trainer.freeze("0.bias")
    assert len(trainer.share()) > len(text)
    trainer.unfreeze()
    assert trainer.share() == text


@pytest.mark.parametrize(
    ("frozen", "match"),
    [
        ({"9.bias": True}, r"no parameter '9\.bias'"),
        ({"0.bias": [2]}, r"none with the number 2"),
        ({"0.bias": [-1]}, r"an entry of 0\.bias in frozen must be"),
        (
            {"0.bias": 1},
            r"must be True, a list of .* or a tensor of bool of the shape \(2,\); got 1",
        ),
        ({"0.bias": torch.tensor([1, 0])}, r"must be True, a list"),
        ({"0.bias": torch.tensor([True])}, r"must be True, a list"),
        (["0.bias"], r"frozen must be a dict"),
    ],
)
def test_what_cannot_be_frozen_is_refused(frozen, match):
    with pytest.raises((TypeError, ValueError), match=match):
        PlanarTrainer(small_data(), frozen=frozen)


@pytest.mark.parametrize("as_given", [lambda mask: mask, lambda mask: mask.numpy()], ids=["tensor", "array"])
def test_what_one_trainer_says_that_it_freezes_another_can_be_given(make, as_given):
    here = make(small_data(), hidden_layers=(3,))
    here.freeze("0.weight", (1, 0))
    here.freeze("2.bias")
    there = make(small_data(), hidden_layers=(3,), frozen={name: as_given(mask) for name, mask in here.frozen.items()})
    assert same_bits(there.frozen, here.frozen)
    assert there.config()["frozen"] == here.config()["frozen"] == {"0.weight": [2], "2.bias": True}


# -- nonsense -------------------------------------------------------------------------------------


def own(**changed):
    data = small_data()
    arrays = {
        name: base64.b64encode(getattr(data, name).astype("<f4").tobytes()).decode()
        for name in ("x_train", "y_train", "x_test", "y_test")
    }
    named = {"name": "data", "label": "", "class_names": ["0", "1"], "feature_names": ["x1", "x2"], "plane": None}
    return {"dataset": arrays | named | changed}


def as_own(config, **changed):
    return as_text(config | own(**changed))


def test_what_is_left_out_is_named(make):
    config = make("moons", n_samples=40).config()
    for name in config.keys() - {"frozen", "dataset"}:
        with pytest.raises(ValueError, match=f"^this configuration does not say what '{name}' shall be$"):
            PlanarTrainer.from_text(as_text({key: value for key, value in config.items() if key != name}))
    for name in config["dataset"]:
        data = {key: value for key, value in config["dataset"].items() if key != name}
        with pytest.raises(ValueError, match=f"^this configuration does not say of the data what '{name}' shall be$"):
            PlanarTrainer.from_text(as_text(config | {"dataset": data}))
    for name in own()["dataset"].keys() - {"x_train"}:
        data = {key: value for key, value in own()["dataset"].items() if key != name}
        with pytest.raises(ValueError, match=f"^this configuration does not say of the data what '{name}' shall be$"):
            PlanarTrainer.from_text(as_text(config | {"dataset": data}))


@pytest.mark.parametrize("name", ["surprise", "model", "device", "layout", "status", "_edits"])
def test_what_is_not_known_is_named(make, name):
    config = make("moons", n_samples=40).config()
    with pytest.raises(ValueError, match=f"^this configuration says what '{name}' shall be, which nnwidgets .* newer"):
        PlanarTrainer.from_text(as_text(config | {name: None}))
    with pytest.raises(ValueError, match=f"says of the data what '{name}' shall be"):
        PlanarTrainer.from_text(as_text(config | generated(config, **{name: None})))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_are_refused(make, number):
    content = json.dumps(make("moons", n_samples=40).config() | {"l1": "here"}).replace('"here"', number)
    with pytest.raises(ValueError, match=f"the number {number}, and all must be finite"):
        PlanarTrainer.from_text(as_text(content.encode()))


PLANES = [
    3,
    [[0, 1], [-1, 1]],
    [[0, 1], [-1, 1], [-1, 1], [0, 1]],
    [[0, 0], [-1, 1], [-1, 1]],
    [[0, 2], [-1, 1], [-1, 1]],
    [[0, True], [-1, 1], [-1, 1]],
    [[0, 1], [1, 1], [-1, 1]],
    [[0, 1], [1, -1], [-1, 1]],
    [[0, 1], [-1, 1], [-1, 1e31]],
    [[0, 1], [-1, 1], [1, 1 + 1e-13]],
    [[0, 1], [-1, "1"], [-1, 1]],
    [[0, 1], [-1, 1], [-1, None]],
]


@pytest.mark.parametrize("plane", PLANES)
def test_a_plane_that_cannot_be_drawn_is_refused(make, plane):
    with pytest.raises(ValueError, match=r"the data of this configuration cannot be read: .*plane"):
        PlanarTrainer.from_text(as_own(make().config(), plane=plane))


def test_a_plane_that_can_be_drawn_travels(make):
    trainer = PlanarTrainer.from_text(as_own(make().config(), plane=[[1, 0], [-2, 3], [-1.5, 2]]))
    assert trainer.dataset.plane == ((1, 0), (-2.0, 3.0), (-1.5, 2.0))
    again = PlanarTrainer.from_text(trainer.share())
    assert again.dataset.same_as(trainer.dataset)
    trainer.close()
    again.close()
