"""The account that interest and compensation for late payment are booked to, for legal entities that are there."""

from django.db import migrations, models

from o2c.core.database.together import together

OPEN = """
    INSERT INTO invoicing_ledgeraccount (entity_id, role, code, name)
    SELECT e.id, 'interest', CASE WHEN EXISTS (SELECT FROM invoicing_ledgeraccount a WHERE a.entity_id = e.id AND a.code = '8651')
        THEN 'interest' ELSE '8651' END, 'Interest and compensation for late payment'
    FROM orders_legalentity e ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0007_number_keys'),
    ]

    operations = together([
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.CharField(choices=[('item', 'Invoice or credit note'), ('receipt', 'Receipt'), ('correction', 'Correction by the source'), ('write_off', 'Write-off'), ('reversal', 'Reversal'), ('revaluation', "Revaluation at month's end"), ('bank', 'Bank statement'), ('discount', 'Early-payment discount'), ('fee', 'Fee or interest'), ('exchange', 'Payment in another currency'), ('refund', 'Refund'), ('transfer', 'Moved between customers')], max_length=12),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices'), ('bank', 'Bank'), ('discount', 'Early-payment discounts granted'), ('bank_charges', 'Charges of banks'), ('fx_realised', 'Exchange differences realised'), ('fx_clearing', 'Payments in another currency, in between'), ('fees', 'Fees charged to customers'), ('interest', 'Interest and compensation for late payment'), ('bad_debt', 'Bad debt'), ('refunds', 'Refunds to be paid'), ('set_aside', "Bank movements that are no customer's")], max_length=30),
        ),
        migrations.AlterField(
            model_name='ledgeraccountevent',
            name='role',
            field=models.CharField(choices=[('receivables', 'Trade receivables'), ('revenue', 'Revenue and taxes of invoices kept elsewhere'), ('cash', 'Cash in clearing'), ('opening', 'Settled before the books began here'), ('write_off', 'Small differences and bad debt'), ('receivables_revaluation', 'Receivables in foreign currency, revaluation'), ('fx_unrealised', 'Exchange differences not realised'), ('sales', 'Sales, of invoices issued here'), ('output_tax', 'Tax owed on sales'), ('prepayments', 'Received before the invoice'), ('rounding', 'Rounding of invoices'), ('bank', 'Bank'), ('discount', 'Early-payment discounts granted'), ('bank_charges', 'Charges of banks'), ('fx_realised', 'Exchange differences realised'), ('fx_clearing', 'Payments in another currency, in between'), ('fees', 'Fees charged to customers'), ('interest', 'Interest and compensation for late payment'), ('bad_debt', 'Bad debt'), ('refunds', 'Refunds to be paid'), ('set_aside', "Bank movements that are no customer's")], max_length=30),
        ),
        migrations.AlterField(
            model_name='openitem',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('on_account', 'Payment on account'), ('correction', 'Correction by the source'), ('write_off', 'Write-off'), ('discount', 'Early-payment discount'), ('charge', 'Charge of a bank'), ('fee', 'Fee or interest'), ('exchange', 'Payment in another currency'), ('refund', 'Refund'), ('transfer', 'Moved between customers')], max_length=12),
        ),
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
    ])
