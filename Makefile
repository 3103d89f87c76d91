# Two commands do all the set-up: `make demo` grades the sample class through nbgrader, `make test` passes the tests.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test verify build bench clean

demo: $(STAMP)
	$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy autograder
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

verify: $(STAMP)
	$(BIN)/autograder verify

build: $(STAMP)
	$(BIN)/autograder build

# An environment that works keeps its Python: `-m venv` with another one would mix the two.
$(STAMP): pyproject.toml constraints.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,cluster]'
	touch $@

bench: $(STAMP) .venv-bench/.installed
	$(BIN)/python -m benchmarks.speed

.venv-bench/.installed: benchmarks/requirements.txt constraints.txt
	.venv-bench/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --constraint constraints.txt --requirement benchmarks/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-bench demo
