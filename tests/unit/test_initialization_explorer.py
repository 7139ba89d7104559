"""InitializationExplorer: measured and trained in a thread of its own, whatever is set, said or broken meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch
import traitlets

import nnwidgets.training.schemes as engine
from nnwidgets import InitializationExplorer
from nnwidgets.concepts.initialization import SCHEMES
from tests.unit.background import NO_KIND, hears, messages, read, tell, until
from tests.unit.plain import PATIENCE, maker
from tests.unit.scripts import printed

NAMES = list(SCHEMES)
SMALL = {"n_layers": 3, "width": 6, "n_samples": 40}
LARGER = {"n_layers": 10, "width": 64}  # whose training does not end by itself while a test looks


make = maker(InitializationExplorer, **SMALL)


sent = messages()


# -- measuring --------------------------------------------------------------------------------------------------------


def test_it_is_imported_and_described_without_torch():
    program = """
import sys
from nnwidgets import InitializationExplorer
InitializationExplorer.class_traits(), InitializationExplorer._WORDS, InitializationExplorer.PRESETS
print(sorted({"torch", "torchvision", "matplotlib", "sklearn"} & sys.modules.keys()))
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_travels_is_what_was_measured(make):
    explorer = make(activation="sigmoid")
    explorer.wait(PATIENCE)
    assert explorer.status == "ready"
    found, trait = explorer.measure(), explorer._measured
    assert [scheme["name"] for scheme in trait["schemes"]] == NAMES == list(found.schemes)
    assert (trait["layers"], trait["width"], trait["epoch"]) == (4, 6, 0)
    np.testing.assert_array_equal(read(trait, "variances", 6, 4, 4), found.variances)
    np.testing.assert_array_equal(read(trait, "predicted", 6, 4, 4), found.predicted)
    for name in ("means", "zeros", "broken", "bounds"):
        np.testing.assert_array_equal(read(trait, name, 6, 4, 4), found.stack(name))
    for name in ("saturated", "stds"):
        np.testing.assert_array_equal(read(trait, name, 6, 4), found.stack(name))
    np.testing.assert_array_equal(read(trait, "counts", 6, 4, 4, trait["bins"], kind="<u4"), found.stack("counts"))
    np.testing.assert_array_equal(read(trait, "losses", 6), found.stack("loss"))
    np.testing.assert_array_equal(read(trait, "points", 40, 3, kind="<f4"), found.points)
    assert trait["input_square"] == pytest.approx(1, abs=1e-6)
    assert trait["settings"].items() <= {name: getattr(explorer, name) for name in trait["settings"]}.items()
    assert not {"learning_rate", "batch_size"} & trait["settings"].keys()


def test_a_page_that_is_opened_again_has_everything(make):
    explorer = make()
    explorer.train(2)
    explorer.wait(PATIENCE)
    state = explorer.get_state()
    assert state["_measured"] == explorer._measured
    assert read(state["_training"], "losses", 6, 3).shape == (6, 3)
    assert (state["status"], state["epoch"]) == ("done", 2)


@pytest.mark.parametrize("scheme", NAMES)
@pytest.mark.parametrize("dataset", ["circles", "moons", "gaussians", "xor", "spiral", "rings"])
def test_the_script_prints_what_was_measured(make, scheme, dataset):
    explorer = make(initialiser=scheme, dataset=dataset, activation="leaky_relu", seed=7)
    lines = printed(explorer.to_code()).splitlines()
    rows = np.array([[float(number) for number in line.split()[1:]] for line in lines[1:-1]])
    expected = explorer.measure().variances[NAMES.index(scheme)].T
    np.testing.assert_allclose(rows, expected, rtol=2e-3, atol=1e-16)
    assert float(lines[-1].split()[1]) == pytest.approx(explorer.measure().signals[scheme].loss, rel=1e-3)


def test_presets_are_true(make):
    def of(name):
        explorer = InitializationExplorer.preset(name)
        found = explorer.measure()
        explorer.close()
        return found.signals[explorer.initialiser], explorer.n_layers

    signals, layers = of("ReLU: Xavier fades")
    assert signals.variances[1, layers - 1] < 1e-4 * signals.variances[1, 0]
    signals, layers = of("ReLU: He holds")
    assert 0.02 < signals.variances[1, layers - 1] / signals.variances[1, 0] < 50
    signals, layers = of("tanh, small: signals die")
    assert signals.variances[1, layers - 1] < 1e-15 * signals.variances[1, 0]
    signals, layers = of("tanh, large: saturated")
    assert signals.saturated[1:layers].min() > 0.5
    signals, layers = of("sigmoid: no gradient")
    assert signals.variances[2, 0] < 1e-6 * signals.variances[2, layers - 1]
    signals, layers = of("all neurons alike")
    assert signals.stds.max() < 1e-8


def test_the_newest_setting_wins_in_a_storm(make, monkeypatch):
    measured = []
    measure = engine.SchemeRuns.measure

    def counted(runs, *arguments, **options):
        found = measure(runs, *arguments, **options)
        measured.append(found.settings["width"])
        return found

    monkeypatch.setattr(engine.SchemeRuns, "measure", counted)
    explorer = make()

    def change(widths):
        for width in widths:
            explorer.set_state({"width": width, "n_layers": 2 + width % 5})

    threads = [threading.Thread(target=change, args=(range(2 + k, 62, 3),)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    explorer.wait(PATIENCE)
    assert explorer._measured["settings"]["width"] == explorer.width
    assert explorer._measured["layers"] == explorer.n_layers + 1
    assert explorer.status == "ready"
    assert len(measured) < 60  # most of them nobody wanted any more
    assert measured[-1] == explorer.width


def test_what_is_looked_at_needs_no_measurement(make):
    explorer = make()
    explorer.wait(PATIENCE)
    before = explorer._measured
    explorer.initialiser, explorer.layer, explorer.epochs = "zeros", 2, 7
    assert explorer._measured is before
    assert explorer._bench._thread is None


def test_a_refused_message_takes_nothing_back_that_was_measured(make, sent):
    """Traitlets would revert all that changed while a message was read, by whichever thread."""
    explorer = make()
    explorer.wait(PATIENCE)
    free = []

    def look():
        free.append(explorer._guard.acquire(blocking=False))

    with pytest.raises(traitlets.TraitError), explorer.hold_trait_notifications():  # noqa: PT012
        thread = threading.Thread(target=look)  # as that which publishes: it would have to wait
        thread.start()
        thread.join()
        explorer.width = 9
        explorer.activation = "nothing of the kind"
    assert free == [False]
    assert explorer.width == 6


# -- training ---------------------------------------------------------------------------------------------------------


def test_training_is_paused_goes_on_and_begins_anew(make):
    explorer = make(**LARGER, epochs=1000)
    explorer.wait(PATIENCE)
    tell(explorer, "train")
    assert (explorer.status, explorer._training["status"], explorer._training["epochs"]) == ("running", "running", 1000)
    until(explorer, "epoch", lambda epoch: epoch > 0)
    tell(explorer, "pause")
    explorer.wait(PATIENCE)
    first = explorer.epoch
    assert (explorer.status, explorer._training["status"]) == ("paused", "paused")
    assert explorer._training["epochs"] == 1000
    assert 0 < first < 1000
    losses = read(explorer._training, "losses", 6, first + 1)
    tell(explorer, "train")
    until(explorer, "epoch", lambda epoch: epoch > first)
    assert explorer._training["epochs"] == 1000
    explorer.pause()
    explorer.wait(PATIENCE)
    np.testing.assert_array_equal(read(explorer._training, "losses", 6, explorer.epoch + 1)[:, : first + 1], losses)
    tell(explorer, "reset_training")
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer.epoch, explorer._training["verdicts"]) == ("ready", 0, ["untrained"] * 6)
    assert read(explorer._training, "losses", 6, 1).shape == (6, 1)
    np.testing.assert_array_equal(read(explorer._training, "losses", 6, 1), losses[:, :1])


def test_what_is_shown_of_a_training_is_what_the_engine_did(make):
    explorer = make(n_layers=4, width=16, learning_rate=0.2)
    explorer.train(60)
    explorer.wait(PATIENCE)
    runs = engine.SchemeRuns({**explorer._measured["settings"], **explorer._bench._wanted})
    runs.measure()
    runs.train(60)
    trait = explorer._training
    for name, expected in zip(("losses", "accuracies"), runs.curves, strict=True):
        np.testing.assert_array_equal(read(trait, name, 6, 61), expected)
    np.testing.assert_array_equal(read(trait, "maps", 6, trait["size"], trait["size"], kind="u1"), runs.maps())
    for index, name in enumerate(NAMES):
        for mine, other in zip(explorer.model(name).parameters(), runs.model(index).parameters(), strict=True):
            assert torch.equal(mine, other)
    assert trait["verdicts"][NAMES.index("zeros")] == "stuck"
    assert trait["verdicts"][NAMES.index("he")] == "learns"
    assert "%" in trait["texts"][NAMES.index("he")]


def test_signals_of_now_and_of_the_start(make):
    explorer = make()
    start = explorer.measure()
    explorer.moment = "now"
    assert explorer._measured["epoch"] == 0
    explorer.train(5)
    explorer.wait(PATIENCE)
    assert explorer._measured["epoch"] == 5
    np.testing.assert_array_equal(read(explorer._measured, "variances", 6, 4, 4), explorer.measure().variances)
    np.testing.assert_array_equal(read(explorer._measured, "predicted", 6, 4, 4), start.predicted)
    assert not np.array_equal(explorer.measure("now").variances, start.variances)
    explorer.moment = "start"
    np.testing.assert_array_equal(read(explorer._measured, "variances", 6, 4, 4), start.variances)
    np.testing.assert_array_equal(explorer.measure().variances, start.variances)
    explorer.moment = "now"
    explorer.reset_training()
    explorer.wait(PATIENCE)
    assert explorer._measured["epoch"] == 0


def test_signals_follow_a_training(make):
    explorer = make(**LARGER, moment="now")
    explorer.wait(PATIENCE)
    explorer.train(1000)
    until(explorer, "_measured", lambda measured: measured["epoch"] > 0)
    assert explorer.status == "running"


def test_another_rate_begins_a_training_anew_and_measures_nothing(make):
    explorer = make(**LARGER)
    explorer.wait(PATIENCE)
    before = explorer._measured["version"]
    explorer.train(1000)
    until(explorer, "epoch", lambda epoch: epoch > 0)
    explorer.learning_rate = 0.2
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer.epoch) == ("ready", 0)
    assert explorer._measured["version"] == before
    explorer.train(1)
    explorer.wait(PATIENCE)
    assert {run.learning_rate for run in explorer._bench._runs._ensemble.settings} == {0.2}


def test_another_network_ends_a_training(make):
    explorer = make(**LARGER)
    explorer.train(1000)
    until(explorer, "epoch", lambda epoch: epoch > 0)
    explorer.width = 5
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer.epoch, explorer._measured["width"]) == ("ready", 0, 5)


def test_a_run_that_diverges_is_said_to(make):
    explorer = make(n_layers=6, width=16, large=50.0, learning_rate=1.0)
    explorer.train(3)
    explorer.wait(PATIENCE)
    at = NAMES.index("large")
    assert explorer._training["diverged"][at]
    assert explorer._training["texts"][at].startswith("diverged in epoch")
    assert not explorer._training["diverged"][0]


def test_there_is_an_end_to_epochs(make, sent):
    explorer = make(epochs=1000)
    explorer.wait(PATIENCE)
    with pytest.raises(ValueError, match="at most"):
        explorer.train(2001)
    with pytest.raises(TypeError):
        explorer.train(True)
    explorer.train(1200)
    with pytest.raises(ValueError, match="at most 2000"):
        explorer.train(1000)
    explorer.wait(PATIENCE)
    tell(explorer, "train")
    assert "at most 2000" in sent[-1]["message"]
    assert explorer.status == "done"


# -- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [*NO_KIND, "train"], ids=str)
def test_messages_of_no_kind_change_nothing(make, content):
    assert not hears(make(), content)


def test_a_view_cannot_write_what_was_found(make, sent):
    explorer = make()
    explorer.wait(PATIENCE)
    before = explorer.get_state()
    explorer.set_state({"_measured": {}, "_training": None, "status": "done", "epoch": 9})
    assert explorer.get_state() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_layers", 1),
        ("n_layers", 51),
        ("width", 257),
        ("n_samples", 201),
        ("small", 0.0),
        ("large", 1e9),
        ("constant", -1.0),
        ("learning_rate", 0.0),
        ("activation", "step"),
        ("dataset", "hills"),
        ("optimizer", "lbfgs"),
        ("moment", "later"),
        ("distribution", "cauchy"),
        ("layer", 0),
        ("seed", -1),
    ],
)
def test_values_out_of_range_are_refused(make, name, value):
    explorer = make()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(explorer, name, value)


@contextmanager
def measurement_that_fails(explorer, monkeypatch):
    def fail(*_, **__):
        raise MemoryError("no room for it")

    explorer.wait(PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "measure", fail)
        explorer.width = 7
        with pytest.raises(MemoryError, match="no room"):
            explorer.wait(PATIENCE)
        yield


def test_what_fails_is_said_and_the_next_setting_is_measured(make, sent, monkeypatch):
    explorer = make()
    with measurement_that_fails(explorer, monkeypatch):
        with pytest.raises(MemoryError, match="no room"):
            explorer.measure()
        assert explorer.status == "error"
        assert "no room" in sent[-1]["message"]
    explorer.width = 8
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer._measured["width"]) == ("ready", 8)


@pytest.mark.parametrize("verb", ["train", "reset_training"])
def test_what_is_asked_for_after_a_measurement_that_failed_measures_again(make, monkeypatch, verb):
    explorer = make()
    with measurement_that_fails(explorer, monkeypatch):
        getattr(explorer, verb)()
        with pytest.raises(MemoryError, match="no room"):
            explorer.wait(PATIENCE)
    explorer.epochs = 2
    getattr(explorer, verb)()
    explorer.wait(PATIENCE)
    assert explorer._measured["width"] == 7
    assert (explorer.status, explorer.epoch) == (("done", 2) if verb == "train" else ("ready", 0))


def test_a_training_that_fails_is_said_to(make, sent, monkeypatch):
    explorer = make()
    explorer.wait(PATIENCE)

    def fail(*_):
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(engine.SchemeRuns, "train", fail)
        explorer.train(3)
        with pytest.raises(RuntimeError, match="out of luck"):
            explorer.wait(PATIENCE)
    assert (explorer.status, explorer._training["status"]) == ("error", "error")
    assert "out of luck" in explorer._training["message"]
    explorer.train(2)
    explorer.wait(PATIENCE)
    assert (explorer.status, explorer.epoch, explorer._training["message"]) == ("done", 2, "")


def test_closing_ends_the_thread_and_leaves_what_was_found(make):
    explorer = make(**LARGER)
    explorer.train(1000)
    until(explorer, "epoch", lambda epoch: epoch > 0)
    thread = explorer._bench._thread
    explorer.close()
    assert not thread.is_alive()
    assert explorer.status == "closed"
    assert explorer.measure("start").variances.shape == (6, 4, 11)
    assert len(explorer.model("he")) == 21
    with pytest.raises(RuntimeError, match="closed"):
        explorer.train(1)
    explorer.close()


def test_closing_at_once_ends_the_thread_too():
    explorer = InitializationExplorer(**LARGER)
    thread = explorer._bench._thread
    explorer.close()
    assert thread is not None
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_waiting_that_would_never_end_is_refused(make):
    explorer = make()
    said = []
    with explorer.hold_trait_notifications(), pytest.raises(RuntimeError, match="never end"):
        explorer.wait()

    def look(_):
        try:
            explorer.wait()
        except RuntimeError as error:
            said.append(str(error))
        said.append(explorer.measure().variances.shape)

    explorer.observe(look, "epoch")
    explorer.train(1)
    explorer.wait(PATIENCE)
    assert said == ["wait() in a callback of the training would wait for itself", (6, 4, 4)]


def test_waiting_has_an_end(make):
    explorer = make(**LARGER)
    explorer.train(1000)
    with pytest.raises(TimeoutError, match="something to do"):
        explorer.wait(0.01)


def test_a_network_is_a_copy(make):
    explorer = make()
    with torch.no_grad():
        explorer.model("he")[0].weight.zero_()
    assert explorer.model("he")[0].weight.any()
    with pytest.raises(ValueError, match="initialiser must be one of"):
        explorer.model("lecun")


def test_reset_goes_back_to_the_first_settings(make):
    explorer = make(width=9)
    explorer.width, explorer.activation = 12, "gelu"
    explorer.reset()
    explorer.wait(PATIENCE)
    assert (explorer.width, explorer.activation, explorer._measured["width"]) == (9, "relu", 9)


@pytest.mark.parametrize("scheme", NAMES)
def test_a_figure_has_the_lines_of_all_schemes(make, scheme):
    explorer = make(n_layers=50, width=64, n_samples=20, initialiser=scheme)
    figure = explorer.figure()
    lines = {line.get_label(): line for line in figure.axes[-1].lines}
    found = explorer.measure().variances
    for index, name in enumerate(NAMES):
        values = found[index, 2, :-1]
        shown = np.where((values > 1e-290) & np.isfinite(values), values, np.nan)
        np.testing.assert_array_equal(lines[SCHEMES[name].label].get_ydata(), shown)
    figure.canvas.draw()
