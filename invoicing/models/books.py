"""Bank accounts, the ledger, its exports, and exchange rates."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.models import CurrentContext
from o2c.core.money import AmountField, CurrencyField
from o2c.core.stamps import Stamped
from o2c.orders.models import Customer, LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track()
class BankAccount(Stamped):
    """Where a legal entity is paid. The main one of a currency stands on the notices in that currency."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="bank_accounts")
    name = models.CharField(max_length=100, help_text="What people here call it.")
    currency = CurrencyField()
    iban = models.CharField(max_length=34, blank=True, default="")
    bic = models.CharField(max_length=11, blank=True, default="")
    account_number = models.CharField(max_length=34, blank=True, default="", help_text="Where there are no IBANs.")
    bank = models.CharField(max_length=100, blank=True, default="", help_text="Name or routing code of the bank.")
    is_main = models.BooleanField(default=False)
    in_use = models.BooleanField(default=True)

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["entity", "currency", "-is_main", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(iban="") | ~Q(account_number=""), name="bank_account_has_a_number"),
            models.CheckConstraint(condition=Q(is_main=False) | Q(in_use=True), name="bank_account_main_in_use"),
            models.UniqueConstraint(
                fields=["entity", "currency"], condition=Q(is_main=True), name="bank_account_main_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "iban", "currency"], condition=~Q(iban=""), name="bank_account_iban_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "account_number", "bank", "currency"],
                condition=~Q(account_number=""),
                name="bank_account_number_once",
            ),
        ]

    def __str__(self):
        return self.name


@pghistory.track()
class LedgerAccount(models.Model):
    """An account of a legal entity's books. `role` is what the software books to it."""

    class Role(models.TextChoices):
        RECEIVABLES = "receivables", "Trade receivables"
        REVENUE = "revenue", "Revenue and taxes of invoices kept elsewhere"
        CASH = "cash", "Cash in clearing"
        OPENING = "opening", "Settled before the books began here"
        WRITE_OFF = "write_off", "Small differences and bad debt"
        RECEIVABLES_REVALUATION = "receivables_revaluation", "Receivables in foreign currency, revaluation"
        FX_UNREALISED = "fx_unrealised", "Exchange differences not realised"
        SALES = "sales", "Sales, of invoices issued here"
        OUTPUT_TAX = "output_tax", "Tax owed on sales"
        PREPAYMENTS = "prepayments", "Received before the invoice"
        ROUNDING = "rounding", "Rounding of invoices"
        BANK = "bank", "Bank"
        DISCOUNT = "discount", "Early-payment discounts granted"
        BANK_CHARGES = "bank_charges", "Charges of banks"
        FX_REALISED = "fx_realised", "Exchange differences realised"
        FX_CLEARING = "fx_clearing", "Payments in another currency, in between"
        FEES = "fees", "Fees charged to customers"
        INTEREST = "interest", "Interest and compensation for late payment"
        BAD_DEBT = "bad_debt", "Bad debt"
        REFUNDS = "refunds", "Refunds to be paid"
        SET_ASIDE = "set_aside", "Bank movements that are no customer's"
        NETTING = "netting", "Netting with vendors, in clearing"

    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    role = models.CharField(max_length=30, choices=Role.choices)
    bank_account = models.OneToOneField(
        BankAccount, models.PROTECT, null=True, blank=True, related_name="ledger_account", help_text="Of role bank."
    )
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    company_code = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="The account in the company's own chart."
    )

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            # each bank account has one of its own
            models.UniqueConstraint(
                fields=["entity", "role"], condition=~Q(role="bank"), name="ledger_account_role_once"
            ),
            models.CheckConstraint(
                condition=Q(role="bank", bank_account__isnull=False) | (~Q(role="bank") & Q(bank_account__isnull=True)),
                name="ledger_account_of_a_bank",
            ),
            models.UniqueConstraint(fields=["entity", "code"], name="ledger_account_code_once"),
        ]

    @property
    def key(self) -> str:
        """What names it among the entity's accounts: its role, and a bank's by its code, as there are several."""
        return f"{self.role}:{self.code}" if self.role == self.Role.BANK else self.role


class Entry(models.Model):
    """One journal entry. Never changed; a mistake is reversed by another entry."""

    class Kind(models.TextChoices):
        ITEM = "item", "Invoice or credit note"
        RECEIPT = "receipt", "Receipt"
        CORRECTION = "correction", "Correction by the source"
        WRITE_OFF = "write_off", "Write-off"
        REVERSAL = "reversal", "Reversal"
        REVALUATION = "revaluation", "Revaluation at month's end"
        BANK = "bank", "Bank statement"
        DISCOUNT = "discount", "Early-payment discount"
        FEE = "fee", "Fee or interest"
        EXCHANGE = "exchange", "Payment in another currency"
        REFUND = "refund", "Refund"
        TRANSFER = "transfer", "Moved between customers"
        NETTING = "netting", "Netting with what we owe"

    # The text of receipts and their reversals: what a payer wrote may name a person, and an entry is never changed.
    PAYMENT = "Payment"

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False)
    payer = models.ForeignKey(
        Customer, models.PROTECT, db_index=False, related_name="+", null=True, help_text="None: the entity's own."
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.CharField(max_length=100, blank=True, default="")
    effective_on = models.DateField()
    known_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, db_index=False)
    actor = models.CharField(max_length=150)
    context_id = models.UUIDField(null=True, db_default=CurrentContext(), help_text="From where, for the audit trail.")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="entry_reversed_once"
            )
        ]
        indexes = [
            models.Index(fields=["entity", "effective_on"], name="entry_by_day"),
            # few entries among many, which each reconciliation of an account asks for
            models.Index(fields=["entity", "effective_on"], condition=Q(kind="bank"), name="entry_of_bank"),
            models.Index(fields=["recorded_at", "id"], name="entry_by_recording"),
            # many rows of one context take little room: PostgreSQL keeps equal keys once
            models.Index(fields=["context_id"], name="entry_by_context"),
        ]
        verbose_name_plural = "entries"


class Posting(models.Model):
    """One line of an entry. The postings of an entry sum to zero in each currency and in base; the database checks."""

    id = models.BigAutoField(primary_key=True)
    # Three keys a row, looked up row by row, took two thirds of a posting's time: a trigger looks them up together
    # (docs/decisions/0007).
    entry = models.ForeignKey(Entry, models.PROTECT, db_constraint=False, related_name="postings")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey("OpenItem", models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False)
    currency = CurrencyField()
    amount = AmountField(help_text="Debit positive, credit negative.")
    base_amount = AmountField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="posting_not_zero")]
        # items are looked for by their amounts here: these rows never change
        indexes = [models.Index(fields=["amount"], condition=Q(item__isnull=False), name="posting_by_amount")]


class JournalExport(models.Model):
    """Entries handed to the general ledger once. It can be written again word for word: the codes are kept."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT)
    from_on = models.DateField()
    until_on = models.DateField()
    again = models.BooleanField(default=False, help_text="Entries that were handed over before are in it too.")
    accounts = models.JSONField(help_text="Account codes of the company by role, as they were then.")
    entries = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now())

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["-id"]


class ExportedEntry(models.Model):
    """An entry is in an export; `again` where an earlier one had it already."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(JournalExport, models.PROTECT, db_index=False, related_name="lines")
    entry = models.ForeignKey(Entry, models.PROTECT, db_index=False)
    again = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "entry"], name="exported_entry_once_an_export"),
            models.UniqueConstraint(fields=["entry"], condition=Q(again=False), name="exported_entry_once"),
        ]


class ExchangeRate(models.Model):
    """Units of `currency` for one euro on a day, as the European Central Bank writes its reference rates."""

    currency = CurrencyField()
    on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
        ]


class AgingBucketSet(models.Model):
    """Upper bounds, in days past due, of all age buckets but the last: [0, 30, 60, 90] by default."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    bounds = ArrayField(models.PositiveSmallIntegerField())

    def __str__(self):
        return self.name
