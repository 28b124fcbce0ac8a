"""Cost to serve in the API: what customers and orders cost, the rates of the steps, and work that is written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.analytics.models import CostRate, WorkRecord
from o2c.analytics.models.serving import BY_PERCENT, Step
from o2c.analytics.serving import keeping, reading
from o2c.analytics.serving.keeping import ServingRefused
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, DecimalIn, DecimalOut, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.orders.api.naming import CustomerName, customer_named, entity_named
from o2c.orders.models import Customer, LegalEntity, Order


class StepView(serializers.Serializer):
    step = serializers.ChoiceField(choices=Step.choices)
    quantity = serializers.CharField(help_text="So many; of card_fee the money in the base currency.")
    cost = serializers.CharField(help_text="In the base currency.")
    has_rate = serializers.BooleanField(
        help_text="false: some of it was done on days without a rate, and costs nothing."
    )


class ServedView(serializers.Serializer):
    orders = serializers.IntegerField()
    net = serializers.CharField(help_text="What was ordered, without tax.")
    goods = serializers.CharField(help_text="What the goods cost, as far as their products say it.")
    cost = serializers.CharField(help_text="What serving cost.")
    left = serializers.CharField(help_text="net less goods and cost.")
    steps = StepView(many=True)


class ServedMonthView(ServedView):
    month = serializers.DateField(help_text="Its first day.")


class CustomerServedView(ServedView):
    customer = serializers.IntegerField()
    entity = serializers.CharField()
    currency = serializers.CharField(help_text="The base currency, in which all of it is.")
    since = serializers.DateField()
    until = serializers.DateField()
    months = ServedMonthView(many=True)


class OrderServedView(ServedView):
    order = serializers.IntegerField()
    currency = serializers.CharField(help_text="The legal entity's base currency, in which all of it is.")


def _told(found: reading.Result) -> dict:
    return {
        "orders": found.orders,
        **{name: f"{getattr(found, name):f}" for name in ("net", "goods", "cost", "left")},
        "steps": [
            {"step": step.value, "quantity": f"{each.quantity.normalize():f}", "cost": f"{each.cost:f}",
             "has_rate": not each.unpriced}
            for step, each in found.steps.items()
        ],
    }  # fmt: skip


class ServedQuery(serializers.Serializer):
    entity = serializers.CharField(max_length=20, help_text="Code of the legal entity.")
    since = serializers.DateField()
    until = serializers.DateField()

    def validate(self, asked):
        if asked["until"] < asked["since"]:
            raise serializers.ValidationError(
                {"until": [serializers.ErrorDetail("It ends before it begins.", "order")]}
            )
        return asked


class CustomerServed(Endpoint):
    tag = "Cost to serve"

    @operation("serving:read", "Read what serving a customer cost", gives=CustomerServedView, query=ServedQuery)
    def get(self, request: Request, pk: int) -> Response:
        """What it ordered, what is left of that after the goods and every step, in all and month by month."""
        customer = self.find(Customer.objects.for_user(request.user), pk=pk)
        entity = self.find(LegalEntity.objects.for_user(request.user), code=self.query["entity"])
        since, until = self.query["since"], self.query["until"]
        whole, months = reading.of_customer(entity.pk, customer.pk, since, until)
        return Response(
            {
                "customer": customer.pk, "entity": entity.code, "currency": entity.base_currency,
                "since": since.isoformat(), "until": until.isoformat(), **_told(whole),
                "months": [{"month": each.of.isoformat(), **_told(each)} for each in months],
            }
        )  # fmt: skip


class OrderServed(Endpoint):
    tag = "Cost to serve"

    @operation("serving:read", "Read what serving an order cost", gives=OrderServedView)
    def get(self, request: Request, pk: int) -> Response:
        order = self.find(Order.objects.for_user(request.user).select_related("entity"), pk=pk)
        found = reading.of_orders(order.entity_id, order.customer_id, [pk], order.ordered_on, date.max)
        told = _told(found.get(pk, reading.Result(pk)))
        return Response({"order": pk, "currency": order.entity.base_currency, **told})


class RateView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code")
    step = serializers.ChoiceField(choices=Step.choices)
    from_on = serializers.DateField(help_text="From this day on, until another one begins.")
    amount = MoneyOut("amount", "currency", allow_null=True, help_text="For one.")
    percent = DecimalOut(allow_null=True, help_text="Of the money. With no amount either: it costs nothing any more.")
    set_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class RateIn(Body):
    """An amount for each, a percentage of the money, or neither: it costs nothing any more."""

    entity = Text(max_length=20)
    step = Choice(choices=Step.choices)
    amount = MoneyIn(required=False, help_text="In the legal entity's base currency.")
    percent = DecimalIn(whole=3, places=3, required=False)
    from_on = Day()

    def validate(self, given):
        other = "amount" if given["step"] in BY_PERCENT else "percent"
        if other in given:
            raise serializers.ValidationError({other: [serializers.ErrorDetail("This step has none.", "unfit")]})
        return given


class RateQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20)
    step = serializers.ChoiceField(choices=Step.choices, required=False)


class RateEndpoint(Endpoint):
    tag = "Cost to serve"

    def rows(self) -> QuerySet[CostRate]:
        return CostRate.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), currency=F("entity__base_currency")
        )


class Rates(RateEndpoint):
    @operation("cost-rates:read", "List the rates of steps", gives=RateView, query=RateQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was, is and will be said of what steps cost; of a step the last that has begun counts."""
        return self.page(self.asked_for(self.rows(), entity="entity__code", step="step"), RateView)

    @operation("cost-rates:write", "Say what a step costs", takes=RateIn, gives=RateView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """From a day on. Refused for a day that is past where something was said before: what counted stays."""
        entity = entity_named(request.user, given["entity"])
        rate = given.get("percent")
        if "amount" in given:
            rate = _in_base(given["amount"], entity)
        with _placed({"rate": "percent" if "percent" in given else "amount"}):
            kept = keeping.set_rate(entity, Step(given["step"]), rate, from_on=given["from_on"], actor=self.actor)
        location = reverse("api:cost-rate", args=[kept.pk])
        return self.one(self.find(self.rows(), pk=kept.pk), RateView, status=201, location=location)


class OneRate(RateEndpoint):
    @operation("cost-rates:read", "Read a rate of a step", gives=RateView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), RateView)


class WorkView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code")
    customer = serializers.IntegerField(source="customer_id")
    order = serializers.IntegerField(source="order_id", allow_null=True)
    step = serializers.ChoiceField(choices=Step.choices)
    on = serializers.DateField()
    quantity = DecimalOut()
    amount = MoneyOut("amount", "currency", allow_null=True, help_text="What it really cost; null: by the rate.")
    note = serializers.CharField()
    recorded_by = serializers.CharField()
    taken_back_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class WorkIn(Body):
    """Work that nothing else tells of (dispute, other), or with an amount what a step really cost."""

    entity = Text(max_length=20)
    customer = CustomerName()
    order = Text(max_length=60, required=False, help_text="Our number of the order.")
    step = Choice(choices=[(each.value, each.label) for each in Step if each not in BY_PERCENT])
    on = Day()
    quantity = DecimalIn(whole=10, places=2, required=False, help_text="1 unless said.")
    amount = MoneyIn(required=False, help_text="In the legal entity's base currency.")
    note = Text(max_length=200, required=False, allow_blank=True)


class WorkQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20)
    customer = serializers.IntegerField(required=False, min_value=1)
    order = serializers.IntegerField(required=False, min_value=1)


class WorkEndpoint(Endpoint):
    tag = "Cost to serve"

    def rows(self) -> QuerySet[WorkRecord]:
        return WorkRecord.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), currency=F("entity__base_currency")
        )


class Work(WorkEndpoint):
    @operation("work-records:read", "List work that was written down", gives=WorkView, query=WorkQuery, pages=True)
    def get(self, request: Request) -> Response:
        rows = self.asked_for(self.rows(), entity="entity__code", customer="customer", order="order")
        return self.page(rows, WorkView)

    @operation("work-records:write", "Write down work", takes=WorkIn, gives=WorkView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        entity = entity_named(request.user, given["entity"])
        customer = customer_named(request.user, given["customer"])
        order = None
        if "order" in given:
            order = Order.objects.filter(entity=entity, customer=customer, number=given["order"]).first()
            if order is None:
                raise at("/order", "unknown", "The customer has no such order.")
        facts = {name: given[name] for name in ("on", "quantity", "note") if name in given}
        if "amount" in given:
            facts["amount"] = _in_base(given["amount"], entity)
        with _placed({}):
            row = keeping.record(
                entity=entity, customer=customer, order=order, step=Step(given["step"]), actor=self.actor, **facts
            )
        location = reverse("api:work-record", args=[row.pk])
        return self.one(self.find(self.rows(), pk=row.pk), WorkView, status=201, location=location)


class OneWork(WorkEndpoint):
    @operation("work-records:read", "Read work that was written down", gives=WorkView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), WorkView)


class TakeBackWork(WorkEndpoint):
    @operation("work-records:write", "Take back what was written down", gives=WorkView, statuses=(200,))
    def post(self, request: Request, pk: int) -> Response:
        """It counts no more; taken back again it stays so."""
        row = self.find(self.rows(), pk=pk)
        keeping.take_back(row, actor=self.actor)
        return self.one(self.find(self.rows(), pk=pk), WorkView)


def _in_base(money, entity: LegalEntity) -> Decimal:
    """Raises Problem for money in another currency than the legal entity's."""
    if str(money.currency) != entity.base_currency:
        raise at("/amount/currency", "currency", f"The books of {entity.code} are kept in {entity.base_currency}.")
    return money.amount


@contextmanager
def _placed(names: dict[str, str]) -> Iterator[None]:
    """What an act refuses, at the place of the field that it names."""
    try:
        yield
    except ServingRefused as refused:
        raise at(f"/{names.get(refused.field, refused.field)}", "unfit", str(refused)) from None


urlpatterns = [
    path("customers/<int:pk>/cost-to-serve", CustomerServed.as_view(), name="customer-served"),
    path("orders/<int:pk>/cost-to-serve", OrderServed.as_view(), name="order-served"),
    path("cost-rates", Rates.as_view(), name="cost-rates"),
    path("cost-rates/<int:pk>", OneRate.as_view(), name="cost-rate"),
    path("work-records", Work.as_view(), name="work-records"),
    path("work-records/<int:pk>", OneWork.as_view(), name="work-record"),
    path("work-records/<int:pk>/take-back", TakeBackWork.as_view(), name="take-back-work"),
]
