"""Opening a case, or one for each of several items."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from o2c.collections import activities
from o2c.collections.disputes import routing
from o2c.collections.disputes.keeping import DisputeRefused, check_amount
from o2c.collections.models import Activity, Dispute, IncomingMail, Task
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem, ReasonCode


def open(item: OpenItem, *, amount: Decimal | None = None, on: date, **facts) -> Dispute:
    """Write down that the customer contests an item from a day on, or `amount` of it: the rest is chased on.

    The facts and the errors are those of `open_all`; also raises DisputeRefused for an amount that is nothing or more
    than is open, and MoneyError for one that the currency cannot hold.
    """
    return open_all({item.pk: amount}, on=on, **facts)[0]


def open_all(
    amounts: Mapping[int, Decimal | None],
    *,
    reason: str,
    on: date,
    actor: Actor,
    code: ReasonCode | None = None,
    task: Task | None = None,
    mail: IncomingMail | None = None,
) -> list[Dispute]:
    """Open a case for each of a customer's items with one legal entity: for so much of it, or all where it is None.

    The reason says who settles them and by when. Raises DisputeRefused without a reason, for a day to come, for items
    that owe nothing or are in dispute already, or of two customers or legal entities; then none is opened.
    """
    if not reason.strip():
        raise DisputeRefused("Say what the customer contests.", "reason")
    if code is not None and not code.in_use:
        raise DisputeRefused(f"The reason {code.name!r} is not used any more.", "code")
    with acting(actor):
        items = list(cash.lock(amounts).values())
        if len({(item.entity_id, item.customer_id) for item in items}) != 1:
            raise DisputeRefused("Choose items of one customer with one legal entity.", "reason")
        entity, customer = items[0].entity, items[0].customer
        if on > clock.today(entity.time_zone):
            raise DisputeRefused("A dispute is opened today or on a day before.", "on")
        for item in items:
            item.entity, item.customer = entity, customer
            if item.open_amount <= 0:
                raise DisputeRefused(f"Nothing is owed on {item.number}.", "reason")
        standing = set(Dispute.objects.filter(item__in=items, closed_on=None).values_list("item_id", flat=True))
        for item in items:
            if item.pk in standing:
                raise DisputeRefused(f"{item.number} is in dispute already.", "reason")
        contested = {item.pk: _contested(item, amounts[item.pk]) for item in items}
        goes_to = routing.route(code, entity, customer.pk, on).as_columns()
        made = Dispute.objects.bulk_create(
            Dispute(
                item=item,
                entity=entity,
                customer=customer,
                payer_id=item.payer_id,
                code=code,
                reason=reason.strip()[:200],
                amount=contested[item.pk],
                opened_on=on,
                mail=mail,
                actor=actor.name,
                **goes_to,
            )
            for item in items
        )
        activities.record_all((_told(each, actor, task) for each in made), actor=actor)
        outbox.emit_all(
            "disputes.opened",
            [{"dispute_id": each.pk, "item_id": each.item_id, "entity_id": entity.pk} for each in made],
        )
        return made


def _contested(item: OpenItem, amount: Decimal | None) -> Decimal | None:
    if amount is None:
        return None
    amount = exact(amount, item.currency)
    check_amount(amount, item)
    return amount


def _told(dispute: Dispute, actor: Actor, task: Task | None) -> Activity:
    item, amount = dispute.item, dispute.amount
    much = "" if amount is None else f", {plain(amount, item.currency)} {item.currency} of it"
    return activities.written(
        customer=dispute.customer,
        entity=dispute.entity,
        kind=Activity.Kind.DISPUTE,
        text=f"{item.number} disputed{much}: {dispute.reason}",
        task=task,
        dispute=dispute,
        actor=actor,
    )
