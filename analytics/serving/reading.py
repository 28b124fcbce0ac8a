"""What is shown of cost to serve: what was sold, its margin, and what is left of it after the steps."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from o2c.analytics.models.serving import Step
from o2c.analytics.serving import counting
from o2c.analytics.serving.counting import Served, Sold

NOTHING = Decimal(0)


@dataclass
class Result:
    """Of a customer, an order or a month, in the base currency. `of` is what it is of."""

    of: Any
    orders: int = 0
    net: Decimal = NOTHING
    goods: Decimal = NOTHING
    uncosted: Decimal = NOTHING
    steps: dict[Step, Served] = field(default_factory=dict)

    @property
    def margin(self) -> Decimal:
        """What was sold, less what the goods cost; goods without a cost count as costing nothing."""
        return self.net - self.goods

    @property
    def cost(self) -> Decimal:
        return sum((each.cost for each in self.steps.values()), NOTHING)

    @property
    def left(self) -> Decimal:
        return self.margin - self.cost

    @property
    def share(self) -> Decimal | None:
        """The cost to serve in percent of what was sold."""
        return self.cost / self.net * 100 if self.net else None

    @property
    def unpriced(self) -> list[Step]:
        return [step for step, each in self.steps.items() if each.unpriced]

    def of_step(self, step: Step) -> Decimal:
        return self.steps[step].cost if step in self.steps else NOTHING


def by_customer(entity_id: int, since: date, until: date) -> list[Result]:
    """Every customer that was sold to or served, in no order."""
    return _together(
        counting.sold([entity_id], since, until), counting.served([entity_id], since, until), lambda row: row.key
    )


def of_customer(entity_id: int, customer_id: int, since: date, until: date) -> tuple[Result, list[Result]]:
    """A customer in all, and month by month."""
    facts: dict = {"customer_id": customer_id, "monthly": True}
    sold = counting.sold([entity_id], since, until, **facts)
    served = counting.served([entity_id], since, until, **facts)
    months = sorted(_together(sold, served, lambda row: row.month), key=lambda each: each.of)
    return _added(customer_id, months), months


def total(found: list[Result]) -> Result:
    return _added(None, found)


def of_orders(
    entity_id: int, customer_id: int, order_ids: Sequence[int], since: date, until: date
) -> dict[int, Result]:
    """Orders by their ids, with all that was done for each."""
    if not order_ids:
        return {}
    facts: dict = {"by": "order", "customer_id": customer_id, "order_ids": order_ids}
    sold = counting.sold([entity_id], since, until, **facts)
    served = counting.served([entity_id], since, until, **facts)
    return {each.of: each for each in _together(sold, served, lambda row: row.key)}


def _together(sold: list[Sold], served: list[Served], key: Callable[[Sold | Served], Any]) -> list[Result]:
    found: dict[Any, Result] = {}
    for row in sold:
        found[key(row)] = Result(key(row), row.orders, row.net, row.goods, row.uncosted)
    for each in served:
        found.setdefault(key(each), Result(key(each))).steps[each.step] = each
    return list(found.values())


def _added(of: Any, parts: list[Result]) -> Result:
    whole = Result(of)
    steps: dict[Step, list[Served]] = defaultdict(list)
    for part in parts:
        whole.orders += part.orders
        whole.net += part.net
        whole.goods += part.goods
        whole.uncosted += part.uncosted
        for step, each in part.steps.items():
            steps[step].append(each)
    for step in Step:
        if step in steps:
            quantity, cost, unpriced = (
                sum((getattr(each, name) for each in steps[step]), NOTHING) for name in ("quantity", "cost", "unpriced")
            )
            whole.steps[step] = Served(of, None, step, quantity, cost, unpriced)
    return whole
