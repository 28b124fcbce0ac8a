"""Fees of a level that a run has used stay as they were, and nobody rewrites their history."""

from django.db import migrations

from o2c.core.audit.guard import guard

STAY = """
    CREATE TRIGGER used_fees_stay BEFORE INSERT OR UPDATE OR DELETE ON collections_levelfee
        FOR EACH ROW EXECUTE FUNCTION collections_keep_used_level()
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0027_fees"), ("core", "0004_guards")]

    operations = [
        migrations.RunSQL(STAY, "DROP TRIGGER used_fees_stay ON collections_levelfee"),
        *guard("collections_levelfeeevent"),
    ]
