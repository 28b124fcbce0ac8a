"""Working on a case: what is found, who has it, by when, for whom it waits, and what was said."""

from datetime import date, datetime
from decimal import Decimal

from o2c.collections import activities, cases
from o2c.collections.activities import NothingSaid
from o2c.collections.disputes import routing
from o2c.collections.disputes.keeping import DisputeRefused, check_amount, locked, tell
from o2c.collections.models import Activity, Dispute, Queue
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.money import exact, plain
from o2c.invoicing import cash
from o2c.invoicing.models import ReasonCode

UNSAID = object()


def change(
    dispute: Dispute,
    *,
    actor: Actor,
    seen: datetime | None = None,
    state: str = "",
    code: ReasonCode | None = None,
    reason: str = "",
    amount: Decimal | object | None = UNSAID,
    cause: str | None = None,
    to: User | Queue | None = None,
    due_on: date | None = None,
) -> Dispute:
    """Change what is said of an open case; what is left out stays. `amount` of None contests all of the item.

    Another reason brings its own owner and deadline along, unless others are said with it. Raises DisputeRefused,
    DisputeChanged where the case was changed after `seen`.
    """
    with acting(actor):
        row = locked(dispute, seen)
        if row.state not in Dispute.WORKED:
            raise DisputeRefused(f"This dispute is {row.get_state_display().lower()}: it cannot be changed now.")
        if state and state not in Dispute.WORKED:
            raise DisputeRefused("A dispute is open, or waits for somebody; to end it, resolve it.", "state")
        wanted: dict = {}
        if state:
            wanted["state"] = state
        if reason.strip():
            wanted["reason"] = reason.strip()[:200]
        if cause is not None:
            wanted["cause"] = Dispute.Cause(cause).value if cause else ""
        if amount is not UNSAID:
            wanted["amount"] = _amount(row, amount)
        holder = row.owner or row.queue
        if code is not None and code != row.code:
            if not code.in_use:
                raise DisputeRefused(f"The reason {code.name!r} is not used any more.", "code")
            today = clock.today(row.entity.time_zone)
            routed = routing.route(code, row.entity, row.customer_id, today)
            wanted["code"] = code
            to = routed.owner or routed.queue if to in (None, holder) else to
            due_on = routed.due_on if due_on in (None, row.due_on) else due_on
        if to is not None and to != holder:
            if isinstance(to, User) and not cases.sees(to, row.entity):
                raise DisputeRefused(f"{to} does not see {row.entity.code}.", "to")
            wanted["owner"] = to if isinstance(to, User) else None
            wanted["queue"] = to if isinstance(to, Queue) else None
        if due_on is not None and due_on != row.due_on:
            if due_on < row.opened_on:
                raise DisputeRefused("The deadline is before the day it was opened.", "due_on")
            wanted["due_on"] = due_on
            wanted["escalates_on"] = routing.escalation(
                row.entity, due_on, routing.rule_of(wanted.get("code", row.code))
            )
            if due_on >= clock.today(row.entity.time_zone):
                wanted["escalated_on"] = None
        wanted = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if wanted:
            tell(row, _said(row, wanted), actor)
            Dispute.objects.filter(pk=row.pk).update(**wanted)
            row.refresh_from_db()
        return row


def add_note(dispute: Dispute, text: str, *, actor: Actor) -> Activity:
    """Write into the case what was said or found, also into one that is resolved. Raises NothingSaid."""
    if not text.strip():
        raise NothingSaid("Write something first.")
    return activities.record(
        customer=dispute.customer,
        entity=dispute.entity,
        kind=Activity.Kind.NOTE,
        text=text,
        dispute=dispute,
        actor=actor,
    )


def _amount(row: Dispute, amount: Decimal | None) -> Decimal | None:
    if amount is None or amount == row.amount:
        return amount
    item = cash.lock([row.item_id])[row.item_id]
    amount = exact(amount, item.currency)
    check_amount(amount, item)
    return amount


def _said(row: Dispute, wanted: dict) -> str:
    """What is different from now on, in a sentence."""
    currency = row.item.currency
    parts = []
    for name, value in wanted.items():
        match name:
            case "state":
                parts.append(Dispute.State(value).label)
            case "code":
                parts.append(f"Reason: {value.name}")
            case "reason":
                parts.append(f"Says: {value}")
            case "amount":
                parts.append(
                    "All of it is contested" if value is None else f"{plain(value, currency)} {currency} contested"
                )
            case "cause":
                parts.append(f"Cause: {Dispute.Cause(value).label}" if value else "Cause: not known")
            case "owner" | "queue" if value is not None:
                parts.append(f"With {value}")
            case "due_on":
                parts.append(f"To be settled by {value}")
    return f"{'. '.join(parts)}."
