"""Proposals for bank lines in the API: read, apply, reject and take back, and a line split by hand."""

from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import MONEY_SCHEMA, Body, DecimalOut, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.matching import applying, deciding, rates, reasons
from o2c.invoicing.models import BankLine, MatchProposal, OpenItem, Quarantine, ReasonCode
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named
from o2c.orders.models import LegalEntity

LET_GO = ("discount", "charge", "difference", "deduction")
SPLITS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["item", "amount", *LET_GO],
        "properties": {"item": {"type": "integer"}, "amount": MONEY_SCHEMA} | dict.fromkeys(LET_GO, MONEY_SCHEMA),
    },
}
REASONS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "text"],
        "properties": {"code": {"type": "string"}, "text": {"type": "string"}},
    },
}

RATE_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["week", "lines", *rates.OUTCOMES, "share"],
        "properties": {
            "week": {"type": "string", "format": "date", "description": "Its Monday."},
            "lines": {"type": "integer"},
            **{name: {"type": "integer", "description": title} for name, title in rates.OUTCOMES.items()},
            "share": {"type": ["number", "null"], "description": "Of lines that were applied by themselves."},
        },
    },
}


class MatchProposalView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    bank_line = serializers.IntegerField(source="line_id")
    customer = serializers.IntegerField(source="customer_id", help_text="On whose account the money would be.")
    amount = MoneyOut("amount", help_text="Of the line; what the splits do not take stays on account.")
    score = DecimalOut(help_text="Between 0 and 1.")
    reasons = serializers.SerializerMethodField()
    splits = serializers.SerializerMethodField()
    rank = serializers.IntegerField(help_text="1: the likeliest of the line's.")
    by_hand = serializers.BooleanField()
    state = serializers.ChoiceField(choices=MatchProposal.State.choices)
    held = serializers.BooleanField(help_text="Something speaks against the payment: two people decide.")
    receipt = serializers.IntegerField(source="receipt_id", allow_null=True, help_text="That applying it made.")
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    made_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(REASONS_SCHEMA)
    def get_reasons(self, row) -> list[dict]:
        texts = reasons.sentences(row.reasons)
        return [{"code": reason["code"], "text": text} for reason, text in zip(row.reasons, texts, strict=True)]

    @extend_schema_field(SPLITS_SCHEMA)
    def get_splits(self, row) -> list[dict]:
        def money(amount: Decimal) -> dict[str, str]:
            return {"amount": plain(amount, row.currency), "currency": row.currency}

        return [
            {"item": split.item_id, "amount": money(split.amount)}
            | {name: money(getattr(split, name)) for name in LET_GO}
            for split in row.splits.all()
        ]


class MatchProposalQuery(AccountQuery):
    bank_line = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    state = serializers.ChoiceField(required=False, choices=MatchProposal.State.choices)


class PartIn(Body):
    item = Id(help_text="The open item that is paid.")
    amount = MoneyIn(help_text="Of the money; negative where a credit is netted.")
    discount = MoneyIn(required=False, help_text="Early-payment discount that is granted.")
    charge = MoneyIn(required=False, help_text="What a bank kept on the way.")
    difference = MoneyIn(required=False, help_text="Too small to chase.")
    deduction = MoneyIn(required=False, help_text="Not paid, for a reason; it stays open.")
    reason = Text(required=False, max_length=20, help_text="Code of the deduction's reason.")


class MatchIn(Body):
    customer = CustomerName()
    amount = MoneyIn(required=False, positive=True, help_text="Left out: all that is open of the line.")
    splits = PartIn(many=True, max_length=1000, help_text="What they do not take stays on the customer's account.")


class MatchEndpoint(Endpoint):
    tag = "Bank lines"
    refusals = (applying.MatchRefused, CashRefused, ItemRefused)

    def proposals(self) -> QuerySet[MatchProposal]:
        rows = MatchProposal.objects.for_user(self.request.user).prefetch_related("splits")
        held = Quarantine.objects.filter(line=OuterRef("line")).exclude(state=Quarantine.State.RELEASED)
        return rows.annotate(entity_code=F("entity__code"), currency=F("line__currency"), held=Exists(held))

    def answer(self, pk: int, status: int = 200) -> Response:
        location = reverse("api:match-proposal", args=[pk]) if status == 201 else None
        return self.one(self.find(self.proposals(), pk=pk), MatchProposalView, status=status, location=location)

    def proposal(self, pk: int) -> MatchProposal:
        return self.find(MatchProposal.objects.for_user(self.request.user).select_related("entity"), pk=pk)


class MatchProposals(MatchEndpoint):
    @operation("matches:read", "List proposals", gives=MatchProposalView, query=MatchProposalQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What bank lines may be for, with score and reasons, and what became of it."""
        rows = self.asked_for(
            self.proposals(), customer="customer_id", entity="entity__code", bank_line="line_id", state="state"
        )
        return self.page(rows, MatchProposalView)


class OneMatchProposal(MatchEndpoint):
    @operation("matches:read", "Read a proposal", gives=MatchProposalView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(pk)


class ApplyMatchProposal(MatchEndpoint):
    @operation("matches:write", "Apply a proposal", gives=MatchProposalView, money=True)
    def post(self, request: Request, pk: int) -> Response:
        """Books the receipt and settles the items. Refused (409) where the money or an item was used in between. Where
        something speaks against the payment it is `held`, and the proposal stays open until two people have decided."""
        proposal = self.proposal(pk)
        applying.apply_one(proposal, actor=self.actor, on=clock.today(proposal.entity.time_zone))
        return self.answer(pk)


class RejectMatchProposal(MatchEndpoint):
    @operation("matches:write", "Reject a proposal", gives=MatchProposalView)
    def post(self, request: Request, pk: int) -> Response:
        """It is not proposed again."""
        deciding.reject(self.proposal(pk), actor=self.actor)
        return self.answer(pk)


class UndoMatchProposal(MatchEndpoint):
    @operation("matches:write", "Take an applied proposal back", gives=MatchProposalView, money=True)
    def post(self, request: Request, pk: int) -> Response:
        """The receipt is reversed, what it settled is open again, and so is the line."""
        proposal = self.proposal(pk)
        deciding.undo(proposal, actor=self.actor, on=clock.today(proposal.entity.time_zone))
        return self.answer(pk)


class MatchBankLine(MatchEndpoint):
    @operation(
        "matches:write", "Match a bank line by hand",
        takes=MatchIn, gives=MatchProposalView, statuses=(201,), money=True,
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Splits the line's money over a customer's items and applies it, all or nothing; or the money is `held`, and
        the proposal stays open until two people have decided."""
        line = self.find(BankLine.objects.for_user(request.user).select_related("entity"), pk=pk)
        customer = customer_named(request.user, given["customer"])
        amount = self.amount(line, given, "amount", "/amount")
        found = OpenItem.objects.for_user(request.user).in_bulk([split["item"] for split in given["splits"]])
        parts = []
        for index, split in enumerate(given["splits"]):
            if split["item"] not in found:
                raise at(f"/splits/{index}/item", "unknown", "There is no such open item.")
            let_go = {
                name: self.amount(line, split, name, f"/splits/{index}/{name}") or Decimal(0)
                for name in ("amount", *LET_GO)
            }
            parts.append(Part(found[split["item"]], reason=self.reason(split, index), **let_go))
        proposal = deciding.propose_by_hand(line, customer, parts, amount=amount, actor=self.actor)
        applying.apply_one(proposal, actor=self.actor, on=clock.today(line.entity.time_zone))
        return self.answer(proposal.pk, status=201)

    @staticmethod
    def amount(line: BankLine, given: dict, name: str, pointer: str) -> Decimal | None:
        money = given.get(name)
        if money is None:
            return None
        if str(money.currency) != line.currency:
            raise at(f"{pointer}/currency", "currency", f"The line is in {line.currency}.")
        return money.amount

    @staticmethod
    def reason(split: dict, index: int) -> ReasonCode | None:
        if "reason" not in split:
            return None
        reason = ReasonCode.objects.filter(code=split["reason"], in_use=True).first()
        if reason is None:
            raise at(f"/splits/{index}/reason", "unknown", "There is no such reason.")
        return reason


class MatchRateQuery(serializers.Serializer):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    weeks = serializers.IntegerField(
        required=False, min_value=1, max_value=rates.MOST_WEEKS, help_text="13 if not said."
    )


class MatchRateView(View):
    weeks = serializers.SerializerMethodField(help_text="The oldest first; the parts of a week make its lines.")

    @extend_schema_field(RATE_SCHEMA)
    def get_weeks(self, row) -> list[dict]:
        return [
            {"week": week.week.isoformat(), "lines": week.lines, **week.counts, "share": week.share}
            for week in row["weeks"]
        ]


class MatchRate(MatchEndpoint):
    @operation("matches:read", "Read the match rate", gives=MatchRateView, query=MatchRateQuery)
    def get(self, request: Request) -> Response:
        """What became of the payments of each week, by the day they were booked: each counts once."""
        seen = LegalEntity.objects.for_user(request.user)
        if "entity" in self.query:
            seen = seen.filter(code=self.query["entity"])
        today = max((clock.today(each.time_zone) for each in seen), default=clock.today())
        found = rates.by_week([each.pk for each in seen], today=today, weeks=self.query.get("weeks", 13))
        return Response(MatchRateView().to_representation({"weeks": found}))


urlpatterns = [
    path("match-rate", MatchRate.as_view(), name="match-rate"),
    path("match-proposals", MatchProposals.as_view(), name="match-proposals"),
    path("match-proposals/<int:pk>", OneMatchProposal.as_view(), name="match-proposal"),
    path("match-proposals/<int:pk>/apply", ApplyMatchProposal.as_view(), name="apply-match-proposal"),
    path("match-proposals/<int:pk>/reject", RejectMatchProposal.as_view(), name="reject-match-proposal"),
    path("match-proposals/<int:pk>/undo", UndoMatchProposal.as_view(), name="undo-match-proposal"),
    path("bank-lines/<int:pk>/match", MatchBankLine.as_view(), name="match-bank-line"),
]
