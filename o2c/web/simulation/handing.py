"""Debts handed over in the demo: who collects for the company, and what its largest hopeless debtors came to.

What is handed over is what the policy recommended on the day; what was paid since is what the book says.
"""

from datetime import date
from decimal import Decimal

from o2c.collections import agencies, claims, handing_over, placements
from o2c.collections.models import Agency, DunningPolicy, HandOverMinimum, Placement
from o2c.collections.policies import STANDARD
from o2c.core.actors import Actor
from o2c.orders.models import LegalEntity

DAYS_AFTER = 7
LEAST = (("EUR", Decimal(250)), ("GBP", Decimal(200)))
PLACED = 3
COLLECT: dict[str, list[dict]] = {
    "DE": [
        {
            "code": "NORD", "name": "Nordkontor Inkasso GmbH", "email": "auftrag@nordkontor.example",
            "reference": "M-20417", "fee_percent": Decimal("12.50"),
        },
        {
            "code": "BRANDT", "name": "Rechtsanwälte Brandt & Partner", "kind": Agency.Kind.LAWYER,
            "email": "kanzlei@brandt-partner.example", "reference": "126/24",
        },
    ],
    "UK": [
        {
            "code": "AIRE", "name": "Airedale Collections Ltd", "email": "cases@airedale.example",
            "reference": "LW-UK-88", "format": Agency.Format.XLSX, "fee_percent": Decimal(15),
        }
    ],
}  # fmt: skip


def prepare(entities: list[LegalEntity], *, actor: Actor) -> None:
    """Have agencies, and a policy that recommends. Before a run has used it, as it stays as it is from then on."""
    policy = DunningPolicy.objects.get(code=STANDARD, version=1)
    DunningPolicy.objects.filter(pk=policy.pk).update(hands_over_after=DAYS_AFTER)
    HandOverMinimum.objects.bulk_create(
        HandOverMinimum(policy=policy, currency=currency, amount=amount) for currency, amount in LEAST
    )
    for entity in entities:
        for facts in COLLECT.get(entity.code, []):
            agencies.add(entity, actor=actor, **facts)


def hand_over(day: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """The largest of what is recommended on a day goes to the first agency of each legal entity."""
    for entity in entities:
        agency = Agency.objects.filter(entity=entity, kind=Agency.Kind.AGENCY).first()
        found = handing_over.recommended([entity], day) if agency else []
        for row in sorted(found, key=lambda row: -row.total)[:PLACED]:
            customer = entity.accounts.get(customer=row.customer_id).customer
            chosen = handing_over.may_be_chosen(customer, entity, row.currency, day)
            items = [item.item_id for item in chosen if item.is_recommended]
            reason = "Every level, no answer; nobody picks up the telephone"
            placed = placements.place(agency, items, reason=reason, on=day, actor=actor)
            claims.work(placed.pk)


def take_back(day: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """The agency has given one of each legal entity back."""
    for entity in entities:
        open_ones = Placement.objects.filter(entity=entity, state=Placement.State.PLACED)
        if open_ones.count() > 1:
            reason = "The debtor has moved, and the register knows no other address"
            placements.give_back(open_ones.order_by("-pk")[0], reason=reason, on=day, actor=actor)
