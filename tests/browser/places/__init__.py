"""Every place where a notebook is opened, and what is asked of each; the README's table is what was found.

- `Place` (place.py): a row. It has a name, says with what versions it was tested, what it `cannot` do, each with a
  reason and a proof, and opens a program in a page, which makes it an `Opened`.
- `Opened` (place.py): the hands of the tests there. What a place has no means for stays `Impossible`.
- `ABILITIES` (abilities.py): the columns. Each is a function that tries it in any place, or fails.
- `Outcomes` (table.py): what was found, as Markdown, beside what the README says.

`tests/browser/test_places.py` tries every ability in every place: what a place is said to be unable to do must fail
just as it says, so that the table cannot lie in either direction.
"""
