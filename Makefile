# The two commands of the README, and a few more. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.run-installed
TEST_STAMP := $(VENV)/.test-installed
VENDOR_STAMP := assets/vendor/fonts.css
KAFKA_STAMP := tests/helpers/kafka/lib/.resolved
# Some build machines forbid it; compiling everything anew takes each of the many processes of a test run half a second.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve test fast search soak lint bench bench-screens settings pictures pins clean browser-system kafka-system

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found."; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else echo "python3-venv is missing; type: sudo apt-get install python3-venv"; exit 2; fi; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.txt | $(VENV)/bin/pip
	$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# Fonts, bootstrap and AG Grid are pinned in package-lock.json; npm comes with the machine or from a pinned wheel.
$(VENDOR_STAMP): package-lock.json requirements/vendor.py requirements/node.txt | $(VENV)/bin/pip
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --silent; \
	else $(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --silent; fi
	$(PY) requirements/vendor.py
	@touch $@

# The browser without windows does with half the processor time; where there is none, the one with windows does too.
browser-system:
	@command -v chromium-headless-shell >/dev/null || [ -n "$$CHROMIUM" ] || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && { \
	    apt-get install -y -qq chromium-headless-shell || apt-get install -y -qq chromium; }; } || command -v chromium >/dev/null || { \
	  echo "Chromium is missing; type: sudo apt-get install chromium-headless-shell   (or set CHROMIUM=/path/to/it)"; exit 2; }

# The broker that tests start: its jars are pinned in tests/helpers/kafka/pom.xml.
kafka-system: $(KAFKA_STAMP)

$(KAFKA_STAMP): tests/helpers/kafka/pom.xml
	@{ command -v java && command -v mvn; } >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq openjdk-17-jre-headless maven; \
	  else echo "Java and Maven are missing; type: sudo apt-get install openjdk-17-jre-headless maven"; exit 2; fi; }
	rm -rf tests/helpers/kafka/lib
	mvn -q -B -f tests/helpers/kafka/pom.xml dependency:copy-dependencies
	@touch $@

demo: $(RUN_STAMP) $(VENDOR_STAMP) ## a whole state with a year of history, live, on http://127.0.0.1:8050
	$(PY) run.py demo

serve: $(RUN_STAMP) $(VENDOR_STAMP) ## engine and web from config.toml
	$(PY) run.py serve

# Three parts: what computes, what waits, and what says how soon something happens, of which most of the time is waiting
# too and no more than two run at once. The longest files begin first (tests/conftest.py), so that none is left over.
test: $(TEST_STAMP) $(VENDOR_STAMP) browser-system kafka-system ## everything: lint, types, imports, all tests
	$(MAKE) --no-print-directory lint
	$(PY) -m pytest -q tests/unit tests/property tests/golden tests/contract tests/architecture tests/bench -m "not timed" -n 3
	$(PY) -m pytest -q tests/browser tests/fault -m "not timed" -n 4 --dist loadfile --no-loadscope-reorder
	$(PY) -m pytest -q tests/browser tests/fault tests/unit/warehouse tests/bench -m timed -n 2 --dist loadfile --no-loadscope-reorder

fast: $(TEST_STAMP) $(VENDOR_STAMP) ## the tests without browser and faults
	$(PY) -m pytest -q tests/unit tests/property tests/golden tests/contract tests/architecture -n 2

search: $(TEST_STAMP) ## property tests with ten times as many examples, others each time
	HYPOTHESIS_PROFILE=search $(PY) -m pytest -q tests/property -n 2 --timeout 3600

soak: $(TEST_STAMP) ## hundreds of kills (CM_SOAK_KILLS, CM_SOAK_SEED) while a small state is loaded, an hour; memory (CM_SOAK_MINUTES)
	$(PY) -m pytest -q -s tests/soak

lint: $(TEST_STAMP) ## ruff, mypy --strict, import rules
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: $(RUN_STAMP) ## figures as ratios, with the machine described
	$(PY) run.py bench compute

bench-screens: $(TEST_STAMP) $(VENDOR_STAMP) browser-system ## how quick the screens are in a real browser
	$(PY) -m tests.helpers.bench_screens

settings: $(RUN_STAMP) ## write docs/settings.md from the table of settings
	$(PY) -m warehouse.config > docs/settings.md

pictures: $(TEST_STAMP) $(VENDOR_STAMP) browser-system ## take the README's pictures from the running demo
	$(PY) -m tests.helpers.pictures

# what runs is what is tested: versions of run.txt are those of test.txt
pins: ## renew requirements/*.txt (needs uv)
	for set in node test run; do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$([ $$set = run ] && echo "-c requirements/test.txt") requirements/$$set.in -o requirements/$$set.txt; done

clean: ## remove what was made (keeps var/, where data lives)
	rm -rf $(VENV) node_modules assets/vendor tests/helpers/kafka/lib .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
