"""Notes of interest keep their paper."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.database.together
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0053_targets_guard'),
        ('core', '0012_providers'),
    ]

    operations = together([
        o2c.core.database.together.ChangeTogether(
            operations=[
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
                    model_name='interestnote',
                    name='document',
                    field=models.ForeignKey(blank=True, db_index=False, help_text='Its paper, as it was given out.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document'),
                ),
                migrations.AddField(
                    model_name='interestnoteevent',
                    name='document',
                    field=models.ForeignKey(blank=True, db_constraint=False, help_text='Its paper, as it was given out.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.document'),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interestnote',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."document_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."kind", NEW."notice_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='fdae504769fde570be4893e18d5addd16bfaa7c2', operation='INSERT', pgid='pgtrigger_insert_insert_bd832', table='collections_interestnote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interestnote',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."charged_by" IS DISTINCT FROM (NEW."charged_by") OR OLD."charged_on" IS DISTINCT FROM (NEW."charged_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."notice_id" IS DISTINCT FROM (NEW."notice_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."document_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."kind", NEW."notice_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='376e419bee9898d6e95ee1a02d1a527aad14237a', operation='UPDATE', pgid='pgtrigger_update_update_f7df8', table='collections_interestnote', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interestnote',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "document_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "kind", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (OLD."charged_by", OLD."charged_on", OLD."created_at", OLD."currency", OLD."customer_id", OLD."document_id", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."id", OLD."item_id", OLD."kind", OLD."notice_id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."state", OLD."total", OLD."until"); RETURN NULL;', hash='9bd02be847770e7456ed9ef592dbaf999086aa66', operation='DELETE', pgid='pgtrigger_delete_delete_29f9b', table='collections_interestnote', when='AFTER')),
                ),
            ],
        ),
    ])
