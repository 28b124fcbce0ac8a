"""Payers name documents by their figures, with or without what stands before them: both are looked up by an index."""

from pathlib import Path

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from o2c.core.sql import from_file
from o2c.invoicing.models.items import NumberKey, NumberTail

SQL = Path(__file__).parents[1] / "sql"
DOCUMENTS = ["invoice", "credit_note", "fee"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0023_bank_guards")]

    operations = [
        from_file(SQL, "0024_number_keys"),
        AddIndexConcurrently(
            model_name="openitem",
            index=models.Index(NumberKey("number"), condition=Q(kind__in=DOCUMENTS), name="item_by_number_key"),
        ),
        AddIndexConcurrently(
            model_name="openitem",
            index=models.Index(NumberTail("number"), condition=Q(kind__in=DOCUMENTS), name="item_by_number_tail"),
        ),
    ]
