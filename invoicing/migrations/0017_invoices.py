from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

import o2c.core.audit.models
import o2c.core.money
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0017_documents'),
        ('invoicing', '0016_neutral_texts'),
        ('orders', '0009_closed_books'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ledgeraccount',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices')], max_length=30),
        ),
        migrations.AlterField(
            model_name='ledgeraccountevent',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices')], max_length=30),
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note')], max_length=12)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued'), ('cancelled', 'Cancelled')], default='draft', max_length=10)),
                ('number', models.CharField(blank=True, default='', help_text='Empty until it is issued (BT-1).', max_length=60)),
                ('numbered_here', models.BooleanField(default=True, help_text='From our series; else the number came with it.')),
                ('cancels', models.BooleanField(default=False, help_text='It takes back its invoice as a whole.')),
                ('issued_on', models.DateField(help_text='BT-2')),
                ('delivered_on', models.DateField(blank=True, help_text='BT-72', null=True)),
                ('period_from', models.DateField(blank=True, help_text='BT-73', null=True)),
                ('period_until', models.DateField(blank=True, help_text='BT-74', null=True)),
                ('deliver_to_country', models.CharField(blank=True, default='', help_text='BT-80', max_length=2)),
                ('currency', o2c.core.money.CurrencyField(help_text='BT-5')),
                ('buyer_reference', models.CharField(blank=True, default='', help_text='BT-10', max_length=100)),
                ('order_reference', models.CharField(blank=True, default='', help_text="BT-13, the buyer's order", max_length=100)),
                ('contract_reference', models.CharField(blank=True, default='', help_text='BT-12', max_length=100)),
                ('exemption_reason', models.CharField(blank=True, default='', help_text='BT-120, where exempt', max_length=300)),
                ('note', models.TextField(blank=True, default='', help_text='BT-22')),
                ('line_total', o2c.core.money.AmountField(default=0, help_text='BT-106')),
                ('allowance_total', o2c.core.money.AmountField(default=0, help_text='BT-107')),
                ('charge_total', o2c.core.money.AmountField(default=0, help_text='BT-108')),
                ('net_total', o2c.core.money.AmountField(default=0, help_text='BT-109')),
                ('tax_total', o2c.core.money.AmountField(default=0, help_text='BT-110')),
                ('gross_total', o2c.core.money.AmountField(default=0, help_text='BT-112')),
                ('prepaid', o2c.core.money.AmountField(default=0, help_text='BT-113: received before it was issued.')),
                ('rounding', o2c.core.money.AmountField(default=0, help_text='BT-114: added so that a round amount is paid.')),
                ('payable', o2c.core.money.AmountField(default=0, help_text='BT-115')),
                ('base_tax', o2c.core.money.AmountField(blank=True, help_text="BT-111: the tax in the legal entity's currency.", null=True)),
                ('seller', models.JSONField(blank=True, null=True)),
                ('buyer', models.JSONField(blank=True, null=True)),
                ('agreed', models.JSONField(blank=True, help_text='Terms, discounts, instalments, and how to pay.', null=True)),
                ('policy', models.CharField(blank=True, default='', help_text='Code of the dunning policy then.', max_length=40)),
                ('due_on', models.DateField(blank=True, help_text='BT-9; of instalments the first. Of a draft: as agreed.', null=True)),
                ('reference', models.CharField(blank=True, default='', help_text='BT-83: what the payer writes.', max_length=40)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('issued_by', models.CharField(blank=True, default='', max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=150)),
                ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                ('corrects', models.ForeignKey(blank=True, help_text="A credit note's invoice.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='invoicing.invoice')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='orders.customer')),
                ('document', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('entry', models.OneToOneField(blank=True, help_text='None where nothing is to pay.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoice', to='invoicing.entry')),
                ('import_run', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.importrun')),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ('terms', models.ForeignKey(blank=True, db_index=False, help_text="None: the account's at issue.", null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentterms')),
            ],
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField(help_text='BT-126')),
                ('product', models.CharField(blank=True, default='', help_text='BT-155', max_length=60)),
                ('description', models.CharField(help_text='BT-153', max_length=1000)),
                ('quantity', models.DecimalField(decimal_places=6, help_text='BT-129', max_digits=19)),
                ('unit', models.CharField(default='C62', help_text='BT-130, UN/ECE recommendation 20', max_length=3)),
                ('price', models.DecimalField(decimal_places=6, help_text='BT-146', max_digits=19)),
                ('price_per', models.DecimalField(decimal_places=6, default=1, help_text='BT-149', max_digits=19)),
                ('category', models.CharField(choices=[('S', 'Standard rate'), ('Z', 'Zero rated'), ('E', 'Exempt'), ('AE', 'Reverse charge'), ('K', 'Intra-community supply'), ('G', 'Export'), ('O', 'Outside the scope of tax')], help_text='BT-151', max_length=2)),
                ('rate', models.DecimalField(decimal_places=3, default=0, help_text='BT-152, percent', max_digits=6)),
                ('net', o2c.core.money.AmountField(default=0, help_text='BT-131')),
                ('invoice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='invoicing.invoice')),
            ],
            options={
                'ordering': ['invoice', 'position'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceAdjustment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('is_charge', models.BooleanField(default=False)),
                ('reason', models.CharField(max_length=200)),
                ('percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True)),
                ('amount', o2c.core.money.AmountField(default=0)),
                ('category', models.CharField(blank=True, choices=[('S', 'Standard rate'), ('Z', 'Zero rated'), ('E', 'Exempt'), ('AE', 'Reverse charge'), ('K', 'Intra-community supply'), ('G', 'Export'), ('O', 'Outside the scope of tax')], default='', max_length=2)),
                ('rate', models.DecimalField(decimal_places=3, default=0, max_digits=6)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='adjustments', to='invoicing.invoice')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='adjustments', to='invoicing.invoiceline')),
            ],
            options={
                'ordering': ['invoice', 'position'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceTax',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('category', models.CharField(choices=[('S', 'Standard rate'), ('Z', 'Zero rated'), ('E', 'Exempt'), ('AE', 'Reverse charge'), ('K', 'Intra-community supply'), ('G', 'Export'), ('O', 'Outside the scope of tax')], help_text='BT-118', max_length=2)),
                ('rate', models.DecimalField(decimal_places=3, help_text='BT-119', max_digits=6)),
                ('taxable', o2c.core.money.AmountField(help_text='BT-116')),
                ('tax', o2c.core.money.AmountField(help_text='BT-117')),
                ('invoice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='taxes', to='invoicing.invoice')),
            ],
            options={
                'ordering': ['invoice', '-rate', 'category'],
            },
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['customer', '-issued_on'], name='invoice_by_customer'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['entity', '-issued_on', '-id'], name='invoice_by_day'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['updated_at', 'id'], name='invoice_by_change'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('state', 'draft')), fields=['entity', 'id'], name='invoice_drafts'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('document__isnull', True), ('numbered_here', True), models.Q(('state', 'draft'), _negated=True)), fields=['id'], name='invoice_to_print'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), name='invoice_number_trigram'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['context_id'], name='invoice_by_context'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('net_total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('line_total'), '-', models.F('allowance_total')), '+', models.F('charge_total')))), name='invoice_br_co_13'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('gross_total', django.db.models.expressions.CombinedExpression(models.F('net_total'), '+', models.F('tax_total')))), name='invoice_br_co_15'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('payable', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross_total'), '-', models.F('prepaid')), '+', models.F('rounding')))), name='invoice_br_co_16'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', True), ('state', 'draft'), models.Q(('number', ''), ('numbered_here', False), _connector='OR')), models.Q(models.Q(('state', 'draft'), _negated=True), models.Q(('number', ''), _negated=True), ('agreed__isnull', False), ('seller__isnull', False)), _connector='OR'), name='invoice_numbered_when_issued'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('gross_total__gte', 0), ('payable__gte', 0)), _connector='OR'), name='invoice_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancels', False), ('corrects__isnull', True)), models.Q(('corrects__isnull', False), ('kind', 'credit_note')), _connector='OR'), name='invoice_corrected_by_credit_note'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('entity', 'kind', 'number'), name='invoice_number_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('entity', 'source', 'external_id'), name='invoice_external_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('cancels', True)), fields=('corrects',), name='invoice_cancelled_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoice_line_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='invoice_line_br_27'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('price_per__gt', 0)), name='invoice_line_price_per'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lt', 100)), name='invoice_line_rate'),
        ),
        migrations.AddConstraint(
            model_name='invoiceadjustment',
            constraint=models.UniqueConstraint(fields=('invoice', 'line', 'position'), name='invoice_adjustment_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='invoiceadjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', ''), ('line__isnull', False)), models.Q(('line__isnull', True), models.Q(('category', ''), _negated=True)), _connector='OR'), name='invoice_adjustment_taxed'),
        ),
        migrations.AddConstraint(
            model_name='invoiceadjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('percent__isnull', True)), models.Q(('percent__gt', 0), ('percent__lte', 1000)), _connector='OR'), name='invoice_adjustment_positive'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=models.UniqueConstraint(fields=('invoice', 'category', 'rate'), name='invoice_tax_once'),
        ),
        from_file(SQL, "0017_invoices"),
    ]
