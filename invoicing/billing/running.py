"""A billing run: drafts of what is due, written and issued part by part, each part whole or not at all.

Parts are of whole customers, so that a collective invoice is never torn apart, and several are billed at once. Who
bills a customer locks its account: two runs of a legal entity at once wait for each other there, and each bills what
the other left. One that was killed has billed whole parts; the next run bills the rest.
"""
# ruff: noqa: S608 what is composed here is made of our own words

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from threading import Lock
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F

from o2c.core import clock, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.hands import helping
from o2c.core.refusals import Refused
from o2c.invoicing.invoices import issuing
from o2c.invoicing.models import BillingRules, BillingRun
from o2c.orders.confirming import lock_accounts
from o2c.orders.models import LegalEntity

# So many invoices are written and issued in one transaction, or more where one customer has more.
PART = 500
# So many parts at once: the database works for each by itself until the numbers are drawn, where they wait in turn.
HANDS = 2
# Early in the morning of each legal entity, before people come.
AT = time(3, 0)

# How many invoices each customer would get: what goes on one invoice is of one key.
KEY = """
    b.customer_id, o.currency, o.terms_id, o.ship_to_country, b.period_from, b.period_until,
    CASE WHEN b.period_until IS NULL THEN coalesce(b.delivery_id, 0) END,
    CASE WHEN b.period_until IS NULL AND b.delivery_id IS NULL THEN o.id END,
    CASE WHEN b.period_until IS NULL THEN o.customer_reference END,
    CASE WHEN b.period_until IS NULL THEN o.buyer_reference END,
    CASE WHEN b.period_until IS NULL THEN o.contract_id END
"""
COUNT = f"""
    SELECT customer_id, count(*) FROM (
        SELECT DISTINCT {KEY}
        FROM invoicing_billable(%(entity)s, %(as_of)s, %(customers)s) b JOIN orders_order o ON o.id = b.order_id
    ) k GROUP BY 1 ORDER BY 1
"""

LOCK = """
    SELECT id FROM orders_order WHERE entity_id = %(entity)s AND customer_id = ANY(%(customers)s)
        AND state IN ('confirmed', 'partly_delivered', 'delivered')
    ORDER BY id FOR NO KEY UPDATE
"""
DUE = f"""
    CREATE TEMP TABLE billing ON COMMIT DROP AS
    SELECT b.*, o.currency, o.terms_id, o.ship_to_country, dense_rank() OVER (ORDER BY {KEY}) AS number
    FROM invoicing_billable(%(entity)s, %(as_of)s, %(customers)s) b JOIN orders_order o ON o.id = b.order_id
"""
# Who is billed for what: of several orders or deliveries on one invoice the note names them, as the norm has room for
# one of each.
HEADS = """
    CREATE TEMP TABLE billing_head ON COMMIT DROP AS
    SELECT h.*, nextval(pg_get_serial_sequence('invoicing_invoice', 'id')) AS invoice_id
    FROM (
        SELECT b.number, min(b.customer_id) AS customer_id, min(b.currency) AS currency, min(b.terms_id) AS terms_id,
            min(b.period_from) AS period_from, min(b.period_until) AS period_until,
            CASE WHEN min(b.period_until) IS NULL THEN max(b.done_on) FILTER (WHERE b.delivery_id IS NOT NULL) END
                AS delivered_on,
            CASE WHEN count(DISTINCT o.customer_reference) = 1 THEN min(o.customer_reference) ELSE '' END AS theirs,
            CASE WHEN count(DISTINCT o.buyer_reference) = 1 THEN min(o.buyer_reference) ELSE '' END AS buyer_reference,
            CASE WHEN count(DISTINCT coalesce(c.number, '')) = 1 THEN coalesce(min(c.number), '') ELSE '' END
                AS contract,
            CASE WHEN count(DISTINCT b.delivery_id) = 1 THEN min(d.number) ELSE '' END AS despatch,
            min(o.ship_to_country) AS country,
            CASE WHEN count(DISTINCT p.place) = 1 THEN min(o.ship_to_name) ELSE '' END AS ship_name,
            CASE WHEN count(DISTINCT p.place) = 1 THEN min(o.ship_to_street) ELSE '' END AS street,
            CASE WHEN count(DISTINCT p.place) = 1 THEN min(o.ship_to_postal_code) ELSE '' END AS postal_code,
            CASE WHEN count(DISTINCT p.place) = 1 THEN min(o.ship_to_city) ELSE '' END AS city,
            CASE WHEN count(DISTINCT coalesce(d.number, o.number)) > 1 THEN 'For ' || string_agg(DISTINCT
                coalesce(d.number, o.number) || coalesce(' (' || nullif(o.customer_reference, '') || ')', ''), ', ')
                ELSE '' END AS note
        FROM billing b JOIN orders_order o ON o.id = b.order_id
        LEFT JOIN orders_contract c ON c.id = o.contract_id
        LEFT JOIN orders_delivery d ON d.id = b.delivery_id
        CROSS JOIN LATERAL (SELECT concat_ws('|', o.ship_to_name, o.ship_to_street, o.ship_to_postal_code,
            o.ship_to_city) AS place) p
        GROUP BY b.number ORDER BY b.number
    ) h
"""
INVOICES = """
    INSERT INTO invoicing_invoice (id, entity_id, customer_id, payer_id, kind, state, number, numbered_here, cancels,
        issued_on, delivered_on, period_from, period_until, deliver_to_country, deliver_to_name, deliver_to_street,
        deliver_to_postal_code, deliver_to_city, currency, terms_id, buyer_reference, order_reference,
        contract_reference, despatch_reference, exemption_reason, note, line_total, allowance_total, charge_total,
        net_total, tax_total, gross_total, prepaid, rounding, payable, policy, reference, issued_by, created_by)
    SELECT h.invoice_id, %(entity)s, h.customer_id, c.payer_id, 'invoice', 'draft', '', true, false,
        %(as_of)s, h.delivered_on, h.period_from, h.period_until, h.country, h.ship_name, h.street,
        h.postal_code, h.city, h.currency, h.terms_id, h.buyer_reference, h.theirs,
        h.contract, h.despatch, '', left(h.note, 4000), 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', %(actor)s
    FROM billing_head h JOIN orders_customer c ON c.id = h.customer_id ORDER BY h.number
"""
# A line's net amount is rounded once (BT-131); totals are summed up from it as those of every draft.
LINES = """
    INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price, price_per,
        category, rate, net, order_line_id, delivery_line_id)
    SELECT h.invoice_id, row_number() OVER (PARTITION BY h.invoice_id
            ORDER BY b.done_on, b.delivery_id, b.order_id, l.position, b.delivery_line_id),
        coalesce(p.number, left(l.given, 60)), coalesce(nullif(l.description, ''), p.name, l.given), b.quantity, l.unit,
        l.price, l.price_per, l.tax_category, l.tax_rate,
        round(b.quantity * l.price / l.price_per, core_minor_unit(h.currency)), b.order_line_id, b.delivery_line_id
    FROM billing b JOIN billing_head h ON h.number = b.number
    JOIN orders_orderline l ON l.id = b.order_line_id LEFT JOIN orders_product p ON p.id = l.product_id
    ORDER BY 1, 2
"""


class BillingRefused(Refused):
    """It cannot be billed so; the text says why."""


def run(
    entity: LegalEntity,
    *,
    actor: Actor,
    as_of: date | None = None,
    customers: list[int] | None = None,
    automatic: bool = False,
    part: int = PART,
) -> BillingRun:
    """Bill what is due by a day, which is the day of the invoices; today unless said otherwise.

    What was billed stays billed where the run is broken off. Raises BillingRefused for a day to come.
    """
    as_of = check_day(entity, as_of)
    with acting(actor):
        kept = _begun(entity, as_of, automatic=automatic, actor=actor)
    _bill_all(kept, list(_customers(entity, as_of, customers, part)), actor)
    with acting(actor):
        kept = BillingRun.objects.select_for_update().get(pk=kept.pk)
        if kept.state == BillingRun.State.RUNNING:
            states.move(kept, BillingRun.State.DONE, done_at=clock.now())
            outbox.emit("billing.done", billing_run_id=kept.pk, entity_id=entity.pk)
    return kept


def _begun(entity: LegalEntity, as_of: date, *, automatic: bool, actor: Actor) -> BillingRun:
    """The run of the day that was begun by itself, else a new one."""
    facts = {"entity": entity, "as_of": as_of, "automatic": automatic}
    if not automatic:
        return BillingRun.objects.create(created_by=actor.name, **facts)
    BillingRun.objects.bulk_create([BillingRun(created_by=actor.name, **facts)], ignore_conflicts=True)
    return BillingRun.objects.get(**facts)


def check_day(entity: LegalEntity, as_of: date | None) -> date:
    """The day to bill by. Raises BillingRefused for one to come."""
    today = clock.today(entity.time_zone)
    if as_of is not None and as_of > today:
        raise BillingRefused("That day has not come.", "as_of")
    return as_of or today


def due_entities() -> list[LegalEntity]:
    """Legal entities that bill by themselves, whose hour has come by their own clock and whose run of the day is to be
    begun, or was broken off."""
    found = []
    for rules in BillingRules.objects.filter(automatic=True).select_related("entity").order_by("entity"):
        zone = rules.entity.time_zone
        today = clock.today(zone)
        done = BillingRun.objects.filter(entity=rules.entity, as_of=today, automatic=True, state=BillingRun.State.DONE)
        if clock.now().astimezone(ZoneInfo(zone)).time() >= AT and not done.exists():
            found.append(rules.entity)
    return found


def run_due() -> list[BillingRun]:
    """Bill what is due where it is billed by itself: once a day, taken up anew where it was broken off."""
    return [run(entity, actor=SYSTEM, automatic=True) for entity in due_entities()]


def _customers(entity: LegalEntity, as_of: date, customers: list[int] | None, part: int) -> Iterator[list[int]]:
    """Customers with something to bill, so many together that they get a part's number of invoices."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"entity": entity.pk, "as_of": as_of, "customers": customers})
        found = cursor.fetchall()
    together: list[int] = []
    invoices = 0
    for customer_id, count in found:
        if together and invoices + count > part:
            yield together
            together, invoices = [], 0
        together.append(customer_id)
        invoices += count
    if together:
        yield together


def _bill_all(kept: BillingRun, parts: list[list[int]], actor: Actor) -> None:
    """All parts, some at once where nothing of them is in a transaction of the caller's. Where one fails those that are
    begun end, and the others are left."""
    waiting, taking = iter(parts), Lock()

    def work() -> None:
        while (customers := take()) is not None:
            try:
                _bill(kept, customers, actor)
            except BaseException:
                while take() is not None:
                    continue
                raise

    def take() -> list[int] | None:
        with taking:
            return next(waiting, None)

    alone = len(parts) < HANDS or connection.in_atomic_block
    with helping(0 if alone else HANDS - 1, work):
        work()


def _bill(kept: BillingRun, customers: list[int], actor: Actor) -> None:
    """One part, and what it came to: whole or not at all."""
    facts = {"entity": kept.entity_id, "as_of": kept.as_of, "customers": customers, "actor": actor.name}
    with acting(actor):
        lock_accounts(kept.entity_id, customers)
        with connection.cursor() as cursor:
            cursor.execute(LOCK, facts)
            cursor.execute("DROP TABLE IF EXISTS billing; DROP TABLE IF EXISTS billing_head")
            cursor.execute(DUE, facts)
            cursor.execute("ANALYZE billing")
            cursor.execute(HEADS)
            cursor.execute("ANALYZE billing_head")
            cursor.execute(INVOICES, facts)
            cursor.execute(LINES)
            cursor.execute("SELECT invoice_id FROM billing_head ORDER BY number")
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        # the nets of the lines are as they must be, and the sums are worked out as they are issued
        done = issuing.issue_all(ids, entity=kept.entity, actor=actor, partly=True)
        BillingRun.objects.filter(pk=kept.pk).update(
            invoices=F("invoices") + len(done.numbers), held=F("held") + len(done.refused)
        )


@dataclass(frozen=True)
class Due:
    """What would be invoiced: so many invoices with so many lines, net, in a currency, of a customer."""

    customer_id: int
    number: str
    name: str
    currency: str
    invoices: int
    lines: int
    net: object
    first_on: date
    last_on: date


PREVIEW = f"""
    SELECT k.customer_id, c.number, c.name, k.currency, count(DISTINCT k.key), count(*), sum(k.net), min(k.done_on),
        max(k.done_on)
    FROM (
        SELECT b.customer_id, o.currency, b.done_on, row({KEY})::text AS key,
            round(b.quantity * l.price / l.price_per, core_minor_unit(o.currency)) AS net
        FROM invoicing_billable(%(entity)s, %(as_of)s, %(customers)s) b JOIN orders_order o ON o.id = b.order_id
        JOIN orders_orderline l ON l.id = b.order_line_id
    ) k JOIN orders_customer c ON c.id = k.customer_id
    GROUP BY 1, 2, 3, 4 ORDER BY c.number, k.currency
"""


def preview(entity: LegalEntity, *, as_of: date, customers: list[int] | None = None) -> list[Due]:
    """What a run would invoice, by customer and currency; nothing is written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PREVIEW, {"entity": entity.pk, "as_of": as_of, "customers": customers})
        return [Due(*row) for row in cursor.fetchall()]
