"""Handing debts over to an agency or a lawyer, and taking them back. A person decides; each item is with one at a time.

What came of a placement is worked out from allocations, never stored: whoever undoes a payment undoes it here too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from djmoney.money import Money

from o2c.collections import worklist
from o2c.collections.models import Agency, PlacedItem, Placement
from o2c.collections.plans import judging
from o2c.core import leases, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.money import AmountField, rounded
from o2c.invoicing import cash
from o2c.invoicing.models import Collection, OpenItem
from o2c.invoicing.models.direct_debits import UNDER_WAY
from o2c.orders.models import LegalEntity

State = Placement.State
WORK = "hand_over.export"
# What settles an item with money; all else credits it or lets it go.
MONEY = [OpenItem.Kind.ON_ACCOUNT, OpenItem.Kind.EXCHANGE]
SETTLED = "All of it is settled."


class HandOverRefused(ValueError):
    """It cannot be handed over or taken back so; the text says why."""


@dataclass(frozen=True)
class ItemFigures:
    """What became of an item of a placement up to its end: paid with money, or settled otherwise (credited, let go)."""

    item_id: int
    claimed: Decimal
    paid: Decimal
    otherwise: Decimal

    @property
    def left(self) -> Decimal:
        return self.claimed - self.paid - self.otherwise


@dataclass(frozen=True)
class Figures:
    """What became of a placement. `cost` is the agency's share of what was paid; None where none was agreed."""

    currency: str
    items: tuple[ItemFigures, ...]
    fee_percent: Decimal | None

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(item, name) for item in self.items), Decimal(0))

    @property
    def claimed(self) -> Decimal:
        return self._sum("claimed")

    @property
    def paid(self) -> Decimal:
        return self._sum("paid")

    @property
    def otherwise(self) -> Decimal:
        return self._sum("otherwise")

    @property
    def left(self) -> Decimal:
        return self._sum("left")

    @property
    def cost(self) -> Decimal | None:
        if self.fee_percent is None:
            return None
        share = max(self.paid, Decimal(0)) * self.fee_percent / 100
        return rounded(Money(share, self.currency)).amount


# What was recorded on the very day after the placement counts too, as for promises.
BECAME = """
    SELECT pi.placement_id, pi.item_id, pi.amount,
           coalesce(sum(a.amount) FILTER (
               WHERE c.kind = ANY(%(money)s) AND a.counts_from >= pi.from_on), 0),
           coalesce(sum(a.amount), 0)
    FROM collections_placeditem pi
    JOIN collections_placement p ON p.id = pi.placement_id
    JOIN invoicing_openitem i ON i.id = pi.item_id
    LEFT JOIN invoicing_allocation a ON a.debit_item_id = pi.item_id
        AND (a.counts_from > pi.from_on OR a.recorded_at > p.placed_at)
        AND (pi.until IS NULL OR a.counts_from <= pi.until)
    LEFT JOIN invoicing_openitem c ON c.id = a.credit_item_id
    WHERE pi.placement_id = ANY(%(placements)s)
    GROUP BY pi.placement_id, pi.item_id, pi.amount, i.due_on
    ORDER BY pi.placement_id, i.due_on, pi.item_id
"""


def figures(placements: Iterable[Placement]) -> dict[int, Figures]:
    """What became of each placement, one statement for any number; items by their due date."""
    found = {placement.pk: placement for placement in placements}
    items: dict[int, list[ItemFigures]] = {pk: [] for pk in found}
    with connection.cursor() as cursor:
        cursor.execute(BECAME, {"placements": list(found), "money": MONEY})
        for placement_id, item_id, claimed, paid, settled in cursor.fetchall():
            items[placement_id].append(ItemFigures(item_id, claimed, paid, settled - paid))
    return {pk: Figures(placement.currency, tuple(items[pk]), placement.fee_percent) for pk, placement in found.items()}


def with_figures(rows: QuerySet[Placement]) -> QuerySet[Placement]:
    """The rows with `claimed`, `paid` and `otherwise` as `figures` works them out, for long lists."""
    theirs = PlacedItem.objects.filter(placement=OuterRef("pk")).order_by().values("placement")
    settled = F("item__settled_by__amount")
    since = Q(item__settled_by__counts_from__gt=F("from_on")) | Q(
        item__settled_by__recorded_at__gt=F("placement__placed_at")
    )
    within = since & (Q(until=None) | Q(item__settled_by__counts_from__lte=F("until")))
    money = Q(item__settled_by__credit_item__kind__in=MONEY, item__settled_by__counts_from__gte=F("from_on"))
    nothing = Value(Decimal(0), AmountField())
    return rows.annotate(
        claimed=Subquery(theirs.annotate(sum=Sum("amount")).values("sum")),
        paid=Coalesce(Subquery(theirs.annotate(sum=Sum(settled, filter=within & money)).values("sum")), nothing),
        otherwise=Coalesce(Subquery(theirs.annotate(sum=Sum(settled, filter=within & ~money)).values("sum")), nothing),
    )


def place(agency: Agency, item_ids: Iterable[int], *, reason: str, on: date, actor: Actor) -> Placement:
    """Hand a customer's overdue items in one currency over, as of a day; from then on we do not chase them.

    Open tasks about nothing else are closed, and the file for the agency is made by a worker. Raises HandOverRefused
    without a reason, for an agency that is not in use, and for items that are not of one customer and currency of its
    legal entity, not owed and overdue on the day, with somebody already, being collected by direct debit, or in a
    payment plan that is kept.
    """
    if not reason.strip():
        raise HandOverRefused("Say why.")
    with acting(actor):
        agency = Agency.objects.select_related("entity").get(pk=agency.pk)
        if not agency.in_use:
            raise HandOverRefused(f"{agency.name} is not in use any more.")
        # Who hands over at the same time waits here, and finds it handed over.
        items = list(cash.lock(item_ids).values())
        _check(agency, items)
        _check_plans(agency, items, on)
        owed = _owed(items, on)
        placement = Placement.objects.create(
            entity=agency.entity,
            customer=items[0].customer,
            payer_id=items[0].payer_id,
            agency=agency,
            currency=items[0].currency,
            placed_on=on,
            placed_by=actor.name,
            reason=reason.strip()[:200],
            fee_percent=agency.fee_percent,
        )
        PlacedItem.objects.bulk_create(
            PlacedItem(placement=placement, item=item, amount=owed[item.pk], from_on=on) for item in items
        )
        _look_again(placement)
        leases.cut(WORK, placement.pk, [(1, 1)])
        enqueue(placement.pk)
        outbox.emit("debts.placed", entity_id=agency.entity_id, placement_id=placement.pk)
        return placement


def _check(agency: Agency, items: list[OpenItem]) -> None:
    if not items:
        raise HandOverRefused("Choose what is to be handed over.")
    if any(item.entity_id != agency.entity_id for item in items):
        raise HandOverRefused(f"{agency.name} collects for {agency.entity.name} only.")
    if len({item.customer_id for item in items}) > 1:
        raise HandOverRefused("Hand over the items of one customer at a time.")
    if len({item.currency for item in items}) > 1:
        raise HandOverRefused("Hand over items in one currency at a time.")
    ids = [item.pk for item in items]
    there = PlacedItem.objects.filter(item__in=ids, until=None).select_related("item", "placement__agency").first()
    if there is not None:
        who, since = there.placement.agency.name, there.placement.placed_on
        raise HandOverRefused(f"{there.item.number} is with {who} since {since}.")
    debited = Collection.objects.filter(item__in=ids, state__in=UNDER_WAY).select_related("item").first()
    if debited is not None:
        raise HandOverRefused(f"{debited.item.number} is being collected by direct debit.")


def _check_plans(agency: Agency, items: list[OpenItem], on: date) -> None:
    judging.recompute(on, entity_ids=[agency.entity_id], customer_ids=sorted({item.customer_id for item in items}))
    planned = judging.running_items([item.pk for item in items])
    for item in items:
        if item.pk in planned:
            since = planned[item.pk].plan.agreed_on
            raise HandOverRefused(f"{item.number} is in the payment plan of {since}: withdraw that first.")


def _owed(items: list[OpenItem], on: date) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id, balance FROM invoicing_balances(%s) WHERE item_id = ANY(%s) AND due_on < %s",
            [on, [item.pk for item in items], on],
        )
        owed = {item_id: balance for item_id, balance in cursor.fetchall() if balance > 0}
    for item in items:
        if item.pk not in owed:
            raise HandOverRefused(f"{item.number} is not overdue: there is nothing to hand over.")
    return owed


def _look_again(placement: Placement) -> None:
    """Close the tasks that are about nothing but what is with somebody, and rank the others anew."""
    of = {"customer_ids": [placement.customer_id]}
    worklist.close_cleared(entity_ids=[placement.entity_id], **of)
    worklist.rerank(placement.entity_id, **of)


def enqueue(placement_id: int) -> None:
    from o2c.collections import jobs

    transaction.on_commit(lambda: jobs.write_claims.delay(placement_id))


def recall(placement: Placement, *, reason: str, on: date, actor: Actor) -> Placement:
    """Take a placement back before the agency is done: from the day on its items are chased where that stood.

    Raises HandOverRefused without a reason, for one that has ended, or a day before it began.
    """
    return _end(placement, State.RECALLED, reason, on, actor)


def give_back(placement: Placement, *, reason: str, on: date, actor: Actor) -> Placement:
    """Write down that the agency has given it back. Raises as `recall`."""
    return _end(placement, State.RETURNED, reason, on, actor)


def _end(placement: Placement, state: str, reason: str, on: date, actor: Actor) -> Placement:
    if not reason.strip():
        raise HandOverRefused("Say why.")
    with acting(actor):
        placement = (
            Placement.objects.select_for_update(no_key=True, of=("self",))
            .select_related("agency", "customer", "entity")
            .get(pk=placement.pk)
        )
        if placement.state != State.PLACED:
            ended = f"{placement.get_state_display().lower()} on {placement.ended_on}"
            raise HandOverRefused(f"It was {ended} already.")
        if on < placement.placed_on:
            raise HandOverRefused(f"It was handed over on {placement.placed_on}, later than {on}.")
        states.move(placement, state, ended_on=on, ended_by=actor.name, end_reason=reason.strip()[:200])
        PlacedItem.objects.filter(placement=placement).update(until=on)
        worklist.rerank(placement.entity_id, customer_ids=[placement.customer_id])
        outbox.emit("debts.unplaced", entity_id=placement.entity_id, placement_id=placement.pk, state=state)
        return placement


def close_settled(entity: LegalEntity, *, on: date, customer_ids: list[int] | None = None) -> int:
    """Close the placements of which every item is settled; how many. One that a person is ending is left to that."""
    open_ones = Placement.objects.filter(entity=entity, state=State.PLACED)
    if customer_ids is not None:
        open_ones = open_ones.filter(customer__in=customer_ids)
    settled = open_ones.exclude(items__item__open_amount__gt=0)
    count = 0
    for placement in settled.order_by("pk"):
        try:
            _end(placement, State.CLOSED, SETTLED, max(on, placement.placed_on), SYSTEM)
        except HandOverRefused:
            continue
        count += 1
    return count
