"""Payment plans, and how much a legal entity tolerates of what was agreed."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0029_hand_overs_guard'),
        ('invoicing', '0008_interest_account'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        ChangeTogether([
            migrations.CreateModel(
                name='PaymentPlan',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='The sum of its instalments.')),
                    ('agreed_on', models.DateField()),
                    ('ends_on', models.DateField(help_text='The day of its last instalment.')),
                    ('tolerance_days', models.PositiveSmallIntegerField(help_text='An instalment is missed so many days past its day.')),
                    ('tolerance_percent', models.DecimalField(decimal_places=2, help_text='So much of what is due by then may be short.', max_digits=5)),
                    ('note', models.CharField(blank=True, default='', help_text='Why, and what else was agreed.', max_length=300)),
                    ('state', models.CharField(choices=[('active', 'Active'), ('kept', 'Kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn')], default='active', max_length=10)),
                    ('paid', o2c.core.money.AmountField(default=0, help_text='Settled on its items since it was agreed, as it counts for the plan.')),
                    ('withdrawn_on', models.DateField(blank=True, null=True)),
                    ('withdrawn_because', models.CharField(blank=True, default='', max_length=200)),
                    ('superseded_on', models.DateField(blank=True, help_text='The day of another plan for its items: from then on nobody judges this one.', null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payment_plans', to='orders.customer')),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ],
                options={
                    'indexes': [models.Index(fields=['customer', '-agreed_on'], name='plan_by_customer'), models.Index(fields=['entity', 'state'], name='plan_by_state'), models.Index(fields=['updated_at', 'id'], name='plan_by_change')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='plan_positive'), models.CheckConstraint(condition=models.Q(('tolerance_percent__gte', 0), ('tolerance_percent__lt', 100)), name='plan_tolerance_percent'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), ('withdrawn_on__isnull', False)), models.Q(('state', 'withdrawn'), _negated=True), _connector='OR'), name='plan_withdrawn_on_a_day'), models.CheckConstraint(condition=models.Q(('withdrawn_on__isnull', True), ('withdrawn_on__gte', models.F('agreed_on')), _connector='OR'), name='plan_withdrawn_after_agreed'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('agreed_on'))), name='plan_ends_after_agreed')],
                },
            ),
            migrations.CreateModel(
                name='PaymentPlanEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField(help_text='The sum of its instalments.')),
                    ('agreed_on', models.DateField()),
                    ('ends_on', models.DateField(help_text='The day of its last instalment.')),
                    ('tolerance_days', models.PositiveSmallIntegerField(help_text='An instalment is missed so many days past its day.')),
                    ('tolerance_percent', models.DecimalField(decimal_places=2, help_text='So much of what is due by then may be short.', max_digits=5)),
                    ('note', models.CharField(blank=True, default='', help_text='Why, and what else was agreed.', max_length=300)),
                    ('state', models.CharField(choices=[('active', 'Active'), ('kept', 'Kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn')], default='active', max_length=10)),
                    ('paid', o2c.core.money.AmountField(default=0, help_text='Settled on its items since it was agreed, as it counts for the plan.')),
                    ('withdrawn_on', models.DateField(blank=True, null=True)),
                    ('withdrawn_because', models.CharField(blank=True, default='', max_length=200)),
                    ('superseded_on', models.DateField(blank=True, help_text='The day of another plan for its items: from then on nobody judges this one.', null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.paymentplan')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PlanInstalment',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('number', models.PositiveSmallIntegerField()),
                    ('due_on', models.DateField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='instalments', to='collections.paymentplan')),
                ],
                options={
                    'ordering': ['plan', 'number'],
                    'indexes': [models.Index(fields=['due_on'], name='plan_instalment_by_day')],
                    'constraints': [models.UniqueConstraint(fields=('plan', 'number'), name='plan_instalment_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='plan_instalment_positive')],
                },
            ),
            migrations.CreateModel(
                name='PlanItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('amount', o2c.core.money.AmountField()),
                    ('runs', models.BooleanField(default=True, help_text='Its plan is running.')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='planned', to='invoicing.openitem')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='collections.paymentplan')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('plan', 'item'), name='plan_item_once'), models.UniqueConstraint(condition=models.Q(('runs', True)), fields=('item',), name='plan_item_in_one_running'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='plan_item_positive')],
                },
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningsettings',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningsettings',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunningsettings',
                name='delete_delete',
            ),
            migrations.AddField(
                model_name='dunningsettings',
                name='plan_days',
                field=models.PositiveSmallIntegerField(db_default=3, default=3, help_text='An instalment of a payment plan is missed so many days past its day.'),
            ),
            migrations.AddField(
                model_name='dunningsettings',
                name='plan_percent',
                field=models.DecimalField(db_default=0, decimal_places=2, default=0, help_text='So much of what is due may be short.', max_digits=5),
            ),
            migrations.AddField(
                model_name='dunningsettings',
                name='promise_percent',
                field=models.DecimalField(db_default=0, decimal_places=2, default=0, help_text='So much of a promise may be short.', max_digits=5),
            ),
            migrations.AddField(
                model_name='dunningsettings',
                name='reminds_before',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Days before an instalment on which the customer is reminded; 0: never.'),
            ),
            migrations.AddField(
                model_name='dunningsettingsevent',
                name='plan_days',
                field=models.PositiveSmallIntegerField(db_default=3, default=3, help_text='An instalment of a payment plan is missed so many days past its day.'),
            ),
            migrations.AddField(
                model_name='dunningsettingsevent',
                name='plan_percent',
                field=models.DecimalField(db_default=0, decimal_places=2, default=0, help_text='So much of what is due may be short.', max_digits=5),
            ),
            migrations.AddField(
                model_name='dunningsettingsevent',
                name='promise_percent',
                field=models.DecimalField(db_default=0, decimal_places=2, default=0, help_text='So much of a promise may be short.', max_digits=5),
            ),
            migrations.AddField(
                model_name='dunningsettingsevent',
                name='reminds_before',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Days before an instalment on which the customer is reminded; 0: never.'),
            ),
            migrations.AlterField(
                model_name='activity',
                name='kind',
                field=models.CharField(choices=[('call', 'Call'), ('note', 'Note'), ('snooze', 'Snoozed'), ('promise', 'Promise to pay'), ('plan', 'Payment plan'), ('done', 'Task done'), ('hold', 'Hold'), ('dispute', 'Dispute')], max_length=10),
            ),
            migrations.AlterField(
                model_name='task',
                name='kind',
                field=models.CharField(choices=[('call', 'Call about overdue items'), ('no_contact', 'Find a contact'), ('broken_promise', 'Promise not kept'), ('broken_plan', 'Payment plan broken'), ('returned', 'Payment came back'), ('rejected', 'Direct debit rejected'), ('reply', 'Answer a mail'), ('manual', 'Task by hand')], max_length=20),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_days", NEW."plan_percent", NEW."policy", NEW."promise_percent", NEW."proposes_at", NEW."queue_id", NEW."reminds_before"); RETURN NULL;', hash='ca3ac7256648c188a8eda3d46f7b20ab99479908', operation='INSERT', pgid='pgtrigger_insert_insert_d2f1b', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_days", NEW."plan_percent", NEW."policy", NEW."promise_percent", NEW."proposes_at", NEW."queue_id", NEW."reminds_before"); RETURN NULL;', hash='a5f1e8b0a4869e37f8272f6de47a7540d3f1d92f', operation='UPDATE', pgid='pgtrigger_update_update_8e35b', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (OLD."approves_itself", OLD."entity_id", OLD."id", OLD."letters_without_email", OLD."paused", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_days", OLD."plan_percent", OLD."policy", OLD."promise_percent", OLD."proposes_at", OLD."queue_id", OLD."reminds_before"); RETURN NULL;', hash='832d06bd25ca8439cfa613588f7a7856650a3471', operation='DELETE', pgid='pgtrigger_delete_delete_f9690', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentplan',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_paymentplanevent" ("actor", "agreed_on", "amount", "currency", "customer_id", "ends_on", "entity_id", "id", "note", "paid", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "state", "superseded_on", "tolerance_days", "tolerance_percent", "withdrawn_because", "withdrawn_on") VALUES (NEW."actor", NEW."agreed_on", NEW."amount", NEW."currency", NEW."customer_id", NEW."ends_on", NEW."entity_id", NEW."id", NEW."note", NEW."paid", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."state", NEW."superseded_on", NEW."tolerance_days", NEW."tolerance_percent", NEW."withdrawn_because", NEW."withdrawn_on"); RETURN NULL;', hash='7048a89c110e17b479f02a685d839050ee86e27d', operation='INSERT', pgid='pgtrigger_insert_insert_6b3f2', table='collections_paymentplan', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentplan',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."agreed_on" IS DISTINCT FROM (NEW."agreed_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."paid" IS DISTINCT FROM (NEW."paid") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."superseded_on" IS DISTINCT FROM (NEW."superseded_on") OR OLD."tolerance_days" IS DISTINCT FROM (NEW."tolerance_days") OR OLD."tolerance_percent" IS DISTINCT FROM (NEW."tolerance_percent") OR OLD."withdrawn_because" IS DISTINCT FROM (NEW."withdrawn_because") OR OLD."withdrawn_on" IS DISTINCT FROM (NEW."withdrawn_on"))', func='INSERT INTO "collections_paymentplanevent" ("actor", "agreed_on", "amount", "currency", "customer_id", "ends_on", "entity_id", "id", "note", "paid", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "state", "superseded_on", "tolerance_days", "tolerance_percent", "withdrawn_because", "withdrawn_on") VALUES (NEW."actor", NEW."agreed_on", NEW."amount", NEW."currency", NEW."customer_id", NEW."ends_on", NEW."entity_id", NEW."id", NEW."note", NEW."paid", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."state", NEW."superseded_on", NEW."tolerance_days", NEW."tolerance_percent", NEW."withdrawn_because", NEW."withdrawn_on"); RETURN NULL;', hash='e8ff99d57c2a9c25962c0bba9c8675f246f75d13', operation='UPDATE', pgid='pgtrigger_update_update_edf1d', table='collections_paymentplan', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentplan',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_paymentplanevent" ("actor", "agreed_on", "amount", "currency", "customer_id", "ends_on", "entity_id", "id", "note", "paid", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "state", "superseded_on", "tolerance_days", "tolerance_percent", "withdrawn_because", "withdrawn_on") VALUES (OLD."actor", OLD."agreed_on", OLD."amount", OLD."currency", OLD."customer_id", OLD."ends_on", OLD."entity_id", OLD."id", OLD."note", OLD."paid", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."state", OLD."superseded_on", OLD."tolerance_days", OLD."tolerance_percent", OLD."withdrawn_because", OLD."withdrawn_on"); RETURN NULL;', hash='f57338a8908316889b4ce04704c0528c9674e4ef', operation='DELETE', pgid='pgtrigger_delete_delete_8c326', table='collections_paymentplan', when='AFTER')),
            ),
        ]),
    ])
