"""Early-payment offers in the demo: a rule in two legal entities, offers that stand in the first, of which one was
taken, and a run that waits in the second."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.collections.offers import deciding, proposing, rules
from o2c.collections.offers.rules import Wanted
from o2c.core.actors import Actor
from o2c.invoicing import cash
from o2c.invoicing.cash import conceding, discounts
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import EarlyOffer, Receipt
from o2c.orders.models import LegalEntity

AGO = timedelta(days=5)
PAID = timedelta(days=2)
RULE = Wanted(minimum=Decimal(2_000), least_days=12, most_percent=Decimal(2), budget=Decimal(600))


def offer(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """Offer discounts since some days ago; the largest was taken."""
    began = as_of - AGO
    for entity in entities[:2]:
        rules.change(entity, RULE, on=began, actor=actor)
    run = proposing.propose(entities[0], began, actor=actor)
    if run is not None and run.state == run.State.PROPOSED:
        deciding.approve(run, on=began, actor=actor)
        _take(entities[0], as_of - PAID, as_of, actor)
    proposing.propose_due()  # so that the tick finds nothing more to propose, and hands on what this tells


def _take(entity: LegalEntity, on: date, as_of: date, actor: Actor) -> None:
    """The largest offer that stands is taken: the customer pays the amount of the day."""
    found = EarlyOffer.objects.filter(entity=entity, state=EarlyOffer.State.OPEN, last_on__gte=on)
    chosen = found.select_related("item__customer").order_by("-best_discount", "pk").first()
    if chosen is None or not cash.by_hand(entity):
        return
    item = chosen.item
    tier = discounts.tier_on(discounts.of_items([item]).get(item.pk, ()), on)
    if tier is None:
        return
    off = discounts.whole(item.open_amount, item.currency, tier.percent)
    receipt = cash.receive(
        entity=entity, customer=item.customer, amount=item.open_amount - off, currency=item.currency, received_on=on,
        method=Receipt.Method.TRANSFER, reference=item.number, actor=actor,
    )  # fmt: skip
    conceding.apply_parts(receipt, [Part(item, item.open_amount - off, discount=off)], on=on, actor=actor)
    deciding.follow(entity, as_of)
