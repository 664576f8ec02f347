# make today   posts today's anniversaries
# make test    proves everything
# make quick   lints, checks types and runs the tests that need no server and no process
# make sim     plays many more days of the simulation (SEEDS=1000 of each kind)
# make soak    plays whole days with faults, restarts and PostgreSQL (DAYS=365 takes hours)
# make cover   proves it, and says which lines and branches that ran
# make audit   looks for known vulnerabilities of the pins; needs the internet
# make sbom    prints the pins as a software bill of materials (CycloneDX)
# PYTHON=python3.13 make ...  chooses the interpreter for a new .venv

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --no-strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

# A venv that could not be finished (a Debian without python3-venv) is made again the next time.
.DELETE_ON_ERROR:

.PHONY: today check quick test sim soak cover bench audit sbom lock

today: .venv/runtime.stamp
	@$(BIN)/python bot.py once --today

check: .venv/runtime.stamp
	@$(BIN)/python bot.py check

test: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 3 --dist worksteal

# Modules of tests are slow to compile, so they are kept from run to run, whatever the environment says.
quick: export PYTHONDONTWRITEBYTECODE =
quick: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m "not (server or process or slow)" --hypothesis-profile=quick

sim: .venv/dev.stamp
	PERIHELION_SIM_SEEDS=$(or $(SEEDS),300) $(BIN)/python -m pytest -n 2 tests/sim

soak: .venv/dev.stamp
	$(BIN)/python -m tests.soak.run --days $(or $(DAYS),7) --speed $(or $(SPEED),1000)

cover: .venv/dev.stamp
	$(BIN)/python -m pytest -n 3 --dist worksteal --cov --cov-report=term

bench: .venv/dev.stamp
	set -e; for script in benchmarks/*.py; do \
		$(BIN)/python -m benchmarks.$$(basename $$script .py); done

audit: .venv/dev.stamp
	$(BIN)/python -m pip_audit --disable-pip --require-hashes --progress-spinner off --requirement requirements.txt

sbom: .venv/dev.stamp
	@$(BIN)/python -m deploy.sbom

lock: .venv/dev.stamp
	$(COMPILE) --upgrade --output-file=requirements.txt requirements.in
	$(COMPILE) --upgrade --output-file=requirements-dev.txt requirements-dev.in

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	$(INSTALL) -r requirements.txt
	touch $@

# The development pins hold the runtime ones, so this stamps both.
.venv/dev.stamp: requirements-dev.txt requirements.txt | .venv/bin/python
	$(INSTALL) -r requirements-dev.txt
	touch .venv/runtime.stamp $@
