"""What becomes of payment plans; and the decision, which heeds plans, hand-overs and trials.

Going back the decision is the one of 0008 again.
"""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import MARK, from_file

SQL = Path(__file__).parents[1] / "sql"
BEFORE, _, _ = (SQL / "0008_dunning.sql").read_text(encoding="utf-8").partition(MARK)


class Migration(migrations.Migration):
    dependencies = [("collections", "0030_plans")]

    operations = [
        from_file(SQL, "plan_rules"),
        migrations.RunSQL(migrations.RunSQL.noop, [(BEFORE, None)]),
        from_file(SQL, "0031_dunning"),
    ]
