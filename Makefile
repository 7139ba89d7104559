# Two commands matter: `make lab` and `make test`. Each sets up all that it needs, in .venv and js/node_modules.
#
#   make lab      JupyterLab on the course's notebooks; LAB_ARGS="--no-browser --port 9000" is passed on
#   make test     every check; PYTEST_ARGS="tests/unit -k history" narrows the last of them
#   make bench    a table of speeds, measured here and now
#   make soak     an hour of training with a view: whether memory stays where it is
#   make release  an sdist and a wheel in dist/, from what is committed, and checked as whoever installs them would
#   make docs     the documentation in docs/_build/html, its examples run; DOCS_ARGS are passed on to Sphinx
#   make gallery  the screenshots of the README
#   make format   put the sources in order
#   make clean    remove all that was built or installed
#
# The environment is made with the first Python 3.11 or newer that is found, or with `make PYTHON=python3.12 lab`.

.DEFAULT_GOAL := help
.PHONY: help lab test bench soak release docs gallery format clean environment front-end check-python check-js check-pytest chromium

VENV := .venv
PY := $(VENV)/bin/python
NOTEBOOK := notebooks/01-play.ipynb
# Processes that share the tests: one works JupyterLab, and mostly waits for it; the others do the rest.
WORKERS := 3
# What checks sources runs side by side; make says what each has printed when it is done, where it can.
BESIDE := --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync)

# The environment's own commands come first: where the machine has no node, it is in there.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
unexport PYTHONHOME
unexport PYTHONPATH

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

lab: environment front-end
	@set -e; [ "$$(id -u)" -ne 0 ] || root=--allow-root; \
	exec $(PY) -m jupyterlab $$root --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(NOTEBOOK) $(LAB_ARGS)

test: check-pytest

check-python: environment front-end
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m nnwidgets.widgets._typescript --check js/src/generated/protocol.ts

check-js: environment front-end
	cd js && npm run --silent lint && npm run --silent check && npm run --silent test

check-pytest: environment front-end chromium
	@$(MAKE) $(BESIDE) check-python check-js
	$(PY) -m pytest -n $(WORKERS) $(PYTEST_ARGS)

bench: environment front-end chromium
	$(PY) -m tests.benchmarks $(BENCH_ARGS)

soak: environment front-end chromium
	$(PY) -m tests.benchmarks.soak $(SOAK_ARGS)

release: environment front-end chromium
	$(PY) -m tests.release --build dist

gallery: environment front-end chromium
	$(PY) -m tests.gallery $(GALLERY_ARGS)

# Warnings are errors, references that lead nowhere among them. Examples of docstrings, pages and README run first.
docs: environment front-end
	$(PY) -m pytest -n $(WORKERS) -q nnwidgets tests/unit/test_docs.py
	$(PY) -m sphinx -W --keep-going -n -q -d docs/_build/doctrees $(DOCS_ARGS) docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html"

format: environment front-end
	$(PY) -m ruff check --fix
	$(PY) -m ruff format
	$(PY) -m nnwidgets.widgets._typescript js/src/generated/protocol.ts
	cd js && npm run --silent format

clean:
	rm -rf $(VENV) js/node_modules nnwidgets/static dist docs/_build test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find nnwidgets tests -name __pycache__ -type d -prune -exec rm -rf {} +

# -- set-up; every step is skipped when it was done and nothing it depends on has changed ------------------------------

environment: $(VENV)/.installed

$(PY):
	@set -e; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "nnwidgets needs Python 3.11 or newer; there is $$(python3 --version 2>/dev/null || echo no Python) here." >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)"; \
	rm -rf $(VENV); $$found -m venv $(VENV)

$(VENV)/.installed: pyproject.toml hatch_build.py | $(PY)
	@echo "Installing Python packages into $(VENV) (PyTorch is large: some minutes the first time)"
	@# uv installs in a fraction of the time; pip does where uv cannot be had, or cannot reach the packages.
	@set -e; \
	$(PY) -m pip install --quiet --disable-pip-version-check uv || true; \
	install="$(VENV)/bin/uv pip install --python $(PY)"; \
	if ! $$install --quiet hatchling; then \
	  install="$(PY) -m pip install"; $$install --quiet hatchling; \
	fi; \
	node=$$($(PY) hatch_build.py --requirements); \
	[ -z "$$node" ] || $$install "$$node"; \
	$$install -e ".[lab,docs,dev]"
	@touch $@

front-end: environment
	@$(PY) hatch_build.py

chromium: environment
	@$(PY) -m tests.browser.chromium --install
