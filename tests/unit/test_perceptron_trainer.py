"""`PerceptronTrainer`: its weights are those of the rule, written in NumPy; what it says of them is true."""

from __future__ import annotations

import re
import runpy

import numpy as np
import pytest
import torch
import traitlets
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Perceptron

from nnwidgets import PerceptronTrainer
from nnwidgets.presets import PERCEPTRON_PRESETS
from nnwidgets.training import commands as c
from tests.unit.plain import maker

SEPARABLE = ("separable", "narrow", "and_gate", "or_gate")
INSEPARABLE = ("overlapping", "xor_gate", "xor", "moons", "circles")


make = maker(PerceptronTrainer, engine="eager")


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(PerceptronTrainer, "send", lambda _, content, buffers=None: messages.append((content, buffers)))
    return messages


class Rosenblatt:
    """The rule, by NumPy alone; the order of an epoch is the one that the package promises."""

    def __init__(self, weights, *, once=True):
        self.w, self.once = np.array(weights, dtype=np.float32), once
        self.epoch = self.place = self.updates = 0

    def order(self, n, seed):
        generator = torch.Generator().manual_seed(seed * 1_000_000 + self.epoch)
        return torch.randperm(n, generator=generator).numpy()

    def train(self, x, y, steps, rate, seed=0):
        """Steps on float32 samples; the sum is exact, and w + η (y − y′) x is rounded once, or after each operation."""
        rate = np.float32(rate)
        for _ in range(steps):
            i = self.order(len(x), seed)[self.place]
            sample = np.append(x[i], np.float32(1))
            error = y[i, 0] - (1 if self.w.astype(float) @ sample.astype(float) > 0 else 0)
            if error:
                self.updates += 1
                exact = self.w.astype(float) + float(rate) * error * sample.astype(float)
                self.w = exact.astype(np.float32) if self.once else self.w + np.float32(error) * rate * sample
            self.place += 1
            if self.place == len(x):
                self.place, self.epoch = 0, self.epoch + 1
        return self


def rule_for(trainer, **options):
    return Rosenblatt(trainer.weights, **options)


def data_of(trainer):
    return trainer.dataset.x_train, trainer.dataset.y_train


def train(trainer, **target):
    trainer.train(**target)
    trainer.wait(60)
    return trainer


@st.composite
def grids(draw):
    """Samples and weights in eighths, of which float32 makes no rounding error: sums of exactly 0 are among them."""
    n = draw(st.integers(1, 9))
    eighth = st.integers(-24, 24).map(lambda k: k / 8)
    x = draw(st.lists(st.tuples(eighth, eighth), min_size=n, max_size=n))
    return np.array(x, dtype=np.float32), np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))


def two_classes(x, y):
    from nnwidgets.datasets import Dataset

    return Dataset("grid", x, y, [], [], ("no", "yes"), ("width", "height"))


# -- the weights ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["eager", "fused"])
@given(grids(), st.integers(1, 60), st.sampled_from([1.0, 0.5, 0.125, 2.0]), st.integers(0, 3), st.data())
@settings(max_examples=25, deadline=None)
def test_weights_are_those_of_the_rule_to_the_last_bit(engine, data, steps, rate, seed, more):
    trainer = PerceptronTrainer(two_classes(*data), engine=engine, learning_rate=rate, seed=seed, initialiser="zeros")
    rule = rule_for(trainer)
    for _ in range(more.draw(st.integers(1, 3))):
        trainer.step(steps)
        rule.train(*data_of(trainer), steps, rate, seed)
        assert trainer.weights.tolist() == rule.w.tolist()
        assert trainer.updates == rule.updates
    trainer.close()


@pytest.mark.parametrize(("engine", "once"), [("eager", True), ("fused", False)])
@pytest.mark.parametrize("rate", [0.1, 0.37, 7.3])
@pytest.mark.parametrize("name", ["separable", "overlapping", "xor"])
def test_weights_at_any_rate_are_those_of_the_rule_as_the_engine_rounds_it(make, name, rate, engine, once):
    for seed in (0, 5):
        trainer = make(name, engine=engine, learning_rate=rate, seed=seed, data_seed=seed)
        rule = rule_for(trainer, once=once)
        trainer.step(277)
        assert trainer.weights == pytest.approx(rule.train(*data_of(trainer), 277, rate, seed).w, rel=1e-6, abs=1e-6)
        assert trainer.updates == rule.updates


def test_weights_after_other_rates_data_edits_and_rewinds_are_those_of_the_rule(make):
    trainer = make("separable", seed=0)
    rule = rule_for(trainer)
    trainer.step(50)
    rule.train(*data_of(trainer), 50, 1.0)
    trainer.learning_rate = 0.25
    trainer.step(45)
    rule.train(*data_of(trainer), 45, 0.25)
    trainer.dataset = "overlapping"
    rule.place = 0  # the epoch begins anew
    trainer.step(60)
    rule.train(*data_of(trainer), 60, 0.25)
    assert trainer.weights.tolist() == rule.w.tolist()
    with trainer.paused():
        trainer.model[0].weight.data[0, 1] = rule.w[1] = 1.5
    trainer.step(90)
    rule.train(*data_of(trainer), 90, 0.25)
    assert trainer.weights.tolist() == rule.w.tolist()
    assert trainer.updates == rule.updates
    place, end = trainer.step_count, (trainer.weights.tolist(), trainer.updates)
    trainer.rewind(2)  # a place before the data were changed
    assert len(trainer.dataset.x_train) == 40
    trainer.rewind(trainer.history.epochs[-1, 0].astype(int))
    trainer.step(place - trainer.step_count)
    assert (trainer.weights.tolist(), trainer.updates) == end


def test_a_rewind_takes_updates_and_weights_back_to_where_they_were(make):
    trainer = make("overlapping")
    seen = []
    for _ in range(6):
        trainer.step(1, "epoch")
        seen.append((trainer.weights.tolist(), trainer.updates, int(trainer.mistakes.sum())))
    for epoch in (5, 2, 4, 1):
        trainer.rewind(epoch)
        weights, updates, _ = seen[epoch - 1]
        assert (trainer.weights.tolist(), trainer.updates) == (weights, updates)
    assert [mistakes for _, mistakes, _ in seen] == np.cumsum(trainer.mistakes).tolist() == [m for *_, m in seen]


# -- what data allow ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEPARABLE)
@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_on_separable_data_it_ends_by_itself_and_separates_as_scikit_learn_does(make, name, engine):
    for seed in range(3):
        trainer = train(make(name, engine=engine, seed=seed, data_seed=seed))
        x, y = data_of(trainer)
        assert Perceptron(max_iter=10_000, tol=None).fit(x, y[:, 0]).score(x, y[:, 0]) == trainer.accuracy == 1
        assert trainer.separable
        assert trainer.mistakes[-1] == 0
        assert (trainer.mistakes[:-1] > 0).all()
        assert trainer.updates == trainer.mistakes.sum() <= trainer.start_bound
        assert trainer._message["title"] == f"Settled with epoch {trainer.epoch}:"
        assert re.search(rf"\b{trainer.updates} updates?\b", trainer._message["text"])


@given(grids(), st.floats(0.01, 5), st.integers(0, 9), st.booleans())
@settings(max_examples=40, deadline=None)
def test_there_are_never_more_updates_than_the_bounds_allow(data, rate, seed, zeros):
    start = {"initialiser": "zeros"} if zeros else {"initialiser": "normal", "initial_scale": 4.0}
    trainer = PerceptronTrainer(two_classes(*data), engine="eager", learning_rate=rate, seed=seed, **start)
    bound, start_bound = trainer.bound, trainer.start_bound
    assume(bound is not None and max(bound, start_bound) < 500)
    train(trainer)
    assert trainer.accuracy == 1
    assert trainer.updates <= start_bound + 1e-6
    if zeros:
        assert trainer.updates <= bound + 1e-6
        assert start_bound == pytest.approx(bound)
    trainer.close()


@pytest.mark.parametrize("name", INSEPARABLE)
def test_on_inseparable_data_no_epoch_is_without_a_mistake_and_it_says_why(make, name):
    trainer = train(make(name), epochs=150)
    assert trainer.epoch == 150
    assert (trainer.mistakes > 0).all()
    assert trainer.margin is trainer.bound is trainer.start_bound is None
    (finding,) = trainer.diagnosis
    assert finding.kind == "inseparable"
    crossing = trainer.separation.crossing
    x, y = data_of(trainer)
    samples, weights = list(crossing.samples), np.array(crossing.weights)
    for label in (0, 1):
        mine = y[samples, 0] == label
        assert weights[mine].sum() == pytest.approx(1)
        assert weights[mine] @ x[samples][mine].astype(float) == pytest.approx(crossing.place, abs=1e-6)
    assert f"({crossing.place[0]:.3g}, {crossing.place[1]:.3g})" in finding.text
    assert set(samples) <= set(map(int, re.findall(r"(?<![\d.])\d+(?![\d.])", finding.text)))
    sent = trainer._separation
    assert sent["crossing"]["samples"] == samples
    assert not sent["separable"]


def test_of_separable_data_nothing_is_wrong(make):
    assert train(make("narrow"), epochs=5).diagnosis == ()


def test_a_test_set_without_mistakes_does_not_end_a_run_that_has_some(make):
    x = np.array([[0, 0], [1, 1], [0, 1], [1, 0]])
    trainer = train(make((x, [0, 0, 1, 1], x[:1], [0])), epochs=60)
    assert trainer.epoch == 60
    wrong_test = train(
        make((x[[0, 2]], [0, 1], x[1:2], [1])), epochs=60
    )  # and one with mistakes does not keep it going
    assert wrong_test.epoch < 60
    assert wrong_test.accuracy == 1


def test_an_edit_of_settled_weights_goes_on_until_they_settle_again(make):
    trainer = train(make("or_gate"))
    settled = trainer.epoch
    with trainer.paused():
        trainer.model[0].weight.data.fill_(-1.0)
    assert trainer.accuracy < 1
    assert trainer._message is None or "Settled" not in trainer._message["title"]
    assert trainer.start_bound is None
    train(trainer)
    assert trainer.epoch > settled
    assert trainer.accuracy == 1


# -- the sample at hand ---------------------------------------------------------------------------


def parts_of(trainer):
    header = trainer._snapshot
    made = {}
    for part in header["parts"]:
        count = int(np.prod(part["shape"]))
        values = np.frombuffer(header["buffer"], part["dtype"], count, part["offset"])
        made[part["name"]] = values.reshape(part["shape"])
    return made


@pytest.mark.parametrize("name", ["overlapping", "xor_gate"])
def test_a_step_does_what_was_announced_of_the_sample_at_hand(make, name):
    trainer = make(name, learning_rate=0.3)
    x, y = data_of(trainer)
    for step in range(90):
        parts = parts_of(trainer)
        hand, w = parts["hand"], trainer.weights
        index, x1, x2, label, z, output, error = hand[:7]
        assert [x1, x2] == x[int(index)].tolist()
        assert label == y[int(index), 0]
        assert z == pytest.approx(w @ [x1, x2, 1], abs=1e-5)
        assert output == (z > 0)
        assert error == label - output
        assert hand[7:10] == pytest.approx(0.3 * error * np.array([x1, x2, 1]))
        assert hand[13] == (step % len(x) == 0)
        updates, mistakes, seen = parts["counts"]
        assert mistakes == updates - trainer.mistakes[: trainer.epoch - (seen == 0 < step)].sum()
        assert seen == step % len(x)
        assert parts["parameters"].tolist() == w.tolist()
        before = updates
        trainer.step()
        assert trainer.weights.tolist() == hand[10:13].tolist()
        assert trainer.updates == before + (error != 0)
        assert parts_of(trainer)["mistakes"][:, 1].tolist() == trainer.mistakes.tolist()


def test_what_is_wrong_is_marked_of_both_sets(make):
    trainer = make("overlapping", n_samples=60, test_share=0.4)
    trainer.step(7)
    bits = np.unpackbits(parts_of(trainer)["wrong"], bitorder="little")[:60].astype(bool)
    data = trainer.dataset
    x, y = np.vstack([data.x_train, data.x_test]), np.vstack([data.y_train, data.y_test])[:, 0]
    assert bits.tolist() == (((x @ trainer.weights[:2] + trainer.weights[2]) > 0) != (y == 1)).tolist()
    picture = trainer._picture(trainer._told(trainer._loop.experiment), None)  # a slow run is looked at amid its epochs
    assert picture.train.accuracy == pytest.approx(1 - bits[:36].mean())
    assert picture.test.accuracy == pytest.approx(1 - bits[36:].mean())


@pytest.mark.parametrize("name", ["narrow", "overlapping", "xor_gate"])
def test_a_step_to_a_mistake_stops_before_the_next_one_as_single_steps_would(make, name):
    jumping, walking = make(name), make(name)
    for _ in range(40):
        found = jumping.step_to_mistake()
        if parts_of(walking)["hand"][6]:
            walking.step()
        while not parts_of(walking)["hand"][6] and walking.step_count < jumping.step_count:
            walking.step()
        assert walking.step_count == jumping.step_count
        assert bool(parts_of(walking)["hand"][6]) == found
        assert jumping.weights.tolist() == walking.weights.tolist()
        if not found:
            assert jumping.mistakes[-1] == 0
            break


def test_where_there_is_no_mistake_any_more_it_goes_to_the_end_of_a_clean_epoch_and_stays_there(make):
    trainer = make("or_gate")
    while trainer.step_to_mistake():
        pass
    end = trainer.epoch, trainer.step_count
    assert trainer.mistakes[-1] == 0
    assert trainer._message["title"] == f"Settled with epoch {end[0]}:"
    assert not trainer.step_to_mistake()
    assert (trainer.epoch, trainer.step_count) == end


# -- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layers", (2,)), ("activation", "relu"), ("dropout", 0.1), ("loss_fn", "bce"), ("optimizer", "adam"),
        ("optimizer_options", {"momentum": 0.9}), ("batch_size", 5), ("schedule", "cosine"), ("l1", 0.1), ("l2", 0.1),
        ("standardise", True), ("n_classes", 3), ("features", ("x1", "x1*x2")),
    ],
)  # fmt: skip
def test_what_makes_it_a_perceptron_cannot_be_set(make, name, value):
    with pytest.raises(traitlets.TraitError, match=rf"{name} .*(PlanarTrainer|plane)"):
        make(**{name: value})
    trainer = make()
    present = getattr(trainer, name)
    with pytest.raises(traitlets.TraitError, match=rf"{name} .*(PlanarTrainer|plane)"):
        setattr(trainer, name, value)
    assert getattr(trainer, name) == present
    setattr(trainer, name, present)  # what it is may be said
    assert name not in str(PerceptronTrainer.__signature__) or name == "features" or trainer.step() is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("hills", "values to predict"),
        (([[0, 0], [1, 1], [2, 0]], ["a", "b", "c"]), "3 classes"),
        (([[0, 0, 1], [1, 1, 0]], [0, 1]), "3 columns"),
        (([[0, 0], [1, 1], [2, 0]], [0.5, 1.5, 2.25]), "values to predict"),
    ],
    ids=["values", "three", "columns", "own values"],
)
def test_data_that_are_no_two_classes_on_a_plane_are_refused(make, data, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make(data)
    trainer = make()
    with pytest.raises(traitlets.TraitError, match=message):
        trainer.dataset = data
    assert trainer.dataset.name == "separable"
    assert trainer.separable


def test_a_module_of_ones_own_is_refused(make):
    with pytest.raises(TypeError, match=r"PlanarTrainer\(model"):
        make(model=torch.nn.Linear(2, 1))


def test_a_gate_has_its_four_rows_and_what_comes_after_it_as_many_as_usual(make):
    trainer = make("xor_gate")
    assert trainer.dataset.x_train.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert trainer.dataset.y_train[:, 0].tolist() == [0, 1, 1, 0]
    trainer.dataset = "and_gate"
    assert trainer.dataset.y_train[:, 0].tolist() == [0, 0, 0, 1]
    trainer.dataset = "separable"
    assert trainer.n_samples == 40
    trainer.n_samples = 60
    trainer.dataset = "narrow"
    assert trainer.n_samples == 60
    trainer.dataset = "or_gate"
    assert trainer.dataset.y_train[:, 0].tolist() == [0, 1, 1, 1]
    assert len(make("or_gate", n_samples=20).dataset.x_train) == 20
    assert make("rings").dataset.n_classes == 2


# -- from a view ----------------------------------------------------------------------------------


def tell(trainer, content):
    trainer._handle_custom_msg(content, [])
    trainer._loop.call(c.Do(lambda: None))
    trainer.wait(60)


def test_a_view_can_go_on_to_a_mistake(make, sent):
    trainer, other = make("narrow"), make("narrow")
    for _ in range(5):
        tell(trainer, {"type": "to_mistake"})
        other.step_to_mistake()
        assert trainer.step_count == other.step_count
    assert not [content for content, _ in sent if content["type"] == "failed"]


def test_a_run_that_plays_stops_at_a_mistake(make, sent):
    trainer = make("xor", speed=None)
    trainer._handle_custom_msg({"type": "look", "view": "a", "visible": True, "map_size": 8, "tile_size": 8}, [])
    trainer._handle_custom_msg({"type": "play"}, [])
    tell(trainer, {"type": "to_mistake"})
    assert trainer.status == "paused"
    assert parts_of(trainer)["hand"][6] != 0


def test_points_drawn_change_what_can_be_separated_and_a_third_class_is_refused(make, sent):
    trainer = make("and_gate")
    stroke = {"type": "paint", "stroke": 1, "label": 1, "points": [[0.0, 0.0]], "axes": [0, 1], "clear": False}
    tell(trainer, stroke)
    assert not trainer.separable
    assert trainer._separation["crossing"]["place"] == [0.0, 0.0]
    assert trainer._separation["data_version"] == trainer._data["version"]
    tell(trainer, stroke | {"stroke": 2, "label": 2})
    assert "two classes" in sent[-1][0]["message"]
    assert trainer.dataset.n_classes == 2
    tell(trainer, {"type": "undo"})
    assert trainer.separable


@pytest.mark.parametrize(
    "content",
    [
        {"type": "set", "name": "hidden_layers", "value": [3]}, {"type": "set", "name": "batch_size", "value": 4},
        {"type": "set", "name": "features", "value": ["x1*x2"]}, {"type": "set", "name": "dataset", "value": "hills"},
        {"type": "set", "name": "n_classes", "value": 3}, {"type": "set", "name": "loss_fn", "value": None},
        {"type": "set", "name": "dataset", "value": {"a": 1}}, {"type": "preset", "name": "spiral"},
        {"type": "to_mistakes"}, {"type": "configure", "text": "nnw1.nonsense"}, {"type": ["to_mistake"]},
        {"type": "set", "name": "_separation", "value": {}},
    ],
)  # fmt: skip
def test_a_message_that_makes_no_sense_here_is_answered_and_changes_nothing(make, sent, content):
    trainer = make()
    trainer.step(3)
    before = trainer.weights.tolist(), trainer.config()
    sent.clear()
    tell(trainer, content)
    assert [message["type"] for message, _ in sent if message["type"] in ("refused", "failed")]
    assert (trainer.weights.tolist(), trainer.config()) == before


def test_a_closed_trainer_says_so_to_a_view(make, sent):
    trainer = make()
    trainer.close()
    trainer._handle_custom_msg({"type": "to_mistake"}, [])
    assert "closed" in sent[-1][0]["message"]


# -- files and texts ------------------------------------------------------------------------------


def weights_of_script(code, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(code, encoding="utf-8")
    model = runpy.run_path(str(path))["model"]
    return [value for parameter in model.parameters() for value in parameter.detach().double().flatten().tolist()]


def test_the_script_spells_the_rule_out_and_ends_with_the_same_bits(make, tmp_path, capsys):
    trainer = train(make("narrow", learning_rate=0.1))
    code = trainer.to_code()
    assert "alpha=learning_rate" in code
    assert "optim" not in code
    assert weights_of_script(code, tmp_path) == trainer.weights.tolist()
    assert capsys.readouterr().out == "0 of 40 training samples are wrong\n"
    trainer.learning_rate = 0.7
    trainer.dataset = "overlapping"
    trainer.step(75)
    with trainer.paused():
        trainer.model[0].bias.data.fill_(0.3)
    trainer.step(33)
    assert weights_of_script(trainer.to_code(), tmp_path) == trainer.weights.tolist()
    trainer.freeze("0.bias")
    trainer.step(20)
    assert "optim" in trainer.to_code()
    assert weights_of_script(trainer.to_code(), tmp_path) == trainer.weights.tolist()


def test_a_frozen_weight_is_not_announced_to_change(make):
    trainer = make("xor_gate")
    trainer.freeze("0.bias")
    assert trainer.start_bound is None
    for _ in range(8):
        hand = parts_of(trainer)["hand"]
        trainer.step()
        assert trainer.weights.tolist() == hand[10:13].tolist()
        assert hand[9] == 0


def test_configuration_file_and_text_make_the_same_run(make, tmp_path):
    trainer = make("narrow", learning_rate=0.5, seed=3, n_samples=30, lesson="Look: here", stop_when={"epoch": 7})
    others = [PerceptronTrainer.from_config(trainer.config()), PerceptronTrainer.from_text(trainer.share())]
    train(trainer, epochs=4)
    trainer.save(tmp_path / "run.pt")
    others.append(PerceptronTrainer.load(tmp_path / "run.pt"))
    for other in others:
        assert other.config() == trainer.config()
        if other.epoch < 4:
            train(other, epochs=4)
        assert other.weights.tolist() == trainer.weights.tolist()
        assert (other.updates, other.mistakes.tolist()) == (trainer.updates, trainer.mistakes.tolist())
        assert other.start_bound == trainer.start_bound
        assert train(other).epoch == 7
        other.close()


def test_files_and_texts_of_networks_are_no_perceptrons(make, tmp_path):
    from nnwidgets import PlanarTrainer

    network = PlanarTrainer("moons", n_samples=20, engine="eager")
    network.save(tmp_path / "network.pt")
    with pytest.raises(ValueError, match="not a saved PerceptronTrainer"):
        PerceptronTrainer.load(tmp_path / "network.pt")
    with pytest.raises(ValueError, match="use PlanarTrainer"):
        PerceptronTrainer.from_text(network.share())
    network.close()


def test_the_figure_has_the_weights_and_the_mistakes_of_each_epoch(make):
    trainer = train(make("separable"))
    plane, bars = trainer.figure().axes
    assert [bar.get_height() for bar in bars.patches] == trainer.mistakes.tolist()
    assert f"{trainer.updates} updates" in bars.get_title(loc="left")
    assert f"{trainer.weights[0]:.3g}" in plane.get_title(loc="left")
    for name in ("xor_gate", "overlapping"):
        assert "not separable" in make(name, initialiser="zeros").figure().axes[1].get_title(loc="left")


# -- lessons --------------------------------------------------------------------------------------


def test_presets_are_made_by_name_and_say_what_to_look_for():
    assert [preset.name for preset in PerceptronTrainer.presets()] == list(PERCEPTRON_PRESETS)
    for name, preset in PERCEPTRON_PRESETS.items():
        trainer = PerceptronTrainer.preset(name)
        assert trainer.lesson == preset.lesson
        assert {"name": name, "label": preset.title} in trainer._choices["lessons"]
        trainer.close()
    with pytest.raises(ValueError, match="there are 'rule'"):
        PerceptronTrainer.preset("spiral")


def numbers(trainer):
    return trainer.epoch, trainer.updates


def test_what_the_lessons_say_is_so():
    run = {name: train(PerceptronTrainer.preset(name, engine="eager"), epochs=100) for name in PERCEPTRON_PRESETS}
    assert numbers(run["rule"]) == (6, 10)
    assert int(run["rule"].start_bound) == 77
    assert numbers(run["narrow"]) == (27, 88)
    assert round(run["narrow"].margin, 3) == 0.045
    assert round(run["narrow"].bound) == 1315
    assert numbers(run["and"]) == (9, 12)
    assert train(PerceptronTrainer.preset("and", engine="eager", dataset="or_gate"), epochs=50).updates == 4
    assert (run["xor"].mistakes > 0).all()
    assert len(run["xor"].mistakes) == 100
    later = train(run["overlapping"], epochs=200).mistakes
    assert (later.min(), later.max()) == (1, 7)
    assert numbers(run["rate"]) == (3, 16)
    slow = train(PerceptronTrainer.preset("rate", engine="eager", learning_rate=0.01), epochs=100)
    assert slow.mistakes.tolist() == run["rate"].mistakes.tolist()
    assert slow.weights * 100 == pytest.approx(run["rate"].weights, rel=1e-4)
    assert numbers(run["start"]) == (13, 58)
    assert int(run["start"].start_bound) == 294
    assert train(PerceptronTrainer(initialiser="zeros", learning_rate=0.1, seed=0), epochs=20).updates == 2
    for trainer in run.values():
        trainer.close()


def test_without_one_of_its_rows_xor_settles(make):
    for left_out in range(4):
        x, y = data_of(make("xor_gate"))
        keep = np.arange(4) != left_out
        assert train(make((x[keep], y[keep, 0].astype(int)))).accuracy == 1


def test_the_first_line_of_the_usual_trainer_is_in_the_picture():
    trainer = PerceptronTrainer(engine="eager")
    x, y = data_of(trainer)
    sides = x @ trainer.weights[:2] + trainer.weights[2] > 0
    assert 5 <= sides.sum() <= 35
    assert (sides != (y[:, 0] > 0)).mean() > 0.5
    trainer.close()
