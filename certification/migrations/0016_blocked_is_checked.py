"""PostgreSQL checks the constraints of 0015, while others go on writing.

Backwards, a result that earlier versions do not know becomes one that they do, a few rows at a time.
"""

from __future__ import annotations

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations
from django.db.models import F

BATCH = 1_000


class Check(ValidateConstraint):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def rename_back(apps, schema_editor):
    for model, field in (
        ("JobCertification", "status"),
        ("ModelCertification", "status"),
        ("ModelCertification", "verdict"),
    ):
        rows = apps.get_model("certification", model).objects
        while some := list(rows.filter(**{field: "BLOCKED"}).values_list("pk", flat=True)[:BATCH]):
            rows.filter(pk__in=some).update(**{field: "INCONCLUSIVE"})
    jobs = apps.get_model("certification", "CertificationJob").objects
    while some := list(jobs.filter(blocked_count__gt=0).values_list("pk", flat=True)[:BATCH]):
        jobs.filter(pk__in=some).update(
            inconclusive_count=F("inconclusive_count") + F("blocked_count"), blocked_count=0
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("certification", "0015_routes_and_blocked")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, rename_back),
        Check("jobcertification", "pair_status_known"),
        Check("modelcertification", "standing_status_known"),
    ]
