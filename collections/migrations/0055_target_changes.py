"""When targets were changed last, so that whoever follows them over the API misses nothing."""

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.database.together
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0054_interest_paper'),
    ]

    operations = together([
        o2c.core.database.together.ChangeTogether(
            operations=[
                pgtrigger.migrations.RemoveTrigger(
                    model_name='target',
                    name='update_update',
                ),
                migrations.AddField(
                    model_name='target',
                    name='updated_at',
                    field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='target',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."set_by" IS DISTINCT FROM (NEW."set_by") OR OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."what" IS DISTINCT FROM (NEW."what"))', func='INSERT INTO "collections_targetevent" ("amount", "entity_id", "from_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_by", "team_id", "user_id", "what") VALUES (NEW."amount", NEW."entity_id", NEW."from_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."set_by", NEW."team_id", NEW."user_id", NEW."what"); RETURN NULL;', hash='e272a6a43ef527d9196efc964b415c5f35c6c11d', operation='UPDATE', pgid='pgtrigger_update_update_4eea1', table='collections_target', when='AFTER')),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='target',
            index=models.Index(fields=['updated_at', 'id'], name='target_by_change'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER target_stamped BEFORE UPDATE ON collections_target FOR EACH ROW"
            " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp()",
            "DROP TRIGGER target_stamped ON collections_target",
        ),
    ])
