"""Chasing what is overdue: policies, runs and their decisions, notices, tasks, promises and holds."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.incoming.models import IncomingMail, MailboxPlace, NamedItem  # noqa: F401 models of this app
from o2c.collections.texts import Text
from o2c.core import clock
from o2c.core.models import Message, User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity
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

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "name", "language"], name="wording_once")]

    def __str__(self):
        return f"{self.name} in {self.language}"

    def as_text(self) -> Text:
        return Text(self.subject, self.opening, self.closing)


class Backtest(models.Model):
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
    asked_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
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


@pghistory.track()
class DunningLevel(models.Model):
    """One step of a policy."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        TASK = "task", "Task for a collector"

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
        "Queue", models.PROTECT, null=True, blank=True, help_text="Where tasks go that have no collector."
    )

    class Meta:
        verbose_name_plural = "dunning settings"


@pghistory.track(
    fields=["entity", "as_of", "replay", "state", "proposed_by", "approved_by"], model_name="DunningRunEvent"
)
class DunningRun(Stamped):
    """One look at a legal entity's overdue items on a day: propose, approve, send."""

    class State(models.TextChoices):
        PROPOSING = "proposing"
        PROPOSED = "proposed", "Waiting for approval"
        APPROVED = "approved"
        SENDING = "sending"
        DONE = "done"
        CANCELLED = "cancelled"

    MOVES = {
        State.PROPOSING: {State.PROPOSED, State.CANCELLED},
        State.PROPOSED: {State.APPROVED, State.CANCELLED},
        State.APPROVED: {State.SENDING, State.CANCELLED},
        State.SENDING: {State.DONE},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    as_of = models.DateField()
    scenario_id = models.BigIntegerField(null=True, blank=True, help_text="A simulation's; empty: the real world.")
    replay = models.BooleanField(default=False, help_text="A past day played again: recorded and spooled, never sent.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSING)
    considered = models.BigIntegerField(default=0)
    skipped = models.JSONField(default=dict, help_text="Items not chased, by reason.")
    notices_made = models.BigIntegerField(default=0)
    items_noticed = models.BigIntegerField(default=0)
    proposed_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    proposed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            # Two runs started at once become one; a run that died is found and finished.
            models.UniqueConstraint(
                fields=["entity", "as_of", "replay"],
                condition=Q(state="proposing", scenario_id__isnull=True),
                name="run_one_proposing",
            )
        ]
        indexes = [models.Index(fields=["entity", "-as_of"], name="run_by_day")]


class Notice(models.Model):
    """What one customer is told in one run: items due for it in one currency, at the highest of their levels.

    The customer is the one who is told: the head office, where the policy says so.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        COMPOSED = "composed", "Message or task made"
        CANCELLED = "cancelled"

    MOVES = {State.PROPOSED: {State.COMPOSED, State.CANCELLED}}

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(DunningRun, models.PROTECT, db_index=False, related_name="notices")
    scenario_id = models.BigIntegerField(null=True, blank=True)
    as_of = models.DateField()
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False)
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    currency = CurrencyField()
    policy = models.ForeignKey(DunningPolicy, models.PROTECT, db_index=False)
    level = models.PositiveSmallIntegerField()
    total = AmountField()
    items = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    cancelled_because = models.CharField(max_length=40, blank=True, default="")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, db_index=False)
    message = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, db_index=False)
    item = models.ForeignKey(
        OpenItem, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+",
        help_text="The one it is about, where the policy tells of each by itself.",
    )  # fmt: skip
    pay_by = models.DateField(null=True, blank=True, help_text="The last day to pay that it sets.")

    money = MoneyProperty("total")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer", "currency", "item"], nulls_distinct=False, name="notice_once"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "entity", "currency", "-as_of"], name="notice_by_customer"),
            models.Index(fields=["payer"], condition=Q(state="proposed"), name="notice_to_compose"),
        ]


class NoticeLine(models.Model):
    """One item of a notice, at its own level.

    An item gets each level once in a cycle, but for the last where the policy repeats it; the database keeps that.

    Its keys are not checked row by row: docs/decisions/0005-notice-lines-without-foreign-keys.md says why.
    """

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, models.PROTECT, db_constraint=False, related_name="lines")
    scenario_id = models.BigIntegerField(null=True, blank=True)
    item = models.ForeignKey(OpenItem, models.PROTECT, db_index=False, db_constraint=False, related_name="notice_lines")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    as_of = models.DateField()
    cycle = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    days_late = models.IntegerField()
    open_amount = AmountField()
    dropped_because = models.CharField(
        max_length=40, blank=True, default="", help_text="Why it was left out just before sending; empty: it stands."
    )
    policy = models.ForeignKey(
        DunningPolicy, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+",
        help_text="The version by which the item's cycle is finished.",
    )  # fmt: skip
    repeat = models.SmallIntegerField(default=0, db_default=0, help_text="How often the last level came again.")
    pay_by = models.DateField(null=True, blank=True, help_text="The last day to pay that its notice sets.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "cycle", "level", "repeat"],
                condition=Q(scenario_id__isnull=True, dropped_because=""),
                name="line_once_a_cycle",
            )
        ]
        indexes = [models.Index(fields=["payer"], name="line_by_payer")]


class DecisionSet(EntityScoped):
    entity_path = "entity_id"


class Decision(models.Model):
    """What a run decided about one overdue item, and why: the decision ledger. Partitioned by month of `as_of`."""

    pk = models.CompositePrimaryKey("as_of", "run_id", "item_id")
    as_of = models.DateField()
    run_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    scenario_id = models.BigIntegerField(null=True)
    entity_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    payer_id = models.BigIntegerField()
    policy_id = models.BigIntegerField(null=True)
    currency = CurrencyField()
    balance = AmountField()
    days_late = models.IntegerField()
    cycle = models.PositiveSmallIntegerField()
    last_level = models.PositiveSmallIntegerField(help_text="0: none in this cycle.")
    level = models.PositiveSmallIntegerField(null=True, help_text="The level noticed, or the one it would have been.")
    reason = models.CharField(max_length=20, help_text="`notice`, or why not.")

    objects = DecisionSet.as_manager()

    class Meta:
        managed = False
        db_table = "collections_decision"


@pghistory.track(exclude=["reason", "payer"])
class Hold(models.Model):
    """No dunning of a customer (with one legal entity, or all) or of one item, from a day until another."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="holds")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, blank=True)
    item = models.ForeignKey(OpenItem, models.PROTECT, null=True, blank=True)
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="Last day it holds; empty: until lifted.")
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("from_on")), name="hold_ends_after_it_begins"
            )
        ]


@pghistory.track(exclude=["reason", "payer"])
class Dispute(models.Model):
    """A customer contests an item, or so much of it. What is contested is not chased while the dispute is open."""

    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="disputes")
    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="disputes")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    reason = models.CharField(max_length=200)
    amount = AmountField(null=True, blank=True, help_text="How much is contested; empty: all of it.")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(closed_on__isnull=True), name="dispute_one_open")
        ]


@pghistory.track()
class Queue(models.Model):
    """Tasks that belong to no one person: whoever is free claims the next one.

    Where teams serve it, only their members are given its tasks.
    """

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


@pghistory.track()
class Team(models.Model):
    """People who share the work of some queues; the lead sees what each of them has to do."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    lead = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="leads")
    members = models.ManyToManyField(User, through="TeamMember", related_name="teams")
    queues = models.ManyToManyField(Queue, through="TeamQueue", related_name="teams")

    def __str__(self):
        return self.name


@pghistory.track()
class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]


@pghistory.track()
class TeamQueue(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    queue = models.ForeignKey(Queue, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "queue"], name="team_queue_once")]


class Task(Stamped):
    """Something a collector does about a customer. Ranked by the money at risk."""

    class Kind(models.TextChoices):
        CALL = "call", "Call about overdue items"
        NO_CONTACT = "no_contact", "Find a contact"
        BROKEN_PROMISE = "broken_promise", "Promise not kept"
        RETURNED = "returned", "Payment came back"
        REJECTED = "rejected", "Direct debit rejected"
        REPLY = "reply", "Answer a mail"
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
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at_risk = AmountField(default=0, help_text="Overdue of the customer, in the legal entity's base currency.")
    due_on = models.DateField()
    snoozed_until = models.DateField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, db_index=False)
    outcome = models.CharField(max_length=30, blank=True, default="")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["assignee", "-at_risk", "id"], condition=Q(state__in=["open", "snoozed"]), name="task_next"
            ),
            models.Index(
                fields=["-at_risk", "id"],
                condition=Q(assignee__isnull=True, state__in=["open", "snoozed"]),
                name="task_next_for_anyone",
            ),
            models.Index(fields=["claimed_by"], condition=Q(state="claimed"), name="task_claimed"),
            models.Index(fields=["customer"], name="task_by_customer"),
            models.Index(fields=["notice"], condition=Q(notice__isnull=False), name="task_by_notice"),
            models.Index(fields=["updated_at", "id"], name="task_by_change"),
        ]


class Activity(models.Model):
    """What a person did about a customer: a call with its outcome, a note, a snooze. Never changed."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        NOTE = "note", "Note"
        SNOOZE = "snooze", "Snoozed"
        PROMISE = "promise", "Promise to pay"
        DONE = "done", "Task done"
        HOLD = "hold", "Hold"
        DISPUTE = "dispute", "Dispute"

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
    kind = models.CharField(max_length=10, choices=Kind.choices)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True, default="")
    text = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=150)
    happened_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [models.Index(fields=["customer", "-happened_at"], name="activity_by_customer")]


@pghistory.track(
    fields=["entity", "customer", "currency", "amount", "promised_on", "pay_by", "state", "withdrawn_on"],
    model_name="PromiseToPayEvent",
)
class PromiseToPay(models.Model):
    """A customer says it will pay an amount by a day.

    `state` is what the last recomputation from allocations found; dunning never reads it, it works out itself
    whether a promise still stands.
    """

    class State(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        PARTLY_KEPT = "partly_kept", "Partly kept"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    # Only a standing promise can be withdrawn; the other moves are those of `promises.recompute`, which follows what
    # is settled and undone wherever it leads.
    MOVES = {
        State.OPEN: {State.KEPT, State.PARTLY_KEPT, State.BROKEN, State.WITHDRAWN},
        State.KEPT: {State.OPEN, State.PARTLY_KEPT, State.BROKEN},
        State.PARTLY_KEPT: {State.OPEN, State.KEPT, State.BROKEN},
        State.BROKEN: {State.OPEN, State.KEPT, State.PARTLY_KEPT},
    }

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="promises")
    payer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    currency = CurrencyField()
    amount = AmountField()
    promised_on = models.DateField(help_text="The day it was given.")
    pay_by = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    withdrawn_on = models.DateField(null=True, blank=True)
    paid = AmountField(default=0, help_text="Settled on its items from the day it was given until it was decided.")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="promises")
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("amount")
    objects = EntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "promises to pay"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_positive"),
            models.CheckConstraint(condition=Q(pay_by__gte=models.F("promised_on")), name="promise_not_in_the_past"),
        ]
        indexes = [
            models.Index(fields=["customer", "-promised_on"], name="promise_by_customer"),
            models.Index(fields=["pay_by"], condition=Q(state="open"), name="promise_open"),
        ]


class PromisedItem(models.Model):
    """An item a promise covers, and what was open of it when it was given."""

    promise = models.ForeignKey(PromiseToPay, models.CASCADE, related_name="items")
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="promised")
    amount = AmountField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "item"], name="promised_item_once")]
