"""Credit notes that are asked for: so much of an invoice is given back, by another's word past one's own limit."""

import pghistory
from django.db import models
from django.db.models import Q

from o2c.core.models import CurrentContext
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.invoicing.models.decisions import Asked, by_others
from o2c.invoicing.models.invoices import Invoice
from o2c.invoicing.models.items import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class CreditRequest(Asked):
    """So much of what an item still owes, to be credited by a note on its invoice."""

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        ISSUED = "issued", "Credited"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    MOVES = {State.ASKED: {State.ISSUED, State.REFUSED, State.WITHDRAWN}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="credit_requests")
    invoice = models.ForeignKey(Invoice, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    currency = CurrencyField()
    amount = AmountField(help_text="Tax included.")
    base_amount = AmountField(null=True, help_text="In the base currency on the day it was asked for, if known.")
    text = models.CharField(max_length=300, help_text="What stands on the credit note.")
    credit_note = models.OneToOneField(
        Invoice, models.PROTECT, null=True, blank=True, related_name="asked_for_by", help_text="Once it is issued."
    )
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            by_others("credit_request_by_others"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_request_positive"),
            models.CheckConstraint(
                condition=Q(state="issued", credit_note__isnull=False)
                | (~Q(state="issued") & Q(credit_note__isnull=True)),
                name="credit_request_issued_by_note",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=Q(state="asked"), name="credit_request_asked"),
            models.Index(fields=["updated_at", "id"], name="credit_request_by_change"),
        ]

    def __str__(self):
        return f"credit request {self.pk}"
