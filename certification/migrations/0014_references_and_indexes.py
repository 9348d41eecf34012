"""The database follows references by itself when a row is deleted in SQL, as the models say.

On PostgreSQL each foreign key is replaced by one with its delete rule. That looks at no row; the
check of the rows, which nobody waits for, comes afterwards. On SQLite triggers do it, which
`migrate` makes again each time (certification/models/deletion.py). No index is built under a lock.

Each step may be repeated: an interrupted migration is run again.
"""

from __future__ import annotations

from django.db import migrations, models

from certification.models import deletion

INDEXES = (
    ("certificationjob", models.Index(fields=["task_id"], name="job_task")),
    ("modelcertification", models.Index(fields=["created_at"], name="standing_created")),
)


def add_indexes(apps, schema_editor):
    for name, index in INDEXES:
        table = apps.get_model("certification", name)._meta.db_table
        concurrently = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        # An index whose building was interrupted is there, and not valid.
        if concurrently:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
        schema_editor.execute(
            f"CREATE INDEX {concurrently}IF NOT EXISTS {index.name} ON {table} ({index.fields[0]})"
        )


def remove_indexes(apps, schema_editor):
    concurrently = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    for _name, index in INDEXES:
        schema_editor.execute(f"DROP INDEX {concurrently}IF EXISTS {index.name}")


def set_delete_rules(apps, schema_editor):
    deletion.set_rules(schema_editor, deletion.references(apps))


def remove_delete_rules(apps, schema_editor):
    deletion.remove_rules(schema_editor, deletion.references(apps))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("certification", "0013_job_columns_and_attempts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add_indexes, remove_indexes, atomic=False)],
            state_operations=[migrations.AddIndex(name, index) for name, index in INDEXES],
        ),
        migrations.RunPython(set_delete_rules, remove_delete_rules, atomic=False),
    ]
