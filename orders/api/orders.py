"""Orders in the API: written, changed, validated and cancelled; what is wrong with one stands in the answer."""

from django.db.models import F, Prefetch, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, Currency, Day, DecimalIn, DecimalOut, Flag, MoneyOut, Text, View
from o2c.core.api.problems import Problem, at
from o2c.core.refusals import Fault
from o2c.core.states import IllegalMove, LostRace
from o2c.core.taxes import TaxCategory
from o2c.orders.api.naming import AccountQuery, CustomerName, by_key, check_key, customer_named, entity_named
from o2c.orders.checking import keeping
from o2c.orders.models import Contract, Incoterm, Order, OrderLine, OrderProblem, PaymentTerms, Product
from o2c.orders.ordering import moving, writing
from o2c.orders.ordering.drafts import DraftLine, DraftOrder, OrderRefused, ShipTo

MOST_LINES = 2_000


class OrderLineIn(Body):
    """What is left out is filled in: the price as agreed, the tax by where it goes, the rest from the product."""

    product = Text(required=False, max_length=60, allow_blank=True, default="", help_text="Its number.")
    description = Text(required=False, max_length=1000, allow_blank=True, default="")
    quantity = DecimalIn(whole=13, places=6)
    unit = Text(required=False, max_length=3, allow_blank=True, default="", help_text="UN/ECE recommendation 20.")
    price = DecimalIn(whole=13, places=6, required=False, allow_null=True, help_text="Before tax; left out: as agreed.")
    price_per = DecimalIn(whole=13, places=6, required=False, help_text="The price is that of so many units.")
    tax_category = Choice(choices=TaxCategory.choices, required=False)
    tax_rate = DecimalIn(whole=2, places=3, required=False, allow_null=True, help_text="Percent of tax.")
    hs_code = Text(required=False, max_length=12, allow_blank=True, default="")
    origin_country = Text(required=False, max_length=2, allow_blank=True, default="")
    net_weight_kg = DecimalIn(whole=13, places=6, required=False, allow_null=True, help_text="Of the whole line.")
    gross_weight_kg = DecimalIn(whole=13, places=6, required=False, allow_null=True, help_text="Of the whole line.")


class ShipToIn(Body):
    name = Text(required=False, max_length=200, allow_blank=True, default="")
    street = Text(required=False, max_length=200, allow_blank=True, default="")
    postal_code = Text(required=False, max_length=20, allow_blank=True, default="")
    city = Text(required=False, max_length=100, allow_blank=True, default="")
    country = Text(required=False, max_length=2, allow_blank=True, default="")


class OrderChange(Body):
    """An order as a whole: what is left out is as agreed, or empty."""

    customer = CustomerName()
    ordered_on = Day(required=False, help_text="Prices are those of this day; left out: today.")
    wanted_on = Day(required=False, allow_null=True)
    currency = Currency(required=False, help_text="Left out: the account's.")
    customer_reference = Text(
        required=False, max_length=100, allow_blank=True, default="", help_text="The customer's own order number."
    )
    buyer_reference = Text(required=False, max_length=100, allow_blank=True, default="")
    contract = Text(required=False, max_length=40, allow_null=True, help_text="Its number; left out: by the prices.")
    terms = Text(
        required=False, max_length=20, allow_null=True, help_text="Code of payment terms; left out: as agreed."
    )
    ship_to = ShipToIn(required=False, help_text="Left out: the customer's address.")
    incoterm = Choice(choices=Incoterm.choices, required=False)
    incoterm_place = Text(required=False, max_length=100, allow_blank=True, default="")
    note = Text(required=False, max_length=5000, allow_blank=True, default="")
    draft = Flag(
        required=False, default=False, help_text="true: it is not whole yet; else it is validated if nothing is wrong."
    )
    lines = OrderLineIn(many=True, required=False, max_length=MOST_LINES)


class OrderIn(OrderChange):
    entity = Text(max_length=20, help_text="Code of the legal entity.")


class CancelOrderIn(Body):
    reason = Text(max_length=300)


class OrderView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField()
    customer_reference = serializers.CharField()
    buyer_reference = serializers.CharField()
    channel = serializers.ChoiceField(choices=Order.Channel.choices)
    state = serializers.ChoiceField(choices=Order.State.choices)
    has_problems = serializers.BooleanField(help_text="Whether something is wrong with it that nobody waived.")
    ordered_on = serializers.DateField()
    wanted_on = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    contract = serializers.CharField(source="contract_number", allow_null=True)
    terms = serializers.CharField(source="terms_code", allow_null=True, help_text="Code of its payment terms.")
    incoterm = serializers.CharField()
    incoterm_place = serializers.CharField()
    note = serializers.CharField()
    net = MoneyOut("net_total")
    tax = MoneyOut("tax_total")
    gross = MoneyOut("gross_total")
    reason = serializers.CharField(help_text="Why it was cancelled.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ShipToView(View):
    name = serializers.CharField(source="ship_to_name")
    street = serializers.CharField(source="ship_to_street")
    postal_code = serializers.CharField(source="ship_to_postal_code")
    city = serializers.CharField(source="ship_to_city")
    country = serializers.CharField(source="ship_to_country")


class OrderLineView(View):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    product = serializers.CharField(source="product_number", allow_null=True)
    given = serializers.CharField(help_text="By what the customer called it.")
    description = serializers.CharField()
    quantity = DecimalOut()
    unit = serializers.CharField()
    price = DecimalOut()
    price_per = DecimalOut()
    origin = serializers.ChoiceField(choices=OrderLine.Origin.choices, help_text="Where the price comes from.")
    agreed = DecimalOut(allow_null=True, help_text="What contracts and lists say; null: nothing.")
    agreed_per = DecimalOut(allow_null=True)
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices)
    tax_rate = DecimalOut()
    net = MoneyOut("net")
    hs_code = serializers.CharField()
    origin_country = serializers.CharField()
    net_weight_kg = DecimalOut(allow_null=True)
    gross_weight_kg = DecimalOut(allow_null=True)
    delivered = DecimalOut()
    invoiced = DecimalOut()
    closed = DecimalOut(help_text="Given up.")


class OrderProblemView(View):
    id = serializers.IntegerField()
    line = serializers.IntegerField(source="line_position", allow_null=True, help_text="Its position; null: the order.")
    code = serializers.CharField()
    text = serializers.CharField()
    found_at = serializers.DateTimeField()
    waived_at = serializers.DateTimeField(allow_null=True)
    waived_by = serializers.CharField()
    waived_reason = serializers.CharField()


class OrderDetail(OrderView):
    ship_to = ShipToView()
    lines = OrderLineView(many=True, source="parts")
    problems = OrderProblemView(many=True, source="wrong")


class OrderQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Order.State.choices, required=False)
    number = serializers.CharField(required=False, max_length=60)
    customer_reference = serializers.CharField(required=False, max_length=100)
    has_problems = serializers.BooleanField(required=False)
    source = serializers.CharField(required=False, max_length=60)


class KeyQuery(serializers.Serializer):
    entity = serializers.CharField(required=False, max_length=20, help_text="Where the key is known to several.")


class OrderEndpoint(Endpoint):
    tag = "Orders"
    refusals = (LostRace, IllegalMove)

    def rows(self) -> QuerySet[Order]:
        seen = Order.objects.for_user(self.request.user)
        return seen.annotate(
            entity_code=F("entity__code"), contract_number=F("contract__number"), terms_code=F("terms__code"),
            has_problems=keeping.has_problems(),
        )  # fmt: skip

    def visible(self, pk: int) -> Order:
        return self.find(Order.objects.for_user(self.request.user), pk=pk)

    def answer(self, order: Order, status: int = 200) -> Response:
        lines = OrderLine.objects.annotate(product_number=F("product__number")).order_by("position")
        problems = OrderProblem.objects.filter(ended_at=None).annotate(line_position=F("line__position")).order_by("pk")
        row = self.find(
            self.rows().prefetch_related(
                Prefetch("lines", lines, to_attr="parts"), Prefetch("problems", problems, to_attr="wrong")
            ),
            pk=order.pk,
        )
        row.ship_to = row
        for line in row.parts:
            line.currency = row.currency
        location = reverse("api:order", args=[row.pk]) if status == 201 else None
        return self.one(row, OrderDetail, status=status, location=location)

    def said(self, given: dict, entity, customer, *, existing: Order | None = None, **external) -> DraftOrder:
        """The order that a body says, of what the caller sees. Raises Problem."""
        contract = terms = None
        if given.get("contract"):
            contract = Contract.objects.filter(entity=entity, customer=customer, number=given["contract"]).first()
            if contract is None:
                raise at("/contract", "unknown", "The customer has no such contract with the legal entity.")
        if given.get("terms"):
            terms = PaymentTerms.objects.filter(code=given["terms"]).first()
            if terms is None:
                raise at("/terms", "unknown", "There are no such payment terms.")
        lines = given.get("lines", [])
        known = Product.objects.in_bulk({line["product"] for line in lines}, field_name="number")
        today = existing.ordered_on if existing else clock.today(entity.time_zone)
        return DraftOrder(
            entity=entity,
            customer=customer,
            ordered_on=given.get("ordered_on") or today,
            channel=existing.channel if existing else Order.Channel.API,
            lines=tuple(_line(line, known) for line in lines),
            contract=contract,
            terms=terms,
            ship_to=ShipTo(**given["ship_to"]) if given.get("ship_to") else None,
            submitted=not given["draft"],
            **{
                name: given.get(name) or ""
                for name in (
                    "currency", "customer_reference", "buyer_reference", "incoterm", "incoterm_place", "note",
                )
            },
            wanted_on=given.get("wanted_on"),
            **external,
        )  # fmt: skip

    def locked(self, order: Order) -> Order:
        """Locked, in the version that the caller names. Raises Problem, LostRace."""
        conditions.check_writing(self.request, Order.objects.select_for_update(no_key=True).get(pk=order.pk))
        return writing.hold(order)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, OrderRefused):
            exc = refused(exc.faults)
        return super().handle_exception(exc)


class Orders(OrderEndpoint):
    @operation("orders:read", "List orders", gives=OrderView, query=OrderQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Without their lines, of the legal entities that you see."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", number="number",
            customer_reference="customer_reference", has_problems="has_problems", source="source",
        )  # fmt: skip
        return self.page(rows, OrderView)

    @operation("orders:write", "Enter an order", takes=OrderIn, gives=OrderDetail, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Whole or not at all. What is wrong with it is no error: it stands in `problems`, and the order is a draft."""
        customer = customer_named(request.user, given["customer"])
        entity = entity_named(request.user, given["entity"])
        return self.answer(writing.write(self.said(given, entity, customer), actor=self.actor), status=201)


class OneOrder(OrderEndpoint):
    @operation("orders:read", "Read an order", gives=OrderDetail)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.visible(pk))

    @operation("orders:write", "Change an order", takes=OrderChange, gives=OrderDetail, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Says it anew, as long as it is not confirmed (409); lines are known again by their position."""
        order = self.locked(self.visible(pk))
        customer = customer_named(request.user, given["customer"])
        external = {"source": order.source, "external_id": order.external_id}
        draft = self.said(given, order.entity, customer, existing=order, **external)
        return self.answer(writing.write(draft, existing=order, actor=self.actor))


class ExternalOrder(OrderEndpoint):
    @operation("orders:read", "Read an order by its key elsewhere", gives=OrderDetail, query=KeyQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        seen = self.asked_for(Order.objects.for_user(request.user), entity="entity__code")
        return self.answer(by_key(seen, source, external_id))

    @operation(
        "orders:write", "Enter or change an order by its key elsewhere",
        takes=OrderIn, gives=OrderDetail, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. The key is one within the legal entity and the source."""
        check_key(source, external_id)
        customer = customer_named(request.user, given["customer"])
        entity = entity_named(request.user, given["entity"])
        locks.hold("order", entity.code, source, external_id)
        external = {"source": source, "external_id": external_id}
        found = Order.objects.filter(entity=entity, **external).first()
        if found is None:
            conditions.check_writing(request, None)
            return self.answer(writing.write(self.said(given, entity, customer, **external), actor=self.actor), 201)
        order = self.locked(found)
        draft = self.said(given, entity, customer, existing=order, **external)
        return self.answer(writing.write(draft, existing=order, actor=self.actor))


class ValidateOrder(OrderEndpoint):
    @operation("orders:write", "Validate an order", gives=OrderDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Checks it again. It is whole by that: validated as soon as nothing is wrong with it, now or later."""
        return self.answer(moving.submit(self.visible(pk), actor=self.actor))


class CancelOrder(OrderEndpoint):
    @operation("orders:write", "Cancel an order", takes=CancelOrderIn, gives=OrderDetail)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """One of which nothing was delivered or invoiced (else 409). Cancelled already, it stays so."""
        return self.answer(moving.cancel(self.visible(pk), reason=given["reason"], actor=self.actor))


def _line(given: dict, known: dict[str, Product]) -> DraftLine:
    product = known.get(given["product"])
    rest = {name: value for name, value in given.items() if name != "product"}
    return DraftLine(product=product, given=given["product"], **rest)


def refused(faults: list[Fault]) -> Problem:
    """Faults of an order as a problem; one of the order as a whole is a conflict."""
    if all(not fault.pointer for fault in faults):
        return Problem("conflict", " ".join(fault.text for fault in faults))
    errors = [{"pointer": fault.pointer, "code": fault.code, "detail": fault.text} for fault in faults]
    return Problem("validation", errors[0]["detail"] if len(errors) == 1 else "", errors=errors)
