from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0014_audit")]

    operations = [
        *guard("invoicing_bankaccountevent"),
        *guard("invoicing_ledgeraccountevent"),
        AddIndexConcurrently(
            model_name="entry", index=models.Index(fields=["recorded_at", "id"], name="entry_by_recording")
        ),
        # many rows of one context take little room: PostgreSQL keeps equal keys once
        AddIndexConcurrently(
            model_name="entry", index=models.Index(fields=["context_id"], name="entry_by_context")
        ),
        AddIndexConcurrently(
            model_name="allocation", index=models.Index(fields=["context_id"], name="allocation_by_context")
        ),
    ]
