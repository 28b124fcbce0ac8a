"""Taking back what a file said of orders or deliveries: what it brought goes, what it changed is as it was."""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from django.db import connection

from o2c.core import numbering
from o2c.core.imports import undoing
from o2c.core.imports.asking import do
from o2c.core.imports.traces import history_of
from o2c.core.imports.undoing import Undoing
from o2c.orders.checking import keeping
from o2c.orders.deliveries import progress
from o2c.orders.models import Delivery, DeliveryLine, LegalEntity, Order, OrderLine, OrderProblem

ORDERS = (OrderProblem, OrderLine, Order)
DELIVERIES = (DeliveryLine, Delivery)
# What the check says of an order by itself is nobody's change: that it is valid or a draft, and what is agreed.
FOLLOWS = {Order: ("state",), OrderLine: ("agreed", "agreed_per", "contract_price_id", "list_price_id", "origin")}
OPEN = ", ".join(f"'{state}'" for state in sorted(Order.OPEN_TO_CHANGE))


def undo_orders(taking: Undoing) -> None:
    """Refused where anything was delivered, invoiced or decided of its orders, or anybody changed or waived anything.

    An order with a number of our series stays, cancelled, as numbers have no gaps; its key is free again.
    """
    # the orders first, as whoever writes them does
    rows = {model: undoing.own_rows(taking, model) for model in reversed(ORDERS)}
    ask_changed(taking, Order, "o.number")
    ask_changed(taking, OrderLine, "(SELECT r.number FROM orders_order r WHERE r.id = o.order_id)")
    of_orders = f"(SELECT id FROM {rows[Order]})"
    of_lines = f"(SELECT l.id FROM orders_orderline l JOIN {rows[Order]} u ON u.id = l.order_id)"
    undoing.ask_references(taking, Order, of_orders, ignore=(OrderLine, OrderProblem))
    undoing.ask_references(taking, OrderLine, of_lines, ignore=(OrderProblem,))
    taking.builds(
        "waived problems",
        f"SELECT o.number FROM orders_orderproblem p JOIN {rows[Order]} u ON u.id = p.order_id"
        " JOIN orders_order o ON o.id = p.order_id WHERE p.waived_at > %(ended)s",
        {"ended": taking.marks.ended},
    )
    taking.refuse_if_built_on()
    entity = LegalEntity.objects.get(pk=taking.owner_id)
    ours = numbering.pattern(entity.code, numbering.ORDER).like()
    made = f"(SELECT id FROM {rows[Order]} WHERE made)"
    kept = do(
        f"""
        UPDATE orders_order o SET state = 'cancelled', reason = %(why)s, source = '', external_id = ''
        FROM {made} u WHERE u.id = o.id AND o.number ~ %(ours)s
        """,
        {"ours": ours, "why": f"Import {taking.run.pk} was taken back."},
    )
    gone = f"(SELECT o.id FROM orders_order o JOIN {made} u ON u.id = o.id WHERE o.state <> 'cancelled')"
    # what the check wrote since goes with its order
    do(f"DELETE FROM orders_orderproblem p USING {gone} g WHERE g.id = p.order_id")
    do(f"DELETE FROM orders_orderline l USING {gone} g WHERE g.id = l.order_id")
    taking.undone.taken_back += undoing.remove(Order, gone) + kept
    _restore(taking, rows)
    if kept:
        taking.undone.notes.append(f"{kept} orders with numbers of ours stay, cancelled: numbers have no gaps.")


def undo_deliveries(taking: Undoing) -> None:
    """Refused where anything of its deliveries is invoiced, or anybody changed them. Their orders go back with them.

    A delivery with a number of our series stays, cancelled; its key is free again.
    """
    # the orders first, as whoever ships does
    do(LOCK_ORDERS_OF, {"context": taking.marks.context})
    rows = {model: undoing.own_rows(taking, model) for model in reversed(DELIVERIES)}
    ask_changed(taking, Delivery, "o.number")
    ask_changed(taking, DeliveryLine, "(SELECT d.number FROM orders_delivery d WHERE d.id = o.delivery_id)")
    of_deliveries = f"(SELECT id FROM {rows[Delivery]})"
    of_lines = f"(SELECT l.id FROM orders_deliveryline l JOIN {rows[Delivery]} u ON u.id = l.delivery_id)"
    undoing.ask_references(taking, Delivery, of_deliveries, ignore=(DeliveryLine,))
    undoing.ask_references(taking, DeliveryLine, of_lines)
    taking.refuse_if_built_on()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT o.order_id FROM orders_orderline o JOIN orders_deliveryline l ON l.order_line_id = o.id"
            f" JOIN {rows[Delivery]} u ON u.id = l.delivery_id"
        )
        orders = [row[0] for row in cursor.fetchall()]
    entity = LegalEntity.objects.get(pk=taking.owner_id)
    ours = numbering.pattern(entity.code, numbering.DELIVERY).like()
    kept = do(
        f"""
        UPDATE orders_delivery d SET state = 'cancelled', reason = %(why)s, source = '', external_id = ''
        FROM {rows[Delivery]} u WHERE u.id = d.id AND u.made AND d.number ~ %(ours)s
        """,
        {"ours": ours, "why": f"Import {taking.run.pk} was taken back."},
    )
    # back in the house, so that their lines may go, or say what they said
    do(
        f"UPDATE orders_delivery d SET state = 'planned' FROM {rows[Delivery]} u"
        f" WHERE u.id = d.id AND d.state <> 'cancelled' AND (u.made OR {WAS_PLANNED})"
    )
    gone = f"(SELECT d.id FROM orders_delivery d JOIN {rows[Delivery]} u ON u.id = d.id"
    gone += " WHERE u.made AND d.state = 'planned')"
    do(f"DELETE FROM orders_deliveryline l USING {gone} g WHERE g.id = l.delivery_id")
    taking.undone.taken_back += undoing.remove(Delivery, gone) + kept
    do(
        f"DELETE FROM orders_deliveryline l USING {rows[DeliveryLine]} x, {rows[Delivery]} u"
        " WHERE x.id = l.id AND x.made AND u.id = l.delivery_id AND NOT u.made"
    )
    as_before(DeliveryLine, rows[DeliveryLine], may_be_gone=True)
    taking.undone.restored += as_before(Delivery, rows[Delivery])
    progress.follow(orders)
    if kept:
        taking.undone.notes.append(f"{kept} deliveries with numbers of ours stay, cancelled: numbers have no gaps.")


LOCK_ORDERS_OF = """
    SELECT count(*) FROM (
        SELECT id FROM orders_order WHERE id IN (
            SELECT o.order_id FROM orders_deliverylineevent e JOIN orders_orderline o ON o.id = e.order_line_id
            WHERE e.pgh_context_id = %(context)s
        ) ORDER BY id FOR NO KEY UPDATE) locked
"""
# Only what was planned had its lines written anew.
WAS_PLANNED = """(
    SELECT e.state FROM orders_deliveryevent e WHERE e.pgh_obj_id = u.id AND e.pgh_id < u.first
    ORDER BY e.pgh_id DESC LIMIT 1) = 'planned'"""


def _restore(taking: Undoing, rows: dict) -> None:
    """Orders that were changed say what they said; lines that were added go, those that were left out are back."""
    changed = f"(SELECT u.id FROM {rows[Order]} u WHERE NOT u.made)"
    lines = rows[OrderLine]
    do(
        f"DELETE FROM orders_orderproblem p USING {changed} c WHERE c.id = p.order_id"
        f" AND p.line_id IN (SELECT id FROM {lines} WHERE made)"
    )
    do(
        f"DELETE FROM orders_orderline l USING {lines} u, {changed} c"
        " WHERE u.id = l.id AND u.made AND c.id = l.order_id"
    )
    as_before(OrderLine, rows[OrderLine], may_be_gone=True)
    taking.undone.restored += as_before(Order, rows[Order])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM {changed} c")
        keeping.revalidate([row[0] for row in cursor.fetchall()], actor=taking.actor)


def as_before(model, rows: str, *, may_be_gone: bool = False) -> int:
    """Let rows say what they said before the load; those that it threw away are there again. How many."""
    names, values = _columns(model)
    table = model._meta.db_table
    former = f"""
        SELECT DISTINCT ON (u.id) u.id AS undo_id, e.* FROM {rows} u
        JOIN {history_of(model)._meta.db_table} e ON e.pgh_obj_id = u.id AND e.pgh_id < u.first
        WHERE NOT u.made ORDER BY u.id, e.pgh_id DESC
    """
    back = 0
    if may_be_gone:
        back = do(
            f"INSERT INTO {table} (id, {names}) SELECT b.undo_id, {values} FROM ({former}) b"
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} m WHERE m.id = b.undo_id)"
        )
    return back + do(
        f"UPDATE {table} m SET ({names}) = ROW({values}) FROM ({former}) b WHERE b.undo_id = m.id"
        f" AND ({names_of('m', names)}) IS DISTINCT FROM ({values})"
    )


def names_of(alias: str, names: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in names.split(", "))


def _columns(model) -> tuple[str, str]:
    names = [
        each.column
        for each in history_of(model)._meta.get_fields()
        if getattr(each, "column", None) and not each.name.startswith("pgh_") and each.name != "id"
    ]
    return ", ".join(f'"{name}"' for name in names), ", ".join(f'b."{name}"' for name in names)


def ask_changed(taking: Undoing, model, name: str) -> None:
    """Whether rows say something else than when the load ended, but for what follows by itself."""
    follows = FOLLOWS.get(model, ())
    history = history_of(model)
    columns = [
        each.column
        for each in history._meta.get_fields()
        if getattr(each, "column", None) and not each.name.startswith("pgh_") and each.column not in ("id", *follows)
    ]
    now = ", ".join(f'o."{column}"' for column in columns)
    then = ", ".join(f'e."{column}"' for column in columns)
    moved = f"OR o.state <> e.state AND NOT (o.state IN ({OPEN}) AND e.state IN ({OPEN}))" if model is Order else ""
    table = model._meta.db_table
    taking.builds(
        f"{model._meta.verbose_name_plural} changed since",
        f"""
        SELECT {name} FROM undo_{table} u JOIN {history._meta.db_table} e ON e.pgh_id = u.last
        JOIN {table} o ON o.id = u.id WHERE ({now}) IS DISTINCT FROM ({then}) {moved}
        UNION ALL
        SELECT 'line ' || u.id FROM undo_{table} u JOIN {history._meta.db_table} e ON e.pgh_id = u.last
        WHERE e.pgh_label <> 'delete' AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.id = u.id)
        """,
    )
