"""What a strategy's rules may ask of a customer or a task: a closed set, each with where it is read and how it is said.

Each source is a query of one row a customer of whom there are live tasks (`live`), read on the day `as_of` in the legal
entity `entity`. A source that no rule asks for is not part of the statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from o2c.collections.models import Task
from o2c.core import formats
from o2c.orders.models import Account, LegalEntity

YEAR = 365  # days that broken promises, returned payments and habits are looked back
NEVER = 36_500  # days since something that never was

SOURCES = {
    "account": """
        SELECT customer_id, segment, standing, credit_limit, currency FROM orders_account WHERE entity_id = %(entity)s
    """,
    "person": "SELECT id AS customer_id, country, is_consumer FROM orders_customer",
    "broken": """
        SELECT customer_id, count(*) AS times FROM collections_promisetopay
        WHERE entity_id = %(entity)s AND state IN ('broken', 'partly_kept') AND pay_by > %(as_of)s - %(year)s
            AND customer_id IN (SELECT customer_id FROM live) GROUP BY 1
    """,
    "returned": """
        SELECT r.customer_id, count(*) AS times
        FROM invoicing_returnedpayment b JOIN invoicing_receipt r ON r.id = b.receipt_id
        WHERE b.entity_id = %(entity)s AND b.returned_on > %(as_of)s - %(year)s
            AND r.customer_id IN (SELECT customer_id FROM live) GROUP BY 1
    """,
    "contested": """
        SELECT i.customer_id, sum(least(coalesce(d.amount, i.open_amount), i.open_amount) * rates.rate) AS amount
        FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id JOIN rates USING (currency)
        WHERE d.entity_id = %(entity)s AND d.closed_on IS NULL AND i.open_amount > 0 AND i.due_on < %(as_of)s
            AND i.customer_id IN (SELECT customer_id FROM live) GROUP BY 1
    """,
    "spoken": """
        SELECT customer_id, max((at AT TIME ZONE %(zone)s)::date) AS last_on FROM (
            SELECT customer_id, happened_at AS at FROM collections_activity
            WHERE entity_id = %(entity)s AND customer_id IN (SELECT customer_id FROM live)
                AND (outcome IN ('reached', 'promised', 'disputes', 'already_paid') OR kind IN ('promise', 'plan'))
            UNION ALL
            SELECT customer_id, came_at FROM collections_incomingmail
            WHERE entity_id = %(entity)s AND kind = 'letter' AND customer_id IN (SELECT customer_id FROM live)
        ) said GROUP BY 1
    """,
    "told": """
        SELECT i.customer_id, max(l.level) AS level
        FROM invoicing_openitem i JOIN collections_noticeline l ON l.item_id = i.id AND l.cycle = i.cycle
            AND l.scenario_id IS NULL AND l.dropped_because = ''
        WHERE i.entity_id = %(entity)s AND i.open_amount > 0 AND i.customer_id IN (SELECT customer_id FROM live)
        GROUP BY 1
    """,
    "habit": """
        SELECT i.customer_id, round(sum(a.amount * (a.effective_on - i.due_on)) / sum(a.amount)) AS days
        FROM invoicing_openitem i
        JOIN invoicing_allocation a ON a.debit_item_id = i.id AND a.reverses_id IS NULL
            AND a.counts_from <= %(as_of)s AND a.effective_on > %(as_of)s - %(year)s
        JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind = 'on_account'
        WHERE i.entity_id = %(entity)s AND i.customer_id IN (SELECT customer_id FROM live)
            AND NOT EXISTS (SELECT 1 FROM invoicing_allocation u WHERE u.reverses_id = a.id)
        GROUP BY 1
    """,
}

NUMBER, AMOUNT, WORD = "number", "amount", "word"


@dataclass(frozen=True)
class Fact:
    """One fact: `reads` is its SQL over the sources, `says` its words where a rule about it holds.

    `least` and `most` bound what a number may be compared with; `words` are those that a word may be, for an entity.
    `of_all` says that it is of all that is owed, not only of what is overdue.
    """

    code: str
    name: str
    kind: str
    reads: str
    says: Callable[[str], str]
    sources: tuple[str, ...] = ()
    unit: str = ""
    least: int = 0
    most: int = 0
    words: Callable[[LegalEntity], dict[str, str]] | None = None
    of_all: bool = False

    @property
    def is_word(self) -> bool:
        return self.kind == WORD


def _count(one: str, many: str) -> Callable[[str], str]:
    return lambda value: f"{formats.number(Decimal(value))} {one if Decimal(value) == 1 else many}"


def _ago(value: str) -> str:
    if int(value) >= NEVER:
        return "never spoken with"
    return "spoken with today" if int(value) == 0 else f"last spoken with {_count('day', 'days')(value)} ago"


def _habit(value: str) -> str:
    days = int(Decimal(value))
    if days > 0:
        return f"pays {_count('day', 'days')(value)} late on average"
    return "pays on time on average"


def _segments(entity: LegalEntity) -> dict[str, str]:
    found = Account.objects.filter(entity=entity).exclude(segment="").values_list("segment", flat=True)
    return {segment: segment for segment in found.order_by("segment").distinct()}


ALL = (
    Fact(
        "overdue", "Overdue amount", AMOUNT, "live_now.at_risk",
        lambda value: f"{formats.number(Decimal(value))} overdue",
        unit="base currency", most=10**14,
    ),
    Fact(
        "oldest", "Days the oldest item is overdue", NUMBER,
        "coalesce(%(as_of)s - worth.oldest, 0)",
        lambda value: f"the oldest item is {_count('day', 'days')(value)} late",
        most=10_000,
    ),
    Fact(
        "level", "Highest dunning level told", NUMBER, "coalesce(told.level, 0)",
        lambda value: f"dunned at level {value}", ("told",), most=9,
    ),
    Fact(
        "broken", "Promises broken in a year", NUMBER, "coalesce(broken.times, 0)",
        _count("promise broken in a year", "promises broken in a year"), ("broken",), most=1_000,
    ),
    Fact(
        "returned", "Payments returned in a year", NUMBER, "coalesce(returned.times, 0)",
        _count("payment returned in a year", "payments returned in a year"), ("returned",), most=1_000,
    ),
    Fact(
        "contested", "Share in dispute", NUMBER,
        "coalesce(round(100 * contested.amount / nullif(live_now.at_risk, 0)), 0)",
        lambda value: f"{formats.number(Decimal(value))} % of it in dispute", ("contested",), "%", most=100,
    ),
    Fact(
        "spoken", "Days since spoken with", NUMBER, f"coalesce(%(as_of)s - spoken.last_on, {NEVER})",
        _ago, ("spoken",), most=10_000,
    ),
    Fact(
        "habit", "Days late on average, in a year", NUMBER, "coalesce(habit.days, 0)",
        _habit, ("habit",), least=-365, most=3_650,
    ),
    Fact(
        "limit", "Credit limit used", NUMBER,
        "coalesce(round(100 * worth.owed / nullif(account.credit_limit * coalesce("
        "invoicing_rate(%(base)s, %(as_of)s) / invoicing_rate(account.currency, %(as_of)s), 1), 0)), 0)",
        lambda value: f"{formats.number(Decimal(value))} % of the credit limit used", ("account",), "%",
        most=100_000, of_all=True,
    ),
    Fact(
        "waiting", "Days the task has been due", NUMBER, "greatest(%(as_of)s - live_now.due_on, 0)",
        lambda value: f"due for {_count('day', 'days')(value)}", most=10_000,
    ),
    Fact(
        "kind", "Kind of task", WORD, "live_now.kind", lambda value: Task.Kind(value).label.lower(),
        words=lambda entity: dict(Task.Kind.choices),
    ),
    Fact(
        "segment", "Segment", WORD, "coalesce(account.segment, '')", lambda value: f"segment {value or 'none'}",
        ("account",), words=_segments,
    ),
    Fact(
        "country", "Country", WORD, "coalesce(person.country, '')", lambda value: f"country {value or 'unknown'}",
        ("person",), words=lambda entity: formats.countries(),
    ),
    Fact(
        "standing", "Standing of the account", WORD, "coalesce(account.standing, 'open')",
        lambda value: f"account {Account.Standing(value).label.lower()}", ("account",),
        words=lambda entity: dict(Account.Standing.choices),
    ),
    Fact(
        "debtor", "Debtor", WORD, "CASE WHEN person.is_consumer THEN 'consumer' ELSE 'business' END",
        lambda value: f"a {value}", ("person",),
        words=lambda entity: {"business": "Business", "consumer": "Consumer"},
    ),
)  # fmt: skip
BY_CODE = {fact.code: fact for fact in ALL}
