# Everything a newcomer needs: `make demo` and `make test`. Both set the project up first.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: help setup demo test check slow coverage bench bench-load fuzz docs mutants picture lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'

setup: $(STAMP)  ## make .venv from requirements.lock and install the project into it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "yidi needs Python 3.11 or newer; say which with: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup  ## simulate the Jiangsu notice at 1 % scale and leave a report in out/demo
	$(BIN)/yidi simulate jiangsu-2016 --scale 0.01 --seed 1 --out out/demo

test: setup  ## run the tests
	$(BIN)/python -m pytest -n 2 -m "not slow"

coverage: setup  ## every branch of the core is covered
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest tests/core -n 2 --dist worksteal -m "not slow"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: setup  ## lint, formatting, types, coverage of the core
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) --no-print-directory coverage

slow: setup  ## the long suites
	$(BIN)/python -m pytest -m slow

bench: setup  ## stays beside a bare queue, messages judged beside jsonschema, benefits beside a bare sum
	$(BIN)/python benchmarks/world.py
	$(BIN)/python benchmarks/checker.py
	$(BIN)/python benchmarks/benefit.py

fuzz: setup  ## ten minutes of Schemathesis against a sandbox (in an environment of its own)
	$(BIN)/python -m benchmarks.fuzz $(SECONDS)

bench-load: setup  ## our player beside Locust (pip), wrk and hey (Debian's) against one trivial server (cc)
	$(BIN)/python -m benchmarks.load_peers

bench-sandbox: setup  ## settlements a second and latency beside a fixed reply and Prism (npm); restarts with 100,000 settlements
	$(BIN)/python -m benchmarks.sandbox
	$(BIN)/python -m benchmarks.restart

mutants: setup  ## every constraint of the schemas and every named rule is needed
	$(BIN)/python -m pytest tests/schemas/mutation

docs: setup  ## write docs/reference/interfaces anew from the schemas
	$(BIN)/yidi schema docs --out docs/reference/interfaces

picture: demo  ## redraw docs/report.png (installs Debian's chromium and a Chinese font where they are missing)
	docs/make_picture.sh

lock:  ## resolve requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:  ## remove what the targets make
	rm -rf .venv out .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
