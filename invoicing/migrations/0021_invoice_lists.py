"""Few invoices are cancelled and few are credit notes: lists of them would read all the others to find a page."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0020_statement_guards")]

    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["entity", "-issued_on", "-id"], condition=Q(state="cancelled"), name="invoice_cancelled_by_day"
            ),
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["entity", "-issued_on", "-id"], condition=Q(kind="credit_note"), name="invoice_credits_by_day"
            ),
        ),
    ]
