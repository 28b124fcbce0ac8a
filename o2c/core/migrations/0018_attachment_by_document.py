from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0017_documents")]

    operations = [
        AddIndexConcurrently(
            model_name="messageattachment",
            index=models.Index(fields=["document"], name="message_attachment_by_document"),
        ),
    ]
