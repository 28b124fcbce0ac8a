"""Which of our bank accounts a statement is of: by its IBAN, else by its number, in the statement's currency."""

import re
from collections import defaultdict

import schwifty
from django.db.models import QuerySet
from schwifty.exceptions import SchwiftyException

from o2c.invoicing.bank.statements import Statement
from o2c.invoicing.models import BankAccount


class UnknownAccount(ValueError):
    """No account of ours, or more than one; the text says which and what to do."""


class Accounts:
    """Our accounts by all the ways in which banks write them. Reads them once."""

    def __init__(self, seen: QuerySet[BankAccount]):
        self.by_iban: dict[str, list[BankAccount]] = defaultdict(list)
        self.by_number: dict[str, list[BankAccount]] = defaultdict(list)
        for account in seen.select_related("entity").order_by("entity__code", "pk"):
            if account.iban:
                self.by_iban[account.iban].append(account)
            for number in _numbers(account):
                self.by_number[number].append(account)

    def of(self, statement: Statement) -> BankAccount:
        """Raises UnknownAccount."""
        shown, currency = statement.account, statement.account_currency
        found = self.by_iban.get(_plain(statement.iban or shown), [])
        for number in _written(statement):
            found = found or self.by_number.get(number, [])
        ours = [account for account in found if account.currency == currency]
        if len(ours) == 1:
            return ours[0]
        if ours:
            entities = ", ".join(sorted({account.entity.code for account in ours}))
            raise UnknownAccount(f"Several of our accounts are {shown} in {currency} ({entities}): name the entity.")
        if found:
            kept = ", ".join(sorted({account.currency for account in found}))
            raise UnknownAccount(f"Account {shown} is kept in {kept} here, and the statement is in {currency}.")
        raise UnknownAccount(
            f"None of our bank accounts is {shown} in {currency}. Add it to its legal entity under Company, Banks."
        )


def _numbers(account: BankAccount) -> set[str]:
    """An account's numbers without zeros in front: its own, with its bank's before it, and those inside its IBAN."""
    if not account.iban:
        number, bank = _number(account.account_number), _number(account.bank)
        return {number, bank + number} - {""}
    try:
        iban = schwifty.IBAN(account.iban, allow_invalid=True)
        bank, branch, number = iban.bank_code or "", iban.branch_code or "", iban.account_code or ""
    except (SchwiftyException, ValueError):
        return set()
    parts = {number, bank + number, branch + number, bank + branch + number, iban.bban}
    return {_number(part) for part in parts} - {""}


def _written(statement: Statement) -> list[str]:
    """How the statement may mean its account, the most telling first: as it stands, or what is behind a bank's code.

    Some banks hang the currency on the number.
    """
    shown = _plain(statement.account).removesuffix(statement.account_currency)
    last = re.split(r"[/|]", statement.account)[-1]
    return [each for each in (_number(shown), _number(_plain(last).removesuffix(statement.account_currency))) if each]


def _plain(text: str) -> str:
    return re.sub(r"[\s./|-]", "", text).upper()


def _number(text: str) -> str:
    return _plain(text).lstrip("0")
