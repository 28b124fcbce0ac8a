"""Bank lines are looked for by what they say and by amount; without these each search read all of them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Concat, Upper

SAID = Concat(
    "party_name", Value(" "), "remittance", Value(" "), "bank_text", Value(" "), "party_iban", Value(" "),
    "party_account", Value(" "), "end_to_end_id", Value(" "), "bank_reference", Value(" "), "customer_reference",
    output_field=models.TextField(),
)  # fmt: skip
INDEXES = (
    GinIndex(OpClass(Upper(SAID), name="gin_trgm_ops"), name="bank_line_said_trigram"),
    models.Index(fields=["amount"], name="bank_line_by_amount"),
    models.Index(fields=["open_amount"], condition=~models.Q(open_amount=0), name="bank_line_by_open_amount"),
    models.Index(fields=["-booked_on", "-id"], name="bank_line_latest"),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0010_line_notes"), ("orders", "0003_guards")]

    operations = [AddIndexConcurrently(model_name="bankline", index=index) for index in INDEXES]
