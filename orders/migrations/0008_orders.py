"""Orders and what is wrong with them; what products and accounts say about them."""

from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
import o2c.orders.models.prices
from o2c.core.database.together import together
from o2c.core.sql import from_file


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0007_prices_guard'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='Order',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.CharField(help_text="Ours, of the legal entity's series.", max_length=60)),
                ('customer_reference', models.CharField(blank=True, default='', help_text="The customer's own order number (BT-13).", max_length=100)),
                ('buyer_reference', models.CharField(blank=True, default='', help_text="By which the customer's invoices find their way (BT-10).", max_length=100)),
                ('channel', models.CharField(choices=[('browser', 'In the browser'), ('api', 'Over the API'), ('file', 'From a file'), ('ubl', 'UBL Order'), ('x12', 'X12 850')], max_length=10)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('validated', 'Validated'), ('on_hold', 'On credit hold'), ('confirmed', 'Confirmed'), ('partly_delivered', 'Partly delivered'), ('delivered', 'Delivered'), ('invoiced', 'Invoiced'), ('closed', 'Closed'), ('cancelled', 'Cancelled')], default='draft', max_length=20)),
                ('ordered_on', models.DateField(help_text='Prices are those of this day.')),
                ('wanted_on', models.DateField(blank=True, help_text='When the customer wants it.', null=True)),
                ('currency', o2c.core.money.CurrencyField()),
                ('ship_to_name', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_street', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_postal_code', models.CharField(blank=True, default='', max_length=20)),
                ('ship_to_city', models.CharField(blank=True, default='', max_length=100)),
                ('ship_to_country', models.CharField(blank=True, default='', max_length=2)),
                ('incoterm', models.CharField(blank=True, choices=[('EXW', 'EXW, ex works'), ('FCA', 'FCA, free carrier'), ('CPT', 'CPT, carriage paid to'), ('CIP', 'CIP, carriage and insurance paid to'), ('DAP', 'DAP, delivered at place'), ('DPU', 'DPU, delivered at place unloaded'), ('DDP', 'DDP, delivered duty paid'), ('FAS', 'FAS, free alongside ship'), ('FOB', 'FOB, free on board'), ('CFR', 'CFR, cost and freight'), ('CIF', 'CIF, cost, insurance and freight')], default='', max_length=3)),
                ('incoterm_place', models.CharField(blank=True, default='', max_length=100)),
                ('note', models.TextField(blank=True, default='')),
                ('net_total', o2c.core.money.AmountField(default=0, help_text='BT-109')),
                ('tax_total', o2c.core.money.AmountField(default=0, help_text='BT-110')),
                ('gross_total', o2c.core.money.AmountField(default=0, help_text='BT-112')),
                ('base_total', o2c.core.money.AmountField(blank=True, help_text="The gross in the legal entity's currency; none where there was no rate.", null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was cancelled.', max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(help_text="Ours, of the legal entity's series.", max_length=60)),
                ('customer_reference', models.CharField(blank=True, default='', help_text="The customer's own order number (BT-13).", max_length=100)),
                ('buyer_reference', models.CharField(blank=True, default='', help_text="By which the customer's invoices find their way (BT-10).", max_length=100)),
                ('channel', models.CharField(choices=[('browser', 'In the browser'), ('api', 'Over the API'), ('file', 'From a file'), ('ubl', 'UBL Order'), ('x12', 'X12 850')], max_length=10)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('validated', 'Validated'), ('on_hold', 'On credit hold'), ('confirmed', 'Confirmed'), ('partly_delivered', 'Partly delivered'), ('delivered', 'Delivered'), ('invoiced', 'Invoiced'), ('closed', 'Closed'), ('cancelled', 'Cancelled')], default='draft', max_length=20)),
                ('ordered_on', models.DateField(help_text='Prices are those of this day.')),
                ('wanted_on', models.DateField(blank=True, help_text='When the customer wants it.', null=True)),
                ('currency', o2c.core.money.CurrencyField()),
                ('ship_to_name', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_street', models.CharField(blank=True, default='', max_length=200)),
                ('ship_to_postal_code', models.CharField(blank=True, default='', max_length=20)),
                ('ship_to_city', models.CharField(blank=True, default='', max_length=100)),
                ('ship_to_country', models.CharField(blank=True, default='', max_length=2)),
                ('incoterm', models.CharField(blank=True, choices=[('EXW', 'EXW, ex works'), ('FCA', 'FCA, free carrier'), ('CPT', 'CPT, carriage paid to'), ('CIP', 'CIP, carriage and insurance paid to'), ('DAP', 'DAP, delivered at place'), ('DPU', 'DPU, delivered at place unloaded'), ('DDP', 'DDP, delivered duty paid'), ('FAS', 'FAS, free alongside ship'), ('FOB', 'FOB, free on board'), ('CFR', 'CFR, cost and freight'), ('CIF', 'CIF, cost, insurance and freight')], default='', max_length=3)),
                ('incoterm_place', models.CharField(blank=True, default='', max_length=100)),
                ('note', models.TextField(blank=True, default='')),
                ('net_total', o2c.core.money.AmountField(default=0, help_text='BT-109')),
                ('tax_total', o2c.core.money.AmountField(default=0, help_text='BT-110')),
                ('gross_total', o2c.core.money.AmountField(default=0, help_text='BT-112')),
                ('base_total', o2c.core.money.AmountField(blank=True, help_text="The gross in the legal entity's currency; none where there was no rate.", null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was cancelled.', max_length=300)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('given', models.CharField(blank=True, default='', help_text='By what it was called in the order.', max_length=200)),
                ('description', models.CharField(blank=True, default='', help_text='BT-153', max_length=1000)),
                ('quantity', o2c.orders.models.prices.FineField()),
                ('unit', models.CharField(default='C62', help_text='UN/ECE recommendation 20.', max_length=3)),
                ('price', o2c.orders.models.prices.FineField(help_text="In the order's currency.")),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('origin', models.CharField(choices=[('contract', 'Contract'), ('account_list', 'The list it buys by'), ('default_list', 'Default list'), ('by_hand', 'By hand')], default='by_hand', max_length=20)),
                ('agreed', o2c.orders.models.prices.FineField(blank=True, help_text='What was agreed when it was last checked.', null=True)),
                ('agreed_per', o2c.orders.models.prices.FineField(blank=True, help_text='For how many units that is.', null=True)),
                ('tax_category', models.CharField(choices=[('S', 'Standard rate'), ('Z', 'Zero rated'), ('E', 'Exempt'), ('AE', 'Reverse charge'), ('K', 'Intra-community supply'), ('G', 'Export'), ('O', 'Outside the scope of tax')], help_text='BT-151', max_length=2)),
                ('tax_rate', models.DecimalField(decimal_places=3, default=0, help_text='BT-152, percent', max_digits=6)),
                ('net', o2c.core.money.AmountField(default=0, help_text='BT-131')),
                ('hs_code', models.CharField(blank=True, default='', help_text='Harmonized System.', max_length=12)),
                ('origin_country', models.CharField(blank=True, default='', help_text='Where it was made.', max_length=2)),
                ('net_weight_kg', o2c.orders.models.prices.FineField(blank=True, help_text='Of the whole quantity.', null=True)),
                ('gross_weight_kg', o2c.orders.models.prices.FineField(blank=True, help_text='Of the whole quantity, as it is packed.', null=True)),
                ('delivered', o2c.orders.models.prices.FineField(db_default=Decimal('0'), default=Decimal('0'), help_text='Kept by the database.')),
                ('invoiced', o2c.orders.models.prices.FineField(db_default=Decimal('0'), default=Decimal('0'), help_text='Kept by the database.')),
                ('closed', o2c.orders.models.prices.FineField(db_default=Decimal('0'), default=Decimal('0'), help_text='Not delivered any more: given up.')),
            ],
            options={
                'ordering': ['order', 'position'],
            },
        ),
        migrations.CreateModel(
            name='OrderLineEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveIntegerField()),
                ('given', models.CharField(blank=True, default='', help_text='By what it was called in the order.', max_length=200)),
                ('description', models.CharField(blank=True, default='', help_text='BT-153', max_length=1000)),
                ('quantity', o2c.orders.models.prices.FineField()),
                ('unit', models.CharField(default='C62', help_text='UN/ECE recommendation 20.', max_length=3)),
                ('price', o2c.orders.models.prices.FineField(help_text="In the order's currency.")),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('origin', models.CharField(choices=[('contract', 'Contract'), ('account_list', 'The list it buys by'), ('default_list', 'Default list'), ('by_hand', 'By hand')], default='by_hand', max_length=20)),
                ('agreed', o2c.orders.models.prices.FineField(blank=True, help_text='What was agreed when it was last checked.', null=True)),
                ('agreed_per', o2c.orders.models.prices.FineField(blank=True, help_text='For how many units that is.', null=True)),
                ('tax_category', models.CharField(choices=[('S', 'Standard rate'), ('Z', 'Zero rated'), ('E', 'Exempt'), ('AE', 'Reverse charge'), ('K', 'Intra-community supply'), ('G', 'Export'), ('O', 'Outside the scope of tax')], help_text='BT-151', max_length=2)),
                ('tax_rate', models.DecimalField(decimal_places=3, default=0, help_text='BT-152, percent', max_digits=6)),
                ('net', o2c.core.money.AmountField(default=0, help_text='BT-131')),
                ('hs_code', models.CharField(blank=True, default='', help_text='Harmonized System.', max_length=12)),
                ('origin_country', models.CharField(blank=True, default='', help_text='Where it was made.', max_length=2)),
                ('net_weight_kg', o2c.orders.models.prices.FineField(blank=True, help_text='Of the whole quantity.', null=True)),
                ('gross_weight_kg', o2c.orders.models.prices.FineField(blank=True, help_text='Of the whole quantity, as it is packed.', null=True)),
                ('closed', o2c.orders.models.prices.FineField(db_default=Decimal('0'), default=Decimal('0'), help_text='Not delivered any more: given up.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrderProblem',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40)),
                ('text', models.CharField(max_length=300)),
                ('facts', models.JSONField(default=dict)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('waived_at', models.DateTimeField(blank=True, null=True)),
                ('waived_by', models.CharField(blank=True, default='', max_length=150)),
                ('waived_reason', models.CharField(blank=True, default='', max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='OrderProblemEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('text', models.CharField(max_length=300)),
                ('facts', models.JSONField(default=dict)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('waived_at', models.DateTimeField(blank=True, null=True)),
                ('waived_by', models.CharField(blank=True, default='', max_length=150)),
                ('waived_reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='account',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='account',
            name='collective',
            field=models.CharField(choices=[('each', 'One for each'), ('daily', 'One a day'), ('weekly', 'One a week'), ('monthly', 'One a month')], db_default='each', default='each', help_text='Over how much one invoice goes.', max_length=10),
        ),
        migrations.AddField(
            model_name='account',
            name='demands_order_number',
            field=models.BooleanField(db_default=False, default=False, help_text="Invoices without the customer's own order number are not paid."),
        ),
        migrations.AddField(
            model_name='account',
            name='invoice_on',
            field=models.CharField(choices=[('order', 'The order, once it is confirmed'), ('delivery', 'What was delivered'), ('proof', 'What is proved to have arrived')], db_default='delivery', default='delivery', help_text='What is invoiced.', max_length=10),
        ),
        migrations.AddField(
            model_name='accountevent',
            name='collective',
            field=models.CharField(choices=[('each', 'One for each'), ('daily', 'One a day'), ('weekly', 'One a week'), ('monthly', 'One a month')], db_default='each', default='each', help_text='Over how much one invoice goes.', max_length=10),
        ),
        migrations.AddField(
            model_name='accountevent',
            name='demands_order_number',
            field=models.BooleanField(db_default=False, default=False, help_text="Invoices without the customer's own order number are not paid."),
        ),
        migrations.AddField(
            model_name='accountevent',
            name='invoice_on',
            field=models.CharField(choices=[('order', 'The order, once it is confirmed'), ('delivery', 'What was delivered'), ('proof', 'What is proved to have arrived')], db_default='delivery', default='delivery', help_text='What is invoiced.', max_length=10),
        ),
        migrations.AddField(
            model_name='product',
            name='cost',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='What one unit costs us, in `cost_currency`.', null=True),
        ),
        migrations.AddField(
            model_name='product',
            name='cost_currency',
            field=o2c.core.money.CurrencyField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='product',
            name='gross_weight_kg',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='Of one unit, as it is packed.', null=True),
        ),
        migrations.AddField(
            model_name='product',
            name='hs_code',
            field=models.CharField(blank=True, db_default='', default='', help_text='Harmonized System, of 6 to 12 digits.', max_length=12),
        ),
        migrations.AddField(
            model_name='product',
            name='net_weight_kg',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='Of one unit.', null=True),
        ),
        migrations.AddField(
            model_name='product',
            name='origin_country',
            field=models.CharField(blank=True, db_default='', default='', help_text='Where it was made (ISO 3166).', max_length=2),
        ),
        migrations.AddField(
            model_name='product',
            name='tax_rate',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Percent, where it is sold at home.', max_digits=6, null=True),
        ),
        migrations.AddField(
            model_name='productevent',
            name='cost',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='What one unit costs us, in `cost_currency`.', null=True),
        ),
        migrations.AddField(
            model_name='productevent',
            name='cost_currency',
            field=o2c.core.money.CurrencyField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='productevent',
            name='gross_weight_kg',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='Of one unit, as it is packed.', null=True),
        ),
        migrations.AddField(
            model_name='productevent',
            name='hs_code',
            field=models.CharField(blank=True, db_default='', default='', help_text='Harmonized System, of 6 to 12 digits.', max_length=12),
        ),
        migrations.AddField(
            model_name='productevent',
            name='net_weight_kg',
            field=o2c.orders.models.prices.FineField(blank=True, help_text='Of one unit.', null=True),
        ),
        migrations.AddField(
            model_name='productevent',
            name='origin_country',
            field=models.CharField(blank=True, db_default='', default='', help_text='Where it was made (ISO 3166).', max_length=2),
        ),
        migrations.AddField(
            model_name='productevent',
            name='tax_rate',
            field=models.DecimalField(blank=True, decimal_places=3, help_text='Percent, where it is sold at home.', max_digits=6, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collective", "collector_id", "credit_limit", "currency", "customer_id", "demands_order_number", "entity_id", "external_id", "id", "invoice_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (NEW."channel", NEW."collective", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."demands_order_number", NEW."entity_id", NEW."external_id", NEW."id", NEW."invoice_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."standing", NEW."standing_reason", NEW."terms_id"); RETURN NULL;', hash='bd9e73699566a0a5073bc87ad773278eccdfb9a3', operation='INSERT', pgid='pgtrigger_insert_insert_b855c', table='orders_account', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."collective" IS DISTINCT FROM (NEW."collective") OR OLD."collector_id" IS DISTINCT FROM (NEW."collector_id") OR OLD."credit_limit" IS DISTINCT FROM (NEW."credit_limit") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."demands_order_number" IS DISTINCT FROM (NEW."demands_order_number") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."invoice_on" IS DISTINCT FROM (NEW."invoice_on") OR OLD."policy" IS DISTINCT FROM (NEW."policy") OR OLD."segment" IS DISTINCT FROM (NEW."segment") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."standing" IS DISTINCT FROM (NEW."standing") OR OLD."standing_reason" IS DISTINCT FROM (NEW."standing_reason") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))', func='INSERT INTO "orders_accountevent" ("channel", "collective", "collector_id", "credit_limit", "currency", "customer_id", "demands_order_number", "entity_id", "external_id", "id", "invoice_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (NEW."channel", NEW."collective", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."demands_order_number", NEW."entity_id", NEW."external_id", NEW."id", NEW."invoice_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."standing", NEW."standing_reason", NEW."terms_id"); RETURN NULL;', hash='b5c6abeb9516af2da6b1315f3405ba3b62cb5f6b', operation='UPDATE', pgid='pgtrigger_update_update_ff80b', table='orders_account', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='account',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collective", "collector_id", "credit_limit", "currency", "customer_id", "demands_order_number", "entity_id", "external_id", "id", "invoice_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "standing", "standing_reason", "terms_id") VALUES (OLD."channel", OLD."collective", OLD."collector_id", OLD."credit_limit", OLD."currency", OLD."customer_id", OLD."demands_order_number", OLD."entity_id", OLD."external_id", OLD."id", OLD."invoice_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."segment", OLD."source", OLD."standing", OLD."standing_reason", OLD."terms_id"); RETURN NULL;', hash='80d42676bc4e34e56b98f3630da90023459cda84', operation='DELETE', pgid='pgtrigger_delete_delete_212d9', table='orders_account', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_productevent" ("cost", "cost_currency", "created_at", "external_id", "gross_weight_kg", "hs_code", "id", "in_use", "name", "net_weight_kg", "number", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tax_rate", "unit") VALUES (NEW."cost", NEW."cost_currency", NEW."created_at", NEW."external_id", NEW."gross_weight_kg", NEW."hs_code", NEW."id", NEW."in_use", NEW."name", NEW."net_weight_kg", NEW."number", NEW."origin_country", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source", NEW."tax_rate", NEW."unit"); RETURN NULL;', hash='5dbaa78eb86db7be6949e9a5f4e70395955c49fc', operation='INSERT', pgid='pgtrigger_insert_insert_18927', table='orders_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."cost" IS DISTINCT FROM (NEW."cost") OR OLD."cost_currency" IS DISTINCT FROM (NEW."cost_currency") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."gross_weight_kg" IS DISTINCT FROM (NEW."gross_weight_kg") OR OLD."hs_code" IS DISTINCT FROM (NEW."hs_code") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."net_weight_kg" IS DISTINCT FROM (NEW."net_weight_kg") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."origin_country" IS DISTINCT FROM (NEW."origin_country") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."tax_rate" IS DISTINCT FROM (NEW."tax_rate") OR OLD."unit" IS DISTINCT FROM (NEW."unit"))', func='INSERT INTO "orders_productevent" ("cost", "cost_currency", "created_at", "external_id", "gross_weight_kg", "hs_code", "id", "in_use", "name", "net_weight_kg", "number", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tax_rate", "unit") VALUES (NEW."cost", NEW."cost_currency", NEW."created_at", NEW."external_id", NEW."gross_weight_kg", NEW."hs_code", NEW."id", NEW."in_use", NEW."name", NEW."net_weight_kg", NEW."number", NEW."origin_country", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source", NEW."tax_rate", NEW."unit"); RETURN NULL;', hash='1c2e97780eaed61f22f2ba8c1ca1ec8e8fad5b6a', operation='UPDATE', pgid='pgtrigger_update_update_9c46d', table='orders_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_productevent" ("cost", "cost_currency", "created_at", "external_id", "gross_weight_kg", "hs_code", "id", "in_use", "name", "net_weight_kg", "number", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tax_rate", "unit") VALUES (OLD."cost", OLD."cost_currency", OLD."created_at", OLD."external_id", OLD."gross_weight_kg", OLD."hs_code", OLD."id", OLD."in_use", OLD."name", OLD."net_weight_kg", OLD."number", OLD."origin_country", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source", OLD."tax_rate", OLD."unit"); RETURN NULL;', hash='21b1794cd067ce756698b0df21ffe585f4301304', operation='DELETE', pgid='pgtrigger_delete_delete_e7ea3', table='orders_product', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('tax_rate__isnull', True), models.Q(('tax_rate__gte', 0), ('tax_rate__lt', 100)), _connector='OR'), name='product_tax_rate'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('net_weight_kg__isnull', True), ('net_weight_kg__gte', 0), _connector='OR'), models.Q(('gross_weight_kg__isnull', True), ('gross_weight_kg__gte', 0), _connector='OR'), models.Q(('gross_weight_kg__isnull', True), ('net_weight_kg__isnull', True), ('gross_weight_kg__gte', models.F('net_weight_kg')), _connector='OR')), name='product_weights'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cost__isnull', True), ('cost_currency', '')), models.Q(('cost__gte', 0), models.Q(('cost_currency', ''), _negated=True)), _connector='OR'), name='product_cost'),
        ),
        migrations.AddField(
            model_name='order',
            name='contract',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.contract'),
        ),
        migrations.AddField(
            model_name='order',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='order',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='order',
            name='terms',
            field=models.ForeignKey(blank=True, help_text="The contract's, else the account's, when it was written.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='contract',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.contract'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.order'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='terms',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text="The contract's, else the account's, when it was written.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='contract_price',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.contractprice'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='list_price',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.listprice'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.order'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='product',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to='orders.product'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='contract_price',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.contractprice'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='list_price',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.listprice'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='order',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.order'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='orderlineevent',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.product'),
        ),
        migrations.AddField(
            model_name='orderproblem',
            name='line',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='orderproblem',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='orders.order'),
        ),
        migrations.AddField(
            model_name='orderproblemevent',
            name='line',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='orderproblemevent',
            name='order',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.order'),
        ),
        migrations.AddField(
            model_name='orderproblemevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='orderproblemevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.orderproblem'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['updated_at', 'id'], name='order_by_change'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['entity', '-ordered_on', '-id'], name='order_by_day'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['entity', 'state', '-ordered_on', '-id'], name='order_by_state'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['customer', '-ordered_on', '-id'], name='order_by_customer'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('customer_reference', ''), _negated=True), fields=['customer', 'customer_reference'], name='order_by_theirs'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), name='order_number_trigram'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('customer_reference'), name='gin_trgm_ops'), name='order_theirs_trigram'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='order_number_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('entity', 'source', 'external_id'), name='order_external_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('gross_total', django.db.models.expressions.CombinedExpression(models.F('net_total'), '+', models.F('tax_total')))), name='order_br_co_15'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('net_total__gte', 0), ('tax_total__gte', 0)), name='order_totals'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='order_cancelled_for_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "tax_total", "terms_id", "wanted_on") VALUES (NEW."base_total", NEW."buyer_reference", NEW."channel", NEW."contract_id", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."customer_reference", NEW."entity_id", NEW."external_id", NEW."gross_total", NEW."id", NEW."incoterm", NEW."incoterm_place", NEW."net_total", NEW."note", NEW."number", NEW."ordered_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."source", NEW."state", NEW."tax_total", NEW."terms_id", NEW."wanted_on"); RETURN NULL;', hash='0d65e55a1600e79239c1decac79a4617cc2862b2', operation='INSERT', pgid='pgtrigger_insert_insert_eb763', table='orders_order', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."base_total" IS DISTINCT FROM (NEW."base_total") OR OLD."buyer_reference" IS DISTINCT FROM (NEW."buyer_reference") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."contract_id" IS DISTINCT FROM (NEW."contract_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."customer_reference" IS DISTINCT FROM (NEW."customer_reference") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."gross_total" IS DISTINCT FROM (NEW."gross_total") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."incoterm" IS DISTINCT FROM (NEW."incoterm") OR OLD."incoterm_place" IS DISTINCT FROM (NEW."incoterm_place") OR OLD."net_total" IS DISTINCT FROM (NEW."net_total") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."ordered_on" IS DISTINCT FROM (NEW."ordered_on") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."ship_to_city" IS DISTINCT FROM (NEW."ship_to_city") OR OLD."ship_to_country" IS DISTINCT FROM (NEW."ship_to_country") OR OLD."ship_to_name" IS DISTINCT FROM (NEW."ship_to_name") OR OLD."ship_to_postal_code" IS DISTINCT FROM (NEW."ship_to_postal_code") OR OLD."ship_to_street" IS DISTINCT FROM (NEW."ship_to_street") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."tax_total" IS DISTINCT FROM (NEW."tax_total") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id") OR OLD."wanted_on" IS DISTINCT FROM (NEW."wanted_on"))', func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "tax_total", "terms_id", "wanted_on") VALUES (NEW."base_total", NEW."buyer_reference", NEW."channel", NEW."contract_id", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."customer_reference", NEW."entity_id", NEW."external_id", NEW."gross_total", NEW."id", NEW."incoterm", NEW."incoterm_place", NEW."net_total", NEW."note", NEW."number", NEW."ordered_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."source", NEW."state", NEW."tax_total", NEW."terms_id", NEW."wanted_on"); RETURN NULL;', hash='fc8d82bc05de71eacc65b6afb2ca9c6d905e551f', operation='UPDATE', pgid='pgtrigger_update_update_d4b84', table='orders_order', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "tax_total", "terms_id", "wanted_on") VALUES (OLD."base_total", OLD."buyer_reference", OLD."channel", OLD."contract_id", OLD."created_at", OLD."created_by", OLD."currency", OLD."customer_id", OLD."customer_reference", OLD."entity_id", OLD."external_id", OLD."gross_total", OLD."id", OLD."incoterm", OLD."incoterm_place", OLD."net_total", OLD."note", OLD."number", OLD."ordered_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."ship_to_city", OLD."ship_to_country", OLD."ship_to_name", OLD."ship_to_postal_code", OLD."ship_to_street", OLD."source", OLD."state", OLD."tax_total", OLD."terms_id", OLD."wanted_on"); RETURN NULL;', hash='63e619bfacfff05fc42192c3db4d28a92b3f79e9', operation='DELETE', pgid='pgtrigger_delete_delete_709b4', table='orders_order', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(fields=['updated_at', 'id'], name='order_line_by_change'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(condition=models.Q(('contract_price__isnull', False)), fields=['contract_price'], name='order_line_by_agreed'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(condition=models.Q(('list_price__isnull', False)), fields=['list_price'], name='order_line_by_listed'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('order', 'position'), name='order_line_once'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0), ('price_per__gt', 0), ('quantity__gte', 0)), name='order_line_figures'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('tax_rate__gte', 0), ('tax_rate__lt', 100)), name='order_line_rate'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed__isnull', True), ('agreed_per__isnull', True)), models.Q(('agreed__gte', 0), ('agreed_per__gt', 0)), _connector='OR'), name='order_line_agreed'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('closed__gte', 0), ('closed__lte', models.F('quantity')), ('delivered__gte', 0), ('invoiced__gte', 0)), name='order_line_progress'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('net_weight_kg__isnull', True), ('net_weight_kg__gte', 0), _connector='OR'), models.Q(('gross_weight_kg__isnull', True), ('gross_weight_kg__gte', 0), _connector='OR')), name='order_line_weights'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderlineevent" ("agreed", "agreed_per", "closed", "contract_price_id", "description", "given", "gross_weight_kg", "hs_code", "id", "list_price_id", "net", "net_weight_kg", "order_id", "origin", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "price", "price_per", "product_id", "quantity", "tax_category", "tax_rate", "unit") VALUES (NEW."agreed", NEW."agreed_per", NEW."closed", NEW."contract_price_id", NEW."description", NEW."given", NEW."gross_weight_kg", NEW."hs_code", NEW."id", NEW."list_price_id", NEW."net", NEW."net_weight_kg", NEW."order_id", NEW."origin", NEW."origin_country", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."price", NEW."price_per", NEW."product_id", NEW."quantity", NEW."tax_category", NEW."tax_rate", NEW."unit"); RETURN NULL;', hash='0fe69f35bd035166ba41080cc93b17427d0e1b04', operation='INSERT', pgid='pgtrigger_insert_insert_353b8', table='orders_orderline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."agreed" IS DISTINCT FROM (NEW."agreed") OR OLD."agreed_per" IS DISTINCT FROM (NEW."agreed_per") OR OLD."closed" IS DISTINCT FROM (NEW."closed") OR OLD."contract_price_id" IS DISTINCT FROM (NEW."contract_price_id") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."given" IS DISTINCT FROM (NEW."given") OR OLD."gross_weight_kg" IS DISTINCT FROM (NEW."gross_weight_kg") OR OLD."hs_code" IS DISTINCT FROM (NEW."hs_code") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."list_price_id" IS DISTINCT FROM (NEW."list_price_id") OR OLD."net" IS DISTINCT FROM (NEW."net") OR OLD."net_weight_kg" IS DISTINCT FROM (NEW."net_weight_kg") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."origin_country" IS DISTINCT FROM (NEW."origin_country") OR OLD."position" IS DISTINCT FROM (NEW."position") OR OLD."price" IS DISTINCT FROM (NEW."price") OR OLD."price_per" IS DISTINCT FROM (NEW."price_per") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."tax_category" IS DISTINCT FROM (NEW."tax_category") OR OLD."tax_rate" IS DISTINCT FROM (NEW."tax_rate") OR OLD."unit" IS DISTINCT FROM (NEW."unit"))', func='INSERT INTO "orders_orderlineevent" ("agreed", "agreed_per", "closed", "contract_price_id", "description", "given", "gross_weight_kg", "hs_code", "id", "list_price_id", "net", "net_weight_kg", "order_id", "origin", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "price", "price_per", "product_id", "quantity", "tax_category", "tax_rate", "unit") VALUES (NEW."agreed", NEW."agreed_per", NEW."closed", NEW."contract_price_id", NEW."description", NEW."given", NEW."gross_weight_kg", NEW."hs_code", NEW."id", NEW."list_price_id", NEW."net", NEW."net_weight_kg", NEW."order_id", NEW."origin", NEW."origin_country", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."price", NEW."price_per", NEW."product_id", NEW."quantity", NEW."tax_category", NEW."tax_rate", NEW."unit"); RETURN NULL;', hash='04c0480b32cf9c3a914d5cc60c0ca6ffe50092cf', operation='UPDATE', pgid='pgtrigger_update_update_e67df', table='orders_orderline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderlineevent" ("agreed", "agreed_per", "closed", "contract_price_id", "description", "given", "gross_weight_kg", "hs_code", "id", "list_price_id", "net", "net_weight_kg", "order_id", "origin", "origin_country", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "price", "price_per", "product_id", "quantity", "tax_category", "tax_rate", "unit") VALUES (OLD."agreed", OLD."agreed_per", OLD."closed", OLD."contract_price_id", OLD."description", OLD."given", OLD."gross_weight_kg", OLD."hs_code", OLD."id", OLD."list_price_id", OLD."net", OLD."net_weight_kg", OLD."order_id", OLD."origin", OLD."origin_country", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."price", OLD."price_per", OLD."product_id", OLD."quantity", OLD."tax_category", OLD."tax_rate", OLD."unit"); RETURN NULL;', hash='4e9456dc99329160c5e7ab49bf83c5ae4d45ce7c', operation='DELETE', pgid='pgtrigger_delete_delete_dfb51', table='orders_orderline', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='orderproblem',
            index=models.Index(fields=['updated_at', 'id'], name='order_problem_by_change'),
        ),
        migrations.AddIndex(
            model_name='orderproblem',
            index=models.Index(fields=['order', 'found_at'], name='order_problem_by_order'),
        ),
        migrations.AddIndex(
            model_name='orderproblem',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['code', 'order'], name='order_problem_standing'),
        ),
        migrations.AddConstraint(
            model_name='orderproblem',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('order', 'line', 'code'), name='order_problem_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='orderproblem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('waived_at__isnull', True), ('waived_by', '')), models.Q(('waived_at__isnull', False), models.Q(('waived_by', ''), _negated=True)), _connector='OR'), name='order_problem_waived_by_whom'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderproblem',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderproblemevent" ("code", "ended_at", "facts", "found_at", "id", "line_id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "waived_at", "waived_by", "waived_reason") VALUES (NEW."code", NEW."ended_at", NEW."facts", NEW."found_at", NEW."id", NEW."line_id", NEW."order_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."text", NEW."waived_at", NEW."waived_by", NEW."waived_reason"); RETURN NULL;', hash='d3d8e84b2e73bb12db690bca7c05fbb4d3b4d34c', operation='INSERT', pgid='pgtrigger_insert_insert_edb62', table='orders_orderproblem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderproblem',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."facts" IS DISTINCT FROM (NEW."facts") OR OLD."found_at" IS DISTINCT FROM (NEW."found_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."waived_at" IS DISTINCT FROM (NEW."waived_at") OR OLD."waived_by" IS DISTINCT FROM (NEW."waived_by") OR OLD."waived_reason" IS DISTINCT FROM (NEW."waived_reason"))', func='INSERT INTO "orders_orderproblemevent" ("code", "ended_at", "facts", "found_at", "id", "line_id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "waived_at", "waived_by", "waived_reason") VALUES (NEW."code", NEW."ended_at", NEW."facts", NEW."found_at", NEW."id", NEW."line_id", NEW."order_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."text", NEW."waived_at", NEW."waived_by", NEW."waived_reason"); RETURN NULL;', hash='914717ba11b2e92bd88a0ee97c87a98ed35b3f59', operation='UPDATE', pgid='pgtrigger_update_update_eb5ae', table='orders_orderproblem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderproblem',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderproblemevent" ("code", "ended_at", "facts", "found_at", "id", "line_id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "waived_at", "waived_by", "waived_reason") VALUES (OLD."code", OLD."ended_at", OLD."facts", OLD."found_at", OLD."id", OLD."line_id", OLD."order_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."text", OLD."waived_at", OLD."waived_by", OLD."waived_reason"); RETURN NULL;', hash='d71c6b51fb622f8d8458fd1af46735b82f76e442', operation='DELETE', pgid='pgtrigger_delete_delete_c9164', table='orders_orderproblem', when='AFTER')),
        ),
        from_file(Path(__file__).parents[1] / "sql", "orders"),
    ])
