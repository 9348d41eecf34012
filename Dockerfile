FROM python:3.13.7-slim-bookworm@sha256:adafcc17694d715c905b4c7bebd96907a1fd5cf183395f0ebc4d3428bd22d92d AS packages
COPY requirements.lock /
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.lock

FROM python:3.13.7-slim-bookworm@sha256:adafcc17694d715c905b4c7bebd96907a1fd5cf183395f0ebc4d3428bd22d92d
# By number, so that Kubernetes can see that it is not root.
RUN useradd --system --uid 10001 --create-home homologa
COPY --from=packages /venv /venv
WORKDIR /homologa
COPY manage.py pyproject.toml ./
COPY config config
COPY certification certification
COPY bedrock_simulator bedrock_simulator
COPY models_registry models_registry
COPY templates templates
COPY static static
COPY locale locale
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Production's settings ask for a key and for servers; this step uses none of them, and keeps none.
RUN HOMOLOGA_MODE=production HOMOLOGA_HOSTS=unused DATABASE_HOST=unused REDIS_HOST=unused REDIS_PASSWORD=unused \
    HOMOLOGA_SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(50))") \
    python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000 3002
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--proxy-headers", "--lifespan", "off", "--timeout-graceful-shutdown", "10"]
