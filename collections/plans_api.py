"""Payment plans in the API: agreed over open items in instalments, what became of each, and withdrawn."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.models import PaymentPlan
from o2c.collections.plans import agreeing, judging
from o2c.collections.plans.agreeing import PlanRefused
from o2c.collections.plans.schedules import MOST_INSTALMENTS, Step
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Day, DecimalOut, Flag, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.core.states import LostRace
from o2c.invoicing.models import OpenItem
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named, entity_named


class PlanInstalmentView(View):
    number = serializers.IntegerField()
    due_on = serializers.DateField()
    last_day = serializers.DateField(help_text="With the days that the plan tolerates: it is missed after this day.")
    amount = serializers.CharField()
    paid = serializers.CharField(help_text="What it has got: payments go to the instalments in their order.")
    state = serializers.CharField(
        help_text="`open`, `partly`, `late`, `paid` or `missed` today; empty where the plan was withdrawn or gave way."
    )


class PlanItemView(View):
    item = serializers.IntegerField(source="item_id")
    amount = serializers.SerializerMethodField(help_text="What it owed on the day of the plan.")

    def get_amount(self, row) -> str:
        return plain(row.amount, row.plan.currency)


class PlanView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    state = serializers.ChoiceField(choices=PaymentPlan.State.choices, help_text="As last judged by what is settled.")
    amount = MoneyOut("amount", help_text="The sum of the instalments.")
    paid = serializers.SerializerMethodField(help_text="What came since the day of the plan, as it counts for it.")
    agreed_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The day of the last instalment.")
    tolerance_days = serializers.IntegerField()
    tolerance_percent = DecimalOut()
    note = serializers.CharField()
    withdrawn_on = serializers.DateField(allow_null=True)
    withdrawn_because = serializers.CharField()
    superseded_on = serializers.DateField(allow_null=True, help_text="The day of another plan for its items.")
    items = PlanItemView(many=True)
    updated_at = serializers.DateTimeField()

    def get_paid(self, row: PaymentPlan) -> str:
        return plain(row.paid, row.currency)


class OnePlanView(PlanView):
    instalments = serializers.SerializerMethodField()

    @extend_schema_field(PlanInstalmentView(many=True))
    def get_instalments(self, row: PaymentPlan) -> list[dict]:
        today = clock.today(row.entity.time_zone)
        return [
            {
                "number": each.number,
                "due_on": each.due_on.isoformat(),
                "last_day": each.last_day.isoformat(),
                "amount": plain(each.amount, row.currency),
                "paid": plain(each.paid, row.currency),
                "state": each.state,
            }
            for each in judging.progress(row, today)
        ]


class StepIn(Body):
    due_on = Day()
    amount = MoneyIn()


class PlanIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    items = serializers.ListField(
        child=Id(), min_length=1, max_length=agreeing.MOST_ITEMS, help_text="Ids of open items."
    )
    instalments = serializers.ListField(child=StepIn(), min_length=1, max_length=MOST_INSTALMENTS)
    part = Flag(default=False, help_text="The instalments are less than the items owe, as was agreed.")
    note = Text(max_length=300, required=False, default="", allow_blank=True)


class PlanReasonIn(Body):
    reason = Text(max_length=200)


class PlanQuery(AccountQuery):
    state = serializers.ChoiceField(choices=PaymentPlan.State.choices, required=False)


class PlanEndpoint(Endpoint):
    tag = "Payment plans"
    refusals = (PlanRefused, LostRace)

    def rows(self) -> QuerySet[PaymentPlan]:
        seen = PaymentPlan.objects.for_user(self.request.user).select_related("entity")
        return seen.annotate(entity_code=F("entity__code")).prefetch_related("items__plan")

    def answer(self, plan: PaymentPlan, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=plan.pk)
        location = reverse("api:payment-plan", args=[row.pk]) if status == 201 else None
        return self.one(row, OnePlanView, status=status, location=location)


class Plans(PlanEndpoint):
    @operation("plans:read", "List payment plans", gives=PlanView, query=PlanQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers pay in instalments, and what became of it."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, PlanView)

    @operation("plans:write", "Agree a payment plan", takes=PlanIn, gives=OnePlanView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """The items are not chased while none of the instalments is missed.

        Refused (409) where an item is in a running plan already, and for a schedule that does not add up.
        """
        entity = entity_named(request.user, given["entity"])
        customer = customer_named(request.user, given["customer"])
        found = {item.pk: item for item in OpenItem.objects.for_user(request.user).filter(pk__in=given["items"])}
        items = []
        for number, pk in enumerate(given["items"]):
            if pk not in found:
                raise at(f"/items/{number}", "unknown", "There is no such open item.")
            items.append(found[pk])
        for number, each in enumerate(given["instalments"]):
            if str(each["amount"].currency) != items[0].currency:
                raise at(f"/instalments/{number}/amount", "currency", f"The items are in {items[0].currency}.")
        plan = agreeing.agree(
            customer=customer,
            entity=entity,
            items=items,
            steps=[Step(each["due_on"], each["amount"].amount) for each in given["instalments"]],
            agreed_on=clock.today(entity.time_zone),
            note=given["note"],
            is_part=given["part"],
            actor=self.actor,
        )
        return self.answer(plan, status=201)


class OnePlan(PlanEndpoint):
    @operation("plans:read", "Read a payment plan", gives=OnePlanView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), OnePlanView)


class WithdrawPlan(PlanEndpoint):
    @operation("plans:write", "Withdraw a payment plan", takes=PlanReasonIn, gives=OnePlanView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Its items are chased again where they stood. Refused (409) for one that is not running."""
        plan = self.find(PaymentPlan.objects.for_user(request.user).select_related("entity"), pk=pk)
        today = clock.today(plan.entity.time_zone)
        return self.answer(agreeing.withdraw(plan, reason=given["reason"], on=today, actor=self.actor))


urlpatterns = [
    path("payment-plans", Plans.as_view(), name="payment-plans"),
    path("payment-plans/<int:pk>", OnePlan.as_view(), name="payment-plan"),
    path("payment-plans/<int:pk>/withdraw", WithdrawPlan.as_view(), name="withdraw-payment-plan"),
]
