import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import o2c.core.money
import o2c.orders.models
from o2c.core.database.together import AddTogether


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddTogether([
            migrations.CreateModel(
                name='LegalEntity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('code', models.CharField(max_length=20, unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('country', models.CharField(max_length=2)),
                    ('subdivision', models.CharField(blank=True, db_default='', default='', help_text='State or region whose holidays it keeps.', max_length=10)),
                    ('weekend', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), db_default=[6, 7], default=o2c.orders.models.usual_weekend, help_text='1: Monday … 7: Sunday.', size=None)),
                    ('base_currency', o2c.core.money.CurrencyField()),
                    ('vat_id', models.CharField(blank=True, db_default='', default='', max_length=20)),
                    ('registration_number', models.CharField(blank=True, db_default='', default='', max_length=50)),
                    ('books_kept_by', models.CharField(choices=[('o2c', 'o2c'), ('erp', 'The ERP')], db_default='erp', default='erp', help_text='The general ledger.', max_length=3)),
                    ('cash_applied_by', models.CharField(choices=[('o2c', 'o2c'), ('erp', 'The ERP')], db_default='o2c', default='o2c', help_text='Who says which receipt settles what.', max_length=3)),
                    ('closed_until', models.DateField(blank=True, help_text='Nothing is booked on this day or before it any more.', null=True)),
                    ('time_zone', models.CharField(default='UTC', max_length=50)),
                    ('email', models.EmailField(blank=True, default='', help_text='Sender of its messages and where answers go.', max_length=254)),
                    ('address', models.TextField(blank=True, default='')),
                    ('phone', models.CharField(blank=True, default='', max_length=50)),
                ],
                options={
                    'verbose_name_plural': 'legal entities',
                },
            ),
            migrations.CreateModel(
                name='LegalEntityEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.legalentity')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=200)),
                    ('country', models.CharField(max_length=2)),
                    ('subdivision', models.CharField(blank=True, db_default='', default='', help_text='State or region whose holidays it keeps.', max_length=10)),
                    ('weekend', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), db_default=[6, 7], default=o2c.orders.models.usual_weekend, help_text='1: Monday … 7: Sunday.', size=None)),
                    ('base_currency', o2c.core.money.CurrencyField()),
                    ('vat_id', models.CharField(blank=True, db_default='', default='', max_length=20)),
                    ('registration_number', models.CharField(blank=True, db_default='', default='', max_length=50)),
                    ('books_kept_by', models.CharField(choices=[('o2c', 'o2c'), ('erp', 'The ERP')], db_default='erp', default='erp', help_text='The general ledger.', max_length=3)),
                    ('cash_applied_by', models.CharField(choices=[('o2c', 'o2c'), ('erp', 'The ERP')], db_default='o2c', default='o2c', help_text='Who says which receipt settles what.', max_length=3)),
                    ('closed_until', models.DateField(blank=True, help_text='Nothing is booked on this day or before it any more.', null=True)),
                    ('time_zone', models.CharField(default='UTC', max_length=50)),
                    ('email', models.EmailField(blank=True, default='', help_text='Sender of its messages and where answers go.', max_length=254)),
                    ('address', models.TextField(blank=True, default='')),
                    ('phone', models.CharField(blank=True, default='', max_length=50)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Holiday',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('country', models.CharField(max_length=2)),
                    ('subdivision', models.CharField(blank=True, default='', max_length=10)),
                    ('day', models.DateField()),
                    ('name', models.CharField(max_length=200)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('country', 'subdivision', 'day'), name='holiday_once')],
                },
            ),
            migrations.CreateModel(
                name='HolidayYear',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('country', models.CharField(max_length=2)),
                    ('subdivision', models.CharField(blank=True, default='', max_length=10)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('version', models.CharField(max_length=20)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('country', 'subdivision', 'year'), name='holiday_year_once')],
                },
            ),
            migrations.CreateModel(
                name='ClosingDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closing_days', to='orders.legalentity')),
                    ('day', models.DateField()),
                    ('name', models.CharField(max_length=100)),
                ],
                options={
                    'ordering': ['day'],
                    'constraints': [models.UniqueConstraint(fields=('entity', 'day'), name='closing_day_once')],
                },
            ),
            migrations.CreateModel(
                name='ClosingDayEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.closingday')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('day', models.DateField()),
                    ('name', models.CharField(max_length=100)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='EntityAccess',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entity_access', to=settings.AUTH_USER_MODEL)),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='orders.legalentity')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'entity'), name='entity_access_once')],
                },
            ),
            migrations.CreateModel(
                name='EntityAccessEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.entityaccess')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PaymentTerms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('code', models.CharField(max_length=20, unique=True)),
                    ('name', models.CharField(max_length=100)),
                    ('kind', models.CharField(choices=[('net', 'Days after the invoice'), ('end_of_month', 'End of month, then days'), ('day_of_month', 'Days, then the next such day of a month')], default='net', max_length=20)),
                    ('days', models.PositiveSmallIntegerField(default=30)),
                    ('day_of_month', models.PositiveSmallIntegerField(blank=True, null=True)),
                ],
                options={
                    'verbose_name_plural': 'payment terms',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('day_of_month__isnull', False), ('day_of_month__range', (1, 31)), ('kind', 'day_of_month')), models.Q(models.Q(('kind', 'day_of_month'), _negated=True), ('day_of_month__isnull', True)), _connector='OR'), name='terms_day_of_month_when_needed')],
                },
            ),
            migrations.CreateModel(
                name='PaymentTermsEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.paymentterms')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('code', models.CharField(max_length=20)),
                    ('name', models.CharField(max_length=100)),
                    ('kind', models.CharField(choices=[('net', 'Days after the invoice'), ('end_of_month', 'End of month, then days'), ('day_of_month', 'Days, then the next such day of a month')], default='net', max_length=20)),
                    ('days', models.PositiveSmallIntegerField(default=30)),
                    ('day_of_month', models.PositiveSmallIntegerField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='EarlyPaymentDiscount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('terms', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to='orders.paymentterms')),
                    ('days', models.PositiveSmallIntegerField()),
                    ('percent', models.DecimalField(decimal_places=3, max_digits=5)),
                ],
                options={
                    'ordering': ['days'],
                    'constraints': [models.UniqueConstraint(fields=('terms', 'days'), name='discount_tier_once'), models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lt', 100)), name='discount_percent_sane')],
                },
            ),
            migrations.CreateModel(
                name='EarlyPaymentDiscountEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.earlypaymentdiscount')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('terms', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms')),
                    ('days', models.PositiveSmallIntegerField()),
                    ('percent', models.DecimalField(decimal_places=3, max_digits=5)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Instalment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('terms', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='instalments', to='orders.paymentterms')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('percent', models.DecimalField(decimal_places=3, max_digits=6)),
                    ('extra_days', models.PositiveSmallIntegerField(default=0, help_text="Days after the terms' own due date.")),
                ],
                options={
                    'ordering': ['number'],
                    'constraints': [models.UniqueConstraint(fields=('terms', 'number'), name='instalment_once')],
                },
            ),
            migrations.CreateModel(
                name='InstalmentEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.instalment')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('terms', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('percent', models.DecimalField(decimal_places=3, max_digits=6)),
                    ('extra_days', models.PositiveSmallIntegerField(default=0, help_text="Days after the terms' own due date.")),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Customer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('number', models.CharField(max_length=40, unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('vat_id', models.CharField(blank=True, default='', max_length=20)),
                    ('country', models.CharField(blank=True, default='', max_length=2)),
                    ('language', models.CharField(default='en', max_length=5)),
                    ('street', models.CharField(blank=True, default='', max_length=200)),
                    ('postal_code', models.CharField(blank=True, default='', max_length=20)),
                    ('city', models.CharField(blank=True, default='', max_length=100)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='orders.customer')),
                    ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'indexes': [django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='customer_name_trigram'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), name='customer_number_trigram'), models.Index(fields=['updated_at', 'id'], name='customer_by_change')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='customer_external_once'), models.CheckConstraint(condition=models.Q(('parent__isnull', True), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='customer_not_its_own_parent')],
                },
            ),
            migrations.CreateModel(
                name='CustomerEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.customer')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('number', models.CharField(max_length=40)),
                    ('name', models.CharField(max_length=200)),
                    ('vat_id', models.CharField(blank=True, default='', max_length=20)),
                    ('country', models.CharField(blank=True, default='', max_length=2)),
                    ('language', models.CharField(default='en', max_length=5)),
                    ('street', models.CharField(blank=True, default='', max_length=200)),
                    ('postal_code', models.CharField(blank=True, default='', max_length=20)),
                    ('city', models.CharField(blank=True, default='', max_length=100)),
                    ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('payer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='CustomerBankAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bank_accounts', to='orders.customer')),
                    ('iban', models.CharField(max_length=34)),
                    ('bic', models.CharField(blank=True, default='', max_length=11)),
                ],
                options={
                    'indexes': [models.Index(fields=['iban'], name='customer_by_iban')],
                    'constraints': [models.UniqueConstraint(fields=('customer', 'iban'), name='customer_iban_once')],
                },
            ),
            migrations.CreateModel(
                name='CustomerBankAccountEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.customerbankaccount')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('iban', models.CharField(max_length=34)),
                    ('bic', models.CharField(blank=True, default='', max_length=11)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Account',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='orders.customer')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='orders.legalentity')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('segment', models.CharField(blank=True, default='', max_length=40)),
                    ('terms', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentterms')),
                    ('credit_limit', o2c.core.money.AmountField(blank=True, null=True)),
                    ('collector', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='accounts', to=settings.AUTH_USER_MODEL)),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Telephone'), ('none', 'No reminders')], default='email', max_length=10)),
                    ('policy', models.CharField(blank=True, default='', help_text="Code of its dunning policy; empty: the legal entity's.", max_length=40)),
                ],
                options={
                    'indexes': [models.Index(fields=['updated_at', 'id'], name='account_by_change')],
                    'constraints': [models.UniqueConstraint(fields=('customer', 'entity'), name='account_once'), models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='account_external_once')],
                },
            ),
            migrations.CreateModel(
                name='AccountEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.account')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.legalentity')),
                    ('currency', o2c.core.money.CurrencyField()),
                    ('segment', models.CharField(blank=True, default='', max_length=40)),
                    ('terms', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.paymentterms')),
                    ('credit_limit', o2c.core.money.AmountField(blank=True, null=True)),
                    ('collector', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Telephone'), ('none', 'No reminders')], default='email', max_length=10)),
                    ('policy', models.CharField(blank=True, default='', help_text="Code of its dunning policy; empty: the legal entity's.", max_length=40)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Contact',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='orders.customer')),
                    ('name', models.CharField(max_length=200)),
                    ('role', models.CharField(choices=[('billing', 'Accounts payable'), ('purchasing', 'Purchasing'), ('management', 'Management')], default='billing', max_length=20)),
                    ('email', models.EmailField(blank=True, default='', max_length=254)),
                    ('phone', models.CharField(blank=True, default='', max_length=50)),
                    ('language', models.CharField(blank=True, default='', help_text="Empty: the customer's.", max_length=5)),
                    ('in_use', models.BooleanField(default=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['updated_at', 'id'], name='contact_by_change')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='contact_external_once')],
                },
            ),
            migrations.CreateModel(
                name='ContactEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='orders.contact')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('source', models.CharField(blank=True, db_default='', default='', help_text='The system that it came from.', max_length=60)),
                    ('external_id', models.CharField(blank=True, db_default='', default='', help_text='Its key in the source; with it unique.', max_length=100)),
                    ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='orders.customer')),
                    ('name', models.CharField(max_length=200)),
                    ('role', models.CharField(choices=[('billing', 'Accounts payable'), ('purchasing', 'Purchasing'), ('management', 'Management')], default='billing', max_length=20)),
                    ('email', models.EmailField(blank=True, default='', max_length=254)),
                    ('phone', models.CharField(blank=True, default='', max_length=50)),
                    ('language', models.CharField(blank=True, default='', help_text="Empty: the customer's.", max_length=5)),
                    ('in_use', models.BooleanField(default=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='legalentity',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (NEW."address", NEW."base_currency", NEW."books_kept_by", NEW."cash_applied_by", NEW."closed_until", NEW."code", NEW."country", NEW."email", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."registration_number", NEW."subdivision", NEW."time_zone", NEW."vat_id", NEW."weekend"); RETURN NULL;', hash='5118e89d40a481eb3dfd76a4090dc66791fd47d5', operation='INSERT', pgid='pgtrigger_insert_insert_4ad84', table='orders_legalentity', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='legalentity',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."base_currency" IS DISTINCT FROM (NEW."base_currency") OR OLD."books_kept_by" IS DISTINCT FROM (NEW."books_kept_by") OR OLD."cash_applied_by" IS DISTINCT FROM (NEW."cash_applied_by") OR OLD."closed_until" IS DISTINCT FROM (NEW."closed_until") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."registration_number" IS DISTINCT FROM (NEW."registration_number") OR OLD."subdivision" IS DISTINCT FROM (NEW."subdivision") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."vat_id" IS DISTINCT FROM (NEW."vat_id") OR OLD."weekend" IS DISTINCT FROM (NEW."weekend"))', func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (NEW."address", NEW."base_currency", NEW."books_kept_by", NEW."cash_applied_by", NEW."closed_until", NEW."code", NEW."country", NEW."email", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."registration_number", NEW."subdivision", NEW."time_zone", NEW."vat_id", NEW."weekend"); RETURN NULL;', hash='22a6bb249fa8147b8b3043941f454b9083fb7d83', operation='UPDATE', pgid='pgtrigger_update_update_61616', table='orders_legalentity', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='legalentity',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (OLD."address", OLD."base_currency", OLD."books_kept_by", OLD."cash_applied_by", OLD."closed_until", OLD."code", OLD."country", OLD."email", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."registration_number", OLD."subdivision", OLD."time_zone", OLD."vat_id", OLD."weekend"); RETURN NULL;', hash='80d5f02da0ab6bb055d4d92d5081755a0c30c543', operation='DELETE', pgid='pgtrigger_delete_delete_49a1f', table='orders_legalentity', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='closingday',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_closingdayevent" ("day", "entity_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."day", NEW."entity_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='102fc9578da449672f8c2888435494da08470724', operation='INSERT', pgid='pgtrigger_insert_insert_06935', table='orders_closingday', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='closingday',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "orders_closingdayevent" ("day", "entity_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."day", NEW."entity_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='3151b69ff54aecf5e771ca146cd0a425d68372c5', operation='UPDATE', pgid='pgtrigger_update_update_d1dda', table='orders_closingday', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='closingday',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_closingdayevent" ("day", "entity_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."day", OLD."entity_id", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='e2d49497c6023d287a1d8787f5ddfff6edd63391', operation='DELETE', pgid='pgtrigger_delete_delete_93841', table='orders_closingday', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='entityaccess',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_entityaccessevent" ("entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;', hash='6b39925415165352339031377c8f51f3a2fef350', operation='INSERT', pgid='pgtrigger_insert_insert_11079', table='orders_entityaccess', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='entityaccess',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "orders_entityaccessevent" ("entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."entity_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;', hash='c5f4a9696bf6c18355bcfa802f46ed6b99063177', operation='UPDATE', pgid='pgtrigger_update_update_b5c6a', table='orders_entityaccess', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='entityaccess',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_entityaccessevent" ("entity_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."entity_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;', hash='efded88ad24e8ce89ff98710a48a268b6df9ebe6', operation='DELETE', pgid='pgtrigger_delete_delete_1f108', table='orders_entityaccess', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentterms',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_paymenttermsevent" ("code", "day_of_month", "days", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."day_of_month", NEW."days", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='fa9d0fa0bb4d5a14ea893ecd4abde56bdbc862ed', operation='INSERT', pgid='pgtrigger_insert_insert_388b6', table='orders_paymentterms', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentterms',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."day_of_month" IS DISTINCT FROM (NEW."day_of_month") OR OLD."days" IS DISTINCT FROM (NEW."days") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func='INSERT INTO "orders_paymenttermsevent" ("code", "day_of_month", "days", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."day_of_month", NEW."days", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='0cbf0783ad3f0e2df369222cf1147862002329a6', operation='UPDATE', pgid='pgtrigger_update_update_0e0ac', table='orders_paymentterms', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='paymentterms',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_paymenttermsevent" ("code", "day_of_month", "days", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."day_of_month", OLD."days", OLD."id", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='3fb89cf4fcecce5082117e65c6df51f610221090', operation='DELETE', pgid='pgtrigger_delete_delete_0ac13', table='orders_paymentterms', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlypaymentdiscount',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_earlypaymentdiscountevent" ("days", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."days", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."terms_id"); RETURN NULL;', hash='651dbbb54ffabbfc214406ea937336f03315af3c', operation='INSERT', pgid='pgtrigger_insert_insert_8380d', table='orders_earlypaymentdiscount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlypaymentdiscount',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "orders_earlypaymentdiscountevent" ("days", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."days", NEW."id", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."terms_id"); RETURN NULL;', hash='47f63f146c87f1594b6267bbc58ff7d640c2e951', operation='UPDATE', pgid='pgtrigger_update_update_65467', table='orders_earlypaymentdiscount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='earlypaymentdiscount',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_earlypaymentdiscountevent" ("days", "id", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (OLD."days", OLD."id", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."terms_id"); RETURN NULL;', hash='43804e668031bd2b59103c461d7aea1f44f40019', operation='DELETE', pgid='pgtrigger_delete_delete_ae861', table='orders_earlypaymentdiscount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='instalment',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_instalmentevent" ("extra_days", "id", "number", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."extra_days", NEW."id", NEW."number", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."terms_id"); RETURN NULL;', hash='d64a2c50abb57ccdda961e7e65fd8f94459fe703', operation='INSERT', pgid='pgtrigger_insert_insert_8c965', table='orders_instalment', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='instalment',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "orders_instalmentevent" ("extra_days", "id", "number", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (NEW."extra_days", NEW."id", NEW."number", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."terms_id"); RETURN NULL;', hash='d7ebe31e229ac1349a3c912b49d8920ebe7b0722', operation='UPDATE', pgid='pgtrigger_update_update_78c4f', table='orders_instalment', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='instalment',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_instalmentevent" ("extra_days", "id", "number", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "terms_id") VALUES (OLD."extra_days", OLD."id", OLD."number", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."terms_id"); RETURN NULL;', hash='04827e30b3658a4a640a67348e3a82404811231e', operation='DELETE', pgid='pgtrigger_delete_delete_7606c', table='orders_instalment', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customer',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."external_id", NEW."id", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='0b359675d743aa4b04c7e495835f51cb0fda857a', operation='INSERT', pgid='pgtrigger_insert_insert_653d3', table='orders_customer', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customer',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."postal_code" IS DISTINCT FROM (NEW."postal_code") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."vat_id" IS DISTINCT FROM (NEW."vat_id"))', func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."external_id", NEW."id", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='07bf02d919b32dd92f0e49ab091b01e26f75c2f9', operation='UPDATE', pgid='pgtrigger_update_update_9aded', table='orders_customer', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customer',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (OLD."city", OLD."country", OLD."created_at", OLD."external_id", OLD."id", OLD."language", OLD."name", OLD."number", OLD."parent_id", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postal_code", OLD."source", OLD."street", OLD."vat_id"); RETURN NULL;', hash='e7914edfd4a3115326c0e19229e1c36b8b5184d2', operation='DELETE', pgid='pgtrigger_delete_delete_1c2ab', table='orders_customer', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customerbankaccount',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerbankaccountevent" ("bic", "customer_id", "iban", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."bic", NEW."customer_id", NEW."iban", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='9c15987aaa0a87856d5b2df34d17f2b5fb657d3f', operation='INSERT', pgid='pgtrigger_insert_insert_e7924', table='orders_customerbankaccount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customerbankaccount',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "orders_customerbankaccountevent" ("bic", "customer_id", "iban", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."bic", NEW."customer_id", NEW."iban", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='eb1666db64364aea138c87af345379a96e0a7e70', operation='UPDATE', pgid='pgtrigger_update_update_8699e', table='orders_customerbankaccount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='customerbankaccount',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerbankaccountevent" ("bic", "customer_id", "iban", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."bic", OLD."customer_id", OLD."iban", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='74e5628fde20185bb1a78b296997dff63ee1f622', operation='DELETE', pgid='pgtrigger_delete_delete_4143a', table='orders_customerbankaccount', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='account',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "terms_id") VALUES (NEW."channel", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."external_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."terms_id"); RETURN NULL;', hash='706cc6df6c2fd6cbc89c2a394f7650d569776264', operation='INSERT', pgid='pgtrigger_insert_insert_b855c', table='orders_account', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='account',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."collector_id" IS DISTINCT FROM (NEW."collector_id") OR OLD."credit_limit" IS DISTINCT FROM (NEW."credit_limit") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."policy" IS DISTINCT FROM (NEW."policy") OR OLD."segment" IS DISTINCT FROM (NEW."segment") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id"))', func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "terms_id") VALUES (NEW."channel", NEW."collector_id", NEW."credit_limit", NEW."currency", NEW."customer_id", NEW."entity_id", NEW."external_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."segment", NEW."source", NEW."terms_id"); RETURN NULL;', hash='45bab8f36684944c8ba21b96acb33a84f9eea0f7', operation='UPDATE', pgid='pgtrigger_update_update_ff80b', table='orders_account', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='account',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_accountevent" ("channel", "collector_id", "credit_limit", "currency", "customer_id", "entity_id", "external_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "segment", "source", "terms_id") VALUES (OLD."channel", OLD."collector_id", OLD."credit_limit", OLD."currency", OLD."customer_id", OLD."entity_id", OLD."external_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."segment", OLD."source", OLD."terms_id"); RETURN NULL;', hash='1eea549968f27520789aabec57453c9f33238897', operation='DELETE', pgid='pgtrigger_delete_delete_212d9', table='orders_account', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='contact',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contactevent" ("customer_id", "email", "external_id", "id", "in_use", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "source") VALUES (NEW."customer_id", NEW."email", NEW."external_id", NEW."id", NEW."in_use", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."role", NEW."source"); RETURN NULL;', hash='579b962403bab3bed7fb1a2f1b3398aeb7ef7fb7', operation='INSERT', pgid='pgtrigger_insert_insert_6e40d', table='orders_contact', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='contact',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."in_use" IS DISTINCT FROM (NEW."in_use") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."source" IS DISTINCT FROM (NEW."source"))', func='INSERT INTO "orders_contactevent" ("customer_id", "email", "external_id", "id", "in_use", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "source") VALUES (NEW."customer_id", NEW."email", NEW."external_id", NEW."id", NEW."in_use", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."role", NEW."source"); RETURN NULL;', hash='2154d070192bb259fb17db17bef654b69477c8af', operation='UPDATE', pgid='pgtrigger_update_update_5b4ea', table='orders_contact', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='contact',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_contactevent" ("customer_id", "email", "external_id", "id", "in_use", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "source") VALUES (OLD."customer_id", OLD."email", OLD."external_id", OLD."id", OLD."in_use", OLD."language", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."role", OLD."source"); RETURN NULL;', hash='8a5998e79ef7ef3060f8173c835b46575eb8cfa3', operation='DELETE', pgid='pgtrigger_delete_delete_efe7d', table='orders_contact', when='AFTER')),
            ),
        ]),
    ]
