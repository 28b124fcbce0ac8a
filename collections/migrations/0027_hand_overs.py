"""Agencies and lawyers, what was handed over to them, and from when on a policy recommends it."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0026_trial_guard'),
        ('core', '0010_letters_to_print'),
        ('invoicing', '0008_interest_account'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        ChangeTogether([
            migrations.CreateModel(
                name='Agency',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('code', models.CharField(help_text='Short name, which stays.', max_length=20)),
                    ('name', models.CharField(max_length=100)),
                    ('kind', models.CharField(choices=[('agency', 'Collection agency'), ('lawyer', 'Lawyer')], default='agency', max_length=10)),
                    ('email', models.EmailField(blank=True, default='', max_length=254)),
                    ('reference', models.CharField(blank=True, default='', help_text='Our number as its client.', max_length=40)),
                    ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel workbook')], default='csv', help_text='Of its lists.', max_length=4)),
                    ('with_papers', models.BooleanField(default=True, help_text='Invoices and letters go along as PDF.')),
                    ('fee_percent', models.DecimalField(blank=True, decimal_places=2, help_text='It keeps so much of what is paid.', max_digits=5, null=True)),
                    ('in_use', models.BooleanField(default=True)),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agencies', to='orders.legalentity')),
                ],
                options={
                    'verbose_name_plural': 'agencies',
                    'ordering': ['entity', 'code'],
                    'constraints': [models.UniqueConstraint(fields=('entity', 'code'), name='agency_once'), models.CheckConstraint(condition=models.Q(('fee_percent', None), models.Q(('fee_percent__gte', 0), ('fee_percent__lte', Decimal('100'))), _connector='OR'), name='agency_fee_is_a_share')],
                },
            ),
            migrations.CreateModel(
                name='AgencyEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(help_text='Short name, which stays.', max_length=20)),
                    ('name', models.CharField(max_length=100)),
                    ('kind', models.CharField(choices=[('agency', 'Collection agency'), ('lawyer', 'Lawyer')], default='agency', max_length=10)),
                    ('email', models.EmailField(blank=True, default='', max_length=254)),
                    ('reference', models.CharField(blank=True, default='', help_text='Our number as its client.', max_length=40)),
                    ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel workbook')], default='csv', help_text='Of its lists.', max_length=4)),
                    ('with_papers', models.BooleanField(default=True, help_text='Invoices and letters go along as PDF.')),
                    ('fee_percent', models.DecimalField(blank=True, decimal_places=2, help_text='It keeps so much of what is paid.', max_digits=5, null=True)),
                    ('in_use', models.BooleanField(default=True)),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.agency')),
                ],
            ),
            migrations.CreateModel(
                name='HandOverMinimum',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_over_minimums', to='collections.dunningpolicy')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('policy', 'currency'), name='hand_over_minimum_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='hand_over_minimum_positive')],
                },
            ),
            migrations.CreateModel(
                name='HandOverMinimumEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.handoverminimum')),
                    ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.dunningpolicy')),
                ],
            ),
            migrations.CreateModel(
                name='Placement',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('state', models.CharField(choices=[('placed', 'With the agency'), ('recalled', 'Recalled'), ('returned', 'Given back'), ('closed', 'Closed')], default='placed', max_length=10)),
                    ('placed_on', models.DateField()),
                    ('placed_by', models.CharField(max_length=150)),
                    ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('reason', models.CharField(max_length=200)),
                    ('fee_percent', models.DecimalField(blank=True, decimal_places=2, help_text='As agreed when it was placed.', max_digits=5, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                    ('end_reason', models.CharField(blank=True, default='', max_length=200)),
                    ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='collections.agency')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='orders.customer')),
                    ('document', models.OneToOneField(blank=True, help_text='The file that was handed over.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ],
                options={
                    'indexes': [models.Index(fields=['entity', '-id'], name='placement_by_entity'), models.Index(fields=['updated_at', 'id'], name='placement_by_change')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_on', None), ('state', 'placed')), models.Q(models.Q(('state', 'placed'), _negated=True), ('ended_on__isnull', False)), _connector='OR'), name='placement_ends_with_a_day'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('placed_on')), _connector='OR'), name='placement_ends_after')],
                },
            ),
            migrations.CreateModel(
                name='PlacementEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('state', models.CharField(choices=[('placed', 'With the agency'), ('recalled', 'Recalled'), ('returned', 'Given back'), ('closed', 'Closed')], default='placed', max_length=10)),
                    ('placed_on', models.DateField()),
                    ('placed_by', models.CharField(max_length=150)),
                    ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('fee_percent', models.DecimalField(blank=True, decimal_places=2, help_text='As agreed when it was placed.', max_digits=5, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                    ('agency', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.agency')),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('document', models.ForeignKey(blank=True, db_constraint=False, help_text='The file that was handed over.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.document')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('payer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.placement')),
                ],
            ),
            migrations.CreateModel(
                name='PlacedItem',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('amount', o2c.core.money.AmountField(help_text='What was open of it when it was placed.')),
                    ('from_on', models.DateField()),
                    ('until', models.DateField(blank=True, help_text='From this day on it is ours again.', null=True)),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placed', to='invoicing.openitem')),
                    ('placement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='collections.placement')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('placement', 'item'), name='placed_item_once'), models.UniqueConstraint(condition=models.Q(('until', None)), fields=('item',), name='placed_item_with_one'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='placed_item_positive')],
                },
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningpolicy',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningpolicy',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningpolicy',
                name='delete_delete',
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='hands_over_after',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Recommended to an agency so many days after the last level's notice, or its deadline; empty: never.", null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='hands_over_after',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Recommended to an agency so many days after the last level's notice, or its deadline; empty: never.", null=True),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "hands_over_after", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."credits", NEW."effective_on", NEW."hands_over_after", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."lists", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='3d7f8f08d4291dbe591073c9778e51e5ba4723a9', operation='INSERT', pgid='pgtrigger_insert_insert_2eb73', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."activated_at" IS DISTINCT FROM (NEW."activated_at") OR OLD."bank_days" IS DISTINCT FROM (NEW."bank_days") OR OLD."climbs" IS DISTINCT FROM (NEW."climbs") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."contact_days" IS DISTINCT FROM (NEW."contact_days") OR OLD."credits" IS DISTINCT FROM (NEW."credits") OR OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."hands_over_after" IS DISTINCT FROM (NEW."hands_over_after") OR OLD."heeds_payments" IS DISTINCT FROM (NEW."heeds_payments") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."interval_days" IS DISTINCT FROM (NEW."interval_days") OR OLD."lists" IS DISTINCT FROM (NEW."lists") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notice_for" IS DISTINCT FROM (NEW."notice_for") OR OLD."promise_grace_days" IS DISTINCT FROM (NEW."promise_grace_days") OR OLD."repeats_after" IS DISTINCT FROM (NEW."repeats_after") OR OLD."used" IS DISTINCT FROM (NEW."used") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "hands_over_after", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."credits", NEW."effective_on", NEW."hands_over_after", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."lists", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='b6e3432ca72783b18be279bcbceef05b838ea41d', operation='UPDATE', pgid='pgtrigger_update_update_fc8e9', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "hands_over_after", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (OLD."activated_at", OLD."bank_days", OLD."climbs", OLD."code", OLD."contact_days", OLD."credits", OLD."effective_on", OLD."hands_over_after", OLD."heeds_payments", OLD."id", OLD."interval_days", OLD."lists", OLD."name", OLD."notice_for", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_grace_days", OLD."repeats_after", OLD."used", OLD."version"); RETURN NULL;', hash='1e3701b50c8ee44998606a812e75fd68499e0d46', operation='DELETE', pgid='pgtrigger_delete_delete_0a3e1', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='agency',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_agencyevent" ("code", "email", "entity_id", "fee_percent", "format", "id", "in_use", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "with_papers") VALUES (NEW."code", NEW."email", NEW."entity_id", NEW."fee_percent", NEW."format", NEW."id", NEW."in_use", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reference", NEW."with_papers"); RETURN NULL;', hash='ca37acc59f334ab57114e4fa8c4ca1678dcc5ac3', operation='INSERT', pgid='pgtrigger_insert_insert_7b9af', table='collections_agency', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='agency',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."fee_percent" IS DISTINCT FROM (NEW."fee_percent") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."with_papers" IS DISTINCT FROM (NEW."with_papers"))', func='INSERT INTO "collections_agencyevent" ("code", "email", "entity_id", "fee_percent", "format", "id", "in_use", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "with_papers") VALUES (NEW."code", NEW."email", NEW."entity_id", NEW."fee_percent", NEW."format", NEW."id", NEW."in_use", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reference", NEW."with_papers"); RETURN NULL;', hash='5757540d7f40e58c188fd1f23a0d2fbc3a53cbcf', operation='UPDATE', pgid='pgtrigger_update_update_a8adf', table='collections_agency', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='agency',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_agencyevent" ("code", "email", "entity_id", "fee_percent", "format", "id", "in_use", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "with_papers") VALUES (OLD."code", OLD."email", OLD."entity_id", OLD."fee_percent", OLD."format", OLD."id", OLD."in_use", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reference", OLD."with_papers"); RETURN NULL;', hash='d526b21beb2bb200261e132f2d2888917f626ed0', operation='DELETE', pgid='pgtrigger_delete_delete_5bc2a', table='collections_agency', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='handoverminimum',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_handoverminimumevent" ("amount", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id") VALUES (NEW."amount", NEW."currency", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id"); RETURN NULL;', hash='6bd2bbdb80edb0e344161ba5e6773e958f199fbb', operation='INSERT', pgid='pgtrigger_insert_insert_e5b29', table='collections_handoverminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='handoverminimum',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_handoverminimumevent" ("amount", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id") VALUES (NEW."amount", NEW."currency", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id"); RETURN NULL;', hash='bd2cc1d398d5ed5a4272da1afddc6ffd25202810', operation='UPDATE', pgid='pgtrigger_update_update_020a0', table='collections_handoverminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='handoverminimum',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_handoverminimumevent" ("amount", "currency", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id") VALUES (OLD."amount", OLD."currency", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id"); RETURN NULL;', hash='1de9fa3169707c79daa8183db8489f7aad2e0b3c', operation='DELETE', pgid='pgtrigger_delete_delete_180db', table='collections_handoverminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='placement',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_placementevent" ("agency_id", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "fee_percent", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by", "placed_on", "state") VALUES (NEW."agency_id", NEW."currency", NEW."customer_id", NEW."document_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."fee_percent", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."placed_at", NEW."placed_by", NEW."placed_on", NEW."state"); RETURN NULL;', hash='20cce41bb36dc62da33887cb88d1f5b8b9370f07', operation='INSERT', pgid='pgtrigger_insert_insert_3354b', table='collections_placement', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='placement',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."fee_percent" IS DISTINCT FROM (NEW."fee_percent") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."placed_at" IS DISTINCT FROM (NEW."placed_at") OR OLD."placed_by" IS DISTINCT FROM (NEW."placed_by") OR OLD."placed_on" IS DISTINCT FROM (NEW."placed_on") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "collections_placementevent" ("agency_id", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "fee_percent", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by", "placed_on", "state") VALUES (NEW."agency_id", NEW."currency", NEW."customer_id", NEW."document_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."fee_percent", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."placed_at", NEW."placed_by", NEW."placed_on", NEW."state"); RETURN NULL;', hash='f96e0d7dfc1d5a90219e66fdd4802dda44c5fd9a', operation='UPDATE', pgid='pgtrigger_update_update_f97a0', table='collections_placement', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='placement',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_placementevent" ("agency_id", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "fee_percent", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by", "placed_on", "state") VALUES (OLD."agency_id", OLD."currency", OLD."customer_id", OLD."document_id", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."fee_percent", OLD."id", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."placed_at", OLD."placed_by", OLD."placed_on", OLD."state"); RETURN NULL;', hash='9acb16a753d8b94c8e6ba448c8c75cf1e90ceb76', operation='DELETE', pgid='pgtrigger_delete_delete_1f07b', table='collections_placement', when='AFTER')),
            ),
        ]),
    ])
