"""Booking many items at once: the same rows that `items.book`, `cash.receive` and `cash.apply` write for one.

What is to be booked is collected in the temporary table `booking`, one row an item with its entry; `write` then makes
entries, items, postings, receipts and allocations of it, one statement each, so that the database's checks judge all
of it in one query a table.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from datetime import date

from django.db import connection

from o2c.core import numbering
from o2c.core.money import minor_unit
from o2c.invoicing.models import LedgerAccount
from o2c.orders.models import LegalEntity

# `against`: the other account. `settles`: the item it clears, by `settled` (positive), from `settled_on` on.
# A receipt without a `receipt_method` is history; one with it gets a number of its own, without gaps.
# `base_amount` is only given for a reversal, which turns the sign; else it is worked out at the rate of the day.
TABLE = """
    CREATE TEMP TABLE booking (
        line bigint,
        entry_id bigint NOT NULL DEFAULT nextval('{entries}'),
        item_id bigint NOT NULL DEFAULT nextval('{items}'),
        customer_id bigint NOT NULL, payer_id bigint NOT NULL,
        entry_kind text NOT NULL, item_kind text NOT NULL,
        source text NOT NULL, external_id text,
        number text NOT NULL, issued_on date NOT NULL, due_on date NOT NULL,
        currency varchar(3) NOT NULL, amount numeric(19,4) NOT NULL, base_amount numeric(19,4),
        effective_on date NOT NULL, known_on date NOT NULL, disputed_on date,
        reverses_id bigint, against bigint NOT NULL,
        settles bigint, settled numeric(19,4), settles_from date,
        is_receipt boolean NOT NULL DEFAULT false,
        receipt_number text, receipt_method text, receipt_reference text, receipt_source text, receipt_key text
    ) ON COMMIT DROP
"""


class Bookings:
    """Collects what a legal entity books, then writes it. Lives in one transaction."""

    def __init__(self, entity: LegalEntity, *, actor_name: str, import_run_id: int | None = None):
        self.entity = entity
        self.accounts = dict(LedgerAccount.objects.filter(entity=entity).values_list("role", "id"))
        self.params = {
            "entity": entity.pk,
            "base": entity.base_currency,
            "base_places": minor_unit(entity.base_currency),
            "receivables": self.accounts[LedgerAccount.Role.RECEIVABLES],
            "cash": self.accounts[LedgerAccount.Role.CASH],
            "revenue": self.accounts[LedgerAccount.Role.REVENUE],
            "opening": self.accounts[LedgerAccount.Role.OPENING],
            "write_off": self.accounts[LedgerAccount.Role.WRITE_OFF],
            "discount": self.accounts[LedgerAccount.Role.DISCOUNT],
            "bank_charges": self.accounts[LedgerAccount.Role.BANK_CHARGES],
            "actor": actor_name,
            "import_run": import_run_id,
        }
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_serial_sequence('invoicing_entry', 'id'),"
                " pg_get_serial_sequence('invoicing_openitem', 'id')"
            )
            entries, items = cursor.fetchone()
            cursor.execute(TABLE.format(entries=entries, items=items))
            cursor.execute(STALE)
            if cursor.fetchone()[0]:
                cursor.execute("ANALYZE invoicing_openitem")

    def add(self, sql: str, **params) -> int:
        """Collect what an INSERT INTO booking … SELECT finds; returns how many. `%(entity)s` and the accounts of the
        books (`%(revenue)s`, `%(cash)s`, `%(opening)s`) are there for the query."""
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.params, **params})
            return cursor.rowcount

    def write(self, *, settling: str = "", **facts) -> None:
        """Write what was collected. Foreign keys are checked statement by statement, to keep nothing waiting.

        `settling` inserts allocations beyond those that the rows themselves name. Receipts are written last: their
        numbers are drawn with them, and who draws the next ones waits until we have committed.
        """
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE booking")
            cursor.execute(RATES, dict(self.params))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in (ENTRIES, ITEMS, POSTINGS, ALLOCATIONS, settling, RECEIPTS):
                if not statement:
                    continue
                if statement is RECEIPTS:
                    self._number()
                cursor.execute(statement, {**self.params, **facts})
                if statement is ITEMS:
                    written = cursor.rowcount
                    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'invoicing_openitem'::regclass")
                    if written > MANY + cursor.fetchone()[0] * MANY_SHARE:
                        cursor.execute("ANALYZE invoicing_openitem")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @staticmethod
    def drop() -> None:
        """Forget what was collected: more may be booked in the same transaction."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS booking, booking_rate")

    def _number(self) -> None:
        """Give the new receipts their numbers, in the order of their days and lines."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(year FROM effective_on)::int, count(*) FROM booking"
                " WHERE is_receipt AND receipt_method IS NOT NULL GROUP BY 1 ORDER BY 1"
            )
            for year, count in cursor.fetchall():
                given = numbering.reserve(self.entity.code, numbering.RECEIPT, date(year, 1, 1), count)
                cursor.execute(
                    NUMBERED, {"year": year, "head": given.head, "width": given.width, "before": given.first - 1}
                )


# Statistics of an empty table plan nested loops over whole tables, quadratic ones once it is full. The server brings
# them up to date by itself, but only some time after the commit, and a load that was killed may leave an empty table's.
STALE = """
    SELECT reltuples <= 0 AND pg_relation_size(oid) > 0
        OR pg_relation_size(oid) / current_setting('block_size')::int > 100 + relpages * 1.5
    FROM pg_class WHERE oid = 'invoicing_openitem'::regclass
"""
# So many new items, and such a share of those there were, are worth looking at before the allocations are judged.
MANY, MANY_SHARE = 500, 0.2

# The rates of `ledger.rate`, once for each currency and day.
RATES = """
    CREATE TEMP TABLE booking_rate ON COMMIT DROP AS
    SELECT d.currency, d.effective_on, theirs.rate AS theirs, ours.rate AS ours
    FROM (SELECT DISTINCT currency, effective_on FROM booking
          WHERE currency <> %(base)s AND reverses_id IS NULL) d
    CROSS JOIN LATERAL (
        SELECT CASE WHEN d.currency = 'EUR' THEN 1 ELSE (
            SELECT r.rate FROM invoicing_exchangerate r WHERE r.currency = d.currency AND r."on" <= d.effective_on
            ORDER BY r."on" DESC LIMIT 1) END AS rate
    ) theirs
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(base)s = 'EUR' THEN 1 ELSE (
            SELECT r.rate FROM invoicing_exchangerate r WHERE r.currency = %(base)s AND r."on" <= d.effective_on
            ORDER BY r."on" DESC LIMIT 1) END AS rate
    ) ours
"""

BASE_AMOUNT = """
    CASE WHEN b.reverses_id IS NOT NULL THEN b.base_amount
         WHEN b.currency = %(base)s THEN b.amount
         ELSE round(b.amount * r.ours / r.theirs, %(base_places)s) END
"""

WITH_RATE = "booking b LEFT JOIN booking_rate r ON r.currency = b.currency AND r.effective_on = b.effective_on"

ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, payer_id, kind, text, effective_on, known_on, reverses_id, actor)
    SELECT b.entry_id, %(entity)s, b.payer_id, b.entry_kind,
           CASE WHEN b.entry_kind = 'receipt' THEN 'Payment'
                WHEN b.reverses_id IS NOT NULL THEN (SELECT o.text FROM invoicing_entry o WHERE o.id = b.reverses_id)
                ELSE b.number END,
           b.effective_on, b.known_on, b.reverses_id, %(actor)s
    FROM booking b
"""

ITEMS = f"""
    INSERT INTO invoicing_openitem (
        id, entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on, due_on, currency,
        amount, open_amount, base_amount, cycle, disputed_on, effective_on, known_on, entry_id, import_run_id)
    SELECT b.item_id, %(entity)s, b.customer_id, b.payer_id, b.item_kind, b.source,
           coalesce(b.external_id, CASE WHEN b.reverses_id IS NULL THEN b.item_kind ELSE 'reversal' END
                                   || ':' || b.entry_id),
           b.number, b.issued_on, b.due_on, b.currency, b.amount, b.amount, {BASE_AMOUNT}, 1, b.disputed_on,
           b.effective_on, b.known_on, b.entry_id, %(import_run)s
    FROM {WITH_RATE}
"""

POSTINGS = f"""
    INSERT INTO invoicing_posting (entry_id, account_id, item_id, currency, amount, base_amount)
    SELECT b.entry_id, line.account_id, line.item_id, b.currency, line.sign * b.amount, line.sign * ({BASE_AMOUNT})
    FROM {WITH_RATE}
    CROSS JOIN LATERAL (VALUES (1, %(receivables)s, b.item_id), (-1, b.against, NULL))
        AS line (sign, account_id, item_id)
"""

NUMBERED = """
    UPDATE booking b SET receipt_number = %(head)s || lpad(n.number, greatest(%(width)s, length(n.number)), '0')
    FROM (
        SELECT item_id, (%(before)s + row_number() OVER (ORDER BY effective_on, line, item_id))::text AS number
        FROM booking
        WHERE is_receipt AND receipt_method IS NOT NULL AND extract(year FROM effective_on) = %(year)s
    ) n WHERE n.item_id = b.item_id
"""

RECEIPTS = """
    INSERT INTO invoicing_receipt (entity_id, customer_id, payer_id, number, method, currency, amount, received_on,
                                   reference, item_id, source, external_id)
    SELECT %(entity)s, customer_id, payer_id, coalesce(receipt_number, ''), coalesce(receipt_method, 'history'),
           currency, -amount, effective_on, coalesce(receipt_reference, ''), item_id, coalesce(receipt_source, ''),
           coalesce(receipt_key, '')
    FROM booking WHERE is_receipt
"""

ALLOCATIONS = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                      known_on, actor)
    SELECT CASE WHEN amount < 0 THEN settles ELSE item_id END, CASE WHEN amount < 0 THEN item_id ELSE settles END,
           payer_id, currency, settled, greatest(effective_on, settles_from), greatest(known_on, settles_from),
           %(actor)s
    FROM booking WHERE settles IS NOT NULL
"""
