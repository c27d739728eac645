# The two commands: `make run` and `make test`. Both install what is missing first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev browser format lint types imports tests check lock clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: install ## Start everything; the sandbox chat is at http://127.0.0.1:8080/
	@exec $(BIN)/python -m bot run

test: install-dev browser lint types imports tests ## Install what is missing and run all checks

install: $(VENV)/.run-stamp
install-dev: $(VENV)/.dev-stamp

$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Linmen needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.run-stamp: requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/python -m compileall -q bot handlers web workflows dispatch opinions models
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.txt $(VENV)/.run-stamp
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

browser: install-dev ## Install Chromium for the browser tests, if there is none
	@$(BIN)/python tests/browser.py

lint: install-dev ## Format and lint, without changing anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install-dev ## mypy --strict
	$(BIN)/mypy

imports: install-dev ## Who may import whom
	$(BIN)/lint-imports

tests: install-dev ## The tests alone
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

format: install-dev ## Format and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(BIN)/uv ## Pin the newest fitting versions with hashes
	$(BIN)/uv pip compile pyproject.toml --upgrade --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --upgrade --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -c requirements.txt -o requirements-dev.txt

clean: ## Remove the virtual environment and caches; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
