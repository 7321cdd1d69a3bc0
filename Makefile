# Ligne Claire. `make run` starts everything; `make test` tests everything. Only Python 3.11+, make and git are needed.

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
RUN := $(VENV)/.run.stamp
DEV := $(VENV)/.dev.stamp
PYTEST := $(BIN)/python -m pytest
FAST := -m "not browser and not slow"

.PHONY: run test test-fast check attack bench calls faults cluster pictures messages lock build clean-built

# The centre ends with us: a terminal or a script that is killed leaves nothing behind. VOICE=asterisk adds the telephone.
run: $(RUN)
	@$(BIN)/python tools/build.py
	@exec env LIGNE_STOP_WITH_PARENT=1 $(if $(VOICE),LIGNE_VOICE=$(VOICE)) $(BIN)/ligne run

# The same suite against the oldest PostgreSQL that we support, then everything against the embedded one.
test: $(DEV)
	$(BIN)/python tools/system.py
	$(BIN)/python tools/build.py
	LIGNE_POSTGRES_BIN="$$($(BIN)/python tools/system.py --postgres)" $(PYTEST) -n 2 $(FAST)
	$(PYTEST) -n 2 --dist loadgroup

test-fast: $(DEV)
	@$(BIN)/python tools/build.py
	$(PYTEST) -n 2 $(FAST)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings ligne.site.settings
	$(BIN)/python tools/messages.py check
	$(BIN)/python -m tools.audit

# Long: a centre of our own is attacked by tools made for it (docs/developer/threats.md).
attack: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/python -m tools.attack $(ROLES)

bench: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/python -m bench $(MEASURES)

# Hundreds of telephone calls at once, then a flood of them; nothing may be lost. A short one is part of `make test`.
calls: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/python -m tools.calls $(CALLS)

# Three hosts as network namespaces, broken under load: root on Debian with patroni etcd-server haproxy pgbouncer
# postgresql-15. ROUNDS names some of them.
cluster: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/python -m tools.cluster $(ROUNDS)

# A long study: a centre is broken on purpose ROUNDS times while customers write. A short one is part of `make test`.
ROUNDS ?= 20
faults: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/ligne simulate faults --rounds $(ROUNDS)

pictures: $(DEV)
	@$(BIN)/python tools/build.py
	$(BIN)/python tools/pictures.py

messages: $(DEV)
	$(BIN)/python tools/messages.py collect

build: $(RUN)
	$(BIN)/python tools/build.py

# The locks hold versions and fingerprints, and no address of a registry: they are taken from whichever you use.
LOCK := pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml
lock: $(UV)
	$(UV) $(LOCK) --extra build -o requirements.lock
	$(UV) $(LOCK) --all-extras -o requirements-dev.lock

# -- the environment -------------------------------------------------------------------------------------------------

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; this is " + sys.version.split()[0] + \
	  ". Name another with: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Where the tools for testing are installed already, running keeps them.
$(RUN): requirements.lock pyproject.toml | $(UV)
	@if [ -e $(DEV) ]; then $(MAKE) --no-print-directory $(DEV); else \
	  echo "installing the environment"; \
	  $(UV) pip sync --quiet --python $(BIN)/python requirements.lock && \
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; fi
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(UV)
	@echo "installing the environment and the tools for testing"
	@$(UV) pip sync --quiet --python $(BIN)/python requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(RUN)
