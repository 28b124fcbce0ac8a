"""Loading orders from a file of lines: a row is a line, rows of one key are one order.

An order comes in whole or not at all: one bad row rejects its others. What can be written and is wrong is no bad row
but a problem of the order, as of one that is entered here.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from decimal import Decimal

from django.db import connection

from o2c.core import numbering
from o2c.core.imports import groups
from o2c.core.imports.asking import do, rows
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.mapping import Refused
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.models import User
from o2c.core.money import step
from o2c.core.refusals import Fault
from o2c.core.rights import may
from o2c.core.taxes import TaxCategory
from o2c.core.units import WORDS_OF_FILES
from o2c.orders.files import undoing
from o2c.orders.files.writing import AT_ONCE, Incoming, Writer
from o2c.orders.models import Account, Contract, Customer, LegalEntity, Order, PaymentTerms, Product
from o2c.orders.ordering.drafts import DraftLine, DraftOrder, ShipTo
from o2c.orders.ordering.totals import EXACT
from o2c.orders.ordering.writing import UNNUMBERED

CATEGORIES = {value.casefold(): value for value in TaxCategory.values} | {
    label.casefold(): value for value, label in TaxCategory.choices
}
SHIP_TO = tuple(f"ship_to_{name}" for name in ShipTo.__dataclass_fields__)
# What is said of the order: the same on each of its rows, or only on some.
HEADER = (
    "customer", "number", "ordered_on", "wanted_on", "currency", "customer_reference", "buyer_reference", "contract",
    "terms", *SHIP_TO, "incoterm", "incoterm_place", "note", "confirmed",
)  # fmt: skip
FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number, or its key in the source"),
    Field("number", length=60, note="The order's number, which it keeps; where empty it is numbered here"),
    Field("external_id", required=True, length=100, like="number", note="Its key in the source, of all its rows"),
    Field("ordered_on", Type.DATE, required=True, note="Prices are those of this day"),
    Field("wanted_on", Type.DATE, note="When the customer wants it"),
    Field("currency", Type.CURRENCY, note="The account's where empty"),
    Field("customer_reference", length=100, note="The customer's own order number"),
    Field("buyer_reference", length=100),
    Field("contract", length=40, note="The number of a contract with the customer"),
    Field("terms", length=20, note="Code of payment terms; where empty the contract's, else the account's"),
    Field("ship_to_name", length=200, note="Where the goods go; where nothing is said, to the customer"),
    Field("ship_to_street", length=200),
    Field("ship_to_postal_code", length=20),
    Field("ship_to_city", length=100),
    Field("ship_to_country", length=2),
    Field("incoterm", length=3),
    Field("incoterm_place", length=100),
    Field("note", length=2000),
    Field("confirmed", Type.FLAG, note="Yes: promised where it comes from; it is confirmed as it is, without a check"),
    Field("position", Type.FACTOR, note="The line's number in the order; counted where empty"),
    Field("product", length=60, note="The product's number, or its key in the source"),
    Field("description", length=1000, note="The product's name where empty"),
    Field("quantity", Type.FACTOR, required=True),
    Field("unit", Type.CHOICE, choices=WORDS_OF_FILES, note="UN/ECE code; the product's where empty"),
    Field("price", Type.FACTOR, note="Net, of one unit; what is agreed where empty"),
    Field("price_per", Type.FACTOR, note="The quantity that the price is for; 1 where empty"),
    Field("discount_percent", Type.FACTOR, note="Of the price"),
    Field("line_net", Type.AMOUNT, note="What the line comes to: it is the price where none is said, else checked"),
    Field("tax_category", Type.CHOICE, choices=CATEGORIES, note="S, Z, E, AE, K, G or O; by where it goes where empty"),
    Field("tax_rate", Type.FACTOR, note="Percent; the product's where empty"),
    Field("hs_code", length=12),
    Field("origin_country", length=2),
    Field("net_weight_kg", Type.FACTOR, note="Of the whole line"),
    Field("gross_weight_kg", Type.FACTOR, note="Of the whole line, packed"),
)
PLAIN = ("wanted_on", "currency", "customer_reference", "buyer_reference", "incoterm", "incoterm_place", "note")
PLAIN_OF_LINE = (
    "description", "unit", "tax_category", "tax_rate", "hs_code", "origin_country", "net_weight_kg", "gross_weight_kg",
)  # fmt: skip
UPPER = frozenset({"incoterm", "ship_to_country", "origin_country"})
TEXTS = frozenset(each.name for each in FIELDS if each.type in (Type.TEXT, Type.CHOICE, Type.CURRENCY))
LINE_FIELDS = tuple(each.name for each in FIELDS if each.name not in (*HEADER, "external_id"))
PLACES = 6
WHOLE = Decimal(1)

# A number that our own series may come to is nobody else's to give.
VALUES = """
    SELECT line, 'position', position::text, 'is no number of a line, from 1 on' FROM import_row
        WHERE state = 'g' AND (position < 1 OR position <> trunc(position))
    UNION ALL SELECT line, 'discount_percent', discount_percent::text, 'is not from 0 to below 100 percent'
        FROM import_row WHERE state = 'g' AND (discount_percent < 0 OR discount_percent >= 100)
    UNION ALL SELECT line, 'discount_percent', discount_percent::text, 'is of no price: the row says none'
        FROM import_row WHERE state = 'g' AND discount_percent > 0 AND price IS NULL
    UNION ALL SELECT line, 'line_net', line_net::text, 'is less than nothing' FROM import_row
        WHERE state = 'g' AND line_net < 0
    UNION ALL SELECT line, 'number', number, 'is written as our own series writes numbers: leave it to us'
        FROM import_row WHERE state = 'g' AND (number ~ %(own)s OR starts_with(number, %(unnumbered)s))
"""
# The orders of the file, each with its customer: by its number, else by its key in the source.
ORDERS = f"""
    CREATE TEMP TABLE import_order ON COMMIT DROP AS
    SELECT d.*, row_number() OVER (ORDER BY d.line) AS place, coalesce(c.id, k.id) AS customer_id
    FROM (
        SELECT external_id, min(line) AS line, bool_or(confirmed) AS promised,
            {", ".join(f'min("{name}") AS "{name}"' for name in HEADER if name != "confirmed")}
        FROM import_row WHERE state = 'g' GROUP BY external_id
    ) d LEFT JOIN orders_customer c ON c.number = d.customer
    LEFT JOIN orders_customer k ON k.source = %(source)s AND k.external_id = d.customer AND k.external_id <> ''
"""
UNKNOWN = """
    SELECT r.line, 'customer', r.customer, 'is not the number of a customer, nor its key in the source'
    FROM import_row r JOIN import_order d ON d.external_id = r.external_id
    WHERE r.state = 'g' AND d.customer_id IS NULL
    UNION ALL
    SELECT r.line, 'terms', r.terms, 'is no code of payment terms' FROM import_row r
    WHERE r.state = 'g' AND r.terms IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM orders_paymentterms t WHERE t.code = r.terms)
    UNION ALL
    SELECT r.line, 'contract', r.contract, 'is not the number of a contract with the customer'
    FROM import_row r JOIN import_order d ON d.external_id = r.external_id
    WHERE r.state = 'g' AND r.contract IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM orders_contract c
        WHERE c.entity_id = %(entity)s AND c.customer_id = d.customer_id AND c.number = r.contract)
    UNION ALL
    SELECT r.line, 'number', r.number, 'is the number of another order here'
    FROM import_row r WHERE r.state = 'g' AND r.number IS NOT NULL
        AND (EXISTS (SELECT 1 FROM orders_order o WHERE o.entity_id = %(entity)s AND o.number = r.number
                AND (o.source, o.external_id) <> (%(source)s, r.external_id))
            OR EXISTS (SELECT 1 FROM import_row n WHERE n.number = r.number AND n.external_id <> r.external_id))
"""
ROWS = f"""
    SELECT d.external_id, d.customer_id, d.promised, r.line,
        {", ".join(f'd."{name}"' for name in HEADER if name not in ("customer", "confirmed"))},
        {", ".join(f'r."{name}"' for name in LINE_FIELDS)}
    FROM import_order d JOIN import_row r ON r.external_id = d.external_id AND r.state = 'g'
    WHERE d.place > %(after)s AND d.place <= %(until)s ORDER BY d.place, r.line
"""


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged orders of a legal entity."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    if stage.asks("confirmed") and not _may_promise(run):
        raise Refused("Orders are loaded as confirmed by who may release them from a credit hold.")
    facts = {
        "entity": entity.pk, "source": run.source, "unnumbered": UNNUMBERED,
        "own": numbering.pattern(entity.code, numbering.ORDER).like(),
    }  # fmt: skip
    stage.reject(VALUES, facts)
    do("CREATE INDEX ON import_row (external_id)")
    do(ORDERS, facts)
    groups.agree(stage, HEADER, of="order")
    stage.reject(UNKNOWN, facts)
    groups.whole(stage, of="order")
    good = "EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = d.external_id AND r.state = 'g')"
    orders = rows(f"SELECT d.external_id, d.customer_id, d.promised FROM import_order d WHERE {good}")
    writer = Writer(entity, run.source, actor=run.actor)
    writer.begin([key for key, _, _ in orders], sorted({of for _, of, promised in orders if promised}))
    (last,) = rows("SELECT coalesce(max(place), 0) FROM import_order")[0]
    reading = _Reading(entity, run.source)
    for after in range(0, last, AT_ONCE):
        incoming = reading.orders(_dicts(ROWS, {"after": after, "until": after + AT_ONCE}))
        writer.take(incoming)
        _reject(stage, reading, writer)
    groups.whole(stage, of="order")
    writer.end()
    count = "SELECT count(*) FROM import_row WHERE state = 'g' AND external_id = ANY(%(keys)s)"
    (created,), (updated,) = (
        rows(count, {"keys": list(keys)})[0] for keys in (writer.written.created, writer.written.updated)
    )
    return Counts(created=created, updated=updated)


def _may_promise(run: Run) -> bool:
    """Whether who loads may let orders go that nobody has judged here; the command line may."""
    return run.actor.user_id is None or may(User.objects.get(pk=run.actor.user_id), "credit.release")


class _Reading:
    """From staged rows to what orders say; remembers where each line of an order stands in the file."""

    def __init__(self, entity: LegalEntity, source: str):
        self.entity, self.source = entity, source
        self.lines: dict[str, list[int]] = {}
        self.faults: dict[str, list[Fault]] = {}

    def orders(self, rows: list[dict]) -> list[Incoming]:
        """The orders of a few hundred; those that say what cannot be are in `faults` instead."""
        self.lines, self.faults = {}, {}
        together: dict[str, list[dict]] = {}
        for row in rows:
            together.setdefault(row["external_id"], []).append(row)
            self.lines.setdefault(row["external_id"], []).append(row["line"])
        known = self._known(rows)
        found = []
        for lines in together.values():
            draft = self._order(lines, *known)
            if draft is not None:
                found.append(Incoming(draft, confirmed=bool(lines[0]["promised"])))
        return found

    def _known(self, rows: list[dict]):
        customers = Customer.objects.in_bulk({row["customer_id"] for row in rows})
        names = {row["product"] for row in rows if row["product"]}
        products = {p.external_id: p for p in Product.objects.filter(source=self.source, external_id__in=names)}
        products |= Product.objects.in_bulk(names, field_name="number")
        terms = PaymentTerms.objects.in_bulk({row["terms"] for row in rows if row["terms"]}, field_name="code")
        contracts = {
            (contract.customer_id, contract.number): contract
            for contract in Contract.objects.filter(
                entity=self.entity, number__in={row["contract"] for row in rows if row["contract"]}
            )
        }
        currencies = dict(
            Account.objects.filter(entity=self.entity, customer__in=customers).values_list("customer", "currency")
        )
        return customers, products, terms, contracts, currencies

    def _order(self, rows: list[dict], customers, products, terms, contracts, currencies) -> DraftOrder | None:
        head = rows[0]
        currency = head["currency"] or currencies.get(head["customer_id"]) or self.entity.base_currency
        lines, faults = [], []
        for place, row in enumerate(rows):
            line, wrong = _line(row, products, currency)
            lines.append(line)
            faults += [Fault(f"/lines/{place}/{name}", code, text) for name, code, text in wrong]
        if faults:
            self.faults[head["external_id"]] = faults
            return None
        ship_to = [_cell(head, name) for name in SHIP_TO]
        return DraftOrder(
            entity=self.entity,
            customer=customers[head["customer_id"]],
            ordered_on=head["ordered_on"],
            channel=Order.Channel.FILE,
            lines=tuple(lines),
            contract=contracts.get((head["customer_id"], head["contract"])),
            terms=terms.get(head["terms"]),
            ship_to=ShipTo(*ship_to) if any(ship_to) else None,
            submitted=True,
            source=self.source,
            external_id=head["external_id"],
            number=head["number"] or "",
            **{name: _cell(head, name) for name in PLAIN},
        )


def _cell(row: dict, name: str):
    value = row[name]
    if name in TEXTS:
        return (value or "").upper() if name in UPPER else value or ""
    return value


def _line(row: dict, products: dict[str, Product], currency: str) -> tuple[DraftLine, list[tuple[str, str, str]]]:
    """The line, and what of its figures cannot be: field, code and words."""
    quantity, price, net = row["quantity"], row["price"], row["line_net"]
    per, wrong = row["price_per"], []
    if price is not None:
        price, per = discounted(price, WHOLE if per is None else per, row["discount_percent"] or Decimal(0))
        if net is not None and per > 0:
            comes_to = EXACT.quantize(EXACT.divide(EXACT.multiply(quantity, price), per), step(currency))
            if net != comes_to:
                wrong.append(("line_net", "sum", f"is not quantity times price less discount, which is {comes_to}"))
    elif net is not None:
        # so much for the whole quantity: nothing is divided, so nothing is rounded
        price, per = net, quantity if quantity > 0 else WHOLE
    line = DraftLine(
        quantity=quantity,
        product=products.get(row["product"]),
        given=row["product"] or "",
        price=price,
        price_per=WHOLE if per is None else per,
        position=None if row["position"] is None else int(row["position"]),
        **{name: _cell(row, name) for name in PLAIN_OF_LINE},
    )
    return line, wrong


def discounted(price: Decimal, per: Decimal, percent: Decimal) -> tuple[Decimal, Decimal]:
    """A price less a percentage, exactly: what has too many places for one is said of a hundred."""
    if not percent:
        return price, per
    less = EXACT.divide(EXACT.multiply(price, 100 - percent), Decimal(100))
    if less.normalize().as_tuple().exponent >= -PLACES:
        return less, per
    return EXACT.multiply(price, 100 - percent), per * 100


def _reject(stage: Stage, reading: _Reading, writer: Writer) -> None:
    """Say at the rows of the file what keeps their order from being written."""
    rows = []
    for key, lines in reading.lines.items():
        for fault in (*reading.faults.get(key, ()), *writer.written.refused.get(key, ())):
            parts = fault.pointer.strip("/").split("/")
            of_line = parts[0] == "lines" and len(parts) > 1
            name = parts[-1] if parts[-1] not in ("lines", "gone") else ""
            name = "ship_to_country" if fault.pointer == "/ship_to/country" else name
            name = "ship_to_name" if name == "ship_to" else "product" if name == "given" else name
            rows.append((lines[int(parts[1])] if of_line else lines[0], name, fault.text))
    if not rows:
        return
    columns = dict(zip(("lines", "fields", "texts"), map(list, zip(*rows, strict=True)), strict=True))
    stage.reject(
        """
        SELECT f.line, f.field, coalesce(to_jsonb(r) ->> f.field, ''), f.text
        FROM unnest(%(lines)s::bigint[], %(fields)s::text[], %(texts)s::text[]) AS f (line, field, text)
        JOIN import_row r ON r.line = f.line
        """,
        columns,
    )


def _dicts(sql: str, params: dict) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


ORDERS_OF_FILES = Kind(
    name="orders",
    title="Orders",
    description="What customers want, line by line: priced, taxed and checked as orders that are entered here.",
    right="imports.orders",
    fields=FIELDS,
    key="external_id",
    # Two equal lines of an order are two.
    key_sql="r.line",
    book=book,
    undo=undoing.undo_orders,
    tracked=undoing.ORDERS,
)
