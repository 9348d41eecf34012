"""Schedules may allow some kinds of routes only."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certification', '0016_blocked_is_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='schedule',
            name='routes',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Kinds that may be used. None chosen: all that the deployment allows.', verbose_name='routes'),
        ),
    ]
