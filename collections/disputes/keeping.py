"""What all acts on a case have: it is read again under lock, nobody overwrites what they have not seen, and what was
done is written down with it."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from o2c.collections import activities, cases
from o2c.collections.models import Activity, Dispute, Task
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.core.refusals import Refused
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer

STATE = Dispute.State


class DisputeRefused(Refused):
    """The dispute cannot be opened, changed or resolved so; the text says why, `field` where."""


class DisputeChanged(DisputeRefused):
    """Somebody else changed the case after it was looked at; the text says what."""


def locked(dispute: Dispute, seen: datetime | None = None) -> Dispute:
    """The case as it stands, locked. Raises DisputeChanged where it was changed after `seen`."""
    rows = Dispute.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("item", "entity", "customer", "code", "owner", "queue").get(pk=dispute.pk)
    if seen is not None and found.updated_at != seen:
        what = cases.done_since(found.activities, seen) or f"it is {found.get_state_display().lower()} now."
        raise DisputeChanged(f"Changed meanwhile. {what} Look at it again.")
    return found


def tell(dispute: Dispute, text: str, actor: Actor, task: Task | None = None) -> Activity:
    """Write down with the case what was done about it."""
    return activities.record(
        customer=dispute.customer,
        entity=dispute.entity,
        kind=Activity.Kind.DISPUTE,
        text=text,
        task=task,
        dispute=dispute,
        actor=actor,
    )


def contested(dispute: Dispute, item: OpenItem) -> Decimal:
    """How much of what is still open is contested."""
    owed = max(item.open_amount, Decimal(0))
    return owed if dispute.amount is None else min(dispute.amount, owed)


def check_amount(amount: Decimal, item: OpenItem) -> None:
    """Raises DisputeRefused for an amount that is nothing, or more than is open."""
    if not 0 < amount <= item.open_amount:
        owed = f"{plain(item.open_amount, item.currency)} {item.currency}"
        raise DisputeRefused(f"Contested may be more than nothing and at most what is open: {owed}.", "amount")


def standing(customer: Customer, as_of: date) -> QuerySet[Dispute]:
    """The customer's disputes that are open on a day."""
    return (
        Dispute.objects.filter(customer=customer, opened_on__lte=as_of)
        .exclude(closed_on__lte=as_of)
        .select_related("entity", "item")
        .order_by("opened_on", "id")
    )
