"""Strategies and absences: what weighs the collectors' tasks, who gets those that wait too long, who stands in for whom."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0040_sms'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('entered_by', models.CharField(max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='AbsenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('entered_by', models.CharField(max_length=150)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Strategy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('least', o2c.core.money.AmountField(default=0, help_text='So much at risk every task counts as having, in the base currency.')),
                ('escalates_after', models.PositiveSmallIntegerField(blank=True, help_text='Days past its due day after which a task goes to somebody else; empty: never.', null=True)),
                ('changed_by', models.CharField(max_length=150)),
            ],
            options={
                'verbose_name_plural': 'strategies',
            },
        ),
        migrations.CreateModel(
            name='StrategyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('least', o2c.core.money.AmountField(default=0, help_text='So much at risk every task counts as having, in the base currency.')),
                ('escalates_after', models.PositiveSmallIntegerField(blank=True, help_text='Days past its due day after which a task goes to somebody else; empty: never.', null=True)),
                ('changed_by', models.CharField(max_length=150)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StrategyRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('fact', models.CharField(max_length=30)),
                ('comparison', models.CharField(choices=[('at_least', 'at least'), ('at_most', 'at most'), ('is', 'is'), ('is_not', 'is not')], max_length=10)),
                ('value', models.CharField(max_length=40)),
                ('points', models.SmallIntegerField(help_text='Percent by which a task counts more, or less.')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='StrategyRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField()),
                ('fact', models.CharField(max_length=30)),
                ('comparison', models.CharField(choices=[('at_least', 'at least'), ('at_most', 'at most'), ('is', 'is'), ('is_not', 'is not')], max_length=10)),
                ('value', models.CharField(max_length=40)),
                ('points', models.SmallIntegerField(help_text='Percent by which a task counts more, or less.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_next',
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_next_for_anyone',
        ),
        migrations.AddField(
            model_name='task',
            name='escalated_on',
            field=models.DateField(blank=True, help_text='It waited too long; it escalates once.', null=True),
        ),
        migrations.AddField(
            model_name='task',
            name='points',
            field=models.SmallIntegerField(db_default=0, default=0, help_text="Of the legal entity's strategy, in percent."),
        ),
        migrations.AddField(
            model_name='task',
            name='rank',
            field=o2c.core.money.AmountField(db_default=0, default=0, help_text='At risk, weighed by the points: the most is done first.'),
        ),
        # Until a strategy says otherwise, tasks count by what is at risk.
        migrations.RunSQL(
            "UPDATE collections_task SET rank = at_risk WHERE state IN ('open', 'claimed', 'snoozed') AND at_risk <> 0",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('state__in', ['open', 'snoozed'])), fields=['assignee', '-rank', 'id'], name='task_next_by_rank'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('assignee__isnull', True), ('state__in', ['open', 'snoozed'])), fields=['-rank', 'id'], name='task_anyones_by_rank'),
        ),
        migrations.AddField(
            model_name='absence',
            name='cover',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='covers', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='absence',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='cover',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.absence'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='strategy',
            name='entity',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='strategy', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='strategy',
            name='escalates_queue',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue'),
        ),
        migrations.AddField(
            model_name='strategy',
            name='escalates_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='strategyevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='strategyevent',
            name='escalates_queue',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue'),
        ),
        migrations.AddField(
            model_name='strategyevent',
            name='escalates_to',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='strategyevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='strategyevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.strategy'),
        ),
        migrations.AddField(
            model_name='strategyrule',
            name='strategy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='collections.strategy'),
        ),
        migrations.AddField(
            model_name='strategyruleevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='strategyruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.strategyrule'),
        ),
        migrations.AddField(
            model_name='strategyruleevent',
            name='strategy',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.strategy'),
        ),
        migrations.AddIndex(
            model_name='absence',
            index=models.Index(fields=['last_on'], name='absence_by_end'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='absence_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('cover', models.F('user')), _negated=True), name='absence_covered_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_absenceevent" ("cover_id", "entered_by", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."cover_id", NEW."entered_by", NEW."first_on", NEW."id", NEW."last_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='d73445374d074a8860bd198e8782b3af12759ad6', operation='INSERT', pgid='pgtrigger_insert_insert_f2332', table='collections_absence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_absenceevent" ("cover_id", "entered_by", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."cover_id", NEW."entered_by", NEW."first_on", NEW."id", NEW."last_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;', hash='381af57e7c6e2db3e2e90c776afdb9f8a5ae4626', operation='UPDATE', pgid='pgtrigger_update_update_a0c99', table='collections_absence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_absenceevent" ("cover_id", "entered_by", "first_on", "id", "last_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."cover_id", OLD."entered_by", OLD."first_on", OLD."id", OLD."last_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='37ae97483aad5fe78292d36822a3161955fd2e16', operation='DELETE', pgid='pgtrigger_delete_delete_fafc8', table='collections_absence', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='strategy',
            index=models.Index(fields=['updated_at', 'id'], name='strategy_by_change'),
        ),
        migrations.AddConstraint(
            model_name='strategy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('escalates_after__isnull', True), ('escalates_queue__isnull', True), ('escalates_to__isnull', True)), models.Q(('escalates_after__gte', 1), models.Q(('escalates_to__isnull', False), ('escalates_queue__isnull', False), _connector='XOR')), _connector='OR'), name='strategy_escalates_to_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategy',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_strategyevent" ("changed_by", "entity_id", "escalates_after", "escalates_queue_id", "escalates_to_id", "id", "least", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_by", NEW."entity_id", NEW."escalates_after", NEW."escalates_queue_id", NEW."escalates_to_id", NEW."id", NEW."least", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='a4f1c6a15828510adc8263c57a6f1c21949da79c', operation='INSERT', pgid='pgtrigger_insert_insert_a6523', table='collections_strategy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategy',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."changed_by" IS DISTINCT FROM (NEW."changed_by") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."escalates_after" IS DISTINCT FROM (NEW."escalates_after") OR OLD."escalates_queue_id" IS DISTINCT FROM (NEW."escalates_queue_id") OR OLD."escalates_to_id" IS DISTINCT FROM (NEW."escalates_to_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."least" IS DISTINCT FROM (NEW."least"))', func='INSERT INTO "collections_strategyevent" ("changed_by", "entity_id", "escalates_after", "escalates_queue_id", "escalates_to_id", "id", "least", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_by", NEW."entity_id", NEW."escalates_after", NEW."escalates_queue_id", NEW."escalates_to_id", NEW."id", NEW."least", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='fa443cf45091ccd3cf8b6c4100af519c080fb64a', operation='UPDATE', pgid='pgtrigger_update_update_5f4b9', table='collections_strategy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategy',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_strategyevent" ("changed_by", "entity_id", "escalates_after", "escalates_queue_id", "escalates_to_id", "id", "least", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."changed_by", OLD."entity_id", OLD."escalates_after", OLD."escalates_queue_id", OLD."escalates_to_id", OLD."id", OLD."least", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='deff0c6e6945d9a544291f36195b98b493bea563', operation='DELETE', pgid='pgtrigger_delete_delete_9383b', table='collections_strategy', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='strategyrule',
            constraint=models.UniqueConstraint(fields=('strategy', 'position'), name='strategy_rule_place'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategyrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_strategyruleevent" ("comparison", "fact", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "position", "strategy_id", "value") VALUES (NEW."comparison", NEW."fact", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."points", NEW."position", NEW."strategy_id", NEW."value"); RETURN NULL;', hash='174b2c643e8b1fdd3386805aad5cf7dec9b1c8cb', operation='INSERT', pgid='pgtrigger_insert_insert_0d95d', table='collections_strategyrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategyrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_strategyruleevent" ("comparison", "fact", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "position", "strategy_id", "value") VALUES (NEW."comparison", NEW."fact", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."points", NEW."position", NEW."strategy_id", NEW."value"); RETURN NULL;', hash='ef711416570cb0662373c3a120797ced3d3e7adf', operation='UPDATE', pgid='pgtrigger_update_update_016d2', table='collections_strategyrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='strategyrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_strategyruleevent" ("comparison", "fact", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "position", "strategy_id", "value") VALUES (OLD."comparison", OLD."fact", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."points", OLD."position", OLD."strategy_id", OLD."value"); RETURN NULL;', hash='59c536206d84c9bbf01a36fd91cea73075d5c3eb', operation='DELETE', pgid='pgtrigger_delete_delete_d4c7b', table='collections_strategyrule', when='AFTER')),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER strategy_stamped BEFORE UPDATE ON collections_strategy"
            " FOR EACH ROW EXECUTE FUNCTION core_stamp()",
            "DROP TRIGGER strategy_stamped ON collections_strategy",
        ),
        # Nobody is away twice at once.
        migrations.RunSQL(
            "ALTER TABLE collections_absence ADD CONSTRAINT absence_once EXCLUDE USING gist"
            " (user_id WITH =, daterange(first_on, last_on, '[]') WITH &&)",
            "ALTER TABLE collections_absence DROP CONSTRAINT absence_once",
        ),
    ])
