# Sets Recorrido up in .venv, runs it and tests it. `make help` lists the targets.
#
# A stamp file in .venv stands for each thing that was set up: it is redone only when what it was
# made from has changed, so the second run starts at once and needs no network.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := python3.14 python3.13 python3.12 python3.11 python3
AUDIT  := $(VENV)/audit
CONFIG := data/sample/recorrido.toml
ARGS   :=

# Wheels only: building a package from source would fetch build tools that no hash vouches for.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED  := $(INSTALL) --require-hashes --only-binary=:all:
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test suite sweep nights faults erasures readers check format bench sample audit wheel lock venv clean

help:  ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.editable  ## run a night on data/sample, or on CONFIG=…, and say where the report is
	@$(BIN)/recorrido run --config $(CONFIG)

# One process a core, and each thing it runs one thread.
TESTS := POLARS_MAX_THREADS=1 $(BIN)/pytest -n logical --maxprocesses 4 --dist worksteal

test: check  ## run the checks, and the tests but for the long ones; some of them with ARGS="-k sessions"
	$(TESTS) -m "not long" $(ARGS)

suite: check  ## run the checks, and every test; some of them with ARGS="-k sessions"
	$(TESTS) $(ARGS)

sweep: $(VENV)/.dev  ## hold kernels, stitching and funnels to the plain loops on thousands of random logs
	RECORRIDO_EXAMPLES=2000 $(BIN)/pytest -n logical --maxprocesses 4 --dist worksteal \
		tests/test_reference_agrees.py tests/test_visits_agree.py tests/test_identity_agrees.py tests/test_event_funnel.py

nights: $(VENV)/.dev  ## tell 1,000 random histories of nights, each held to a rebuild: two and a half hours of a core
	RECORRIDO_EXAMPLES=1000 $(TESTS) tests/test_nightly_equals_rebuild.py $(ARGS)

faults: export PYTHONPATH := .
faults: $(VENV)/.dev  ## break every command at every fault point, for hours; each point once, in one, with ARGS="--seeds 1 --each 1"
	$(BIN)/python -m tests.faults.sweep $(ARGS)

erasures: $(VENV)/.dev  ## kill an erasure at each of its points and again in the recovery; every mode of stitching
	RECORRIDO_ERASURES=all $(BIN)/pytest -n 0 tests/test_erasure_killed.py tests/test_erasure_rules.py

readers: $(VENV)/.dev  ## read during 200 publications, and interrupt 40 nights at any moment
	RECORRIDO_PUBLICATIONS=200 RECORRIDO_READS=10000 RECORRIDO_INTERRUPTS=40 \
		$(BIN)/pytest -n 0 tests/test_readers.py tests/test_interrupts.py

check: $(VENV)/.dev $(VENV)/.sql  ## format, lint, types, imports and SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Reading SQL takes the linter a second a file, so it reads those that changed.
$(VENV)/.sql: $(wildcard queries/*/*.sql queries/*/*/*.sql) | $(VENV)/.dev
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar $?
	@touch $@

format: $(VENV)/.dev  ## mend what can be mended by machine
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: export PYTHONPATH := .
bench: $(VENV)/.editable  ## measure duplicates, stitching, kernels, a first night, and a night of 1% on a long history
	$(BIN)/python benchmarks/duplicates.py
	$(BIN)/python benchmarks/identity.py
	$(BIN)/python benchmarks/kernels.py
	$(BIN)/python benchmarks/night.py $(ARGS)
	$(BIN)/python benchmarks/increment.py

sample: $(VENV)/.editable  ## invent the logs of data/sample again
	$(BIN)/recorrido sample data/sample $(ARGS)

audit: $(VENV)/.audit  ## write the list of parts (SBOM) to dist/, and look for known vulnerabilities of them
	@mkdir -p dist
	@PYTHONWARNINGS=ignore $(AUDIT)/bin/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --output-format JSON --output-file dist/sbom.cdx.json requirements/run.txt
	@echo "What Recorrido is made of, with hashes: dist/sbom.cdx.json"
	@PATH=$(CURDIR)/$(AUDIT)/bin:$$PATH sh deploy/audit.sh requirements/run.txt requirements/dev.txt requirements/audit.txt

wheel: $(VENV)/.editable  ## build the wheel into dist/
	$(BIN)/hatchling build --target wheel

lock: $(VENV)/.dev  ## lock the dependencies of pyproject.toml; newer ones with ARGS=--upgrade
	$(COMPILE) $(ARGS) --group build --output-file requirements/run.txt pyproject.toml
	$(COMPILE) $(ARGS) --group dev --constraints requirements/run.txt --output-file requirements/dev.txt pyproject.toml
	$(COMPILE) $(ARGS) --group audit --output-file requirements/audit.txt

venv: $(VENV)/.made  ## only make the virtual environment, empty

clean:  ## remove all that was made, the environment and the sample's warehouse too
	rm -rf $(VENV) build dist data/sample/warehouse
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find pipeline tests benchmarks notebooks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@found=; usable=; \
	for python in $(PYTHON); do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    found=$$python; \
	    if $$python -c 'import ensurepip, venv' 2>/dev/null; then usable=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "Recorrido needs Python 3.11 or newer; python3 here is: $$(python3 --version 2>&1)." >&2; \
	    echo "Install one, or name it: make PYTHON=/where/it/is/python3.12 …" >&2; \
	    exit 1; \
	fi; \
	if [ -z "$$usable" ]; then \
	    echo "$$found cannot make virtual environments: its parts venv and ensurepip are missing." >&2; \
	    echo "On Debian and Ubuntu they come with: apt install python3-venv" >&2; \
	    exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$usable --version)" && \
	$$usable -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.txt $(VENV)/.made
	@echo "Installing what requirements/run.txt locks: about a minute, this once"
	@$(LOCKED) --requirement requirements/run.txt
	@touch $@

# The lock holds the build tools too, so this step fetches nothing.
$(VENV)/.editable: pyproject.toml $(VENV)/.run
	@$(INSTALL) --no-index --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.audit: requirements/audit.txt $(VENV)/.made
	@echo "Installing what requirements/audit.txt locks into $(AUDIT): half a minute, this once"
	@$(BIN)/python -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    --only-binary=:all: --requirement requirements/audit.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.editable
	@echo "Installing what requirements/dev.txt locks: about a minute, this once"
	@$(LOCKED) --requirement requirements/dev.txt
	@touch $@
