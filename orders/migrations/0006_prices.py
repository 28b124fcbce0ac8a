"""Products, price lists and contracts, and what the database keeps right of their prices."""

from decimal import Decimal
from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
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
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('core', '0003_rules'),
    ]

    operations = together([
        migrations.CreateModel(
            name='ProductEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('number', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=200)),
                ('unit', models.CharField(default='C62', help_text='UN/ECE recommendation 20; prices are for it.', max_length=3)),
                ('in_use', models.BooleanField(db_default=True, default=True, help_text='Else nothing new is agreed of it.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Contract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('number', models.CharField(max_length=40)),
                ('name', models.CharField(help_text='What it is about.', max_length=200)),
                ('currency', o2c.core.money.CurrencyField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('renewed', 'Renewed'), ('ended', 'Ended')], default='draft', max_length=10)),
                ('begins_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='Its last day; none: until it is ended.', null=True)),
                ('notice_days', models.PositiveSmallIntegerField(default=30, help_text='Days before its end that it ends soon.')),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was ended.', max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='orders.customer')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='orders.legalentity')),
                ('predecessor', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='orders.contract')),
                ('terms', models.ForeignKey(blank=True, help_text="None: the account's.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms')),
            ],
        ),
        migrations.CreateModel(
            name='ContractEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('number', models.CharField(max_length=40)),
                ('name', models.CharField(help_text='What it is about.', max_length=200)),
                ('currency', o2c.core.money.CurrencyField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('renewed', 'Renewed'), ('ended', 'Ended')], default='draft', max_length=10)),
                ('begins_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='Its last day; none: until it is ended.', null=True)),
                ('notice_days', models.PositiveSmallIntegerField(default=30, help_text='Days before its end that it ends soon.')),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was ended.', max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.contract')),
                ('predecessor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.contract')),
                ('terms', models.ForeignKey(blank=True, db_constraint=False, help_text="None: the account's.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ContractPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('from_quantity', o2c.orders.models.prices.FineField(default=Decimal('0'), help_text='The quantity from which on it is the price.')),
                ('price', o2c.orders.models.prices.FineField(help_text='In the currency of what it belongs to.')),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('binds', django.contrib.postgres.fields.ranges.DateRangeField(editable=False, null=True)),
                ('contract', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='orders.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='PriceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=100)),
                ('currency', o2c.core.money.CurrencyField()),
                ('is_default', models.BooleanField(db_default=False, default=False, help_text='Counts for whoever buys in its currency, where nothing nearer does.')),
                ('in_use', models.BooleanField(db_default=True, default=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_lists', to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='ListPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('from_quantity', o2c.orders.models.prices.FineField(default=Decimal('0'), help_text='The quantity from which on it is the price.')),
                ('price', o2c.orders.models.prices.FineField(help_text='In the currency of what it belongs to.')),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('price_list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='orders.pricelist')),
            ],
        ),
        migrations.CreateModel(
            name='PriceListChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_list_choices', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.legalentity')),
                ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='orders.pricelist')),
            ],
            options={
                'ordering': ['valid_from'],
            },
        ),
        migrations.CreateModel(
            name='PriceListChoiceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.pricelistchoice')),
                ('price_list', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.pricelist')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PriceListEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=100)),
                ('currency', o2c.core.money.CurrencyField()),
                ('is_default', models.BooleanField(db_default=False, default=False, help_text='Counts for whoever buys in its currency, where nothing nearer does.')),
                ('in_use', models.BooleanField(db_default=True, default=True)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.pricelist')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('number', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('unit', models.CharField(default='C62', help_text='UN/ECE recommendation 20; prices are for it.', max_length=3)),
                ('in_use', models.BooleanField(db_default=True, default=True, help_text='Else nothing new is agreed of it.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['updated_at', 'id'], name='product_by_change'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='product_name_trigram'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), name='product_number_trigram')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='product_external_once')],
            },
        ),
        migrations.CreateModel(
            name='ListPriceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('from_quantity', o2c.orders.models.prices.FineField(default=Decimal('0'), help_text='The quantity from which on it is the price.')),
                ('price', o2c.orders.models.prices.FineField(help_text='In the currency of what it belongs to.')),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.listprice')),
                ('price_list', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.pricelist')),
                ('product', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.product')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='listprice',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='orders.product'),
        ),
        migrations.CreateModel(
            name='ContractPriceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('from_quantity', o2c.orders.models.prices.FineField(default=Decimal('0'), help_text='The quantity from which on it is the price.')),
                ('price', o2c.orders.models.prices.FineField(help_text='In the currency of what it belongs to.')),
                ('price_per', o2c.orders.models.prices.FineField(default=Decimal('1'), help_text='For how many units it is.')),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, help_text='Its last day.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.contractprice')),
                ('product', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.product')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='contractprice',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='orders.product'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_productevent" ("created_at", "external_id", "id", "in_use", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "unit") VALUES (NEW."created_at", NEW."external_id", NEW."id", NEW."in_use", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source", NEW."unit"); RETURN NULL;', hash='d525f71fefea3e7480c8190cdaf324a80a7ab983', operation='INSERT', pgid='pgtrigger_insert_insert_18927', table='orders_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."unit" IS DISTINCT FROM (NEW."unit"))', func='INSERT INTO "orders_productevent" ("created_at", "external_id", "id", "in_use", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "unit") VALUES (NEW."created_at", NEW."external_id", NEW."id", NEW."in_use", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source", NEW."unit"); RETURN NULL;', hash='1dd3954b41b5a3dcca635729c79c1e5af60bc314', operation='UPDATE', pgid='pgtrigger_update_update_9c46d', table='orders_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_productevent" ("created_at", "external_id", "id", "in_use", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "unit") VALUES (OLD."created_at", OLD."external_id", OLD."id", OLD."in_use", OLD."name", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source", OLD."unit"); RETURN NULL;', hash='a8974100bae4d40f789cb5cc787cca62960b6e08', operation='DELETE', pgid='pgtrigger_delete_delete_e7ea3', table='orders_product', when='AFTER')),
        ),
        migrations.AddField(
            model_name='productevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='productevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.product'),
        ),
        migrations.AddIndex(
            model_name='contract',
            index=models.Index(fields=['updated_at', 'id'], name='contract_by_change'),
        ),
        migrations.AddIndex(
            model_name='contract',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['entity', 'ends_on'], name='contract_by_end'),
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='contract_once'),
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='contract_external_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contractevent" ("begins_on", "created_at", "created_by", "currency", "customer_id", "ends_on", "entity_id", "external_id", "id", "name", "notice_days", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "predecessor_id", "reason", "source", "state", "terms_id") VALUES (NEW."begins_on", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."ends_on", NEW."entity_id", NEW."external_id", NEW."id", NEW."name", NEW."notice_days", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."predecessor_id", NEW."reason", NEW."source", NEW."state", NEW."terms_id"); RETURN NULL;', hash='663db644e9feac186552cad0acf989464392baa3', operation='INSERT', pgid='pgtrigger_insert_insert_06ecf', table='orders_contract', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."begins_on" IS DISTINCT FROM (NEW."begins_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notice_days" IS DISTINCT FROM (NEW."notice_days") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."predecessor_id" IS DISTINCT FROM (NEW."predecessor_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))', func='INSERT INTO "orders_contractevent" ("begins_on", "created_at", "created_by", "currency", "customer_id", "ends_on", "entity_id", "external_id", "id", "name", "notice_days", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "predecessor_id", "reason", "source", "state", "terms_id") VALUES (NEW."begins_on", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."ends_on", NEW."entity_id", NEW."external_id", NEW."id", NEW."name", NEW."notice_days", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."predecessor_id", NEW."reason", NEW."source", NEW."state", NEW."terms_id"); RETURN NULL;', hash='a9bbf1e567133b01f68c7236d4086b039bc8d4ea', operation='UPDATE', pgid='pgtrigger_update_update_5c5d9', table='orders_contract', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contractevent" ("begins_on", "created_at", "created_by", "currency", "customer_id", "ends_on", "entity_id", "external_id", "id", "name", "notice_days", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "predecessor_id", "reason", "source", "state", "terms_id") VALUES (OLD."begins_on", OLD."created_at", OLD."created_by", OLD."currency", OLD."customer_id", OLD."ends_on", OLD."entity_id", OLD."external_id", OLD."id", OLD."name", OLD."notice_days", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."predecessor_id", OLD."reason", OLD."source", OLD."state", OLD."terms_id"); RETURN NULL;', hash='688ade21fc22dbe77f3f016a8d139c67bc4c54b4', operation='DELETE', pgid='pgtrigger_delete_delete_97ba4', table='orders_contract', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='pricelist',
            index=models.Index(fields=['updated_at', 'id'], name='price_list_by_change'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(fields=('entity', 'code'), name='price_list_once'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('entity', 'currency'), name='price_list_default_once'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.CheckConstraint(condition=models.Q(('is_default', False), ('in_use', True), _connector='OR'), name='price_list_default_is_in_use'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='price_list_external_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelist',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_pricelistevent" ("code", "currency", "entity_id", "external_id", "id", "in_use", "is_default", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."code", NEW."currency", NEW."entity_id", NEW."external_id", NEW."id", NEW."in_use", NEW."is_default", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source"); RETURN NULL;', hash='e7dd3a1e1721cab79ce9a53fc93629893ccfbfc7', operation='INSERT', pgid='pgtrigger_insert_insert_4e52d', table='orders_pricelist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelist',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."is_default" IS DISTINCT FROM (NEW."is_default") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."source" IS DISTINCT FROM (NEW."source"))', func='INSERT INTO "orders_pricelistevent" ("code", "currency", "entity_id", "external_id", "id", "in_use", "is_default", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."code", NEW."currency", NEW."entity_id", NEW."external_id", NEW."id", NEW."in_use", NEW."is_default", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source"); RETURN NULL;', hash='5139fda79c2ccea7d3aad9be968d7028bddc40d7', operation='UPDATE', pgid='pgtrigger_update_update_aa7ae', table='orders_pricelist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelist',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_pricelistevent" ("code", "currency", "entity_id", "external_id", "id", "in_use", "is_default", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (OLD."code", OLD."currency", OLD."entity_id", OLD."external_id", OLD."id", OLD."in_use", OLD."is_default", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source"); RETURN NULL;', hash='d9130fa99c48dbf3e2f5abfd6dd01c1b4e592bd0', operation='DELETE', pgid='pgtrigger_delete_delete_2714c', table='orders_pricelist', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='pricelistchoice',
            index=models.Index(fields=['updated_at', 'id'], name='price_choice_by_change'),
        ),
        migrations.AddConstraint(
            model_name='pricelistchoice',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='price_choice_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelistchoice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_pricelistchoiceevent" ("customer_id", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_list_id", "valid_from", "valid_until") VALUES (NEW."customer_id", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price_list_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='cc43205f66a7ca081b7d0be1614c98156e7d4935', operation='INSERT', pgid='pgtrigger_insert_insert_bc3c9', table='orders_pricelistchoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelistchoice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."price_list_id" IS DISTINCT FROM (NEW."price_list_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))', func='INSERT INTO "orders_pricelistchoiceevent" ("customer_id", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_list_id", "valid_from", "valid_until") VALUES (NEW."customer_id", NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."price_list_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='2da81488876bbd52349f86a605171c76ffc512ac', operation='UPDATE', pgid='pgtrigger_update_update_3c5ad', table='orders_pricelistchoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricelistchoice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_pricelistchoiceevent" ("customer_id", "entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_list_id", "valid_from", "valid_until") VALUES (OLD."customer_id", OLD."entity_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price_list_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;', hash='cd76d4d4b67aa0cc0c2deb458c37ea6f4d3dc350', operation='DELETE', pgid='pgtrigger_delete_delete_53dbf', table='orders_pricelistchoice', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='listprice',
            index=models.Index(fields=['updated_at', 'id'], name='list_price_by_change'),
        ),
        migrations.AddIndex(
            model_name='listprice',
            index=models.Index(fields=['price_list', 'product', 'from_quantity'], name='list_price_by_product'),
        ),
        migrations.AddConstraint(
            model_name='listprice',
            constraint=models.CheckConstraint(condition=models.Q(('from_quantity__gte', 0), ('price__gte', 0), ('price_per__gt', 0)), name='list_price_figures'),
        ),
        migrations.AddConstraint(
            model_name='listprice',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='list_price_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='listprice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_listpriceevent" ("created_at", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_list_id", "price_per", "product_id", "valid_from", "valid_until") VALUES (NEW."created_at", NEW."from_quantity", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price", NEW."price_list_id", NEW."price_per", NEW."product_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='8cd57e00095ed32b4ee18c37b9cde99cdcfe89c6', operation='INSERT', pgid='pgtrigger_insert_insert_ab341', table='orders_listprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='listprice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."from_quantity" IS DISTINCT FROM (NEW."from_quantity") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."price" IS DISTINCT FROM (NEW."price") OR OLD."price_list_id" IS DISTINCT FROM (NEW."price_list_id") OR OLD."price_per" IS DISTINCT FROM (NEW."price_per") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))', func='INSERT INTO "orders_listpriceevent" ("created_at", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_list_id", "price_per", "product_id", "valid_from", "valid_until") VALUES (NEW."created_at", NEW."from_quantity", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."price", NEW."price_list_id", NEW."price_per", NEW."product_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='121f33013db63c0dda9a0246ee436c87ee8a2f20', operation='UPDATE', pgid='pgtrigger_update_update_1c368', table='orders_listprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='listprice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_listpriceevent" ("created_at", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_list_id", "price_per", "product_id", "valid_from", "valid_until") VALUES (OLD."created_at", OLD."from_quantity", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price", OLD."price_list_id", OLD."price_per", OLD."product_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;', hash='7d8eb90e785ec0b365080ec6319dd91588d07c25', operation='DELETE', pgid='pgtrigger_delete_delete_c0f1a', table='orders_listprice', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='contractprice',
            index=models.Index(fields=['updated_at', 'id'], name='contract_price_by_change'),
        ),
        migrations.AddIndex(
            model_name='contractprice',
            index=models.Index(fields=['contract', 'product', 'from_quantity'], name='contract_price_by_product'),
        ),
        migrations.AddConstraint(
            model_name='contractprice',
            constraint=models.CheckConstraint(condition=models.Q(('from_quantity__gte', 0), ('price__gte', 0), ('price_per__gt', 0)), name='contract_price_figures'),
        ),
        migrations.AddConstraint(
            model_name='contractprice',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='contract_price_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractprice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contractpriceevent" ("contract_id", "created_at", "customer_id", "entity_id", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_per", "product_id", "valid_from", "valid_until") VALUES (NEW."contract_id", NEW."created_at", NEW."customer_id", NEW."entity_id", NEW."from_quantity", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price", NEW."price_per", NEW."product_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='4a315a494a627ea42feb840b5b829c6f1d2cb13c', operation='INSERT', pgid='pgtrigger_insert_insert_5ae57', table='orders_contractprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractprice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."contract_id" IS DISTINCT FROM (NEW."contract_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."from_quantity" IS DISTINCT FROM (NEW."from_quantity") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."price" IS DISTINCT FROM (NEW."price") OR OLD."price_per" IS DISTINCT FROM (NEW."price_per") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until"))', func='INSERT INTO "orders_contractpriceevent" ("contract_id", "created_at", "customer_id", "entity_id", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_per", "product_id", "valid_from", "valid_until") VALUES (NEW."contract_id", NEW."created_at", NEW."customer_id", NEW."entity_id", NEW."from_quantity", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."price", NEW."price_per", NEW."product_id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='e221fcec59fc6cb20aac3dfce6d9cc3295b1635d', operation='UPDATE', pgid='pgtrigger_update_update_43f98', table='orders_contractprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractprice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contractpriceevent" ("contract_id", "created_at", "customer_id", "entity_id", "from_quantity", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "price_per", "product_id", "valid_from", "valid_until") VALUES (OLD."contract_id", OLD."created_at", OLD."customer_id", OLD."entity_id", OLD."from_quantity", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price", OLD."price_per", OLD."product_id", OLD."valid_from", OLD."valid_until"); RETURN NULL;', hash='fb5c17510fc40c9b418674ae299b10e07bbb6bd3', operation='DELETE', pgid='pgtrigger_delete_delete_a0018', table='orders_contractprice', when='AFTER')),
        ),
        from_file(Path(__file__).parents[1] / "sql", "prices"),
    ])
