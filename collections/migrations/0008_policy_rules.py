"""The decision by more rules, and versions that stay as they were once a run has used them."""

from pathlib import Path

from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
TOPICS = ("0008_standing", "0008_dunning", "0008_policies")
# What the tables before cannot hold, or what the rules before would read otherwise.
BEYOND = {
    "notices of one item each": "SELECT count(*) FROM collections_notice WHERE item_id IS NOT NULL",
    "lines of a last level that came again": "SELECT count(*) FROM collections_noticeline WHERE repeat > 0",
    "levels before the due day": "SELECT count(*) FROM collections_dunninglevel WHERE days_past_due < 0",
    "drafts, which would be in force": "SELECT count(*) FROM collections_dunningpolicy WHERE activated_at IS NULL",
}


def refuse_what_was_not_there_before(apps, schema_editor) -> None:
    """Say at the beginning of the way back, before anything is undone, why it cannot be gone."""
    found = []
    with schema_editor.connection.cursor() as cursor:
        for what, question in BEYOND.items():
            cursor.execute(question)
            (count,) = cursor.fetchone()
            if count:
                found.append(f"{count} {what}")
    if found:
        raise IrreversibleError(
            f"There are {', '.join(found)}: the version before does not know them. Throw drafts away and take levels"
            " away that no run has used; of what was sent already, restore the backup from before the upgrade."
        )


class Migration(migrations.Migration):
    dependencies = [("collections", "0007_notices_once"), ("invoicing", "0003_guards")]

    operations = [
        *(from_file(SQL, topic) for topic in TOPICS),
        # the last one forwards is the first one back
        migrations.RunPython(migrations.RunPython.noop, refuse_what_was_not_there_before),
    ]
