"""Commercial invoices that went with exports."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_providers'),
        ('invoicing', '0019_prices_as_read'),
        ('orders', '0017_tracking_guard'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomsInvoice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(help_text="Of the delivery's lines that it is of.", max_length=32)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('made_by', models.CharField(max_length=150)),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='customs_invoices', to='orders.delivery')),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
            ],
            options={
                'indexes': [models.Index(fields=['delivery', '-id'], name='customs_invoice_by_delivery'), models.Index(fields=['document'], name='customs_invoice_by_document')],
            },
        ),
    ]
