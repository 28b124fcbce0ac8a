"""What a draft would come to, before it is saved: it is written, looked at, and taken back."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.db import transaction

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Declared, Draft, InvoiceRefused
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import Invoice, InvoiceAdjustment, InvoiceTax


@dataclass
class Tried:
    """`invoice` is None where it cannot be written at all; `faults` are what must be mended before it is issued."""

    invoice: Invoice | None = None
    nets: list[Decimal] = field(default_factory=list)
    taxes: list[InvoiceTax] = field(default_factory=list)
    adjustments: list[InvoiceAdjustment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def attempt(draft: Draft, *, actor: Actor, today: date | None = None) -> Tried:
    """Write the draft as it would be, sum it up and judge it, and leave no trace.

    The very acts that save and issue are at work, so that what is shown is what will be.
    """
    # as a new one: nobody waits for the row of a draft that is only looked at
    plain = replace(draft, number="", source="", external_id="", declared=Declared())
    with transaction.atomic():
        try:
            written = drafts.write(plain, actor=actor)
            found = Tried(
                written,
                list(written.lines.order_by("position").values_list("net", flat=True)),
                list(written.taxes.all()),
                list(written.adjustments.filter(line=None).order_by("position")),
                issuing.hindrances(written, today=today or clock.today(draft.entity.time_zone)),
            )
        except InvoiceRefused as refused:
            found = Tried(faults=refused.faults)
        transaction.set_rollback(True)
    return found
