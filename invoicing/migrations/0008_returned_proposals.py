"""A proposal whose payment came back says so. The next migration looks whether the check holds for all."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

STATES = [
    ("open", "Waits for a decision"),
    ("applied", "Applied"),
    ("rejected", "Rejected"),
    ("gone", "Overtaken by what happened since"),
    ("undone", "Applied and taken back"),
    ("returned", "Applied, and the payment came back"),
]


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0007_remittances")]

    operations = [
        migrations.AlterField(
            model_name="matchproposal",
            name="state",
            field=models.CharField(choices=STATES, default="open", max_length=10),
        ),
        migrations.RemoveConstraint(model_name="matchproposal", name="match_applied_by_receipt"),
        AddConstraintNotValid(
            model_name="matchproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=["applied", "undone", "returned"]) | models.Q(receipt__isnull=True),
                name="match_applied_by_receipt",
            ),
        ),
    ]
