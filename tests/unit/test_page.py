"""Pages that stand on their own, as text: what is in them, what is not, and that words stay words."""

import base64
import hashlib
import json
import math
import re
from html.parser import HTMLParser

import anywidget
import ipywidgets
import numpy as np
import pytest
import torch

import nnwidgets
from nnwidgets._front_end import STATIC, front_end
from nnwidgets.export import _page_models
from nnwidgets.export import page as page_module
from nnwidgets.export._page_state import pack
from nnwidgets.export.page import Page, placeholder
from nnwidgets.training.schemes import SchemeRuns
from nnwidgets.training.threads import in_threads
from nnwidgets.widgets import _page_answers

EXPLORERS = [name for name in nnwidgets.__all__ if name.endswith("Explorer")] + ["NetworkAnatomy"]
HOSTILE = "</script><script>window.hacked=1</script><!--<img src=x onerror=alert(1)>\u2028\ud800]]>&lt;"


class Read(HTMLParser):
    """The elements of a page, with what is in scripts and styles, and all text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.raw, self.text, self._open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data):
        tag, attributes = self._open[-1] if self._open else ("", {})
        (self.raw if tag in ("script", "style") else self.text).append((tag, attributes, data))

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def scripts(self):
        return [data for tag, attributes, data in self.raw if tag == "script" and attributes["type"] == "module"]

    @property
    def data(self):
        (found,) = [data for tag, attributes, data in self.raw if attributes.get("type") == "application/json"]
        return json.loads(found)


def widget_of(text):
    (found,) = Read(text).data["widgets"].values()
    return found


@pytest.fixture
def hurried(monkeypatch):
    """What takes PyTorch longest is left out."""
    monkeypatch.setattr(nnwidgets.InitializationExplorer, "_page_answers", lambda _: [])


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", EXPLORERS)
def test_a_page_of_an_explorer_has_its_settings_and_nothing_else_of_it(name):
    explorer = getattr(nnwidgets, name)()
    widget = widget_of(explorer.to_html())
    assert (widget["kind"], widget["name"]) == ("widget", name)
    assert widget["state"]["traits"].keys() >= {"_about", *explorer._about["settings"]}
    assert not {"_esm", "_css", "layout", "_model_name", "_view_name"} & widget["state"]["traits"].keys()
    explorer.close()


def test_a_page_asks_for_nothing_and_runs_our_scripts_alone():
    read = Read(nnwidgets.NeuronExplorer().to_html())
    assert not [each for tag in ("link", "img", "iframe", "base", "form") for each in read.of(tag)]
    assert not [
        each for _, attributes in read.elements for each in attributes if each.startswith("on") or each == "src"
    ]
    (policy,) = [each["content"] for each in read.of("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    sums = [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in read.scripts]
    assert policy == (
        f"default-src 'none'; script-src {' '.join(sums)}; "
        "style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
    )
    assert len(sums) == 2


def test_bundles_and_styles_are_there_once_whatever_the_number_of_widgets():
    one, other = nnwidgets.NeuronExplorer(), nnwidgets.NeuronExplorer(gate="AND")
    states = ipywidgets.Widget.get_manager_state(widgets=[one, other])["state"]
    text = Page("two").html(placeholder(one.model_id) + placeholder(other.model_id), states)
    single = Page("one").html(placeholder(one.model_id), states)
    assert len(text) - len(single) < 5000
    assert len(Read(text).scripts) == 2
    assert len(Read(text).data["widgets"]) == 2


def test_bundles_come_from_the_package_and_export_into_the_page():
    (script, _) = Read(nnwidgets.LossExplorer().to_html()).scripts
    before, _, after = front_end("loss.js").rpartition("export")
    assert script.startswith(before)
    assert (
        script.removeprefix(before) == f'(globalThis[Symbol.for("nnwidgets")]??={{}})["loss"]={after[1:].split()[0]};'
    )


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_every_bundle_can_stand_in_a_page(path):
    if path.stem != "page":
        script = page_module._registered(path.stem)
        assert "export{" not in script
    assert not re.search(r"</script|<!--", page_module._harmless(front_end(path.name)), re.IGNORECASE)


def test_a_bundle_without_its_one_export_is_refused(monkeypatch):
    monkeypatch.setattr(page_module, "front_end", lambda _: "export const x = 1;")
    with pytest.raises(RuntimeError, match="build the front end again"):
        page_module._registered("loss")


def test_a_script_does_not_end_before_its_end():
    script = 'a="</script>";b="</SCRIPT ";c=`<!-- -->`;d=/<\\/script/;'
    assert page_module._harmless(script) == r'a="\x3c/script>";b="\x3c/SCRIPT ";c=`\x3c!-- -->`;d=/<\/script/;'


def test_words_of_others_stay_words():
    x = np.zeros((4, 2), dtype=np.float32)
    data = nnwidgets.Dataset(
        "own", x, np.array([0, 1, 0, 1]), x[:0], np.zeros(0, int), class_names=(HOSTILE[:50], "b"),
        feature_names=("<b>", "x2"),
    )  # fmt: skip
    trainer = nnwidgets.PlanarTrainer(data, lesson=HOSTILE)
    text = trainer.to_html(title=HOSTILE)
    read = Read(text)
    assert read.data["widgets"]["widget"]["state"]["traits"]["lesson"] == HOSTILE
    assert len(read.of("script")) == 3
    assert {tag for tag, _ in read.elements} == {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "main", "noscript", "p", "div", "footer",
        "script",
    }  # fmt: skip
    said = HOSTILE.replace("\ud800", "?")
    assert [data for tag, _, data in read.text if tag in ("title", "h1")] == [said, said]
    text.encode("utf-8")
    trainer.close()


def test_data_have_no_letter_that_html_or_javascript_would_take_for_its_own():
    explorer = nnwidgets.NetworkAnatomy(torch.nn.Sequential(), input=torch.zeros(1, 2))
    text = Page("x").html(
        placeholder("a"), {"a": {"state": {"_esm": front_end("neuron.js"), "text": f"{HOSTILE} & \u2029"}}}
    )
    block = re.search(r'<script type="application/json" id="nnw-page-data">(.*?)</script>', text, re.DOTALL)
    assert not set(block[1]) & set("<>&\u2028\u2029")
    assert block[1].isascii()
    assert json.loads(block[1])["widgets"]["a"]["state"]["traits"]["text"] == f"{HOSTILE} & \u2029"
    explorer.close()


def test_numbers_that_json_does_not_know_and_bytes_are_beside_it():
    state = pack({"a": [1.5, math.nan], "b": {"c": -math.inf, "d": b"xy"}, "n": np.float32(0.5), "i": np.int64(3)})
    assert state["traits"] == {"a": [1.5, None], "b": {"c": None, "d": None}, "n": 0.5, "i": 3}
    assert state["numbers"] == [{"path": ["a", 1], "value": "NaN"}, {"path": ["b", "c"], "value": "-Infinity"}]
    assert state["buffers"] == [{"path": ["b", "d"], "data": base64.b64encode(b"xy").decode()}]
    assert pack({}, [{"path": ["x"], "encoding": "hex", "data": "7879"}])["buffers"][0]["data"] == "eHk="
    with pytest.raises(TypeError, match=r"b\.c: a set cannot"):
        pack({"b": {"c": set()}})


def test_only_what_is_shown_is_in_a_page():
    """A notebook's state may hold what nobody meant to show: passwords, pictures, other widgets."""
    shown, hidden = nnwidgets.NeuronExplorer(), nnwidgets.LossExplorer()
    password = ipywidgets.Password(value="secret")
    box = ipywidgets.VBox([shown, password], layout={"border_top": "1px solid", "width": "50%"})
    states = ipywidgets.Widget.get_manager_state(widgets=[shown, hidden, password, box, box.layout])["state"]
    text = Page("x").html(placeholder(box.model_id), states)
    widgets = Read(text).data["widgets"]
    assert widgets.keys() == {box.model_id, shown.model_id, password.model_id}
    assert "secret" not in text
    assert widgets[box.model_id]["children"] == [shown.model_id, password.model_id]
    assert widgets[box.model_id]["layout"] == {"border-top": "1px solid", "width": "50%"}
    assert widgets[password.model_id]["text"] == "Password: it needs a kernel, which a page does not have."


def test_links_between_what_is_shown_are_kept():
    one, other, slider = nnwidgets.NeuronExplorer(), nnwidgets.NeuronExplorer(), ipywidgets.FloatSlider()
    links = [
        ipywidgets.jslink((one, "bias"), (other, "bias")),
        ipywidgets.jsdlink((one, "gate"), (other, "gate")),
        ipywidgets.jslink((one, "bias"), (slider, "value")),
    ]
    states = ipywidgets.Widget.get_manager_state(widgets=[one, other, slider, *links])["state"]
    data = Read(Page("x").html(placeholder(one.model_id) + placeholder(other.model_id), states)).data
    assert data["links"] == [
        {"source": [one.model_id, "bias"], "target": [other.model_id, "bias"], "both": True},
        {"source": [one.model_id, "gate"], "target": [other.model_id, "gate"], "both": False},
    ]


def test_a_state_of_another_version_is_refused_in_words():
    explorer = nnwidgets.NeuronExplorer()
    states = ipywidgets.Widget.get_manager_state(widgets=[explorer])["state"]
    states[explorer.model_id]["state"]["_esm"] += " "
    with pytest.raises(ValueError, match="this NeuronExplorer was saved by another version of nnwidgets: run the note"):
        Page("x").html(placeholder(explorer.model_id), states)


def test_a_widget_of_others_and_one_that_was_not_saved_are_said():
    class Other(anywidget.AnyWidget):
        _esm = "export default { render() {} }"

    other = Other()
    states = ipywidgets.Widget.get_manager_state(widgets=[other])["state"]
    data = Read(Page("x").html(placeholder(other.model_id) + placeholder("gone"), states)).data["widgets"]
    assert data[other.model_id] == {"kind": "other", "text": "Other: it needs a kernel, which a page does not have."}
    assert "was not saved with the notebook" in data["gone"]["text"]


def test_a_subclass_of_the_readers_own_is_shown_by_our_bundle():
    class Mine(nnwidgets.NeuronExplorer):
        pass

    widget = widget_of(Mine(gate="OR").to_html())
    assert (widget["module"], widget["name"], widget["state"]["traits"]["gate"]) == ("neuron", "Mine", "OR")


def test_what_a_page_cannot_do_is_said_under_it():
    def footer(widget):
        return " ".join(data for tag, _, data in Read(widget.to_html()).text if tag == "p")

    assert "no Python." in footer(nnwidgets.LossExplorer())
    assert "PyTorch" not in footer(nnwidgets.LossExplorer())
    assert "What PyTorch computes is shown as it was saved" in footer(nnwidgets.BackpropExplorer())


def test_whether_a_run_is_replayed_or_none_was_recorded_is_said_under_it():
    def footer(page):
        return " ".join(data for tag, _, data in Read(page).text if tag == "p")

    untrained, trained = nnwidgets.PerceptronTrainer(), nnwidgets.PerceptronTrainer()
    trained.train(epochs=2)
    trained.wait()
    assert "replayed" not in footer(untrained.to_html())
    assert "no run was recorded stands still" in footer(untrained.to_html())
    assert "A training is replayed" in footer(trained.to_html())
    assert "stands still" not in footer(trained.to_html())
    trained._record = lambda: trained._recorded[:-9]
    assert "replayed" not in footer(trained.to_html())
    states = ipywidgets.Widget.get_manager_state(widgets=[untrained])["state"]
    states[untrained.model_id]["buffers"] = [{"path": ["_recorded"], "encoding": "base64", "data": "no base64"}]
    assert "replayed" not in footer(Page("x").html(placeholder(untrained.model_id), states))


def test_what_pytorch_finds_for_other_settings_is_computed_by_one_thread(monkeypatch):
    threads = []
    measure = SchemeRuns.measure
    monkeypatch.setattr(SchemeRuns, "measure", lambda runs: threads.append(torch.get_num_threads()) or measure(runs))
    explorer = nnwidgets.InitializationExplorer()
    with in_threads(2):
        threads.clear()
        explorer._page_answers()
        assert set(threads) == {1}
        assert torch.get_num_threads() == 2


def test_the_file_is_the_text(tmp_path):
    path = tmp_path / "ä page.html"
    text = nnwidgets.HebbExplorer().to_html(path)
    assert path.read_bytes() == text.encode("utf-8")


def test_a_folder_that_is_not_there_is_said_before_anything_is_done(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*gone': make it first, or give another path"):
        nnwidgets.HebbExplorer().to_html(tmp_path / "gone" / "page.html")
    with pytest.raises(OSError, match="directory"):
        nnwidgets.HebbExplorer().to_html(tmp_path)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", EXPLORERS)
def test_a_widget_that_was_closed_still_makes_a_page(name):
    explorer = getattr(nnwidgets, name)()
    if explorer._NEEDS_KERNEL:
        explorer.wait()
    explorer.close()
    assert widget_of(explorer.to_html())["name"] == name


# -- what comes along of PyTorch --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "settings", "shown"),
    [
        (nnwidgets.BackpropExplorer, {}, ("_pass",)),
        (nnwidgets.InitializationExplorer, {"n_layers": 3, "width": 8, "n_samples": 30}, ("_measured", "_training")),
    ],
)
def test_presets_bring_what_the_widget_shows_of_them(monkeypatch, cls, settings, shown):
    small = {name: preset for name, preset in cls.PRESETS.items() if preset.get("n_layers", 0) <= 5}
    monkeypatch.setattr(cls, "PRESETS", small)
    answers = widget_of(cls(**settings).to_html())["answers"]
    for preset, changes in small.items():
        live = cls.preset(preset, **{name: value for name, value in settings.items() if name not in changes})
        live.wait()
        now = json.loads(json.dumps(live._settings()))
        (found,) = [
            each["found"] for each in answers if all(now[name] == value for name, value in each["settings"].items())
        ]
        truth = pack({trait: getattr(live, trait) for trait in shown})
        for trait in shown:
            assert {**found["traits"][trait], "version": 0} == {**truth["traits"][trait], "version": 0}
        assert [each for each in found["buffers"] if each["path"][0] in shown] == truth["buffers"]
        live.close()


def test_layers_open_as_python_opens_them():
    anatomy = nnwidgets.NetworkAnatomy(network="convolutional")
    answers = {each["settings"]["selected"]: each for each in widget_of(anatomy.to_html())["answers"]}
    assert answers.keys() == {node.key for node in anatomy.graph.nodes}
    layer = anatomy.layers[3].key
    anatomy.selected = layer
    anatomy.wait()
    (live,) = [each for each in (getattr(anatomy, f"_opened_{number}") for number in range(12)) if each]
    found, truth = answers[layer]["found"], pack({"_opened_0": live})
    unversioned = {"version": 0, "of": 0}
    assert found["traits"]["_opened_0"] | unversioned == truth["traits"]["_opened_0"] | unversioned
    assert found["buffers"] == truth["buffers"]
    versions = [each["found"]["traits"]["_opened_0"]["version"] for each in answers.values()]
    assert len(set(versions)) == len(versions)
    anatomy.close()


def test_of_many_layers_the_small_ones_come_as_far_as_there_is_room(monkeypatch):
    anatomy = nnwidgets.NetworkAnatomy(network="transformer")
    whole = widget_of(anatomy.to_html())["answers"]
    monkeypatch.setattr(_page_answers, "BUDGET", 200_000)
    some = widget_of(anatomy.to_html())["answers"]
    assert 0 < len(some) < len(whole)
    assert sum(len(json.dumps(each["found"])) for each in some) < 220_000
    assert "head" not in {each["settings"]["selected"] for each in some}
    anatomy.close()


def test_a_model_that_cannot_be_shown_is_a_page_that_says_so():
    def broken(_):
        raise ValueError("no such <thing>")

    model = torch.nn.Linear(2, 2)
    model.register_forward_pre_hook(lambda module, given: broken(given))
    anatomy = nnwidgets.NetworkAnatomy(model, input=torch.zeros(1, 2))
    widget = widget_of(anatomy.to_html())
    assert "no such <thing>" in widget["state"]["traits"]["_trouble"]
    assert widget["answers"] == []
    anatomy.close()


# -- trainers ---------------------------------------------------------------------------------------


def test_a_trainer_brings_the_recording_of_its_run():
    trainer = nnwidgets.PlanarTrainer(n_samples=40)
    trainer.train(epochs=3)
    trainer.wait()
    state = widget_of(trainer.to_html())["state"]
    (recorded,) = [each["data"] for each in state["buffers"] if each["path"] == ["_recorded"]]
    assert base64.b64decode(recorded) == trainer._record()
    assert state["traits"]["epoch"] == 3
    trainer.close()


def test_a_trainer_that_runs_goes_on_while_its_page_is_made():
    trainer = nnwidgets.PlanarTrainer(n_samples=40)
    trainer.train()
    trainer.on_epoch_end(lambda _: None)
    text = trainer.to_html()
    assert trainer.status == "running"
    trainer.pause()
    assert widget_of(text)["name"] == "PlanarTrainer"
    trainer.close()


def test_the_chapters_run_takes_at_most_a_megabyte():
    trainer = nnwidgets.PlanarTrainer()
    trainer.train(epochs=50)
    trainer.wait()
    assert len(trainer.to_html().encode()) < 1_000_000
    trainer.close()


def test_modules_are_known_by_their_texts():
    assert set(_page_models._modules().values()) == {path.stem for path in STATIC.glob("*.js")} - {"page"}
