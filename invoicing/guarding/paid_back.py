"""Looking at refunds before they are paid, by the rules, levels and quarantine of `checks`.

Once when one is asked for, and again when it is approved: what was found stays found, and what is found anew holds it
again, also one that was released before.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from o2c.invoicing.guarding.checks import LIMIT, NOT_OPEN, OTHERS, find, query
from o2c.invoicing.models import Check, PaymentFinding, Quarantine, Refund


@transaction.atomic
def look(refunds: Iterable[int], *, on: date) -> set[int]:
    """Look at refunds, and write down what is found; those that are held.

    In the transaction of the act that asks for or approves them, after it has locked them. `on` is the day of the act.
    """
    ids = list(refunds)
    if not ids:
        return set()
    with connection.cursor() as cursor:
        find(cursor, REFUNDS, {"refunds": ids, "on": on}, QUERIES)
        cursor.execute(WRITTEN)
        cursor.execute(HELD)
        # readers of what has changed learn that it is held
        cursor.execute(STAMPED)
        cursor.execute(STANDING, {"refunds": ids})
        return {row[0] for row in cursor.fetchall()}


def is_held(refund: Refund) -> bool:
    return _standing().filter(refund=refund).exists()


def with_findings(refunds: QuerySet[Refund]) -> QuerySet[Refund]:
    """Each with whether it is held, as `held`, and with what was found of it at hand."""
    found = PaymentFinding.objects.select_related("customer").order_by("id")
    return refunds.annotate(held=Exists(_standing().filter(refund=OuterRef("pk")))).prefetch_related(
        Prefetch("findings", found)
    )


def _standing() -> QuerySet[Quarantine]:
    return Quarantine.objects.exclude(state=Quarantine.State.RELEASED)


# Of a credit that was moved or exchanged it is the first receipt that counts: from where its money came.
REFUNDS = """
    CREATE TEMP TABLE looked_at ON COMMIT DROP AS
    SELECT NULL::bigint AS line_id, r.id AS refund_id, r.entity_id, r.customer_id, c.country, r.iban, r.currency,
           r.amount, r.asked_at, %(on)s::date AS looked_on, coalesce(c.payer_id, c.id) AS payer_id,
           came.id AS receipt_id, came.number AS receipt, came.received_on, came.paid_from
    FROM invoicing_refund r JOIN orders_customer c ON c.id = r.customer_id LEFT JOIN LATERAL (
        WITH RECURSIVE origin AS (
            SELECT r.credit_item_id AS item_id
            UNION
            SELECT t.credit_item_id FROM origin JOIN invoicing_transfer t ON t.in_item_id = origin.item_id
        )
        SELECT t.id, t.number, t.received_on, coalesce(l.party_iban, '') AS paid_from
        FROM origin JOIN invoicing_receipt t ON t.item_id = origin.item_id
        LEFT JOIN invoicing_lineuse u ON u.receipt_id = t.id AND u.kind = 'receipt' AND u.reverses_id IS NULL
        LEFT JOIN invoicing_bankline l ON l.id = u.line_id
        ORDER BY u.id DESC LIMIT 1
    ) came ON true
    WHERE r.id = ANY(%(refunds)s::bigint[])
"""

LATELY = f"WHERE p.received_on BETWEEN p.looked_on - {LIMIT}::int AND p.looked_on"
CHANGED = f"""
    CROSS JOIN LATERAL (
        SELECT b.decided_at::date AS decided_on, b.way FROM invoicing_bankdetailchange b
        WHERE b.customer_id = p.customer_id AND b.iban = p.iban AND b.state = 'approved'
            AND b.decided_at >= p.asked_at - make_interval(days => {LIMIT}::int)
        ORDER BY b.id DESC LIMIT 1
    ) o
"""

QUERIES = {
    Check.REFUND_NEVER_PAID: query(
        "jsonb_build_object('iban', p.iban)",
        """
        WHERE NOT EXISTS (
            SELECT 1 FROM invoicing_bankline l
            JOIN invoicing_lineuse u ON u.line_id = l.id AND u.kind = 'receipt' AND u.reverses_id IS NULL
            JOIN invoicing_receipt t ON t.id = u.receipt_id
            WHERE l.party_iban = p.iban AND t.customer_id = p.customer_id AND t.entity_id = p.entity_id
                AND t.reversed_on IS NULL AND NOT EXISTS (SELECT 1 FROM invoicing_lineuse b WHERE b.reverses_id = u.id)
        )
        """,
    ),
    # Also where it is theirs too: who confirms another's account as their own wants another's money.
    Check.REFUND_OTHERS: query(
        "jsonb_build_object('iban', p.iban, 'customer', o.number)",
        OTHERS,
    ),
    # The account that is paid to is no reason to expect its own country.
    Check.REFUND_COUNTRY: query(
        "jsonb_build_object('country', left(p.iban, 2))",
        """
        JOIN orders_legalentity e ON e.id = p.entity_id
        WHERE p.country <> '' AND left(p.iban, 2) NOT IN (p.country, e.country) AND NOT EXISTS (
            SELECT 1 FROM orders_customer c
            LEFT JOIN orders_customerbankaccount b ON b.customer_id = c.id AND b.iban <> p.iban
            WHERE coalesce(c.payer_id, c.id) = p.payer_id AND left(p.iban, 2) IN (c.country, left(b.iban, 2))
        )
        """,
    ),
    # Of two that are alike the later one is looked at, so that the first is not held for the second.
    Check.REFUND_TWICE: query(
        "jsonb_build_object('refund', 'REFUND-' || o.id, 'on', o.asked_on, 'customer', o.number)",
        f"""
        CROSS JOIN LATERAL (
            SELECT f.id, f.asked_at::date AS asked_on, c.number FROM invoicing_refund f
            JOIN orders_customer c ON c.id = f.customer_id
            WHERE f.id < p.refund_id AND f.entity_id = p.entity_id AND f.amount = p.amount AND f.currency = p.currency
                AND (f.customer_id = p.customer_id OR f.iban = p.iban)
                AND f.state IN ('asked', 'approved', 'exported', 'paid')
                AND f.asked_at >= p.asked_at - make_interval(days => {LIMIT}::int)
            ORDER BY f.id DESC LIMIT 1
        ) o
        """,
    ),
    # Five payments make a habit; the one that is paid back is not among them, as it may be what is wrong.
    Check.REFUND_ABOVE_HABIT: query(
        "jsonb_build_object('largest', o.largest, 'currency', p.currency)",
        f"""
        CROSS JOIN LATERAL (
            SELECT greatest(max(t.amount), (
                SELECT max(f.amount) FROM invoicing_refund f
                WHERE f.customer_id = p.customer_id AND f.entity_id = p.entity_id AND f.currency = p.currency
                    AND f.id <> p.refund_id AND f.state = 'paid' AND f.booked_on >= p.looked_on - 730
            )) AS largest
            FROM invoicing_receipt t
            WHERE t.customer_id = p.customer_id AND t.entity_id = p.entity_id AND t.currency = p.currency
                AND t.id IS DISTINCT FROM p.receipt_id AND t.reversed_on IS NULL
                AND t.received_on BETWEEN p.looked_on - 730 AND p.looked_on
            HAVING count(*) >= 5
        ) o
        WHERE p.amount > o.largest * {LIMIT}
        """,
    ),
    # From an account that the bank did not name it cannot be said that it is another.
    Check.ROUND_TRIP: query(
        "jsonb_build_object('receipt', p.receipt, 'on', p.received_on)",
        f"{LATELY} AND p.paid_from IN (p.iban, '')",
    ),
    Check.ROUND_TRIP_ELSEWHERE: query(
        "jsonb_build_object('receipt', p.receipt, 'on', p.received_on, 'iban', p.iban, 'paid_from', p.paid_from)",
        f"{LATELY} AND p.paid_from NOT IN (p.iban, '')",
    ),
    Check.REFUND_NOT_OPEN: query(*NOT_OPEN),
    Check.DETAILS_NEW: query("jsonb_build_object('iban', p.iban, 'on', o.decided_on)", CHANGED),
    Check.DETAILS_BY_EMAIL: query(
        "jsonb_build_object('iban', p.iban, 'on', o.decided_on)", f"{CHANGED} WHERE o.way = 'email'"
    ),
}

# `found` keeps what is new: only that, or what nobody has released yet, holds.
WRITTEN = """
    WITH written AS (
        INSERT INTO invoicing_paymentfinding (entity_id, refund_id, customer_id, check_code, level, facts)
        SELECT entity_id, refund_id, customer_id, check_code, level, facts FROM found WHERE level <> 'off'
        ON CONFLICT DO NOTHING RETURNING refund_id, check_code
    )
    DELETE FROM found f WHERE EXISTS (SELECT 1 FROM invoicing_quarantine q WHERE q.refund_id = f.refund_id)
        AND NOT EXISTS (SELECT 1 FROM written w WHERE w.refund_id = f.refund_id AND w.check_code = f.check_code)
"""

HELD = """
    INSERT INTO invoicing_quarantine (entity_id, refund_id, customer_id, state, why, decision)
    SELECT DISTINCT entity_id, refund_id, customer_id, 'held', '', '' FROM found WHERE level = 'quarantine'
    ON CONFLICT (refund_id) WHERE state <> 'released' DO NOTHING
"""

STAMPED = """
    UPDATE invoicing_refund r SET updated_at = now() FROM found f WHERE f.refund_id = r.id AND f.level = 'quarantine'
"""

STANDING = """
    SELECT DISTINCT refund_id FROM invoicing_quarantine
    WHERE refund_id = ANY(%(refunds)s::bigint[]) AND state <> 'released'
"""
