"""Write-offs in the API."""

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Choice, Id, MoneyIn, MoneyOut, Text
from o2c.invoicing.cash import writeoffs
from o2c.invoicing.cash.api.asking import (
    DECIDES,
    AskedView,
    DecisionEndpoint,
    DecisionNoteIn,
    RefusalIn,
    decisions,
    today_of,
)
from o2c.invoicing.models import (
    WriteOff,
)
from o2c.orders.api.naming import AccountQuery


class WriteOffView(AskedView):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    item = serializers.IntegerField(source="item_id")
    kind = serializers.ChoiceField(choices=WriteOff.Kind.choices)
    state = serializers.ChoiceField(choices=WriteOff.State.choices)
    amount = MoneyOut("amount", help_text="Positive, whichever way the item is owed.")
    booked_on = serializers.DateField(allow_null=True)
    reversed_on = serializers.DateField(allow_null=True)


class WriteOffIn(Body):
    item = Id()
    amount = MoneyIn(positive=True)
    kind = Choice(choices=WriteOff.Kind.choices, default=WriteOff.Kind.SMALL)
    reason = Text(max_length=300)


class WriteOffQuery(AccountQuery):
    state = serializers.ChoiceField(choices=WriteOff.State.choices, required=False)


class WriteOffEndpoint(DecisionEndpoint):
    tag, name, model, view = "Write-offs", "write-off", WriteOff, WriteOffView


class WriteOffs(WriteOffEndpoint):
    @operation("approvals:read", "List write-offs", gives=WriteOffView, query=WriteOffQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was let go of, and what waits for approval."""
        return self.listed()

    @operation("approvals:write", "Write off", takes=WriteOffIn, gives=WriteOffView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """Booked at once within the caller's limit, else `asked` until a person has approved it."""
        item = self.item(given)
        facts = {"amount": given["amount"].amount, "kind": given["kind"], "reason": given["reason"]}
        return self.answer(writeoffs.write_off(item, **facts, on=today_of(item), actor=self.actor), status=201)


class OneWriteOff(WriteOffEndpoint):
    @operation("approvals:read", "Read a write-off", gives=WriteOffView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), WriteOffView)


class ApproveWriteOff(WriteOffEndpoint):
    @operation(
        "approvals:write", "Approve a write-off", takes=DecisionNoteIn, gives=WriteOffView, money=True, right=DECIDES
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Only a person who did not ask for it (403 otherwise). Large amounts stay `asked` until a second one has."""
        row = self.asked(pk)
        return self.answer(writeoffs.approve(row, on=today_of(row), note=given["note"], actor=self.actor))


class RefuseWriteOff(WriteOffEndpoint):
    @operation("approvals:write", "Refuse a write-off", takes=RefusalIn, gives=WriteOffView, right=DECIDES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        writeoffs.refuse(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class WithdrawWriteOff(WriteOffEndpoint):
    @operation("approvals:write", "Take back the request for a write-off", gives=WriteOffView)
    def post(self, request: Request, pk: int) -> Response:
        row = self.asked(pk)
        writeoffs.withdraw(row, actor=self.actor)
        return self.answer(row)


class ReverseWriteOff(WriteOffEndpoint):
    @operation("approvals:write", "Reverse a write-off", gives=WriteOffView, money=True)
    def post(self, request: Request, pk: int) -> Response:
        """What it let go of is open again."""
        row = self.asked(pk)
        writeoffs.reverse(row, on=today_of(row), actor=self.actor)
        return self.answer(row)


urlpatterns = [
    path("write-offs", WriteOffs.as_view(), name="write-offs"),
    path("write-offs/<int:pk>", OneWriteOff.as_view(), name="write-off"),
    *decisions(
        "write-offs", "write-off",
        approve=ApproveWriteOff, refuse=RefuseWriteOff, withdraw=WithdrawWriteOff, reverse=ReverseWriteOff,
    ),
]  # fmt: skip
