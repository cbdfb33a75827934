# Two commands to begin with: `make run` starts Santral on http://127.0.0.1:8080, `make demo` the same with
# sample data. Needs Python ≥ 3.11 and make; the rest is set up in .venv and inbox_ui/node_modules.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$p" && break; done)
VENV := .venv/bin
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
KILLS ?= 25
STORE ?= sqlite
APP ?= /opt/santral
N ?= 100000

.PHONY: help run demo setup ui openapi check test fmt bench chaos fuzz wheel app lock python

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 15

run: setup ## Set up and start on http://127.0.0.1:8080
	@exec $(VENV)/hub serve

demo: setup ## The same with sample data, a sample shop and a mailbox
	@exec $(VENV)/hub demo

setup: python ## Make .venv, install the locked packages, build the inbox
	@"$(PYTHON)" tools/setup.py

ui: ## Build inbox and widget into hub/web/static (part of setup)
	@$(VENV)/python tools/build_ui.py

openapi: setup ## Write inbox_ui/openapi.json from the route table
	@$(VENV)/python tools/openapi.py

check: setup ## Everything of `make test` that needs no server: lint, types, unit tests of the UI
	@$(VENV)/python tools/check.py --static

test: setup ## All tests; ARGS="tests/unit -k x" runs some, REQUIRE_ALL=1 fails on a skipped one
	@$(VENV)/python tools/check.py $(ARGS)

fmt: setup ## Format and fix what can be fixed by itself
	@$(VENV)/python tools/check.py --fix

bench: setup ## Measure against the bare floor of this machine; results as JSON
	@$(VENV)/hub bench all

chaos: setup ## Kill the server KILLS times on STORE (sqlite or mongo)
	@$(VENV)/python -m tests.chaos --kills $(KILLS) --store $(STORE)

fuzz: setup ## N generated inputs at every parser
	@$(VENV)/python -m tests.fuzz --runs $(N)

wheel: setup ## Build dist/*.whl with the inbox in it
	@$(VENV)/python tools/app.py wheel

app: setup ## Install into a venv of its own, APP=/opt/santral, without the tools of development
	@$(VENV)/python tools/app.py install "$(APP)"

lock: python ## Resolve pyproject.toml anew into requirements.lock
	@"$(PYTHON)" tools/lock.py $(ARGS)

python:
	@test -n "$(PYTHON)" || { echo 'Santral needs Python 3.11 or newer: install it or say make PYTHON=/path/to/python3' >&2; exit 1; }
