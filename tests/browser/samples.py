"""Example values for the parameters of addresses, from the deployment's database."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db.models import Model

from certification.models import DeadLetter, Schedule
from tests import screens
from tests.acceptance.deployment import Deployment

# Parameters that take the key of any row.
ROWS: Mapping[str, type[Model]] = {
    "dead_letter_id": DeadLetter,
    "schedule_id": Schedule,
    "user_id": User,
}


def of_job(deployment: Deployment, job_id: str, api_model_id: str) -> dict[str, str]:
    """Returns values by the names in tests/screens.py: the job and one of its certifications."""
    certifications = deployment.job(job_id)["certifications"]
    one = next(each for each in certifications if each["model"]["apiModelId"] == api_model_id)
    found = {
        "job_id": job_id,
        "certification_id": one["id"],
        "model_id": one["modelId"],
        "code": one["region"],
        "region": one["region"],
        "format_name": "csv",
    }
    tables = {**screens.TABLES, **ROWS}
    return found | {name: key for name in tables if (key := _any_key(deployment, tables[name]))}


def _any_key(deployment: Deployment, model: type[Model]) -> str:
    key = model._meta.pk
    rows = deployment.rows(f"SELECT {key.column} FROM {model._meta.db_table} ORDER BY 1 LIMIT 1")
    # The stored form of a key may differ from its form in an address.
    return quote(key.to_python(rows[0][0])) if rows else ""
