"""Tasks about invoices that differ from their orders."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collections", "0056_contract_tasks"),
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
                    ("discrepancy", "Invoice differs from its order"),
                    ("manual", "Task by hand"),
                ],
                max_length=20,
            ),
        ),
    ]
