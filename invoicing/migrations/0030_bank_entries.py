"""What was booked to a bank account is few entries among many; without an index each reconciliation read the whole book."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0029_bank_loads")]

    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["entity", "effective_on"], condition=models.Q(kind="bank"), name="entry_of_bank"
            ),
        ),
    ]
