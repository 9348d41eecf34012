"""On SQLite, the times of earlier versions are written like those of this one: to the microsecond.

SQLite compares times as text, and they had three decimals, six or none (config/sqlite/).
"""

from __future__ import annotations

from django.db import migrations


def write_all_decimals(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"PRAGMA table_info({quote(table)})")
            columns = [row[1] for row in cursor.fetchall() if row[2].lower() == "datetime"]
            for column in map(quote, columns):
                cursor.execute(
                    f"UPDATE {quote(table)} SET {column} = {column} || "
                    f"CASE length({column}) WHEN 19 THEN '.000000' ELSE '000' END "
                    f"WHERE length({column}) IN (19, 23)"
                )


class Migration(migrations.Migration):
    dependencies = [("certification", "0011_guesses_of_passwords")]

    operations = [migrations.RunPython(write_all_decimals, migrations.RunPython.noop)]
