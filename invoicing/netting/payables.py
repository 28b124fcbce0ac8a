"""Payables: brought to what their source says, and counted anew after each netting.

A source says again and again what is open, of a day that it names. What it says never opens what was netted here: see
`Payable`. The rule for one is `put`, for files `o2c.invoicing.netting.loading`.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from o2c.core import clock, locks
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain
from o2c.invoicing.models import NettedPayable, Netting, Payable
from o2c.orders.models import Customer, LegalEntity


class PayableRefused(ValueError):
    """What the source says of a payable cannot be so; the text says why, `field` where."""

    def __init__(self, why: str, field: str = ""):
        super().__init__(why)
        self.field = field


def held(entity: LegalEntity, source: str, external_id: str) -> Payable | None:
    """The payable that its source knows by this key, locked; None where there is none, and nobody else makes one."""
    locks.hold("payable", entity.pk, source, external_id)
    rows = Payable.objects.select_for_update(no_key=True)
    return rows.filter(entity=entity, source=source, external_id=external_id).first()


def put(
    existing: Payable | None,
    *,
    entity: LegalEntity,
    customer: Customer,
    source: str,
    external_id: str,
    number: str,
    issued_on: date,
    due_on: date,
    currency: str,
    amount: Decimal,
    open_amount: Decimal,
    as_of: date,
    on: date,
    actor: Actor,
    blocked: bool | None = None,
) -> Payable:
    """Bring one payable to what its source says of it; `existing` is what `held` returned. As it is then.

    What is of an earlier day than what is known changes nothing. Raises PayableRefused, MoneyError.
    """
    amount, open_amount = exact(amount, currency), exact(open_amount, currency)
    if amount <= 0:
        raise PayableRefused("A payable is more than nothing: a vendor's credits are not netted.", "amount")
    if not 0 <= open_amount <= amount:
        raise PayableRefused("What is open is between nothing and the amount.", "open_amount")
    if as_of > on:
        raise PayableRefused(f"{as_of} has not come yet.", "as_of")
    if due_on < issued_on:
        raise PayableRefused(f"Due {due_on} is before issue {issued_on}.", "due_on")
    facts = {"customer_id": customer.pk, "currency": currency, "amount": amount}
    details = {"number": number, "issued_on": issued_on, "due_on": due_on}
    details |= {"source_open": open_amount, "as_of": as_of} | ({} if blocked is None else {"blocked": blocked})
    with acting(actor):
        if existing is None:
            made = Payable.objects.create(entity=entity, source=source, external_id=external_id, **facts, **details)
            made.refresh_from_db()
            return made
        if as_of < existing.as_of:
            return existing
        changed = {name: value for name, value in (facts | details).items() if getattr(existing, name) != value}
        if changed.keys() & facts.keys() and NettedPayable.objects.filter(payable=existing).exists():
            raise PayableRefused(
                f"{existing.number} is in a netting, so its amount, currency and customer stay.", "amount"
            )
        waits = _not_taken_over(existing)
        if open_amount < waits:
            raise PayableRefused(
                f"{plain(waits, currency)} {currency} of {existing.number} are netted here and not taken over yet, so"
                " no less is open. Say first that the netting was taken over.",
                "open_amount",
            )
        if changed or existing.ahead < 0:
            Payable.objects.filter(pk=existing.pk).update(**changed, reported_at=clock.now())
            recount([existing.pk])
            existing.refresh_from_db()
        return existing


def _not_taken_over(payable: Payable) -> Decimal:
    """What is netted here and nobody has said of that the source has it."""
    rows = NettedPayable.objects.filter(
        payable=payable, netting__state=Netting.State.NETTED, netting__taken_over_on=None
    )
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def lock(ids: Iterable[int]) -> dict[int, Payable]:
    """Lock payables in the order of their ids, and read them."""
    rows = Payable.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def recount(ids: Iterable[int]) -> None:
    """Work out anew how much of each of these payables stands netted, and how far that is ahead of its source."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"ids": sorted(ids)})


# A taking over counts as in what the source says of a later day: on the day itself nobody can tell. So what is said of
# that day may count a netting twice, until the next day, but never not at all. What was undone here is added to a
# figure only while that cannot have the reversal in it: nobody may have said yet that it was made.
COUNTED = """
    SELECT p.id, coalesce(sum(x.amount) FILTER (WHERE n.state = 'netted'), 0) AS netted,
        coalesce(sum(CASE
            WHEN n.state = 'netted' AND (n.taken_over_on IS NULL OR n.taken_over_on >= p.as_of) THEN x.amount
            WHEN n.state = 'undone' AND n.taken_over_on < p.as_of AND (
                p.as_of < coalesce(n.taken_back_on, n.undone_on) OR p.reported_at <= n.undone_at) THEN -x.amount
            ELSE 0 END), 0) AS ahead
    FROM invoicing_payable p
    LEFT JOIN invoicing_nettedpayable x ON x.payable_id = p.id LEFT JOIN invoicing_netting n ON n.id = x.netting_id
"""
RECOUNT = f"""
    UPDATE invoicing_payable p SET netted = t.netted, ahead = t.ahead
    FROM ({COUNTED} WHERE p.id = ANY(%(ids)s) GROUP BY p.id) t
    WHERE t.id = p.id AND (p.netted, p.ahead) IS DISTINCT FROM (t.netted, t.ahead)
"""  # noqa: S608 made of our own words
