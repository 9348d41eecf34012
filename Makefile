# A list of what can be done here; how it is done is in scripts/.
.DEFAULT_GOAL := run
.PHONY: run test chaos lint format lock schema messages screenshots clean reset

PYTHON_OF_VENV := .venv/bin/python
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

run:
	@scripts/environment.sh runtime
	@$(PYTHON_OF_VENV) -m scripts.run

test:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.test

chaos:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m tests.chaos

lint:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.test --lint

format:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m ruff check --fix-only .
	@$(PYTHON_OF_VENV) -m ruff format .

lock:
	@command -v uv >/dev/null || { echo "Locking needs uv: install it, then run make lock again." >&2; exit 2; }
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --extra dev --output-file requirements-dev.lock

schema:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) manage.py spectacular --lang en --file docs/openapi.yaml --validate --fail-on-warn

messages:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.messages update
	@$(PYTHON_OF_VENV) -m scripts.messages compile

# DOCS=1 also renews the pictures that the README shows.
screenshots:
	@scripts/environment.sh dev
	@$(PYTHON_OF_VENV) -m scripts.screenshots $(if $(DOCS),--docs)

clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

reset:
	@rm -rf var
