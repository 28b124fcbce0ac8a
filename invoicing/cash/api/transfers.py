"""Payments that come back, and money in the wrong place, in the API."""

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Day, Id, MoneyIn, Text, View
from o2c.core.api.problems import at
from o2c.core.money import known_currencies
from o2c.invoicing.cash import returns, transfers
from o2c.invoicing.cash.api.asking import DecisionEndpoint, today_of
from o2c.invoicing.models import (
    Receipt,
    ReturnedPayment,
    Transfer,
)
from o2c.orders.api.naming import CustomerName, customer_named


class ReturnView(View):
    id = serializers.IntegerField()
    receipt = serializers.IntegerField(source="receipt_id")
    returned_on = serializers.DateField()
    reason = serializers.CharField()
    fee_item = serializers.IntegerField(
        source="fee_item_id", allow_null=True, help_text="What the customer is charged."
    )


class ReturnIn(Body):
    on = Day(required=False, help_text="Left out: today where the legal entity is.")
    reason = Text(required=False, max_length=140, allow_blank=True, default="", help_text="What the bank says.")
    bank_fee = MoneyIn(required=False, positive=True, help_text="What the bank charged us with it.")


class ReturnReceipt(DecisionEndpoint):
    tag = "Receipts"

    @operation(
        "receipts:write", "Take a payment back that came back",
        takes=ReturnIn, gives=ReturnView, statuses=(201,), money=True,
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What it had settled is open again; the fee of the rules is charged, and the collector is told."""
        receipt = self.find(Receipt.objects.for_user(request.user).select_related("entity"), pk=pk)
        fee = given.get("bank_fee")
        if fee is not None and str(fee.currency) != receipt.currency:
            raise at("/bank_fee/currency", "currency", f"The receipt is in {receipt.currency}.")
        made: ReturnedPayment = returns.receive_back(
            receipt,
            on=given.get("on") or today_of(receipt),
            reason=given["reason"],
            bank_fee=fee.amount if fee is not None else None,
            actor=self.actor,
        )
        return Response(ReturnView().to_representation(made), status=201)


class TransferView(View):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Transfer.Kind.choices)
    credit_item = serializers.IntegerField(source="credit_item_id", help_text="Where the money was.")
    in_item = serializers.IntegerField(source="in_item_id", help_text="Where it is now: allocate from it.")
    reversed_on = serializers.DateField(allow_null=True)


class MoveIn(Body):
    item = Id(help_text="The credit.")
    customer = CustomerName()
    amount = MoneyIn(positive=True)
    reason = Text(max_length=200)


class ExchangeIn(Body):
    item = Id(help_text="The credit.")
    amount = MoneyIn(positive=True)
    currency = Text(min_length=3, max_length=3, help_text="Into which it is changed.")
    received = MoneyIn(required=False, positive=True, help_text="What the bank made of it; left out: the day's rate.")


class TransferEndpoint(DecisionEndpoint):
    tag = "Transfers"

    def made(self, row: Transfer, status: int = 201) -> Response:
        return Response(TransferView().to_representation(row), status=status)


class Moves(TransferEndpoint):
    @operation(
        "allocations:write", "Move money to another customer",
        takes=MoveIn, gives=TransferView, statuses=(201,), money=True,
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        item = self.item(given)
        share = transfers.Share(customer_named(request.user, given["customer"]), given["amount"].amount)
        (made,) = transfers.move(item, [share], reason=given["reason"], on=today_of(item), actor=self.actor)
        return self.made(made)


class Exchanges(TransferEndpoint):
    @operation(
        "allocations:write", "Change money into another currency",
        takes=ExchangeIn, gives=TransferView, statuses=(201,), money=True,
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """What the rate gains or loses is posted."""
        item = self.item(given)
        if given["currency"] not in known_currencies():
            raise at("/currency", "currency", "That is not a currency of ISO 4217.")
        received = given.get("received")
        if received is not None and str(received.currency) != given["currency"]:
            raise at("/received/currency", "currency", f"It is changed into {given['currency']}.")
        made = transfers.exchange(
            item,
            given["amount"].amount,
            given["currency"],
            received=received.amount if received is not None else None,
            on=today_of(item),
            actor=self.actor,
        )
        return self.made(made)


class UndoTransfer(TransferEndpoint):
    @operation("allocations:write", "Take a transfer back", gives=TransferView, money=True)
    def post(self, request: Request, pk: int) -> Response:
        """With what it has settled since."""
        row = self.find(Transfer.objects.for_user(request.user).select_related("entity"), pk=pk)
        transfers.reverse(row, on=today_of(row), actor=self.actor)
        return self.made(Transfer.objects.get(pk=pk), status=200)


urlpatterns = [
    path("receipts/<int:pk>/return", ReturnReceipt.as_view(), name="return-receipt"),
    path("moves", Moves.as_view(), name="moves"),
    path("exchanges", Exchanges.as_view(), name="exchanges"),
    path("transfers/<int:pk>/undo", UndoTransfer.as_view(), name="undo-transfer"),
]
