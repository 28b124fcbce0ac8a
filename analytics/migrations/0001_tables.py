import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import AddTogether


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0001_tables'),
    ]

    operations = [
        AddTogether([
            migrations.CreateModel(
                name='BookRollup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rollup', to='orders.legalentity')),
                    ('as_of', models.DateField()),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='What was known at this time is in the figures.')),
                    ('changed_at', models.DateTimeField(help_text='When the book was last heard to have changed.', null=True)),
                    ('seconds', models.FloatField(default=0)),
                    ('euro_rate', models.DecimalField(decimal_places=8, help_text='Units of the base currency for one euro, to rank by.', max_digits=18, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='CustomerRollup',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='orders.customer')),
                    ('payer_id', models.BigIntegerField()),
                    ('collector_id', models.BigIntegerField(null=True)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('items', models.PositiveIntegerField()),
                    ('total', o2c.core.money.AmountField()),
                    ('overdue', o2c.core.money.AmountField()),
                    ('not_due', o2c.core.money.AmountField()),
                    ('days_1_30', o2c.core.money.AmountField()),
                    ('days_31_60', o2c.core.money.AmountField()),
                    ('days_61_90', o2c.core.money.AmountField()),
                    ('days_over_90', o2c.core.money.AmountField()),
                    ('oldest_due_on', models.DateField(null=True)),
                    ('base_total', o2c.core.money.AmountField(help_text="In the legal entity's base currency at the rate of the day.", null=True)),
                    ('base_overdue', o2c.core.money.AmountField(null=True)),
                    ('customer_base_overdue', o2c.core.money.AmountField(default=0, help_text='In all currencies together, those without a rate left out; the same on each row.')),
                ],
                options={
                    'indexes': [models.Index(fields=['entity', '-customer_base_overdue', 'customer'], name='customer_rollup_worst'), models.Index(fields=['customer'], name='customer_rollup_by_customer')],
                    'constraints': [models.UniqueConstraint(fields=('entity', 'customer', 'currency'), name='customer_rollup_once')],
                },
            ),
            migrations.CreateModel(
                name='CurrencyRollup',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='orders.legalentity')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('customers', models.PositiveIntegerField()),
                    ('customers_overdue', models.PositiveIntegerField()),
                    ('items', models.PositiveIntegerField()),
                    ('total', o2c.core.money.AmountField()),
                    ('overdue', o2c.core.money.AmountField()),
                    ('not_due', o2c.core.money.AmountField()),
                    ('days_1_30', o2c.core.money.AmountField()),
                    ('days_31_60', o2c.core.money.AmountField()),
                    ('days_61_90', o2c.core.money.AmountField()),
                    ('days_over_90', o2c.core.money.AmountField()),
                    ('base_total', o2c.core.money.AmountField(null=True)),
                    ('base_overdue', o2c.core.money.AmountField(null=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('entity', 'currency'), name='currency_rollup_once')],
                },
            ),
            migrations.CreateModel(
                name='ProofRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('as_of', models.DateField(help_text="The night's day, in UTC.", unique=True)),
                    ('finished_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('seconds', models.FloatField(default=0)),
                    ('rules', models.PositiveSmallIntegerField()),
                    ('findings', models.JSONField(default=list)),
                ],
                options={
                    'get_latest_by': 'as_of',
                },
            ),
        ]),
    ]
