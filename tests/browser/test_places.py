"""What can be done in each place where a notebook is opened, and what cannot; the README's table is written from it.

`UPDATE=1 pytest tests/browser/test_places.py` writes the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.places.abilities import ABILITIES
from tests.browser.places.jupyter import JUPYTER
from tests.browser.places.marimo import MARIMO
from tests.browser.places.place import Bench, Place
from tests.browser.places.sphinx_page import SPHINX_PAGE
from tests.browser.places.table import README, Outcomes, replaced
from tests.browser.places.voila import VOILA

# The rows of the table, from the top
PLACES: tuple[Place, ...] = (*JUPYTER, VOILA, *MARIMO, SPHINX_PAGE)
ASKED = [(place, ability) for place in PLACES for ability in (*ABILITIES, *place.own)]


@pytest.fixture(scope="module")
def bench(browser: Browser, compiled: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(browser, tmp_path_factory.mktemp("places")) as bench:
        yield bench


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return Outcomes(PLACES)


@pytest.mark.parametrize(("place", "ability"), ASKED, ids=[f"{place.name}-{ability}" for place, ability in ASKED])
def test_a_place_can_do_what_it_is_said_to_and_nothing_else(
    place: Place, ability: str, bench: Bench, outcomes: Outcomes
) -> None:
    opened = bench.opened(place)
    if ability in place.own:
        place.own[ability](opened)
    elif cannot := place.cannot.get(ability):
        cannot.proof(opened)
    else:
        ABILITIES[ability](opened)
    if ability in ABILITIES:
        outcomes.note(place, ability)
    if (place, ability) == [asked for asked in ASKED if asked[0] is place][-1]:
        bench.leave()  # what it has to complain about at its end is about this place


def test_the_table_in_the_readme_is_what_was_found(outcomes: Outcomes) -> None:
    readme = README.read_text(encoding="utf-8")
    if os.environ.get("UPDATE") == "1":
        assert outcomes.is_complete, "the table is written by a run of all tests of this module, when all of them pass"
        README.write_text(replaced(readme, outcomes.markdown()), encoding="utf-8")
        return
    differences = outcomes.differences(readme)
    assert not differences, "\n".join(
        [
            *differences,
            "UPDATE=1 python -m pytest tests/browser/test_places.py writes the table as it was found",
        ]
    )
