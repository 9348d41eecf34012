# The project's commands; scripts/ implements them.
.DEFAULT_GOAL := run
.PHONY: help run test chaos lint format lock schema messages screenshots clean reset

# A terminal that is not UTF-8 shows “?” for signs that it lacks.
export PYTHONIOENCODING := :replace
PYTHON_OF_VENV := .venv/bin/python
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## start everything on this machine, against the bundled simulator, until Ctrl-C
	@scripts/environment.sh runtime
	@$(PYTHON_OF_VENV) -m scripts.run

test: ## run every check and test; T=tests/unit/engine: only these; FAST=1: in 3 min
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.test $(if $(FAST),--fast) $(T)

chaos: ## run jobs while workers, broker and database are stopped and started (long)
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m tests.chaos
	@$(PYTHON_OF_VENV) -m tests.chaos --redis cluster
	@$(PYTHON_OF_VENV) -m tests.chaos --redis sentinel
	@$(PYTHON_OF_VENV) -m tests.chaos.arrangements

lint: ## run ruff, mypy and the import contracts
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.test --lint

format: ## format the code, and fix what ruff can fix
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m ruff check --fix-only .
	@$(PYTHON_OF_VENV) -m ruff format .

lock: ## renew requirements.lock and requirements-dev.lock (needs uv)
	@command -v uv >/dev/null || { echo "Locking needs uv: install it, then run make lock again." >&2; exit 2; }
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --extra dev --output-file requirements-dev.lock

schema: ## regenerate docs/openapi.yaml from the code
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) manage.py spectacular --lang en --file docs/openapi.yaml --validate --fail-on-warn

messages: ## collect the texts to translate into locale/, and compile them
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.messages update
	@$(PYTHON_OF_VENV) -m scripts.messages compile

screenshots: ## take a picture of every screen; DOCS=1: renew those of the README too
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.screenshots $(if $(DOCS),--docs)

clean: ## remove caches and collected static files
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

reset: ## remove var/: the laptop database, its key and its logs
	@rm -rf var
