"""Notices that wait for a person's approval, by level and by amount."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

import o2c.core.money
from o2c.core.database.together import ChangeTogether, together


def refuse_what_waits(apps, schema_editor) -> None:
    """The version before would send what waits, and knows no run that does."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM collections_notice WHERE missing > 0 AND state = 'proposed'")
        (count,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM collections_dunningrun WHERE state = 'waiting'")
        (runs,) = cursor.fetchone()
    if count or runs:
        raise IrreversibleError(
            f"{count} notices wait for a person's approval: approve them or cancel their runs before going back."
        )


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0011_backtests'),
        ('core', '0004_guards'),
        ('orders', '0004_standing'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        ChangeTogether([
            migrations.CreateModel(
                name='NoticeApproval',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('approver', models.CharField(max_length=150)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('notice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='collections.notice')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('notice', 'by'), name='notice_approved_once_by_each')],
                },
            ),
            migrations.CreateModel(
                name='NoticeApprovalEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('approver', models.CharField(max_length=150)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('notice', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.notice')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.noticeapproval')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='NoticeLimit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notice_limits', to='orders.legalentity')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('entity', 'currency'), name='notice_limit_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='notice_limit_positive')],
                },
            ),
            migrations.CreateModel(
                name='NoticeLimitEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.noticelimit')),
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
            migrations.AddField(
                model_name='dunninglevel',
                name='approvals',
                field=models.PositiveSmallIntegerField(choices=[(0, 'Goes with its run'), (1, 'A person'), (2, 'Two people')], db_default=0, default=0, help_text='How many people approve a notice of this level before it goes out.'),
            ),
            migrations.AddField(
                model_name='dunninglevelevent',
                name='approvals',
                field=models.PositiveSmallIntegerField(choices=[(0, 'Goes with its run'), (1, 'A person'), (2, 'Two people')], db_default=0, default=0, help_text='How many people approve a notice of this level before it goes out.'),
            ),
            migrations.AddField(
                model_name='notice',
                name='alone',
                field=models.BooleanField(db_default=False, default=False, help_text='So large that it is approved by itself, never with others.'),
            ),
            migrations.AddField(
                model_name='notice',
                name='missing',
                field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='People who must still approve it before it goes out.'),
            ),
            migrations.AlterField(
                model_name='dunningrun',
                name='state',
                field=models.CharField(choices=[('proposing', 'Proposing'), ('proposed', 'Waiting for approval'), ('approved', 'Approved'), ('sending', 'Sending'), ('waiting', 'Partly sent'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='proposing', max_length=10),
            ),
            migrations.AlterField(
                model_name='dunningrunevent',
                name='state',
                field=models.CharField(choices=[('proposing', 'Proposing'), ('proposed', 'Waiting for approval'), ('approved', 'Approved'), ('sending', 'Sending'), ('waiting', 'Partly sent'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='proposing', max_length=10),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='950080e2056b2edec11dab0069b7e8314e11370b', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("approvals", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='88742b7504bdbf2711f3cd95ffa4b811f1c96d26', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (OLD."approvals", OLD."channel", OLD."days_past_due", OLD."days_to_pay", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template", OLD."wait_days"); RETURN NULL;', hash='c4dc90e0a56bfdb84e1e110acb59f433a24c9520', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticeapproval',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_noticeapprovalevent" ("approver", "at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."approver", NEW."at", NEW."by_id", NEW."id", NEW."notice_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='c26e2c9a8b3f0b52733f13297c98e1f1e3d45f37', operation='INSERT', pgid='pgtrigger_insert_insert_ce08e', table='collections_noticeapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticeapproval',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_noticeapprovalevent" ("approver", "at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."approver", NEW."at", NEW."by_id", NEW."id", NEW."notice_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='ecb6ff8f0fcd9f205309a0173d48e80ea06edce1', operation='UPDATE', pgid='pgtrigger_update_update_f7484', table='collections_noticeapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticeapproval',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_noticeapprovalevent" ("approver", "at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."approver", OLD."at", OLD."by_id", OLD."id", OLD."notice_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='ed70736feb2ab78fa8a6d753414649adfe8c55e6', operation='DELETE', pgid='pgtrigger_delete_delete_5c143', table='collections_noticeapproval', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticelimit',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_noticelimitevent" ("amount", "currency", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='499a65980ad71aa22eaa5cca8ce91f8bc1bdfd74', operation='INSERT', pgid='pgtrigger_insert_insert_acc9a', table='collections_noticelimit', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticelimit',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_noticelimitevent" ("amount", "currency", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='bd984a808a3ce800af9abae2fd22638b953789a5', operation='UPDATE', pgid='pgtrigger_update_update_26660', table='collections_noticelimit', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='noticelimit',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_noticelimitevent" ("amount", "currency", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."amount", OLD."currency", OLD."entity_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='1cb61f43eea2220e5b7bee37e6bf3e7660240e1c', operation='DELETE', pgid='pgtrigger_delete_delete_024c7', table='collections_noticelimit', when='AFTER')),
            ),
        ]),
        # the last one forwards is the first one back
        migrations.RunPython(migrations.RunPython.noop, refuse_what_waits),
    ])
