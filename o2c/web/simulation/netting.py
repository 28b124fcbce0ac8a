"""Netting in the demo: a customer who is a vendor too, an agreement, a netting that was approved and one that waits."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from o2c.collections.netting import agreeing, asking, deciding, eligible
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User
from o2c.core.money import step
from o2c.invoicing.models import NettingAgreement, OpenItem
from o2c.invoicing.netting import payables
from o2c.orders.models import Customer, LegalEntity

SOURCE = "vendor-ledger"
# What we owe: its share of what the customer owes that can be netted, and how long ago it was due.
OWED = ((Decimal("0.21"), 24), (Decimal("0.13"), 11), (Decimal("0.17"), 3), (Decimal("0.06"), -12))
SEVERAL, MOST_TRIED = 3, 60
# Of more than this a part would need two approvals.
MOST_OWED = Decimal(30_000)


def net(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> int:
    """Let each legal entity net with one of its customers; how many nettings there are."""
    clerk, manager = (
        User.objects.filter(roles__contains=[role], is_active=True).order_by("pk").first()
        for role in (Role.CASH_CLERK, Role.FINANCE_MANAGER)
    )
    made = 0
    for entity in entities:
        agreement = _agreed(entity, as_of, actor)
        if agreement is None or clerk is None or manager is None:
            continue
        currency = entity.base_currency
        _owe(agreement, currency, as_of, actor)
        for reason, netted in (("Set off as every month", True), ("Their second invoice fell due since", False)):
            sides = eligible.sides(agreement, currency, as_of)
            items, owed = eligible.Sides(sides.items, [row for row in sides.payables if not row.why][:1]).suggested()
            if items and owed:
                asked = asking.ask(
                    agreement, currency, items=items, owed=owed, reason=reason, on=as_of, actor=Actor.of(clerk)
                )
                made += 1
                if netted:
                    deciding.approve(asked, on=as_of, note="As agreed", actor=Actor.of(manager))
    return made


def _agreed(entity: LegalEntity, as_of: date, actor: Actor) -> NettingAgreement | None:
    """An agreement with a customer of whom several items can be netted, or as many as there are: who owes most, but not
    too much."""
    due = OpenItem.objects.filter(
        entity=entity, kind=OpenItem.Kind.INVOICE, currency=entity.base_currency, open_amount__gt=0, due_on__lte=as_of
    )
    owing = due.values("customer_id").annotate(owed=Sum("open_amount")).filter(owed__lte=MOST_OWED)
    chosen, most = None, 0
    for row in owing.order_by("-owed", "customer_id")[:MOST_TRIED]:
        customer = Customer.objects.get(pk=row["customer_id"])
        # not written down before it is known to be of use
        tried = NettingAgreement(entity=entity, customer=customer, since=as_of, nets=agreeing.Nets.DUE)
        found = sum(not each.why for each in eligible.sides(tried, entity.base_currency, as_of).items)
        if found > most:
            chosen, most = customer, found
        if most >= SEVERAL:
            break
    if chosen is None:
        return None
    since = as_of - timedelta(days=200)
    return agreeing.agree(
        entity=entity, customer=chosen, since=since, reference=f"Set-off agreement {since.year}", actor=actor
    )


def _owe(agreement: NettingAgreement, currency: str, as_of: date, actor: Actor) -> None:
    """What the vendor ledger said last night that we owe the customer."""
    sides = eligible.sides(agreement, currency, as_of)
    total = sum((row.open_amount for row in sides.items if not row.why), Decimal(0))
    for place, (share, days) in enumerate(OWED, start=1):
        amount = max((total * share).quantize(step(currency)), step(currency))
        number = f"{agreement.customer.number}-L{as_of.year % 100}{place:03}"
        due_on = as_of - timedelta(days=days)
        with acting(actor):
            payables.put(
                payables.held(agreement.entity, SOURCE, number),
                entity=agreement.entity, customer=agreement.customer, source=SOURCE, external_id=number, number=number,
                issued_on=due_on - timedelta(days=30), due_on=due_on, currency=currency, amount=amount,
                open_amount=amount, as_of=as_of - timedelta(days=1), on=as_of, actor=actor,
            )  # fmt: skip
