"""The accounts of a legal entity's books that the software posts to."""

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
}


def open_books(entity: LegalEntity) -> None:
    """Give the entity an account for every role; those it has are left as they are."""
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(entity=entity, role=role, code=code, name=role.label) for role, code in STANDARD.items()],
        ignore_conflicts=True,
    )


def account(entity_id: int, role: LedgerAccount.Role) -> int:
    """The id of the entity's account for a role."""
    return LedgerAccount.objects.values_list("id", flat=True).get(entity_id=entity_id, role=role)
