"""Runs with their decisions, and the notices that follow from them."""

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.collections.models.policies import DunningPolicy
from o2c.core.models import Message, User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(
    fields=["entity", "as_of", "replay", "state", "proposed_by", "approved_by"], model_name="DunningRunEvent"
)
class DunningRun(Stamped):
    """One look at a legal entity's overdue items on a day: propose, approve, send.

    It waits, and is not done, as long as one of its notices is to be approved by a person.
    """

    class State(models.TextChoices):
        PROPOSING = "proposing"
        PROPOSED = "proposed", "Waiting for approval"
        APPROVED = "approved"
        SENDING = "sending"
        WAITING = "waiting", "Partly sent"
        DONE = "done"
        CANCELLED = "cancelled"

    MOVES = {
        State.PROPOSING: {State.PROPOSED, State.CANCELLED},
        State.PROPOSED: {State.APPROVED, State.CANCELLED},
        State.APPROVED: {State.SENDING, State.CANCELLED},
        State.SENDING: {State.WAITING, State.DONE},
        State.WAITING: {State.SENDING, State.DONE},
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
    missing = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="People who must still approve it before it goes out."
    )
    alone = models.BooleanField(
        default=False, db_default=False, help_text="So large that it is approved by itself, never with others."
    )

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


@pghistory.track()
class NoticeApproval(models.Model):
    """A person has approved a notice that needs it; of two, each once."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, models.PROTECT, db_index=False, related_name="approvals")
    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    approver = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "by"], name="notice_approved_once_by_each")]


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
    trial_id = models.BigIntegerField(null=True, help_text="The trial that the item takes part in.")
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
