"""`python -m nnwidgets.export NOTEBOOK [TO]`: what `nnwidgets.export_notebook` does, from a command line."""

from __future__ import annotations

import argparse

from nnwidgets.export.notebook import export_notebook


def main(arguments: list[str] | None = None) -> None:
    """Write the page, or the notebook, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m nnwidgets.export", description=__doc__)
    parser.add_argument("notebook", help="an executed notebook, saved with the state of its widgets")
    parser.add_argument("to", nargs="?", help="where to write: ends in .html or .ipynb; a page beside it by default")
    given = parser.parse_args(arguments)
    try:
        print(export_notebook(given.notebook, given.to))  # noqa: T201
    except (ImportError, OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
