"""Every proposal with a receipt is in a state that has one."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0008_returned_proposals")]

    operations = [ValidateConstraint(model_name="matchproposal", name="match_applied_by_receipt")]
