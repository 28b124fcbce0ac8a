"""What was owed at the end of each day, and what came about in each month."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0004_serving_guard'),
        ('core', '0013_month_partitions'),
        ('invoicing', '0021_many_at_once'),
        ('orders', '0018_many_at_once'),
    ]

    operations = together([
        migrations.CreateModel(
            name='AgingSnapshot',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'entity_id', 'customer_id', 'currency', 'bucket', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('entity_id', models.BigIntegerField()),
                ('customer_id', models.BigIntegerField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('bucket', models.SmallIntegerField(help_text='The first day past due that falls into it; 0: not due.')),
                ('items', models.PositiveIntegerField()),
                ('amount', o2c.core.money.AmountField(help_text='Signed: credits are taken off.')),
                ('credits', o2c.core.money.AmountField(help_text="Of it what is to the customer's credit; 0 or less.")),
                ('base_amount', o2c.core.money.AmountField(help_text='At the rate of the day, where there was one.', null=True)),
            ],
            options={
                'db_table': 'analytics_agingsnapshot',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='DueDateChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('due_on', models.DateField()),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='invoicing.openitem')),
            ],
        ),
        migrations.CreateModel(
            name='FiguresMade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('seconds', models.FloatField(default=0)),
                ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='figures_made', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='DaySnapshot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('bucket', models.SmallIntegerField()),
                ('customers', models.PositiveIntegerField()),
                ('items', models.PositiveIntegerField()),
                ('amount', o2c.core.money.AmountField()),
                ('credits', o2c.core.money.AmountField()),
                ('base_amount', o2c.core.money.AmountField(null=True)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.legalentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entity', 'day', 'currency', 'bucket'), name='day_snapshot_once')],
            },
        ),
        migrations.CreateModel(
            name='MonthFigure',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('month', models.DateField(help_text='Its first day.')),
                ('figure', models.CharField(choices=[('invoiced', 'Invoiced'), ('credited', 'Credited'), ('collected', 'Collected'), ('paid', 'Invoices paid, with the days from issue'), ('late', 'Invoices paid, with the days from the due date'), ('discount', 'Early-payment discount granted'), ('unearned', 'Discount taken though it was over'), ('bad_debt', 'Bad debt'), ('promised', 'Promises that came due'), ('kept', 'Of these kept'), ('disputed', 'Disputes opened'), ('resolved', 'Disputes resolved, with the days they took'), ('conceded', 'Deductions conceded'), ('recovered', 'Deductions paid after all'), ('called', 'Calls'), ('reached', 'Of these with somebody reached'), ('cost', 'What collecting cost')], max_length=10)),
                ('count', models.DecimalField(decimal_places=4, max_digits=19)),
                ('amount', o2c.core.money.AmountField()),
                ('days', models.BigIntegerField(default=0)),
                ('amount_days', models.DecimalField(decimal_places=4, default=0, help_text='Amounts times their days.', max_digits=24)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orders.legalentity')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', 'month'], name='month_figure_by_customer')],
                'constraints': [models.UniqueConstraint(fields=('entity', 'month', 'figure', 'customer'), name='month_figure_once')],
            },
        ),
        migrations.CreateModel(
            name='MonthTotal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('month', models.DateField()),
                ('figure', models.CharField(choices=[('invoiced', 'Invoiced'), ('credited', 'Credited'), ('collected', 'Collected'), ('paid', 'Invoices paid, with the days from issue'), ('late', 'Invoices paid, with the days from the due date'), ('discount', 'Early-payment discount granted'), ('unearned', 'Discount taken though it was over'), ('bad_debt', 'Bad debt'), ('promised', 'Promises that came due'), ('kept', 'Of these kept'), ('disputed', 'Disputes opened'), ('resolved', 'Disputes resolved, with the days they took'), ('conceded', 'Deductions conceded'), ('recovered', 'Deductions paid after all'), ('called', 'Calls'), ('reached', 'Of these with somebody reached'), ('cost', 'What collecting cost')], max_length=10)),
                ('count', models.DecimalField(decimal_places=4, max_digits=19)),
                ('amount', o2c.core.money.AmountField()),
                ('days', models.BigIntegerField(default=0)),
                ('amount_days', models.DecimalField(decimal_places=4, default=0, max_digits=24)),
                ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orders.legalentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entity', 'month', 'figure'), name='month_total_once')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('recorded_before', models.DateTimeField(help_text='What was recorded from then on is not in it.')),
                ('bounds', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='Of its buckets, in days past due.', size=None)),
                ('customers', models.PositiveIntegerField()),
                ('seconds', models.FloatField(default=0)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='orders.legalentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entity', 'day'), name='snapshot_once')],
            },
        ),
    ]) + [from_file(SQL, "snapshots")]
