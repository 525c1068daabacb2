# make demo     trains two adapters on the bundled model, tests both, writes the report
# make test     every test that can run on this machine
# make lint     ruff, formatting, mypy --strict        make docs     checks the documentation
# make lock     writes requirements/cpu.lock again
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint docs lock clean
.DELETE_ON_ERROR:

setup: $(STAMP)

$(STAMP): requirements/cpu.lock pyproject.toml
	@echo "setting up $(VENV) (about two minutes, 3 GB)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-deps -r requirements/cpu.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

demo: setup
	BIN=$(BIN) bash configs/demo.sh

test: setup
	$(BIN)/python -m pytest -W error $(PYTEST_ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: setup
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_surface.py

lock:
	bash requirements/lock.sh $(PYTHON)

clean:
	rm -rf $(VENV) output .pytest_cache .mypy_cache .ruff_cache
