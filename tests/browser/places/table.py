"""The table of the places: what was found in a run of the tests, beside what the README says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.places.abilities import ABILITIES
from tests.browser.places.place import Place

README = Path(__file__).parents[3] / "README.md"
BEGIN, END = "<!-- places -->", "<!-- /places -->"
PLACE, VERSIONS = "place", "tested with"
_MARK = re.compile(r"<sup>\d+</sup>")


@dataclass(frozen=True)
class Outcome:
    """What was found of one ability in one place."""

    can: bool
    remark: str | None = None

    @classmethod
    def said(cls, place: Place, ability: str) -> Outcome:
        """What the place says of it."""
        cannot = place.cannot.get(ability)
        return cls(True, place.notes.get(ability)) if cannot is None else cls(False, cannot.reason)

    @property
    def word(self) -> str:
        return "yes" if self.can else "no"


@dataclass
class Outcomes:
    """What was found so far, by the names of place and ability."""

    places: Sequence[Place]
    found: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    def note(self, place: Place, ability: str) -> None:
        """The tests have found that it is as the place says."""
        self.found[place.name, ability] = Outcome.said(place, ability)

    @property
    def is_complete(self) -> bool:
        """Whether everything was tried, and found to be as it is said."""
        return set(self.found) == {(place.name, ability) for place in self.places for ability in ABILITIES}

    def markdown(self) -> str:
        """The whole table, with a remark under it for each number in it."""
        assert self.is_complete
        remarks: list[str] = []
        rows = [[PLACE, *ABILITIES, VERSIONS], ["---"] * (len(ABILITIES) + 2)]
        for place in self.places:
            outcomes = [self.found[place.name, ability] for ability in ABILITIES]
            rows.append([place.name, *(_cell(outcome, remarks) for outcome in outcomes), place.versions])
        notes = [f"{number}. {remark}." for number, remark in enumerate(remarks, 1)]
        return "\n".join(["", *(f"| {' | '.join(row)} |" for row in rows), "", *notes, ""])

    def differences(self, readme: str) -> list[str]:
        """Where the README does not say what was found: of what was tried, and of nothing that only an update tells.

        Versions are not compared: another machine has others, and nothing is wrong with that.
        """
        told = read(readme)
        news = [
            f"{place}, {ability}: found {_told(outcome)}; the README has {_told(told.get((place, ability)))}"
            for (place, ability), outcome in self.found.items()
            if told.get((place, ability)) != outcome
        ]
        known = {place.name for place in self.places}
        gone = dict.fromkeys(place for place, _ in told if place not in known)
        return news + [f"{place}: the README has it, the tests do not" for place in gone]


def _cell(outcome: Outcome, remarks: list[str]) -> str:
    if outcome.remark is None:
        return outcome.word
    if outcome.remark not in remarks:
        remarks.append(outcome.remark)
    return f"{outcome.word} <sup>{remarks.index(outcome.remark) + 1}</sup>"


def _told(outcome: Outcome | None) -> str:
    if outcome is None:
        return "nothing"
    return outcome.word if outcome.remark is None else f"{outcome.word} ({outcome.remark})"


def block(readme: str) -> str:
    """What is between the marks."""
    before, begin, rest = readme.partition(BEGIN)
    inside, end, _ = rest.partition(END)
    if not (begin and end) or END in before:
        raise ValueError(f"the README has no place for the table: {BEGIN} and, further down, {END}")
    return inside


def replaced(readme: str, table: str) -> str:
    """The README with another table."""
    return readme.replace(f"{BEGIN}{block(readme)}{END}", f"{BEGIN}\n{table}\n{END}")


def read(readme: str) -> dict[tuple[str, str], Outcome]:
    """What the table of the README says, by the names of place and ability."""
    lines = block(readme).strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    remarks = dict(found.groups() for line in lines if (found := re.match(r"(\d+)\. (.*)\.$", line)))
    if not rows:
        return {}
    heads = rows[0]
    return {
        (row[0], head): _outcome(cell, remarks)
        for row in rows[2:]
        for head, cell in zip(heads, row, strict=True)
        if head not in (PLACE, VERSIONS)
    }


def _outcome(cell: str, remarks: dict[str, str]) -> Outcome:
    marks = _MARK.findall(cell)
    remark = remarks.get(re.sub(r"\D", "", marks[0]), "") if marks else None
    return Outcome(_MARK.sub("", cell).strip() == "yes", remark)
