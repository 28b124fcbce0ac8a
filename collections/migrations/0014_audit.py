import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0013_teams'),
        ('invoicing', '0015_audit_indexes'),
        ('orders', '0008_audit_guards'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='DisputeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
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
            name='DunningRunEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
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
            name='HoldEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
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
            name='PromiseToPayEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
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
        migrations.AddField(
            model_name='disputeevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='disputeevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='disputeevent',
            name='item',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem'),
        ),
        migrations.AddField(
            model_name='disputeevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='disputeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.dispute'),
        ),
        migrations.AddField(
            model_name='dunningrunevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='dunningrunevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='dunningrunevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_as_of_replay_state_proposed_by_approved_by_events', to='collections.dunningrun'),
        ),
        migrations.AddField(
            model_name='holdevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='holdevent',
            name='entity',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='holdevent',
            name='item',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem'),
        ),
        migrations.AddField(
            model_name='holdevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='holdevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.hold'),
        ),
        migrations.AddField(
            model_name='promisetopayevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='promisetopayevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='promisetopayevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='promisetopayevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='entity_customer_currency_amount_promised_on_pay_by_state_withdrawn_on_events', to='collections.promisetopay'),
        ),
    ]
