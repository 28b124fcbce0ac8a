"""Payments of and refunds to customers who are blocked or closed are looked at."""

from django.db import migrations, models

from o2c.core.database.together import together

# What there was of them goes: the version before has no words for it.
REVERSE = """
    DELETE FROM invoicing_paymentfinding WHERE check_code IN ('account_not_open', 'refund_not_open');
    DELETE FROM invoicing_checkrule WHERE check_code IN ('account_not_open', 'refund_not_open');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0005_refund_checks'),
        ('orders', '0004_standing'),
    ]

    operations = together([
        migrations.AlterField(
            model_name='checkrule',
            name='check_code',
            field=models.CharField(choices=[('invalid_iban', "The payer's IBAN is none"), ('others_account', 'The account belongs to another customer'), ('bank_repeats', 'The same payment came before, by its end-to-end id'), ('like_another', 'Like another payment of the last days'), ('new_account', 'The customer has never paid from this account'), ('foreign_country', 'The account is in a country the customer has nothing to do with'), ('far_above_habit', 'Far more than the customer ever pays'), ('no_account_here', 'The customer is none of this legal entity'), ('account_not_open', 'The customer is blocked or closed'), ('refund_never_paid', 'Refund to an account that never paid us'), ('refund_others', 'Refund to an account of another customer'), ('refund_country', 'Refund to a country the customer has nothing to do with'), ('refund_twice', 'Refund like another one'), ('refund_above_habit', 'Refund far above what the customer pays'), ('round_trip', 'Refund of money that has just come in'), ('round_trip_elsewhere', 'Refund of money that has just come in, to another account'), ('refund_not_open', 'Refund to a customer who is blocked or closed'), ('details_new', 'Refund to an account that was confirmed lately'), ('details_by_email', 'Refund to an account that was lately asked for by e-mail')], max_length=20),
        ),
        migrations.AlterField(
            model_name='checkruleevent',
            name='check_code',
            field=models.CharField(choices=[('invalid_iban', "The payer's IBAN is none"), ('others_account', 'The account belongs to another customer'), ('bank_repeats', 'The same payment came before, by its end-to-end id'), ('like_another', 'Like another payment of the last days'), ('new_account', 'The customer has never paid from this account'), ('foreign_country', 'The account is in a country the customer has nothing to do with'), ('far_above_habit', 'Far more than the customer ever pays'), ('no_account_here', 'The customer is none of this legal entity'), ('account_not_open', 'The customer is blocked or closed'), ('refund_never_paid', 'Refund to an account that never paid us'), ('refund_others', 'Refund to an account of another customer'), ('refund_country', 'Refund to a country the customer has nothing to do with'), ('refund_twice', 'Refund like another one'), ('refund_above_habit', 'Refund far above what the customer pays'), ('round_trip', 'Refund of money that has just come in'), ('round_trip_elsewhere', 'Refund of money that has just come in, to another account'), ('refund_not_open', 'Refund to a customer who is blocked or closed'), ('details_new', 'Refund to an account that was confirmed lately'), ('details_by_email', 'Refund to an account that was lately asked for by e-mail')], max_length=20),
        ),
        migrations.AlterField(
            model_name='paymentfinding',
            name='check_code',
            field=models.CharField(choices=[('invalid_iban', "The payer's IBAN is none"), ('others_account', 'The account belongs to another customer'), ('bank_repeats', 'The same payment came before, by its end-to-end id'), ('like_another', 'Like another payment of the last days'), ('new_account', 'The customer has never paid from this account'), ('foreign_country', 'The account is in a country the customer has nothing to do with'), ('far_above_habit', 'Far more than the customer ever pays'), ('no_account_here', 'The customer is none of this legal entity'), ('account_not_open', 'The customer is blocked or closed'), ('refund_never_paid', 'Refund to an account that never paid us'), ('refund_others', 'Refund to an account of another customer'), ('refund_country', 'Refund to a country the customer has nothing to do with'), ('refund_twice', 'Refund like another one'), ('refund_above_habit', 'Refund far above what the customer pays'), ('round_trip', 'Refund of money that has just come in'), ('round_trip_elsewhere', 'Refund of money that has just come in, to another account'), ('refund_not_open', 'Refund to a customer who is blocked or closed'), ('details_new', 'Refund to an account that was confirmed lately'), ('details_by_email', 'Refund to an account that was lately asked for by e-mail')], max_length=20),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, REVERSE),
    ])
