"""What all tests share."""

from __future__ import annotations

import os

import hypothesis

# Figures are drawn into memory; set before anything imports matplotlib.
os.environ["MPLBACKEND"] = "Agg"

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("nnwidgets", deadline=None, print_blob=True)
hypothesis.settings.load_profile("nnwidgets")
