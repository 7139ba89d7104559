"""How the documentation is built; `make docs` does it."""

# ruff: noqa: INP001 (Sphinx finds it by its path)

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from nnwidgets import __version__  # noqa: E402

project = "nnwidgets"
author = "nnwidgets contributors"
project_copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "live_widgets",
    "reference",
]
exclude_patterns = ["_build", "_ext"]
nitpicky = True

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = False
napoleon_attr_annotations = False
add_module_names = False
default_role = "soft-code"  # in docstrings `a name` is code, and a link where it is one of ours
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"nnwidgets {version}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_js_files = ["frames.js"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a2f8f", "color-brand-content": "#8a2f8f"},
    "dark_css_variables": {"color-brand-primary": "#d58fdc", "color-brand-content": "#d58fdc"},
}
