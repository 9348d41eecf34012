"""The error category REGION_SHUT is called CIRCUIT_OPEN, as everywhere else.

A few rows at a time, each in a transaction of its own: nobody waits for it.
"""

from __future__ import annotations

from django.db import migrations

BEFORE, AFTER = "REGION_SHUT", "CIRCUIT_OPEN"
BATCH = 1_000


def _rename_category(apps, before, after):
    for model, field in (
        ("CircuitBreaker", "reason"),
        ("RegionFailure", "category"),
        ("DeadLetter", "error_category"),
        ("ModelCertification", "error_category"),
        ("ModelCertification", "stale_reason"),
        ("JobCertification", "error_category"),
    ):
        rows = apps.get_model("certification", model).objects
        while some := list(rows.filter(**{field: before}).values_list("pk", flat=True)[:BATCH]):
            rows.filter(pk__in=some).update(**{field: after})


def rename_category(apps, schema_editor):
    _rename_category(apps, BEFORE, AFTER)


def rename_category_back(apps, schema_editor):
    _rename_category(apps, AFTER, BEFORE)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("certification", "0008_standard_names")]

    operations = [migrations.RunPython(rename_category, rename_category_back)]
