"""What people decide about money, in the API: write-offs, refunds, bank details, deductions, returns, transfers.

Programs may ask; only a signed-in person approves or refuses, and never who asked.
"""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, states
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.money import known_currencies
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import CashRefused, deductions, details, refunds, returns, transfers, writeoffs
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.guarding import words as found_words
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import (
    BankDetailChange,
    BankLine,
    Check,
    Deduction,
    Level,
    OpenItem,
    PaymentFinding,
    ReasonCode,
    Receipt,
    Refund,
    ReturnedPayment,
    Transfer,
    WriteOff,
)
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named
from o2c.orders.models import Contact

DECIDES = "approvals.decide"


class DecisionNoteIn(Body):
    note = Text(required=False, max_length=300, allow_blank=True, default="")


class RefusalIn(Body):
    note = Text(max_length=300, help_text="Why it is refused.")


class AskedView(View):
    """What all requests have."""

    reason = serializers.CharField()
    asker = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Of whoever decided.")
    updated_at = serializers.DateTimeField()


class DecisionEndpoint(Endpoint):
    refusals = (CashRefused, ItemRefused, BankRefused, states.IllegalMove, states.LostRace)
    model: type
    view: type[View]
    name = ""

    def rows(self) -> QuerySet:
        return self.model.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def listed(self) -> Response:
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, self.view)

    def answer(self, row, status: int = 200) -> Response:
        found = self.find(self.rows(), pk=row.pk)
        location = reverse(f"api:{self.name}", args=[row.pk]) if status == 201 else None
        return self.one(found, self.view, status=status, location=location)

    def asked(self, pk: int):
        return self.find(self.model.objects.for_user(self.request.user), pk=pk)

    def item(self, given: dict) -> OpenItem:
        """The open item that a body names, with its amount in the item's currency."""
        seen = OpenItem.objects.for_user(self.request.user).select_related("entity", "customer")
        item = seen.filter(pk=given["item"]).first()
        if item is None:
            raise at("/item", "unknown", "There is no such open item.")
        if str(given["amount"].currency) != item.currency:
            raise at("/amount/currency", "currency", f"The item is in {item.currency}.")
        return item


def today_of(row):
    return clock.today(row.entity.time_zone)


# --- Write-offs


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


# --- Refunds


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


# --- Bank details


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
        contact = Contact.objects.filter(pk=given["contact"], customer_id=row.customer_id).first()
        if contact is None:
            raise at("/contact", "unknown", "The customer has no such contact.")
        details.call_back(row, contact, spoke_with=given["spoke_with"], actor=self.actor)
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


# --- Deductions


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


# --- Payments that come back, and money in the wrong place


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


def _decisions(plural: str, name: str, **views) -> list:
    return [path(f"{plural}/<int:pk>/{act}", view.as_view(), name=f"{act}-{name}") for act, view in views.items()]


urlpatterns = [
    path("write-offs", WriteOffs.as_view(), name="write-offs"),
    path("write-offs/<int:pk>", OneWriteOff.as_view(), name="write-off"),
    *_decisions(
        "write-offs", "write-off",
        approve=ApproveWriteOff, refuse=RefuseWriteOff, withdraw=WithdrawWriteOff, reverse=ReverseWriteOff,
    ),
    path("refunds", Refunds.as_view(), name="refunds"),
    path("refunds/<int:pk>", OneRefund.as_view(), name="refund"),
    *_decisions(
        "refunds", "refund", approve=ApproveRefund, refuse=RefuseRefund, withdraw=WithdrawRefund, pay=PayRefund
    ),
    path("bank-detail-changes", BankDetailChanges.as_view(), name="bank-detail-changes"),
    path("bank-detail-changes/<int:pk>", OneBankDetailChange.as_view(), name="bank-detail-change"),
    *_decisions(
        "bank-detail-changes", "bank-detail-change",
        approve=ApproveBankDetails, refuse=RefuseBankDetails, withdraw=WithdrawBankDetails, call=CallBack,
    ),
    path("deductions", Deductions.as_view(), name="deductions"),
    path("deductions/<int:pk>", OneDeduction.as_view(), name="deduction"),
    path("deductions/<int:pk>/end", EndDeduction.as_view(), name="end-deduction"),
    path("receipts/<int:pk>/return", ReturnReceipt.as_view(), name="return-receipt"),
    path("moves", Moves.as_view(), name="moves"),
    path("exchanges", Exchanges.as_view(), name="exchanges"),
    path("transfers/<int:pk>/undo", UndoTransfer.as_view(), name="undo-transfer"),
]  # fmt: skip
