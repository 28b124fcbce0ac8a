"""What customers order: orders with their lines, and what is wrong with them.

The state is what people and deliveries did. What an order comes to is kept by the act that writes it, by the rule of
the norm (EN 16931-1; BT-… are its numbers); what was delivered and invoiced of a line is kept by the database.
"""

from decimal import Decimal

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from o2c.core.money import AmountField, CurrencyField, MoneyProperty
from o2c.core.stamps import ExternallyKnown, Stamped
from o2c.core.taxes import TaxCategory
from o2c.orders.models.parties import Customer, LegalEntity, PaymentTerms
from o2c.orders.models.prices import Contract, ContractPrice, FineField, ListPrice, Product
from o2c.orders.scope import EntityScoped


class Incoterm(models.TextChoices):
    """Who bears cost and risk until where (ICC Incoterms 2020)."""

    EXW = "EXW", "EXW, ex works"
    FCA = "FCA", "FCA, free carrier"
    CPT = "CPT", "CPT, carriage paid to"
    CIP = "CIP", "CIP, carriage and insurance paid to"
    DAP = "DAP", "DAP, delivered at place"
    DPU = "DPU", "DPU, delivered at place unloaded"
    DDP = "DDP", "DDP, delivered duty paid"
    FAS = "FAS", "FAS, free alongside ship"
    FOB = "FOB", "FOB, free on board"
    CFR = "CFR", "CFR, cost and freight"
    CIF = "CIF", "CIF, cost, insurance and freight"


@pghistory.track(exclude=["updated_at"])
class Order(ExternallyKnown, Stamped):
    """What a customer wants of a legal entity: who orders is billed."""

    class Channel(models.TextChoices):
        BROWSER = "browser", "In the browser"
        API = "api", "Over the API"
        FILE = "file", "From a file"
        UBL = "ubl", "UBL Order"
        X12 = "x12", "X12 850"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        VALIDATED = "validated", "Validated"
        ON_HOLD = "on_hold", "On credit hold"
        CONFIRMED = "confirmed", "Confirmed"
        PARTLY_DELIVERED = "partly_delivered", "Partly delivered"
        DELIVERED = "delivered", "Delivered"
        INVOICED = "invoiced", "Invoiced"
        CLOSED = "closed", "Closed"
        CANCELLED = "cancelled", "Cancelled"

    # One that is changed, or found to have problems, is a draft again. Deliveries and invoices that are taken back
    # take the order back; what is left of one that is partly delivered is given up on its lines.
    MOVES = {
        State.DRAFT: {State.VALIDATED, State.CANCELLED},
        State.VALIDATED: {State.DRAFT, State.ON_HOLD, State.CONFIRMED, State.CANCELLED},
        State.ON_HOLD: {State.DRAFT, State.CONFIRMED, State.CANCELLED},
        State.CONFIRMED: {State.PARTLY_DELIVERED, State.DELIVERED, State.INVOICED, State.CANCELLED},
        State.PARTLY_DELIVERED: {State.CONFIRMED, State.DELIVERED, State.INVOICED},
        State.DELIVERED: {State.CONFIRMED, State.PARTLY_DELIVERED, State.INVOICED},
        State.INVOICED: {State.CONFIRMED, State.PARTLY_DELIVERED, State.DELIVERED, State.CLOSED},
    }
    # Not yet promised to the customer: free to change.
    OPEN_TO_CHANGE = frozenset({State.DRAFT, State.VALIDATED, State.ON_HOLD})

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, db_index=False, related_name="orders")
    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="orders")
    number = models.CharField(max_length=60, help_text="Ours, of the legal entity's series.")
    customer_reference = models.CharField(
        max_length=100, blank=True, default="", help_text="The customer's own order number (BT-13)."
    )
    buyer_reference = models.CharField(
        max_length=100, blank=True, default="", help_text="By which the customer's invoices find their way (BT-10)."
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    submitted = models.BooleanField(
        default=False, db_default=False, help_text="Whole as it is: validated as soon as nothing is wrong with it."
    )
    ordered_on = models.DateField(help_text="Prices are those of this day.")
    wanted_on = models.DateField(null=True, blank=True, help_text="When the customer wants it.")
    currency = CurrencyField()
    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The contract's, else the account's, when it was written.",
    )  # fmt: skip
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, blank=True, related_name="orders")
    ship_to_name = models.CharField(max_length=200, blank=True, default="")
    ship_to_street = models.CharField(max_length=200, blank=True, default="")
    ship_to_postal_code = models.CharField(max_length=20, blank=True, default="")
    ship_to_city = models.CharField(max_length=100, blank=True, default="")
    ship_to_country = models.CharField(max_length=2, blank=True, default="")
    incoterm = models.CharField(max_length=3, choices=Incoterm.choices, blank=True, default="")
    incoterm_place = models.CharField(max_length=100, blank=True, default="")
    note = models.TextField(blank=True, default="")

    net_total = AmountField(default=0, help_text="BT-109")
    tax_total = AmountField(default=0, help_text="BT-110")
    gross_total = AmountField(default=0, help_text="BT-112")
    base_total = AmountField(
        null=True, blank=True, help_text="The gross in the legal entity's currency; none where there was no rate."
    )

    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it was cancelled.")

    gross_money = MoneyProperty("gross_total")
    objects = EntityScoped.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="order_by_change"),
            models.Index(fields=["entity", "-ordered_on", "-id"], name="order_by_day"),
            models.Index(fields=["entity", "state", "-ordered_on", "-id"], name="order_by_state"),
            models.Index(fields=["customer", "-ordered_on", "-id"], name="order_by_customer"),
            models.Index(
                fields=["customer", "customer_reference"], condition=~Q(customer_reference=""), name="order_by_theirs"
            ),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="order_number_trigram"),
            GinIndex(OpClass(Upper("customer_reference"), name="gin_trgm_ops"), name="order_theirs_trigram"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entity", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["entity", "source", "external_id"], condition=~Q(external_id=""), name="order_external_once"
            ),
            models.CheckConstraint(condition=Q(gross_total=F("net_total") + F("tax_total")), name="order_br_co_15"),
            models.CheckConstraint(condition=Q(net_total__gte=0, tax_total__gte=0), name="order_totals"),
            models.CheckConstraint(condition=~Q(state="cancelled") | ~Q(reason=""), name="order_cancelled_for_reason"),
        ]

    def __str__(self):
        return self.number


class OfOrder(EntityScoped):
    entity_path = "order__entity"


@pghistory.track(exclude=["updated_at", "delivered", "invoiced"])
class OrderLine(Stamped):
    """So much of a product at a price. Figures may be odd while it is a draft; the problems say so.

    `agreed` is what the prices of contracts and lists say for it (`o2c.orders.prices`), None where they say nothing.
    """

    class Origin(models.TextChoices):
        CONTRACT = "contract", "Contract"
        ACCOUNT_LIST = "account_list", "The list it buys by"
        DEFAULT_LIST = "default_list", "Default list"
        BY_HAND = "by_hand", "By hand"

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="order_lines")
    given = models.CharField(max_length=200, blank=True, default="", help_text="By what it was called in the order.")
    description = models.CharField(max_length=1000, blank=True, default="", help_text="BT-153")
    quantity = FineField()
    unit = models.CharField(max_length=3, default="C62", help_text="UN/ECE recommendation 20.")
    price = FineField(help_text="In the order's currency.")
    price_per = FineField(default=Decimal(1), help_text="For how many units it is.")
    origin = models.CharField(max_length=20, choices=Origin.choices, default=Origin.BY_HAND)
    # a price of today may still be taken back: the line keeps what it was
    contract_price = models.ForeignKey(
        ContractPrice, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    list_price = models.ForeignKey(ListPrice, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+")
    agreed = FineField(null=True, blank=True, help_text="What was agreed when it was last checked.")
    agreed_per = FineField(null=True, blank=True, help_text="For how many units that is.")
    tax_category = models.CharField(max_length=2, choices=TaxCategory.choices, help_text="BT-151")
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text="BT-152, percent")
    net = AmountField(default=0, help_text="BT-131")
    hs_code = models.CharField(max_length=12, blank=True, default="", help_text="Harmonized System.")
    origin_country = models.CharField(max_length=2, blank=True, default="", help_text="Where it was made.")
    net_weight_kg = FineField(null=True, blank=True, help_text="Of the whole quantity.")
    gross_weight_kg = FineField(null=True, blank=True, help_text="Of the whole quantity, as it is packed.")
    delivered = FineField(default=Decimal(0), db_default=Decimal(0), help_text="Kept by the database.")
    invoiced = FineField(default=Decimal(0), db_default=Decimal(0), help_text="Kept by the database.")
    closed = FineField(default=Decimal(0), db_default=Decimal(0), help_text="Not delivered any more: given up.")

    objects = OfOrder.as_manager()

    class Meta:
        ordering = ["order", "position"]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="order_line_by_change"),
            models.Index(
                fields=["contract_price"], condition=Q(contract_price__isnull=False), name="order_line_by_agreed"
            ),
            models.Index(fields=["list_price"], condition=Q(list_price__isnull=False), name="order_line_by_listed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "position"], name="order_line_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, price__gte=0, price_per__gt=0), name="order_line_figures"
            ),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lt=100), name="order_line_rate"),
            models.CheckConstraint(
                condition=Q(agreed__isnull=True, agreed_per__isnull=True) | Q(agreed__gte=0, agreed_per__gt=0),
                name="order_line_agreed",
            ),
            # more may be delivered than was ordered, and invoiced; never less than nothing
            models.CheckConstraint(
                condition=Q(delivered__gte=0, invoiced__gte=0, closed__gte=0, closed__lte=F("quantity")),
                name="order_line_progress",
            ),
            models.CheckConstraint(
                condition=(Q(net_weight_kg__isnull=True) | Q(net_weight_kg__gte=0))
                & (Q(gross_weight_kg__isnull=True) | Q(gross_weight_kg__gte=0)),
                name="order_line_weights",
            ),
        ]

    @property
    def left(self) -> Decimal:
        """The quantity that is still to be delivered."""
        return max(self.quantity - self.delivered - self.closed, Decimal(0))

    @property
    def over(self) -> Decimal:
        """What was delivered beyond what was ordered and not given up."""
        return max(self.delivered - (self.quantity - self.closed), Decimal(0))


@pghistory.track(exclude=["updated_at"])
class OrderProblem(Stamped):
    """What is wrong with an order or a line of it, from when it was found until it was no more.

    It keeps the order from being confirmed while it stands, unless it was waived: some who may take what it says.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, db_index=False, related_name="problems")
    line = models.ForeignKey(OrderLine, models.CASCADE, null=True, blank=True, related_name="problems")
    code = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)
    found_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.CharField(max_length=150, blank=True, default="")
    waived_reason = models.CharField(max_length=300, blank=True, default="")

    objects = OfOrder.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="order_problem_by_change"),
            models.Index(fields=["order", "found_at"], name="order_problem_by_order"),
            models.Index(fields=["code", "order"], condition=Q(ended_at__isnull=True), name="order_problem_standing"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "line", "code"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="order_problem_once",
            ),
            models.CheckConstraint(
                condition=Q(waived_at__isnull=True, waived_by="") | Q(waived_at__isnull=False) & ~Q(waived_by=""),
                name="order_problem_waived_by_whom",
            ),
        ]

    def __str__(self):
        return self.code
