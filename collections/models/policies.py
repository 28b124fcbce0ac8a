"""Policies: what a version says of when who is told what, who is chased by it, and how it would have gone."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.models.teams import Queue
from o2c.collections.texts import Text, standard
from o2c.core import clock
from o2c.core.models import User
from o2c.core.money import AmountField, CurrencyField
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class DunningPolicy(Stamped):
    """A version of the rules by which items are chased. An edit makes a new version, never a change.

    A draft (not activated) is in force for nobody. What a run has used is kept as it was by the database.
    """

    class Climbs(models.TextChoices):
        NEXT = "next", "One level at a time"
        SEVERE = "severe", "To the level that the lateness says"

    class NoticeFor(models.TextChoices):
        CUSTOMER = "customer", "Each customer"
        PAYER = "payer", "The head office that pays for a group"
        ITEM = "item", "Each item by itself"

    class Lists(models.TextChoices):
        NOTICED = "noticed", "What it asks for"
        OPEN = "open", "All that is open, due and not due"

    class Credits(models.TextChoices):
        COUNTED = "counted", "Only count: who is in credit is not chased"
        LISTED = "listed", "Listed under the items, with what is left to pay"

    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=100)
    effective_on = models.DateField(help_text="From this day on it stands in place of the version before.")
    interval_days = models.PositiveSmallIntegerField(
        default=7, help_text="An item gets no further notice within so many days of its last."
    )
    promise_grace_days = models.PositiveSmallIntegerField(
        default=1, help_text="A promise holds dunning back for so many days past its day."
    )
    bank_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Money that was sent on the last day shows in the books so many days later."
    )
    contact_days = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="No notice within so many days of speaking with the customer; 0: regardless."
    )
    heeds_payments = models.BooleanField(
        default=False,
        db_default=False,
        help_text="No notice of what a payment covers that was found and not yet applied.",
    )
    climbs = models.CharField(max_length=10, choices=Climbs.choices, default=Climbs.NEXT, db_default="next")
    repeats_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The last level is noticed again after so many days; empty: once."
    )
    notice_for = models.CharField(
        max_length=10, choices=NoticeFor.choices, default=NoticeFor.CUSTOMER, db_default="customer"
    )
    lists = models.CharField(max_length=10, choices=Lists.choices, default=Lists.NOTICED, db_default="noticed")
    credits = models.CharField(max_length=10, choices=Credits.choices, default=Credits.COUNTED, db_default="counted")
    hands_over_after = models.PositiveSmallIntegerField(
        null=True, blank=True,
        help_text="Recommended to an agency so many days after the last level's notice, or its deadline; empty: never.",
    )  # fmt: skip
    activated_at = models.DateTimeField(null=True, blank=True, default=clock.now, db_default=Now())
    used = models.BooleanField(default=False, db_default=False, help_text="A run has decided by it: it stays as it is.")

    class Meta:
        verbose_name_plural = "dunning policies"
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="policy_version_once"),
            models.UniqueConstraint(fields=["code", "effective_on"], name="policy_one_version_a_day"),
        ]

    def __str__(self):
        return f"{self.code} v{self.version}"


@pghistory.track(exclude=["updated_at"])
class Wording(Stamped):
    """What a legal entity's notices say in a language, in place of the standard wording of that name."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="wordings")
    name = models.CharField(max_length=40, help_text="As a level names it.")
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    opening = models.TextField()
    closing = models.TextField(blank=True, default="")
    sms = models.TextField(
        blank=True, default="", db_default="", help_text="As a text message; empty: as the standard wording has it."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "name", "language"], name="wording_once")]

    def __str__(self):
        return f"{self.name} in {self.language}"

    def as_text(self) -> Text:
        sms = self.sms or standard(self.language, self.name).sms
        return Text(self.subject, self.opening, self.closing, sms)


class Backtest(Stamped):
    """A version of a policy played over past days of a legal entity, beside the one that was in force when asked."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being played"
        DONE = "done"

    MOVES = {State.WAITING: {State.DONE}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.CASCADE, db_index=False)
    version = models.ForeignKey(DunningPolicy, models.CASCADE, related_name="backtests")
    beside = models.ForeignKey(DunningPolicy, models.CASCADE, null=True, db_index=False, related_name="+")
    first = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    result = models.JSONField(default=dict, help_text="What `backtesting` found, of `version` and of `beside`.")
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+", help_text="Empty: a program."
    )
    asker = models.CharField(max_length=150, db_default="", help_text="Who asked, by name.")
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=models.F("first")), name="backtest_some_days"),
            # who asks twice waits once
            models.UniqueConstraint(
                fields=["entity", "version", "first", "until"], condition=Q(state="waiting"), name="backtest_waits_once"
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="backtest_by_change")]


@pghistory.track()
class DunningLevel(models.Model):
    """One step of a policy."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"
        LETTER = "letter", "PDF letter"
        TASK = "task", "Task for a collector"

    class Approvals(models.IntegerChoices):
        NOBODY = 0, "Goes with its run"
        ONE = 1, "A person"
        TWO = 2, "Two people"

    policy = models.ForeignKey(DunningPolicy, models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    days_past_due = models.SmallIntegerField(help_text="Negative: so many days before it is due, as a courtesy.")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    template = models.CharField(max_length=40, help_text="Name of the message's template.")
    opens_task = models.BooleanField(default=False)
    wait_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days since the item's last notice; empty: the policy's interval."
    )
    days_to_pay = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The notice sets a last day to pay, so many days on; nothing follows before."
    )
    approvals = models.PositiveSmallIntegerField(
        choices=Approvals.choices,
        default=Approvals.NOBODY,
        db_default=0,
        help_text="How many people approve a notice of this level before it goes out.",
    )
    blocks = models.BooleanField(
        default=False, db_default=False, help_text="Nothing new is invoiced to whom it tells, until a person opens it."
    )
    attaches = models.BooleanField(
        default=False, db_default=False, help_text="Its e-mails carry the papers of the invoices that they name."
    )
    attaches_statement = models.BooleanField(
        default=False, db_default=False, help_text="Its e-mails carry the statement of account of whom they are to."
    )
    charges_interest = models.BooleanField(
        default=False, db_default=False, help_text="With its notice, interest is charged up to the day it goes out."
    )

    class Meta:
        ordering = ["policy", "number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="level_once"),
            models.UniqueConstraint(fields=["policy", "days_past_due"], name="level_days_differ"),
        ]


@pghistory.track()
class LevelMinimum(models.Model):
    """The least a customer must owe overdue in a currency for a level to be worth a notice. No row: no minimum."""

    level = models.ForeignKey(DunningLevel, models.CASCADE, related_name="minimums")
    currency = CurrencyField()
    amount = AmountField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "currency"], name="level_minimum_once")]


@pghistory.track()
class LevelFee(models.Model):
    """What a notice of a level costs whoever gets it, in a currency. No row: nothing."""

    level = models.ForeignKey(DunningLevel, models.CASCADE, related_name="fees")
    currency = CurrencyField()
    amount = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "currency"], name="level_fee_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="level_fee_positive"),
        ]


@pghistory.track()
class PolicyChoice(models.Model):
    """A segment of a legal entity's customers, or one item, is chased by a policy of its own.

    The most specific stands: the item's, the account's, its segment's, the legal entity's.
    """

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="policy_choices")
    segment = models.CharField(max_length=40, blank=True, default="")
    item = models.OneToOneField(OpenItem, models.PROTECT, null=True, blank=True, related_name="policy_choice")
    policy = models.CharField(max_length=40, help_text="Code of the policy.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "segment"], condition=Q(item=None), name="policy_choice_once"),
            models.CheckConstraint(
                condition=Q(segment="", item__isnull=False) | (~Q(segment="") & Q(item=None)),
                name="policy_choice_for_one",
            ),
        ]


@pghistory.track()
class DunningSettings(models.Model):
    """How a legal entity duns: its policy, when its day's run is proposed, and whether that run needs a person."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, related_name="dunning")
    policy = models.CharField(max_length=40, help_text="Code of the policy of accounts that name none.")
    proposes_at = models.TimeField(default="07:00", help_text="In the entity's time zone.")
    approves_itself = models.BooleanField(default=False)
    paused = models.BooleanField(default=False, help_text="Beat proposes nothing; runs by hand still work.")
    queue = models.ForeignKey(
        Queue, models.PROTECT, null=True, blank=True, help_text="Where tasks go that have no collector."
    )

    letters_without_email = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Who has no usable e-mail address gets a letter, in place of a task for a collector.",
    )
    promise_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, db_default=0, help_text="So much of a promise may be short."
    )
    plan_days = models.PositiveSmallIntegerField(
        default=3, db_default=3, help_text="An instalment of a payment plan is missed so many days past its day."
    )
    plan_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, db_default=0, help_text="So much of what is due may be short."
    )
    reminds_before = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Days before an instalment on which the customer is reminded; 0: never."
    )
    fees_from_consumers = models.BooleanField(
        default=False, db_default=False, help_text="Private persons pay the fees of levels too."
    )

    class Meta:
        verbose_name_plural = "dunning settings"


@pghistory.track()
class NoticeLimit(models.Model):
    """From so much on, a legal entity's notice in the currency is approved by a person, and by itself alone."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="notice_limits")
    currency = CurrencyField()
    amount = AmountField()

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "currency"], name="notice_limit_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="notice_limit_positive"),
        ]
