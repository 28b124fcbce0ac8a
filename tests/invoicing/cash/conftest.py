"""What cash acts need beside the books: people, and lines of the bank."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role, User
from o2c.invoicing import banks
from o2c.invoicing.models import BankAccount, BankLine, LineUse, OpenItem, Posting, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity
from tests.given import DAY, Given

# Valid numbers of accounts that nobody has.
OURS, THEIRS, STRANGERS = "DE89370400440532013000", "DE75512108001245126199", "DE02120300000000202051"


@dataclass
class Bank:
    """Our account: what stands on its statements is in the books as soon as it is there."""

    given: Given
    account: BankAccount

    def line(self, money: str, *, on: date = DAY, arithmetic_ok: bool = True, **facts) -> BankLine:
        statement = self.given.bank_statement(arithmetic_ok=arithmetic_ok)
        return self.given.bank_line(
            money,
            statement=statement,
            on=on,
            name=facts.pop("party_name", ""),
            iban=facts.pop("party_iban", ""),
            **facts,
        )

    def receipt(self, money: str, *, customer, on: date = DAY, **facts) -> Receipt:
        """Money of a customer that came by a line of the bank, from their account."""
        line = self.line(money, on=on, **{"party_iban": THEIRS, "party_name": customer.name, **facts})
        receipt = self.given.receipt(money, customer=customer, entity=line.entity, on=on)
        LineUse.objects.create(
            line=line,
            kind=LineUse.Kind.RECEIPT,
            amount=line.amount,
            receipt=receipt,
            entry=receipt.item.entry,
            effective_on=on,
            actor=SYSTEM.name,
        )
        return receipt


@pytest.fixture
def bank(given) -> Bank:
    account = banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    return Bank(given, account)


@pytest.fixture
def clerk(given) -> Actor:
    return Actor.of(given.user("clerk", Role.CASH_CLERK))


@pytest.fixture
def manager(given) -> Actor:
    return Actor.of(given.user("manager", Role.FINANCE_MANAGER))


@pytest.fixture
def boss(given) -> Actor:
    """Another manager, so that there is somebody to approve."""
    return Actor.of(given.user("boss", Role.FINANCE_MANAGER))


def balance(role: str, currency: str = "EUR", entity: LegalEntity | None = None) -> Decimal:
    """What stands on an account of the books."""
    rows = Posting.objects.filter(account__role=role, currency=currency)
    rows = rows.filter(account__entity=entity) if entity else rows
    return sum((row.amount for row in rows), Decimal(0))


def open_of(*items: OpenItem) -> list[Decimal]:
    """What is open of items now; the books are proven on the way."""
    assert proof() == []
    now = OpenItem.objects.in_bulk([item.pk for item in items])
    return [now[item.pk].open_amount for item in items]


def everyone(given) -> list[User]:
    """Somebody of each role, and somebody with all of them."""
    return [given.user(f"one-{role}", role) for role in Role] + [given.user("all-roles", *Role)]
