"""Disputes: a customer contests an item, and it is not chased until that is settled."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from o2c.collections import activities
from o2c.collections.models import Activity, Dispute, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.money import plain
from o2c.invoicing import cash
from o2c.invoicing.models import Deduction, OpenItem
from o2c.orders.models import Customer


class DisputeRefused(ValueError):
    """The dispute cannot be opened or closed so; the text says why."""


def open(
    item: OpenItem,
    *,
    reason: str,
    on: date,
    actor: Actor,
    amount: Decimal | None = None,
    task: Task | None = None,
) -> Dispute:
    """Write down that the customer contests an item from a day on, or `amount` of it: the rest is chased on.

    Raises DisputeRefused without a reason, for an item that owes nothing, one in dispute already, or an amount that is
    nothing or more than is open.
    """
    if not reason.strip():
        raise DisputeRefused("Say what the customer contests.")
    with acting(actor):
        item = cash.lock([item.pk])[item.pk]
        if item.open_amount <= 0:
            raise DisputeRefused(f"Nothing is owed on {item.number}.")
        if Dispute.objects.filter(item=item, closed_on=None).exists():
            raise DisputeRefused(f"{item.number} is in dispute already.")
        if amount is not None and not 0 < amount <= item.open_amount:
            owed = f"{plain(item.open_amount, item.currency)} {item.currency}"
            raise DisputeRefused(f"Contested may be more than nothing and at most what is open: {owed}.")
        dispute = Dispute.objects.create(
            item=item,
            entity_id=item.entity_id,
            customer_id=item.customer_id,
            payer_id=item.payer_id,
            reason=reason.strip()[:200],
            amount=amount,
            opened_on=on,
            actor=actor.name,
        )
        much = "" if amount is None else f", {plain(amount, item.currency)} {item.currency} of it"
        _tell(dispute, f"{item.number} disputed{much}: {dispute.reason}", actor, task)
        return dispute


def close(dispute: Dispute, *, on: date, actor: Actor, note: str = "") -> Dispute:
    """End a dispute: from `on` its item is chased again. Raises DisputeRefused where it was closed before."""
    with acting(actor):
        dispute = Dispute.objects.select_for_update(no_key=True, of=("self",)).select_related("item").get(pk=dispute.pk)
        if dispute.closed_on is not None:
            raise DisputeRefused(f"This dispute was closed on {dispute.closed_on}.")
        dispute.closed_on = max(on, dispute.opened_on)
        Dispute.objects.filter(pk=dispute.pk).update(closed_on=dispute.closed_on)
        _tell(dispute, f"Dispute of {dispute.item.number} closed. {note}".strip(), actor)
        return dispute


def deducted(payloads: list[dict]) -> None:
    """Handle events of deductions: each item is in dispute for what was deducted, as far as that is still so."""
    ids = sorted({payload["deduction_id"] for payload in payloads})
    found = Deduction.objects.filter(pk__in=ids, state=Deduction.State.OPEN).order_by("pk")
    deductions = list(found.select_related("item", "reason", "entity", "customer"))
    items = {deduction.item_id for deduction in deductions}
    contested = dict(_deducted(items).values_list("item_id", "amount"))
    disputed = set(Dispute.objects.filter(item__in=items, closed_on=None).values_list("item_id", flat=True))
    _follow(items)
    for deduction in deductions:
        item = deduction.item
        taken = f"{plain(deduction.amount, deduction.currency)} {deduction.currency} deducted: {deduction.reason.name}"
        said = f"{taken}. {deduction.note}".strip(" .")
        if item.pk in disputed:
            activities.record(
                customer=deduction.customer,
                entity=deduction.entity,
                kind=Activity.Kind.DISPUTE,
                text=f"{item.number}: {said}",
                actor=SYSTEM,
            )
        elif item.open_amount > 0:
            amount = min(contested[item.pk], item.open_amount)
            open(item, reason=said, on=deduction.opened_on, amount=amount, actor=SYSTEM)
            disputed.add(item.pk)


def deduction_ended(payloads: list[dict]) -> None:
    """Handle events of deductions that ended: where an item has none left, the dispute they opened is closed."""
    ids = sorted({payload["item_id"] for payload in payloads})
    _follow(ids)
    still = Deduction.objects.filter(item__in=ids, state=Deduction.State.OPEN).values("item_id")
    opened = Dispute.objects.filter(item__in=ids, closed_on=None, actor=SYSTEM.name).exclude(item__in=still)
    for dispute in opened.select_related("entity").order_by("pk"):
        close(dispute, on=clock.today(dispute.entity.time_zone), actor=SYSTEM, note="The deduction is settled.")


def _deducted(items: Collection[int]) -> QuerySet:
    """What is deducted of each of these items, as `item_id` and `amount`."""
    standing = Deduction.objects.filter(item__in=items, state=Deduction.State.OPEN)
    return standing.values("item_id").order_by().annotate(amount=Sum("amount"))


def _follow(items: Collection[int]) -> None:
    """Disputes that deductions opened contest what they come to; what a person opened stays as it is."""
    opened = Dispute.objects.filter(item__in=items, closed_on=None, actor=SYSTEM.name, amount__isnull=False)
    now = Subquery(_deducted(items).filter(item=OuterRef("item")).values("amount"))
    opened.annotate(now=now).exclude(now=None).exclude(amount=F("now")).update(amount=now)


def standing(customer: Customer, as_of: date) -> QuerySet[Dispute]:
    """The customer's disputes that are open on a day."""
    return (
        Dispute.objects.filter(customer=customer, opened_on__lte=as_of)
        .exclude(closed_on__lte=as_of)
        .select_related("entity", "item")
        .order_by("opened_on", "id")
    )


def _tell(dispute: Dispute, text: str, actor: Actor, task: Task | None = None) -> None:
    activities.record(
        customer=dispute.customer,
        entity=dispute.entity,
        kind=Activity.Kind.DISPUTE,
        text=text,
        task=task,
        actor=actor,
    )
