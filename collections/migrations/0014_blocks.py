"""Levels that block new business."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0013_approvals_guard'),
    ]

    operations = together([
        ChangeTogether([
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
                name='blocks',
                field=models.BooleanField(db_default=False, default=False, help_text='Nothing new is invoiced to whom it tells, until a person opens it.'),
            ),
            migrations.AddField(
                model_name='dunninglevelevent',
                name='blocks',
                field=models.BooleanField(db_default=False, default=False, help_text='Nothing new is invoiced to whom it tells, until a person opens it.'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."blocks", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='6e2a84ea380311b2c5c0d1965ba7d20d370532d8', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("approvals", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."blocks", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='a91aa7ba5b4eef997aef747a5b44c8bfd3fc113e', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (OLD."approvals", OLD."blocks", OLD."channel", OLD."days_past_due", OLD."days_to_pay", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template", OLD."wait_days"); RETURN NULL;', hash='d3db36eb7d421b73f6d691173a25d6c6e7fe0ba2', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
            ),
        ]),
    ])
