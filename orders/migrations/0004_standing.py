"""Customers who are blocked or closed with a legal entity."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_guards'),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='account',
            name='standing',
            field=models.CharField(choices=[('open', 'Open for business'), ('blocked', 'Blocked'), ('closed', 'Closed')], db_default='open', default='open', help_text='Nothing new is invoiced to one that is not open; what it pays or is paid back is looked at.', max_length=10),
        ),
        migrations.AddField(
            model_name='account',
            name='standing_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='accountevent',
            name='standing',
            field=models.CharField(choices=[('open', 'Open for business'), ('blocked', 'Blocked'), ('closed', 'Closed')], db_default='open', default='open', help_text='Nothing new is invoiced to one that is not open; what it pays or is paid back is looked at.', max_length=10),
        ),
        migrations.AddField(
            model_name='accountevent',
            name='standing_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (NEW."channel", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."external_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."standing", NEW."standing_reason", NEW."terms_id"); RETURN NULL;', hash='270f346bfde1c82e642e073f3ba8d3bcb89e21e5', operation='INSERT', pgid='pgtrigger_insert_insert_b855c', table='orders_account', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."collector_id" IS DISTINCT FROM (NEW."collector_id") OR OLD."credit_limit" IS DISTINCT FROM (NEW."credit_limit") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."policy" IS DISTINCT FROM (NEW."policy") OR OLD."segment" IS DISTINCT FROM (NEW."segment") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."standing" IS DISTINCT FROM (NEW."standing") OR OLD."standing_reason" IS DISTINCT FROM (NEW."standing_reason") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))', func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (NEW."channel", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."external_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."standing", NEW."standing_reason", NEW."terms_id"); RETURN NULL;', hash='131c60b664bb3dc938e4810ce5a76a2f7734054b', operation='UPDATE', pgid='pgtrigger_update_update_ff80b', table='orders_account', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (OLD."channel", OLD."collector_id", OLD."credit_limit", OLD."currency", OLD."customer_id", OLD."entity_id", OLD."external_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."segment", OLD."source", OLD."standing", OLD."standing_reason", OLD."terms_id"); RETURN NULL;', hash='e147567c147803764b268a1073d71187d36735ca', operation='DELETE', pgid='pgtrigger_delete_delete_212d9', table='orders_account', when='AFTER')),
        ),
    ])
