"""What is sold, and at which price: products, price lists, and contracts with customers.

A price is never rewritten: another one follows it, from a day on. What the database itself keeps right of that is in
`orders/sql/prices.sql`; which price counts is said by `o2c.orders.prices.rules`.
"""

from decimal import Decimal

import pghistory
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from o2c.core.money import CurrencyField
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.orders.models.parties import Customer, LegalEntity, PaymentTerms
from o2c.orders.scope import EntityScoped

# As the lines of invoices keep quantities and unit prices.
DIGITS, PLACES = 19, 6


class FineField(models.DecimalField):
    """A quantity or a unit price: finer than an amount that is paid."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "max_digits": DIGITS, "decimal_places": PLACES})

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


@pghistory.track(exclude=["updated_at"])
class Product(ExternallyKnown, Stamped):
    """Goods or a service that is sold; shared by the legal entities, as customers are."""

    number = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=3, default="C62", help_text="UN/ECE recommendation 20; prices are for it.")
    in_use = models.BooleanField(default=True, db_default=True, help_text="Else nothing new is agreed of it.")
    tax_rate = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="Percent, where it is sold at home."
    )
    hs_code = models.CharField(
        max_length=12, blank=True, default="", db_default="", help_text="Harmonized System, of 6 to 12 digits."
    )
    origin_country = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="Where it was made (ISO 3166)."
    )
    net_weight_kg = FineField(null=True, blank=True, help_text="Of one unit.")
    gross_weight_kg = FineField(null=True, blank=True, help_text="Of one unit, as it is packed.")
    cost = FineField(null=True, blank=True, help_text="What one unit costs us, in `cost_currency`.")
    cost_currency = CurrencyField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="product_by_change"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_trigram"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="product_number_trigram"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="product_external_once"
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0, tax_rate__lt=100), name="product_tax_rate"
            ),
            models.CheckConstraint(
                condition=(Q(net_weight_kg__isnull=True) | Q(net_weight_kg__gte=0))
                & (Q(gross_weight_kg__isnull=True) | Q(gross_weight_kg__gte=0))
                & (
                    Q(gross_weight_kg__isnull=True)
                    | Q(net_weight_kg__isnull=True)
                    | Q(gross_weight_kg__gte=F("net_weight_kg"))
                ),
                name="product_weights",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True, cost_currency="") | Q(cost__gte=0) & ~Q(cost_currency=""),
                name="product_cost",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"


@pghistory.track(exclude=["updated_at"])
class PriceList(ExternallyKnown, Stamped):
    """Prices of a legal entity in one currency: for those who buy by it, or by default for all in that currency."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="price_lists")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    currency = CurrencyField()
    is_default = models.BooleanField(
        default=False, db_default=False, help_text="Counts for whoever buys in its currency, where nothing nearer does."
    )
    in_use = models.BooleanField(default=True, db_default=True)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [models.Index(fields=["updated_at", "id"], name="price_list_by_change")]
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="price_list_once"),
            models.UniqueConstraint(
                fields=["entity", "currency"], condition=Q(is_default=True), name="price_list_default_once"
            ),
            models.CheckConstraint(condition=Q(is_default=False) | Q(in_use=True), name="price_list_default_is_in_use"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="price_list_external_once"
            ),
        ]

    def __str__(self):
        return self.code


@pghistory.track(exclude=["updated_at"])
class PriceListChoice(Stamped):
    """By which price list a customer buys of a legal entity, and when. The database refuses two at a time."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="price_list_choices")
    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="choices")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Its last day.")

    objects = EntityScoped.as_manager()

    class Meta:
        ordering = ["valid_from"]
        indexes = [models.Index(fields=["updated_at", "id"], name="price_choice_by_change")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="price_choice_days"
            )
        ]


class PriceTerms(Stamped):
    """So much for `price_per` units of a product, from a quantity on, on the days of its validity."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="%(class)ss")
    from_quantity = FineField(default=Decimal(0), help_text="The quantity from which on it is the price.")
    price = FineField(help_text="In the currency of what it belongs to.")
    price_per = FineField(default=Decimal(1), help_text="For how many units it is.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Its last day.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


def _sane(of: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(price__gte=0, price_per__gt=0, from_quantity__gte=0), name=f"{of}_price_figures"
        ),
        models.CheckConstraint(
            condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name=f"{of}_price_days"
        ),
    ]


class OfList(EntityScoped):
    entity_path = "price_list__entity"


@pghistory.track(exclude=["updated_at"])
class ListPrice(PriceTerms):
    price_list = models.ForeignKey(PriceList, models.PROTECT, db_index=False, related_name="prices")

    objects = OfList.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="list_price_by_change"),
            models.Index(fields=["price_list", "product", "from_quantity"], name="list_price_by_product"),
        ]
        constraints = _sane("list")

    @property
    def owner(self) -> PriceList:
        return self.price_list


@pghistory.track(exclude=["updated_at"])
class Contract(ExternallyKnown, Stamped):
    """What a legal entity has agreed with a customer for a time: prices, and terms of payment where they differ.

    The state is what people did. What is a function of the day (that it ends soon, or has run out) is never written:
    `o2c.orders.contracts.life` says it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        RENEWED = "renewed", "Renewed"
        ENDED = "ended", "Ended"

    MOVES = {State.DRAFT: {State.ACTIVE}, State.ACTIVE: {State.RENEWED, State.ENDED}}

    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="contracts")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=200, help_text="What it is about.")
    currency = CurrencyField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="Its last day; none: until it is ended.")
    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+", help_text="None: the account's."
    )
    notice_days = models.PositiveSmallIntegerField(default=30, help_text="Days before its end that it ends soon.")
    predecessor = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="successor")
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it was ended.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="contract_by_change"),
            models.Index(fields=["entity", "ends_on"], condition=Q(state="active"), name="contract_by_end"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entity", "number"], name="contract_once"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="contract_external_once"
            ),
        ]

    def __str__(self):
        return self.number


@pghistory.track(exclude=["updated_at", "binds"])
class ContractPrice(PriceTerms):
    """A price of a contract. `binds` is kept by the database: the days on which it counts, none while it is a draft.

    Whose contract it is stands here too, because the database refuses that two contracts of a customer price the same
    product on the same day.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, db_index=False, related_name="prices")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    binds = DateRangeField(null=True, editable=False)

    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="contract_price_by_change"),
            models.Index(fields=["contract", "product", "from_quantity"], name="contract_price_by_product"),
        ]
        constraints = _sane("contract")

    @property
    def owner(self) -> Contract:
        return self.contract
