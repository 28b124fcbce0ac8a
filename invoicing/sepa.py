"""Files of SEPA for our bank: what credit transfers (pain.001) and direct debits (pain.008) share."""

from datetime import date
from decimal import Decimal

from o2c.core import documents
from o2c.core.models import Document, User
from o2c.core.money import minor_unit
from o2c.invoicing.cash.receipts import CashRefused
from o2c.invoicing.models import BankAccount

MEDIA_TYPE = "application/xml"
CURRENCY = "EUR"


def accounts(user: User):
    """Our accounts that SEPA knows and the user sees, the main ones first."""
    seen = BankAccount.objects.for_user(user).filter(currency=CURRENCY, in_use=True).exclude(iban="")
    return seen.select_related("entity").order_by("entity__code", "-is_main", "id")


def check(account: BankAccount, on: date, today: date) -> None:
    """Raises CashRefused where SEPA knows no such account, or the day is over."""
    if account.currency != CURRENCY or not account.iban:
        raise CashRefused("SEPA pays in euros, from an account with an IBAN.")
    if on < today:
        raise CashRefused("That day is over.")


def config(account: BankAccount, **more) -> dict:
    """Who we are to the bank, as `sepaxml` takes it."""
    bic = {"BIC": account.bic} if account.bic else {}
    return {
        "name": account.entity.name[:70],
        "IBAN": account.iban,
        "batch": True,
        "currency": account.currency,
        **bic,
        **more,
    }


def minor(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(minor_unit(currency)))


def keep(name: str, content: bytes) -> Document:
    """The file as it was made, written down."""
    file = documents.of(name, MEDIA_TYPE, content, made_with="sepaxml")
    file.save()
    return file
