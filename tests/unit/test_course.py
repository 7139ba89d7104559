"""The course's `check`: how it reads answers and tells what it finds; and what it says to those of its first parts."""

from __future__ import annotations

import ast
import math
import re
import sys
import types
from html import unescape
from itertools import chain, pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nnwidgets import check
from nnwidgets.course import Verdict
from nnwidgets.course._answers import called, holds_dots, number, numbers, shown
from nnwidgets.course._exercises import EXERCISES, Exercise, Mistake, Unanswered, exercise

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))
IMAGE = "<img src=x onerror=alert(1)>"

with pytest.raises(ValueError, match="there is no exercise"):
    check("0.0")  # and now all of them are known


@pytest.fixture
def shell():
    """A shell such as a notebook's kernel has, and what it is told to show."""
    config = Config({"HistoryManager": {"enabled": False}})
    made = InteractiveShell.instance(config=config)
    made.display_pub = CapturingDisplayPublisher(parent=made)
    made.run_cell("from nnwidgets import check", store_history=True)
    yield made
    InteractiveShell.clear_instance()


@pytest.fixture
def one(monkeypatch):
    """An exercise "9.9" with the judge that a test gives it."""

    def enter(judge):
        names = tuple(judge.__code__.co_varnames[: judge.__code__.co_argcount])
        monkeypatch.setitem(EXERCISES, "9.9", Exercise(names, judge))

    return enter


def texts(shell):
    return [output["data"]["text/plain"] for output in shell.display_pub.outputs]


# -- how it is shown ------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ['check("3.1", 9)', 'check("3.1", 9)\n1 + 1', 'if True:\n    check("3.1", 9)'])
def test_a_verdict_is_shown_once_wherever_in_its_cell_the_check_stands(shell, cell, capsys):
    shell.run_cell(cell, store_history=True)
    (text,) = texts(shell)
    assert text.startswith("3.1 Right: ")
    assert "3.1" not in capsys.readouterr().out


def test_two_checks_in_a_cell_are_both_shown(shell):
    shell.run_cell('check("3.1", 9)\ncheck("3.1", 6)', store_history=True)
    assert [text[:8] for text in texts(shell)] == ["3.1 Righ", "3.1 Not "]


def test_a_verdict_that_was_kept_is_shown_again_by_a_later_cell(shell):
    shell.run_cell('verdict = check("3.1", 9)', store_history=True)
    shell.run_cell("verdict", store_history=True)
    first, second = texts(shell)
    assert first == second


def test_outside_of_a_notebook_a_verdict_is_returned_and_nothing_is_printed(capsys):
    verdict = check("3.1", 9)
    assert capsys.readouterr().out == ""
    assert (verdict.right, bool(verdict), repr(verdict)[:10]) == (True, True, "3.1 Right:")


@pytest.mark.parametrize(
    ("outcome", "right", "words"),
    [("right", True, "Right:"), ("wrong", False, "Not yet:"), ("open", None, "Not answered yet:"),
     ("unjudged", None, "Could not be judged:")],
)  # fmt: skip
def test_an_outcome_is_told_by_a_mark_that_is_not_read_out_and_by_words(outcome, right, words):
    verdict = Verdict("1.1", outcome, "because.")
    html = verdict._repr_html_()
    assert verdict.right is right
    assert bool(verdict) is (right is True)
    assert re.fullmatch(
        rf'<div role="status" style="[^"]+"><b><span aria-hidden="true">[✓✗…?]</span> 1\.1 {words}</b> because\.</div>',
        html,
    )
    assert re.sub("<[^>]+>", "", html)[2:] == repr(verdict)


@pytest.mark.parametrize(
    ("given", "shown"),
    [("it is -4.08, and not [-1, -0.5].", "it is −4.08, and not [−1, −0.5]."), ("f(-2, (1, -1)) gives -0.9",
     "f(-2, (1, -1)) gives −0.9"), ("-0.0000 or -0, but -.5", "0.0000 or 0, but −.5"), ("a 2-2-1, 1e-07",
     "a 2-2-1, 1e-07"), ("XOR's is -1, `x[-1]` and '-3' are typed", "XOR's is −1, `x[-1]` and '-3' are typed")],
)  # fmt: skip
def test_numbers_are_written_as_on_screen_and_what_can_be_typed_as_it_is_typed(given, shown):
    assert Verdict("1.1", "wrong", given).text == shown


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(
        share * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for share, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
    )


@pytest.mark.parametrize("outcome", ["right", "wrong", "open", "unjudged"])
@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_the_colour_of_a_verdict_stands_out_on_light_and_dark_pages(outcome, page):
    colour = re.search("#[0-9a-f]{6}", Verdict("1.1", outcome, "")._repr_html_())[0]
    dark, light = sorted((luminance(colour), luminance(page)))
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_what_a_student_gave_is_text_and_never_markup():
    verdict = check("3.1", IMAGE)
    assert IMAGE in repr(verdict)
    assert "<img" not in verdict._repr_html_()
    assert IMAGE in unescape(verdict._repr_html_())
    hidden = check("3.1", f"`{IMAGE}`")._repr_html_()
    assert "<img" not in hidden
    assert "<code>&lt;img" in hidden


# -- what is no answer ----------------------------------------------------------------------------


def test_an_exercise_that_there_is_not_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r'no exercise \'2.33\'; did you mean "2.3"\? There are 1.1, 1.2'):
        check("2.33", 1)
    with pytest.raises(ValueError, match=r"no exercise 77"):
        check(77, 1)


def test_a_number_of_answers_that_does_not_fit_is_told_with_their_names():
    with pytest.raises(TypeError, match=r'2\.2 takes 2 answers, check\("2\.2", or_gate, not_gate\); got 1'):
        check("2.2", [1, 1, 0.5])
    with pytest.raises(TypeError, match=r"1\.1 takes 1 answer, "):
        check("1.1")


@pytest.mark.parametrize("answer", [..., [1, ...], (1, [2, ...]), {"a": ...}])
def test_dots_are_no_answer_wherever_they_are(answer, one):
    one(lambda answer: "never asked")
    assert holds_dots(answer)
    verdict = check("9.9", answer)
    assert (verdict.right, verdict.text[:15]) == (None, "put your answer")


def test_dots_that_a_function_returns_are_no_answer_either(one):
    one(lambda function: str(called(function, 1)))
    assert check("9.9", lambda x: ...).right is None
    assert check("9.9", lambda x: [x, ...]).right is None


def test_what_a_judge_says_is_unanswered_is_shown_as_that(one):
    def judge(answer):
        raise Unanswered("train it first.")

    one(judge)
    assert repr(check("9.9", 1)) == "9.9 Not answered yet: train it first."


def test_a_judge_that_fails_is_told_in_a_sentence_and_raises_nothing(one):
    one(lambda answer: 1 / answer)
    verdict = check("9.9", 0)
    assert verdict.right is None
    assert repr(verdict).startswith(
        "9.9 Could not be judged: looking at it raised ZeroDivisionError: division by zero."
    )


def test_there_cannot_be_two_exercises_of_one_number():
    with pytest.raises(AssertionError, match="two exercises"):
        exercise("3.1")(lambda answer: "")


class Stubborn:
    def __repr__(self):
        raise RuntimeError("I have no words")

    def __len__(self):
        raise RuntimeError("nor a length")


NONSENSE = {
    "None": None, "text": "nine", "empty": "", "list": [], "nan": math.nan, "infinite": math.inf, "object": object(),
    "stubborn": Stubborn(), "true": True, "type": int, "builtin": print, "array": np.zeros((3, 0)), "dict": {1: 2},
    "complex": 1j, "module": torch.nn.Linear(2, 1), "huge": 10**400, "tensor of text": np.array(["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("name", list(EXERCISES))
def test_nonsense_is_never_right_and_gets_a_sentence(name, answer):
    verdict = check(name, *[answer] * len(EXERCISES[name].answers))
    assert not verdict
    assert verdict.outcome in {"wrong", "open"}, verdict
    assert "\n" not in verdict.text
    assert len(verdict.text) < 500


# -- reading answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0), np.array([2]), torch.tensor(2),
               torch.tensor([2.0], requires_grad=True)],
)  # fmt: skip
def test_a_number_may_be_anybodys(answer):
    assert number(answer) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [(None, r"you gave None: is a `return` missing"), ("9", r"you gave '9', which is text: leave out the quotation"),
     ([9], r"you gave \[9\], which is a list"), (len, r"you gave the function len: call it"),
     (True, r"you gave True, which says whether"), (math.nan, "is nan"), (-math.inf, "is -inf"),
     (torch.zeros(3), r"you gave tensor\(\[0., 0., 0.\]\), which is a Tensor"), (2j, "you gave 2j, which is a complex"),
     (10**400, "more digits")],
)  # fmt: skip
def test_what_is_no_number_is_told_with_what_was_given(answer, said):
    with pytest.raises(Mistake, match=said):
        number(answer)


@pytest.mark.parametrize(
    "answer", [[1, 2], (1.0, 2), np.array([1, 2]), torch.tensor([1.0, 2.0], requires_grad=True), [[1, 2]],
               [torch.tensor(1.0), np.float64(2)], np.array([[1], [2]])],
)  # fmt: skip
def test_numbers_may_come_in_any_kind_of_list(answer):
    assert numbers(answer, 2).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [([1, 2, 3], r"should be 2 numbers; you gave \[1, 2, 3\], which are 3"), (5, "you gave 5: write them as a list"),
     (None, "you gave None"), (["a", "b"], "you gave"), ([[1, 2], [3]], "you gave"), ([[1, 2], [3, 4]], "2 × 2"),
     ([1, math.nan], r"a number of \[1, nan\] is nan"), (max, "the function max: call it")],
)  # fmt: skip
def test_what_are_no_such_numbers_is_told_with_what_was_given(answer, said):
    with pytest.raises(Mistake, match=said):
        numbers(answer, 2)


def test_a_matrix_is_read_as_its_shape_wants():
    assert numbers([[1, 2], [3, 4]], (2, 2)).shape == (2, 2)
    with pytest.raises(Mistake, match="numbers in 2 × 2; you gave"):
        numbers([1, 2, 3, 4], (2, 2))


def test_what_a_students_function_raises_is_told_with_its_arguments():
    def half(x):
        return x["half"]

    with pytest.raises(Mistake, match=r"half\(3\) raised TypeError: 'int' object is not subscriptable"):
        called(half, 3)
    with pytest.raises(Mistake, match=r"half\(\[1, 2\]\) raised TypeError"):
        called(half, [1, 2])


@pytest.mark.parametrize(
    ("function", "said"), [(3, "you gave 3"), (int, "the class int"), (None, "you gave None"),
                           (lambda x: None, r"your function\(1\) gives None: is a `return` missing")],
)  # fmt: skip
def test_what_is_no_function_or_gives_nothing_is_told(function, said):
    with pytest.raises(Mistake, match=said):
        called(function, 1)


def test_a_value_in_a_sentence_is_on_one_line_and_not_long():
    assert "\n" not in shown(torch.zeros(40, 40))
    assert len(shown("x" * 1000)) == 80
    assert shown(1 / 3) == "0.333333"
    assert shown(Stubborn()) == "a Stubborn"


# -- the notebooks --------------------------------------------------------------------------------


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def checked(path):
    sources = [cell.source for cell in cells(path, "code")]
    return [name for source in sources for name in re.findall(r'\bcheck\(\s*"([^"]+)"', source)]


def test_each_exercise_of_the_notebooks_is_in_the_table_and_the_other_way_round():
    assert list(chain.from_iterable(map(checked, NOTEBOOKS))) == list(EXERCISES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_exercise_of_a_notebook_has_its_heading_before_it(path):
    heading = re.compile(r"^### Exercise (\S+): \S", re.MULTILINE)
    headings = [found for cell in cells(path, "markdown") for found in heading.findall(cell.source)]
    assert headings == checked(path)
    assert [name.split(".")[0] for name in headings] == [str(int(path.stem[:2]))] * len(headings)
    assert [int(name.split(".")[1]) for name in headings] == list(range(1, len(headings) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_check_gets_as_many_answers_in_a_notebook_as_the_exercise_takes(path):
    sources = [cell.source for cell in cells(path, "code") if "check(" in cell.source]
    calls = [node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    asked = [call.args for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]
    assert asked
    for name, *answers in asked:
        assert len(answers) == len(EXERCISES[name.value].answers)


def test_all_notebooks_have_the_same_frame():
    first = [cells(path, "code")[0].source for path in NOTEBOOKS]
    assert len(set(first)) == 1
    assert "google.colab" in first[0]
    for number_, path in enumerate(NOTEBOOKS, 1):
        texts = [cell.source for cell in cells(path, "markdown")]
        assert texts[0].startswith(f"# {number_} · ")
        assert "**After this page you can** " in texts[0]
        assert "## What you can do now" in texts[-1]
        sections = [int(found) for text in texts for found in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)]
        assert sections == list(range(1, len(sections) + 1))


@pytest.mark.parametrize("is_colab", [False, True])
def test_the_first_cell_installs_in_colab_and_nowhere_else(shell, is_colab, monkeypatch, capsys):
    done = []
    shell.register_magic_function(lambda line: done.append(f"pip {line}"), magic_name="pip")
    if is_colab:
        colab = types.ModuleType("google.colab")
        colab.output = types.SimpleNamespace(enable_custom_widget_manager=lambda: done.append("widgets"))
        monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
        monkeypatch.setitem(sys.modules, "google.colab", colab)
    assert shell.run_cell(cells(NOTEBOOKS[0], "code")[0].source).success
    assert done == (["pip install --quiet nnwidgets", "widgets"] if is_colab else [])
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert printed == ["Python", "numpy", "scikit-learn", "torch", "nnwidgets"]


def test_each_notebook_leads_to_the_next():
    for path, following in pairwise(NOTEBOOKS):
        last = cells(path, "markdown")[-1].source
        title = cells(following, "markdown")[0].source.splitlines()[0].split(" · ")[1]
        assert last.endswith(f"Next: [{title}]({following.name})")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_a_notebook_to_others_lead_somewhere(path):
    links = [found for cell in cells(path, "markdown") for found in re.findall(r"\]\(([^)#:]+\.ipynb)\)", cell.source)]
    assert all((FOLDER / link).is_file() for link in links)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_nobody_has_run_it_and_its_cells_have_names(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells] == [f"{path.stem[3:]}-{n:02}" for n in range(len(notebook.cells))]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if "outputs" in cell)
