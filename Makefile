# SPDX-License-Identifier: Apache-2.0
# Everything here works from a fresh clone with nothing but Python 3.11 or newer (with venv) and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ITEMS ?= H20 H100 H200 910C CM384
REPORT ?= report.html
NODE_TOOLS := node_modules/.package-lock.json

.PHONY: help
help: ## list the targets
	@echo "make report    compare the headline chips and write $(REPORT)"
	@echo "make test      style, types, tests; one line for each check that lacks its tool"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Variables: PYTHON=python3.12 (which Python makes .venv), ITEMS='H20 B200', REPORT=FILE, PYTEST='-k units'"

# --- the environment: .venv with exact versions ---

.PHONY: venv
venv: .venv/dev.stamp ## make .venv with all that developers need

# The first Python of at least 3.11, else one clear sentence. PYTHON=... takes that one and no other.
$(BIN)/python:
	@chosen=; for name in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then chosen=$$name; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "chipgauge needs Python 3.11 or newer; found: $$($(or $(PYTHON),python3) --version 2>/dev/null || echo none)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; \
	fi; \
	if ! "$$chosen" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  echo "$$chosen has no venv module. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making .venv with $$("$$chosen" --version)"; \
	"$$chosen" -m venv --clear .venv

.venv/run.stamp: requirements.lock pyproject.toml .package/chipgauge/__init__.py | $(BIN)/python
	@$(PIP) install --quiet --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(PIP) install --quiet --requirement requirements-dev.lock
	@touch $@

.PHONY: node
node: $(NODE_TOOLS) ## install pyright, axe and playwright-core into node_modules (needs Node.js 18 and npm)

$(NODE_TOOLS): package.json package-lock.json
	@npm ci --include=dev $$(command -v java >/dev/null || echo --omit=optional) </dev/null
	@touch $@

# --- what a user wants ---

.PHONY: report
report: .venv/run.stamp ## write the HTML report of ITEMS to REPORT
	@$(BIN)/python -m chipgauge report $(ITEMS) -o $(REPORT)
	@echo "The report is $(abspath $(REPORT))"

# --- checks ---

.PHONY: test style mypy pyright tests
test: style mypy pyright tests ## all checks (make -k test goes on after a failure)

style: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy: .venv/dev.stamp
	$(BIN)/mypy

pyright: .venv/dev.stamp
	@if command -v node >/dev/null && [ -f node_modules/pyright/index.js ]; then \
	  echo node node_modules/pyright/index.js; \
	  node node_modules/pyright/index.js --pythonpath $(BIN)/python; \
	else case ",$$CHIPGAUGE_REQUIRE," in \
	  *,node,*) echo "FAILED: pyright needs Node.js and make node, and CHIPGAUGE_REQUIRE names node" >&2; exit 1;; \
	  *) echo "skipped: pyright (needs Node.js; then: make node)";; \
	esac; fi

tests: .venv/dev.stamp
	$(BIN)/python -m pytest $(PYTEST)

.PHONY: bench bench-run bench-check
bench: bench-run ## run the benchmarks; write the table, the chart and the ratios in benchmarks/results
	$(BIN)/python benchmarks/table.py benchmarks/results/latest.json benchmarks/results/table.md
	$(BIN)/python benchmarks/ratios.py benchmarks/results/latest.json benchmarks/results/ratios.json

bench-check: bench-run ## run the benchmarks and compare their ratios with the stored ones
	$(BIN)/python benchmarks/ratios.py benchmarks/results/latest.json benchmarks/results/ratios.json --check \
	  $(if $(PYTEST),--part)

bench-run: .venv/dev.stamp
	@mkdir -p benchmarks/results
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest benchmarks --benchmark-enable --benchmark-only \
	  --benchmark-json=benchmarks/results/latest.json $(PYTEST)
	@rm -f benchmarks/results/others.json
	@if [ -n "$(OTHERS)" ]; then \
	  env -u PYTHONDONTWRITEBYTECODE $(OTHERS) -m pytest benchmarks/test_peers.py benchmarks/test_compilers.py \
	    --benchmark-enable --benchmark-only --benchmark-json=benchmarks/results/others.json && \
	  $(BIN)/python benchmarks/merge.py benchmarks/results/latest.json benchmarks/results/others.json; \
	else echo "Other people's tools are left out: make bench OTHERS=/path/to/their/python (see benchmarks/README.md)"; fi

# --- generated files ---

.PHONY: index
index: .venv/run.stamp ## make the committed index from the tables
	$(BIN)/python -m chipgauge.specs.index

BASE ?= HEAD
.PHONY: data-diff
data-diff: index ## what the tables say now against commit BASE, and by how much headline results move
	@old=$$(mktemp) && git show $(BASE):specs/data/index.jsonl > "$$old" && \
	  $(BIN)/python -m chipgauge.reports.data_diff "$$old" specs/data/index.jsonl; status=$$?; rm -f "$$old"; exit $$status

.PHONY: epoch-check
epoch-check: .venv/run.stamp ## where Epoch AI's table (FILE=ml_hardware.csv) and ours differ
	@test -n "$(FILE)" || { echo "name Epoch AI's table: make epoch-check FILE=ml_hardware.csv" >&2; exit 2; }
	@$(BIN)/python -m chipgauge import epoch "$(FILE)" --check

.PHONY: docs
docs: .venv/run.stamp ## make the generated pages of docs/ and the schema of tables
	$(BIN)/python -m chipgauge.reports.crosscheck > docs/epoch-differences.md
	$(BIN)/python -m chipgauge.specs.schema > specs/data/schema/item.schema.json
	$(BIN)/python -m chipgauge.specs.schema parameter > specs/data/schema/parameter.schema.json
	$(BIN)/python -m chipgauge.reports.standing_table > .standings && mv .standings specs/data/scenarios/standings.csv

.PHONY: lock
lock: | $(BIN)/python ## choose new exact versions (needs Python 3.11, the oldest we support)
	$(BIN)/python .ci/lock.py

.PHONY: clean
clean: ## remove what these commands made, but for the generated files that are committed
	rm -rf .venv node_modules build dist chipgauge.egg-info report.html benchmarks/results/latest.json
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
