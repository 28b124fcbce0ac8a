"""Invoices of what was ordered and delivered: their lines, runs, and what differs."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0015_allocations_by_payer'),
        ('orders', '0013_deliveries'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='AcceptedDifference',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('amount', o2c.core.money.AmountField(help_text="What the differences came to, in the invoice's currency.")),
                ('digest', models.CharField(help_text='Of the lines that were accepted; changed ones are held again.', max_length=32)),
                ('reason', models.CharField(max_length=300)),
                ('accepted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('accepted_by', models.CharField(max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='AcceptedDifferenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('amount', o2c.core.money.AmountField(help_text="What the differences came to, in the invoice's currency.")),
                ('digest', models.CharField(help_text='Of the lines that were accepted; changed ones are held again.', max_length=32)),
                ('reason', models.CharField(max_length=300)),
                ('accepted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('accepted_by', models.CharField(max_length=150)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BillingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('automatic', models.BooleanField(default=False, help_text='A run a day, early in the morning, by itself.')),
            ],
            options={
                'verbose_name_plural': 'billing rules',
            },
        ),
        migrations.CreateModel(
            name='BillingRulesEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('automatic', models.BooleanField(default=False, help_text='A run a day, early in the morning, by itself.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BillingRun',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('as_of', models.DateField(help_text='What was delivered until this day; the day of the invoices.')),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done')], default='running', max_length=10)),
                ('invoices', models.PositiveIntegerField(default=0, help_text='That were issued.')),
                ('held', models.PositiveIntegerField(default=0, help_text='Drafts that a rule keeps back.')),
                ('automatic', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BillingTolerance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('amount', o2c.core.money.AmountField(default=0, help_text="A line, in its invoice's currency.")),
                ('percent', models.DecimalField(decimal_places=3, default=0, max_digits=6)),
            ],
        ),
        migrations.CreateModel(
            name='BillingToleranceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('amount', o2c.core.money.AmountField(default=0, help_text="A line, in its invoice's currency.")),
                ('percent', models.DecimalField(decimal_places=3, default=0, max_digits=6)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='invoice',
            name='deliver_to_city',
            field=models.CharField(blank=True, db_default='', default='', help_text='BT-77', max_length=100),
        ),
        migrations.AddField(
            model_name='invoice',
            name='deliver_to_name',
            field=models.CharField(blank=True, db_default='', default='', help_text='BT-70', max_length=200),
        ),
        migrations.AddField(
            model_name='invoice',
            name='deliver_to_postal_code',
            field=models.CharField(blank=True, db_default='', default='', help_text='BT-78', max_length=20),
        ),
        migrations.AddField(
            model_name='invoice',
            name='deliver_to_street',
            field=models.CharField(blank=True, db_default='', default='', help_text='BT-75', max_length=200),
        ),
        migrations.AddField(
            model_name='invoice',
            name='despatch_reference',
            field=models.CharField(blank=True, db_default='', default='', help_text='BT-16, the delivery', max_length=100),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='delivery_line',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoice_lines', to='orders.deliveryline'),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='order_line',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoice_lines', to='orders.orderline'),
        ),
        migrations.AddIndex(
            model_name='invoiceline',
            index=models.Index(condition=models.Q(('order_line__isnull', False)), fields=['order_line'], name='invoice_line_by_order'),
        ),
        migrations.AddIndex(
            model_name='invoiceline',
            index=models.Index(condition=models.Q(('delivery_line__isnull', False)), fields=['delivery_line'], name='invoice_line_by_delivery'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('delivery_line__isnull', True), ('order_line__isnull', False), _connector='OR'), name='invoice_line_of_order'),
        ),
        migrations.AddField(
            model_name='accepteddifference',
            name='invoice',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='accepted_difference', to='invoicing.invoice'),
        ),
        migrations.AddField(
            model_name='accepteddifferenceevent',
            name='invoice',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.invoice'),
        ),
        migrations.AddField(
            model_name='accepteddifferenceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='accepteddifferenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.accepteddifference'),
        ),
        migrations.AddField(
            model_name='billingrules',
            name='entity',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='billing_rules', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='billingrulesevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='billingrulesevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='billingrulesevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.billingrules'),
        ),
        migrations.AddField(
            model_name='billingrun',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='billing_runs', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='billingtolerance',
            name='account',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='billing_tolerance', to='orders.account'),
        ),
        migrations.AddField(
            model_name='billingtoleranceevent',
            name='account',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.account'),
        ),
        migrations.AddField(
            model_name='billingtoleranceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='billingtoleranceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.billingtolerance'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accepteddifference',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_accepteddifferenceevent" ("accepted_at", "accepted_by", "amount", "digest", "id", "invoice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."accepted_at", NEW."accepted_by", NEW."amount", NEW."digest", NEW."id", NEW."invoice_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='b697bd289f05600271efc16caacc175e5e5197ff', operation='INSERT', pgid='pgtrigger_insert_insert_c9fa4', table='invoicing_accepteddifference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accepteddifference',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "invoicing_accepteddifferenceevent" ("accepted_at", "accepted_by", "amount", "digest", "id", "invoice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."accepted_at", NEW."accepted_by", NEW."amount", NEW."digest", NEW."id", NEW."invoice_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='1f7a34b96b770daff246268cca132edde456cdd3', operation='UPDATE', pgid='pgtrigger_update_update_bdfc7', table='invoicing_accepteddifference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accepteddifference',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_accepteddifferenceevent" ("accepted_at", "accepted_by", "amount", "digest", "id", "invoice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."accepted_at", OLD."accepted_by", OLD."amount", OLD."digest", OLD."id", OLD."invoice_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='cd896f74c847b8e07e55059c6e1b2edce330c376', operation='DELETE', pgid='pgtrigger_delete_delete_372bb', table='invoicing_accepteddifference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingrules',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_billingrulesevent" ("automatic", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."automatic", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='deab222498a4ab39d85cd3d35c12c031aa82e71e', operation='INSERT', pgid='pgtrigger_insert_insert_bfa42', table='invoicing_billingrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingrules',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "invoicing_billingrulesevent" ("automatic", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."automatic", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='802c31229c5d8b6bd88a98690c25f9f489406b3c', operation='UPDATE', pgid='pgtrigger_update_update_a30ad', table='invoicing_billingrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingrules',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_billingrulesevent" ("automatic", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."automatic", OLD."entity_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='eb2a1824731903823c9bcfba62db5c8605313cf8', operation='DELETE', pgid='pgtrigger_delete_delete_01278', table='invoicing_billingrules', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='billingrun',
            index=models.Index(fields=['updated_at', 'id'], name='billing_run_by_change'),
        ),
        migrations.AddIndex(
            model_name='billingrun',
            index=models.Index(fields=['entity', '-id'], name='billing_run_by_entity'),
        ),
        migrations.AddConstraint(
            model_name='billingrun',
            constraint=models.UniqueConstraint(condition=models.Q(('automatic', True)), fields=('entity', 'as_of'), name='billing_run_once_a_day'),
        ),
        migrations.AddIndex(
            model_name='billingtolerance',
            index=models.Index(fields=['updated_at', 'id'], name='billing_tolerance_by_change'),
        ),
        migrations.AddConstraint(
            model_name='billingtolerance',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('percent__gte', 0), ('percent__lte', 100)), name='billing_tolerance_sane'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingtolerance',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_billingtoleranceevent" ("account_id", "amount", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."account_id", NEW."amount", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='ed4fbe0e0a42c8e5f4c15e28686f1450e5558466', operation='INSERT', pgid='pgtrigger_insert_insert_f7816', table='invoicing_billingtolerance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingtolerance',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."percent" IS DISTINCT FROM (NEW."percent"))', func='INSERT INTO "invoicing_billingtoleranceevent" ("account_id", "amount", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."account_id", NEW."amount", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='a8fc05cc13ab5720c096fdd93f5d6fdccd52b217', operation='UPDATE', pgid='pgtrigger_update_update_87338', table='invoicing_billingtolerance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingtolerance',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_billingtoleranceevent" ("account_id", "amount", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."account_id", OLD."amount", OLD."id", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='6777f5907635871938e572682bcdb016b606536a', operation='DELETE', pgid='pgtrigger_delete_delete_d71ec', table='invoicing_billingtolerance', when='AFTER')),
        ),
        from_file(Path(__file__).parents[1] / "sql", "billing"),
    ])
