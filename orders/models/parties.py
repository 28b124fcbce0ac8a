"""Who sells, who buys, and on what terms."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from o2c.core import eori, networks
from o2c.core.models import User
from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.orders.scope import ByCustomerScoped, CustomerScoped, EntityScoped, LegalEntityScoped

SATURDAY, SUNDAY = 6, 7
HELP = "In the Peppol network: scheme and identifier, such as 0088:7300010000001."


def usual_weekend() -> list[int]:
    return [SATURDAY, SUNDAY]


class PeppolAddressField(models.CharField):
    """Where e-invoices are sent from and to in the Peppol network; `o2c.core.networks` says how it is written."""

    def __init__(self, *args, **kwargs):
        own = {"max_length": networks.LONGEST, "blank": True, "default": "", "db_default": "", "help_text": HELP}
        super().__init__(*args, **{**own, **kwargs})


class EoriField(models.CharField):
    """By what number customs know who exports or imports; `o2c.core.eori` says how it is written."""

    def __init__(self, *args, **kwargs):
        about = "By which customs know it: such as DE1234567."
        own = {"max_length": eori.LONGEST, "blank": True, "default": "", "db_default": "", "help_text": about}
        super().__init__(*args, **{**own, **kwargs})


@pghistory.track(exclude=["updated_at"])
class LegalEntity(Stamped):
    """The selling company: it owns receivables, keeps books in its base currency and lives in its time zone."""

    class Keeper(models.TextChoices):
        O2C = "o2c", "o2c"
        ERP = "erp", "The ERP"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(
        max_length=10, blank=True, default="", db_default="", help_text="State or region whose holidays it keeps."
    )
    weekend = ArrayField(
        models.PositiveSmallIntegerField(), default=usual_weekend, db_default=[6, 7], help_text="1: Monday … 7: Sunday."
    )
    base_currency = CurrencyField()
    vat_id = models.CharField(max_length=20, blank=True, default="", db_default="")
    registration_number = models.CharField(max_length=50, blank=True, default="", db_default="")
    eori = EoriField()
    peppol_address = PeppolAddressField()
    books_kept_by = models.CharField(
        max_length=3, choices=Keeper.choices, default=Keeper.ERP, db_default="erp", help_text="The general ledger."
    )
    cash_applied_by = models.CharField(
        max_length=3,
        choices=Keeper.choices,
        default=Keeper.O2C,
        db_default="o2c",
        help_text="Who says which receipt settles what.",
    )
    closed_until = models.DateField(
        null=True, blank=True, help_text="Nothing is booked on this day or before it any more."
    )
    time_zone = models.CharField(max_length=50, default="UTC")
    email = models.EmailField(blank=True, default="", help_text="Sender of its messages and where answers go.")
    address = models.TextField(blank=True, default="")
    phone = models.CharField(max_length=50, blank=True, default="")

    objects = LegalEntityScoped.as_manager()

    class Meta:
        verbose_name_plural = "legal entities"

    def __str__(self):
        return self.code


class Holiday(models.Model):
    """A public holiday of a country or of a part of it, as the package `holidays` knows it."""

    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=10, blank=True, default="")
    day = models.DateField()
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "subdivision", "day"], name="holiday_once")]


class HolidayYear(models.Model):
    """A year whose holidays are filled in, and by which version of the package; also where there are none."""

    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=10, blank=True, default="")
    year = models.PositiveSmallIntegerField()
    version = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "subdivision", "year"], name="holiday_year_once")]


@pghistory.track()
class ClosingDay(models.Model):
    """A day on which one legal entity does no business, beside weekends and public holidays."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="closing_days")
    day = models.DateField()
    name = models.CharField(max_length=100)

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["entity", "day"], name="closing_day_once")]


@pghistory.track()
class EntityAccess(models.Model):
    """A user may see this legal entity."""

    user = models.ForeignKey(User, models.CASCADE, related_name="entity_access")
    entity = models.ForeignKey(LegalEntity, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "entity"], name="entity_access_once")]


@pghistory.track(exclude=["updated_at"])
class PaymentTerms(Stamped):
    """When an invoice falls due. `o2c.orders.terms` works the day out."""

    class Kind(models.TextChoices):
        NET = "net", "Days after the invoice"
        END_OF_MONTH = "end_of_month", "End of month, then days"
        DAY_OF_MONTH = "day_of_month", "Days, then the next such day of a month"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.NET)
    days = models.PositiveSmallIntegerField(default=30)
    day_of_month = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "payment terms"
        constraints = [
            models.CheckConstraint(
                # A CHECK lets pass what is NULL, so that there is a day must be said.
                condition=Q(kind="day_of_month", day_of_month__isnull=False, day_of_month__range=(1, 31))
                | (~Q(kind="day_of_month") & Q(day_of_month__isnull=True)),
                name="terms_day_of_month_when_needed",
            )
        ]

    def __str__(self):
        return self.code


@pghistory.track()
class EarlyPaymentDiscount(models.Model):
    """One tier: pay within so many days of the invoice and take so many percent off."""

    terms = models.ForeignKey(PaymentTerms, models.CASCADE, related_name="discounts")
    days = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=3)

    class Meta:
        ordering = ["days"]
        constraints = [
            models.UniqueConstraint(fields=["terms", "days"], name="discount_tier_once"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lt=100), name="discount_percent_sane"),
        ]


@pghistory.track()
class Instalment(models.Model):
    """One of several parts an invoice is paid in; the shares of a set of terms add up to 100."""

    terms = models.ForeignKey(PaymentTerms, models.CASCADE, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    extra_days = models.PositiveSmallIntegerField(default=0, help_text="Days after the terms' own due date.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["terms", "number"], name="instalment_once")]


@pghistory.track(exclude=["updated_at"])
class Customer(ExternallyKnown, Stamped):
    """A party that buys. Shared by the legal entities; what is agreed with one of them is in its Account.

    `payer` is the root of the group the customer belongs to (itself when it stands alone): it may pay for its
    branches, and large tables are cut by it. It is kept by `o2c.orders.customers`.
    """

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    vat_id = models.CharField(max_length=20, blank=True, default="")
    eori = EoriField()
    peppol_address = PeppolAddressField()
    country = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=5, default="en")
    is_consumer = models.BooleanField(
        "private person", default=False, db_default=False, help_text="No company: other law on late payment."
    )
    street = models.CharField(max_length=200, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="branches")
    payer = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = CustomerScoped.as_manager()

    class Meta:
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name_trigram"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="customer_number_trigram"),
            models.Index(fields=["updated_at", "id"], name="customer_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="customer_external_once"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="customer_not_its_own_parent"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"


@pghistory.track()
class CustomerBankAccount(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="bank_accounts")
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True, default="")

    objects = ByCustomerScoped.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "iban"], name="customer_iban_once")]
        # who pays from an account is asked for every line of a bank statement
        indexes = [models.Index(fields=["iban"], name="customer_by_iban")]


@pghistory.track(exclude=["updated_at"])
class Account(ExternallyKnown, Stamped):
    """A customer with one legal entity: what is agreed and who looks after it."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Telephone"
        NONE = "none", "No reminders"

    class Standing(models.TextChoices):
        OPEN = "open", "Open for business"
        BLOCKED = "blocked", "Blocked"
        CLOSED = "closed", "Closed"

    class InvoiceOn(models.TextChoices):
        ORDER = "order", "The order, once it is confirmed"
        DELIVERY = "delivery", "What was delivered"
        PROOF = "proof", "What is proved to have arrived"

    class Collective(models.TextChoices):
        EACH = "each", "One for each"
        DAILY = "daily", "One a day"
        WEEKLY = "weekly", "One a week"
        MONTHLY = "monthly", "One a month"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="accounts")
    currency = CurrencyField()
    segment = models.CharField(max_length=40, blank=True, default="")
    terms = models.ForeignKey(PaymentTerms, models.PROTECT, null=True, blank=True)
    credit_limit = AmountField(null=True, blank=True)
    collector = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="accounts")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    policy = models.CharField(
        max_length=40, blank=True, default="", help_text="Code of its dunning policy; empty: the legal entity's."
    )
    standing = models.CharField(
        max_length=10,
        choices=Standing.choices,
        default=Standing.OPEN,
        db_default=Standing.OPEN,
        help_text="Nothing new is invoiced to one that is not open; what it pays or is paid back is looked at.",
    )
    standing_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    demands_order_number = models.BooleanField(
        default=False, db_default=False, help_text="Invoices without the customer's own order number are not paid."
    )
    invoice_on = models.CharField(
        max_length=10,
        choices=InvoiceOn.choices,
        default=InvoiceOn.DELIVERY,
        db_default=InvoiceOn.DELIVERY,
        help_text="What is invoiced.",
    )
    collective = models.CharField(
        max_length=10,
        choices=Collective.choices,
        default=Collective.EACH,
        db_default=Collective.EACH,
        help_text="Over how much one invoice goes.",
    )

    limit = MoneyProperty("credit_limit")
    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [models.Index(fields=["updated_at", "id"], name="account_by_change")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "entity"], name="account_once"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="account_external_once"
            ),
        ]


@pghistory.track(exclude=["updated_at"])
class Contact(ExternallyKnown, Stamped):
    class Role(models.TextChoices):
        BILLING = "billing", "Accounts payable"
        PURCHASING = "purchasing", "Purchasing"
        MANAGEMENT = "management", "Management"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.BILLING)
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=50, blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="", help_text="Empty: the customer's.")
    in_use = models.BooleanField(default=True)

    objects = ByCustomerScoped.as_manager()

    class Meta:
        indexes = [models.Index(fields=["updated_at", "id"], name="contact_by_change")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="contact_external_once"
            )
        ]
