"""Loading invoices and credit notes from a file of lines: a row is a line, rows of one key are one document.

A document comes in whole and issued, or not at all: one bad line rejects its others with it. It is summed up, judged
and issued as one that is written here. Loaded again the same document is left as it is; one that says something else
is rejected, since what was issued is credited, not changed.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from datetime import date

from django.db.models import Max

from o2c.core.imports import groups
from o2c.core.imports.asking import do, firsts
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.taxes import TaxCategory
from o2c.core.units import WORDS_OF_FILES
from o2c.invoicing.invoices import issuing, totals, unloading, working
from o2c.invoicing.invoices.drafts import RULE_OF
from o2c.invoicing.models import Invoice
from o2c.orders import loading as customers
from o2c.orders.models import LegalEntity

KINDS_OF_DOCUMENT = {
    "invoice": Invoice.Kind.INVOICE,
    "380": Invoice.Kind.INVOICE,
    "credit_note": Invoice.Kind.CREDIT_NOTE,
    "credit note": Invoice.Kind.CREDIT_NOTE,
    "381": Invoice.Kind.CREDIT_NOTE,
}
CATEGORIES = {value.casefold(): value for value in TaxCategory.values} | {
    label.casefold(): value for value, label in TaxCategory.choices
}

# What is said of the document: the same on each of its rows, or only on some.
HEADER = (
    "number", "customer", "kind", "issued_on", "due_on", "currency", "corrects", "terms", "delivered_on", "period_from",
    "period_until", "deliver_to_country", "order_reference", "buyer_reference", "contract_reference",
    "exemption_reason", "note", "prepaid", "rounding", "net_total", "tax_total", "gross_total",
)  # fmt: skip
FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number"),
    Field("customer_name", note="Names a customer that is created by this file"),
    Field("country", length=100, note="Country (two letters) of a customer that is created by this file"),
    Field("number", length=60, note="The document's number; where empty it is numbered here"),
    Field("external_id", required=True, length=100, like="number", note="Its key in the source, of all its rows"),
    Field("kind", Type.CHOICE, choices=KINDS_OF_DOCUMENT, note="invoice (where empty) or credit_note"),
    Field("corrects", length=60, note="Of a credit note: the number of its invoice"),
    Field("issued_on", Type.DATE, required=True),
    Field("due_on", Type.DATE, note="Where empty: by terms, else by the account's payment terms"),
    Field("terms", length=20, note="Code of payment terms"),
    Field("currency", Type.CURRENCY, required=True),
    Field("delivered_on", Type.DATE),
    Field("period_from", Type.DATE),
    Field("period_until", Type.DATE),
    Field("deliver_to_country", length=2),
    Field("order_reference", length=100, note="The customer's purchase order"),
    Field("buyer_reference", length=100),
    Field("contract_reference", length=100),
    Field("exemption_reason", length=300, note="Why it is exempt, for category E"),
    Field("note", length=2000),
    Field("prepaid", Type.AMOUNT, note="What was received before"),
    Field("rounding", Type.AMOUNT),
    Field("product", length=60),
    Field("description", required=True, length=1000),
    Field("quantity", Type.FACTOR, required=True),
    Field("unit", Type.CHOICE, choices=WORDS_OF_FILES, note="UN/ECE code; C62 (a piece) where empty"),
    Field("price", Type.FACTOR, required=True, note="Net, of one unit"),
    Field("price_per", Type.FACTOR, note="The quantity that the price is for; 1 where empty"),
    Field("discount_percent", Type.FACTOR, note="Of the line"),
    Field("tax_category", Type.CHOICE, choices=CATEGORIES, note="S (where empty), Z, E, AE, K, G or O"),
    Field("tax_rate", Type.FACTOR, required=True, note="Percent"),
    Field("line_net", Type.AMOUNT, note="What the line comes to; checked"),
    Field("net_total", Type.AMOUNT, note="What the document comes to before tax; checked"),
    Field("tax_total", Type.AMOUNT, note="Its tax; checked"),
    Field("gross_total", Type.AMOUNT, note="What it comes to with tax; checked"),
)  # fmt: skip
# Where a fault of a draft stands in the file.
COLUMN_OF = {"category": "tax_category", "rate": "tax_rate", "lines": "", "entity": "", "declared": ""}

DOCUMENT = "document"
DOCUMENTS = f"""
    CREATE TEMP TABLE import_document ON COMMIT DROP AS
    SELECT external_id, min(line) AS line, count(*) AS lines, NULL::bigint AS invoice_id,
        {", ".join(f'min("{name}") AS "{name}"' for name in HEADER)}
    FROM import_row WHERE state = 'g' GROUP BY external_id
"""
VALUES = """
    SELECT line, 'price', price::text, 'is less than nothing: take the quantity negative (BR-27)' FROM import_row
        WHERE state = 'g' AND price < 0
    UNION ALL SELECT line, 'price_per', price_per::text, 'is not more than nothing' FROM import_row
        WHERE state = 'g' AND price_per <= 0
    UNION ALL SELECT line, 'tax_rate', tax_rate::text, 'is not between 0 and 100 percent, to three places'
        FROM import_row WHERE state = 'g' AND (tax_rate < 0 OR tax_rate >= 100 OR round(tax_rate, 3) <> tax_rate)
    UNION ALL SELECT line, 'discount_percent', discount_percent::text, 'is not between 0 and 100 percent'
        FROM import_row WHERE state = 'g' AND (discount_percent < 0 OR discount_percent > 100
            OR round(discount_percent, 4) <> discount_percent)
    UNION ALL SELECT line, 'prepaid', prepaid::text, 'is less than nothing' FROM import_row
        WHERE state = 'g' AND prepaid < 0
    UNION ALL SELECT line, 'due_on', due_on::text, 'is before the day of issue' FROM import_row
        WHERE state = 'g' AND due_on < issued_on
    UNION ALL SELECT line, 'terms', terms, 'is no code of payment terms' FROM import_row r
        WHERE state = 'g' AND terms IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM orders_paymentterms t WHERE t.code = r.terms)
    UNION ALL SELECT line, 'corrects', corrects, 'is no invoice that was issued here' FROM import_row r
        WHERE state = 'g' AND corrects IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i
            WHERE i.entity_id = %(entity)s AND i.kind = 'invoice' AND i.number = r.corrects)
"""
KNOWN = """
    CREATE TEMP TABLE import_known ON COMMIT DROP AS
    SELECT d.external_id, i.id FROM import_document d JOIN invoicing_invoice i
        ON i.entity_id = %(entity)s AND i.source = %(source)s AND i.external_id = d.external_id
"""
# A document that is known must say the same: what it is, and every line.
CHANGED = """
    SELECT r.line, 'external_id', r.external_id, 'was issued as ' || i.number
        || ' and says something else now: credit it, and invoice anew'
    FROM import_known k JOIN import_document d ON d.external_id = k.external_id
    JOIN invoicing_invoice i ON i.id = k.id JOIN import_customer c ON c.number = d.customer
    JOIN import_row r ON r.external_id = d.external_id AND r.state = 'g'
    WHERE (i.customer_id, i.kind, i.issued_on, i.currency, i.prepaid, i.rounding) IS DISTINCT FROM
            (c.id, coalesce(d.kind, 'invoice'), d.issued_on, d.currency, coalesce(d.prepaid, 0),
             coalesce(d.rounding, 0))
        OR (SELECT array_agg((l.description, l.quantity, l.unit, l.price, l.price_per, l.category, l.rate)::text
                ORDER BY l.position) FROM invoicing_invoiceline l WHERE l.invoice_id = k.id)
            IS DISTINCT FROM
           (SELECT array_agg((n.description::varchar(1000), n.quantity, coalesce(n.unit, 'C62')::varchar(3), n.price,
                coalesce(n.price_per, 1)::numeric(19,6), coalesce(n.tax_category, 'S')::varchar(2),
                n.tax_rate::numeric(6,3))::text ORDER BY n.line)
            FROM import_row n WHERE n.external_id = d.external_id AND n.state = 'g')
"""
# A number that another document of the legal entity has.
TAKEN = """
    SELECT r.line, 'number', r.number, 'is the number of another document here' FROM import_row r
    WHERE r.state = 'g' AND r.number IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM import_known k WHERE k.external_id = r.external_id)
        AND (EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.entity_id = %(entity)s AND i.number = r.number
                AND i.kind = coalesce(r.kind, 'invoice'))
            OR EXISTS (SELECT 1 FROM import_row o WHERE o.number = r.number AND o.external_id <> r.external_id
                AND coalesce(o.kind, 'invoice') = coalesce(r.kind, 'invoice')))
"""
NEW = """
    UPDATE import_document d SET invoice_id = nextval(pg_get_serial_sequence('invoicing_invoice', 'id'))
    WHERE NOT EXISTS (SELECT 1 FROM import_known k WHERE k.external_id = d.external_id)
        AND NOT EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = d.external_id AND r.state <> 'g')
"""
INVOICES = """
    INSERT INTO invoicing_invoice (id, entity_id, customer_id, payer_id, kind, state, number, numbered_here,
        corrects_id, cancels, issued_on, due_on, currency, terms_id, delivered_on, period_from, period_until,
        deliver_to_country, buyer_reference, order_reference, contract_reference, exemption_reason, note, line_total,
        allowance_total, charge_total, net_total, tax_total, gross_total, prepaid, rounding, payable, policy,
        reference, issued_by, created_by, source, external_id, import_run_id)
    SELECT d.invoice_id, %(entity)s, c.id, c.payer_id, coalesce(d.kind, 'invoice'), 'draft', coalesce(d.number, ''),
        d.number IS NULL, o.id, false, d.issued_on, d.due_on, d.currency, t.id, d.delivered_on, d.period_from,
        d.period_until, upper(coalesce(d.deliver_to_country, '')), coalesce(d.buyer_reference, ''),
        coalesce(d.order_reference, ''), coalesce(d.contract_reference, ''), coalesce(d.exemption_reason, ''),
        coalesce(d.note, ''), 0, 0, 0, 0, 0, 0, coalesce(d.prepaid, 0), coalesce(d.rounding, 0),
        coalesce(d.rounding, 0) - coalesce(d.prepaid, 0), '', '', '', %(actor)s, %(source)s, d.external_id, %(run)s
    FROM import_document d JOIN import_customer c ON c.number = d.customer
    LEFT JOIN orders_paymentterms t ON t.code = d.terms
    LEFT JOIN invoicing_invoice o ON o.entity_id = %(entity)s AND o.kind = 'invoice' AND o.number = d.corrects
    WHERE d.invoice_id IS NOT NULL ORDER BY d.line
"""
LINES = """
    INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price, price_per,
        category, rate, net)
    SELECT d.invoice_id, row_number() OVER (PARTITION BY d.invoice_id ORDER BY r.line), coalesce(r.product, ''),
        r.description, r.quantity, coalesce(r.unit, 'C62'), r.price, coalesce(r.price_per, 1),
        coalesce(r.tax_category, 'S'), r.tax_rate, 0
    FROM import_document d JOIN import_row r ON r.external_id = d.external_id WHERE d.invoice_id IS NOT NULL
    ORDER BY r.line
"""
PLACES = """
    CREATE TEMP TABLE import_place ON COMMIT DROP AS
    SELECT r.line, d.invoice_id, row_number() OVER (PARTITION BY d.invoice_id ORDER BY r.line) AS position,
        r.discount_percent, r.line_net
    FROM import_document d JOIN import_row r ON r.external_id = d.external_id WHERE d.invoice_id IS NOT NULL
"""
DISCOUNTS = """
    INSERT INTO invoicing_invoiceadjustment (invoice_id, line_id, position, is_charge, reason, percent, amount,
        category, rate)
    SELECT p.invoice_id, l.id, 1, false, 'Discount', p.discount_percent, 0, '', 0
    FROM import_place p JOIN invoicing_invoiceline l ON l.invoice_id = p.invoice_id AND l.position = p.position
    WHERE p.discount_percent > 0
"""
DECLARED = "".join(
    f"""
    UNION ALL SELECT d.line, '{name}', d.{name}::text, 'is not what its lines come to, which is '
        || round(i.{name}, core_minor_unit(i.currency)) || ' ({RULE_OF[name]})'
    FROM import_document d JOIN invoicing_invoice i ON i.id = d.invoice_id WHERE d.{name} <> i.{name}"""
    for name in ("net_total", "tax_total", "gross_total")
)
ADD_UP = f"""
    SELECT p.line, 'line_net', p.line_net::text, 'is not quantity times price less its discount, which is ' || l.net
    FROM import_place p JOIN invoicing_invoiceline l ON l.invoice_id = p.invoice_id AND l.position = p.position
    WHERE p.line_net <> l.net
    {DECLARED}
"""
DROPPED = """
    SELECT d.invoice_id FROM import_document d WHERE d.invoice_id IS NOT NULL
        AND EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = d.external_id AND r.state <> 'g')
"""


def book(stage: Stage, run: Run) -> Counts:
    """Issue the staged documents of a legal entity."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {
        "entity": entity.pk, "source": run.source, "run": run.id, "actor": run.actor.name, "on": run.on,
    }  # fmt: skip
    stage.reject(VALUES, facts)
    customers.find_or_open(stage, run, entity, create=run.mapping.options.get("create_customers", False))
    do(DOCUMENTS)
    do("CREATE INDEX ON import_row (external_id)")
    groups.agree(stage, HEADER, of=DOCUMENT)
    do(KNOWN, facts)
    stage.reject(CHANGED)
    stage.reject(TAKEN, facts)
    groups.whole(stage, of=DOCUMENT)
    do(NEW)
    for statement in (INVOICES, LINES, PLACES, DISCOUNTS):
        do(statement, facts)
    ids = set(firsts("SELECT invoice_id FROM import_document WHERE invoice_id IS NOT NULL"))
    working.on(ids)
    totals.calculate()
    stage.reject(ADD_UP)
    ids -= _drop(stage)
    done = issuing.issue_all(
        ids, entity=entity, actor=run.actor, today=_latest(ids, run.on), as_of_issue=True, partly=True
    )
    _reject_faults(stage, done.refused)
    _drop(stage)
    if done.numbers:
        run.say(f"{len(done.numbers)} documents were issued.")
    return Counts(created=do("SELECT 1 FROM import_place WHERE invoice_id = ANY(%(ids)s)", {"ids": list(done.numbers)}))


def _latest(ids: set[int], on: date) -> date:
    """The last day of them: what is dated ahead of the day of loading its source has issued all the same."""
    found = Invoice.objects.filter(pk__in=ids).aggregate(last=Max("issued_on"))
    return max(on, found["last"] or on)


def _reject_faults(stage: Stage, refused: dict) -> None:
    """Say at the lines of the file what keeps a document from being issued."""
    rows = []
    for invoice_id, faults in refused.items():
        for fault in faults:
            parts = fault.pointer.strip("/").split("/")
            position = int(parts[1]) + 1 if parts[0] == "lines" and len(parts) > 1 else 1
            name = COLUMN_OF.get(parts[-1], parts[-1])
            rows.append((invoice_id, position, name, f"{fault.text} ({fault.code})"))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    stage.reject(
        "SELECT p.line, f.field, '', f.text FROM unnest(%(invoices)s::bigint[], %(positions)s::int[],"
        " %(fields)s::text[], %(texts)s::text[]) AS f (invoice_id, position, field, text)"
        " JOIN import_place p ON p.invoice_id = f.invoice_id AND p.position = f.position",
        dict(zip(("invoices", "positions", "fields", "texts"), columns, strict=True)),
    )


def _drop(stage: Stage) -> set[int]:
    """Take back the drafts of documents of which a line is rejected by now; which they were."""
    groups.whole(stage, of=DOCUMENT)
    gone = set(firsts(DROPPED))
    Invoice.objects.filter(pk__in=gone).delete()
    do("UPDATE import_document SET invoice_id = NULL WHERE invoice_id = ANY(%(gone)s)", {"gone": list(gone)})
    return gone


INVOICES_OF_FILES = Kind(
    name="invoices",
    title="Invoices and credit notes",
    description="Documents line by line. They are summed up, judged and issued here, with their open items.",
    right="imports.invoices",
    fields=FIELDS,
    key="external_id",
    # Two equal lines of a document are two.
    key_sql="r.line",
    book=book,
    options={"create_customers": lambda value: isinstance(value, bool)},
    undo=unloading.undo,
    tracked=unloading.TRACKED,
    counted=unloading.COUNTED,
)
