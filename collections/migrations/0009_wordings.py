"""A legal entity's own wordings of its notices."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0008_policy_rules'),
        ('orders', '0003_guards'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('name', models.CharField(help_text='As a level names it.', max_length=40)),
                ('language', models.CharField(max_length=5)),
                ('subject', models.CharField(max_length=200)),
                ('opening', models.TextField()),
                ('closing', models.TextField(blank=True, default='')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wordings', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='WordingEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(help_text='As a level names it.', max_length=40)),
                ('language', models.CharField(max_length=5)),
                ('subject', models.CharField(max_length=200)),
                ('opening', models.TextField()),
                ('closing', models.TextField(blank=True, default='')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.wording')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(fields=('entity', 'name', 'language'), name='wording_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."closing", NEW."entity_id", NEW."id", NEW."language", NEW."name", NEW."opening", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."subject"); RETURN NULL;', hash='6e881caae6889f6f6af36bfc3513ac570ec15d4e', operation='INSERT', pgid='pgtrigger_insert_insert_1f589', table='collections_wording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."closing" IS DISTINCT FROM (NEW."closing") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."opening" IS DISTINCT FROM (NEW."opening") OR OLD."subject" IS DISTINCT FROM (NEW."subject"))', func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (NEW."closing", NEW."entity_id", NEW."id", NEW."language", NEW."name", NEW."opening", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."subject"); RETURN NULL;', hash='b86ff9f7f4c9ed26dd052b23f3c1d134222799d9', operation='UPDATE', pgid='pgtrigger_update_update_8773f', table='collections_wording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wording',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_wordingevent" ("closing", "entity_id", "id", "language", "name", "opening", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject") VALUES (OLD."closing", OLD."entity_id", OLD."id", OLD."language", OLD."name", OLD."opening", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."subject"); RETURN NULL;', hash='fe976f970aa34356a697d876675144699640fa0e', operation='DELETE', pgid='pgtrigger_delete_delete_1f9a3', table='collections_wording', when='AFTER')),
        ),
        from_file(SQL, "0009_wordings"),
    ])
