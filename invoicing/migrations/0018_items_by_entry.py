"""An invoice's open items are those of its entry; without an index each credit note read the whole book for them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0017_invoices")]

    operations = [
        AddIndexConcurrently(model_name="openitem", index=models.Index(fields=["entry"], name="item_by_entry")),
    ]
