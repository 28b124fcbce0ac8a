"""Loading exchange rates from a table with a row for each rate.

The European Central Bank's own file, a column for each currency, is read by `o2c.invoicing.rates`. Both write the same
rates: units of a currency for one euro.
"""

from o2c.core.imports.asking import do
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.imports.undoing import Undoing

FIELDS = (
    Field("date", Type.DATE, required=True),
    Field("from", Type.CURRENCY, required=True, note="One unit of this currency costs …"),
    Field("to", Type.CURRENCY, required=True, note="… so many of this one; one of the two is EUR"),
    Field("rate", Type.RATE, required=True),
)

QUOTED = """CASE WHEN r."from" = 'EUR' THEN r."to" ELSE r."from" END"""


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged rates. A rate to the euro is kept as its reciprocal, to eight places."""
    facts = {"on": run.on, "run": run.id}
    stage.reject(
        """
        SELECT line, 'to', "to", 'is the same currency' FROM import_row WHERE state = 'g' AND "from" = "to"
        UNION ALL
        SELECT line, 'from', "from" || ' to ' || "to", 'is neither from nor to EUR, and rates are kept to the euro'
            FROM import_row WHERE state = 'g' AND "from" <> 'EUR' AND "to" <> 'EUR' AND "from" <> "to"
        UNION ALL
        SELECT line, 'rate', rate::text, 'has no reciprocal of eight places' FROM import_row
            WHERE state = 'g' AND "to" = 'EUR' AND "from" <> 'EUR'
                AND (round(1 / rate, 8) = 0 OR round(1 / rate, 8) >= 10 ^ 10)
        """
    )
    stage.warn(
        "SELECT line, 'date', date::text, 'is later than the day of loading' FROM import_row"
        " WHERE state = 'g' AND date > %(on)s",
        facts,
    )
    for statement in (TOLD, LOCK, NOTED):
        do(statement, dict(facts))
    updated = do(CHANGED)
    created = do(NEW)
    return Counts(created=created, updated=updated)


# Nobody else writes these rates until the load ends: `load_ecb` and `record` wait.
LOCK = "LOCK TABLE invoicing_exchangerate IN SHARE ROW EXCLUSIVE MODE"

TOLD = f"""
    CREATE TEMP TABLE import_rate ON COMMIT DROP AS
    SELECT r.date AS "on", {QUOTED} AS currency,
           CASE WHEN r."from" = 'EUR' THEN r.rate ELSE round(1 / r.rate, 8) END AS rate
    FROM import_row r WHERE r.state = 'g'
"""  # noqa: S608 made of our own words

NOTED = """
    INSERT INTO core_importedchange (run_id, subject, row, was, became)
    SELECT %(run)s, 'rate', coalesce(e.id, 0), CASE WHEN e.id IS NOT NULL THEN jsonb_build_object('rate', e.rate) END,
           jsonb_build_object('currency', t.currency, 'on', t."on", 'rate', t.rate)
    FROM import_rate t LEFT JOIN invoicing_exchangerate e ON e.currency = t.currency AND e."on" = t."on"
    WHERE e.rate IS DISTINCT FROM t.rate
"""

CHANGED = """
    UPDATE invoicing_exchangerate e SET rate = t.rate FROM import_rate t
    WHERE e.currency = t.currency AND e."on" = t."on" AND e.rate <> t.rate
"""

NEW = """
    INSERT INTO invoicing_exchangerate (currency, "on", rate)
    SELECT currency, "on", rate FROM import_rate t
    WHERE NOT EXISTS (SELECT 1 FROM invoicing_exchangerate e WHERE e.currency = t.currency AND e."on" = t."on")
    ORDER BY 1, 2
"""


def undo(taking: Undoing) -> None:
    """Refused where a rate was changed since, or anything was booked at it."""
    facts = {"run": taking.run.pk, "ended": taking.marks.ended}
    do(LOCK)
    do(WRITTEN, dict(facts))
    taking.builds(
        "rates changed since",
        """
        SELECT u.currency || ' on ' || u."on" FROM undo_rate u
        LEFT JOIN invoicing_exchangerate e ON e.currency = u.currency AND e."on" = u."on"
        WHERE e.rate IS DISTINCT FROM u.rate
        """,
    )
    taking.builds("items booked at its rates", BOOKED, facts)
    taking.refuse_if_built_on()
    taking.undone.restored = do(
        """
        UPDATE invoicing_exchangerate e SET rate = u.was FROM undo_rate u
        WHERE e.currency = u.currency AND e."on" = u."on" AND u.was IS NOT NULL
        """
    )
    taking.undone.taken_back = do(
        """
        DELETE FROM invoicing_exchangerate e USING undo_rate u
        WHERE e.currency = u.currency AND e."on" = u."on" AND u.was IS NULL
        """
    )


WRITTEN = """
    CREATE TEMP TABLE undo_rate ON COMMIT DROP AS
    SELECT became ->> 'currency' AS currency, (became ->> 'on')::date AS "on", (became ->> 'rate')::numeric AS rate,
           (was ->> 'rate')::numeric AS was
    FROM core_importedchange WHERE run_id = %(run)s AND subject = 'rate'
"""

# The rate of a day is the last one up to it, of the item's currency and of the legal entity's own.
BOOKED = """
    SELECT i.number FROM invoicing_openitem i JOIN orders_legalentity l ON l.id = i.entity_id
    WHERE i.recorded_at > %(ended)s::timestamptz AND i.currency <> l.base_currency AND EXISTS (
        SELECT 1 FROM undo_rate u WHERE u.currency IN (i.currency, l.base_currency) AND u."on" = (
            SELECT max(e."on") FROM invoicing_exchangerate e
            WHERE e.currency = u.currency AND e."on" <= i.effective_on))
"""

EXCHANGE_RATES = Kind(
    name="exchange-rates",
    title="Exchange rates",
    description="Rates from or to the euro, a row for each. They count for every legal entity.",
    right="imports.exchange-rates",
    fields=FIELDS,
    key="date",
    key_sql=f"r.date::text || ' ' || {QUOTED}",
    book=book,
    undo=undo,
)
