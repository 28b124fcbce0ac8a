"""Interest on late payment."""


import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0015_lists'),
        ('invoicing', '0008_interest_account'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='InterestCompensation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', o2c.core.money.CurrencyField()),
                ('owed_from', o2c.core.money.AmountField()),
                ('amount', o2c.core.money.AmountField()),
            ],
            options={
                'ordering': ['currency', 'owed_from'],
            },
        ),
        migrations.CreateModel(
            name='InterestPackEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=20)),
                ('name', models.CharField(max_length=100)),
                ('source', models.CharField(help_text='The law or the contract, and where its rates are published.', max_length=300)),
                ('points', models.DecimalField(decimal_places=3, help_text='On top of the reference rate.', max_digits=6)),
                ('consumer_points', models.DecimalField(blank=True, decimal_places=3, help_text='Of a private person; empty: they owe nothing.', max_digits=6, null=True)),
                ('has_reference', models.BooleanField(default=True, help_text='Else the points are the whole rate.')),
                ('kept', models.BooleanField(default=False, help_text='The rate of the day on which interest begins stays.')),
                ('year', models.PositiveSmallIntegerField(default=365, help_text='Days in a year: 365 or 360.')),
                ('shipped', models.BooleanField(default=False, help_text='It came with o2c: only rates are added.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InterestRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins_on', models.DateField(help_text='The first day of a half-year.')),
                ('percent', models.DecimalField(decimal_places=3, max_digits=6)),
            ],
            options={
                'ordering': ['begins_on'],
            },
        ),
        migrations.CreateModel(
            name='InterestRateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('begins_on', models.DateField(help_text='The first day of a half-year.')),
                ('percent', models.DecimalField(decimal_places=3, max_digits=6)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InterestRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('begins_on', models.DateField(help_text='What was due before this day bears no interest.')),
                ('minimum', o2c.core.money.AmountField(default=0, help_text="A note of less is not written; in the entity's base currency.")),
                ('after_payment', models.BooleanField(default=True, help_text='Also for what was paid late and is settled.')),
                ('compensates', models.BooleanField(default=False, help_text='Charges the compensation of the pack as well.')),
                ('days_to_pay', models.PositiveSmallIntegerField(default=14)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InterestRulesEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('begins_on', models.DateField(help_text='What was due before this day bears no interest.')),
                ('minimum', o2c.core.money.AmountField(default=0, help_text="A note of less is not written; in the entity's base currency.")),
                ('after_payment', models.BooleanField(default=True, help_text='Also for what was paid late and is settled.')),
                ('compensates', models.BooleanField(default=False, help_text='Charges the compensation of the pack as well.')),
                ('days_to_pay', models.PositiveSmallIntegerField(default=14)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InterestAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reason', models.CharField(max_length=200)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interest_agreements', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='InterestNote',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=40)),
                ('currency', o2c.core.money.CurrencyField()),
                ('total', o2c.core.money.AmountField()),
                ('until', models.DateField(help_text='The last day that interest was charged for.')),
                ('charged_on', models.DateField()),
                ('state', models.CharField(choices=[('charged', 'Charged'), ('waived', 'Waived'), ('reversed', 'Reversed')], default='charged', max_length=10)),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was waived or reversed.', max_length=200)),
                ('charged_by', models.CharField(max_length=150)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interest_notes', to='orders.customer')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('item', models.OneToOneField(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='interest_note', to='invoicing.openitem')),
            ],
        ),
        migrations.CreateModel(
            name='InterestNoteEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=40)),
                ('currency', o2c.core.money.CurrencyField()),
                ('total', o2c.core.money.AmountField()),
                ('until', models.DateField(help_text='The last day that interest was charged for.')),
                ('charged_on', models.DateField()),
                ('state', models.CharField(choices=[('charged', 'Charged'), ('waived', 'Waived'), ('reversed', 'Reversed')], default='charged', max_length=10)),
                ('reason', models.CharField(blank=True, default='', help_text='Why it was waived or reversed.', max_length=200)),
                ('charged_by', models.CharField(max_length=150)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.openitem')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestnote')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InterestPack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('code', models.SlugField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('source', models.CharField(help_text='The law or the contract, and where its rates are published.', max_length=300)),
                ('points', models.DecimalField(decimal_places=3, help_text='On top of the reference rate.', max_digits=6)),
                ('consumer_points', models.DecimalField(blank=True, decimal_places=3, help_text='Of a private person; empty: they owe nothing.', max_digits=6, null=True)),
                ('has_reference', models.BooleanField(default=True, help_text='Else the points are the whole rate.')),
                ('kept', models.BooleanField(default=False, help_text='The rate of the day on which interest begins stays.')),
                ('year', models.PositiveSmallIntegerField(default=365, help_text='Days in a year: 365 or 360.')),
                ('shipped', models.BooleanField(default=False, help_text='It came with o2c: only rates are added.')),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('year__in', [360, 365])), name='interest_pack_year'), models.CheckConstraint(condition=models.Q(('points__gte', 0), ('points__lte', 50)), name='interest_pack_points')],
            },
        ),
        migrations.CreateModel(
            name='InterestCompensationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('owed_from', o2c.core.money.AmountField()),
                ('amount', o2c.core.money.AmountField()),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestcompensation')),
                ('pack', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='interestcompensation',
            name='pack',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='compensations', to='collections.interestpack'),
        ),
        migrations.CreateModel(
            name='InterestCharge',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('until', models.DateField()),
                ('interest', o2c.core.money.AmountField(help_text='From the first day late on, less what was charged before.')),
                ('compensation', o2c.core.money.AmountField(default=0)),
                ('spans', models.JSONField(default=list, help_text='First and last day, what was owed, percent a year, interest.')),
                ('stands', models.BooleanField(default=True, help_text='Its note was not reversed.')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interest_charges', to='invoicing.openitem')),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='collections.interestnote')),
                ('pack', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collections.interestpack')),
            ],
        ),
        migrations.CreateModel(
            name='InterestAgreementEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('reason', models.CharField(max_length=200)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestagreement')),
                ('pack', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='interestagreement',
            name='pack',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='collections.interestpack'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestpack',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestpackevent" ("code", "consumer_points", "has_reference", "id", "kept", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "shipped", "source", "year") VALUES (NEW."code", NEW."consumer_points", NEW."has_reference", NEW."id", NEW."kept", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."points", NEW."shipped", NEW."source", NEW."year"); RETURN NULL;', hash='0bceac080137ddcedaf593f303effccfc7a94d5a', operation='INSERT', pgid='pgtrigger_insert_insert_0e0b6', table='collections_interestpack', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestpack',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."consumer_points" IS DISTINCT FROM (NEW."consumer_points") OR OLD."has_reference" IS DISTINCT FROM (NEW."has_reference") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kept" IS DISTINCT FROM (NEW."kept") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."points" IS DISTINCT FROM (NEW."points") OR OLD."shipped" IS DISTINCT FROM (NEW."shipped") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."year" IS DISTINCT FROM (NEW."year"))', func='INSERT INTO "collections_interestpackevent" ("code", "consumer_points", "has_reference", "id", "kept", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "shipped", "source", "year") VALUES (NEW."code", NEW."consumer_points", NEW."has_reference", NEW."id", NEW."kept", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."points", NEW."shipped", NEW."source", NEW."year"); RETURN NULL;', hash='eb036dc493629004bb41dbf01591ba3ca48e337f', operation='UPDATE', pgid='pgtrigger_update_update_9ce5f', table='collections_interestpack', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestpack',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestpackevent" ("code", "consumer_points", "has_reference", "id", "kept", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points", "shipped", "source", "year") VALUES (OLD."code", OLD."consumer_points", OLD."has_reference", OLD."id", OLD."kept", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."points", OLD."shipped", OLD."source", OLD."year"); RETURN NULL;', hash='7ee4158f2a5d26225566741748a8ec585bd6ce9c', operation='DELETE', pgid='pgtrigger_delete_delete_d0887', table='collections_interestpack', when='AFTER')),
        ),
        migrations.AddField(
            model_name='interestpackevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='interestpackevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='interestrate',
            name='pack',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='interestrateevent',
            name='pack',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='interestrateevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='interestrateevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestrate'),
        ),
        migrations.AddField(
            model_name='interestrules',
            name='entity',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='interest_rules', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='interestrules',
            name='pack',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='interestrulesevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='interestrulesevent',
            name='pack',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='interestrulesevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='interestrulesevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.interestrules'),
        ),
        migrations.AddIndex(
            model_name='interestnote',
            index=models.Index(fields=['updated_at', 'id'], name='interest_note_by_change'),
        ),
        migrations.AddConstraint(
            model_name='interestnote',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='interest_note_number_once'),
        ),
        migrations.AddConstraint(
            model_name='interestnote',
            constraint=models.CheckConstraint(condition=models.Q(('total__gt', 0)), name='interest_note_positive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='a711624fa7c8edb0ce44c16a6700d57ce9fb44ae', operation='INSERT', pgid='pgtrigger_insert_insert_bd832', table='collections_interestnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."charged_by" IS DISTINCT FROM (NEW."charged_by") OR OLD."charged_on" IS DISTINCT FROM (NEW."charged_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."total" IS DISTINCT FROM (NEW."total") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (NEW."charged_by", NEW."charged_on", NEW."created_at", NEW."currency", NEW."customer_id", NEW."ended_by", NEW."ended_on", NEW."entity_id", NEW."id", NEW."item_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."state", NEW."total", NEW."until"); RETURN NULL;', hash='729ac6f4e07a9027a7ccaa70e5861f1f0e51085d', operation='UPDATE', pgid='pgtrigger_update_update_f7df8', table='collections_interestnote', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestnote',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestnoteevent" ("charged_by", "charged_on", "created_at", "currency", "customer_id", "ended_by", "ended_on", "entity_id", "id", "item_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "total", "until") VALUES (OLD."charged_by", OLD."charged_on", OLD."created_at", OLD."currency", OLD."customer_id", OLD."ended_by", OLD."ended_on", OLD."entity_id", OLD."id", OLD."item_id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."state", OLD."total", OLD."until"); RETURN NULL;', hash='79cdcbdb05d89a9c0bf58aba49b4c57840596fb7', operation='DELETE', pgid='pgtrigger_delete_delete_29f9b', table='collections_interestnote', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interestcompensation',
            constraint=models.UniqueConstraint(fields=('pack', 'currency', 'owed_from'), name='interest_compensation_once'),
        ),
        migrations.AddConstraint(
            model_name='interestcompensation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('owed_from__gte', 0)), name='interest_compensation_positive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestcompensation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestcompensationevent" ("amount", "currency", "id", "owed_from", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."owed_from", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='bb741d47895711e3225490d41e84b6903a409c13', operation='INSERT', pgid='pgtrigger_insert_insert_4549c', table='collections_interestcompensation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestcompensation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_interestcompensationevent" ("amount", "currency", "id", "owed_from", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."currency", NEW."id", NEW."owed_from", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='6ca082c3b0f8b064deec7a264fa99e91287d812a', operation='UPDATE', pgid='pgtrigger_update_update_805e8', table='collections_interestcompensation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestcompensation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestcompensationevent" ("amount", "currency", "id", "owed_from", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."amount", OLD."currency", OLD."id", OLD."owed_from", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='c07eced231acae47a11066d932df9aefcfd5e381', operation='DELETE', pgid='pgtrigger_delete_delete_37ed6', table='collections_interestcompensation', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interestcharge',
            constraint=models.UniqueConstraint(condition=models.Q(('stands', True)), fields=('item', 'until'), name='interest_day_once'),
        ),
        migrations.AddConstraint(
            model_name='interestcharge',
            constraint=models.UniqueConstraint(condition=models.Q(('compensation__gt', 0), ('stands', True)), fields=('item',), name='interest_compensated_once'),
        ),
        migrations.AddConstraint(
            model_name='interestcharge',
            constraint=models.CheckConstraint(condition=models.Q(('compensation__gte', 0), ('interest__gte', 0), models.Q(('interest', django.db.models.expressions.CombinedExpression(models.F('compensation'), '*', models.Value(-1))), _negated=True)), name='interest_charge_of_something'),
        ),
        migrations.AddConstraint(
            model_name='interestagreement',
            constraint=models.UniqueConstraint(fields=('entity', 'customer'), name='interest_agreement_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestagreementevent" ("customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."customer_id", NEW."entity_id", NEW."id", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='e1459ea84d6caedd2759b3a7561a673b7993c4cc', operation='INSERT', pgid='pgtrigger_insert_insert_c0f73', table='collections_interestagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))', func='INSERT INTO "collections_interestagreementevent" ("customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."customer_id", NEW."entity_id", NEW."id", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='877ba01351bcd58f0a488c35c656b14fba71fce5', operation='UPDATE', pgid='pgtrigger_update_update_775b2', table='collections_interestagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestagreementevent" ("customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."customer_id", OLD."entity_id", OLD."id", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='5da3355424d2ab16f223d1687394075fed8bc7ce', operation='DELETE', pgid='pgtrigger_delete_delete_91fee', table='collections_interestagreement', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interestrate',
            constraint=models.UniqueConstraint(fields=('pack', 'begins_on'), name='interest_rate_once'),
        ),
        migrations.AddConstraint(
            model_name='interestrate',
            constraint=models.CheckConstraint(condition=models.Q(('begins_on__day', 1), ('begins_on__month__in', [1, 7])), name='interest_rate_half_year'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrateevent" ("begins_on", "id", "pack_id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."begins_on", NEW."id", NEW."pack_id", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='1b8c3f8e77254515d36af1cfbbbd3d4612aad987', operation='INSERT', pgid='pgtrigger_insert_insert_9cd96', table='collections_interestrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_interestrateevent" ("begins_on", "id", "pack_id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."begins_on", NEW."id", NEW."pack_id", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='3162df05a5505cad926d0044081eb0d3b8518308', operation='UPDATE', pgid='pgtrigger_update_update_e1f7a', table='collections_interestrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrateevent" ("begins_on", "id", "pack_id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."begins_on", OLD."id", OLD."pack_id", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='0ea31915d43e438ab2780b88a060cfa4d9d7d3c5', operation='DELETE', pgid='pgtrigger_delete_delete_e2c7e', table='collections_interestrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."after_payment", NEW."begins_on", NEW."compensates", NEW."days_to_pay", NEW."entity_id", NEW."id", NEW."minimum", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='cc09952d9a6aa9c8968df499ec51ace9db415f98', operation='INSERT', pgid='pgtrigger_insert_insert_2ae05', table='collections_interestrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."after_payment" IS DISTINCT FROM (NEW."after_payment") OR OLD."begins_on" IS DISTINCT FROM (NEW."begins_on") OR OLD."compensates" IS DISTINCT FROM (NEW."compensates") OR OLD."days_to_pay" IS DISTINCT FROM (NEW."days_to_pay") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."minimum" IS DISTINCT FROM (NEW."minimum") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id"))', func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."after_payment", NEW."begins_on", NEW."compensates", NEW."days_to_pay", NEW."entity_id", NEW."id", NEW."minimum", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='d54b96aeecf93b3d14aa4ebf7075865c3c5a1005', operation='UPDATE', pgid='pgtrigger_update_update_5957b', table='collections_interestrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."after_payment", OLD."begins_on", OLD."compensates", OLD."days_to_pay", OLD."entity_id", OLD."id", OLD."minimum", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='755776aae9ae5902cd171fed85682564c8a18186', operation='DELETE', pgid='pgtrigger_delete_delete_b4ad9', table='collections_interestrules', when='AFTER')),
        ),
    ])
