from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.audit.models
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_undone_imports'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        from_file(SQL, "0011_context"),
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), help_text='The beginning of the transaction, as in every history.')),
                ('kind', models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('signed_out', 'Signed out'), ('password_set', 'Password set'), ('factor_added', 'Second factor added'), ('factor_removed', 'Second factor removed'), ('exported', 'Export taken'), ('corrected', 'Put right by hand'), ('trail_changed', 'Audit trail changed')], max_length=20)),
                ('what', models.CharField(blank=True, default='', help_text='What was exported or put right.', max_length=200)),
                ('user_id', models.BigIntegerField(help_text='Whose access it is; empty for programs and unknown names.', null=True)),
                ('customer_id', models.BigIntegerField(help_text='The customer it is about, if one.', null=True)),
                ('entity_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The legal entities it is about, if any.', null=True, size=None)),
                ('facts', models.JSONField(default=dict)),
                ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), null=True)),
            ],
        ),
        migrations.CreateModel(
            name='MessageEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('owner', models.CharField(help_text='Code of the legal entity that speaks.', max_length=20)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='message',
            trigger=pgtrigger.compiler.Trigger(name='was_unsure_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'unsure\')', func='INSERT INTO "core_messageevent" ("owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."owner", _pgh_attach_context(), NOW(), \'was_unsure\', NEW."id", NEW."state"); RETURN NULL;', hash='1da0ce2819a06ea54fc8f2766f5a79b9e3639f72', operation='UPDATE', pgid='pgtrigger_was_unsure_update_dc5aa', table='core_message', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='message',
            trigger=pgtrigger.compiler.Trigger(name='was_refused_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'refused\')', func='INSERT INTO "core_messageevent" ("owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."owner", _pgh_attach_context(), NOW(), \'was_refused\', NEW."id", NEW."state"); RETURN NULL;', hash='809cd55d2cbba24d25fc9697aba24805ef9eaafb', operation='UPDATE', pgid='pgtrigger_was_refused_update_9aaad', table='core_message', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='accessrecord',
            index=models.Index(fields=['at', 'id'], name='access_record_when'),
        ),
        migrations.AddIndex(
            model_name='accessrecord',
            index=models.Index(fields=['user_id', 'at'], name='access_record_of'),
        ),
        migrations.AddIndex(
            model_name="accessrecord",
            index=models.Index(fields=["context_id"], name="access_record_by_context"),
        ),
        migrations.AddField(
            model_name='messageevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='messageevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='owner_state_events', to='core.message'),
        ),
        migrations.AddField(
            model_name="importrun",
            name="context_id",
            field=models.UUIDField(
                db_default=o2c.core.audit.models.CurrentContext(),
                help_text="From where, for the audit trail.",
                null=True,
            ),
        ),
        from_file(SQL, "0011_audit"),
    ]
