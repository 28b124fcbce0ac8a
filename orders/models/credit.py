"""How much a customer may owe: limits with their life, and by which policy a legal entity holds orders."""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.models import User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.orders.models.orders import Order
from o2c.orders.models.parties import Account, Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class CreditPolicy(Stamped):
    """When a legal entity holds orders, who lends how much alone, and when a limit is looked at again.

    A threshold that is left out holds nothing. Amounts are in the base currency.
    """

    class WithoutLimit(models.TextChoices):
        UNLIMITED = "unlimited", "May owe any amount"
        NOTHING = "nothing", "May owe nothing"

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="credit_policy")
    without_limit = models.CharField(
        max_length=10, choices=WithoutLimit.choices, default=WithoutLimit.UNLIMITED,
        help_text="What a customer may owe for whom no limit was ever set.",
    )  # fmt: skip
    max_oldest_days = models.PositiveSmallIntegerField(
        null=True, blank=True, default=60, help_text="The oldest item may be overdue for so many days."
    )
    max_overdue = AmountField(null=True, blank=True, help_text="So much may be overdue.")
    dunning_level = models.PositiveSmallIntegerField(
        null=True, blank=True, default=3, help_text="Who was dunned at this level or a higher one is held."
    )
    broken_promises = models.PositiveSmallIntegerField(
        null=True, blank=True, default=2, help_text="Who broke so many promises is held."
    )
    broken_days = models.PositiveSmallIntegerField(default=90, help_text="Days that broken promises are counted back.")
    two_people_from = AmountField(
        null=True, blank=True, default=Decimal(50_000), help_text="Two people release an order of so much or more."
    )
    yes_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days that the yes of the first of two people waits for the second's."
    )
    analyst_sets_up_to = AmountField(
        null=True, blank=True, default=Decimal(50_000), help_text="The highest limit that a credit analyst sets alone."
    )
    manager_sets_up_to = AmountField(
        null=True,
        blank=True,
        default=Decimal(250_000),
        help_text="The highest limit that a finance manager sets alone.",
    )

    weigh_days_late = models.PositiveSmallIntegerField(default=25, help_text="Of a credit review's factors.")
    weigh_share_late = models.PositiveSmallIntegerField(default=15)
    weigh_years_known = models.PositiveSmallIntegerField(default=10)
    weigh_equity_ratio = models.PositiveSmallIntegerField(default=20)
    weigh_current_ratio = models.PositiveSmallIntegerField(default=10)
    weigh_rating = models.PositiveSmallIntegerField(default=20)
    least_score = models.PositiveSmallIntegerField(default=40, help_text="With fewer points no limit is proposed.")
    turnover_months = models.PositiveSmallIntegerField(
        default=3, help_text="Of a full score a limit is what is bought in so many months."
    )
    sales_percent = models.PositiveSmallIntegerField(
        default=5, help_text="Of who has bought nothing yet, so much of its own sales."
    )
    stale_months = models.PositiveSmallIntegerField(default=18, help_text="Older figures and ratings do not count.")
    review_days = models.PositiveSmallIntegerField(
        default=30, help_text="A review is due so many days before a limit ends."
    )
    review_used = models.PositiveSmallIntegerField(
        default=90, help_text="A review is due where more percent of the limit are used."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "credit policies"
        indexes = [models.Index(fields=["updated_at", "id"], name="credit_policy_by_change")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(max_oldest_days=None) | Q(max_oldest_days__lte=3_650))
                & (Q(max_overdue=None) | Q(max_overdue__gte=0))
                & (Q(dunning_level=None) | Q(dunning_level__range=(1, 9)))
                & (Q(broken_promises=None) | Q(broken_promises__range=(1, 100)))
                & Q(broken_days__range=(1, 730), yes_days__range=(1, 90))
                & (Q(two_people_from=None) | Q(two_people_from__gte=0)),
                name="credit_policy_sane",
            ),
            models.CheckConstraint(
                condition=(Q(analyst_sets_up_to=None) | Q(analyst_sets_up_to__gte=0))
                & (Q(manager_sets_up_to=None) | Q(manager_sets_up_to__gte=F("analyst_sets_up_to"))),
                name="credit_policy_lends_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    weigh_days_late__lte=100,
                    weigh_share_late__lte=100,
                    weigh_years_known__lte=100,
                    weigh_equity_ratio__lte=100,
                    weigh_current_ratio__lte=100,
                    weigh_rating__lte=100,
                    least_score__lte=100,
                    turnover_months__range=(1, 24),
                    sales_percent__lte=100,
                    stale_months__range=(1, 60),
                    review_days__lte=365,
                    review_used__range=(1, 1_000),
                ),
                name="credit_policy_scores",
            ),
        ]

    def __str__(self):
        return f"credit policy of {self.entity}"


@pghistory.track(exclude=["updated_at"])
class CreditLimit(Stamped):
    """So much may an account owe on these days, in its currency. The database refuses two on one day.

    The account's own `credit_limit` is that of today; `o2c.orders.credit.limits` keeps it so.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="limits")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    amount = AmountField()
    currency = CurrencyField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Its last day.")
    reason = models.CharField(max_length=300, blank=True, default="")
    decided_by = models.CharField(max_length=150)
    decided_by_user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("amount")

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["valid_from"]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="credit_limit_by_change"),
            models.Index(fields=["customer", "valid_from"], name="credit_limit_by_customer"),
            models.Index(
                fields=["entity", "valid_until"], condition=Q(valid_until__isnull=False), name="credit_limit_by_end"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(valid_until=None) | Q(valid_until__gte=F("valid_from"))),
                name="credit_limit_sane",
            )
        ]

    def __str__(self):
        return f"credit limit {self.pk}"


@pghistory.track(exclude=["updated_at"])
class CreditDecision(Stamped):
    """What was decided about an order, by whom, and by which figures, in the base currency. Never changed.

    `first_by` is the first of two people who released it; the database refuses that the second is the same.
    """

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        HELD = "held", "Held"
        FIRST_YES = "first_yes", "First yes of two"
        RELEASED = "released", "Released"
        REJECTED = "rejected", "Rejected"

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="credit_decisions")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reasons = models.JSONField(default=list, help_text="A list of code and text; what speaks against it.")
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why, of whoever decided.")
    currency = CurrencyField()
    open_items = AmountField()
    delivered = AmountField(help_text="Delivered and not invoiced.")
    confirmed = AmountField(help_text="Confirmed and not delivered.")
    order_amount = AmountField(null=True, help_text="None where there was no rate.")
    credit_limit = AmountField(null=True, help_text="None where none counted.")
    decided_at = models.DateTimeField(db_default=Now())
    decided_by = models.CharField(max_length=150)
    decided_by_user = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    first_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="credit_decision_by_change"),
            models.Index(fields=["customer", "-id"], name="credit_decision_by_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                # a comparison with nobody is not true and not false, and passes
                condition=~Q(first_by=F("decided_by_user")),
                name="credit_decision_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["first_yes", "released", "rejected"]) | ~Q(note=""),
                name="credit_decision_with_reason",
            ),
        ]

    @property
    def exposure(self) -> Decimal:
        return self.open_items + self.delivered + self.confirmed + (self.order_amount or Decimal(0))

    def __str__(self):
        return f"{self.get_outcome_display()} ({self.pk})"


@pghistory.track(exclude=["updated_at"])
class CreditReview(Stamped):
    """An application for a credit limit, with what is known of the customer, what is proposed, and who decided.

    Amounts are in the account's currency, the sales and what is proposed in the base currency of the legal entity.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    MOVES = {State.ASKED: {State.APPROVED, State.REFUSED, State.WITHDRAWN}}

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="reviews")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    currency = CurrencyField()
    asked_limit = AmountField()
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    asker = models.CharField(max_length=150)
    asked_at = models.DateTimeField(db_default=Now())

    financials_on = models.DateField(null=True, blank=True, help_text="Day of the balance sheet.")
    equity_ratio = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, help_text="Equity, in percent of all assets."
    )
    current_ratio = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, help_text="Current assets to short-term debt."
    )
    sales = AmountField(null=True, blank=True, help_text="Of the customer in a year, in the base currency.")
    rating_provider = models.CharField(max_length=100, blank=True, default="")
    rating = models.CharField(max_length=40, blank=True, default="", help_text="As the provider writes it.")
    rating_score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What it is of 100, where 100 is the best."
    )
    rating_on = models.DateField(null=True, blank=True)

    scorecard = models.JSONField(default=list, help_text="Each factor with its figure, points and weight.")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    proposed = AmountField(default=0, help_text="In the base currency.")
    proposed_because = models.JSONField(default=list)

    approved_limit = AmountField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Last day of the limit.")
    first_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    first_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="", help_text="Of whoever decided.")

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="credit_review_by_change"),
            models.Index(fields=["customer", "-id"], name="credit_review_by_customer"),
            models.Index(fields=["entity", "id"], condition=Q(state="asked"), name="credit_review_asked"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(state="asked"), name="credit_review_one_waits"),
            models.CheckConstraint(
                condition=Q(asked_limit__gte=0)
                & (Q(rating_score=None) | Q(rating_score__lte=100))
                & (Q(sales=None) | Q(sales__gte=0)),
                name="credit_review_sane",
            ),
            models.CheckConstraint(
                # a comparison with nobody is not true and not false, and passes
                condition=Q(first_by=None)
                | (~Q(first_by=F("asked_by")) & ~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("first_by"))),
                name="credit_review_by_others",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_limit__isnull=False, decided_by__isnull=False),
                name="credit_review_approved_by_somebody",
            ),
        ]

    def __str__(self):
        return f"credit review {self.pk}"
