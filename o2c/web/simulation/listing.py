"""Persistent late payers in the demo: a rule in each legal entity, who is on its list, and what holds for a few; and
from when on an account is chronic."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.collections.chronic import rules as chronic
from o2c.collections.late_payers import consequences, listing, rules
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import InterestPack, LatePayer
from o2c.core.actors import Actor
from o2c.orders.models import LegalEntity, PaymentTerms

WEEKS = 3
# Of the largest on the list: for so many the shorter terms hold, of the first the account is blocked as well.
SHORTER = 3


def list_late_payers(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """List by a rule since three weeks ago; what it proposes holds for the largest."""
    began = as_of - timedelta(weeks=WEEKS)
    shortest = PaymentTerms.objects.filter(kind=PaymentTerms.Kind.NET, instalments=None).order_by("days").first()
    pack = InterestPack.objects.get(code="terms-of-sale")
    for entity in entities:
        rules.change(
            entity,
            Wanted(days_late=15, least_invoices=5, least_share=50, terms=shortest, holds=True, pack=pack),
            on=began,
            actor=actor,
        )
        listing.review(entity, began)
        largest = LatePayer.objects.filter(entity=entity).order_by("-late_amount", "pk")[:SHORTER]
        for place, entry in enumerate(largest):
            kinds = ["terms", "hold"] if place == 0 else ["terms"]
            for row in entry.consequences.filter(kind__in=kinds, state="proposed").order_by("-kind"):
                consequences.apply(row, on=began + timedelta(days=1), actor=actor)
        listing.review(entity, as_of)
        chronic.change(entity, chronic.Wanted(minimum=Decimal(100)), actor=actor)
