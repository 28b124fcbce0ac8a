import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from o2c.core.database.together import AddTogether


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_tables'),
        ('mfa', '0003_authenticator_type_uniq'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
    ]

    operations = [
        AddTogether([
            migrations.CreateModel(
                name='Factor',
                fields=[
                ],
                options={
                    'proxy': True,
                    'indexes': [],
                    'constraints': [],
                },
                bases=('mfa.authenticator',),
            ),
            migrations.CreateModel(
                name='FactorEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='id_user_type_created_at_events', to='core.factor')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('type', models.CharField(choices=[('recovery_codes', 'Recovery codes'), ('totp', 'TOTP Authenticator'), ('webauthn', 'WebAuthn')], max_length=20)),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SignOn',
                fields=[
                ],
                options={
                    'proxy': True,
                    'indexes': [],
                    'constraints': [],
                },
                bases=('socialaccount.socialaccount',),
            ),
            migrations.CreateModel(
                name='SignOnEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='id_user_provider_uid_events', to='core.signon')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.IntegerField()),
                    ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('provider', models.CharField(max_length=200, verbose_name='provider')),
                    ('uid', models.CharField(max_length=191, verbose_name='uid')),
                ],
                options={
                    'abstract': False,
                },
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='factor',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_factorevent" ("created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "user_id") VALUES (NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."type", NEW."user_id"); RETURN NULL;', hash='7f090c138757f334190728e028b97de46417714c', operation='INSERT', pgid='pgtrigger_insert_insert_797f3', table='mfa_authenticator', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='factor',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."type" IS DISTINCT FROM (NEW."type") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "core_factorevent" ("created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "user_id") VALUES (NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."type", NEW."user_id"); RETURN NULL;', hash='1b8ba5d6d44a8933f1463fed224bcc3fd668b07d', operation='UPDATE', pgid='pgtrigger_update_update_f9885', table='mfa_authenticator', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='factor',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_factorevent" ("created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "user_id") VALUES (OLD."created_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."type", OLD."user_id"); RETURN NULL;', hash='ce1a4c4e6c4722b81f4d1c835cce7101cef86cf8', operation='DELETE', pgid='pgtrigger_delete_delete_a652e', table='mfa_authenticator', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='signon',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_signonevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "uid", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."provider", NEW."uid", NEW."user_id"); RETURN NULL;', hash='46a8fd8066c3b18e09405453aeeb162d82486190', operation='INSERT', pgid='pgtrigger_insert_insert_ce4ed', table='socialaccount_socialaccount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='signon',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."provider" IS DISTINCT FROM (NEW."provider") OR OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', func='INSERT INTO "core_signonevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "uid", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."provider", NEW."uid", NEW."user_id"); RETURN NULL;', hash='5bbb82d29bc9b2360f081c304eefff99dd2088b0', operation='UPDATE', pgid='pgtrigger_update_update_86d93', table='socialaccount_socialaccount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='signon',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_signonevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "uid", "user_id") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."provider", OLD."uid", OLD."user_id"); RETURN NULL;', hash='ab9d5db420c725b58514348f3432de2e962a6702', operation='DELETE', pgid='pgtrigger_delete_delete_a0be9', table='socialaccount_socialaccount', when='AFTER')),
            ),
        ]),
    ]
