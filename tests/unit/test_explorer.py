"""What all explorers share: settings that are refused or taken over, reset, repr, scripts; and no torch."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from typing import Any

import pytest
import traitlets

import nnwidgets
from nnwidgets import NeuronExplorer
from nnwidgets.widgets._explorer import Explorer
from nnwidgets.widgets._literals import fill, literal
from tests.unit.scripts import printed

NAMES = [name for name in nnwidgets.__all__ if name.endswith("Explorer") or name == "NetworkAnatomy"]
ALONE = [name for name in NAMES if not getattr(nnwidgets, name)._NEEDS_KERNEL]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    messages: list[Any] = []
    monkeypatch.setattr(Explorer, "send", lambda _, content, buffers=None: messages.append(content))
    return messages


@pytest.fixture(params=NAMES)
def explorer(request: pytest.FixtureRequest) -> Any:
    made = getattr(nnwidgets, request.param)()
    yield made
    made.close()


def test_an_explorer_works_without_torch_and_matplotlib() -> None:
    program = f"""
import sys
import nnwidgets
for name in {ALONE!r}:
    made = getattr(nnwidgets, name)()
    made.to_code(), repr(made), made.get_state()
print(sorted({{"torch", "torchvision", "matplotlib", "sklearn"}} & sys.modules.keys()))
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_setting_of_an_explorer_is_documented_and_travels(explorer: Any) -> None:
    for name in explorer._setting_names():
        assert explorer.traits()[name].metadata.get("sync"), name
    assert inspect.getdoc(type(explorer))
    assert list(type(explorer).__signature__.parameters)


def test_presets_of_an_explorer_are_settings_that_it_takes(explorer: Any) -> None:
    assert type(explorer).PRESETS
    for name in type(explorer).PRESETS:
        made = type(explorer).preset(name)
        for setting, value in type(explorer).PRESETS[name].items():
            assert made._plain(setting) == explorer._plain(setting, value), (name, setting)
        made.close()
    with pytest.raises(ValueError, match="preset must be one of"):
        type(explorer).preset("nothing of the kind")


def test_an_explorer_is_made_again_by_its_repr(explorer: Any) -> None:
    for name in type(explorer).PRESETS:
        made = type(explorer).preset(name)
        call = ast.parse(repr(made), mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        arguments = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
        again = getattr(nnwidgets, call.func.id)(**arguments)
        assert again._settings() == made._settings()
        made.close()
        again.close()


def test_a_script_of_an_explorer_runs(explorer: Any) -> None:
    for name in type(explorer).PRESETS:
        made = type(explorer).preset(name)
        assert printed(made.to_code()).strip()
        made.close()


def test_a_view_changes_settings_and_only_settings(sent: list[Any]) -> None:
    neuron = NeuronExplorer()
    about, layout = dict(neuron._about), neuron.get_state("layout")
    # What is not said anew is no mistake.
    neuron.set_state({"bias": 2, "weights": [1, 0.5], "_about": about, "_esm": neuron._esm} | layout)
    assert (neuron.bias, neuron.weights) == (2.0, (1.0, 0.5))
    assert sent == []
    for name, value in {"_about": {}, "_esm": "evil", "comm": None, "products": 3}.items():
        neuron.set_state({"bias": 2, name: value})
        assert sent.pop() == {"type": "refused", "message": f"{name!r} cannot be set from a view"}
    assert neuron._about == about
    assert neuron._esm != "evil"
    assert sent == []


@pytest.mark.parametrize(
    "state",
    [{"gate": "NOR"}, {"bias": None}, {"bias": "x"}, {"weights": [1]}, {"weights": [1e9, 0]}, {"inputs": {"a": 1}}],
)
def test_a_view_hears_why_a_setting_is_refused(
    sent: list[Any], state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    neuron = NeuronExplorer()
    before = neuron._settings()
    told: list[str] = []
    monkeypatch.setattr(neuron, "send_state", told.extend)
    neuron.set_state(state)
    assert neuron._settings() == before
    (message,) = sent
    assert message["type"] == "refused"
    assert next(iter(state)) in message["message"]
    assert told == list(state)  # it goes back to what is


@pytest.mark.fault("hostile messages")
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("SoftmaxExplorer", {"target": 99, "logits": [10**400, 1]}),
        ("ActivationExplorer", {"layers": 7, "x": 2, "activation": "nothing of the kind"}),
        ("DescentExplorer", {"step": 7, "start": [0, 0], "surface": "nothing of the kind"}),
        ("DescentExplorer", {"step": 7, "start": [10**400, 0]}),
        ("HebbExplorer", {"pattern": 7, "presented": [7], "patterns": ["T", "X"]}),
        ("LossExplorer", {"target": 0, "batch": [[10**400, 1]]}),
        ("NeuronExplorer", {"bias": 0, "weights": [10**400, 1]}),
        ("BackpropExplorer", {"step": 7, "inputs": [[1, 2]], "activation": "nothing of the kind"}),
        ("BackpropExplorer", {"hidden_layers": [3], "weights": [1, 2]}),
        ("BackpropExplorer", {"targets": [[0]], "inputs": [[10**400, 1]]}),
        ("NetworkAnatomy", {"selected": "1", "sample": 2, "pixel": [10**400, 1]}),
    ],
)
def test_what_comes_with_a_refused_setting_is_taken_back(sent: list[Any], name: str, state: dict[str, Any]) -> None:
    explorer = getattr(nnwidgets, name)()
    before = explorer._settings()
    explorer.set_state(state)
    assert explorer._settings() == before
    assert len(sent) == 1
    assert explorer.to_code()
    explorer.close()


def test_a_truth_value_is_no_number_though_it_equals_one(explorer: Any, sent: list[Any]) -> None:
    for setting in [name for name, value in explorer._settings().items() if type(value) is int]:
        explorer.set_state({setting: bool(getattr(explorer, setting))})
        assert type(getattr(explorer, setting)) is int, setting
        assert sent, setting


def test_a_refusal_is_short_whatever_was_sent(explorer: Any, sent: list[Any]) -> None:
    for setting in explorer._setting_names():
        explorer.set_state({setting: {"x": ["long"] * 10_000}})
    assert len(sent) == len(explorer._setting_names())
    assert max(len(message["message"]) for message in sent) < 400


def test_reset_goes_back_to_what_it_was_made_with() -> None:
    neuron = NeuronExplorer(bias=0.5, gate="OR")
    neuron.bias, neuron.gate, neuron.inputs = -1.0, "XOR", (0, 0)
    neuron.reset()
    assert (neuron.bias, neuron.gate, neuron.inputs) == (0.5, "OR", (1.0, 0.0))


def test_settings_can_be_linked() -> None:
    one, other = NeuronExplorer(), NeuronExplorer()
    link = traitlets.link((one, "bias"), (other, "bias"))
    one.bias = -0.25
    assert other.bias == -0.25
    other.bias = 1.0
    assert one.bias == 1.0
    link.unlink()


def test_unknown_settings_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"no argument 'wieghts'; did you mean 'weights'\?"):
        NeuronExplorer(wieghts=(1, 1))
    with pytest.raises(TypeError, match=r"NeuronExplorer\(\) has no argument 'lr'; there are activation"):
        NeuronExplorer(lr=1)
    neuron = NeuronExplorer()
    with pytest.raises(AttributeError, match="did you mean 'bias'"):
        neuron.bais = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e-7, "1e-7"),
        (0.00001234, "1.234e-5"),
        (123456789, "123456789"),
        (1e21, "1e+21"),
        (float("inf"), 'float("inf")'),
        (True, "True"),
        (None, "None"),
        ('say "a"', '"say \\"a\\""'),
        ((1, [0.5, "x"]), '[1, [0.5, "x"]]'),
        ({"momentum": 0.9}, '{"momentum": 0.9}'),
    ],
)
def test_values_are_written_as_python(value: Any, text: str) -> None:
    assert literal(value) == text
    if value != float("inf"):
        assert ast.literal_eval(text) == (list(value) if isinstance(value, tuple) else value)


def test_words_of_a_script_are_chosen_by_settings() -> None:
    words = {"apply": ("activation", {"tanh": "torch.tanh(⟨x⟩)"}), "layer": ("hidden", {"true": "# hidden"})}
    assert fill("⟨layer⟩ y = ⟨apply⟩", words, {"activation": "tanh", "x": 0.5, "hidden": True}) == (
        "# hidden y = torch.tanh(0.5)"
    )
