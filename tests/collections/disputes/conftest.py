import pytest

from o2c.collections import disputes
from o2c.collections.models import Dispute
from o2c.core.actors import Actor
from o2c.core.models import Role, User
from o2c.invoicing.models import Invoice, OpenItem, ReasonCode
from tests.given import DAY


@pytest.fixture
def boss(given) -> User:
    return given.user("boss", Role.FINANCE_MANAGER)


@pytest.fixture
def other(given) -> User:
    return given.user("other", Role.FINANCE_MANAGER)


@pytest.fixture
def collector(given) -> User:
    return given.user("anna", Role.COLLECTOR)


@pytest.fixture
def invoice(given) -> Invoice:
    """Of 119.00 EUR, issued here."""
    return given.invoice("100.00 EUR")


@pytest.fixture
def item(invoice) -> OpenItem:
    return OpenItem.objects.get(entry=invoice.entry_id)


@pytest.fixture
def opened(item, collector):
    def opened(amount=None, *, code="price", on=DAY, of=None, reason="Too dear") -> Dispute:
        return disputes.open(
            of or item, code=ReasonCode.objects.get(code=code), reason=reason, amount=amount, on=on,
            actor=Actor.of(collector),
        )  # fmt: skip

    return opened
