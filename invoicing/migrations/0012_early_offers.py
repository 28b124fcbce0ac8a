"""Early-payment offers: the rules' versions, runs, and the offers of items."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.database.together
import o2c.core.money
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0011_search'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        o2c.core.database.together.AddTogether(
            operations=[
            migrations.CreateModel(
                name='EarlyOfferRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('segment', models.CharField(blank=True, default='', help_text='Empty: all customers of the entity.', max_length=40)),
                    ('version', models.PositiveSmallIntegerField()),
                    ('begins_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                    ('offers', models.BooleanField(default=True, help_text='Else nothing is offered by it.')),
                    ('kind', models.CharField(choices=[('steps', 'Fixed steps'), ('dynamic', 'By day, at an annual rate')], default='dynamic', max_length=10)),
                    ('steps', models.CharField(blank=True, default='', help_text='Days before due and percent: 20: 2; 10: 1.', max_length=100)),
                    ('rate', models.DecimalField(blank=True, decimal_places=3, help_text='Percent a year, of 365 days.', max_digits=6, null=True)),
                    ('least_percent', models.DecimalField(decimal_places=3, help_text='No discount under so many percent.', max_digits=5)),
                    ('most_percent', models.DecimalField(decimal_places=3, help_text='Never more than so many percent.', max_digits=5)),
                    ('least_discount', o2c.core.money.AmountField(help_text='No discount under so much, in the base currency.')),
                    ('minimum', o2c.core.money.AmountField(help_text='Only of items of so much, in the base currency.')),
                    ('least_days', models.PositiveSmallIntegerField(help_text='Only of items that are due in so many days or more.')),
                    ('pause_days', models.PositiveSmallIntegerField(help_text='A customer is written to at most once in so many days.')),
                    ('skips_late_payers', models.BooleanField(default=True, help_text='Nothing for listed persistent late payers.')),
                    ('unasked', models.BooleanField(default=False, help_text="What it proposes goes out without a person's approval.")),
                    ('budget', o2c.core.money.AmountField(blank=True, help_text='Of what is offered in a month, in the base currency; empty: no limit.', null=True)),
                    ('written_by', models.CharField(max_length=150)),
                    ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='early_offer_rules', to='orders.legalentity')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('entity', 'segment', 'version'), name='early_offer_rule_version_once'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind', 'dynamic'), ('rate__gt', 0), ('rate__lte', 100)), models.Q(('kind', 'steps'), models.Q(('steps', ''), _negated=True)), _connector='OR'), ('least_discount__gte', 0), ('least_percent__gte', 0), ('most_percent__gt', 0), ('most_percent__lte', 50), ('least_percent__lte', models.F('most_percent')), ('minimum__gte', 0), ('least_days__range', (1, 365)), ('pause_days__lte', 365), models.Q(('budget', None), ('budget__gt', 0), _connector='OR')), name='early_offer_rule_sane')],
                },
            ),
            migrations.CreateModel(
                name='EarlyOfferRun',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('as_of', models.DateField()),
                    ('state', models.CharField(choices=[('proposed', 'Waits for approval'), ('approved', 'Offered'), ('cancelled', 'Cancelled'), ('empty', 'Nothing to offer')], default='proposed', max_length=10)),
                    ('items', models.PositiveIntegerField(help_text='That were proposed.')),
                    ('customers', models.PositiveIntegerField()),
                    ('unreached', models.PositiveIntegerField(default=0, help_text='Customers left out: nobody can be written to.')),
                    ('over_budget', models.PositiveIntegerField(default=0, help_text="Items left out: the month's budget was used up.")),
                    ('proposed_by', models.CharField(max_length=150)),
                    ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                    ('decided_on', models.DateField(blank=True, null=True)),
                    ('dropped', models.PositiveIntegerField(default=0, help_text='Left out by people, or settled by the approval.')),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ],
                options={
                    'indexes': [models.Index(fields=['entity', '-as_of'], name='early_offer_run_by_entity'), models.Index(fields=['updated_at', 'id'], name='early_offer_run_by_change')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('entity',), name='early_offer_run_one_waits'), models.CheckConstraint(condition=models.Q(models.Q(('decided_on', None), ('state__in', ['proposed', 'empty'])), models.Q(('decided_on__isnull', False), ('state__in', ['approved', 'cancelled'])), _connector='OR'), name='early_offer_run_decided_with_a_day')],
                },
            ),
            migrations.CreateModel(
                name='EarlyOffer',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('state', models.CharField(choices=[('proposed', 'Proposed'), ('open', 'Open'), ('taken', 'Taken'), ('lapsed', 'Not taken'), ('ended', 'Ended'), ('withdrawn', 'Withdrawn'), ('dropped', 'Not offered')], default='proposed', max_length=10)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='What the item owed.')),
                    ('base_rate', models.DecimalField(decimal_places=10, help_text="Base currency for one of the item's.", max_digits=20)),
                    ('due_on', models.DateField()),
                    ('offered_on', models.DateField(help_text='The day of the run.')),
                    ('last_on', models.DateField(help_text='The last day on which it can be taken.')),
                    ('tiers', models.JSONField(help_text='Until which day how many percent, the earliest first.')),
                    ('best_percent', models.DecimalField(decimal_places=10, help_text='On its first day.', max_digits=13)),
                    ('best_discount', o2c.core.money.AmountField(help_text='On its first day.')),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                    ('because', models.CharField(blank=True, choices=[('', '–'), ('settled', 'settled without it'), ('disputed', 'disputed'), ('left_alone', 'promised, on hold, in a plan, or with an agency'), ('person', 'by a person'), ('cancelled', 'the run was cancelled'), ('overtaken', 'a later run looked at it again')], default='', max_length=10)),
                    ('taken_on', models.DateField(blank=True, help_text='The day of the money.', null=True)),
                    ('discount', o2c.core.money.AmountField(blank=True, help_text='What was taken.', null=True)),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='early_offers', to='orders.customer')),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='early_offers', to='invoicing.openitem')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.earlyofferrule')),
                    ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='invoicing.earlyofferrun')),
                ],
                options={
                    'indexes': [models.Index(fields=['entity', 'state', '-offered_on', '-id'], name='early_offer_by_entity'), models.Index(fields=['updated_at', 'id'], name='early_offer_by_change')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'open', 'taken', 'lapsed'])), fields=('item',), name='early_offer_of_item_once'), models.CheckConstraint(condition=models.Q(models.Q(('discount__gt', 0), ('state', 'taken'), ('taken_on__isnull', False)), models.Q(models.Q(('state', 'taken'), _negated=True), ('discount', None), ('taken_on', None)), _connector='OR'), name='early_offer_taken_with_a_day'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('base_rate__gt', 0), ('best_discount__gt', 0), ('best_discount__lt', models.F('amount')), ('last_on__lt', models.F('due_on')), ('offered_on__lte', models.F('last_on'))), name='early_offer_sane')],
                },
            ),
            migrations.CreateModel(
                name='EarlyOfferRuleEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('segment', models.CharField(blank=True, default='', help_text='Empty: all customers of the entity.', max_length=40)),
                    ('version', models.PositiveSmallIntegerField()),
                    ('begins_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                    ('offers', models.BooleanField(default=True, help_text='Else nothing is offered by it.')),
                    ('kind', models.CharField(choices=[('steps', 'Fixed steps'), ('dynamic', 'By day, at an annual rate')], default='dynamic', max_length=10)),
                    ('steps', models.CharField(blank=True, default='', help_text='Days before due and percent: 20: 2; 10: 1.', max_length=100)),
                    ('rate', models.DecimalField(blank=True, decimal_places=3, help_text='Percent a year, of 365 days.', max_digits=6, null=True)),
                    ('least_percent', models.DecimalField(decimal_places=3, help_text='No discount under so many percent.', max_digits=5)),
                    ('most_percent', models.DecimalField(decimal_places=3, help_text='Never more than so many percent.', max_digits=5)),
                    ('least_discount', o2c.core.money.AmountField(help_text='No discount under so much, in the base currency.')),
                    ('minimum', o2c.core.money.AmountField(help_text='Only of items of so much, in the base currency.')),
                    ('least_days', models.PositiveSmallIntegerField(help_text='Only of items that are due in so many days or more.')),
                    ('pause_days', models.PositiveSmallIntegerField(help_text='A customer is written to at most once in so many days.')),
                    ('skips_late_payers', models.BooleanField(default=True, help_text='Nothing for listed persistent late payers.')),
                    ('unasked', models.BooleanField(default=False, help_text="What it proposes goes out without a person's approval.")),
                    ('budget', o2c.core.money.AmountField(blank=True, help_text='Of what is offered in a month, in the base currency; empty: no limit.', null=True)),
                    ('written_by', models.CharField(max_length=150)),
                    ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.earlyofferrule')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='EarlyOfferRunEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('as_of', models.DateField()),
                    ('state', models.CharField(choices=[('proposed', 'Waits for approval'), ('approved', 'Offered'), ('cancelled', 'Cancelled'), ('empty', 'Nothing to offer')], default='proposed', max_length=10)),
                    ('items', models.PositiveIntegerField(help_text='That were proposed.')),
                    ('customers', models.PositiveIntegerField()),
                    ('unreached', models.PositiveIntegerField(default=0, help_text='Customers left out: nobody can be written to.')),
                    ('over_budget', models.PositiveIntegerField(default=0, help_text="Items left out: the month's budget was used up.")),
                    ('proposed_by', models.CharField(max_length=150)),
                    ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                    ('decided_on', models.DateField(blank=True, null=True)),
                    ('dropped', models.PositiveIntegerField(default=0, help_text='Left out by people, or settled by the approval.')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.earlyofferrun')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='EarlyOfferEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('state', models.CharField(choices=[('proposed', 'Proposed'), ('open', 'Open'), ('taken', 'Taken'), ('lapsed', 'Not taken'), ('ended', 'Ended'), ('withdrawn', 'Withdrawn'), ('dropped', 'Not offered')], default='proposed', max_length=10)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='What the item owed.')),
                    ('base_rate', models.DecimalField(decimal_places=10, help_text="Base currency for one of the item's.", max_digits=20)),
                    ('due_on', models.DateField()),
                    ('offered_on', models.DateField(help_text='The day of the run.')),
                    ('last_on', models.DateField(help_text='The last day on which it can be taken.')),
                    ('tiers', models.JSONField(help_text='Until which day how many percent, the earliest first.')),
                    ('best_percent', models.DecimalField(decimal_places=10, help_text='On its first day.', max_digits=13)),
                    ('best_discount', o2c.core.money.AmountField(help_text='On its first day.')),
                    ('ended_on', models.DateField(blank=True, null=True)),
                    ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                    ('because', models.CharField(blank=True, choices=[('', '–'), ('settled', 'settled without it'), ('disputed', 'disputed'), ('left_alone', 'promised, on hold, in a plan, or with an agency'), ('person', 'by a person'), ('cancelled', 'the run was cancelled'), ('overtaken', 'a later run looked at it again')], default='', max_length=10)),
                    ('taken_on', models.DateField(blank=True, help_text='The day of the money.', null=True)),
                    ('discount', o2c.core.money.AmountField(blank=True, help_text='What was taken.', null=True)),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                    ('payer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.earlyoffer')),
                    ('rule', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.earlyofferrule')),
                    ('run', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.earlyofferrun')),
                ],
                options={
                    'abstract': False,
                },
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrule',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferruleevent" ("begins_on", "budget", "entity_id", "id", "kind", "least_days", "least_discount", "least_percent", "minimum", "most_percent", "offers", "pause_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "segment", "skips_late_payers", "steps", "unasked", "version", "written_at", "written_by") VALUES (NEW."begins_on", NEW."budget", NEW."entity_id", NEW."id", NEW."kind", NEW."least_days", NEW."least_discount", NEW."least_percent", NEW."minimum", NEW."most_percent", NEW."offers", NEW."pause_days", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rate", NEW."segment", NEW."skips_late_payers", NEW."steps", NEW."unasked", NEW."version", NEW."written_at", NEW."written_by"); RETURN NULL;', hash='3342f4565dd649382c3afa65f97b9a8829efaf18', operation='INSERT', pgid='pgtrigger_insert_insert_b37bb', table='invoicing_earlyofferrule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrule',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "invoicing_earlyofferruleevent" ("begins_on", "budget", "entity_id", "id", "kind", "least_days", "least_discount", "least_percent", "minimum", "most_percent", "offers", "pause_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "segment", "skips_late_payers", "steps", "unasked", "version", "written_at", "written_by") VALUES (NEW."begins_on", NEW."budget", NEW."entity_id", NEW."id", NEW."kind", NEW."least_days", NEW."least_discount", NEW."least_percent", NEW."minimum", NEW."most_percent", NEW."offers", NEW."pause_days", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rate", NEW."segment", NEW."skips_late_payers", NEW."steps", NEW."unasked", NEW."version", NEW."written_at", NEW."written_by"); RETURN NULL;', hash='2907870293c27deb864c288fc1e28f899a57cfca', operation='UPDATE', pgid='pgtrigger_update_update_0a78b', table='invoicing_earlyofferrule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrule',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferruleevent" ("begins_on", "budget", "entity_id", "id", "kind", "least_days", "least_discount", "least_percent", "minimum", "most_percent", "offers", "pause_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "segment", "skips_late_payers", "steps", "unasked", "version", "written_at", "written_by") VALUES (OLD."begins_on", OLD."budget", OLD."entity_id", OLD."id", OLD."kind", OLD."least_days", OLD."least_discount", OLD."least_percent", OLD."minimum", OLD."most_percent", OLD."offers", OLD."pause_days", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rate", OLD."segment", OLD."skips_late_payers", OLD."steps", OLD."unasked", OLD."version", OLD."written_at", OLD."written_by"); RETURN NULL;', hash='1630f3b81c9e265abdada27ee29fc5af0535653f', operation='DELETE', pgid='pgtrigger_delete_delete_453f6', table='invoicing_earlyofferrule', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrun',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferrunevent" ("as_of", "customers", "decided_by", "decided_on", "dropped", "entity_id", "id", "items", "over_budget", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "state", "unreached") VALUES (NEW."as_of", NEW."customers", NEW."decided_by", NEW."decided_on", NEW."dropped", NEW."entity_id", NEW."id", NEW."items", NEW."over_budget", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_by", NEW."state", NEW."unreached"); RETURN NULL;', hash='8a2f619474ec4ab5e4ca7471fc7d93e01977132d', operation='INSERT', pgid='pgtrigger_insert_insert_279f1', table='invoicing_earlyofferrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrun',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."as_of" IS DISTINCT FROM (NEW."as_of") OR OLD."customers" IS DISTINCT FROM (NEW."customers") OR OLD."decided_by" IS DISTINCT FROM (NEW."decided_by") OR OLD."decided_on" IS DISTINCT FROM (NEW."decided_on") OR OLD."dropped" IS DISTINCT FROM (NEW."dropped") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."items" IS DISTINCT FROM (NEW."items") OR OLD."over_budget" IS DISTINCT FROM (NEW."over_budget") OR OLD."proposed_by" IS DISTINCT FROM (NEW."proposed_by") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."unreached" IS DISTINCT FROM (NEW."unreached"))', func='INSERT INTO "invoicing_earlyofferrunevent" ("as_of", "customers", "decided_by", "decided_on", "dropped", "entity_id", "id", "items", "over_budget", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "state", "unreached") VALUES (NEW."as_of", NEW."customers", NEW."decided_by", NEW."decided_on", NEW."dropped", NEW."entity_id", NEW."id", NEW."items", NEW."over_budget", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_by", NEW."state", NEW."unreached"); RETURN NULL;', hash='cfdc1ce36ecb536f7322545a607cd345f7068857', operation='UPDATE', pgid='pgtrigger_update_update_432c5', table='invoicing_earlyofferrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyofferrun',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferrunevent" ("as_of", "customers", "decided_by", "decided_on", "dropped", "entity_id", "id", "items", "over_budget", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "state", "unreached") VALUES (OLD."as_of", OLD."customers", OLD."decided_by", OLD."decided_on", OLD."dropped", OLD."entity_id", OLD."id", OLD."items", OLD."over_budget", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."proposed_by", OLD."state", OLD."unreached"); RETURN NULL;', hash='d6540ffad1b4669aed0396e098c2fdf3b32d536c', operation='DELETE', pgid='pgtrigger_delete_delete_46a6c', table='invoicing_earlyofferrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyoffer',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferevent" ("amount", "base_rate", "because", "best_discount", "best_percent", "currency", "customer_id", "discount", "due_on", "ended_by", "ended_on", "entity_id", "id", "item_id", "last_on", "offered_on", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "run_id", "state", "taken_on", "tiers") VALUES (NEW."amount", NEW."base_rate", NEW."because", NEW."best_discount", NEW."best_percent", NEW."currency", NEW."customer_id", NEW."discount", NEW."due_on", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."last_on", NEW."offered_on", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rule_id", NEW."run_id", NEW."state", NEW."taken_on", NEW."tiers"); RETURN NULL;', hash='a6ffc247822546c8f78ab359da6517443aa6c529', operation='INSERT', pgid='pgtrigger_insert_insert_cdc6d', table='invoicing_earlyoffer', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyoffer',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."base_rate" IS DISTINCT FROM (NEW."base_rate") OR OLD."because" IS DISTINCT FROM (NEW."because") OR OLD."best_discount" IS DISTINCT FROM (NEW."best_discount") OR OLD."best_percent" IS DISTINCT FROM (NEW."best_percent") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."discount" IS DISTINCT FROM (NEW."discount") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."last_on" IS DISTINCT FROM (NEW."last_on") OR OLD."offered_on" IS DISTINCT FROM (NEW."offered_on") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."rule_id" IS DISTINCT FROM (NEW."rule_id") OR OLD."run_id" IS DISTINCT FROM (NEW."run_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."taken_on" IS DISTINCT FROM (NEW."taken_on") OR OLD."tiers" IS DISTINCT FROM (NEW."tiers"))', func='INSERT INTO "invoicing_earlyofferevent" ("amount", "base_rate", "because", "best_discount", "best_percent", "currency", "customer_id", "discount", "due_on", "ended_by", "ended_on", "entity_id", "id", "item_id", "last_on", "offered_on", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "run_id", "state", "taken_on", "tiers") VALUES (NEW."amount", NEW."base_rate", NEW."because", NEW."best_discount", NEW."best_percent", NEW."currency", NEW."customer_id", NEW."discount", NEW."due_on", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."last_on", NEW."offered_on", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rule_id", NEW."run_id", NEW."state", NEW."taken_on", NEW."tiers"); RETURN NULL;', hash='6ec67565e430ce2d78e7b405617d38edc4e82839', operation='UPDATE', pgid='pgtrigger_update_update_d6d47', table='invoicing_earlyoffer', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlyoffer',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_earlyofferevent" ("amount", "base_rate", "because", "best_discount", "best_percent", "currency", "customer_id", "discount", "due_on", "ended_by", "ended_on", "entity_id", "id", "item_id", "last_on", "offered_on", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "run_id", "state", "taken_on", "tiers") VALUES (OLD."amount", OLD."base_rate", OLD."because", OLD."best_discount", OLD."best_percent", OLD."currency", OLD."customer_id", OLD."discount", OLD."due_on", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."id", OLD."item_id", OLD."last_on", OLD."offered_on", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rule_id", OLD."run_id", OLD."state", OLD."taken_on", OLD."tiers"); RETURN NULL;', hash='4d3c7bdf76ffddcb5f90885ca6afe421eeb2adce', operation='DELETE', pgid='pgtrigger_delete_delete_01964', table='invoicing_earlyoffer', when='AFTER')),
            ),
            ],
        ),
        from_file(SQL, "offers"),
    ]
