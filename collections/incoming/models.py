"""Mail that came in."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.models import Message, User
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class MailboxPlace(models.Model):
    """How far a mailbox was read. Where its `validity` changes, the server has numbered its mails anew."""

    name = models.CharField(max_length=400, unique=True)
    validity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0, help_text="Number of the last mail that was taken in.")
    read_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True, default="")


@pghistory.track(fields=["entity", "customer", "state", "verdicts"], model_name="IncomingMailEvent")
class IncomingMail(Stamped):
    """An e-mail as it came, and whose it is. Nothing but an erasure changes what it says."""

    class Kind(models.TextChoices):
        LETTER = "letter", "From a person"
        AUTOMATIC = "automatic", "Automatic answer"
        DELIVERED = "delivered", "Was delivered"
        DELAYED = "delayed", "Is delayed"
        BOUNCE = "bounce", "Not delivered"
        COMPLAINT = "complaint", "Complaint"

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"

    class Found(models.TextChoices):
        """How it was found whose mail it is, the surest first."""

        ANSWER = "answer", "It answers a message of ours"
        ADDRESS = "address", "Its writer is a contact"
        NUMBER = "number", "It names documents"
        PERSON = "person", "Somebody said so"

    class Verdict(models.TextChoices):
        """What a person said of something that a mail seems to say."""

        ACCEPTED = "accepted", "It is so"
        DISMISSED = "dismissed", "It is not so"

    MOVES = {State.NEW: {State.DONE}, State.DONE: {State.NEW}}

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    mailbox = models.CharField(max_length=400)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the mail: it is taken in once.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, db_index=False, related_name="mails")
    found_by = models.CharField(max_length=10, choices=Found.choices, blank=True, default="")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="answers", help_text="The message of ours that it answers."
    )
    header_id = models.CharField(max_length=400, blank=True, default="", help_text="Its Message-ID.")
    writer = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=400, blank=True, default="")
    text = models.TextField(blank=True, default="")
    said = models.TextField(blank=True, default="", help_text="The text without the mail that it answers.")
    files = models.JSONField(default=list)
    report = models.CharField(max_length=400, blank=True, default="", help_text="What a server reported.")
    raw = models.BinaryField()
    size = models.PositiveBigIntegerField()
    is_cut = models.BooleanField(default=False, help_text="It was too large, so only its beginning was fetched.")
    written_at = models.DateTimeField(null=True)
    came_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verdicts = models.JSONField(
        default=dict, db_default={}, help_text="What was said of its suggestions: by what each is about, `Verdict`."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "digest"], name="incoming_mail_once")]
        indexes = [
            models.Index(fields=["customer", "-came_at"], name="incoming_mail_by_customer"),
            models.Index(fields=["-id"], condition=Q(state="new", kind="letter"), name="incoming_mail_waiting"),
            models.Index(fields=["address"], name="incoming_mail_by_address"),
            models.Index(fields=["updated_at", "id"], name="incoming_mail_by_change"),
        ]


class NamedItem(models.Model):
    """An open item that a mail names by its number."""

    mail = models.ForeignKey(IncomingMail, models.CASCADE, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail", "item"], name="named_item_once")]
