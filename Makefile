.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
# Prefect keeps its database beside the data, not in the user's home.
export PREFECT_HOME ?= $(CURDIR)/.prefect
BIN := $(VENV)/bin

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

# A stamp is newer than the files it was made from: the environment is what the lock says.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("dedup needs Python 3.11 or newer: make PYTHON=python3.11 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What tests, benches and pictures need besides; the versions of the first lock hold.
$(VENV)/.developing: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-dev.lock
	@touch $@

install: $(VENV)/.installed  ## make .venv from the lock file
develop: $(VENV)/.developing  ## … and what the tests need

run: install  ## the nightly flow over data/sample, into data/home
	$(BIN)/python -m flows.nightly --raw data/sample/raw --home data/home --all
	$(BIN)/dedup status --home data/home

test: develop  ## every check: style, types, import walls, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

bench: develop  ## speed, memory and growth by step; BENCH="--raw FOLDER --times 1 4 16 --synthetic 1000000"
	$(BIN)/python -m tests.benches.bench $(BENCH)

audit: install  ## known vulnerabilities of what is locked (asks the package index)
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/python -m pip_audit --requirement requirements.lock --require-hashes --disable-pip

serve: install  ## Prefect server and the deployments, on this machine only
	$(BIN)/python -m flows.serve

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --quiet \
  --custom-compile-command "make lock"
lock: install  ## resolve the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --group build --output-file requirements.lock
	$(COMPILE) --upgrade --all-extras --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## remove what make run and make test left
	rm -rf data/home .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help install develop run test bench audit serve lock clean
