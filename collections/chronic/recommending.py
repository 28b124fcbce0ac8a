"""Which accounts are chronic as of a day, by which numbers, and what should become of each: one statement an entity.

What is looked at is what dunning would chase (`dunning_facts`): what is disputed, promised, in a plan, on hold, being
debited or with an agency does not make an account chronic. Whether an agency should have it says `dunning_hand_overs`,
the rule of the recommended hand-overs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections.models import ChronicDecision, ChronicRules
from o2c.collections.reasons import LEFT_ALONE
from o2c.core import clock
from o2c.core.money import plain
from o2c.orders.models import Customer, LegalEntity

Act = ChronicDecision.Act
YEAR = 365  # days that broken promises, fees and what was done are looked back

RECOMMENDED = """
    WITH item AS MATERIALIZED (
        SELECT f.customer_id, f.currency, f.balance, f.chased, f.days_late, coalesce(f.blocked, '') AS blocked,
            coalesce(f.blocked, '') <> ALL(%(left_alone)s) AS counts
        FROM dunning_facts(%(on)s, NULL, %(entity)s, %(payer)s, %(payer)s) f
        WHERE f.days_late > 0 AND (%(customer)s::bigint IS NULL OR f.customer_id = %(customer)s::bigint)
    ), rates AS (
        SELECT currency, coalesce(invoicing_rate(%(base)s, %(on)s) / invoicing_rate(currency, %(on)s), 1) AS rate
        FROM (SELECT DISTINCT currency FROM item) currencies
    ), owed AS (
        SELECT customer_id,
            sum(chased * rate) FILTER (WHERE counts) AS overdue,
            sum(chased * rate) FILTER (WHERE counts AND days_late <= 30) AS to_30,
            sum(chased * rate) FILTER (WHERE counts AND days_late BETWEEN 31 AND 90) AS to_90,
            sum(chased * rate) FILTER (WHERE counts AND days_late BETWEEN 91 AND 180) AS to_180,
            sum(chased * rate) FILTER (WHERE counts AND days_late > 180) AS older,
            max(days_late) FILTER (WHERE counts) AS oldest,
            sum(CASE WHEN blocked = 'disputed' THEN balance ELSE balance - chased END * rate) AS disputed,
            sum(balance * rate) FILTER (WHERE blocked = 'handed_over') AS placed
        FROM item JOIN rates USING (currency) GROUP BY customer_id
    ), long AS MATERIALIZED (
        SELECT o.*, a.standing
        FROM owed o JOIN orders_account a ON a.customer_id = o.customer_id AND a.entity_id = %(entity)s
        WHERE o.oldest > %(overdue_days)s AND o.overdue > 0 AND o.overdue >= %(minimum)s
    ), paid AS (
        SELECT customer_id, max("on") AS last_on FROM (
            SELECT i.customer_id, least(a.effective_on, c.effective_on) AS on
            FROM long JOIN invoicing_openitem i ON i.customer_id = long.customer_id AND i.entity_id = %(entity)s
                AND i.kind IN ('invoice', 'fee') AND i.amount > 0
            JOIN invoicing_allocation a ON a.debit_item_id = i.id AND a.amount > 0 AND a.counts_from <= %(on)s
            JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind IN ('on_account', 'exchange', 'transfer')
            WHERE NOT EXISTS (
                SELECT FROM invoicing_allocation u WHERE u.reverses_id = a.id AND u.counts_from <= %(on)s)
            UNION ALL
            SELECT r.customer_id, r.received_on FROM long
            JOIN invoicing_receipt r ON r.customer_id = long.customer_id AND r.entity_id = %(entity)s
            WHERE r.received_on <= %(on)s AND (r.reversed_on IS NULL OR r.reversed_on > %(on)s)
        ) money GROUP BY customer_id
    ), chronic AS MATERIALIZED (
        SELECT long.*, paid.last_on AS paid_on FROM long LEFT JOIN paid USING (customer_id)
        WHERE paid.last_on IS NULL OR paid.last_on < %(on)s::date - %(unpaid_days)s
    ), broken AS (
        SELECT customer_id, count(*) AS times FROM collections_promisetopay
        WHERE entity_id = %(entity)s AND state IN ('broken', 'partly_kept') AND pay_by > %(on)s::date - %(year)s
            AND pay_by <= %(on)s AND customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), contested AS (
        SELECT customer_id, count(*) AS times FROM collections_dispute
        WHERE entity_id = %(entity)s AND opened_on <= %(on)s AND (closed_on IS NULL OR closed_on > %(on)s)
            AND customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), charged AS (
        SELECT customer_id, sum(coalesce(base_amount, amount)) AS amount FROM invoicing_openitem
        WHERE entity_id = %(entity)s AND kind = 'fee' AND amount > 0 AND effective_on > %(on)s::date - %(year)s
            AND counts_from <= %(on)s AND customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), told AS (
        SELECT customer_id, count(*) AS times FROM collections_notice
        WHERE entity_id = %(entity)s AND state = 'composed' AND as_of > %(on)s::date - %(year)s AND as_of <= %(on)s
            AND customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), called AS (
        SELECT customer_id, count(*) AS times FROM collections_activity
        WHERE entity_id = %(entity)s AND kind = 'call' AND customer_id IN (SELECT customer_id FROM chronic)
            AND (happened_at AT TIME ZONE %(zone)s)::date BETWEEN %(on)s::date - %(year)s + 1 AND %(on)s GROUP BY 1
    ), due AS (
        SELECT customer_id, sum(total * rate) AS total, (array_agg(currency ORDER BY total * rate DESC, currency))[1]
            AS currency
        FROM (
            SELECT customer_id, currency, sum(chased) AS total
            FROM dunning_hand_overs(%(on)s, %(entity)s, %(payer)s, %(payer)s) GROUP BY 1, 2
        ) h JOIN rates USING (currency)
        WHERE customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), ended AS (
        SELECT customer_id, count(*) AS times FROM collections_placement
        WHERE entity_id = %(entity)s AND state = 'returned' AND ended_on <= %(on)s
            AND customer_id IN (SELECT customer_id FROM chronic) GROUP BY 1
    ), collected AS (
        SELECT EXISTS (SELECT FROM collections_agency WHERE entity_id = %(entity)s AND in_use) AS somebody
    ), last AS (
        SELECT DISTINCT ON (customer_id) customer_id, id, act, decision, until, decided_by, decided_on, reason
        FROM collections_chronicdecision
        WHERE entity_id = %(entity)s AND decided_on <= %(on)s AND customer_id IN (SELECT customer_id FROM chronic)
        ORDER BY customer_id, id DESC
    ), told_of AS (
        SELECT c.*, due.total AS due, due.currency, CASE
            WHEN c.oldest > %(write_off_days)s::int AND (ended.times > 0 OR NOT collected.somebody) THEN 'write_off'
            WHEN due.total > 0 THEN 'hand_over'
            WHEN c.oldest > %(exit_days)s::int AND c.standing = 'blocked' THEN 'exit'
            WHEN c.standing = 'open' THEN 'hold'
        END AS act, coalesce(ended.times, 0) AS given_back
        FROM chronic c CROSS JOIN collected
        LEFT JOIN due USING (customer_id) LEFT JOIN ended USING (customer_id)
    )
    SELECT t.customer_id, p.number, p.name, t.act, round(t.overdue, core_minor_unit(%(base)s)),
        round(coalesce(t.to_30, 0), core_minor_unit(%(base)s)), round(coalesce(t.to_90, 0), core_minor_unit(%(base)s)),
        round(coalesce(t.to_180, 0), core_minor_unit(%(base)s)), round(coalesce(t.older, 0), core_minor_unit(%(base)s)),
        t.oldest, round(coalesce(t.disputed, 0), core_minor_unit(%(base)s)),
        round(coalesce(t.placed, 0), core_minor_unit(%(base)s)), %(on)s::date - t.paid_on,
        coalesce(broken.times, 0), coalesce(contested.times, 0), coalesce(charged.amount, 0), coalesce(told.times, 0),
        coalesce(called.times, 0), t.given_back, t.standing, coalesce(t.currency, ''),
        round(coalesce(t.due, 0), core_minor_unit(%(base)s)),
        coalesce(last.id, 0), coalesce(last.act, ''), coalesce(last.decision, ''), last.until,
        coalesce(last.decided_by, ''), last.decided_on, coalesce(last.reason, '')
    FROM told_of t JOIN orders_customer p ON p.id = t.customer_id
    LEFT JOIN broken USING (customer_id) LEFT JOIN contested USING (customer_id) LEFT JOIN charged USING (customer_id)
    LEFT JOIN told USING (customer_id) LEFT JOIN called USING (customer_id) LEFT JOIN last USING (customer_id)
    WHERE t.act IS NOT NULL
    ORDER BY t.overdue DESC, t.customer_id
"""
# What of a customer would be written off: counts, and has been overdue for so long.
TO_WRITE_OFF = """
    SELECT f.item_id, f.chased, f.currency
    FROM dunning_facts(%(on)s, NULL, %(entity)s, %(payer)s, %(payer)s) f
    WHERE f.customer_id = %(customer)s AND f.days_late > %(write_off_days)s AND f.chased > 0
        AND coalesce(f.blocked, '') <> ALL(%(left_alone)s)
        AND NOT EXISTS (SELECT FROM invoicing_writeoff w WHERE w.item_id = f.item_id AND w.state = 'asked')
    ORDER BY f.days_late DESC, f.item_id
"""


@dataclass(frozen=True)
class Recommended:
    """An account, the act that is recommended of it, and the numbers. Amounts are in the entity's base currency.

    `unpaid_for` is in days, None where nothing was ever paid; `currency` is that in which an agency should have most.
    The last six are of the last decision about the account; `decision_id` is 0 where there was none.
    """

    entity: LegalEntity
    customer_id: int
    number: str
    name: str
    act: str
    overdue: Decimal
    to_30: Decimal
    to_90: Decimal
    to_180: Decimal
    older: Decimal
    oldest: int
    disputed: Decimal
    placed: Decimal
    unpaid_for: int | None
    broken_promises: int
    disputes: int
    charged: Decimal
    notices: int
    calls: int
    given_back: int
    standing: str
    currency: str
    due: Decimal
    decision_id: int
    decided_act: str
    decision: str
    until: date | None
    decided_by: str
    decided_on: date | None
    decision_reason: str

    @property
    def act_name(self) -> str:
        return Act(self.act).label

    @property
    def base_currency(self) -> str:
        return self.entity.base_currency

    @property
    def told(self) -> str:
        return self.sentence()

    def is_kept(self, on: date) -> bool:
        """A person has left it as it is until a day to come."""
        return self.until is not None and self.until > on

    @property
    def is_accepted(self) -> bool:
        """A person has accepted this very act, and what comes of it is not there yet."""
        return self.decision == ChronicDecision.Decision.ACCEPTED and self.decided_act == self.act

    @property
    def ageing(self) -> list[tuple[str, Decimal]]:
        return [("up to 30 days", self.to_30), ("31 to 90", self.to_90), ("91 to 180", self.to_180),
                ("over 180", self.older)]  # fmt: skip

    def figures(self) -> dict:
        """The numbers as JSON, for the decision to be told later."""
        names = ("overdue", "to_30", "to_90", "to_180", "older", "oldest", "disputed", "placed", "unpaid_for",
                 "broken_promises", "disputes", "charged", "notices", "calls", "given_back", "standing")  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        return {
            name: plain(value, self.entity.base_currency) if isinstance(value, Decimal) else value
            for name, value in found.items()
        }

    def sentence(self) -> str:
        """Why, and what: "12300.00 EUR overdue, the oldest for 214 days; …: hand it over."; by `formats.sentence`."""
        currency = self.entity.base_currency
        said = [f"{plain(self.overdue, currency)} {currency} overdue, the oldest for {_many(self.oldest, 'day')}"]
        if self.unpaid_for is None:
            said.append("nothing was ever paid")
        else:
            said.append(f"nothing paid for {_many(self.unpaid_for, 'day')}")
        if self.broken_promises:
            said.append(f"{_many(self.broken_promises, 'promise')} broken in a year")
        if self.disputed:
            said.append(f"{plain(self.disputed, currency)} {currency} more in dispute")
        said.append(self._because(currency))
        return "; ".join(said) + "."

    def _because(self, currency: str) -> str:
        if self.act == Act.WRITE_OFF:
            tried = "an agency has given it back" if self.given_back else "nobody collects for us"
            return f"{tried}, so write it off"
        if self.act == Act.HAND_OVER:
            return f"every level was told of {plain(self.due, currency)} {currency}, so hand it over"
        if self.act == Act.EXIT:
            return "the account is blocked and still nothing came, so end the business"
        return "the account is open, so sell nothing more on credit"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def recommended(
    entities: Iterable[LegalEntity], on: date | None = None, customer: Customer | None = None
) -> list[Recommended]:
    """What should become of chronic accounts today, where each legal entity is (or on a day); the largest first.

    Of all customers, or of one. Nothing of a legal entity without rules.
    """
    found, entities = [], list(entities)
    rules = {row.entity_id: row for row in ChronicRules.objects.filter(entity__in=[each.pk for each in entities])}
    with connection.cursor() as cursor:
        for entity in entities:
            if entity.pk in rules:
                cursor.execute(RECOMMENDED, _facts(rules[entity.pk], entity, on, customer))
                found += [Recommended(entity, *row) for row in cursor.fetchall()]
    return found


def to_write_off(entity: LegalEntity, customer: Customer, on: date) -> list[tuple[int, Decimal, str]]:
    """What of an account would be written off, by its rules: item, amount and currency, the oldest first."""
    rules = ChronicRules.objects.filter(entity=entity).first()
    if rules is None or rules.write_off_days is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(TO_WRITE_OFF, _facts(rules, entity, on, customer))
        return cursor.fetchall()


def _facts(rules: ChronicRules, entity: LegalEntity, on: date | None, customer: Customer | None) -> dict:
    names = ("overdue_days", "minimum", "unpaid_days", "exit_days", "write_off_days")
    return {name: getattr(rules, name) for name in names} | {
        "on": on or clock.today(entity.time_zone),
        "entity": entity.pk,
        "base": entity.base_currency,
        "zone": entity.time_zone,
        "year": YEAR,
        "left_alone": LEFT_ALONE,
        "customer": customer.pk if customer else None,
        "payer": (customer.payer_id or customer.pk) if customer else None,
    }
