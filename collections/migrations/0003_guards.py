"""Histories that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "collections_dunningpolicyevent", "collections_dunninglevelevent", "collections_levelminimumevent",
    "collections_dunningsettingsevent", "collections_disputeevent", "collections_dunningrunevent",
    "collections_holdevent", "collections_promisetopayevent", "collections_queueevent", "collections_teamevent",
    "collections_teammemberevent", "collections_teamqueueevent",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0002_rules"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
