"""Loading prices of lists from a file: a row is a price of a product from a quantity and a day on.

The rule is that of prices that are said one by one (`o2c.orders.prices.keeping`): what stood on these days gives way,
ends the day before and stands again after them, and what counted before today stays.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from o2c.core import outbox
from o2c.core.imports import undoing as imports
from o2c.core.imports.asking import do, firsts, rows
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.imports.undoing import Undoing
from o2c.orders.files.undoing import as_before, ask_changed
from o2c.orders.models import LegalEntity, ListPrice, PriceList

TRACKED = (ListPrice, PriceList)
# With so many products the event is about all.
MOST_TOLD = 500
FIELDS = (
    Field("list", required=True, length=20, note="The code of a price list; one that is missing is opened"),
    Field("currency", Type.CURRENCY, note="Of the list; checked, and needed for one that is opened"),
    Field("product", required=True, length=60, note="The product's number, or its key in the source"),
    Field("from_quantity", Type.FACTOR, note="The quantity from which on it counts; 0 where empty"),
    Field("price", Type.FACTOR, required=True),
    Field("price_per", Type.FACTOR, note="The quantity that the price is for; 1 where empty"),
    Field("valid_from", Type.DATE, required=True),
    Field("valid_until", Type.DATE, note="Its last day; until another follows where empty"),
)

VALUES = """
    SELECT line, w.field, w.value::text, w.why FROM import_row CROSS JOIN LATERAL (VALUES
        ('price', price, 'is less than nothing', price < 0),
        ('from_quantity', from_quantity, 'is less than nothing', from_quantity < 0),
        ('price_per', price_per, 'is not more than nothing', price_per <= 0)) AS w (field, value, why, wrong)
    WHERE state = 'g' AND w.wrong
    UNION ALL SELECT line, 'valid_until', valid_until::text, 'is before it begins' FROM import_row
    WHERE state = 'g' AND valid_until < valid_from
    UNION ALL SELECT r.line, 'currency', r.currency, 'is not the currency of the list, which is ' || l.currency
    FROM import_row r JOIN orders_pricelist l ON l.entity_id = %(entity)s AND l.code = r.list
    WHERE r.state = 'g' AND r.currency <> l.currency
    UNION ALL SELECT r.line, 'list', r.list, 'is out of use'
    FROM import_row r JOIN orders_pricelist l ON l.entity_id = %(entity)s AND l.code = r.list
    WHERE r.state = 'g' AND NOT l.in_use
    UNION ALL SELECT r.line, 'list', r.list, CASE WHEN r.currency IS NULL
        THEN 'is no price list, and no currency is said to open it in'
        ELSE 'is opened in another currency by line ' || o.line END
    FROM import_row r LEFT JOIN LATERAL (
        SELECT min(o.line) AS line FROM import_row o
        WHERE o.list = r.list AND o.state = 'g' AND o.currency <> r.currency AND o.line < r.line) o ON true
    WHERE r.state = 'g' AND (r.currency IS NULL OR o.line IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM orders_pricelist l WHERE l.entity_id = %(entity)s AND l.code = r.list)
"""
OPENED = """
    INSERT INTO orders_pricelist (entity_id, code, name, currency, source)
    SELECT %(entity)s, r.list, r.list, min(r.currency), %(source)s FROM import_row r
    WHERE r.state = 'g'
        AND NOT EXISTS (SELECT 1 FROM orders_pricelist l WHERE l.entity_id = %(entity)s AND l.code = r.list)
    GROUP BY r.list ORDER BY r.list
    RETURNING code
"""
LOCK = """
    SELECT count(*) FROM (SELECT id FROM orders_pricelist WHERE entity_id = %(entity)s
        AND code IN (SELECT list FROM import_row WHERE state = 'g') ORDER BY id FOR NO KEY UPDATE) locked
"""
PRICES = """
    CREATE TEMP TABLE import_price ON COMMIT DROP AS
    SELECT r.line, l.id AS list_id, coalesce(p.id, k.id) AS product_id, coalesce(p.in_use, k.in_use) AS in_use,
        coalesce(r.from_quantity, 0) AS from_quantity, r.price, coalesce(r.price_per, 1) AS price_per, r.valid_from,
        r.valid_until, daterange(r.valid_from, r.valid_until + 1) AS days
    FROM import_row r JOIN orders_pricelist l ON l.entity_id = %(entity)s AND l.code = r.list
    LEFT JOIN orders_product p ON p.number = r.product
    LEFT JOIN orders_product k ON k.source = %(source)s AND k.external_id = r.product AND k.external_id <> ''
    WHERE r.state = 'g'
"""
UNKNOWN = """
    SELECT n.line, 'product', r.product, CASE WHEN n.product_id IS NULL
        THEN 'is not the number of a product, nor its key in the source' ELSE 'is out of use' END
    FROM import_price n JOIN import_row r ON r.line = n.line WHERE n.product_id IS NULL OR NOT n.in_use
"""
# Two rows of one file that count on one day: nobody can tell which is meant.
OVERLAP = """
    SELECT n.line, 'valid_from', n.valid_from::text, 'counts on days on which the price of line ' || o.line || ' does'
    FROM import_price n CROSS JOIN LATERAL (
        SELECT min(o.line) AS line FROM import_price o
        WHERE (o.list_id, o.product_id, o.from_quantity) = (n.list_id, n.product_id, n.from_quantity)
            AND o.line <> n.line AND o.days && n.days
    ) o WHERE o.line IS NOT NULL
"""
BAD = "DELETE FROM import_price n USING import_row r WHERE r.line = n.line AND r.state <> 'g'"
SAME = """
    DELETE FROM import_price n USING orders_listprice s
    WHERE (s.price_list_id, s.product_id, s.from_quantity, s.price, s.price_per, s.valid_from)
            = (n.list_id, n.product_id, n.from_quantity, n.price, n.price_per, n.valid_from)
        AND s.valid_until IS NOT DISTINCT FROM n.valid_until
"""
# What stands on days of a row that another price is said for.
MET = """
    CREATE TEMP TABLE import_met ON COMMIT DROP AS
    SELECT s.id, n.line, n.valid_from AS since, n.valid_until AS until, s.valid_from, s.valid_until,
        lead(n.valid_from) OVER (PARTITION BY s.id ORDER BY n.valid_from) AS next,
        row_number() OVER (PARTITION BY s.id ORDER BY n.valid_from) AS place
    FROM import_price n JOIN orders_listprice s
        ON (s.price_list_id, s.product_id, s.from_quantity) = (n.list_id, n.product_id, n.from_quantity)
        AND daterange(s.valid_from, s.valid_until + 1) && n.days
"""
HISTORY = """
    SELECT m.line, 'valid_from', m.since::text, 'would change what has counted since ' || m.valid_from
        || ': another price follows on ' || %(on)s::date || ' at the earliest'
    FROM import_met m WHERE greatest(m.since, m.valid_from) < %(on)s
"""
STANDS_AGAIN = """
    CREATE TEMP TABLE import_again ON COMMIT DROP AS
    SELECT s.price_list_id, s.product_id, s.from_quantity, s.price, s.price_per, m.until + 1 AS valid_from,
        CASE WHEN m.next IS NULL THEN s.valid_until ELSE m.next - 1 END AS valid_until
    FROM import_met m JOIN orders_listprice s ON s.id = m.id
    WHERE m.until IS NOT NULL AND (m.next IS NULL AND (s.valid_until IS NULL OR s.valid_until > m.until)
        OR m.next > m.until + 1)
"""
NO_MORE = "SELECT id FROM import_met WHERE place = 1 AND valid_from >= since"
GIVE_WAY = (
    f"UPDATE orders_orderline SET list_price_id = NULL WHERE list_price_id IN ({NO_MORE})",
    f"DELETE FROM orders_listprice WHERE id IN ({NO_MORE})",
    """
    UPDATE orders_listprice s SET valid_until = m.since - 1 FROM import_met m
    WHERE m.id = s.id AND m.place = 1 AND m.valid_from < m.since
    """,
    """
    INSERT INTO orders_listprice (price_list_id, product_id, from_quantity, price, price_per, valid_from, valid_until)
    SELECT * FROM import_again
    """,
)
NEW = """
    INSERT INTO orders_listprice (price_list_id, product_id, from_quantity, price, price_per, valid_from, valid_until)
    SELECT list_id, product_id, from_quantity, price, price_per, valid_from, valid_until FROM import_price ORDER BY line
"""


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged prices of a legal entity's lists."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {"entity": entity.pk, "source": run.source, "on": run.on}
    stage.reject(VALUES, facts)
    if opened := rows(OPENED, facts):
        run.say(f"Opened the price lists {', '.join(code for (code,) in opened)}.")
    do(LOCK, facts)
    do(PRICES, facts)
    do("CREATE INDEX ON import_price (list_id, product_id, from_quantity); ANALYZE import_price")
    stage.reject(UNKNOWN)
    do(BAD)
    stage.reject(OVERLAP)
    do(BAD)
    do(SAME)
    do(MET)
    if stage.reject(HISTORY, facts):
        do(BAD)
        do("DROP TABLE import_met")
        do(MET)
    do(STANDS_AGAIN)
    updated = rows("SELECT count(DISTINCT line) FROM import_met")[0][0]
    for statement in GIVE_WAY:
        do(statement)
    created = do(NEW)
    if created:
        products = firsts("SELECT DISTINCT product_id FROM import_price ORDER BY 1")
        about = {"product_ids": products} if len(products) <= MOST_TOLD else {}
        outbox.emit("prices.changed", entity_id=entity.pk, **about)
    return Counts(created=created - updated, updated=updated)


def undo(taking: Undoing) -> None:
    """Refused where orders were priced by what it brought, or anybody changed its prices."""
    for model in TRACKED:
        imports.own_rows(taking, model)
        ask_changed(taking, model, NAMES[model])
    made = {model: f"(SELECT id FROM undo_{model._meta.db_table} WHERE made)" for model in TRACKED}
    for model in TRACKED:
        imports.ask_references(taking, model, made[model], own=TRACKED)
    taking.builds(
        "orders that were priced by it",
        "SELECT r.number FROM orders_orderline o JOIN orders_order r ON r.id = o.order_id"
        f" JOIN {made[ListPrice]} u ON u.id = o.list_price_id",
    )
    taking.refuse_if_built_on()
    taking.undone.taken_back += imports.remove(ListPrice, made[ListPrice])
    taking.undone.restored += as_before(ListPrice, "undo_orders_listprice", may_be_gone=True)
    imports.remove(PriceList, made[PriceList])
    outbox.emit("prices.changed", entity_id=taking.owner_id)


NAMES = {
    ListPrice: "(SELECT p.number FROM orders_product p WHERE p.id = o.product_id)",
    PriceList: "o.code",
}


PRICES_OF_FILES = Kind(
    name="prices",
    title="List prices",
    description="Prices of price lists, by product, quantity and day.",
    right="imports.prices",
    fields=FIELDS,
    key="product",
    key_sql="r.list || chr(31) || r.product || chr(31) || coalesce(r.from_quantity, 0) || chr(31) || r.valid_from",
    book=book,
    undo=undo,
    tracked=TRACKED,
)
