"""Deductions in the API."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Flag, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.invoicing.cash import deductions
from o2c.invoicing.cash.api.asking import DecisionEndpoint, today_of
from o2c.invoicing.models import (
    Deduction,
    ReasonCode,
)
from o2c.orders.api.naming import AccountQuery


class DeductionView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    item = serializers.IntegerField(source="item_id")
    receipt = serializers.IntegerField(source="receipt_id", allow_null=True, help_text="The payment that was short.")
    reason = serializers.CharField(source="reason_code")
    state = serializers.ChoiceField(choices=Deduction.State.choices)
    amount = MoneyOut("amount", help_text="Open and disputed while the deduction is open.")
    note = serializers.CharField()
    opened_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()


class DeductionIn(Body):
    item = Id()
    amount = MoneyIn(positive=True)
    reason = Text(max_length=20, help_text="Code of a reason in use.")
    note = Text(required=False, max_length=200, allow_blank=True, default="")


class EndIn(Body):
    withdrawn = Flag(default=False, help_text="There was no such deduction; else it is settled.")


class DeductionQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Deduction.State.choices, required=False)


class DeductionEndpoint(DecisionEndpoint):
    tag, name, model, view = "Deductions", "deduction", Deduction, DeductionView

    def rows(self) -> QuerySet:
        return super().rows().annotate(reason_code=F("reason__code"))


class Deductions(DeductionEndpoint):
    @operation("items:read", "List deductions", gives=DeductionView, query=DeductionQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers have not paid, and why."""
        return self.listed()

    @operation(
        "allocations:write", "Record a deduction", takes=DeductionIn, gives=DeductionView, statuses=(201,), money=True
    )
    def post(self, request: Request, given: dict) -> Response:
        """The amount stays open, and a dispute is opened for it."""
        item = self.item(given)
        reason = ReasonCode.objects.filter(code=given["reason"], in_use=True).first()
        if reason is None:
            raise at("/reason", "unknown", "There is no such reason in use.")
        made = deductions.record(
            item, given["amount"].amount, reason, note=given["note"], on=today_of(item), actor=self.actor
        )
        return self.answer(made, status=201)


class OneDeduction(DeductionEndpoint):
    @operation("items:read", "Read a deduction", gives=DeductionView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), DeductionView)


class EndDeduction(DeductionEndpoint):
    @operation("allocations:write", "End a deduction", takes=EndIn, gives=DeductionView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        act = deductions.withdraw if given["withdrawn"] else deductions.settle
        act(row, on=today_of(row), actor=self.actor)
        return self.answer(row)


urlpatterns = [
    path("deductions", Deductions.as_view(), name="deductions"),
    path("deductions/<int:pk>", OneDeduction.as_view(), name="deduction"),
    path("deductions/<int:pk>/end", EndDeduction.as_view(), name="end-deduction"),
]
