"""Credit notes that are asked for, and the reasons that came with them."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.audit.models
import o2c.core.database.together
import o2c.core.money
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0008_interest_account'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        o2c.core.database.together.AddTogether(
            operations=[migrations.CreateModel(
                name='CreditRequest',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('reason', models.CharField(max_length=300)),
                    ('asker', models.CharField(max_length=150)),
                    ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('first_at', models.DateTimeField(blank=True, null=True)),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('note', models.CharField(blank=True, default='', help_text='Of whoever decided.', max_length=300)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('issued', 'Credited'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='Tax included.')),
                    ('base_amount', o2c.core.money.AmountField(help_text='In the base currency on the day it was asked for, if known.', null=True)),
                    ('text', models.CharField(help_text='What stands on the credit note.', max_length=300)),
                    ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                    ('asked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('credit_note', models.OneToOneField(blank=True, help_text='Once it is issued.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asked_for_by', to='invoicing.invoice')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('decided_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('first_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('invoice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_requests', to='invoicing.openitem')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'asked')), fields=['entity', 'id'], name='credit_request_asked'), models.Index(fields=['updated_at', 'id'], name='credit_request_by_change')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_by', models.F('asked_by')), _negated=True), models.Q(('first_by', models.F('asked_by')), _negated=True), models.Q(('first_by', models.F('decided_by')), _negated=True)), name='credit_request_by_others'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='credit_request_positive'), models.CheckConstraint(condition=models.Q(models.Q(('credit_note__isnull', False), ('state', 'issued')), models.Q(models.Q(('state', 'issued'), _negated=True), ('credit_note__isnull', True)), _connector='OR'), name='credit_request_issued_by_note')],
                },
            ), migrations.CreateModel(
                name='CreditRequestEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('reason', models.CharField(max_length=300)),
                    ('asker', models.CharField(max_length=150)),
                    ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('first_at', models.DateTimeField(blank=True, null=True)),
                    ('decided_at', models.DateTimeField(blank=True, null=True)),
                    ('note', models.CharField(blank=True, default='', help_text='Of whoever decided.', max_length=300)),
                    ('id', models.BigIntegerField()),
                    ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('issued', 'Credited'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='Tax included.')),
                    ('base_amount', o2c.core.money.AmountField(help_text='In the base currency on the day it was asked for, if known.', null=True)),
                    ('text', models.CharField(help_text='What stands on the credit note.', max_length=300)),
                    ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                    ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('credit_note', models.ForeignKey(blank=True, db_constraint=False, help_text='Once it is issued.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.invoice')),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('first_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('invoice', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.invoice')),
                    ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.creditrequest')),
                ],
                options={
                    'abstract': False,
                },
            ), pgtrigger.migrations.AddTrigger(
                model_name='creditrequest',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_creditrequestevent" ("amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "credit_note_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "invoice_id", "item_id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "text") VALUES (NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."asker", NEW."base_amount", NEW."context_id", NEW."credit_note_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."entity_id", NEW."first_at", NEW."first_by_id", NEW."id", NEW."invoice_id", NEW."item_id", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."state", NEW."text"); RETURN NULL;', hash='1643abd771b085ca014533cf9d76da335cb4055a', operation='INSERT', pgid='pgtrigger_insert_insert_1acfb', table='invoicing_creditrequest', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='creditrequest',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asker" IS DISTINCT FROM (NEW."asker") OR OLD."base_amount" IS DISTINCT FROM (NEW."base_amount") OR OLD."context_id" IS DISTINCT FROM (NEW."context_id") OR OLD."credit_note_id" IS DISTINCT FROM (NEW."credit_note_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."first_at" IS DISTINCT FROM (NEW."first_at") OR OLD."first_by_id" IS DISTINCT FROM (NEW."first_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."invoice_id" IS DISTINCT FROM (NEW."invoice_id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."text" IS DISTINCT FROM (NEW."text"))', func='INSERT INTO "invoicing_creditrequestevent" ("amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "credit_note_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "invoice_id", "item_id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "text") VALUES (NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."asker", NEW."base_amount", NEW."context_id", NEW."credit_note_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."entity_id", NEW."first_at", NEW."first_by_id", NEW."id", NEW."invoice_id", NEW."item_id", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."state", NEW."text"); RETURN NULL;', hash='105a5bb33086dfff3fb00fc30670f87a5180cdd2', operation='UPDATE', pgid='pgtrigger_update_update_afa61', table='invoicing_creditrequest', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='creditrequest',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_creditrequestevent" ("amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "credit_note_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "invoice_id", "item_id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "text") VALUES (OLD."amount", OLD."asked_at", OLD."asked_by_id", OLD."asker", OLD."base_amount", OLD."context_id", OLD."credit_note_id", OLD."currency", OLD."customer_id", OLD."decided_at", OLD."decided_by_id", OLD."entity_id", OLD."first_at", OLD."first_by_id", OLD."id", OLD."invoice_id", OLD."item_id", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."state", OLD."text"); RETURN NULL;', hash='3200a5cf28e294c59e7c4bed3ddb82759dce4eb8', operation='DELETE', pgid='pgtrigger_delete_delete_6caef', table='invoicing_creditrequest', when='AFTER')),
            )],
        ),
        from_file(SQL, "credit_requests"),
    ]
