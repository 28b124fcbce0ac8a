"""Carriers and deliveries, and what the database keeps of what was delivered."""

from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.orders.models.prices
from o2c.core.database.together import together
from o2c.core.sql import from_file


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_providers'),
        ('orders', '0012_credit_guard'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='CarrierEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=100)),
                ('own_fleet', models.BooleanField(db_default=False, default=False)),
                ('tracking_url', models.CharField(blank=True, default='', help_text='Where a delivery is followed; {number} stands for its tracking number.', max_length=300)),
                ('in_use', models.BooleanField(db_default=True, default=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.CharField(help_text="Ours, of the legal entity's series (BT-16).", max_length=60)),
                ('state', models.CharField(choices=[('planned', 'To ship'), ('shipped', 'Under way'), ('delivered', 'Delivered'), ('proved', 'Proved'), ('cancelled', 'Cancelled')], default='planned', max_length=10)),
                ('tracking_number', models.CharField(blank=True, default='', max_length=100)),
                ('planned_on', models.DateField(blank=True, help_text='When it is to leave the house.', null=True)),
                ('shipped_on', models.DateField(blank=True, null=True)),
                ('delivered_on', models.DateField(blank=True, help_text='When it arrived (BT-72).', null=True)),
                ('ship_to_name', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_street', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_postal_code', models.CharField(blank=True, default='', max_length=20)),
                ('ship_to_city', models.CharField(blank=True, default='', max_length=100)),
                ('ship_to_country', models.CharField(blank=True, default='', max_length=2)),
                ('gross_weight_kg', o2c.orders.models.prices.FineField(blank=True, null=True)),
                ('proved_on', models.DateField(blank=True, null=True)),
                ('proved_by', models.CharField(blank=True, default='', help_text='Who took it in.', max_length=200)),
                ('note', models.TextField(blank=True, default='')),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was cancelled.', max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(help_text="Ours, of the legal entity's series (BT-16).", max_length=60)),
                ('state', models.CharField(choices=[('planned', 'To ship'), ('shipped', 'Under way'), ('delivered', 'Delivered'), ('proved', 'Proved'), ('cancelled', 'Cancelled')], default='planned', max_length=10)),
                ('tracking_number', models.CharField(blank=True, default='', max_length=100)),
                ('planned_on', models.DateField(blank=True, help_text='When it is to leave the house.', null=True)),
                ('shipped_on', models.DateField(blank=True, null=True)),
                ('delivered_on', models.DateField(blank=True, help_text='When it arrived (BT-72).', null=True)),
                ('ship_to_name', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_street', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_postal_code', models.CharField(blank=True, default='', max_length=20)),
                ('ship_to_city', models.CharField(blank=True, default='', max_length=100)),
                ('ship_to_country', models.CharField(blank=True, default='', max_length=2)),
                ('gross_weight_kg', o2c.orders.models.prices.FineField(blank=True, null=True)),
                ('proved_on', models.DateField(blank=True, null=True)),
                ('proved_by', models.CharField(blank=True, default='', help_text='Who took it in.', max_length=200)),
                ('note', models.TextField(blank=True, default='')),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was cancelled.', max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DeliveryLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('quantity', o2c.orders.models.prices.FineField(help_text="In the unit of the order's line.")),
                ('billed', o2c.orders.models.prices.FineField(db_default=Decimal('0'), default=Decimal('0'), help_text='Kept by the database.')),
            ],
            options={
                'ordering': ['delivery', 'position'],
            },
        ),
        migrations.CreateModel(
            name='DeliveryLineEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveIntegerField()),
                ('quantity', o2c.orders.models.prices.FineField(help_text="In the unit of the order's line.")),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Carrier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('own_fleet', models.BooleanField(db_default=False, default=False)),
                ('tracking_url', models.CharField(blank=True, default='', help_text='Where a delivery is followed; {number} stands for its tracking number.', max_length=300)),
                ('in_use', models.BooleanField(db_default=True, default=True)),
            ],
            options={
                'ordering': ['code'],
                'indexes': [models.Index(fields=['updated_at', 'id'], name='carrier_by_change')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carrier',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_carrierevent" ("code", "id", "in_use", "name", "own_fleet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tracking_url") VALUES (NEW."code", NEW."id", NEW."in_use", NEW."name", NEW."own_fleet", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."tracking_url"); RETURN NULL;', hash='48c84515e6892a59e3e88a12d3f76adbcf2223b5', operation='INSERT', pgid='pgtrigger_insert_insert_c0fa1', table='orders_carrier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carrier',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."own_fleet" IS DISTINCT FROM (NEW."own_fleet") OR OLD."tracking_url" IS DISTINCT FROM (NEW."tracking_url"))', func='INSERT INTO "orders_carrierevent" ("code", "id", "in_use", "name", "own_fleet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tracking_url") VALUES (NEW."code", NEW."id", NEW."in_use", NEW."name", NEW."own_fleet", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."tracking_url"); RETURN NULL;', hash='ba848a443ee1ddf5b9abaef15a47eacee62f3664', operation='UPDATE', pgid='pgtrigger_update_update_134d0', table='orders_carrier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='carrier',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_carrierevent" ("code", "id", "in_use", "name", "own_fleet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tracking_url") VALUES (OLD."code", OLD."id", OLD."in_use", OLD."name", OLD."own_fleet", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."tracking_url"); RETURN NULL;', hash='b606999d96d318d5c5bc30e992e60d3c749c23f7', operation='DELETE', pgid='pgtrigger_delete_delete_be05d', table='orders_carrier', when='AFTER')),
        ),
        migrations.AddField(
            model_name='carrierevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='carrierevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.carrier'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='carrier',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.carrier'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='proof',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='carrier',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.carrier'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.delivery'),
        ),
        migrations.AddField(
            model_name='deliveryevent',
            name='proof',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.document'),
        ),
        migrations.AddField(
            model_name='deliveryline',
            name='delivery',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.delivery'),
        ),
        migrations.AddField(
            model_name='deliveryline',
            name='order_line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='deliverylineevent',
            name='delivery',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.delivery'),
        ),
        migrations.AddField(
            model_name='deliverylineevent',
            name='order_line',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='deliverylineevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='deliverylineevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.deliveryline'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['updated_at', 'id'], name='delivery_by_change'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['entity', 'state', 'id'], name='delivery_by_state'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['customer', '-id'], name='delivery_by_customer'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('tracking_number', ''), _negated=True), fields=['tracking_number'], name='delivery_by_tracking'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('proof__isnull', False)), fields=['proof'], name='delivery_by_proof'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), name='delivery_number_trigram'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='delivery_number_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('entity', 'source', 'external_id'), name='delivery_external_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'cancelled']), ('shipped_on__isnull', False), _connector='OR'), name='delivery_shipped_some_day'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['delivered', 'proved']), _negated=True), ('delivered_on__gte', models.F('shipped_on')), _connector='OR'), name='delivery_arrived_after_it_left'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'proved'), _negated=True), models.Q(('proved_on__isnull', False), models.Q(('proved_by', ''), _negated=True)), _connector='OR'), name='delivery_proved_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='delivery_cancelled_why'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_deliveryevent" ("carrier_id", "created_at", "created_by", "customer_id", "delivered_on", "entity_id", "external_id", "gross_weight_kg", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_on", "proof_id", "proved_by", "proved_on", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "shipped_on", "source", "state", "tracking_number") VALUES (NEW."carrier_id", NEW."created_at", NEW."created_by", NEW."customer_id", NEW."delivered_on", NEW."entity_id", NEW."external_id", NEW."gross_weight_kg", NEW."id", NEW."note", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."planned_on", NEW."proof_id", NEW."proved_by", NEW."proved_on", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."shipped_on", NEW."source", NEW."state", NEW."tracking_number"); RETURN NULL;', hash='9684b3c53d69b9706670a6b9b48a1931f23f7020', operation='INSERT', pgid='pgtrigger_insert_insert_1cc44', table='orders_delivery', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."carrier_id" IS DISTINCT FROM (NEW."carrier_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."delivered_on" IS DISTINCT FROM (NEW."delivered_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."gross_weight_kg" IS DISTINCT FROM (NEW."gross_weight_kg") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."planned_on" IS DISTINCT FROM (NEW."planned_on") OR OLD."proof_id" IS DISTINCT FROM (NEW."proof_id") OR OLD."proved_by" IS DISTINCT FROM (NEW."proved_by") OR OLD."proved_on" IS DISTINCT FROM (NEW."proved_on") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."ship_to_city" IS DISTINCT FROM (NEW."ship_to_city") OR OLD."ship_to_country" IS DISTINCT FROM (NEW."ship_to_country") OR OLD."ship_to_name" IS DISTINCT FROM (NEW."ship_to_name") OR OLD."ship_to_postal_code" IS DISTINCT FROM (NEW."ship_to_postal_code") OR OLD."ship_to_street" IS DISTINCT FROM (NEW."ship_to_street") OR OLD."shipped_on" IS DISTINCT FROM (NEW."shipped_on") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."tracking_number" IS DISTINCT FROM (NEW."tracking_number"))', func='INSERT INTO "orders_deliveryevent" ("carrier_id", "created_at", "created_by", "customer_id", "delivered_on", "entity_id", "external_id", "gross_weight_kg", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_on", "proof_id", "proved_by", "proved_on", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "shipped_on", "source", "state", "tracking_number") VALUES (NEW."carrier_id", NEW."created_at", NEW."created_by", NEW."customer_id", NEW."delivered_on", NEW."entity_id", NEW."external_id", NEW."gross_weight_kg", NEW."id", NEW."note", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."planned_on", NEW."proof_id", NEW."proved_by", NEW."proved_on", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."shipped_on", NEW."source", NEW."state", NEW."tracking_number"); RETURN NULL;', hash='1b53365dafed28b2340521d921f04c675b6b4c32', operation='UPDATE', pgid='pgtrigger_update_update_fcf83', table='orders_delivery', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_deliveryevent" ("carrier_id", "created_at", "created_by", "customer_id", "delivered_on", "entity_id", "external_id", "gross_weight_kg", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_on", "proof_id", "proved_by", "proved_on", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "shipped_on", "source", "state", "tracking_number") VALUES (OLD."carrier_id", OLD."created_at", OLD."created_by", OLD."customer_id", OLD."delivered_on", OLD."entity_id", OLD."external_id", OLD."gross_weight_kg", OLD."id", OLD."note", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."planned_on", OLD."proof_id", OLD."proved_by", OLD."proved_on", OLD."reason", OLD."ship_to_city", OLD."ship_to_country", OLD."ship_to_name", OLD."ship_to_postal_code", OLD."ship_to_street", OLD."shipped_on", OLD."source", OLD."state", OLD."tracking_number"); RETURN NULL;', hash='398c9d7205ae41bd52abec02976b96c339239586', operation='DELETE', pgid='pgtrigger_delete_delete_2d2df', table='orders_delivery', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='deliveryline',
            constraint=models.UniqueConstraint(fields=('delivery', 'position'), name='delivery_line_once'),
        ),
        migrations.AddConstraint(
            model_name='deliveryline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='delivery_line_of_something'),
        ),
        migrations.AddConstraint(
            model_name='deliveryline',
            constraint=models.CheckConstraint(condition=models.Q(('billed__gte', 0), ('billed__lte', models.F('quantity'))), name='delivery_line_billed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliveryline',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_deliverylineevent" ("delivery_id", "id", "order_line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity") VALUES (NEW."delivery_id", NEW."id", NEW."order_line_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."quantity"); RETURN NULL;', hash='27eb6d4cc71fc532af52bdbd0f9fdd623171c727', operation='INSERT', pgid='pgtrigger_insert_insert_79f96', table='orders_deliveryline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliveryline',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."delivery_id" IS DISTINCT FROM (NEW."delivery_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_line_id" IS DISTINCT FROM (NEW."order_line_id") OR OLD."position" IS DISTINCT FROM (NEW."position") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity"))', func='INSERT INTO "orders_deliverylineevent" ("delivery_id", "id", "order_line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity") VALUES (NEW."delivery_id", NEW."id", NEW."order_line_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."quantity"); RETURN NULL;', hash='69bd5b74d0a28231d23c296b01f9db7b7348c396', operation='UPDATE', pgid='pgtrigger_update_update_4ff7a', table='orders_deliveryline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deliveryline',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_deliverylineevent" ("delivery_id", "id", "order_line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity") VALUES (OLD."delivery_id", OLD."id", OLD."order_line_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."quantity"); RETURN NULL;', hash='7e4f72bec452dfd5fc214d3b1055c9b188472435', operation='DELETE', pgid='pgtrigger_delete_delete_3c6af', table='orders_deliveryline', when='AFTER')),
        ),
        from_file(Path(__file__).parents[1] / "sql", "deliveries"),
    ])
