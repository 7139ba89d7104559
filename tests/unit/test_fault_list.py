"""Every fault of the list has a test, and every test that names a fault names one of the list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import FAULTS

TESTS = Path(__file__).parents[1]


def named_faults(source: str) -> Iterator[object]:
    """The arguments of all `pytest.mark.fault(...)`, None for what is no plain text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
            names = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
            yield names[0] if len(names) == 1 and not node.keywords else None


@pytest.fixture(scope="module")
def marked() -> dict[str, list[object]]:
    """What the test files name."""
    return {path.name: list(named_faults(path.read_text(encoding="utf-8"))) for path in TESTS.rglob("test_*.py")}


def test_each_fault_has_a_test(marked: dict[str, list[object]]) -> None:
    assert FAULTS.keys() - {name for names in marked.values() for name in names} == set()


def test_no_test_names_another_fault(marked: dict[str, list[object]]) -> None:
    unknown = {file: [name for name in names if name not in FAULTS] for file, names in marked.items()}
    assert {file: names for file, names in unknown.items() if names} == {}


def test_each_fault_says_in_a_sentence_what_must_hold() -> None:
    assert all(says[0].isupper() and says.endswith(".") for says in FAULTS.values())


def test_a_name_that_is_computed_is_found_out() -> None:
    source = "@pytest.mark.fault('a')\n@pytest.mark.fault(x)\n@pytest.mark.fault()\ndef test(): pass"
    assert list(named_faults(source)) == ["a", None, None]
