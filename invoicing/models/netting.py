"""Customers who are vendors too: what we owe them, what was agreed about netting it, and what was netted."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least, Now

from o2c.core.models import CurrentContext, Document
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.invoicing.models.decisions import Asked, by_others
from o2c.invoicing.models.items import OpenItem, Receipt
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


# What is open follows from the rest, and a load that is taken back restores the rest.
@pghistory.track(exclude=["updated_at", "open_amount"])
class Payable(Stamped, ExternallyKnown):
    """What a legal entity owes a customer who is its vendor too. The source keeps the vendor ledger.

    The source says what is open, as of a day. `ahead` is how far our nettings are ahead of that: what was netted here
    and is not in the source's figure yet, less what is in it and was undone here. `netted` is all that stands
    netted. So what is left here is the least of what the source leaves and what we have not netted, whoever says what
    first.
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="payables")
    number = models.CharField(max_length=100, help_text="The document's number as the vendor knows it.")
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = CurrencyField()
    amount = AmountField()
    source_open = AmountField(help_text="What the source says is open of it.")
    as_of = models.DateField(help_text="The day as of which the source says so.")
    reported_at = models.DateTimeField(db_default=Now(), help_text="When it said so here.")
    blocked = models.BooleanField(default=False, db_default=False, help_text="The source has blocked its payment.")
    netted = AmountField(default=0, db_default=0, help_text="In nettings that stand.")
    ahead = AmountField(default=0, db_default=0, help_text="Of nettings, not in what the source says is open.")
    open_amount = models.GeneratedField(
        expression=Greatest(0, Least(F("source_open") - F("ahead"), F("amount") - F("netted"))),
        output_field=AmountField(),
        db_persist=True,
    )

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, source_open__gte=0, source_open__lte=F("amount")), name="payable_open_within"
            ),
            models.CheckConstraint(condition=Q(netted__gte=0, netted__lte=F("amount")), name="payable_netted_within"),
            models.UniqueConstraint(fields=["entity", "source", "external_id"], name="payable_key_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "entity", "due_on"], name="payable_by_customer"),
            models.Index(fields=["updated_at", "id"], name="payable_by_change"),
        ]

    def __str__(self):
        return self.number


@pghistory.track(exclude=["updated_at"])
class NettingAgreement(Stamped):
    """That a legal entity and a customer net what they owe each other. One counts on a day; the database keeps that."""

    class Nets(models.TextChoices):
        DUE = "due", "Only what is due on both sides"
        OPEN = "open", "All that is open, also before it is due"

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="netting_agreements")
    reference = models.CharField(max_length=60, blank=True, default="", help_text="What the contract is called.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="Its last day; empty: until it is ended.")
    nets = models.CharField(max_length=4, choices=Nets.choices, default=Nets.DUE)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="netting_agreement_by_change")]

    def __str__(self):
        return self.reference or f"netting agreement {self.pk}"


@pghistory.track(exclude=["updated_at"])
class Netting(Asked):
    """Items and payables of a customer in one currency that clear each other: asked for by one, approved by another.

    Approved, a receipt against the netting account settles the items. The source takes it over into the vendor ledger,
    and takes it back where it is undone here.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        NETTED = "netted", "Netted"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"
        UNDONE = "undone", "Netted and undone"

    MOVES = {
        State.ASKED: {State.NETTED, State.REFUSED, State.WITHDRAWN},
        State.NETTED: {State.UNDONE},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="nettings")
    agreement = models.ForeignKey(NettingAgreement, models.PROTECT, related_name="nettings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    currency = CurrencyField()
    amount = AmountField(help_text="Of each side.")
    base_amount = AmountField(null=True, help_text="In the base currency on the day it was asked for, if known.")
    receipt = models.OneToOneField(Receipt, models.PROTECT, null=True, blank=True, related_name="netting")
    netted_on = models.DateField(null=True, blank=True)
    taken_over_on = models.DateField(null=True, blank=True, help_text="When it was booked in the vendor ledger.")
    undone_on = models.DateField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")
    undone_because = models.CharField(max_length=300, blank=True, default="")
    taken_back_on = models.DateField(null=True, blank=True, help_text="When it was reversed in the vendor ledger.")
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            by_others("netting_by_others"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="netting_positive"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["netted", "undone"],
                    receipt__isnull=False,
                    netted_on__isnull=False,
                    decided_by__isnull=False,
                )
                | (~Q(state__in=["netted", "undone"]) & Q(receipt__isnull=True, taken_over_on__isnull=True)),
                name="netting_booked_by_receipt",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_on__isnull=False, undone_at__isnull=False)
                | (~Q(state="undone") & Q(undone_on__isnull=True)),
                name="netting_undone_on_a_day",
            ),
            models.CheckConstraint(
                condition=(Q(taken_over_on__isnull=True) | Q(taken_over_on__gte=F("netted_on")))
                & (
                    Q(taken_back_on__isnull=True)
                    | Q(
                        state="undone",
                        taken_over_on__isnull=False,
                        taken_back_on__gte=F("taken_over_on"),
                    )
                ),
                name="netting_taken_over_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=Q(state="asked"), name="netting_asked"),
            models.Index(fields=["updated_at", "id"], name="netting_by_change"),
        ]

    def __str__(self):
        return self.reference

    @property
    def reference(self) -> str:
        return f"NETTING-{self.pk}"


class OfNetting(EntityScoped):
    entity_path = "netting__entity"


class NettedItem(models.Model):
    """So much of an item is in a netting. Never changed."""

    id = models.BigAutoField(primary_key=True)
    netting = models.ForeignKey(Netting, models.PROTECT, db_index=False, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="netted")
    amount = AmountField()

    objects = OfNetting.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="netted_item_positive"),
            models.UniqueConstraint(fields=["netting", "item"], name="netted_item_once"),
        ]


class NettedPayable(models.Model):
    """So much of a payable is in a netting. Never changed."""

    id = models.BigAutoField(primary_key=True)
    netting = models.ForeignKey(Netting, models.PROTECT, db_index=False, related_name="payables")
    payable = models.ForeignKey(Payable, models.PROTECT, related_name="in_nettings")
    amount = AmountField()

    objects = OfNetting.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="netted_payable_positive"),
            models.UniqueConstraint(fields=["netting", "payable"], name="netted_payable_once"),
        ]
