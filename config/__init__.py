"""Configuration: settings, URLs, servers and Celery. Contains no business rules."""

from .celery import app as celery_app

__all__ = ["celery_app"]
