"""How fast and at what hours messages go out: the country where each is read, and what was handed over by domain."""

import django.contrib.postgres.fields
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_reports'),
    ]

    operations = together([
        migrations.CreateModel(
            name='DomainPace',
            fields=[
                ('domain', models.CharField(max_length=320, primary_key=True, serialize=False)),
                ('handed_over', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='country',
            field=models.CharField(blank=True, default='', help_text="Where it is read: it goes at that country's hours. Empty: at any.", max_length=2),
        ),
    ])
