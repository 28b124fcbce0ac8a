"""Opening a case."""

from datetime import date
from decimal import Decimal

from o2c.collections.disputes import routing
from o2c.collections.disputes.keeping import DisputeRefused, check_amount, tell
from o2c.collections.models import Dispute, IncomingMail, Task
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem, ReasonCode


def open(
    item: OpenItem,
    *,
    reason: str,
    on: date,
    actor: Actor,
    amount: Decimal | None = None,
    code: ReasonCode | None = None,
    task: Task | None = None,
    mail: IncomingMail | None = None,
) -> Dispute:
    """Write down that the customer contests an item from a day on, or `amount` of it: the rest is chased on.

    Its reason says who settles it and by when. Raises DisputeRefused without a reason, for a day to come, for an item
    that owes nothing, one in dispute already, or an amount that is nothing or more than is open; MoneyError for one the
    currency cannot hold.
    """
    if not reason.strip():
        raise DisputeRefused("Say what the customer contests.", "reason")
    if code is not None and not code.in_use:
        raise DisputeRefused(f"The reason {code.name!r} is not used any more.", "code")
    with acting(actor):
        item = cash.lock([item.pk])[item.pk]
        if on > clock.today(item.entity.time_zone):
            raise DisputeRefused("A dispute is opened today or on a day before.", "on")
        if item.open_amount <= 0:
            raise DisputeRefused(f"Nothing is owed on {item.number}.", "reason")
        if Dispute.objects.filter(item=item, closed_on=None).exists():
            raise DisputeRefused(f"{item.number} is in dispute already.", "reason")
        if amount is not None:
            amount = exact(amount, item.currency)
            check_amount(amount, item)
        dispute = Dispute.objects.create(
            item=item,
            entity_id=item.entity_id,
            customer_id=item.customer_id,
            payer_id=item.payer_id,
            code=code,
            reason=reason.strip()[:200],
            amount=amount,
            opened_on=on,
            mail=mail,
            actor=actor.name,
            **routing.route(code, item.entity, item.customer_id, on).as_columns(),
        )
        much = "" if amount is None else f", {plain(amount, item.currency)} {item.currency} of it"
        tell(dispute, f"{item.number} disputed{much}: {dispute.reason}", actor, task)
        outbox.emit("disputes.opened", dispute_id=dispute.pk, item_id=item.pk, entity_id=item.entity_id)
        return dispute
