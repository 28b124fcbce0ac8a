"""Loading receipts from a file: money that came in, and the items that it says it is for.

The rows stand in `import_row` (see `o2c.core.imports`); what is booked is collected in `booking`. A receipt is known
again by its key in the source.
"""

import io
from decimal import Decimal

from django.db import connection

from o2c.core import outbox
from o2c.core.imports.asking import do
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.money import plain
from o2c.invoicing import unloading
from o2c.invoicing.bookings import Bookings
from o2c.invoicing.models import Receipt
from o2c.orders import loading as customers
from o2c.orders.models import LegalEntity

METHODS = {
    word: ours
    for ours, words in {
        Receipt.Method.TRANSFER: ("transfer", "bank transfer", "wire", "sepa", "ach", "eft"),
        Receipt.Method.CARD: ("card", "credit card"),
        Receipt.Method.CHEQUE: ("cheque", "check"),
        Receipt.Method.CASH: ("cash",),
    }.items()
    for word in words
}

FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number"),
    Field("external_id", required=True, length=100, note="The receipt's key in the source"),
    Field("amount", Type.AMOUNT, required=True),
    Field("currency", Type.CURRENCY, required=True),
    Field("received_on", Type.DATE, required=True),
    Field("reference", length=200, note="What the payer wrote"),
    Field("method", Type.CHOICE, choices=METHODS, note="transfer (where empty), card, cheque or cash"),
    Field("item", Type.SPLITS, note="Numbers of the items it is for: R-1; R-2=12.50. The rest stays on account"),
)


def book(stage: Stage, run: Run) -> Counts:
    """Book the staged receipts of a legal entity, and settle with each what it names, in the order of the file."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {"entity": entity.pk, "source": run.source, "on": run.on, "run": run.id, "actor": run.actor.name}
    stage.reject(
        "SELECT line, 'amount', amount::text, 'is not more than nothing: it is no money that came in' FROM import_row"
        " WHERE state = 'g' AND amount <= 0"
    )
    stage.warn(
        "SELECT line, 'received_on', received_on::text, 'is later than the day of loading' FROM import_row"
        " WHERE state = 'g' AND received_on > %(on)s",
        facts,
    )
    customers.find_or_open(stage, run, entity, create=False)
    updated = _revise(stage, facts)
    bookings = Bookings(entity, actor_name=run.actor.name, import_run_id=run.id)
    bookings.add(REVERSALS, on=run.on)
    written = bookings.add(NEW, source=run.source)
    _choose(stage, facts)
    bookings.write()
    do(ALLOCATIONS, dict(facts))
    created = written - _count("SELECT count(*) FROM import_change WHERE supersedes")
    if created or updated:
        outbox.emit("book.changed", entity_id=entity.pk)
    return Counts(created=created, updated=updated)


def _revise(stage: Stage, facts: dict) -> int:
    """Bring what is known to what the file says; returns how many rows change something.

    Reference and method are changed. Another amount, currency, customer or day makes it another receipt: the old one is
    taken back and a new one booked, but only while nothing is settled with it.
    """
    do(KNOWN, dict(facts))
    do(LOCK)
    do(CHANGE)
    stage.reject(
        """
        SELECT c.line, 'external_id', r.external_id, 'was taken back here, and differs from what was booked'
        FROM import_change c JOIN import_row r ON r.line = c.line WHERE c.supersedes AND c.reversed_on IS NOT NULL
        UNION ALL
        SELECT c.line, c.field, c.value, 'differs from what is booked, and that is applied to items already'
        FROM import_change c WHERE c.supersedes AND c.reversed_on IS NULL AND c.open_amount <> c.item_amount
        """
    )
    stage.warn(
        """
        SELECT k.line, 'external_id', p.external_id, 'was taken back here; it was not booked again'
        FROM import_known k JOIN invoicing_receipt p ON p.id = k.id JOIN import_row r ON r.line = k.line
        WHERE p.reversed_on IS NOT NULL AND r.state = 'g'
        """
    )
    do("DELETE FROM import_change c USING import_row r WHERE r.line = c.line AND r.state <> 'g'")
    do(NOTED, dict(facts))
    do(CORRECTED)
    do(REPLACED, dict(facts))
    return _count("SELECT count(*) FROM import_change")


KNOWN = """
    CREATE TEMP TABLE import_known ON COMMIT DROP AS
    SELECT r.line, p.id, p.item_id, c.id AS customer_id FROM import_row r
    JOIN import_customer c ON c.number = r.customer
    JOIN invoicing_receipt p ON p.entity_id = %(entity)s AND p.source = %(source)s AND p.external_id = r.external_id
    WHERE r.state = 'g'
"""

LOCK = """
    SELECT count(*) FROM (SELECT id FROM invoicing_openitem WHERE id = ANY (ARRAY(SELECT item_id FROM import_known))
                          ORDER BY id FOR NO KEY UPDATE) items,
                         (SELECT id FROM invoicing_receipt WHERE id = ANY (ARRAY(SELECT id FROM import_known))
                          ORDER BY id FOR NO KEY UPDATE) receipts
"""

CHANGE = """
    CREATE TEMP TABLE import_change ON COMMIT DROP AS
    SELECT * FROM (
        SELECT k.line, p.id, p.item_id, p.reversed_on, i.open_amount, i.amount AS item_amount,
               p.customer_id <> k.customer_id OR p.amount <> r.amount OR p.currency <> r.currency
                   OR p.received_on <> r.received_on AS supersedes,
               coalesce(p.reference <> r.reference, false) OR coalesce(p.method <> r.method, false) AS details,
               CASE WHEN p.amount <> r.amount THEN 'amount' WHEN p.currency <> r.currency THEN 'currency'
                    WHEN p.customer_id <> k.customer_id THEN 'customer' ELSE 'received_on' END AS field,
               CASE WHEN p.amount <> r.amount THEN r.amount::text WHEN p.currency <> r.currency THEN r.currency
                    WHEN p.customer_id <> k.customer_id THEN r.customer ELSE r.received_on::text END AS value
        FROM import_known k JOIN import_row r ON r.line = k.line JOIN invoicing_receipt p ON p.id = k.id
        JOIN invoicing_openitem i ON i.id = p.item_id
    ) d WHERE supersedes OR details
"""

# How it was, for the undoing of the load.
NOTED = """
    INSERT INTO core_importedchange (run_id, subject, row, was, became)
    SELECT %(run)s, 'receipt', p.id,
           jsonb_build_object('external_id', p.external_id, 'reference', p.reference, 'method', p.method,
                              'reversed_on', p.reversed_on),
           CASE WHEN c.supersedes THEN
               jsonb_build_object('external_id', '', 'reference', p.reference, 'method', p.method,
                                  'reversed_on', greatest(%(on)s::date, p.received_on))
           ELSE
               jsonb_build_object('external_id', p.external_id, 'reference', coalesce(r.reference, p.reference),
                                  'method', coalesce(r.method, p.method), 'reversed_on', p.reversed_on)
           END
    FROM import_change c JOIN invoicing_receipt p ON p.id = c.id JOIN import_row r ON r.line = c.line
"""

CORRECTED = """
    UPDATE invoicing_receipt p SET reference = coalesce(r.reference, p.reference), method = coalesce(r.method, p.method)
    FROM import_change c JOIN import_row r ON r.line = c.line WHERE c.id = p.id AND NOT c.supersedes
"""

# The key goes to the receipt that takes its place.
REPLACED = """
    UPDATE invoicing_receipt p SET reversed_on = greatest(%(on)s, p.received_on), external_id = ''
    FROM import_change c WHERE c.id = p.id AND c.supersedes
"""

REVERSALS = """
    INSERT INTO booking (customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on, currency,
                         amount, base_amount, effective_on, known_on, reverses_id, against, settles, settled,
                         settles_from)
    SELECT i.customer_id, i.payer_id, 'reversal', 'correction', 'o2c', i.number,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.effective_on), i.currency, -i.amount, -i.base_amount,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.known_on), invoicing_standing_entry(i.entry_id),
           %(cash)s, i.id, abs(i.amount), i.counts_from
    FROM invoicing_openitem i JOIN import_change c ON c.item_id = i.id WHERE c.supersedes
"""

NEW = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, is_receipt, receipt_method,
                         receipt_reference, receipt_source, receipt_key)
    SELECT r.line, c.id, c.payer_id, 'receipt', 'on_account', 'o2c', coalesce(left(r.reference, 100), 'Payment'),
           r.received_on, r.received_on, r.currency, -r.amount, r.received_on, r.received_on, %(cash)s, true,
           coalesce(r.method, 'transfer'), r.reference, %(source)s, r.external_id
    FROM import_row r JOIN import_customer c ON c.number = r.customer
    WHERE r.state = 'g' AND (
        NOT EXISTS (SELECT 1 FROM import_known k WHERE k.line = r.line)
        OR EXISTS (SELECT 1 FROM import_change k WHERE k.line = r.line AND k.supersedes))
"""

# --- What it settles

# Each document that a new receipt names, with the open items of that number in the payer's group and the currency.
NAMED = """
    CREATE TEMP TABLE import_split ON COMMIT DROP AS
    SELECT b.line, s.place, b.item_id AS credit_id, -b.amount AS money, b.currency, s.split ->> 0 AS number,
           (s.split ->> 1)::numeric AS wanted, f.found, f.item_id
    FROM booking b JOIN import_row r ON r.line = b.line
    CROSS JOIN LATERAL jsonb_array_elements(r.item) WITH ORDINALITY AS s (split, place)
    CROSS JOIN LATERAL (
        SELECT count(*) AS found, min(i.id) AS item_id FROM invoicing_openitem i
        WHERE i.entity_id = %(entity)s AND i.payer_id = b.payer_id AND i.currency = b.currency AND i.open_amount <> 0
            AND i.amount > 0 AND i.superseded_on IS NULL AND s.split ->> 0 IN (i.number, i.external_id)
    ) f
"""

LOCK_NAMED = """
    SELECT count(*) FROM (SELECT id FROM invoicing_openitem
                          WHERE id = ANY (ARRAY(SELECT item_id FROM import_split WHERE found = 1))
                          ORDER BY id FOR NO KEY UPDATE) locked
"""

ALLOCATIONS = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                      known_on, actor)
    SELECT i.id, b.item_id, i.payer_id, i.currency, s.amount, greatest(b.effective_on, i.effective_on),
           greatest(b.known_on, i.known_on), %(actor)s
    FROM import_settled s JOIN booking b ON b.line = s.line AND b.is_receipt
    JOIN invoicing_openitem i ON i.id = s.item_id ORDER BY s.line, i.id
"""


def _choose(stage: Stage, facts: dict) -> None:
    """Decide how much goes to which item: as asked, as far as the item is open and the money reaches.

    One after the other, since what one receipt settles the next finds settled.
    """
    do(NAMED, dict(facts))
    do(LOCK_NAMED)
    do("CREATE TEMP TABLE import_settled (line bigint, item_id bigint, amount numeric(19,4)) ON COMMIT DROP")
    left: dict[int, Decimal] = {}
    settled, odd = io.StringIO(), []
    line, money = None, Decimal(0)
    for split in _in_order():
        number, wanted = split["number"], split["wanted"]
        if split["line"] != line:
            line, money = split["line"], split["money"]
        if split["found"] != 1:
            why = "is no open item of this customer" if not split["found"] else "is the number of several open items"
            odd.append((line, number, f"{why}; the money stays on account"))
            continue
        open_amount = left.get(split["item_id"], split["open_amount"])
        amount = min(open_amount, money, *([] if wanted is None else [wanted]))
        if wanted is not None and amount < wanted:
            told = plain(amount, split["currency"])
            odd.append((line, number, f"takes only {told} {split['currency']}; the rest stays on account"))
        elif amount == 0:
            odd.append((line, number, "is settled already, or nothing is left of the money"))
        if amount > 0:
            settled.write(f"{line}\t{split['item_id']}\t{amount}\n")
            left[split["item_id"]] = open_amount - amount
            money -= amount
    settled.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY import_settled FROM STDIN", settled)
    columns = [list(column) for column in zip(*odd, strict=True)] or [[], [], []]
    stage.warn(
        "SELECT f.line, 'item', f.number, f.why"
        " FROM unnest(%(lines)s::bigint[], %(numbers)s::text[], %(whys)s::text[]) AS f (line, number, why)",
        dict(zip(("lines", "numbers", "whys"), columns, strict=True)),
    )


def _in_order():
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            """
            SELECT s.line, s.money, s.currency, s.number, s.wanted, s.found, s.item_id, i.open_amount
            FROM import_split s LEFT JOIN invoicing_openitem i ON i.id = s.item_id ORDER BY s.line, s.place
            """
        )
        names = ("line", "money", "currency", "number", "wanted", "found", "item_id", "open_amount")
        while rows := cursor.fetchmany(2_000):
            yield from (dict(zip(names, row, strict=True)) for row in rows)


def _count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


RECEIPTS = Kind(
    name="receipts",
    title="Receipts",
    description="Money that came in, with the items it is for; what it does not settle stays on account.",
    right="imports.receipts",
    fields=FIELDS,
    key="external_id",
    book=book,
    undo=unloading.undo,
    tracked=unloading.TRACKED,
    counted=unloading.COUNTED,
)
