# Everything runs in .venv, made from the pinned versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo test test-slow e2e lint types bench docs messages screenshots schema clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: setup
	@mkdir -p out
	$(BIN)/tauplan evaluate examples/kunlun3-train.yaml --html out/kunlun3-train.html
	@echo
	@echo "The answer is above; open out/kunlun3-train.html in a browser for the charts."
	@echo "The planner on it, where every field can be changed: $(BIN)/tauplan serve examples/kunlun3-train.yaml"
	@echo "Next: $(BIN)/tauplan compare examples/kunlun3-train.yaml examples/h100-train.yaml"

test: setup lint types
	$(BIN)/pytest -n 2

test-slow: setup
	$(BIN)/pytest -m slow --no-header

# a browser and fonts from Debian; the fuzzer in an environment of its own
e2e: setup $(VENV)/fuzz/bin/schemathesis
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk)
	TAUPLAN_SCHEMATHESIS=$(VENV)/fuzz/bin/schemathesis $(BIN)/pytest tests/e2e

$(VENV)/fuzz/bin/schemathesis: | $(STAMP)
	$(PYTHON) -m venv $(VENV)/fuzz
	$(VENV)/fuzz/bin/python -m pip install --quiet --disable-pip-version-check 'schemathesis==4.32.5'

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: setup
	$(BIN)/pyright

bench: setup
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/links.py
	$(BIN)/python benchmarks/explore.py
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/silicon.py
	$(BIN)/python benchmarks/dram.py
	$(BIN)/python benchmarks/planner.py

messages: setup
	$(BIN)/python tools/messages.py

screenshots: setup
	$(BIN)/python tools/screenshots.py

docs: setup schema
	$(BIN)/python tools/make_docs.py

schema: setup
	$(BIN)/tauplan schema --out schemas/scenario.json
	$(BIN)/tauplan schema --of device --out schemas/device.json

clean:
	rm -rf $(VENV) out build dist
