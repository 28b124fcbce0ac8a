"""Loading billing documents that another system has issued and posts: with their lines, of orders and deliveries.

What is owed stands in the open items of that system, which are loaded as such; a document is attached to its open item
and nothing is posted for it, so that nothing is owed twice. Its lines count as invoiced of what they are of.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from o2c.core.imports import groups
from o2c.core.imports.asking import do, firsts, rows
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.imports.undoing import Undoing
from o2c.core.units import WORDS_OF_FILES
from o2c.invoicing.invoices import issuing, totals, working
from o2c.invoicing.invoices.loading import CATEGORIES, DOCUMENT, KINDS_OF_DOCUMENT
from o2c.invoicing.models import Invoice
from o2c.orders import loading as customers
from o2c.orders.deliveries import progress
from o2c.orders.models import LegalEntity

# What is said of the document: the same on each of its rows, or only on some.
HEADER = (
    "number", "customer", "kind", "corrects", "cancels", "issued_on", "due_on", "currency", "terms", "item",
    "order_reference", "note", "net_total",
)  # fmt: skip
FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number"),
    Field("number", required=True, length=60, note="The document's number, which it keeps"),
    Field("external_id", required=True, length=100, like="number", note="Its key in the source, of all its rows"),
    Field("kind", Type.CHOICE, choices=KINDS_OF_DOCUMENT, note="invoice (where empty) or credit_note"),
    Field("corrects", length=60, note="Of a credit note: the number of its invoice, of this source"),
    Field("cancels", Type.FLAG, note="Yes: it takes back its invoice as a whole"),
    Field("issued_on", Type.DATE, required=True),
    Field("due_on", Type.DATE),
    Field("currency", Type.CURRENCY, required=True),
    Field("terms", length=20, note="Code of payment terms; else the order's"),
    Field("item", length=100, like="number", note="Number of its open item, or that one's key in the source"),
    Field("order_reference", length=100, note="The customer's purchase order; else the order's"),
    Field("note", length=2000),
    Field("delivery", length=100, note="Our number of the delivery, or its key in the source"),
    Field("delivery_line", Type.FACTOR, note="The line's number in the delivery"),
    Field("order", length=100, note="Without a delivery: our number of the order, or its key in the source"),
    Field("order_line", Type.FACTOR, note="The line's number in the order"),
    Field("product", length=60),
    Field("description", length=1000, note="The order's where empty"),
    Field("quantity", Type.FACTOR, required=True),
    Field("unit", Type.CHOICE, choices=WORDS_OF_FILES, note="UN/ECE code; the order's where empty"),
    Field("price", Type.FACTOR, note="Net, of one unit"),
    Field("price_per", Type.FACTOR, note="The quantity that the price is for; 1 where empty"),
    Field("line_net", Type.AMOUNT, note="What the line comes to: it is the price where none is said, else checked"),
    Field("tax_category", Type.CHOICE, choices=CATEGORIES, note="The order's where empty"),
    Field("tax_rate", Type.FACTOR, note="Percent; the order's where empty"),
    Field("net_total", Type.AMOUNT, note="What the document comes to before tax; checked"),
)

VALUES = """
    SELECT line, 'price', '', 'is missing, and no line_net is said' FROM import_row
        WHERE state = 'g' AND price IS NULL AND line_net IS NULL
    UNION ALL SELECT line, w.field, w.value::text, 'is less than nothing' FROM import_row
        CROSS JOIN LATERAL (VALUES ('price', price), ('line_net', line_net), ('quantity', quantity)) AS w (field, value)
        WHERE state = 'g' AND w.value < 0
    UNION ALL SELECT line, 'price_per', price_per::text, 'is not more than nothing' FROM import_row
        WHERE state = 'g' AND price_per <= 0
    UNION ALL SELECT line, 'tax_rate', tax_rate::text, 'is not between 0 and 100 percent, to three places'
        FROM import_row WHERE state = 'g' AND (tax_rate < 0 OR tax_rate >= 100 OR round(tax_rate, 3) <> tax_rate)
    UNION ALL SELECT line, 'terms', terms, 'is no code of payment terms' FROM import_row r
        WHERE state = 'g' AND terms IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM orders_paymentterms t WHERE t.code = r.terms)
    UNION ALL SELECT line, 'cancels', '', 'is said of what is no credit note, or of no invoice' FROM import_row r
        WHERE state = 'g' AND cancels AND (kind IS DISTINCT FROM 'credit_note' OR corrects IS NULL)
    UNION ALL SELECT line, 'corrects', corrects, 'is no invoice of this source' FROM import_row r
        WHERE state = 'g' AND corrects IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM import_row o WHERE o.number = r.corrects AND o.state = 'g'
                AND o.kind IS DISTINCT FROM 'credit_note')
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.entity_id = %(entity)s AND i.source = %(source)s
                AND i.kind = 'invoice' AND i.number = r.corrects AND i.posted_elsewhere)
"""
DOCUMENTS = f"""
    CREATE TEMP TABLE import_document ON COMMIT DROP AS
    SELECT d.*, k.id AS known_id, NULL::bigint AS invoice_id, c.id AS customer_id, c.payer_id,
        NULL::bigint AS item_id, NULL::bigint AS entry_id
    FROM (
        SELECT external_id, min(line) AS line, bool_or(cancels) AS takes_back,
            {", ".join(f'min("{name}") AS "{name}"' for name in HEADER if name != "cancels")}
        FROM import_row WHERE state = 'g' GROUP BY external_id
    ) d JOIN import_customer c ON c.number = d.customer
    LEFT JOIN invoicing_invoice k
        ON k.entity_id = %(entity)s AND k.source = %(source)s AND k.external_id = d.external_id
"""
# Each row with the line of a delivery and of an order that it is of: by our number, else by the key in the source.
LINES_OF = """
    CREATE TEMP TABLE import_of ON COMMIT DROP AS
    WITH deliveries AS (
        SELECT n.name, coalesce(d.id, k.id) AS id
        FROM (SELECT DISTINCT delivery AS name FROM import_row WHERE state = 'g' AND delivery IS NOT NULL) n
        LEFT JOIN orders_delivery d ON d.entity_id = %(entity)s AND d.number = n.name AND d.state <> 'cancelled'
        LEFT JOIN orders_delivery k ON k.entity_id = %(entity)s AND k.source = %(source)s AND k.external_id = n.name
            AND k.external_id <> '' AND k.state <> 'cancelled'
    ), orders AS (
        SELECT n.name, coalesce(o.id, k.id) AS id
        FROM (SELECT DISTINCT "order" AS name FROM import_row WHERE state = 'g' AND "order" IS NOT NULL) n
        LEFT JOIN orders_order o ON o.entity_id = %(entity)s AND o.number = n.name
        LEFT JOIN orders_order k ON k.entity_id = %(entity)s AND k.source = %(source)s AND k.external_id = n.name
            AND k.external_id <> ''
    )
    SELECT r.line, r.external_id, x.id AS delivery_line_id, coalesce(x.order_line_id, y.id) AS order_line_id,
        r.quantity, r.line_net, row_number() OVER (PARTITION BY r.external_id ORDER BY r.line) AS position,
        coalesce(r.price, r.line_net) AS price,
        CASE WHEN r.price IS NOT NULL THEN coalesce(r.price_per, 1) WHEN r.quantity > 0 THEN r.quantity ELSE 1 END
            AS price_per
    FROM import_row r
    LEFT JOIN deliveries d ON d.name = r.delivery
    LEFT JOIN orders_deliveryline x ON x.delivery_id = d.id AND x.position = r.delivery_line
    LEFT JOIN orders o ON o.name = r."order" AND r.delivery IS NULL
    LEFT JOIN orders_orderline y ON y.order_id = o.id AND y.position = r.order_line
    WHERE r.state = 'g'
"""
UNKNOWN = """
    SELECT r.line, 'delivery', r.delivery || coalesce(' ' || trim_scale(r.delivery_line), ''),
        'is no line of a delivery here' FROM import_row r JOIN import_of o ON o.line = r.line
    WHERE r.state = 'g' AND r.delivery IS NOT NULL AND o.delivery_line_id IS NULL
    UNION ALL
    SELECT r.line, 'order', r."order" || coalesce(' ' || trim_scale(r.order_line), ''), 'is no line of an order here'
    FROM import_row r JOIN import_of o ON o.line = r.line
    WHERE r.state = 'g' AND r.delivery IS NULL AND r."order" IS NOT NULL AND o.order_line_id IS NULL
    UNION ALL
    SELECT r.line, 'customer', r.customer, 'is not the customer of the order' FROM import_row r
    JOIN import_of o ON o.line = r.line JOIN import_document d ON d.external_id = r.external_id
    JOIN orders_orderline l ON l.id = o.order_line_id JOIN orders_order k ON k.id = l.order_id
    WHERE r.state = 'g' AND k.customer_id <> d.customer_id
    UNION ALL
    SELECT r.line, 'description', '', 'is missing, and the line is of no order' FROM import_row r
    JOIN import_of o ON o.line = r.line
    WHERE r.state = 'g' AND r.description IS NULL AND r.product IS NULL AND coalesce(r.delivery, r."order") IS NULL
    UNION ALL
    SELECT r.line, 'number', r.number, 'is the number of another document here' FROM import_row r
    JOIN import_document d ON d.external_id = r.external_id
    WHERE r.state = 'g' AND d.known_id IS NULL
        AND (EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.entity_id = %(entity)s AND i.number = r.number
                AND i.kind = coalesce(r.kind, 'invoice'))
            OR EXISTS (SELECT 1 FROM import_row o WHERE o.number = r.number AND o.external_id <> r.external_id
                AND coalesce(o.kind, 'invoice') = coalesce(r.kind, 'invoice')))
"""
CHANGED = """
    SELECT r.line, 'external_id', r.external_id, 'says something else than ' || i.number || ' did: what was billed is'
        || ' credited, not changed'
    FROM import_document d JOIN invoicing_invoice i ON i.id = d.known_id
    JOIN import_row r ON r.external_id = d.external_id AND r.state = 'g'
    WHERE NOT i.posted_elsewhere
        OR (i.customer_id, i.kind, i.number, i.issued_on, i.currency, i.cancels) IS DISTINCT FROM
            (d.customer_id, coalesce(d.kind, 'invoice'), d.number, d.issued_on, d.currency,
             coalesce(d.takes_back, false))
        OR (SELECT array_agg((l.order_line_id, l.delivery_line_id, l.quantity, l.price, l.price_per)::text
                ORDER BY l.position) FROM invoicing_invoiceline l WHERE l.invoice_id = i.id)
            IS DISTINCT FROM
           (SELECT array_agg((o.order_line_id, o.delivery_line_id, o.quantity, o.price::numeric(19,6),
                o.price_per::numeric(19,6))::text ORDER BY o.line) FROM import_of o WHERE o.external_id = d.external_id)
"""
# What stands of a delivery's line on documents of the file that nobody takes back, and elsewhere, is no more than it.
TOO_MUCH = """
    SELECT s.line, 'quantity', trim_scale(s.quantity)::text, 'makes more than was sent by the delivery and is not'
        || ' billed, which is ' || trim_scale(l.quantity - l.billed)
    FROM (
        SELECT o.line, o.quantity, o.delivery_line_id,
            sum(o.quantity) OVER (PARTITION BY o.delivery_line_id ORDER BY o.line) AS so_far
        FROM import_of o JOIN import_document d ON d.external_id = o.external_id
        JOIN import_row r ON r.line = o.line AND r.state = 'g'
        WHERE o.delivery_line_id IS NOT NULL AND d.known_id IS NULL AND d.kind IS DISTINCT FROM 'credit_note'
            AND {taken_back} EXISTS (SELECT 1 FROM import_document c WHERE c.corrects = d.number AND c.takes_back)
    ) s JOIN orders_deliveryline l ON l.id = s.delivery_line_id WHERE {so_far} > l.quantity - l.billed
"""
# The open item of the source, which nothing else is attached to.
ITEMS = """
    UPDATE import_document d SET item_id = i.id, entry_id = i.entry_id
    FROM (
        SELECT d.external_id, i.id, i.entry_id,
            row_number() OVER (PARTITION BY d.external_id ORDER BY i.external_id = d.item DESC, i.id) AS best,
            row_number() OVER (PARTITION BY i.id ORDER BY i.external_id = d.item DESC, d.line) AS first
        FROM import_document d JOIN invoicing_openitem i
            ON i.entity_id = %(entity)s AND i.customer_id = d.customer_id AND i.currency = d.currency
            AND i.source = %(source)s AND (i.external_id = d.item OR i.number = d.item) AND i.superseded_on IS NULL
            AND i.entry_id IS NOT NULL AND (i.amount < 0) = (coalesce(d.kind, 'invoice') = 'credit_note')
        WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoice n WHERE n.entry_id = i.entry_id)
    ) i WHERE i.external_id = d.external_id AND i.best = 1 AND i.first = 1 AND d.known_id IS NULL
"""
NEW_IDS = """
    UPDATE import_document d SET invoice_id = n.id FROM (
        SELECT external_id, nextval(pg_get_serial_sequence('invoicing_invoice', 'id')) AS id
        FROM (SELECT * FROM import_document d WHERE d.known_id IS NULL AND EXISTS (
            SELECT 1 FROM import_row r WHERE r.external_id = d.external_id AND r.state = 'g') ORDER BY d.line) o
    ) n WHERE n.external_id = d.external_id
"""
# Of documents that take from one line of a delivery, each waits for those before it, which may be cancelled.
NEXT = """
    SELECT d.invoice_id FROM import_document d WHERE d.invoice_id = ANY (%(left)s)
        AND d.kind IS DISTINCT FROM 'credit_note' AND (
            NOT EXISTS (SELECT 1 FROM import_document c WHERE c.corrects = d.number AND c.takes_back) AND NOT EXISTS (
                SELECT 1 FROM import_document x
                WHERE x.invoice_id = ANY (%(left)s) AND x.kind IS DISTINCT FROM 'credit_note'
                    AND EXISTS (SELECT 1 FROM import_document c WHERE c.corrects = x.number AND c.takes_back))
            OR EXISTS (SELECT 1 FROM import_document c WHERE c.corrects = d.number AND c.takes_back) AND NOT EXISTS (
                SELECT 1 FROM import_of a JOIN import_of b ON b.delivery_line_id = a.delivery_line_id
                JOIN import_document x ON x.external_id = b.external_id
                WHERE a.external_id = d.external_id AND x.invoice_id = ANY (%(left)s) AND x.invoice_id < d.invoice_id
                    AND x.kind IS DISTINCT FROM 'credit_note'
                    AND EXISTS (SELECT 1 FROM import_document c WHERE c.corrects = x.number AND c.takes_back)))
    ORDER BY 1
"""
CREDITS_OF = """
    SELECT d.invoice_id FROM import_document d LEFT JOIN import_document o ON o.number = d.corrects
        AND o.kind IS DISTINCT FROM 'credit_note'
    WHERE d.invoice_id = ANY (%(left)s) AND d.kind = 'credit_note'
        AND (o.invoice_id IS NULL OR o.invoice_id = ANY (%(ids)s)) ORDER BY 1
"""
INVOICES = """
    INSERT INTO invoicing_invoice (id, entity_id, customer_id, payer_id, kind, state, number, numbered_here,
        posted_elsewhere, corrects_id, cancels, issued_on, due_on, currency, terms_id, deliver_to_country,
        buyer_reference, order_reference, contract_reference, exemption_reason, note, line_total, allowance_total,
        charge_total, net_total, tax_total, gross_total, prepaid, rounding, payable, policy, reference, issued_by,
        created_by, source, external_id, import_run_id)
    SELECT d.invoice_id, %(entity)s, d.customer_id, d.payer_id, coalesce(d.kind, 'invoice'), 'draft', d.number, false,
        true, c.id, coalesce(d.takes_back, false), d.issued_on, d.due_on, d.currency, coalesce(t.id, o.terms_id),
        '', '', coalesce(d.order_reference, o.customer_reference, ''), '', '', coalesce(d.note, ''), 0, 0, 0, 0, 0, 0,
        0, 0, 0, '', '', '', %(actor)s, %(source)s, d.external_id, %(run)s
    FROM import_document d LEFT JOIN orders_paymentterms t ON t.code = d.terms
    LEFT JOIN invoicing_invoice c ON c.entity_id = %(entity)s AND c.source = %(source)s AND c.kind = 'invoice'
        AND c.number = d.corrects
    LEFT JOIN LATERAL (
        SELECT min(k.terms_id) AS terms_id, CASE WHEN count(DISTINCT k.id) = 1 THEN min(k.customer_reference) END
            AS customer_reference
        FROM import_of f JOIN orders_orderline l ON l.id = f.order_line_id JOIN orders_order k ON k.id = l.order_id
        WHERE f.external_id = d.external_id
    ) o ON true
    WHERE d.invoice_id = ANY (%(ids)s) ORDER BY d.invoice_id
"""
LINES = """
    INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price, price_per,
        category, rate, net, order_line_id, delivery_line_id)
    SELECT d.invoice_id, o.position, coalesce(r.product, p.number, ''),
        coalesce(r.description, nullif(l.description, ''), r.product, p.number, l.given, ''), o.quantity,
        coalesce(r.unit, l.unit, 'C62'), o.price, o.price_per, coalesce(r.tax_category, l.tax_category, 'S'),
        coalesce(r.tax_rate, CASE WHEN r.tax_category IS NULL THEN l.tax_rate END, 0), 0, o.order_line_id,
        o.delivery_line_id
    FROM import_document d JOIN import_of o ON o.external_id = d.external_id JOIN import_row r ON r.line = o.line
    LEFT JOIN orders_orderline l ON l.id = o.order_line_id LEFT JOIN orders_product p ON p.id = l.product_id
    WHERE d.invoice_id = ANY (%(ids)s) ORDER BY d.invoice_id, o.position
"""
ADD_UP = """
    SELECT o.line, 'line_net', o.line_net::text, 'is not quantity times price, which is ' || trim_scale(round(
            o.quantity * o.price / o.price_per, core_minor_unit(d.currency)))
    FROM import_of o JOIN import_document d ON d.external_id = o.external_id JOIN import_row r ON r.line = o.line
    WHERE r.state = 'g' AND o.line_net <> round(o.quantity * o.price / o.price_per, core_minor_unit(d.currency))
    UNION ALL
    SELECT d.line, 'net_total', d.net_total::text, 'is not what its lines come to, which is ' || trim_scale(s.net)
    FROM import_document d CROSS JOIN LATERAL (
        SELECT sum(round(o.quantity * o.price / o.price_per, core_minor_unit(d.currency))) AS net
        FROM import_of o WHERE o.external_id = d.external_id
    ) s JOIN import_row r ON r.line = d.line WHERE r.state = 'g' AND d.net_total <> s.net
"""
ODD = """
    SELECT d.line, 'item', d.item, 'is no open item of the customer here: nothing is owed by it' FROM import_document d
    WHERE d.invoice_id IS NOT NULL AND d.entry_id IS NULL
    UNION ALL
    SELECT d.line, 'item', d.item, 'owes ' || trim_scale(abs(i.amount)) || ', and the document comes to '
        || trim_scale(n.gross_total)
    FROM import_document d JOIN invoicing_openitem i ON i.id = d.item_id JOIN invoicing_invoice n ON n.id = d.invoice_id
    WHERE abs(i.amount) <> n.gross_total
    UNION ALL
    SELECT o.line, CASE f.kind WHEN 'price' THEN 'price' WHEN 'quantity' THEN 'quantity' ELSE '' END, f.invoiced,
        'differs in ' || f.kind || ' from the order, which says ' || f.ordered
    FROM import_document d
    JOIN invoicing_differences((SELECT array_agg(invoice_id) FROM import_document WHERE invoice_id IS NOT NULL)) f
        ON f.invoice_id = d.invoice_id
    JOIN invoicing_invoiceline l ON l.id = f.line_id
    JOIN import_of o ON o.external_id = d.external_id AND o.position = l.position
"""


def book(stage: Stage, run: Run) -> Counts:
    """Take the staged documents of a legal entity over, each with the open item that it has."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {"entity": entity.pk, "source": run.source, "run": run.id, "actor": run.actor.name}
    do("CREATE INDEX ON import_row (external_id)")
    stage.reject(VALUES, facts)
    customers.find_or_open(stage, run, entity, create=False)
    groups.agree(stage, HEADER, of=DOCUMENT)
    do(DOCUMENTS, facts)
    do(LINES_OF, facts)
    do("CREATE INDEX ON import_of (external_id); CREATE INDEX ON import_of (delivery_line_id); ANALYZE import_of")
    do(
        "SELECT count(*) FROM (SELECT id FROM orders_order WHERE id IN (SELECT l.order_id FROM import_of o"
        " JOIN orders_orderline l ON l.id = o.order_line_id) ORDER BY id FOR NO KEY UPDATE) locked"
    )
    do(
        "SELECT count(*) FROM (SELECT id FROM orders_deliveryline WHERE id IN (SELECT delivery_line_id FROM import_of)"
        " ORDER BY id FOR NO KEY UPDATE) locked"
    )
    for statement in (UNKNOWN, CHANGED, ADD_UP):
        stage.reject(statement, facts)
    groups.whole(stage, of=DOCUMENT)
    stage.reject(TOO_MUCH.format(taken_back="NOT", so_far="s.so_far"))
    stage.reject(TOO_MUCH.format(taken_back="", so_far="s.quantity"))
    groups.whole(stage, of=DOCUMENT)
    while stage.reject(ORPHANED, facts):
        groups.whole(stage, of=DOCUMENT)
    do(ITEMS, facts)
    do(NEW_IDS)
    left = firsts("SELECT invoice_id FROM import_document WHERE invoice_id IS NOT NULL")
    entries = dict(rows("SELECT invoice_id, entry_id FROM import_document WHERE invoice_id IS NOT NULL"))
    while left:
        ids = firsts(NEXT, {"left": left})
        ids += firsts(CREDITS_OF, {"left": left, "ids": ids})
        invoices = set(firsts(OF_KIND, {"ids": ids, "kind": "invoice"}))
        for part in (sorted(invoices), sorted(set(ids) - invoices)):
            if part:
                _take(part, entries, facts, entity, run)
        left = sorted(set(left) - set(ids))
    stage.warn(ODD)
    created = rows(
        "SELECT count(*) FROM import_row r JOIN import_document d ON d.external_id = r.external_id"
        " WHERE r.state = 'g' AND d.invoice_id IS NOT NULL"
    )[0][0]
    return Counts(created=created)


OF_KIND = """
    SELECT invoice_id FROM import_document WHERE invoice_id = ANY (%(ids)s) AND coalesce(kind, 'invoice') = %(kind)s
"""
# A credit note whose invoice was rejected has none.
ORPHANED = """
    SELECT r.line, 'corrects', r.corrects, 'is rejected, or no invoice of this source' FROM import_row r
    WHERE r.state = 'g' AND r.corrects IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM import_row o WHERE o.number = r.corrects AND o.state = 'g'
            AND o.kind IS DISTINCT FROM 'credit_note')
        AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.entity_id = %(entity)s AND i.source = %(source)s
            AND i.kind = 'invoice' AND i.number = r.corrects AND i.posted_elsewhere)
"""


def _take(ids: list[int], entries: dict, facts: dict, entity: LegalEntity, run: Run) -> None:
    do(INVOICES, facts | {"ids": ids})
    do(LINES, {"ids": ids})
    working.on(ids)
    totals.calculate()
    issuing.take_over({pk: entries[pk] for pk in ids}, entity=entity, actor=run.actor)


def undo(taking: Undoing) -> None:
    """The documents go; what they are of is not invoiced any more. What they were attached to stays.

    Refused where one took back an invoice of another load, or was itself taken back since.
    """
    mine = "SELECT id FROM invoicing_invoice WHERE import_run_id = %(run)s"
    facts = {"run": taking.run.pk}
    do(f"SELECT count(*) FROM ({mine} ORDER BY id FOR UPDATE) locked", facts)
    taking.builds(
        "invoices of other loads that it took back",
        f"""
        SELECT o.number FROM invoicing_invoice c JOIN invoicing_invoice o ON o.id = c.corrects_id
        WHERE c.id IN ({mine}) AND o.id NOT IN ({mine})
        """,
        facts,
    )
    taking.builds(
        "later documents over its invoices",
        f"SELECT c.number FROM invoicing_invoice c WHERE c.corrects_id IN ({mine}) AND c.id NOT IN ({mine})",
        facts,
    )
    for model, sql in REFERRING.items():
        taking.builds(model, sql.format(mine=mine), facts)
    taking.refuse_if_built_on()
    orders = firsts(
        "SELECT DISTINCT l.order_id FROM invoicing_invoiceline n JOIN orders_orderline l ON l.id = n.order_line_id"
        f" WHERE n.invoice_id IN ({mine})",
        facts,
    )
    do(
        "SELECT count(*) FROM (SELECT id FROM orders_order WHERE id = ANY (%(ids)s) ORDER BY id FOR NO KEY UPDATE) x",
        {"ids": orders},
    )
    # what is cancelled is not invoiced
    do(f"UPDATE invoicing_invoice SET state = 'cancelled' WHERE id IN ({mine}) AND state = 'issued'", facts)
    for table in ("invoicing_invoicetax", "invoicing_invoiceline"):
        do(f"DELETE FROM {table} WHERE invoice_id IN ({mine})", facts)
    taking.undone.taken_back += do(
        f"DELETE FROM invoicing_invoice WHERE id IN ({mine}) AND corrects_id IS NOT NULL", facts
    )
    taking.undone.taken_back += do(f"DELETE FROM invoicing_invoice WHERE id IN ({mine})", facts)
    progress.follow(orders)


REFERRING = {
    str(relation.related_model._meta.verbose_name_plural): (
        f"SELECT o.id::text FROM {relation.related_model._meta.db_table} o"
        f" WHERE o.{relation.field.column} IN ({{mine}})"
    )
    for relation in Invoice._meta.related_objects
    if relation.related_model._meta.model_name not in ("invoice", "invoiceline", "invoicetax")
}


BILLING_OF_FILES = Kind(
    name="billing-documents",
    title="Billing documents of another system",
    description="Invoices that another system issues and posts, line by line, attached to its open items.",
    right="imports.billing-documents",
    fields=FIELDS,
    key="external_id",
    # Two equal lines of a document are two.
    key_sql="r.line",
    book=book,
    undo=undo,
)
