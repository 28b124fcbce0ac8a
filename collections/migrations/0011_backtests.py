"""Backtests of dunning policies."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0010_wordings_guard'),
        ('orders', '0003_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Backtest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first', models.DateField()),
                ('until', models.DateField()),
                ('state', models.CharField(choices=[('waiting', 'Being played'), ('done', 'Done')], default='waiting', max_length=10)),
                ('result', models.JSONField(default=dict, help_text='What `backtesting` found, of `version` and of `beside`.')),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('beside', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='collections.dunningpolicy')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='orders.legalentity')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backtests', to='collections.dunningpolicy')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('first'))), name='backtest_some_days'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('entity', 'version', 'first', 'until'), name='backtest_waits_once')],
            },
        ),
    ]
