"""What we owe customers who are vendors too, what is agreed about netting it, and what was netted."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.audit.models
import o2c.core.money
from o2c.core.database.together import together
from o2c.core.sql import from_file


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_providers'),
        ('invoicing', '0022_loaded_invoices'),
        ('orders', '0018_many_at_once'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.CharField(choices=[('item', 'Invoice or credit note'), ('receipt', 'Receipt'), ('correction', 'Correction by the source'), ('write_off', 'Write-off'), ('reversal', 'Reversal'), ('revaluation', "Revaluation at month's end"), ('bank', 'Bank statement'), ('discount', 'Early-payment discount'), ('fee', 'Fee or interest'), ('exchange', 'Payment in another currency'), ('refund', 'Refund'), ('transfer', 'Moved between customers'), ('netting', 'Netting with what we owe')], max_length=12),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices'), ('bank', 'Bank'), ('discount', 'Early-payment discounts granted'), ('bank_charges', 'Charges of banks'), ('fx_realised', 'Exchange differences realised'), ('fx_clearing', 'Payments in another currency, in between'), ('fees', 'Fees charged to customers'), ('interest', 'Interest and compensation for late payment'), ('bad_debt', 'Bad debt'), ('refunds', 'Refunds to be paid'), ('set_aside', "Bank movements that are no customer's"), ('netting', 'Netting with vendors, in clearing')], max_length=30),
        ),
        migrations.AlterField(
            model_name='ledgeraccountevent',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices'), ('bank', 'Bank'), ('discount', 'Early-payment discounts granted'), ('bank_charges', 'Charges of banks'), ('fx_realised', 'Exchange differences realised'), ('fx_clearing', 'Payments in another currency, in between'), ('fees', 'Fees charged to customers'), ('interest', 'Interest and compensation for late payment'), ('bad_debt', 'Bad debt'), ('refunds', 'Refunds to be paid'), ('set_aside', "Bank movements that are no customer's"), ('netting', 'Netting with vendors, in clearing')], max_length=30),
        ),
        migrations.AlterField(
            model_name='openitem',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('on_account', 'Payment on account'), ('correction', 'Correction by the source'), ('write_off', 'Write-off'), ('discount', 'Early-payment discount'), ('charge', 'Charge of a bank'), ('fee', 'Fee or interest'), ('exchange', 'Payment in another currency'), ('refund', 'Refund'), ('transfer', 'Moved between customers'), ('netting', 'Netted with what we owe')], max_length=12),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='method',
            field=models.CharField(choices=[('transfer', 'Bank transfer'), ('card', 'Card'), ('cheque', 'Cheque'), ('cash', 'Cash'), ('netting', 'Netting'), ('history', 'Payment history of another system')], max_length=10),
        ),
        migrations.CreateModel(
            name='NettingAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reference', models.CharField(blank=True, default='', help_text='What the contract is called.', max_length=60)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, help_text='Its last day; empty: until it is ended.', null=True)),
                ('nets', models.CharField(choices=[('due', 'Only what is due on both sides'), ('open', 'All that is open, also before it is due')], default='due', max_length=4)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='netting_agreements', to='orders.customer')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
            ],
            options={
                'ordering': ['-since', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Netting',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reason', models.CharField(max_length=300)),
                ('asker', models.CharField(max_length=150)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, default='', help_text='Of whoever decided.', max_length=300)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('netted', 'Netted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('undone', 'Netted and undone')], default='asked', max_length=10)),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField(help_text='Of each side.')),
                ('base_amount', o2c.core.money.AmountField(help_text='In the base currency on the day it was asked for, if known.', null=True)),
                ('netted_on', models.DateField(blank=True, null=True)),
                ('taken_over_on', models.DateField(blank=True, help_text='When it was booked in the vendor ledger.', null=True)),
                ('undone_on', models.DateField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by', models.CharField(blank=True, default='', max_length=150)),
                ('undone_because', models.CharField(blank=True, default='', max_length=300)),
                ('taken_back_on', models.DateField(blank=True, help_text='When it was reversed in the vendor ledger.', null=True)),
                ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                ('asked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nettings', to='orders.customer')),
                ('decided_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('first_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('receipt', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='netting', to='invoicing.receipt')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nettings', to='invoicing.nettingagreement')),
            ],
        ),
        migrations.CreateModel(
            name='NettingAgreementEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('reference', models.CharField(blank=True, default='', help_text='What the contract is called.', max_length=60)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, help_text='Its last day; empty: until it is ended.', null=True)),
                ('nets', models.CharField(choices=[('due', 'Only what is due on both sides'), ('open', 'All that is open, also before it is due')], default='due', max_length=4)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('document', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.document')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.nettingagreement')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NettingEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('reason', models.CharField(max_length=300)),
                ('asker', models.CharField(max_length=150)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, default='', help_text='Of whoever decided.', max_length=300)),
                ('id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('netted', 'Netted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('undone', 'Netted and undone')], default='asked', max_length=10)),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField(help_text='Of each side.')),
                ('base_amount', o2c.core.money.AmountField(help_text='In the base currency on the day it was asked for, if known.', null=True)),
                ('netted_on', models.DateField(blank=True, null=True)),
                ('taken_over_on', models.DateField(blank=True, help_text='When it was booked in the vendor ledger.', null=True)),
                ('undone_on', models.DateField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by', models.CharField(blank=True, default='', max_length=150)),
                ('undone_because', models.CharField(blank=True, default='', max_length=300)),
                ('taken_back_on', models.DateField(blank=True, help_text='When it was reversed in the vendor ledger.', null=True)),
                ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.nettingagreement')),
                ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('first_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.netting')),
                ('receipt', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='invoicing.receipt')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Payable',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.CharField(help_text="The document's number as the vendor knows it.", max_length=100)),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField()),
                ('source_open', o2c.core.money.AmountField(help_text='What the source says is open of it.')),
                ('as_of', models.DateField(help_text='The day as of which the source says so.')),
                ('reported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it said so here.')),
                ('blocked', models.BooleanField(db_default=False, default=False, help_text='The source has blocked its payment.')),
                ('netted', o2c.core.money.AmountField(db_default=0, default=0, help_text='In nettings that stand.')),
                ('ahead', o2c.core.money.AmountField(db_default=0, default=0, help_text='Of nettings, not in what the source says is open.')),
                ('open_amount', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Greatest(0, django.db.models.functions.comparison.Least(django.db.models.expressions.CombinedExpression(models.F('source_open'), '-', models.F('ahead')), django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('netted')))), output_field=o2c.core.money.AmountField())),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payables', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
            ],
        ),
        migrations.CreateModel(
            name='NettedPayable',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('amount', o2c.core.money.AmountField()),
                ('netting', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payables', to='invoicing.netting')),
                ('payable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='in_nettings', to='invoicing.payable')),
            ],
        ),
        migrations.CreateModel(
            name='PayableEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(help_text="The document's number as the vendor knows it.", max_length=100)),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('currency', o2c.core.money.CurrencyField()),
                ('amount', o2c.core.money.AmountField()),
                ('source_open', o2c.core.money.AmountField(help_text='What the source says is open of it.')),
                ('as_of', models.DateField(help_text='The day as of which the source says so.')),
                ('reported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='When it said so here.')),
                ('blocked', models.BooleanField(db_default=False, default=False, help_text='The source has blocked its payment.')),
                ('netted', o2c.core.money.AmountField(db_default=0, default=0, help_text='In nettings that stand.')),
                ('ahead', o2c.core.money.AmountField(db_default=0, default=0, help_text='Of nettings, not in what the source says is open.')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='invoicing.payable')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NettedItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('amount', o2c.core.money.AmountField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='netted', to='invoicing.openitem')),
                ('netting', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='invoicing.netting')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='netted_item_positive'), models.UniqueConstraint(fields=('netting', 'item'), name='netted_item_once')],
            },
        ),
        migrations.AddIndex(
            model_name='nettingagreement',
            index=models.Index(fields=['updated_at', 'id'], name='netting_agreement_by_change'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nettingagreement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_nettingagreementevent" ("customer_id", "document_id", "entity_id", "id", "nets", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "since", "until") VALUES (NEW."customer_id", NEW."document_id", NEW."entity_id", NEW."id", NEW."nets", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reference", NEW."since", NEW."until"); RETURN NULL;', hash='17cca4ab8e41c3ff55b2e5c429592ac7045e0820', operation='INSERT', pgid='pgtrigger_insert_insert_97e67', table='invoicing_nettingagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nettingagreement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."nets" IS DISTINCT FROM (NEW."nets") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."until" IS DISTINCT FROM (NEW."until"))', func='INSERT INTO "invoicing_nettingagreementevent" ("customer_id", "document_id", "entity_id", "id", "nets", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "since", "until") VALUES (NEW."customer_id", NEW."document_id", NEW."entity_id", NEW."id", NEW."nets", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reference", NEW."since", NEW."until"); RETURN NULL;', hash='15e5e44925f3762cb2e78b5494132a3e8e17f9d1', operation='UPDATE', pgid='pgtrigger_update_update_45a1d', table='invoicing_nettingagreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nettingagreement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_nettingagreementevent" ("customer_id", "document_id", "entity_id", "id", "nets", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "since", "until") VALUES (OLD."customer_id", OLD."document_id", OLD."entity_id", OLD."id", OLD."nets", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reference", OLD."since", OLD."until"); RETURN NULL;', hash='1eb21fdae300bb2d773eacb0f01c29dcef351152', operation='DELETE', pgid='pgtrigger_delete_delete_1d2d5', table='invoicing_nettingagreement', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='netting',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['entity', 'id'], name='netting_asked'),
        ),
        migrations.AddIndex(
            model_name='netting',
            index=models.Index(fields=['updated_at', 'id'], name='netting_by_change'),
        ),
        migrations.AddConstraint(
            model_name='netting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by', models.F('asked_by')), _negated=True), models.Q(('first_by', models.F('asked_by')), _negated=True), models.Q(('first_by', models.F('decided_by')), _negated=True)), name='netting_by_others'),
        ),
        migrations.AddConstraint(
            model_name='netting',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='netting_positive'),
        ),
        migrations.AddConstraint(
            model_name='netting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('netted_on__isnull', False), ('receipt__isnull', False), ('state__in', ['netted', 'undone'])), models.Q(models.Q(('state__in', ['netted', 'undone']), _negated=True), ('receipt__isnull', True), ('taken_over_on__isnull', True)), _connector='OR'), name='netting_booked_by_receipt'),
        ),
        migrations.AddConstraint(
            model_name='netting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'undone'), ('undone_at__isnull', False), ('undone_on__isnull', False)), models.Q(models.Q(('state', 'undone'), _negated=True), ('undone_on__isnull', True)), _connector='OR'), name='netting_undone_on_a_day'),
        ),
        migrations.AddConstraint(
            model_name='netting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_over_on__isnull', True), ('taken_over_on__gte', models.F('netted_on')), _connector='OR'), models.Q(('taken_back_on__isnull', True), models.Q(('state', 'undone'), ('taken_back_on__gte', models.F('taken_over_on')), ('taken_over_on__isnull', False)), _connector='OR')), name='netting_taken_over_in_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='netting',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_nettingevent" ("agreement_id", "amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "netted_on", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "receipt_id", "state", "taken_back_on", "taken_over_on", "undone_at", "undone_because", "undone_by", "undone_on") VALUES (NEW."agreement_id", NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."asker", NEW."base_amount", NEW."context_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."entity_id", NEW."first_at", NEW."first_by_id", NEW."id", NEW."netted_on", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."receipt_id", NEW."state", NEW."taken_back_on", NEW."taken_over_on", NEW."undone_at", NEW."undone_because", NEW."undone_by", NEW."undone_on"); RETURN NULL;', hash='cf830cd638b5c162d7a27a7b6abf0847027783b7', operation='INSERT', pgid='pgtrigger_insert_insert_41331', table='invoicing_netting', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='netting',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."agreement_id" IS DISTINCT FROM (NEW."agreement_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asker" IS DISTINCT FROM (NEW."asker") OR OLD."base_amount" IS DISTINCT FROM (NEW."base_amount") OR OLD."context_id" IS DISTINCT FROM (NEW."context_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."first_at" IS DISTINCT FROM (NEW."first_at") OR OLD."first_by_id" IS DISTINCT FROM (NEW."first_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."netted_on" IS DISTINCT FROM (NEW."netted_on") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."receipt_id" IS DISTINCT FROM (NEW."receipt_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."taken_back_on" IS DISTINCT FROM (NEW."taken_back_on") OR OLD."taken_over_on" IS DISTINCT FROM (NEW."taken_over_on") OR OLD."undone_at" IS DISTINCT FROM (NEW."undone_at") OR OLD."undone_because" IS DISTINCT FROM (NEW."undone_because") OR OLD."undone_by" IS DISTINCT FROM (NEW."undone_by") OR OLD."undone_on" IS DISTINCT FROM (NEW."undone_on"))', func='INSERT INTO "invoicing_nettingevent" ("agreement_id", "amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "netted_on", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "receipt_id", "state", "taken_back_on", "taken_over_on", "undone_at", "undone_because", "undone_by", "undone_on") VALUES (NEW."agreement_id", NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."asker", NEW."base_amount", NEW."context_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."entity_id", NEW."first_at", NEW."first_by_id", NEW."id", NEW."netted_on", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."receipt_id", NEW."state", NEW."taken_back_on", NEW."taken_over_on", NEW."undone_at", NEW."undone_because", NEW."undone_by", NEW."undone_on"); RETURN NULL;', hash='11a4083d6067294e6887d9bed1109d5a857f887c', operation='UPDATE', pgid='pgtrigger_update_update_ca59b', table='invoicing_netting', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='netting',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_nettingevent" ("agreement_id", "amount", "asked_at", "asked_by_id", "asker", "base_amount", "context_id", "currency", "customer_id", "decided_at", "decided_by_id", "entity_id", "first_at", "first_by_id", "id", "netted_on", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "receipt_id", "state", "taken_back_on", "taken_over_on", "undone_at", "undone_because", "undone_by", "undone_on") VALUES (OLD."agreement_id", OLD."amount", OLD."asked_at", OLD."asked_by_id", OLD."asker", OLD."base_amount", OLD."context_id", OLD."currency", OLD."customer_id", OLD."decided_at", OLD."decided_by_id", OLD."entity_id", OLD."first_at", OLD."first_by_id", OLD."id", OLD."netted_on", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."receipt_id", OLD."state", OLD."taken_back_on", OLD."taken_over_on", OLD."undone_at", OLD."undone_because", OLD."undone_by", OLD."undone_on"); RETURN NULL;', hash='c2a29442f4b8fcfea669316317e7e3f0ac34b89e', operation='DELETE', pgid='pgtrigger_delete_delete_6a956', table='invoicing_netting', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='payable',
            index=models.Index(fields=['customer', 'entity', 'due_on'], name='payable_by_customer'),
        ),
        migrations.AddIndex(
            model_name='payable',
            index=models.Index(fields=['updated_at', 'id'], name='payable_by_change'),
        ),
        migrations.AddConstraint(
            model_name='payable',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('source_open__gte', 0), ('source_open__lte', models.F('amount'))), name='payable_open_within'),
        ),
        migrations.AddConstraint(
            model_name='payable',
            constraint=models.CheckConstraint(condition=models.Q(('netted__gte', 0), ('netted__lte', models.F('amount'))), name='payable_netted_within'),
        ),
        migrations.AddConstraint(
            model_name='payable',
            constraint=models.UniqueConstraint(fields=('entity', 'source', 'external_id'), name='payable_key_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payable',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_payableevent" ("ahead", "amount", "as_of", "blocked", "currency", "customer_id", "due_on", "entity_id", "external_id", "id", "issued_on", "netted", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "source", "source_open") VALUES (NEW."ahead", NEW."amount", NEW."as_of", NEW."blocked", NEW."currency", NEW."customer_id", NEW."due_on", NEW."entity_id", NEW."external_id", NEW."id", NEW."issued_on", NEW."netted", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reported_at", NEW."source", NEW."source_open"); RETURN NULL;', hash='68b74a4010164d17a336ac325da1081b832426b2', operation='INSERT', pgid='pgtrigger_insert_insert_ad764', table='invoicing_payable', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payable',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ahead" IS DISTINCT FROM (NEW."ahead") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."as_of" IS DISTINCT FROM (NEW."as_of") OR OLD."blocked" IS DISTINCT FROM (NEW."blocked") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."issued_on" IS DISTINCT FROM (NEW."issued_on") OR OLD."netted" IS DISTINCT FROM (NEW."netted") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reported_at" IS DISTINCT FROM (NEW."reported_at") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_open" IS DISTINCT FROM (NEW."source_open"))', func='INSERT INTO "invoicing_payableevent" ("ahead", "amount", "as_of", "blocked", "currency", "customer_id", "due_on", "entity_id", "external_id", "id", "issued_on", "netted", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "source", "source_open") VALUES (NEW."ahead", NEW."amount", NEW."as_of", NEW."blocked", NEW."currency", NEW."customer_id", NEW."due_on", NEW."entity_id", NEW."external_id", NEW."id", NEW."issued_on", NEW."netted", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reported_at", NEW."source", NEW."source_open"); RETURN NULL;', hash='ade452f72fa8709ec68791ef21184cdf8f712c35', operation='UPDATE', pgid='pgtrigger_update_update_ebd1b', table='invoicing_payable', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payable',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "invoicing_payableevent" ("ahead", "amount", "as_of", "blocked", "currency", "customer_id", "due_on", "entity_id", "external_id", "id", "issued_on", "netted", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reported_at", "source", "source_open") VALUES (OLD."ahead", OLD."amount", OLD."as_of", OLD."blocked", OLD."currency", OLD."customer_id", OLD."due_on", OLD."entity_id", OLD."external_id", OLD."id", OLD."issued_on", OLD."netted", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reported_at", OLD."source", OLD."source_open"); RETURN NULL;', hash='75f3b18a7b00623e662e286bb160d7b09fb7bc3a', operation='DELETE', pgid='pgtrigger_delete_delete_7e344', table='invoicing_payable', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='nettedpayable',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='netted_payable_positive'),
        ),
        migrations.AddConstraint(
            model_name='nettedpayable',
            constraint=models.UniqueConstraint(fields=('netting', 'payable'), name='netted_payable_once'),
        ),
        from_file(Path(__file__).parents[1] / "sql", "netting"),
    ])
