"""Persistent late payers: the rule's versions, the list, what follows from it; and interest by agreement alone."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"

class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0045_inquiries_guard'),
        ('orders', '0005_consumer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = together([
        migrations.CreateModel(
            name='LatePayer',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('listed', 'Listed'), ('released', 'Released')], default='listed', max_length=10)),
                ('listed_on', models.DateField()),
                ('why', models.CharField(help_text="With the figures of that day, and the rule's version.", max_length=400)),
                ('invoices', models.PositiveIntegerField(help_text='That were due or still owed in the months of the rule.')),
                ('late', models.PositiveIntegerField(help_text='Of these, those that were late.')),
                ('late_amount', o2c.core.money.AmountField(help_text='What of them was, in the base currency.')),
                ('average_days', models.DecimalField(decimal_places=1, help_text='Days late, weighed by the amount.', max_digits=7)),
                ('lapsed_on', models.DateField(blank=True, help_text='Since when the rule does not hold; empty: it does.', null=True)),
                ('release_from', models.DateField(blank=True, help_text='Since when it is to be released, as the rule has not held for long enough.', null=True)),
                ('released_on', models.DateField(blank=True, null=True)),
                ('released_by', models.CharField(blank=True, default='', max_length=150)),
                ('release_reason', models.CharField(blank=True, default='', max_length=200)),
                ('not_before', models.DateField(blank=True, help_text='The rule does not list it again before this day.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='LatePayerConsequence',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('terms', 'Shorter payment terms'), ('prepayment', 'Prepayment'), ('hold', 'Credit hold'), ('penalty', 'Interest on late payment')], max_length=10)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('applied', 'Applied'), ('ended', 'Ended'), ('dropped', 'Not applied')], default='proposed', max_length=10)),
                ('proposed_on', models.DateField()),
                ('applied_on', models.DateField(blank=True, null=True)),
                ('applied_by', models.CharField(blank=True, default='', max_length=150)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('left_because', models.CharField(blank=True, default='', help_text='Why nothing was put back: it was changed meanwhile.', max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='LatePayerConsequenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('terms', 'Shorter payment terms'), ('prepayment', 'Prepayment'), ('hold', 'Credit hold'), ('penalty', 'Interest on late payment')], max_length=10)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('applied', 'Applied'), ('ended', 'Ended'), ('dropped', 'Not applied')], default='proposed', max_length=10)),
                ('proposed_on', models.DateField()),
                ('applied_on', models.DateField(blank=True, null=True)),
                ('applied_by', models.CharField(blank=True, default='', max_length=150)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('left_because', models.CharField(blank=True, default='', help_text='Why nothing was put back: it was changed meanwhile.', max_length=200)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LatePayerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('listed', 'Listed'), ('released', 'Released')], default='listed', max_length=10)),
                ('listed_on', models.DateField()),
                ('why', models.CharField(help_text="With the figures of that day, and the rule's version.", max_length=400)),
                ('invoices', models.PositiveIntegerField(help_text='That were due or still owed in the months of the rule.')),
                ('late', models.PositiveIntegerField(help_text='Of these, those that were late.')),
                ('late_amount', o2c.core.money.AmountField(help_text='What of them was, in the base currency.')),
                ('average_days', models.DecimalField(decimal_places=1, help_text='Days late, weighed by the amount.', max_digits=7)),
                ('lapsed_on', models.DateField(blank=True, help_text='Since when the rule does not hold; empty: it does.', null=True)),
                ('release_from', models.DateField(blank=True, help_text='Since when it is to be released, as the rule has not held for long enough.', null=True)),
                ('released_on', models.DateField(blank=True, null=True)),
                ('released_by', models.CharField(blank=True, default='', max_length=150)),
                ('not_before', models.DateField(blank=True, help_text='The rule does not list it again before this day.', null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LatePayerReview',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('as_of', models.DateField()),
                ('listed', models.PositiveIntegerField(help_text='Customers who came on the list.')),
                ('to_release', models.PositiveIntegerField(help_text='Customers who are to be released from it since.')),
                ('done_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='LatePayerRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('begins_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                ('lists', models.BooleanField(default=True, help_text='Else nobody is listed or proposed to be released by it.')),
                ('months', models.PositiveSmallIntegerField(help_text='What was due or still owed within so many months counts.')),
                ('days_late', models.PositiveSmallIntegerField(help_text='An invoice is late once it is owed for more days than so.')),
                ('minimum', o2c.core.money.AmountField(help_text='And only where so much of it was, in the base currency.')),
                ('least_invoices', models.PositiveSmallIntegerField(help_text='At least so many invoices were late.')),
                ('least_share', models.PositiveSmallIntegerField(blank=True, help_text='At least so many percent of the invoices were.', null=True)),
                ('least_average', models.PositiveSmallIntegerField(blank=True, help_text='At least so many days late on average, weighed by the amount.', null=True)),
                ('release_months', models.PositiveSmallIntegerField(help_text='To be released once it has not held for so many months.')),
                ('holds', models.BooleanField(default=False, help_text='It proposes to block the account: nothing new is invoiced.')),
                ('written_by', models.CharField(max_length=150)),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='LatePayerRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveSmallIntegerField()),
                ('begins_on', models.DateField(help_text='From this day on it stands in place of the version before.')),
                ('lists', models.BooleanField(default=True, help_text='Else nobody is listed or proposed to be released by it.')),
                ('months', models.PositiveSmallIntegerField(help_text='What was due or still owed within so many months counts.')),
                ('days_late', models.PositiveSmallIntegerField(help_text='An invoice is late once it is owed for more days than so.')),
                ('minimum', o2c.core.money.AmountField(help_text='And only where so much of it was, in the base currency.')),
                ('least_invoices', models.PositiveSmallIntegerField(help_text='At least so many invoices were late.')),
                ('least_share', models.PositiveSmallIntegerField(blank=True, help_text='At least so many percent of the invoices were.', null=True)),
                ('least_average', models.PositiveSmallIntegerField(blank=True, help_text='At least so many days late on average, weighed by the amount.', null=True)),
                ('release_months', models.PositiveSmallIntegerField(help_text='To be released once it has not held for so many months.')),
                ('holds', models.BooleanField(default=False, help_text='It proposes to block the account: nothing new is invoiced.')),
                ('written_by', models.CharField(max_length=150)),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestagreement',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestagreement',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestagreement',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestrules',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestrules',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interestrules',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='interestagreement',
            name='begins_on',
            field=models.DateField(blank=True, help_text='It counts for what is due from this day on; empty: for all.', null=True),
        ),
        migrations.AddField(
            model_name='interestagreementevent',
            name='begins_on',
            field=models.DateField(blank=True, help_text='It counts for what is due from this day on; empty: for all.', null=True),
        ),
        migrations.AddField(
            model_name='interestrules',
            name='only_agreed',
            field=models.BooleanField(db_default=False, default=False, help_text='Only of customers with whom a pack is agreed, nobody else.'),
        ),
        migrations.AddField(
            model_name='interestrulesevent',
            name='only_agreed',
            field=models.BooleanField(db_default=False, default=False, help_text='Only of customers with whom a pack is agreed, nobody else.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestagreementevent" ("begins_on", "customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."begins_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='9cca0feb006275cc21da033710e31ab87ea42108', operation='INSERT', pgid='pgtrigger_insert_insert_c0f73', table='collections_interestagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."begins_on" IS DISTINCT FROM (NEW."begins_on") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))', func='INSERT INTO "collections_interestagreementevent" ("begins_on", "customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."begins_on", NEW."customer_id", NEW."entity_id", NEW."id", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='33e65985fa5837dacfb2ea60564fd746adbb82ff', operation='UPDATE', pgid='pgtrigger_update_update_775b2', table='collections_interestagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestagreement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestagreementevent" ("begins_on", "customer_id", "entity_id", "id", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."begins_on", OLD."customer_id", OLD."entity_id", OLD."id", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='21855b26db105793984c843b9a0bbb8d1e6e5043', operation='DELETE', pgid='pgtrigger_delete_delete_91fee', table='collections_interestagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "only_agreed", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."after_payment", NEW."begins_on", NEW."compensates", NEW."days_to_pay", NEW."entity_id", NEW."id", NEW."minimum", NEW."only_agreed", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='7a349f166613e97996cda5278940195a7e22babe', operation='INSERT', pgid='pgtrigger_insert_insert_2ae05', table='collections_interestrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."after_payment" IS DISTINCT FROM (NEW."after_payment") OR OLD."begins_on" IS DISTINCT FROM (NEW."begins_on") OR OLD."compensates" IS DISTINCT FROM (NEW."compensates") OR OLD."days_to_pay" IS DISTINCT FROM (NEW."days_to_pay") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."minimum" IS DISTINCT FROM (NEW."minimum") OR OLD."only_agreed" IS DISTINCT FROM (NEW."only_agreed") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id"))', func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "only_agreed", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."after_payment", NEW."begins_on", NEW."compensates", NEW."days_to_pay", NEW."entity_id", NEW."id", NEW."minimum", NEW."only_agreed", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='681ee4563ed660a4d5d3f8d598c99f29a5a7d869', operation='UPDATE', pgid='pgtrigger_update_update_5957b', table='collections_interestrules', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interestrules',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_interestrulesevent" ("after_payment", "begins_on", "compensates", "days_to_pay", "entity_id", "id", "minimum", "only_agreed", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."after_payment", OLD."begins_on", OLD."compensates", OLD."days_to_pay", OLD."entity_id", OLD."id", OLD."minimum", OLD."only_agreed", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='9fb4e67298f92ce0a357fcc3dfbe0801cf722160', operation='DELETE', pgid='pgtrigger_delete_delete_b4ad9', table='collections_interestrules', when='AFTER')),
        ),
        migrations.AddField(
            model_name='latepayer',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='late_payer_entries', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='latepayer',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='latepayer',
            name='payer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='latepayerconsequence',
            name='late_payer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consequences', to='collections.latepayer'),
        ),
        migrations.AddField(
            model_name='latepayerconsequence',
            name='pack',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='latepayerconsequence',
            name='terms',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerconsequence',
            name='terms_before',
            field=models.ForeignKey(blank=True, db_index=False, help_text="The account's terms until then.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='late_payer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.latepayer'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='pack',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.latepayerconsequence'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='terms',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerconsequenceevent',
            name='terms_before',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text="The account's terms until then.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='payer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.latepayer'),
        ),
        migrations.AddField(
            model_name='latepayerreview',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='latepayerrule',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='late_payer_rules', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='latepayerrule',
            name='pack',
            field=models.ForeignKey(blank=True, db_index=False, help_text='It proposes to charge interest on late payment by this pack.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='latepayerrule',
            name='prepayment',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Terms of payment before delivery that it proposes.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerrule',
            name='terms',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Shorter payment terms that it proposes.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerreview',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collections.latepayerrule'),
        ),
        migrations.AddField(
            model_name='latepayerevent',
            name='rule',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.latepayerrule'),
        ),
        migrations.AddField(
            model_name='latepayer',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.latepayerrule'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='entity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='pack',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='It proposes to charge interest on late payment by this pack.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='collections.interestpack'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='collections.latepayerrule'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='prepayment',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Terms of payment before delivery that it proposes.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms'),
        ),
        migrations.AddField(
            model_name='latepayerruleevent',
            name='terms',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Shorter payment terms that it proposes.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms'),
        ),
        migrations.AddIndex(
            model_name='latepayerconsequence',
            index=models.Index(fields=['updated_at', 'id'], name='late_payer_consequence_change'),
        ),
        migrations.AddConstraint(
            model_name='latepayerconsequence',
            constraint=models.UniqueConstraint(fields=('late_payer', 'kind'), name='late_payer_consequence_once'),
        ),
        migrations.AddConstraint(
            model_name='latepayerconsequence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['terms', 'prepayment']), ('terms__isnull', False)), models.Q(('kind', 'penalty'), ('pack__isnull', False)), ('kind', 'hold'), _connector='OR'), name='late_payer_consequence_of_something'),
        ),
        migrations.AddConstraint(
            model_name='latepayerconsequence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_on', None), ('state__in', ['proposed', 'dropped'])), models.Q(('applied_on__isnull', False), ('ended_on', None), ('state', 'applied')), models.Q(('applied_on__isnull', False), ('ended_on__isnull', False), ('state', 'ended')), _connector='OR'), name='late_payer_consequence_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerconsequence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerconsequenceevent" ("applied_by", "applied_on", "ended_by", "ended_on", "id", "kind", "late_payer_id", "left_because", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_on", "state", "terms_before_id", "terms_id") VALUES (NEW."applied_by", NEW."applied_on", NEW."ended_by", NEW."ended_on", NEW."id", NEW."kind", NEW."late_payer_id", NEW."left_because", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_on", NEW."state", NEW."terms_before_id", NEW."terms_id"); RETURN NULL;', hash='0842ac290fd00be561e5824589baab0c834d886b', operation='INSERT', pgid='pgtrigger_insert_insert_ede1f', table='collections_latepayerconsequence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerconsequence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."applied_by" IS DISTINCT FROM (NEW."applied_by") OR OLD."applied_on" IS DISTINCT FROM (NEW."applied_on") OR OLD."ended_by" IS DISTINCT FROM (NEW."ended_by") OR OLD."ended_on" IS DISTINCT FROM (NEW."ended_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."late_payer_id" IS DISTINCT FROM (NEW."late_payer_id") OR OLD."left_because" IS DISTINCT FROM (NEW."left_because") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id") OR OLD."proposed_on" IS DISTINCT FROM (NEW."proposed_on") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id") OR OLD."terms_before_id" IS DISTINCT FROM (NEW."terms_before_id"))', func='INSERT INTO "collections_latepayerconsequenceevent" ("applied_by", "applied_on", "ended_by", "ended_on", "id", "kind", "late_payer_id", "left_because", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_on", "state", "terms_before_id", "terms_id") VALUES (NEW."applied_by", NEW."applied_on", NEW."ended_by", NEW."ended_on", NEW."id", NEW."kind", NEW."late_payer_id", NEW."left_because", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_on", NEW."state", NEW."terms_before_id", NEW."terms_id"); RETURN NULL;', hash='187f73fec45aa025985647afe1cb9d9f2b1ada84', operation='UPDATE', pgid='pgtrigger_update_update_043ba', table='collections_latepayerconsequence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerconsequence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerconsequenceevent" ("applied_by", "applied_on", "ended_by", "ended_on", "id", "kind", "late_payer_id", "left_because", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_on", "state", "terms_before_id", "terms_id") VALUES (OLD."applied_by", OLD."applied_on", OLD."ended_by", OLD."ended_on", OLD."id", OLD."kind", OLD."late_payer_id", OLD."left_because", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."proposed_on", OLD."state", OLD."terms_before_id", OLD."terms_id"); RETURN NULL;', hash='9973f2bb345baaa9e7db6b8d244f627448c5e7ef', operation='DELETE', pgid='pgtrigger_delete_delete_1afd4', table='collections_latepayerconsequence', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='latepayerrule',
            constraint=models.UniqueConstraint(fields=('entity', 'version'), name='late_payer_rule_version_once'),
        ),
        migrations.AddConstraint(
            model_name='latepayerrule',
            constraint=models.CheckConstraint(condition=models.Q(('days_late__lte', 365), ('least_invoices__gte', 1), ('minimum__gte', 0), ('months__range', (1, 60)), ('release_months__lte', 60), models.Q(('least_share', None), ('least_share__range', (1, 100)), _connector='OR'), models.Q(('least_average', None), ('least_average__range', (1, 365)), _connector='OR')), name='late_payer_rule_sane'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerruleevent" ("begins_on", "days_late", "entity_id", "holds", "id", "least_average", "least_invoices", "least_share", "lists", "minimum", "months", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepayment_id", "release_months", "terms_id", "version", "written_at", "written_by") VALUES (NEW."begins_on", NEW."days_late", NEW."entity_id", NEW."holds", NEW."id", NEW."least_average", NEW."least_invoices", NEW."least_share", NEW."lists", NEW."minimum", NEW."months", NEW."pack_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prepayment_id", NEW."release_months", NEW."terms_id", NEW."version", NEW."written_at", NEW."written_by"); RETURN NULL;', hash='7e4b728638d38732894e659ff6a10c5befed3425', operation='INSERT', pgid='pgtrigger_insert_insert_e2eef', table='collections_latepayerrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "collections_latepayerruleevent" ("begins_on", "days_late", "entity_id", "holds", "id", "least_average", "least_invoices", "least_share", "lists", "minimum", "months", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepayment_id", "release_months", "terms_id", "version", "written_at", "written_by") VALUES (NEW."begins_on", NEW."days_late", NEW."entity_id", NEW."holds", NEW."id", NEW."least_average", NEW."least_invoices", NEW."least_share", NEW."lists", NEW."minimum", NEW."months", NEW."pack_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prepayment_id", NEW."release_months", NEW."terms_id", NEW."version", NEW."written_at", NEW."written_by"); RETURN NULL;', hash='560a94368789211938868e13cac41c6624ba124a', operation='UPDATE', pgid='pgtrigger_update_update_c49b3', table='collections_latepayerrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayerrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerruleevent" ("begins_on", "days_late", "entity_id", "holds", "id", "least_average", "least_invoices", "least_share", "lists", "minimum", "months", "pack_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepayment_id", "release_months", "terms_id", "version", "written_at", "written_by") VALUES (OLD."begins_on", OLD."days_late", OLD."entity_id", OLD."holds", OLD."id", OLD."least_average", OLD."least_invoices", OLD."least_share", OLD."lists", OLD."minimum", OLD."months", OLD."pack_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prepayment_id", OLD."release_months", OLD."terms_id", OLD."version", OLD."written_at", OLD."written_by"); RETURN NULL;', hash='77327f192ed155e8d0b9ed16260574566992fc03', operation='DELETE', pgid='pgtrigger_delete_delete_4a25e', table='collections_latepayerrule', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='latepayerreview',
            constraint=models.UniqueConstraint(fields=('entity', 'as_of'), name='late_payer_review_once'),
        ),
        migrations.AddIndex(
            model_name='latepayer',
            index=models.Index(fields=['entity', 'state', '-listed_on', '-id'], name='late_payer_by_entity'),
        ),
        migrations.AddIndex(
            model_name='latepayer',
            index=models.Index(fields=['updated_at', 'id'], name='late_payer_by_change'),
        ),
        migrations.AddConstraint(
            model_name='latepayer',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'listed')), fields=('entity', 'customer'), name='late_payer_listed_once'),
        ),
        migrations.AddConstraint(
            model_name='latepayer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_on', None), ('state', 'listed')), models.Q(('released_on__isnull', False), ('state', 'released')), _connector='OR'), name='late_payer_released_with_a_day'),
        ),
        migrations.AddConstraint(
            model_name='latepayer',
            constraint=models.CheckConstraint(condition=models.Q(('released_on', None), ('released_on__gte', models.F('listed_on')), _connector='OR'), name='late_payer_released_after'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerevent" ("average_days", "customer_id", "entity_id", "id", "invoices", "lapsed_on", "late", "late_amount", "listed_on", "not_before", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "release_from", "released_by", "released_on", "rule_id", "state", "why") VALUES (NEW."average_days", NEW."customer_id", NEW."entity_id", NEW."id", NEW."invoices", NEW."lapsed_on", NEW."late", NEW."late_amount", NEW."listed_on", NEW."not_before", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."release_from", NEW."released_by", NEW."released_on", NEW."rule_id", NEW."state", NEW."why"); RETURN NULL;', hash='18b8132f14e5eed80093c2e79942c71c687db68e', operation='INSERT', pgid='pgtrigger_insert_insert_f6806', table='collections_latepayer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."average_days" IS DISTINCT FROM (NEW."average_days") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."invoices" IS DISTINCT FROM (NEW."invoices") OR OLD."lapsed_on" IS DISTINCT FROM (NEW."lapsed_on") OR OLD."late" IS DISTINCT FROM (NEW."late") OR OLD."late_amount" IS DISTINCT FROM (NEW."late_amount") OR OLD."listed_on" IS DISTINCT FROM (NEW."listed_on") OR OLD."not_before" IS DISTINCT FROM (NEW."not_before") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."release_from" IS DISTINCT FROM (NEW."release_from") OR OLD."released_by" IS DISTINCT FROM (NEW."released_by") OR OLD."released_on" IS DISTINCT FROM (NEW."released_on") OR OLD."rule_id" IS DISTINCT FROM (NEW."rule_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."why" IS DISTINCT FROM (NEW."why"))', func='INSERT INTO "collections_latepayerevent" ("average_days", "customer_id", "entity_id", "id", "invoices", "lapsed_on", "late", "late_amount", "listed_on", "not_before", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "release_from", "released_by", "released_on", "rule_id", "state", "why") VALUES (NEW."average_days", NEW."customer_id", NEW."entity_id", NEW."id", NEW."invoices", NEW."lapsed_on", NEW."late", NEW."late_amount", NEW."listed_on", NEW."not_before", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."release_from", NEW."released_by", NEW."released_on", NEW."rule_id", NEW."state", NEW."why"); RETURN NULL;', hash='eb172ffcbbb29acb841a3c5d413ba0612cd20059', operation='UPDATE', pgid='pgtrigger_update_update_83ae2', table='collections_latepayer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='latepayer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "collections_latepayerevent" ("average_days", "customer_id", "entity_id", "id", "invoices", "lapsed_on", "late", "late_amount", "listed_on", "not_before", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "release_from", "released_by", "released_on", "rule_id", "state", "why") VALUES (OLD."average_days", OLD."customer_id", OLD."entity_id", OLD."id", OLD."invoices", OLD."lapsed_on", OLD."late", OLD."late_amount", OLD."listed_on", OLD."not_before", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."release_from", OLD."released_by", OLD."released_on", OLD."rule_id", OLD."state", OLD."why"); RETURN NULL;', hash='4c712b4e90513001fabd878d3e2ac3684a76e972', operation='DELETE', pgid='pgtrigger_delete_delete_78883', table='collections_latepayer', when='AFTER')),
        ),
        from_file(SQL, "late_payers"),
    ])
