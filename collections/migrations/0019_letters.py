"""Letters that are printed together, and levels that go by post."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0018_pilots'),
        ('core', '0010_letters_to_print'),
        ('orders', '0004_standing'),
    ]

    operations = together([
        migrations.CreateModel(
            name='LetterBatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('making', 'Being made'), ('done', 'Done')], default='making', max_length=10)),
                ('double_sided', models.BooleanField(default=True, help_text='Each letter begins on the front of a sheet.')),
                ('count', models.PositiveIntegerField(help_text='How many letters.')),
                ('merged', models.PositiveIntegerField(default=0, help_text='How many are in the file so far.')),
                ('pages', models.PositiveIntegerField(default=0)),
                ('printed_by', models.CharField(max_length=150)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('posted_by', models.CharField(blank=True, default='', max_length=150)),
                ('posted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PrintedLetter',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('first_page', models.PositiveIntegerField(default=0)),
                ('pages', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ['batch', 'position'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='dunningsettings',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='dunningsettings',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='dunningsettings',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='dunningsettings',
            name='letters_without_email',
            field=models.BooleanField(db_default=False, default=False, help_text='Who has no usable e-mail address gets a letter, in place of a task for a collector.'),
        ),
        migrations.AddField(
            model_name='dunningsettingsevent',
            name='letters_without_email',
            field=models.BooleanField(db_default=False, default=False, help_text='Who has no usable e-mail address gets a letter, in place of a task for a collector.'),
        ),
        migrations.AlterField(
            model_name='dunninglevel',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('letter', 'PDF letter'), ('task', 'Task for a collector')], default='email', max_length=10),
        ),
        migrations.AlterField(
            model_name='dunninglevelevent',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('letter', 'PDF letter'), ('task', 'Task for a collector')], default='email', max_length=10),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."proposes_at", NEW."queue_id"); RETURN NULL;', hash='2243d470c99b42dea989dba3644b68a5a111704e', operation='INSERT', pgid='pgtrigger_insert_insert_d2f1b', table='collections_dunningsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."letters_without_email", NEW."paused", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."proposes_at", NEW."queue_id"); RETURN NULL;', hash='237982bae969a8170f10b176831ffb75a7a32084', operation='UPDATE', pgid='pgtrigger_update_update_8e35b', table='collections_dunningsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dunningsettings',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "letters_without_email", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (OLD."approves_itself", OLD."entity_id", OLD."id", OLD."letters_without_email", OLD."paused", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."proposes_at", OLD."queue_id"); RETURN NULL;', hash='ce0149e4b566e6df47724396925c56be4c4c2d58', operation='DELETE', pgid='pgtrigger_delete_delete_f9690', table='collections_dunningsettings', when='AFTER')),
        ),
        migrations.AddField(
            model_name='letterbatch',
            name='again',
            field=models.ForeignKey(blank=True, help_text='The batch that it prints again.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.letterbatch'),
        ),
        migrations.AddField(
            model_name='letterbatch',
            name='document',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document'),
        ),
        migrations.AddField(
            model_name='letterbatch',
            name='entity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='letterbatch',
            name='run',
            field=models.ForeignKey(blank=True, help_text='None: of all runs.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.dunningrun'),
        ),
        migrations.AddField(
            model_name='printedletter',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='collections.letterbatch'),
        ),
        migrations.AddField(
            model_name='printedletter',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='printed', to='core.message'),
        ),
        migrations.AddIndex(
            model_name='letterbatch',
            index=models.Index(fields=['entity', '-id'], name='letter_batch_by_entity'),
        ),
        migrations.AddConstraint(
            model_name='printedletter',
            constraint=models.UniqueConstraint(fields=('batch', 'position'), name='printed_letter_place'),
        ),
        migrations.AddConstraint(
            model_name='printedletter',
            constraint=models.UniqueConstraint(fields=('batch', 'message'), name='printed_letter_once'),
        ),
    ])
