"""Fees of a level that a run has used stay as they were, and nobody rewrites their history."""

from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError

from o2c.core.audit.guard import guard

STAY = """
    CREATE TRIGGER used_fees_stay BEFORE INSERT OR UPDATE OR DELETE ON collections_levelfee
        FOR EACH ROW EXECUTE FUNCTION collections_keep_used_level()
"""


def refuse_fees(apps, schema_editor) -> None:
    """The version before would take notes of fees for notes of interest."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM collections_interestnote WHERE kind = 'fee'")
        (count,) = cursor.fetchone()
    if count:
        raise IrreversibleError(f"{count} notes are of fees: restore the backup from before the upgrade.")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0033_fees"), ("core", "0004_guards")]

    operations = [
        migrations.RunSQL(STAY, "DROP TRIGGER used_fees_stay ON collections_levelfee"),
        *guard("collections_levelfeeevent"),
        migrations.RunPython(migrations.RunPython.noop, refuse_fees),
    ]
