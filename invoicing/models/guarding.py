"""What speaks against a payment or a refund, and the money that waits until two people have looked at it."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext, User
from o2c.invoicing.models.bank import BankLine
from o2c.invoicing.models.decisions import Refund
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class Check(models.TextChoices):
    """What is looked at: of payments by `o2c.invoicing.guarding.checks`, of refunds by `guarding.paid_back`."""

    INVALID_IBAN = "invalid_iban", "The payer's IBAN is none"
    OTHERS_ACCOUNT = "others_account", "The account belongs to another customer"
    BANK_REPEATS = "bank_repeats", "The same payment came before, by its end-to-end id"
    LIKE_ANOTHER = "like_another", "Like another payment of the last days"
    NEW_ACCOUNT = "new_account", "The customer has never paid from this account"
    FOREIGN_COUNTRY = "foreign_country", "The account is in a country the customer has nothing to do with"
    FAR_ABOVE_HABIT = "far_above_habit", "Far more than the customer ever pays"
    NO_ACCOUNT_HERE = "no_account_here", "The customer is none of this legal entity"
    ACCOUNT_NOT_OPEN = "account_not_open", "The customer is blocked or closed"
    REFUND_NEVER_PAID = "refund_never_paid", "Refund to an account that never paid us"
    REFUND_OTHERS = "refund_others", "Refund to an account of another customer"
    REFUND_COUNTRY = "refund_country", "Refund to a country the customer has nothing to do with"
    REFUND_TWICE = "refund_twice", "Refund like another one"
    REFUND_ABOVE_HABIT = "refund_above_habit", "Refund far above what the customer pays"
    ROUND_TRIP = "round_trip", "Refund of money that has just come in"
    ROUND_TRIP_ELSEWHERE = "round_trip_elsewhere", "Refund of money that has just come in, to another account"
    REFUND_NOT_OPEN = "refund_not_open", "Refund to a customer who is blocked or closed"
    DETAILS_NEW = "details_new", "Refund to an account that was confirmed lately"
    DETAILS_BY_EMAIL = "details_by_email", "Refund to an account that was lately asked for by e-mail"


class Level(models.TextChoices):
    OFF = "off", "Not looked at"
    NOTE = "note", "Noted"
    QUARANTINE = "quarantine", "Waits for two people"


@pghistory.track()
class CheckRule(models.Model):
    """How a legal entity takes a finding; where there is no row the standard of `checks.STANDARD` holds."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="check_rules")
    check_code = models.CharField(max_length=20, choices=Check.choices)
    level = models.CharField(max_length=10, choices=Level.choices)
    limit = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="Days, or times the usual, where it has one."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "check_code"], name="check_rule_once"),
            models.CheckConstraint(condition=Q(limit__isnull=True) | Q(limit__gt=0), name="check_limit_positive"),
        ]


def one_subject(name: str) -> models.CheckConstraint:
    """It is about a bank line or about a refund, and never about both or neither."""
    return models.CheckConstraint(
        condition=Q(line__isnull=False, refund__isnull=True) | Q(line__isnull=True, refund__isnull=False), name=name
    )


class PaymentFinding(models.Model):
    """Something that speaks against taking a line's money for this customer's, or against paying a refund, as it was
    found first.
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, blank=True, db_index=False, related_name="findings")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, blank=True, db_index=False, related_name="findings")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    check_code = models.CharField(max_length=20, choices=Check.choices)
    level = models.CharField(max_length=10, choices=Level.choices)
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            one_subject("payment_finding_of_one"),
            models.UniqueConstraint(fields=["line", "customer", "check_code"], name="payment_finding_once"),
            models.UniqueConstraint(
                fields=["refund", "check_code"], condition=Q(refund__isnull=False), name="refund_finding_once"
            ),
        ]


@pghistory.track(exclude=["context_id"])
class Quarantine(models.Model):
    """A line's money or a refund is held back for what was found. One person asks for its release, another one releases
    it.

    The database refuses a release by whoever asked for it or for the refund. What was released of a line is not held
    again for the same customer; a refund is where something new is found.
    """

    class State(models.TextChoices):
        HELD = "held", "Held"
        ASKED = "asked", "Release asked for"
        RELEASED = "released", "Released"

    MOVES = {State.HELD: {State.ASKED}, State.ASKED: {State.RELEASED, State.HELD}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    line = models.ForeignKey(
        BankLine, models.PROTECT, null=True, blank=True, db_index=False, related_name="quarantines"
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, db_index=False, related_name="quarantines"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, db_index=False, related_name="+", help_text="Whose it was to be."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    held_at = models.DateTimeField(db_default=Now())
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    asked_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, default="", help_text="Why it may be released.")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=300, blank=True, default="")
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()

    @property
    def what(self) -> str:
        return "payment" if self.refund_id is None else "refund"

    class Meta:
        ordering = ["id"]
        constraints = [
            one_subject("quarantine_of_one"),
            models.UniqueConstraint(fields=["line"], condition=~Q(state="released"), name="quarantine_once_at_a_time"),
            models.UniqueConstraint(
                fields=["refund"], condition=~Q(state="released"), name="refund_held_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="held") | (Q(asked_by__isnull=False, asked_at__isnull=False) & ~Q(why="")),
                name="quarantine_asked_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decision="")
                    & ~Q(decided_by=F("asked_by"))
                ),
                name="quarantine_released_by_a_second",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "id"], condition=~Q(state="released"), name="quarantine_standing"),
            models.Index(fields=["line"], name="quarantine_by_line"),
            models.Index(fields=["refund"], condition=Q(refund__isnull=False), name="quarantine_by_refund"),
        ]
