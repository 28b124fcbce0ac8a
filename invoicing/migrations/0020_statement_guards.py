from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0019_statements")]

    operations = [
        *guard("invoicing_statementscheduleevent"),
        *guard("invoicing_statementrunevent"),
        # a document that is let go of is looked for among the invoices
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["document"], condition=Q(document__isnull=False), name="invoice_by_document"
            ),
        ),
    ]
