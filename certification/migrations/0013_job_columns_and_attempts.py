"""The columns of jobs that the replaced system had, and the log of a pair's attempts."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certification', '0012_times_to_the_microsecond'),
        ('models_registry', '0003_origin_of_imported'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='attempt')),
                ('outcome', models.CharField(choices=[('RECORDED', 'recorded'), ('RETRIED', 'to be retried'), ('WAITED', 'waited for the region'), ('RELEASED', 'released by a worker that stopped'), ('RECLAIMED', 'reclaimed from a lost worker'), ('CANCELLED', 'cancelled')], max_length=16, verbose_name='outcome')),
                ('worker', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='worker')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('ended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='ended at')),
                ('error_category', models.CharField(blank=True, db_default='', default='', max_length=32, verbose_name='error category')),
                ('error_code', models.CharField(blank=True, db_default='', default='', max_length=64, verbose_name='error code')),
                ('error_message', models.TextField(blank=True, db_default='', default='', verbose_name='error message')),
                ('checks', models.JSONField(blank=True, default=list, verbose_name='checks')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'db_table': 'certification_attempts',
                'ordering': ('certification', 'number'),
            },
        ),
        migrations.AddField(
            model_name='certificationjob',
            name='ran_ms',
            field=models.BigIntegerField(blank=True, db_column='duration', help_text='From the start to the end, ms.', null=True, verbose_name='duration'),
        ),
        migrations.AddField(
            model_name='certificationjob',
            name='updated_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='updated at'),
        ),
        # The default in a second step: earlier rows were not updated now.
        migrations.AlterField(
            model_name='certificationjob',
            name='updated_at',
            field=models.DateTimeField(blank=True, db_default=django.db.models.functions.datetime.Now(), null=True, verbose_name='updated at'),
        ),
        migrations.AddField(
            model_name='attempt',
            name='certification',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempt_log', to='certification.jobcertification', verbose_name='job certification'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('certification', 'number'), name='attempt_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['RECORDED', 'RETRIED', 'WAITED', 'RELEASED', 'RECLAIMED', 'CANCELLED'])), name='attempt_outcome_known'),
        ),
    ]
