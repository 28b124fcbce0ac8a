"""What steps cost, and work that is written down; and the keys that the database keeps right."""

from decimal import Decimal
from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0002_scoring'),
        ('orders', '0014_deliveries_guard'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='CostRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('step', models.CharField(choices=[('entry_by_hand', 'Order entered by hand'), ('entry_electronic', 'Order taken in electronically'), ('line', 'Line of an order'), ('picking', 'Line picked and packed'), ('freight', 'Delivery sent'), ('invoice', 'Invoice or credit note'), ('payment', 'Payment taken in'), ('card_fee', 'Fee of a payment by card'), ('reminder', 'Reminder'), ('call', 'Call'), ('dispute', 'Minute of a dispute'), ('other', 'Other work')], max_length=20)),
                ('from_on', models.DateField()),
                ('amount', o2c.core.money.AmountField(blank=True, help_text='For one, in the base currency; none: it costs nothing.', null=True)),
                ('percent', models.DecimalField(blank=True, decimal_places=3, help_text='Of the money.', max_digits=6, null=True)),
                ('set_by', models.CharField(max_length=150)),
                ('set_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cost_rates', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='CostRateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('step', models.CharField(choices=[('entry_by_hand', 'Order entered by hand'), ('entry_electronic', 'Order taken in electronically'), ('line', 'Line of an order'), ('picking', 'Line picked and packed'), ('freight', 'Delivery sent'), ('invoice', 'Invoice or credit note'), ('payment', 'Payment taken in'), ('card_fee', 'Fee of a payment by card'), ('reminder', 'Reminder'), ('call', 'Call'), ('dispute', 'Minute of a dispute'), ('other', 'Other work')], max_length=20)),
                ('from_on', models.DateField()),
                ('amount', o2c.core.money.AmountField(blank=True, help_text='For one, in the base currency; none: it costs nothing.', null=True)),
                ('percent', models.DecimalField(blank=True, decimal_places=3, help_text='Of the money.', max_digits=6, null=True)),
                ('set_by', models.CharField(max_length=150)),
                ('set_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='analytics.costrate')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WorkRecord',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(choices=[('entry_by_hand', 'Order entered by hand'), ('entry_electronic', 'Order taken in electronically'), ('line', 'Line of an order'), ('picking', 'Line picked and packed'), ('freight', 'Delivery sent'), ('invoice', 'Invoice or credit note'), ('payment', 'Payment taken in'), ('card_fee', 'Fee of a payment by card'), ('reminder', 'Reminder'), ('call', 'Call'), ('dispute', 'Minute of a dispute'), ('other', 'Other work')], max_length=20)),
                ('on', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=2, default=Decimal('1'), max_digits=12)),
                ('amount', o2c.core.money.AmountField(blank=True, help_text='What it really cost, in the base currency.', null=True)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('recorded_by', models.CharField(max_length=150)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('taken_back_by', models.CharField(blank=True, default='', max_length=150)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='work_records', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.legalentity')),
                ('order', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='work_records', to='orders.order')),
            ],
        ),
        migrations.CreateModel(
            name='WorkRecordEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('step', models.CharField(choices=[('entry_by_hand', 'Order entered by hand'), ('entry_electronic', 'Order taken in electronically'), ('line', 'Line of an order'), ('picking', 'Line picked and packed'), ('freight', 'Delivery sent'), ('invoice', 'Invoice or credit note'), ('payment', 'Payment taken in'), ('card_fee', 'Fee of a payment by card'), ('reminder', 'Reminder'), ('call', 'Call'), ('dispute', 'Minute of a dispute'), ('other', 'Other work')], max_length=20)),
                ('on', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=2, default=Decimal('1'), max_digits=12)),
                ('amount', o2c.core.money.AmountField(blank=True, help_text='What it really cost, in the base currency.', null=True)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('recorded_by', models.CharField(max_length=150)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('taken_back_by', models.CharField(blank=True, default='', max_length=150)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('order', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.order')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='analytics.workrecord')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='costrate',
            index=models.Index(fields=['updated_at', 'id'], name='cost_rate_by_change'),
        ),
        migrations.AddConstraint(
            model_name='costrate',
            constraint=models.UniqueConstraint(fields=('entity', 'step', 'from_on'), name='cost_rate_once'),
        ),
        migrations.AddConstraint(
            model_name='costrate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('step', 'card_fee')), models.Q(models.Q(('step', 'card_fee'), _negated=True), ('percent__isnull', True)), _connector='OR'), name='cost_rate_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='costrate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('amount__gte', 0), _connector='OR'), models.Q(('percent__isnull', True), models.Q(('percent__gte', 0), ('percent__lte', 100)), _connector='OR')), name='cost_rate_figures'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='costrate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_costrateevent" ("amount", "entity_id", "from_on", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by", "step") VALUES (NEW."amount", NEW."entity_id", NEW."from_on", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."set_at", NEW."set_by", NEW."step"); RETURN NULL;', hash='802cc1959c085c3f0ca15e3b5a29df8499cf9511', operation='INSERT', pgid='pgtrigger_insert_insert_4d7b1', table='analytics_costrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='costrate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."percent" IS DISTINCT FROM (NEW."percent") OR OLD."set_at" IS DISTINCT FROM (NEW."set_at") OR OLD."set_by" IS DISTINCT FROM (NEW."set_by") OR OLD."step" IS DISTINCT FROM (NEW."step"))', func='INSERT INTO "analytics_costrateevent" ("amount", "entity_id", "from_on", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by", "step") VALUES (NEW."amount", NEW."entity_id", NEW."from_on", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."set_at", NEW."set_by", NEW."step"); RETURN NULL;', hash='3ebb72bec708219dd8cf4837aaf2f0e5c6d74e0f', operation='UPDATE', pgid='pgtrigger_update_update_1c4af', table='analytics_costrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='costrate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_costrateevent" ("amount", "entity_id", "from_on", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by", "step") VALUES (OLD."amount", OLD."entity_id", OLD."from_on", OLD."id", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."set_at", OLD."set_by", OLD."step"); RETURN NULL;', hash='30ac7daf390f77fc554ea0064014a149d498db20', operation='DELETE', pgid='pgtrigger_delete_delete_37051', table='analytics_costrate', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='workrecord',
            index=models.Index(fields=['updated_at', 'id'], name='work_record_by_change'),
        ),
        migrations.AddIndex(
            model_name='workrecord',
            index=models.Index(fields=['customer', '-on', '-id'], name='work_record_by_customer'),
        ),
        migrations.AddIndex(
            model_name='workrecord',
            index=models.Index(fields=['entity', 'on'], name='work_record_by_day'),
        ),
        migrations.AddIndex(
            model_name='workrecord',
            index=models.Index(condition=models.Q(('order__isnull', False)), fields=['order'], name='work_record_by_order'),
        ),
        migrations.AddConstraint(
            model_name='workrecord',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), models.Q(('amount__isnull', True), ('amount__gte', 0), _connector='OR')), name='work_record_figures'),
        ),
        migrations.AddConstraint(
            model_name='workrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_back_at__isnull', True), ('taken_back_by', '')), models.Q(('taken_back_at__gte', models.F('recorded_at')), ('taken_back_at__isnull', False), models.Q(('taken_back_by', ''), _negated=True)), _connector='OR'), name='work_record_taken_back'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workrecord',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_workrecordevent" ("amount", "customer_id", "entity_id", "id", "note", "on", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "recorded_at", "recorded_by", "step", "taken_back_at", "taken_back_by") VALUES (NEW."amount", NEW."customer_id", NEW."entity_id", NEW."id", NEW."note", NEW."on", NEW."order_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."quantity", NEW."recorded_at", NEW."recorded_by", NEW."step", NEW."taken_back_at", NEW."taken_back_by"); RETURN NULL;', hash='059719ade93ae90c172fd921b36c59f4b7d889ca', operation='INSERT', pgid='pgtrigger_insert_insert_d9db0', table='analytics_workrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workrecord',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."on" IS DISTINCT FROM (NEW."on") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."recorded_by" IS DISTINCT FROM (NEW."recorded_by") OR OLD."step" IS DISTINCT FROM (NEW."step") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_by" IS DISTINCT FROM (NEW."taken_back_by"))', func='INSERT INTO "analytics_workrecordevent" ("amount", "customer_id", "entity_id", "id", "note", "on", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "recorded_at", "recorded_by", "step", "taken_back_at", "taken_back_by") VALUES (NEW."amount", NEW."customer_id", NEW."entity_id", NEW."id", NEW."note", NEW."on", NEW."order_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."quantity", NEW."recorded_at", NEW."recorded_by", NEW."step", NEW."taken_back_at", NEW."taken_back_by"); RETURN NULL;', hash='b75a420cec448adb91570398b68f210871694b45', operation='UPDATE', pgid='pgtrigger_update_update_685f1', table='analytics_workrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workrecord',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_workrecordevent" ("amount", "customer_id", "entity_id", "id", "note", "on", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "recorded_at", "recorded_by", "step", "taken_back_at", "taken_back_by") VALUES (OLD."amount", OLD."customer_id", OLD."entity_id", OLD."id", OLD."note", OLD."on", OLD."order_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."quantity", OLD."recorded_at", OLD."recorded_by", OLD."step", OLD."taken_back_at", OLD."taken_back_by"); RETURN NULL;', hash='c78087e9d2ec81d3a2e4cb2085b5c70bbc52f854', operation='DELETE', pgid='pgtrigger_delete_delete_e2aa8', table='analytics_workrecord', when='AFTER')),
        ),
    ]) + [from_file(SQL, "serving")]
