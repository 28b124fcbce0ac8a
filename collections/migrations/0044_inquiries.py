"""Inquiries: what customers ask, who answers it by when, and how it was answered."""

import datetime
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
        ('collections', '0043_bulk_acts'),
        ('core', '0012_providers'),
        ('invoicing', '0010_credit_requests_guard'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        o2c.core.database.together.ChangeTogether(
            operations=[migrations.CreateModel(
                name='Inquiry',
                fields=[
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('copy', 'Copy of an invoice'), ('statement', 'Balance or statement'), ('payment', 'Where a payment went'), ('dispute', 'Contests something'), ('other', 'Something else')], max_length=10)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('answered', 'Answered'), ('closed', 'Closed')], default='open', max_length=10)),
                    ('channel', models.CharField(choices=[('mail', 'E-mail'), ('phone', 'Telephone'), ('other', 'Another way')], max_length=6)),
                    ('subject', models.CharField(max_length=200)),
                    ('text', models.TextField(blank=True, default='', help_text="In the customer's words.")),
                    ('received_at', models.DateTimeField()),
                    ('asked_at', models.DateTimeField(help_text='When what waits for an answer was asked.')),
                    ('due_at', models.DateTimeField(help_text='By when that is to be answered.')),
                    ('escalates_at', models.DateTimeField(help_text='Else it is escalated then.')),
                    ('escalated_at', models.DateTimeField(blank=True, null=True)),
                    ('round', models.PositiveSmallIntegerField(default=1, help_text='How often it was asked.')),
                    ('answered_at', models.DateTimeField(blank=True, null=True)),
                    ('answered_by', models.CharField(blank=True, default='', max_length=150)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('note', models.CharField(blank=True, default='', help_text='Why it was closed.', max_length=300)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.contact')),
                    ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='orders.customer')),
                    ('dispute', models.ForeignKey(blank=True, help_text='That it became.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inquiries', to='collections.dispute')),
                    ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inquiries', to=settings.AUTH_USER_MODEL)),
                    ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue')),
                ],
                options={
                    'verbose_name_plural': 'inquiries',
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['due_at', 'id'], name='inquiry_by_deadline'), models.Index(condition=models.Q(('escalated_at', None), ('state', 'open')), fields=['entity', 'escalates_at'], name='inquiry_escalating'), models.Index(fields=['customer', '-id'], name='inquiry_by_customer'), models.Index(fields=['updated_at', 'id'], name='inquiry_by_change')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('owner', None), ('queue', None), _connector='OR'), name='inquiry_one_owner'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at', None)), _connector='OR'), name='inquiry_closed_at'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'answered'), _negated=True), ('answered_at__isnull', False), _connector='OR'), name='inquiry_answered_at')],
                },
            ), migrations.CreateModel(
                name='InquiryItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('inquiry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='collections.inquiry')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.openitem')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('inquiry', 'item'), name='inquiry_item_once')],
                },
            ), migrations.CreateModel(
                name='InquiryMail',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('inquiry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='collections.inquiry')),
                    ('mail', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='inquiry', to='collections.incomingmail')),
                ],
            ), migrations.CreateModel(
                name='InquiryAnswer',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('round', models.PositiveSmallIntegerField()),
                    ('key', models.UUIDField(help_text='Of the form that was sent: it answers once.', unique=True)),
                    ('how', models.CharField(choices=[('mail', 'By e-mail'), ('phone', 'By telephone'), ('letter', 'By letter')], max_length=6)),
                    ('subject', models.CharField(blank=True, default='', max_length=400)),
                    ('text', models.TextField()),
                    ('asked_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('answered_at', models.DateTimeField()),
                    ('minutes', models.PositiveIntegerField()),
                    ('actor', models.CharField(max_length=150)),
                    ('inquiry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='collections.inquiry')),
                    ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inquiry_answer', to='core.message')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['answered_at'], name='inquiry_answer_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('inquiry', 'round'), name='inquiry_answered_once')],
                },
            ), migrations.CreateModel(
                name='InquiryHours',
                fields=[
                    ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='inquiry_hours', serialize=False, to='orders.legalentity')),
                    ('opens', models.TimeField(default=datetime.time(9, 0))),
                    ('closes', models.TimeField(default=datetime.time(17, 0))),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='inquiry_hours_some')],
                },
            ), migrations.CreateModel(
                name='InquiryRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('copy', 'Copy of an invoice'), ('statement', 'Balance or statement'), ('payment', 'Where a payment went'), ('dispute', 'Contests something'), ('other', 'Something else')], max_length=10)),
                    ('target_hours', models.PositiveSmallIntegerField(default=8, help_text='Hours of business until it is to be answered.')),
                    ('escalate_after', models.PositiveSmallIntegerField(default=8, help_text='Hours of business past that at which it is escalated.')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inquiry_rules', to='orders.legalentity')),
                    ('escalate_queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue')),
                    ('escalate_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.queue')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('entity', 'kind'), name='inquiry_rule_once'), models.CheckConstraint(condition=models.Q(('owner', None), ('queue', None), _connector='OR'), name='inquiry_rule_one_owner'), models.CheckConstraint(condition=models.Q(('escalate_to', None), ('escalate_queue', None), _connector='OR'), name='inquiry_rule_one_escalation')],
                },
            ), migrations.CreateModel(
                name='InquiryEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('kind', models.CharField(choices=[('copy', 'Copy of an invoice'), ('statement', 'Balance or statement'), ('payment', 'Where a payment went'), ('dispute', 'Contests something'), ('other', 'Something else')], max_length=10)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('answered', 'Answered'), ('closed', 'Closed')], default='open', max_length=10)),
                    ('channel', models.CharField(choices=[('mail', 'E-mail'), ('phone', 'Telephone'), ('other', 'Another way')], max_length=6)),
                    ('received_at', models.DateTimeField()),
                    ('asked_at', models.DateTimeField(help_text='When what waits for an answer was asked.')),
                    ('due_at', models.DateTimeField(help_text='By when that is to be answered.')),
                    ('escalates_at', models.DateTimeField(help_text='Else it is escalated then.')),
                    ('escalated_at', models.DateTimeField(blank=True, null=True)),
                    ('round', models.PositiveSmallIntegerField(default=1, help_text='How often it was asked.')),
                    ('answered_at', models.DateTimeField(blank=True, null=True)),
                    ('answered_by', models.CharField(blank=True, default='', max_length=150)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('contact', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.contact')),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('dispute', models.ForeignKey(blank=True, db_constraint=False, help_text='That it became.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.dispute')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.inquiry')),
                    ('queue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.CreateModel(
                name='InquiryHoursEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('opens', models.TimeField(default=datetime.time(9, 0))),
                    ('closes', models.TimeField(default=datetime.time(17, 0))),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', serialize=False, to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.inquiryhours')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.CreateModel(
                name='InquiryRuleEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('kind', models.CharField(choices=[('copy', 'Copy of an invoice'), ('statement', 'Balance or statement'), ('payment', 'Where a payment went'), ('dispute', 'Contests something'), ('other', 'Something else')], max_length=10)),
                    ('target_hours', models.PositiveSmallIntegerField(default=8, help_text='Hours of business until it is to be answered.')),
                    ('escalate_after', models.PositiveSmallIntegerField(default=8, help_text='Hours of business past that at which it is escalated.')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('escalate_queue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                    ('escalate_to', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.inquiryrule')),
                    ('queue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.queue')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.AlterField(
                model_name='activity',
                name='kind',
                field=models.CharField(choices=[('call', 'Call'), ('note', 'Note'), ('snooze', 'Snoozed'), ('promise', 'Promise to pay'), ('plan', 'Payment plan'), ('done', 'Task done'), ('hold', 'Hold'), ('dispute', 'Dispute'), ('reminder', 'Reminder'), ('inquiry', 'Inquiry')], max_length=10),
            ), migrations.AlterField(
                model_name='task',
                name='kind',
                field=models.CharField(choices=[('call', 'Call about overdue items'), ('no_contact', 'Find a contact'), ('broken_promise', 'Promise not kept'), ('broken_plan', 'Payment plan broken'), ('returned', 'Payment came back'), ('rejected', 'Direct debit rejected'), ('reply', 'Answer a mail'), ('dispute', 'Dispute not settled'), ('inquiry', 'Answer an inquiry'), ('manual', 'Task by hand')], max_length=20),
            ), migrations.AddField(
                model_name='activity',
                name='inquiry',
                field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='collections.inquiry'),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryhours',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryhoursevent" ("closes", "entity_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."closes", NEW."entity_id", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."entity_id"); RETURN NULL;', hash='c2a5380ac113fb8a66058ac7865692c60ffd7199', operation='INSERT', pgid='pgtrigger_insert_insert_663f2', table='collections_inquiryhours', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryhours',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_inquiryhoursevent" ("closes", "entity_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."closes", NEW."entity_id", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."entity_id"); RETURN NULL;', hash='b251c01246d046945efa74af099c69e6b869c093', operation='UPDATE', pgid='pgtrigger_update_update_57489', table='collections_inquiryhours', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryhours',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryhoursevent" ("closes", "entity_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."closes", OLD."entity_id", OLD."opens", _pgh_attach_context(), NOW(), \'delete\', OLD."entity_id"); RETURN NULL;', hash='6e39824a8f6f0a081078018e9a339f0869d1e3e0', operation='DELETE', pgid='pgtrigger_delete_delete_11293', table='collections_inquiryhours', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiry',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryevent" ("actor", "answered_at", "answered_by", "asked_at", "channel", "closed_at", "contact_id", "customer_id", "dispute_id", "due_at", "entity_id", "escalated_at", "escalates_at", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "received_at", "recorded_at", "round", "state") VALUES (NEW."actor", NEW."answered_at", NEW."answered_by", NEW."asked_at", NEW."channel", NEW."closed_at", NEW."contact_id", NEW."customer_id", NEW."dispute_id", NEW."due_at", NEW."entity_id", NEW."escalated_at", NEW."escalates_at", NEW."id", NEW."kind", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."received_at", NEW."recorded_at", NEW."round", NEW."state"); RETURN NULL;', hash='1791601d70c2393ca3195d76be537dbcc8caca74', operation='INSERT', pgid='pgtrigger_insert_insert_577f7', table='collections_inquiry', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiry',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."actor" IS DISTINCT FROM (NEW."actor") OR OLD."answered_at" IS DISTINCT FROM (NEW."answered_at") OR OLD."answered_by" IS DISTINCT FROM (NEW."answered_by") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."contact_id" IS DISTINCT FROM (NEW."contact_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dispute_id" IS DISTINCT FROM (NEW."dispute_id") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."escalated_at" IS DISTINCT FROM (NEW."escalated_at") OR OLD."escalates_at" IS DISTINCT FROM (NEW."escalates_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."queue_id" IS DISTINCT FROM (NEW."queue_id") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."round" IS DISTINCT FROM (NEW."round") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "collections_inquiryevent" ("actor", "answered_at", "answered_by", "asked_at", "channel", "closed_at", "contact_id", "customer_id", "dispute_id", "due_at", "entity_id", "escalated_at", "escalates_at", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "received_at", "recorded_at", "round", "state") VALUES (NEW."actor", NEW."answered_at", NEW."answered_by", NEW."asked_at", NEW."channel", NEW."closed_at", NEW."contact_id", NEW."customer_id", NEW."dispute_id", NEW."due_at", NEW."entity_id", NEW."escalated_at", NEW."escalates_at", NEW."id", NEW."kind", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."received_at", NEW."recorded_at", NEW."round", NEW."state"); RETURN NULL;', hash='de90662470085fb163c6f692b79b5038ecfc7002', operation='UPDATE', pgid='pgtrigger_update_update_c846f', table='collections_inquiry', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiry',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryevent" ("actor", "answered_at", "answered_by", "asked_at", "channel", "closed_at", "contact_id", "customer_id", "dispute_id", "due_at", "entity_id", "escalated_at", "escalates_at", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "received_at", "recorded_at", "round", "state") VALUES (OLD."actor", OLD."answered_at", OLD."answered_by", OLD."asked_at", OLD."channel", OLD."closed_at", OLD."contact_id", OLD."customer_id", OLD."dispute_id", OLD."due_at", OLD."entity_id", OLD."escalated_at", OLD."escalates_at", OLD."id", OLD."kind", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."received_at", OLD."recorded_at", OLD."round", OLD."state"); RETURN NULL;', hash='07b769dac5cfb0d8301260b363a60411e0c6cb46', operation='DELETE', pgid='pgtrigger_delete_delete_824a7', table='collections_inquiry', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryrule',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryruleevent" ("entity_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_hours") VALUES (NEW."entity_id", NEW."escalate_after", NEW."escalate_queue_id", NEW."escalate_to_id", NEW."id", NEW."kind", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."target_hours"); RETURN NULL;', hash='287a4e9eec1b2707bf17d58b6552b13a46be87f5', operation='INSERT', pgid='pgtrigger_insert_insert_f2e36', table='collections_inquiryrule', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryrule',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_inquiryruleevent" ("entity_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_hours") VALUES (NEW."entity_id", NEW."escalate_after", NEW."escalate_queue_id", NEW."escalate_to_id", NEW."id", NEW."kind", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."target_hours"); RETURN NULL;', hash='c6829d4dd977d5569052f6c0408045c76429ead3', operation='UPDATE', pgid='pgtrigger_update_update_d12d4', table='collections_inquiryrule', when='AFTER')),
            ), pgtrigger.migrations.AddTrigger(
                model_name='inquiryrule',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_inquiryruleevent" ("entity_id", "escalate_after", "escalate_queue_id", "escalate_to_id", "id", "kind", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "target_hours") VALUES (OLD."entity_id", OLD."escalate_after", OLD."escalate_queue_id", OLD."escalate_to_id", OLD."id", OLD."kind", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."target_hours"); RETURN NULL;', hash='7b5a4b32c6102c02f458a4536dce058550e27de3', operation='DELETE', pgid='pgtrigger_delete_delete_8d978', table='collections_inquiryrule', when='AFTER')),
            )],
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('inquiry__isnull', False)), fields=['inquiry', 'id'], name='activity_by_inquiry'),
        ),
        from_file(SQL, "inquiries"),
    ])
