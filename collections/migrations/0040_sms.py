"""As a text message, a wording says something of its own; and a level may go as one."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0039_pilot_changes'),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(
            model_name='wording',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='wording',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='wording',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='wording',
            name='sms',
            field=models.TextField(blank=True, db_default='', default='', help_text='As a text message; empty: as the standard wording has it.'),
        ),
        migrations.AddField(
            model_name='wordingevent',
            name='sms',
            field=models.TextField(blank=True, db_default='', default='', help_text='As a text message; empty: as the standard wording has it.'),
        ),
        migrations.AlterField(
            model_name='dunninglevel',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('letter', 'PDF letter'), ('task', 'Task for a collector')], default='email', max_length=10),
        ),
        migrations.AlterField(
            model_name='dunninglevelevent',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('letter', 'PDF letter'), ('task', 'Task for a collector')], default='email', max_length=10),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sms", "subject") VALUES (NEW."closing", NEW."entity_id", NEW."id", NEW."language", NEW."name", NEW."opening", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sms", NEW."subject"); RETURN NULL;', hash='a20940acf88a2734f5e7e9bc11e77683c3e29e00', operation='INSERT', pgid='pgtrigger_insert_insert_1f589', table='collections_wording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."closing" IS DISTINCT FROM (NEW."closing") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."opening" IS DISTINCT FROM (NEW."opening") OR OLD."sms" IS DISTINCT FROM (NEW."sms") OR OLD."subject" IS DISTINCT FROM (NEW."subject"))', func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sms", "subject") VALUES (NEW."closing", NEW."entity_id", NEW."id", NEW."language", NEW."name", NEW."opening", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sms", NEW."subject"); RETURN NULL;', hash='40d2ec7cf0a13140167d3e530bf34571844a3f26', operation='UPDATE', pgid='pgtrigger_update_update_8773f', table='collections_wording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sms", "subject") VALUES (OLD."closing", OLD."entity_id", OLD."id", OLD."language", OLD."name", OLD."opening", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."sms", OLD."subject"); RETURN NULL;', hash='d9b95dcdb7fb8eb9adb4de0fc44ff5591a09ba00', operation='DELETE', pgid='pgtrigger_delete_delete_1f9a3', table='collections_wording', when='AFTER')),
        ),
    ])
