"""Times in which a legal entity tries the dunning out."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0017_interest_guards'),
        ('orders', '0004_standing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pilot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('begun_by', models.CharField(max_length=150)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pilots', to='orders.legalentity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('entity',), name='pilot_one_at_a_time')],
            },
        ),
    ]
