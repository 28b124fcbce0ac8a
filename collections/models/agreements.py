"""What holds dunning back, beside disputes: holds and promises."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.models.work import Task
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["reason", "payer"])
class Hold(models.Model):
    """No dunning of a customer (with one legal entity, or all) or of one item, from a day until another."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="holds")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, blank=True)
    item = models.ForeignKey(OpenItem, models.PROTECT, null=True, blank=True)
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="Last day it holds; empty: until lifted.")
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("from_on")), name="hold_ends_after_it_begins"
            )
        ]


@pghistory.track(
    fields=["entity", "customer", "currency", "amount", "promised_on", "pay_by", "state", "withdrawn_on"],
    model_name="PromiseToPayEvent",
)
class PromiseToPay(models.Model):
    """A customer says it will pay an amount by a day.

    `state` is what the last recomputation from allocations found; dunning never reads it, it works out itself
    whether a promise still stands.
    """

    class State(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        PARTLY_KEPT = "partly_kept", "Partly kept"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    # Only a standing promise can be withdrawn; the other moves are those of `promises.recompute`, which follows what
    # is settled and undone wherever it leads.
    MOVES = {
        State.OPEN: {State.KEPT, State.PARTLY_KEPT, State.BROKEN, State.WITHDRAWN},
        State.KEPT: {State.OPEN, State.PARTLY_KEPT, State.BROKEN},
        State.PARTLY_KEPT: {State.OPEN, State.KEPT, State.BROKEN},
        State.BROKEN: {State.OPEN, State.KEPT, State.PARTLY_KEPT},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="promises")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    amount = AmountField()
    promised_on = models.DateField(help_text="The day it was given.")
    pay_by = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    withdrawn_on = models.DateField(null=True, blank=True)
    paid = AmountField(default=0, help_text="Settled on its items from the day it was given until it was decided.")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="promises")
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "promises to pay"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_positive"),
            models.CheckConstraint(condition=Q(pay_by__gte=models.F("promised_on")), name="promise_not_in_the_past"),
        ]
        indexes = [
            models.Index(fields=["customer", "-promised_on"], name="promise_by_customer"),
            models.Index(fields=["pay_by"], condition=Q(state="open"), name="promise_open"),
        ]


class PromisedItem(models.Model):
    """An item a promise covers, and what was open of it when it was given."""

    promise = models.ForeignKey(PromiseToPay, models.CASCADE, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="promised")
    amount = AmountField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "item"], name="promised_item_once")]
