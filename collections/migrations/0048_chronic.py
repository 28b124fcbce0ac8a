"""Chronic accounts: from when on an account is one, and what people have decided."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"

class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0047_late_payers_guard'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='ChronicDecision',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('act', models.CharField(choices=[('hold', 'Credit hold'), ('hand_over', 'Agency or lawyer'), ('write_off', 'Write-off'), ('exit', 'End of business')], max_length=10)),
                ('decision', models.CharField(choices=[('accepted', 'Accepted'), ('kept', 'Kept as it is')], max_length=10)),
                ('why', models.CharField(max_length=500)),
                ('figures', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('until', models.DateField(blank=True, help_text='Kept as it is until this day.', null=True)),
                ('decided_on', models.DateField()),
                ('decided_by', models.CharField(max_length=150)),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chronic_decisions', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
            ],
        ),
        migrations.CreateModel(
            name='ChronicDecisionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('act', models.CharField(choices=[('hold', 'Credit hold'), ('hand_over', 'Agency or lawyer'), ('write_off', 'Write-off'), ('exit', 'End of business')], max_length=10)),
                ('decision', models.CharField(choices=[('accepted', 'Accepted'), ('kept', 'Kept as it is')], max_length=10)),
                ('why', models.CharField(max_length=500)),
                ('figures', models.JSONField(default=dict)),
                ('until', models.DateField(blank=True, help_text='Kept as it is until this day.', null=True)),
                ('decided_on', models.DateField()),
                ('decided_by', models.CharField(max_length=150)),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('payer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.chronicdecision')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ChronicRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('overdue_days', models.PositiveSmallIntegerField(help_text='Something has been overdue for more days than so.')),
                ('minimum', o2c.core.money.AmountField(help_text='At least so much is overdue, in the base currency.')),
                ('unpaid_days', models.PositiveSmallIntegerField(help_text='And nothing was paid within so many days.')),
                ('exit_days', models.PositiveSmallIntegerField(blank=True, help_text='Overdue for more days than so and blocked: to end the business. Empty: never.', null=True)),
                ('write_off_days', models.PositiveSmallIntegerField(blank=True, help_text='What is overdue for more days than so is to be written off. Empty: never.', null=True)),
                ('changed_by', models.CharField(max_length=150)),
                ('entity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='chronic_rules', to='orders.legalentity')),
            ],
            options={
                'verbose_name_plural': 'chronic rules',
            },
        ),
        migrations.CreateModel(
            name='ChronicRulesEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('overdue_days', models.PositiveSmallIntegerField(help_text='Something has been overdue for more days than so.')),
                ('minimum', o2c.core.money.AmountField(help_text='At least so much is overdue, in the base currency.')),
                ('unpaid_days', models.PositiveSmallIntegerField(help_text='And nothing was paid within so many days.')),
                ('exit_days', models.PositiveSmallIntegerField(blank=True, help_text='Overdue for more days than so and blocked: to end the business. Empty: never.', null=True)),
                ('write_off_days', models.PositiveSmallIntegerField(blank=True, help_text='What is overdue for more days than so is to be written off. Empty: never.', null=True)),
                ('changed_by', models.CharField(max_length=150)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.chronicrules')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='chronicdecision',
            index=models.Index(fields=['entity', 'customer', '-id'], name='chronic_decision_latest'),
        ),
        migrations.AddIndex(
            model_name='chronicdecision',
            index=models.Index(fields=['updated_at', 'id'], name='chronic_decision_by_change'),
        ),
        migrations.AddConstraint(
            model_name='chronicdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'accepted'), ('until', None)), models.Q(('decision', 'kept'), ('until__gt', models.F('decided_on')), ('until__isnull', False)), _connector='OR'), name='chronic_kept_until_a_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicdecision',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_chronicdecisionevent" ("act", "customer_id", "decided_at", "decided_by", "decided_on", "decision", "entity_id", "figures", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "until", "why") VALUES (NEW."act", NEW."customer_id", NEW."decided_at", NEW."decided_by", NEW."decided_on", NEW."decision", NEW."entity_id", NEW."figures", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."until", NEW."why"); RETURN NULL;', hash='6ec038bdadde47a3ef810bd2dfb796b40c8d8e19', operation='INSERT', pgid='pgtrigger_insert_insert_f136e', table='collections_chronicdecision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicdecision',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."act" IS DISTINCT FROM (NEW."act") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by" IS DISTINCT FROM (NEW."decided_by") OR OLD."decided_on" IS DISTINCT FROM (NEW."decided_on") OR OLD."decision" IS DISTINCT FROM (NEW."decision") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."figures" IS DISTINCT FROM (NEW."figures") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."until" IS DISTINCT FROM (NEW."until") OR OLD."why" IS DISTINCT FROM (NEW."why"))', func='INSERT INTO "collections_chronicdecisionevent" ("act", "customer_id", "decided_at", "decided_by", "decided_on", "decision", "entity_id", "figures", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "until", "why") VALUES (NEW."act", NEW."customer_id", NEW."decided_at", NEW."decided_by", NEW."decided_on", NEW."decision", NEW."entity_id", NEW."figures", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."until", NEW."why"); RETURN NULL;', hash='d3816477a14faca861628369fdaa07b02c9902f2', operation='UPDATE', pgid='pgtrigger_update_update_55f44', table='collections_chronicdecision', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicdecision',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_chronicdecisionevent" ("act", "customer_id", "decided_at", "decided_by", "decided_on", "decision", "entity_id", "figures", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "until", "why") VALUES (OLD."act", OLD."customer_id", OLD."decided_at", OLD."decided_by", OLD."decided_on", OLD."decision", OLD."entity_id", OLD."figures", OLD."id", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."until", OLD."why"); RETURN NULL;', hash='d50660ec5513b2a727b9f38968a1662a50def43a', operation='DELETE', pgid='pgtrigger_delete_delete_d0d80', table='collections_chronicdecision', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='chronicrules',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__gte', 0), ('overdue_days__gte', 1), models.Q(('exit_days', None), ('exit_days__gte', 1), _connector='OR'), models.Q(('write_off_days', None), ('write_off_days__gte', 1), _connector='OR')), name='chronic_rules_sane'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicrules',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_chronicrulesevent" ("changed_by", "entity_id", "exit_days", "id", "minimum", "overdue_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unpaid_days", "write_off_days") VALUES (NEW."changed_by", NEW."entity_id", NEW."exit_days", NEW."id", NEW."minimum", NEW."overdue_days", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."unpaid_days", NEW."write_off_days"); RETURN NULL;', hash='3e6ddec92058e9471ee561678e7d3566c91377d8', operation='INSERT', pgid='pgtrigger_insert_insert_c2e86', table='collections_chronicrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicrules',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."changed_by" IS DISTINCT FROM (NEW."changed_by") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."exit_days" IS DISTINCT FROM (NEW."exit_days") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."minimum" IS DISTINCT FROM (NEW."minimum") OR OLD."overdue_days" IS DISTINCT FROM (NEW."overdue_days") OR OLD."unpaid_days" IS DISTINCT FROM (NEW."unpaid_days") OR OLD."write_off_days" IS DISTINCT FROM (NEW."write_off_days"))', func='INSERT INTO "collections_chronicrulesevent" ("changed_by", "entity_id", "exit_days", "id", "minimum", "overdue_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unpaid_days", "write_off_days") VALUES (NEW."changed_by", NEW."entity_id", NEW."exit_days", NEW."id", NEW."minimum", NEW."overdue_days", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."unpaid_days", NEW."write_off_days"); RETURN NULL;', hash='cd757462dd9d99de01b68663b6b63c7883ca2b33', operation='UPDATE', pgid='pgtrigger_update_update_45e05', table='collections_chronicrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chronicrules',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_chronicrulesevent" ("changed_by", "entity_id", "exit_days", "id", "minimum", "overdue_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unpaid_days", "write_off_days") VALUES (OLD."changed_by", OLD."entity_id", OLD."exit_days", OLD."id", OLD."minimum", OLD."overdue_days", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."unpaid_days", OLD."write_off_days"); RETURN NULL;', hash='5c18f7f6c588136dfa6ab986c42cd512973a34d7', operation='DELETE', pgid='pgtrigger_delete_delete_37920', table='collections_chronicrules', when='AFTER')),
        ),
        from_file(SQL, "chronic"),
    ])
