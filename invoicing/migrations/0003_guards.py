"""Histories that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "invoicing_bankaccountevent", "invoicing_ledgeraccountevent", "invoicing_statementscheduleevent",
    "invoicing_statementrunevent", "invoicing_matchingrulesevent", "invoicing_payeraliasevent",
    "invoicing_reasoncodeevent", "invoicing_checkruleevent", "invoicing_quarantineevent",
    "invoicing_bankdetailchangeevent", "invoicing_cashrulesevent", "invoicing_deductionevent",
    "invoicing_refundevent", "invoicing_writeoffevent", "invoicing_collectionevent", "invoicing_debitrunevent",
    "invoicing_directdebitrulesevent", "invoicing_mandateevent",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0002_rules"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
