"""Writes the files of numbers anew."""

import sys

from tests.vectors import NAMES, write

for name in sys.argv[1:] or NAMES:
    write(name)
