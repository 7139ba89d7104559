"""What is checked before a version of nnwidgets is given away: `make release`.

    python -m tests.release --build dist   build sdist and wheel from what is committed, into dist/, and check them
    python -m tests.release dist           check those that are there

- tree.py: whether there is something to release: all is committed, the changelog knows the version, no tag has it.
- building.py: sdist and wheel, made from what is committed and nothing else.
- contents.py: which files are in them, how large they are, and what must not stand in any of them.
- metadata.py: what a package index is told, and shows.
- installing.py: an environment of a user's own, how long an import takes there, and what is imported.
- first_widget.py: a PlanarTrainer in the JupyterLab of that environment.

Each check is a function that returns what it objects to, as sentences; tests/unit/test_packaging.py makes those that
are cheap.
"""
