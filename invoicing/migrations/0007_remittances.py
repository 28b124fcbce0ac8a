"""What customers say their payments cover."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import o2c.core.audit.models
import o2c.core.money
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [("invoicing", "0006_direct_debit_guards")]

    operations = [
        migrations.CreateModel(
            name='RemittanceAdvice',
            fields=[
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('format', models.CharField(max_length=20)),
                ('number', models.CharField(blank=True, default='', help_text="The payer's number of the advice.", max_length=100)),
                ('reference', models.CharField(blank=True, default='', help_text='Of the payment: trace number, end-to-end id, cheque.', max_length=140)),
                ('reference_key', models.CharField(blank=True, default='', help_text='As it is compared.', max_length=140)),
                ('payer_name', models.CharField(blank=True, default='', max_length=200)),
                ('payer_number', models.CharField(blank=True, default='', max_length=60)),
                ('payer_iban', models.CharField(blank=True, default='', max_length=34)),
                ('payer_key', models.CharField(blank=True, default='', help_text='By which the payer is told apart.', max_length=200)),
                ('payee_name', models.CharField(blank=True, default='', max_length=200)),
                ('payee_number', models.CharField(blank=True, default='', max_length=60)),
                ('payee_iban', models.CharField(blank=True, default='', max_length=34)),
                ('currency', o2c.core.money.CurrencyField()),
                ('total', o2c.core.money.AmountField()),
                ('paid_on', models.DateField(blank=True, null=True)),
                ('line_count', models.PositiveIntegerField(default=0)),
                ('flags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('digest', models.CharField(help_text='Of what it says: the same advice is kept once.', max_length=64)),
                ('file_name', models.CharField(blank=True, default='', max_length=255)),
                ('place', models.CharField(blank=True, default='', help_text='Where in the file it begins.', max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waits for its money'), ('unclear', 'May be of several lines'), ('joined', 'Joined to its line'), ('dropped', 'Not needed')], default='waiting', max_length=10)),
                ('joined_by', models.CharField(blank=True, choices=[('reference', 'The payment’s reference'), ('payer', 'Payer, amount and day'), ('hand', 'A person')], default='', max_length=10)),
                ('joined_at', models.DateTimeField(blank=True, null=True)),
                ('candidates', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Lines that it may belong to.', size=None)),
                ('apart_from', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Lines that a person has taken it off: never joined again.', size=None)),
                ('loaded_by', models.CharField(max_length=150)),
                ('loaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                ('customer', models.ForeignKey(blank=True, help_text='The payer, once it is known.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.legalentity')),
                ('file', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                ('line', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='advice', to='invoicing.bankline')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AdviceLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('document', models.CharField(blank=True, default='', max_length=100)),
                ('document_on', models.DateField(blank=True, null=True)),
                ('gross', o2c.core.money.AmountField(blank=True, null=True)),
                ('discount', o2c.core.money.AmountField(default=0)),
                ('deduction', o2c.core.money.AmountField(default=0, help_text='Kept for the reason; negative where more is paid.')),
                ('reason_code', models.CharField(blank=True, default='', help_text="The payer's.", max_length=20)),
                ('reason_text', models.CharField(blank=True, default='', max_length=200)),
                ('paid', o2c.core.money.AmountField(help_text='Negative where a credit is taken off.')),
                ('place', models.CharField(blank=True, default='', max_length=200)),
                ('advice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='invoicing.remittanceadvice')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='remittanceadvice',
            index=models.Index(fields=['entity', 'state', '-id'], name='advice_by_state'),
        ),
        migrations.AddIndex(
            model_name='remittanceadvice',
            index=models.Index(fields=['updated_at', 'id'], name='advice_by_change'),
        ),
        migrations.AddConstraint(
            model_name='remittanceadvice',
            constraint=models.UniqueConstraint(fields=('entity', 'digest'), name='advice_once'),
        ),
        migrations.AddConstraint(
            model_name='remittanceadvice',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('reference_key', ''), _negated=True), models.Q(('state', 'dropped'), _negated=True)), fields=('entity', 'payer_key', 'reference_key'), name='advice_of_payment_once'),
        ),
        migrations.AddConstraint(
            model_name='remittanceadvice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line__isnull', False), ('state', 'joined')), models.Q(models.Q(('state', 'joined'), _negated=True), ('line__isnull', True)), _connector='OR'), name='advice_joined_to_line'),
        ),
        from_file(SQL, "0007_remittances"),
    ]
