"""The accounts of a legal entity's books that the software posts to."""

from o2c.core.actors import Actor, acting
from o2c.invoicing.models import LedgerAccount
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
}


def open_books(entity: LegalEntity) -> None:
    """Give the entity an account for every role; those it has are left as they are."""
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(entity=entity, role=role, code=code, name=role.label) for role, code in STANDARD.items()],
        ignore_conflicts=True,
    )


def map_to(entity: LegalEntity, codes: dict[str, str], *, actor: Actor) -> None:
    """Say which account of the company's own chart stands for which of ours, by role; an empty code for none yet.

    Roles that are not named stay as they are. An export that was made keeps the codes it was made with.
    """
    with acting(actor):
        for account in LedgerAccount.objects.select_for_update(no_key=True).filter(entity=entity).order_by("pk"):
            code = codes.get(account.role, account.company_code)
            if code != account.company_code:
                LedgerAccount.objects.filter(pk=account.pk).update(company_code=code)


def account(entity_id: int, role: LedgerAccount.Role) -> int:
    """The id of the entity's account for a role."""
    return LedgerAccount.objects.values_list("id", flat=True).get(entity_id=entity_id, role=role)
