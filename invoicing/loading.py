"""Loading open items from a file: what is new is booked, what changed is changed, what is paid is settled.

The rows stand in `import_row` (see `o2c.core.imports`). Everything here is set-based and in the engine's transaction.
"""

from django.db import connection

from o2c.core import outbox
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.mapping import Refused
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.invoicing import history, revisions, unloading
from o2c.invoicing.bookings import Bookings
from o2c.orders import loading as customers
from o2c.orders import terms
from o2c.orders.models import LegalEntity, PaymentTerms

# A complete file in which more than this share of what was open is absent is more likely half a file.
COMPLETE_LIMIT = 0.2
# Of so few items a share says nothing.
COMPLETE_LIMIT_FROM = 10

KINDS_OF_ITEM = {
    word: ours
    for ours, words in {
        "invoice": ("invoice", "debit", "debit_note", "debit note"),
        "credit_note": ("credit_note", "credit note", "credit", "credit memo", "credit_memo"),
    }.items()
    for word in words
}

FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number"),
    Field("customer_name", note="Names a customer that is created by this file"),
    Field("country", length=100, note="Country (two letters) of a customer that is created by this file"),
    Field("number", required=True, length=100, note="The document's number as the customer knows it"),
    Field("external_id", length=100, like="number", note="Its key in the source, where that is not the number"),
    Field("kind", Type.CHOICE, choices=KINDS_OF_ITEM, note="invoice or credit_note; only checked against the sign"),
    Field("issued_on", Type.DATE, required=True),
    Field("due_on", Type.DATE, note="Where empty: by due_days, else by the account's payment terms"),
    Field("currency", Type.CURRENCY, required=True),
    Field("amount", Type.AMOUNT, required=True, note="The document's amount; negative: a credit note"),
    Field("open_amount", Type.AMOUNT, note="What is still open of it"),
    Field("settled_on", Type.DATE, note="The day it was paid or cleared"),
    Field("settled_amount", Type.AMOUNT, note="How much was paid that day; all of it where empty"),
    Field("disputed", Type.FLAG),
)

# What of an amount is paid on the day the file names (`dated`), and in all (`paid`; NULL: the file does not say).
ROWS = """
    SELECT r.*, c.id AS customer_id, c.payer_id, coalesce(r.due_on, d.due_on) AS falls_due_on,
           CASE WHEN r.settled_on IS NULL THEN 0
                ELSE coalesce(r.settled_amount, r.amount - coalesce(r.open_amount, 0)) END AS dated,
           CASE WHEN r.open_amount IS NOT NULL THEN r.amount - r.open_amount
                WHEN r.settled_amount IS NOT NULL THEN r.settled_amount
                WHEN r.settled_on IS NOT NULL THEN r.amount END AS paid
    FROM import_row r
    JOIN import_customer c ON c.number = r.customer
    LEFT JOIN import_due d
        ON r.due_on IS NULL AND d.issued_on = r.issued_on AND d.terms_id IS NOT DISTINCT FROM c.terms_id
    WHERE r.state = 'g'
"""


def book(stage: Stage, run: Run) -> Counts:
    """Book the staged open items of a legal entity."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    _judge(stage)
    customers.find_or_open(stage, run, entity, create=run.mapping.options.get("create_customers", False))
    _fall_due(stage, run)
    _judge_against_dates(stage, run)
    bookings = Bookings(entity, actor_name=run.actor.name, import_run_id=run.id)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE import_item ON COMMIT DROP AS {ROWS}")
        cursor.execute("ANALYZE import_item")
    facts = {"source": run.source, "on": run.on}
    absent = _absent(bookings, stage, run) if run.complete else 0
    updated = revisions.revise(bookings, stage, run)
    created = _book_new(bookings, facts) - _count("SELECT count(*) FROM import_change WHERE supersedes")
    history.pay_new(bookings, run.on)
    bookings.write()
    if created or updated or absent:
        outbox.emit("book.changed", entity_id=entity.pk)
    return Counts(created=created, updated=updated, settled_as_absent=absent)


OPEN_ITEMS = Kind(
    name="open-items",
    title="Open items",
    description="Invoices and credit notes kept elsewhere, with what has been paid of them and when.",
    right="imports.open-items",
    fields=FIELDS,
    key="external_id",
    book=book,
    options={
        "create_customers": lambda value: isinstance(value, bool),
        "due_days": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3650,
        "complete_limit": lambda value: isinstance(value, int | float) and 0 <= value <= 1,
    },
    may_be_complete=True,
    undo=unloading.undo,
    tracked=unloading.TRACKED,
    counted=unloading.COUNTED,
)


def _judge(stage: Stage) -> None:
    """What one row's values say about each other."""
    stage.reject(
        """
        SELECT line, 'amount', amount::text, 'is nothing: there is nothing to book' FROM import_row
            WHERE state = 'g' AND amount = 0
        UNION ALL
        SELECT line, 'kind', kind, 'does not fit the sign of the amount' FROM import_row
            WHERE state = 'g' AND (kind = 'invoice') <> (amount > 0)
        UNION ALL
        SELECT line, 'open_amount', open_amount::text, 'is not between nothing and the amount' FROM import_row
            WHERE state = 'g' AND NOT open_amount BETWEEN least(amount, 0) AND greatest(amount, 0)
        UNION ALL
        SELECT line, 'settled_amount', settled_amount::text, 'is not between nothing and the amount' FROM import_row
            WHERE state = 'g' AND NOT settled_amount BETWEEN least(amount, 0) AND greatest(amount, 0)
        UNION ALL
        SELECT line, 'settled_amount', settled_amount::text, 'is more than the open amount leaves' FROM import_row
            WHERE state = 'g' AND abs(settled_amount) + abs(open_amount) > abs(amount)
        """
    )
    stage.warn(
        """
        SELECT line, 'due_on', due_on::text, 'is before the day of issue' FROM import_row
            WHERE state = 'g' AND due_on < issued_on
        UNION ALL
        SELECT line, 'settled_on', settled_on::text, 'is before the day of issue' FROM import_row
            WHERE state = 'g' AND settled_on < issued_on
        """
    )


def _judge_against_dates(stage: Stage, run: Run) -> None:
    stage.warn(
        """
        SELECT line, 'issued_on', issued_on::text, 'is later than the day of loading' FROM import_row
            WHERE state = 'g' AND issued_on > %(on)s
        UNION ALL
        SELECT line, 'settled_on', settled_on::text, 'is later than the day of loading' FROM import_row
            WHERE state = 'g' AND settled_on > %(on)s
        """,
        {"on": run.on},
    )


def _fall_due(stage: Stage, run: Run) -> None:
    """Work out when rows without a due date fall due, once for each day of issue and set of terms."""
    due_days = run.mapping.options.get("due_days")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE import_due (issued_on date, terms_id bigint, due_on date) ON COMMIT DROP")
        cursor.execute(
            """
            SELECT DISTINCT r.issued_on, c.terms_id FROM import_row r JOIN import_customer c ON c.number = r.customer
            WHERE r.state = 'g' AND r.due_on IS NULL
            """
        )
        wanted = cursor.fetchall()
        if not wanted:
            return
        known = {
            each.pk: terms.Terms.of(each) for each in PaymentTerms.objects.prefetch_related("discounts", "instalments")
        }
        net = terms.Terms(days=due_days) if due_days is not None else None
        due = [
            (issued_on, terms_id, terms.due_date(issued_on, agreed))
            for issued_on, terms_id in wanted
            if (agreed := known.get(terms_id) if net is None else net)
        ]
        columns = [list(column) for column in zip(*due, strict=True)] or [[], [], []]
        cursor.execute("INSERT INTO import_due SELECT * FROM unnest(%s::date[], %s::bigint[], %s::date[])", columns)
    stage.reject(
        """
        SELECT r.line, 'due_on', '', 'is missing, and neither due_days nor payment terms of the customer say when'
        FROM import_row r JOIN import_customer c ON c.number = r.customer
        LEFT JOIN import_due d ON d.issued_on = r.issued_on AND d.terms_id IS NOT DISTINCT FROM c.terms_id
        WHERE r.state = 'g' AND r.due_on IS NULL AND d.due_on IS NULL
        """
    )


def _book_new(bookings: Bookings, facts: dict) -> int:
    """Collect the items that are not known here; returns how many."""
    return bookings.add(
        """
        INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, external_id, number, issued_on,
                             due_on, currency, amount, effective_on, known_on, disputed_on, against)
        SELECT w.line, w.customer_id, w.payer_id, 'item', CASE WHEN w.amount > 0 THEN 'invoice' ELSE 'credit_note' END,
               %(source)s, w.external_id, w.number, w.issued_on, w.falls_due_on, w.currency, w.amount, w.issued_on,
               w.issued_on, CASE WHEN w.disputed THEN %(on)s::date END, %(revenue)s
        FROM import_item w
        WHERE NOT EXISTS (SELECT 1 FROM import_known k WHERE k.line = w.line)
           OR EXISTS (SELECT 1 FROM import_change c WHERE c.line = w.line AND c.supersedes)
        """,
        **facts,
    )


def _absent(bookings: Bookings, stage: Stage, run: Run) -> int:
    """Collect the settling of what the source had open and no longer lists. Raises Refused above the set share."""
    if stage.unkeyed:
        run.say("Some rejected lines have no readable key, so what is absent from the file was left as it is.")
        return 0
    facts = {"entity": run.owner_id, "source": run.source}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE import_absent ON COMMIT DROP AS
            SELECT i.id FROM invoicing_openitem i
            WHERE i.entity_id = %(entity)s AND i.source = %(source)s AND i.superseded_on IS NULL AND i.open_amount <> 0
                AND NOT EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = i.external_id)
            """,
            facts,
        )
        cursor.execute(
            "SELECT count(*) FROM (SELECT id FROM invoicing_openitem"
            " WHERE id = ANY (ARRAY(SELECT id FROM import_absent)) ORDER BY id FOR NO KEY UPDATE) locked"
        )
        absent = cursor.fetchone()[0]
    was_open = _count(
        "SELECT count(*) FROM invoicing_openitem WHERE entity_id = %(entity)s AND source = %(source)s"
        " AND superseded_on IS NULL AND open_amount <> 0",
        facts,
    )
    limit = run.mapping.options.get("complete_limit", COMPLETE_LIMIT)
    if was_open >= COMPLETE_LIMIT_FROM and absent > was_open * limit:
        raise Refused(
            f"{absent} of the {was_open} open items of {run.source} are absent from the file, more than the"
            f" {limit:.0%} that complete_limit allows. Is it really all that is open?"
        )
    return bookings.add(
        """
        INSERT INTO booking (customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on, currency,
                             amount, effective_on, known_on, against, settles, settled, settles_from)
        SELECT i.customer_id, i.payer_id, 'correction', 'correction', 'o2c', i.number,
               greatest(%(on)s, i.effective_on), greatest(%(on)s, i.effective_on), i.currency, -i.open_amount,
               greatest(%(on)s, i.effective_on), greatest(%(on)s, i.known_on), %(opening)s, i.id, abs(i.open_amount),
               i.counts_from
        FROM invoicing_openitem i JOIN import_absent a ON a.id = i.id WHERE i.open_amount <> 0
        """,
        on=run.on,
    )


def _count(sql: str, params: dict | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
