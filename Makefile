# `make` lists what there is. Everything sets up what it needs by itself.
.DEFAULT_GOAL := help
.PHONY: bench help setup grade test test-gradescope test-gradescope-old test-hostile lint quick docs clean
VENV ?= .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS := 1
export PYTHON VENV

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/.grade: pyproject.toml
	set -e; python="$$(sh scripts/system-packages.sh)"; $(BIN)/python -c 'import pip' 2>/dev/null || "$$python" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[torch,desk]'
	touch $@

$(VENV)/.dev: $(VENV)/.grade
	sh scripts/system-packages.sh dev >/dev/null
	$(BIN)/python -m pip install --quiet -e '.[torch,desk,dev]'
	touch $@

setup: $(VENV)/.grade ## the environment in .venv

grade: $(VENV)/.grade ## grade submissions/ into grades/
	$(BIN)/grade submissions/

lint: $(VENV)/.dev ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy grader reference

test: lint ## lint, types and all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

quick: $(VENV)/.dev ## the tests that take seconds
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/core tests/intake tests/report

test-gradescope: $(VENV)/.dev ## the built zip in a fresh root file system (root, Linux, several minutes)
	$(BIN)/python -u tests/gradescope/fresh_root.py

test-gradescope-old: $(VENV)/.dev ## the same where the system's Python is too old: an interpreter is built, and uv brings it (half an hour)
	$(BIN)/python -u tests/gradescope/fresh_root.py --suite bullseye --bring 3.13

test-hostile: $(VENV)/.dev ## killed at 50 moments, and all attacks with and without namespaces (half an hour)
	GRADE_MOMENTS=50 $(BIN)/python -m pytest -q tests/attacks/test_crash.py
	sh tests/attacks/everywhere.sh $(BIN)/python

docs: $(VENV)/.dev ## the site, in docs/_build
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	$(BIN)/python docs/reference.py
	$(BIN)/python -m sphinx -q -b html docs docs/_build

bench: $(VENV)/.dev ## measure beside the peers (their own environments) and write docs/performance.md
	$(BIN)/python -m benchmarks.run

clean: ## remove the environment and the grades
	rm -rf $(VENV) grades
