"""The routes of a certification, and BLOCKED beside the other results."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class AddUnchecked(migrations.AddConstraint):
    """Adds a constraint without reading the table under a lock; 0016 has PostgreSQL check it."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            add = AddConstraintNotValid(self.model_name, self.constraint)
            add.database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ('certification', '0014_references_and_indexes'),
        ('models_registry', '0003_origin_of_imported'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='jobcertification',
            name='pair_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='modelcertification',
            name='standing_status_known',
        ),
        migrations.AddField(
            model_name='certificationjob',
            name='blocked_count',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='blocked'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='dead',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Declared abilities of which a check got no points.', verbose_name='dead capabilities'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='endpoint',
            field=models.CharField(blank=True, db_default='', default='', help_text="The address that was called in AWS's place; empty for AWS itself.", max_length=200, verbose_name='endpoint'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='route_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=250, verbose_name='id called'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='route_kind',
            field=models.CharField(blank=True, choices=[('IN_REGION', 'in the region'), ('GEO', 'geographic profile'), ('GLOBAL', 'global profile')], db_default='', default='', max_length=16, verbose_name='route'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='routes',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Every route, each with what came of it, in the order of preference.', verbose_name='routes'),
        ),
        migrations.AddField(
            model_name='jobcertification',
            name='unsteady',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Checks that gave different results when they were asked again.', verbose_name='unsteady checks'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='dead',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Declared abilities of which a check got no points.', verbose_name='dead capabilities'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='endpoint',
            field=models.CharField(blank=True, db_default='', default='', help_text="The address that was called in AWS's place; empty for AWS itself.", max_length=200, verbose_name='endpoint'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='route_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=250, verbose_name='id called'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='route_kind',
            field=models.CharField(blank=True, choices=[('IN_REGION', 'in the region'), ('GEO', 'geographic profile'), ('GLOBAL', 'global profile')], db_default='', default='', max_length=16, verbose_name='route'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='routes',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, help_text='Every route, each with what came of it, in the order of preference.', verbose_name='routes'),
        ),
        migrations.AddField(
            model_name='modelcertification',
            name='unsteady',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Checks that gave different results when they were asked again.', verbose_name='unsteady checks'),
        ),
        migrations.AlterField(
            model_name='certificationjob',
            name='failure_count',
            field=models.PositiveIntegerField(default=0, help_text='As old clients count failures.', verbose_name='failed, blocked or inconclusive'),
        ),
        migrations.AlterField(
            model_name='jobcertification',
            name='status',
            field=models.CharField(choices=[('PENDING', 'pending'), ('QUEUED', 'queued'), ('PROCESSING', 'processing'), ('PASSED', 'passed'), ('FAILED', 'failed'), ('BLOCKED', 'blocked'), ('INCONCLUSIVE', 'inconclusive'), ('UNSUPPORTED', 'unsupported'), ('CANCELLED', 'cancelled')], default='PENDING', max_length=16, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='modelcertification',
            name='status',
            field=models.CharField(choices=[('PENDING', 'pending'), ('QUEUED', 'queued'), ('PROCESSING', 'processing'), ('CERTIFIED', 'certified'), ('QUALITY_WARNING', 'quality warning'), ('FAILED', 'failed'), ('BLOCKED', 'blocked'), ('INCONCLUSIVE', 'inconclusive'), ('UNSUPPORTED', 'unsupported'), ('CANCELLED', 'cancelled')], default='PENDING', max_length=16, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='modelcertification',
            name='verdict',
            field=models.CharField(blank=True, choices=[('PENDING', 'pending'), ('QUEUED', 'queued'), ('PROCESSING', 'processing'), ('CERTIFIED', 'certified'), ('QUALITY_WARNING', 'quality warning'), ('FAILED', 'failed'), ('BLOCKED', 'blocked'), ('INCONCLUSIVE', 'inconclusive'), ('UNSUPPORTED', 'unsupported'), ('CANCELLED', 'cancelled')], db_default='', default='', max_length=16, verbose_name='verdict'),
        ),
        AddUnchecked(
            model_name='jobcertification',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'QUEUED', 'PROCESSING', 'PASSED', 'FAILED', 'BLOCKED', 'INCONCLUSIVE', 'UNSUPPORTED', 'CANCELLED'])), name='pair_status_known'),
        ),
        AddUnchecked(
            model_name='modelcertification',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'QUEUED', 'PROCESSING', 'CERTIFIED', 'QUALITY_WARNING', 'FAILED', 'BLOCKED', 'INCONCLUSIVE', 'UNSUPPORTED', 'CANCELLED'])), name='standing_status_known'),
        ),
    ]
