"""What was contested again and again, to be checked before it is invoiced."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.database.together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0036_dispute_cases_guard'),
        ('invoicing', '0010_credit_requests_guard'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        o2c.core.database.together.AddTogether(
            operations=[migrations.CreateModel(
                name='DisputeSuggestion',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('product', models.CharField(blank=True, default='', help_text='As invoices call it; else a customer.', max_length=60)),
                    ('cause', models.CharField(blank=True, choices=[('pricing', 'Prices kept wrongly'), ('order_entry', 'Order entered wrongly'), ('warehouse', 'Picked or packed wrongly'), ('carrier', 'Carrier'), ('product', 'Quality of the product'), ('invoicing', 'Invoiced wrongly'), ('contract', 'Contract unclear'), ('cash', 'Payment applied wrongly'), ('customer', 'Error of the customer'), ('other', 'Something else')], default='', help_text='What was mostly found.', max_length=12)),
                    ('disputes', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The evidence: ids of disputes.', size=None)),
                    ('first_on', models.DateField()),
                    ('last_on', models.DateField()),
                    ('proposed_on', models.DateField()),
                    ('state', models.CharField(choices=[('open', 'Proposed'), ('accepted', 'Accepted'), ('dismissed', 'Dismissed')], default='open', max_length=10)),
                    ('note', models.CharField(blank=True, default='', help_text='Of whoever decided.', max_length=300)),
                    ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                    ('decided_on', models.DateField(blank=True, null=True)),
                    ('code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.reasoncode')),
                    ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.legalentity')),
                ],
                options={
                    'indexes': [models.Index(fields=['updated_at', 'id'], name='dispute_suggestion_by_change')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('entity', 'customer', 'product', 'code'), name='dispute_suggestion_open_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', False), ('product', '')), models.Q(('customer', None), models.Q(('product', ''), _negated=True)), _connector='OR'), name='dispute_suggestion_of_one'), models.CheckConstraint(condition=models.Q(models.Q(('decided_on', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_on__isnull', False)), _connector='OR'), name='dispute_suggestion_decided_on')],
                },
            ), migrations.CreateModel(
                name='DisputeSuggestionEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('product', models.CharField(blank=True, default='', help_text='As invoices call it; else a customer.', max_length=60)),
                    ('cause', models.CharField(blank=True, choices=[('pricing', 'Prices kept wrongly'), ('order_entry', 'Order entered wrongly'), ('warehouse', 'Picked or packed wrongly'), ('carrier', 'Carrier'), ('product', 'Quality of the product'), ('invoicing', 'Invoiced wrongly'), ('contract', 'Contract unclear'), ('cash', 'Payment applied wrongly'), ('customer', 'Error of the customer'), ('other', 'Something else')], default='', help_text='What was mostly found.', max_length=12)),
                    ('disputes', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The evidence: ids of disputes.', size=None)),
                    ('first_on', models.DateField()),
                    ('last_on', models.DateField()),
                    ('proposed_on', models.DateField()),
                    ('state', models.CharField(choices=[('open', 'Proposed'), ('accepted', 'Accepted'), ('dismissed', 'Dismissed')], default='open', max_length=10)),
                    ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                    ('decided_on', models.DateField(blank=True, null=True)),
                    ('code', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.reasoncode')),
                    ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.disputesuggestion')),
                ],
                options={
                    'abstract': False,
                },
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputesuggestion',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputesuggestionevent" ("cause", "code_id", "customer_id", "decided_by", "decided_on", "disputes", "entity_id", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product", "proposed_on", "state") VALUES (NEW."cause", NEW."code_id", NEW."customer_id", NEW."decided_by", NEW."decided_on", NEW."disputes", NEW."entity_id", NEW."first_on", NEW."id", NEW."last_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."product", NEW."proposed_on", NEW."state"); RETURN NULL;', hash='a1bd47832bc035759bf6716146dfb6b1b6f86fd7', operation='INSERT', pgid='pgtrigger_insert_insert_74807', table='collections_disputesuggestion', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputesuggestion',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."cause" IS DISTINCT FROM (NEW."cause") OR OLD."code_id" IS DISTINCT FROM (NEW."code_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."decided_by" IS DISTINCT FROM (NEW."decided_by") OR OLD."decided_on" IS DISTINCT FROM (NEW."decided_on") OR OLD."disputes" IS DISTINCT FROM (NEW."disputes") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."first_on" IS DISTINCT FROM (NEW."first_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."last_on" IS DISTINCT FROM (NEW."last_on") OR OLD."product" IS DISTINCT FROM (NEW."product") OR OLD."proposed_on" IS DISTINCT FROM (NEW."proposed_on") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "collections_disputesuggestionevent" ("cause", "code_id", "customer_id", "decided_by", "decided_on", "disputes", "entity_id", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product", "proposed_on", "state") VALUES (NEW."cause", NEW."code_id", NEW."customer_id", NEW."decided_by", NEW."decided_on", NEW."disputes", NEW."entity_id", NEW."first_on", NEW."id", NEW."last_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."product", NEW."proposed_on", NEW."state"); RETURN NULL;', hash='420809a510f615cdd579f9030e30a3644bac9c4e', operation='UPDATE', pgid='pgtrigger_update_update_c625e', table='collections_disputesuggestion', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputesuggestion',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputesuggestionevent" ("cause", "code_id", "customer_id", "decided_by", "decided_on", "disputes", "entity_id", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product", "proposed_on", "state") VALUES (OLD."cause", OLD."code_id", OLD."customer_id", OLD."decided_by", OLD."decided_on", OLD."disputes", OLD."entity_id", OLD."first_on", OLD."id", OLD."last_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."product", OLD."proposed_on", OLD."state"); RETURN NULL;', hash='161038b5027c2d0556b3e2512ac91b134d350054', operation='DELETE', pgid='pgtrigger_delete_delete_0703c', table='collections_disputesuggestion', when='AFTER')),
            )],
        ),
        from_file(SQL, "dispute_suggestions"),
    ]
