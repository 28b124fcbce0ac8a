"""What a notice of a level costs: its fee, and interest with it."""


import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0032_plans_guard'),
        ('invoicing', '0008_interest_account'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='LevelFee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField()),
            ],
        ),
        migrations.CreateModel(
            name='LevelFeeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField()),
            ],
            options={
                'abstract': False,
            },
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
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestnote',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestnote',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestnote',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='dunninglevel',
            name='charges_interest',
            field=models.BooleanField(db_default=False, default=False, help_text='With its notice, interest is charged up to the day it goes out.'),
        ),
        migrations.AddField(
            model_name='dunninglevelevent',
            name='charges_interest',
            field=models.BooleanField(db_default=False, default=False, help_text='With its notice, interest is charged up to the day it goes out.'),
        ),
        migrations.AddField(
            model_name='dunningsettings',
            name='fees_from_consumers',
            field=models.BooleanField(db_default=False, default=False, help_text='Private persons pay the fees of levels too.'),
        ),
        migrations.AddField(
            model_name='dunningsettingsevent',
            name='fees_from_consumers',
            field=models.BooleanField(db_default=False, default=False, help_text='Private persons pay the fees of levels too.'),
        ),
        migrations.AddField(
            model_name='interestnote',
            name='kind',
            field=models.CharField(choices=[('interest', 'Interest'), ('fee', 'Fee of a notice')], db_default='interest', default='interest', max_length=10),
        ),
        migrations.AddField(
            model_name='interestnote',
            name='notice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charged', to='collections.notice'),
        ),
        migrations.AddField(
            model_name='interestnoteevent',
            name='kind',
            field=models.CharField(choices=[('interest', 'Interest'), ('fee', 'Fee of a notice')], db_default='interest', default='interest', max_length=10),
        ),
        migrations.AddField(
            model_name='interestnoteevent',
            name='notice',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.notice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunninglevel',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "charges_interest", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."attaches", NEW."attaches_statement", NEW."blocks", NEW."channel", NEW."charges_interest", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='36a40b3927ab485157955ab7654d04a854eaf237', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunninglevel',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "charges_interest", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."attaches", NEW."attaches_statement", NEW."blocks", NEW."channel", NEW."charges_interest", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='36c1671267d4665589d5ef08fb6af0a4dab5c5f3', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunninglevel',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "charges_interest", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (OLD."approvals", OLD."attaches", OLD."attaches_statement", OLD."blocks", OLD."channel", OLD."charges_interest", OLD."days_past_due", OLD."days_to_pay", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template", OLD."wait_days"); RETURN NULL;', hash='110f6814d077b542cd1dc0c8cf658a139bb02f76', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "fees_from_consumers", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (NEW."approves_itself", NEW."entity_id", NEW."fees_from_consumers", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_days", NEW."plan_percent", NEW."policy", NEW."promise_percent", NEW."proposes_at", NEW."queue_id", NEW."reminds_before"); RETURN NULL;', hash='1d762372db121545b6d395cac7d13a32763b37b8', operation='INSERT', pgid='pgtrigger_insert_insert_d2f1b', table='collections_dunningsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "fees_from_consumers", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (NEW."approves_itself", NEW."entity_id", NEW."fees_from_consumers", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_days", NEW."plan_percent", NEW."policy", NEW."promise_percent", NEW."proposes_at", NEW."queue_id", NEW."reminds_before"); RETURN NULL;', hash='dc4f5d2256b453f50ad07db68a92f9100c536b7d', operation='UPDATE', pgid='pgtrigger_update_update_8e35b', table='collections_dunningsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "fees_from_consumers", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_days", "plan_percent", "policy", "promise_percent", "proposes_at", "queue_id", "reminds_before") VALUES (OLD."approves_itself", OLD."entity_id", OLD."fees_from_consumers", OLD."id", OLD."letters_without_email", OLD."paused", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_days", OLD."plan_percent", OLD."policy", OLD."promise_percent", OLD."proposes_at", OLD."queue_id", OLD."reminds_before"); RETURN NULL;', hash='5b1d60e239244bdfebde4485fc1a7889ecd69438', operation='DELETE', pgid='pgtrigger_delete_delete_f9690', table='collections_dunningsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."kind", NEW."notice_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='6a8749dfe2e67cd528c12180119fb2f2880ad291', operation='INSERT', pgid='pgtrigger_insert_insert_bd832', table='collections_interestnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."charged_by" IS DISTINCT FROM (NEW."charged_by") OR OLD."charged_on" IS DISTINCT FROM (NEW."charged_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."notice_id" IS DISTINCT FROM (NEW."notice_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."kind", NEW."notice_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='6a1a44af79ea1bce999c8739f9ccfbcd0a333a0a', operation='UPDATE', pgid='pgtrigger_update_update_f7df8', table='collections_interestnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (OLD."charged_by", OLD."charged_on", OLD."created_at", OLD."currency", OLD."customer_id", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."id", OLD."item_id", OLD."kind", OLD."notice_id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."state", OLD."total", OLD."until"); RETURN NULL;', hash='e87d87055b5a225c3e7fe2ebaad171951a285e69', operation='DELETE', pgid='pgtrigger_delete_delete_29f9b', table='collections_interestnote', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interestnote',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'interest'), ('notice__isnull', False), _connector='OR'), name='fee_of_a_notice'),
        ),
        migrations.AddConstraint(
            model_name='interestnote',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'fee')), fields=('notice',), name='notice_fee_once'),
        ),
        migrations.AddField(
            model_name='levelfee',
            name='level',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fees', to='collections.dunninglevel'),
        ),
        migrations.AddField(
            model_name='levelfeeevent',
            name='level',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.dunninglevel'),
        ),
        migrations.AddField(
            model_name='levelfeeevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='levelfeeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.levelfee'),
        ),
        migrations.AddConstraint(
            model_name='levelfee',
            constraint=models.UniqueConstraint(fields=('level', 'currency'), name='level_fee_once'),
        ),
        migrations.AddConstraint(
            model_name='levelfee',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='level_fee_positive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='levelfee',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_levelfeeevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."level_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='cc89e05dd35ba61cac12e8087b9d6e3aff7b30d3', operation='INSERT', pgid='pgtrigger_insert_insert_d77ff', table='collections_levelfee', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='levelfee',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_levelfeeevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."level_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='2706961e721c5dc2d48c06e2482cedebe9676763', operation='UPDATE', pgid='pgtrigger_update_update_ebbba', table='collections_levelfee', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='levelfee',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_levelfeeevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."amount", OLD."currency", OLD."id", OLD."level_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='3fbf0afdd4a874899d8029c9e4f16e1f9e6ae804', operation='DELETE', pgid='pgtrigger_delete_delete_dc4e9', table='collections_levelfee', when='AFTER')),
        ),
    ])
