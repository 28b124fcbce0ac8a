"""When mails last changed, and what people said of what they seem to say."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from o2c.core.database.together import ChangeTogether, together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0020_attaches'),
        ('core', '0011_message_changes'),
        ('orders', '0005_consumer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        ChangeTogether([
            pgtrigger.migrations.RemoveTrigger(
                model_name='incomingmail',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='incomingmail',
                name='update_update',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='incomingmail',
                name='delete_delete',
            ),
            migrations.AddField(
                model_name='incomingmail',
                name='updated_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
            ),
            migrations.AddField(
                model_name='incomingmail',
                name='verdicts',
                field=models.JSONField(db_default={}, default=dict, help_text='What was said of its suggestions: by what each is about, `Verdict`.'),
            ),
            migrations.AddField(
                model_name='incomingmailevent',
                name='verdicts',
                field=models.JSONField(db_default={}, default=dict, help_text='What was said of its suggestions: by what each is about, `Verdict`.'),
            ),
            migrations.AlterField(
                model_name='incomingmailevent',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_customer_state_verdicts_events', to='collections.incomingmail'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='incomingmail',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "verdicts") VALUES (NEW."customer_id", NEW."entity_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."verdicts"); RETURN NULL;', hash='008660a27243308f36f1359d573cad03130f6383', operation='INSERT', pgid='pgtrigger_insert_insert_0a066', table='collections_incomingmail', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='incomingmail',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."verdicts" IS DISTINCT FROM (NEW."verdicts"))', func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "verdicts") VALUES (NEW."customer_id", NEW."entity_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."verdicts"); RETURN NULL;', hash='23f9531bd0bd93cac9db93f1561c35d132e045b9', operation='UPDATE', pgid='pgtrigger_update_update_0a4fd', table='collections_incomingmail', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='incomingmail',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "verdicts") VALUES (OLD."customer_id", OLD."entity_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."state", OLD."verdicts"); RETURN NULL;', hash='e291f7ec51ec26461353f557610386811e4f7d1e', operation='DELETE', pgid='pgtrigger_delete_delete_d8dab', table='collections_incomingmail', when='AFTER')),
            ),
        ]),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['updated_at', 'id'], name='incoming_mail_by_change'),
        ),
        from_file(SQL, "mails"),
    ])
