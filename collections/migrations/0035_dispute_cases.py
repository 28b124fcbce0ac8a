"""Disputes as cases: what is said, what was found, who settles it by when, and how it ended."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.database.together
from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0034_fees_guard'),
        ('core', '0011_message_changes'),
        ('invoicing', '0009_credit_requests'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        o2c.core.database.together.ChangeTogether(
            operations=[pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='insert_insert',
            ), pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='update_update',
            ), pgtrigger.migrations.RemoveTrigger(
                model_name='dispute',
                name='delete_delete',
            ), migrations.CreateModel(
                name='DisputeFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200)),
                    ('size', models.PositiveIntegerField()),
                    ('actor', models.CharField(max_length=150)),
                    ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='collections.dispute')),
                    ('document', models.ForeignKey(help_text='None once let go.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                ],
                options={
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('dispute', 'document'), name='dispute_file_once'), models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='dispute_file_not_empty')],
                },
            ), migrations.CreateModel(
                name='DisputeRule',
                fields=[
                    ('code', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='dispute_rule', serialize=False, to='invoicing.reasoncode')),
                    ('target_days', models.PositiveSmallIntegerField(default=10, help_text='Business days of the legal entity until it is to be settled.')),
                    ('escalate_after', models.PositiveSmallIntegerField(default=5, help_text='Business days past the deadline on which it is escalated.')),
                    ('escalate_queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue')),
                    ('escalate_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('owner', None), ('queue', None), _connector='OR'), name='dispute_rule_one_owner'), models.CheckConstraint(condition=models.Q(('escalate_to', None), ('escalate_queue', None), _connector='OR'), name='dispute_rule_one_escalation')],
                },
            ), migrations.CreateModel(
                name='DisputeRuleEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('target_days', models.PositiveSmallIntegerField(default=10, help_text='Business days of the legal entity until it is to be settled.')),
                    ('escalate_after', models.PositiveSmallIntegerField(default=5, help_text='Business days past the deadline on which it is escalated.')),
                    ('code', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', serialize=False, to='invoicing.reasoncode')),
                    ('escalate_queue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                    ('escalate_to', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.disputerule')),
                    ('queue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.AddField(
                model_name='activity',
                name='dispute',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='collections.dispute'),
            ), migrations.AddField(
                model_name='dispute',
                name='asked_for',
                field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('rejected', 'Rejected'), ('written_off', 'Written off'), ('replaced', 'Credited and invoiced anew'), ('paid', 'Paid or cleared'), ('withdrawn', 'Withdrawn')], db_default='', default='', help_text='Of an approval.', max_length=12),
            ), migrations.AddField(
                model_name='dispute',
                name='by_itself',
                field=models.BooleanField(db_default=False, default=False, help_text='It was closed because the item cleared, not by a person.'),
            ), migrations.AddField(
                model_name='dispute',
                name='cause',
                field=models.CharField(blank=True, choices=[('pricing', 'Prices kept wrongly'), ('order_entry', 'Order entered wrongly'), ('warehouse', 'Picked or packed wrongly'), ('carrier', 'Carrier'), ('product', 'Quality of the product'), ('invoicing', 'Invoiced wrongly'), ('contract', 'Contract unclear'), ('cash', 'Payment applied wrongly'), ('customer', 'Error of the customer'), ('other', 'Something else')], db_default='', default='', help_text='What we found.', max_length=12),
            ), migrations.AddField(
                model_name='dispute',
                name='code',
                field=models.ForeignKey(blank=True, help_text='What the customer says.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.reasoncode'),
            ), migrations.AddField(
                model_name='dispute',
                name='credit',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='invoicing.creditrequest'),
            ), migrations.AddField(
                model_name='dispute',
                name='due_on',
                field=models.DateField(blank=True, help_text='By when it is to be settled.', null=True),
            ), migrations.AddField(
                model_name='dispute',
                name='escalated_on',
                field=models.DateField(blank=True, null=True),
            ), migrations.AddField(
                model_name='dispute',
                name='escalates_on',
                field=models.DateField(blank=True, help_text='Else it is escalated on this day.', null=True),
            ), migrations.AddField(
                model_name='dispute',
                name='mail',
                field=models.ForeignKey(blank=True, help_text='That says so.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='disputes', to='collections.incomingmail'),
            ), migrations.AddField(
                model_name='dispute',
                name='note',
                field=models.CharField(blank=True, db_default='', default='', help_text='What came of it.', max_length=300),
            ), migrations.AddField(
                model_name='dispute',
                name='owner',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='disputes', to=settings.AUTH_USER_MODEL),
            ), migrations.AddField(
                model_name='dispute',
                name='queue',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue'),
            ), migrations.AddField(
                model_name='dispute',
                name='replacement',
                field=models.ForeignKey(blank=True, help_text='The invoice written anew.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='invoicing.invoice'),
            ), migrations.AddField(
                model_name='dispute',
                name='resolution',
                field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('rejected', 'Rejected'), ('written_off', 'Written off'), ('replaced', 'Credited and invoiced anew'), ('paid', 'Paid or cleared'), ('withdrawn', 'Withdrawn')], db_default='', default='', max_length=12),
            ), migrations.AddField(
                model_name='dispute',
                name='state',
                field=models.CharField(choices=[('open', 'Open'), ('customer', 'Waits for the customer'), ('inside', 'Waits for a colleague'), ('asked', 'Waits for approval'), ('resolved', 'Resolved')], db_default='open', default='open', max_length=10),
            ), migrations.AddField(
                model_name='dispute',
                name='updated_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
            ), migrations.AddField(
                model_name='dispute',
                name='write_off',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='invoicing.writeoff'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='asked_for',
                field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('rejected', 'Rejected'), ('written_off', 'Written off'), ('replaced', 'Credited and invoiced anew'), ('paid', 'Paid or cleared'), ('withdrawn', 'Withdrawn')], db_default='', default='', help_text='Of an approval.', max_length=12),
            ), migrations.AddField(
                model_name='disputeevent',
                name='by_itself',
                field=models.BooleanField(db_default=False, default=False, help_text='It was closed because the item cleared, not by a person.'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='cause',
                field=models.CharField(blank=True, choices=[('pricing', 'Prices kept wrongly'), ('order_entry', 'Order entered wrongly'), ('warehouse', 'Picked or packed wrongly'), ('carrier', 'Carrier'), ('product', 'Quality of the product'), ('invoicing', 'Invoiced wrongly'), ('contract', 'Contract unclear'), ('cash', 'Payment applied wrongly'), ('customer', 'Error of the customer'), ('other', 'Something else')], db_default='', default='', help_text='What we found.', max_length=12),
            ), migrations.AddField(
                model_name='disputeevent',
                name='code',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='What the customer says.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.reasoncode'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='credit',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.creditrequest'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='due_on',
                field=models.DateField(blank=True, help_text='By when it is to be settled.', null=True),
            ), migrations.AddField(
                model_name='disputeevent',
                name='escalated_on',
                field=models.DateField(blank=True, null=True),
            ), migrations.AddField(
                model_name='disputeevent',
                name='escalates_on',
                field=models.DateField(blank=True, help_text='Else it is escalated on this day.', null=True),
            ), migrations.AddField(
                model_name='disputeevent',
                name='mail',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='That says so.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.incomingmail'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='owner',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
            ), migrations.AddField(
                model_name='disputeevent',
                name='queue',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='replacement',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The invoice written anew.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.invoice'),
            ), migrations.AddField(
                model_name='disputeevent',
                name='resolution',
                field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('rejected', 'Rejected'), ('written_off', 'Written off'), ('replaced', 'Credited and invoiced anew'), ('paid', 'Paid or cleared'), ('withdrawn', 'Withdrawn')], db_default='', default='', max_length=12),
            ), migrations.AddField(
                model_name='disputeevent',
                name='state',
                field=models.CharField(choices=[('open', 'Open'), ('customer', 'Waits for the customer'), ('inside', 'Waits for a colleague'), ('asked', 'Waits for approval'), ('resolved', 'Resolved')], db_default='open', default='open', max_length=10),
            ), migrations.AddField(
                model_name='disputeevent',
                name='write_off',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.writeoff'),
            ), migrations.AlterField(
                model_name='dispute',
                name='closed_on',
                field=models.DateField(blank=True, help_text='From this day on the item is chased again.', null=True),
            ), migrations.AlterField(
                model_name='dispute',
                name='reason',
                field=models.CharField(help_text="In the customer's words.", max_length=200),
            ), migrations.AlterField(
                model_name='disputeevent',
                name='closed_on',
                field=models.DateField(blank=True, help_text='From this day on the item is chased again.', null=True),
            ), migrations.AlterField(
                model_name='task',
                name='kind',
                field=models.CharField(choices=[('call', 'Call about overdue items'), ('no_contact', 'Find a contact'), ('broken_promise', 'Promise not kept'), ('broken_plan', 'Payment plan broken'), ('returned', 'Payment came back'), ('rejected', 'Direct debit rejected'), ('reply', 'Answer a mail'), ('dispute', 'Dispute not settled'), ('manual', 'Task by hand')], max_length=20),
            )],
        ),
        migrations.RunSQL(
            sql="UPDATE collections_dispute SET state = 'resolved' WHERE closed_on IS NOT NULL",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('dispute__isnull', False)), fields=['dispute', 'id'], name='activity_by_dispute'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('closed_on', None)), fields=['entity', 'due_on', 'id'], name='dispute_by_deadline'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('closed_on', None), ('escalated_on', None)), fields=['escalates_on'], name='dispute_escalating'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['entity', '-closed_on', '-id'], name='dispute_by_end'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['updated_at', 'id'], name='dispute_by_change'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', False), ('state', 'resolved')), models.Q(models.Q(('state', 'resolved'), _negated=True), ('closed_on', None)), _connector='OR'), name='dispute_resolved_on_a_day'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('owner', None), ('queue', None), _connector='OR'), name='dispute_one_owner'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount__gt', 0), _connector='OR'), name='dispute_contests_something'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'asked'), _negated=True), ('credit__isnull', False), ('write_off__isnull', False), _connector='OR'), name='dispute_asked_for_something'),
        ),
        o2c.core.database.together.ChangeTogether(
            operations=[pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "amount", "asked_for", "by_itself", "cause", "closed_on", "code_id", "credit_id", "customer_id", "due_on", "entity_id", "escalated_on", "escalates_on", "id", "item_id", "mail_id", "opened_on", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "recorded_at", "replacement_id", "resolution", "state", "write_off_id") VALUES (NEW."actor", NEW."amount", NEW."asked_for", NEW."by_itself", NEW."cause", NEW."closed_on", NEW."code_id", NEW."credit_id", NEW."customer_id", NEW."due_on", NEW."entity_id", NEW."escalated_on", NEW."escalates_on", NEW."id", NEW."item_id", NEW."mail_id", NEW."opened_on", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."recorded_at", NEW."replacement_id", NEW."resolution", NEW."state", NEW."write_off_id"); RETURN NULL;', hash='d1e80e610f787fdddc032b6d642891c3b0df891f', operation='INSERT', pgid='pgtrigger_insert_insert_6b9ca', table='collections_dispute', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."asked_for" IS DISTINCT FROM (NEW."asked_for") OR OLD."by_itself" IS DISTINCT FROM (NEW."by_itself") OR OLD."cause" IS DISTINCT FROM (NEW."cause") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."code_id" IS DISTINCT FROM (NEW."code_id") OR OLD."credit_id" IS DISTINCT FROM (NEW."credit_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."escalated_on" IS DISTINCT FROM (NEW."escalated_on") OR OLD."escalates_on" IS DISTINCT FROM (NEW."escalates_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."mail_id" IS DISTINCT FROM (NEW."mail_id") OR OLD."opened_on" IS DISTINCT FROM (NEW."opened_on") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."replacement_id" IS DISTINCT FROM (NEW."replacement_id") OR OLD."resolution" IS DISTINCT FROM (NEW."resolution") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."write_off_id" IS DISTINCT FROM (NEW."write_off_id"))', func='INSERT INTO "collections_disputeevent" ("actor", "amount", "asked_for", "by_itself", "cause", "closed_on", "code_id", "credit_id", "customer_id", "due_on", "entity_id", "escalated_on", "escalates_on", "id", "item_id", "mail_id", "opened_on", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "recorded_at", "replacement_id", "resolution", "state", "write_off_id") VALUES (NEW."actor", NEW."amount", NEW."asked_for", NEW."by_itself", NEW."cause", NEW."closed_on", NEW."code_id", NEW."credit_id", NEW."customer_id", NEW."due_on", NEW."entity_id", NEW."escalated_on", NEW."escalates_on", NEW."id", NEW."item_id", NEW."mail_id", NEW."opened_on", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."recorded_at", NEW."replacement_id", NEW."resolution", NEW."state", NEW."write_off_id"); RETURN NULL;', hash='ceecc8c2f852439f5a6a6251469d473bc91953ec', operation='UPDATE', pgid='pgtrigger_update_update_c1d13', table='collections_dispute', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='dispute',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeevent" ("actor", "amount", "asked_for", "by_itself", "cause", "closed_on", "code_id", "credit_id", "customer_id", "due_on", "entity_id", "escalated_on", "escalates_on", "id", "item_id", "mail_id", "opened_on", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "recorded_at", "replacement_id", "resolution", "state", "write_off_id") VALUES (OLD."actor", OLD."amount", OLD."asked_for", OLD."by_itself", OLD."cause", OLD."closed_on", OLD."code_id", OLD."credit_id", OLD."customer_id", OLD."due_on", OLD."entity_id", OLD."escalated_on", OLD."escalates_on", OLD."id", OLD."item_id", OLD."mail_id", OLD."opened_on", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."recorded_at", OLD."replacement_id", OLD."resolution", OLD."state", OLD."write_off_id"); RETURN NULL;', hash='b83368d9d89c99aae5d993e324ea8083bd08423c', operation='DELETE', pgid='pgtrigger_delete_delete_1e37b', table='collections_dispute', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputerule',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeruleevent" ("code_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_days") VALUES (NEW."code_id", NEW."escalate_after", NEW."escalate_queue_id", NEW."escalate_to_id", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."code_id", NEW."queue_id", NEW."target_days"); RETURN NULL;', hash='9312dca273340a8985dd65fd3363c382eae7c1cd', operation='INSERT', pgid='pgtrigger_insert_insert_f6972', table='collections_disputerule', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputerule',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_disputeruleevent" ("code_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_days") VALUES (NEW."code_id", NEW."escalate_after", NEW."escalate_queue_id", NEW."escalate_to_id", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."code_id", NEW."queue_id", NEW."target_days"); RETURN NULL;', hash='6a9243ca3b6969891f502e53a3901e9b12e077e7', operation='UPDATE', pgid='pgtrigger_update_update_3829b', table='collections_disputerule', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='disputerule',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_disputeruleevent" ("code_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_days") VALUES (OLD."code_id", OLD."escalate_after", OLD."escalate_queue_id", OLD."escalate_to_id", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."code_id", OLD."queue_id", OLD."target_days"); RETURN NULL;', hash='a1fc07f862aa67d4e08be16bcf2b7eefcd8f005b', operation='DELETE', pgid='pgtrigger_delete_delete_4a971', table='collections_disputerule', when='AFTER')),
            )],
        ),
        from_file(SQL, "dispute_cases"),
    ])
