"""Notebooks as if they had been executed, without a kernel, and what is in pictures, for tests."""

from __future__ import annotations

import io
import json

import nbformat
import numpy as np
from ipywidgets.embed import dependency_state
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from nnwidgets.export.states import STATE, VIEW


def states_of(*widgets):
    """What a notebook saves of widgets."""
    return json.loads(json.dumps(dependency_state(widgets, drop_defaults=False)))


def view(widget, **others):
    """The output that shows a widget."""
    data = {VIEW: {"model_id": widget.model_id, "version_major": 2, "version_minor": 1}, "text/plain": "a widget"}
    return new_output("execute_result", data | others, execution_count=1)


def shown(data, metadata=None):
    """An output with these forms."""
    return new_output("display_data", data, metadata=metadata or {})


def code(source, *outputs, ran=True, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=1 if ran else None, metadata=metadata)


def text(source, **others):
    return new_markdown_cell(source, **others)


def write_notebook(path, *cells, widgets=(), states=None):
    """A notebook of these cells with the state of these widgets."""
    notebook = new_notebook(cells=list(cells))
    states = states_of(*widgets) if states is None and widgets else states
    if states is not None:
        notebook.metadata["widgets"] = {STATE: {"state": states, "version_major": 2, "version_minor": 0}}
    nbformat.write(notebook, path)
    return path


def pixels(png):
    """A picture as `(height, width, 3)` numbers."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(float)


def difference(png, other):
    """How much two pictures differ on average, of 255; those of other sizes as far as both go."""
    first, second = pixels(png), pixels(other)
    assert np.abs(np.subtract(first.shape, second.shape)).max() <= 12, (first.shape, second.shape)
    height, width = np.minimum(first.shape, second.shape)[:2]
    return np.abs(first[:height, :width] - second[:height, :width]).mean()
