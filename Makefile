.DEFAULT_GOAL := help
.PHONY: help run test bench

PYTHON ?= python3
BIN := .venv/bin

help:  ## what you can make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/run  ## start Burn and print its address; Ctrl-C stops it
	@$(BIN)/python app.py

test: .venv/test  ## every check and test
	@$(BIN)/python -m tests.find_browser
	@$(BIN)/python -m tests.find_programs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy app.py agents_worker.py
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal

bench: .venv/bench  ## Burn's loop beside its peers, as one table (about 10 minutes)
	@$(BIN)/python -m benchmarks.bench $(SHORT)

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: tests/requirements.txt requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@ .venv/run

.venv/bench: benchmarks/requirements.txt requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@
