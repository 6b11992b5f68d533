# Everything a contributor or a curious person runs. Needs Python 3.11 or newer and a package registry, nothing else.
# `make demo` and `make test` work in a fresh clone; the plain commands behind them are in README.md.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

RUNTIME := $(VENV)/.installed-runtime
FOR_DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev

DEMO := examples/audit-account
PYTEST_ARGS ?= --numprocesses=auto --maxprocesses=4

.DEFAULT_GOAL := help
.PHONY: help demo test check docs bench clean

help:
	@echo "make demo    scan $(DEMO), and an account that is simulated here"
	@echo "make test    run all tests"
	@echo "make check   ruff, mypy, the import contract, and whether the generated documents are up to date"
	@echo "make docs    write the generated documents"
	@echo "make bench   measure against trivy, checkov and cfn-lint; takes half an hour and installs them in bench/.work"
	@echo "make clean   remove what the above made"

# A stamp is newer than pyproject.toml once an environment holds what that asks for, so a second run is fast.
$(RUNTIME): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[dev]'
	@touch $@ $(RUNTIME) $(FOR_DEMO)

$(FOR_DEMO): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[demo]'
	@touch $@ $(RUNTIME)

demo: $(FOR_DEMO)
	@$(BIN)/guardrails scan $(DEMO); code=$$?; echo; \
	case $$code in \
	0) echo "guardrails ended with exit code 0: nothing failed." ;; \
	1) echo "guardrails ended with exit code 1: something failed, as it should in this example. CI would stop here." ;; \
	*) echo "guardrails ended with exit code $$code, which this example should not give." ; exit $$code ;; \
	esac
	@echo
	@echo "Now an account: moto's server simulates AWS on this machine, and guardrails reads what was built in it."
	@echo
	@$(BIN)/python examples/live/demo.py -- --severity high; code=$$?; echo; \
	case $$code in \
	1) echo "guardrails ended with exit code 1: something failed, as it should in this account." ;; \
	*) echo "guardrails ended with exit code $$code, which this account should not give." ; exit $$code ;; \
	esac

test: $(DEV)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: $(DEV)
	$(BIN)/python docs/generate.py

bench: $(RUNTIME)
	$(BIN)/python bench/run.py

clean:
	rm -rf $(VENV) bench/.work build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
