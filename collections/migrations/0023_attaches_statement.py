"""Levels whose e-mails carry the statement of account."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0022_backtests_by_programs'),
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
                name='attaches_statement',
                field=models.BooleanField(db_default=False, default=False, help_text='Its e-mails carry the statement of account of whom they are to.'),
            ),
            migrations.AddField(
                model_name='dunninglevelevent',
                name='attaches_statement',
                field=models.BooleanField(db_default=False, default=False, help_text='Its e-mails carry the statement of account of whom they are to.'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."attaches", NEW."attaches_statement", NEW."blocks", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='80e2c919eab7d18026a5e53fc575586fce068ffd', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (NEW."approvals", NEW."attaches", NEW."attaches_statement", NEW."blocks", NEW."channel", NEW."days_past_due", NEW."days_to_pay", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template", NEW."wait_days"); RETURN NULL;', hash='c429350fd96402fbaee6e1a2b5a00bec2e7b098e', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("approvals", "attaches", "attaches_statement", "blocks", "channel", "days_past_due", "days_to_pay", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template", "wait_days") VALUES (OLD."approvals", OLD."attaches", OLD."attaches_statement", OLD."blocks", OLD."channel", OLD."days_past_due", OLD."days_to_pay", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template", OLD."wait_days"); RETURN NULL;', hash='6bbf849fc53f9eb4ad5988c7f18959c4ecf2093b', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
            ),
        ]),
    ])
