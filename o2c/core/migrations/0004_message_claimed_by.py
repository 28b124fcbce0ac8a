from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_heartbeat")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="claimed_by",
            field=models.CharField(
                blank=True, default="", help_text="How and by which process: smtp@… or spool@…", max_length=80
            ),
        ),
    ]
