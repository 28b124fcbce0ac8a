"""What a notice lists beside what it asks for."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import ChangeTogether, together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0014_blocks'),
    ]

    operations = together([
        ChangeTogether([
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
                name='credits',
                field=models.CharField(choices=[('counted', 'Only count: who is in credit is not chased'), ('listed', 'Listed under the items, with what is left to pay')], db_default='counted', default='counted', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicy',
                name='lists',
                field=models.CharField(choices=[('noticed', 'What it asks for'), ('open', 'All that is open, due and not due')], db_default='noticed', default='noticed', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='credits',
                field=models.CharField(choices=[('counted', 'Only count: who is in credit is not chased'), ('listed', 'Listed under the items, with what is left to pay')], db_default='counted', default='counted', max_length=10),
            ),
            migrations.AddField(
                model_name='dunningpolicyevent',
                name='lists',
                field=models.CharField(choices=[('noticed', 'What it asks for'), ('open', 'All that is open, due and not due')], db_default='noticed', default='noticed', max_length=10),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."credits", NEW."effective_on", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."lists", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='8ec475563d0c2de3e5e921c1535879227abebb8f', operation='INSERT', pgid='pgtrigger_insert_insert_2eb73', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."activated_at" IS DISTINCT FROM (NEW."activated_at") OR OLD."bank_days" IS DISTINCT FROM (NEW."bank_days") OR OLD."climbs" IS DISTINCT FROM (NEW."climbs") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."contact_days" IS DISTINCT FROM (NEW."contact_days") OR OLD."credits" IS DISTINCT FROM (NEW."credits") OR OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."heeds_payments" IS DISTINCT FROM (NEW."heeds_payments") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."interval_days" IS DISTINCT FROM (NEW."interval_days") OR OLD."lists" IS DISTINCT FROM (NEW."lists") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notice_for" IS DISTINCT FROM (NEW."notice_for") OR OLD."promise_grace_days" IS DISTINCT FROM (NEW."promise_grace_days") OR OLD."repeats_after" IS DISTINCT FROM (NEW."repeats_after") OR OLD."used" IS DISTINCT FROM (NEW."used") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (NEW."activated_at", NEW."bank_days", NEW."climbs", NEW."code", NEW."contact_days", NEW."credits", NEW."effective_on", NEW."heeds_payments", NEW."id", NEW."interval_days", NEW."lists", NEW."name", NEW."notice_for", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_grace_days", NEW."repeats_after", NEW."used", NEW."version"); RETURN NULL;', hash='a203c2ba99334055024af8f06aae33c2d9808e24', operation='UPDATE', pgid='pgtrigger_update_update_fc8e9', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("activated_at", "bank_days", "climbs", "code", "contact_days", "credits", "effective_on", "heeds_payments", "id", "interval_days", "lists", "name", "notice_for", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "repeats_after", "used", "version") VALUES (OLD."activated_at", OLD."bank_days", OLD."climbs", OLD."code", OLD."contact_days", OLD."credits", OLD."effective_on", OLD."heeds_payments", OLD."id", OLD."interval_days", OLD."lists", OLD."name", OLD."notice_for", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_grace_days", OLD."repeats_after", OLD."used", OLD."version"); RETURN NULL;', hash='e4d9c9a4092eeac248e8e13e46db224d38e12499', operation='DELETE', pgid='pgtrigger_delete_delete_0a3e1', table='collections_dunningpolicy', when='AFTER')),
            ),
        ]),
    ])
