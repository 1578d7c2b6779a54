# What people run. Everything is installed into .venv from requirements/, and uv itself into .uv when it is not there.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_PYTHON_DOWNLOADS := never
PYTEST := .venv/bin/python -m pytest

.PHONY: help install install-full install-dev browser quick test test-fast lint bench lock data-docs-assets clean

help: ## Say what can be run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.uv/bin/uv:
	@python3 -m venv .uv || { echo "Python 3.11 with the venv module is needed: install python3.11 and python3.11-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet uv

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --python '>=3.11,<3.13' .venv || { echo "Python 3.11 or 3.12 is needed: install python3.11"; exit 1; }

.venv/.quick: requirements/quick.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the quick profile needs (a minute the first time) ..."
	@$(UV) pip install --quiet --require-hashes -r requirements/quick.txt
	@$(UV) pip install --quiet --no-deps -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.quick
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.full: requirements/full.txt .venv/.quick
	@$(UV) pip install --quiet --require-hashes -r requirements/full.txt
	@touch $@

install: .venv/.quick ## Install the quick profile into .venv

install-full: .venv/.full ## Install the clients of the full profile too: Kafka, Spark, Ray, Pinecone

install-dev: .venv/.dev ## Install what the tests and checks need too

browser: ## Install Chromium for the browser tests, where this may
	@if command -v chromium chromium-browser google-chrome >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "Chromium is not installed; the browser tests need it: install your system's package 'chromium'"; fi

quick: install ## Simulate offers and CVs, run the whole pipeline, serve the app on 127.0.0.1:7860
	@.venv/bin/talentflow quick $(ARGS)

test: install-dev browser lint ## Lint, types, and every test
	@$(PYTEST) -n 2 --dist loadgroup tests

test-fast: install-dev ## The quick part of the tests
	@$(PYTEST) -n 2 -m "not slow" tests

lint: install-dev ## Lint, format, import boundaries, types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/basedpyright --level error

bench: install-dev ## Measure against the plain baseline; writes benchmarks/README.md's table
	@.venv/bin/python -m benchmarks.run

lock: | $(UV) ## Pin the dependencies of pyproject.toml again
	@$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -c requirements/constraints.txt -o requirements/quick.txt
	@$(UV) pip compile pyproject.toml --group dev --extra full --extra jobspy --extra llama --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -c requirements/quick.txt -o requirements/dev.txt
	@$(UV) pip compile pyproject.toml --extra full --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet -c requirements/dev.txt -o requirements/full.txt

data-docs-assets: ## Take what Data Docs load from npm packages again, after a change of expectations/assets/package.json
	@python3 expectations/assets/vendor.py

clean: ## Remove what was installed and built
	@rm -rf .venv .uv .pytest_cache .ruff_cache .hypothesis
