"""A notice once for what it is told of, a line once for each time its level comes: made beside the writers."""

from django.db import migrations, models
from django.db.models import Q

from o2c.core.audit.guard import guard
from o2c.core.database.together import together


def unique(name: str, table: str, columns: str, condition: str = "") -> str:
    return f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns}) {condition}".rstrip()


def whole(name: str) -> str:
    """One that was broken off half-way stays behind invalid."""
    return f"""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid) THEN
                DROP INDEX {name};
            END IF;
        END $$
    """


def constraint(name: str) -> str:
    """Make the index a constraint, where it is none yet: what is not atomic may be begun again."""
    return f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}') THEN
                ALTER TABLE collections_notice ADD CONSTRAINT {name} UNIQUE USING INDEX {name};
            END IF;
        END $$
    """


def without(name: str) -> str:
    return f"ALTER TABLE collections_notice DROP CONSTRAINT IF EXISTS {name}"


NOTICE = ("collections_notice", "run_id, customer_id, currency, item_id", "NULLS NOT DISTINCT")
NOTICE_BEFORE = ("collections_notice", "run_id, customer_id, currency")
LINE = ("collections_noticeline", "item_id, cycle, level, repeat", "WHERE dropped_because = '' AND scenario_id IS NULL")
LINE_BEFORE = ("collections_noticeline", "item_id, cycle, level", "WHERE dropped_because = '' AND scenario_id IS NULL")
SQL, NOTHING = migrations.RunSQL, migrations.RunSQL.noop


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0006_policies")]

    operations = together([
        migrations.SeparateDatabaseAndState(
            database_operations=[
                SQL(whole("notice_once"), NOTHING),
                SQL(unique("notice_once", *NOTICE), without("notice_once")),
                SQL(constraint("notice_once"), NOTHING),
                SQL(without("notice_once_a_run"), constraint("notice_once_a_run")),
                SQL(NOTHING, unique("notice_once_a_run", *NOTICE_BEFORE)),
                SQL(NOTHING, whole("notice_once_a_run")),
                SQL(whole("line_once_a_cycle"), NOTHING),
                SQL(unique("line_once_a_cycle", *LINE), "DROP INDEX CONCURRENTLY IF EXISTS line_once_a_cycle"),
                SQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS line_level_once_a_cycle",
                    unique("line_level_once_a_cycle", *LINE_BEFORE),
                ),
                SQL(NOTHING, whole("line_level_once_a_cycle")),
            ],
            state_operations=[
                migrations.RemoveConstraint("notice", "notice_once_a_run"),
                migrations.RemoveConstraint("noticeline", "line_level_once_a_cycle"),
                migrations.AddConstraint(
                    "notice",
                    models.UniqueConstraint(
                        fields=["run", "customer", "currency", "item"], nulls_distinct=False, name="notice_once"
                    ),
                ),
                migrations.AddConstraint(
                    "noticeline",
                    models.UniqueConstraint(
                        fields=["item", "cycle", "level", "repeat"],
                        condition=Q(scenario_id__isnull=True, dropped_because=""),
                        name="line_once_a_cycle",
                    ),
                ),
            ],
        ),
        *guard("collections_policychoiceevent"),
    ])
