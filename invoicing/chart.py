"""The accounts of a legal entity's books that the software posts to."""

from itertools import count

from django.db import transaction

from o2c.core import locks
from o2c.core.actors import Actor, acting
from o2c.invoicing.models import BankAccount, LedgerAccount, ReasonCode
from o2c.orders.models import LegalEntity

STANDARD = {
    LedgerAccount.Role.RECEIVABLES: "1400",
    LedgerAccount.Role.CASH: "1360",
    LedgerAccount.Role.REVENUE: "8400",
    LedgerAccount.Role.OPENING: "9000",
    LedgerAccount.Role.WRITE_OFF: "6930",
    LedgerAccount.Role.RECEIVABLES_REVALUATION: "1405",
    LedgerAccount.Role.FX_UNREALISED: "4845",
    LedgerAccount.Role.SALES: "8000",
    LedgerAccount.Role.OUTPUT_TAX: "1776",
    LedgerAccount.Role.PREPAYMENTS: "1710",
    LedgerAccount.Role.ROUNDING: "8730",
    LedgerAccount.Role.DISCOUNT: "8735",
    LedgerAccount.Role.BANK_CHARGES: "4970",
    LedgerAccount.Role.FX_REALISED: "4840",
    LedgerAccount.Role.FX_CLEARING: "1361",
    LedgerAccount.Role.FEES: "8650",
    LedgerAccount.Role.INTEREST: "8651",
    LedgerAccount.Role.BAD_DEBT: "6935",
    LedgerAccount.Role.REFUNDS: "1701",
    LedgerAccount.Role.SET_ASIDE: "1590",
    LedgerAccount.Role.NETTING: "1362",
}

# Each bank account has a ledger account of its own, from this number on.
FIRST_BANK = 1200


# Why customers contest or pay short, to begin with: a company adds its own, and puts those it has no use for away.
REASONS = {
    "price": "Price not as agreed",
    "quantity": "Quantity not as delivered",
    "quality": "Damaged or faulty",
    "not_received": "Goods or invoice not received",
    "late": "Delivered late",
    "address": "Wrong address or order number",
    "duplicate": "Invoiced twice",
    "paid": "Paid already",
    "freight": "Freight",
    "rebate": "Rebate or promotion",
    "tax": "Tax withheld",
    "discount": "Discount taken too late",
    "other": "Something else",
    "unknown": "No reason given",
}


def open_books(entity: LegalEntity) -> None:
    """Give the entity an account for every role, and the first one reasons; what is there is left as it is."""
    ReasonCode.objects.bulk_create(
        [ReasonCode(code=code, name=name) for code, name in REASONS.items()], ignore_conflicts=True
    )
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(entity=entity, role=role, code=code, name=role.label) for role, code in STANDARD.items()],
        ignore_conflicts=True,
    )


def of_bank(account: BankAccount) -> LedgerAccount:
    """The ledger account of one of our bank accounts; the first that asks opens it, with the next free number."""
    with transaction.atomic():
        locks.hold("chart", account.entity_id)
        found = LedgerAccount.objects.filter(bank_account=account).first()
        if found is None:
            taken = set(LedgerAccount.objects.filter(entity_id=account.entity_id).values_list("code", flat=True))
            code = next(str(code) for code in count(FIRST_BANK) if str(code) not in taken)
            found = LedgerAccount.objects.create(
                entity_id=account.entity_id,
                role=LedgerAccount.Role.BANK,
                bank_account=account,
                code=code,
                name=account.name,
            )
        return found


def map_to(entity: LegalEntity, codes: dict[str, str], *, actor: Actor) -> None:
    """Say which account of the company's own chart stands for which of ours, by key; an empty code for none yet.

    Those that are not named stay as they are. An export that was made keeps the codes it was made with.
    """
    with acting(actor):
        for account in LedgerAccount.objects.select_for_update(no_key=True).filter(entity=entity).order_by("pk"):
            code = codes.get(account.key, account.company_code)
            if code != account.company_code:
                LedgerAccount.objects.filter(pk=account.pk).update(company_code=code)


def account(entity_id: int, role: LedgerAccount.Role) -> int:
    """The id of the entity's account for a role."""
    return LedgerAccount.objects.values_list("id", flat=True).get(entity_id=entity_id, role=role)
