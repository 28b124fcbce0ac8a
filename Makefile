# make demo   everything set up, a living demo company, web + worker + beat running
# make test   everything set up, lint, migrations check, all tests
# `make help` lists the rest. Needs only Python >= 3.11; PYTHON=… names another one.

PYTHON ?= python3
RUN = .venv/bin/python

.PHONY: help setup setup-dev demo run test soak bench lint format lock clean
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: ## environment, locked packages, front-end files
	@$(PYTHON) scripts/bootstrap.py

setup-dev:
	@$(PYTHON) scripts/bootstrap.py --dev

demo: setup ## a demo company and the running product; Ctrl-C stops it
	@$(RUN) manage.py demo

run: setup ## the running product with your own data; Ctrl-C stops it
	@$(RUN) manage.py serve

test: setup-dev ## lint, migrations check, all tests on a real PostgreSQL
	@sh scripts/test-packages.sh
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	O2C_RUN_DIR="$${O2C_RUN_DIR:-.run/test}" O2C_SCRATCH=1 $(RUN) manage.py makemigrations --check --dry-run
	O2C_TESTS_STOP_SERVICES=1 $(RUN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

soak: setup-dev ## the tests that take minutes
	@sh scripts/test-packages.sh
	O2C_TESTS_STOP_SERVICES=1 $(RUN) -m pytest -m soak

bench: setup-dev ## the benchmarks, each as a ratio
	$(RUN) -m bench

lint: setup-dev ## what the linters say
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check

format: setup-dev ## put the code in form
	$(RUN) -m ruff check --fix
	$(RUN) -m ruff format

lock: setup-dev ## lock the newest fitting versions of the Python packages
	@sh scripts/lock.sh --upgrade

clean: ## remove what was made here, except the data in .run
	rm -rf .venv .build node_modules static/vendor .pytest_cache .ruff_cache .hypothesis
