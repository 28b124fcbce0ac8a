"""Inquiries: what customers ask, who answers it by when, and how it was answered."""

from datetime import time

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.collections.incoming.models import IncomingMail
from o2c.collections.models.disputes import Dispute
from o2c.collections.models.teams import Queue
from o2c.core.models import Message, User
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity
from o2c.orders.scope import EntityScoped

OPENS, CLOSES = time(9), time(17)
USUAL_TARGET, USUAL_ESCALATION = 8, 8  # hours of business


@pghistory.track(exclude=["subject", "text", "note", "payer", "updated_at"])
class Inquiry(Stamped):
    """A customer asks something. It is open until it is answered, and again once the customer writes again.

    `asked_at` is when what waits for an answer was asked, `due_at` by when that is to be answered.
    """

    class Kind(models.TextChoices):
        COPY = "copy", "Copy of an invoice"
        STATEMENT = "statement", "Balance or statement"
        PAYMENT = "payment", "Where a payment went"
        DISPUTE = "dispute", "Contests something"
        OTHER = "other", "Something else"

    class Channel(models.TextChoices):
        MAIL = "mail", "E-mail"
        PHONE = "phone", "Telephone"
        OTHER = "other", "Another way"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    MOVES = {
        State.OPEN: {State.ANSWERED, State.CLOSED},
        State.ANSWERED: {State.OPEN, State.CLOSED},
        State.CLOSED: {State.OPEN},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="inquiries")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True, default="", help_text="In the customer's words.")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="inquiries")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="When what waits for an answer was asked.")
    due_at = models.DateTimeField(help_text="By when that is to be answered.")
    escalates_at = models.DateTimeField(help_text="Else it is escalated then.")
    escalated_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text="How often it was asked.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why it was closed.")
    dispute = models.ForeignKey(
        Dispute, models.SET_NULL, null=True, blank=True, related_name="inquiries", help_text="That it became."
    )
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "inquiries"
        constraints = [
            models.CheckConstraint(condition=Q(owner=None) | Q(queue=None), name="inquiry_one_owner"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="inquiry_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_at__isnull=False), name="inquiry_answered_at"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="inquiry_by_deadline"),
            models.Index(
                fields=["entity", "escalates_at"], condition=Q(state="open", escalated_at=None),
                name="inquiry_escalating",
            ),
            models.Index(fields=["customer", "-id"], name="inquiry_by_customer"),
            models.Index(fields=["updated_at", "id"], name="inquiry_by_change"),
        ]  # fmt: skip

    def __str__(self):
        return f"inquiry {self.pk}"


class OfInquiry(EntityScoped):
    entity_path = "inquiry__entity"


class InquiryItem(models.Model):
    """An open item that an inquiry is about."""

    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "item"], name="inquiry_item_once")]


class InquiryMail(models.Model):
    """A mail in which the customer asks. It belongs to one inquiry."""

    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="mails")
    mail = models.OneToOneField(IncomingMail, models.CASCADE, related_name="inquiry")


class InquiryAnswer(models.Model):
    """What was answered, once for each time it was asked. Never changed; `minutes` are those of business."""

    class How(models.TextChoices):
        MAIL = "mail", "By e-mail"
        PHONE = "phone", "By telephone"
        LETTER = "letter", "By letter"

    id = models.BigAutoField(primary_key=True)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="answers")
    round = models.PositiveSmallIntegerField()
    key = models.UUIDField(unique=True, help_text="Of the form that was sent: it answers once.")
    how = models.CharField(max_length=6, choices=How.choices)
    subject = models.CharField(max_length=400, blank=True, default="")
    text = models.TextField()
    message = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, related_name="inquiry_answer")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor = models.CharField(max_length=150)

    objects = OfInquiry.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "round"], name="inquiry_answered_once")]
        indexes = [models.Index(fields=["answered_at"], name="inquiry_answer_by_time")]

    @property
    def in_time(self) -> bool:
        return self.answered_at <= self.due_at


@pghistory.track()
class InquiryHours(models.Model):
    """In which hours of its business days a legal entity answers."""

    entity = models.OneToOneField(LegalEntity, models.CASCADE, primary_key=True, related_name="inquiry_hours")
    opens = models.TimeField(default=OPENS)
    closes = models.TimeField(default=CLOSES)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="inquiry_hours_some")]


@pghistory.track()
class InquiryRule(models.Model):
    """Who answers a kind of inquiry of a legal entity, in how many hours of business, and who gets what is late."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="inquiry_rules")
    kind = models.CharField(max_length=10, choices=Inquiry.Kind.choices)
    target_hours = models.PositiveSmallIntegerField(
        default=USUAL_TARGET, help_text="Hours of business until it is to be answered."
    )
    escalate_after = models.PositiveSmallIntegerField(
        default=USUAL_ESCALATION, help_text="Hours of business past that at which it is escalated."
    )
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")
    escalate_to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    escalate_queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "kind"], name="inquiry_rule_once"),
            models.CheckConstraint(condition=Q(owner=None) | Q(queue=None), name="inquiry_rule_one_owner"),
            models.CheckConstraint(
                condition=Q(escalate_to=None) | Q(escalate_queue=None), name="inquiry_rule_one_escalation"
            ),
        ]
