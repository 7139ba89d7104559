"""The table of the places is written once and read as it was written; a difference is told in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.browser.places.abilities import ABILITIES
from tests.browser.places.place import Cannot, Place
from tests.browser.places.table import BEGIN, END, Outcome, Outcomes, block, read, replaced

README = f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe rest.\n"
FIRST, SECOND, *_ = ABILITIES


@dataclass(frozen=True)
class Somewhere(Place):
    def open(self, bench, program=()):
        raise NotImplementedError


def cannot(reason):
    return Cannot(reason, lambda opened: None)


PLACES = (
    Somewhere("Here", ("pytest",)),
    Somewhere("There", ("pytest",), {FIRST: cannot("no power | none"), SECOND: cannot("no power | none")}, {}),
    Somewhere("Nowhere", (), {SECOND: cannot("too far")}, {FIRST: "only there"}),
)


@pytest.fixture
def outcomes():
    found = Outcomes(PLACES)
    for place in PLACES:
        for ability in ABILITIES:
            found.note(place, ability)
    return found


def test_what_is_written_is_read_again(outcomes):
    readme = replaced(README, outcomes.markdown())
    assert readme.startswith("# Title\n")
    assert readme.endswith("\n\nThe rest.\n")
    assert read(readme) == outcomes.found
    assert outcomes.differences(readme) == []
    assert replaced(readme, outcomes.markdown()) == readme
    assert f"pytest {pytest.__version__}" in block(readme)
    assert block(readme).count("no power") == 1, "one remark for all that it is said of"


def test_other_versions_are_no_difference(outcomes):
    readme = replaced(README, outcomes.markdown()).replace(f"pytest {pytest.__version__}", "pytest 1.0")
    assert outcomes.differences(readme) == []


def test_a_difference_is_told_by_place_and_ability(outcomes):
    readme = replaced(README, outcomes.markdown())
    outcomes.found["Here", FIRST] = Outcome(False, "broken")
    assert outcomes.differences(readme) == [f"Here, {FIRST}: found no (broken); the README has yes"]
    assert len(outcomes.differences(README)) == len(outcomes.found)


def test_what_was_not_tried_is_not_compared(outcomes):
    readme = replaced(README, outcomes.markdown())
    some = Outcomes(PLACES)
    assert not some.is_complete
    assert some.differences(readme) == []
    some.note(PLACES[1], FIRST)
    assert some.differences(readme) == []


def test_a_place_that_is_gone_is_told(outcomes):
    readme = replaced(README, outcomes.markdown())
    assert Outcomes(PLACES[:2]).differences(readme) == ["Nowhere: the README has it, the tests do not"]


def test_a_readme_without_a_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="no place for the table"):
        block("# Title\n")
