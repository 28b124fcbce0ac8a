"""Who pays from an account is looked up by the account, for every line of a bank statement."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_closed_books")]

    operations = [
        AddIndexConcurrently(
            model_name="customerbankaccount", index=models.Index(fields=["iban"], name="customer_by_iban")
        ),
    ]
