"""Nettings in the API: asked for by programs and people, decided by a second person, taken over elsewhere."""

from decimal import Decimal

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.netting import asking, deciding, eligible
from o2c.core import clock
from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Day, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.money import MoneyError, plain
from o2c.invoicing.cash.api.asking import (
    DECIDES,
    AskedView,
    DecisionEndpoint,
    DecisionNoteIn,
    RefusalIn,
    decisions,
    today_of,
)
from o2c.invoicing.models import NettedItem, NettedPayable, Netting, NettingAgreement
from o2c.orders.api.naming import AccountQuery


class NettedItemView(View):
    item = serializers.IntegerField(source="item_id", help_text="Id of the open item.")
    number = serializers.CharField(source="item.number")
    amount = serializers.SerializerMethodField(help_text="In the netting's currency. Decimal as text.")

    def get_amount(self, row: NettedItem) -> str:
        return _plain(row)


class NettedPayableView(View):
    payable = serializers.IntegerField(source="payable_id", help_text="Id of the payable.")
    source = serializers.CharField(source="payable.source")
    external_id = serializers.CharField(source="payable.external_id", help_text="Its key in the source.")
    number = serializers.CharField(source="payable.number")
    amount = serializers.SerializerMethodField(help_text="In the netting's currency. Decimal as text.")

    def get_amount(self, row: NettedPayable) -> str:
        return _plain(row)


def _plain(row: NettedItem | NettedPayable) -> str:
    return plain(row.amount, row.netting.currency)


class NettingView(AskedView):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    agreement = serializers.IntegerField(source="agreement_id")
    reference = serializers.CharField(help_text="Also the text of its journal entry.")
    state = serializers.ChoiceField(choices=Netting.State.choices)
    amount = MoneyOut("amount", help_text="Of each side.")
    items = NettedItemView(many=True)
    payables = NettedPayableView(many=True)
    receipt = serializers.IntegerField(source="receipt_id", allow_null=True, help_text="That settles the items.")
    netted_on = serializers.DateField(allow_null=True)
    taken_over_on = serializers.DateField(allow_null=True, help_text="When the vendor ledger booked it.")
    undone_on = serializers.DateField(allow_null=True)
    undone_because = serializers.CharField()
    taken_back_on = serializers.DateField(allow_null=True, help_text="When the vendor ledger reversed it.")


class ShareIn(Body):
    id = Id()
    amount = MoneyIn(positive=True)


class NettingIn(Body):
    agreement = Id(help_text="A netting agreement that counts today.")
    currency = Text(max_length=3)
    items = ShareIn(
        many=True, required=False, help_text="Open items and how much of each. Left out with payables: as suggested."
    )
    payables = ShareIn(many=True, required=False, help_text="Payables and how much of each.")
    reason = Text(max_length=300)


class NettingQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Netting.State.choices, required=False)


class NettingAgreementView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    reference = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="Its last day.")
    nets = serializers.ChoiceField(choices=NettingAgreement.Nets.choices)
    updated_at = serializers.DateTimeField()


class NettingEndpoint(DecisionEndpoint):
    tag, name, model, view = "Nettings", "netting", Netting, NettingView
    refusals = (*DecisionEndpoint.refusals, MoneyError)

    def rows(self) -> QuerySet:
        return (
            super().rows().prefetch_related("items__item", "items__netting", "payables__payable", "payables__netting")
        )


class Nettings(NettingEndpoint):
    @operation("nettings:read", "List nettings", gives=NettingView, query=NettingQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers owe us, cleared with what we owe them.

        A vendor ledger reads those that are `netted` and not taken over, and those `undone` that it had taken over;
        books or reverses them under their `reference`, and says so (`taken-over`, `taken-back`).
        """
        return self.listed()

    @operation(
        "nettings:write", "Ask for a netting", takes=NettingIn, gives=NettingView, statuses=(201,), money=True,
        right="netting.ask",
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """It waits for a person's approval. Both sides come to the same, or it is refused (409)."""
        seen = NettingAgreement.objects.for_user(request.user).select_related("entity")
        agreement = seen.filter(pk=given["agreement"]).first()
        if agreement is None:
            raise at("/agreement", "unknown", "There is no such agreement.")
        today = today_of(agreement)
        currency = given["currency"]
        if "items" not in given and "payables" not in given:
            items, owed = eligible.sides(agreement, currency, today).suggested()
        else:
            items, owed = (_shares(given, side, currency) for side in ("items", "payables"))
        made = asking.ask(
            agreement, currency, items=items, owed=owed, reason=given["reason"], on=today, actor=self.actor
        )
        return self.answer(made, status=201)


def _shares(given: dict, side: str, currency: str) -> dict[int, Decimal]:
    shares: dict[int, Decimal] = {}
    for place, share in enumerate(given.get(side, ())):
        if str(share["amount"].currency) != currency:
            raise at(f"/{side}/{place}/amount/currency", "currency", f"The netting is in {currency}.")
        if share["id"] in shares:
            raise at(f"/{side}/{place}/id", "repeated", "It stands there twice.")
        shares[share["id"]] = share["amount"].amount
    return shares


class OneNetting(NettingEndpoint):
    @operation("nettings:read", "Read a netting", gives=NettingView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), NettingView)


class ApproveNetting(NettingEndpoint):
    @operation(
        "nettings:write", "Approve a netting", takes=DecisionNoteIn, gives=NettingView, money=True, right=DECIDES
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Only a person who did not ask for it (403 otherwise). Large amounts stay `asked` until a second one has."""
        row = self.asked(pk)
        return self.answer(deciding.approve(row, on=today_of(row), note=given["note"], actor=self.actor))


class RefuseNetting(NettingEndpoint):
    @operation("nettings:write", "Refuse a netting", takes=RefusalIn, gives=NettingView, right=DECIDES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        deciding.refuse(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class WithdrawNetting(NettingEndpoint):
    @operation("nettings:write", "Take back the request for a netting", gives=NettingView, right="netting.ask")
    def post(self, request: Request, pk: int) -> Response:
        row = self.asked(pk)
        deciding.withdraw(row, actor=self.actor)
        return self.answer(row)


class UndoIn(Body):
    because = Text(max_length=300, help_text="Why it is undone.")


class UndoNetting(NettingEndpoint):
    @operation("nettings:write", "Undo a netting", takes=UndoIn, gives=NettingView, money=True, right=DECIDES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What it cleared is open again on both sides."""
        row = self.asked(pk)
        return self.answer(deciding.undo(row, because=given["because"], on=today_of(row), actor=self.actor))


class HandedOverIn(Body):
    on = Day(required=False, help_text="The day in the vendor ledger; left out: today where the legal entity is.")


class TakenOver(NettingEndpoint):
    @operation(
        "nettings:write", "Say that the vendor ledger has booked a netting", takes=HandedOverIn, gives=NettingView,
        right="netting.hand_over",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Said again it changes nothing: the first day stays."""
        return self.said(pk, given, deciding.taken_over)

    def said(self, pk: int, given: dict, act) -> Response:
        row = self.asked(pk)
        today = clock.today(row.entity.time_zone)
        return self.answer(act(row, on=given.get("on") or today, today=today, actor=self.actor))


class TakenBack(TakenOver):
    @operation(
        "nettings:write", "Say that the vendor ledger has reversed an undone netting", takes=HandedOverIn,
        gives=NettingView, right="netting.hand_over",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Of one that it had taken over. Said again it changes nothing."""
        return self.said(pk, given, deciding.taken_back)


class NettingAgreements(NettingEndpoint):
    model = NettingAgreement

    @operation("nettings:read", "List netting agreements", gives=NettingAgreementView, query=AccountQuery, pages=True)
    def get(self, request: Request) -> Response:
        """With whom what is owed both ways is netted, since when and until when. People agree, no programs."""
        rows = DecisionEndpoint.rows(self)
        return self.page(self.asked_for(rows, customer="customer_id", entity="entity__code"), NettingAgreementView)


urlpatterns = [
    path("nettings", Nettings.as_view(), name="nettings"),
    path("nettings/<int:pk>", OneNetting.as_view(), name="netting"),
    *decisions("nettings", "netting", approve=ApproveNetting, refuse=RefuseNetting, withdraw=WithdrawNetting,
               undo=UndoNetting),
    path("nettings/<int:pk>/taken-over", TakenOver.as_view(), name="taken-over-netting"),
    path("nettings/<int:pk>/taken-back", TakenBack.as_view(), name="taken-back-netting"),
    path("netting-agreements", NettingAgreements.as_view(), name="netting-agreements"),
]  # fmt: skip
