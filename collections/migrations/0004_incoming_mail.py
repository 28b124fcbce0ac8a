"""Mail that comes in: the mailboxes, their mails, and the task of answering one."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0003_guards'),
        ('core', '0005_reports'),
        ('invoicing', '0003_guards'),
        ('orders', '0003_guards'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        migrations.CreateModel(
            name='MailboxPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=400, unique=True)),
                ('validity', models.BigIntegerField(default=0)),
                ('uid', models.BigIntegerField(default=0, help_text='Number of the last mail that was taken in.')),
                ('read_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=400)),
            ],
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('call', 'Call about overdue items'), ('no_contact', 'Find a contact'), ('broken_promise', 'Promise not kept'), ('returned', 'Payment came back'), ('rejected', 'Direct debit rejected'), ('reply', 'Answer a mail'), ('manual', 'Task by hand')], max_length=20),
        ),
        migrations.CreateModel(
            name='IncomingMail',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('mailbox', models.CharField(max_length=400)),
                ('digest', models.CharField(help_text='SHA-256 of the mail: it is taken in once.', max_length=64)),
                ('kind', models.CharField(choices=[('letter', 'From a person'), ('automatic', 'Automatic answer'), ('delivered', 'Was delivered'), ('delayed', 'Is delayed'), ('bounce', 'Not delivered'), ('complaint', 'Complaint')], max_length=10)),
                ('state', models.CharField(choices=[('new', 'New'), ('done', 'Done')], default='new', max_length=10)),
                ('found_by', models.CharField(blank=True, choices=[('answer', 'It answers a message of ours'), ('address', 'Its writer is a contact'), ('number', 'It names documents'), ('person', 'Somebody said so')], default='', max_length=10)),
                ('header_id', models.CharField(blank=True, default='', help_text='Its Message-ID.', max_length=400)),
                ('writer', models.CharField(blank=True, default='', max_length=200)),
                ('address', models.CharField(blank=True, default='', max_length=320)),
                ('subject', models.CharField(blank=True, default='', max_length=400)),
                ('text', models.TextField(blank=True, default='')),
                ('said', models.TextField(blank=True, default='', help_text='The text without the mail that it answers.')),
                ('files', models.JSONField(default=list)),
                ('report', models.CharField(blank=True, default='', help_text='What a server reported.', max_length=400)),
                ('raw', models.BinaryField()),
                ('size', models.PositiveBigIntegerField()),
                ('is_cut', models.BooleanField(default=False, help_text='It was too large, so only its beginning was fetched.')),
                ('written_at', models.DateTimeField(null=True)),
                ('came_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.contact')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='orders.customer')),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('message', models.ForeignKey(help_text='The message of ours that it answers.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='core.message')),
            ],
        ),
        migrations.CreateModel(
            name='IncomingMailEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('state', models.CharField(choices=[('new', 'New'), ('done', 'Done')], default='new', max_length=10)),
                ('customer', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_customer_state_events', to='collections.incomingmail')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NamedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.openitem')),
                ('mail', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='collections.incomingmail')),
            ],
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['customer', '-came_at'], name='incoming_mail_by_customer'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(condition=models.Q(('kind', 'letter'), ('state', 'new')), fields=['-id'], name='incoming_mail_waiting'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['address'], name='incoming_mail_by_address'),
        ),
        migrations.AddConstraint(
            model_name='incomingmail',
            constraint=models.UniqueConstraint(fields=('mailbox', 'digest'), name='incoming_mail_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incomingmail',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."customer_id", NEW."entity_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state"); RETURN NULL;', hash='4beabe3a1d38c6b36827e6310eaec81092d485cf', operation='INSERT', pgid='pgtrigger_insert_insert_0a066', table='collections_incomingmail', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incomingmail',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."customer_id", NEW."entity_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state"); RETURN NULL;', hash='6616b596f5ebea19943fe733aa884c1554fe9b0f', operation='UPDATE', pgid='pgtrigger_update_update_0a4fd', table='collections_incomingmail', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incomingmail',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_incomingmailevent" ("customer_id", "entity_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (OLD."customer_id", OLD."entity_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."state"); RETURN NULL;', hash='90d6e1a30e57065fa30030ab089eddc7b227f6c4', operation='DELETE', pgid='pgtrigger_delete_delete_d8dab', table='collections_incomingmail', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='nameditem',
            constraint=models.UniqueConstraint(fields=('mail', 'item'), name='named_item_once'),
        ),
    ])
