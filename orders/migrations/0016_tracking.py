"""What carriers tell of what they carry, and the secrets that they sign it with."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0015_submitted'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='CarrierSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sealed', models.TextField(help_text="Encrypted with the installation's secret key.")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='To the minute.', null=True)),
                ('carrier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='orders.carrier')),
            ],
        ),
        migrations.CreateModel(
            name='CarrierSecretEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('carrier', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.carrier')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.carriersecret')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TrackingEvent',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(help_text="The carrier's own key of it.", max_length=200)),
                ('tracking_number', models.CharField(blank=True, max_length=100)),
                ('kind', models.CharField(help_text='As the carrier says it; also what is none of ours.', max_length=40)),
                ('at', models.DateTimeField(help_text='When it happened.')),
                ('place', models.CharField(blank=True, default='', max_length=200)),
                ('text', models.CharField(blank=True, default='', max_length=400)),
                ('came_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('carrier', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='told', to='orders.carrier')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carriersecret',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_carriersecretevent" ("carrier_id", "created_at", "created_by", "expires_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."carrier_id", NEW."created_at", NEW."created_by", NEW."expires_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='5f3a97bf36ee9da39e06125b481317b262108f32', operation='INSERT', pgid='pgtrigger_insert_insert_8a2fe', table='orders_carriersecret', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carriersecret',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."carrier_id" IS DISTINCT FROM (NEW."carrier_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id"))', func='INSERT INTO "orders_carriersecretevent" ("carrier_id", "created_at", "created_by", "expires_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."carrier_id", NEW."created_at", NEW."created_by", NEW."expires_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='c382bd42807e55829e4ee8ba75c4a5b89cfeb4fe', operation='UPDATE', pgid='pgtrigger_update_update_88fc1', table='orders_carriersecret', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carriersecret',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_carriersecretevent" ("carrier_id", "created_at", "created_by", "expires_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."carrier_id", OLD."created_at", OLD."created_by", OLD."expires_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='8b9654e6e3d3fd954084e49ab856efc2794e51e3', operation='DELETE', pgid='pgtrigger_delete_delete_1bc39', table='orders_carriersecret', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(fields=['updated_at', 'id'], name='tracking_by_change'),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(fields=['carrier', 'tracking_number', 'at'], name='tracking_by_number'),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(fields=['carrier', '-id'], name='tracking_by_carrier'),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(condition=models.Q(('kind__in', ['failed', 'returned'])), fields=['carrier', 'tracking_number'], name='tracking_of_trouble'),
        ),
        migrations.AddConstraint(
            model_name='trackingevent',
            constraint=models.UniqueConstraint(fields=('carrier', 'event'), name='tracking_event_once'),
        ),
        from_file(Path(__file__).parents[1] / "sql", "tracking"),
    ])
