"""Policies with more rules, for more than one kind of customer, and disputes of a part."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.clock
import o2c.core.money
from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0005_incoming_mail_guard'),
        ('core', '0004_guards'),
        ('invoicing', '0003_guards'),
        ('orders', '0003_guards'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        ChangeTogether([
            migrations.CreateModel(
                name='PolicyChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('segment', models.CharField(blank=True, default='', max_length=40)),
                    ('policy', models.CharField(help_text='Code of the policy.', max_length=40)),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='policy_choices', to='orders.legalentity')),
                    ('item', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='policy_choice', to='invoicing.openitem')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('item', None)), fields=('entity', 'segment'), name='policy_choice_once'),
                        models.CheckConstraint(condition=models.Q(models.Q(('item__isnull', False), ('segment', '')), models.Q(models.Q(('segment', ''), _negated=True), ('item', None)), _connector='OR'), name='policy_choice_for_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='PolicyChoiceEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('segment', models.CharField(blank=True, default='', max_length=40)),
                    ('policy', models.CharField(help_text='Code of the policy.', max_length=40)),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.policychoice')),
                ],
                options={
                    'abstract': False,
                },
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='delete_delete',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunninglevel',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunninglevel',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='dunninglevel',
                name='delete_delete',
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
                model_name='dispute',
                name='amount',
                field=o2c.core.money.AmountField(blank=True, help_text='How much is contested; empty: all of it.', null=True),
            ),
            migrations.AddField(
                model_name='disputeevent',
                name='amount',
                field=o2c.core.money.AmountField(blank=True, help_text='How much is contested; empty: all of it.', null=True),
            ),
            migrations.AddField(
                model_name='dunninglevel',
                name='days_to_pay',
                field=models.PositiveSmallIntegerField(blank=True, help_text='The notice sets a last day to pay, so many days on; nothing follows before.', null=True),
            ),
            migrations.AddField(
                model_name='dunninglevel',
                name='wait_days',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Days since the item's last notice; empty: the policy's interval.", null=True),
            ),
            migrations.AddField(
                model_name='dunninglevelevent',
                name='days_to_pay',
                field=models.PositiveSmallIntegerField(blank=True, help_text='The notice sets a last day to pay, so many days on; nothing follows before.', null=True),
            ),
            migrations.AddField(
                model_name='dunninglevelevent',
                name='wait_days',
                field=models.PositiveSmallIntegerField(blank=True, help_text="Days since the item's last notice; empty: the policy's interval.", null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='activated_at',
                field=models.DateTimeField(blank=True, db_default=django.db.models.functions.datetime.Now(), default=o2c.core.clock.now, null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='bank_days',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Money that was sent on the last day shows in the books so many days later.'),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='climbs',
                field=models.CharField(choices=[('next', 'One level at a time'), ('severe', 'To the level that the lateness says')], db_default='next', default='next', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='contact_days',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='No notice within so many days of speaking with the customer; 0: regardless.'),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='heeds_payments',
                field=models.BooleanField(db_default=False, default=False, help_text='No notice of what a payment covers that was found and not yet applied.'),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='notice_for',
                field=models.CharField(choices=[('customer', 'Each customer'), ('payer', 'The head office that pays for a group'), ('item', 'Each item by itself')], db_default='customer', default='customer', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='repeats_after',
                field=models.PositiveSmallIntegerField(blank=True, help_text='The last level is noticed again after so many days; empty: once.', null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='updated_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='used',
                field=models.BooleanField(db_default=False, default=False, help_text='A run has decided by it: it stays as it is.'),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='activated_at',
                field=models.DateTimeField(blank=True, db_default=django.db.models.functions.datetime.Now(), default=o2c.core.clock.now, null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='bank_days',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Money that was sent on the last day shows in the books so many days later.'),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='climbs',
                field=models.CharField(choices=[('next', 'One level at a time'), ('severe', 'To the level that the lateness says')], db_default='next', default='next', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='contact_days',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='No notice within so many days of speaking with the customer; 0: regardless.'),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='heeds_payments',
                field=models.BooleanField(db_default=False, default=False, help_text='No notice of what a payment covers that was found and not yet applied.'),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='notice_for',
                field=models.CharField(choices=[('customer', 'Each customer'), ('payer', 'The head office that pays for a group'), ('item', 'Each item by itself')], db_default='customer', default='customer', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='repeats_after',
                field=models.PositiveSmallIntegerField(blank=True, help_text='The last level is noticed again after so many days; empty: once.', null=True),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='used',
                field=models.BooleanField(db_default=False, default=False, help_text='A run has decided by it: it stays as it is.'),
            ),
            migrations.AddField(
                model_name='notice',
                name='item',
                field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The one it is about, where the policy tells of each by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.openitem'),
            ),
            migrations.AddField(
                model_name='notice',
                name='pay_by',
                field=models.DateField(blank=True, help_text='The last day to pay that it sets.', null=True),
            ),
            migrations.AddField(
                model_name='noticeline',
                name='pay_by',
                field=models.DateField(blank=True, help_text='The last day to pay that its notice sets.', null=True),
            ),
            migrations.AddField(
                model_name='noticeline',
                name='policy',
                field=models.ForeignKey(db_constraint=False, db_index=False, help_text="The version by which the item's cycle is finished.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.dunningpolicy'),
            ),
            migrations.AddField(
                model_name='noticeline',
                name='repeat',
                field=models.SmallIntegerField(db_default=0, default=0, help_text='How often the last level came again.'),
            ),
            migrations.AlterField(
                model_name='dunninglevel',
                name='days_past_due',
                field=models.SmallIntegerField(help_text='Negative: so many days before it is due, as a courtesy.'),
            ),
            migrations.AlterField(
                model_name='dunninglevelevent',
                name='days_past_due',
                field=models.SmallIntegerField(help_text='Negative: so many days before it is due, as a courtesy.'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "amount", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (NEW."actor", NEW."amount", NEW."closed_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."item_id", NEW."opened_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at"); RETURN NULL;', hash='58289e0de5f9e5c34deaa6aec8c74533c00d69b5', operation='INSERT', pgid='pgtrigger_insert_insert_6b9ca', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."opened_on" IS DISTINCT FROM (NEW."opened_on") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))', func='INSERT INTO "collections_disputeevent" ("actor", "amount", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (NEW."actor", NEW."amount", NEW."closed_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."item_id", NEW."opened_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at"); RETURN NULL;', hash='43ae15918ddde3c967a2401c4c0e04346aa94630', operation='UPDATE', pgid='pgtrigger_update_update_c1d13', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "amount", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (OLD."actor", OLD."amount", OLD."closed_on", OLD."customer_id", OLD."entity_id", OLD."id", OLD."item_id", OLD."opened_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at"); RETURN NULL;', hash='d6e3f1712c8a5098d5191574f1b97aebc8137270', operation='DELETE', pgid='pgtrigger_delete_delete_1e37b', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='57f1989530a27cf6682ab25d4a769c9988849849', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='3615a013ddff2827ae38055f0ac5cd915e139e37', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (OLD."channel", OLD."days_past_due", OLD."days_to_pay", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template", OLD."wait_days"); RETURN NULL;', hash='b89f8b5f61b33062d711f7ceb8766e0640fa8aea', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "effective_on", "heeds_payments", "id", "interval_days", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."effective_on", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='986b587be768abf9e183d044e2e235615aaf8d96', operation='INSERT', pgid='pgtrigger_insert_insert_2eb73', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."activated_at" IS DISTINCT FROM (NEW."activated_at") OR OLD."bank_days" IS DISTINCT FROM (NEW."bank_days") OR OLD."climbs" IS DISTINCT FROM (NEW."climbs") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."contact_days" IS DISTINCT FROM (NEW."contact_days") OR OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."heeds_payments" IS DISTINCT FROM (NEW."heeds_payments") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."interval_days" IS DISTINCT FROM (NEW."interval_days") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notice_for" IS DISTINCT FROM (NEW."notice_for") OR OLD."promise_grace_days" IS DISTINCT FROM (NEW."promise_grace_days") OR OLD."repeats_after" IS DISTINCT FROM (NEW."repeats_after") OR OLD."used" IS DISTINCT FROM (NEW."used") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "effective_on", "heeds_payments", "id", "interval_days", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."effective_on", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='32793dbcc295872bd7c9623836fd2f13bd06268b', operation='UPDATE', pgid='pgtrigger_update_update_fc8e9', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "effective_on", "heeds_payments", "id", "interval_days", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (OLD."activated_at", OLD."bank_days", OLD."climbs", OLD."code", OLD."contact_days", OLD."effective_on", OLD."heeds_payments", OLD."id", OLD."interval_days", OLD."name", OLD."notice_for", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_grace_days", OLD."repeats_after", OLD."used", OLD."version"); RETURN NULL;', hash='3c4acd10354605f45a5da9bb885ba4f0216bc5d3', operation='DELETE', pgid='pgtrigger_delete_delete_0a3e1', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='policychoice',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_policychoiceevent" ("entity_id", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment") VALUES (NEW."entity_id", NEW."id", NEW."item_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."segment"); RETURN NULL;', hash='a53f2d99226eab45e4efb8fdb818fef7ac5adc90', operation='INSERT', pgid='pgtrigger_insert_insert_c48cb', table='collections_policychoice', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='policychoice',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_policychoiceevent" ("entity_id", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment") VALUES (NEW."entity_id", NEW."id", NEW."item_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."segment"); RETURN NULL;', hash='caa67c05dbb11a6dc2cda79a1dcee16c409fe8d0', operation='UPDATE', pgid='pgtrigger_update_update_f9f47', table='collections_policychoice', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='policychoice',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_policychoiceevent" ("entity_id", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment") VALUES (OLD."entity_id", OLD."id", OLD."item_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."segment"); RETURN NULL;', hash='c3e413fb3762c4045e890b9602649112100744c9', operation='DELETE', pgid='pgtrigger_delete_delete_e8a9e', table='collections_policychoice', when='AFTER')),
            ),
        ]),
    ])
