"""What late payment costs: the packs of rules, who they apply to, and the notes of interest and of fees."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.collections.models.runs import Notice
from o2c.core.models import Document
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class InterestPack(Stamped):
    """What a law or a contract gives whoever is paid late. Shared by the legal entities."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    source = models.CharField(max_length=300, help_text="The law or the contract, and where its rates are published.")
    points = models.DecimalField(max_digits=6, decimal_places=3, help_text="On top of the reference rate.")
    consumer_points = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="Of a private person; empty: they owe nothing."
    )
    has_reference = models.BooleanField(default=True, help_text="Else the points are the whole rate.")
    kept = models.BooleanField(default=False, help_text="The rate of the day on which interest begins stays.")
    year = models.PositiveSmallIntegerField(default=365, help_text="Days in a year: 365 or 360.")
    shipped = models.BooleanField(default=False, help_text="It came with o2c: only rates are added.")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(year__in=[360, 365]), name="interest_pack_year"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=50), name="interest_pack_points"),
        ]

    def __str__(self):
        return self.name


@pghistory.track()
class InterestRate(models.Model):
    """A pack's reference rate for a half of a year."""

    pack = models.ForeignKey(InterestPack, models.CASCADE, db_index=False, related_name="rates")
    begins_on = models.DateField(help_text="The first day of a half-year.")
    percent = models.DecimalField(max_digits=6, decimal_places=3)

    class Meta:
        ordering = ["begins_on"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "begins_on"], name="interest_rate_once"),
            models.CheckConstraint(
                condition=Q(begins_on__day=1, begins_on__month__in=[1, 7]), name="interest_rate_half_year"
            ),
        ]


@pghistory.track()
class InterestCompensation(models.Model):
    """What a pack lets the debtor of so much or more be charged once for the cost of recovery."""

    pack = models.ForeignKey(InterestPack, models.CASCADE, db_index=False, related_name="compensations")
    currency = CurrencyField()
    owed_from = AmountField()
    amount = AmountField()

    class Meta:
        ordering = ["currency", "owed_from"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "currency", "owed_from"], name="interest_compensation_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, owed_from__gte=0), name="interest_compensation_positive"),
        ]


@pghistory.track(exclude=["updated_at"])
class InterestRules(Stamped):
    """By what a legal entity charges late payers. Without a row it charges none."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="interest_rules")
    pack = models.ForeignKey(InterestPack, models.PROTECT, db_index=False)
    begins_on = models.DateField(help_text="What was due before this day bears no interest.")
    minimum = AmountField(default=0, help_text="A note of less is not written; in the entity's base currency.")
    after_payment = models.BooleanField(default=True, help_text="Also for what was paid late and is settled.")
    compensates = models.BooleanField(default=False, help_text="Charges the compensation of the pack as well.")
    days_to_pay = models.PositiveSmallIntegerField(default=14)
    only_agreed = models.BooleanField(
        default=False, db_default=False, help_text="Only of customers with whom a pack is agreed, nobody else."
    )

    objects = EntityScoped.as_manager()


@pghistory.track(exclude=["updated_at"])
class InterestAgreement(Stamped):
    """What was agreed with one customer: another pack, or no interest at all."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="interest_agreements")
    pack = models.ForeignKey(InterestPack, models.PROTECT, null=True, blank=True, db_index=False)
    begins_on = models.DateField(
        null=True, blank=True, help_text="It counts for what is due from this day on; empty: for all."
    )
    reason = models.CharField(max_length=200)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "customer"], name="interest_agreement_once")]


@pghistory.track(exclude=["updated_at"])
class InterestNote(Stamped):
    """What one customer is charged at once, in one currency: a document, owed by an open item of its own.

    Interest with compensation, or the fee of a notice. `notice` is that with which it was charged, if it was with one.
    """

    class Kind(models.TextChoices):
        INTEREST = "interest", "Interest"
        FEE = "fee", "Fee of a notice"

    class State(models.TextChoices):
        CHARGED = "charged"
        WAIVED = "waived"
        REVERSED = "reversed"

    MOVES = {State.CHARGED: {State.WAIVED, State.REVERSED}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="interest_notes")
    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.INTEREST, db_default="interest")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="charged")
    currency = CurrencyField()
    total = AmountField()
    until = models.DateField(help_text="The last day that interest was charged for.")
    charged_on = models.DateField()
    item = models.OneToOneField(OpenItem, models.PROTECT, db_index=False, related_name="interest_note")
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHARGED)
    reason = models.CharField(max_length=200, blank=True, default="", help_text="Why it was waived or reversed.")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="Its paper, as it was given out.",
    )  # fmt: skip
    charged_by = models.CharField(max_length=150)
    ended_by = models.CharField(max_length=150, blank=True, default="")
    ended_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("total")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "number"], name="interest_note_number_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="interest_note_positive"),
            models.CheckConstraint(condition=Q(kind="interest") | Q(notice__isnull=False), name="fee_of_a_notice"),
            # However often a notice is made, it costs once.
            models.UniqueConstraint(fields=["notice"], condition=Q(kind="fee"), name="notice_fee_once"),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="interest_note_by_change")]

    def __str__(self):
        return self.number


class InterestCharge(models.Model):
    """What a note charges for one item, with the days it was worked out from. Of a waived note too: it is not charged
    again. What a reversed note charged may be."""

    id = models.BigAutoField(primary_key=True)
    note = models.ForeignKey(InterestNote, models.PROTECT, related_name="charges")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="interest_charges")
    pack = models.ForeignKey(InterestPack, models.PROTECT, db_index=False)
    until = models.DateField()
    interest = AmountField(help_text="From the first day late on, less what was charged before.")
    compensation = AmountField(default=0)
    spans = models.JSONField(default=list, help_text="First and last day, what was owed, percent a year, interest.")
    stands = models.BooleanField(default=True, help_text="Its note was not reversed.")

    class Meta:
        constraints = [
            # Whatever else goes wrong, no day and no compensation is charged twice.
            models.UniqueConstraint(fields=["item", "until"], condition=Q(stands=True), name="interest_day_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(stands=True, compensation__gt=0), name="interest_compensated_once"
            ),
            models.CheckConstraint(
                condition=Q(interest__gte=0, compensation__gte=0) & ~Q(interest=-F("compensation")),
                name="interest_charge_of_something",
            ),
        ]
