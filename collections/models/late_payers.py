"""Persistent late payers: by which rule a legal entity lists them, who is listed, and what follows from it."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.collections.models.interest import InterestPack
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity, PaymentTerms
from o2c.orders.scope import EntityScoped


@pghistory.track()
class LatePayerRule(models.Model):
    """A version of the rule by which a legal entity lists customers. An edit makes a new version, never a change.

    All that it asks for must hold; what it leaves out it does not ask for.
    """

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="late_payer_rules")
    version = models.PositiveSmallIntegerField()
    begins_on = models.DateField(help_text="From this day on it stands in place of the version before.")
    lists = models.BooleanField(default=True, help_text="Else nobody is listed or proposed to be released by it.")
    months = models.PositiveSmallIntegerField(help_text="What was due or still owed within so many months counts.")
    days_late = models.PositiveSmallIntegerField(help_text="An invoice is late once it is owed for more days than so.")
    minimum = AmountField(help_text="And only where so much of it was, in the base currency.")
    least_invoices = models.PositiveSmallIntegerField(help_text="At least so many invoices were late.")
    least_share = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="At least so many percent of the invoices were."
    )
    least_average = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="At least so many days late on average, weighed by the amount."
    )
    release_months = models.PositiveSmallIntegerField(
        help_text="To be released once it has not held for so many months."
    )
    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="Shorter payment terms that it proposes.",
    )  # fmt: skip
    prepayment = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="Terms of payment before delivery that it proposes.",
    )  # fmt: skip
    holds = models.BooleanField(default=False, help_text="It proposes to block the account: nothing new is invoiced.")
    pack = models.ForeignKey(
        InterestPack, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="It proposes to charge interest on late payment by this pack.",
    )  # fmt: skip
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "version"], name="late_payer_rule_version_once"),
            models.CheckConstraint(
                condition=Q(months__range=(1, 60), days_late__lte=365, minimum__gte=0, least_invoices__gte=1)
                & Q(release_months__lte=60)
                & (Q(least_share=None) | Q(least_share__range=(1, 100)))
                & (Q(least_average=None) | Q(least_average__range=(1, 365))),
                name="late_payer_rule_sane",
            ),
        ]

    def __str__(self):
        return f"v{self.version}"


class LatePayerReview(models.Model):
    """A day on which a legal entity's customers were looked at by its rule: it is done once a day."""

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    as_of = models.DateField()
    rule = models.ForeignKey(LatePayerRule, models.PROTECT, db_index=False)
    listed = models.PositiveIntegerField(help_text="Customers who came on the list.")
    to_release = models.PositiveIntegerField(help_text="Customers who are to be released from it since.")
    done_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "as_of"], name="late_payer_review_once")]


@pghistory.track(exclude=["release_reason", "updated_at"])
class LatePayer(Stamped):
    """A customer on a legal entity's list of persistent late payers, from when and why, until a person releases it."""

    class State(models.TextChoices):
        LISTED = "listed", "Listed"
        RELEASED = "released", "Released"

    MOVES = {State.LISTED: {State.RELEASED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="late_payer_entries")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    rule = models.ForeignKey(LatePayerRule, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.LISTED)
    listed_on = models.DateField()
    why = models.CharField(max_length=400, help_text="With the figures of that day, and the rule's version.")
    invoices = models.PositiveIntegerField(help_text="That were due or still owed in the months of the rule.")
    late = models.PositiveIntegerField(help_text="Of these, those that were late.")
    late_amount = AmountField(help_text="What of them was, in the base currency.")
    average_days = models.DecimalField(max_digits=7, decimal_places=1, help_text="Days late, weighed by the amount.")
    lapsed_on = models.DateField(null=True, blank=True, help_text="Since when the rule does not hold; empty: it does.")
    release_from = models.DateField(
        null=True, blank=True, help_text="Since when it is to be released, as the rule has not held for long enough."
    )
    released_on = models.DateField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True, default="")
    release_reason = models.CharField(max_length=200, blank=True, default="")
    not_before = models.DateField(null=True, blank=True, help_text="The rule does not list it again before this day.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            # Whoever reviews at the same time lists nobody twice.
            models.UniqueConstraint(
                fields=["entity", "customer"], condition=Q(state="listed"), name="late_payer_listed_once"
            ),
            models.CheckConstraint(
                condition=Q(state="listed", released_on=None) | Q(state="released", released_on__isnull=False),
                name="late_payer_released_with_a_day",
            ),
            models.CheckConstraint(
                condition=Q(released_on=None) | Q(released_on__gte=F("listed_on")), name="late_payer_released_after"
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "state", "-listed_on", "-id"], name="late_payer_by_entity"),
            models.Index(fields=["updated_at", "id"], name="late_payer_by_change"),
        ]

    def __str__(self):
        return f"late payer {self.pk}"


@pghistory.track(exclude=["updated_at"])
class LatePayerConsequence(Stamped):
    """What the rule proposes to do about a listed customer. A person applies it, and a person ends it again."""

    class Kind(models.TextChoices):
        TERMS = "terms", "Shorter payment terms"
        PREPAYMENT = "prepayment", "Prepayment"
        HOLD = "hold", "Credit hold"
        PENALTY = "penalty", "Interest on late payment"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPLIED = "applied", "Applied"
        ENDED = "ended", "Ended"
        DROPPED = "dropped", "Not applied"

    MOVES = {State.PROPOSED: {State.APPLIED, State.DROPPED}, State.APPLIED: {State.ENDED}}

    id = models.BigAutoField(primary_key=True)
    late_payer = models.ForeignKey(LatePayer, models.PROTECT, db_index=False, related_name="consequences")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    terms = models.ForeignKey(PaymentTerms, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    pack = models.ForeignKey(InterestPack, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    proposed_on = models.DateField()
    applied_on = models.DateField(null=True, blank=True)
    applied_by = models.CharField(max_length=150, blank=True, default="")
    terms_before = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="The account's terms until then.",
    )  # fmt: skip
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    left_because = models.CharField(
        max_length=200, blank=True, default="", help_text="Why nothing was put back: it was changed meanwhile."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["late_payer", "kind"], name="late_payer_consequence_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["terms", "prepayment"], terms__isnull=False)
                | Q(kind="penalty", pack__isnull=False)
                | Q(kind="hold"),
                name="late_payer_consequence_of_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "dropped"], applied_on=None)
                | Q(state="applied", applied_on__isnull=False, ended_on=None)
                | Q(state="ended", applied_on__isnull=False, ended_on__isnull=False),
                name="late_payer_consequence_days",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="late_payer_consequence_change")]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.get_state_display().lower()})"
