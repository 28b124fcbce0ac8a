"""Loading deliveries from a file of lines: a row is a line of what is sent, rows of one key are one delivery.

A delivery comes in whole or not at all, as far as it has come: planned, shipped, delivered or proved. Its orders
follow.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from o2c.core import numbering, outbox
from o2c.core.imports import groups
from o2c.core.imports.asking import do, firsts, rows
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.orders.deliveries import progress
from o2c.orders.deliveries.keeping import SHIP_TO, SHIPS
from o2c.orders.files import undoing
from o2c.orders.models import LegalEntity

# What is said of the delivery: the same on each of its rows, or only on some.
HEADER = (
    "number", "planned_on", "shipped_on", "delivered_on", "proved_on", "proved_by", "carrier", "tracking_number",
    "gross_weight_kg", "note",
)  # fmt: skip
FIELDS = (
    Field("number", length=60, note="The delivery's number, which it keeps; where empty it is numbered here"),
    Field(
        "external_id",
        required=True,
        length=100,
        like="number",
        note="Its key in the source, of all its rows, or our number",
    ),
    Field("position", Type.FACTOR, note="The line's number in the delivery; counted where empty"),
    Field("order", required=True, length=100, note="Our number, its key in the source, or the customer's own number"),
    Field("order_line", Type.FACTOR, note="The line's number in the order"),
    Field("product", length=60, note="Instead of order_line: the one line of the order with it"),
    Field("quantity", Type.FACTOR, required=True, note="In the unit of the order's line"),
    Field("planned_on", Type.DATE, note="When it is to leave the house"),
    Field("shipped_on", Type.DATE, note="When it left the house; without, it is planned"),
    Field("delivered_on", Type.DATE, note="When it arrived"),
    Field("proved_on", Type.DATE, note="The day of the proof that it arrived"),
    Field("proved_by", length=200, note="Who took it in"),
    Field("carrier", length=20, note="The carrier's code"),
    Field("tracking_number", length=100),
    Field("gross_weight_kg", Type.FACTOR),
    Field("note", length=2000),
)
NOT_NAMED = "not named"
REACHED = ("planned", "shipped", "delivered", "proved")

VALUES = """
    SELECT line, 'quantity', quantity::text, 'is not more than nothing' FROM import_row
        WHERE state = 'g' AND quantity <= 0
    UNION ALL SELECT line, 'order_line', order_line::text, 'is no number of a line, from 1 on' FROM import_row
        WHERE state = 'g' AND (order_line < 1 OR order_line <> trunc(order_line) OR order_line > 999999999)
    UNION ALL SELECT r.line, 'position', trim_scale(r.position)::text, CASE
            WHEN r.position < 1 OR r.position <> trunc(r.position) OR r.position > 999999999
                THEN 'is no number of a line, from 1 on'
            WHEN r.position IS NULL THEN 'is missing, and other lines of the delivery have one'
            ELSE 'stands at another line of the delivery too' END
        FROM import_row r WHERE r.state = 'g' AND (
            r.position < 1 OR r.position <> trunc(r.position) OR r.position > 999999999
            OR EXISTS (SELECT 1 FROM import_row n WHERE n.external_id = r.external_id AND n.line <> r.line
                AND (n.position = r.position OR r.position IS NULL AND n.position IS NOT NULL)))
    UNION ALL SELECT line, 'order_line', '', 'is missing, and no product is said' FROM import_row
        WHERE state = 'g' AND order_line IS NULL AND product IS NULL
    UNION ALL SELECT line, 'gross_weight_kg', gross_weight_kg::text, 'is less than nothing' FROM import_row
        WHERE state = 'g' AND gross_weight_kg < 0
    UNION ALL SELECT line, 'carrier', carrier, 'is no code of a carrier' FROM import_row r
        WHERE state = 'g' AND carrier IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM orders_carrier c WHERE c.code = r.carrier)
    UNION ALL SELECT line, 'number', number, 'is written as our own series writes numbers: leave it to us'
        FROM import_row WHERE state = 'g' AND (number ~ %(own)s OR starts_with(number, %(unnumbered)s))
    UNION ALL SELECT line, w.field, w.day::text, 'has not come' FROM import_row
        CROSS JOIN LATERAL (VALUES ('shipped_on', shipped_on), ('delivered_on', delivered_on), ('proved_on', proved_on))
            AS w (field, day) WHERE state = 'g' AND w.day > %(on)s
"""
# What the file says by its key in the source, or by our number, stands here already.
DELIVERIES = f"""
    CREATE TEMP TABLE import_delivery ON COMMIT DROP AS
    SELECT d.*, coalesce(k.id, n.id) AS delivery_id, NULL::bigint AS new_id, coalesce(k.state, n.state) AS was,
        c.id AS carrier_id,
        CASE WHEN d.proved_on IS NOT NULL THEN 'proved' WHEN d.delivered_on IS NOT NULL THEN 'delivered'
             WHEN d.shipped_on IS NOT NULL THEN 'shipped' ELSE 'planned' END AS reached
    FROM (
        SELECT external_id, min(line) AS line, {", ".join(f'min("{name}") AS "{name}"' for name in HEADER)}
        FROM import_row WHERE state = 'g' GROUP BY external_id
    ) d
    LEFT JOIN orders_delivery k ON k.entity_id = %(entity)s AND k.source = %(source)s AND k.external_id = d.external_id
        AND k.external_id <> ''
    LEFT JOIN orders_delivery n ON n.entity_id = %(entity)s AND n.number = d.external_id
    LEFT JOIN orders_carrier c ON c.code = d.carrier
"""
# The order that each name in the file means: by our number, else by the key in the source, else by the customer's
# number. More than one is none that can be told.
ORDERS = """
    CREATE TEMP TABLE import_order ON COMMIT DROP AS
    WITH names AS (SELECT DISTINCT "order" AS name FROM import_row WHERE state = 'g'), meant AS (
        SELECT n.name, o.id, 1 AS how FROM names n
            JOIN orders_order o ON o.entity_id = %(entity)s AND o.number = n.name
        UNION ALL SELECT n.name, o.id, 2 FROM names n
            JOIN orders_order o ON o.entity_id = %(entity)s AND o.source = %(source)s AND o.external_id = n.name
                AND o.external_id <> ''
        UNION ALL SELECT n.name, o.id, 3 FROM names n
            JOIN orders_order o ON o.entity_id = %(entity)s AND o.customer_reference = n.name
                AND o.customer_reference <> '' AND o.state <> 'cancelled'
    ), best AS (SELECT name, id, rank() OVER (PARTITION BY name ORDER BY how) AS best FROM meant)
    SELECT name, min(id) AS id, count(*) AS found FROM best WHERE best = 1 GROUP BY 1
"""
# The line of an order that each row is of; more than one is none.
PARTS = """
    CREATE TEMP TABLE import_part ON COMMIT DROP AS
    SELECT r.line, r.external_id, r.quantity, r.position::int AS position, o.id AS order_id,
        coalesce(o.found, 0) AS found, l.id AS order_line_id, l.fitting
    FROM import_row r
    LEFT JOIN import_order o ON o.name = r."order"
    LEFT JOIN LATERAL (
        SELECT min(l.id) AS id, count(*) AS fitting FROM orders_orderline l
        LEFT JOIN orders_product p ON p.id = l.product_id
        WHERE o.found = 1 AND l.order_id = o.id
            AND (r.order_line IS NULL OR l.position = r.order_line)
            AND (r.product IS NULL OR p.number = r.product OR l.given = r.product
                 OR p.source = %(source)s AND p.external_id = r.product)
    ) l ON true
    WHERE r.state = 'g'
"""
UNKNOWN = """
    SELECT r.line, 'order', r."order", CASE p.found WHEN 0 THEN 'is no order here' ELSE 'are several orders here' END
    FROM import_row r JOIN import_part p ON p.line = r.line WHERE r.state = 'g' AND p.found <> 1
    UNION ALL
    SELECT r.line, CASE WHEN r.order_line IS NULL THEN 'product' ELSE 'order_line' END,
        coalesce(trim_scale(r.order_line)::text, r.product),
        CASE p.fitting WHEN 0 THEN 'is no line of the order' ELSE 'are several lines of the order: say which' END
    FROM import_row r JOIN import_part p ON p.line = r.line WHERE r.state = 'g' AND p.found = 1 AND p.fitting <> 1
    UNION ALL
    SELECT r.line, 'number', r.number, 'is the number of another delivery here' FROM import_row r
    WHERE r.state = 'g' AND r.number IS NOT NULL
        AND (EXISTS (SELECT 1 FROM orders_delivery d WHERE d.entity_id = %(entity)s AND d.number = r.number
                AND (d.source, d.external_id) <> (%(source)s, r.external_id))
            OR EXISTS (SELECT 1 FROM import_row n WHERE n.number = r.number AND n.external_id <> r.external_id))
"""
GOOD = "EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = d.external_id AND r.state = 'g')"
# The orders first and then the deliveries, each in the order of their ids, as whoever ships does.
LOCK_ORDERS = """
    SELECT count(*) FROM (SELECT id FROM orders_order WHERE id IN (SELECT order_id FROM import_part)
        ORDER BY id FOR NO KEY UPDATE) locked
"""
LOCK_DELIVERIES = """
    SELECT count(*) FROM (SELECT id FROM orders_delivery WHERE id IN (SELECT delivery_id FROM import_delivery)
        ORDER BY id FOR NO KEY UPDATE) locked
"""
# What was sent, and what stands: the days, and the lines one by one.
SAME_LINES = """
    (SELECT array_agg((p.order_line_id, p.quantity)::text ORDER BY p.order_line_id, p.quantity)
        FROM import_part p
        WHERE p.external_id = d.external_id)
    IS NOT DISTINCT FROM
    (SELECT array_agg((l.order_line_id, l.quantity)::text ORDER BY l.order_line_id, l.quantity)
        FROM orders_deliveryline l
        WHERE l.delivery_id = d.delivery_id)
"""
DAYS = """
    CREATE TEMP TABLE import_day ON COMMIT DROP AS
    SELECT d.external_id, coalesce(d.shipped_on, k.shipped_on, d.delivered_on, d.proved_on) AS shipped_on,
        coalesce(d.delivered_on, k.delivered_on, d.proved_on) AS delivered_on
    FROM import_delivery d LEFT JOIN orders_delivery k ON k.id = d.delivery_id
"""
WRONG = f"""
    SELECT r.line, 'order', r."order", o.number || ' is ' || replace(o.state, '_', ' ') || ': nothing of it is sent'
    FROM import_row r JOIN import_part p ON p.line = r.line JOIN orders_order o ON o.id = p.order_id
    JOIN import_delivery d ON d.external_id = r.external_id
    WHERE r.state = 'g' AND o.state <> ALL (%(ships)s)
        AND (d.delivery_id IS NULL OR d.was = 'planned' AND d.reached <> 'planned')
    UNION ALL
    SELECT r.line, 'order', r."order", CASE WHEN o.customer_id <> f.customer_id
        THEN 'is of another customer than ' || f.number ELSE 'goes to another place than ' || f.number END
    FROM import_row r JOIN import_part p ON p.line = r.line JOIN orders_order o ON o.id = p.order_id
    JOIN import_delivery d ON d.external_id = r.external_id
    JOIN import_part q ON q.line = d.line JOIN orders_order f ON f.id = q.order_id
    WHERE r.state = 'g' AND (o.customer_id, {", ".join(f"o.{name}" for name in SHIP_TO)})
        <> (f.customer_id, {", ".join(f"f.{name}" for name in SHIP_TO)})
    UNION ALL
    SELECT r.line, 'delivered_on', y.delivered_on::text, 'is before it left the house' FROM import_row r
    JOIN import_delivery d ON d.external_id = r.external_id JOIN import_day y ON y.external_id = d.external_id
    WHERE r.state = 'g' AND y.delivered_on < y.shipped_on
    UNION ALL
    SELECT r.line, 'shipped_on', r.shipped_on::text, k.number || ' left the house on ' || k.shipped_on
    FROM import_row r JOIN import_delivery d ON d.external_id = r.external_id
    JOIN orders_delivery k ON k.id = d.delivery_id
    WHERE r.state = 'g' AND k.state NOT IN ('planned', 'cancelled') AND r.shipped_on <> k.shipped_on
    UNION ALL
    SELECT r.line, 'delivered_on', r.delivered_on::text, k.number || ' arrived on ' || k.delivered_on
    FROM import_row r JOIN import_delivery d ON d.external_id = r.external_id
    JOIN orders_delivery k ON k.id = d.delivery_id
    WHERE r.state = 'g' AND k.state IN ('delivered', 'proved') AND r.delivered_on <> k.delivered_on
    UNION ALL
    SELECT r.line, 'number', r.number, 'is ' || k.number || ' here, and stays so'
    FROM import_row r JOIN import_delivery d ON d.external_id = r.external_id
    JOIN orders_delivery k ON k.id = d.delivery_id WHERE r.state = 'g' AND r.number <> k.number
    UNION ALL
    SELECT r.line, 'external_id', r.external_id, k.number || ' left the house with other lines: cancel it here first'
    FROM import_row r JOIN import_delivery d ON d.external_id = r.external_id
    JOIN orders_delivery k ON k.id = d.delivery_id
    WHERE r.state = 'g' AND k.state NOT IN ('planned', 'cancelled') AND NOT ({SAME_LINES})
"""
# Of what is only planned no more than is left; what was sent was sent.
MORE = """
    WITH wanted AS (
        SELECT p.order_line_id, p.line, d.reached, d.delivery_id, p.quantity,
            sum(p.quantity) OVER (PARTITION BY p.order_line_id ORDER BY p.line) AS so_far
        FROM import_part p JOIN import_delivery d ON d.external_id = p.external_id
        JOIN import_row r ON r.line = p.line AND r.state = 'g'
        WHERE coalesce(d.was, 'planned') = 'planned'
    ), elsewhere AS (
        SELECT l.order_line_id, sum(l.quantity) AS quantity
        FROM orders_deliveryline l JOIN orders_delivery k ON k.id = l.delivery_id AND k.state = 'planned'
        WHERE l.order_line_id IN (SELECT order_line_id FROM wanted)
            AND NOT EXISTS (SELECT 1 FROM import_delivery d WHERE d.delivery_id = k.id)
        GROUP BY 1
    )
    SELECT w.line, 'quantity', trim_scale(w.quantity)::text, 'makes more than is left of the line, which is '
        || trim_scale(greatest(l.quantity - l.closed - l.delivered - coalesce(e.quantity, 0), 0))
    FROM wanted w JOIN orders_orderline l ON l.id = w.order_line_id
    LEFT JOIN elsewhere e ON e.order_line_id = w.order_line_id
    WHERE w.reached {reached} 'planned'
        AND w.so_far > greatest(l.quantity - l.closed - l.delivered - coalesce(e.quantity, 0), 0)
"""
CANCELLED = """
    SELECT d.line, 'external_id', d.external_id, 'is ' || k.number || ', which was cancelled here, and stays so'
    FROM import_delivery d JOIN orders_delivery k ON k.id = d.delivery_id WHERE k.state = 'cancelled'
"""
NEW_IDS = f"""
    UPDATE import_delivery d SET new_id = n.id FROM (
        SELECT o.external_id, nextval(pg_get_serial_sequence('orders_delivery', 'id')) AS id
        FROM (SELECT * FROM import_delivery d WHERE d.delivery_id IS NULL AND {GOOD} ORDER BY d.line) o
    ) n WHERE n.external_id = d.external_id
"""
NEW = f"""
    INSERT INTO orders_delivery (id, entity_id, customer_id, number, state, carrier_id, tracking_number, planned_on,
        shipped_on, delivered_on, proved_on, proved_by, gross_weight_kg, note, reason, {", ".join(SHIP_TO)},
        created_by, source, external_id)
    SELECT d.new_id, o.entity_id, o.customer_id, coalesce(d.number, %(unnumbered)s || d.new_id), d.reached,
        d.carrier_id, coalesce(d.tracking_number, ''), d.planned_on,
        CASE WHEN d.reached <> 'planned' THEN y.shipped_on END,
        CASE WHEN d.reached IN ('delivered', 'proved') THEN y.delivered_on END, d.proved_on,
        CASE WHEN d.proved_on IS NULL THEN '' ELSE coalesce(d.proved_by, %(not_named)s) END, d.gross_weight_kg,
        coalesce(d.note, ''), '', {", ".join(f"o.{name}" for name in SHIP_TO)}, %(actor)s, %(source)s, d.external_id
    FROM import_delivery d JOIN import_part p ON p.line = d.line JOIN orders_order o ON o.id = p.order_id
    JOIN import_day y ON y.external_id = d.external_id
    WHERE d.new_id IS NOT NULL ORDER BY d.new_id
"""
# Deliveries that are still planned and say other lines have them written anew.
REWRITTEN = f"""
    CREATE TEMP TABLE import_rewritten ON COMMIT DROP AS
    SELECT d.external_id, d.delivery_id FROM import_delivery d
    WHERE d.was = 'planned' AND {GOOD} AND NOT ({SAME_LINES})
"""
LINES_GO = "DELETE FROM orders_deliveryline l USING import_rewritten w WHERE w.delivery_id = l.delivery_id"
LINES = """
    INSERT INTO orders_deliveryline (delivery_id, position, order_line_id, quantity)
    SELECT d.id, coalesce(p.position, row_number() OVER (PARTITION BY d.id ORDER BY p.line)), p.order_line_id,
        p.quantity
    FROM (
        SELECT external_id, new_id AS id FROM import_delivery WHERE new_id IS NOT NULL
        UNION ALL SELECT external_id, delivery_id FROM import_rewritten
    ) d JOIN import_part p ON p.external_id = d.external_id ORDER BY d.id, p.line
"""
CHANGED = f"""
    UPDATE orders_delivery k SET state = n.state, carrier_id = n.carrier_id, tracking_number = n.tracking_number,
        planned_on = n.planned_on, shipped_on = n.shipped_on, delivered_on = n.delivered_on, proved_on = n.proved_on,
        proved_by = n.proved_by, gross_weight_kg = n.gross_weight_kg, note = n.note
    FROM (
        SELECT o.id, CASE WHEN array_position(%(reached)s, d.reached) > array_position(%(reached)s, o.state::text)
                THEN d.reached ELSE o.state END AS state,
            coalesce(d.carrier_id, o.carrier_id) AS carrier_id,
            coalesce(d.tracking_number, o.tracking_number) AS tracking_number,
            CASE WHEN o.state = 'planned' THEN coalesce(d.planned_on, o.planned_on) ELSE o.planned_on END AS planned_on,
            coalesce(o.shipped_on, CASE WHEN d.reached <> 'planned' THEN y.shipped_on END) AS shipped_on,
            coalesce(o.delivered_on, CASE WHEN d.reached IN ('delivered', 'proved') THEN y.delivered_on END)
                AS delivered_on,
            coalesce(o.proved_on, d.proved_on) AS proved_on,
            CASE WHEN o.state = 'proved' OR d.proved_on IS NULL THEN o.proved_by
                 ELSE coalesce(d.proved_by, %(not_named)s) END AS proved_by,
            coalesce(d.gross_weight_kg, o.gross_weight_kg) AS gross_weight_kg, coalesce(d.note, o.note) AS note
        FROM import_delivery d JOIN orders_delivery o ON o.id = d.delivery_id
        JOIN import_day y ON y.external_id = d.external_id
        WHERE o.state <> 'cancelled' AND {GOOD}
    ) n
    WHERE n.id = k.id AND (n.state, n.carrier_id, n.tracking_number, n.planned_on, n.shipped_on, n.delivered_on,
            n.proved_on, n.proved_by, n.gross_weight_kg, n.note)
        IS DISTINCT FROM (k.state, k.carrier_id, k.tracking_number, k.planned_on, k.shipped_on, k.delivered_on,
            k.proved_on, k.proved_by, k.gross_weight_kg, k.note)
    RETURNING k.id
"""
# How far each came now, step by step.
CAME = """
    SELECT s.state, k.id, k.number, k.entity_id, k.customer_id FROM import_delivery d
    JOIN orders_delivery k ON k.id = coalesce(d.new_id, d.delivery_id)
    CROSS JOIN LATERAL unnest(%(reached)s) WITH ORDINALITY AS s (state, step)
    WHERE k.state <> 'cancelled' AND s.step <= array_position(%(reached)s, k.state::text)
        AND s.step > coalesce(array_position(%(reached)s, d.was::text), 0)
    ORDER BY k.id
"""
ROWS = """
    SELECT count(*) FILTER (WHERE d.new_id IS NOT NULL),
        count(*) FILTER (WHERE d.delivery_id = ANY (%(changed)s))
    FROM import_row r JOIN import_delivery d ON d.external_id = r.external_id WHERE r.state = 'g'
"""


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged deliveries of a legal entity, and let their orders go as far as they are delivered."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {
        "entity": entity.pk, "source": run.source, "on": run.on, "actor": run.actor.name, "not_named": NOT_NAMED,
        "own": numbering.pattern(entity.code, numbering.DELIVERY).like(), "unnumbered": "~",
        "ships": [str(state) for state in SHIPS], "reached": list(REACHED),
    }  # fmt: skip
    do("CREATE INDEX ON import_row (external_id)")
    stage.reject(VALUES, facts)
    do(ORDERS, facts)
    do("ANALYZE import_order")
    do(PARTS, facts)
    stage.reject(UNKNOWN, facts)
    groups.agree(stage, HEADER, of="delivery")
    groups.whole(stage, of="delivery")
    do("DELETE FROM import_part p USING import_row r WHERE r.line = p.line AND r.state <> 'g'")
    do("CREATE INDEX ON import_part (external_id)")
    do(LOCK_ORDERS)
    do(DELIVERIES, facts)
    do(LOCK_DELIVERIES)
    do("UPDATE import_delivery d SET was = k.state FROM orders_delivery k WHERE k.id = d.delivery_id")
    do(DAYS)
    stage.reject(WRONG, facts)
    stage.reject(MORE.format(reached="="))
    groups.whole(stage, of="delivery")
    stage.warn(MORE.format(reached="<>"))
    stage.warn(CANCELLED)
    orders = firsts("SELECT DISTINCT order_id FROM import_part")
    do(NEW_IDS)
    do(NEW, facts)
    do(REWRITTEN)
    changed = set(firsts("SELECT delivery_id FROM import_rewritten"))
    do(LINES_GO)
    do(LINES)
    changed |= set(firsts(CHANGED, facts))
    progress.follow(orders)
    _number(entity, run)
    told: dict[str, list[dict]] = {state: [] for state in REACHED}
    for state, pk, number, entity_id, customer_id in rows(CAME, facts):
        told[state].append({"delivery_id": pk, "number": number, "entity_id": entity_id, "customer_id": customer_id})
    outbox.emit_all("deliveries.planned", told["planned"])
    outbox.emit_all("deliveries.shipped", told["shipped"])
    outbox.emit_all("deliveries.delivered", told["delivered"])
    outbox.emit_all("deliveries.proved", told["proved"])
    ((created, updated),) = rows(ROWS, {"changed": list(changed)})
    return Counts(created=created, updated=updated)


NUMBER = """
    UPDATE orders_delivery k SET number = n.number
    FROM unnest(%(ids)s::bigint[], %(numbers)s::text[]) AS n (id, number) WHERE n.id = k.id
"""


def _number(entity: LegalEntity, run: Run) -> None:
    """Give the new ones that have none a number of our series; the counter is locked from here on."""
    ids = firsts("SELECT new_id FROM import_delivery WHERE new_id IS NOT NULL AND number IS NULL ORDER BY new_id")
    if ids:
        numbers = numbering.reserve(entity.code, numbering.DELIVERY, run.on, len(ids)).texts()
        do(NUMBER, {"ids": ids, "numbers": numbers})


DELIVERIES_OF_FILES = Kind(
    name="deliveries",
    title="Deliveries",
    description="What was sent of orders, line by line, and how far it has come.",
    right="imports.deliveries",
    fields=FIELDS,
    key="external_id",
    # Two equal lines of a delivery are two.
    key_sql="r.line",
    book=book,
    undo=undoing.undo_deliveries,
    tracked=undoing.DELIVERIES,
)
