FROM python:3.13-slim AS packages
COPY requirements.lock /
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.lock

FROM python:3.13-slim
RUN useradd --system --create-home homologa
COPY --from=packages /venv /venv
WORKDIR /homologa
COPY manage.py pyproject.toml ./
COPY config config
COPY certification certification
COPY models_registry models_registry
COPY templates templates
COPY static static
COPY locale locale
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
# Production's settings want a key and a database; this step uses neither.
RUN HOMOLOGA_MODE=production HOMOLOGA_SECRET_KEY=unused DATABASE_URL=sqlite:////tmp/unused \
    python manage.py collectstatic --noinput
USER homologa
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "10"]
