# Luoshi 落实. `make` alone lists what there is. Needs Python 3.11-3.13, make and git; Node is optional.

.DEFAULT_GOAL := help
.PHONY: help demo test bench check setup setup-dev words frontend lint types format clean clean-all

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# Stamps carry a checksum of what they stand for, so that a second run costs nothing and a change is always seen,
# whatever the files' times say. The folder is part of it: a virtual environment does not survive being moved.
INSTALL := $(shell { pwd; cat pyproject.toml deploy/constraints.txt; } 2>/dev/null | cksum | tr ' ' '-')
SOURCES := $(shell find web/frontend -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs cksum | cksum | tr ' ' '-')
PACKAGES := $(shell cat web/frontend/package.json web/frontend/package-lock.json 2>/dev/null | cksum | tr ' ' '-')
WORDS := $(shell find web/translations -name "*.po" 2>/dev/null | LC_ALL=C sort | xargs cat 2>/dev/null | cksum | tr " " "-")

# Also where the surroundings say otherwise, what Python has compiled is kept: every process of the tests would compile the house anew.
test check: export PYTHONDONTWRITEBYTECODE :=

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "; print "Luoshi 落实\n"} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup words frontend ## Run everything here with demo data; PORT=8000 moves it, Ctrl-C stops it
	@$(BIN)/luoshi demo --port $(PORT)

test: setup-dev words frontend lint types ## Install what the tests need and run all of them
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST)

bench: setup-dev ## Measure what the engine costs here; QUICK=--quick takes two minutes
	@$(BIN)/luoshi bench $(QUICK)

check: setup-dev words lint types ## Lint, types, architecture and the fast tests: under a minute
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q --hypothesis-profile=quick -m "not slow and not browser and not database" $(PYTEST)

setup: $(VENV)/.run-$(INSTALL) ## Make the virtual environment; leaves .venv/bin/luoshi

setup-dev: $(VENV)/.dev-$(INSTALL) ## The same, with what the tests need

frontend: web/static/.built-$(SOURCES) ## Build the browser's part into web/static

words: $(VENV)/.words-$(WORDS) ## Compile the translations

lint: setup-dev ## Lint and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup-dev ## Check the types of the pure modules
	@$(BIN)/mypy

format: setup-dev ## Put the formatting right
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean: ## Remove what was built; the demo's data in var/ stay
	rm -rf build dist *.egg-info web/static web/frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

clean-all: clean ## Remove the virtual environment and the demo's data, too
	rm -rf $(VENV) var

# --- how -----------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@sh deploy/make-venv.sh $(VENV)

$(VENV)/.run-$(INSTALL): | $(BIN)/python
	@sh deploy/make-venv.sh $(VENV)
	@echo "==> Installing Luoshi (the first time takes a minute or two)"
	@$(BIN)/python -m pip install --disable-pip-version-check -c deploy/constraints.txt -e .
	@rm -f $(VENV)/.run-* && touch $@

$(VENV)/.dev-$(INSTALL): $(VENV)/.run-$(INSTALL)
	@echo "==> Installing what the tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check -c deploy/constraints.txt -e '.[dev]'
	@rm -f $(VENV)/.dev-* && touch $@

$(VENV)/.words-$(WORDS): | $(VENV)/.run-$(INSTALL)
	@if [ -d web/translations ]; then $(BIN)/pybabel -q compile -d web/translations; fi
	@rm -f $(VENV)/.words-* && touch $@

web/frontend/node_modules/.installed-$(PACKAGES): | $(VENV)/.run-$(INSTALL)
	@sh deploy/with-node.sh $(VENV) web/frontend npm ci --no-audit --no-fund
	@touch $@

web/static/.built-$(SOURCES): web/frontend/node_modules/.installed-$(PACKAGES)
	@echo "==> Building the front end"
	@sh deploy/with-node.sh $(VENV) web/frontend npm run build
	@rm -f web/static/.built-* && touch $@
