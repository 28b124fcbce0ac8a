"""Handing approved refunds to our bank: a credit transfer in ISO 20022 pain.001, kept as it was made."""

from datetime import date

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import sepa
from o2c.invoicing.cash.receipts import CashRefused
from o2c.invoicing.models import BankAccount, Refund, RefundExport

SCHEMA = "pain.001.001.09"
# One file is one transaction at the bank; so many are read by a person who releases it there.
MOST = 1000


def waiting(account: BankAccount):
    """The approved refunds that can be paid from an account: its legal entity's, in euros, as SEPA knows no others."""
    return Refund.objects.filter(
        entity=account.entity_id, state=Refund.State.APPROVED, currency=sepa.CURRENCY, export=None
    ).order_by("pk")


def export(account: BankAccount, *, pay_on: date, today: date, actor: Actor) -> RefundExport:
    """Make one file of all that waits to be paid from an account, and take it as with the bank.

    A refund is in one file, whoever asks at the same time. Raises CashRefused where nothing waits, or the account
    cannot pay by SEPA.
    """
    sepa.check(account, pay_on, today)
    with acting(actor):
        rows = list(
            waiting(account)
            .select_related("customer")
            .select_for_update(no_key=True, skip_locked=True, of=("self",))[:MOST]
        )
        if not rows:
            raise CashRefused("No approved refund waits to be paid from this account.")
        file = sepa.keep(f"refunds-{account.entity.code}-{rows[0].pk}.xml", written(account, rows, pay_on))
        made = RefundExport.objects.create(
            entity_id=account.entity_id,
            account=account,
            file=file,
            currency=sepa.CURRENCY,
            count=len(rows),
            total=sum(row.amount for row in rows),
            pay_on=pay_on,
            actor=actor.name,
        )
        for row in rows:
            states.move(row, Refund.State.EXPORTED, export=made)
        outbox.emit("refunds.exported", export_id=made.pk, entity_id=made.entity_id)
        return made


def written(account: BankAccount, rows: list[Refund], pay_on: date) -> bytes:
    """The file's content, checked against the standard's schema."""
    from sepaxml import SepaTransfer  # the schema's engine takes half a second to load

    transfer = SepaTransfer(sepa.config(account), schema=SCHEMA, clean=True)
    for row in rows:
        transfer.add_payment(
            {
                "name": row.holder,
                "IBAN": row.iban,
                "amount": sepa.minor(row.amount, row.currency),
                "execution_date": pay_on,
                "description": f"{row.reference} {row.credit_item.number}"[:140],
                "endtoend_id": row.reference,
            }
        )
    return transfer.export(validate=True)
