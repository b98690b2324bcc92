# Two commands do everything: `make demo` (train, score, report) and `make test`.
# Each sets up .venv by itself; only Python >= 3.11 and make must be there.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo
STEPS := 1500

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench format clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/.ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "unbraid needs Python 3.11 or newer: none was found; install one, or say make PYTHON=/path/to/python" >&2; exit 2; }
	@echo "Setting up $(VENV) with $(PYTHON): the first time takes a minute or two ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@# Compiled is what gets imported, when it is: all of it takes a minute.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt --group dev -e '.[all]'
	@touch $@

setup: $(VENV)/.ready  ## create .venv with everything

demo: setup  ## train five learners on dSprites, score them, write the report
	@$(BIN)/unbraid run --steps $(STEPS) --out $(DEMO)

test: setup  ## all that CI runs: the checks, then every test and doctest
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q

check: setup  ## format, lint, import rule, types, docstrings (seconds)
	@$(BIN)/ruff format --check -q . || { echo "run 'make format'" >&2; exit 1; }
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports >.venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m numpydoc.cli lint $$(git ls-files 'src/*.py')

bench: setup  ## list the benchmarks; make bench NAMES="dsprites scale" runs some, NAMES=all all
	@$(BIN)/python -m benchmarks $(NAMES)

format: setup  ## format and fix what can be fixed
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

clean:  ## remove what the targets made (not runs/)
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
