"""Payment plans in the demo: one that runs, one that is a day late, one that was broken."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from o2c.collections.models import Dispute, DunningSettings, PlacedItem, PromiseToPay
from o2c.collections.plans import agreeing, judging
from o2c.collections.plans.schedules import monthly
from o2c.core.actors import Actor
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity

# Agreed so many days ago, the first instalment so many days from today, how many, and why.
PLANS = (
    (6, 8, 6, "Their largest customer is insolvent."),
    (15, -1, 3, "Season begins in two months."),
    (25, -9, 4, "Asked for time in writing."),
)
LEAST = Decimal(500)
MOST_ITEMS = 5
REMINDS_BEFORE = 3


def agree(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> int:
    """Let each legal entity agree plans with customers who owe much and have paid nothing since; how many."""
    made = 0
    DunningSettings.objects.update(reminds_before=REMINDS_BEFORE)
    for entity in entities:
        for (days, first, count, note), items in zip(PLANS, _owing(entity, as_of), strict=False):
            steps = monthly(
                sum(item.open_amount for item in items), items[0].currency, count, as_of + timedelta(days=first)
            )
            agreeing.agree(
                customer=items[0].customer, entity=entity, items=items, steps=steps, note=note,
                agreed_on=as_of - timedelta(days=days), actor=actor,
            )  # fmt: skip
            made += 1
        judging.recompute(as_of, entity_ids=[entity.pk])
    return made


def _owing(entity: LegalEntity, as_of: date) -> list[list[OpenItem]]:
    """Items of customers that were overdue when the plans were agreed and are untouched since, the most owed first."""
    since = as_of - timedelta(days=max(days for days, *_ in PLANS))
    found = (
        OpenItem.objects.filter(entity=entity, kind=OpenItem.Kind.INVOICE, open_amount__gt=0, due_on__lt=since)
        .exclude(settled_by__counts_from__gte=since)
        .exclude(customer__in=PromiseToPay.objects.filter(entity=entity, pay_by__gte=since).values("customer"))
        .exclude(customer__in=PlacedItem.objects.filter(until=None).values("item__customer"))
        .exclude(pk__in=Dispute.objects.filter(closed_on=None).values("item"))
        .filter(disputed_on=None)
        .select_related("customer")
        .order_by("customer_id", "due_on", "id")
    )
    by_customer: dict[tuple[int, str], list[OpenItem]] = defaultdict(list)
    for item in found:
        by_customer[item.customer_id, item.currency].append(item)
    groups = [items[:MOST_ITEMS] for items in by_customer.values()]
    groups = [items for items in groups if sum(item.open_amount for item in items) >= LEAST]
    return sorted(groups, key=lambda items: (-sum(item.open_amount for item in items), items[0].pk))
