.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check format messages bench chaos lock

PYTHON ?= python3
BIN := .venv/bin

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/run.stamp  ## Make .venv with what the application runs on

run: setup  ## Start everything; PORT=… HOST=… choose the address
	@exec $(BIN)/python manage.py up

# Each worker has a database and a folder of its own, and a long test that comes late is left to who is free. With the
# tests that wait for a process, a browser or a deadline, two workers keep a core busy.
# Compiled modules are kept even where the environment asks for none: each of these processes would compile all anew.
test test-fast: export PYTHONDONTWRITEBYTECODE =
CORES = $(shell getconf _NPROCESSORS_ONLN)
PYTEST = $(BIN)/python -m pytest -rs --dist worksteal -n $(or $(JOBS),$(1))

test: .venv/dev.stamp  ## Run every test this machine can run; ARGS=… chooses, JOBS=… says how many at once
	$(call PYTEST,$$((2 * $(CORES)))) $(ARGS)

test-fast: .venv/dev.stamp  ## Run those that need no browser, no service and no other process that takes seconds
	$(call PYTEST,$(CORES)) -m "not service and not slow and not exhaustive" $(ARGS)

TEMPLATES = find templates -name '*.html' -exec
DENO = DENO_DIR=.venv/deno DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
RULES = eqeqeq,no-console,no-eval,no-throw-literal,no-self-compare,guard-for-in,no-useless-rename

check: .venv/dev.stamp  ## Format, lint, import contracts, types, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djhtml --tabwidth 2 --check templates
	$(TEMPLATES) $(BIN)/djade --target-version 5.2 --check {} +
	$(DENO) fmt --quiet --no-config --line-width 120 --check static/js static/css
	$(DENO) lint --quiet --no-config --rules-include=$(RULES) static/js
	$(BIN)/lint-imports
	$(BIN)/mypy
	DATA_DIR=.venv/check $(BIN)/python manage.py makemigrations --check --dry-run
	DATA_DIR=.venv/check SITE_URL=https://imageweb.example ALLOWED_HOSTS=imageweb.example HSTS_SCOPE=preload \
	  $(BIN)/python -W error::DeprecationWarning manage.py check --deploy --fail-level WARNING

format: .venv/dev.stamp  ## Put every file into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djhtml --tabwidth 2 templates
	$(TEMPLATES) $(BIN)/djade --target-version 5.2 {} +
	$(DENO) fmt --quiet --no-config --line-width 120 static/js static/css

# Of what the templates, Python and the scripts mark; the locations would only make changes noisy.
LOCALES = zh_Hans
MESSAGES = $(BIN)/python manage.py makemessages $(LOCALES:%=--locale %) --no-location --no-obsolete --no-wrap

messages: .venv/dev.stamp  ## Collect the texts to translate, and compile the translations (needs gettext)
	$(MESSAGES) --ignore 'var/*' --ignore 'tests/*'
	$(MESSAGES) --domain djangojs --extension js --ignore 'var/*' --ignore 'tests/*'
	$(BIN)/python manage.py compilemessages $(LOCALES:%=--locale %) --ignore .venv

bench: .venv/dev.stamp  ## Measure, and print ratios of one run
	$(BIN)/python -m tests.bench

chaos: .venv/dev.stamp  ## Kill workers and brokers at random; N=100 generations
	$(BIN)/python -m tests.support.chaos $(or $(N),100)

lock: .venv/dev.stamp  ## Write the hash-locked requirements anew from the *.in files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --upgrade -c requirements.txt requirements-dev.in -o requirements-dev.txt

INSTALL = $(PYTHON) -m pip --python .venv/bin/python install --quiet --disable-pip-version-check --require-hashes

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --without-pip .venv

.venv/run.stamp: requirements.txt | .venv/bin/python
	$(INSTALL) -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	$(INSTALL) -r requirements-dev.txt
	@touch $@
