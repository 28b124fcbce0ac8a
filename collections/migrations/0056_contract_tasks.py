"""Tasks about contracts that end soon."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collections", "0055_target_changes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call", "Call about overdue items"),
                    ("no_contact", "Find a contact"),
                    ("broken_promise", "Promise not kept"),
                    ("broken_plan", "Payment plan broken"),
                    ("returned", "Payment came back"),
                    ("rejected", "Direct debit rejected"),
                    ("reply", "Answer a mail"),
                    ("dispute", "Dispute not settled"),
                    ("inquiry", "Answer an inquiry"),
                    ("contract", "Contract ends soon"),
                    ("manual", "Task by hand"),
                ],
                max_length=20,
            ),
        ),
    ]
