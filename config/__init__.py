"""Wiring only: settings, urls, servers and Celery. No rule lives here."""

from .celery import app as celery_app

__all__ = ["celery_app"]
