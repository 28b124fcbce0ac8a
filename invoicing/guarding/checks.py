"""Looking at payments before they are taken for a customer's, many at once.

A pair is a bank line and the customer it is to be of. Each check is one query over all pairs; what it finds has a
level, which a legal entity may set (`CheckRule`). What stands at `quarantine` holds the money back. Refunds are looked
at in the same way, by the queries of `paid_back`.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from o2c.core.actors import Actor, acting
from o2c.invoicing.models import Check, CheckRule, Level
from o2c.orders.models import LegalEntity


@dataclass(frozen=True)
class Rule:
    """How a finding is taken. `limit` is in `unit`, where the check has one."""

    level: Level
    limit: Decimal | None = None
    unit: str = ""


STANDARD = {
    Check.INVALID_IBAN: Rule(Level.QUARANTINE),
    Check.OTHERS_ACCOUNT: Rule(Level.QUARANTINE),
    Check.BANK_REPEATS: Rule(Level.QUARANTINE),
    Check.NO_ACCOUNT_HERE: Rule(Level.QUARANTINE),
    Check.LIKE_ANOTHER: Rule(Level.NOTE, Decimal(3), "days"),
    Check.NEW_ACCOUNT: Rule(Level.NOTE),
    Check.FOREIGN_COUNTRY: Rule(Level.NOTE),
    Check.FAR_ABOVE_HABIT: Rule(Level.NOTE, Decimal(10), "times the largest of two years"),
    Check.ACCOUNT_NOT_OPEN: Rule(Level.NOTE),
    Check.REFUND_OTHERS: Rule(Level.QUARANTINE),
    Check.REFUND_TWICE: Rule(Level.QUARANTINE, Decimal(30), "days"),
    Check.ROUND_TRIP_ELSEWHERE: Rule(Level.QUARANTINE, Decimal(30), "days"),
    Check.DETAILS_BY_EMAIL: Rule(Level.QUARANTINE, Decimal(14), "days"),
    Check.REFUND_NOT_OPEN: Rule(Level.QUARANTINE),
    Check.ROUND_TRIP: Rule(Level.NOTE, Decimal(30), "days"),
    Check.DETAILS_NEW: Rule(Level.NOTE, Decimal(14), "days"),
    Check.REFUND_NEVER_PAID: Rule(Level.NOTE),
    Check.REFUND_COUNTRY: Rule(Level.NOTE),
    Check.REFUND_ABOVE_HABIT: Rule(Level.NOTE, Decimal(3), "times the largest of two years"),
}


def rules_of(entity: LegalEntity) -> dict[Check, Rule]:
    """How the legal entity takes each finding: its own rule, else the standard."""
    own = {rule.check_code: rule for rule in CheckRule.objects.filter(entity=entity)}
    rules = {}
    for check, standard in STANDARD.items():
        rule = own.get(check)
        limit = standard.limit if rule is None or rule.limit is None else rule.limit
        rules[check] = Rule(standard.level if rule is None else Level(rule.level), limit, standard.unit)
    return rules


def arrange(entity: LegalEntity, wanted: dict[Check, Rule], *, actor: Actor) -> None:
    """Say how a legal entity takes each finding; what is not named stays, and nothing is written where nothing changes.

    Raises ValueError for a limit that is not more than nothing.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        for check, rule in wanted.items():
            if rule.limit is not None and rule.limit <= 0:
                raise ValueError(f"{check.label}: the limit must be more than nothing.")
        standing = rules_of(entity)
        changed = {
            check: rule
            for check, rule in wanted.items()
            if (rule.level, rule.limit) != (standing[check].level, standing[check].limit)
        }
        CheckRule.objects.bulk_create(
            [
                CheckRule(entity=entity, check_code=check, level=rule.level, limit=rule.limit)
                for check, rule in changed.items()
            ],
            update_conflicts=True,
            unique_fields=["entity", "check_code"],
            update_fields=["level", "limit"],
        )


@transaction.atomic
def look(pairs: Iterable[tuple[int, int]]) -> set[int]:
    """Look at pairs of line and customer, and write down what is found; the lines whose money is to be held.

    In the transaction of the act that takes the money, after it has locked the lines. What was released for a customer
    holds that customer's line no more.
    """
    lines, customers = [list(column) for column in zip(*pairs, strict=True)] or [[], []]
    if not lines:
        return set()
    with connection.cursor() as cursor:
        find(cursor, PAIRS, {"lines": lines, "customers": customers}, QUERIES)
        cursor.execute(WRITTEN)
        cursor.execute(HELD)
        cursor.execute(STANDING)
        return {row[0] for row in cursor.fetchall()}


def find(cursor, looked_at: str, facts: dict, queries: dict[Check, str]) -> None:
    """Put what is looked at in the table `looked_at` and what speaks against it in `found`, one query a check."""
    cursor.execute("DROP TABLE IF EXISTS looked_at, found")
    cursor.execute(looked_at, facts)
    cursor.execute("ANALYZE looked_at")
    cursor.execute(FOUND)
    for check, query in queries.items():
        standard = STANDARD[check]
        cursor.execute(f"INSERT INTO found {query}", {"check": check, "level": standard.level, "limit": standard.limit})


PAIRS = """
    CREATE TEMP TABLE looked_at ON COMMIT DROP AS
    SELECT l.id AS line_id, NULL::bigint AS refund_id, l.entity_id, c.id AS customer_id,
           coalesce(c.payer_id, c.id) AS payer_id, c.country,
           upper(replace(l.party_iban, ' ', '')) AS iban, l.end_to_end_id, l.currency, l.amount, l.booked_on
    FROM unnest(%(lines)s::bigint[], %(customers)s::bigint[]) AS pair (line_id, customer_id)
    JOIN invoicing_bankline l ON l.id = pair.line_id JOIN orders_customer c ON c.id = pair.customer_id
"""

FOUND = """
    CREATE TEMP TABLE found (line_id bigint, refund_id bigint, customer_id bigint, entity_id bigint, check_code text,
                             level text, facts jsonb) ON COMMIT DROP
"""

# What every check selects: what is looked at, its level by the entity's rule or the standard, and the facts.
HEAD = """
    SELECT p.line_id, p.refund_id, p.customer_id, p.entity_id, %(check)s, coalesce(r.level, %(level)s), {facts}
    FROM looked_at p LEFT JOIN invoicing_checkrule r ON r.entity_id = p.entity_id AND r.check_code = %(check)s
"""


def query(facts: str, rest: str) -> str:
    """One check: the facts of what it finds, as SQL, and the joins and conditions on `looked_at p` that find it."""
    return HEAD.format(facts=facts) + rest


# Another group of customers holds the account, or has paid from it.
OTHERS = """
    CROSS JOIN LATERAL (
        SELECT c.number FROM orders_customerbankaccount b JOIN orders_customer c ON c.id = b.customer_id
        WHERE b.iban = p.iban AND coalesce(c.payer_id, c.id) <> p.payer_id
        UNION ALL
        SELECT c.number FROM invoicing_bankline l JOIN orders_customer c ON c.id = l.payer_id
        WHERE l.party_iban = p.iban AND l.payer_id <> p.payer_id AND l.id IS DISTINCT FROM p.line_id AND l.amount > 0
        LIMIT 1
    ) o
"""
# With this legal entity; others may go on.
NOT_OPEN = (
    "jsonb_build_object('standing', a.standing, 'reason', a.standing_reason)",
    """
    JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
    WHERE a.standing <> 'open'
    """,
)
LIMIT = 'coalesce(r."limit", %(limit)s)'

QUERIES = {
    Check.INVALID_IBAN: query(
        "jsonb_build_object('iban', p.iban)", "WHERE p.iban <> '' AND NOT invoicing_iban_holds(p.iban)"
    ),
    Check.OTHERS_ACCOUNT: query(
        "jsonb_build_object('iban', p.iban, 'customer', o.number)",
        f"""{OTHERS}
        WHERE p.iban <> '' AND NOT EXISTS (
            SELECT 1 FROM orders_customerbankaccount b JOIN orders_customer c ON c.id = b.customer_id
            WHERE b.iban = p.iban AND c.payer_id = p.payer_id)
        """,
    ),
    Check.BANK_REPEATS: query(
        "jsonb_build_object('end_to_end_id', p.end_to_end_id, 'on', o.booked_on)",
        """
        CROSS JOIN LATERAL (
            SELECT l.booked_on FROM invoicing_bankline l
            WHERE l.end_to_end_id = p.end_to_end_id AND l.amount = p.amount AND l.currency = p.currency
                AND l.party_iban = p.iban AND l.id < p.line_id AND l.is_money AND l.entity_id = p.entity_id
            ORDER BY l.id DESC LIMIT 1
        ) o
        WHERE p.end_to_end_id <> ''
        """,
    ),
    Check.LIKE_ANOTHER: query(
        "jsonb_build_object('receipt', o.number, 'on', o.received_on)",
        f"""
        CROSS JOIN LATERAL (
            SELECT t.number, t.received_on FROM invoicing_receipt t
            WHERE t.customer_id = p.customer_id AND t.entity_id = p.entity_id AND t.amount = p.amount
                AND t.currency = p.currency AND t.reversed_on IS NULL
                AND t.received_on BETWEEN p.booked_on - {LIMIT}::int AND p.booked_on + {LIMIT}::int
                AND NOT EXISTS (SELECT 1 FROM invoicing_lineuse u WHERE u.receipt_id = t.id AND u.line_id = p.line_id)
            ORDER BY t.id DESC LIMIT 1
        ) o
        """,
    ),
    # Only where accounts of the customer's are known; the first one tells nothing.
    Check.NEW_ACCOUNT: query(
        "jsonb_build_object('iban', p.iban)",
        """
        WHERE p.iban <> '' AND EXISTS (
            SELECT 1 FROM invoicing_bankline l
            WHERE l.payer_id = p.payer_id AND l.party_iban <> '' AND l.id <> p.line_id
            UNION ALL
            SELECT 1 FROM orders_customerbankaccount b JOIN orders_customer c ON c.id = b.customer_id
            WHERE c.payer_id = p.payer_id
        ) AND NOT EXISTS (
            SELECT 1 FROM invoicing_bankline l
            WHERE l.payer_id = p.payer_id AND l.party_iban = p.iban AND l.id <> p.line_id
            UNION ALL
            SELECT 1 FROM orders_customerbankaccount b JOIN orders_customer c ON c.id = b.customer_id
            WHERE c.payer_id = p.payer_id AND b.iban = p.iban
        )
        """,
    ),
    Check.FOREIGN_COUNTRY: query(
        "jsonb_build_object('country', left(p.iban, 2))",
        """
        JOIN orders_legalentity e ON e.id = p.entity_id
        WHERE p.iban <> '' AND p.country <> '' AND left(p.iban, 2) NOT IN (p.country, e.country) AND NOT EXISTS (
            SELECT 1 FROM orders_customer c LEFT JOIN orders_customerbankaccount b ON b.customer_id = c.id
            WHERE c.payer_id = p.payer_id AND left(p.iban, 2) IN (c.country, left(b.iban, 2))
        )
        """,
    ),
    # Five payments make a habit.
    Check.FAR_ABOVE_HABIT: query(
        "jsonb_build_object('largest', o.largest, 'currency', p.currency)",
        f"""
        CROSS JOIN LATERAL (
            SELECT max(t.amount) AS largest FROM invoicing_receipt t
            WHERE t.customer_id = p.customer_id AND t.entity_id = p.entity_id AND t.currency = p.currency
                AND t.reversed_on IS NULL AND t.received_on BETWEEN p.booked_on - 730 AND p.booked_on
            HAVING count(*) >= 5
        ) o
        WHERE p.amount > o.largest * {LIMIT}
        """,
    ),
    Check.NO_ACCOUNT_HERE: query(
        "'{}'::jsonb",
        """
        WHERE NOT EXISTS (SELECT 1 FROM orders_account a
                          WHERE a.customer_id = p.customer_id AND a.entity_id = p.entity_id)
        """,
    ),
    Check.ACCOUNT_NOT_OPEN: query(*NOT_OPEN),
}

WRITTEN = """
    INSERT INTO invoicing_paymentfinding (entity_id, line_id, customer_id, check_code, level, facts)
    SELECT entity_id, line_id, customer_id, check_code, level, facts FROM found WHERE level <> 'off'
    ON CONFLICT DO NOTHING
"""

# Held: what stands at quarantine and was not released for this customer before.
HELD = """
    INSERT INTO invoicing_quarantine (entity_id, line_id, customer_id, state, why, decision)
    SELECT DISTINCT ON (f.line_id) f.entity_id, f.line_id, f.customer_id, 'held', '', '' FROM found f
    WHERE f.level = 'quarantine' AND NOT EXISTS (
        SELECT 1 FROM invoicing_quarantine q
        WHERE q.line_id = f.line_id AND q.customer_id = f.customer_id AND q.state = 'released')
    ORDER BY f.line_id, f.customer_id
    ON CONFLICT (line_id) WHERE state <> 'released' DO NOTHING
"""

STANDING = """
    SELECT DISTINCT q.line_id FROM invoicing_quarantine q JOIN looked_at p ON p.line_id = q.line_id
    WHERE q.state <> 'released'
"""
