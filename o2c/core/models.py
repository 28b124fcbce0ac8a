"""The ground's tables: people, and the mechanisms that make acts happen once. No business nouns here."""

import uuid

import pghistory
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.audit.models import AccessRecord, CurrentContext  # noqa: F401 the records are part of this app
from o2c.core.stamps import Stamped


class Role(models.TextChoices):
    FINANCE_MANAGER = "finance_manager", "Finance manager"
    COLLECTOR = "collector", "Collector"
    CASH_CLERK = "cash_clerk", "Cash clerk"
    ORDER_CLERK = "order_clerk", "Order clerk"
    CREDIT_ANALYST = "credit_analyst", "Credit analyst"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class Users(UserManager):
    use_in_migrations = False

    def create_superuser(self, username, email=None, password=None, **details):
        """The first person of an installation: an administrator who sees every legal entity, and lets others in."""
        given = {"roles": [Role.ADMINISTRATOR], "all_entities": True, **details}
        return super().create_superuser(username, email, password, **given)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in. What the roles allow is in `o2c.core.rights`."""

    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    all_entities = models.BooleanField(default=False, help_text="Sees every legal entity, also ones opened later.")
    language = models.CharField(max_length=5, default="en")

    objects = Users()

    def __str__(self):
        return self.get_full_name() or self.username

    @property
    def role_titles(self) -> list[str]:
        return [Role(role).label for role in self.roles]


@pghistory.track(fields=["id", "user", "type", "created_at"], model_name="FactorEvent")
class Factor(Authenticator):
    """A second factor as the audit trail sees it: that it came and went, and whose it was; never what it is made of."""

    class Meta:
        proxy = True


@pghistory.track(fields=["id", "user", "provider", "uid"], model_name="SignOnEvent")
class SignOn(SocialAccount):
    """The account at the single sign-on by which a person is known, as the audit trail sees it."""

    class Meta:
        proxy = True


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it happened.

    `position` is given by the one dispatcher after commit, because sequence order is not commit order. The row is
    done when its handler has committed; handlers are idempotent.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    position = models.BigIntegerField(null=True, unique=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="outbox_unpositioned"),
            models.Index(
                fields=["next_attempt_at", "position"], condition=Q(done_at__isnull=True), name="outbox_undone"
            ),
        ]


class Partition(models.Model):
    """One leased part of a long piece of work: whoever holds the lease works on it, an expired lease is taken over.

    A part covers the payers `first` to `last` (both included) and is safe to do twice.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        LEASED = "leased"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    work = models.CharField(max_length=40, help_text="Which kind of work, such as dunning.propose.")
    subject_id = models.BigIntegerField(help_text="What the work is on, such as the run's id.")
    number = models.PositiveIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    holder = models.CharField(max_length=60, blank=True, default="")
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "subject_id", "number"], name="partition_once")]
        indexes = [
            models.Index(fields=["work", "subject_id"], condition=~Q(state="done"), name="partition_unfinished"),
        ]


class Heartbeat(models.Model):
    """When a part of the regular work last ran, and how it ended; written by `o2c.core.heartbeat`."""

    part = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="In a row; 0 after a success.")
    last_error = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)


class NumberSeries(models.Model):
    """The next free number of a series in a year; the row is locked last in a transaction, so numbers have no gaps."""

    owner = models.CharField(max_length=20, help_text="Code of the legal entity.")
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField(help_text="0: the series runs on from year to year.")
    first = models.BigIntegerField(default=1, db_default=1, help_text="Where it began; earlier ones are not ours.")
    next = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "series", "year"], name="number_series_once")]


@pghistory.track()
class NumberPattern(models.Model):
    """How the numbers of a legal entity's series are written; `o2c.core.numbering` has the standard one."""

    owner = models.CharField(max_length=20, help_text="Code of the legal entity.")
    series = models.CharField(max_length=20)
    prefix = models.CharField(max_length=12, blank=True, default="")
    year_digits = models.PositiveSmallIntegerField(default=4)
    separator = models.CharField(max_length=1, blank=True, default="-")
    width = models.PositiveSmallIntegerField(default=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "series"], name="number_pattern_once"),
            models.CheckConstraint(condition=Q(year_digits__in=[0, 2, 4]), name="number_pattern_year"),
            models.CheckConstraint(condition=Q(width__range=(1, 12)), name="number_pattern_width"),
        ]


class SetupToken(models.Model):
    """Lets whoever can read the server's output become the first administrator; gone as soon as there is one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="setup_token_one")]


class ImportRun(models.Model):
    """One loading of a file: what it was, what it did, who did it."""

    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=60)
    owner = models.CharField(max_length=20, blank=True, default="", help_text="Code of the legal entity, if one.")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    dry_run = models.BooleanField(default=False)
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    warnings = models.BigIntegerField(default=0)
    settled_as_absent = models.BigIntegerField(default=0)
    errors_file = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=150)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    marks = models.JSONField(
        null=True, help_text="By what its rows are known again (o2c.core.imports.traces); empty: it cannot be undone."
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")


class ImportedChange(models.Model):
    """What a loading changed of a row that keeps no history of its own: how it was, and how it has been since."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="changes")
    subject = models.CharField(max_length=20, help_text="Which kind of row: item, receipt or rate.")
    row = models.BigIntegerField()
    was = models.JSONField(null=True, help_text="Empty: the loading made it.")
    became = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["subject", "row"], name="imported_change_of_row")]


class ImportUpload(models.Model):
    """A file that was sent from a browser, on its way into the books.

    Its bytes lie under a random name outside of what the web serves, until they are let go of (`removed_at`). A check
    is a load that is taken back; `checked` is the run it left, `loaded` that of the load.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "To be mapped"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked, not loaded"
        LOADING = "loading", "Being loaded"
        LOADED = "loaded", "Loaded"
        DISCARDED = "discarded", "Discarded"

    MOVES = {
        State.UPLOADED: {State.CHECKING, State.DISCARDED},
        State.CHECKING: {State.CHECKED, State.UPLOADED},
        State.CHECKED: {State.CHECKING, State.LOADING, State.DISCARDED},
        State.LOADING: {State.LOADED, State.CHECKED},
    }

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Names the folder that its files lie in.")
    kind = models.CharField(max_length=30)
    owner = models.CharField(max_length=20, help_text="Code of the legal entity.")
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255, help_text="What the sender called it; never the name of a file here.")
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, help_text="Of its header: files of one form share it.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    mapping = models.JSONField(default=dict)
    complete = models.BooleanField(default=False)
    remembered = models.BooleanField(default=False, help_text="Its map is that of the last such file.")
    problem = models.TextField(blank=True, default="", help_text="Why the last check or load failed.")
    attempt = models.PositiveIntegerField(default=0, help_text="Of a check or load; an older one is void.")
    checked = models.ForeignKey(ImportRun, models.SET_NULL, null=True, related_name="+")
    loaded = models.OneToOneField(ImportRun, models.SET_NULL, null=True, related_name="upload")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="Who let it be worked on."
    )
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "id"], condition=~Q(state__in=["loaded", "discarded"]), name="import_upload_unfinished"
            ),
            models.Index(fields=["changed_at"], condition=Q(removed_at__isnull=True), name="import_upload_kept"),
        ]


class ImportMap(models.Model):
    """The map with which files of one form were last loaded, offered for the next of them."""

    kind = models.CharField(max_length=30)
    owner = models.CharField(max_length=20)
    source = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField()
    complete = models.BooleanField(default=False)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner", "fingerprint", "source"], name="import_map_once")
        ]


class DomainOf(models.Func):
    """The domain of an address, "Name <name@domain>" too; in small letters."""

    template = "lower(split_part(rtrim(%(expressions)s, '> '), '@', -1))"
    output_field = models.TextField()


class DomainPace(models.Model):
    """When messages were last handed over for a domain: the newest moments, as many as may be in a minute."""

    domain = models.CharField(max_length=320, primary_key=True)
    handed_over = ArrayField(models.DateTimeField())


@pghistory.track(
    # What a person decides about it; its way to the mail server is on its own page. The label says what it was before.
    pghistory.UpdateEvent("was_unsure", condition=pghistory.Q(old__state="unsure")),
    pghistory.UpdateEvent("was_refused", condition=pghistory.Q(old__state="refused")),
    fields=["owner", "state"],
    model_name="MessageEvent",
)
class Message(Stamped):
    """A message to a person outside. Claimed before it is sent; one whose fate is unknown goes to a person."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent", "Accepted by the mail server or the provider, or posted"
        SPOOLED = "spooled", "Written to the spool folder"
        REFUSED = "refused", "Refused by the mail server or the provider"
        UNSURE = "unsure", "May or may not have been sent"
        CANCELLED = "cancelled"
        TO_PRINT = "to_print", "To be printed"
        PRINTED = "printed", "Printed, not posted yet"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "SMS"
        LETTER = "letter", "Letter"

    class Fate(models.TextChoices):
        """Reports of the servers it went through. None need come: no news is no proof of anything."""

        DELIVERED = "delivered"
        DELAYED = "delayed"
        FAILED = "failed", "Not delivered"
        COMPLAINED = "complained", "Called unwanted"

    MOVES = {
        State.QUEUED: {State.SENDING, State.TO_PRINT, State.CANCELLED},
        State.SENDING: {State.SENT, State.SPOOLED, State.QUEUED, State.REFUSED, State.UNSURE},
        State.UNSURE: {State.QUEUED, State.SENT, State.CANCELLED},
        State.REFUSED: {State.QUEUED, State.CANCELLED},
        State.TO_PRINT: {State.PRINTED, State.CANCELLED},
        State.PRINTED: {State.SENT, State.CANCELLED},
    }

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=80, unique=True, help_text="What it is about; the same key is never sent twice.")
    reference = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="Becomes the Message-ID, or a request's key."
    )
    owner = models.CharField(max_length=20, help_text="Code of the legal entity that speaks.")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL, db_default=Channel.EMAIL)
    sender = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True, default="")
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=400)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    language = models.CharField(max_length=5)
    spool_only = models.BooleanField(default=False, help_text="Written to the spool, never sent: a replay of the past.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    claim_key = models.UUIDField(null=True)
    claimed_by = models.CharField(
        max_length=80, blank=True, default="", help_text="How and by which process: smtp@…, http@… or spool@…"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    server_answer = models.TextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    in_reply_to = models.CharField(
        max_length=400, blank=True, default="", help_text="Message-ID of the mail that it answers."
    )
    fate = models.CharField(
        max_length=10,
        choices=Fate.choices,
        blank=True,
        default="",
        help_text="What was reported of it later.",
    )
    fate_at = models.DateTimeField(null=True)
    fate_text = models.CharField(max_length=400, blank=True, default="")
    country = models.CharField(
        max_length=2,
        blank=True,
        default="",
        db_default="",
        help_text="Where it is read: it goes at that country's hours. Empty: at any.",
    )
    address = models.JSONField(
        null=True, help_text="Of a letter that is posted by a service: its lines, and the country."
    )
    provider_id = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="What the provider calls it."
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "not_before", "id"], condition=Q(state="queued"), name="message_queued_by_channel"
            ),
            models.Index(
                DomainOf("recipient"), "not_before", condition=Q(state="queued"), name="message_queued_by_domain"
            ),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="message_sending"),
            models.Index(fields=["id"], condition=Q(state="to_print"), name="message_to_print"),
            models.Index(fields=["updated_at", "id"], name="message_by_change"),
        ]


class DeliveryEvent(models.Model):
    """Something that a provider told of a message, by the provider's own key: what is told again changes nothing."""

    id = models.BigAutoField(primary_key=True)
    hook = models.CharField(max_length=40, help_text="Which provider, as the settings name it.")
    event = models.CharField(max_length=200, help_text="The provider's key of it.")
    kind = models.CharField(max_length=20)
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, related_name="events", help_text="None: it names no message of ours."
    )
    at = models.DateTimeField(help_text="When it happened, as the provider says.")
    came_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "event"], name="delivery_event_once")]
        indexes = [models.Index(fields=["came_at"], name="delivery_event_by_time")]


class Document(models.Model):
    """A file that we made and gave out, kept as it was; the database refuses to change it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, help_text="What the file is called where it is saved.")
    media_type = models.CharField(max_length=100)
    language = models.CharField(max_length=5, blank=True, default="")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_with = models.CharField(max_length=64, blank=True, default="", help_text="Version of what made it.")
    made_at = models.DateTimeField(db_default=Now())


class DeadAddress(models.Model):
    """An e-mail address or a telephone number to which nothing is sent any more, until a person says that it works."""

    class Why(models.TextChoices):
        BOUNCED = "bounced", "Nothing that is sent to it arrives"
        COMPLAINED = "complained", "Whoever has it calls our mail unwanted"

    id = models.BigAutoField(primary_key=True)
    address = models.CharField(max_length=320, help_text="In small letters; a number as +4915112345678.")
    why = models.CharField(max_length=12, choices=Why.choices)
    text = models.CharField(max_length=400, blank=True, default="", help_text="What the server said.")
    since = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(lifted_at=None), name="dead_address_once")
        ]


class MessageAttachment(models.Model):
    """A document that goes with a message."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    document = models.ForeignKey(Document, models.PROTECT, db_index=False, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["message", "position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="message_attachment_once")]
        indexes = [models.Index(fields=["document"], name="message_attachment_by_document")]


class FailedJob(models.Model):
    """A job that ended with an error and that nobody takes again by itself; a person does it again, or lets it be."""

    class State(models.TextChoices):
        OPEN = "open"
        RETRIED = "retried", "Done again"
        DISCARDED = "discarded"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    job_id = models.CharField(max_length=60)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    request = models.CharField(max_length=64, blank=True, default="", help_text="Id of the request that started it.")
    failed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["failed_at"], condition=Q(state="open"), name="failed_job_open")]


class SetAside(models.Model):
    """Something red that a person knows of and leaves, for good or until a day; `o2c.web.corrections` has the kinds."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    until = models.DateField(null=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="set_aside_once")]


from o2c.core.api.models import ApiKey, ApiSecret, IdempotentAnswer  # noqa: E402,F401 part of this app
