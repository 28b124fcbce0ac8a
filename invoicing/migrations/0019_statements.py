from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0018_attachment_by_document'),
        ('invoicing', '0018_items_by_entry'),
        ('orders', '0009_closed_books'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='StatementRun',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('segment', models.CharField(blank=True, default='', help_text='Of accounts; empty: all.', max_length=40)),
                ('kind', models.CharField(choices=[('open_items', 'Open items'), ('activity', 'Activity')], default='open_items', max_length=10)),
                ('who', models.CharField(choices=[('open', 'Customers with something open'), ('overdue', 'Customers with something overdue'), ('all', 'Every customer with an account')], default='open', help_text='Of activity, something open also means something that happened.', max_length=10)),
                ('channel', models.CharField(choices=[('email', 'By e-mail'), ('none', 'Kept to be downloaded')], default='email', max_length=10)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('due_on', models.DateField(blank=True, help_text="The schedule's day that it stands for.", null=True)),
                ('as_of', models.DateField()),
                ('from_on', models.DateField(blank=True, help_text='The first day of the activity.', null=True)),
                ('state', models.CharField(choices=[('making', 'Being made'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='making', max_length=10)),
                ('asked_by', models.CharField(max_length=150)),
                ('made', models.PositiveIntegerField(default=0)),
                ('mailed', models.PositiveIntegerField(default=0)),
                ('no_address', models.PositiveIntegerField(default=0)),
                ('left_out', models.PositiveIntegerField(default=0, help_text='Accounts with nothing to tell.')),
                ('totals', models.JSONField(default=dict, help_text='What the statements come to, by currency.')),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='StatementRunEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('kind', models.CharField(choices=[('open_items', 'Open items'), ('activity', 'Activity')], default='open_items', max_length=10)),
                ('who', models.CharField(choices=[('open', 'Customers with something open'), ('overdue', 'Customers with something overdue'), ('all', 'Every customer with an account')], default='open', help_text='Of activity, something open also means something that happened.', max_length=10)),
                ('channel', models.CharField(choices=[('email', 'By e-mail'), ('none', 'Kept to be downloaded')], default='email', max_length=10)),
                ('segment', models.CharField(blank=True, default='', help_text='Of accounts; empty: all.', max_length=40)),
                ('as_of', models.DateField()),
                ('state', models.CharField(choices=[('making', 'Being made'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='making', max_length=10)),
                ('asked_by', models.CharField(max_length=150)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_kind_who_channel_segment_as_of_state_asked_by_events', to='invoicing.statementrun')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StatementSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('segment', models.CharField(blank=True, default='', help_text='Of accounts; empty: all.', max_length=40)),
                ('kind', models.CharField(choices=[('open_items', 'Open items'), ('activity', 'Activity')], default='open_items', max_length=10)),
                ('who', models.CharField(choices=[('open', 'Customers with something open'), ('overdue', 'Customers with something overdue'), ('all', 'Every customer with an account')], default='open', help_text='Of activity, something open also means something that happened.', max_length=10)),
                ('channel', models.CharField(choices=[('email', 'By e-mail'), ('none', 'Kept to be downloaded')], default='email', max_length=10)),
                ('every', models.CharField(choices=[('week', 'Weekly'), ('month', 'Monthly')], default='month', max_length=10)),
                ('weekday', models.PositiveSmallIntegerField(blank=True, help_text='1: Monday … 7: Sunday.', null=True)),
                ('day_of_month', models.PositiveSmallIntegerField(blank=True, help_text='31: the last day; of shorter months the last day stands for a later one.', null=True)),
                ('at', models.TimeField(default='06:00', help_text="In the entity's time zone.")),
                ('as_of', models.CharField(choices=[('same_day', 'The day it is made'), ('day_before', 'The day before'), ('month_before', 'The end of the month before')], default='same_day', max_length=12)),
                ('in_use', models.BooleanField(default=True)),
                ('from_on', models.DateField(help_text='Days before it are not made up for.')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
            ],
            options={
                'ordering': ['entity', 'id'],
            },
        ),
        migrations.AddField(
            model_name='statementrun',
            name='schedule',
            field=models.ForeignKey(blank=True, help_text='None: by hand.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='invoicing.statementschedule'),
        ),
        migrations.CreateModel(
            name='StatementScheduleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('segment', models.CharField(blank=True, default='', help_text='Of accounts; empty: all.', max_length=40)),
                ('kind', models.CharField(choices=[('open_items', 'Open items'), ('activity', 'Activity')], default='open_items', max_length=10)),
                ('who', models.CharField(choices=[('open', 'Customers with something open'), ('overdue', 'Customers with something overdue'), ('all', 'Every customer with an account')], default='open', help_text='Of activity, something open also means something that happened.', max_length=10)),
                ('channel', models.CharField(choices=[('email', 'By e-mail'), ('none', 'Kept to be downloaded')], default='email', max_length=10)),
                ('every', models.CharField(choices=[('week', 'Weekly'), ('month', 'Monthly')], default='month', max_length=10)),
                ('weekday', models.PositiveSmallIntegerField(blank=True, help_text='1: Monday … 7: Sunday.', null=True)),
                ('day_of_month', models.PositiveSmallIntegerField(blank=True, help_text='31: the last day; of shorter months the last day stands for a later one.', null=True)),
                ('at', models.TimeField(default='06:00', help_text="In the entity's time zone.")),
                ('as_of', models.CharField(choices=[('same_day', 'The day it is made'), ('day_before', 'The day before'), ('month_before', 'The end of the month before')], default='same_day', max_length=12)),
                ('in_use', models.BooleanField(default=True)),
                ('from_on', models.DateField(help_text='Days before it are not made up for.')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.statementschedule')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('made', 'Kept to be downloaded'), ('mailed', 'By e-mail'), ('no_address', 'No address')], max_length=10)),
                ('language', models.CharField(max_length=5)),
                ('totals', models.JSONField(default=list, help_text='Of each currency: opening, total, overdue, and how many lines.')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='orders.customer')),
                ('document', models.OneToOneField(help_text='None: let go of after its time.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='statement', to='core.message')),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='invoicing.statementrun')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-id'], name='statement_by_customer'), models.Index(fields=['run', 'state', 'id'], name='statement_by_state'), models.Index(condition=models.Q(('document__isnull', False)), fields=['made_at'], name='statement_with_document'), models.Index(fields=['updated_at', 'id'], name='statement_by_change')],
                'constraints': [models.UniqueConstraint(fields=('run', 'customer'), name='statement_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='statementschedule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('day_of_month__isnull', True), ('every', 'week'), ('weekday__isnull', False), ('weekday__range', (1, 7))), models.Q(('day_of_month__isnull', False), ('day_of_month__range', (1, 31)), ('every', 'month'), ('weekday__isnull', True)), _connector='OR'), name='statement_schedule_day'),
        ),
        migrations.AddConstraint(
            model_name='statementschedule',
            constraint=models.CheckConstraint(condition=models.Q(('every', 'month'), models.Q(('as_of', 'month_before'), _negated=True), _connector='OR'), name='statement_schedule_month_before'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementschedule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_statementscheduleevent" ("as_of", "at", "channel", "day_of_month", "entity_id", "every", "from_on", "id", "in_use", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "weekday", "who") VALUES (NEW."as_of", NEW."at", NEW."channel", NEW."day_of_month", NEW."entity_id", NEW."every", NEW."from_on", NEW."id", NEW."in_use", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."segment", NEW."weekday", NEW."who"); RETURN NULL;', hash='ae1438bbbf8acb236211f3746dd0b75c0065769b', operation='INSERT', pgid='pgtrigger_insert_insert_41e10', table='invoicing_statementschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementschedule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."as_of" IS DISTINCT FROM (NEW."as_of") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."day_of_month" IS DISTINCT FROM (NEW."day_of_month") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."every" IS DISTINCT FROM (NEW."every") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."segment" IS DISTINCT FROM (NEW."segment") OR OLD."weekday" IS DISTINCT FROM (NEW."weekday") OR OLD."who" IS DISTINCT FROM (NEW."who"))', func='INSERT INTO "invoicing_statementscheduleevent" ("as_of", "at", "channel", "day_of_month", "entity_id", "every", "from_on", "id", "in_use", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "weekday", "who") VALUES (NEW."as_of", NEW."at", NEW."channel", NEW."day_of_month", NEW."entity_id", NEW."every", NEW."from_on", NEW."id", NEW."in_use", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."segment", NEW."weekday", NEW."who"); RETURN NULL;', hash='2edc97378db472f60fa9f658b553c44fafda388a', operation='UPDATE', pgid='pgtrigger_update_update_ac444', table='invoicing_statementschedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementschedule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_statementscheduleevent" ("as_of", "at", "channel", "day_of_month", "entity_id", "every", "from_on", "id", "in_use", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "weekday", "who") VALUES (OLD."as_of", OLD."at", OLD."channel", OLD."day_of_month", OLD."entity_id", OLD."every", OLD."from_on", OLD."id", OLD."in_use", OLD."kind", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."segment", OLD."weekday", OLD."who"); RETURN NULL;', hash='40aac1cfda324378602bd2b11ac4e682b4c74df1', operation='DELETE', pgid='pgtrigger_delete_delete_0a993', table='invoicing_statementschedule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='statementrun',
            index=models.Index(fields=['entity', '-as_of', '-id'], name='statement_run_by_day'),
        ),
        migrations.AddIndex(
            model_name='statementrun',
            index=models.Index(fields=['updated_at', 'id'], name='statement_run_by_change'),
        ),
        migrations.AddIndex(
            model_name='statementrun',
            index=models.Index(condition=models.Q(('state', 'making')), fields=['id'], name='statement_run_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.UniqueConstraint(fields=('schedule', 'due_on'), name='statement_run_once'),
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_on__isnull', True), ('schedule__isnull', True)), models.Q(('due_on__isnull', False), ('schedule__isnull', False)), _connector='OR'), name='statement_run_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='statementrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_on__isnull', False), ('from_on__lte', models.F('as_of')), ('kind', 'activity')), models.Q(('from_on__isnull', True), ('kind', 'open_items')), _connector='OR'), name='statement_run_period'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementrun',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_statementrunevent" ("as_of", "asked_by", "channel", "entity_id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "state", "who") VALUES (NEW."as_of", NEW."asked_by", NEW."channel", NEW."entity_id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."segment", NEW."state", NEW."who"); RETURN NULL;', hash='2de13483fbdbe39d1a87cb865bf458f87244b832', operation='INSERT', pgid='pgtrigger_insert_insert_62af1', table='invoicing_statementrun', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementrun',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."as_of" IS DISTINCT FROM (NEW."as_of") OR OLD."asked_by" IS DISTINCT FROM (NEW."asked_by") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."segment" IS DISTINCT FROM (NEW."segment") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."who" IS DISTINCT FROM (NEW."who"))', func='INSERT INTO "invoicing_statementrunevent" ("as_of", "asked_by", "channel", "entity_id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "state", "who") VALUES (NEW."as_of", NEW."asked_by", NEW."channel", NEW."entity_id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."segment", NEW."state", NEW."who"); RETURN NULL;', hash='1287980b940e328e903bc321c8a0e06338b2c9e0', operation='UPDATE', pgid='pgtrigger_update_update_49119', table='invoicing_statementrun', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementrun',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_statementrunevent" ("as_of", "asked_by", "channel", "entity_id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment", "state", "who") VALUES (OLD."as_of", OLD."asked_by", OLD."channel", OLD."entity_id", OLD."kind", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."segment", OLD."state", OLD."who"); RETURN NULL;', hash='126447f183b395eca1e49eb4ee2bb1ad45165e92', operation='DELETE', pgid='pgtrigger_delete_delete_5f7c9', table='invoicing_statementrun', when='AFTER')),
        ),
        from_file(SQL, "0019_statements"),
    ]
