"""Bank details of customers in the API: asked for, confirmed by a call, and decided."""

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import PageQuery, operation
from o2c.core.api.fields import Body, Choice, Id, Text
from o2c.invoicing.cash import details
from o2c.invoicing.cash.api.asking import DECIDES, AskedView, DecisionEndpoint, DecisionNoteIn, RefusalIn, decisions
from o2c.invoicing.models import (
    BankDetailChange,
)
from o2c.orders.api.naming import CustomerName, contact_named, customer_named


class BankDetailView(AskedView):
    id = serializers.IntegerField()
    customer = serializers.IntegerField(source="customer_id")
    state = serializers.ChoiceField(choices=BankDetailChange.State.choices)
    iban = serializers.CharField()
    bic = serializers.CharField()
    way = serializers.ChoiceField(choices=BankDetailChange.Way.choices, help_text="How the wish reached us.")
    called_number = serializers.CharField()
    called_at = serializers.DateTimeField(allow_null=True)
    spoke_with = serializers.CharField()


class BankDetailIn(Body):
    customer = CustomerName()
    iban = Text(max_length=42)
    bic = Text(required=False, max_length=11, allow_blank=True, default="")
    way = Choice(choices=BankDetailChange.Way.choices)
    reason = Text(max_length=300, help_text="What they said.")


class CallIn(Body):
    contact = Id(help_text="Whose number, on file before the wish, was called.")
    spoke_with = Text(max_length=100)


class BankDetailQuery(PageQuery):
    customer = serializers.IntegerField(required=False, min_value=1)
    state = serializers.ChoiceField(choices=BankDetailChange.State.choices, required=False)


class BankDetailEndpoint(DecisionEndpoint):
    tag, name, model, view = "Bank details", "bank-detail-change", BankDetailChange, BankDetailView

    def rows(self) -> QuerySet:
        return BankDetailChange.objects.for_user(self.request.user)


class BankDetailChanges(BankDetailEndpoint):
    @operation(
        "approvals:read", "List changes of bank details", gives=BankDetailView, query=BankDetailQuery, pages=True
    )
    def get(self, request: Request) -> Response:
        """Accounts of customers that are to be believed."""
        return self.listed()

    @operation("approvals:write", "Ask for a change", takes=BankDetailIn, gives=BankDetailView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Nothing changes until the customer was called back and a third person approved it."""
        customer = customer_named(request.user, given["customer"])
        facts = {name: given[name] for name in ("iban", "bic", "way", "reason")}
        return self.answer(details.ask(customer, **facts, actor=self.actor), status=201)


class OneBankDetailChange(BankDetailEndpoint):
    @operation("approvals:read", "Read a change of bank details", gives=BankDetailView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), BankDetailView)


class CallBack(BankDetailEndpoint):
    @operation("approvals:write", "Record the call back", takes=CallIn, gives=BankDetailView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        details.call_back(row, contact_named(row.customer_id, given), spoke_with=given["spoke_with"], actor=self.actor)
        return self.answer(row)


class ApproveBankDetails(BankDetailEndpoint):
    @operation(
        "approvals:write", "Approve a change of bank details", takes=DecisionNoteIn, gives=BankDetailView, right=DECIDES
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Only a person who neither asked for it nor called (403 otherwise)."""
        row = self.asked(pk)
        details.approve(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class RefuseBankDetails(BankDetailEndpoint):
    @operation(
        "approvals:write", "Refuse a change of bank details", takes=RefusalIn, gives=BankDetailView, right=DECIDES
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        details.refuse(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class WithdrawBankDetails(BankDetailEndpoint):
    @operation("approvals:write", "Take back the request for a change", gives=BankDetailView)
    def post(self, request: Request, pk: int) -> Response:
        row = self.asked(pk)
        details.withdraw(row, actor=self.actor)
        return self.answer(row)


urlpatterns = [
    path("bank-detail-changes", BankDetailChanges.as_view(), name="bank-detail-changes"),
    path("bank-detail-changes/<int:pk>", OneBankDetailChange.as_view(), name="bank-detail-change"),
    *decisions(
        "bank-detail-changes", "bank-detail-change",
        approve=ApproveBankDetails, refuse=RefuseBankDetails, withdraw=WithdrawBankDetails, call=CallBack,
    ),
]  # fmt: skip
