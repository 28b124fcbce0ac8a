"""The history of carriers' secrets that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0016_tracking"), ("core", "0004_guards")]

    operations = guard("orders_carriersecretevent")
