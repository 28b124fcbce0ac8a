import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import AddTogether


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_tables'),
        ('invoicing', '0001_tables'),
        ('orders', '0001_tables'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddTogether([
            migrations.CreateModel(
                name='DunningPolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40)),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('name', models.CharField(max_length=100)),
                    ('effective_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                    ('interval_days', models.PositiveSmallIntegerField(default=7, help_text='An item gets no further notice within so many days of its last.')),
                    ('promise_grace_days', models.PositiveSmallIntegerField(default=1, help_text='A promise holds dunning back for so many days past its day.')),
                ],
                options={
                    'verbose_name_plural': 'dunning policies',
                    'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='policy_version_once'), models.UniqueConstraint(fields=('code', 'effective_on'), name='policy_one_version_a_day')],
                },
            ),
            migrations.CreateModel(
                name='DunningPolicyEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.dunningpolicy')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(max_length=40)),
                    ('version', models.PositiveSmallIntegerField(default=1)),
                    ('name', models.CharField(max_length=100)),
                    ('effective_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                    ('interval_days', models.PositiveSmallIntegerField(default=7, help_text='An item gets no further notice within so many days of its last.')),
                    ('promise_grace_days', models.PositiveSmallIntegerField(default=1, help_text='A promise holds dunning back for so many days past its day.')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='DunningLevel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='levels', to='collections.dunningpolicy')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('name', models.CharField(max_length=60)),
                    ('days_past_due', models.PositiveSmallIntegerField()),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('task', 'Task for a collector')], default='email', max_length=10)),
                    ('template', models.CharField(help_text="Name of the message's template.", max_length=40)),
                    ('opens_task', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['policy', 'number'],
                    'constraints': [models.UniqueConstraint(fields=('policy', 'number'), name='level_once'), models.UniqueConstraint(fields=('policy', 'days_past_due'), name='level_days_differ')],
                },
            ),
            migrations.CreateModel(
                name='DunningLevelEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.dunninglevel')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.dunningpolicy')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('name', models.CharField(max_length=60)),
                    ('days_past_due', models.PositiveSmallIntegerField()),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('task', 'Task for a collector')], default='email', max_length=10)),
                    ('template', models.CharField(help_text="Name of the message's template.", max_length=40)),
                    ('opens_task', models.BooleanField(default=False)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='LevelMinimum',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('level', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='minimums', to='collections.dunninglevel')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('level', 'currency'), name='level_minimum_once')],
                },
            ),
            migrations.CreateModel(
                name='LevelMinimumEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.levelminimum')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('level', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.dunninglevel')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='DunningSettings',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='dunning', to='orders.legalentity')),
                    ('policy', models.CharField(help_text='Code of the policy of accounts that name none.', max_length=40)),
                    ('proposes_at', models.TimeField(default='07:00', help_text="In the entity's time zone.")),
                    ('approves_itself', models.BooleanField(default=False)),
                    ('paused', models.BooleanField(default=False, help_text='Beat proposes nothing; runs by hand still work.')),
                    ('queue', models.ForeignKey(blank=True, help_text='Where tasks go that have no collector.', null=True, on_delete=django.db.models.deletion.PROTECT, to='collections.queue')),
                ],
                options={
                    'verbose_name_plural': 'dunning settings',
                },
            ),
            migrations.CreateModel(
                name='DunningSettingsEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.dunningsettings')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('policy', models.CharField(help_text='Code of the policy of accounts that name none.', max_length=40)),
                    ('proposes_at', models.TimeField(default='07:00', help_text="In the entity's time zone.")),
                    ('approves_itself', models.BooleanField(default=False)),
                    ('paused', models.BooleanField(default=False, help_text='Beat proposes nothing; runs by hand still work.')),
                    ('queue', models.ForeignKey(blank=True, db_constraint=False, help_text='Where tasks go that have no collector.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='DunningRun',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('as_of', models.DateField()),
                    ('scenario_id', models.BigIntegerField(blank=True, help_text="A simulation's; empty: the real world.", null=True)),
                    ('replay', models.BooleanField(default=False, help_text='A past day played again: recorded and spooled, never sent.')),
                    ('state', models.CharField(choices=[('proposing', 'Proposing'), ('proposed', 'Waiting for approval'), ('approved', 'Approved'), ('sending', 'Sending'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='proposing', max_length=10)),
                    ('considered', models.BigIntegerField(default=0)),
                    ('skipped', models.JSONField(default=dict, help_text='Items not chased, by reason.')),
                    ('notices_made', models.BigIntegerField(default=0)),
                    ('items_noticed', models.BigIntegerField(default=0)),
                    ('proposed_by', models.CharField(max_length=150)),
                    ('approved_by', models.CharField(blank=True, default='', max_length=150)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('proposed_at', models.DateTimeField(null=True)),
                    ('approved_at', models.DateTimeField(null=True)),
                    ('done_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['entity', '-as_of'], name='run_by_day')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('scenario_id__isnull', True), ('state', 'proposing')), fields=('entity', 'as_of', 'replay'), name='run_one_proposing')],
                },
            ),
            migrations.CreateModel(
                name='DunningRunEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_as_of_replay_state_proposed_by_approved_by_events', to='collections.dunningrun')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('as_of', models.DateField()),
                    ('replay', models.BooleanField(default=False, help_text='A past day played again: recorded and spooled, never sent.')),
                    ('state', models.CharField(choices=[('proposing', 'Proposing'), ('proposed', 'Waiting for approval'), ('approved', 'Approved'), ('sending', 'Sending'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='proposing', max_length=10)),
                    ('proposed_by', models.CharField(max_length=150)),
                    ('approved_by', models.CharField(blank=True, default='', max_length=150)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Notice',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='collections.dunningrun')),
                    ('scenario_id', models.BigIntegerField(blank=True, null=True)),
                    ('as_of', models.DateField()),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.customer')),
                    ('payer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('policy', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collections.dunningpolicy')),
                    ('level', models.PositiveSmallIntegerField()),
                    ('total', o2c.core.money.AmountField()),
                    ('items', models.PositiveIntegerField()),
                    ('state', models.CharField(choices=[('proposed', 'Proposed'), ('composed', 'Message or task made'), ('cancelled', 'Cancelled')], default='proposed', max_length=10)),
                    ('cancelled_because', models.CharField(blank=True, default='', max_length=40)),
                    ('contact', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='orders.contact')),
                    ('message', models.OneToOneField(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.message')),
                ],
                options={
                    'indexes': [models.Index(fields=['customer', 'entity', 'currency', '-as_of'], name='notice_by_customer'), models.Index(condition=models.Q(('state', 'proposed')), fields=['payer'], name='notice_to_compose')],
                    'constraints': [models.UniqueConstraint(fields=('run', 'customer', 'currency'), name='notice_once_a_run')],
                },
            ),
            migrations.CreateModel(
                name='NoticeLine',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('notice', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='collections.notice')),
                    ('scenario_id', models.BigIntegerField(blank=True, null=True)),
                    ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notice_lines', to='invoicing.openitem')),
                    ('payer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('as_of', models.DateField()),
                    ('cycle', models.PositiveSmallIntegerField()),
                    ('level', models.PositiveSmallIntegerField()),
                    ('days_late', models.IntegerField()),
                    ('open_amount', o2c.core.money.AmountField()),
                    ('dropped_because', models.CharField(blank=True, default='', help_text='Why it was left out just before sending; empty: it stands.', max_length=40)),
                ],
                options={
                    'indexes': [models.Index(fields=['payer'], name='line_by_payer')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('dropped_because', ''), ('scenario_id__isnull', True)), fields=('item', 'cycle', 'level'), name='line_level_once_a_cycle')],
                },
            ),
            migrations.CreateModel(
                name='Decision',
                fields=[
                    ('pk', models.CompositePrimaryKey('as_of', 'run_id', 'item_id', blank=True, editable=False, primary_key=True, serialize=False)),
                    ('as_of', models.DateField()),
                    ('run_id', models.BigIntegerField()),
                    ('item_id', models.BigIntegerField()),
                    ('scenario_id', models.BigIntegerField(null=True)),
                    ('entity_id', models.BigIntegerField()),
                    ('customer_id', models.BigIntegerField()),
                    ('payer_id', models.BigIntegerField()),
                    ('policy_id', models.BigIntegerField(null=True)),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('balance', o2c.core.money.AmountField()),
                    ('days_late', models.IntegerField()),
                    ('cycle', models.PositiveSmallIntegerField()),
                    ('last_level', models.PositiveSmallIntegerField(help_text='0: none in this cycle.')),
                    ('level', models.PositiveSmallIntegerField(help_text='The level noticed, or the one it would have been.', null=True)),
                    ('reason', models.CharField(help_text='`notice`, or why not.', max_length=20)),
                ],
                options={
                    'db_table': 'collections_decision',
                    'managed': False,
                },
            ),
            migrations.CreateModel(
                name='Hold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='orders.customer')),
                    ('entity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='invoicing.openitem')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('reason', models.CharField(max_length=200)),
                    ('from_on', models.DateField()),
                    ('until', models.DateField(blank=True, help_text='Last day it holds; empty: until lifted.', null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('from_on')), _connector='OR'), name='hold_ends_after_it_begins')],
                },
            ),
            migrations.CreateModel(
                name='HoldEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.hold')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                    ('from_on', models.DateField()),
                    ('until', models.DateField(blank=True, help_text='Last day it holds; empty: until lifted.', null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Dispute',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='invoicing.openitem')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.customer')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('reason', models.CharField(max_length=200)),
                    ('opened_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('closed_on__isnull', True)), fields=('item',), name='dispute_one_open')],
                },
            ),
            migrations.CreateModel(
                name='DisputeEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.dispute')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('opened_on', models.DateField()),
                    ('closed_on', models.DateField(blank=True, null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Queue',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20, unique=True)),
                    ('name', models.CharField(max_length=100)),
                ],
            ),
            migrations.CreateModel(
                name='QueueEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.queue')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=100)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Team',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=20, unique=True)),
                    ('name', models.CharField(max_length=100)),
                    ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to=settings.AUTH_USER_MODEL)),
                    ('members', models.ManyToManyField(related_name='teams', through='collections.TeamMember', to=settings.AUTH_USER_MODEL)),
                    ('queues', models.ManyToManyField(related_name='teams', through='collections.TeamQueue', to='collections.queue')),
                ],
            ),
            migrations.CreateModel(
                name='TeamEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.team')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=100)),
                    ('lead', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='TeamMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='collections.team')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('team', 'user'), name='team_member_once')],
                },
            ),
            migrations.CreateModel(
                name='TeamMemberEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.teammember')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.team')),
                    ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='TeamQueue',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='collections.team')),
                    ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='collections.queue')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('team', 'queue'), name='team_queue_once')],
                },
            ),
            migrations.CreateModel(
                name='TeamQueueEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.teamqueue')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.team')),
                    ('queue', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Task',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('key', models.CharField(help_text='What made it; the same cause makes one task.', max_length=80, unique=True)),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='orders.customer')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('kind', models.CharField(choices=[('call', 'Call about overdue items'), ('no_contact', 'Find a contact'), ('broken_promise', 'Promise not kept'), ('returned', 'Payment came back'), ('manual', 'Task by hand')], max_length=20)),
                    ('why', models.CharField(max_length=300)),
                    ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tasks', to=settings.AUTH_USER_MODEL)),
                    ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='collections.queue')),
                    ('state', models.CharField(choices=[('open', 'Open'), ('claimed', 'Claimed'), ('snoozed', 'Snoozed'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='open', max_length=10)),
                    ('at_risk', o2c.core.money.AmountField(default=0, help_text="Overdue of the customer, in the legal entity's base currency.")),
                    ('due_on', models.DateField()),
                    ('snoozed_until', models.DateField(blank=True, null=True)),
                    ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('claimed_at', models.DateTimeField(null=True)),
                    ('notice', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='collections.notice')),
                    ('outcome', models.CharField(blank=True, default='', max_length=30)),
                    ('created_by', models.CharField(max_length=150)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('done_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state__in', ['open', 'snoozed'])), fields=['assignee', '-at_risk', 'id'], name='task_next'), models.Index(condition=models.Q(('assignee__isnull', True), ('state__in', ['open', 'snoozed'])), fields=['-at_risk', 'id'], name='task_next_for_anyone'), models.Index(condition=models.Q(('state', 'claimed')), fields=['claimed_by'], name='task_claimed'), models.Index(fields=['customer'], name='task_by_customer'), models.Index(condition=models.Q(('notice__isnull', False)), fields=['notice'], name='task_by_notice'), models.Index(fields=['updated_at', 'id'], name='task_by_change')],
                },
            ),
            migrations.CreateModel(
                name='Activity',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='orders.customer')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('task', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='collections.task')),
                    ('kind', models.CharField(choices=[('call', 'Call'), ('note', 'Note'), ('snooze', 'Snoozed'), ('promise', 'Promise to pay'), ('done', 'Task done'), ('hold', 'Hold'), ('dispute', 'Dispute')], max_length=10)),
                    ('outcome', models.CharField(blank=True, choices=[('reached', 'Reached'), ('promised', 'Promised to pay'), ('no_answer', 'No answer'), ('left_message', 'Left a message'), ('wrong_contact', 'Wrong contact'), ('disputes', 'Disputes the invoice'), ('already_paid', 'Says it is paid')], default='', max_length=20)),
                    ('text', models.TextField(blank=True, default='')),
                    ('actor', models.CharField(max_length=150)),
                    ('happened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'verbose_name_plural': 'activities',
                    'indexes': [models.Index(fields=['customer', '-happened_at'], name='activity_by_customer')],
                },
            ),
            migrations.CreateModel(
                name='PromiseToPay',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='orders.customer')),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('promised_on', models.DateField(help_text='The day it was given.')),
                    ('pay_by', models.DateField()),
                    ('state', models.CharField(choices=[('open', 'Open'), ('kept', 'Kept'), ('partly_kept', 'Partly kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn')], default='open', max_length=12)),
                    ('withdrawn_on', models.DateField(blank=True, null=True)),
                    ('paid', o2c.core.money.AmountField(default=0, help_text='Settled on its items from the day it was given until it was decided.')),
                    ('task', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='collections.task')),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'verbose_name_plural': 'promises to pay',
                    'indexes': [models.Index(fields=['customer', '-promised_on'], name='promise_by_customer'), models.Index(condition=models.Q(('state', 'open')), fields=['pay_by'], name='promise_open')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='promise_positive'), models.CheckConstraint(condition=models.Q(('pay_by__gte', models.F('promised_on'))), name='promise_not_in_the_past')],
                },
            ),
            migrations.CreateModel(
                name='PromiseToPayEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_customer_currency_amount_promised_on_pay_by_state_withdrawn_on_events', to='collections.promisetopay')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('amount', o2c.core.money.AmountField()),
                    ('promised_on', models.DateField(help_text='The day it was given.')),
                    ('pay_by', models.DateField()),
                    ('state', models.CharField(choices=[('open', 'Open'), ('kept', 'Kept'), ('partly_kept', 'Partly kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn')], default='open', max_length=12)),
                    ('withdrawn_on', models.DateField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PromisedItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('promise', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='collections.promisetopay')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promised', to='invoicing.openitem')),
                    ('amount', o2c.core.money.AmountField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('promise', 'item'), name='promised_item_once')],
                },
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("code", "effective_on", "id", "interval_days", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "version") VALUES (NEW."code", NEW."effective_on", NEW."id", NEW."interval_days", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_grace_days", NEW."version"); RETURN NULL;', hash='9a8777763c45d261a4612948312ac4065aa5fa41', operation='INSERT', pgid='pgtrigger_insert_insert_2eb73', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunningpolicyevent" ("code", "effective_on", "id", "interval_days", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "version") VALUES (NEW."code", NEW."effective_on", NEW."id", NEW."interval_days", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_grace_days", NEW."version"); RETURN NULL;', hash='9234ae69e913f22ab71a5603a1914688c17977cd', operation='UPDATE', pgid='pgtrigger_update_update_fc8e9', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningpolicy',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningpolicyevent" ("code", "effective_on", "id", "interval_days", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_grace_days", "version") VALUES (OLD."code", OLD."effective_on", OLD."id", OLD."interval_days", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_grace_days", OLD."version"); RETURN NULL;', hash='43e6b384912fca9d83a93e9c96b594dca7481c9b', operation='DELETE', pgid='pgtrigger_delete_delete_0a3e1', table='collections_dunningpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template") VALUES (NEW."channel", NEW."days_past_due", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."template"); RETURN NULL;', hash='844f0a940c4d445df545267841affe0c37f07e12', operation='INSERT', pgid='pgtrigger_insert_insert_0e76f', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template") VALUES (NEW."channel", NEW."days_past_due", NEW."id", NEW."name", NEW."number", NEW."opens_task", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."template"); RETURN NULL;', hash='ebbbdc01390d78f0e5b95d2202395ff6a960cae6', operation='UPDATE', pgid='pgtrigger_update_update_38941', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunninglevel',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunninglevelevent" ("channel", "days_past_due", "id", "name", "number", "opens_task", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "template") VALUES (OLD."channel", OLD."days_past_due", OLD."id", OLD."name", OLD."number", OLD."opens_task", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."template"); RETURN NULL;', hash='fe71aeaf61a442a297502dece06f1ca9b685fd24', operation='DELETE', pgid='pgtrigger_delete_delete_f78b3', table='collections_dunninglevel', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='levelminimum',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_levelminimumevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."level_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='570d0c38a0e2b3299c8abc790258dcd306dc8bc0', operation='INSERT', pgid='pgtrigger_insert_insert_eac14', table='collections_levelminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='levelminimum',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_levelminimumevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."level_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='3342c5800e19d83653e59b80bfb1ea3051b1b299', operation='UPDATE', pgid='pgtrigger_update_update_04a9f', table='collections_levelminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='levelminimum',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_levelminimumevent" ("amount", "currency", "id", "level_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."amount", OLD."currency", OLD."id", OLD."level_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='e6d610713d129f2e784d34ac8a16dba23448814f', operation='DELETE', pgid='pgtrigger_delete_delete_cedcb', table='collections_levelminimum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."paused", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."proposes_at", NEW."queue_id"); RETURN NULL;', hash='e55211d42c4d07c12f0d4a3fc1c8159d93d92ce6', operation='INSERT', pgid='pgtrigger_insert_insert_d2f1b', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (NEW."approves_itself", NEW."entity_id", NEW."id", NEW."paused", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."proposes_at", NEW."queue_id"); RETURN NULL;', hash='893ab5a3e89965b360af4c7e29727c1d3de1d969', operation='UPDATE', pgid='pgtrigger_update_update_8e35b', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningsettings',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningsettingsevent" ("approves_itself", "entity_id", "id", "paused", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "proposes_at", "queue_id") VALUES (OLD."approves_itself", OLD."entity_id", OLD."id", OLD."paused", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."proposes_at", OLD."queue_id"); RETURN NULL;', hash='1bcb3c7b0a32158fcd640a19d369cb6b3225a2f0', operation='DELETE', pgid='pgtrigger_delete_delete_f9690', table='collections_dunningsettings', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningrun',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningrunevent" ("approved_by", "as_of", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "replay", "state") VALUES (NEW."approved_by", NEW."as_of", NEW."entity_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_by", NEW."replay", NEW."state"); RETURN NULL;', hash='c0d57b477ae69730bc335140bd72ad92673248a0', operation='INSERT', pgid='pgtrigger_insert_insert_31d5b', table='collections_dunningrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningrun',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."approved_by" IS DISTINCT FROM (NEW."approved_by") OR OLD."as_of" IS DISTINCT FROM (NEW."as_of") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."proposed_by" IS DISTINCT FROM (NEW."proposed_by") OR OLD."replay" IS DISTINCT FROM (NEW."replay") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "collections_dunningrunevent" ("approved_by", "as_of", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "replay", "state") VALUES (NEW."approved_by", NEW."as_of", NEW."entity_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_by", NEW."replay", NEW."state"); RETURN NULL;', hash='ce984bc9dfd7291b8fbe450da9cca32e791be72e', operation='UPDATE', pgid='pgtrigger_update_update_0a44c', table='collections_dunningrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dunningrun',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_dunningrunevent" ("approved_by", "as_of", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by", "replay", "state") VALUES (OLD."approved_by", OLD."as_of", OLD."entity_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."proposed_by", OLD."replay", OLD."state"); RETURN NULL;', hash='aaa305823110c4c435e8db89dbd721c509a56758', operation='DELETE', pgid='pgtrigger_delete_delete_117e0', table='collections_dunningrun', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='hold',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_holdevent" ("actor", "customer_id", "entity_id", "from_on", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "until") VALUES (NEW."actor", NEW."customer_id", NEW."entity_id", NEW."from_on", NEW."id", NEW."item_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."until"); RETURN NULL;', hash='c28404242b08fc50fd8f7ffe7c7119a87d5670f2', operation='INSERT', pgid='pgtrigger_insert_insert_e5fc4', table='collections_hold', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='hold',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "collections_holdevent" ("actor", "customer_id", "entity_id", "from_on", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "until") VALUES (NEW."actor", NEW."customer_id", NEW."entity_id", NEW."from_on", NEW."id", NEW."item_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."until"); RETURN NULL;', hash='91b6e488c0943d7f9c16453053a91d32e1250bb7', operation='UPDATE', pgid='pgtrigger_update_update_d2659', table='collections_hold', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='hold',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_holdevent" ("actor", "customer_id", "entity_id", "from_on", "id", "item_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "until") VALUES (OLD."actor", OLD."customer_id", OLD."entity_id", OLD."from_on", OLD."id", OLD."item_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."until"); RETURN NULL;', hash='f095dc709afd3b6c1fbc02e3de474e8030af93ad', operation='DELETE', pgid='pgtrigger_delete_delete_a8f79', table='collections_hold', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (NEW."actor", NEW."closed_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."item_id", NEW."opened_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at"); RETURN NULL;', hash='9d26c4c3a8ecd7b71fec0be782c39f7755342fd7', operation='INSERT', pgid='pgtrigger_insert_insert_6b9ca', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."opened_on" IS DISTINCT FROM (NEW."opened_on") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))', func='INSERT INTO "collections_disputeevent" ("actor", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (NEW."actor", NEW."closed_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."item_id", NEW."opened_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at"); RETURN NULL;', hash='b2de54d6ddc50e740ad8066a46e82b3c8fcf10bd', operation='UPDATE', pgid='pgtrigger_update_update_c1d13', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "closed_on", "customer_id", "entity_id", "id", "item_id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at") VALUES (OLD."actor", OLD."closed_on", OLD."customer_id", OLD."entity_id", OLD."id", OLD."item_id", OLD."opened_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at"); RETURN NULL;', hash='49d04fa48758645b12f080f5614baadf4d53701e', operation='DELETE', pgid='pgtrigger_delete_delete_1e37b', table='collections_dispute', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='queue',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_queueevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='3cf7f2c980a47ea333ec13d035f4bd73cbe6402b', operation='INSERT', pgid='pgtrigger_insert_insert_bd898', table='collections_queue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='queue',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_queueevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='f0a8f4dc1f9af51afa28a1b6637a33d5b2034025', operation='UPDATE', pgid='pgtrigger_update_update_5af1c', table='collections_queue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='queue',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_queueevent" ("code", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='9ab60fc783ce3541800a3ad91c664922b56f6621', operation='DELETE', pgid='pgtrigger_delete_delete_c2c51', table='collections_queue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='team',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teamevent" ("code", "id", "lead_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."lead_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='006ff775545f96aac534bb903a6149804149701c', operation='INSERT', pgid='pgtrigger_insert_insert_48138', table='collections_team', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='team',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_teamevent" ("code", "id", "lead_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."lead_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='82dc1970fbd26cd2437238dd495c92912a1dfdeb', operation='UPDATE', pgid='pgtrigger_update_update_a184d', table='collections_team', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='team',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teamevent" ("code", "id", "lead_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."lead_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='1ee414b79ed37952944fe6d69f546b25f17cc3d3', operation='DELETE', pgid='pgtrigger_delete_delete_7a8d6', table='collections_team', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teammember',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teammemberevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."team_id", NEW."user_id"); RETURN NULL;', hash='d7091d64a29d06f736f97117cda0d93b66b84578', operation='INSERT', pgid='pgtrigger_insert_insert_9d854', table='collections_teammember', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teammember',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_teammemberevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "user_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."team_id", NEW."user_id"); RETURN NULL;', hash='98dbc4fdc91d266ee717f046baf5b5400fc44c18', operation='UPDATE', pgid='pgtrigger_update_update_5b0d1', table='collections_teammember', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teammember',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teammemberevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id", "user_id") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."team_id", OLD."user_id"); RETURN NULL;', hash='779bf3977dfda7124fefafe71f117f20a37fd514', operation='DELETE', pgid='pgtrigger_delete_delete_41d4a', table='collections_teammember', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teamqueue',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teamqueueevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "team_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."team_id"); RETURN NULL;', hash='b7dd98e6b6e8014443ca6690186e633dc13c9af8', operation='INSERT', pgid='pgtrigger_insert_insert_c2058', table='collections_teamqueue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teamqueue',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_teamqueueevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "team_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."team_id"); RETURN NULL;', hash='809d35d40a8849e781cc3e269745ca0b47e9e176', operation='UPDATE', pgid='pgtrigger_update_update_f9650', table='collections_teamqueue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='teamqueue',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_teamqueueevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "team_id") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."team_id"); RETURN NULL;', hash='d71589dffb3f5b56ef349a581a0c5ecd921eb244', operation='DELETE', pgid='pgtrigger_delete_delete_b706c', table='collections_teamqueue', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='promisetopay',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_promisetopayevent" ("amount", "currency", "customer_id", "entity_id", "pay_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promised_on", "state", "withdrawn_on") VALUES (NEW."amount", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."pay_by", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promised_on", NEW."state", NEW."withdrawn_on"); RETURN NULL;', hash='bbc229b4699fe210af534da9179bf2a1c7e05c61', operation='INSERT', pgid='pgtrigger_insert_insert_6b92b', table='collections_promisetopay', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='promisetopay',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."pay_by" IS DISTINCT FROM (NEW."pay_by") OR OLD."promised_on" IS DISTINCT FROM (NEW."promised_on") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."withdrawn_on" IS DISTINCT FROM (NEW."withdrawn_on"))', func='INSERT INTO "collections_promisetopayevent" ("amount", "currency", "customer_id", "entity_id", "pay_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promised_on", "state", "withdrawn_on") VALUES (NEW."amount", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."pay_by", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promised_on", NEW."state", NEW."withdrawn_on"); RETURN NULL;', hash='c39fab1b481e7f841c5f27ee7de55384056510b3', operation='UPDATE', pgid='pgtrigger_update_update_1bad0', table='collections_promisetopay', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='promisetopay',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_promisetopayevent" ("amount", "currency", "customer_id", "entity_id", "pay_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promised_on", "state", "withdrawn_on") VALUES (OLD."amount", OLD."currency", OLD."customer_id", OLD."entity_id", OLD."pay_by", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promised_on", OLD."state", OLD."withdrawn_on"); RETURN NULL;', hash='623146a978f2c8b17ecb4718dcec56f70ff1bdbc', operation='DELETE', pgid='pgtrigger_delete_delete_85747', table='collections_promisetopay', when='AFTER')),
            ),
        ]),
    ]
