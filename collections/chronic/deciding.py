"""What people decide of recommendations: to follow one, which leads into the act that there is for it, or to wait."""

from datetime import date, timedelta

from o2c.collections import activities
from o2c.collections.chronic import recommending
from o2c.collections.chronic.recommending import Recommended
from o2c.collections.models import Activity, ChronicDecision
from o2c.core import locks, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.invoicing.cash import CashRefused, writeoffs
from o2c.invoicing.models import WriteOff
from o2c.orders import customers
from o2c.orders.models import Account, Customer, LegalEntity

Act, Decision = ChronicDecision.Act, ChronicDecision.Decision
# The right by which the same is done by hand.
RIGHTS = {
    Act.HOLD: "credit.edit",
    Act.HAND_OVER: "debts.hand_over",
    Act.WRITE_OFF: "cash.book",
    Act.EXIT: "credit.edit",
}
LONGEST = 366  # days that an account is left as it is


class ChronicRefused(Refused):
    """It cannot be decided so; the text says why, `field` where."""


def accept(
    entity: LegalEntity, customer: Customer, act: str, *, seen: int, on: date, actor: Actor, reason: str = ""
) -> ChronicDecision:
    """Follow a recommendation: block the account, end its business, or ask for write-offs, which others approve.

    What an agency should have is handed over by its own act afterwards. `seen` is the last decision that was looked at,
    0 for none. Raises ChronicRefused where the act is not recommended any more, somebody has decided meanwhile, or
    there is nothing to write off that is not asked for.
    """
    with acting(actor):
        found = _still(entity, customer, act, seen, on)
        made = _decide(found, customer, Decision.ACCEPTED, reason, None, on, actor)
        if act == Act.WRITE_OFF:
            _ask(entity, customer, made, on, actor)
        elif act in (Act.HOLD, Act.EXIT):
            standing = Account.Standing.BLOCKED if act == Act.HOLD else Account.Standing.CLOSED
            account = Account.objects.select_for_update(no_key=True).get(entity=entity, customer=customer)
            told = reason.strip() or f"Chronic account: overdue for {found.oldest} days on {on}"
            customers.change_account(account, standing=standing, standing_reason=told[:200], actor=actor)
        return made


def keep(
    entity: LegalEntity,
    customer: Customer,
    act: str,
    *,
    reason: str,
    until: date,
    seen: int,
    on: date,
    actor: Actor,
) -> ChronicDecision:
    """Leave an account as it is until a day, whatever is recommended. Raises ChronicRefused as `accept`, without a
    reason, and for a day that is not to come or more than a year off."""
    if not reason.strip():
        raise ChronicRefused("Say why.", "reason")
    if not on < until <= on + timedelta(days=LONGEST):
        raise ChronicRefused(f"A day to come, within {LONGEST} days.", "until")
    with acting(actor):
        found = _still(entity, customer, act, seen, on)
        return _decide(found, customer, Decision.KEPT, reason, until, on, actor)


def _still(entity: LegalEntity, customer: Customer, act: str, seen: int, on: date) -> Recommended:
    """The recommendation as it is, one decision at a time."""
    locks.hold("chronic", entity.pk, customer.pk)
    found = next(iter(recommending.recommended([entity], on, customer)), None)
    last = ChronicDecision.objects.filter(entity=entity, customer=customer).order_by("-id").first()
    if last is not None and last.pk != seen:
        raise ChronicRefused(f"{last.decided_by} has decided meanwhile: {str(last).lower()}.")
    if found is None:
        raise ChronicRefused("Nothing is recommended any more: look again.")
    if found.act != act:
        raise ChronicRefused(f"Something else is recommended by now: {found.act_name.lower()}.")
    return found


def _decide(
    found: Recommended, customer: Customer, decision: str, reason: str, until: date | None, on: date, actor: Actor
) -> ChronicDecision:
    made = ChronicDecision.objects.create(
        entity=found.entity,
        customer=customer,
        payer_id=customer.payer_id,
        act=found.act,
        decision=decision,
        why=found.sentence(),
        figures=found.figures(),
        reason=reason.strip()[:200],
        until=until,
        decided_on=on,
        decided_by=actor.name,
    )
    said = f"{made.get_act_display()} was recommended"
    told = f"{said} and accepted" if decision == Decision.ACCEPTED else f"{said}; left as it is until {until}"
    text = f"{told}: {made.reason}" if made.reason else f"{told}."
    activities.record(customer=customer, entity=found.entity, kind=Activity.Kind.NOTE, text=text, actor=actor)
    outbox.emit("chronic.decided", entity_id=found.entity.pk, customer_id=customer.pk, decision_id=made.pk)
    return made


def _ask(entity: LegalEntity, customer: Customer, made: ChronicDecision, on: date, actor: Actor) -> None:
    wanted = recommending.to_write_off(entity, customer, on)
    if not wanted:
        raise ChronicRefused("All that would be written off waits for approval already.")
    amounts = {item_id: amount for item_id, amount, _ in wanted}
    reason = made.reason or f"Chronic account: {made.why}"
    try:
        writeoffs.write_off_all(amounts, kind=WriteOff.Kind.BAD_DEBT, reason=reason, on=on, actor=actor)
    except CashRefused as refused:
        raise ChronicRefused(f"It cannot be written off: {refused}") from None
