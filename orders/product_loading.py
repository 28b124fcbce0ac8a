"""Loading products from a file.

The rows stand in `import_row` (see `o2c.core.imports`). A product is known again by its number.
"""

from o2c.core import outbox
from o2c.core.imports import undoing
from o2c.core.imports.asking import do
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.imports.undoing import Undoing
from o2c.core.units import WORDS_OF_FILES
from o2c.orders.models import Product

TRACKED = (Product,)
FIELDS = (
    Field("number", required=True, length=60),
    Field("name", length=200, note="Needed for a product that is new"),
    Field("unit", Type.CHOICE, choices=WORDS_OF_FILES, note="UN/ECE code; C62 (a piece) where empty"),
    Field("external_id", length=100, note="Its key in the source"),
    Field("tax_rate", Type.FACTOR, note="Percent, where it is sold at home"),
    Field("hs_code", length=12, note="Harmonized System, 6 to 12 digits"),
    Field("origin_country", length=2, note="Two letters, as in ISO 3166"),
    Field("net_weight_kg", Type.FACTOR, note="Of one"),
    Field("gross_weight_kg", Type.FACTOR, note="Of one, packed"),
    Field("in_use", Type.FLAG, note="No: nothing new is agreed of it"),
)


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged products: new ones, and known ones as far as the file differs. Empty cells leave what stands."""
    facts = {"source": run.source}
    stage.reject(
        """
        SELECT r.line, 'name', '', 'is missing, and the product is new' FROM import_row r
        WHERE r.state = 'g' AND r.name IS NULL AND NOT EXISTS (SELECT 1 FROM orders_product p WHERE p.number = r.number)
        """
    )
    do(LOCK)
    stage.reject(
        """
        SELECT r.line, 'unit', r.unit, 'is another unit than its prices are for' FROM import_row r
        JOIN orders_product p ON p.number = r.number
        WHERE r.state = 'g' AND r.unit <> p.unit
            AND (EXISTS (SELECT 1 FROM orders_listprice l WHERE l.product_id = p.id)
                 OR EXISTS (SELECT 1 FROM orders_contractprice c WHERE c.product_id = p.id))
        """
    )
    for refused in ABOUT_REFUSED:
        stage.reject(refused)
    stage.reject(
        """
        SELECT r.line, 'external_id', r.external_id, 'is the key of another product' FROM import_row r
        WHERE r.state = 'g' AND EXISTS (
            SELECT 1 FROM orders_product o
            WHERE o.source = %(source)s AND o.external_id = r.external_id AND o.number <> r.number)
        UNION ALL
        SELECT r.line, 'external_id', r.external_id, 'stands at another product of this file too' FROM import_row r
        WHERE r.state = 'g' AND EXISTS (
            SELECT 1 FROM import_row o
            WHERE o.state = 'g' AND o.external_id = r.external_id AND o.number <> r.number AND o.line < r.line)
        """,
        facts,
    )
    updated = do(CHANGED, facts)
    if updated:
        outbox.emit("products.changed")
    return Counts(updated=updated, created=do(NEW, facts))


def undo(taking: Undoing) -> None:
    """Refused where anything refers to what was added, or anybody changed what was changed."""
    made = f"(SELECT id FROM {undoing.own_rows(taking, Product)} WHERE made)"  # noqa: S608 our own name
    undoing.ask_history(taking, Product)
    undoing.ask_references(taking, Product, made)
    taking.refuse_if_built_on()
    taking.undone.restored += undoing.restore(taking, Product)
    taking.undone.taken_back += undoing.remove(Product, made)


# In the order of the ids, as every writer does.
LOCK = """
    SELECT count(*) FROM (
        SELECT id FROM orders_product WHERE number IN (SELECT number FROM import_row WHERE state = 'g')
        ORDER BY id FOR NO KEY UPDATE) locked
"""

# The same that `o2c.orders.products` asks of one.
ABOUT_REFUSED = (
    """
    SELECT r.line, 'tax_rate', r.tax_rate::text, 'is no rate from 0 to below 100 with three places at most'
    FROM import_row r
    WHERE r.state = 'g' AND (r.tax_rate < 0 OR r.tax_rate >= 100 OR r.tax_rate <> round(r.tax_rate, 3))
    """,
    """
    SELECT r.line, 'hs_code', r.hs_code, 'is not 6 to 12 digits' FROM import_row r
    WHERE r.state = 'g' AND r.hs_code !~ '^[0-9]{6,12}$'
    """,
    """
    SELECT r.line, 'origin_country', r.origin_country, 'is not two letters' FROM import_row r
    WHERE r.state = 'g' AND r.origin_country !~ '^[A-Za-z]{2}$'
    """,
    """
    SELECT r.line, 'gross_weight_kg', coalesce(r.gross_weight_kg, o.gross_weight_kg)::text,
        'is less than it weighs unpacked'
    FROM import_row r LEFT JOIN orders_product o ON o.number = r.number
    WHERE r.state = 'g' AND coalesce(r.gross_weight_kg, o.gross_weight_kg) < coalesce(r.net_weight_kg, o.net_weight_kg)
    """,
    """
    SELECT r.line, w.field, w.value::text, 'is less than nothing' FROM import_row r
    CROSS JOIN LATERAL (VALUES ('net_weight_kg', r.net_weight_kg), ('gross_weight_kg', r.gross_weight_kg))
        AS w (field, value)
    WHERE r.state = 'g' AND w.value < 0
    """,
)

CHANGED = """
    UPDATE orders_product p SET name = n.name, unit = n.unit, in_use = n.in_use, source = n.source,
        external_id = n.external_id, tax_rate = n.tax_rate, hs_code = n.hs_code, origin_country = n.origin_country,
        net_weight_kg = n.net_weight_kg, gross_weight_kg = n.gross_weight_kg
    FROM (
        SELECT o.id, coalesce(r.name, o.name) AS name, coalesce(r.unit, o.unit) AS unit,
            coalesce(r.in_use, o.in_use) AS in_use, coalesce(r.tax_rate, o.tax_rate) AS tax_rate,
            coalesce(r.hs_code, o.hs_code) AS hs_code,
            coalesce(upper(r.origin_country), o.origin_country) AS origin_country,
            coalesce(r.net_weight_kg, o.net_weight_kg) AS net_weight_kg,
            coalesce(r.gross_weight_kg, o.gross_weight_kg) AS gross_weight_kg,
            CASE WHEN o.external_id = '' AND r.external_id IS NOT NULL THEN %(source)s ELSE o.source END AS source,
            CASE WHEN o.external_id = '' THEN coalesce(r.external_id, '') ELSE o.external_id END AS external_id
        FROM import_row r JOIN orders_product o ON o.number = r.number WHERE r.state = 'g'
    ) n
    WHERE n.id = p.id
        AND (n.name, n.unit, n.in_use, n.source, n.external_id, n.tax_rate, n.hs_code, n.origin_country,
             n.net_weight_kg, n.gross_weight_kg)
            IS DISTINCT FROM (p.name, p.unit, p.in_use, p.source, p.external_id, p.tax_rate, p.hs_code,
                              p.origin_country, p.net_weight_kg, p.gross_weight_kg)
"""

NEW = """
    INSERT INTO orders_product (number, name, unit, in_use, source, external_id, tax_rate, hs_code, origin_country,
                                net_weight_kg, gross_weight_kg)
    SELECT r.number, r.name, coalesce(r.unit, 'C62'), coalesce(r.in_use, true), %(source)s, coalesce(r.external_id, ''),
           r.tax_rate, coalesce(r.hs_code, ''), coalesce(upper(r.origin_country), ''), r.net_weight_kg,
           r.gross_weight_kg
    FROM import_row r
    WHERE r.state = 'g' AND NOT EXISTS (SELECT 1 FROM orders_product p WHERE p.number = r.number)
    ORDER BY r.line
    ON CONFLICT (number) DO NOTHING
"""

PRODUCTS = Kind(
    name="products",
    title="Products",
    description="What is sold: number, name, and the unit that prices are for. Shared by the legal entities.",
    right="imports.products",
    fields=FIELDS,
    key="number",
    book=book,
    undo=undo,
    tracked=TRACKED,
    is_shared=True,
)
