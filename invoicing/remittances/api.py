"""Remittance advice in the API: files sent, advices read, joined and taken off."""

from django.db.models import F, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import MONEY_SCHEMA, Body, Id, MoneyOut, View
from o2c.core.api.files import ReceivesFile
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.invoicing.bank.api import RefusalView
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.models import BankLine, RemittanceAdvice
from o2c.invoicing.remittances import joining, keeping
from o2c.orders.api.naming import entity_named
from o2c.orders.models import LegalEntity

NULLABLE_MONEY = {"anyOf": [MONEY_SCHEMA, {"type": "null"}]}
TOLD_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["entity", "payer", "number", "reference", "paid_on", "total", "lines", "flags", "outcome"],
        "properties": {
            "entity": {"type": "string"},
            "payer": {"type": "string"},
            "number": {"type": "string"},
            "reference": {"type": "string"},
            "paid_on": {"type": ["string", "null"], "format": "date"},
            "total": MONEY_SCHEMA,
            "lines": {"type": "integer"},
            "flags": {"type": "array", "items": {"type": "string"}},
            "outcome": {"type": "string", "enum": ["created", "unchanged"]},
        },
    },
}
LINES_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["document", "document_on", "gross", "discount", "deduction", "reason_code", "reason", "paid"],
        "properties": {
            "document": {"type": "string"},
            "document_on": {"type": ["string", "null"], "format": "date"},
            "gross": NULLABLE_MONEY,
            "discount": MONEY_SCHEMA,
            "deduction": MONEY_SCHEMA,
            "reason_code": {"type": "string"},
            "reason": {"type": "string"},
            "paid": MONEY_SCHEMA,
        },
    },
}


class AdvicesLoadedView(View):
    format = serializers.CharField()
    remittances = serializers.SerializerMethodField(help_text="Every advice of the file.")
    created = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="Those that were known.")
    refused = RefusalView(many=True, help_text="What was left out.")
    new = serializers.ListField(child=serializers.IntegerField())

    @extend_schema_field(TOLD_SCHEMA)
    def get_remittances(self, row) -> list[dict]:
        return row.remittances


class RemittanceAdviceView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    format = serializers.CharField()
    number = serializers.CharField(help_text="The payer's number of the advice.")
    reference = serializers.CharField(help_text="Of the payment.")
    payer_name = serializers.CharField()
    payer_number = serializers.CharField()
    payer_iban = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id", allow_null=True, help_text="Once the payer is known.")
    total = MoneyOut("total")
    paid_on = serializers.DateField(allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=RemittanceAdvice.State.choices)
    bank_line = serializers.IntegerField(source="line_id", allow_null=True, help_text="That brought its money.")
    joined_by = serializers.CharField()
    candidates = serializers.ListField(child=serializers.IntegerField(), help_text="Lines that it may be of.")
    lines = serializers.SerializerMethodField()
    loaded_by = serializers.CharField()
    loaded_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(LINES_SCHEMA)
    def get_lines(self, row) -> list[dict]:
        def money(amount) -> dict | None:
            return None if amount is None else {"amount": plain(amount, row.currency), "currency": row.currency}

        return [
            {
                "document": line.document,
                "document_on": line.document_on.isoformat() if line.document_on else None,
                "gross": money(line.gross),
                "discount": money(line.discount),
                "deduction": money(line.deduction),
                "reason_code": line.reason_code,
                "reason": line.reason_text,
                "paid": money(line.paid),
            }
            for line in row.lines.all()
        ]


class RemittanceQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    state = serializers.ChoiceField(required=False, choices=RemittanceAdvice.State.choices)
    bank_line = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class SendQuery(serializers.Serializer):
    entity = serializers.CharField(
        required=False, max_length=20, help_text="Whom it is for (its code); needed where the payee does not say."
    )
    decimal = serializers.ChoiceField(
        required=False, choices=[".", ","], help_text="The decimal mark of a table whose rows leave it open."
    )
    date_format = serializers.CharField(
        required=False, max_length=30, help_text="How a table whose rows leave it open writes days: %d/%m/%Y, say."
    )


class LineNamed(Body):
    bank_line = Id(help_text="The line that brought its money.")


class RemittanceEndpoint(Endpoint):
    tag = "Bank"
    refusals = (joining.JoinRefused,)

    def rows(self) -> QuerySet[RemittanceAdvice]:
        seen = RemittanceAdvice.objects.for_user(self.request.user).prefetch_related("lines")
        return seen.annotate(entity_code=F("entity__code"))

    def answer(self, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), RemittanceAdviceView)


class RemittanceAdvices(ReceivesFile, RemittanceEndpoint):
    @operation("bank:read", "List remittance advice", gives=RemittanceAdviceView, query=RemittanceQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers say their payments cover."""
        rows = self.rows()
        for name, column in (("entity", "entity__code"), ("state", "state"), ("bank_line", "line_id")):
            if name in self.query:
                rows = rows.filter(**{column: self.query[name]})
        return self.page(rows, RemittanceAdviceView)

    @operation("bank:write", "Send remittance advice", gives=AdvicesLoadedView, query=SendQuery, right="bank.load")
    def post(self, request: Request) -> Response:
        """The body is the file as it came (a table, UBL, X12 820, EDIFACT REMADV, also in gzip or ZIP).

        What is known already is left as it is, so it may be sent again. A file that is refused says where and why.
        """
        seen = LegalEntity.objects.for_user(request.user)
        if "entity" in self.query:
            seen = seen.filter(pk=entity_named(request.user, self.query["entity"]).pk)
        raw = {name: self.query[name] for name in ("decimal", "date_format") if name in self.query}
        try:
            loaded = keeping.load(request._request.body, name="api", seen=seen, actor=self.actor, raw=raw)
        except Refused as refused:
            raise at("", "refused", str(refused)) from None
        return Response(AdvicesLoadedView().to_representation(loaded))


class OneRemittanceAdvice(RemittanceEndpoint):
    @operation("bank:read", "Read a remittance advice", gives=RemittanceAdviceView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(pk)


class JoinRemittanceAdvice(RemittanceEndpoint):
    @operation(
        "matches:write", "Join a remittance advice to its bank line", takes=LineNamed, gives=RemittanceAdviceView
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The line is looked at again, and split as the advice says where nothing speaks against it."""
        advice = self.find(self.rows(), pk=pk)
        line = BankLine.objects.for_user(request.user).filter(pk=given["bank_line"]).first()
        if line is None:
            raise at("/bank_line", "unknown", "There is no such bank line.")
        joining.join_by_hand(advice, line, actor=self.actor)
        return self.answer(pk)


class PartRemittanceAdvice(RemittanceEndpoint):
    @operation("matches:write", "Take a remittance advice off its bank line", gives=RemittanceAdviceView)
    def post(self, request: Request, pk: int) -> Response:
        """It waits again, and is not joined to that line by itself any more. What was booked stays."""
        joining.part(self.find(self.rows(), pk=pk), actor=self.actor)
        return self.answer(pk)


urlpatterns = [
    path("remittance-advices", RemittanceAdvices.as_view(), name="remittance-advices"),
    path("remittance-advices/<int:pk>", OneRemittanceAdvice.as_view(), name="remittance-advice"),
    path("remittance-advices/<int:pk>/join", JoinRemittanceAdvice.as_view(), name="join-remittance-advice"),
    path("remittance-advices/<int:pk>/part", PartRemittanceAdvice.as_view(), name="part-remittance-advice"),
]
