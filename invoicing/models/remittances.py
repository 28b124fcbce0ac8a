"""What customers say their payments cover, and the bank line each advice belongs to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext, Document
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models.bank import BankLine
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class RemittanceAdvice(Stamped):
    """An advice of one payment as its payer wrote it; one that is loaded again makes none.

    It belongs to one bank line at most, and a line has one advice at most. What is flagged (`remittances.facts.Flag`)
    is kept, and nothing of it is applied by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for its money"
        UNCLEAR = "unclear", "May be of several lines"
        JOINED = "joined", "Joined to its line"
        DROPPED = "dropped", "Not needed"

    class By(models.TextChoices):
        REFERENCE = "reference", "The payment’s reference"
        PAYER = "payer", "Payer, amount and day"
        HAND = "hand", "A person"

    MOVES = {
        State.WAITING: {State.UNCLEAR, State.JOINED, State.DROPPED},
        State.UNCLEAR: {State.WAITING, State.JOINED, State.DROPPED},
        State.JOINED: {State.WAITING},
        State.DROPPED: {State.WAITING},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    format = models.CharField(max_length=20)
    number = models.CharField(max_length=100, blank=True, default="", help_text="The payer's number of the advice.")
    reference = models.CharField(
        max_length=140, blank=True, default="", help_text="Of the payment: trace number, end-to-end id, cheque."
    )
    reference_key = models.CharField(max_length=140, blank=True, default="", help_text="As it is compared.")
    payer_name = models.CharField(max_length=200, blank=True, default="")
    payer_number = models.CharField(max_length=60, blank=True, default="")
    payer_iban = models.CharField(max_length=34, blank=True, default="")
    payer_key = models.CharField(max_length=200, blank=True, default="", help_text="By which the payer is told apart.")
    payee_name = models.CharField(max_length=200, blank=True, default="")
    payee_number = models.CharField(max_length=60, blank=True, default="")
    payee_iban = models.CharField(max_length=34, blank=True, default="")
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", help_text="The payer, once it is known."
    )
    currency = CurrencyField()
    total = AmountField()
    paid_on = models.DateField(null=True, blank=True)
    line_count = models.PositiveIntegerField(default=0)
    flags = ArrayField(models.CharField(max_length=20), default=list)
    digest = models.CharField(max_length=64, help_text="Of what it says: the same advice is kept once.")
    file = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    file_name = models.CharField(max_length=255, blank=True, default="")
    place = models.CharField(max_length=200, blank=True, default="", help_text="Where in the file it begins.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    line = models.OneToOneField(BankLine, models.PROTECT, null=True, blank=True, related_name="advice")
    joined_by = models.CharField(max_length=10, choices=By.choices, blank=True, default="")
    joined_at = models.DateTimeField(null=True, blank=True)
    candidates = ArrayField(models.BigIntegerField(), default=list, help_text="Lines that it may belong to.")
    apart_from = ArrayField(
        models.BigIntegerField(), default=list, help_text="Lines that a person has taken it off: never joined again."
    )
    loaded_by = models.CharField(max_length=150)
    loaded_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("total")
    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "digest"], name="advice_once"),
            models.UniqueConstraint(
                fields=["entity", "payer_key", "reference_key"],
                condition=~Q(reference_key="") & ~Q(state="dropped"),
                name="advice_of_payment_once",
            ),
            models.CheckConstraint(
                condition=Q(state="joined", line__isnull=False) | (~Q(state="joined") & Q(line__isnull=True)),
                name="advice_joined_to_line",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "state", "-id"], name="advice_by_state"),
            models.Index(fields=["updated_at", "id"], name="advice_by_change"),
        ]

    def __str__(self):
        return self.number or self.reference or str(self.pk)


class AdviceLine(models.Model):
    """One document that is paid, with what the payer kept of it; or an amount that belongs to none."""

    id = models.BigAutoField(primary_key=True)
    advice = models.ForeignKey(RemittanceAdvice, models.CASCADE, related_name="lines")
    document = models.CharField(max_length=100, blank=True, default="")
    document_on = models.DateField(null=True, blank=True)
    gross = AmountField(null=True, blank=True)
    discount = AmountField(default=0)
    deduction = AmountField(default=0, help_text="Kept for the reason; negative where more is paid.")
    reason_code = models.CharField(max_length=20, blank=True, default="", help_text="The payer's.")
    reason_text = models.CharField(max_length=200, blank=True, default="")
    paid = AmountField(help_text="Negative where a credit is taken off.")
    place = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["id"]
