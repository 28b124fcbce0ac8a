"""What collectors have to do, and what they did."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.models.runs import Notice
from o2c.collections.models.teams import Queue
from o2c.core.models import User
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class Task(Stamped):
    """Something a collector does about a customer. Ranked by the money at risk, as the strategy weighs it."""

    class Kind(models.TextChoices):
        CALL = "call", "Call about overdue items"
        NO_CONTACT = "no_contact", "Find a contact"
        BROKEN_PROMISE = "broken_promise", "Promise not kept"
        BROKEN_PLAN = "broken_plan", "Payment plan broken"
        RETURNED = "returned", "Payment came back"
        REJECTED = "rejected", "Direct debit rejected"
        REPLY = "reply", "Answer a mail"
        DISPUTE = "dispute", "Dispute not settled"
        INQUIRY = "inquiry", "Answer an inquiry"
        CONTRACT = "contract", "Contract ends soon"
        DISCREPANCY = "discrepancy", "Invoice differs from its order"
        MANUAL = "manual", "Task by hand"

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        SNOOZED = "snoozed"
        DONE = "done"
        CANCELLED = "cancelled"

    MOVES = {
        State.OPEN: {State.CLAIMED, State.SNOOZED, State.DONE, State.CANCELLED},
        State.CLAIMED: {State.OPEN, State.SNOOZED, State.DONE, State.CANCELLED},
        State.SNOOZED: {State.OPEN, State.CLAIMED, State.DONE, State.CANCELLED},
    }

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=80, unique=True, help_text="What made it; the same cause makes one task.")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="tasks")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    why = models.CharField(max_length=300)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="tasks")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True)
    pool = models.ForeignKey(
        Queue, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="Where the queues' rules put it, as it was nobody's; empty where a person or the account says whose.",
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at_risk = AmountField(default=0, help_text="Overdue of the customer, in the legal entity's base currency.")
    points = models.SmallIntegerField(default=0, db_default=0, help_text="Of the legal entity's strategy, in percent.")
    rank = AmountField(default=0, db_default=0, help_text="At risk, weighed by the points: the most is done first.")
    due_on = models.DateField()
    snoozed_until = models.DateField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    escalated_on = models.DateField(null=True, blank=True, help_text="It waited too long; it escalates once.")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, db_index=False)
    outcome = models.CharField(max_length=30, blank=True, default="")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["assignee", "-rank", "id"], condition=Q(state__in=["open", "snoozed"]), name="task_next_by_rank"
            ),
            models.Index(
                fields=["-rank", "id"],
                condition=Q(assignee__isnull=True, state__in=["open", "snoozed"]),
                name="task_anyones_by_rank",
            ),
            models.Index(fields=["claimed_by"], condition=Q(state="claimed"), name="task_claimed"),
            models.Index(fields=["customer"], name="task_by_customer"),
            models.Index(fields=["notice"], condition=Q(notice__isnull=False), name="task_by_notice"),
            models.Index(fields=["updated_at", "id"], name="task_by_change"),
            models.Index(
                fields=["pool"], condition=Q(pool__isnull=False, state__in=["open", "snoozed"]), name="task_by_pool"
            ),
        ]


class Activity(models.Model):
    """What a person did about a customer: a call with its outcome, a note, a snooze. Never changed."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        NOTE = "note", "Note"
        SNOOZE = "snooze", "Snoozed"
        PROMISE = "promise", "Promise to pay"
        PLAN = "plan", "Payment plan"
        DONE = "done", "Task done"
        HOLD = "hold", "Hold"
        DISPUTE = "dispute", "Dispute"
        REMINDER = "reminder", "Reminder"
        INQUIRY = "inquiry", "Inquiry"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        PROMISED = "promised", "Promised to pay"
        NO_ANSWER = "no_answer", "No answer"
        LEFT_MESSAGE = "left_message", "Left a message"
        WRONG_CONTACT = "wrong_contact", "Wrong contact"
        DISPUTES = "disputes", "Disputes the invoice"
        ALREADY_PAID = "already_paid", "Says it is paid"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="activities")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="activities")
    dispute = models.ForeignKey(
        "Dispute", models.PROTECT, null=True, blank=True, db_index=False, related_name="activities"
    )
    inquiry = models.ForeignKey(
        "Inquiry", models.PROTECT, null=True, blank=True, db_index=False, related_name="activities"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True, default="")
    text = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=150)
    happened_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["customer", "-happened_at"], name="activity_by_customer"),
            models.Index(fields=["dispute", "id"], condition=Q(dispute__isnull=False), name="activity_by_dispute"),
            models.Index(fields=["inquiry", "id"], condition=Q(inquiry__isnull=False), name="activity_by_inquiry"),
        ]
