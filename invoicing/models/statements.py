"""Statements of account: when they are made, the runs that make them, and each one as it was given out."""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.models import Document, Message
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class Asked(models.Model):
    """What is to be made: for whom, of what, and how it goes out."""

    class Kind(models.TextChoices):
        OPEN_ITEMS = "open_items", "Open items"
        ACTIVITY = "activity", "Activity"

    class Who(models.TextChoices):
        OPEN = "open", "Customers with something open"
        OVERDUE = "overdue", "Customers with something overdue"
        ALL = "all", "Every customer with an account"

    class Channel(models.TextChoices):
        EMAIL = "email", "By e-mail"
        NONE = "none", "Kept to be downloaded"

    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    segment = models.CharField(max_length=40, blank=True, default="", help_text="Of accounts; empty: all.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OPEN_ITEMS)
    who = models.CharField(
        max_length=10,
        choices=Who.choices,
        default=Who.OPEN,
        help_text="Of activity, something open also means something that happened.",
    )
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)

    objects = EntityScoped.as_manager()

    class Meta:
        abstract = True


@pghistory.track(exclude=["updated_at"])
class StatementSchedule(Asked, Stamped):
    """Statements that are made by themselves. `o2c.invoicing.statements.schedules` works the days out."""

    class Every(models.TextChoices):
        WEEK = "week", "Weekly"
        MONTH = "month", "Monthly"

    class AsOf(models.TextChoices):
        SAME_DAY = "same_day", "The day it is made"
        DAY_BEFORE = "day_before", "The day before"
        MONTH_BEFORE = "month_before", "The end of the month before"

    LAST_DAY = 31

    every = models.CharField(max_length=10, choices=Every.choices, default=Every.MONTH)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1: Monday … 7: Sunday.")
    day_of_month = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="31: the last day; of shorter months the last day stands for a later one."
    )
    at = models.TimeField(default="06:00", help_text="In the entity's time zone.")
    as_of = models.CharField(max_length=12, choices=AsOf.choices, default=AsOf.SAME_DAY)
    in_use = models.BooleanField(default=True)
    from_on = models.DateField(help_text="Days before it are not made up for.")

    class Meta:
        ordering = ["entity", "id"]
        constraints = [
            models.CheckConstraint(
                # A CHECK lets pass what is NULL, so that there is a day must be said.
                condition=Q(every="week", weekday__isnull=False, weekday__range=(1, 7), day_of_month__isnull=True)
                | Q(every="month", day_of_month__isnull=False, day_of_month__range=(1, 31), weekday__isnull=True),
                name="statement_schedule_day",
            ),
            models.CheckConstraint(
                condition=Q(every="month") | ~Q(as_of="month_before"), name="statement_schedule_month_before"
            ),
        ]


@pghistory.track(
    fields=["entity", "kind", "who", "channel", "segment", "as_of", "state", "asked_by"],
    model_name="StatementRunEvent",
)
class StatementRun(Asked, Stamped):
    """The statements of a legal entity's customers as of a day, made in parts by whoever comes."""

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    MOVES = {State.MAKING: {State.DONE, State.CANCELLED}}

    id = models.BigAutoField(primary_key=True)
    schedule = models.ForeignKey(
        StatementSchedule, models.PROTECT, null=True, blank=True, related_name="runs", help_text="None: by hand."
    )
    due_on = models.DateField(null=True, blank=True, help_text="The schedule's day that it stands for.")
    as_of = models.DateField()
    from_on = models.DateField(null=True, blank=True, help_text="The first day of the activity.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    asked_by = models.CharField(max_length=150)
    made = models.PositiveIntegerField(default=0)
    mailed = models.PositiveIntegerField(default=0)
    no_address = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="Accounts with nothing to tell.")
    totals = models.JSONField(default=dict, help_text="What the statements come to, by currency.")
    begun_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_on"], name="statement_run_once"),
            models.CheckConstraint(
                condition=Q(schedule__isnull=True, due_on__isnull=True)
                | Q(schedule__isnull=False, due_on__isnull=False),
                name="statement_run_of_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="activity", from_on__isnull=False, from_on__lte=F("as_of"))
                | Q(kind="open_items", from_on__isnull=True),
                name="statement_run_period",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-as_of", "-id"], name="statement_run_by_day"),
            models.Index(fields=["updated_at", "id"], name="statement_run_by_change"),
            models.Index(fields=["id"], condition=Q(state="making"), name="statement_run_unfinished"),
        ]


class Statement(Stamped):
    """One customer's statement as it was made. Its document stays; the figures are those that stand on it."""

    class State(models.TextChoices):
        KEPT = "made", "Kept to be downloaded"
        MAILED = "mailed", "By e-mail"
        NO_ADDRESS = "no_address", "No address"

    MOVES = {State.KEPT: {State.MAILED}, State.NO_ADDRESS: {State.MAILED}}

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(StatementRun, models.PROTECT, db_index=False, related_name="statements")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="statements")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    language = models.CharField(max_length=5)
    totals = models.JSONField(default=list, help_text="Of each currency: opening, total, overdue, and how many lines.")
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, related_name="+", help_text="None: let go of after its time."
    )
    message = models.OneToOneField(Message, models.SET_NULL, null=True, blank=True, related_name="statement")
    made_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="statement_once")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="statement_by_customer"),
            models.Index(fields=["run", "state", "id"], name="statement_by_state"),
            models.Index(fields=["made_at"], condition=Q(document__isnull=False), name="statement_with_document"),
            models.Index(fields=["updated_at", "id"], name="statement_by_change"),
        ]
