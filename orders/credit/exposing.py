"""What customers owe and will owe a legal entity, and what else its credit decision asks: for many at once.

Exposure is what is open, what was delivered and not invoiced yet, and what is confirmed and not delivered yet, in the
base currency. An order counts at the rate of its day, an open item at that of today.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

from o2c.core.money import step
from o2c.orders.credit import facts as floors_above
from o2c.orders.credit import policies
from o2c.orders.credit.deciding import Decided, Exposure, Facts, Limit, Policy, decide
from o2c.orders.models import CreditPolicy, LegalEntity

# A line counts by the share of its quantity: delivered ahead of the invoice, or still to come. What was invoiced before
# it was delivered is among the open items already.
ORDERS = """
    SELECT customer_id,
           coalesce(sum(round(base_total * unbilled / nullif(net_total, 0), core_minor_unit(%(base)s))), 0),
           coalesce(sum(round(base_total * coming / nullif(net_total, 0), core_minor_unit(%(base)s))), 0),
           coalesce(array_agg(DISTINCT currency) FILTER (WHERE base_total IS NULL AND net_total > 0), '{}')
    FROM (
        SELECT o.customer_id, o.base_total, o.net_total, o.currency,
               sum(l.net * greatest(l.delivered - l.invoiced, 0) / nullif(l.quantity, 0)) AS unbilled,
               sum(l.net * greatest(l.quantity - l.closed - greatest(l.delivered, l.invoiced), 0)
                   / nullif(l.quantity, 0)) AS coming
        FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        WHERE o.entity_id = %(entity)s AND o.customer_id = ANY(%(customers)s::bigint[])
            AND o.state IN ('confirmed', 'partly_delivered', 'delivered')
        GROUP BY o.id
    ) orders GROUP BY 1
"""
ACCOUNTS = """
    SELECT a.customer_id, a.standing, a.standing_reason, now.amount, now.currency, now.valid_until,
           (SELECT max(over.valid_until) FROM orders_creditlimit over
            WHERE over.account_id = a.id AND over.valid_until < %(on)s)
    FROM orders_account a LEFT JOIN orders_creditlimit now ON now.account_id = a.id
        AND daterange(now.valid_from, now.valid_until + 1) @> %(on)s::date
    WHERE a.entity_id = %(entity)s AND a.customer_id = ANY(%(customers)s::bigint[])
"""


@dataclass(frozen=True)
class Position:
    """Where a customer stands with a legal entity on a day, beside any order that is being decided."""

    exposure: Exposure
    limit: Limit
    facts: Facts

    def with_order(self, amount: Decimal | None, currency: str) -> "Position":
        """As if another order were confirmed as well: so much in the base currency, None where there is no rate."""
        if amount is None:
            unvalued = tuple(sorted({*self.exposure.unvalued, currency}))
            return replace(self, exposure=replace(self.exposure, unvalued=unvalued))
        return replace(self, exposure=replace(self.exposure, order=self.exposure.order + amount))

    def confirmed(self) -> "Position":
        """With the order of `with_order` among those that are."""
        exposure = self.exposure
        taken = replace(exposure, confirmed=exposure.confirmed + exposure.order, order=Decimal(0))
        return replace(self, exposure=taken)

    def decided(self, policy: Policy) -> Decided:
        return decide(self.exposure, self.limit, self.facts, policy)

    @property
    def used(self) -> int | None:
        """How much of the limit is used, in percent; None without one."""
        if not self.limit.amount:
            return None
        return max(int(self.exposure.total * 100 / self.limit.amount), 0)


def positions(
    entity: LegalEntity, customers: Iterable[int], on: date, policy: CreditPolicy | None = None
) -> dict[int, Position]:
    """Where each customer that has an account with the legal entity stands, in a constant number of statements.

    The orders are read before the items: what is invoiced in between counts twice for a moment, and never not at all.
    """
    asked = sorted(set(customers))
    policy = policy or policies.of(entity)
    with connection.cursor() as cursor:
        told = {"entity": entity.pk, "base": entity.base_currency, "customers": asked, "on": on}
        cursor.execute(ORDERS, told)
        ordered = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(ACCOUNTS, told)
        accounts = cursor.fetchall()
    owed = floors_above.owed(entity, asked, on, policy.broken_days)
    currencies = {currency for _, _, _, _, currency, _, _ in accounts if currency is not None}
    rates = floors_above.rates(entity, currencies, on) if currencies else {}
    found = {}
    for customer_id, standing, reason, amount, currency, valid_until, expired_on in accounts:
        theirs = owed.get(customer_id, floors_above.Owed())
        delivered, confirmed, unvalued = ordered.get(customer_id, (Decimal(0), Decimal(0), []))
        unvalued = {*theirs.unvalued, *unvalued}
        limit = Limit(None, None, expired_on)
        if amount is not None:
            rate = rates.get(currency)
            if rate is None:
                # a limit that nobody can value lends nothing, and the reason says why
                unvalued.add(currency)
            valued = Decimal(0) if rate is None else (amount * rate)
            limit = Limit(valued.quantize(step(entity.base_currency), ROUND_HALF_UP), valid_until)
        exposure = Exposure(
            entity.base_currency, theirs.open_items, delivered, confirmed, unvalued=tuple(sorted(unvalued))
        )
        facts = Facts(theirs.oldest_days, theirs.overdue, theirs.level, theirs.broken, standing, reason)
        found[customer_id] = Position(exposure, limit, facts)
    return found
