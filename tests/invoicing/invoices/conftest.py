from datetime import date
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing import banks
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.models import Invoice
from o2c.orders import agreements
from o2c.orders.agreements import Agreement
from o2c.orders.models import LegalEntity, PaymentTerms

DAY = date(2026, 3, 2)
IBAN = "DE89370400440532013000"


class Invoicing:
    """Writes and issues invoices of a seller that lacks nothing."""

    def __init__(self, given):
        self.given = given

    def seller(self, code: str = "DE1", currency: str = "EUR", **details) -> LegalEntity:
        found = LegalEntity.objects.filter(code=code).first()
        if found:
            return found
        entity = self.given.entity(code, currency, **{"vat_id": "DE123456789", **details})
        banks.open_account(entity, name="Main", currency=currency, iban=IBAN, actor=SYSTEM)
        return entity

    def terms(self, code: str = "N30", *, tiers=(), shares=(), days: int = 30) -> PaymentTerms:
        found = PaymentTerms.objects.filter(code=code).first()
        return found or agreements.create(
            code, Agreement(name=code, kind="net", days=days, tiers=tiers, shares=shares), actor=SYSTEM
        )

    def buyer(self, number: str | None = None, *, entity: LegalEntity | None = None, terms=None, **details):
        return self.given.customer(
            number,
            entity=entity or self.seller(),
            terms=terms or self.terms(),
            **{"vat_id": "FR40303265045", **details},
        )

    def draft(self, *lines: Line, entity=None, customer=None, currency: str = "EUR", **facts) -> Draft:
        entity = entity or self.seller()
        return Draft(
            entity=entity,
            customer=customer or self.buyer(entity=entity),
            currency=currency,
            lines=lines or (line("100.00"),),
            **{"issued_on": DAY, **facts},
        )

    def write(self, *lines: Line, **facts) -> Invoice:
        return drafts.write(self.draft(*lines, **facts), actor=SYSTEM)

    def issue(self, *lines: Line, today: date = DAY, **facts) -> Invoice:
        return issuing.issue(self.write(*lines, **facts), actor=SYSTEM, today=today)


def line(price: str, quantity: str = "1", rate: str = "19", category: str = "S", **facts) -> Line:
    return Line(
        description=facts.pop("description", "Work"),
        quantity=Decimal(quantity),
        price=Decimal(price),
        rate=Decimal(rate),
        category=category,
        **facts,
    )


@pytest.fixture
def invoicing(given):
    return Invoicing(given)
