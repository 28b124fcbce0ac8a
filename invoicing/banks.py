"""Where a legal entity is paid: its bank accounts, one of them the main one of each currency."""

from collections.abc import Iterable

import schwifty
from django.db.models import Q
from schwifty.exceptions import SchwiftyException

from o2c.core.actors import Actor, acting
from o2c.core.money import known_currencies
from o2c.invoicing.models import BankAccount
from o2c.orders.models import LegalEntity


class BankRefused(ValueError):
    """The account cannot be kept so; `field` is what is wrong with it, the text says why."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field = field


def pay_to(entity: LegalEntity, currencies: Iterable[str]) -> dict[str, BankAccount | None]:
    """Where to pay amounts of these currencies: the main account of each, else that of the entity's own, if any."""
    mains = {account.currency: account for account in BankAccount.objects.filter(entity=entity, is_main=True)}
    return {currency: mains.get(currency) or mains.get(entity.base_currency) for currency in currencies}


def read_iban(text: str) -> str:
    """The IBAN without spaces. Raises BankRefused where it is none: length, check digits, the bank's own digits."""
    try:
        return schwifty.IBAN(text, validate_bban=True).compact
    except (SchwiftyException, ValueError):
        raise BankRefused("iban", "This is no IBAN: a digit is wrong or missing.") from None


def read_bic(text: str) -> str:
    try:
        return schwifty.BIC(text).compact
    except (SchwiftyException, ValueError):
        raise BankRefused("bic", "This is no BIC: it has 8 or 11 letters and figures, such as COBADEFFXXX.") from None


def checked(*, currency: str, iban: str = "", bic: str = "", account_number: str = "", **others) -> dict:
    """The facts of an account as they are kept. Raises BankRefused. An IBAN whose bank is known brings its BIC."""
    if currency not in known_currencies():
        raise BankRefused("currency", f"{currency} is not a currency of ISO 4217.")
    if bool(iban) == bool(account_number.strip()):
        raise BankRefused("iban", "Give an IBAN, or an account number where there are no IBANs.")
    if iban:
        iban = read_iban(iban)
        bic = bic or str(schwifty.IBAN(iban).bic or "")
    if bic:
        bic = read_bic(bic)
    return {"currency": currency, "iban": iban, "bic": bic, "account_number": account_number.strip(), **others}


def open_account(entity: LegalEntity, *, actor: Actor, is_main: bool = False, **facts) -> BankAccount:
    """Add an account; the first of a currency is its main one. Raises BankRefused."""
    facts = checked(**facts)
    with acting(actor):
        _lock(entity)
        _refuse_twice(entity, facts, None)
        mains = BankAccount.objects.filter(entity=entity, currency=facts["currency"], is_main=True)
        is_main = is_main or not mains.exists()
        if is_main:
            mains.update(is_main=False)
        return BankAccount.objects.create(entity=entity, is_main=is_main, **facts)


def change(account: BankAccount, *, actor: Actor, is_main: bool = False, in_use: bool = True, **facts) -> BankAccount:
    """Say anew what an account is; nothing is written where nothing changes. Raises BankRefused.

    Letters that are out keep what stands in them. An account in use stays the main one of its currency until another
    becomes it; one that is no longer used stands on no letter.
    """
    facts = checked(**facts)
    with acting(actor):
        _lock(account.entity)
        account = BankAccount.objects.select_for_update(no_key=True, of=("self",)).get(pk=account.pk)
        others = BankAccount.objects.filter(entity_id=account.entity_id, is_main=True).exclude(pk=account.pk)
        others = others.filter(currency=facts["currency"])
        is_main = in_use and (is_main or not others.exists())
        _refuse_twice(account.entity, facts, account)
        if is_main:
            others.update(is_main=False)
        wanted = {**facts, "is_main": is_main, "in_use": in_use}
        changed = {name: value for name, value in wanted.items() if getattr(account, name) != value}
        if changed:
            BankAccount.objects.filter(pk=account.pk).update(**changed)
            account.refresh_from_db()
        return account


def _lock(entity: LegalEntity) -> None:
    """One change of an entity's accounts at a time, so that two cannot become the main one together."""
    LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)


def _refuse_twice(entity: LegalEntity, facts: dict, account: BankAccount | None) -> None:
    same = (
        Q(iban=facts["iban"])
        if facts["iban"]
        else Q(account_number=facts["account_number"], bank=facts.get("bank", ""))
    )
    found = BankAccount.objects.filter(same, entity=entity, currency=facts["currency"])
    if account is not None:
        found = found.exclude(pk=account.pk)
    if found.exists():
        raise BankRefused("iban" if facts["iban"] else "account_number", f"{entity.code} has this account already.")
