"""Bank statements: what banks say of our accounts, line by line, and what became of the money of each line.

A line's money is used by `LineUse` rows only, as an item's is by allocations: their trigger keeps `open_amount`
between zero and the line's amount, so no two acts use the same cent.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now, Upper

from o2c.core.models import CurrentContext, Document, ImportRun, User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import Stamped
from o2c.invoicing.models.books import BankAccount, Entry
from o2c.invoicing.models.items import Receipt
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


class BankStatement(Stamped):
    """A statement of one of our accounts as its bank wrote it; `o2c.invoicing.bank.statements` explains the words.

    A file that is loaded again makes none. One that is flagged is kept, and nothing of it is applied by itself.
    """

    class Kind(models.TextChoices):
        STATEMENT = "statement", "Of a day that is over"
        REPORT = "report", "Of the day so far"
        NOTIFICATION = "notification", "Of single entries"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    account = models.ForeignKey(BankAccount, models.PROTECT, db_index=False, related_name="statements")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    format = models.CharField(max_length=20)
    number = models.CharField(max_length=60, blank=True, default="", help_text="The bank's number, as it came.")
    sequence = models.CharField(max_length=60, blank=True, default="")
    bank_id = models.CharField(max_length=60, blank=True, default="", help_text="The bank's own key of the statement.")
    currency = CurrencyField()
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    opening = AmountField(null=True)
    opening_on = models.DateField(null=True)
    closing = AmountField(null=True)
    closing_on = models.DateField(null=True)
    line_count = models.PositiveIntegerField(default=0, help_text="All lines that stand in it, new ones or not.")
    booked_sum = AmountField(default=0)
    arithmetic_ok = models.BooleanField(null=True, help_text="None: the bank gave no balances.")
    flags = ArrayField(models.CharField(max_length=20), default=list)
    digest = models.CharField(max_length=64, help_text="Of its content: the same statement is kept once.")
    file = models.ForeignKey(Document, models.PROTECT, null=True, db_index=False, related_name="+")
    file_name = models.CharField(max_length=255, blank=True, default="")
    place = models.CharField(max_length=100, blank=True, default="", help_text="Where in the file it begins.")
    opening_entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, db_index=False, related_name="+", help_text="Put its opening into the books."
    )
    import_run = models.ForeignKey(
        ImportRun, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        help_text="That read it from a table; such a statement can be taken back.",
    )  # fmt: skip
    loaded_by = models.CharField(max_length=150)
    loaded_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="bank_statement_once")]
        indexes = [
            models.Index(fields=["entity", "-id"], name="bank_statement_by_entity"),
            models.Index(fields=["account", "-closing_on", "-id"], name="bank_statement_by_account"),
            models.Index(fields=["updated_at", "id"], name="bank_statement_by_change"),
        ]

    def __str__(self):
        return self.number or str(self.pk)


# All that a line says in words, as one text: eight texts that are looked through apart need eight indexes.
SAID = Concat(
    "party_name", Value(" "), "remittance", Value(" "), "bank_text", Value(" "), "party_iban", Value(" "),
    "party_account", Value(" "), "end_to_end_id", Value(" "), "bank_reference", Value(" "), "customer_reference",
    output_field=models.TextField(),
)  # fmt: skip


class BankLine(Stamped):
    """One movement on an account. `amount` is signed as the account sees it; a batch's single payments are lines too.

    `is_money`: its amount waits here to be used. It is not where the line is pending, or was only reported or
    notified, or where the single payments of a batch (`batch`) carry it instead.
    """

    class Status(models.TextChoices):
        BOOKED = "booked"
        PENDING = "pending"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    account = models.ForeignKey(BankAccount, models.PROTECT, db_index=False, related_name="lines")
    statement = models.ForeignKey(BankStatement, models.PROTECT, db_index=False, related_name="lines")
    batch = models.ForeignKey("self", models.PROTECT, null=True, blank=True, db_index=False, related_name="members")
    identity = models.CharField(max_length=100, help_text="By which it is known again in another file.")
    place = models.CharField(max_length=100, blank=True, default="", help_text="Where in the file it stands.")
    status = models.CharField(max_length=8, choices=Status.choices)
    is_money = models.BooleanField()
    payer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", help_text="Once it is known."
    )
    currency = CurrencyField()
    amount = AmountField(help_text="Negative where money goes out.")
    open_amount = AmountField(help_text="What is not used yet, on the amount's side of zero.")
    booked_on = models.DateField(null=True)
    value_on = models.DateField(null=True)
    is_reversal = models.BooleanField(default=False)
    bank_reference = models.CharField(max_length=140, blank=True, default="")
    customer_reference = models.CharField(max_length=140, blank=True, default="")
    end_to_end_id = models.CharField(max_length=140, blank=True, default="")
    mandate_id = models.CharField(max_length=140, blank=True, default="")
    creditor_references = ArrayField(models.CharField(max_length=140), default=list)
    documents = ArrayField(models.CharField(max_length=140), default=list)
    remittance = models.TextField(blank=True, default="")
    bank_text = models.TextField(blank=True, default="")
    party_name = models.CharField(max_length=200, blank=True, default="")
    party_iban = models.CharField(max_length=34, blank=True, default="")
    party_account = models.CharField(max_length=60, blank=True, default="")
    party_bic = models.CharField(max_length=20, blank=True, default="")
    party_ultimate = models.CharField(max_length=200, blank=True, default="", help_text="Whom it is for.")
    code = models.JSONField(default=dict, help_text="How the bank classes it, as it came.")
    return_reason = models.CharField(max_length=140, blank=True, default="")
    original_amount = AmountField(null=True)
    original_currency = models.CharField(max_length=3, blank=True, default="")
    original_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    charges = models.JSONField(default=list)
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, db_index=False, related_name="+", help_text="That booked it to the account."
    )
    booked_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="told_before",
        help_text="The booked line that a pending, reported or notified one has become.",
    )
    recorded_at = models.DateTimeField(db_default=Now())

    money = MoneyProperty("amount")
    open_money = MoneyProperty("open_amount")
    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "identity"], name="bank_line_once"),
            models.CheckConstraint(
                condition=Q(open_amount=0)
                | Q(is_money=True, open_amount__gt=0, open_amount__lte=F("amount"))
                | Q(is_money=True, open_amount__lt=0, open_amount__gte=F("amount")),
                name="bank_line_open_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(is_money=False) | Q(status="booked", booked_on__isnull=False),
                name="bank_line_money_is_booked",
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "booked_on", "id"], condition=~Q(open_amount=0), name="bank_line_open"),
            models.Index(fields=["account", "booked_on"], name="bank_line_by_day"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="bank_line_by_batch"),
            models.Index(fields=["payer", "booked_on"], condition=Q(payer__isnull=False), name="bank_line_by_payer"),
            models.Index(fields=["party_iban", "payer"], condition=~Q(party_iban=""), name="bank_line_by_iban"),
            models.Index(fields=["end_to_end_id"], condition=~Q(end_to_end_id=""), name="bank_line_by_end_to_end"),
            models.Index(fields=["updated_at", "id"], name="bank_line_by_change"),
            models.Index(fields=["statement", "id"], name="bank_line_by_statement"),
            models.Index(fields=["booked_as"], condition=Q(booked_as__isnull=False), name="bank_line_told_before"),
            models.Index(
                fields=["account"],
                condition=Q(is_money=False, batch__isnull=True, booked_as__isnull=True),
                name="bank_line_told_only",
            ),
            # what is looked for on the pages
            GinIndex(OpClass(Upper(SAID), name="gin_trgm_ops"), name="bank_line_said_trigram"),
            models.Index(fields=["amount"], name="bank_line_by_amount"),
            models.Index(fields=["open_amount"], condition=~Q(open_amount=0), name="bank_line_by_open_amount"),
            models.Index(fields=["-booked_on", "-id"], name="bank_line_latest"),
        ]


class LoadsSeen(models.QuerySet):
    def for_user(self, user: User):
        """Those of the legal entities that the user sees, and the user's own."""
        if user.all_entities:
            return self
        return self.filter(Q(sent_by=user) | Q(entity__in=LegalEntity.objects.for_user(user)))


class BankLoad(models.Model):
    """A file that a person sent, and what came of it; while it waits, the file lies under its key."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits to be loaded"
        LOADED = "loaded"
        REFUSED = "refused"

    MOVES = {State.WAITING: {State.LOADED, State.REFUSED}}

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True)
    entity = models.ForeignKey(
        LegalEntity,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        help_text="Whose accounts it may be of; none: all.",
    )
    file_name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    format = models.CharField(max_length=20, blank=True, default="")
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list, help_text="Where and why, in the order of the file.")
    statements = ArrayField(models.BigIntegerField(), default=list, help_text="Those that are new.")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    sent_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    objects = LoadsSeen.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="bank_load_waiting")]


class LineUseScoped(EntityScoped):
    entity_path = "line__entity"


class LineUse(models.Model):
    """So much of a line's money went there. Undone by a row of the opposite sign, never changed."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt of a customer"
        RETURN = "return", "A payment that came back"
        REFUND = "refund", "Paid back to a customer"
        SET_ASIDE = "set_aside", "No customer's: booked to another account"

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = AmountField(help_text="On the line's side of zero; opposite where it undoes another.")
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, blank=True, db_index=False, related_name="uses")
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, blank=True, db_index=False, related_name="+")
    note = models.CharField(max_length=200, blank=True, default="")
    effective_on = models.DateField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, db_index=False)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now())
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = LineUseScoped.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="line_use_not_zero"),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="line_use_reversed_once"
            ),
            models.UniqueConstraint(
                fields=["receipt", "kind"],
                condition=Q(receipt__isnull=False, reverses__isnull=True),
                name="line_use_receipt_once",
            ),
        ]
        indexes = [models.Index(fields=["receipt"], condition=Q(receipt__isnull=False), name="line_use_by_receipt")]
