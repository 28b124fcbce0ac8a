"""Discounts offered for paying before the due day: by which rule, in which run, and of which item until when."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.money import AmountField, CurrencyField
from o2c.core.stamps import Stamped
from o2c.invoicing.models.items import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track()
class EarlyOfferRule(models.Model):
    """A version of the rule by which a legal entity, or a segment of its customers, is offered discounts.

    An edit makes a new version, never a change. A segment's own rule stands in place of the legal entity's.
    """

    class Kind(models.TextChoices):
        STEPS = "steps", "Fixed steps"
        DYNAMIC = "dynamic", "By day, at an annual rate"

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="early_offer_rules")
    segment = models.CharField(max_length=40, blank=True, default="", help_text="Empty: all customers of the entity.")
    version = models.PositiveSmallIntegerField()
    begins_on = models.DateField(help_text="From this day on it stands in place of the version before.")
    offers = models.BooleanField(default=True, help_text="Else nothing is offered by it.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DYNAMIC)
    steps = models.CharField(
        max_length=100, blank=True, default="", help_text="Days before due and percent: 20: 2; 10: 1."
    )
    rate = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="Percent a year, of 365 days."
    )
    least_percent = models.DecimalField(max_digits=5, decimal_places=3, help_text="No discount under so many percent.")
    most_percent = models.DecimalField(max_digits=5, decimal_places=3, help_text="Never more than so many percent.")
    least_discount = AmountField(help_text="No discount under so much, in the base currency.")
    minimum = AmountField(help_text="Only of items of so much, in the base currency.")
    least_days = models.PositiveSmallIntegerField(help_text="Only of items that are due in so many days or more.")
    pause_days = models.PositiveSmallIntegerField(help_text="A customer is written to at most once in so many days.")
    skips_late_payers = models.BooleanField(default=True, help_text="Nothing for listed persistent late payers.")
    unasked = models.BooleanField(default=False, help_text="What it proposes goes out without a person's approval.")
    budget = AmountField(
        null=True, blank=True, help_text="Of what is offered in a month, in the base currency; empty: no limit."
    )
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "segment", "version"], name="early_offer_rule_version_once"),
            models.CheckConstraint(
                condition=(Q(kind="dynamic", rate__gt=0, rate__lte=100) | (Q(kind="steps") & ~Q(steps="")))
                & Q(least_percent__gte=0, most_percent__gt=0, most_percent__lte=50, least_discount__gte=0)
                & Q(least_percent__lte=F("most_percent"), minimum__gte=0)
                & Q(least_days__range=(1, 365), pause_days__lte=365)
                & (Q(budget=None) | Q(budget__gt=0)),
                name="early_offer_rule_sane",
            ),
        ]

    def __str__(self):
        return f"v{self.version}"


@pghistory.track(exclude=["updated_at"])
class EarlyOfferRun(Stamped):
    """What was proposed at once to the customers of a legal entity. Nothing is offered before it is approved."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for approval"
        APPROVED = "approved", "Offered"
        CANCELLED = "cancelled", "Cancelled"
        EMPTY = "empty", "Nothing to offer"

    MOVES = {State.PROPOSED: {State.APPROVED, State.CANCELLED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    items = models.PositiveIntegerField(help_text="That were proposed.")
    customers = models.PositiveIntegerField()
    unreached = models.PositiveIntegerField(default=0, help_text="Customers left out: nobody can be written to.")
    over_budget = models.PositiveIntegerField(default=0, help_text="Items left out: the month's budget was used up.")
    proposed_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_on = models.DateField(null=True, blank=True)
    dropped = models.PositiveIntegerField(default=0, help_text="Left out by people, or settled by the approval.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity"], condition=Q(state="proposed"), name="early_offer_run_one_waits"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "empty"], decided_on=None)
                | Q(state__in=["approved", "cancelled"], decided_on__isnull=False),
                name="early_offer_run_decided_with_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-as_of"], name="early_offer_run_by_entity"),
            models.Index(fields=["updated_at", "id"], name="early_offer_run_by_change"),
        ]

    def __str__(self):
        return f"offers of {self.as_of}"


@pghistory.track(exclude=["updated_at"])
class EarlyOffer(Stamped):
    """A discount of an item for who pays it early: so many percent until a day, as `tiers` have it, the earliest first.

    It stands once it is open. What lapsed was never taken; money of a day before that is found later takes it still.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        OPEN = "open", "Open"
        TAKEN = "taken", "Taken"
        LAPSED = "lapsed", "Not taken"
        ENDED = "ended", "Ended"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DROPPED = "dropped", "Not offered"

    class Because(models.TextChoices):
        NONE = "", "–"
        SETTLED = "settled", "settled without it"
        DISPUTED = "disputed", "disputed"
        LEFT_ALONE = "left_alone", "promised, on hold, in a plan, or with an agency"
        PERSON = "person", "by a person"
        CANCELLED = "cancelled", "the run was cancelled"
        OVERTAKEN = "overtaken", "a later run looked at it again"

    MOVES = {
        State.PROPOSED: {State.OPEN, State.DROPPED},
        State.OPEN: {State.TAKEN, State.LAPSED, State.ENDED, State.WITHDRAWN},
        State.LAPSED: {State.TAKEN},
        State.TAKEN: {State.OPEN},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="early_offers")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    run = models.ForeignKey(EarlyOfferRun, models.PROTECT, related_name="offers")
    rule = models.ForeignKey(EarlyOfferRule, models.PROTECT, db_index=False, related_name="+")
    item = models.ForeignKey(OpenItem, models.PROTECT, db_index=False, related_name="early_offers")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    currency = CurrencyField()
    amount = AmountField(help_text="What the item owed.")
    base_rate = models.DecimalField(max_digits=20, decimal_places=10, help_text="Base currency for one of the item's.")
    due_on = models.DateField()
    offered_on = models.DateField(help_text="The day of the run.")
    last_on = models.DateField(help_text="The last day on which it can be taken.")
    tiers = models.JSONField(help_text="Until which day how many percent, the earliest first.")
    best_percent = models.DecimalField(max_digits=13, decimal_places=10, help_text="On its first day.")
    best_discount = AmountField(help_text="On its first day.")
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    because = models.CharField(max_length=10, choices=Because.choices, blank=True, default="")
    taken_on = models.DateField(null=True, blank=True, help_text="The day of the money.")
    discount = AmountField(null=True, blank=True, help_text="What was taken.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            # Whoever proposes at the same time offers nothing twice. What lapsed or was taken is not offered again.
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=["proposed", "open", "taken", "lapsed"]),
                name="early_offer_of_item_once",
            ),
            models.CheckConstraint(
                condition=Q(state="taken", taken_on__isnull=False, discount__gt=0)
                | (~Q(state="taken") & Q(taken_on=None, discount=None)),
                name="early_offer_taken_with_a_day",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, best_discount__gt=0, best_discount__lt=F("amount"), base_rate__gt=0)
                & Q(offered_on__lte=F("last_on"), last_on__lt=F("due_on")),
                name="early_offer_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "state", "-offered_on", "-id"], name="early_offer_by_entity"),
            models.Index(fields=["updated_at", "id"], name="early_offer_by_change"),
        ]

    def __str__(self):
        return f"offer {self.pk}"
