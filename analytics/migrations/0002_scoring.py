import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from o2c.core.database.together import AddTogether


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0001_tables'),
        ('orders', '0005_consumer'),
    ]

    operations = [
        AddTogether([
            migrations.CreateModel(
                name='ScoringRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='scoring', to='orders.legalentity')),
                    ('as_of', models.DateField(help_text='What was known before this day is in it.')),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('seconds', models.FloatField(default=0)),
                    ('customers', models.PositiveIntegerField(help_text='Who has paid before; of all others nothing is told.')),
                    ('model', models.CharField(help_text='By which formula; another one scores them anew.', max_length=20)),
                ],
            ),
            migrations.CreateModel(
                name='Prediction',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='orders.legalentity')),
                    ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='orders.customer')),
                    ('as_of', models.DateField()),
                    ('band', models.CharField(choices=[('on_time', 'On time'), ('late', 'Late'), ('very_late', 'Very late')], max_length=10)),
                    ('p_late', models.DecimalField(decimal_places=4, help_text='Probability of paying after the next business day and days of grace.', max_digits=5)),
                    ('p_late_30', models.DecimalField(decimal_places=4, help_text='Probability of paying more than 30 days late.', max_digits=5)),
                    ('days_p10', models.SmallIntegerField(help_text='One in ten is paid by this day.')),
                    ('days_p50', models.SmallIntegerField()),
                    ('days_p90', models.SmallIntegerField()),
                    ('paid', models.PositiveIntegerField(help_text='So many paid invoices of two years are what it is told from.')),
                    ('reasons', models.JSONField(default=list, help_text='Up to three facts, for a person.')),
                    ('model', models.CharField(max_length=20)),
                ],
                options={
                    'indexes': [models.Index(fields=['customer'], name='prediction_by_customer')],
                    'constraints': [models.UniqueConstraint(fields=('entity', 'customer'), name='prediction_once')],
                },
            ),
        ]),
    ]
