"""The field's standard names for what had names of its own.

Names of tables and columns stay, so that an older version can share the database during an
upgrade, and nothing here reads a table whole.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

CONSTRAINTS = (
    ("certification_region_gates", "gate_open_has_next_probe", "breaker_open_has_next_probe"),
    ("certification_region_gates", "gate_limit_positive", "breaker_limit_positive"),
    ("recertification_policies", "policy_numbers_positive", "schedule_numbers_positive"),
    ("recertification_policies", "policy_hours_of_a_day", "schedule_hours_of_a_day"),
    ("certification_dead_letters", "letter_status_known", "dead_letter_status_known"),
)
MODELS = (
    ("regiongate", "circuitbreaker"),
    ("recertificationpolicy", "schedule"),
    ("openedonce", "idempotentrequest"),
)


def _rename_constraints(schema_editor, pairs):
    """PostgreSQL keeps constraints by name; SQLite's stand in the table's own text, whose names
    nothing asks for."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, before, after in pairs:
        schema_editor.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {before} TO {after}")


def rename_constraints(apps, schema_editor):
    _rename_constraints(schema_editor, CONSTRAINTS)


def rename_constraints_back(apps, schema_editor):
    _rename_constraints(
        schema_editor, [(table, after, before) for table, before, after in CONSTRAINTS]
    )


def _copy_rights(apps, pairs):
    """Whoever was given a right over a table has it under the table's other name, too; the right
    under the first name stays, for a version that asks for it."""
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    for before, after in pairs:
        old = content_types.filter(app_label="certification", model=before).first()
        if old is None:
            continue
        new, _made = content_types.get_or_create(app_label="certification", model=after)
        for right in permissions.filter(content_type=old):
            verb = right.codename.partition("_")[0]
            copy, _made = permissions.get_or_create(
                content_type=new, codename=f"{verb}_{after}", defaults={"name": right.name}
            )
            copy.group_set.add(*right.group_set.all())
            copy.user_set.add(*right.user_set.all())


def copy_rights(apps, schema_editor):
    _copy_rights(apps, MODELS)


def copy_rights_back(apps, schema_editor):
    _copy_rights(apps, [(after, before) for before, after in MODELS])


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("certification", "0007_schedules_within_the_calendar"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("models_registry", "0003_origin_of_imported"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(rename_constraints, rename_constraints_back),
            ],
            state_operations=[
                # Circuit breakers
                migrations.RenameModel("RegionGate", "CircuitBreaker"),
                migrations.AlterModelOptions(
                    "circuitbreaker",
                    {
                        "ordering": ("region",),
                        "verbose_name": "circuit breaker",
                        "verbose_name_plural": "circuit breakers",
                    },
                ),
                migrations.AlterField(
                    "circuitbreaker",
                    "region",
                    models.OneToOneField(
                        db_column="region",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="circuit_breaker",
                        serialize=False,
                        to="models_registry.region",
                        verbose_name="region",
                    ),
                ),
                migrations.RemoveConstraint("circuitbreaker", "gate_open_has_next_probe"),
                migrations.RemoveConstraint("circuitbreaker", "gate_limit_positive"),
                migrations.AddConstraint(
                    "circuitbreaker",
                    models.CheckConstraint(
                        name="breaker_open_has_next_probe",
                        condition=Q(opened_at__isnull=True, retry_at__isnull=True)
                        | Q(opened_at__isnull=False, retry_at__isnull=False),
                    ),
                ),
                migrations.AddConstraint(
                    "circuitbreaker",
                    models.CheckConstraint(
                        name="breaker_limit_positive",
                        condition=Q(limit__isnull=True) | Q(limit__gte=1),
                    ),
                ),
                # Schedules
                migrations.RenameModel("RecertificationPolicy", "Schedule"),
                migrations.RemoveConstraint("schedule", "policy_numbers_positive"),
                migrations.RemoveConstraint("schedule", "policy_hours_of_a_day"),
                migrations.AddConstraint(
                    "schedule",
                    models.CheckConstraint(
                        name="schedule_numbers_positive",
                        condition=Q(every_hours__gte=1, valid_days__gte=1)
                        & (Q(pairs_a_day__isnull=True) | Q(pairs_a_day__gte=1)),
                    ),
                ),
                migrations.AddConstraint(
                    "schedule",
                    models.CheckConstraint(
                        name="schedule_hours_of_a_day",
                        condition=Q(from_hour__lte=23, to_hour__lte=23),
                    ),
                ),
                migrations.CreateModel(
                    name="ScheduleModel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "schedule",
                            models.ForeignKey(
                                db_column="recertificationpolicy_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="certification.schedule",
                            ),
                        ),
                        (
                            "model",
                            models.ForeignKey(
                                db_column="aimodel_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="models_registry.aimodel",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "recertification_policies_chosen_models",
                        "unique_together": {("schedule", "model")},
                    },
                ),
                migrations.CreateModel(
                    name="ScheduleRegion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "schedule",
                            models.ForeignKey(
                                db_column="recertificationpolicy_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="certification.schedule",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                db_column="region_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="models_registry.region",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "recertification_policies_chosen_regions",
                        "unique_together": {("schedule", "region")},
                    },
                ),
                migrations.AlterField(
                    "schedule",
                    "chosen_models",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None chosen: all that fit the above.",
                        related_name="+",
                        through="certification.ScheduleModel",
                        to="models_registry.aimodel",
                        verbose_name="models",
                    ),
                ),
                migrations.AlterField(
                    "schedule",
                    "chosen_regions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None chosen: all active ones.",
                        related_name="+",
                        through="certification.ScheduleRegion",
                        to="models_registry.region",
                        verbose_name="regions",
                    ),
                ),
                migrations.AlterField(
                    "certificationjob",
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        db_column="policy_id",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="certification.schedule",
                        verbose_name="schedule",
                    ),
                ),
                migrations.RenameField("certificationjob", "policy", "schedule"),
                # Queued pairs
                migrations.AlterField(
                    "jobcertification",
                    "rung_at",
                    models.DateTimeField(
                        blank=True, db_column="rung_at", null=True, verbose_name="queued at"
                    ),
                ),
                migrations.RenameField("jobcertification", "rung_at", "queued_at"),
                # Idempotent requests
                migrations.RenameModel("OpenedOnce", "IdempotentRequest"),
                # Dead letters
                migrations.RemoveConstraint("deadletter", "letter_status_known"),
                migrations.AddConstraint(
                    "deadletter",
                    models.CheckConstraint(
                        name="dead_letter_status_known",
                        condition=Q(
                            status__in=["OPEN", "REQUEUED", "CLOSED", "SUPERSEDED", "DISMISSED"]
                        ),
                    ),
                ),
            ],
        ),
        migrations.RenameIndex(
            "deadletter", new_name="dead_letter_status", old_name="letter_status"
        ),
        migrations.RunPython(copy_rights, copy_rights_back),
        migrations.AlterModelOptions(
            "auditentry",
            {
                "ordering": ("-at", "id"),
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
            },
        ),
    ]
