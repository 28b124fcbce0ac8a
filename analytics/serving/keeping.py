"""Saying what steps cost, and writing down work that nothing else tells of."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from o2c.analytics.models import CostRate, WorkRecord
from o2c.analytics.models.serving import BY_PERCENT, Step
from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact
from o2c.core.refusals import Refused
from o2c.orders.models import Account, Customer, LegalEntity, Order

MOST = Decimal("9999999999.99")
STEPS = list(Step.values)


class ServingRefused(Refused):
    """It cannot be kept so; the text says why, `field` where."""


def standing(entities: Iterable[LegalEntity]) -> list[tuple[LegalEntity, list[CostRate]]]:
    """Of each legal entity the rates that count on its own day, in the order of the steps, and those to come."""
    entities = list(entities)
    rates: dict[int, list[CostRate]] = {entity.pk: [] for entity in entities}
    for row in CostRate.objects.filter(entity__in=entities).order_by("entity", "from_on"):
        rates[row.entity_id].append(row)
    found = []
    for entity in entities:
        today = clock.today(entity.time_zone)
        last = {row.step: row for row in rates[entity.pk] if row.from_on <= today}
        coming = [row for row in rates[entity.pk] if row.from_on > today]
        counts = [row for row in last.values() if row.amount is not None or row.percent is not None]
        found.append((entity, sorted([*counts, *coming], key=lambda row: (STEPS.index(row.step), row.from_on))))
    return found


def set_rate(entity: LegalEntity, step: Step, rate: Decimal | None, *, from_on: date, actor: Actor) -> CostRate:
    """From a day on one such step costs so much (of money: so many percent); None: nothing. Said again it changes
    nothing.

    A day that is past is taken only where nothing of the step was said before: what counted stays. Raises
    ServingRefused.
    """
    by_percent = step in BY_PERCENT
    if rate is not None:
        _check(rate, entity, by_percent=by_percent)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        there = entity.cost_rates.filter(step=step)
        if (
            from_on < clock.today(entity.time_zone)
            and there.filter(from_on__lte=clock.today(entity.time_zone)).exists()
        ):
            same = there.filter(from_on=from_on, **_figures(rate, by_percent)).first()
            if same is None:
                raise ServingRefused("What it cost before stays: choose a day from today on.", "from_on")
            return same
        kept, _ = CostRate.objects.update_or_create(
            entity=entity, step=step, from_on=from_on,
            defaults=_figures(rate, by_percent) | {"set_by": actor.name},
        )  # fmt: skip
        return kept


def record(
    *,
    entity: LegalEntity,
    customer: Customer,
    step: Step,
    on: date,
    actor: Actor,
    order: Order | None = None,
    quantity: Decimal = Decimal(1),
    amount: Decimal | None = None,
    note: str = "",
) -> WorkRecord:
    """Write down work, or with an amount in the base currency what a step of an order really cost.

    Raises ServingRefused for a day to come, a customer or an order that is not the legal entity's, and work that is
    counted from what happens: of that only what it cost can be said.
    """
    if on > clock.today(entity.time_zone):
        raise ServingRefused("This day is to come.", "on")
    if quantity <= 0:
        raise ServingRefused("More than nothing.", "quantity")
    if quantity > MOST:
        raise ServingRefused("This is too much.", "quantity")
    if amount is not None:
        _check(amount, entity, field="amount")
    elif step not in (Step.DISPUTE, Step.OTHER):
        raise ServingRefused("It is counted by itself: say what it cost.", "amount")
    with acting(actor):
        if not Account.objects.filter(entity=entity, customer=customer).exists():
            raise ServingRefused(f"{customer.number} has no account with {entity.code}.", "customer")
        if order is not None and (order.entity_id, order.customer_id) != (entity.pk, customer.pk):
            raise ServingRefused(f"{order.number} is no order of {customer.number} with {entity.code}.", "order")
        return WorkRecord.objects.create(
            entity=entity, customer=customer, order=order, step=step, on=on, quantity=quantity, amount=amount,
            note=note.strip(), recorded_by=actor.name,
        )  # fmt: skip


def take_back(row: WorkRecord, *, actor: Actor) -> bool:
    """What was written down in error counts no more; False: it was taken back before."""
    with acting(actor):
        kept = WorkRecord.objects.select_for_update(no_key=True).get(pk=row.pk)
        if kept.taken_back_at is not None:
            return False
        WorkRecord.objects.filter(pk=row.pk).update(taken_back_at=clock.now(), taken_back_by=actor.name)
        return True


def _figures(rate: Decimal | None, by_percent: bool) -> dict:
    return {"amount": None, "percent": rate} if by_percent else {"amount": rate, "percent": None}


def _check(value: Decimal, entity: LegalEntity, *, by_percent: bool = False, field: str = "rate") -> None:
    if value < 0:
        raise ServingRefused("Not less than nothing.", field)
    if by_percent:
        if value > 100 or value.as_tuple().exponent < -3:
            raise ServingRefused("A percentage up to 100, with at most three places.", field)
        return
    try:
        exact(value, entity.base_currency)
    except MoneyError as wrong:
        raise ServingRefused(str(wrong), field) from None
    if value > MOST:
        raise ServingRefused(f"At most {formats.number(MOST)}.", field)
