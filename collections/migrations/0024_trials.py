"""Champion and challenger: trials of two policies."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0023_attaches_statement'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('champion', models.CharField(help_text='Code of the policy in use.', max_length=40)),
                ('challenger', models.CharField(help_text='Code of the policy that is tried.', max_length=40)),
                ('share', models.PositiveSmallIntegerField(help_text='In percent of who pays: chased by the challenger.')),
                ('first_on', models.DateField(help_text='What comes due from this day on takes part.')),
                ('until', models.DateField(help_text='The last day, as planned.')),
                ('salt', models.CharField(help_text='Another one parts the customers otherwise.', max_length=120)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('begun_by', models.CharField(max_length=150)),
                ('ended_on', models.DateField(help_text='From this day on it lasts no more, though it was planned to.', null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('concluded', models.CharField(blank=True, default='', help_text='What came of it.', max_length=500)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trials', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='TrialEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('champion', models.CharField(help_text='Code of the policy in use.', max_length=40)),
                ('challenger', models.CharField(help_text='Code of the policy that is tried.', max_length=40)),
                ('share', models.PositiveSmallIntegerField(help_text='In percent of who pays: chased by the challenger.')),
                ('first_on', models.DateField(help_text='What comes due from this day on takes part.')),
                ('until', models.DateField(help_text='The last day, as planned.')),
                ('salt', models.CharField(help_text='Another one parts the customers otherwise.', max_length=120)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('begun_by', models.CharField(max_length=150)),
                ('ended_on', models.DateField(help_text='From this day on it lasts no more, though it was planned to.', null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('concluded', models.CharField(blank=True, default='', help_text='What came of it.', max_length=500)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.trial')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('share__gte', 1), ('share__lte', 99)), name='trial_has_two_arms'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('first_on'))), name='trial_some_days'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('champion', models.F('challenger')), _negated=True), name='trial_of_two_policies'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), models.Q(('ended_on__gte', models.F('first_on')), ('ended_on__lte', models.F('until'))), _connector='OR'), name='trial_ends_while_it_lasts'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trial',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_trialevent" ("begun_at", "begun_by", "challenger", "champion", "concluded", "ended_by", "ended_on", "entity_id", "first_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "salt", "share", "until") VALUES (NEW."begun_at", NEW."begun_by", NEW."challenger", NEW."champion", NEW."concluded", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."first_on", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."salt", NEW."share", NEW."until"); RETURN NULL;', hash='74955b2302d9f5e2248569d6c4468f8fac04d3b9', operation='INSERT', pgid='pgtrigger_insert_insert_2f150', table='collections_trial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trial',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."begun_at" IS DISTINCT FROM (NEW."begun_at") OR OLD."begun_by" IS DISTINCT FROM (NEW."begun_by") OR OLD."challenger" IS DISTINCT FROM (NEW."challenger") OR OLD."champion" IS DISTINCT FROM (NEW."champion") OR OLD."concluded" IS DISTINCT FROM (NEW."concluded") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."first_on" IS DISTINCT FROM (NEW."first_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."salt" IS DISTINCT FROM (NEW."salt") OR OLD."share" IS DISTINCT FROM (NEW."share") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "collections_trialevent" ("begun_at", "begun_by", "challenger", "champion", "concluded", "ended_by", "ended_on", "entity_id", "first_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "salt", "share", "until") VALUES (NEW."begun_at", NEW."begun_by", NEW."challenger", NEW."champion", NEW."concluded", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."first_on", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."salt", NEW."share", NEW."until"); RETURN NULL;', hash='6d508d9634175750cd228f033a23b8d3eafcea6e', operation='UPDATE', pgid='pgtrigger_update_update_f41b0', table='collections_trial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trial',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_trialevent" ("begun_at", "begun_by", "challenger", "champion", "concluded", "ended_by", "ended_on", "entity_id", "first_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "salt", "share", "until") VALUES (OLD."begun_at", OLD."begun_by", OLD."challenger", OLD."champion", OLD."concluded", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."first_on", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."salt", OLD."share", OLD."until"); RETURN NULL;', hash='48be5cd31c8670e5f27d5d68482477953627ef18', operation='DELETE', pgid='pgtrigger_delete_delete_24c1d', table='collections_trial', when='AFTER')),
        ),
    ])
