"""Refunds in the API: asked for, decided, and settled by the line that paid them."""

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.invoicing.cash import refunds
from o2c.invoicing.cash.api.asking import (
    DECIDES,
    AskedView,
    DecisionEndpoint,
    DecisionNoteIn,
    RefusalIn,
    decisions,
    today_of,
)
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.guarding import words as found_words
from o2c.invoicing.models import (
    BankLine,
    Check,
    Level,
    PaymentFinding,
    Refund,
)
from o2c.orders.api.naming import AccountQuery


class FindingView(View):
    check = serializers.ChoiceField(choices=Check.choices, source="check_code")
    level = serializers.ChoiceField(choices=Level.choices)
    says = serializers.SerializerMethodField(help_text="A sentence for people.")
    found_at = serializers.DateTimeField()

    def get_says(self, finding: PaymentFinding) -> str:
        return found_words.sentence(finding)


class RefundView(AskedView):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    credit_item = serializers.IntegerField(source="credit_item_id", help_text="The credit that is paid back.")
    state = serializers.ChoiceField(choices=Refund.State.choices)
    amount = MoneyOut("amount")
    iban = serializers.CharField()
    holder = serializers.CharField()
    evidence = serializers.CharField(help_text="Why the account is the customer's.")
    booked_on = serializers.DateField(allow_null=True)
    held = serializers.BooleanField(help_text="Waits in quarantine: it is not approved before two people release it.")
    findings = FindingView(many=True, help_text="What was found that speaks against it.")


class RefundIn(Body):
    item = Id(help_text="A credit: a receipt's item, or a credit note.")
    amount = MoneyIn(positive=True)
    iban = Text(max_length=42, help_text="One that paid for the customer, or was confirmed by a call.")
    reason = Text(max_length=300)


class RefundQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Refund.State.choices, required=False)


class RefundEndpoint(DecisionEndpoint):
    tag, name, model, view = "Refunds", "refund", Refund, RefundView

    def rows(self) -> QuerySet:
        return paid_back.with_findings(super().rows())


class Refunds(RefundEndpoint):
    @operation("approvals:read", "List refunds", gives=RefundView, query=RefundQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is paid back to customers."""
        return self.listed()

    @operation("approvals:write", "Ask for a refund", takes=RefundIn, gives=RefundView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """It waits for a person's approval. Refused (409) for an account that nothing says is the customer's.

        What speaks against it stands in `findings`; where it is `held`, two people release it first.
        """
        item = self.item(given)
        facts = {"amount": given["amount"].amount, "iban": given["iban"], "reason": given["reason"]}
        return self.answer(refunds.ask(item, **facts, on=today_of(item), actor=self.actor), status=201)


class OneRefund(RefundEndpoint):
    @operation("approvals:read", "Read a refund", gives=RefundView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), RefundView)


class ApproveRefund(RefundEndpoint):
    @operation("approvals:write", "Approve a refund", takes=DecisionNoteIn, gives=RefundView, money=True, right=DECIDES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Only a person who did not ask for it (403 otherwise). Large amounts stay `asked` until a second one has.

        Refused (409) while it is `held`. It is looked at again: where that finds what holds it, it stays `asked`.
        """
        row = self.asked(pk)
        return self.answer(refunds.approve(row, on=today_of(row), note=given["note"], actor=self.actor))


class RefuseRefund(RefundEndpoint):
    @operation("approvals:write", "Refuse a refund", takes=RefusalIn, gives=RefundView, right=DECIDES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        refunds.refuse(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class WithdrawRefund(RefundEndpoint):
    @operation("approvals:write", "Take back the request for a refund", gives=RefundView)
    def post(self, request: Request, pk: int) -> Response:
        row = self.asked(pk)
        refunds.withdraw(row, actor=self.actor)
        return self.answer(row)


class PayRefundIn(Body):
    bank_line = Id(help_text="A line going out that nothing uses yet.")


class PayRefund(RefundEndpoint):
    @operation(
        "approvals:write", "Say which bank line paid a refund", takes=PayRefundIn, gives=RefundView, money=True,
        right="refunds.export",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Of one that was paid by hand at the bank; a line of our own files says it by itself. The line settles it."""
        row = self.asked(pk)
        line = BankLine.objects.for_user(request.user).filter(pk=given["bank_line"]).first()
        if line is None:
            raise at("/bank_line", "unknown", "There is no such bank line.")
        refunds.pay(row, line, on=today_of(row), actor=self.actor)
        return self.answer(row)


urlpatterns = [
    path("refunds", Refunds.as_view(), name="refunds"),
    path("refunds/<int:pk>", OneRefund.as_view(), name="refund"),
    *decisions("refunds", "refund", approve=ApproveRefund, refuse=RefuseRefund, withdraw=WithdrawRefund, pay=PayRefund),
]
